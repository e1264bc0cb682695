"""What you can do here, now, as who you are; and help."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.rounds import Batch, Phase, Round
from bot.domain.text import shorten
from bot.services.membership import Care
from handlers.views import agenda, anonymous_review, answering, block_kit, handoffs, responses, rhythm
from handlers.views.block_kit import Block
from handlers.views.membership import build_care
from handlers.views.personal import build_buttons

MOST_ELSEWHERE = 3


@dataclass(frozen=True)
class GroupStatus:
    """A group as it stands for one person."""

    found: Round
    took_part: bool
    care: Care = field(default_factory=Care)


def build_elsewhere(standings: Sequence[GroupStatus], viewer: str, now: datetime) -> list[Block]:
    """Outside a group's channel: the groups that one is in, each with its buttons."""
    if not standings:
        return []
    blocks = [
        block_kit.divider(),
        block_kit.paragraph(block_kit.bold("Your groups" if len(standings) > 1 else "Your group")),
    ]
    for standing in standings[:MOST_ELSEWHERE]:
        blocks += build_hub(standing.found, viewer, now, took_part=standing.took_part)[:-1]
        blocks += build_care(standing.found, standing.care)
    if len(standings) > MOST_ELSEWHERE:
        blocks.append(block_kit.small("The others are on my Home."))
    return [*blocks, build_buttons()]


def build_hub(round_: Round, viewer: str, now: datetime, *, took_part: bool) -> list[Block]:
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
    buttons = [
        block_kit.button("Agenda", agenda.SHOW, meeting.id),
        block_kit.button("Park a topic", agenda.PARK, meeting.id),
    ]
    if round_.leads(viewer) and meeting.starts_at <= now:
        buttons.insert(0, block_kit.button("Notes and handover", handoffs.NOTES, meeting.id))
    if round_.prompt.can_be_read:
        buttons.append(block_kit.button("Read the answers", responses.READ, meeting.id))
    if round_.prompt.is_open(now):
        label = "See or change my answer" if took_part else "Answer"
        buttons.insert(0, block_kit.button(label, answering.ANSWER, meeting.id, style="primary"))
        blocks += [
            block_kit.paragraph(block_kit.bold("Open now")),
            block_kit.bullets([block_kit.text(q.text)] for q in round_.prompt.questions),
        ]
    elif round_.phase(now) is Phase.LATE:
        buttons.insert(0, block_kit.button("Answer late", answering.ANSWER, meeting.id))
    elif now < round_.prompt.opens_at:
        blocks.append(
            block_kit.paragraph(
                block_kit.text("The next question comes "),
                block_kit.timestamp(round_.prompt.opens_at, zone, now),
                block_kit.text("."),
            )
        )
    if round_.prompt.batch is Batch.WAITING and round_.reviews(viewer):  # whoever has no DM has no other way to them
        buttons.insert(
            0, block_kit.button("Read the anonymous answers", anonymous_review.READ, meeting.id, style="primary")
        )
    if viewer in round_.group.conveners:
        buttons.append(block_kit.button("Rhythm", rhythm.OPEN, meeting.id))
    return [*blocks, block_kit.actions(*buttons), build_buttons()]


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
