"""The rhythm around a meeting, lived through: who gets what and when, early, late, and changed by a convener."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.pasts import ASKED_AT
from tests.support.person import CIRCLE, Json, Person, Sandbox, buttons, start_group, words
from tests.support.running import running, sandbox_settings

CLOSED_AT = datetime(2026, 9, 7, 20, tzinfo=UTC)  # Monday at three in the afternoon
AGENDA_AT = datetime(2026, 9, 8, 13, tzinfo=UTC)
FIRST = datetime(2026, 9, 8, 15, tzinfo=UTC)

Everybody = dict[str, Person]


async def message(sandbox: Sandbox, heading: str) -> Json:
    """The one post in the channel with that heading."""
    (found,) = [m for m in await sandbox.posted() if words(m["blocks"]).startswith(heading) and not m["thread_ts"]]
    return found


def at(post: Json) -> datetime:
    """To the minute."""
    return datetime.fromtimestamp(float(post["ts"]), UTC).replace(second=0, microsecond=0)


async def threads(sandbox: Sandbox) -> dict[str, list[str]]:
    """What stands below each message of the channel, by its first words."""
    posts = await sandbox.posted()
    heads = {m["ts"]: words(m["blocks"]).split(" ")[0] for m in posts}
    found: dict[str, list[str]] = {head: [] for head in heads.values()}
    for m in posts:
        if m["thread_ts"]:
            found[heads[m["thread_ts"]]].append(words(m["blocks"]))
    return found


async def answer_anonymously(*people: Person) -> None:
    for person in people:
        await person.presses("answer", channel=CIRCLE)
        assert (await person.sends(**{"answer-0": f"Quiet words of {person.name}", "sees": "anonymous"}))["ok"]
        await person.closes()


async def told_at(person: Person, said: str) -> list[datetime]:
    return [at(m) for m in await person.dms() if said in words(m["blocks"])]


async def test_what_is_approved_before_the_agenda_stands_in_it_and_so_do_late_answers_until_then(
    sandbox: Sandbox, asked: Everybody
) -> None:
    ana, ben, chen, dee, esi, farid = asked.values()
    assert at(await message(sandbox, "Before we meet")) == ASKED_AT
    await answer_anonymously(ben, chen, dee)
    await sandbox.go_to(CLOSED_AT)
    # The draft and the batch come together, when answering ends, to whoever leads.
    assert await told_at(ana, "Your agenda draft") == await told_at(ana, "There are anonymous answers") == [CLOSED_AT]
    assert not [m for m in await sandbox.posted() if words(m["blocks"]).startswith("Agenda")]
    await ana.presses("batch_read")
    assert (await ana.sends(decision="show"))["ok"]
    assert "They stand in the agenda, which I post  tomorrow at 8:00 AM" in words(await ana.sees_modal())
    await ana.closes()
    await esi.types("reflect Late and in time for the agenda")
    assert "questions' thread and on the agenda" in words(await esi.sees_modal())
    assert (await esi.sends())["ok"]
    await esi.closes()
    assert "Quiet words" not in words([m["blocks"] for m in await sandbox.posted()])
    await sandbox.go_to(AGENDA_AT)
    agenda = await message(sandbox, "Agenda")
    assert at(agenda) == AGENDA_AT
    said = words(agenda["blocks"])
    assert all(f"Quiet words of {person.name}" in said for person in (ben, chen, dee))
    assert "Late and in time for the agenda" in said
    await farid.types("reflect Too late for the agenda")
    assert "and on the agenda" not in words(await farid.sees_modal())
    assert (await farid.sends())["ok"]
    await farid.closes()
    below = await threads(sandbox)
    assert "Too late for the agenda" in " ".join(below["Before"])
    assert "Too late for the agenda" not in words((await message(sandbox, "Agenda"))["blocks"])
    assert "Quiet words" not in " ".join(below["Before"] + below["Agenda"])  # they are shown once
    shown = await farid.looks_at("responses")
    assert "Quiet words of Ben Okafor" in shown


async def test_what_is_approved_after_the_agenda_stands_in_its_thread(sandbox: Sandbox, asked: Everybody) -> None:
    ana, ben, chen, dee, *_ = asked.values()
    await answer_anonymously(ben, chen, dee)
    await sandbox.go_to(AGENDA_AT + timedelta(minutes=1))
    assert "Quiet words" not in words((await message(sandbox, "Agenda"))["blocks"])
    await ana.presses("batch_read")
    assert (await ana.sends(decision="show"))["ok"]
    assert "in the agenda's thread" in words(await ana.sees_modal())
    below = await threads(sandbox)
    assert [all(f"Quiet words of {p.name}" in said for p in (ben, chen, dee)) for said in below["Agenda"]] == [True]
    assert "Quiet words" not in " ".join(below["Before"])


async def test_an_agenda_that_is_posted_early_leaves_the_questions_alone(sandbox: Sandbox, started: Everybody) -> None:
    ana, ben, chen, *_ = started.values()
    draft = (await ana.types("agenda"), (await ana.hears())[-1])
    post = buttons(draft[1])["agenda_post"]
    assert "style" not in post  # it is not what is offered first
    await ana.presses("agenda_post", channel=CIRCLE)
    assert "The questions have not gone out yet" in words(await ana.sees_modal())
    assert (await ana.sends())["ok"]
    early = words((await message(sandbox, "Agenda"))["blocks"])
    assert "out of reach" not in early
    assert "No questions" not in early
    assert "Monday, September 7 at 3:00 PM" in early  # when answering ends
    await sandbox.go_to(ASKED_AT)
    assert at(await message(sandbox, "Before we meet")) == ASKED_AT
    assert "kept" in await ben.types("reflect In good time")
    assert "In good time" not in words((await message(sandbox, "Agenda"))["blocks"])
    await sandbox.go_to(CLOSED_AT - timedelta(minutes=1))
    assert "kept" in await chen.types("reflect In the last minute")
    await sandbox.go_to(FIRST)
    agenda = await message(sandbox, "Agenda")  # still the one
    assert "In good time" in words(agenda["blocks"])
    assert "In the last minute" in words(agenda["blocks"])


async def test_a_convener_sets_the_rhythm_and_open_rounds_keep_their_times(
    sandbox: Sandbox, started: Everybody
) -> None:
    ana, ben, *_ = started.values()
    await ben.types("")
    assert "rhythm" not in buttons(await ben.hears())
    await ana.types("")
    await ana.presses("rhythm", channel=CIRCLE)
    form = await ana.sees_modal()
    assert "holds from the meeting of  Tuesday, September 22 at 10:00 AM" in words(form)
    assert _filled(form) == {
        "working_days": "01234",
        "prompt_days": "3",
        "prompt_at": "09:00",
        "closes_days": "1",
        "closes_time": "15:00",
        "agenda_hours": "2",
        "handoff_hours": "24",
        "questions": "2",
    }
    wrong = await ana.sends(closes_days="4")
    assert set(wrong["errors"]) == {"closes_days"}
    assert set((await ana.sends(closes_days="1", agenda_hours="200"))["errors"]) == {"agenda_hours"}
    kept = await ana.sends(
        working_days=["6", "0", "1", "2", "3"], prompt_at="13:30", agenda_hours="3", closes_days="2", questions="3"
    )
    assert kept["ok"], kept
    said = words(await ana.sees_modal())
    assert "Thursday, September 17 at 1:30 PM" in said
    assert "Sunday, September 20 at 3:00 PM" in said
    assert "Tuesday, September 22 at 7:00 AM" in said
    await ana.closes()
    await sandbox.go_to(FIRST)
    assert at(await message(sandbox, "Before we meet")) == ASKED_AT
    assert at(await message(sandbox, "Agenda")) == AGENDA_AT
    await sandbox.go_to(datetime(2026, 9, 17, 18, 30, tzinfo=UTC))
    *_, second = [m for m in await sandbox.posted() if words(m["blocks"]).startswith("Before we meet")]
    assert at(second) == datetime(2026, 9, 17, 18, 30, tzinfo=UTC)
    assert words(second["blocks"]).count("Why we ask") == 3
    await ana.presses("more", second)
    assert "rhythm" in buttons((await ana.hears())[-1])
    await sandbox.go_to(datetime(2026, 9, 22, 12, tzinfo=UTC))
    *_, agenda = [m for m in await sandbox.posted() if words(m["blocks"]).startswith("Agenda")]
    assert at(agenda) == datetime(2026, 9, 22, 12, tzinfo=UTC)


def _filled(form: Json) -> dict[str, str]:
    """What a form's fields begin with."""
    found = {}
    for block in form["blocks"]:
        element: dict[str, Any] = block.get("element") or {}
        if element.get("type") == "checkboxes":
            found[block["block_id"]] = "".join(one["value"] for one in element["initial_options"])
        elif element:
            picked = element.get("initial_option") or {}
            value = element.get("initial_value") or element.get("initial_time") or picked.get("value")
            found[block["block_id"]] = str(value)
    return found


