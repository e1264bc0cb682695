"""`/collab mydata`: what is kept about me, as a screen and as two files; and erasing it in two steps."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from bot.domain.formatting import count, join_words
from bot.services.forgetting import ErasurePreview
from handlers.views import block_kit
from handlers.views.block_kit import Block, View
from handlers.views.settings import MY_DATA

SHOW, GET, ERASE, FORM = MY_DATA, "mydata_get", "mydata_erase", "mydata_erase_form"
SURE = "sure"
MOST_GROUPS = 10
FILE = "collab-my-data"
ABOUT = (
    "Everything that Collab keeps about you. Files that it sent you before, like this one, stay until you delete them."
)

Data = Mapping[str, Sequence[Mapping[str, Any]]]


def build_overview(left: ErasurePreview) -> list[Block]:
    """What is kept, in numbers, with a way to all of it."""
    return [
        block_kit.paragraph(block_kit.bold("What I keep about you")),
        block_kit.bullets([[block_kit.text(line)] for line in _kept(left)]),
        block_kit.small("Answers that you gave without your name can't be found once they were shown: not even by me."),
        block_kit.actions(
            block_kit.button("Get everything", GET, style="primary"),
            block_kit.button("Erase everything…", ERASE, style="danger"),
        ),
    ]


def _kept(left: ErasurePreview) -> Iterator[str]:
    answers = count(left.answers, "answer", "answers") if left.answers else "no answer"
    yield f"{answers} under your name or to a facilitator alone"
    if left.anonymous:
        yield f"{count(left.anonymous, 'answer', 'answers')} without your name, not shown yet"
    if left.topics:
        yield f"{count(left.topics, 'topic', 'topics')} that you parked"
    if left.led:
        yield f"that you led, or are to lead, {count(left.led, 'meeting', 'meetings')}"
    yield f"that you belong to {join_words(_short(left.groups))}" if left.groups else "that you are in no group"
    yield "your settings, and what Slack tells me about everybody: name, time zone, channels that I am in"


def _short(groups: Sequence[str]) -> list[str]:
    more = len(groups) - MOST_GROUPS
    return [*groups[:MOST_GROUPS], *([f"{more} more"] if more > 0 else [])]


def build_on_its_way() -> list[Block]:
    return [
        block_kit.paragraph(
            block_kit.bold("On its way. "),
            block_kit.text("I send you two files by direct message: one to read, one as JSON."),
        )
    ]


def build_not_sent() -> block_kit.Message:
    return block_kit.Message(
        [
            block_kit.paragraph(
                block_kit.text("I couldn't send you your files just now. Please try /collab mydata again.")
            )
        ]
    )


def build_erase(left: ErasurePreview) -> View:
    """Step one of two: exactly what goes and what stays."""
    return block_kit.modal(
        FORM,
        "Erase everything",
        [
            block_kit.paragraph(block_kit.bold("What goes, for good")),
            block_kit.bullets([[block_kit.text(line)] for line in _goes(left)]),
            block_kit.paragraph(block_kit.bold("What others notice")),
            block_kit.bullets([[block_kit.text(line)] for line in _noticed(left)] + list(_heirs(left))),
            block_kit.paragraph(block_kit.bold("What stays")),
            block_kit.bullets([[block_kit.text(line)] for line in STAYS]),
            block_kit.field_input(
                SURE,
                "This can't be taken back",
                {"type": "checkboxes", "options": [block_kit.option("Yes, erase everything about me", "yes")]},
                hint="You may want to get everything first.",
            ),
        ],
        submit="Erase",
        close="Keep it",
    )


STAYS = (
    "Answers without your name that the group was shown: nobody can tell which are yours.",
    "The notes of meetings, and the group's own words about itself: they are the group's.",
    "Where I had to forget that I wrote to you (old reminders, and what was about answers without your name), a line "
    "that names nobody and nothing.",
    "Files that I sent you: they are yours; delete them in our direct messages.",
    "That you led a meeting stays as a turn without a name.",
    "Slack goes on telling me who is in this workspace, you too: your name, time zone and channels.",
    "Whoever runs Collab may have older backups. When one is restored, all this is erased again.",
)


def _goes(left: ErasurePreview) -> Iterator[str]:
    if left.answers:
        yield f"Your {count(left.answers, 'answer', 'answers')}, from here and from every message that I posted."
    if left.anonymous:
        yield f"{count(left.anonymous, 'answer', 'answers')} without your name, not shown yet."
    yield "The topics that you parked, thanks that you gave, your settings and drafts."
    yield "What I wrote to you in our direct messages."
    if left.groups:
        yield f"That you belong to {join_words(_short(left.groups))}: you leave."


def _noticed(left: ErasurePreview) -> Iterator[str]:
    yield "Your name and your words disappear from the messages that I posted; it may take some minutes."
    if left.anonymous:
        yield "Whoever reads answers without a name before the group does may notice that one is gone."
    if left.groups:
        yield "If it is your turn to lead, it goes to whoever has waited longest."


def _heirs(left: ErasurePreview) -> Iterator[list[block_kit.Element]]:
    for group, heir in list(left.heirs.items())[:MOST_GROUPS]:
        if heir is None:
            yield [block_kit.bold(group), block_kit.text(" has nobody else in it: it ends.")]
        else:
            yield [
                block_kit.bold(group),
                block_kit.text(" has no other convener: "),
                block_kit.mention(heir),
                block_kit.text(" becomes it."),
            ]


def parse_erase(state: Mapping[str, Any]) -> bool:
    """Whether they are sure."""
    return bool(state["values"][SURE][SURE].get("selected_options"))


def build_erased() -> list[Block]:
    return [
        block_kit.paragraph(block_kit.bold("It is done. "), block_kit.text("I keep nothing about you any more.")),
        block_kit.paragraph(
            block_kit.text("The messages that I posted follow within some minutes. You are welcome back at any time.")
        ),
    ]


# ---- The files ----


def build_files(data: Data, made_at: datetime) -> list[dict[str, Any]]:
    """The two files as Slack's client takes them: the same in JSON, and to read."""
    at = made_at.isoformat(timespec="minutes")
    whole = {"about": ABOUT, "made_at": at, "kept": data}
    return [
        {"filename": f"{FILE}.txt", "title": "To read", "content": "\n".join(_as_text(data, at))},
        {"filename": f"{FILE}.json", "title": "As JSON", "content": json.dumps(whole, default=_plain, indent=2)},
    ]


