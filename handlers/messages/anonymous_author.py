"""What only authors hear, by DM: too few answered without a name, nobody decides on what they wrote, a text came back
or was thanked for, one was taken out.

Nobody else learns of it: neither from a message nor from how many there are. Each says how things stand, for as long as
that can change; the end of all is `bot.services.anonymous_batches`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.delivery.lateness import ANSWERING_ENDS, REVIEW_ENDS, Late
from bot.delivery.message import Message as Rendered
from bot.delivery.types import BEFORE_THE_END, DeliveryType, NothingToSend, Refresh, RenderContext, differs, reading
from bot.domain.anonymous_batches import warning_time
from bot.domain.personal_hours import notice_time
from bot.domain.rounds import Batch, Round
from bot.services import moderation, returned_answers
from bot.services.deliveries import DesiredDelivery
from bot.services.moderation import TakenOut
from bot.services.returned_answers import AnonymousAuthors
from handlers.messages.base import post
from handlers.views import anonymous_author
from handlers.views.block_kit import Message

FEW, ENOUGH, SETTLED, WAITS, BACK = "few", "enough", "settled", "waits", "back"
"""The one word that is remembered of what a message says."""


@dataclass(frozen=True)
class Returned:
    """Which return of a text."""

    token: str


@dataclass(frozen=True)
class Redacted:
    """The log's entry of what was taken out."""

    entry: str


def too_few_wanted(round_: Round, authors: AnonymousAuthors, now: datetime) -> Iterable[DesiredDelivery]:
    """Some hours before answering ends, while there is time to change it: one for each, within their own hours.

    Whatever others do from half-time on brings no message, and changes none: it would tell when they did.
    """
    if round_.prompt.is_open(now):
        before, readers = round_.group.charter.rhythm.notice_hours_before, {one.person: one for one in authors.readers}
        for person in [one for one in authors.warned if one in readers]:
            at = notice_time(readers[person], round_.prompt.opens_at, round_.prompt.closes_at, before)
            yield post("too_few", round_, person, max(now, at), person)


def left_wanted(round_: Round, authors: AnonymousAuthors, now: datetime) -> Iterable[DesiredDelivery]:
    """Where a text that went back, or was taken back, leaves too few: one a person; another one where the last was
    taken back since, in its place."""
    if round_.prompt.batch is not Batch.WAITING:
        return
    kind = "too_few_left"
    for person in authors.few:
        sent = [one for one in round_.posts.get(kind, ()) if one.recipient == person]
        again = len(sent) - (sent[-1].shown not in {ENOUGH, SETTLED}) if sent else 0
        due = max(now, round_.prompt.batch_look_at or now)  # what an author did is seen by the others at a full hour
        yield post(kind, round_, person, due, f"{person}.{again}" if again else person)


def lapsing_wanted(round_: Round, authors: AnonymousAuthors, now: datetime) -> Iterable[DesiredDelivery]:
    """To every author of a batch that nobody decides on, some days before it is erased, in their own hours."""
    ends = round_.prompt.review_ends_at
    if round_.prompt.batch is not Batch.WAITING or ends is None:
        return
    for reader in authors.readers:
        if reader.person in authors.anonymous or reader.person in authors.back:
            yield post("batch_lapsing", round_, reader.person, warning_time(reader, now, ends), reader.person)


def settled_due(context: RenderContext, rendered: Rendered, now: datetime) -> datetime | None:
    """Only its own author's doing changes it, at once."""
    return now if rendered.says == SETTLED and differs(context, rendered) else None


def warning_due(context: RenderContext, rendered: Rendered, now: datetime) -> datetime | None:
    """Every warning about a batch that waits is brought up to date: at once for whoever has settled it, and at the next
    full hour for all of them when anybody changed anything, whether or not it changes what they say."""
    standing, look_at = context.standing, context.round_.prompt.batch_look_at
    if standing is None or rendered.says == SETTLED:
        return settled_due(context, rendered, now)
    return look_at if look_at is not None and look_at > (standing.as_of or standing.sent_at) else None


