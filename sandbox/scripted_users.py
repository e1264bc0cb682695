"""People who act by themselves: they read, type, press and fill in over the sandbox's own interface alone."""

from collections.abc import Iterator
from itertools import dropwhile
from typing import Any

import aiohttp

from sandbox.world import Json


class Failed(Exception):
    """It went another way than it was told; the words say where."""


class Players:
    """Does things in people's names."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http
        self._seen: set[tuple[str, str]] = set()

    async def ask(self, path: str, **body: Any) -> Json:
        async with self._http.post(f"/sandbox/{path}", json=body) as answer:
            said = dict(await answer.json())
        if not said.get("ok"):
            raise Failed(f"{path}: {said.get('error') or said.get('errors')}")
        return said

    async def state(self, person: str) -> Json:
        """All that somebody sees."""
        async with self._http.get("/sandbox/state", params={"as": person}) as answer:
            return dict(await answer.json())

    async def types(self, person: str, channel: str, text: str) -> None:
        await self.ask("command", **{"as": person}, channel=channel, text=text)

    async def sees_new(self, action: str, person: str, channel: str) -> bool:
        """Whether a button stands somewhere where it did not when this was asked last."""
        message = await self._newest(action, person, channel)
        if message is None or (action, message["ts"]) in self._seen:
            return False
        self._seen.add((action, message["ts"]))
        return True

    async def presses(self, person: str, channel: str, action: str) -> None:
        """The newest button in a channel that does this."""
        message = await self._newest(action, person, channel)
        if message is None:
            raise Failed(f"there is no button {action}")
        await self.ask("press", **{"as": person}, channel=channel, ts=message["ts"], action_id=action)

    async def presses_in_form(self, person: str, action: str, below: str) -> None:
        """The first button in the open form that does this, below something that is shown there."""
        view = await self.form(person)
        rest = dropwhile(lambda block: below not in str(block), view["blocks"])
        block = next((block for block in rest if action in actions(block)), None)
        if block is None:
            raise Failed(f"there is no button {action} in the form")
        place = {"view_id": view["id"], "block_id": block["block_id"]}
        await self.ask("press", **{"as": person}, **place, action_id=action)

    async def form(self, person: str) -> Json:
        """The modal on top. It opens a moment after the press was acknowledged."""
        modals = (await self.state(person))["modals"]
        if not modals:
            await self.ask("settle")
            modals = (await self.state(person))["modals"]
        if not modals:
            raise Failed("no form opened")
        return dict(modals[-1])

    async def sends(self, person: str, values: Json) -> None:
        view = await self.form(person)
        await self.ask("submit", **{"as": person}, view_id=view["id"], values=values)

    async def closes(self, person: str) -> None:
        for view in (await self.state(person))["modals"][:1]:
            await self.ask("close", **{"as": person}, view_id=view["id"])

    async def _newest(self, action: str, person: str, channel: str) -> Json | None:
        messages = (await self.state(person))["messages"].get(channel, [])
        found = [m for m in messages if not m["ephemeral"] and action in actions(m["blocks"])]
        return max(found, key=lambda m: float(m["ts"]), default=None)


def actions(node: Any) -> Iterator[str]:
    """The names of everything that can be pressed."""
    if isinstance(node, list):
        for part in node:
            yield from actions(part)
    elif isinstance(node, dict):
        if "action_id" in node:
            yield str(node["action_id"])
        for part in node.values():
            yield from actions(part)
