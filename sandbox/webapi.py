"""The Web API over HTTP: token, arguments, pace, faults; then the method."""

import asyncio
import json
import math
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox import methods_chat, methods_files, methods_people, methods_views
from sandbox.faults import ERROR, SERVED, Fault
from sandbox.methods import APP_TOKEN, BOT_TOKEN, Method, Refused, refuse_arguments
from sandbox.sandbox import Sandbox
from sandbox.tcp_reset import TRANSPORT, drop
from sandbox.world import APP, Json

METHODS: dict[str, Method] = {
    **methods_people.METHODS,
    **methods_chat.METHODS,
    **methods_files.METHODS,
    **methods_views.METHODS,
}


async def serve_call(sandbox: Sandbox, request: Request) -> Response:
    """One call of the Web API."""
    name = request.path_params["method"]
    token, args = await _read(request)
    return await serve_amid_trouble(
        sandbox,
        request,
        sandbox.record(name, args),
        lambda: answer_call(sandbox, name, token, args),
        lambda answer: _response(sandbox, answer),
    )


def answer_call(sandbox: Sandbox, name: str, token: str, args: Json) -> Json:
    """What Slack answers to one call."""
    try:
        method = _allowed(sandbox, name, token)
        _check_call(sandbox, name, method, args)
        return method.function(sandbox, args)
    except Refused as refusal:
        return refusal.answer


def _check_call(sandbox: Sandbox, name: str, method: Method, args: Json) -> None:
    if wait := sandbox.limits.call(name, method.tier):
        raise Refused("ratelimited", retry_after=wait)
    missing = [field for field in method.required if args.get(field) in (None, "")]
    if missing:
        raise refuse_arguments("invalid_arguments", [f"missing required field: {field}" for field in missing])


def _allowed(sandbox: Sandbox, name: str, token: str) -> Method:
    if not token:
        raise Refused("not_authed")
    if token not in {BOT_TOKEN, APP_TOKEN}:
        raise Refused("invalid_auth")
    if not sandbox.installed:
        raise Refused("account_inactive")
    method = METHODS.get(name)
    if method is None:
        raise Refused("unknown_method", req_method=name)
    if token != method.token:
        raise Refused("not_allowed_token_type")
    granted = sandbox.manifest.granted()
    if method.scope and method.scope not in granted:
        raise Refused("missing_scope", needed=method.scope, provided=",".join(granted))
    return method


async def _read(request: Request) -> tuple[str, Json]:
    """(token, arguments) from the query, a form or a JSON body."""
    args: Json = dict(request.query_params)
    if request.headers.get("content-type", "").startswith("application/json"):
        args |= await read_json(request)
    elif request.method == "POST":
        args |= dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
    header = request.headers.get("authorization", "")
    token = header.removeprefix("Bearer ").strip() or str(args.get("token", ""))
    return token, {name: value for name, value in args.items() if name != "token"}


async def read_json(request: Request) -> Json:
    """A JSON object; what is none counts as empty."""
    try:
        body: Any = json.loads(await request.body() or b"{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _response(sandbox: Sandbox, answer: Json) -> Response:
    headers = {"x-oauth-scopes": ",".join(sandbox.manifest.granted()), "x-slack-app": APP}
    if answer.get("error") != "ratelimited":
        return JSONResponse(answer, headers=headers)
    wait = math.ceil(answer["retry_after"])
    return JSONResponse({"ok": False, "error": "ratelimited"}, 429, {**headers, "Retry-After": str(wait)})


# ---- Trouble ----


async def serve_amid_trouble(
    sandbox: Sandbox, request: Request, record: Json, serve: Callable[[], Json], say: Callable[[Json], Response]
) -> Response:
    """Answer a call that was written down, by whatever fault it meets. `serve` does it, `say` puts it into words."""
    fault = sandbox.faults.strike(record["method"])
    if fault is not None:
        sandbox.touch()  # the page tells how many are left
    if fault is not None and fault.kind == "taken_late":
        await asyncio.sleep(fault.seconds or 1)  # and then it is served, whether or not somebody still waits
        fault = None
    if fault is not None and fault.kind not in SERVED:
        record["answer"] = {"fault": fault.kind}
        return await _fail(request, fault)
    with sandbox.activity.running():
        record["answer"] = answer = serve()
    if fault is not None and fault.kind == "served_late":
        await asyncio.sleep(fault.seconds or 1)
        fault = None
    return say(answer) if fault is None else await _fail(request, fault)


async def _fail(request: Request, fault: Fault) -> Response:
    """Answer as the fault says; after a reset or a hang there is nothing to answer."""
    if fault.kind == "ratelimited":
        headers = {"Retry-After": str(fault.retry_after)}
        return JSONResponse({"ok": False, "error": "ratelimited"}, 429, headers)
    if fault.kind.startswith(ERROR):
        return JSONResponse({"ok": False, "error": fault.kind.removeprefix(ERROR)})
    if fault.kind == "hang":
        await _hold(request, fault.seconds)
    if fault.kind in {"reset", "served_then_reset"}:
        await _drop(request)
    return Response("Internal Server Error", 500, media_type="text/plain")


async def _hold(request: Request, seconds: float | None) -> None:
    """Say nothing for so long, or until the caller gives up."""
    try:
        await asyncio.wait_for(until_gone(request), seconds)
    except TimeoutError:
        return


async def until_gone(request: Request) -> None:
    """Until the other side has closed the connection."""
    await request.body()
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _drop(request: Request) -> None:
    """End the connection with a reset, as a failing network does."""
    transport = request.scope.get(TRANSPORT)
    if transport is None:
        return
    drop(transport)
    await until_gone(request)
