"""What only authors hear, by DM: too few answered without a name, nobody decides on what they wrote, a text came back
or was thanked for, one was taken out.

Nobody else learns of it: neither from a message nor from how many there are. Each says how things stand, for as long as
that can change; the end of all is `bot.services.anonymous_batches`.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from bot.delivery.lateness import ANSWERING_ENDS, REVIEW_ENDS, Late
from bot.delivery.types import BEFORE_THE_END, DeliveryType, NothingToSend, RenderContext, want_none
from bot.domain.anonymity import REFRESHED
from bot.domain.batches import review_ends, warning_time
from bot.domain.personal_hours import notice_time
from bot.domain.rounds import Batch, Post, Round
from bot.services import moderation, returned_answers
from bot.services.beside import Beside
from bot.services.deliveries import DesiredDelivery
from handlers.messages.base import about, post
from handlers.views import anonymous_author
from handlers.views.block_kit import Message


def too_few_wanted(round_: Round, beside: Beside, now: datetime) -> Iterable[DesiredDelivery]:
    """Some hours before answering ends, while there is time to change it: one for each, within their own hours.

    Whatever others do from half-time on brings no message, and changes none: it would tell when they did.
    """
    if round_.prompt.is_open(now):
        before, readers = round_.group.charter.rhythm.notice_hours_before, {one.person: one for one in beside.readers}
        for person in [one for one in beside.warned if one in readers]:
            at = notice_time(readers[person], round_.prompt.opens_at, round_.prompt.closes_at, before)
            yield post("too_few", round_, person, max(now, at), person)


def warning_settled_wanted(round_: Round, beside: Beside, now: datetime) -> Iterable[DesiredDelivery]:
    """Its own author has settled it."""
    if round_.prompt.is_open(now):
        for one in round_.posts.get("too_few", ()):
            if person_of(one) not in beside.warned:
                yield about(REFRESHED["too_few"], round_, one, now, "settled")


def left_wanted(round_: Round, beside: Beside, now: datetime) -> Iterable[DesiredDelivery]:
    """Where a text that went back, or was taken back, leaves too few: one a person; another one where the last was
    taken back since, in its place."""
    if round_.prompt.batch is not Batch.WAITING:
        return
    kind = "too_few_left"
    for person in beside.few:
        sent = [one for one in round_.posts.get(kind, ()) if person_of(one) == person]
        again = len(sent) - (not _taken_back(kind, round_, sent[-1])) if sent else 0
        due = max(now, round_.prompt.batch_look_at or now)  # what an author did is seen by the others at a full hour
        yield post(kind, round_, person, due, f"{person}.{again}" if again else person)


def person_of(message: Post) -> str:
    """Whom a warning is for, from its subject."""
    return (message.subject or "").partition(".")[0]


def _taken_back(kind: str, round_: Round, message: Post) -> bool:
    """Whether it says by now that nothing need be done."""
    return _last_word(kind, round_, message) in {"enough", "settled"}


def _last_word(kind: str, round_: Round, message: Post) -> str:
    """What it was last brought up to date to say: few, enough or settled."""
    subjects = [one.subject or "" for one in round_.posts.get(REFRESHED[kind], ())]
    last = next((one for one in reversed(subjects) if one.startswith(f"{message.subject}/")), "")
    return last.rpartition("-")[2]


def lapsing_wanted(round_: Round, beside: Beside, now: datetime) -> Iterable[DesiredDelivery]:
    """To every author of a batch that nobody decides on, some days before it is erased, in their own hours."""
    ends = review_ends(round_.prompt)
    if round_.prompt.batch is not Batch.WAITING or ends is None:
        return
    for reader in beside.readers:
        if reader.person in beside.anonymous or reader.person in beside.back:
            yield post("batch_lapsing", round_, reader.person, warning_time(reader, now, ends), reader.person)


def refresh_wanted(kind: str) -> Callable[[Round, Beside, datetime], Iterable[DesiredDelivery]]:
    """Brings every warning about a batch that waits up to date: at once for whoever has settled it, and at the next
    full hour for all of them when anybody changed anything, whether or not it changes what they say."""

    def wanted(round_: Round, beside: Beside, now: datetime) -> Iterable[DesiredDelivery]:
        if round_.prompt.batch is not Batch.WAITING:
            return
        at = round_.prompt.batch_look_at
        mark = f"{at:%m%dT%H}" if at else "now"
        for one in round_.posts.get(kind, ()):
            person = person_of(one)
            if person not in beside.anonymous and person not in beside.back:
                if _last_word(kind, round_, one) != "settled":
                    yield about(REFRESHED[kind], round_, one, now, f"{mark}-settled")
            elif at is not None and at > one.sent_at:
                word = "few" if person in beside.few else "enough"
                yield about(REFRESHED[kind], round_, one, at, f"{mark}-{word}")

    return wanted


async def compose_few(context: RenderContext) -> Message:
    person, round_ = context.claimed.recipient, context.round_
    few = (await returned_answers.warned(context.session, round_, [person])).get(person)
    if not few or not round_.prompt.is_open(context.now):
        raise NothingToSend("they have settled it")
    return anonymous_author.build_too_few(round_, few, context.now, alone=await _alone(context))


async def compose_left(context: RenderContext) -> Message:
    person, round_ = context.claimed.recipient, context.round_
    few = (await returned_answers.too_few(context.session, round_, [person])).get(person)
    if not few or round_.prompt.batch is not Batch.WAITING:
        raise NothingToSend("there are enough by now, or they have settled it")
    return anonymous_author.build_too_few_left(round_, few, context.now, alone=await _alone(context))


async def compose_lapsing(context: RenderContext) -> Message:
    person, round_ = context.claimed.recipient, context.round_
    positions = await _positions(context, person)
    if round_.prompt.batch is not Batch.WAITING or not positions:
        raise NothingToSend("it is decided, or they have settled it")
    return anonymous_author.build_lapsing(round_, positions, context.now, alone=await _alone(context))


async def compose_refresh(context: RenderContext) -> Message:
    """A warning as things stand now."""
    round_ = context.round_
    if round_.prompt.batch is not Batch.WAITING:
        raise NothingToSend("it is over, and settled otherwise")
    person = (context.claimed.subject or "").partition("/")[0].partition(".")[0]
    positions = await _positions(context, person)
    if not positions:
        return anonymous_author.build_settled()
    if context.claimed.kind == REFRESHED["batch_lapsing"]:
        return anonymous_author.build_lapsing(round_, positions, context.now, alone=await _alone(context))
    few = (await returned_answers.too_few(context.session, round_, [person])).get(person)
    if not few:
        return anonymous_author.build_enough(round_)
    return anonymous_author.build_too_few_left(round_, few, context.now, alone=await _alone(context))


async def _alone(context: RenderContext) -> bool:
    return await returned_answers.can_be_for_leader(context.session, context.round_)


async def _positions(context: RenderContext, person: str) -> set[int]:
    made = await returned_answers.by_author(context.session, context.round_, [person])
    return {row.position for row, _ in made.get(person, ())}


def returned_wanted(round_: Round, beside: Beside, now: datetime) -> Iterable[DesiredDelivery]:
    for person, texts in beside.back.items():
        yield from (post("returned", round_, person, now, mine.token) for mine in texts)


async def compose_returned(context: RenderContext) -> Message:
    person, round_ = context.claimed.recipient, context.round_
    back = (await returned_answers.sent_back(context.session, round_, [person])).get(person, ())
    mine = next((one for one in back if one.token == context.claimed.subject), None)
    if mine is None:
        raise NothingToSend("its author has settled it")
    return anonymous_author.build_returned(round_, mine, alone=await _alone(context))


def settled_wanted(round_: Round, beside: Beside, now: datetime) -> Iterable[DesiredDelivery]:
    """Where its author has decided, the text goes from the message."""
    if round_.prompt.batch is not Batch.WAITING:
        return
    back = {mine.token for texts in beside.back.values() for mine in texts}
    for one in round_.posts.get("returned", ()):
        if one.subject not in back:
            yield about("returned_settled", round_, one, now, "settled")


async def compose_settled(_situation: RenderContext) -> Message:
    return anonymous_author.build_settled()


def redacted_wanted(round_: Round, beside: Beside, _now: datetime) -> Iterable[DesiredDelivery]:
    for one in beside.taken_out:
        yield post("redacted", round_, one.author, one.at, one.entry)


async def compose_redacted(context: RenderContext) -> Message:
    position = await moderation.question_of(context.session, context.claimed.subject or "")
    return anonymous_author.build_redacted(context.round_, position)


def _refresh(kind: str) -> DeliveryType:
    return DeliveryType(
        REFRESHED[kind],
        want_none,
        compose_refresh,
        updates=kind,
        beside=refresh_wanted(kind),
        follows=REFRESHED[kind],
        late=Late(REVIEW_ENDS),
    )


FEW = DeliveryType(
    "too_few", want_none, compose_few, beside=too_few_wanted, hours=BEFORE_THE_END, late=Late(ANSWERING_ENDS)
)
FEW_SETTLED = DeliveryType(
    REFRESHED["too_few"],
    want_none,
    compose_settled,
    updates="too_few",
    beside=warning_settled_wanted,
    late=Late(REVIEW_ENDS),
)
LEFT = DeliveryType("too_few_left", want_none, compose_left, beside=left_wanted, late=Late(REVIEW_ENDS))
RETURNED = DeliveryType("returned", want_none, compose_returned, beside=returned_wanted, late=Late(REVIEW_ENDS))
LAPSING = DeliveryType("batch_lapsing", want_none, compose_lapsing, beside=lapsing_wanted, late=Late(REVIEW_ENDS))
REFRESH = (FEW_SETTLED, *(_refresh(kind) for kind in ("too_few_left", "batch_lapsing")))
SETTLED = DeliveryType(
    "returned_settled", want_none, compose_settled, updates="returned", beside=settled_wanted, late=Late(REVIEW_ENDS)
)
REDACTED = DeliveryType("redacted", want_none, compose_redacted, beside=redacted_wanted)
