"""The /sandbox/ routes that change the workspace and Slack itself: for the page and for tests."""

from random import Random
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import aiohttp
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import events, example
from sandbox.faults import Fault, UnknownKind
from sandbox.interactions import Impossible
from sandbox.people_interface import Handler, channel_of, looking, person_of, posting
from sandbox.sandbox import Sandbox
from sandbox.scripted_users import Failed
from sandbox.sockets import NoAck, NoConnection
from sandbox.way_in import Http, NoChallenge
from sandbox.world import BOT_USER, Channel, Json, new_id

WAIT_FOR_SOCKET = 20.0

# ---- People and channels ----


async def person(sandbox: Sandbox, body: Json) -> Json:
    """Deactivate or activate somebody, move them to another zone, make them a guest, a stranger or an admin."""
    who, value = person_of(sandbox, body, "person"), body.get("value", True) is not False
    match body.get("op"):
        case "deactivate":
            who.deleted = True
            for channel in sandbox.world.channels.values():
                if who.id in channel.members and not channel.dm_with:
                    channel.members.remove(who.id)
        case "activate":
            who.deleted = False
        case "zone":
            who.tz = _zone(str(body.get("tz")))
        case "guest":
            who.is_guest = value
        case "stranger":
            who.is_stranger = value
        case "admin":
            who.is_admin = value
        case _:
            raise Impossible("unknown_op", 400)
    sandbox.touch()
    await events.person_changed(sandbox, who)
    return {"ok": True}


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Impossible("unknown_zone", 400) from error


async def channel(sandbox: Sandbox, body: Json) -> Json:
    """Join, leave, archive, unarchive, rename, new_id (what private channels get when they change hands), create."""
    op = body.get("op")
    if op == "create":
        return _create(sandbox, body)
    place = channel_of(sandbox, body)
    if place.dm_with:
        raise Impossible("restricted_action", 403)
    match op:
        case "join" | "leave":
            await _membership(sandbox, place, body)
        case "archive":
            place.is_archived = True
            await events.archived(sandbox, place)
        case "unarchive":
            place.is_archived = False
            await events.unarchived(sandbox, place)
        case "rename":
            place.name = str(body.get("name") or place.name)
            await events.renamed(sandbox, place)
        case "new_id":
            await _new_id(sandbox, place, str(body.get("name") or new_id("C")))
        case _:
            raise Impossible("unknown_op", 400)
    sandbox.touch()
    return {"ok": True, "channel": place.id}


def _create(sandbox: Sandbox, body: Json) -> Json:
    creator = person_of(sandbox, body, "person" if body.get("person") else "as")
    made = str(body.get("channel") or new_id("C"))
    if made in sandbox.world.channels:
        raise Impossible("name_taken", 400)
    now = int(sandbox.clock.now().timestamp())
    private = bool(body.get("private"))
    place = Channel(made, str(body.get("name") or "new-channel"), now, creator.id, private, members=[creator.id])
    sandbox.world.channels[made] = place
    sandbox.touch()
    return {"ok": True, "channel": made}


async def _membership(sandbox: Sandbox, place: Channel, body: Json) -> None:
    who = person_of(sandbox, body, "person" if body.get("person") else "as")
    if body["op"] == "join":
        if who.deleted or who.id in place.members:
            raise Impossible("already_in_channel" if not who.deleted else "user_disabled", 400)
        place.members.append(who.id)
        await events.membership(sandbox, "member_joined_channel", place, who)
        return
    if who.id not in place.members:
        raise Impossible("not_in_channel", 400)
    place.members.remove(who.id)
    await events.membership(sandbox, "member_left_channel", place, who)
    if who.id == BOT_USER:
        await events.app_left(sandbox, place)


async def _new_id(sandbox: Sandbox, place: Channel, new: str) -> None:
    old = place.id
    sandbox.world.channels = {new if key == old else key: c for key, c in sandbox.world.channels.items()}
    place.id = new
    await events.has_new_id(sandbox, place, old)


async def app(sandbox: Sandbox, body: Json) -> Json:
    """Uninstall the app, or install it again; say where it takes requests over HTTP; send everything twice."""
    match body.get("op"):
        case "install":
            sandbox.installed = True
        case "uninstall":
            sandbox.installed = False
            await events.uninstalled(sandbox)
        case "request_url":
            await _use_url(sandbox, str(body.get("url") or ""), str(body.get("signing_secret") or ""))
        case "twice":
            sandbox.way_in.twice = bool(body.get("on", True))
        case _:
            raise Impossible("unknown_op", 400)
    return {"ok": True}


