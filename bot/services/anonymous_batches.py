"""The single owner of a prompt's anonymous answers: whose they are while the key lives, and every end that a batch can
have.

All ends call `_end`: unshown answers are erased, shown ones are detached from their authors, the key is erased, and
messages to authors alone are settled in Slack and then forgotten (`bot.services.message_cleanup`). Approved answers do
not count as shown until the post that holds them, the agenda or one of their own, is recorded as sent (`posted`).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, delete, func, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import (
    AUTHORS_ONLY,
    CLEANUP,
    TO_AUTHORS,
    Visibility,
    authors,
    enough,
    new_key,
    people_behind,
    respondent,
)
from bot.domain.anonymous_batches import AFTER_OUTAGE, ALIVE, REVIEW_TIME, UNSHOWN, advance, first_time, next_full_hour
from bot.domain.deliveries import NEVER_CAME, DeliveryState, Operation
from bot.domain.rounds import Batch, MeetingState, Round
from bot.services import message_cleanup, preferences, rounds
from bot.services.due_steps import NOW, At, DueStep, StepContext
from bot.services.erasure_log import erase
from bot.services.message_cleanup import Debt, Face
from storage import tables as t
from storage.engine import MOST_ROWS, erased, run, upsert
from storage.queries import MAY_STAND, holding_batch

THANKED = "thanked"
WARNED = frozenset(TO_AUTHORS) - {THANKED}
"""In these messages their recipient reads what became of their answer; recipients of others get a new message."""

HOLDERS = frozenset({"agenda", "anonymous_shown"})
"""Posts that contain anonymous answers."""

MISSED = timedelta(hours=1)
"""If the bot looks so long after a batch's deadline, it was down at the deadline."""

IN_TIME = timedelta(hours=20)
"""Authors are warned at least so long before the deadline that nobody has decided."""

_answer = t.Reflection.__table__


# ---- Reading ----


async def anonymous_answers(session: AsyncSession, prompt: str) -> list[t.Reflection]:
    """A prompt's anonymous answers, in random order."""
    rows = await session.scalars(
        select(t.Reflection)
        .where(t.Reflection.prompt_id == prompt, t.Reflection.visibility == Visibility.ANONYMOUS)
        .order_by(t.Reflection.position, t.Reflection.id)
    )
    return list(rows)


def whose(key: bytes, answers: Sequence[t.Reflection], people: Iterable[str]) -> dict[str, list[t.Reflection]]:
    """These people's anonymous answers, by author."""
    among = list(people)
    known = {position: authors(key, position, among) for position in {row.position for row in answers}}
    found: defaultdict[str, list[t.Reflection]] = defaultdict(list)
    for row in answers:
        author = known[row.position].get(row.respondent)
        if author is not None:
            found[author].append(row)
    return dict(found)


def fit_to_show(answers: Iterable[t.Reflection]) -> list[t.Reflection]:
    """Those that may be shown: not returned to their author, and enough of them to their question."""
    there = [row for row in answers if row.returned is None]
    behind: defaultdict[int, list[str]] = defaultdict(list)
    for row in there:
        behind[row.position].append(row.respondent)
    return [row for row in there if enough(people_behind(behind[row.position]))]


async def of_person(session: AsyncSession, workspace: str, person: str) -> list[t.Reflection]:
    """Somebody's anonymous answers that were not shown and that the keys can still find, to open questions and in
    waiting batches, also of groups that they left. What may be in the channel already counts as shown."""
    keyed = await session.execute(
        select(t.Prompt.id, t.Prompt.key, t.PromptQuestion.position)
        .join(t.PromptQuestion, t.PromptQuestion.prompt_id == t.Prompt.id)
        .where(t.Prompt.workspace_id == workspace, t.Prompt.key.is_not(None), not_(_may_stand()))
    )
    known_as = [(prompt, respondent(key, position, person)) for prompt, key, position in keyed if key is not None]
    found: list[t.Reflection] = []
    for start in range(0, len(known_as), MOST_ROWS):
        prompts, stand_ins = zip(*known_as[start : start + MOST_ROWS], strict=True)
        some = t.Reflection.prompt_id.in_(set(prompts)) & t.Reflection.respondent.in_(stand_ins)
        anonymous = t.Reflection.visibility == Visibility.ANONYMOUS
        found += await session.scalars(
            select(t.Reflection).where(t.Reflection.workspace_id == workspace, some, anonymous)
        )
    return found


