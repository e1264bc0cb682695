"""What stands in Slack is so when it is read, and whom something concerns hears of it."""

from datetime import datetime, timedelta
from random import Random

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.sender import OF_PERSON
from bot.domain.anonymity import Visibility
from bot.domain.charter import Facilitation
from bot.domain.deliveries import DeliveryState
from bot.domain.errors import DomainError
from bot.domain.reminders import Wishes
from bot.domain.rounds import Actor, Batch, MeetingState, Round
from bot.services import (
    agenda as services,
)
from bot.services import (
    deliveries,
    directory,
    forgetting,
    groups,
    handoff,
    people,
    preferences,
    prompt_closing,
    reflections,
    roles,
    rounds,
)
from bot.services.handoff_notes import Notes
from bot.services.people import PersonFacts
from handlers.messages.reminders import NOT_NEEDED
from handlers.views import agenda, membership
from storage import tables as t
from tests.support.answers import keep
from tests.support.groups import ASKER, NOW, OPEN
from tests.support.person import words
from tests.support.planning import TYPES, deliver, plan_group, rendering

MINUTE = timedelta(minutes=1)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


async def plan(session: AsyncSession, round_: Round, now: datetime = OPEN) -> Round:
    """What the tick does; the round as it is then."""
    await session.flush()
    await plan_group(session, "T1", round_.group.id, now)
    await session.flush()
    session.expire_all()
    group = await rounds.group_by_id(session, "T1", round_.group.id)
    assert group is not None
    return await rounds.current(session, group)


async def owed(session: AsyncSession, *kinds: str, anew: bool = False) -> list[t.Delivery]:
    """What is planned; with `anew`, what is to be brought up to date."""
    rows = select(t.Delivery).where(t.Delivery.state == "planned", t.Delivery.kind.in_(kinds))
    rows = rows.where(t.Delivery.refreshes.is_not(None) if anew else t.Delivery.refreshes.is_(None))
    return list(await session.scalars(rows.order_by(t.Delivery.kind, t.Delivery.recipient)))


async def send(session: AsyncSession, *kinds: str, at: datetime = OPEN, anew: bool = False) -> None:
    """Slack took all of these."""
    for row in await owed(session, *kinds, anew=anew):
        await deliver(session, row, at)


async def said(session: AsyncSession, row: t.Delivery, now: datetime) -> str:
    """What a delivery says at a moment."""
    found = await rounds.round_of(session, "T1", row.meeting_id or "")
    assert found is not None
    message = await TYPES.kinds[row.kind].compose(await rendering(session, row, now))
    return " ".join(words(message.blocks).split())


async def test_the_start_message_names_no_false_starter_and_says_nothing_comes_that_has_come(
    session: AsyncSession, round_: Round
) -> None:
    round_ = await plan(session, round_, NOW)
    (row,) = await owed(session, "started")
    assert "What happens next" in await said(session, row, NOW)
    await send(session, "started", at=NOW)
    await forgetting.forget(session, "T1", "U1", NOW + MINUTE)
    await plan(session, round_, NOW + MINUTE)
    row, *_ = await owed(session, "started", anew=True)
    before = await said(session, row, NOW + MINUTE)
    assert "A learning collaborative was set up here." in before
    assert "What happens next" in before
    assert await said(session, row, OPEN) == before  # it speaks as of its own time


async def test_who_looks_after_a_group_whose_only_convener_erased_everything_is_told_in_the_channel(
    session: AsyncSession, round_: Round
) -> None:
    round_ = await plan(session, round_)
    late = round_.meeting.agenda_due_at - timedelta(hours=10)  # at night, whoever leads is asleep until it begins
    await forgetting.forget(session, "T1", "U1", late)
    round_ = await plan(session, round_, late)
    assert round_.group.conveners == ("U2",)
    (row,) = await owed(session, "taken_over")
    text = await said(session, row, late)
    assert "U2" in text
    assert "U1" not in text
    assert "looks after" in text


async def test_who_leads_all_at_once_hears_of_it_before_the_meeting_begins(
    session: AsyncSession, round_: Round
) -> None:
    hours = TYPES.kinds["packet"].hours.needed_by
    at_night = round_.meeting.agenda_due_at - timedelta(hours=1)
    row = await session.get_one(t.Meeting, round_.meeting.id)
    assert hours(round_) == round_.meeting.agenda_due_at - timedelta(hours=2)
    row.led_since, row.lead_turn = at_night, 1
    round_ = await plan(session, round_, at_night)
    assert hours(round_) == round_.meeting.starts_at - timedelta(hours=1)


OVER = ("packet", "draft_ready", "how_did_it_go")


