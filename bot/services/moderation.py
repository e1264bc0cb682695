"""A convener takes out what was shown: it is erased, with a log entry that holds no text."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import Visibility
from bot.domain.audit import Audited
from bot.domain.errors import DomainError
from bot.domain.rounds import Batch, Round
from bot.services import rounds
from bot.services.erasure_log import erase
from storage import tables as t


@dataclass(frozen=True)
class TakenOut:
    """An answer that a convener took out, with a known author; `entry` is the log's."""

    entry: str
    author: str
    at: datetime


async def taken_out(session: AsyncSession, rounds: Sequence[Round], _now: datetime) -> Mapping[str, Sequence[TakenOut]]:
    """What was taken out, by meeting; who took out something of their own need not be told."""
    row = t.AuditEntry
    found: defaultdict[str, list[TakenOut]] = defaultdict(list)
    others = (row.what == Audited.ANSWER_TAKEN_OUT, row.person_id != row.done_by)
    query = select(row.meeting_id, row.id, row.person_id, row.done_at).where(
        row.meeting_id.in_([one.meeting.id for one in rounds]), *others
    )
    for meeting, entry, author, at in await session.execute(query):
        if author is not None:
            found[meeting].append(TakenOut(entry, author, at))
    return found


async def take_out(session: AsyncSession, round_: Round, convener: str, answer: str, now: datetime) -> None:
    """Erase an answer that the group can see, of this round or another of the group's, and remove it from all
    messages. Idempotent."""
    round_ = await _round_with(session, round_, answer)
    if convener not in round_.group.conveners:
        raise DomainError("Only a convener of the group can take an answer out.")
    row = await session.get(t.Reflection, answer)
    if row is None or row.prompt_id != round_.prompt.id:
        return  # somebody was faster
    kind = _kind(row, round_)
    if kind is None:
        raise DomainError("That answer was not shown to the group.")
    session.add(
        t.AuditEntry(
            workspace_id=row.workspace_id,
            collaborative_id=round_.group.id,
            meeting_id=round_.meeting.id,
            what=Audited.ANSWER_TAKEN_OUT,
            done_by=convener,
            done_at=now,
            person_id=row.author_id,
            details={"kind": kind, "position": row.position},
        )
    )
    await session.flush()
    await erase(session, [{"id": row.id, "workspace_id": row.workspace_id}], now)


def _kind(row: t.Reflection, round_: Round) -> str | None:
    """What was shown, in a word; None if it was not."""
    if row.visibility == Visibility.NAMED:
        return "late" if row.late else Visibility.NAMED
    shown = row.visibility == Visibility.ANONYMOUS and round_.prompt.batch is Batch.SHOWN
    return Visibility.ANONYMOUS if shown else None


async def question_of(session: AsyncSession, entry: str) -> int:
    """The position of the question of the removed answer, by the log's entry."""
    return int((await session.get_one(t.AuditEntry, entry)).details["position"])


async def _round_with(session: AsyncSession, round_: Round, answer: str) -> Round:
    """The round of an answer of the same group; `round_` itself if the answer is gone."""
    meeting = await session.scalar(
        select(t.Prompt.meeting_id)
        .join(t.Reflection, t.Reflection.prompt_id == t.Prompt.id)
        .where(t.Reflection.id == answer, t.Prompt.collaborative_id == round_.group.id)
    )
    if meeting is None or meeting == round_.meeting.id:
        return round_
    return await rounds.round_of(session, round_.group.workspace, meeting) or round_
