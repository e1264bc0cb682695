"""Words about who does what in a group: another leader, another convener, somebody who was added."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.leading import Role, RoleChange, Why
from bot.domain.rounds import Round
from handlers.views import agenda, answering, kit, membership, settings
from handlers.views.kit import Element

WHY_YOU = {
    Why.AWAY: "you are away on that day",
    Why.LEFT: "you are not in its channel any more",
    Why.GONE: "you are not in the group any more",
}


def build_ended(found: Round, change: RoleChange, now: datetime) -> kit.Message:
    """To whoever was to lead. Who is not in the channel any more hears nothing new of the group."""
    why = WHY_YOU.get(change.why)
    said = [
        kit.t("You don't lead "),
        kit.b(found.group.charter.name),
        kit.t(" "),
        _meeting(found, now),
        kit.t(f" any more{f', since {why}' if why else ''}."),
    ]
    if change.was in change.inside:
        said += _instead(found)
    if change.why is Why.AWAY:
        said.append(kit.t(" Your turn comes when you are back."))
    return kit.Message([kit.para(*said)])


def _instead(found: Round) -> list[Element]:
    leader = found.meeting.facilitator
    if leader is None:
        return [kit.t(" Nobody is free to lead it so far; the conveners know.")]
    return [kit.t(" "), kit.at(leader), kit.t(" leads it.")]


def build_changed(found: Round, changes: Sequence[RoleChange], now: datetime) -> kit.Message:
    """To the conveners: who leads now in whose place, and that turns are taken where one person used to lead."""
    latest = next((one for one in reversed(changes) if one.role is Role.FACILITATOR), None)
    rows: list[Element] = [kit.b(found.group.charter.name), kit.t(": ")]
    if latest is not None:
        rows += [*_what_happened(latest), _meeting(found, now), kit.t("."), *_who_leads(found)]
    given_up = next((one for one in reversed(changes) if one.role is Role.DESIGNATED), None)
    if given_up is not None:
        who = kit.at(given_up.was) if given_up.was else kit.t("Whoever led every meeting")
        rows += [kit.t(" "), who, kit.t(" is not in the group's channel any more, so you take turns from now on.")]
    buttons = (
        kit.button("Agenda", agenda.SHOW, found.meeting.id),
        kit.button("Who leads", membership.LEAD, found.meeting.id),
    )
    return kit.Message([kit.para(*rows), kit.actions(*buttons)])


def _what_happened(change: RoleChange) -> list[Element]:
    """Up to the moment of the meeting."""
    if change.done_by is not None:
        return [kit.at(change.done_by), kit.t(" chose another leader for the meeting ")]
    if change.was is None:
        return [kit.t("There was nobody to lead the meeting ")]
    return [kit.at(change.was), kit.t(" can't lead the meeting ")]


def _who_leads(found: Round) -> list[Element]:
    leader = found.meeting.facilitator
    if leader is None:
        return [kit.t(" Nobody else is free. As a convener you can do what the facilitator does.")]
    return [kit.t(" "), kit.at(leader), kit.t(" leads it.")]


def _meeting(found: Round, now: datetime) -> Element:
    return kit.when(found.meeting.starts_at, found.group.zone, now)


def build_over(found: Round, now: datetime) -> kit.Message:
    """In the place of what was for the one who was to lead."""
    name, leader = kit.b(found.group.charter.name), found.meeting.facilitator
    by = [kit.t(" is led by "), kit.at(leader)] if leader else [kit.t(" has no leader so far")]
    return kit.Message(
        [
            kit.para(
                kit.t("This is out of date: the lead has changed. The meeting of "),
                name,
                kit.t(" "),
                _meeting(found, now),
                *by,
                kit.t("."),
            )
        ]
    )


def build_taken_over(found: Round, change: RoleChange) -> kit.Message:
    """In the channel: who looks after the group now."""
    by = change.done_by
    named = [kit.t(", named by "), kit.at(by)] if by and by != change.now else []
    return kit.Message(
        [
            kit.para(
                kit.at(change.now or ""),
                kit.t(" looks after "),
                kit.b(found.group.charter.name),
                kit.t(" as its convener from now on"),
                *named,
                kit.t("."),
            )
        ]
    )


def build_welcome(found: Round, change: RoleChange, now: datetime) -> kit.Message:
    """To somebody who was added."""
    group = found.group
    by = [kit.at(change.done_by), kit.t(" added you to ")] if change.done_by else [kit.t("You were added to ")]
    blocks = [
        kit.para(
            *by,
            kit.b(group.charter.name),
            kit.t(". It meets next "),
            _meeting(found, now),
            kit.t(". When you take turns, nobody leads at their first meeting."),
        ),
        kit.quote(group.charter.purpose),
    ]
    if not found.prompt.is_open(now):
        return kit.Message([*blocks, kit.actions(kit.button("Settings", settings.OPEN))])
    return kit.Message(
        [
            *blocks,
            kit.para(kit.t("These questions are open now:")),
            kit.bullets([kit.t(asked.text)] for asked in found.prompt.questions),
            kit.actions(
                kit.button("Answer", answering.ANSWER, found.meeting.id, style="primary"),
                kit.button("Pass", answering.PASS, found.meeting.id),
                kit.button("Settings", settings.OPEN),
            ),
        ]
    )