async def can_show(session: AsyncSession, round_: Round) -> bool:
    """Whether any answer of a waiting batch may be shown now."""
    return bool(fit_to_show(await anonymous_answers(session, round_.prompt.id)))


async def in_agendas(session: AsyncSession, rounds: Sequence[Round], _now: datetime) -> Mapping[str, bool]:
    """Whether the agenda that holds the anonymous answers stands, may stand or is on its way, by meeting. A planned
    one does not count any more once the meeting was handed on."""
    there = dict.fromkeys((one.meeting.id for one in rounds), False)
    held = {one.meeting.id: one.meeting.state == MeetingState.UPCOMING for one in rounds if one.meeting.batch_in_agenda}
    if held:
        row = t.Delivery
        agendas = (row.meeting_id.in_(held), row.kind == "agenda", row.operation == Operation.POST)
        query = select(row.meeting_id, row.state).where(*agendas, row.state.not_in(NEVER_CAME))
        for meeting, state in await session.execute(query):
            if meeting and (state != DeliveryState.PLANNED or held[meeting]):
                there[meeting] = True
    return there


# ---- The ends ----


async def close(session: AsyncSession, row: t.Prompt, now: datetime) -> None:
    """Answering has ended: questions with enough answers wait for review, the others' answers are erased."""
    row.batch.notice_at, row.batch.look_at, row.batch.few = None, None, None
    row.batch.review_ends_at = now + REVIEW_TIME
    answers = await anonymous_answers(session, row.id)
    keep = fit_to_show(answers)
    if not keep:
        await _end(session, row, Batch.NONE, now, told=Face.TOO_FEW)
        return
    lost = await _authors_of(session, row, [one for one in answers if one not in keep])
    await _erase(session, [one for one in answers if one not in keep], now)
    await _tell(session, row, lost, Face.TOO_FEW, now)
    row.batch.state = advance(row.batch.state, Batch.WAITING)
    await write_anew(session, row, now)


async def decide(session: AsyncSession, round_: Round, now: datetime, *, show: bool) -> Batch:
    """A reviewer's decision on the whole batch; the first decision stands. Answers returned and not given again are
    not shown, nor those to questions with too few."""
    row = await session.get(t.Prompt, round_.prompt.id)
    if row is None or row.batch.state is not Batch.WAITING:
        return row.batch.state if row else Batch.NONE
    keep = fit_to_show(await anonymous_answers(session, row.id)) if show else []
    if not keep:
        await _end(session, row, Batch.WITHHELD, now, told=Face.WITHHELD)
        return row.batch.state
    await _approve(session, row, keep, now)
    return row.batch.state


async def _approve(session: AsyncSession, row: t.Prompt, keep: Sequence[t.Reflection], now: datetime) -> None:
    """Erase returned answers that were not given again. The others keep their key until the post that holds them is
    sent: whoever erases everything meanwhile takes theirs out."""
    kept = {one.id for one in keep}
    gone = [one for one in await anonymous_answers(session, row.id) if one.id not in kept]
    lost = await _authors_of(session, row, gone)
    await _erase(session, gone, now)
    await write_anew(session, row, now)
    await _settle_messages(session, row, lost, Face.OVER, Face.WITHHELD, now)
    row.batch.state, row.batch.notice_at = advance(row.batch.state, Batch.APPROVED), None
    row.batch.revision, row.batch.look_at = 0, None


async def posted(session: AsyncSession, meeting: str | None, kind: str, now: datetime) -> None:
    """A message about a meeting was certainly posted: approved answers in it are shown."""
    if kind not in HOLDERS or meeting is None:
        return
    row = await session.scalar(select(t.Prompt).where(t.Prompt.meeting_id == meeting))
    if row is None:
        return
    holds = kind != "agenda" or (await session.get_one(t.Agenda, meeting)).holds_batch
    if row.batch.state is Batch.APPROVED and holds:
        await _show(session, row, now)


