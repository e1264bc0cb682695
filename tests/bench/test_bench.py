"""Every measurement of `make bench`, once, at its smallest: it measures something, and what it measures was done."""

import math
from collections.abc import Awaitable, Callable

import pytest

from tests.bench.answering import answering
from tests.bench.drain import drain
from tests.bench.hanging import hanging
from tests.bench.idle import idle
from tests.bench.lists import lists
from tests.bench.memory import memory
from tests.bench.report import Row, as_table
from tests.bench.starting import starting
from tests.bench.year import year

SMALL: dict[str, Callable[[str], Awaitable[list[Row]]]] = {
    "answering": lambda kind: answering(kind, "", groups=2),
    "hanging": lambda _kind: hanging(seconds=1, rate=40),
    "idle": lambda kind: idle(kind, "", few=10, many=100, ticks=2),
    "drain": lambda kind: drain(kind, "", groups=6, workspaces=2, posts_a_minute=5),
    "lists": lambda kind: lists(kind, "", few=50, many=200, times=1),
    "memory": lambda kind: memory(kind, "", few=100, many=200, hours=3),
    "starting": lambda kind: starting(kind, "", starts=1),
    "year": lambda kind: year(kind, "", meetings=3, times=2),
}


SOME = ("lists", "idle", "drain", "year")
"""What the others stand on too: databases that are filled, a bot beside them, a report. The rest take seconds each."""


@pytest.mark.parametrize(
    "name", [name if name in SOME else pytest.param(name, marks=pytest.mark.soak_only) for name in SMALL]
)
async def test_it_measures_what_was_really_done(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLLAB_SAVE_SECONDS", "60")  # how quick it is, is for the full form to say
    rows = await SMALL[name]("sqlite")
    assert rows
    assert all(math.isfinite(row.ratio) and row.ratio >= 0 and row.beside for row in rows)


def test_the_table_says_which_figure_is_not_reached() -> None:
    rows = [
        Row("one", "other", 1.2, 1.5),
        Row("slow", "other", 1.6, 1.5),
        Row("answers", "other", 0.4, 0.5, at_least=True),
    ]
    marks = [line.split("|")[5].strip() for line in as_table(rows).splitlines()[2:]]
    assert marks == ["yes", "**no**", "**no**"]
