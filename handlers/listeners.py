"""The four steps of every handler, once: parse, one service in one transaction, acknowledge, show the result.

A feature gives a function from a request to what is to be shown; errors that a person can mend become words here.
"""

import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.deps import Deps
from bot.domain.errors import DomainError
from bot.runtime.event_queue import concerns
from bot.runtime.slack_errors import FAILED, UNREACHABLE
from handlers.requests import (
    FormSubmission,
    Interaction,
    ShortcutRequest,
    parse_action,
    parse_command,
    parse_shortcut,
    parse_submission,
)
from handlers.views import block_kit, error_messages
from handlers.views.block_kit import Form, Notice

log = structlog.get_logger()

Shown = Notice | Form | None
Request = TypeVar("Request")
Action = Callable[[Deps, Interaction], Awaitable[Shown]]
Submission = Callable[[Deps, FormSubmission], Awaitable[Shown]]
Shortcut = Callable[[Deps, ShortcutRequest], Awaitable[Shown]]
Body = Mapping[str, Any]
Event = Callable[[Deps, str, Body], Coroutine[Any, Any, None]]
"""Takes the workspace and what Slack tells about it."""


class Listeners:
    """Registers a feature's functions with Bolt.

    The app has to answer when a listener returns (`process_before_response`): Bolt would otherwise ask every hundredth
    of a second whether it was acknowledged by now. What is to be done after the acknowledgement goes on by itself, and
    is known of before it (`bot.runtime.background_tasks`).
    """

    def __init__(self, app: AsyncApp, deps: Deps) -> None:
        self._app = app
        self._deps = deps

    def event(self, name: str, functions: Sequence[Event]) -> None:
        """Something that Slack tells. It is acknowledged before anything is done: Slack would only tell it again."""

        async def listen(event: Body, context: Body) -> None:
            self._deps.background.start("event", self._told(functions, str(context["team_id"]), event))

        self._app.event(name)(listen)

    async def _told(self, functions: Sequence[Event], workspace: str, event: Body) -> None:
        for function in functions:
            await self._deps.events.take(concerns(event), partial(function, self._deps, workspace, event))
        self._deps.wake()

    def _timed(self, request: str, ack: AsyncAck) -> Callable[..., Awaitable[BoltResponse]]:
        """The same acknowledgement, and how long it took until then is measured."""
        begun, histogram = time.monotonic(), self._deps.metrics.acknowledged.labels(request)

        async def acknowledge(**answer: Any) -> BoltResponse:
            histogram.observe(time.monotonic() - begun)
            return await ack(**answer)

        return acknowledge

    async def _knows(self, request: Interaction) -> bool:
        return await self._deps.directory.knows(request.workspace, request.channel, request.person)

    def command(self, name: str, function: Action, typed: Callable[[str], str]) -> None:
        """A slash command. `typed(text)` is what is given back when it can't be taken."""
        function = _plugged(function)

        async def listen(ack: AsyncAck, body: Body) -> None:
            ask, acknowledge = parse_command(body), self._timed("command", ack)
            if not await self._knows(ask):
                await acknowledge()
                meeting = self._meet(ask, lambda: function(self._deps, ask), typed(ask.value), typed=True)
                self._deps.background.start("command", meeting)
                return
            try:
                with self._deps.sessions.foreground.waiting():
                    shown = await function(self._deps, ask)
            except DomainError as error:
                shown = Notice(error_messages.build_trouble(error.words, typed(ask.value)))
            if isinstance(shown, Notice):
                blocks = shown.blocks[: block_kit.MOST_BLOCKS]
                await acknowledge(response_type="ephemeral", text=block_kit.say(shown.blocks), blocks=blocks)
            else:
                await acknowledge()
                self._deps.background.start("command", _show(self._deps, ask, shown, typed(ask.value)))
            self._deps.wake()

        self._app.command(name)(listen)

    async def _meet(
        self, request: Interaction, act: Callable[[], Awaitable[Shown]], given: str = "", *, typed: bool = False
    ) -> None:
        """After the acknowledgement: ask Slack for what has to be known of somebody, then do what they asked for."""
        try:
            await self._deps.directory.meet(request.channel, request.person, typed=typed)
            shown = await act()
        except DomainError as error:
            shown = Notice(error_messages.build_trouble(error.words, given))
        await _show(self._deps, request, shown, given)
        self._deps.wake()

    def action(self, name: str, function: Action) -> None:
        """A button or a select, wherever it stands."""
        function = _plugged(function)

        async def listen(ack: AsyncAck, body: Body) -> None:
            ask, acknowledge = parse_action(body), self._timed("button", ack)
            if not await self._knows(ask):
                await acknowledge()
                self._deps.background.start("button", self._meet(ask, lambda: function(self._deps, ask)))
                return
            try:
                with self._deps.sessions.foreground.waiting():
                    shown = await function(self._deps, ask)
            except DomainError as error:
                shown = Notice(error_messages.build_trouble(error.words))
            await acknowledge()
            self._deps.background.start("button", _show(self._deps, ask, shown))
            self._deps.wake()

        self._app.action(name)(listen)

    def shortcut(self, callback: str, function: Shortcut) -> None:
        """Something in Slack's own menus: a message's, or the one that is everywhere."""
        function = _plugged(function)

        async def listen(ack: AsyncAck, body: Body) -> None:
            pointed, acknowledge = parse_shortcut(body), self._timed("shortcut", ack)
            if not await self._knows(pointed.ask):
                await acknowledge()
                meeting = self._meet(pointed.ask, lambda: function(self._deps, pointed))
                self._deps.background.start("shortcut", meeting)
                return
            try:
                with self._deps.sessions.foreground.waiting():
                    shown = await function(self._deps, pointed)
            except DomainError as error:
                shown = Notice(error_messages.build_trouble(error.words))
            await acknowledge()
            self._deps.background.start("shortcut", _show(self._deps, pointed.ask, shown))
            self._deps.wake()

        self._app.shortcut(callback)(listen)

    def view(self, callback: str, function: Submission) -> None:
        """A modal that was sent. An error goes to its field, and the modal stays open with the text in it."""
        function = _plugged(function)

        async def listen(ack: AsyncAck, body: Body) -> None:
            acknowledge = self._timed("form", ack)
            with self._deps.sessions.foreground.waiting():
                shown = await function(self._deps, parse_submission(body))
            if isinstance(shown, Form):
                await acknowledge(response_action="update", view=shown.view)
            elif isinstance(shown, Notice):
                # What lies below shows things as they were before, so it goes with this.
                await acknowledge(response_action="update", view=_as_modal(shown) | {"clear_on_close": True})
            else:
                await acknowledge()
            self._deps.background.start("form", _go_on(shown))
            self._deps.wake()

        self._app.view(callback)(listen)


