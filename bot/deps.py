"""What a handler is given."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.charter import Rhythm
from bot.runtime.background_tasks import BackgroundTasks
from bot.runtime.directory_reader import DirectoryReader
from bot.runtime.event_queue import EventQueue
from bot.runtime.metrics import Metrics
from bot.services.round_opening import QuestionSource
from bot.services.text_answers import TextAnswer, TextAnswerResult
from storage.engine import Sessions
from storage.group_commit import GroupCommit


@dataclass(frozen=True)
class Deps:
    """The parts that a handler works with; `wake` asks the tick to run soon, `answers` keeps what comes in together,
    `afterwards` does what need not be done before an acknowledgement, `hearing` what Slack only tells.

    `home_for` is how long after it was opened somebody's Home is kept up to date.
    """

    sessions: Sessions
    now: Callable[[], datetime]
    slack: AsyncWebClient
    questions: QuestionSource
    rhythm: Rhythm
    wake: Callable[[], None]
    metrics: Metrics
    answers: GroupCommit[TextAnswer, TextAnswerResult]
    background: BackgroundTasks = field(default_factory=BackgroundTasks)
    events: EventQueue = field(default_factory=EventQueue)
    home_for: timedelta = timedelta(days=30)

    @cached_property
    def directory(self) -> DirectoryReader:
        """Reads who is in the bot's channels, beside the work."""
        return DirectoryReader(self.sessions, self.slack, self.now, self.events)
