"""What a delivery type is: one entry with all its traits (`handlers/messages`)."""

from collections.abc import Awaitable, Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from functools import cached_property
from random import Random
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.lateness import ALWAYS, Late
from bot.delivery.message import Message, View, looks
from bot.domain.arguments import read
from bot.domain.rounds import Post, Round, RoundToPlan
from bot.domain.scopes import Scope
from bot.domain.timetable import REVIEW
from bot.plugged import Plugged
from bot.services.claims import ClaimedDelivery
from bot.services.deliveries import DesiredDelivery
from bot.services.message_cleanup import Face

T = TypeVar("T")


@dataclass(frozen=True)
class RenderContext:
    """What a message is rendered from: the round in its current state, if it is about one. `recipient` is the channel
    or the person whom it is for, `kept` are its arguments as they are kept.

    `standing` is the message that is brought up to date, None for a new one. `now` is the moment as of which it speaks.
    `chooser` is the same for one message at all times, so that nothing in it changes its place by itself. `plugged` is
    what others may add to it.
    """

    session: AsyncSession
    of_meeting: Round | None
    workspace: str
    recipient: str
    kept: Mapping[str, Any]
    standing: Post | None
    now: datetime
    chooser: Random
    plugged: Plugged = field(default_factory=Plugged)

    def arguments(self, kind: type[T]) -> T:
        """What it is about beside its meeting. Raises ValueError where that is something else."""
        return read(kind, self.kept)

    @property
    def round_(self) -> Round:
        """Raises LookupError where it is about no meeting."""
        if self.of_meeting is None:
            raise LookupError("it is about no meeting")
        return self.of_meeting


class NothingToSend(Exception):
    """Rendering found nothing to send; of a message that stands in Slack: it stays as it is. Carries the reason for the
    record."""


class Vanished(NothingToSend):
    """The same, and what stands there is to be deleted."""


def keep_useful(_context: RenderContext) -> str | None:
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


async def keep_wanted(_context: RenderContext) -> str | None:
    """Always still wanted."""
    return None


Source = Callable[[AsyncSession, Sequence[Round], datetime], Awaitable[Mapping[str, T]]]
"""Reads what planning needs beside rounds, for many of them at once: by meeting."""


@dataclass(frozen=True)
class Planning:
    """What is planned: rounds of groups that may owe something, and who can't be written to, as (workspace, person)."""

    session: AsyncSession
    rounds: Sequence[RoundToPlan]
    strangers: Container[tuple[str, str]]
    now: datetime
    _read: dict[Any, Mapping[str, Any]] = field(default_factory=dict)

    async def read(self, source: Source[T]) -> Mapping[str, T]:
        """What a source says, read once however many kinds ask for it."""
        if source not in self._read:
            self._read[source] = await source(self.session, self.rounds, self.now)
        return self._read[source]


Plan = Callable[[Planning], Awaitable[Mapping[str, Iterable[DesiredDelivery]]]]
"""Deliveries by meeting."""


def reading(source: Source[T], wanted: Callable[[RoundToPlan, T, datetime], Iterable[DesiredDelivery]]) -> Plan:
    """Planned for each round of which a source says something."""

    async def plan(planning: Planning) -> Mapping[str, Iterable[DesiredDelivery]]:
        said = await planning.read(source)
        return {
            one.meeting.id: wanted(one, said[one.meeting.id], planning.now)
            for one in planning.rounds
            if one.meeting.id in said
        }

    return plan


class Groups(Enum):
    """Of which groups a kind tells: of those that go on, of those that were stopped, of all."""

    GOING = auto()
    STOPPED = auto()
    ALL = auto()

    def hold(self, round_: Round) -> bool:
        return self is Groups.ALL or (self is Groups.STOPPED) == (round_.group.stopped is not None)


def never_by_itself(_found: Round) -> Iterable[datetime]:
    return ()


def differs(context: RenderContext, rendered: Message) -> bool:
    """Whether a message would look different from what stands there; also where that is not known."""
    return context.standing is None or looks(rendered) != context.standing.shown


def at_once(context: RenderContext, rendered: Message, now: datetime) -> datetime | None:
    return now if differs(context, rendered) else None


