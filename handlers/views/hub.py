"""What you can do here, now, as who you are; and help."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.rounds import Round
from bot.domain.text import shorten
from bot.services.membership import Care
from handlers.views import block_kit
from handlers.views.block_kit import Block, Element
from handlers.views.membership import build_care
from handlers.views.personal import build_buttons

MOST_ELSEWHERE = 3


@dataclass(frozen=True)
class HubContext:
    """For whom the hub is made, and where their group stands."""

    round_: Round
    viewer: str
    now: datetime
    took_part: bool


@dataclass(frozen=True)
class GroupStatus:
    """A group as it stands for one person."""

    found: Round
    took_part: bool
    care: Care = field(default_factory=Care)


def build_elsewhere(
    standings: Sequence[GroupStatus],
    viewer: str,
    now: datetime,
    buttons: Callable[[GroupStatus], Sequence[Element]],
) -> list[Block]:
    """Outside a group's channel: the groups that one is in, each with its buttons."""
    if not standings:
        return []
    blocks = [
        block_kit.divider(),
        block_kit.paragraph(block_kit.bold("Your groups" if len(standings) > 1 else "Your group")),
    ]
    for standing in standings[:MOST_ELSEWHERE]:
        blocks += build_hub(standing.found, viewer, now, buttons(standing))[:-1]
        blocks += build_care(standing.found, standing.care)
    if len(standings) > MOST_ELSEWHERE:
        blocks.append(block_kit.small("The others are on my Home."))
    return [*blocks, build_buttons()]


def build_hub(round_: Round, viewer: str, now: datetime, buttons: Sequence[Element]) -> list[Block]:
    """Where the group stands, and the buttons that make sense for this person now."""
    meeting, zone = round_.meeting, round_.group.zone
    over = meeting.ends_at <= now
    blocks = [
        block_kit.paragraph(
            block_kit.bold(round_.group.charter.name),
            block_kit.text(" met " if over else " meets next "),
            block_kit.timestamp(meeting.starts_at, zone, now),
            *_lead(round_, viewer, over=over),
        )
    ]
    if round_.prompt.is_open(now):
        blocks += [
            block_kit.paragraph(block_kit.bold("Open now")),
            block_kit.bullets([block_kit.text(q.text)] for q in round_.prompt.questions),
        ]
    elif now < round_.prompt.opens_at:
        blocks.append(
            block_kit.paragraph(
                block_kit.text("The next question comes "),
                block_kit.timestamp(round_.prompt.opens_at, zone, now),
                block_kit.text("."),
            )
        )
    return [*blocks, *([block_kit.actions(*buttons)] if buttons else []), build_buttons()]


def _lead(round_: Round, viewer: str, *, over: bool) -> list[block_kit.Element]:
    leader = round_.meeting.facilitator
    if leader is None:
        return [block_kit.text(".")]
    return (
        [block_kit.text(". You led it." if over else ". You lead it.")]
        if leader == viewer
        else [block_kit.text(", led by "), block_kit.mention(leader), block_kit.text(".")]
    )


def build_help(rows: Sequence[tuple[str, str]], unknown: str = "", nearest: str = "") -> list[Block]:
    """The commands that there are: (usage, what it does). With `unknown`, what was typed and what may be meant."""
    blocks: list[Block] = []
    if unknown:
        guess = f" Did you mean /collab {nearest}?" if nearest else ""
        blocks.append(
            block_kit.paragraph(
                block_kit.text("I don't know “"), block_kit.text(shorten(unknown, 60)), block_kit.text(f"”.{guess}")
            )
        )
    return [
        *blocks,
        block_kit.paragraph(block_kit.bold("What you can type")),
        block_kit.bullets(
            [block_kit.bold(f"/collab {usage}".rstrip()), block_kit.text(f" – {what}")] for usage, what in rows
        ),
        block_kit.small("Everything has a button too: type /collab to see yours, or open my Home."),
    ]


def build_nothing_here() -> list[Block]:
    """In a channel that the bot is not in, or a DM."""
    return [
        block_kit.paragraph(
            block_kit.text("I'm not in this channel yet. Type "),
            block_kit.bold("/invite @Collab"),
            block_kit.text(" in the channel where you want to learn together, then "),
            block_kit.bold("/collab start"),
            block_kit.text(" there."),
        )
    ]
