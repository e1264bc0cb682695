"""The app's Home: what is open for me, my meetings, what is mine to prepare, what I wrote, my settings, help."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from bot.domain.anonymity import Visibility
from bot.domain.overview import MeetingSummary, Page, Pages, Task, Work
from bot.domain.text import shorten
from bot.services.overview import Opportunity, Overview
from bot.services.reflections import Written
from handlers.views import agenda, anonymous_review, answering, block_kit, handoffs, parked, responses
from handlers.views.block_kit import Block, Element, View
from handlers.views.personal import build_buttons

EARLIER, MORE = "home_earlier", "home_more"
TURNS = (EARLIER, MORE)
START = "home_start"
LONGEST_QUESTION, LONGEST_QUOTE, LONGEST_NAME = 300, 300, 80

Item = TypeVar("Item")


def build_home(found: Overview, viewer: str, now: datetime) -> View:
    """Somebody's Home."""
    body = _groups(found, viewer, now) if found.meetings.total else _welcome(found.places)
    blocks = [
        block_kit.heading("Learning together"),
        *body,
        *_written(found.history),
        block_kit.divider(),
        *_footer(alone=not found.meetings.total),
    ]
    return {"type": "home", "callback_id": "home", "blocks": block_kit.fit(blocks, LONGEST_HOME)}


LONGEST_HOME = 20_000
"""Characters that people typed, in all: a Home takes more than a message, and nobody reads more."""


# ---- In groups ----


def _groups(found: Overview, viewer: str, now: datetime) -> list[Block]:
    return [
        *_open(found, now),
        block_kit.divider(),
        *_list(_heading(found.meetings, now), found.meetings, lambda g: _meeting(g, viewer, now)),
        *_turning(found.meetings, found.pages, lambda pages, number: replace(pages, meetings=number)),
        *_prepare(found, now),
    ]


def _heading(meetings: Page[MeetingSummary], now: datetime) -> str:
    """One that was and is not handed on yet is not the next."""
    over = any(glimpse.ends_at <= now for glimpse in meetings.items)
    return "Your meetings" if over else "Your next meetings"


def _open(found: Overview, now: datetime) -> list[Block]:
    if not found.open.total:
        said = [block_kit.text("Nothing is open for you right now.")]
        if found.next_opens:
            said += [
                block_kit.text(" The next questions come "),
                block_kit.timestamp(*found.next_opens, now),
                block_kit.text("."),
            ]
        return [block_kit.paragraph(*said)]
    return [
        *_list("Open for you", found.open, lambda g: _question(g, found.questions.get(g.prompt, []), now)),
        *_turning(found.open, found.pages, lambda pages, number: replace(pages, open=number)),
    ]


def _question(glimpse: MeetingSummary, questions: Sequence[str], now: datetime) -> list[Block]:
    lead = block_kit.paragraph(
        block_kit.bold(glimpse.name),
        block_kit.text(" – until "),
        block_kit.timestamp(glimpse.closes_at, glimpse.zone, now),
    )
    if glimpse.took_part:
        said = block_kit.paragraph(
            block_kit.bold(glimpse.name),
            block_kit.text(" – you took part: you answered, or you passed. You can change it until "),
        )
        said["elements"][0]["elements"].append(block_kit.timestamp(glimpse.closes_at, glimpse.zone, now))
        return [said, block_kit.actions(block_kit.button("See or change it", answering.ANSWER, glimpse.meeting))]
    lead["elements"] += block_kit.bullets([block_kit.text(shorten(text, LONGEST_QUESTION))] for text in questions)[
        "elements"
    ]
    buttons = (
        block_kit.button("Answer now", answering.ANSWER, glimpse.meeting, style="primary"),
        block_kit.button("Pass", answering.PASS, glimpse.meeting),
    )
    return [lead, block_kit.actions(*buttons)]


def _meeting(glimpse: MeetingSummary, viewer: str, now: datetime) -> list[Block]:
    verb = " met " if glimpse.ends_at <= now else " meets "
    return [
        block_kit.paragraph(
            block_kit.bold(glimpse.name),
            block_kit.text(verb),
            block_kit.timestamp(glimpse.starts_at, glimpse.zone, now),
            *_lead(glimpse.facilitator, viewer, over=glimpse.ends_at <= now),
        ),
        block_kit.actions(
            block_kit.button("Agenda", agenda.SHOW, glimpse.meeting),
            parked.build_button(glimpse.meeting),
            *([block_kit.button("Read the answers", responses.READ, glimpse.readable)] if glimpse.readable else []),
        ),
    ]


def _lead(leader: str | None, viewer: str, *, over: bool) -> list[Element]:
    if leader == viewer:
        return [block_kit.text(". "), block_kit.bold("You led it." if over else "You lead it.")]
    return (
        [block_kit.text(", led by "), block_kit.mention(leader), block_kit.text(".")]
        if leader
        else [block_kit.text(".")]
    )


