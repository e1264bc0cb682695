"""What a handler is given."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from slack_sdk.web.async_client import AsyncWebClient

from bot.afterwards import Afterwards
from bot.directory import Directory
from bot.domain.charter import Rhythm
from bot.hearing import Hearing
from bot.metrics import Metrics
from bot.services.opening import Asker
from bot.services.saying import Answered, Said
from storage.engine import Sessions
from storage.together import Together


@dataclass(frozen=True)
class Deps:
    """The parts that a handler works with; `wake` asks the tick to run soon, `answers` keeps what comes in together,
    `afterwards` does what need not be done before an acknowledgement, `hearing` what Slack only tells.

    `home_for` is how long after it was opened somebody's Home is kept up to date.
    """

    sessions: Sessions
    now: Callable[[], datetime]
    slack: AsyncWebClient
    asker: Asker
    rhythm: Rhythm
    wake: Callable[[], None]
    metrics: Metrics
    answers: Together[Said, Answered]
    afterwards: Afterwards = field(default_factory=Afterwards)
    hearing: Hearing = field(default_factory=Hearing)
    home_for: timedelta = timedelta(days=30)

    @cached_property
    def directory(self) -> Directory:
        """Reads who is in the bot's channels, beside the work."""
        return Directory(self.sessions, self.slack, self.now, self.hearing)
