"""Extra rows that planning needs beside rounds: late answers, moderation, role changes, and authors to be told."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import Visibility
from bot.domain.audit import Audited
from bot.domain.deliveries import DeliveryState
from bot.domain.leading import RoleChange
from bot.domain.reminders import Recipient
from bot.domain.rounds import Batch, MeetingState, Round
from bot.services import preferences, private_answers, returned_answers, roles, thanks_notices
from bot.services.deliveries import NEVER_CAME
from bot.services.private_answers import Former
from bot.services.returned_answers import ReturnedAnswer
from bot.services.thanks_notices import ThanksNotice
from storage import tables as t


@dataclass(frozen=True)
class LateAnswer:
    """A late answer for the group: its id, and how often it was changed."""

    id: str
    revision: int


@dataclass(frozen=True)
class TakenOut:
    """An answer that a convener took out, with a known author."""

    entry: str
    author: str
    at: datetime


@dataclass(frozen=True)
class Beside:
    """What planning needs beside a round's rows. By person:

    - `warned`: authors whose anonymous answers may be too few, while answering goes on;
    - `few`: authors of too few answers in a batch that waits; `anonymous`: authors in any batch that waits, without
      those whose texts went back; `back`: those to whom texts went back;
    - `thanked`: authors who were thanked for anonymous answers, while it is time to tell them;
    - `with_former`: authors whose private answers stay with the previous facilitator; `kept_for`: facilitators who have
      such answers to read;
    - `roles`: role changes to announce.

    `agenda_stands`: the agenda that holds anonymous answers is in the channel, may be, or is on its way.
    `readers` are the members, of a group in which anybody has to hear of that, whom the bot can write to.
    """

    late: Sequence[LateAnswer] = ()
    taken_out: Sequence[TakenOut] = ()
    warned: Sequence[str] = ()
    few: Sequence[str] = ()
    anonymous: Sequence[str] = ()
    readers: Sequence[Recipient] = ()
    back: Mapping[str, Sequence[ReturnedAnswer]] = field(default_factory=dict)
    thanked: Sequence[ThanksNotice] = ()
    with_former: Sequence[Former] = ()
    roles: Sequence[RoleChange] = ()
    agenda_stands: bool = False
    kept_for: Collection[str] = ()


async def beside(session: AsyncSession, rounds: Sequence[Round], now: datetime) -> dict[str, Beside]:
    """For many rounds, by meeting. If no batch waits and nobody has to be told, it takes as many statements as for
    one."""
    late, taken_out = await _late(session, rounds), await _taken_out(session, rounds)
    former = await private_answers.with_former(session, rounds)
    kept = await private_answers.kept_unread(session, rounds)
    changes = await roles.changes(session, rounds)
    standing = await _agendas(session, rounds)
    found = {}
    for one in rounds:
        waits = one.prompt.batch is Batch.WAITING
        noticed = one.prompt.notice_at is None and one.prompt.is_open(now)
        found[one.meeting.id] = Beside(
            late[one.prompt.id],
            taken_out[one.meeting.id],
            sorted(await returned_answers.warned(session, one)) if noticed else (),
            sorted(await returned_answers.too_few(session, one)) if waits else (),
            sorted(await returned_answers.have_answers(session, one)) if waits else (),
            await preferences.readers(session, one.group) if waits or noticed else (),
            await returned_answers.sent_back(session, one) if waits else {},
            await thanks_notices.to_hear(session, one, now) if waits else (),
            former.get(one.meeting.id, ()),
            changes[one.meeting.id],
            one.meeting.id in standing,
            kept.get(one.meeting.id, ()),
        )
    return found


async def _agendas(session: AsyncSession, rounds: Sequence[Round]) -> set[str]:
    """Meetings whose agenda holds anonymous answers, and was sent or may be. A planned agenda does not count any more
    once the meeting was handed on."""
    held = {one.meeting.id: one.meeting.state == MeetingState.UPCOMING for one in rounds if one.meeting.batch_in_agenda}
    if not held:
        return set()
    row = t.Delivery
    there = (row.meeting_id.in_(held), row.kind == "agenda", row.state.not_in(NEVER_CAME))
    found = await session.execute(select(row.meeting_id, row.state).where(*there))
    return {meeting for meeting, state in found if meeting and (state != DeliveryState.PLANNED or held[meeting])}


async def _late(session: AsyncSession, rounds: Sequence[Round]) -> defaultdict[str, list[LateAnswer]]:
    """By prompt."""
    ended = [one.prompt.id for one in rounds if one.prompt.closed_at is not None]
    row = t.Reflection
    found: defaultdict[str, list[LateAnswer]] = defaultdict(list)
    if ended:
        query = select(row.prompt_id, row.id, row.revision).where(row.prompt_id.in_(ended), row.late)
        for prompt, answer, revision in await session.execute(
            query.where(row.visibility == Visibility.NAMED).order_by(row.id)
        ):
            found[prompt].append(LateAnswer(answer, revision))
    return found


async def _taken_out(session: AsyncSession, rounds: Sequence[Round]) -> defaultdict[str, list[TakenOut]]:
    """By meeting; who took out something of their own need not be told."""
    row = t.AuditEntry
    found: defaultdict[str, list[TakenOut]] = defaultdict(list)
    taken_out = (row.what == Audited.ANSWER_TAKEN_OUT, row.person_id != row.done_by)
    query = select(row.meeting_id, row.id, row.person_id, row.done_at).where(
        row.meeting_id.in_([one.meeting.id for one in rounds]), *taken_out
    )
    for meeting, entry, author, at in await session.execute(query):
        if author is not None:
            found[meeting].append(TakenOut(entry, author, at))
    return found
