"""A group's first two meetings, from the first command to the second handover, with no browser."""

from datetime import UTC, datetime
from io import StringIO

import pytest

from bot.domain.questions import Stage
from prompts.bank import load_bank
from tests.support.pasts import ASKED_AT
from tests.support.person import CIRCLE, Person, Sandbox, buttons, start_group, words

FIRST, SECOND = datetime(2026, 9, 8, 15, tzinfo=UTC), datetime(2026, 9, 22, 15, tzinfo=UTC)

Everybody = dict[str, Person]


@pytest.fixture(params=["socket", "http"])
def way_in(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def posted(sandbox: Sandbox, heading: str) -> str:
    """The one post in the channel with a heading, as words."""
    found = [words(m["blocks"]) for m in await sandbox.posted() if heading in words(m["blocks"])]
    assert len(found) == 1, (heading, len(found))
    return found[0]


WRITTEN = (
    "by *doing* it",
    "Quietly",
    "greet newcomers",
    "check-in",
    "Burnout",
    "Slowing down",
    "after a crisis",
    "Better late",
)


async def test_two_meetings(sandbox: Sandbox, people: Everybody, logs: StringIO) -> None:
    ana, *others = people.values()
    ben, chen, dee = others[:3]
    await it_offers_to_start(ana)
    await start_group(ana)
    await it_says_what_was_set_up(sandbox, ana)

    await sandbox.go_to(ASKED_AT)
    first_questions = await it_asks(sandbox)
    assert load_bank().first.text in first_questions[0]
    await they_answer(ana, ben, chen, dee)
    await the_facilitator_prepares(sandbox, ana, ben)

    await sandbox.go_to(datetime(2026, 9, 8, 13, tzinfo=UTC))
    await the_agenda_is_posted(sandbox, dee)
    await sandbox.go_to(datetime(2026, 9, 8, 16, tzinfo=UTC))
    following = await it_is_handed_on(sandbox, ana)

    await sandbox.go_to(datetime(2026, 9, 17, 14, tzinfo=UTC))
    second_questions = await it_asks(sandbox, after=len(first_questions))
    assert not set(first_questions) & set(second_questions)
    await following.types("reflect Slowing down before I answer")
    await sandbox.go_to(datetime(2026, 9, 22, 13, tzinfo=UTC))
    await sandbox.go_to(datetime(2026, 9, 23, 17, tzinfo=UTC))  # nobody wrote notes: it is handed on all the same
    handoffs = [words(m["blocks"]) for m in await sandbox.posted() if "Handing over" in words(m["blocks"])]
    assert len(handoffs) == 2
    assert f"@{following.id}" in handoffs[1]

    kinds = [words(m["blocks"]).split(" ", 2)[0] for m in await sandbox.posted() if not m.get("thread_ts")]
    assert len(kinds) == 1 + 2 * 3, kinds  # what was set up, and three messages a meeting
    logged = logs.getvalue()
    assert '"event": "delivery"' in logged
    assert [words_ for words_ in (*WRITTEN, "xoxb-", "xapp-") if words_ in logged] == []


async def it_offers_to_start(ana: Person) -> None:
    said = await ana.types("")
    assert "No collaborative lives in this channel yet" in said
    assert (await ana.presses("start", channel=CIRCLE))["ok"]
    assert (await ana.sees_modal())["callback_id"] == "start_what"
    await ana.closes()


async def it_says_what_was_set_up(sandbox: Sandbox, ana: Person) -> None:
    said = await posted(sandbox, "set up a learning collaborative")
    for part in (
        "Trauma-informed care",
        "what helps after a crisis",
        f"@{ana.id}",
        "every two weeks on Tuesday at 10:00 AM, Central Time, 60 minutes",
        "Tuesday, September 8 at 10:00 AM",
        "leads the first one; then we take turns",
        "Room 4",
        "Thursday, September 3 at 9:00 AM",
    ):
        assert part in said


async def it_asks(sandbox: Sandbox, after: int = 0) -> list[str]:
    """The questions of the newest prompt."""
    prompts = [m for m in await sandbox.posted() if "Before we meet" in words(m["blocks"])]
    asked = [words(block) for block in prompts[-1]["blocks"] if words(block).strip().endswith("?")]
    reasons = [words(block) for block in prompts[-1]["blocks"] if "Why we ask" in words(block)]
    assert 1 <= len(asked) == len(reasons) <= 3
    assert "answer" in buttons(prompts[-1]["blocks"])
    assert {"Open until"} <= {words(b)[:10] for b in prompts[-1]["blocks"]}
    assert len(prompts) == (2 if after else 1)
    return asked


async def they_answer(ana: Person, ben: Person, chen: Person, dee: Person) -> None:
    said = await ben.types("reflect I learn best by *doing* it with somebody @channel")
    assert "by *doing* it with somebody @channel" in said
    assert "The group, with my name" in said
    assert {"answer_edit", "withdraw", "sees"} <= set(buttons((await ben.reads())[-1]["blocks"]))

    await chen.presses("answer", channel=CIRCLE)
    form = await chen.sees_modal()
    assert f"Only {ana.name} sees it" in words(form)
    assert "erased unread" in words(form)
    answer = await chen.sends(**{"answer-0": "Quietly, with a book", "sees": "facilitator"})
    assert answer["ok"], answer
    assert "Quietly, with a book" in words(await chen.sees_modal())
    await chen.closes()

    assert (await dee.presses("pass", channel=CIRCLE))["ok"]
    assert "nobody sees who" in words((await dee.reads())[-1]["blocks"])


async def the_facilitator_prepares(sandbox: Sandbox, ana: Person, ben: Person) -> None:
    parked = await ben.types("park How do we greet newcomers?")
    assert "Parked." in parked
    draft = await ana.types("agenda")
    assert "Your draft" in draft
    assert "@channel" in draft
    assert "Quietly, with a book" in draft  # for her alone, and she is the facilitator
    assert "How do we greet newcomers?" in draft
    minutes = [int(word) for word, unit in zip(draft.split(), draft.split()[1:], strict=False) if unit == "min"]
    assert sum(minutes) == 60
    waiting = await ben.types("agenda")
    assert "The agenda comes into the channel" in waiting
    assert "Quietly" not in waiting

    await sandbox.go_to(datetime(2026, 9, 7, 20, tzinfo=UTC))
    notes = [words(m["blocks"]) for m in await ana.dms()]
    assert any("You lead the next meeting" in said for said in notes)
    assert any("Your agenda draft for" in said and "is ready" in said for said in notes)


async def the_agenda_is_posted(sandbox: Sandbox, dee: Person) -> None:
    agenda = next(words(m["blocks"]) for m in await sandbox.posted() if words(m["blocks"]).startswith("Agenda"))
    assert "by *doing* it with somebody @channel" in agenda
    assert "Quietly" not in agenda
    assert "How do we greet newcomers?" in agenda
    prompt = next(m for m in await sandbox.posted() if "Before we meet" in words(m["blocks"]))
    assert "Answering has ended. 3 people took part." in words(prompt["blocks"])
    await dee.types("reflect Better late than never")
    assert "Answering has ended, so this comes late" in words(await dee.sees_modal())
    assert (await dee.sends())["ok"]
    await dee.closes()
    assert "Better late than never" in words((await sandbox.posted())[-1]["blocks"])


async def it_is_handed_on(sandbox: Sandbox, ana: Person) -> Person:
    """Who leads next."""
    assert any("How did it go?" in words(m["blocks"]) for m in await ana.dms())
    await ana.presses("notes")
    answer = await ana.sends(notes="We agreed to start with a check-in.", topics="Burnout\nWho else to invite")
    assert answer["ok"], answer
    assert (await ana.sends())["ok"]
    await ana.closes()
    said = await posted(sandbox, "Handing over")
    everybody = (await sandbox.people()).values()
    following = next(p for p in everybody if f"led by  @{p.id}" in said)
    assert following.id != ana.id
    for part in (f"@{ana.id}", "start with a check-in", "Tuesday, September 22 at 10:00 AM", "Burnout"):
        assert part in said
    packet = words([m["blocks"] for m in await following.dms()])
    assert "You lead the next meeting" in packet
    assert "start with a check-in" in packet
    assert "Who else to invite" in packet
    assert "How do we greet newcomers?" in packet
    return following


def test_the_bank_holds_enough_for_a_start() -> None:
    bank = load_bank()
    assert all(len(bank.by_stage(stage)) >= 12 for stage in Stage)
