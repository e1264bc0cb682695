"""response_url: five answers within half an hour to a command or a pressed button."""

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from sandbox.faults import RESPONSE_URL
from sandbox.methods import Refused
from sandbox.methods_chat import content
from sandbox.sandbox import RESPONSE_URL_SECONDS, RESPONSE_URL_USES, ResponseUrl, Sandbox
from sandbox.webapi import read_json, serve_amid_trouble
from sandbox.world import BOT_USER, Json, Message


async def serve_response(sandbox: Sandbox, request: Request) -> Response:
    """One post to a response_url; Slack answers a plain "ok"."""
    body = await read_json(request)
    record = sandbox.record(RESPONSE_URL, body)
    name = request.path_params["id"]
    return await serve_amid_trouble(sandbox, request, record, lambda: _answer(sandbox, name, body), _said)


def _said(answer: Json) -> Response:
    if answer["ok"]:
        return PlainTextResponse("ok")
    return JSONResponse(answer, 404 if answer["error"] in {"expired_url", "used_url"} else 400)


def _answer(sandbox: Sandbox, name: str, body: Json) -> Json:
    url = sandbox.response_urls.get(name)
    if url is None or sandbox.timer() - url.made > RESPONSE_URL_SECONDS:
        return {"ok": False, "error": "expired_url"}
    if url.uses >= RESPONSE_URL_USES:
        return {"ok": False, "error": "used_url"}
    try:
        respond(sandbox, url, body)
    except Refused as refusal:
        return refusal.answer
    url.uses += 1
    sandbox.touch()
    return {"ok": True}


def respond(sandbox: Sandbox, url: ResponseUrl, body: Json) -> Message | None:
    """Delete or replace the message whose button was pressed, or say something new. What it says now."""
    channel = sandbox.world.channels.get(url.channel)
    if channel is None:
        raise Refused("channel_not_found")
    original = channel.find(url.message) if url.message else None
    if body.get("delete_original"):
        if original is not None:
            channel.messages.remove(original)
        return None
    text, blocks = content(body)
    if body.get("replace_original") and original is not None:
        original.text, original.blocks, original.edited = text, blocks, original.only_for is None
        original.picked.clear()
        return original
    only_for = None if body.get("response_type") == "in_channel" else url.person
    thread = body.get("thread_ts") or (original.thread_ts if original is not None else None)
    return sandbox.world.post(
        channel, Message(sandbox.world.next_ts(), BOT_USER, text, blocks, thread, only_for=only_for)
    )
