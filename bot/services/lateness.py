"""Late answers that the group may read: each stands in the prompt's thread as a message of its own."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import Seen, Visibility
from bot.domain.rounds import Round
from storage import tables as t


@dataclass(frozen=True)
class LateAnswer:
    """A late answer's id, and how often it was changed since it was given."""

    id: str
    revision: int


async def to_post(session: AsyncSession, found: Round) -> list[LateAnswer]:
    """The late answers that stand in the thread, or are to."""
    rows = await session.execute(
        select(t.Reflection.id, t.Reflection.revision)
        .where(
            t.Reflection.prompt_id == found.prompt.id,
            t.Reflection.late,
            t.Reflection.visibility == Visibility.NAMED,
        )
        .order_by(t.Reflection.id)
    )
    return [LateAnswer(answer, revision) for answer, revision in rows]


async def read(session: AsyncSession, found: Round, answer: str) -> Seen | None:
    """One of them as the group sees it; None when it is not for the group any more."""
    row = await session.get(t.Reflection, answer)
    if row is None or row.prompt_id != found.prompt.id or row.visibility != Visibility.NAMED:
        return None
    return Seen(row.position, row.text, Visibility.NAMED, row.author_id, row.edited, row.late, row.id)
