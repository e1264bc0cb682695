"""The app's Home: what is open for me, my meetings, what is mine to prepare, what I wrote, my settings, help."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from bot.domain.anonymity import Visibility
from bot.domain.overview import Glimpse, Leaf, Pages, Task, Work
from bot.domain.text import shorten
from bot.services.overview import Opportunity, Overview
from bot.services.reflections import Written
from handlers.views import agenda, anonymous, answering, handover, kit, responses
from handlers.views.kit import Block, Element, View
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
        kit.heading("Learning together"),
        *body,
        *_written(found.history),
        kit.divider(),
        *_footer(alone=not found.meetings.total),
    ]
    return {"type": "home", "callback_id": "home", "blocks": kit.fit(blocks, LONGEST_HOME)}


LONGEST_HOME = 20_000
"""Characters that people typed, in all: a Home takes more than a message, and nobody reads more."""


# ---- In groups ----


def _groups(found: Overview, viewer: str, now: datetime) -> list[Block]:
    return [
        *_open(found, now),
        kit.divider(),
        *_list(_heading(found.meetings, now), found.meetings, lambda g: _meeting(g, viewer, now)),
        *_turning(found.meetings, found.pages, lambda pages, number: replace(pages, meetings=number)),
        *_prepare(found, now),
    ]


def _heading(meetings: Leaf[Glimpse], now: datetime) -> str:
    """One that was and is not handed on yet is not the next."""
    over = any(glimpse.ends_at <= now for glimpse in meetings.items)
    return "Your meetings" if over else "Your next meetings"


def _open(found: Overview, now: datetime) -> list[Block]:
    if not found.open.total:
        said = [kit.t("Nothing is open for you right now.")]
        if found.next_opens:
            said += [kit.t(" The next questions come "), kit.when(*found.next_opens, now), kit.t(".")]
        return [kit.para(*said)]
    return [
        *_list("Open for you", found.open, lambda g: _question(g, found.questions.get(g.prompt, []), now)),
        *_turning(found.open, found.pages, lambda pages, number: replace(pages, open=number)),
    ]


def _question(glimpse: Glimpse, questions: Sequence[str], now: datetime) -> list[Block]:
    lead = kit.para(kit.b(glimpse.name), kit.t(" – until "), kit.when(glimpse.closes_at, glimpse.zone, now))
    if glimpse.took_part:
        said = kit.para(
            kit.b(glimpse.name), kit.t(" – you took part: you answered, or you passed. You can change it until ")
        )
        said["elements"][0]["elements"].append(kit.when(glimpse.closes_at, glimpse.zone, now))
        return [said, kit.actions(kit.button("See or change it", answering.ANSWER, glimpse.meeting))]
    lead["elements"] += kit.bullets([kit.t(shorten(text, LONGEST_QUESTION))] for text in questions)["elements"]
    buttons = (
        kit.button("Answer now", answering.ANSWER, glimpse.meeting, style="primary"),
        kit.button("Pass", answering.PASS, glimpse.meeting),
    )
    return [lead, kit.actions(*buttons)]


def _meeting(glimpse: Glimpse, viewer: str, now: datetime) -> list[Block]:
    verb = " met " if glimpse.ends_at <= now else " meets "
    return [
        kit.para(
            kit.b(glimpse.name),
            kit.t(verb),
            kit.when(glimpse.starts_at, glimpse.zone, now),
            *_lead(glimpse.facilitator, viewer, over=glimpse.ends_at <= now),
        ),
        kit.actions(
            kit.button("Agenda", agenda.SHOW, glimpse.meeting),
            kit.button("Park a topic", agenda.PARK, glimpse.meeting),
            *([kit.button("Read the answers", responses.READ, glimpse.readable)] if glimpse.readable else []),
        ),
    ]


def _lead(leader: str | None, viewer: str, *, over: bool) -> list[Element]:
    if leader == viewer:
        return [kit.t(". "), kit.b("You led it." if over else "You lead it.")]
    return [kit.t(", led by "), kit.at(leader), kit.t(".")] if leader else [kit.t(".")]


def _prepare(found: Overview, now: datetime) -> list[Block]:
    if not found.tasks.total:
        return []
    return [
        kit.divider(),
        *_list("Yours to prepare", found.tasks, lambda task: _task(task, now)),
        *_turning(found.tasks, found.pages, lambda pages, number: replace(pages, tasks=number)),
    ]


def _task(task: Task, now: datetime) -> list[Block]:
    name, until = kit.b(task.name), kit.when(task.until, task.zone, now)
    match task.work:
        case Work.DRAFT:
            said = [name, kit.t(" – your agenda draft is ready. I post it "), until, kit.t(".")]
            button = kit.button("Look at the draft", agenda.SHOW, task.meeting)
        case Work.BATCH:
            said = [name, kit.t(" – anonymous answers wait for you to read them. I keep them until "), until]
            button = kit.button("Read them", anonymous.READ, task.meeting)
        case Work.NOTES:
            said = [name, kit.t(" – how did it go? Two lines help whoever leads next. I hand over "), until, kit.t(".")]
            button = kit.button("Write notes and hand over", handover.NOTES, task.meeting)
    return [kit.para(*said), kit.actions(button)]


# ---- In none ----


def _welcome(places: Sequence[Opportunity]) -> list[Block]:
    """What this is, and how to begin."""
    return [
        kit.para(
            kit.t(
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
        kit.para(kit.b("Groups in your channels")),
        kit.bullets([kit.t(f"{place.group} in #{place.name}")] for place in groups),
        kit.para(kit.t("To join one, ask in its channel: its convener can add you.")),
    ]


def _begin(place: Opportunity | None) -> list[Block]:
    if place is not None:
        said = kit.para(kit.t(f"You can start one in #{place.name}. It takes two minutes."))
        return [said, kit.actions(kit.button("Start a group", START, place.channel, style="primary"))]
    return [
        kit.para(
            kit.t("To start one, go to the channel where you want to learn together and type "),
            kit.b("/invite @Collab"),
            kit.t(", then "),
            kit.b("/collab start"),
            kit.t(". It takes two minutes."),
        )
    ]


# ---- What I wrote, and the rest ----


def _written(history: Sequence[Written]) -> list[Block]:
    """What is for one person alone stands apart from what the group reads."""
    if not history:
        return []
    private = [one for one in history if one.visibility is Visibility.FACILITATOR]
    blocks = [kit.divider(), kit.heading("What you wrote lately")]
    blocks += [block for one in history if one not in private for block in _one_written(one, "The group")]
    if private:
        blocks.append(kit.para(kit.b("For one person alone")))
        blocks += [block for one in private for block in _one_written(one, _only(one.reader))]
    return [*blocks, build_buttons(["mine"])]


def _only(reader: str | None) -> str:
    return f"Only {shorten(reader, LONGEST_NAME)}" if reader else "Only you"


def _one_written(one: Written, who: str) -> list[Block]:
    return [
        kit.para(kit.t(shorten(f"{one.group}: {one.question}", LONGEST_QUESTION), italic=True)),
        kit.quote(shorten(one.text, LONGEST_QUOTE)),
        kit.small(f"Who sees it: {who}."),
    ]


def _footer(*, alone: bool) -> list[Block]:
    """Somebody in no group has no settings to look after yet: two buttons at most."""
    names = ["help"] if alone else ["settings", "mydata", "help"]
    return [build_buttons(names), kit.small("Only you see this page.")]


# ---- Pages ----


def _list(title: str, page: Leaf[Item], entry: Callable[[Item], list[Block]]) -> list[Block]:
    return [kit.heading(title), *(block for item in page.items for block in entry(item))]


def _turning(page: Leaf[Item], pages: Pages, at: Callable[[Pages, int], Pages]) -> list[Block]:
    """Where there is more than one page: which this is, and the way to the others."""
    if not page.last:
        return []
    buttons = []
    if page.number > 0:
        buttons.append(kit.button("Earlier ones", EARLIER, str(at(pages, page.number - 1))))
    if page.number < page.last:
        buttons.append(kit.button("More", MORE, str(at(pages, page.number + 1))))
    return [kit.actions(*buttons), kit.small(f"Page {page.number + 1} of {page.last + 1}, {page.total} in all.")]
