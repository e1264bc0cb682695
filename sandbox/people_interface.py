"""The /sandbox/ routes for people, the page and tests: looking, typing, pressing, filling in."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from sandbox import events, modals
from sandbox.interactions import Impossible, press, run_command
from sandbox.sandbox import Sandbox
from sandbox.serializers import may_see_file, posted, shown_person, shown_state
from sandbox.shortcuts import use
from sandbox.webapi import read_json
from sandbox.world import Channel, Json, Message, Person

Handler = Callable[[Sandbox, Json], Awaitable[Json]]


def person_of(sandbox: Sandbox, body: Json, name: str = "as") -> Person:
    person = sandbox.world.people.get(str(body.get(name)))
    if person is None:
        raise Impossible("no_such_person")
    return person


def acting(sandbox: Sandbox, body: Json) -> Person:
    """The person in whose name something is done: bots and those who left do nothing."""
    person = person_of(sandbox, body)
    if not person.can_be_looked_through:
        raise Impossible("restricted_action", 403)
    return person


def channel_of(sandbox: Sandbox, body: Json) -> Channel:
    channel = sandbox.world.channels.get(str(body.get("channel")))
    if channel is None:
        raise Impossible("no_such_channel")
    return channel


# ---- Looking ----


async def state(sandbox: Sandbox, request: Request) -> Response:
    return JSONResponse(shown_state(sandbox, person_of(sandbox, dict(request.query_params))))


async def people(sandbox: Sandbox, _request: Request) -> Response:
    """Those through whose eyes one can look; bots and those who left stand in every state."""
    listed = [shown_person(p) for p in sandbox.world.people.values() if p.can_be_looked_through]
    return JSONResponse({"people": listed})


async def messages(sandbox: Sandbox, request: Request) -> Response:
    return JSONResponse({"messages": posted(channel_of(sandbox, dict(request.query_params)))})


async def file(sandbox: Sandbox, request: Request) -> Response:
    """A file's content, for somebody who sees the message that it stands in."""
    person, wanted = person_of(sandbox, dict(request.query_params)), request.path_params["id"]
    found = sandbox.world.files.get(wanted)
    if found is None or not may_see_file(sandbox, person, wanted):
        raise Impossible("no_such_file")
    headers = {"Content-Disposition": "inline", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
    return Response(found.content, media_type="text/plain; charset=utf-8", headers=headers)


async def stream(sandbox: Sandbox, _request: Request) -> Response:
    """Server-sent events: one line at once, and one on every change."""
    return StreamingResponse(_versions(sandbox), media_type="text/event-stream", headers={"Cache-Control": "no-store"})


async def _versions(sandbox: Sandbox) -> AsyncIterator[str]:
    while not sandbox.stopping.is_set():
        changed = sandbox.changed.wait()
        yield f"data: {json.dumps({'version': sandbox.version})}\n\n"
        await changed


# ---- Doing ----


async def message(sandbox: Sandbox, body: Json) -> Json:
    """Say something in a channel. It is shown and no more: the bot reads along nowhere."""
    person, channel, text = acting(sandbox, body), channel_of(sandbox, body), str(body.get("text") or "")
    if person.id not in channel.members or channel.dm_with or channel.is_archived:
        raise Impossible("restricted_action", 403)
    if not text.strip():
        raise Impossible("no_text", 400)
    said = Message(sandbox.world.next_ts(), person.id, text, [], body.get("thread_ts") or None)
    sandbox.world.post(channel, said)
    sandbox.touch()
    return {"ok": True, "ts": said.ts}


async def command(sandbox: Sandbox, body: Json) -> Json:
    name, text = str(body.get("command") or "/collab"), str(body.get("text") or "")
    return await run_command(sandbox, acting(sandbox, body), channel_of(sandbox, body), name, text)


async def press_element(sandbox: Sandbox, body: Json) -> Json:
    return await press(sandbox, acting(sandbox, body), body)


async def shortcut(sandbox: Sandbox, body: Json) -> Json:
    return await use(sandbox, acting(sandbox, body), body)


async def submit(sandbox: Sandbox, body: Json) -> Json:
    values = body.get("values") or {}
    if not isinstance(values, dict):
        raise Impossible("invalid_values", 400)
    return await modals.submit(sandbox, acting(sandbox, body), str(body.get("view_id")), values)


async def close(sandbox: Sandbox, body: Json) -> Json:
    return await modals.close(sandbox, acting(sandbox, body), str(body.get("view_id")))


async def suggest(sandbox: Sandbox, body: Json) -> Json:
    return await modals.suggest(sandbox, acting(sandbox, body), body)


async def home(sandbox: Sandbox, body: Json) -> Json:
    person = acting(sandbox, body)
    if person.is_stranger:
        raise Impossible("restricted_action", 403)
    await events.home_opened(sandbox, person)
    return {"ok": True}


async def read(sandbox: Sandbox, body: Json) -> Json:
    """Everything in a channel that is there now has been read."""
    person, channel = acting(sandbox, body), channel_of(sandbox, body)
    newest = max((m.ts for m in channel.messages), key=float, default="0")
    if channel.read_until.get(person.id) != newest:
        channel.read_until[person.id] = newest
        sandbox.touch()
    return {"ok": True}


# ---- Routes ----


def posting(sandbox: Sandbox, path: str, handler: Handler) -> Route:
    """A POST route with a JSON body. What can't be done in Slack is answered with its name."""

    async def endpoint(request: Request) -> Response:
        body = await read_json(request)
        try:
            return JSONResponse(await handler(sandbox, body))
        except Impossible as trouble:
            return JSONResponse({"ok": False, "error": trouble.error}, trouble.status)

    return Route(f"/sandbox/{path}", endpoint, methods=["POST"])


def looking(
    sandbox: Sandbox, path: str, handler: Callable[[Sandbox, Request], Awaitable[Response]], method: str = "GET"
) -> Route:
    async def endpoint(request: Request) -> Response:
        try:
            return await handler(sandbox, request)
        except Impossible as trouble:
            return JSONResponse({"ok": False, "error": trouble.error}, trouble.status)

    return Route(f"/sandbox/{path}", endpoint, methods=[method])


def routes(sandbox: Sandbox) -> list[Route]:
    doing: dict[str, Handler] = {
        "message": message,
        "command": command,
        "press": press_element,
        "shortcut": shortcut,
        "submit": submit,
        "close": close,
        "suggest": suggest,
        "home": home,
        "read": read,
    }
    seeing = {"state": state, "people": people, "messages": messages, "events": stream, "files/{id}": file}
    return [
        *(looking(sandbox, path, handler) for path, handler in seeing.items()),
        *(posting(sandbox, path, handler) for path, handler in doing.items()),
    ]
