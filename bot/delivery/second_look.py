"""What was written while messages about it were being sent: it is looked at once more, a moment later."""

from dataclasses import dataclass

from bot.services.changes import Changes


@dataclass
class SecondLook:
    """The changes that this process looks at again after `pause` seconds. Moments are monotonic, in seconds."""

    pause: float
    _held: tuple[float, Changes] | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether there is something to look at again."""
        return self._held is not None

    def hold(self, found: Changes, moment: float) -> None:
        """Look at these again after the pause."""
        self._held = moment + self.pause, found

    def holds(self, found: Changes, moment: float) -> bool:
        """Whether these are not to be looked at yet. If more was written meanwhile they are, and if another process
        has seen to them, there is nothing left to wait for."""
        if self._held is not None and (moment >= self._held[0] or found != self._held[1]):
            self._held = None
        return self._held is not None
