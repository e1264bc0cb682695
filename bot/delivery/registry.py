"""What a kind of delivery is: one entry of functions. A new kind is a new file in `kinds/` and a row in `lateness`."""

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
    """What a kind reads when a delivery is due: the round in its current state."""

    session: AsyncSession
    found: Round
    claimed: ClaimedDelivery
    now: datetime
    chooser: Random


def want_none(_found: Round, _now: datetime) -> Iterable[DesiredDelivery]:
    """For kinds that are planned elsewhere."""
    return ()


class NothingToSend(Exception):
    """Rendering found nothing to send. Carries the reason for the record."""


def keep_useful(_situation: RenderContext) -> str | None:
    """Always still useful."""
    return None


@dataclass(frozen=True)
class OwnHours:
    """How a direct message keeps to its recipient's days and hours: it waits for the next of them.

    `waits` False: sent at any time. `needed_by`: if they do not work before then, it is sent without waiting.
    """

    waits: bool = True
    needed_by: Callable[[Round], datetime | None] = field(default=lambda _found: None)


AT_ONCE = OwnHours(waits=False)
BEFORE_AGENDA = OwnHours(needed_by=lambda found: found.meeting.agenda_due_at - REVIEW)
"""The facilitator gets it at least this long before the agenda is posted."""

BEFORE_MEETING = OwnHours(needed_by=lambda found: found.meeting.starts_at)
BEFORE_THE_END = OwnHours(needed_by=lambda found: found.prompt.closes_at)


async def keep_wanted(_situation: RenderContext) -> str | None:
    """Always still wanted."""
    return None


@dataclass(frozen=True)
class Kind:
    """One kind of delivery.

    - `wanted` says when it is planned; `beside` does the same for extra rows beside a round;
    - `useful` gives a reason if it has become pointless; `still_wanted` does so for its recipient, with a database
      read;
    - `compose` renders the message from the state at send time; lateness is in `lateness.LATE`;
    - `updates` names the kind whose message it updates, `thread_of` the kinds in whose thread it stands (the first
      that exists), `follows` the kind after which it is planned;
    - `asks`: a person may be asked about an unclear one (channel posts only);
    - `hours`: how it keeps to its recipient's hours; an update makes no sound and does not wait;
    - `by_itself`: nobody waits for it, so it is sent to the group on a working day.
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
    """A rendered view. `before` and `shown` are digests of the published view and of this one.

    `changes_at` is when its content changes by itself.
    """

    view: View
    before: str | None
    shown: str
    changes_at: datetime | None


@dataclass(frozen=True)
class Screen:
    """A kind of delivery that belongs to a person and to no meeting: a view that is kept up to date in place.

    It is never late, since it is rendered at send time; `draw` returns None if nobody looks at it any more. `keep`
    stores what was published, `forget` that Slack shows this person no such view.
    """

    name: str
    draw: Callable[[AsyncSession, ClaimedDelivery, datetime], Awaitable[RenderedView | None]]
    keep: Callable[[AsyncSession, ClaimedDelivery, RenderedView, datetime], Awaitable[None]]
    forget: Callable[[AsyncSession, ClaimedDelivery], Awaitable[None]]


def post(
    kind: str, round_: Round, recipient: str, due: datetime, subject: str = "", *, operation: str = "post"
) -> DesiredDelivery:
    """A delivery about one meeting; kind, meeting and subject together identify it."""
    key = ":".join(filter(None, (kind, round_.meeting.id, subject)))
    expires = LATE[kind].expires(round_)
    return DesiredDelivery(kind, operation, recipient, due, expires, key, round_.meeting.id, subject or None)


def about(
    kind: str, round_: Round, standing: Post, due: datetime, what: str, *, operation: str = "update"
) -> DesiredDelivery:
    """Update, or delete, one message that has a subject of its own."""
    return post(kind, round_, standing.channel, due, f"{standing.subject or ''}/{what}", operation=operation)


def update(kind: str, of: str, round_: Round, due: datetime, subject: str) -> Iterable[DesiredDelivery]:
    """Update the message of kind `of`, if there is one."""
    standing = round_.post(of)
    if standing is not None:
        yield post(kind, round_, standing.channel, due, subject, operation="update")
