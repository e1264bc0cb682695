"""The agenda: its content, editing and posting."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from sqlalchemy import Select, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain import agenda as rules
from bot.domain.anonymity import Seen, Visibility
from bot.domain.errors import DomainError
from bot.domain.overview import Entry
from bot.domain.rounds import Batch, Round
from bot.domain.text import require
from bot.services.due_steps import NOW, At, DueStep, StepContext
from bot.services.groups import require_lead
from bot.services.handoff_notes import NoteForNext, for_leader
from bot.services.overview import Overview
from bot.services.prompt_closing import anonymous_batch
from bot.services.reflections import readable
from storage import tables as t


@dataclass(frozen=True)
class AgendaContents:
    """An agenda as one viewer may see it; `anonymous` are its anonymous answers by question. `notes` are from the
    previous facilitator, for this viewer alone."""

    items: tuple[rules.Item, ...]
    answers: tuple[Seen, ...]
    anonymous: Mapping[int, Sequence[str]] = field(default_factory=dict)
    notes: tuple[NoteForNext, ...] = ()

    @property
    def public(self) -> tuple[Seen, ...]:
        """Answers for the group."""
        return tuple(seen for seen in self.answers if seen.visibility is Visibility.NAMED)

    @property
    def for_group(self) -> "AgendaContents":
        """The part that the channel gets. Later answers are in the prompt's thread."""
        in_time = tuple(seen for seen in self.public if not seen.late or seen.on_agenda)
        return AgendaContents(self.items, in_time, self.anonymous)

    @property
    def late(self) -> tuple[Seen, ...]:
        """Later answers that the group reads in that thread."""
        return tuple(seen for seen in self.public if seen.late and not seen.on_agenda)

    @property
    def private(self) -> tuple[Seen, ...]:
        """Answers for this viewer alone."""
        return tuple(seen for seen in self.answers if seen.visibility is Visibility.FACILITATOR)


def private_shown(contents: AgendaContents, most: int) -> tuple[str, ...]:
    """Those answers for this viewer alone that fit, with so many to each question."""
    count: Counter[int] = Counter()
    shown = []
    for seen in contents.private:
        count[seen.position] += 1
        if count[seen.position] <= most:
            shown.append(seen.id)
    return tuple(shown)


async def contents(
    session: AsyncSession, round_: Round, viewer: str | None, chooser: Random, more: Sequence[rules.Section] = ()
) -> AgendaContents:
    """The agenda for a viewer; `viewer` None is the group, which sees what was given to it, once it may be read. `more`
    are lines for what capabilities put on it, which stand there until somebody edits it."""
    row = await session.get(t.Agenda, round_.meeting.id)
    saved = row.items if row else None
    if saved is None:
        items = rules.draft(round_.group.stage, round_.meeting.length_minutes, more)
    else:
        items = tuple(rules.Item(str(i["title"]), int(str(i["minutes"])), str(i["kind"])) for i in saved)
    can_be_read = viewer is not None or round_.prompt.can_be_read
    answers = await readable(session, round_.prompt, viewer) if can_be_read else []
    holds_batch = round_.prompt.batch in {Batch.APPROVED, Batch.SHOWN} and _holds_batch(round_)
    batch = await anonymous_batch(session, round_.prompt.id, chooser) if holds_batch else {}
    notes = await for_leader(session, round_, viewer) if viewer else ()
    return AgendaContents(items, tuple(answers), batch, notes)


def _holds_batch(round_: Round) -> bool:
    """Whether it holds approved anonymous answers, or will."""
    return round_.meeting.agenda_posted_at is None or round_.meeting.batch_in_agenda


async def edit(session: AsyncSession, round_: Round, person: str, text: str) -> None:
    """Replace the agenda's lines. Raises DomainError at `agenda` if the times don't add up."""
    require_lead(round_, person)
    items = rules.parse_lines(
        require(text, "agenda", "An agenda needs at least one line."), round_.meeting.length_minutes
    )
    row = await session.get_one(t.Agenda, round_.meeting.id)
    row.items = [{"title": i.title, "minutes": i.minutes, "kind": i.kind} for i in items]
    await session.flush()


def require_can_post(round_: Round, person: str, now: datetime) -> None:
    """Raises DomainError if somebody can't post the agenda now, or it was posted."""
    require_lead(round_, person)
    if round_.meeting.agenda_posted_at is not None:
        raise DomainError("The agenda is in the channel already. Edit it, and I bring it up to date there.")
    if round_.meeting.ends_at <= now:
        raise DomainError("That meeting is over. The next agenda comes in its own time.")


async def post_now(session: AsyncSession, round_: Round, person: str, now: datetime) -> None:
    """Post the agenda at once. Answering goes on until its announced time. Idempotent."""
    require_can_post(round_, person, now)
    row = await session.get_one(t.Agenda, round_.meeting.id)
    await _give_out(session, row, round_.prompt.id, round_.prompt.batch, now)


async def mark_posted_due(session: AsyncSession, group: str, now: datetime) -> None:
    """An agenda whose time has come counts as posted: later edits update the post."""
    rows = await session.execute(
        _waiting_to_be_posted()
        .join(t.Prompt, t.Prompt.meeting_id == t.Meeting.id)
        .join(t.Prompt.batch)
        .where(t.Meeting.collaborative_id == group, t.Agenda.due_at <= now)
        .with_only_columns(t.Agenda, t.Prompt.id, t.AnonymousBatch.state)
    )
    for row, prompt, batch in rows.all():
        await _give_out(session, row, prompt, batch, row.due_at)


def _waiting_to_be_posted() -> Select[str]:
    """Groups with an agenda that is to be posted, since its meeting is to come."""
    upcoming = (t.Meeting.id == t.Agenda.meeting_id) & (t.Meeting.state == literal_column("'upcoming'"))
    return select(t.Meeting.collaborative_id).join(t.Agenda, upcoming).where(t.TO_POST)


def _to_post(at: At) -> Sequence[Select[str]]:
    return [_waiting_to_be_posted().where(t.Agenda.due_at <= at(NOW))]


async def _post_step(context: StepContext) -> bool:
    await mark_posted_due(context.session, context.group, context.now)
    return False


def _next_post() -> Select[datetime | None]:
    return _waiting_to_be_posted().with_only_columns(t.Agenda.due_at).order_by(t.Agenda.due_at).limit(1)


POST = DueStep(_to_post, _post_step, _next_post)


async def _give_out(session: AsyncSession, row: t.Agenda, prompt: str, batch: Batch, now: datetime) -> None:
    """Fix its content: late answers given by now, and anonymous answers approved by now."""
    row.posted_at = now
    row.holds_batch = batch is Batch.APPROVED
    late = (t.Reflection.prompt_id == prompt, t.Reflection.late, t.Reflection.visibility == Visibility.NAMED)
    await session.execute(update(t.Reflection).where(*late).values(on_agenda=True))


def as_lines(items: Sequence[rules.Item]) -> str:
    return rules.as_lines(items)


async def find_drafts(_session: AsyncSession, found: Overview) -> list[Entry]:
    """Drafts that are somebody's to look at, as Home lists them."""
    return [
        Entry(one.name, one.zone, one.meeting, one.agenda_due_at, one.starts_at, rank=1)
        for one in found.meetings
        if one.leads and one.has_draft(found.now)
    ]
