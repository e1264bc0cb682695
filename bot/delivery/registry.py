"""What a kind of delivery is: one entry of its functions. A new kind is a new file in `kinds/` and a row in `late`."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.lateness import LATE, Late
from bot.domain.rounds import Post, Round
from bot.domain.timetable import REVIEW
from bot.services.beside import Beside
from bot.services.claims import ClaimedDelivery
from bot.services.deliveries import DesiredDelivery
from handlers.views.block_kit import Message, View


@dataclass(frozen=True)
class RenderContext:
    """What a kind looks at when a delivery is due: the round as it is now."""

    session: AsyncSession
    found: Round
    claimed: ClaimedDelivery
    now: datetime
    chooser: Random


def want_none(_found: Round, _now: datetime) -> Iterable[DesiredDelivery]:
    """Planned from elsewhere."""
    return ()


class NothingToSend(Exception):
    """What composing finds out: there is nothing to say. In words, for the record."""


def keep_useful(_situation: RenderContext) -> str | None:
    """Always still useful."""
    return None


@dataclass(frozen=True)
class OwnHours:
    """How a message to one person keeps to their days and hours: it waits for the next of them.

    `waits` False: it comes at whatever time. `needed_by`: where they work at no time until then, it doesn't wait.
    """

    waits: bool = True
    needed_by: Callable[[Round], datetime | None] = field(default=lambda _found: None)


AT_ONCE = OwnHours(waits=False)
BEFORE_AGENDA = OwnHours(needed_by=lambda found: found.meeting.agenda_due_at - REVIEW)
"""Whoever leads has so much time for it before the agenda goes out, at least."""

BEFORE_MEETING = OwnHours(needed_by=lambda found: found.meeting.starts_at)
BEFORE_THE_END = OwnHours(needed_by=lambda found: found.prompt.closes_at)


async def keep_wanted(_situation: RenderContext) -> str | None:
    """Always still wanted."""
    return None


@dataclass(frozen=True)
class Kind:
    """One kind of delivery.

    `wanted` says when it is planned; `useful` gives a reason when it has become pointless, `still_wanted` when the
    person it is for needs it no more, which takes a look into the database; what if it is late stands in `late.LATE`;
    `compose` makes the message from the state at send time. `updates` names the kind whose message it brings up to
    date, `thread_of` the kinds in whose thread it stands (the first that is known), `follows` the kind after which it
    is planned; `asks` says whether a person may be asked about an unclear one (channel posts only). `beside` is for
    kinds that are wanted for what stands beside a round. `hours` is how it keeps to the hours of the one person whom it
    is for; what brings a message up to date makes no sound, and waits for nobody.
    `by_itself`: nobody waits for one to the group, so it comes on a working day.
    """

    name: str
    wanted: Callable[[Round, datetime], Iterable[DesiredDelivery]]
    compose: Callable[[RenderContext], Awaitable[Message]]
    useful: Callable[[RenderContext], str | None] = field(default=keep_useful)
    still_wanted: Callable[[RenderContext], Awaitable[str | None]] = field(default=keep_wanted)
    updates: str | None = None
    thread_of: tuple[str, ...] = ()
    follows: str | None = None
    asks: bool = False
    beside: Callable[[Round, Beside, datetime], Iterable[DesiredDelivery]] | None = None
    hours: OwnHours = OwnHours()
    by_itself: Callable[[Round], bool] = field(default=lambda _found: False)

    @property
    def late(self) -> Late:
        return LATE[self.name]


@dataclass(frozen=True)
class RenderedView:
    """A screen as it is to stand before its person. `before` and `shown` are digests: of what stands there, of this.

    `changes_at` is when it says something else by itself.
    """

    view: View
    before: str | None
    shown: str
    changes_at: datetime | None


@dataclass(frozen=True)
class Screen:
    """A kind of delivery that belongs to one person and to no meeting: what they see is kept up to date in its place.

    It never comes late, since it is drawn from the state at send time; `draw` gives None when nobody looks at it any
    more. `keep` records what stands there now, `forget` that Slack shows this person no such thing.
    """

    name: str
    draw: Callable[[AsyncSession, ClaimedDelivery, datetime], Awaitable[RenderedView | None]]
    keep: Callable[[AsyncSession, ClaimedDelivery, RenderedView, datetime], Awaitable[None]]
    forget: Callable[[AsyncSession, ClaimedDelivery], Awaitable[None]]


def post(
    kind: str, round_: Round, recipient: str, due: datetime, subject: str = "", *, operation: str = "post"
) -> DesiredDelivery:
    """A delivery about one meeting; kind, meeting and subject together say which one it is."""
    key = ":".join(filter(None, (kind, round_.meeting.id, subject)))
    expires = LATE[kind].expires(round_)
    return DesiredDelivery(kind, operation, recipient, due, expires, key, round_.meeting.id, subject or None)


def about(
    kind: str, round_: Round, standing: Post, due: datetime, what: str, *, operation: str = "update"
) -> DesiredDelivery:
    """Bring one message up to date that has a subject of its own, or delete it."""
    return post(kind, round_, standing.channel, due, f"{standing.subject or ''}/{what}", operation=operation)


def update(kind: str, of: str, round_: Round, due: datetime, subject: str) -> Iterable[DesiredDelivery]:
    """Bring the message of kind `of` up to date, when it stands somewhere."""
    standing = round_.post(of)
    if standing is not None:
        yield post(kind, round_, standing.channel, due, subject, operation="update")