async def compose_few(context: RenderContext) -> Message:
    person, round_ = context.recipient, context.round_
    if not round_.prompt.is_open(context.now):
        raise NothingToSend("answering has ended")
    few = (await returned_answers.warned(context.session, round_, [person])).get(person)
    if not few:
        return _settled(context)
    message = anonymous_author.build_too_few(round_, few, context.now, alone=await _alone(context))
    return replace(message, says=FEW)


def _settled(context: RenderContext) -> Message:
    if context.standing is None:
        raise NothingToSend("they have settled it")
    return replace(anonymous_author.build_settled(), says=SETTLED)


async def compose_left(context: RenderContext) -> Message:
    person, round_ = context.recipient, context.round_
    _require_waiting(round_)
    few = (await returned_answers.too_few(context.session, round_, [person])).get(person)
    if few:
        message = anonymous_author.build_too_few_left(round_, few, context.now, alone=await _alone(context))
        return replace(message, says=FEW)
    if context.standing is None or not await _positions(context, person):
        return _settled(context)
    return replace(anonymous_author.build_enough(round_), says=ENOUGH)


async def compose_lapsing(context: RenderContext) -> Message:
    round_ = context.round_
    _require_waiting(round_)
    positions = await _positions(context, context.recipient)
    if not positions:
        return _settled(context)
    message = anonymous_author.build_lapsing(round_, positions, context.now, alone=await _alone(context))
    return replace(message, says=WAITS)


def _require_waiting(round_: Round) -> None:
    if round_.prompt.batch is not Batch.WAITING:
        raise NothingToSend("it is over, and settled otherwise")


async def _alone(context: RenderContext) -> bool:
    return await returned_answers.can_be_for_leader(context.session, context.round_)


async def _positions(context: RenderContext, person: str) -> set[int]:
    made = await returned_answers.by_author(context.session, context.round_, [person])
    return {row.position for row, _ in made.get(person, ())}


def returned_wanted(round_: Round, authors: AnonymousAuthors, now: datetime) -> Iterable[DesiredDelivery]:
    for person, texts in authors.back.items():
        yield from (post("returned", round_, person, now, mine.token, Returned(mine.token)) for mine in texts)


async def compose_returned(context: RenderContext) -> Message:
    """Where its author has decided, the text goes from the message."""
    person, round_ = context.recipient, context.round_
    _require_waiting(round_)
    back = (await returned_answers.sent_back(context.session, round_, [person])).get(person, ())
    mine = next((one for one in back if one.token == context.arguments(Returned).token), None)
    if mine is None:
        return _settled(context)
    return replace(anonymous_author.build_returned(round_, mine, alone=await _alone(context)), says=BACK)


def redacted_wanted(round_: Round, gone: Sequence[TakenOut], _now: datetime) -> Iterable[DesiredDelivery]:
    for one in gone:
        yield post("redacted", round_, one.author, one.at, one.entry, Redacted(one.entry))


async def compose_redacted(context: RenderContext) -> Message:
    position = await moderation.question_of(context.session, context.arguments(Redacted).entry)
    return anonymous_author.build_redacted(context.round_, position)


_SETTLED, _WARNING = Refresh(due=settled_due, live=True), Refresh(due=warning_due, live=True)

FEW_ANSWERED = DeliveryType(
    "too_few",
    None,
    compose_few,
    refresh=_SETTLED,
    plan=reading(returned_answers.authors, too_few_wanted),
    hours=BEFORE_THE_END,
    late=Late(ANSWERING_ENDS),
)
LEFT = DeliveryType(
    "too_few_left",
    None,
    compose_left,
    refresh=_WARNING,
    leads=True,
    plan=reading(returned_answers.authors, left_wanted),
    late=Late(REVIEW_ENDS),
)
RETURNED = DeliveryType(
    "returned",
    None,
    compose_returned,
    refresh=_SETTLED,
    plan=reading(returned_answers.authors, returned_wanted),
    late=Late(REVIEW_ENDS),
)
LAPSING = DeliveryType(
    "batch_lapsing",
    None,
    compose_lapsing,
    refresh=_WARNING,
    plan=reading(returned_answers.authors, lapsing_wanted),
    late=Late(REVIEW_ENDS),
)
REDACTED = DeliveryType("redacted", None, compose_redacted, plan=reading(moderation.taken_out, redacted_wanted))
