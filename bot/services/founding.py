"""Sets up a collaborative: the answers of the forms so far, and the founding itself."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.charter import Charter, check_facilitation, check_members
from bot.domain.errors import DomainError
from bot.domain.questions import Stage
from bot.domain.rounds import Actor, Group
from bot.services import people, round_opening, rounds
from bot.services.round_opening import QuestionSource
from storage import tables as t


async def require_startable(session: AsyncSession, place: Actor) -> None:
    """Raises DomainError with what to do if no group can be started here."""
    if not await people.bot_is_in(session, place.workspace, place.channel):
        raise DomainError("I'm not in this channel yet. Type `/invite @Collab` here, then `/collab start` again.")
    if not await people.is_in_channel(session, place.workspace, place.channel, place.person):
        raise DomainError("Only people in this channel can start a group here.")
    group = await rounds.group_in_channel(session, place.workspace, place.channel)
    if group is not None:
        raise DomainError(
            f"This channel already has a collaborative: {group.charter.name}. Type `/collab` to see what you can do."
        )


async def filled_so_far(session: AsyncSession, place: Actor) -> dict[str, object]:
    row = await session.get(t.CharterDraft, (place.workspace, place.channel, place.person))
    return dict(row.filled) if row else {}


async def keep_filled(session: AsyncSession, place: Actor, answers: Mapping[str, object]) -> dict[str, object]:
    """Merge answers into what was filled in so far, so that closing a form loses nothing; returns all of it."""
    filled = await filled_so_far(session, place) | dict(answers)
    await session.merge(
        t.CharterDraft(workspace_id=place.workspace, channel_id=place.channel, person_id=place.person, filled=filled)
    )
    return filled


async def found(
    session: AsyncSession,
    place: Actor,
    charter: Charter,
    members: list[str],
    questions: QuestionSource,
    now: datetime,
) -> Group:
    """Found the group and open its first round. Raises DomainErrors at the fields, or if somebody was faster."""
    await require_startable(session, place)
    check_members(await people.candidates(session, place.workspace, place.channel, members))
    check_facilitation(charter.facilitation, charter.designated, members)
    row = _row(place, charter, now)
    session.add(row)
    try:
        await session.flush()
    except IntegrityError as error:
        raise DomainError("Somebody has just started a collaborative in this channel.") from error
    scope = {"workspace_id": place.workspace, "collaborative_id": row.id}
    session.add(t.Convener(**scope, person_id=place.person))
    session.add_all(t.Member(**scope, person_id=p, seat=seat) for seat, p in enumerate(dict.fromkeys(members)))
    draft = await session.get(t.CharterDraft, (place.workspace, place.channel, place.person))
    if draft is not None:
        await session.delete(draft)
    await session.flush()
    group = await rounds.group_by_id(session, place.workspace, row.id)
    if group is None:
        raise LookupError("a group that was just founded")
    await round_opening.open_first(session, group, questions, now)
    return group


def _row(place: Actor, charter: Charter, now: datetime) -> t.Collaborative:
    cadence, rhythm = charter.cadence, charter.rhythm
    return t.Collaborative(
        id=t.new_id(),
        workspace_id=place.workspace,
        channel_id=place.channel,
        name=charter.name,
        purpose_kind=charter.purpose_kind,
        purpose=charter.purpose,
        stage=Stage.GETTING_STARTED,
        frequency=cadence.frequency,
        first_on=cadence.first,
        meets_at=cadence.at,
        zone=cadence.zone,
        length_minutes=charter.length_minutes,
        place=charter.place,
        facilitation=charter.facilitation,
        designated_id=charter.designated,
        prompt_days_before=rhythm.prompt_days_before,
        prompt_at=rhythm.prompt_at,
        closes_days_before=rhythm.closes_days_before,
        closes_time=rhythm.closes_time,
        working_days=rhythm.working_days,
        agenda_hours_before=rhythm.agenda_hours_before,
        handoff_hours_after=rhythm.handoff_hours_after,
        questions_per_prompt=rhythm.questions_per_prompt,
        notice_hours_before=rhythm.notice_hours_before,
        started_by=place.person,
        started_at=now,
    )
