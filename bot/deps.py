"""What a handler is given."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.charter import Rhythm
from bot.metrics import Metrics
from bot.services.opening import Asker
from storage.engine import Sessions


@dataclass(frozen=True)
class Deps:
    """The parts that a handler works with; `wake` asks the tick to run soon."""

    sessions: Sessions
    now: Callable[[], datetime]
    slack: AsyncWebClient
    asker: Asker
    rhythm: Rhythm
    wake: Callable[[], None]
    metrics: Metrics
