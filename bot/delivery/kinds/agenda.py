"""The agenda in the channel, in its time or when its facilitator says so; later edits bring it up to date."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bot.delivery.registry import Kind, RenderContext, post, update
from bot.domain.rounds import Round
from bot.services import agendas, deliveries
from bot.services.deliveries import DesiredDelivery
from handlers.views import agenda
from handlers.views.block_kit import Message


def posted_wanted(found: Round, _now: datetime) -> Iterable[DesiredDelivery]:
    due = found.meeting.agenda_posted_at or found.meeting.agenda_due_at
    if found.meeting.state == "upcoming":
        yield replace(post("agenda", found, found.group.channel, due), earliest=found.begun)


def edited_wanted(found: Round, now: datetime) -> Iterable[DesiredDelivery]:
    revision, given = found.meeting.agenda_revision, found.meeting.agenda_given_revision
    if given is not None and revision > given:
        yield from update("agenda_edited", "agenda", found, now, str(revision))


async def compose(context: RenderContext) -> Message:
    contents = await agendas.contents(context.session, context.found, None, context.chooser)
    missed = await deliveries.missed(context.session, context.found.meeting.id)
    return agenda.build_posted(context.found, contents, context.now, unasked=missed.get("prompt"))


POSTED = Kind("agenda", posted_wanted, compose, asks=True)
EDITED = Kind("agenda_edited", edited_wanted, compose, updates="agenda")
