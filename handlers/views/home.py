"""The app's Home: what is open for me, my meetings, what is mine to prepare, what I wrote, my settings, help.

What stands in its lists, beside a meeting and below comes from whichever capabilities are plugged in.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.domain.overview import MeetingSummary, Page, Pages
from bot.services.overview import Opportunity, Overview
from handlers.views import block_kit
from handlers.views.block_kit import Block, Element, View
from handlers.views.personal import build_buttons

EARLIER, MORE = "home_earlier", "home_more"
TURNS = (EARLIER, MORE)
START = "home_start"

LONGEST_HOME = 20_000
"""Characters that people typed, in all: a Home takes more than a message, and nobody reads more."""

Entries = Page[Sequence[Block]]
"""A page of a list, as it is shown."""


@dataclass(frozen=True)
class Contents:
    """What a Home shows: the pages that are open of its three lists, the buttons `beside` each meeting, by its id, and
    what stands `below` the lists."""

    found: Overview
    pages: Pages
    open: Entries
    meetings: Page[MeetingSummary]
    tasks: Entries
    beside: Mapping[str, Sequence[Element]] = field(default_factory=dict)
    below: Sequence[Block] = ()


def build_home(contents: Contents) -> View:
    """Somebody's Home."""
    alone = not contents.meetings.total
    blocks = [
        block_kit.heading("Learning together"),
        *(_welcome(contents.found.places) if alone else _groups(contents)),
        *contents.below,
        block_kit.divider(),
        *_footer(alone=alone),
    ]
    return {"type": "home", "callback_id": "home", "blocks": block_kit.fit(blocks, LONGEST_HOME)}


# ---- In groups ----


def _groups(contents: Contents) -> list[Block]:
    return [*_open(contents), block_kit.divider(), *_meetings(contents), *_prepare(contents)]


def _meetings(contents: Contents) -> list[Block]:
    """One that was and is not handed on yet is not the next."""
    found, pages = contents.found, contents.pages
    over = any(glimpse.is_over(found.now) for glimpse in contents.meetings.items)
    entries = contents.meetings.of(lambda one: _meeting(one, contents.beside.get(one.meeting, ()), found))
    title = "Your meetings" if over else "Your next meetings"
    return _list(title, entries, lambda number: replace(pages, meetings=number))


def _open(contents: Contents) -> list[Block]:
    found, pages = contents.found, contents.pages
    if contents.open.total:
        return _list("Open for you", contents.open, lambda number: replace(pages, open=number))
    said = [block_kit.text("Nothing is open for you right now.")]
    if found.next_opens:
        moment = block_kit.timestamp(*found.next_opens, found.now)
        said += [block_kit.text(" The next questions come "), moment, block_kit.text(".")]
    return [block_kit.paragraph(*said)]


def _meeting(glimpse: MeetingSummary, buttons: Sequence[Element], found: Overview) -> Sequence[Block]:
    over = glimpse.is_over(found.now)
    said = block_kit.paragraph(
        block_kit.bold(glimpse.name),
        block_kit.text(" met " if over else " meets "),
        block_kit.timestamp(glimpse.starts_at, glimpse.zone, found.now),
        *_lead(glimpse.facilitator, found.person, over=over),
    )
    return [said, *([block_kit.actions(*buttons)] if buttons else [])]


def _lead(leader: str | None, viewer: str, *, over: bool) -> list[Element]:
    if leader == viewer:
        return [block_kit.text(". "), block_kit.bold("You led it." if over else "You lead it.")]
    return (
        [block_kit.text(", led by "), block_kit.mention(leader), block_kit.text(".")]
        if leader
        else [block_kit.text(".")]
    )


def _prepare(contents: Contents) -> list[Block]:
    if not contents.tasks.total:
        return []
    tasks = _list("Yours to prepare", contents.tasks, lambda number: replace(contents.pages, tasks=number))
    return [block_kit.divider(), *tasks]


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


def _footer(*, alone: bool) -> list[Block]:
    """Somebody in no group has no settings to look after yet: two buttons at most."""
    names = ["help"] if alone else ["settings", "mydata", "help"]
    return [build_buttons(names), block_kit.small("Only you see this page.")]


# ---- Pages ----


def _list(title: str, page: Entries, at: Callable[[int], Pages]) -> list[Block]:
    entries = [block for entry in page.items for block in entry]
    return [block_kit.heading(title), *entries, *_turning(page, at)]


def _turning(page: Entries, at: Callable[[int], Pages]) -> list[Block]:
    """Where there is more than one page: which this is, and the way to the others."""
    if not page.last:
        return []
    buttons = []
    if page.number > 0:
        buttons.append(block_kit.button("Earlier ones", EARLIER, str(at(page.number - 1))))
    if page.number < page.last:
        buttons.append(block_kit.button("More", MORE, str(at(page.number + 1))))
    return [
        block_kit.actions(*buttons),
        block_kit.small(f"Page {page.number + 1} of {page.last + 1}, {page.total} in all."),
    ]
