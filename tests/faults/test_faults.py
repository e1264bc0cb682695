"""The short form: every named step once on each database, and what happens around a process that lives on."""

from dataclasses import replace
from typing import Any

import pytest

from tests.faults.judge import Verdict
from tests.faults.killing import Tally
from tests.faults.outages import TRIALS
from tests.faults.report import Row, as_table, is_good
from tests.faults.run import DATABASES, killing, outage
from tests.faults.steps import STEPS

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]  # where other things are going on, too

SEED = 20260831
PATIENCE = 10
"""Seconds: on a machine where much else is going on people are confirmed something, too."""
IN_SHORT = [
    ("sqlite", "disk full", 2),
    ("postgresql", "database gone", 2),
]


def assert_good(row: Row) -> None:
    assert is_good([row]), row.as_json()


@pytest.mark.parametrize("kind", DATABASES)
async def test_killed_at_every_named_step_it_loses_doubles_and_misses_nothing(kind: str, server: str) -> None:
    row = await killing(kind, server, SEED, len(STEPS), 2, lambda _words: None, PATIENCE)
    assert_good(row)
    assert sum(row.tally.kills.values()) == len(STEPS)


@pytest.mark.parametrize(("kind", "name", "seconds"), IN_SHORT)
async def test_what_goes_wrong_around_it_leaves_everything_there_once(
    kind: str, name: str, seconds: float, server: str
) -> None:
    trial = next(trial for trial in TRIALS if trial.name == name)
    assert_good(await outage(trial, kind, server, SEED, 2, seconds))


def killed(**tally: Any) -> Row:
    return Row("killed", "sqlite", replace(Tally(confirmed=1, verdict=Verdict(posts=1000)), **tally), 1)


def test_one_post_in_a_thousand_may_be_held_and_none_doubled() -> None:
    assert is_good([killed(held=1)])
    assert "| killed | sqlite | 0 | 1000 | 1 | 0 | 0 | 0 | 1 |" in as_table([killed(held=1)])
    assert not is_good([killed(held=2)])
    assert not is_good([killed(verdict=Verdict(posts=1000, doubled=["a post"]))])


def test_where_there_was_nothing_to_lose_nothing_was_shown() -> None:
    assert is_good([killed()])
    assert not is_good([killed(), killed(confirmed=0)])
    assert not is_good([killed(), killed(verdict=Verdict())])
