"""Reads from Slack, in the background, which channels the bot is in, their members, and those members' profiles.

Nothing waits for it: the bot is ready without it. It stays below Slack's rate limits, method by method, waits as long
as Slack asks, and resumes at the page where it stopped, also after a restart. If somebody acts who has not been read
yet, the little that is needed about them is requested at once (`meet`).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar
from uuid import uuid4

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.errors import DomainError
from bot.runtime.call_budget import Pacing
from bot.runtime.event_queue import EventQueue
from bot.runtime.slack_errors import FAILED, UNREACHABLE, asks_to_wait, leaves_open, said, seconds_to_wait
from bot.runtime.slack_objects import parse_channel, parse_person
from bot.services import directory, people
from bot.services.directory import ListChannels, ReadChannel, ReadPeople, Step
from bot.services.people import PersonFacts
from storage.engine import Sessions

log = structlog.get_logger()

METHODS: dict[type[Step], str] = {
    ListChannels: "users.conversations",
    ReadChannel: "conversations.members",
    ReadPeople: "users.info",
}
CHANNELS_A_PAGE, MEMBERS_A_PAGE = 200, 500
PAGES_FOR_ONE = 10
"""How many pages of members are searched for somebody who pressed a button."""

SOON = 5.0
"""Pauses up to so many seconds belong to one run of reading."""

AGAIN = 5.0
"""Seconds between two checks whether another process still reads, or the database is available again."""

BROKEN = 60.0
"""Seconds before a retry after an unexpected response."""

NOT_YET = "I'm still reading who is in this channel. Please try again in a minute."

NOBODY = {"user_not_found", "user_not_visible", "users_not_found"}
NO_CHANNEL = {"channel_not_found", "not_in_channel", "is_archived", "fetch_members_failed"}

Response = TypeVar("Response")


class Halted(Exception):
    """Slack refuses in a way that waiting does not heal; `reason` is Slack's error."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Later(Exception):
    """It cannot be done now; the method's budget says when to retry."""


