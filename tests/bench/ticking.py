"""The bot's own parts on a database, in this process: what handlers are given, and a tick."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from random import Random
from uuid import uuid4

from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery.tick import Capacity, Tick
from bot.deps import Deps
from bot.domain.charter import Rhythm
from bot.runtime.metrics import Metrics
from bot.services.answer_requests import save_all
from bot.services.claims import LeasePolicy
from bot.services.round_opening import QuestionSource
from handlers.capabilities import CAPABILITIES
from handlers.capability import delivery_types, due_steps
from prompts.bank import load_bank
from storage.database import open_database
from storage.group_commit import GroupCommit

NOWHERE = "http://127.0.0.1:9"
"""Nothing listens there: for what must not call Slack at all."""


def real_time() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def parts(
    database_url: str, slack: str = NOWHERE, now: Callable[[], datetime] = real_time
) -> AsyncIterator[Deps]:
    """What the bot puts together at its start; the database is made where there is none."""
    database = await open_database(database_url)
    try:
        yield Deps(
            sessions=database.sessions,
            now=now,
            slack=AsyncWebClient("xoxb-bench", base_url=f"{slack}/api/", retry_handlers=[]),
            questions=QuestionSource(load_bank(), Random(7)),
            rhythm=Rhythm(),
            wake=lambda: None,
            metrics=Metrics(),
            answers=GroupCommit(
                database.sessions, lambda session, requests: save_all(session, requests, now()), key=lambda one: one.key
            ),
        )
    finally:
        await database.close()


def ticking(deps: Deps, between: float = 1, posts_a_minute: int = 200) -> Tick:
    return Tick(
        deps,
        delivery_types(CAPABILITIES),
        due_steps(CAPABILITIES),
        LeasePolicy(uuid4().hex, 60, between),
        Capacity(posts_a_minute=posts_a_minute),
    )
