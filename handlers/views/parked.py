"""Topics parked for later: the button, the form, and the list."""

from collections.abc import Sequence

from bot.domain.agenda import Section as Line
from bot.domain.overview import MeetingSummary
from bot.domain.rounds import Round
from bot.services.handoff_notes import Handover
from bot.services.parked import IN_NOTES, Topic
from handlers.views import block_kit
from handlers.views.block_kit import Block, Element, View
from handlers.views.hub import HubContext

PARK, PARK_FORM, UNPARK = "park", "park_form", "unpark"
LINE = Line("parked", "Kept from earlier", 2)
"""On an agenda with topics."""

MOST_ON_AGENDA, MOST_CARRIED = 10, 5

IN_HANDOFF = "The group reads them in the handover, and with your name on the next agenda."
ON_AGENDA = "The group reads them with your name on the next agenda. The handover that it has read stays without them."


def build_button(meeting: str) -> Element:
    return block_kit.button("Park a topic", PARK, meeting)


def build_topic(topic: Topic) -> list[Element]:
    return [block_kit.text(topic.text), block_kit.text(" – "), block_kit.mention(topic.by)]


def build_park(round_: Round) -> View:
    return block_kit.modal(
        PARK_FORM,
        "Park a topic",
        [
            block_kit.field_input(
                "topic",
                "What should we keep for later?",
                block_kit.text_input(longest=300),
                hint="The group reads it on its agenda in the channel, with your name.",
            ),
            block_kit.small(block_kit.NO_CLIENTS),
        ],
        submit="Park it",
        close="Not now",
        meta=round_.meeting.id,
    )


def build_below(round_: Round) -> Element:
    """Below an agenda."""
    return build_button(round_.meeting.id)


def build_on_agenda(_round: Round, topics: Sequence[Topic]) -> list[Block]:
    if not topics:
        return []
    blocks = [_head(), block_kit.bullets(build_topic(topic) for topic in topics[:MOST_ON_AGENDA])]
    if (rest := len(topics) - MOST_ON_AGENDA) > 0:
        blocks.append(block_kit.small(f"And {rest} more: type /collab park to see them all."))
    return blocks


def build_in_packet(_round: Round, topics: Sequence[Topic]) -> list[Block]:
    """For whoever leads, until the draft is there that has them all."""
    if not topics:
        return []
    return [_head(), block_kit.bullets([block_kit.text(topic.text)] for topic in topics[:MOST_ON_AGENDA])]


def _head() -> Block:
    return block_kit.paragraph(block_kit.bold(LINE.title))


def build_parked(round_: Round, topics: Sequence[Topic], viewer: str, said: str = "") -> list[Block]:
    """What is parked, all of it; each to be closed by its author or whoever leads."""
    blocks = [block_kit.paragraph(block_kit.bold(said))] if said else []
    if not topics:
        blocks.append(
            block_kit.paragraph(block_kit.text("Nothing is parked. Keep something with /collab park and a few words."))
        )
    else:
        blocks.append(block_kit.bullets(build_topic(topic) for topic in topics))
    mine = [topic for topic in topics if topic.by == viewer or round_.leads(viewer)]
    elements = [build_button(round_.meeting.id)]
    if mine:
        options = [block_kit.option(topic.text, f"{round_.meeting.id}:{topic.id}") for topic in mine]
        done = block_kit.choice("static_select", options, None)
        elements.append({"action_id": UNPARK, **done, "placeholder": block_kit.plain("Done with…")})
    return [*blocks, block_kit.actions(*elements)]


def build_on_home(glimpse: MeetingSummary) -> Element:
    return build_button(glimpse.meeting)


def build_in_hub(context: HubContext) -> Element:
    return build_button(context.round_.meeting.id)


def build_in_handover(_handover: Handover, topics: Sequence[Topic]) -> list[Block]:
    if not topics:
        return []
    carried = [[block_kit.text(topic.text)] for topic in topics[:MOST_CARRIED]]
    if (rest := len(topics) - MOST_CARRIED) > 0:
        carried.append([block_kit.text(f"and {rest} more", italic=True)])
    return [block_kit.paragraph(block_kit.bold("We carry over")), block_kit.bullets(carried)]


def build_kept_later(text: str) -> list[Block]:
    """Of topics in notes that are corrected: the handover stands without them."""
    if not text:
        return []
    said = block_kit.paragraph(
        block_kit.bold("These come onto the next agenda"), block_kit.text(", where the group reads them with your name")
    )
    return [said, block_kit.bullets([block_kit.text(line)] for line in text.splitlines())]


def build_in_notes(round_: Round, text: str) -> Block:
    """Where whoever led writes down what the meeting did not get to."""
    return block_kit.field_input(
        IN_NOTES.name,
        "Topics to keep for next time",
        block_kit.text_input(text, lines=True, longest=2000, placeholder="One topic a line"),
        hint=IN_HANDOFF if round_.meeting.handed_off_at is None else ON_AGENDA,
        optional=True,
    )
