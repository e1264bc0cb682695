"""After the batch was shown, nobody finds out who wrote what, whatever they hold: no better than one in the number of
those who answered without a name."""

from collections.abc import Mapping, Sequence
from io import StringIO
from math import exp
from random import Random

import pytest

from bot.domain.anonymity import AUTHORS_ONLY
from bot.runtime.logs import set_up_logs
from storage.database import Database, open_database
from tests.anonymity.attackers import ATTACKERS, Row, Seized, by_key, by_transaction, hits, seize
from tests.anonymity.living import ENDS, Living
from tests.support.databases import look_into

SEED = 20260908
SHORT, LONG = 14, 550
"""Prompts on a database; the full form has more than a thousand on both."""


NEVER = 1e-9
"""How seldom chance alone may find as much as the bound: a test must not fail by itself."""


def most_by_chance(prompts: int) -> int:
    """As many texts as guessing finds, and what chance may add.

    However one guesses, the right pairs of `n` texts and `n` people who are as good as shuffled are one on average, a
    prompt, and about as many as Poisson's law says.
    """
    term = tail = exp(-prompts)
    most = 0
    while 1 - tail > NEVER:
        most += 1
        term *= prompts / most
        tail += term
    return most


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Many lives are on PostgreSQL, which keeps more beside each row than SQLite does; in the full form on both."""
    if "kind" in metafunc.fixturenames:
        kinds = ["sqlite", "postgresql"] if metafunc.config.getoption("--soak") else ["postgresql"]
        metafunc.parametrize("kind", kinds)


@pytest.fixture
def url(request: pytest.FixtureRequest, kind: str) -> str:
    return str(request.getfixturevalue(f"{kind}_url"))


@pytest.fixture
def many(request: pytest.FixtureRequest) -> int:
    return LONG if request.config.getoption("--soak") else SHORT


def look(database_url: str) -> Mapping[str, Sequence[Row]]:
    engine = look_into(database_url)
    with engine.connect() as connection:
        found = seize(connection)
    engine.dispose()
    return found


@pytest.fixture
def logs() -> StringIO:
    """What is logged, at the level that says most."""
    stream = StringIO()
    set_up_logs("debug", "json", stream)
    return stream


def seized_now(database_url: str, logs: StringIO) -> Seized:
    """By somebody who comes once, and has nothing older to compare with."""
    tables = look(database_url)
    return Seized(tables, tables, logs.getvalue().splitlines())


@pytest.mark.soak
@pytest.mark.long
@pytest.mark.timeout(3600)
async def test_after_it_was_shown_nobody_finds_more_authors_than_chance_does(
    url: str, logs: StringIO, many: int
) -> None:
    database = await open_database(url, deadline=60)
    chance = Random(SEED)
    lived = [Living(database, chance, number) for number in range(many)]
    lives = [await living.live() for living in lived]
    before = look(url)
    for living in lived:
        await living.goes_on()
    await database.close()
    seized = Seized(look(url), before, logs.getvalue().splitlines())
    shown = [life for life in lives if life.shown]
    texts = sum(len(life.shown) for life in shown)
    assert len(shown) > many / 2
    assert texts > 3 * len(shown)
    assert {life.end for life in lives} == set(ENDS)
    assert not any(row["key"] for row in seized.tables["prompt"])
    assert not [row for row in seized.tables["delivery"] if row["kind"] in AUTHORS_ONLY and row["meeting_id"]]
    held = {row["text"] for row in seized.tables["reflection"]}
    assert not [text for life in lives for text in life.unshown if text in held]
    found = {name: sum(hits(attacker, seized, life) for life in shown) for name, attacker in ATTACKERS.items()}
    most = most_by_chance(len(shown))
    assert most < texts / 2  # finding them all would be noticed
    assert {name: hit for name, hit in found.items() if hit > most} == {}
    assert found.keys() == ATTACKERS.keys()


async def test_the_attackers_do_find_out_where_it_is_not_hidden(
    database: Database, database_url: str, logs: StringIO
) -> None:
    """Before answering ends, with the key in hand; on PostgreSQL the order of rows alone is enough."""
    chance = Random(SEED)
    lives = [await Living(database, chance, number).while_open() for number in range(3)]
    seized = seized_now(database_url, logs)
    texts = sum(len(life.shown) for life in lives)
    assert texts >= 6
    assert sum(hits(by_key, seized, life) for life in lives) == texts
    if "postgresql" in database_url:
        assert sum(hits(by_transaction, seized, life) for life in lives) == texts


async def test_thanks_lead_to_their_author_as_long_as_the_key_lives(
    database: Database, database_url: str, logs: StringIO
) -> None:
    """One text thanked for and one person told, in each prompt: found every time; and in the log not even then."""
    chance = Random(SEED)
    lives = [await Living(database, chance, number).until_thanked() for number in range(4)]
    seized = seized_now(database_url, logs)
    alone = [life for life in lives if len(life.thanked) == 1]
    assert alone
    for life in alone:
        ((said, person),) = ((s, p) for s, p in ATTACKERS["by_thanks"](seized, life).items() if s in life.thanked)
        assert life.truth[said] == person
    assert not [line for line in seized.logs if "thank" in line]


def test_the_bound_is_what_chance_finds_and_a_little_more() -> None:
    lives, most = 60, most_by_chance(60)
    chance, worst = Random(SEED), 0
    for _ in range(300):
        found = 0
        for _ in range(lives):
            people = list(range(chance.randint(3, 30)))
            found += sum(a == b for a, b in enumerate(chance.sample(people, len(people))))
        worst = max(worst, found)
    assert lives < worst < most < 2.2 * lives
