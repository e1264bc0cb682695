"""Home, as people open it: of nobody's group, of one, of very many; up to date by itself, and quiet otherwise."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from tests.support.databases import look_into
from tests.support.pasts import ASKED_AT
from tests.support.person import CIRCLE, SUPERVISORS, Json, Person, Sandbox, buttons, start_group, words
from tests.support.running import running, sandbox_settings

FIRST = datetime(2026, 9, 8, 15, tzinfo=UTC)

Everybody = dict[str, Person]


BOTH = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """SQLite, and both kinds where a test says so."""
    return str(request.getfixturevalue(f"{getattr(request, 'param', 'sqlite')}_url"))


async def stands(person: Person) -> str:
    """What somebody's Home shows, without opening it."""
    await person.sandbox.settle()
    return words((await person.sandbox.state(person.id))["home"])


async def published(sandbox: Sandbox, person: Person) -> list[Json]:
    return [call for call in await sandbox.calls("views.publish") if call["args"]["user_id"] == person.id]


async def test_home_says_what_is_there_in_the_order_of_what_is_pressing(sandbox: Sandbox, started: Everybody) -> None:
    ana, ben, *_ = started.values()
    await ana.home()
    assert "The next questions come" in await stands(ana)
    await sandbox.go_to(ASKED_AT)
    await ben.home()
    await ben.presses_on_home("answer")
    await ben.sends(**{"answer-0": "Slowing down"})
    await ben.closes()
    said = await stands(ben)
    order = [
        "Open for you",
        "You can change it",
        "Your next meetings",
        "@U0ANA",
        "What you wrote lately",
        "Help",
    ]
    assert sorted(order, key=said.find) == order, said
    assert "Slowing down" in said
    await sandbox.go_to(FIRST - timedelta(hours=19))  # when answering ends
    said = await stands(ana)
    order = [
        "Nothing is open for you",
        "Your next meetings",
        "You lead it",
        "Yours to prepare",
        "your agenda draft is ready",
    ]
    assert sorted(order, key=said.find) == order, said


async def test_somebody_in_no_group_is_told_what_this_is_and_can_begin(sandbox: Sandbox, people: Everybody) -> None:
    ana, ben, dee = [people[name] for name in ("Ana", "Ben", "Dee")]
    view = await ben.home()
    assert "You can start one in #learning-circle" in words(view)
    await sandbox.must("channel", op="rename", channel=CIRCLE, name="practice")
    assert "You can start one in #practice" in await stands(ben)
    await sandbox.must("channel", op="rename", channel=CIRCLE, name="learning-circle")
    view = await ben.home()
    assert buttons(view).keys() == {"home_start", "home_help"}
    await ben.presses_on_home("home_help")
    assert "/collab reflect" in words(await ben.sees_modal())
    await ben.closes()
    await ben.presses_on_home("home_start")
    assert "New group" in words(await ben.sees_modal())
    await ben.closes()
    await start_group(ana, members=[ana.id, dee.id])
    said = words(await ben.home())
    assert "Trauma-informed care in #learning-circle" in said
    assert "supervisors" not in said  # a private channel that Ben is not in


async def test_a_channel_that_was_archived_while_the_bot_was_away_is_not_offered_any_more(
    sandbox: Sandbox, database_url: str
) -> None:
    settings = sandbox_settings(sandbox, database_url)
    async with running(settings):
        ben = (await sandbox.people())["Ben"]
        assert "You can start one in #learning-circle" in words(await ben.home())
    await sandbox.must("channel", op="archive", channel=CIRCLE)
    async with running(settings):
        assert "#learning-circle" not in await stands(ben)


async def test_every_button_on_home_leads_somewhere(sandbox: Sandbox, asked: Everybody) -> None:
    ana = asked["Ana"]
    await ana.types("reflect By doing")
    for moment in (ASKED_AT, FIRST - timedelta(hours=19), FIRST + timedelta(hours=2)):
        await sandbox.go_to(moment)
        for action in buttons(await ana.home()):
            answer = await ana.presses_on_home(action)
            assert answer["ok"], action
            assert "not work" not in words(await ana.sees_modal()), action
            await ana.closes()


@BOTH
async def test_it_is_up_to_date_without_being_opened_again(sandbox: Sandbox, started: Everybody) -> None:
    ana, ben, *_ = started.values()
    await ben.home()
    await sandbox.go_to(ASKED_AT)
    assert "Open for you" in await stands(ben)
    assert "Read the answers" not in await stands(ben)
    await ben.types("reflect Slowing down")
    assert "Slowing down" in await stands(ben)
    await ben.presses("withdraw")
    assert "Slowing down" not in await stands(ben)
    await ben.types("pass")
    assert "you took part" in await stands(ben)
    await sandbox.go_to(FIRST - timedelta(hours=1))
    assert "Nothing is open for you" in await stands(ben)
    assert "Read the answers" in await stands(ben)
    await ana.home()
    await sandbox.go_to(FIRST + timedelta(hours=1, minutes=5))
    assert "how did it go?" in await stands(ana)
    await ana.presses_on_home("notes")
    await ana.sends(notes="We agreed to begin with a check-in.")
    await ana.sends()
    await ana.closes()
    assert "how did it go?" not in await stands(ana)
    assert "The next questions come" in await stands(ben)
    assert "Read the answers" in await stands(ben)  # to what was asked last
    await sandbox.must("channel", op="leave", channel=CIRCLE, person=ben.id)
    assert "Your next meetings" not in await stands(ben)
    assert "Read the answers" not in await stands(ben)


