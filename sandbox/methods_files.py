"""files.*: an address to upload to, what is uploaded there, and sharing it."""

import secrets
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from sandbox.methods import Method, Refused, decoded, refuse_arguments, seen_channel
from sandbox.sandbox import Sandbox
from sandbox.world import BOT_USER, Channel, File, Json, Message, new_id

LARGEST = 1_000_000_000
"""Bytes in one file, as Slack has it."""


@dataclass(frozen=True)
class _Share:
    """A file that the call shares, and the title that it gets."""

    file: File
    title: str


def get_upload_url(sandbox: Sandbox, args: Json) -> Json:
    try:
        length = int(args["length"])
    except ValueError as error:
        raise refuse_arguments("invalid_arguments", ["must be an integer [json-pointer:/length]"]) from error
    if not 0 < length <= LARGEST:
        raise Refused("file_upload_size_restricted" if length > 0 else "invalid_arguments")
    file = File(new_id("F"), str(args["filename"]), str(args["filename"]), length, secrets.token_urlsafe(24))
    sandbox.world.files[file.id] = file
    return {"ok": True, "upload_url": f"{sandbox.address}/upload/{file.ticket}", "file_id": file.id}


async def take_upload(sandbox: Sandbox, request: Request) -> Response:
    """What is posted to an upload address: once, and as long as was said."""
    ticket = request.path_params["ticket"]
    file = next((f for f in sandbox.world.files.values() if f.ticket == ticket and f.content is None), None)
    if file is None:
        return PlainTextResponse("Not found", 404)
    content = await request.body()
    if len(content) != file.size:
        return PlainTextResponse("length does not match", 400)
    file.content = content
    return PlainTextResponse(f"OK - {len(content)}")


def complete_upload(sandbox: Sandbox, args: Json) -> Json:
    shares = [_share(sandbox, one) for one in _listed(args)]
    channel = _channel(sandbox, args) if args.get("channel_id") else None
    for share in shares:
        share.file.title, share.file.shared = share.title, True
    if channel is not None:
        _post(sandbox, channel, args, shares)
    return {"ok": True, "files": [file_json(sandbox, share.file) for share in shares]}


def _listed(args: Json) -> list[Any]:
    files = decoded(args, "files", "invalid_arguments")
    if not isinstance(files, list) or not files:
        raise refuse_arguments("invalid_arguments", ["must be a list of files [json-pointer:/files]"])
    return files


def _share(sandbox: Sandbox, one: Any) -> _Share:
    file = sandbox.world.files.get(str(one.get("id"))) if isinstance(one, dict) else None
    if file is None or file.content is None or file.shared:
        raise Refused("file_not_found")
    return _Share(file, str(one.get("title") or file.name))


def _channel(sandbox: Sandbox, args: Json) -> Channel:
    channel = seen_channel(sandbox, {"channel": args["channel_id"]})
    if BOT_USER not in channel.members:
        raise Refused("not_in_channel")
    if channel.is_archived:
        raise Refused("is_archived")
    return channel


def _post(sandbox: Sandbox, channel: Channel, args: Json, shares: list[_Share]) -> None:
    """Sharing is a message: the words that come with the files, and the files."""
    said = Message(sandbox.world.next_ts(), BOT_USER, str(args.get("initial_comment") or ""), [])
    said.files = [share.file.id for share in shares]
    sandbox.world.post(channel, said)
    sandbox.touch()


def file_json(sandbox: Sandbox, file: File) -> Json:
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title,
        "size": file.size,
        "url_private": f"{sandbox.address}/sandbox/files/{file.id}",
    }


METHODS = {
    "files.getUploadURLExternal": Method(get_upload_url, 4, "files:write", ("filename", "length")),
    "files.completeUploadExternal": Method(complete_upload, 4, "files:write", ("files",)),
}
