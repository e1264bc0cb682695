"""Rounds and what is shown of them, made from hostile and oversized texts."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from bot.domain.agenda import Item
from bot.domain.anonymity import Seen, Visibility
from bot.domain.cadence import Cadence, Frequency
from bot.domain.charter import Charter, Facilitation
from bot.domain.questions import Purpose, Stage, Wants
from bot.domain.rounds import Batch, Group, Meeting, MeetingState, Prompt, PromptQuestion, Round
from bot.services.agenda import AgendaContents
from bot.services.handoff_notes import NoteForNext
from bot.services.parked import Topic
from bot.services.reflections import Own
from handlers.capabilities import CAPABILITIES
from handlers.capability import plug
from handlers.messages.agenda import BELOW_AGENDA, BELOW_DRAFT
from handlers.views import (
    agenda,
    answered_before,
    answering,
    block_kit,
    parked,
)

NOW = datetime(2026, 9, 6, 12, tzinfo=UTC)
PLUGGED = plug(CAPABILITIES)
STARTS = datetime(2026, 9, 8, 15, tzinfo=UTC)
ATTACK = "<!channel> <@U1> <#C1|x> <https://evil.example|here> *b* _i_ ~s~ `c` ```d``` > q\n• l &amp; :smile: @here"
NASTY = (
    "",
    " ",
    "x",
    "🙂",
    "👩‍👩‍👧‍👦" * 400,
    "שלום \u202e abc",
    "a" * 3000,
    "<" * 3000,
    "&" * 3000,
    "line\n" * 600,
    ATTACK,
)


def cut(text: str, longest: int) -> str:
    return text[:longest]


def make_round(text: str, *, members: int = 60, wants: Wants = Wants.WORDS, led: bool = True) -> Round:
    people = tuple(f"U{i:08}" for i in range(members))
    made = Charter(
        name=cut(text, 80),
        purpose_kind=Purpose.TOPIC,
        purpose=cut(text, 500),
        cadence=Cadence(Frequency.BIWEEKLY, date(2026, 9, 8), time(10), "America/Argentina/ComodRivadavia"),
        length_minutes=60,
        place=cut(text, 300),
        facilitation=Facilitation.ROTATING,
        designated=None,
    )
    group = Group("g" * 32, "T1", "C1", made, Stage.GROWING, people[0], NOW, people, people[:1])
    meeting = Meeting(
        id="m" * 32,
        number=2,
        slot=datetime.fromisoformat("2026-09-08T10:00"),
        starts_at=STARTS,
        length_minutes=60,
        state=MeetingState.UPCOMING,
        facilitator=people[1] if led else None,
        draft_due_at=STARTS - timedelta(days=1),
        agenda_due_at=STARTS - timedelta(hours=2),
        handoff_due_at=STARTS + timedelta(days=1),
        notes=text,
    )
    asked = tuple(
        PromptQuestion(i, f"q{i}", cut(text, 200) or "What?", cut(text, 200) or "So.", wants) for i in range(3)
    )
    prompt = Prompt(
        "p" * 32, NOW - timedelta(days=1), STARTS - timedelta(hours=2), None, asked, 1_000_000, Batch.WAITING
    )
    return Round(group, meeting, prompt, meeting, replace(meeting, starts_at=STARTS + timedelta(days=14)))


def make_contents(text: str) -> AgendaContents:
    answers = [
        Seen(position, text, visibility, author, edited=True, late=True)
        for position in range(3)
        for visibility in (Visibility.NAMED, Visibility.FACILITATOR)
        for author in ("U1", None)
        for _ in range(30)
    ]
    items = tuple(Item(cut(text, 200) or "x", 999) for _ in range(40))
    return AgendaContents(
        items,
        tuple(answers),
        {0: [cut(text, 500) or "x"] * 3},
        (NoteForNext("U1", text),),
    )


def make_added(round_: Round, text: str) -> agenda.Added:
    """What all capabilities add to an agenda."""
    below, on_draft = PLUGGED.buttons(BELOW_AGENDA, round_), PLUGGED.buttons(BELOW_DRAFT, round_)
    return agenda.Added(parked.build_on_agenda(round_, make_topics(text)), below, on_draft)


def make_own(round_: Round, text: str) -> list[Own]:
    return [Own(asked, text, Visibility.ANONYMOUS, edited=True) for asked in round_.prompt.questions]


def again(round_: Round, own: Own, text: str, *, public: bool = False) -> block_kit.View:
    given = answering.Given(own.asked.position, text, public=public)
    return answered_before.build_again(round_, own, given, text[:255], Visibility.NAMED, NOW)


def kinds(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for part in node:
            yield from kinds(part)
    elif isinstance(node, dict):
        if isinstance(node.get("type"), str):
            yield node["type"]
        for part in node.values():
            yield from kinds(part)


def make_topics(text: str) -> list[Topic]:
    return [Topic(f"{n:032}", cut(text, 300), "U1") for n in range(50)]
