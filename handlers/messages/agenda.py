"""The agenda, made of what capabilities put on it; in the channel in its time or when its facilitator says so, and
kept up to date there."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.lateness import MEETING_ENDS, Late
from bot.delivery.types import REFRESH, DeliveryType, RenderContext
from bot.domain.agenda import Section as Line
from bot.domain.rounds import MeetingState, Round
from bot.plugged import Button, Plugged, Read, Section, Slot
from bot.services import agenda as services
from bot.services import deliveries
from bot.services.agenda import AgendaContents
from bot.services.deliveries import DesiredDelivery
from handlers.messages.base import post
from handlers.views import agenda
from handlers.views.agenda import Added
from handlers.views.block_kit import Block, Message


@dataclass(frozen=True)
class AgendaSection(Section[Round, Read]):
    """What a capability shows on the agenda, and the line that there is for it in a draft."""

    line: Line


AGENDA: Slot[AgendaSection[Any]] = Slot("what stands on the agenda")
BELOW_AGENDA: Slot[Button[Round]] = Slot("buttons below the agenda")
BELOW_DRAFT: Slot[Button[Round]] = Slot("buttons below its draft")


async def read(
    session: AsyncSession, plugged: Plugged, round_: Round, viewer: str | None, chooser: Random
) -> tuple[AgendaContents, Added]:
    """The agenda as a viewer may see it, and what capabilities add to it."""
    lines: list[Line] = []
    shown: list[Block] = []
    for section in sorted(plugged.into(AGENDA), key=lambda section: section.place):
        if blocks := await section.render(session, round_):
            lines.append(section.line)
            shown += blocks
    contents = await services.contents(session, round_, viewer, chooser, lines)
    return contents, Added(shown, plugged.buttons(BELOW_AGENDA, round_), plugged.buttons(BELOW_DRAFT, round_))


def posted_wanted(round_: Round, _now: datetime) -> Iterable[DesiredDelivery]:
    due = round_.meeting.agenda_posted_at or round_.meeting.agenda_due_at
    if round_.meeting.state == MeetingState.UPCOMING:
        yield replace(post("agenda", round_, round_.group.channel, due), earliest=round_.begun)


async def compose(context: RenderContext) -> Message:
    contents, added = await read(context.session, context.plugged, context.round_, None, context.chooser)
    missed = await deliveries.missed(context.session, context.round_.meeting.id)
    return agenda.build_posted(context.round_, contents, context.now, added, unasked=missed.get("prompt"))


POSTED = DeliveryType(
    "agenda",
    posted_wanted,
    compose,
    refresh=REFRESH,
    asks=True,
    late=Late(MEETING_ENDS, told=True, dropped_told="with the next questions"),
)
