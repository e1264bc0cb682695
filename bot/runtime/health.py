"""The state of Slack and of the database as seen from normal work; changes are logged once."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from bot.runtime.metrics import Metrics
from storage.engine import DISK_FULL, READ_ONLY

log = structlog.get_logger()

FAILURES = 3
"""After so many unanswered calls of one method in a row, Slack counts as unavailable for it."""

PAST = 60.0
"""Seconds after which a failing method is forgotten if Slack answers others: it may not be called again for long."""

SETTLED = 15.0
"""Seconds after the last failed write until a successful one means that the database is well again."""

AGAIN = 600.0
"""Seconds after which continuing trouble is logged again."""

REFUSALS = {
    "invalid_auth": "Slack doesn't accept the app's token",
    "not_authed": "Slack doesn't accept the app's token",
    "not_allowed_token_type": "Slack doesn't accept this kind of token here",
    "account_inactive": "the app was removed from the workspace",
    "token_revoked": "the app was removed from the workspace",
    "token_expired": "the app's token has expired",
    "app_not_installed": "the app is not installed in the workspace",
    "org_login_required": "the workspace is being moved to an organisation",
    "team_access_not_granted": "the app has no access to this workspace",
}
"""Slack's errors that mean that a token is of no use, in words."""


@dataclass
class _Trouble:
    reason: str
    said_at: float


@dataclass
class Health:
    """Current troubles by kind, in words."""

    metrics: Metrics
    timer: Callable[[], float] = time.monotonic
    answered_at: float = 0.0
    not_written_at: float = -SETTLED
    _troubles: dict[str, _Trouble] = field(default_factory=dict)
    _failures: dict[str, tuple[int, float]] = field(default_factory=dict)

    @property
    def trouble(self) -> str | None:
        """The first of the current troubles; None if all is well."""
        return next((trouble.reason for trouble in self._troubles.values()), None)

    def is_refused(self) -> bool:
        """Whether Slack refuses the bot's token."""
        return "token" in self._troubles

    # ---- Slack ----

    def answered(self, method: str) -> None:
        """Slack answered a call, with whatever result."""
        self.answered_at = self.timer()
        self.over("token")
        for failed in [m for m, failure in self._failures.items() if m == method or self._is_past(failure)]:
            del self._failures[failed]
            self.over(f"calls of {failed}")

    def _is_past(self, failure: tuple[int, float]) -> bool:
        """Whether the last failure is so old that another method's answer outweighs it."""
        return self.timer() - failure[1] > PAST

    def unanswered(self, method: str) -> None:
        times = self._failures.get(method, (0, 0.0))[0] + 1
        self._failures[method] = (times, self.timer())
        if times >= FAILURES:
            self.begins(f"calls of {method}", f"Slack does not answer {method}")

    def refused(self, name: str) -> None:
        """Slack refuses the bot's token with this error."""
        self.answered_at = self.timer()
        self.begins("token", REFUSALS.get(name, f"Slack refused the app's token: {name}"))

    def reading_halted(self, reason: str | None) -> None:
        """Slack refuses to list members, with this error; None when it works again."""
        if reason is None:
            self.over("reading")
        else:
            self.begins("reading", f"Slack doesn't say who is in the channels: {reason}")

    # ---- The database ----

    def failed_to_write(self, reason: str) -> None:
        self.metrics.storage_errors.labels(reason).inc()
        if reason in {DISK_FULL, READ_ONLY}:
            self.not_written_at = self.timer()
            self.begins("storage", reason)

    def written(self) -> None:
        """A small write succeeded; shortly after failed writes that proves little."""
        if self.timer() - self.not_written_at >= SETTLED:
            self.over("storage")

    # ---- Any ----

    def begins(self, kind: str, reason: str) -> None:
        """Log a trouble, unless it is the same as before."""
        known, now = self._troubles.get(kind), self.timer()
        if known is None or known.reason != reason or now - known.said_at > AGAIN:
            log.error("in trouble", reason=reason)
            self._troubles[kind] = _Trouble(reason, now)

    def over(self, kind: str) -> None:
        known = self._troubles.pop(kind, None)
        if known is not None:
            log.info("trouble is over", reason=known.reason)
