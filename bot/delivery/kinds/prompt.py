"""The questions before a meeting, and bringing them up to date: the number who took part, and the end of answering."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.delivery.registry import Kind, Situation, post, update
from bot.domain.anonymity import COUNT_FROM
from bot.domain.rounds import Round
from bot.services import deliveries
from bot.services.deliveries import Wanted
from handlers.views import answering
from handlers.views.kit import Message

COUNT_EVERY = timedelta(hours=1)
"""The number is refreshed at most so often, so that it doesn't tell who answers when (design.md)."""


def prompt_wanted(found: Round, _now: datetime) -> Iterable[Wanted]:
    prompt = found.prompt
    if prompt.closed_at is None and prompt.opens_at < prompt.closes_at:
        # One that opened with its round, because that was late, could have opened as early as the round.
        handed = found.previous.handed_over_at if found.previous else None
        earliest = found.begun if handed is not None and prompt.opens_at <= handed else None
        yield replace(post("prompt", found, found.group.channel, prompt.opens_at), earliest=earliest)


def count_wanted(found: Round, now: datetime) -> Iterable[Wanted]:
    sent = found.posts.get("answer_count", ())
    shown = next((int(p.subject.split("-")[1]) for p in reversed(sent) if p.subject), 0)
    count = found.prompt.took_part
    if found.prompt.closed_at is None and count >= COUNT_FROM and count != shown:
        due = max(now, sent[-1].sent_at + COUNT_EVERY) if sent else now
        # One update a time, whatever the number is by then; its subject says what it was when it was planned.
        for want in update("answer_count", "prompt", found, due, str(len(sent))):
            yield replace(want, subject=f"{len(sent)}-{count}")


def closed_wanted(found: Round, _now: datetime) -> Iterable[Wanted]:
    if found.prompt.closed_at is not None:
        yield from update("prompt_closed", "prompt", found, found.prompt.closed_at, "closed")


async def compose(situation: Situation) -> Message:
    before = situation.found.previous
    missed = await deliveries.missed(situation.session, before.id) if before else {}
    return answering.build_prompt(situation.found, situation.now, missed=missed)


def still_open(situation: Situation) -> str | None:
    return None if situation.found.prompt.is_open(situation.now) else deliveries.ENDED


PROMPT = Kind("prompt", prompt_wanted, compose, useful=still_open, asks=True)
COUNT = Kind("answer_count", count_wanted, compose, useful=still_open, updates="prompt", follows="answer_count")
CLOSED = Kind("prompt_closed", closed_wanted, compose, updates="prompt")