async def _show(session: AsyncSession, row: t.Prompt, now: datetime) -> None:
    keep = fit_to_show(await anonymous_answers(session, row.id))
    await _end(session, row, Batch.SHOWN if keep else Batch.WITHHELD, now, keep=keep, told=Face.WITHHELD)


def _may_stand() -> ColumnElement[bool]:
    """Approved, and in a post that may be in the channel, with an unknown result."""
    return and_(t.Prompt.batch.has(t.APPROVED), t.Prompt.meeting_id.in_(holding_batch(*MAY_STAND)))


async def lapse_due(session: AsyncSession, group: str, now: datetime) -> int:
    """End a group's batches that nobody decided on in time, or that could not be shown; returns how many. If the bot
    was down at the deadline, they get some days more, and everybody who was told the deadline is told the new one."""
    due = (or_(t.WAITING, t.APPROVED), t.AnonymousBatch.review_ends_at <= now)
    ours = select(t.Prompt).join(t.Prompt.batch).where(t.Prompt.collaborative_id == group)
    rows = list(await session.scalars(ours.where(*due)))
    doubtful = set(await session.scalars(select(t.Prompt.id).where(t.Prompt.collaborative_id == group, _may_stand())))
    for row in rows:
        if row.id in doubtful:
            await _show(session, row, now)
        elif now - _review_ends(row) > MISSED or await _only_just_warned(session, row, now):
            row.batch.review_ends_at = now + AFTER_OUTAGE
            row.batch.revision, row.batch.look_at = row.batch.revision + 1, now
        elif row.batch.state is Batch.APPROVED:
            await _end(session, row, Batch.WITHHELD, now, told=Face.WITHHELD)
        else:
            could = fit_to_show(await anonymous_answers(session, row.id))
            await _end(session, row, Batch.LAPSED, now, told=Face.LAPSED if could else Face.FEW_LEFT)
    return len(rows)


def _to_lapse(at: At) -> Sequence[Select[str]]:
    """Each by its own index."""
    row = t.AnonymousBatch
    over = row.review_ends_at <= at(NOW)
    return [select(row.collaborative_id).where(waits, over) for waits in (t.WAITING, t.APPROVED)]


async def _lapse_step(context: StepContext) -> bool:
    return await lapse_due(context.session, context.group, context.now) > 0


LAPSE = DueStep(_to_lapse, _lapse_step)


async def _only_just_warned(session: AsyncSession, row: t.Prompt, now: datetime) -> bool:
    """Whether authors have hardly had time to act: the bot came back just before the deadline."""
    warning = t.Delivery.kind == "batch_lapsing"
    first = await session.scalar(
        select(func.min(t.Delivery.sent_at)).where(t.Delivery.meeting_id == row.meeting_id, warning)
    )
    extended = _review_ends(row) > (row.closed_at or row.closes_at) + REVIEW_TIME
    return not extended and first is not None and first > now - IN_TIME


def _review_ends(row: t.Prompt) -> datetime:
    if row.batch.review_ends_at is None:
        raise LookupError("answering goes on: no batch waits")
    return row.batch.review_ends_at


async def end_group(session: AsyncSession, group: str, now: datetime) -> None:
    """The group is closed: nothing will be shown, and nobody is left to be told."""
    for row in list(await session.scalars(_not_over().where(t.Prompt.collaborative_id == group))):
        if row.closed_at is None:
            row.closed_at, row.took_part = now, 0
            row.batch.review_ends_at = now + REVIEW_TIME
            await session.execute(delete(t.Participation).where(t.Participation.prompt_id == row.id))
        await _end(session, row, _unshown(row), now)


def _not_over() -> Select[t.Prompt]:
    """Prompts whose batch was not shown and has not ended, or that have a key."""
    return (
        select(t.Prompt).join(t.Prompt.batch).where(or_(t.AnonymousBatch.state.in_(ALIVE), t.Prompt.key.is_not(None)))
    )


def _unshown(row: t.Prompt) -> Batch:
    """The state of a batch that ends without having been shown."""
    return Batch.NONE if row.batch.state is Batch.COLLECTING else Batch.WITHHELD


