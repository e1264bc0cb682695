"""Late answers for the group: each is a message of its own in the prompt's thread."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import Seen, Visibility
from bot.domain.rounds import Round
from storage import tables as t


async def read(session: AsyncSession, round_: Round, answer: str) -> Seen | None:
    """A late answer as the group sees it; None if it is not for the group any more."""
    row = await session.get(t.Reflection, answer)
    if row is None or row.prompt_id != round_.prompt.id or row.visibility != Visibility.NAMED:
        return None
    return Seen(row.position, row.text, Visibility.NAMED, row.author_id, row.edited, row.late, row.id)


async def of_rounds(session: AsyncSession, rounds: Sequence[Round], _now: datetime) -> Mapping[str, Sequence[str]]:
    """The ids of late answers for the group, by meeting."""
    ended = {one.prompt.id: one.meeting.id for one in rounds if one.prompt.closed_at is not None}
    row = t.Reflection
    found: defaultdict[str, list[str]] = defaultdict(list)
    if ended:
        for_group = (row.prompt_id.in_(ended), row.late, row.visibility == Visibility.NAMED)
        query = select(row.prompt_id, row.id).where(*for_group).order_by(row.id)
        for prompt, answer in await session.execute(query):
            found[ended[prompt]].append(answer)
    return found