async def test_what_goes_to_one_person_waits_for_their_hours(sandbox: Sandbox, people: Everybody) -> None:
    """Esi lives in London, where it is nine in the evening when answering ends; and it is known that few are too few in
    the afternoon before, not in the night."""
    ana, ben, *_ = people.values()
    esi = people["Esi"]
    await start_group(ana, facilitation="designated", designated=esi.id)
    await sandbox.go_to(ASKED_AT)
    await answer_anonymously(esi, ben)
    await sandbox.go_to(CLOSED_AT - timedelta(minutes=1))
    assert await told_at(esi, "If fewer than 3 people have done so") == [datetime(2026, 9, 7, 15, 59, tzinfo=UTC)]
    assert await told_at(ben, "If fewer than 3 people have done so") == [datetime(2026, 9, 7, 16, tzinfo=UTC)]
    await sandbox.go_to(AGENDA_AT - timedelta(minutes=1))
    assert await told_at(esi, "Your agenda draft") == [datetime(2026, 9, 8, 8, tzinfo=UTC)]  # nine in London
    await sandbox.go_to(FIRST + timedelta(hours=2))
    assert await told_at(esi, "How did it go?") == [FIRST + timedelta(hours=1)]


async def test_a_group_that_starts_the_day_before_is_squeezed_and_told_so(sandbox: Sandbox, people: Everybody) -> None:
    ana, ben, *_ = people.values()
    await start_group(ana, first="2026-09-01")  # it is Monday at nine
    started = next(words(m["blocks"]) for m in await sandbox.posted() if "set up a learning" in words(m["blocks"]))
    assert "less time than planned: answering ends  today at 3:00 PM" in started
    assert "the agenda comes  tomorrow at 8:00 AM" in started
    assert "There is less time than planned" in words((await message(sandbox, "Before we meet"))["blocks"])
    await ben.types("reflect Quickly said")
    await sandbox.go_to(datetime(2026, 9, 1, 13, tzinfo=UTC))
    assert "Quickly said" in words((await message(sandbox, "Agenda"))["blocks"])


@pytest.mark.usefixtures("started_before")
async def test_what_was_missed_is_not_made_up_for_on_a_day_off(sandbox: Sandbox, database_url: str) -> None:
    settings = sandbox_settings(sandbox, database_url)
    await sandbox.go_to(datetime(2026, 9, 5, 16, tzinfo=UTC), leap=True)  # a Saturday; they were due on Thursday
    async with running(settings):
        await sandbox.settle()
        await sandbox.go_to(datetime(2026, 9, 7, 13, 59, tzinfo=UTC))
        assert not [m for m in await sandbox.posted() if "Before we meet" in words(m["blocks"])]
        await sandbox.go_to(CLOSED_AT - timedelta(hours=1))
    asked = await message(sandbox, "Before we meet")
    assert at(asked) == datetime(2026, 9, 7, 14, tzinfo=UTC)  # Monday at nine
    assert "This comes later than it should" in words(asked["blocks"])
