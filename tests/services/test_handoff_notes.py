"""What is written for the next facilitator: read by that one alone, its author's to get and erase, kept for a time."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.errors import DomainError
from bot.domain.rounds import Round
from bot.domain.scopes import Scope
from bot.services import forgetting, handoff, handoff_notes, retention, rounds
from bot.services.handoff_notes import NoteForNext, Notes
from bot.services.personal import everything_about
from storage import tables as t
from storage import written
from tests.support.groups import ASKER, EVERYBODY

SECRET = "Go gently with silence"  # noqa: S105 - no password


async def noted(session: AsyncSession, round_: Round) -> tuple[Round, Round]:
    """The meeting that U1 led and wrote about, and the next one."""
    over = round_.meeting.ends_at
    await handoff.take_notes(session, round_, "U1", Notes("For all", SECRET), ASKER, over)
    last = await rounds.round_of(session, "T1", round_.meeting.id)
    assert last is not None
    return last, await rounds.current(session, last.group)


async def test_only_whoever_leads_next_is_given_the_note(session: AsyncSession, round_: Round) -> None:
    last, now = await noted(session, round_)
    leads = now.meeting.facilitator
    assert leads not in {None, "U1"}
    for viewer in EVERYBODY:
        given = await handoff_notes.for_leader(session, now, viewer)
        assert given == ((NoteForNext("U1", SECRET),) if viewer == leads else ()), viewer
        form = await handoff_notes.draft_of(session, last, viewer)
        assert (form.for_next == SECRET) == (viewer == "U1"), viewer
        assert form.group == "For all"
    row = await session.get_one(t.Meeting, now.meeting.id)
    row.facilitator_id = next(person for person in EVERYBODY if person not in {leads, "U1"})
    moved = await rounds.current(session, last.group)
    assert await handoff_notes.for_leader(session, moved, leads or "") == ()  # it is for whoever leads


async def test_its_author_gets_it_and_erases_it(session: AsyncSession, round_: Round) -> None:
    last, now = await noted(session, round_)
    await handoff_notes.keep_draft(session, last, "U1", Notes("For all", "Not posted"), last.meeting.ends_at)
    assert SECRET in str(await everything_about(session, "T1", "U1"))
    assert "Not posted" in str(await everything_about(session, "T1", "U1"))
    assert SECRET not in str(await everything_about(session, "T1", now.meeting.facilitator or ""))
    (note,) = await session.scalars(select(t.HandoffNote.id))
    await forgetting.forget(session, "T1", "U1", now.meeting.draft_due_at)
    assert not (await session.scalars(select(t.HandoffNote))).all()
    assert not (await session.scalars(select(t.NotesDraft))).all()
    assert await session.get(t.Erasure, note) is not None  # and a restore erases it again


async def test_it_is_kept_no_longer_than_answers_are(session: AsyncSession, round_: Round) -> None:
    last, _ = await noted(session, round_)
    day = last.meeting.ends_at.date()
    await retention.erase_older(session, day, last.meeting.ends_at)
    assert len((await session.scalars(select(t.HandoffNote))).all()) == 1
    await retention.erase_older(session, day + timedelta(days=1), last.meeting.ends_at)
    assert not (await session.scalars(select(t.HandoffNote))).all()


async def test_taking_it_back_and_writing_it_again_count_as_corrections_and_repeating_does_not(
    session: AsyncSession, round_: Round
) -> None:
    last, _ = await noted(session, round_)

    async def corrected(notes: Notes) -> bool:
        await written.save(session)
        await session.execute(delete(t.Written))
        await handoff.take_notes(session, last, "U1", notes, ASKER, last.meeting.ends_at)
        await written.save(session)
        return await session.scalar(select(t.Written.scope_id).where(t.Written.scope == Scope.MEETING)) is not None

    assert not await corrected(Notes("For all", SECRET))
    assert await corrected(Notes("For all", ""))
    assert await corrected(Notes("For all", SECRET))
    assert await corrected(Notes("For everybody", SECRET))


@pytest.mark.parametrize(("notes", "field"), [(Notes("x" * 3001), "notes"), (Notes("", "x" * 3001), "for_next")])
async def test_what_is_too_long_is_given_back_at_its_field(
    session: AsyncSession, round_: Round, notes: Notes, field: str
) -> None:
    with pytest.raises(DomainError) as refused:
        await handoff.take_notes(session, round_, "U1", notes, ASKER, round_.meeting.ends_at)
    assert refused.value.field == field
