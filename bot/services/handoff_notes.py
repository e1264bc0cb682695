"""Notes to the next facilitator, which nobody else reads; and drafts of notes that are previewed before they are
posted."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.cadence import local
from bot.domain.rounds import Round
from bot.domain.text import LONGEST_NOTES, clean, require, stamp
from bot.services.erasure_log import erase_rows
from storage import tables as t
from storage.engine import upsert


@dataclass(frozen=True)
class Notes:
    """What somebody writes after a meeting: for the group, for the next facilitator alone, and in `more` fields, by
    name, what capabilities bring (`NotesField`)."""

    group: str = ""
    for_next: str = ""
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def stamp(self) -> str:
        """A stamp to compare with what its author previewed."""
        return stamp("\n\0".join((self.group, self.for_next, *(text for _, text in sorted(self.more.items())))))


@dataclass(frozen=True)
class NotesField:
    """A field of the notes that a capability brings: `check` cleans what was typed, and raises DomainErrors at its
    name; `keep(session, round, author, text, now)` does what is to be done once the notes are posted."""

    name: str
    check: Callable[[str], str]
    keep: Callable[[AsyncSession, Round, str, str, datetime], Awaitable[None]]


@dataclass(frozen=True)
class Handover:
    """What the group is told when a meeting is handed on: as it was, or as it will be with notes that their author is
    about to post."""

    round_: Round
    notes: Notes = Notes()
    author: str = ""


def checked(notes: Notes, fields: Sequence[NotesField] = ()) -> Notes:
    """The same, cleaned, with these fields. Raises DomainErrors at `notes`, `for_next` and the fields' names."""
    more = {one.name: one.check(notes.more.get(one.name, "")) for one in fields}
    return Notes(_cleaned(notes.group, "notes"), _cleaned(notes.for_next, "for_next"), more)


def _cleaned(text: str, name: str) -> str:
    return require(text, name, "", LONGEST_NOTES) if clean(text) else ""


# ---- For whoever leads next ----


@dataclass(frozen=True)
class NoteForNext:
    """A note as the next facilitator reads it."""

    author: str
    text: str


async def for_leader(session: AsyncSession, round_: Round, viewer: str) -> tuple[NoteForNext, ...]:
    """The notes to the facilitator of this meeting; empty for anybody else."""
    if round_.previous is None or viewer != round_.meeting.facilitator:
        return ()
    row = t.HandoffNote
    rows = await session.execute(
        select(row.author_id, row.text).where(row.meeting_id == round_.previous.id).order_by(row.author_id)
    )
    return tuple(NoteForNext(author, text) for author, text in rows)


async def keep_for_next(session: AsyncSession, round_: Round, author: str, text: str, now: datetime) -> None:
    """Save an author's note of a meeting, or erase it if it is empty."""
    row = await _own(session, round_, author)
    if text == (row.text if row else ""):
        return
    if row is not None and not text:
        await erase_rows(session, t.HandoffNote, [{"id": row.id, "workspace_id": row.workspace_id}], now)
    elif row is not None:
        row.text, row.written_on = text, _day(round_, now)
    else:
        of_meeting = {"workspace_id": round_.group.workspace, "meeting_id": round_.meeting.id, "author_id": author}
        session.add(t.HandoffNote(**of_meeting, text=text, written_on=_day(round_, now)))
    await session.flush()


async def _own(session: AsyncSession, round_: Round, author: str) -> t.HandoffNote | None:
    row = t.HandoffNote
    return await session.scalar(select(row).where(row.meeting_id == round_.meeting.id, row.author_id == author))


def _day(round_: Round, now: datetime) -> date:
    return local(now, round_.group.zone).date()


# ---- Looked at before it is posted ----


async def draft_of(session: AsyncSession, round_: Round, person: str) -> Notes:
    """Somebody's draft; else the posted notes, without another author's words to the next facilitator."""
    row = await session.get(t.NotesDraft, (round_.meeting.id, person))
    if row is not None:
        filled = dict(row.filled)
        return Notes(filled.pop("group", ""), filled.pop("for_next", ""), filled)
    own = await _own(session, round_, person)
    return Notes(round_.meeting.notes or "", own.text if own else "")


async def keep_draft(session: AsyncSession, round_: Round, person: str, notes: Notes, now: datetime) -> None:
    row = {"workspace_id": round_.group.workspace, "meeting_id": round_.meeting.id, "person_id": person}
    filled = {"group": notes.group, "for_next": notes.for_next, **notes.more}
    await upsert(session, t.NotesDraft, [row | {"filled": filled, "saved_on": _day(round_, now)}])


async def drop_draft(session: AsyncSession, round_: Round, person: str) -> None:
    draft = t.NotesDraft
    await session.execute(delete(draft).where(draft.meeting_id == round_.meeting.id, draft.person_id == person))


async def erase_older(session: AsyncSession, than: date, now: datetime, limit: int) -> int:
    """Erase a limited number of notes and drafts from before a day; returns how many notes."""
    await session.execute(delete(t.NotesDraft).where(t.NotesDraft.saved_on < than))
    row = t.HandoffNote
    old = select(row.id, row.workspace_id).where(row.written_on < than).order_by(row.written_on)
    rows = [dict(one) for one in (await session.execute(old.limit(limit))).mappings()]
    await erase_rows(session, t.HandoffNote, rows, now)
    return len(rows)
