"""Slack's pace: one message a second and channel, and `Retry-After` obeyed per workspace and method."""

import asyncio
import time
from collections import defaultdict

POST = "chat.postMessage"
BETWEEN = 1.0
"""Seconds between two new messages in one channel (slack.md, Rates and sizes); changes are limited by their method."""


class Pace:
    """Real time, whatever the group's clock says: Slack's limits are real."""

    def __init__(self) -> None:
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._next: dict[str, float] = {}
        self._held_until: dict[tuple[str, str], float] = {}

    def turn(self, channel: str) -> asyncio.Lock:
        """Messages to one channel go one after the other."""
        return self._turns[channel]

    async def wait(self, workspace: str, method: str, channel: str) -> None:
        """Until this method may be called in this workspace, and a channel takes another message."""
        posts = method == POST
        at = max(self._next.get(channel, 0) if posts else 0, self._held_until.get((workspace, method), 0))
        if (left := at - time.monotonic()) > 0:
            await asyncio.sleep(left)
        if posts:
            self._next[channel] = time.monotonic() + BETWEEN

    def hold(self, workspace: str, method: str, seconds: float) -> None:
        """Slack asked this workspace to leave this method alone for so long."""
        self._held_until[workspace, method] = time.monotonic() + seconds
