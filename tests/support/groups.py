"""A workspace with people and a group, in a real database."""

from datetime import UTC, date, datetime, time
from random import Random

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.cadence import Cadence, Frequency
from bot.domain.charter import Charter, Facilitation
from bot.domain.deliveries import DeliveryState
from bot.domain.questions import Purpose
from bot.domain.rounds import Actor, Group, Round
from bot.services import claims, founding, people
from bot.services.claims import ClaimedDelivery, LeasePolicy
from bot.services.people import ChannelFacts, PersonFacts
from bot.services.round_opening import QuestionSource
from prompts.bank import load_bank
from storage import tables as t
from tests.support import channels

NOW = datetime(2026, 8, 31, 14, tzinfo=UTC)
OPEN = datetime(2026, 9, 6, 12, tzinfo=UTC)
"""While the first questions are open."""

EVERYBODY = tuple(f"U{i}" for i in range(1, 8))
ASKER = QuestionSource(load_bank(), Random(7))
CHARTER = Charter(
    name="Circle",
    purpose_kind=Purpose.TOPIC,
    purpose="To learn",
    cadence=Cadence(Frequency.BIWEEKLY, date(2026, 9, 8), time(10), "America/Chicago"),
    length_minutes=60,
    place="",
    facilitation=Facilitation.ROTATING,
    designated=None,
)


async def settle_in(session: AsyncSession, workspace: str, channel: str = "C1") -> Group:
    """A workspace of its own with the same ids for people and channel, and a group in it."""
    await people.remember_workspace(session, workspace, workspace, "UB")
    await people.remember_people(
        session, workspace, [PersonFacts(p, f"Name {p}", "America/Chicago") for p in EVERYBODY]
    )
    facts = ChannelFacts(channel, "circle", is_private=False, is_archived=False, has_bot=True)
    await channels.remember_channel(session, workspace, facts, [*EVERYBODY, "UB"])
    place = Actor(workspace, channel, "U1")
    return await founding.found(session, place, CHARTER, list(EVERYBODY), ASKER, NOW)


def claimed(round_: Round, row: t.Delivery) -> ClaimedDelivery:
    """A planned delivery about a round, as the tick has it when it is due."""
    return ClaimedDelivery(
        row.id,
        "T1",
        round_.group.id,
        row.kind,
        row.operation,
        row.recipient,
        row.meeting_id,
        row.arguments,
        row.planned_for,
        None,
        row.expires_at,
        DeliveryState.SENDING,
        attempts=0,
        looks=0,
        nonce=row.nonce,
        owner="me",
        keep_until=0,
    )


async def claim(session: AsyncSession, owner: str, lease: float, most: int = 10) -> list[ClaimedDelivery]:
    """What a process would claim now."""
    terms = LeasePolicy(owner, lease, 0)
    real = await claims.begin(session, terms, NOW)
    found = await claims.candidates(session, terms, NOW, real)
    return await claims.take(session, terms, found[:most], real)