@dataclass(frozen=True)
class Refresh:
    """How a message that stands in Slack is kept up to date when anything was written that it may show.

    - `due` says when it is updated, from what was rendered, or None if it is not;
    - `moments` are the times at which its content changes by itself; it speaks as of the last of them, or of when it
      was sent; with `live` as of the time at which it is rendered;
    - `before`, `after`: it tells something of the meeting before, or after;
    - `scope`: of a person it is rendered anew when anything of its recipient was written, and not with its meeting.
    """

    due: Callable[[RenderContext, Message, datetime], datetime | None] = at_once
    moments: Callable[[Round], Iterable[datetime]] = never_by_itself
    live: bool = False
    before: bool = False
    after: bool = False
    scope: Scope = Scope.MEETING

    def speaks_as_of(self, round_: Round | None, post: Post, now: datetime) -> datetime:
        """The moment as of which it is rendered anew."""
        if self.live:
            return now
        since = post.as_of or post.sent_at
        moments = self.moments(round_) if round_ is not None else ()
        return max((moment for moment in moments if since < moment <= now), default=since)

    def next_moment(self, round_: Round, since: datetime) -> datetime | None:
        """The next time after that at which its content changes by itself."""
        return min((moment for moment in self.moments(round_) if moment > since), default=None)


REFRESH = Refresh()


@dataclass(frozen=True)
class DeliveryType:
    """One delivery type.

    - `wanted` says when it is planned for a round; `plan` for many rounds at once, reading what it needs;
    - `useful` gives a reason if it has become pointless; `still_wanted` does so for its recipient, with a database
      read;
    - `compose` renders the message from the state at send time;
    - `late`: what happens to it if it is late; by default it is sent however late it is;
    - `refresh`: how its message is kept up to date; None: it stays as it was sent;
    - `thread_of` names the kinds in whose thread it stands (the first that exists), `leads` says that something else is
      planned when it was sent;
    - `asks`: a person may be asked about an unclear one (channel posts only);
    - `hours`: how it keeps to its recipient's hours;
    - `groups`: of which groups it tells;
    - `by_itself`: nobody waits for it, so it is sent to the group on a working day.
    """

    name: str
    wanted: Callable[[RoundToPlan, datetime], Iterable[DesiredDelivery]] | None
    compose: Callable[[RenderContext], Awaitable[Message]]
    useful: Callable[[RenderContext], str | None] = field(default=keep_useful)
    still_wanted: Callable[[RenderContext], Awaitable[str | None]] = field(default=keep_wanted)
    refresh: Refresh | None = None
    thread_of: tuple[str, ...] = ()
    leads: bool = False
    asks: bool = False
    plan: Plan | None = None
    groups: Groups = Groups.GOING
    hours: OwnHours = OwnHours()
    late: Late = ALWAYS
    by_itself: Callable[[Round], bool] = field(default=lambda _found: False)


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
    """A delivery type that belongs to a person and to no meeting: a view that is kept up to date in place.

    It is never late, since it is rendered at send time; `draw` returns None if nobody looks at it any more. `keep`
    stores what was published, `forget` that Slack shows this person no such view.
    """

    name: str
    draw: Callable[[AsyncSession, ClaimedDelivery, Plugged, datetime], Awaitable[RenderedView | None]]
    keep: Callable[[AsyncSession, ClaimedDelivery, RenderedView, datetime], Awaitable[None]]
    forget: Callable[[AsyncSession, ClaimedDelivery], Awaitable[None]]


@dataclass(frozen=True)
class DeliveryTypes:
    """All kinds of deliveries, and what the engine has rendered around them: a message that says that it is late, and
    one that is settled (its new content, and the name of the group that it is about, if any).
    """

    kinds: Mapping[str, DeliveryType]
    screens: Mapping[str, Screen]
    say_late: Callable[..., Message]
    render_settled: Callable[[Face, str | None], Message]

    @cached_property
    def leading(self) -> frozenset[str]:
        """Kinds after whose sending something else is planned."""
        kinds = self.kinds.values()
        threads = {name for kind in kinds for name in kind.thread_of}
        return frozenset(threads | {kind.name for kind in kinds if kind.leads})

    @cached_property
    def refreshed(self) -> Mapping[str, Refresh]:
        """How messages are kept up to date, by kind; the others stay as they were sent."""
        return {name: kind.refresh for name, kind in self.kinds.items() if kind.refresh is not None}
