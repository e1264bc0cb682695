"""What happens before a person's doing is acknowledged, in order: one transaction, and nothing is asked of Slack.

Slack takes an acknowledgement for three seconds. That they are enough is not measured, which a busy machine would
decide, but counted: whatever could take long comes after it.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from sandbox.sandbox import Sandbox as Workspace
from sandbox.sandbox import make_sandbox
from sandbox.sockets import Sockets
from sandbox.world import Json
from tests.support.person import CIRCLE, Person, start_group
from tests.support.running import MONDAY, be_patient, running, sandbox_settings, serving_sandbox

ACKNOWLEDGED, WRITES, READS = "acknowledged", "writes", "reads"


class WatchedSockets(Sockets):
    """Writes down when something is acknowledged."""

    seen: list[str]

    def _take(self, raw: str) -> None:
        super()._take(raw)
        if "envelope_id" in json.loads(raw):
            self.seen.append(ACKNOWLEDGED)


class Watched(Workspace):
    """Writes down what Slack is asked for."""

    seen: list[str]

    def record(self, method: str, args: Json) -> Json:
        self.seen.append(method)
        return super().record(method, args)


def watched() -> Watched:
    plain = make_sandbox(MONDAY)
    whole = Watched(plain.world, plain.clock, plain.activity, WatchedSockets(), plain.manifest)
    be_patient(whole)
    whole.seen = whole.sockets.seen = []  # type: ignore[attr-defined]  # one list, so that it tells the order
    return whole


@pytest.fixture
async def life(sqlite_url: str) -> AsyncIterator[tuple[list[str], dict[str, Person]]]:
    """A group whose first questions are open; and what is seen of all that happens."""
    whole = watched()

    def begins(connection: Connection) -> None:
        writes = connection.get_execution_options().get("sqlite_begin") is not None
        whole.seen.append(WRITES if writes else READS)

    event.listen(Engine, "begin", begins)
    async with serving_sandbox(whole) as sandbox, running(sandbox_settings(sandbox, sqlite_url)):
        people = await sandbox.people()
        await start_group(people["Ana"])
        await sandbox.must("clock", to="2026-09-03T14:00:00+00:00")
        yield whole.seen, people
    event.remove(Engine, "begin", begins)


Doing = Callable[[dict[str, Person]], Awaitable[Any]]

DOINGS: dict[str, Doing] = {
    "a command that writes": lambda people: people["Ben"].types("reflect Slowing down"),
    "a command that is answered in words": lambda people: people["Ben"].types(""),
    "a command that opens a form": lambda people: people["Chen"].types("reflect"),
    "sending that form": lambda people: people["Chen"].sends(**{"answer-0": "By asking first"}),
    "a button that writes": lambda people: people["Dee"].presses("pass", channel=CIRCLE),
    "a button that opens a form": lambda people: people["Esi"].presses("answer", channel=CIRCLE),
    "sending a form that was changed": lambda people: people["Esi"].sends(
        **{"answer-0": "Quietly", "sees": "anonymous"}
    ),
    "a shortcut": lambda people: people["Farid"].uses("answer_anywhere"),
    "a button on Home": lambda people: people["Ben"].presses_on_home("home_mine"),
}


WRITING = {"a command that writes", "sending that form", "a button that writes", "sending a form that was changed"}


async def test_before_it_acknowledges_there_is_one_transaction_and_slack_is_asked_for_nothing(
    life: tuple[list[str], dict[str, Person]],
) -> None:
    seen, people = life
    await people["Ben"].home()
    for what, do in DOINGS.items():
        await people["Ana"].sandbox.settle()
        seen.clear()
        await do(people)
        before = seen[: seen.index(ACKNOWLEDGED)]
        assert set(before) <= {READS, WRITES}, (what, before)
        assert before.count(WRITES) == (what in WRITING), (what, before)
        # One of its own, and what looks for things that are due, which the one before has woken, may read meanwhile.
        assert 1 <= len(before) <= 6, (what, before)
