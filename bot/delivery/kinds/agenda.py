"""The agenda in the channel, in its time or when its facilitator says so; later edits bring it up to date."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bot.delivery.registry import Kind, Situation, post, update
from bot.domain.rounds import Round
from bot.services import agendas, deliveries
from bot.services.deliveries import Wanted
from handlers.views import agenda
from handlers.views.kit import Message


def posted_wanted(found: Round, _now: datetime) -> Iterable[Wanted]:
    due = found.meeting.agenda_posted_at or found.meeting.agenda_due_at
    if found.meeting.state == "upcoming":
        yield replace(post("agenda", found, found.group.channel, due), earliest=found.begun)


def edited_wanted(found: Round, now: datetime) -> Iterable[Wanted]:
    revision, given = found.meeting.agenda_revision, found.meeting.agenda_given_revision
    if given is not None and revision > given:
        yield from update("agenda_edited", "agenda", found, now, str(revision))


async def compose(situation: Situation) -> Message:
    contents = await agendas.contents(situation.session, situation.found, None, situation.chooser)
    missed = await deliveries.missed(situation.session, situation.found.meeting.id)
    return agenda.build_posted(situation.found, contents, situation.now, unasked=missed.get("prompt"))


POSTED = Kind("agenda", posted_wanted, compose, asks=True)
EDITED = Kind("agenda_edited", edited_wanted, compose, updates="agenda")