def _prepare(found: Overview, now: datetime) -> list[Block]:
    if not found.tasks.total:
        return []
    return [
        block_kit.divider(),
        *_list("Yours to prepare", found.tasks, lambda task: _task(task, now)),
        *_turning(found.tasks, found.pages, lambda pages, number: replace(pages, tasks=number)),
    ]


def _task(task: Task, now: datetime) -> list[Block]:
    name, until = block_kit.bold(task.name), block_kit.timestamp(task.until, task.zone, now)
    match task.work:
        case Work.DRAFT:
            said = [name, block_kit.text(" – your agenda draft is ready. I post it "), until, block_kit.text(".")]
            button = block_kit.button("Look at the draft", agenda.SHOW, task.meeting)
        case Work.BATCH:
            said = [name, block_kit.text(" – anonymous answers wait for you to read them. I keep them until "), until]
            button = block_kit.button("Read them", anonymous_review.READ, task.meeting)
        case Work.NOTES:
            said = [
                name,
                block_kit.text(" – how did it go? Two lines help whoever leads next. I hand over "),
                until,
                block_kit.text("."),
            ]
            button = block_kit.button("Write notes and hand over", handoffs.NOTES, task.meeting)
    return [block_kit.paragraph(*said), block_kit.actions(button)]


# ---- In none ----


def _welcome(places: Sequence[Opportunity]) -> list[Block]:
    """What this is, and how to begin."""
    return [
        block_kit.paragraph(
            block_kit.text(
                "A learning collaborative is a small group that learns from each other, meeting after meeting. I ask a "
                "good question before each one, keep what you answer, draft the agenda, and pass the lead on."
            )
        ),
        *_there(places),
        *_begin(next((place for place in places if place.group is None), None)),
    ]


def _there(places: Sequence[Opportunity]) -> list[Block]:
    groups = [place for place in places if place.group is not None]
    if not groups:
        return []
    return [
        block_kit.paragraph(block_kit.bold("Groups in your channels")),
        block_kit.bullets([block_kit.text(f"{place.group} in #{place.name}")] for place in groups),
        block_kit.paragraph(block_kit.text("To join one, ask in its channel: its convener can add you.")),
    ]


def _begin(place: Opportunity | None) -> list[Block]:
    if place is not None:
        said = block_kit.paragraph(block_kit.text(f"You can start one in #{place.name}. It takes two minutes."))
        return [said, block_kit.actions(block_kit.button("Start a group", START, place.channel, style="primary"))]
    return [
        block_kit.paragraph(
            block_kit.text("To start one, go to the channel where you want to learn together and type "),
            block_kit.bold("/invite @Collab"),
            block_kit.text(", then "),
            block_kit.bold("/collab start"),
            block_kit.text(". It takes two minutes."),
        )
    ]


# ---- What I wrote, and the rest ----


def _written(history: Sequence[Written]) -> list[Block]:
    """What is for one person alone stands apart from what the group reads."""
    if not history:
        return []
    private = [one for one in history if one.visibility is Visibility.FACILITATOR]
    blocks = [block_kit.divider(), block_kit.heading("What you wrote lately")]
    blocks += [block for one in history if one not in private for block in _one_written(one, "The group")]
    if private:
        blocks.append(block_kit.paragraph(block_kit.bold("For one person alone")))
        blocks += [block for one in private for block in _one_written(one, _only(one.reader))]
    return [*blocks, build_buttons(["mine"])]


def _only(reader: str | None) -> str:
    return f"Only {shorten(reader, LONGEST_NAME)}" if reader else "Only you"


def _one_written(one: Written, who: str) -> list[Block]:
    return [
        block_kit.paragraph(block_kit.text(shorten(f"{one.group}: {one.question}", LONGEST_QUESTION), italic=True)),
        block_kit.quote(shorten(one.text, LONGEST_QUOTE)),
        block_kit.small(f"Who sees it: {who}."),
    ]


def _footer(*, alone: bool) -> list[Block]:
    """Somebody in no group has no settings to look after yet: two buttons at most."""
    names = ["help"] if alone else ["settings", "mydata", "help"]
    return [build_buttons(names), block_kit.small("Only you see this page.")]


# ---- Pages ----


def _list(title: str, page: Page[Item], entry: Callable[[Item], list[Block]]) -> list[Block]:
    return [block_kit.heading(title), *(block for item in page.items for block in entry(item))]


def _turning(page: Page[Item], pages: Pages, at: Callable[[Pages, int], Pages]) -> list[Block]:
    """Where there is more than one page: which this is, and the way to the others."""
    if not page.last:
        return []
    buttons = []
    if page.number > 0:
        buttons.append(block_kit.button("Earlier ones", EARLIER, str(at(pages, page.number - 1))))
    if page.number < page.last:
        buttons.append(block_kit.button("More", MORE, str(at(pages, page.number + 1))))
    return [
        block_kit.actions(*buttons),
        block_kit.small(f"Page {page.number + 1} of {page.last + 1}, {page.total} in all."),
    ]
