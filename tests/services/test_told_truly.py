"""What stands in Slack is so when it is read, and whom something concerns hears of it."""

from datetime import datetime, timedelta
from random import Random

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.kinds import KINDS
from bot.delivery.planning import plan_group
from bot.delivery.registry import Situation
from bot.domain.rounds import Round
from bot.services import forgetting, rounds
from bot.services.claiming import Owed
from storage import tables as t
from tests.person import words
from tests.services.conftest import NOW, OPEN

MINUTE = timedelta(minutes=1)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


async def plan(session: AsyncSession, found: Round, now: datetime = OPEN) -> Round:
    """What the tick does; the round as it is then."""
    await session.flush()
    await plan_group(session, "T1", found.group.id, now)
    await session.flush()
    session.expire_all()
    group = await rounds.group_by_id(session, "T1", found.group.id)
    assert group is not None
    return await rounds.current(session, group)


async def owed(session: AsyncSession, *kinds: str) -> list[t.Delivery]:
    rows = select(t.Delivery).where(t.Delivery.state == "planned", t.Delivery.kind.in_(kinds))
    return list(await session.scalars(rows.order_by(t.Delivery.kind, t.Delivery.recipient)))


async def send(session: AsyncSession, *kinds: str, at: datetime = OPEN) -> None:
    """Slack took all of these."""
    for row in await owed(session, *kinds):
        person = row.recipient.startswith("U")
        row.state, row.sent_at, row.sent_ts = "sent", at, row.id
        row.sent_channel = f"D{row.recipient}" if person else row.recipient
    await session.flush()


async def said(session: AsyncSession, row: t.Delivery, now: datetime) -> str:
    """What a delivery says at a moment."""
    found = await rounds.round_of(session, "T1", row.meeting_id or "")
    assert found is not None
    fields = {name: getattr(row, name) for name in ("id", "kind", "operation", "recipient", "subject", "planned_for")}
    times = {"stands_since": None, "expires_at": row.expires_at, "keep_until": 0.0}
    counts = {"attempts": 0, "looks": 0}
    claimed = Owed(
        **fields, **times, **counts, workspace="T1", group=found.group.id, meeting=row.meeting_id,
        state="planned", nonce="", owner="",
    )  # fmt: skip
    message = await KINDS[row.kind].compose(Situation(session, found, claimed, now, Random(1)))
    return " ".join(words(message.blocks).split())


async def test_the_start_message_names_no_false_starter_and_says_nothing_comes_that_has_come(
    session: AsyncSession, found: Round
) -> None:
    found = await plan(session, found, NOW)
    (row,) = await owed(session, "started")
    assert "What happens next" in await said(session, row, NOW)
    await send(session, "started", at=NOW)
    await forgetting.forget(session, "T1", "U1", NOW + MINUTE)
    await plan(session, found, NOW + MINUTE)
    row, *_ = await owed(session, "started_redone")
    before = await said(session, row, NOW + MINUTE)
    assert "A learning collaborative was set up here." in before
    assert "What happens next" in before  # still to come
    assert "What happens next" not in await said(session, row, OPEN)


async def test_who_looks_after_a_group_whose_only_convener_erased_everything_is_told_in_the_channel(
    session: AsyncSession, found: Round
) -> None:
    found = await plan(session, found)
    late = found.meeting.agenda_due_at - timedelta(hours=10)  # at night, whoever leads is asleep until it begins
    await forgetting.forget(session, "T1", "U1", late)
    found = await plan(session, found, late)
    assert found.group.conveners == ("U2",)
    (row,) = await owed(session, "taken_over")
    text = await said(session, row, late)
    assert "U2" in text
    assert "U1" not in text
    assert "looks after" in text


async def test_who_leads_all_at_once_hears_of_it_before_the_meeting_begins(session: AsyncSession, found: Round) -> None:
    hours = KINDS["packet"].hours.needed_by
    at_night = found.meeting.agenda_due_at - timedelta(hours=1)
    row = await session.get_one(t.Meeting, found.meeting.id)
    assert hours(found) == found.meeting.agenda_due_at - timedelta(hours=2)
    row.led_since, row.lead_turn = at_night, 1
    found = await plan(session, found, at_night)
    assert hours(found) == found.meeting.starts_at - timedelta(hours=1)
