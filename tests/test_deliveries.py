"""What Slack does to a post: refused, slow, unclear, gone. It comes once, or the reason is kept and somebody knows."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from tests.support.databases import look_into
from tests.support.pasts import ASKED_AT
from tests.support.person import CIRCLE, Person, Sandbox, buttons, start_group, words
from tests.support.running import running, sandbox_settings

FIRST = datetime(2026, 9, 8, 15, tzinfo=UTC)
DRAFTED_AT = datetime(2026, 9, 7, 20, tzinfo=UTC)  # when answering ends
QUESTIONS = "Before we meet"
LATE = "This comes later than it should"

Everybody = dict[str, Person]


def first_of(people: Everybody) -> Person:
    return next(iter(people.values()))


async def count(sandbox: Sandbox, heading: str = QUESTIONS) -> int:
    return len([m for m in await sandbox.posted() if heading in words(m["blocks"])])


async def wait_out(sandbox: Sandbox) -> None:
    """What is tried or looked for again in a few seconds is."""
    for _ in range(4):
        await sandbox.go_on(4)


@pytest.mark.parametrize(
    "kind",
    ["ratelimited", "http_500", "reset", "served_then_reset", "served_then_500", "error:fatal_error", "hang"],
)
@pytest.mark.usefixtures("started_before")
async def test_a_post_that_went_wrong_is_there_once(sandbox: Sandbox, database_url: str, kind: str) -> None:
    settings = sandbox_settings(sandbox, database_url, slack_timeout_seconds=1)
    async with running(settings):
        await sandbox.fail("chat.postMessage", kind)
        await sandbox.go_to(ASKED_AT)
        while not await count(sandbox):  # what Slack asks to wait is real time
            await sandbox.go_on(4)
        await wait_out(sandbox)
        assert await count(sandbox) == 1


@pytest.mark.parametrize(("kind", "there"), [("http_500", False), ("served_then_500", True)])
@pytest.mark.usefixtures("started_before")
async def test_without_permission_to_look_a_person_is_asked(
    sandbox: Sandbox, database_url: str, kind: str, there: bool
) -> None:
    await sandbox.must("scopes", without=["channels:history", "groups:history"])
    async with running(sandbox_settings(sandbox, database_url)):
        ana, ben, *_ = (await sandbox.people()).values()
        await sandbox.fail("chat.postMessage", kind)
        await sandbox.go_to(ASKED_AT)
        await wait_out(sandbox)
        assert await count(sandbox) == int(there)
        asked = [m for m in await ana.dms() if "no clear answer" in words(m["blocks"])]
        assert len(asked) == 1
        assert "the questions for the next meeting" in words(asked[0]["blocks"])
        value = buttons(asked[0]["blocks"])["post_again"]["value"]
        await ben.presses("post_again", asked[0], channel=CIRCLE, blind=True, value=value)  # not his to say
        assert "facilitator's to do" in words((await ben.reads())[-1]["blocks"])
        await wait_out(sandbox)
        assert await count(sandbox) == int(there)
        await ana.presses("post_is_there" if there else "post_again")
        await wait_out(sandbox)
        assert await count(sandbox) == 1
        await ana.presses("post_again", asked[0], blind=True, value=buttons(asked[0]["blocks"])["post_again"]["value"])
        await wait_out(sandbox)
        assert await count(sandbox) == 1


@pytest.mark.usefixtures("started_before")
async def test_however_much_was_said_before_an_unclear_post_is_looked_for_and_nobody_is_asked(
    sandbox: Sandbox, database_url: str
) -> None:
    for number in range(1001):  # more than the bot reads through
        await sandbox.must("message", **{"as": "U0ANA"}, channel=CIRCLE, text=f"Chatter {number}")
    async with running(sandbox_settings(sandbox, database_url)):
        ana = first_of(await sandbox.people())
        await sandbox.fail("chat.postMessage", "http_500")
        await sandbox.go_to(ASKED_AT)
        await wait_out(sandbox)
        assert await count(sandbox) == 1
        assert not [m for m in await ana.dms() if "no clear answer" in words(m["blocks"])]


async def test_an_unclear_direct_message_is_not_sent_twice(sandbox: Sandbox, people: Everybody) -> None:
    ana = first_of(people)
    await start_group(ana)
    await sandbox.go_to(DRAFTED_AT - timedelta(minutes=1))
    await sandbox.fail("chat.postMessage", "served_then_500")
    await sandbox.go_to(DRAFTED_AT)
    await wait_out(sandbox)
    assert len([m for m in await ana.dms() if "is ready" in words(m["blocks"])]) == 1


@pytest.mark.both
@pytest.mark.usefixtures("started_before")
async def test_after_an_outage_nothing_pointless_is_posted(sandbox: Sandbox, database_url: str) -> None:
    settings = sandbox_settings(sandbox, database_url)
    await sandbox.go_to(FIRST + timedelta(days=20), leap=True)  # the first meeting and the second are over
    async with running(settings):
        await sandbox.settle()
        assert await count(sandbox) == 0
        assert await count(sandbox, "Agenda") == 0
        await sandbox.go_to(datetime(2026, 10, 1, 14, tzinfo=UTC))  # three working days before the third
        assert await count(sandbox) == 1
        missed = "around your last meeting; its questions and its agenda did not come"
        assert await count(sandbox, missed) == 1
    reasons = reasons_in(database_url)
    assert reasons["prompt"]
    assert all("too late" in reason or "ended" in reason or "no longer" in reason for reason in reasons["prompt"])


def reasons_in(database_url: str) -> dict[str, list[str]]:
    """Why each kind was not sent."""
    engine = look_into(database_url)
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT kind, state, reason FROM delivery WHERE state NOT IN ('sent', 'planned')")
        )
        found: dict[str, list[str]] = {}
        for kind, state, reason in rows:
            assert reason, (kind, state)
            found.setdefault(kind, []).append(reason)
    engine.dispose()
    return found


@pytest.mark.usefixtures("started_before")
async def test_a_short_outage_posts_what_is_still_useful(sandbox: Sandbox, database_url: str) -> None:
    settings = sandbox_settings(sandbox, database_url)
    await sandbox.go_to(FIRST - timedelta(hours=30), leap=True)
    async with running(settings):
        await sandbox.settle()
        assert await count(sandbox) == 1
        assert await count(sandbox, LATE) == 1  # and it says that it is late
        await sandbox.go_to(FIRST - timedelta(hours=2))
        assert await count(sandbox, "Agenda") == 1
        assert await count(sandbox, f"Agenda {LATE}") == 0  # what is in time does not


@pytest.mark.usefixtures("started_before")
async def test_an_outage_over_the_questions_is_said_on_the_agenda(sandbox: Sandbox, database_url: str) -> None:
    settings = sandbox_settings(sandbox, database_url)
    await sandbox.go_to(FIRST - timedelta(hours=1), leap=True)
    async with running(settings):
        await sandbox.settle()
        assert await count(sandbox) == 0
        assert await count(sandbox, "No questions went out before this meeting") == 1
        assert await count(sandbox, LATE) == 1


async def test_an_archived_channel_stops_the_group_and_its_convener_is_told_once(
    sandbox: Sandbox, people: Everybody
) -> None:
    ana = first_of(people)
    await start_group(ana)
    await sandbox.must("channel", op="archive", channel=CIRCLE)
    await sandbox.go_to(FIRST + timedelta(days=1))
    told = [words(m["blocks"]) for m in await ana.dms() if "I can't post for" in words(m["blocks"])]
    assert len(told) == 1
    assert "the channel was archived" in told[0]
    assert await count(sandbox) == 0


async def test_a_bot_that_was_removed_and_invited_again_goes_on(sandbox: Sandbox, people: Everybody) -> None:
    ana = first_of(people)
    collab = next(p["id"] for p in (await sandbox.state(ana.id))["people"] if p["is_bot"] and p["name"] == "Collab")
    await start_group(ana)
    await sandbox.must("channel", op="leave", channel=CIRCLE, person=collab)
    await sandbox.go_to(ASKED_AT)
    assert await count(sandbox) == 0
    assert any("I am not in the channel any more" in words(m["blocks"]) for m in await ana.dms())
    await sandbox.must("channel", op="join", channel=CIRCLE, person=collab)
    await sandbox.go_on(60)
    assert await count(sandbox) == 1


async def test_planning_again_and_again_plans_once(sandbox: Sandbox, started: Everybody) -> None:
    _, ben, *_ = started.values()
    for number in range(5):  # each of them brings the plan into line again
        await ben.types(f"park Topic {number}")
    await sandbox.go_to(ASKED_AT)
    for number in range(3):
        await ben.types(f"reflect {number}")
        await sandbox.go_on(30)
    assert await count(sandbox) == 1
    assert await count(sandbox, "set up a learning") == 1


async def test_a_socket_that_was_cut_is_made_again(sandbox: Sandbox, people: Everybody) -> None:
    ana = first_of(people)
    for op in ("refresh", "cut"):
        await sandbox.must("sockets", op=op)
        await sandbox.must("sockets", op="wait")
        assert "No collaborative lives" in await ana.types("")


async def test_a_private_channel_with_a_new_id_keeps_its_group(sandbox: Sandbox, people: Everybody) -> None:
    ana = first_of(people)
    state = await sandbox.state(ana.id)
    private = next(c for c in state["channels"] if c["is_private"] and c["kind"] == "channel")
    members = [m for m in private["members"] if m in {p.id for p in people.values()}]
    if ana.id not in members:
        pytest.fail("Ana should be in the private channel")
    await start_group_in(ana, private["id"], members)
    await sandbox.must("channel", op="new_id", channel=private["id"], name="G0RENEWED")
    await sandbox.go_to(ASKED_AT)
    assert [m for m in await sandbox.posted("G0RENEWED") if QUESTIONS in words(m["blocks"])]


async def start_group_in(starter: Person, channel: str, members: list[str]) -> None:
    await starter.types("start", channel)
    await starter.sends(name="Quiet circle", purpose="To learn")
    await starter.sends(frequency="weekly", first="2026-09-08", at="10:00", zone="America/Chicago", length="60")
    answer = await starter.sends(members=members, facilitation="rotating")
    assert answer["ok"], answer
    await starter.closes()


async def test_what_was_taken_back_stands_nowhere_any_more(sandbox: Sandbox, asked: Everybody) -> None:
    ana, ben, *_ = asked.values()
    await ben.types("reflect Said too quickly")
    await sandbox.go_to(DRAFTED_AT)
    assert "Said too quickly" in words([m["blocks"] for m in await ana.dms()])
    await ben.presses("withdraw", channel=CIRCLE)
    await sandbox.settle()
    assert "Said too quickly" not in words([m["blocks"] for m in await ana.dms()])
    await ben.types("reflect Thought about it")
    assert (await ben.sends())["ok"]
    assert "Thought about it" in words([m["blocks"] for m in await ana.dms()])
    await ben.presses_in_modal("withdraw")
    await sandbox.go_on(5)
    assert "Thought about it" not in words([m["blocks"] for m in await ana.dms()])


async def test_a_long_wait_that_slack_asks_for_holds_up_nothing_else(sandbox: Sandbox, started: Everybody) -> None:
    ana, *_ = started.values()
    await sandbox.go_to(DRAFTED_AT - timedelta(minutes=1))
    await sandbox.fail("chat.postMessage", "ratelimited", retry_after=600)
    await sandbox.go_to(DRAFTED_AT)
    assert not [m for m in await ana.dms() if "is ready" in words(m["blocks"])]
    await ana.types("reflect Meanwhile")
    assert (await ana.sends())["ok"]
    assert "Thank you, that is kept" in words(await ana.sees_modal())


async def test_a_message_that_may_not_be_changed_yet_holds_up_no_new_one(sandbox: Sandbox, asked: Everybody) -> None:
    ana, *_ = asked.values()
    assert "Thank you, that is kept" in await ana.types("reflect Something to put on the agenda")
    await sandbox.fail("chat.update", "ratelimited", times=0, retry_after=36_000)
    await sandbox.go_to(FIRST - timedelta(minutes=1))
    refused = [call for call in await sandbox.calls("chat.update") if not call["answer"].get("ok")]
    assert refused
    messages = {(call["args"]["channel"], call["args"]["ts"]) for call in refused}
    assert len(refused) == len(messages)  # all of one moment, when answering ended, and none of them again
    assert await count(sandbox, "Agenda") == 1


@pytest.mark.usefixtures("started")
async def test_a_direct_message_that_is_gone_stops_no_group(sandbox: Sandbox) -> None:
    await sandbox.fail("chat.update", "error:channel_not_found")
    await sandbox.go_to(ASKED_AT)  # the packet says by then that the questions are out
    (refused,) = [call for call in await sandbox.calls("chat.update") if not call["answer"].get("ok")]
    assert refused["args"]["channel"].startswith("D")
    await sandbox.go_to(FIRST)
    assert await count(sandbox, "Agenda") == 1


@pytest.mark.usefixtures("started")
async def test_a_wait_of_a_second_that_slack_asks_for_belongs_to_the_same_move_of_the_clock(sandbox: Sandbox) -> None:
    await sandbox.fail("chat.postMessage", "ratelimited", retry_after=1)
    await sandbox.go_to(ASKED_AT)
    assert await count(sandbox) == 1


@pytest.mark.parametrize("kind", ["hang", "http_500"])
@pytest.mark.usefixtures("started_before")
async def test_the_first_answer_after_a_start_is_taken_while_slack_takes_no_calls(
    sandbox: Sandbox, database_url: str, kind: str
) -> None:
    settings = sandbox_settings(sandbox, database_url, slack_timeout_seconds=60)
    ana = first_of(await sandbox.people())
    async with running(settings):
        await sandbox.fail("*", kind, times=0)
        answer = await sandbox.ask("command", **{"as": ana.id}, channel=CIRCLE, text="park What to do without Slack")
        await sandbox.no_faults()
    assert answer["ok"], answer
    assert "Parked." in words(answer["reply"])


@pytest.mark.parametrize("kind", ["served_then_500", "http_500"])
async def test_what_stands_in_a_thread_is_looked_for_there(sandbox: Sandbox, asked: Everybody, kind: str) -> None:
    ana, *others = asked.values()
    for person in others[:3]:
        await person.presses("answer", channel=CIRCLE)
        assert (await person.sends(**{"answer-0": f"quietly {person.id}", "sees": "anonymous"}))["ok"]
        await person.closes()
    await sandbox.go_to(FIRST - timedelta(hours=1))
    await ana.presses("batch_read")
    assert "quietly" in words(await ana.sees_modal())
    await sandbox.fail("chat.postMessage", kind)
    assert (await ana.sends(decision="show"))["ok"]
    await wait_out(sandbox)
    shown = [m for m in await sandbox.posted() if "Answered without a name" in words(m["blocks"])]
    assert len(shown) == 1
    agenda = next(m for m in await sandbox.posted() if words(m["blocks"]).startswith("Agenda"))
    assert shown[0]["thread_ts"] == agenda["ts"]
    assert {words(shown[0]["blocks"]).count(f"quietly {p.id}") for p in others[:3]} == {1}


@pytest.mark.usefixtures("started_before")
async def test_a_removed_app_stops_and_goes_on_when_it_is_there_again(sandbox: Sandbox, database_url: str) -> None:
    settings = sandbox_settings(sandbox, database_url)
    async with running(settings):
        await sandbox.must("app", op="uninstall")
        await sandbox.settle()
    assert {reason for reasons in reasons_in(database_url).values() for reason in reasons} == {
        "the app was removed from the workspace"
    }
    await sandbox.must("app", op="install")
    async with running(settings):
        await sandbox.go_to(ASKED_AT)
        assert await count(sandbox) == 1