def _plugged(function: Callable[[Deps, Request], Awaitable[Shown]]) -> Callable[[Deps, Request], Awaitable[Shown]]:
    """What a function shows, without buttons that lead nowhere."""

    async def show(deps: Deps, request: Request) -> Shown:
        shown = await function(deps, request)
        match shown:
            case Notice():
                return replace(shown, blocks=deps.plugged.blocks(shown.blocks))
            case Form():
                return replace(shown, view=deps.plugged.view(shown.view))
        return None

    return show


async def handle_error(error: Exception, body: Body, ack: AsyncAck) -> BoltResponse:
    """Every error that reaches Bolt: in words for the person; in the log what broke, and nothing of what was sent."""
    request = body.get("type") or "command"
    if isinstance(error, DomainError):
        words, field = error.words, error.field
        log.info("refused", request=request, field=field)
    else:
        words, field = error_messages.UNEXPECTED, None
        log.error("listener failed", request=request, exc_info=error)
    if body.get("type") == "view_submission":
        if not _inputs(body):  # something that was only looked at: Slack shows an error at a field alone
            view = _as_modal(Notice(error_messages.build_trouble(words))) | {"clear_on_close": True}
            return await ack(response_action="update", view=view)
        return await ack(response_action="errors", errors={_place(body, field): words.replace("`", "")})
    if "command" in body:
        blocks = error_messages.build_trouble(words, str(body.get("text") or ""))
        return await ack(response_type="ephemeral", text=block_kit.say(blocks), blocks=blocks)
    return await ack()


def _place(body: Body, field: str | None) -> str:
    """The block that an error is shown at: its field's, or else the form's first input."""
    inputs = _inputs(body)
    return field if field is not None and field in inputs else str(inputs[0])


def _inputs(body: Body) -> list[str]:
    return [block["block_id"] for block in body["view"]["blocks"] if block["type"] == "input"]


def _as_modal(notice: Notice) -> block_kit.View:
    return block_kit.modal("notice", notice.title, notice.blocks)


async def _show(deps: Deps, request: Interaction, shown: Shown, typed: str = "") -> None:
    """Show the result where the person is: in the modal, in the channel for them alone, or in a modal on Home."""
    if shown is not None:
        await _show_there(deps, request, shown, typed)
    await _go_on(shown)


async def _show_there(deps: Deps, request: Interaction, shown: Notice | Form, typed: str) -> None:
    try:
        if isinstance(shown, Notice) and request.response_url and not request.view_id:
            await _whisper(request, shown)
            return
        view = shown.view if isinstance(shown, Form) else _as_modal(shown)
        if request.view_id and (isinstance(shown, Notice) or shown.in_place or request.stack_full):
            await deps.slack.views_update(view_id=request.view_id, view=view)
        elif request.view_id:
            await deps.slack.views_push(trigger_id=request.trigger, view=view)
        else:
            await deps.slack.views_open(trigger_id=request.trigger, view=view)
    except FAILED as error:
        log.warning("could not show", error=type(error).__name__)
        if request.response_url:
            await _whisper(request, Notice(error_messages.build_trouble(error_messages.FORM_FAILED, typed)))
        elif request.view_id:
            await _say_in_modal(deps, request)


async def _say_in_modal(deps: Deps, request: Interaction) -> None:
    """The modal that they are in stays as it is, what was typed and its buttons too, with a word above it."""
    try:
        await deps.slack.views_update(view_id=request.view_id, view=error_messages.build_in_modal(request.view))
    except FAILED as error:
        log.warning("could not say so", error=type(error).__name__)


async def _go_on(shown: Shown) -> None:
    if isinstance(shown, Notice) and shown.then is not None:
        await shown.then()


async def _whisper(request: Interaction, notice: Notice) -> None:
    """Say something to one person alone, in the place of the private message that they pressed in, if it was one."""
    try:
        await AsyncWebhookClient(request.response_url, timeout=10, retry_handlers=[]).send(
            text=block_kit.say(notice.blocks),
            blocks=notice.blocks[: block_kit.MOST_BLOCKS],
            response_type="ephemeral",
            replace_original=request.ephemeral,
        )
    except UNREACHABLE as error:
        log.warning("could not whisper", error=type(error).__name__)
