"""What somebody was thanked for, by whom: one line-up a day at most, by DM, in the afternoon where they live."""

from collections.abc import Iterable
from datetime import date

from bot.delivery.registry import Kind, Pointless, Situation, want_none
from bot.domain.appreciation import telling_ends, telling_time
from bot.domain.rounds import Round
from bot.services import appreciations
from bot.services.appreciations import Waiting
from bot.services.deliveries import Wanted
from bot.services.redoing import THANKS
from handlers.views import thanks
from handlers.views.kit import Message


def thanks_wanted(found: Round, waiting: Iterable[Waiting]) -> Iterable[Wanted]:
    """One for each member who has something to hear; it tells of all their groups."""
    if found.group.stopped:
        return
    for one in waiting:
        day = one.day.isoformat()
        key = f"{THANKS}:{found.group.id}:{one.person}:{day}"
        due, ends = telling_time(one.day, one.zone, one.hours), telling_ends(one.day, one.zone, one.hours)
        yield Wanted(THANKS, "post", one.person, due, ends, key, found.meeting.id, day)


async def compose(situation: Situation) -> Message:
    owed = situation.owed
    day = date.fromisoformat(owed.subject or "")
    thanked = await appreciations.to_tell(situation.session, owed.workspace, owed.recipient, day)
    if not thanked:
        raise Pointless("the thanks were taken back, or told already")
    return thanks.build_thanks(thanked)


async def compose_redone(situation: Situation) -> Message:
    """From what is kept by now: an answer may be gone or changed, and so may be whoever said thanks."""
    owed = situation.owed
    day = date.fromisoformat((owed.subject or "").partition("/")[0])
    thanked = await appreciations.told(situation.session, owed.workspace, owed.recipient, day)
    return thanks.build_thanks(thanked) if thanked else thanks.build_gone()


KIND = Kind(THANKS, want_none, compose)
"""Who waits for thanks is asked of the database (`thanks_wanted`); its subject is the day."""
