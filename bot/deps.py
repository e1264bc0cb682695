"""The dependencies of handlers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.charter import Rhythm
from bot.plugged import Plugged
from bot.runtime.background_tasks import BackgroundTasks
from bot.runtime.directory_reader import DirectoryReader
from bot.runtime.event_queue import EventQueue
from bot.runtime.metrics import Metrics
from bot.services.answer_requests import AnswerRequest, AnswerResult
from bot.services.round_opening import QuestionSource
from storage.engine import Sessions
from storage.group_commit import GroupCommit


@dataclass(frozen=True)
class Deps:
    """The dependencies of a handler: `wake` triggers the tick, `answers` saves answers in a group commit,
    `background` runs tasks after an acknowledgement, `events` processes Slack's events in order.

    `home_for` is for how long a Home is kept up to date after it was opened; `plugged` is what the product is made of.
    """

    sessions: Sessions
    now: Callable[[], datetime]
    slack: AsyncWebClient
    questions: QuestionSource
    rhythm: Rhythm
    wake: Callable[[], None]
    metrics: Metrics
    answers: GroupCommit[AnswerRequest, AnswerResult]
    background: BackgroundTasks = field(default_factory=BackgroundTasks)
    events: EventQueue = field(default_factory=EventQueue)
    home_for: timedelta = timedelta(days=30)
    plugged: Plugged = field(default_factory=Plugged)

    @cached_property
    def directory(self) -> DirectoryReader:
        """Reads the members of the bot's channels in the background."""
        return DirectoryReader(self.sessions, self.slack, self.now, self.events)
