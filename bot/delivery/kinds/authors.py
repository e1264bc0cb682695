"""What only authors hear, by DM: too few answered without a name, a text came back, an answer was taken out.

Nobody else learns of it: neither from a message nor from how many there are.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.registry import Kind, Situation, about, post, want_none
from bot.domain.rounds import Batch, Round
from bot.services import redacting, returning
from bot.services.deliveries import Wanted
from handlers.views import quiet
from handlers.views.kit import Message


async def too_few_wanted(session: AsyncSession, found: Round, now: datetime) -> Iterable[Wanted]:
    """Some hours before answering ends, while there is time to change it."""
    if found.prompt.notice_at is not None or not found.prompt.is_open(now):
        return ()
    return [post("too_few", found, person, now, person) for person in await returning.too_few(session, found)]


async def left_wanted(session: AsyncSession, found: Round, now: datetime) -> Iterable[Wanted]:
    """Where a text that went back leaves too few."""
    if found.prompt.batch is not Batch.WAITING:
        return ()
    return [post("too_few_left", found, person, now, person) for person in await returning.too_few(session, found)]


async def compose_few(situation: Situation) -> Message | None:
    person, found = situation.owed.recipient, situation.found
    few = (await returning.too_few(situation.session, found, [person])).get(person)
    return quiet.build_too_few(found, few, situation.now) if few else None


async def returned_wanted(session: AsyncSession, found: Round, now: datetime) -> Iterable[Wanted]:
    if found.prompt.batch is not Batch.WAITING:
        return ()
    back = await returning.sent_back(session, found)
    return [post("returned", found, person, now, mine.token) for person, texts in back.items() for mine in texts]


async def compose_returned(situation: Situation) -> Message | None:
    person, found = situation.owed.recipient, situation.found
    back = (await returning.sent_back(situation.session, found, [person])).get(person, ())
    mine = next((one for one in back if one.token == situation.owed.subject), None)
    return quiet.build_returned(found, mine) if mine else None


async def settled_wanted(session: AsyncSession, found: Round, now: datetime) -> Iterable[Wanted]:
    """Where its author has decided, the text goes from the message."""
    sent = found.posts.get("returned", ())
    if not sent or found.prompt.batch is not Batch.WAITING:
        return ()
    back = {mine.token for texts in (await returning.sent_back(session, found)).values() for mine in texts}
    return [about("returned_settled", found, one, now, "settled") for one in sent if one.subject not in back]


async def compose_settled(_situation: Situation) -> Message:
    return quiet.build_settled()


async def redacted_wanted(session: AsyncSession, found: Round, _now: datetime) -> Iterable[Wanted]:
    return [post("redacted", found, author, at, deed) for deed, author, at in await redacting.to_tell(session, found)]


async def compose_redacted(situation: Situation) -> Message:
    position = await redacting.question_of(situation.session, situation.owed.subject or "")
    return quiet.build_redacted(situation.found, position)


FEW = Kind("too_few", want_none, compose_few, wanted_from=too_few_wanted)
LEFT = Kind("too_few_left", want_none, compose_few, wanted_from=left_wanted)
RETURNED = Kind("returned", want_none, compose_returned, wanted_from=returned_wanted)
SETTLED = Kind("returned_settled", want_none, compose_settled, updates="returned", wanted_from=settled_wanted)
REDACTED = Kind("redacted", want_none, compose_redacted, wanted_from=redacted_wanted)
