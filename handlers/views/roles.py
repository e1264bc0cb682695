"""Words about who does what in a group: another leader, another convener, somebody who was added."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.leading import Role, RoleChange, Why
from bot.domain.rounds import Round
from handlers.views import agenda, answering, block_kit, membership, settings
from handlers.views.block_kit import Element

WHY_YOU = {
    Why.AWAY: "you are away on that day",
    Why.LEFT: "you are not in its channel any more",
    Why.GONE: "you are not in the group any more",
}


def build_ended(round_: Round, change: RoleChange, now: datetime) -> block_kit.Message:
    """To whoever was to lead. Who is not in the channel any more hears nothing new of the group."""
    why = WHY_YOU.get(change.why)
    said = [
        block_kit.text("You don't lead "),
        block_kit.bold(round_.group.charter.name),
        block_kit.text(" "),
        _meeting(round_, now),
        block_kit.text(f" any more{f', since {why}' if why else ''}."),
    ]
    if change.was in change.inside:
        said += _instead(round_)
    if change.why is Why.AWAY:
        said.append(block_kit.text(" Your turn comes when you are back."))
    return block_kit.Message([block_kit.paragraph(*said)])


def _instead(round_: Round) -> list[Element]:
    leader = round_.meeting.facilitator
    if leader is None:
        return [block_kit.text(" Nobody is free to lead it so far; the conveners know.")]
    return [block_kit.text(" "), block_kit.mention(leader), block_kit.text(" leads it.")]


def build_changed(round_: Round, changes: Sequence[RoleChange], now: datetime) -> block_kit.Message:
    """To the conveners: who leads now in whose place, and that turns are taken where one person used to lead."""
    latest = next((one for one in reversed(changes) if one.role is Role.FACILITATOR), None)
    rows: list[Element] = [block_kit.bold(round_.group.charter.name), block_kit.text(": ")]
    if latest is not None:
        rows += [*_what_happened(latest), _meeting(round_, now), block_kit.text("."), *_who_leads(round_)]
    given_up = next((one for one in reversed(changes) if one.role is Role.DESIGNATED), None)
    if given_up is not None:
        who = block_kit.mention(given_up.was) if given_up.was else block_kit.text("Whoever led every meeting")
        rows += [
            block_kit.text(" "),
            who,
            block_kit.text(" is not in the group's channel any more, so you take turns from now on."),
        ]
    buttons = (
        block_kit.button("Agenda", agenda.SHOW, round_.meeting.id),
        block_kit.button("Who leads", membership.LEAD, round_.meeting.id),
    )
    return block_kit.Message([block_kit.paragraph(*rows), block_kit.actions(*buttons)])


def _what_happened(change: RoleChange) -> list[Element]:
    """Up to the moment of the meeting."""
    if change.done_by is not None:
        return [block_kit.mention(change.done_by), block_kit.text(" chose another leader for the meeting ")]
    if change.was is None:
        return [block_kit.text("There was nobody to lead the meeting ")]
    return [block_kit.mention(change.was), block_kit.text(" can't lead the meeting ")]


def _who_leads(round_: Round) -> list[Element]:
    leader = round_.meeting.facilitator
    if leader is None:
        return [block_kit.text(" Nobody else is free. As a convener you can do what the facilitator does.")]
    return [block_kit.text(" "), block_kit.mention(leader), block_kit.text(" leads it.")]


def _meeting(round_: Round, now: datetime) -> Element:
    return block_kit.timestamp(round_.meeting.starts_at, round_.group.zone, now)


def build_over(round_: Round, now: datetime) -> block_kit.Message:
    """In the place of what was for the one who was to lead."""
    name, leader = block_kit.bold(round_.group.charter.name), round_.meeting.facilitator
    by = (
        [block_kit.text(" is led by "), block_kit.mention(leader)]
        if leader
        else [block_kit.text(" has no leader so far")]
    )
    return block_kit.Message(
        [
            block_kit.paragraph(
                block_kit.text("This is out of date: the lead has changed. The meeting of "),
                name,
                block_kit.text(" "),
                _meeting(round_, now),
                *by,
                block_kit.text("."),
            )
        ]
    )


def build_taken_over(round_: Round, change: RoleChange) -> block_kit.Message:
    """In the channel: who looks after the group now."""
    by = change.done_by
    named = [block_kit.text(", named by "), block_kit.mention(by)] if by and by != change.now else []
    return block_kit.Message(
        [
            block_kit.paragraph(
                block_kit.mention(change.now or ""),
                block_kit.text(" looks after "),
                block_kit.bold(round_.group.charter.name),
                block_kit.text(" as its convener from now on"),
                *named,
                block_kit.text("."),
            )
        ]
    )


def build_welcome(round_: Round, change: RoleChange, now: datetime) -> block_kit.Message:
    """To somebody who was added."""
    group = round_.group
    by = (
        [block_kit.mention(change.done_by), block_kit.text(" added you to ")]
        if change.done_by
        else [block_kit.text("You were added to ")]
    )
    blocks = [
        block_kit.paragraph(
            *by,
            block_kit.bold(group.charter.name),
            block_kit.text(". It meets next "),
            _meeting(round_, now),
            block_kit.text(". When you take turns, nobody leads at their first meeting."),
        ),
        block_kit.quote(group.charter.purpose),
    ]
    if not round_.prompt.is_open(now):
        return block_kit.Message([*blocks, block_kit.actions(block_kit.button("Settings", settings.OPEN))])
    return block_kit.Message(
        [
            *blocks,
            block_kit.paragraph(block_kit.text("These questions are open now:")),
            block_kit.bullets([block_kit.text(asked.text)] for asked in round_.prompt.questions),
            block_kit.actions(
                block_kit.button("Answer", answering.ANSWER, round_.meeting.id, style="primary"),
                block_kit.button("Pass", answering.PASS, round_.meeting.id),
                block_kit.button("Settings", settings.OPEN),
            ),
        ]
    )
