"""What you can do here, now, as who you are; and help."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.rounds import Batch, Phase, Round
from bot.domain.text import shorten
from bot.services.membership import Care
from handlers.views import agenda, anonymous, answering, handover, kit, responses, rhythm
from handlers.views.kit import Block
from handlers.views.membership import build_care
from handlers.views.personal import build_buttons

MOST_ELSEWHERE = 3


@dataclass(frozen=True)
class Standing:
    """A group as it stands for one person."""

    found: Round
    took_part: bool
    care: Care = field(default_factory=Care)


def build_elsewhere(standings: Sequence[Standing], viewer: str, now: datetime) -> list[Block]:
    """Outside a group's channel: the groups that one is in, each with its buttons."""
    if not standings:
        return []
    blocks = [kit.divider(), kit.para(kit.b("Your groups" if len(standings) > 1 else "Your group"))]
    for standing in standings[:MOST_ELSEWHERE]:
        blocks += build_hub(standing.found, viewer, now, took_part=standing.took_part)[:-1]
        blocks += build_care(standing.found, standing.care)
    if len(standings) > MOST_ELSEWHERE:
        blocks.append(kit.small("The others are on my Home."))
    return [*blocks, build_buttons()]


def build_hub(found: Round, viewer: str, now: datetime, *, took_part: bool) -> list[Block]:
    """Where the group stands, and the buttons that make sense for this person now."""
    meeting, zone = found.meeting, found.group.zone
    over = meeting.ends_at <= now
    blocks = [
        kit.para(
            kit.b(found.group.charter.name),
            kit.t(" met " if over else " meets next "),
            kit.when(meeting.starts_at, zone, now),
            *_lead(found, viewer, over=over),
        )
    ]
    buttons = [kit.button("Agenda", agenda.SHOW, meeting.id), kit.button("Park a topic", agenda.PARK, meeting.id)]
    if found.leads(viewer) and meeting.starts_at <= now:
        buttons.insert(0, kit.button("Notes and handover", handover.NOTES, meeting.id))
    if found.prompt.can_be_read:
        buttons.append(kit.button("Read the answers", responses.READ, meeting.id))
    if found.prompt.is_open(now):
        label = "See or change my answer" if took_part else "Answer"
        buttons.insert(0, kit.button(label, answering.ANSWER, meeting.id, style="primary"))
        blocks += [kit.para(kit.b("Open now")), kit.bullets([kit.t(q.text)] for q in found.prompt.questions)]
    elif found.phase(now) is Phase.LATE:
        buttons.insert(0, kit.button("Answer late", answering.ANSWER, meeting.id))
    elif now < found.prompt.opens_at:
        blocks.append(
            kit.para(kit.t("The next question comes "), kit.when(found.prompt.opens_at, zone, now), kit.t("."))
        )
    if found.prompt.batch is Batch.WAITING and found.reviews(viewer):  # whoever has no DM has no other way to them
        buttons.insert(0, kit.button("Read the anonymous answers", anonymous.READ, meeting.id, style="primary"))
    if viewer in found.group.conveners:
        buttons.append(kit.button("Rhythm", rhythm.OPEN, meeting.id))
    return [*blocks, kit.actions(*buttons), build_buttons()]


def _lead(found: Round, viewer: str, *, over: bool) -> list[kit.Element]:
    leader = found.meeting.facilitator
    if leader is None:
        return [kit.t(".")]
    return (
        [kit.t(". You led it." if over else ". You lead it.")]
        if leader == viewer
        else [kit.t(", led by "), kit.at(leader), kit.t(".")]
    )


def build_help(rows: Sequence[tuple[str, str]], unknown: str = "", nearest: str = "") -> list[Block]:
    """The commands that there are: (usage, what it does). With `unknown`, what was typed and what may be meant."""
    blocks: list[Block] = []
    if unknown:
        guess = f" Did you mean /collab {nearest}?" if nearest else ""
        blocks.append(kit.para(kit.t("I don't know “"), kit.t(shorten(unknown, 60)), kit.t(f"”.{guess}")))
    return [
        *blocks,
        kit.para(kit.b("What you can type")),
        kit.bullets([kit.b(f"/collab {usage}".rstrip()), kit.t(f" – {what}")] for usage, what in rows),
        kit.small("Everything has a button too: type /collab to see yours, or open my Home."),
    ]


def build_nothing_here() -> list[Block]:
    """In a channel that the bot is not in, or a DM."""
    return [
        kit.para(
            kit.t("I'm not in this channel yet. Type "),
            kit.b("/invite @Collab"),
            kit.t(" in the channel where you want to learn together, then "),
            kit.b("/collab start"),
            kit.t(" there."),
        )
    ]