async def void(session: AsyncSession, now: datetime, workspace: str | None = None) -> None:
    """After a restore or the app's removal no unshown anonymous answer, and no key, is kept. Open questions stay open;
    those who answered them anonymously are asked again, and the group is told."""
    here = _not_over() if workspace is None else _not_over().where(t.Prompt.workspace_id == workspace)
    for row in list(await session.scalars(here)):
        if row.opens_at <= now:
            row.batch.voided_at = now
        if row.closed_at is None:
            await _void_open(session, row, now)
        else:
            await _end(session, row, _unshown(row), now, over=Face.VOIDED)


async def _void_open(session: AsyncSession, row: t.Prompt, now: datetime) -> None:
    await _erase(session, await anonymous_answers(session, row.id), now)
    row.key, row.batch.look_at = None, None
    await _settle_messages(session, row, {}, Face.VOIDED, None, now)
    answered = select(t.Reflection.author_id).where(
        t.Reflection.prompt_id == row.id, t.Reflection.author_id.is_not(None)
    )
    part = t.Participation
    await session.execute(delete(part).where(part.prompt_id == row.id, part.person_id.not_in(answered)))
    erased(session)


async def give_keys(session: AsyncSession, workspace: str | None = None) -> None:
    """Open questions without a key, since they were voided, get a new one."""
    lost = (t.Prompt.closed_at.is_(None), t.Prompt.key.is_(None))
    here = lost if workspace is None else (*lost, t.Prompt.workspace_id == workspace)
    for prompt in await session.scalars(select(t.Prompt).where(*here)):
        key = prompt.key = new_key()
        for row in await session.scalars(select(t.Reflection).where(t.Reflection.prompt_id == prompt.id)):
            if row.author_id is not None:
                row.respondent = respondent(key, row.position, row.author_id)
    await session.flush()


async def _end(
    session: AsyncSession,
    row: t.Prompt,
    to: Batch,
    now: datetime,
    *,
    keep: Collection[t.Reflection] = (),
    told: Face | None = None,
    over: Face = Face.OVER,
) -> None:
    """End a batch. `keep` are the answers that are shown; authors of the others are told `told`, and their other
    messages say `over`."""
    is_over = row.batch.state in {Batch.NONE, Batch.SHOWN, *UNSHOWN}  # a key was left behind
    after = row.batch.state if is_over else advance(row.batch.state, to)
    answers = await anonymous_answers(session, row.id)
    unshown = [] if row.batch.state is Batch.SHOWN else [one for one in answers if one not in keep]
    lost = await _authors_of(session, row, unshown) if told else set()
    await _erase(session, unshown, now)
    if keep:
        await write_anew(session, row, now, unkeyed=True)
    await _settle_messages(session, row, lost, over, told, now)
    row.key, row.batch.notice_at, row.batch.few = None, None, None
    row.batch.state = after
    row.batch.revision, row.batch.look_at = 0, None
    erased(session)


async def _erase(session: AsyncSession, answers: Iterable[t.Reflection], now: datetime) -> None:
    await erase(session, [{"id": one.id, "workspace_id": one.workspace_id} for one in answers], now)


async def write_anew(session: AsyncSession, row: t.Prompt, now: datetime, *, unkeyed: bool = False) -> None:
    """Write a prompt's anonymous answers again, all at once, in random order, without anything that tells one from
    another.

    A database reveals the order and the transactions in which rows were written, which must not lead to those who
    took part. Ids must not either: an older backup may hold the same rows with their authors.
    """
    await session.flush()
    here = (_answer.c.prompt_id == row.id, _answer.c.visibility == Visibility.ANONYMOUS)
    rows = [dict(one) for one in (await run(session, select(_answer).where(*here))).mappings()]
    await erase(session, rows, now)
    alike = {"given_on": now.date(), "edited": False, "revision": 0}
    made = [one | alike | {"id": t.new_id()} for one in rows]
    if unkeyed:
        made = [one | {"respondent": t.new_id(), "returned": None} for one in made]
    await upsert(session, t.Reflection, sorted(made, key=lambda _one: t.new_id()))
    for held in [one for one in session.identity_map.values() if isinstance(one, t.Reflection)]:
        session.expunge(held)  # as it was before
    erased(session)


# ---- What authors were told, and what they hear of the end ----