async def test_what_whoever_led_has_before_them_says_what_became_of_it(session: AsyncSession, round_: Round) -> None:
    round_ = await plan(session, round_)
    ends, handed = round_.meeting.ends_at, round_.meeting.ends_at + timedelta(hours=1)
    await send(session, "packet", at=NOW)
    await send(session, "draft_ready", at=round_.meeting.draft_due_at)
    row = await session.get_one(t.Agenda, round_.meeting.id)
    row.posted_at = round_.meeting.agenda_due_at
    round_ = await plan(session, round_, round_.meeting.agenda_due_at)
    (draft,) = await owed(session, "draft_ready", anew=True)
    text = await said(session, draft, round_.meeting.agenda_due_at)
    assert "is in the channel" in text
    assert "I post it" not in text
    await send(session, "draft_ready", at=ends, anew=True)
    await send(session, "how_did_it_go", at=ends)
    await handoff.take_notes(session, round_, "U1", Notes("Done"), ASKER, handed)
    await plan(session, round_, handed)
    rows = {one.kind: await said(session, one, handed) for one in await owed(session, *OVER, anew=True)}
    assert set(rows) == set(OVER)
    for text in rows.values():
        for stale in ("You lead the next meeting", "I post it", "hand over", "How did it go", "Edit", "Park"):
            assert stale not in text
        assert "is over" in text or "handed on" in text
    await send(session, *OVER, at=handed, anew=True)
    await plan(session, round_, handed + MINUTE)
    assert await owed(session, *OVER, anew=True) == []


async def test_nobody_is_offered_to_answer_late_once_the_job_is_handed_on(session: AsyncSession, round_: Round) -> None:
    round_ = await plan(session, round_)
    await send(session, "prompt", at=round_.prompt.opens_at)
    await prompt_closing.close_due(session, round_.group.id, round_.prompt.closes_at)
    round_ = await plan(session, round_, round_.prompt.closes_at)
    (row,) = await owed(session, "prompt", anew=True)
    assert "Answer late" in await said(session, row, round_.prompt.closes_at)
    await send(session, "prompt", at=round_.prompt.closes_at, anew=True)
    handed = round_.meeting.handoff_due_at + timedelta(days=1)
    await handoff.take_notes(session, round_, "U1", Notes("Done"), ASKER, handed)
    await plan(session, round_, handed)
    (row,) = await owed(session, "prompt", anew=True)
    text = await said(session, row, handed)
    assert "Answering has ended" in text
    assert "Answer late" not in text
    over = await rounds.round_of(session, "T1", round_.meeting.id)
    assert over is not None
    with pytest.raises(DomainError, match="is over"):
        reflections.require_answerable(over, handed)


async def ask_about(session: AsyncSession, kind: str) -> t.Delivery:
    """Slack gave no clear answer about a channel post."""
    (row,) = await owed(session, kind)
    row.state, row.reason = DeliveryState.ASKED, "a person was asked whether it is there"
    await session.flush()
    return row


async def test_the_question_about_a_post_goes_to_who_leads_and_follows_them_while_it_is_of_use(
    session: AsyncSession, round_: Round
) -> None:
    round_ = await plan(session, round_)
    at = round_.meeting.agenda_due_at
    await ask_about(session, "agenda")
    round_ = await plan(session, round_, at)
    assert [row.recipient for row in await owed(session, "unclear")] == ["U1"]
    await send(session, "unclear", at=at)
    await people.person_left(session, "T1", "C1", "U1")
    round_ = await plan(session, round_, at)
    (row,) = await owed(session, "unclear")
    assert row.recipient == round_.meeting.facilitator == "U2"
    assert "the agenda" in await said(session, row, at)
    begun = round_.meeting.starts_at + MINUTE
    await people.remember_people(session, "T1", [PersonFacts("U2", "Name U2", "UTC", is_gone=True)])
    session.add(t.Convener(workspace_id="T1", collaborative_id=round_.group.id, person_id="U3"))
    await plan(session, round_, begun)  # whoever leads by now is not there any more
    assert [row.recipient for row in await owed(session, "unclear")] == ["U3"]
    await plan(session, round_, round_.meeting.ends_at)
    assert await owed(session, "unclear") == []


@pytest.mark.parametrize("comes_back", [False, True])
async def test_of_what_did_not_come_because_the_group_had_to_stop_no_other_reason_is_said(
    session: AsyncSession, round_: Round, comes_back: bool
) -> None:
    round_ = await plan(session, round_)
    await directory.lost(session, "T1", "C1")
    await plan(session, round_, round_.meeting.agenda_due_at)
    row = (await session.scalars(select(t.Delivery).where(t.Delivery.kind == "agenda"))).one()
    assert (row.state, row.reason) == ("withdrawn", directory.NOT_IN)
    assert (await deliveries.missed(session, round_.meeting.id))["agenda"] is False
    if comes_back:
        await deliveries.resume_channel(session, "T1", "C1")
        await plan(session, round_, round_.meeting.agenda_due_at + MINUTE)
        await session.refresh(row)
        assert (row.state, row.reason) == ("planned", directory.NOT_IN)  # it comes late for that reason


