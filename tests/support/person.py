"""People in the sandbox, for tests: they type, press, fill in and read, over the sandbox's own HTTP interface."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import aiohttp

from sandbox.sandbox import Sandbox as Workspace

CIRCLE, RANDOM, SUPERVISORS = "C0CIRCLE", "C0RANDOM", "G0SUPERS"
VISITORS = {"U0GWEN", "U0HUGO"}
"""A guest, and somebody from another organisation."""

Json = dict[str, Any]


def words(node: Any) -> str:
    """Everything that a message, a view or a block shows, in reading order."""
    return " ".join(_texts(node))


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for part in node:
            yield from _texts(part)
    elif isinstance(node, Mapping):
        if node.get("type") == "user":
            yield f"@{node['user_id']}"
        if node.get("type") == "date":
            yield str(node["fallback"])
        shown = (
            "title",
            "label",
            "text",
            "placeholder",
            "hint",
            "elements",
            "element",
            "accessory",
            "fields",
            "blocks",
        )
        for key in (*shown, "initial_value", "options", "submit"):
            value = None if key == "text" and node.get("blocks") else node.get(key)
            if isinstance(value, str):
                yield value
            elif value is not None:
                yield from _texts(value)


def buttons(node: Any) -> dict[str, Json]:
    """Every button and select that is shown, by what it does."""
    found: dict[str, Json] = {}
    if isinstance(node, list):
        for part in node:
            found |= buttons(part)
    elif isinstance(node, Mapping):
        if "action_id" in node:
            found[str(node["action_id"])] = dict(node)
        for part in node.values():
            if isinstance(part, list | Mapping):
                found |= buttons(part)
    return found


def to_press(node: object) -> Iterator[str]:
    """The action ids of what can be pressed; fields of a form are read when it is sent."""
    match node:
        case {"type": "actions", "elements": list(elements)}:
            yield from (str(element["action_id"]) for element in elements)
        case {"accessory": {"action_id": str(action)}}:
            yield action
        case dict():
            yield from (action for part in node.values() for action in to_press(part))
        case list():
            yield from (action for part in node for action in to_press(part))


NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Reading the world's certificates would take longer than starting the sandbox, and nothing here is encrypted."""


GENEROUS = 120.0
"""Seconds for what is only to be waited for: reached when something hangs, not when the machine is busy."""


