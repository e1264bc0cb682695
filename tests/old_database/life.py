"""What three groups live through: before the database was kept, and after it. The version of then runs it to make the
files, the version of now to go on from them; so it imports nothing of the product."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.person import CIRCLE, RANDOM, SUPERVISORS, Person, Sandbox, start_group

Everybody = dict[str, Person]

BEGINS = datetime(2026, 8, 17, 14, tzinfo=UTC)
FIRST_ASKED, FIRST_ENDED = datetime(2026, 8, 20, 14, tzinfo=UTC), datetime(2026, 8, 24, 20, 5, tzinfo=UTC)
FIRST_OVER = datetime(2026, 8, 25, 16, 5, tzinfo=UTC)
ASKED_AGAIN = datetime(2026, 9, 3, 14, tzinfo=UTC)
RANDOM_ASKED = datetime(2026, 9, 7, 14, tzinfo=UTC)
ENDED = datetime(2026, 9, 7, 20, 5, tzinfo=UTC)
"""Answering has ended in the circle, and its anonymous answers wait; the others are being asked."""

KEPT = ENDED + timedelta(minutes=5)
ENDS = ENDED + timedelta(days=15)
COLLAB = "U0COLLAB"
ROUNDING = timedelta(minutes=10)


async def live_before(sandbox: Sandbox, people: Everybody) -> None:
    """Until the database is kept: three groups, two open rounds, a batch that waits, and posts that are unclear."""
    ana, ben, chen, dee, esi, farid = people.values()
    await sandbox.must("channel", op="join", channel=RANDOM, person=COLLAB)
    await start_group(ana, "2026-08-25")
    await the_first_meeting(sandbox, people)
    await start_group(ben, "2026-09-10", RANDOM, name="Peer support", at="11:00")
    await sandbox.go_to(ASKED_AGAIN)
    await ben.types("settings", CIRCLE)
    await ben.sends(away="2026-09-12")  # so Chen leads in his stead
    await ben.closes()
    for person in (ana, ben, dee):
        await answer(person, CIRCLE, f"anonymous words {person.id}", "anonymous")
    await answer(esi, CIRCLE, "named words", "named")
    await answer(farid, CIRCLE, "private words", "facilitator")
    await dee.types("park a topic to come back to")
    await dee.home()
    await sandbox.go_to(RANDOM_ASKED)
    await answer(chen, RANDOM, "more named words", "named")
    await answer(esi, RANDOM, "more anonymous words", "anonymous")
    await sandbox.go_to(ENDED)
    await ana.types("responses", CIRCLE)
    await press_first(ana, "thank")
    await ana.closes()
    await ana.types("start", SUPERVISORS)
    await ana.sends(name="Somebody else was quicker", purpose="To be kept as a draft")
    await ana.closes()
    # Both posts of a group that starts late arrive, and Slack's word about them does not.
    await sandbox.fail("chat.postMessage", "served_then_reset", times=2)
    await sandbox.fail("conversations.history", "http_500", times=0)
    await start_group(dee, "2026-09-09", SUPERVISORS, name="Supervision", members=[dee.id, ana.id])


async def the_first_meeting(sandbox: Sandbox, people: Everybody) -> None:
    """One whole round, with all that is kept about it afterwards."""
    ana, ben, chen, dee, esi, farid = people.values()
    await sandbox.go_to(FIRST_ASKED)
    for person in (ben, chen, dee):
        await answer(person, CIRCLE, f"first anonymous words {person.id}", "anonymous")
    for person in (esi, farid):
        await answer(person, CIRCLE, f"first named words {person.id}", "named")
    await sandbox.go_to(FIRST_ENDED)
    await show_the_batch(ana)
    for action in ("thank", "take_out"):
        await ana.types("responses")
        await press_first(ana, action)
        await ana.closes()
    await sandbox.go_to(FIRST_OVER)
    await ana.presses("notes")
    await ana.sends(notes="what we did", for_next="only for one", topics="one topic\nanother topic")
    await ana.sends()
    await ana.closes()
    await farid.types("settings")
    await farid.sends(away="2026-10-30")
    await farid.closes()


async def show_the_batch(reviewer: Person) -> None:
    await reviewer.presses("batch_read")
    shown = await reviewer.sends(decision="show")
    assert shown["ok"], shown
    await reviewer.closes()


async def press_first(person: Person, action: str) -> None:
    """The first button of that kind in the modal on top."""
    rows = [block for block in (await person.sees_modal())["blocks"] if block["type"] == "actions"]
    block, value = next((b["block_id"], e["value"]) for b in rows for e in b["elements"] if e["action_id"] == action)
    pressed = await person.presses_in_modal(action, block_id=block, value=value)
    assert pressed["ok"], pressed


async def live_after(sandbox: Sandbox, people: Everybody) -> None:
    """Two weeks more: what was waiting is decided on, answers come in, meetings are handed on."""
    ana, _, chen, dee, esi, _ = people.values()
    await sandbox.go_to(KEPT)
    await show_the_batch(chen)
    await answer(esi, CIRCLE, "late words", "named")
    await answer(dee, RANDOM, "words of another", "named")
    await answer(dee, SUPERVISORS, "words of two", "named")
    await ana.types("mine", CIRCLE)
    await ana.closes()
    await chen.types("responses", RANDOM)
    await chen.closes()
    await sandbox.go_to(ENDS)


async def answer(person: Person, channel: str, said: str, sees: str) -> None:
    await person.presses("answer", channel=channel)
    answered = await person.sends(**{"answer-0": said, "sees": sees})
    assert answered["ok"], answered
    await person.closes()


def posts(sandbox: Sandbox) -> list[list[Any]]:
    """What the bot said since the database was kept: about when, where, and whether in a thread."""
    return sorted(
        [nearest(moment).isoformat(timespec="minutes"), channel.id, message.thread_ts is not None]
        for channel in sandbox.inside.world.channels.values()
        for message in channel.messages
        if message.user == COLLAB and message.only_for is None
        if (moment := datetime.fromtimestamp(float(message.ts), UTC)) > KEPT
    )


def nearest(moment: datetime) -> datetime:
    """What was due at the full hour may have been said a second before, or after."""
    return moment - (moment + ROUNDING / 2 - datetime.min.replace(tzinfo=UTC)) % ROUNDING + ROUNDING / 2