def build_here(data: Data, made_at: datetime) -> View:
    """The file to read, as a screen: for whoever can't be sent files."""
    pieces = [""]
    for line in _as_text(data, made_at.isoformat(timespec="minutes")):
        if len(pieces[-1]) + len(line) > LONGEST_PIECE:
            pieces.append("")
        pieces[-1] += f"{line}\n"
    blocks = [block_kit.quote(piece) for piece in pieces[:MOST_PIECES] if piece]
    rest = [block_kit.small(NOT_ALL)] if len(pieces) > MOST_PIECES else []
    return block_kit.modal("mydata_here", "My data", [*blocks, *rest])


NOT_ALL = "That is not all of it yet. Whoever runs Collab can give you the rest."
LONGEST_PIECE, MOST_PIECES = 2_000, 25


def _as_text(data: Data, made_at: str) -> Iterator[str]:
    yield from (ABOUT, f"Made at {made_at}.", "")
    for words, rows in data.items():
        yield from (words, "=" * len(words), *([] if rows else ["nothing"]))
        for row in rows:
            yield from (line for name, value in row.items() for line in _line(name, value))
            yield ""
        yield ""


def _line(name: str, value: Any) -> Iterator[str]:
    first, *rest = str(_plain(value)).split("\n")
    yield f"{name.replace('_', ' ')}: {first}"
    yield from (f"    {line}" for line in rest)


def _plain(value: Any) -> Any:
    """Dates and times as people and machines read them."""
    return value.isoformat() if isinstance(value, date | time) else value