async def test_the_end_of_answering_brings_whoever_leads_one_line(session: AsyncSession, round_: Round) -> None:
    round_ = await plan(session, round_)
    for person in ("U2", "U3", "U4"):
        await keep(session, round_, person, {0: "quiet"}, Visibility.ANONYMOUS, OPEN)
    ends = round_.prompt.closes_at
    await prompt_closing.close_due(session, round_.group.id, ends)
    round_ = await plan(session, round_, ends)
    (line,) = await owed(session, "draft_ready", "batch_ready")
    text = await said(session, line, ends)
    assert "Your agenda draft" in text
    assert "anonymous answers" in text
    await send(session, "batch_ready", at=ends)
    row = await session.get_one(t.Agenda, round_.meeting.id)
    row.posted_at = round_.meeting.agenda_due_at
    await plan(session, round_, round_.meeting.agenda_due_at)
    assert await owed(session, "draft_ready") == []
    (again,) = await owed(session, "batch_ready", anew=True)
    text = await said(session, again, round_.meeting.agenda_due_at)
    assert "anonymous answers" in text
    assert "draft" not in text
    await send(session, "batch_ready", at=round_.meeting.agenda_due_at, anew=True)
    prompt = await session.get_one(t.Prompt, round_.prompt.id)
    prompt.batch.state = Batch.WITHHELD
    await plan(session, round_, round_.meeting.agenda_due_at + MINUTE)
    for again in await owed(session, "batch_ready", anew=True):
        text = await said(session, again, round_.meeting.agenda_due_at + MINUTE)
        assert "draft" not in text


@pytest.mark.parametrize("kind", ["reminder", "invitation"])
async def test_who_is_being_welcomed_with_the_questions_gets_them_once(
    session: AsyncSession, round_: Round, kind: str
) -> None:
    await preferences.keep(session, "T1", "U2", Wishes(by_dm=True), NOW)
    round_ = await plan(session, round_)
    when = {"planned_for": OPEN, "due_at": OPEN, "sent_at": OPEN, "sent_channel": "DU2", "sent_ts": "1.1"}
    about = {"workspace_id": "T1", "collaborative_id": round_.group.id, "meeting_id": round_.meeting.id}
    session.add(
        t.Delivery(kind="welcome", operation="post", recipient="U2", dedupe_key="w", state="sent", **about, **when)
    )
    (row,) = [one for one in await owed(session, kind) if one.recipient == "U2"]
    assert await roles.is_being_welcomed(session, round_.meeting.id, "U2", OPEN + MINUTE)
    assert not await roles.is_being_welcomed(session, round_.meeting.id, "U2", OPEN + timedelta(days=1))
    assert not await roles.is_being_welcomed(session, round_.meeting.id, "U3", OPEN)
    reason = await TYPES.kinds[kind].still_wanted(await rendering(session, row, OPEN + MINUTE))
    assert reason == NOT_NEEDED


async def test_a_convener_reads_whose_draft_it_is_and_where_it_is_theirs_that_nothing_is_needed(
    session: AsyncSession, round_: Round
) -> None:
    contents = await services.contents(session, round_, "U1", Random(1))
    theirs = words(agenda.build_draft(round_, contents, OPEN, "U1"))
    assert "Your draft" in theirs
    assert "Nothing you need to do" in theirs
    others = words(agenda.build_draft(round_, contents, OPEN, "U2"))
    assert "Your draft" not in others
    assert "Nothing you need to do" not in others
    assert "@U1" in others


def test_choosing_who_leads_says_when_they_can_not_be_told_and_when_it_is_their_first_meeting() -> None:
    said_plainly = words(membership.build_chosen(Facilitation.DESIGNATED, "Hugo"))
    assert "please tell them" not in said_plainly
    assert "first" not in said_plainly
    said_all = words(membership.build_chosen(Facilitation.DESIGNATED, "Hugo", reach=False, is_first=True))
    assert "I can't write to Hugo, from another organisation: please tell them." in said_all
    assert "their first with the group" in said_all


async def test_a_group_of_which_no_meeting_is_to_come_is_an_ordinary_case(session: AsyncSession, round_: Round) -> None:
    round_ = await plan(session, round_)
    assert await owed(session, "agenda", "prompt")
    await session.execute(update(t.Meeting).values(state=MeetingState.LAPSED))
    await plan_group(session, "T1", round_.group.id, OPEN)
    assert await owed(session, *TYPES.kinds) == []
    with pytest.raises(DomainError, match="to come"):
        await groups.require_round(session, Actor("T1", "C1", "U2"))
    await people.remember_people(session, "T1", [PersonFacts("U1", "Name U1", "UTC", is_gone=True)])
    await plan_group(session, "T1", round_.group.id, OPEN)


async def test_what_slack_took_not_for_somebody_whose_account_was_closed_is_settled_when_they_are_back(
    session: AsyncSession, round_: Round
) -> None:
    round_ = await plan(session, round_)
    await send(session, "packet")
    await people.remember_people(session, "T1", [PersonFacts("U1", "Name U1", "UTC", is_gone=True)])
    await plan(session, round_)
    (row,) = await owed(session, "packet", anew=True)
    row.state, row.reason, before = DeliveryState.WITHDRAWN, OF_PERSON, row.id
    await send(session, "packet")  # somebody else knows that they lead
    await people.remember_people(session, "T1", [PersonFacts("U1", "Name U1", "UTC")])
    await plan(session, round_, OPEN + MINUTE)
    again = [one.id for one in await owed(session, "packet", anew=True) if one.due_at <= OPEN + MINUTE]
    assert again == [before]
