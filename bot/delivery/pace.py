"""Slack's pace: one message a second and channel, and `Retry-After` obeyed per workspace and method."""

import asyncio
import time
from collections import defaultdict

POST = "chat.postMessage"


class Pace:
    """Real time, whatever the group's clock says: Slack's limits are real."""

    def __init__(self, between: float) -> None:
        """`between` are the seconds between two new messages in one channel; Slack takes some one a second (slack.md,
        Rates and sizes). Changing a message is limited by its method alone."""
        self._between = between
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._next: dict[str, float] = {}
        self._held_until: dict[tuple[str, str], float] = {}

    def turn(self, channel: str) -> asyncio.Lock:
        """Messages to one channel go one after the other."""
        return self._turns[channel]

    def held_for(self, workspace: str, method: str) -> float:
        """Seconds until this method may be called in this workspace."""
        return max(0.0, self._held_until.get((workspace, method), 0) - time.monotonic())

    async def wait(self, method: str, channel: str) -> None:
        """Until a channel takes another message."""
        if method != POST:
            return
        if (left := self._next.get(channel, 0) - time.monotonic()) > 0:
            await asyncio.sleep(left)
        self._next[channel] = time.monotonic() + self._between

    def hold(self, workspace: str, method: str, seconds: float) -> None:
        """Slack asked this workspace to leave this method alone for so long."""
        self._held_until[workspace, method] = time.monotonic() + seconds
