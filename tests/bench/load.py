"""Slack's side of HTTP: signed requests from many clients at once, and how long each answer took.

`python -m tests.bench.load URL SECRET CLIENTS RATE < requests.jsonl` prints how long each answer took, in seconds, and
how many were refused.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

import uvloop
from slack_sdk.signature import SignatureVerifier


@dataclass
class Load:
    """`rate` is how many requests a second, evenly; 0 is as many as the clients manage."""

    url: str
    secret: str
    clients: int
    rate: float = 0
    took: list[float] = field(default_factory=list)
    refused: int = 0

    async def run(self, bodies: list[bytes]) -> float:
        """Send them all; how many seconds that took."""
        waiting = iter(enumerate(bodies))
        begun = time.perf_counter()
        await asyncio.gather(*(self._client(waiting, begun) for _ in range(self.clients)))
        return time.perf_counter() - begun

    async def _client(self, waiting: Iterator[tuple[int, bytes]], begun: float) -> None:
        parts = urlsplit(self.url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        signer = SignatureVerifier(self.secret)
        for number, body in waiting:
            if self.rate:
                await asyncio.sleep(max(0, begun + number / self.rate - time.perf_counter()))
            started = time.perf_counter()
            writer.write(_request(parts.path, parts.netloc, signer, body))
            ok = await _read(reader)
            self.took.append(time.perf_counter() - started)
            self.refused += not ok
        writer.close()


def _request(path: str, host: str, signer: SignatureVerifier, body: bytes) -> bytes:
    now = str(int(time.time()))
    signature = signer.generate_signature(timestamp=now, body=body) or ""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\nX-Slack-Request-Timestamp: {now}\r\nX-Slack-Signature: {signature}\r\n\r\n"
    )
    return head.encode() + body


async def _read(reader: asyncio.StreamReader) -> bool:
    """One answer; whether it was a 200 that says what is kept (or says nothing, where nothing is kept)."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
    body = await reader.readexactly(length)
    return head.startswith(b"http/1.1 200") and (not body or b"Thank you" in body)


def command(workspace: str, channel: str, person: str, text: str, respond: str) -> bytes:
    return urlencode(
        {
            "token": "t",
            "team_id": workspace,
            "team_domain": "bench",
            "channel_id": channel,
            "channel_name": "circle",
            "user_id": person,
            "user_name": "somebody",
            "command": "/collab",
            "text": text,
            "api_app_id": "A1",
            "is_enterprise_install": "false",
            "response_url": respond,
            "trigger_id": "1.1.abc",
        }
    ).encode()


async def main() -> None:
    url, secret, clients, rate = sys.argv[1:]
    load = Load(url, secret, int(clients), float(rate))
    bodies = [json.loads(line).encode() for line in sys.stdin]
    seconds = await load.run(bodies)
    json.dump({"seconds": seconds, "took": load.took, "refused": load.refused}, sys.stdout)


if __name__ == "__main__":
    uvloop.run(main())