async def _authors_of(session: AsyncSession, row: t.Prompt, answers: Sequence[t.Reflection]) -> set[str]:
    if row.key is None or not answers:
        return set()
    people = select(t.Member.person_id).where(t.Member.collaborative_id == row.collaborative_id)
    return set(whose(row.key, answers, await session.scalars(people)))


def _messages(row: t.Prompt) -> ColumnElement[bool]:
    return (t.Delivery.meeting_id == row.meeting_id) & t.Delivery.kind.in_([k for k in AUTHORS_ONLY if k != CLEANUP])


async def _tell(session: AsyncSession, row: t.Prompt, lost: Collection[str], told: Face, now: datetime) -> None:
    await _settle_messages(session, row, lost, Face.OVER, told, now)


async def _settle_messages(
    session: AsyncSession, row: t.Prompt, lost: Collection[str], over: Face, told: Face | None, now: datetime
) -> None:
    """Settle all messages to authors alone and forget their records. Those among `lost` read `told` in the last
    message that had warned them, or else in a new one, in their own hours."""
    records = await message_cleanup.take(session, _messages(row), over)
    latest = {r["recipient"]: r["sent_ts"] for r in sorted(records, key=lambda r: r["sent_ts"]) if r["kind"] in WARNED}
    reads_there = set(lost) & set(latest) if told else set()
    debts = []
    for record in [one for one in records if one["kind"] != THANKED]:  # that tells nothing of anybody, ever
        here = record["recipient"] in reads_there and record["sent_ts"] == latest[record["recipient"]]
        debts.append(message_cleanup.debt(record, told if told and here else over, now))
    if told:
        debts += await _new_messages(session, row, set(lost) - reads_there, told, now)
    await message_cleanup.owe(session, debts)


async def _new_messages(
    session: AsyncSession, row: t.Prompt, people: set[str], told: Face, now: datetime
) -> list[Debt]:
    group = await rounds.group_by_id(session, row.workspace_id, row.collaborative_id) if people else None
    if group is None:
        return []
    readers = [one for one in await preferences.readers(session, group) if one.person in people]
    return [Debt(group.workspace, one.person, told, first_time(one, now), group.id) for one in readers]


# ---- What authors change ----


async def changed(session: AsyncSession, prompt: str, now: datetime) -> None:
    """An author changed something of a waiting batch. It becomes visible at the next full hour, so that the time does
    not tell whose change it was. If nothing is left, the batch ends."""
    row = await session.get_one(t.Prompt, prompt)
    await session.flush()
    if not await anonymous_answers(session, prompt):
        await _end(session, row, Batch.NONE, now)
    row.batch.revision += 1
    row.batch.look_at = next_full_hour(now)


async def notice(session: AsyncSession, row: t.Prompt) -> None:
    """Half-time of answering: what is found now holds until answering ends. A message that came or went with
    somebody's change would tell the others of it."""
    fit = {one.position for one in fit_to_show(await anonymous_answers(session, row.id))}
    asked = await session.scalars(select(t.PromptQuestion.position).where(t.PromptQuestion.prompt_id == row.id))
    row.batch.few, row.batch.notice_at = sorted(set(asked) - fit) or None, None


async def erase_of(session: AsyncSession, workspace: str, person: str, now: datetime) -> None:
    """Erase somebody's anonymous answers as far as the keys find them. Others whose answers are too few in a waiting
    batch are told."""
    await _count_as_shown(session, workspace, person, now)
    mine = await of_person(session, workspace, person)
    prompts = {one.prompt_id for one in mine}
    await _erase(session, mine, now)
    await session.flush()
    waiting = select(t.AnonymousBatch.prompt_id).where(t.AnonymousBatch.prompt_id.in_(prompts), t.WAITING)
    for prompt in list(await session.scalars(waiting)):
        await changed(session, prompt, now)


async def _count_as_shown(session: AsyncSession, workspace: str, person: str, now: datetime) -> None:
    """What may be in the channel already can't be taken out: the missing text would be known as theirs. Nor may it be
    found for them any more."""
    query = select(t.Prompt).where(t.Prompt.workspace_id == workspace, t.Prompt.key.is_not(None), _may_stand())
    for row in list(await session.scalars(query)):
        if row.key is not None and whose(row.key, await anonymous_answers(session, row.id), [person]):
            await _show(session, row, now)