class Sandbox:
    """A running sandbox."""

    inside: Workspace
    """The sandbox itself, where it runs in this process (`serving_sandbox`)."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        # A connection each: the sandbox closes an idle one after some seconds, and a busy machine may use it just then.
        connector = aiohttp.TCPConnector(force_close=True)
        self.http = aiohttp.ClientSession(self.address, connector=connector, timeout=aiohttp.ClientTimeout(GENEROUS))

    async def ask(self, path: str, **body: Any) -> Json:
        async with self.http.post(f"/sandbox/{path}", json=body) as answer:
            return dict(await answer.json())

    async def _get(self, path: str, **given: str) -> Any:
        async with self.http.get(f"/sandbox/{path}", params=given) as answer:
            return await answer.json()

    async def must(self, path: str, **body: Any) -> Json:
        """Ask for something that has to work."""
        answer = await self.ask(path, **body)
        assert answer.get("ok"), (path, answer)
        return answer

    async def state(self, person: str) -> Json:
        return dict(await self._get("state", **{"as": person}))

    async def people(self) -> dict[str, "Person"]:
        """The six who work here, by first name."""
        return {name: person for name, person in (await self.everybody()).items() if person.id not in VISITORS}

    async def everybody(self) -> dict[str, "Person"]:
        """The guest and the person from another organisation too."""
        listed = (await self._get("people"))["people"]
        return {p["name"].split()[0]: Person(self, p["id"], p["name"], p["tz"]) for p in listed}

    async def now(self) -> datetime:
        someone = next(iter((await self.people()).values()))
        return datetime.fromisoformat((await self.state(someone.id))["now"])

    async def settle(self) -> Json:
        return await self.must("settle")

    async def next_event(self) -> Json:
        return await self.must("clock", next=True)

    async def go_to(self, moment: datetime, *, leap: bool = False) -> Json:
        return await self.must("clock", to=moment.isoformat(), leap=leap)

    async def go_on(self, seconds: float) -> Json:
        return await self.must("clock", advance_seconds=seconds)

    async def fail(self, method: str, kind: str, times: int = 1, **more: Any) -> None:
        await self.must("faults", method=method, kind=kind, times=times, **more)

    async def no_faults(self) -> None:
        await self._delete("faults")

    async def forget_calls(self) -> None:
        await self._delete("calls")

    async def _delete(self, path: str) -> None:
        async with self.http.delete(f"/sandbox/{path}"):
            pass

    async def file(self, id_: str, person: str) -> str:
        """A file's text, as a person downloads it."""
        async with self.http.get(f"/sandbox/files/{id_}", params={"as": person}) as answer:
            return await answer.text()

    async def calls(self, method: str = "") -> list[Json]:
        everything = await self._get("calls")
        return [call for call in everything if method in {"", call["method"]}]

    async def posted(self, channel: str = CIRCLE) -> list[Json]:
        """Everything that was posted in a channel, threads too, oldest first."""
        answer = await self._get("messages", channel=channel)
        return list(answer["messages"] if isinstance(answer, dict) else answer)

    async def until(self, is_so: Callable[[], Awaitable[bool]], seconds: float = GENEROUS) -> None:
        """Wait for what the bot does after its acknowledgement: looked at anew whenever something changes."""
        async with asyncio.timeout(seconds), self.http.get("/sandbox/events") as stream:
            async for _ in stream.content:
                if await is_so():
                    return

    async def close(self) -> None:
        await self.http.close()