async def _use_url(sandbox: Sandbox, url: str, secret: str) -> None:
    """An empty address is Socket Mode again."""
    try:
        await sandbox.way_in.use(Http(url, secret, sandbox.sockets.ack_seconds) if url else None)
    except (NoChallenge, NoAck, NoConnection, ValueError) as trouble:
        raise Impossible("url_not_verified", 400) from trouble


# ---- Slack itself ----


async def replay(sandbox: Sandbox, _body: Json) -> Json:
    try:
        await sandbox.way_in.replay()
    except (NoAck, NoConnection) as trouble:
        raise Impossible("not_acknowledged", 409) from trouble
    return {"ok": True}


async def sockets(sandbox: Sandbox, body: Json) -> Json:
    """Cut every connection, ask for new ones, wait until there is one; or set when events come again."""
    match body.get("op"):
        case "cut":
            await sandbox.sockets.cut()
        case "refresh":
            await sandbox.sockets.refresh()
        case "tear":
            await sandbox.sockets.tear()
        case "wait":
            if not await sandbox.sockets.wait(WAIT_FOR_SOCKET):
                raise Impossible("not_connected", 504)
        case "retries":
            sandbox.retries = tuple(float(pause) for pause in body.get("seconds", []))
        case _:
            raise Impossible("unknown_op", 400)
    return {"ok": True, "connections": len(sandbox.sockets.connections)}


async def faults(sandbox: Sandbox, body: Json) -> Json:
    seconds = body.get("seconds")
    try:
        sandbox.faults.add(
            Fault(
                str(body["method"]),
                str(body["kind"]),
                int(body.get("times", 1)),
                int(body.get("retry_after", 1)),
                None if seconds is None else float(seconds),
                float(body.get("chance", 1)),
                Random(body.get("seed")),  # noqa: S311 - a chance that can be repeated
            )
        )
    except (UnknownKind, KeyError, TypeError, ValueError) as trouble:
        raise Impossible("unknown_fault", 400) from trouble
    sandbox.touch()
    return {"ok": True}


async def clear_faults(sandbox: Sandbox, _request: Request) -> Response:
    sandbox.faults.clear()
    sandbox.touch()
    return JSONResponse({"ok": True})


async def scopes(sandbox: Sandbox, body: Json) -> Json:
    """Leave out scopes: optional ones, as one may on installing, or others, as in an app that was set up wrong."""
    without = {str(scope) for scope in body.get("without", [])}
    if unknown := without - set(sandbox.manifest.scopes):
        raise Impossible(f"not_asked_for: {', '.join(sorted(unknown))}", 400)
    sandbox.manifest.without = without
    return {"ok": True, "scopes": sandbox.manifest.granted()}


async def limits(sandbox: Sandbox, body: Json) -> Json:
    """Slack's pace on or off; as for apps that are sold outside its marketplace."""
    sandbox.limits.on = bool(body.get("on", True))
    sandbox.limits.sold_elsewhere = bool(body.get("sold_elsewhere", False))
    return {"ok": True}


async def history(sandbox: Sandbox, body: Json) -> Json:
    """Whether a channel's history shows the metadata of messages, as it may lag or leave out."""
    sandbox.shows_metadata = bool(body.get("metadata", True))
    return {"ok": True}


async def calls(sandbox: Sandbox, _request: Request) -> Response:
    return JSONResponse(sandbox.calls)


async def forget_calls(sandbox: Sandbox, _request: Request) -> Response:
    sandbox.calls.clear()
    return JSONResponse({"ok": True})


async def worked_example(sandbox: Sandbox, _body: Json) -> Json:
    """Bring a group into its fourth meeting, in a workspace where nothing was posted yet."""
    if sandbox.playing or sandbox.world.has_begun:
        raise Impossible("already_begun", 409)
    sandbox.playing = True
    sandbox.touch()
    try:
        await example.play(sandbox.address)
    except (Failed, aiohttp.ClientError, TimeoutError) as trouble:
        raise Impossible(f"example_failed: {trouble}", 500) from trouble
    finally:
        sandbox.playing = False
        sandbox.touch()
    return {"ok": True}


def routes(sandbox: Sandbox) -> list[Route]:
    doing: dict[str, Handler] = {
        "people": person,
        "channel": channel,
        "app": app,
        "replay": replay,
        "sockets": sockets,
        "faults": faults,
        "scopes": scopes,
        "limits": limits,
        "history": history,
        "example": worked_example,
    }
    return [
        *(posting(sandbox, path, handler) for path, handler in doing.items()),
        looking(sandbox, "calls", calls),
        looking(sandbox, "calls", forget_calls, "DELETE"),
        looking(sandbox, "faults", clear_faults, "DELETE"),
    ]
