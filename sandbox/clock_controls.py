"""The /sandbox/ routes of the clock: people move it, the bot follows it."""

from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.clock import DidNotSettle, NothingPlanned, OnlyForward
from sandbox.interactions import Impossible
from sandbox.people_interface import Handler, looking, posting
from sandbox.sandbox import Sandbox
from sandbox.webapi import until_gone
from sandbox.world import Json


async def poll(sandbox: Sandbox, request: Request) -> Response:
    """The bot asks which move holds; with an id of its own it follows, and is answered when there is another."""
    try:
        after = int(request.query_params.get("after", "-1"))
    except ValueError as error:
        raise Impossible("invalid_after", 400) from error
    follower = request.query_params.get("follower")
    if follower is not None:
        await sandbox.clock.poll(follower, after, until_gone(request))
    return JSONResponse({"move": sandbox.clock.move, "offset_seconds": sandbox.clock.offset.total_seconds()})


async def due(sandbox: Sandbox, body: Json) -> Json:
    """The bot says what it has planned next, so that the page can show it."""
    planned = body.get("next_due")
    sandbox.clock.plan(_moment(planned) if planned else None)
    sandbox.touch()
    return {"ok": True}


async def idle(sandbox: Sandbox, body: Json) -> Json:
    due = body.get("next_due")
    number = body.get("move")
    if not isinstance(number, int):
        raise Impossible("invalid_move", 400)
    sandbox.clock.idle(str(body.get("follower")), number, _moment(due) if due else None)
    sandbox.touch()
    return {"ok": True}


def _moment(text: object) -> datetime:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise Impossible("invalid_time", 400) from error
    if moment.tzinfo is None:
        raise Impossible("invalid_time", 400)
    return moment.astimezone(UTC)


async def settle(sandbox: Sandbox, _body: Json) -> Json:
    try:
        await sandbox.clock.settle()
    except DidNotSettle as trouble:
        raise Impossible("the bot did not settle", 504) from trouble
    return _when(sandbox)


def _when(sandbox: Sandbox) -> Json:
    due = sandbox.clock.next_due
    return {"ok": True, "next_due": due.isoformat() if due else None, "now": sandbox.clock.now().isoformat()}


async def move(sandbox: Sandbox, body: Json) -> Json:
    """To a moment, by so many seconds, or to the next event."""
    clock = sandbox.clock
    sandbox.touch()
    try:
        if body.get("next"):
            await clock.next()
        else:
            target = _moment(body["to"]) if "to" in body else clock.now() + _seconds(body)
            await (clock.leap(target) if body.get("leap") else clock.walk(target))
    except DidNotSettle as trouble:
        raise Impossible("the bot did not settle", 504) from trouble
    except NothingPlanned as trouble:
        raise Impossible("nothing is planned", 409) from trouble
    except OnlyForward as trouble:
        raise Impossible("time goes forward, except in a leap", 400) from trouble
    finally:
        sandbox.touch()
    return _when(sandbox)


def _seconds(body: Json) -> timedelta:
    try:
        return timedelta(seconds=float(body["advance_seconds"]))
    except (KeyError, TypeError, ValueError) as error:
        raise Impossible("to, advance_seconds or next is needed", 400) from error


def routes(sandbox: Sandbox) -> list[Route]:
    doing: dict[str, Handler] = {"settle": settle, "clock": move, "clock/idle": idle, "clock/due": due}
    return [
        *(posting(sandbox, path, handler) for path, handler in doing.items()),
        looking(sandbox, "clock", poll),
    ]