@dataclass(frozen=True)
class Person:
    """Somebody in the workspace."""

    sandbox: Sandbox = field(repr=False)
    id: str
    name: str
    zone: str

    async def types(self, text: str, channel: str = CIRCLE) -> str:
        """Type `/collab …`; what was said back to them alone, or the error that Slack showed."""
        before = {m["ts"] for m in await self.reads(channel)}
        answer = await self.sandbox.ask("command", **{"as": self.id}, channel=channel, text=text)
        if not answer["ok"]:
            return f"error: {answer['error']}"
        await self.sandbox.settle()
        new = [m for m in await self.reads(channel) if m["ts"] not in before and m["ephemeral"]]
        return words(new)

    async def reads(self, channel: str = CIRCLE) -> list[Json]:
        """The messages that they see in a channel, oldest first."""
        state = await self.sandbox.state(self.id)
        return list(state["messages"].get(channel, []))

    async def hears(self, channel: str = CIRCLE) -> list[Json]:
        """What was said to them alone in a channel."""
        return [m["blocks"] for m in await self.reads(channel) if m["ephemeral"]]

    async def dms(self) -> list[Json]:
        """What the bot wrote to them."""
        state = await self.sandbox.state(self.id)
        return [m for c in state["channels"] if c["kind"] == "dm" for m in state["messages"].get(c["id"], [])]

    async def modal(self) -> Json | None:
        """The modal on top."""
        modals = (await self.sandbox.state(self.id))["modals"]
        return dict(modals[-1]) if modals else None

    async def sees_modal(self) -> Json:
        top = await self.modal()
        assert top is not None, "no modal is open"
        return top

    async def home(self) -> Json:
        """Open the app's Home and read it."""
        await self.sandbox.must("home", **{"as": self.id})
        await self.sandbox.settle()
        view = (await self.sandbox.state(self.id))["home"]
        assert view is not None, "Home is empty"
        return dict(view)

    async def presses(
        self, action: str, message: Json | None = None, *, channel: str | None = None, **more: Any
    ) -> Json:
        """Press a button or pick from a select: in a message (the newest that has it, where none is given)."""
        where: Json
        if message is None:
            channel, message = await self._newest_with(action, channel)
        where = {"channel": channel or await self._channel_of(message), "ts": message["ts"]}
        answer = await self.sandbox.ask("press", **{"as": self.id}, action_id=action, **where, **more)
        await self.sandbox.settle()
        return answer

    async def presses_in_modal(self, action: str, **more: Any) -> Json:
        view = await self.sees_modal()
        answer = await self.sandbox.ask("press", **{"as": self.id}, action_id=action, view_id=view["id"], **more)
        await self.sandbox.settle()
        return answer

    async def presses_on_home(self, action: str, **more: Any) -> Json:
        answer = await self.sandbox.ask("press", **{"as": self.id}, action_id=action, home=True, **more)
        await self.sandbox.settle()
        return answer

    async def uses(self, callback: str, message: Json | None = None, channel: str = CIRCLE) -> Json:
        """Use a shortcut, on a message or on nothing."""
        on = {} if message is None else {"channel": channel, "ts": message["ts"]}
        answer = await self.sandbox.ask("shortcut", **{"as": self.id}, callback_id=callback, **on)
        await self.sandbox.settle()
        return answer

    async def says(self, text: str, channel: str = CIRCLE) -> Json:
        """Write a message in a channel; the message."""
        answer = await self.sandbox.must("message", **{"as": self.id}, channel=channel, text=text)
        return next(m for m in await self.reads(channel) if m["ts"] == answer["ts"])

    async def mine(self) -> str:
        """Look at their own answers, and close them again."""
        return await self.looks_at("mine")

    async def looks_at(self, command: str, channel: str = CIRCLE) -> str:
        """Type a command that opens a modal; what stands in it. It is closed again."""
        await self.closes()
        said = await self.types(command, channel)
        shown = words(await self.sees_modal()) if await self.modal() else said
        await self.closes()
        return shown

    async def sends(self, **values: Any) -> Json:
        """Fill in the modal on top and send it."""
        view = await self.sees_modal()
        answer = await self.sandbox.ask("submit", **{"as": self.id}, view_id=view["id"], values=values)
        await self.sandbox.settle()
        return answer

    async def closes(self) -> None:
        while (view := await self.modal()) is not None:
            await self.sandbox.must("close", **{"as": self.id}, view_id=view["id"])

    async def zones(self, query: str) -> list[str]:
        """What the type-ahead offers."""
        view = await self.sees_modal()
        answer = await self.sandbox.ask(
            "suggest", **{"as": self.id}, view_id=view["id"], block_id="zone", action_id="zone", query=query
        )
        return [option["value"] for option in answer["options"]]

    async def _newest_with(self, action: str, channel: str | None) -> tuple[str, Json]:
        state = await self.sandbox.state(self.id)
        found = [
            (message["ts"], where, message)
            for where, messages in state["messages"].items()
            for message in messages
            if channel in {None, where} and action in buttons(message.get("blocks"))
        ]
        assert found, f"{self.name} sees no button {action}"
        _, where, message = max(found, key=lambda each: float(each[0]))
        return where, message

    async def _channel_of(self, message: Json) -> str:
        state = await self.sandbox.state(self.id)
        return str(next(c for c, ms in state["messages"].items() if any(m["ts"] == message["ts"] for m in ms)))


async def start_group(starter: Person, first: str = "2026-09-08", channel: str = CIRCLE, **changes: Any) -> None:
    """Fill in the three forms of `/collab start`."""
    what = {"name": "Trauma-informed care", "purpose": "Learn from each other what helps after a crisis"}
    times = {"frequency": "biweekly", "first": first, "at": "10:00", "zone": "America/Chicago", "length": "60"}
    everybody = [p.id for p in (await starter.sandbox.people()).values()]
    who = {
        "members": everybody,
        "place": "Room 4, or the link in the invitation",
        "facilitation": "rotating",
        "designated": None,
    }
    await starter.types("start", channel)
    for form in (what, times, who):
        answer = await starter.sends(**{name: changes.get(name, value) for name, value in form.items()})
        assert answer["ok"], answer
    await starter.closes()
