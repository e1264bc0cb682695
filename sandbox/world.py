"""The workspace's state, all in memory: people, channels, messages and views; and how it stands at the start."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

Json = dict[str, Any]
Values = dict[str, dict[str, Json]]
"""A view's state as Slack has it: by block id, then by action id."""

TEAM, DOMAIN, APP, BOT_USER, BOT = "T0SANDBOX", "sandbox", "A0COLLAB", "U0COLLAB", "B0COLLAB"
OTHER_TEAM, OTHER_DOMAIN = "T0COUNTY", "county"
"""The workspace of another organisation, where the app is not installed."""

LONG_AGO = datetime.min.replace(tzinfo=UTC)
MICRO = timedelta(microseconds=1)


@dataclass
class Person:
    id: str
    name: str
    tz: str
    title: str
    color: str
    is_bot: bool = False
    deleted: bool = False
    is_admin: bool = False
    is_guest: bool = False
    is_stranger: bool = False

    @property
    def team(self) -> str:
        return OTHER_TEAM if self.is_stranger else TEAM

    @property
    def handle(self) -> str:
        return self.name.lower().replace(" ", ".")

    @property
    def can_be_looked_through(self) -> bool:
        return not (self.is_bot or self.deleted)


@dataclass
class File:
    """A file: what is uploaded to its address becomes its content, and sharing it makes it seen."""

    id: str
    name: str
    title: str
    size: int
    ticket: str
    content: bytes | None = None
    shared: bool = False


@dataclass
class Message:
    ts: str
    user: str
    text: str
    blocks: list[Json]
    thread_ts: str | None = None
    edited: bool = False
    only_for: str | None = None
    metadata: Json | None = None
    files: list[str] = field(default_factory=list)
    picked: dict[str, Values] = field(default_factory=dict)  # by person: what stands in the message's selects


@dataclass
class Channel:
    id: str
    name: str
    created: int
    creator: str
    is_private: bool = False
    is_archived: bool = False
    dm_with: str | None = None
    members: list[str] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    read_until: dict[str, str] = field(default_factory=dict)

    @property
    def payload_name(self) -> str:
        """What commands and interactions call it: private names are not told."""
        if self.dm_with:
            return "directmessage"
        return "privategroup" if self.is_private else self.name

    def find(self, ts: str) -> Message | None:
        return next((m for m in self.messages if m.ts == ts), None)


@dataclass
class View:
    """A modal, or somebody's Home. `content` is what the app gave, completed."""

    id: str
    person: str
    content: Json
    hash: str
    root: str
    previous: str | None = None
    values: Values = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    error: str | None = None
    suggested: dict[tuple[str, str], list[Json]] = field(default_factory=dict)

    @property
    def blocks(self) -> list[Json]:
        return list(self.content["blocks"])


@dataclass
class World:
    now: Callable[[], datetime]
    people: dict[str, Person]
    channels: dict[str, Channel]
    modals: dict[str, list[View]] = field(default_factory=dict)  # by person, the last is on top
    homes: dict[str, View] = field(default_factory=dict)
    notices: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    last_ts: datetime = LONG_AGO

    def next_ts(self) -> str:
        """Slack's name for a message: its moment, and never the same twice."""
        now = self.now()
        if now <= self.last_ts < now + timedelta(seconds=1):
            now = self.last_ts + MICRO
        self.last_ts = now
        return f"{int(now.timestamp())}.{now.microsecond:06d}"

    def dm(self, person: str) -> Channel:
        """The person's DM with the bot, made when it is first needed."""
        name = f"D{person[1:]}"
        if name not in self.channels:
            made = int(self.now().timestamp())
            self.channels[name] = Channel(name, "Collab", made, person, dm_with=person, members=[person, BOT_USER])
        return self.channels[name]

    def stack(self, person: str) -> list[View]:
        return self.modals.setdefault(person, [])

    def view(self, view_id: str) -> View | None:
        return next((v for v in self.views() if v.id == view_id), None)

    def views(self) -> Iterator[View]:
        for stack in self.modals.values():
            yield from stack
        yield from self.homes.values()

    def visible(self, person: str) -> list[Channel]:
        """The channels that somebody sees: public ones, their own private ones, their DM with the bot. Guests and
        people from another organisation see those that they are in; the latter have no DM with the bot."""
        who = self.people[person]
        own = who.is_guest or who.is_stranger
        return [
            c
            for c in self.channels.values()
            if (person in c.members or not (c.dm_with or c.is_private or own)) and not (c.dm_with and who.is_stranger)
        ]

    @property
    def has_begun(self) -> bool:
        """Whether anything was ever said anywhere."""
        return any(channel.messages for channel in self.channels.values())

    def is_shared(self, channel: Channel) -> bool:
        """Whether somebody from another organisation is in it."""
        return any(self.people[person].is_stranger for person in channel.members)

    def post(self, channel: Channel, message: Message) -> Message:
        channel.messages.append(message)
        return message

    def notify(self, person: str, text: str) -> None:
        self.notices.setdefault(person, []).append(text)


def new_id(letter: str) -> str:
    return f"{letter}0{secrets.token_hex(5).upper()}"


def make_world(now: Callable[[], datetime]) -> World:
    """Six people in several zones, a guest, somebody from another organisation, two bots, somebody who has left; and
    three channels, of which the first is shared with that organisation."""
    listed = [
        Person("U0ANA", "Ana Ruiz", "America/Chicago", "Program director", "9b3b45", is_admin=True),
        Person("U0BEN", "Ben Okafor", "America/New_York", "Case manager", "2f6f8f"),
        Person("U0CHEN", "Chen Li", "America/Los_Angeles", "Peer support specialist", "4c7a34"),
        Person("U0DEE", "Dee Larsen", "America/Denver", "Clinical supervisor", "8a5a2b"),
        Person("U0ESI", "Esi Mensah", "Europe/London", "Family partner", "6b4fa0"),
        Person("U0FARID", "Farid Haidari", "Asia/Kolkata", "Data analyst", "b0572f"),
        Person("U0GWEN", "Gwen Adler", "America/Chicago", "Parent volunteer", "7a6a1f", is_guest=True),
        Person("U0HUGO", "Hugo Brandt", "America/Denver", "County coordinator", "47617a", is_stranger=True),
        Person(BOT_USER, "Collab", "UTC", "", "1f5f5b", is_bot=True),
        Person("U0CALENDAR", "Calendar", "UTC", "", "3c6fd1", is_bot=True),
        Person("U0GREG", "Greg Winters", "America/Chicago", "Outreach worker", "777777", deleted=True),
    ]
    circle = [p.id for p in listed if p.can_be_looked_through]
    everybody = [p.id for p in listed if p.can_be_looked_through and not (p.is_guest or p.is_stranger)]
    created = int(now().timestamp())
    channels = [
        Channel("C0CIRCLE", "learning-circle", created, "U0ANA", members=[*circle, BOT_USER]),
        Channel("C0RANDOM", "random", created, "U0ANA", members=[*everybody]),
        Channel("G0SUPERS", "supervisors", created, "U0DEE", is_private=True, members=["U0ANA", "U0DEE", BOT_USER]),
    ]
    channels += [
        Channel(f"D{p.id[1:]}", "Collab", created, p.id, dm_with=p.id, members=[p.id, BOT_USER])
        for p in listed
        if not p.is_bot
    ]
    return World(now, {p.id: p for p in listed}, {c.id: c for c in channels})
