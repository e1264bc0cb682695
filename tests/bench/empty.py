"""The same server with an empty Bolt listener, to measure against: `python -m tests.bench.empty SECRET`."""

import asyncio
import sys
from collections.abc import Awaitable, Callable

import uvloop
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.runtime.http_server import PATH, listening, slack_routes


async def main() -> None:
    secret, api = sys.argv[1:]
    client = AsyncWebClient("xoxb-bench", base_url=f"{api}/api/", retry_handlers=[])
    app = AsyncApp(
        client=client, signing_secret=secret, request_verification_enabled=False, process_before_response=True
    )

    async def listen(ack: Callable[..., Awaitable[object]]) -> None:
        await ack()

    app.command("/collab")(listen)
    async with listening(slack_routes(app, secret), "127.0.0.1", 0, "") as address:
        sys.stdout.write(f"{address}{PATH}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