class DirectoryReader:
    """One process's reading of one workspace. `timer` and `sleep` drive the call budget; `on_halt` is called with
    Slack's error when reading has to stop, and with None when it resumes."""

    def __init__(
        self,
        sessions: Sessions,
        slack: AsyncWebClient,
        now: Callable[[], datetime],
        events: EventQueue,
        timer: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.complete = False
        self.on_halt: Callable[[str | None], None] = lambda _reason: None
        self._sessions, self._slack, self._now, self._hearing = sessions, slack, now, events
        self._pacing, self._sleep = Pacing(timer), sleep
        self._owner = uuid4().hex
        self._workspace = ""
        self._first: list[str] = []
        self._left: set[str] = set()
        self._asking: dict[str, asyncio.Task[bool]] = {}
        self._woken, self._still = asyncio.Event(), asyncio.Event()
        self._again = self._is_paced = self._is_halted = False

    # ---- Running ----

    async def begin(self, workspace: str, *, alone: bool) -> None:
        """Begin a round for this workspace, or resume one; `alone`: no other process can be reading."""
        self._workspace = workspace
        async with self._sessions.begin() as session:
            if alone:
                await directory.release(session, workspace)
            row_before = await directory.present_round(session, workspace)
            await directory.begin(session, workspace, at_start=True)
            self._again = row_before > 0 and await directory.present_round(session, workspace) == row_before
        self._wake()

    async def begin_round(self) -> None:
        """Begin another round. Run periodically: it repairs what got lost while a connection was being renewed."""
        async with self._sessions.behind() as session:
            await directory.begin(session, self._workspace)
        self._wake()

    async def run(self) -> None:
        """Read until cancelled."""
        try:
            while True:
                self._woken.clear()
                seconds = await self._go_on()
                self._note_stillness(seconds)
                if seconds is None or seconds > 0:
                    await self._pause(seconds)
        finally:
            with suppress(DomainError, SQLAlchemyError, OSError):
                async with self._sessions.begin() as session:
                    await directory.release(session, self._workspace, self._owner)

    async def still(self) -> None:
        """Wait until there is nothing to read, or the call budget requires a pause."""
        await self._still.wait()

    def _note_stillness(self, seconds: float | None) -> None:
        is_over = seconds is None or seconds > SOON or (seconds > 0 and self._is_paced)
        if is_over and not self._woken.is_set():
            self._still.set()

    def _wake(self) -> None:
        self._still.clear()
        self._woken.set()

    async def _pause(self, seconds: float | None) -> None:
        """Sleep, or until there is something new to read."""
        waiting = [asyncio.ensure_future(self._woken.wait())]
        if seconds is not None:
            waiting.append(asyncio.ensure_future(self._sleep(seconds)))  # type: ignore[arg-type]  # either ends it
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    async def _go_on(self) -> float | None:
        """Do the next step; returns the seconds until the next one, or None if there is nothing to read."""
        try:
            return await self._one_step()
        except _Later:
            return 0.0
        except Halted as halt:
            log.warning("reading channels and people has stopped", reason=halt.reason)
            self.on_halt(halt.reason)
            self._is_halted = True
            return None
        except (DomainError, SQLAlchemyError, OSError) as error:
            log.warning("could not keep what was read", error=type(error).__name__)
            return AGAIN
        except Exception:  # whatever is broken, what follows has to be read
            log.exception("reading broken")
            return BROKEN

    async def _one_step(self) -> float | None:
        async with self._sessions.behind() as session:
            if not await directory.claim(session, self._workspace, self._owner):
                self.complete = await directory.is_done(session, self._workspace)
                self._is_paced = True
                return AGAIN
            steps = await directory.next_steps(session, self._workspace, self._first, set(self._asking))
            if not steps and not self._asking:
                return await self._end_round(session)
        if not steps:
            await asyncio.wait(self._asking.values())
            return 0.0
        waits = {step: self._wait_before(step) for step in steps}
        step = min(waits, key=waits.__getitem__)
        if waits[step] > 0:
            self._is_paced = not self._pacing.held(METHODS[type(step)])
            return waits[step]
        await self._do(step)
        return 0.0

    def _wait_before(self, step: Step) -> float:
        calls = len(step.ids) if isinstance(step, ReadPeople) else 1
        return self._pacing.wait(METHODS[type(step)], calls)

    async def _end_round(self, session: AsyncSession) -> float | None:
        """If another process began the round, read once more: nobody received events in between."""
        if not await directory.finish(session, self._workspace):
            return 0.0
        if self._again:
            self._again = False
            await directory.begin(session, self._workspace)
            return 0.0
        self.complete = True
        self._first.clear()
        return None

    async def _do(self, step: Step) -> None:
        match step:
            case ListChannels():
                await self._list(step)
            case ReadChannel():
                await self._read(step)
            case ReadPeople():
                await self._ask_for(step)

    # ---- The steps ----

    async def _list(self, step: ListChannels) -> None:
        self._left.clear()
        kinds = "public_channel,private_channel"
        try:
            page = await self._call(
                "users.conversations",
                lambda: self._slack.users_conversations(
                    limit=CHANNELS_A_PAGE, cursor=step.cursor, types=kinds, exclude_archived=True
                ),
            )
        except SlackApiError as error:
            return await self._refused(error, None)
        found = [parse_channel(channel) for channel in page["channels"] if channel["id"] not in self._left]
        async with self._sessions.behind() as session:
            await directory.keep_channels(session, self._workspace, found, _next_cursor(page))
        return None

    async def _read(self, step: ReadChannel) -> None:
        """Store pages and process events one after the other, so that who left is not added again by an older page."""
        async with self._hearing.turn(step.channel):
            try:
                page = await self._call(
                    "conversations.members",
                    lambda: self._slack.conversations_members(
                        channel=step.channel, limit=MEMBERS_A_PAGE, cursor=step.cursor
                    ),
                )
            except SlackApiError as error:
                return await self._refused(error, step.channel)
            async with self._sessions.behind() as session:
                cursor = _next_cursor(page)
                await directory.keep_members(session, self._workspace, step, page["members"], cursor)
        if not cursor and step.channel in self._first:
            self._first.remove(step.channel)
        return None

    async def _refused(self, error: SlackApiError, channel: str | None) -> None:
        """A page failed: start at the first page again, or mark the channel as left."""
        name = said(error)[1]
        if name == "invalid_cursor":
            async with self._sessions.behind() as session:
                await directory.read_anew(session, self._workspace, channel)
        elif name in NO_CHANNEL and channel is not None:
            async with self._sessions.behind() as session:
                await directory.lost(session, self._workspace, channel)
        else:
            raise Halted(name) from error

    async def _ask_for(self, step: ReadPeople) -> None:
        """Read a few profiles, one by one; those read so far are stored if Slack asks to wait."""
        found: list[PersonFacts] = []
        try:
            for person in step.ids:
                if person in self._asking or self._pacing.wait("users.info") > 0:
                    continue
                facts = await self._person(person)
                found.append(facts)
        finally:
            if found:
                await self._keep(found)

    async def _person(self, person: str) -> PersonFacts:
        try:
            answer = await self._call("users.info", lambda: self._slack.users_info(user=person))
        except SlackApiError as error:
            if said(error)[1] not in NOBODY:
                raise Halted(said(error)[1]) from error
            return PersonFacts(person, person, "UTC", is_gone=True)
        return parse_person(answer["user"], self._workspace)

    async def _keep(self, found: list[PersonFacts]) -> None:
        async with self._sessions.behind() as session:
            round_ = await directory.present_round(session, self._workspace)
            await people.remember_people(session, self._workspace, found, round_)

    async def _call(self, method: str, call: Callable[[], Awaitable[Response]]) -> Response:
        """Call Slack once. Raises _Later if the call may be retried, SlackApiError if Slack refuses it."""
        self._pacing.spend(method)
        try:
            answer = await call()
        except SlackApiError as error:
            if asks_to_wait(error):
                self._pacing.hold(method, seconds_to_wait(error))
                log.info("Slack asks to wait", method=method, seconds=seconds_to_wait(error))
                raise _Later from error
            if leaves_open(error):
                self._failed(method, error)
                raise _Later from error
            raise
        except UNREACHABLE as error:
            self._failed(method, error)
            raise _Later from error
        self._pacing.worked(method)
        if self._is_halted:
            self._is_halted = False
            self.on_halt(None)
        return answer

    def _failed(self, method: str, error: Exception) -> None:
        self._pacing.failed(method)
        log.warning("Slack does not answer", method=method, error=type(error).__name__)

    # ---- Told, and met ----

    async def read_soon(self, channel: str) -> None:
        """The bot joined a channel, or its members may have changed; it is read before others."""
        self.complete = False
        await self._look_at(channel)
        self._hurry(channel)

    def bot_left(self, channel: str) -> None:
        self._left.add(channel)

    async def person_joined(self, person: str) -> None:
        """Somebody joined a channel; their profile is requested at once if it is not known."""
        async with self._sessions.read() as session:
            known = not await people.is_unknown(session, self._workspace, person)
        if not known and not await self._get_to_know(person):
            self.complete = False
            self._wake()

    async def knows(self, workspace: str, channel: str, person: str) -> bool:
        """Whether enough is known to answer somebody who acts in a channel."""
        if self.complete or not channel or channel.startswith("D") or workspace != self._workspace:
            return True
        async with self._sessions.read() as session:
            return (await directory.acquaintance(session, workspace, channel, person)).enough

    async def meet(self, channel: str, person: str, *, typed: bool) -> None:
        """Request at once what is needed to answer somebody. Who `typed` a command in a channel is a member of
        it.

        Raises DomainError if Slack cannot say now.
        """
        try:
            await self._meet(channel, person, typed=typed)
        except (_Later, Halted, *FAILED) as trouble:
            raise DomainError(NOT_YET) from trouble

    async def _meet(self, channel: str, person: str, *, typed: bool) -> None:
        async with self._sessions.read() as session:
            known = await directory.acquaintance(session, self._workspace, channel, person)
        if not known.has_bot:
            async with self._hearing.turn(channel):
                if not await self._look_at(channel):
                    return
        self._hurry(channel)
        if not known.is_inside:
            if not (typed or await self._is_among(channel, person)):
                return
            async with self._hearing.turn(channel), self._sessions.begin() as session:
                await people.person_joined(session, self._workspace, channel, person)
        if not known.is_known and not await self._get_to_know(person):
            raise _Later

    def _hurry(self, channel: str) -> None:
        if channel not in self._first:
            self._first.append(channel)
        self._wake()

    async def _look_at(self, channel: str) -> bool:
        """A channel's facts, including whether the bot is in it. Raises what the call raises."""
        try:
            answer = await self._slack.conversations_info(channel=channel)
        except SlackApiError as error:
            if asks_to_wait(error) or leaves_open(error):
                raise
            return False
        facts = parse_channel(answer["channel"])
        if not facts.has_bot or facts.is_archived:
            return False
        async with self._sessions.begin() as session:
            round_ = await directory.present_round(session, self._workspace)
            await directory.keep_channel(session, self._workspace, facts, round_)
        return True

    async def _is_among(self, channel: str, person: str) -> bool:
        """Whether somebody is a member of a channel; of a very large one only some pages are searched."""
        cursor = ""
        for _ in range(PAGES_FOR_ONE):
            if self._pacing.held("conversations.members"):
                raise _Later
            page = await self._members(channel, cursor)
            if person in page["members"]:
                return True
            cursor = _next_cursor(page)
            if not cursor:
                return False
        return False

    async def _members(self, channel: str, cursor: str) -> Any:
        return await self._call(
            "conversations.members",
            lambda: self._slack.conversations_members(channel=channel, limit=1000, cursor=cursor),
        )

    async def _get_to_know(self, person: str) -> bool:
        """Request one profile, once for all who wait for it; returns whether that worked."""
        asking = self._asking.get(person)
        if asking is None:
            asking = self._asking[person] = asyncio.create_task(self._ask_for_one(person))
            asking.add_done_callback(lambda _task: self._asking.pop(person, None))
        return await asyncio.shield(asking)

    async def _ask_for_one(self, person: str) -> bool:
        if self._pacing.held("users.info"):
            return False
        try:
            await self._keep([await self._person(person)])
        except (_Later, Halted, DomainError, SQLAlchemyError):
            return False
        return True


def _next_cursor(page: Any) -> str:
    return str((page.get("response_metadata") or {}).get("next_cursor") or "")
