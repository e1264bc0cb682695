"""What only authors hear, by DM: too few answered without a name, a text came back or was thanked for, one was
taken out.

Nobody else learns of it: neither from a message nor from how many there are.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bot.delivery.registry import BEFORE_THE_END, Kind, Pointless, Situation, about, post, want_none
from bot.domain.personal_hours import notice_time
from bot.domain.rounds import Batch, Round
from bot.services import redacting, returning, thanking
from bot.services.beside import Beside
from bot.services.deliveries import Wanted
from bot.services.thanking import THANKED, positions_in
from handlers.views import quiet
from handlers.views.kit import Message


def too_few_wanted(found: Round, beside: Beside, now: datetime) -> Iterable[Wanted]:
    """Some hours before answering ends, while there is time to change it: for each within their own hours."""
    prompt = found.prompt
    if prompt.notice_at is not None or not prompt.is_open(now):
        return
    before, readers = found.group.charter.rhythm.notice_hours_before, {one.person: one for one in found.readers}
    for person in beside.few:
        reader = readers.get(person)
        due = notice_time(reader, prompt.opens_at, prompt.closes_at, before) if reader else now
        yield post("too_few", found, person, due, person)


def left_wanted(found: Round, beside: Beside, now: datetime) -> Iterable[Wanted]:
    """Where a text that went back leaves too few."""
    if found.prompt.batch is Batch.WAITING:
        yield from (post("too_few_left", found, person, now, person) for person in beside.few)


async def compose_few(situation: Situation) -> Message:
    person, found = situation.owed.recipient, situation.found
    few = (await returning.too_few(situation.session, found, [person])).get(person)
    if not few:
        raise Pointless("there are enough by now, or they have settled it")
    return quiet.build_too_few(found, few, situation.now)


def returned_wanted(found: Round, beside: Beside, now: datetime) -> Iterable[Wanted]:
    for person, texts in beside.back.items():
        yield from (post("returned", found, person, now, mine.token) for mine in texts)


async def compose_returned(situation: Situation) -> Message:
    person, found = situation.owed.recipient, situation.found
    back = (await returning.sent_back(situation.session, found, [person])).get(person, ())
    mine = next((one for one in back if one.token == situation.owed.subject), None)
    if mine is None:
        raise Pointless("its author has settled it")
    return quiet.build_returned(found, mine)


def settled_wanted(found: Round, beside: Beside, now: datetime) -> Iterable[Wanted]:
    """Where its author has decided, the text goes from the message."""
    if found.prompt.batch is not Batch.WAITING:
        return
    back = {mine.token for texts in beside.back.values() for mine in texts}
    for one in found.posts.get("returned", ()):
        if one.subject not in back:
            yield about("returned_settled", found, one, now, "settled")


async def compose_settled(_situation: Situation) -> Message:
    return quiet.build_settled()


def thanked_wanted(found: Round, beside: Beside, _now: datetime) -> Iterable[Wanted]:
    """One a person and day, for all that waits by then."""
    for one in beside.thanked:
        wanted = post(THANKED, found, one.person, one.due_at, f"{one.person}:{one.day}")
        yield replace(wanted, subject=one.subject)


async def compose_thanked(situation: Situation) -> Message:
    person, found = situation.owed.recipient, situation.found
    still = await thanking.thanked(situation.session, found, person)
    positions = still & positions_in(situation.owed.subject or "")
    if not positions:
        raise Pointless("what they were thanked for is not there any more")
    return quiet.build_thanked(found, positions)


def redacted_wanted(found: Round, beside: Beside, _now: datetime) -> Iterable[Wanted]:
    for one in beside.taken_out:
        yield post("redacted", found, one.author, one.at, one.deed)


async def compose_redacted(situation: Situation) -> Message:
    position = await redacting.question_of(situation.session, situation.owed.subject or "")
    return quiet.build_redacted(situation.found, position)


FEW = Kind("too_few", want_none, compose_few, beside=too_few_wanted, hours=BEFORE_THE_END)
LEFT = Kind("too_few_left", want_none, compose_few, beside=left_wanted)
RETURNED = Kind("returned", want_none, compose_returned, beside=returned_wanted)
THANKED_FOR = Kind(THANKED, want_none, compose_thanked, beside=thanked_wanted)
SETTLED = Kind("returned_settled", want_none, compose_settled, updates="returned", beside=settled_wanted)
REDACTED = Kind("redacted", want_none, compose_redacted, beside=redacted_wanted)
