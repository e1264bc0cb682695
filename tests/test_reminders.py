"""Reminders and settings: each for themselves, in their own hours, and nobody learns of it."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from sqlalchemy import text

from tests.support.databases import look_into
from tests.support.pasts import ASKED_AT
from tests.support.person import CIRCLE, Person, Sandbox, buttons, start_group, words

FIRST = datetime(2026, 9, 8, 15, tzinfo=UTC)  # Tuesday, ten o'clock in Chicago; answering ends on Monday at three
HEADS = "Would you like to say something"

Everybody = dict[str, Person]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


async def reminded(person: Person) -> list[str]:
    return [words(m["blocks"]) for m in await person.dms() if HEADS in words(m["blocks"])]


async def closed(person: Person) -> list[str]:
    """What reminders say when answering has ended."""
    return [words(m["blocks"]) for m in await person.dms() if "Answering has ended" in words(m["blocks"])]


async def chooses(person: Person, **values: object) -> None:
    await person.types("settings")
    answer = await person.sends(**values)
    assert answer["ok"], answer
    await person.closes()


async def test_one_reminder_comes_in_each_ones_own_hours_and_only_to_those_who_need_it(
    sandbox: Sandbox, people: Everybody, database_url: str, logs: StringIO
) -> None:
    ana, ben, chen, dee, esi, farid = people.values()
    await start_group(ana)
    await chooses(dee, reminders="none")
    await chooses(esi, away="2026-09-09")
    await sandbox.must("people", op="stranger", person=farid.id, value=True)
    await sandbox.go_to(ASKED_AT)
    await ben.types("reflect I was quick")
    await chen.presses("pass", channel=CIRCLE)
    await sandbox.go_to(datetime(2026, 9, 7, 15, 1, tzinfo=UTC))  # Monday, ten o'clock in Chicago
    (said,) = await reminded(ana)
    for one in (ben, chen, dee, esi, farid):
        assert await reminded(one) == []
        assert one.name not in said
        assert one.id not in said
    await sandbox.go_to(FIRST - timedelta(hours=2))
    assert len(await closed(ana)) == 1
    assert await reminded(ana) == []  # nobody is asked for what can't be given any more
    lines = [line for line in logs.getvalue().splitlines() if '"kind": "reminder"' in line]
    assert lines
    assert not [line for line in lines for one in people.values() if one.id in line]
    engine = look_into(database_url)
    with engine.connect() as connection:
        left = connection.scalar(text("SELECT count(*) FROM delivery WHERE kind IN ('reminder', 'invitation')"))
    engine.dispose()
    assert left == 0  # when answering has ended nobody can tell from it who had answered


async def test_a_reminder_is_answered_where_it_stands_and_stopped_by_one_button(
    sandbox: Sandbox, started: Everybody
) -> None:
    ana, ben, chen, *_ = started.values()
    await chooses(ben, reminders="twice")
    await sandbox.go_to(datetime(2026, 9, 7, 15, tzinfo=UTC))
    assert [len(await reminded(one)) for one in (ana, ben, chen)] == [1, 1, 1]
    await chen.presses("pass")
    assert "nobody sees who did" in words((await chen.dms())[-1]["blocks"])
    await ana.presses("answer")
    assert (await ana.sends(**{"answer-0": "From my DM"}))["ok"]
    await ana.closes()
    await ben.presses("reminders_stop")
    assert "I don't remind you any more" in words((await ben.dms())[-1]["blocks"])
    await ben.types("settings")
    assert buttons((await ben.sees_modal())["blocks"])["reminders"]["initial_option"]["value"] == "none"
    await ben.closes()
    await ben.presses("reminders_go_on")
    assert "once, half-way" in words((await ben.dms())[-1]["blocks"])
    await sandbox.go_to(FIRST)
    assert len(await closed(ben)) == 1  # light now, and that one had come


async def test_the_second_comes_before_the_end_and_one_follows_its_person_into_another_zone(
    sandbox: Sandbox, people: Everybody
) -> None:
    ana, ben, chen, *_ = people.values()
    await start_group(ana)  # answering ends on Monday at three
    await chooses(ben, reminders="twice")
    await sandbox.go_to(ASKED_AT)  # half-way to the end is Saturday, so it comes on Friday before the day's work ends
    await sandbox.must("people", op="zone", person=ana.id, tz="Asia/Kolkata")
    await sandbox.go_to(datetime(2026, 9, 4, 11, 28, tzinfo=UTC))
    assert await reminded(ana) == []
    await sandbox.go_to(datetime(2026, 9, 4, 11, 30, tzinfo=UTC))  # five o'clock in Kolkata
    assert [len(await reminded(one)) for one in (ana, ben)] == [1, 0]
    await sandbox.go_to(datetime(2026, 9, 4, 21, 0, tzinfo=UTC))  # five o'clock in New York
    assert [len(await reminded(one)) for one in (ben, chen)] == [1, 0]
    await sandbox.must("people", op="zone", person=chen.id, tz="Asia/Kolkata")  # where Friday is over
    await sandbox.go_to(datetime(2026, 9, 7, 4, 59, tzinfo=UTC))  # still Sunday in Chicago, a day off
    assert await reminded(chen) == []
    await sandbox.go_to(datetime(2026, 9, 7, 5, 1, tzinfo=UTC))
    assert len(await reminded(chen)) == 1
    await sandbox.go_to(datetime(2026, 9, 7, 15, 59, tzinfo=UTC))
    assert len(await reminded(ben)) == 1
    await sandbox.go_to(datetime(2026, 9, 7, 16, 1, tzinfo=UTC))  # four hours before answering ends
    assert [len(await reminded(one)) for one in (ana, ben, chen)] == [1, 2, 1]


async def test_the_questions_come_by_direct_message_to_those_who_chose_it(sandbox: Sandbox, started: Everybody) -> None:
    _, ben, chen, *_ = started.values()
    for one in (ben, chen):
        await chooses(one, where="dm")
    await chooses(chen, away="2026-09-06")
    await sandbox.go_to(ASKED_AT)
    assert [len(await one.dms()) for one in (ben, chen)] == [1, 0]
    (asked,) = await ben.dms()
    assert "asks, before" in words(asked["blocks"])
    await ben.presses("answer", asked)
    assert (await ben.sends(**{"answer-0": "Straight from here"}))["ok"]
    assert "Straight from here" in await ben.mine()


async def test_settings_that_have_no_meaning_keep_the_form_open(people: Everybody) -> None:
    ben = people["Ben"]
    await ben.types("settings")
    answer = await ben.sends(begins="09:00", ends="09:00")
    assert "Pick another one" in answer["errors"]["ends"]
    answer = await ben.sends(begins="08:00", ends="16:30", away="2026-08-30")
    assert "not to come" in answer["errors"]["away"]
    assert (await ben.sends(away="2026-09-02", reminders="twice"))["ok"]
    said = words(await ben.sees_modal())
    assert "8:00 AM to 4:30 PM, Monday to Friday, Eastern Time" in said
    assert "Wednesday, September 2" in said


async def test_a_nights_work_and_a_week_that_begins_on_sunday_can_be_chosen_and_are_kept(people: Everybody) -> None:
    ben = people["Ben"]
    await ben.types("settings")
    assert (await ben.sends(begins="22:00", ends="06:00", days=["6", "0", "1", "2", "3"]))["ok"]
    assert "10:00 PM to 6:00 AM the next day, Sunday to Thursday, Eastern Time" in words(await ben.sees_modal())
    await ben.closes()
    await ben.types("settings")
    shown = buttons((await ben.sees_modal())["blocks"])
    assert {option["value"] for option in shown["days"]["initial_options"]} == {"0", "1", "2", "3", "6"}
    assert [shown[name]["initial_time"] for name in ("begins", "ends")] == ["22:00", "06:00"]