async def test_nobody_else_hears_that_somebody_answered(sandbox: Sandbox, started: Everybody) -> None:
    """Not even from the hour at which their Home changed."""
    ana, *others = started.values()
    for person in started.values():
        await person.home()
    await sandbox.go_to(ASKED_AT)
    before = len(await published(sandbox, ana)), await stands(ana)
    for person in others:
        await person.presses("answer", channel=CIRCLE)
        await person.sends(**{"answer-0": "What we say to each other"}, sees="anonymous")
        await person.closes()
        assert "you took part" in await stands(person)
        await sandbox.go_on(60)
    assert (len(await published(sandbox, ana)), await stands(ana)) == before


@pytest.mark.usefixtures("started_before")
async def test_many_changes_are_one_publication_and_no_change_is_none(sandbox: Sandbox, database_url: str) -> None:
    async with running(sandbox_settings(sandbox, database_url, message_seconds=1)):
        ben = (await sandbox.people())["Ben"]
        await sandbox.go_to(ASKED_AT)
        await ben.home()
        start = len(await published(sandbox, ben))
        for number in range(5):
            await ben.types(f"park Topic {number}")  # which is not on Home
        assert len(await published(sandbox, ben)) == start
        for number in range(4):
            await ben.presses("answer", channel=CIRCLE)
            await ben.sends(**{"answer-0": f"Answer {number}"})
            await ben.closes()
        assert len(await published(sandbox, ben)) < start + 4
        while "Answer 3" not in await stands(ben):
            await sandbox.go_on(1)


@pytest.mark.parametrize("kind", ["ratelimited", "served_then_500", "reset"])
async def test_what_slack_does_not_take_is_published_a_little_later(
    sandbox: Sandbox, started: Everybody, kind: str
) -> None:
    ana, ben, *_ = started.values()
    await ben.home()
    await sandbox.fail("views.publish", kind)
    await sandbox.go_to(ASKED_AT)
    while "Open for you" not in await stands(ben):
        await sandbox.go_on(4)
    await sandbox.fail("views.publish", kind)
    await sandbox.must("home", **{"as": ana.id})
    while "Open for you" not in await stands(ana):
        await sandbox.go_on(4)


async def test_where_slack_shows_no_home_it_is_not_tried_again(sandbox: Sandbox, started: Everybody) -> None:
    _, ben, *_ = started.values()
    await ben.home()
    await sandbox.fail("views.publish", "error:not_enabled")
    await sandbox.go_to(ASKED_AT)
    tried = len(await published(sandbox, ben))
    await ben.types("reflect Slowing down")
    assert len(await published(sandbox, ben)) == tried


@pytest.mark.usefixtures("started_before")
async def test_a_home_that_nobody_opened_for_long_is_let_be(sandbox: Sandbox, database_url: str) -> None:
    async with running(sandbox_settings(sandbox, database_url, home_days=2)):
        ben = (await sandbox.people())["Ben"]
        await ben.home()
        await sandbox.go_to(ASKED_AT)
        assert "Nothing is open" in await stands(ben)
        await ben.home()
        assert "Open for you" in await stands(ben)
    engine = look_into(database_url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT person_id FROM home")).scalars().all() == [ben.id]
    engine.dispose()


async def test_pages_are_turned_and_stay_turned(sandbox: Sandbox, started: Everybody) -> None:
    ana = started["Ana"]
    dee = started["Dee"]
    await start_group(ana, channel=SUPERVISORS, members=[ana.id, dee.id], name="Supervisors")
    for number in range(8):
        await sandbox.must("channel", op="create", channel=f"C0MORE{number}", name=f"more-{number}", person=ana.id)
        await sandbox.must("channel", op="join", channel=f"C0MORE{number}", person=dee.id)
        await sandbox.must("channel", op="join", channel=f"C0MORE{number}", person="U0COLLAB")
        await sandbox.settle()
        await start_group(ana, channel=f"C0MORE{number}", members=[ana.id, dee.id], name=f"Circle {number}")
    await sandbox.go_to(ASKED_AT)
    view = await ana.home()
    assert "Page 1 of 2, 10 in all" in words(view)
    assert "home_earlier" not in buttons(view)
    await ana.presses_on_home("home_more", value=None)
    turned = await stands(ana)
    assert "Page 2 of 2, 10 in all" in turned
    await ana.presses_on_home("answer")
    await ana.sends(**{"answer-0": "Slowing down"})
    await ana.closes()
    assert "you took part" in await stands(ana)
    assert "Page 2 of 2, 10 in all" in await stands(ana)
