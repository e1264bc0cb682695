"""After the meeting: notes, looked at before they are posted, and the handover."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.deps import Deps
from bot.domain.rounds import Round
from bot.services import agendas, deliveries, groups, handoff_notes, handovers, opening, people, rounds
from bot.services.agendas import Topic
from bot.services.handoff_notes import Notes
from handlers.asks import Ask, Sent
from handlers.listening import Listeners, Shown
from handlers.views import handover
from handlers.views.kit import Form, Notice, View


def register(listeners: Listeners) -> None:
    listeners.action(handover.NOTES, press_notes)
    listeners.action(handover.BACK, press_back)
    listeners.view(handover.FORM, look_at_notes)
    listeners.view(handover.PREVIEW, take_notes)


async def notes(deps: Deps, ask: Ask) -> Shown:
    """Of the meeting that has begun; before that, those of the last one can be corrected by whoever led it."""
    async with deps.sessions.read() as session:
        found = await groups.require_round(session, ask.place)
        if deps.now() < found.meeting.starts_at and found.previous is not None:
            last = await rounds.round_of(session, ask.workspace, found.previous.id)
            found = last if last is not None and last.leads(ask.person) else found
        return Form(await _form(session, deps, found, ask.person))


async def press_notes(deps: Deps, ask: Ask) -> Shown:
    async with deps.sessions.read() as session:
        found = await groups.require_meeting(session, ask.workspace, ask.value, ask.person)
        return Form(await _form(session, deps, found, ask.person))


async def press_back(deps: Deps, ask: Ask) -> Shown:
    """From what they looked at to the form, with all that they wrote."""
    async with deps.sessions.read() as session:
        found = await groups.require_meeting(session, ask.workspace, ask.value, ask.person)
        return Form(await _form(session, deps, found, ask.person), in_place=True)


async def _form(session: AsyncSession, deps: Deps, found: Round, person: str) -> View:
    groups.require_lead(found, person)
    handovers.require_begun(found, deps.now())
    written = await handoff_notes.draft_of(session, found, person)
    return handover.build_form(found, written, await _where(session, found))


async def _where(session: AsyncSession, found: Round) -> str:
    return await people.channel_name(session, found.group.workspace, found.group.channel)


async def look_at_notes(deps: Deps, sent: Sent) -> Shown:
    """As they will look and where they go. They are kept, so that whoever closes this finds them again."""
    written = handoff_notes.checked(handover.parse_form(sent.state))
    async with deps.sessions.begin() as session:
        found = await groups.require_meeting(session, sent.workspace, sent.meta, sent.person)
        groups.require_lead(found, sent.person)
        handovers.require_begun(found, deps.now())
        await handoff_notes.keep_draft(session, found, sent.person, written, deps.now())
        return Form(await _preview(session, found, sent.person, written, deps.now()))


async def _preview(session: AsyncSession, found: Round, person: str, written: Notes, now: datetime) -> View:
    topics = await agendas.parked(session, found.group.id, found.meeting.handed_over_at)
    if found.meeting.handed_over_at is None:
        following = await opening.foresee_next(session, found.group, found.meeting, now)
        found = replace(found, following=following)
        there = {topic.text.casefold() for topic in topics}
        topics += [Topic("", line, person) for line in written.lines if line.casefold() not in there]
    leads = found.following.facilitator if found.following else None
    reach = leads is None or not await people.is_stranger(session, found.group.workspace, leads)
    return handover.build_preview(found, written, topics, await _where(session, found), now, reach=reach)


async def take_notes(deps: Deps, sent: Sent) -> Shown:
    """Post what they looked at; where it is another text by now, they look again."""
    meeting, looked_at = handover.parse_preview(sent.meta)
    async with deps.sessions.begin() as session:
        found = await groups.require_meeting(session, sent.workspace, meeting, sent.person)
        written = await handoff_notes.draft_of(session, found, sent.person)
        if written.stamp != looked_at:
            return Form(await _preview(session, found, sent.person, written, deps.now()))
        await handovers.take_notes(session, found, sent.person, written, deps.asker, deps.now())
        came = "handoff" not in await deliveries.missed(session, found.meeting.id)
        return Notice(handover.build_handed(found, await _where(session, found), came=came), title="Thank you")
