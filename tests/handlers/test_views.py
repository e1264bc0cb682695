"""Every message, modal and Home, made from hostile and oversized data: inside Slack's limits, and without effect."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from bot.domain.anonymity import Seen, Visibility
from bot.domain.anonymous_batches import UNSHOWN
from bot.domain.cadence import Occurrence
from bot.domain.overview import Entry, MeetingSummary, Page, Pages, leaf
from bot.domain.questions import Wants
from bot.domain.reminders import Recipient, Reminders, Wishes
from bot.domain.rounds import Batch, MeetingState, Post, Round
from bot.domain.visibility_changes import IN_CHANNEL
from bot.services.agenda import AgendaContents
from bot.services.forgetting import ErasurePreview
from bot.services.handoff_notes import Handover, Notes
from bot.services.message_cleanup import Face
from bot.services.overview import MOST_PLACES, Opportunity, Overview
from bot.services.own_answers import MOST_ON_HOME, OpenPrompt
from bot.services.private_answers import Former
from bot.services.prompt_closing import AnonymousText
from bot.services.reflections import Own, Written
from bot.services.returned_answers import ReturnedAnswer
from bot.services.rhythm import GroupRhythm
from handlers.capabilities import CAPABILITIES
from handlers.capability import hub_buttons, plug
from handlers.commands import Commands
from handlers.messages.home import BESIDE_MEETING, MEETINGS_A_PAGE, OPEN_A_PAGE, TASKS_A_PAGE
from handlers.views import (
    agenda,
    anonymous_author,
    anonymous_review,
    answering,
    block_kit,
    charter,
    error_messages,
    facilitator,
    former_reader,
    handoff,
    home,
    hub,
    late_answers,
    mine,
    mydata,
    own_answers,
    parked,
    reminders,
    rhythm,
    settings,
    summary,
    thanks,
)
from handlers.views.block_kit import Block, Element
from handlers.views.hub import HubContext
from sandbox.blocks import check_blocks
from sandbox.view_check import check_view
from tests.support.made import (
    ATTACK,
    NASTY,
    NOW,
    PLUGGED,
    STARTS,
    again,
    cut,
    kinds,
    make_added,
    make_contents,
    make_own,
    make_round,
    make_topics,
)
from tests.support.person import to_press

Build = Callable[[str], Iterator[tuple[str, Any]]]


def as_hub(round_: Round, viewer: str, now: datetime, *, took_part: bool) -> list[Block]:
    """With the buttons that the capabilities bring."""
    buttons = hub_buttons(CAPABILITIES, HubContext(round_, viewer, now, took_part))
    return hub.build_hub(round_, viewer, now, buttons)


def pressing(viewer: str, now: datetime) -> Callable[[hub.GroupStatus], list[Element]]:
    return lambda one: hub_buttons(CAPABILITIES, HubContext(one.found, viewer, now, one.took_part))


def make_anonymous(text: str, many: int) -> dict[int, list[AnonymousText]]:
    return {position: [AnonymousText(f"{position}{n:031}", text) for n in range(many)] for position in range(3)}


def make_mine(text: str) -> ReturnedAnswer:
    return ReturnedAnswer(1, text, cut(text, 300), "t" * 32)


def ended(round_: Round) -> Round:
    """Answering has ended; the job isn't handed on."""
    return replace(round_, prompt=replace(round_.prompt, closed_at=NOW))


def batches(round_: Round) -> Iterator[tuple[str, Round]]:
    """Every state that a batch can be in, and the one that a restore leaves."""
    prompt = ended(round_).prompt
    for state in Batch:
        yield state, replace(round_, prompt=replace(prompt, batch=state))
    yield "voided", replace(round_, prompt=replace(prompt, batch=Batch.WITHHELD, voided_at=NOW))


def handed_on(round_: Round) -> Round:
    return replace(ended(round_), meeting=replace(round_.meeting, state=MeetingState.HELD))


def messages(text: str) -> Iterator[tuple[str, block_kit.Message]]:
    batch = {position: [text] * 200 for position in range(3)}
    for led in (True, False):
        found = make_round(text, led=led)
        contents = make_contents(text)
        closed = replace(found, prompt=replace(found.prompt, closed_at=NOW))
        posted = replace(found, meeting=replace(found.meeting, agenda_posted_at=NOW))
        late = STARTS - timedelta(hours=1)
        yield "started", charter.build_started(found, NOW)
        yield "started before the prompt", charter.build_started(found, NOW - timedelta(days=2))
        yield "prompt", answering.build_prompt(found, NOW)
        yield "prompt closed", answering.build_prompt(closed, NOW)
        topics, added = make_topics(text), make_added(found, text)
        carried = parked.build_in_packet(found, topics)
        yield "agenda", agenda.build_posted(found, contents, NOW, added)
        yield "packet", facilitator.build_packet(facilitator.Packet(found, contents, added, carried), NOW)
        yield "packet with draft", facilitator.build_packet(facilitator.Packet(found, contents, added), late)
        yield "packet posted", facilitator.build_packet(facilitator.Packet(posted, contents, added), late)
        yield "draft ready", facilitator.build_draft_ready(found, NOW)
        yield "how did it go", facilitator.build_how_did_it_go(found)
        yield "batch ready", anonymous_review.build_ready(found)
        decided = replace(found, prompt=replace(found.prompt, batch=Batch.APPROVED))
        changed = replace(found, prompt=replace(found.prompt, batch_revision=2))
        yield "batch decided", anonymous_review.build_ready(decided)
        yield "batch changed", anonymous_review.build_ready(changed)
        yield "batch left", anonymous_review.build_left(found, NOW)
        yield "too few", anonymous_author.build_too_few(found, {0, 1, 2}, NOW)
        yield "too few left", anonymous_author.build_too_few_left(ended(found), {1}, NOW)
        yield "enough by now", anonymous_author.build_enough(found)
        yield "kept for its reader", former_reader.build_kept_for(found, NOW)
        yield "batch lapsing", anonymous_author.build_lapsing(ended(found), {0, 1, 2}, NOW)
        for face in Face:
            yield f"message ends as {face}", anonymous_author.build_end(face, text[:255])
        for name, state in batches(found):
            yield f"batch {name}", anonymous_review.build_ready(state)
            yield f"batch {name}, to conveners", anonymous_review.build_left(state, NOW)
            if state.prompt.batch in UNSHOWN:
                yield f"{name}, to the group", anonymous_review.build_unshown(state, None, NOW)
                yield f"{name}, to the group when set up anew", anonymous_review.build_voided(state, "1.2", NOW)
        yield "voided while open", anonymous_review.build_voided(found, None, NOW)
        yield "returned", anonymous_author.build_returned(found, make_mine(text))
        yield "settled", anonymous_author.build_settled()
        yield "thanked without a name", thanks.build_thanked_anonymous()
        yield "redacted", anonymous_author.build_redacted(found, 1)
        seen = Seen(1, text, Visibility.NAMED, "U00000003", edited=True, late=True)
        yield "late answer", late_answers.build_late(found, seen, "1.2")
        yield "batch shown", anonymous_review.build_shown(found, batch, "1.2", NOW)
        yield "handoff", handoff.build_handoff(found, NOW, parked.build_in_handover(Handover(found), topics))
        yield "last handoff", handoff.build_handoff(replace(found, following=None), NOW)
        yield "reminder", reminders.build_reminder(found, NOW)
        yield "invitation", reminders.build_invitation(found, NOW)
        yield "files not sent", mydata.build_not_sent()
        yield "unclear", error_messages.build_unclear(found.group, "prompt", "d" * 32)
        yield "stopped", error_messages.build_stopped(found.group, "the channel was archived")


def make_estate(text: str, heir: str | None = "U1") -> ErasurePreview:
    names = tuple(f"{number} {cut(text, 70)}" for number in range(200))
    return ErasurePreview(9_999, 3, 50, 12, names, dict.fromkeys(names, heir))


def whispers(text: str) -> Iterator[tuple[str, list[block_kit.Block]]]:
    found = make_round(text)
    contents = make_contents(text)
    own = make_own(found, text)
    over = STARTS + timedelta(hours=3)
    yield "kept", own_answers.build_kept(found, own, text[:255], NOW)
    yield "withdrawn", own_answers.build_kept(found, [], None, NOW)
    named = [replace(o, visibility=Visibility.NAMED, late=True) for o in own]
    told = own_answers.Told((IN_CHANNEL,), named)
    yield "kept late", own_answers.build_kept(ended(found), named, text[:255], NOW, told)
    yield "withdrawn late", own_answers.build_kept(handed_on(found), [], None, NOW, told)
    yield "settled", anonymous_author.build_named()
    yield "for one alone", anonymous_author.build_alone(text[:255])
    yield "left", anonymous_author.build_left(found, NOW, few=True, mine=True)
    for name, state in batches(found):
        yield f"left when {name}", anonymous_author.build_left(state, NOW, few=False, mine=True)
        yield f"left when {name} and settled", anonymous_author.build_left(state, NOW, few=False, mine=False)
        yield f"outcome when {name}", anonymous_review.build_outcome(state)
    yield "taken back", anonymous_author.build_taken_back()
    yield "handed in again", anonymous_author.build_handed_in()
    yield "sent back", anonymous_review.build_sent_back(found, told=True)
    yield "said thanks", thanks.build_thanked(found)
    yield "sent back to nobody", anonymous_review.build_sent_back(found, told=False)
    yield "not shown", anonymous_review.build_decided(found, NOW, shown=False)
    yield "passed", answering.build_passed()
    yield from of_former_readers(found, text)
    added = make_added(found, text)
    yield "draft", agenda.build_draft(found, contents, NOW, added=added)
    yield "draft to post", agenda.build_draft(ended(found), contents, NOW, added=make_added(ended(found), text))
    yield "agenda to come", agenda.build_for_member(found, contents, NOW, added)
    yield "parked", parked.build_parked(found, make_topics(text), "U1", text[:100])
    yield "nothing parked", parked.build_parked(found, (), "U1")
    yield "decided", anonymous_review.build_decided(found, NOW, shown=True)
    for came in (True, False):
        yield "handed", handoff.build_handed(found, f"#{text[:80]}", came=came)
    yield "corrected", handoff.build_handed(handed_on(found), "#circle")
    yield "hub", as_hub(found, "U1", NOW, took_part=True)
    yield "hub after the meeting", as_hub(found, found.group.members[1], over, took_part=False)
    yield "hub before the prompt", as_hub(found, "U1", NOW - timedelta(days=2), took_part=False)
    yield "help", hub.build_help(Commands(CAPABILITIES).rows)
    yield "help for something unknown", hub.build_help(Commands(CAPABILITIES).rows, unknown=text, nearest="reflect")
    yield (
        "elsewhere",
        hub.build_elsewhere([hub.GroupStatus(found, took_part=True)] * 11, "U1", NOW, pressing("U1", NOW)),
    )
    yield "nothing here", hub.build_nothing_here()
    away = Wishes(Reminders.TWICE, by_dm=True, away_until=date(2027, 9, 9))
    yield "settings kept", settings.build_kept(Recipient("U1", "America/Argentina/ComodRivadavia", away), NOW.date())
    yield "reminders stopped", reminders.build_stopped()
    yield "reminders going on", reminders.build_going_on()
    yield "my data", mydata.build_overview(make_estate(text))
    yield "nothing of mine", mydata.build_overview(ErasurePreview(0, 0, 0, 0, ()))
    yield "files on their way", mydata.build_on_its_way()
    yield "erased", mydata.build_erased()
    yield "start offer", charter.build_start_offer()
    yield "trouble", error_messages.build_trouble("That did `not` work.", text * 4)


def modals(text: str) -> Iterator[tuple[str, block_kit.View]]:
    for wants in Wants:
        found = make_round(text, wants=wants)
        writer = answering.Writer(make_own(found, text), Visibility.NAMED, text[:255])
        yield f"answer {wants}", answering.build_form(found, writer, NOW)
        yield (
            f"first answer {wants}",
            answering.build_form(found, answering.Writer([], Visibility.ANONYMOUS, None), NOW),
        )
        yield f"late answer {wants}", answering.build_form(ended(found), writer, NOW)
        yield f"changed long after {wants}", answering.build_form(handed_on(found), writer, NOW)
    found = make_round(text)
    yield "came back", anonymous_author.build_change(found, make_mine(text))
    yield (
        "nothing opened",
        error_messages.build_in_modal(anonymous_review.build_review(found, make_anonymous(text, 200), NOW)),
    )
    contents = make_contents(text)
    for sees, public in product(Visibility, (True, False)):
        one = Own(found.prompt.questions[0], text, sees, edited=False)
        yield "answered before", again(found, one, text, public=public)
    yield "edit agenda", agenda.build_edit(found, contents.items[:10], f"#{text[:80]}")
    yield "park", parked.build_park(found)
    yield from posted_later(found, contents, text)
    yield "review", anonymous_review.build_review(found, make_anonymous(text, 200), NOW)
    yield "erase them?", anonymous_review.build_erase(found)
    yield "review of few", anonymous_review.build_review(found, make_anonymous(text, 2), NOW, can_show=False)
    yield "settings", settings.build_form(Recipient("U1", "UTC", Wishes(away_until=date(2026, 9, 9))))
    yield "first settings", settings.build_form(Recipient("U1", "America/Argentina/ComodRivadavia", Wishes()))
    next_meeting = Occurrence(found.following.slot, found.following.starts_at) if found.following else None
    assert next_meeting is not None
    yield "rhythm", rhythm.build_form(GroupRhythm(found.group, "m" * 32, next_meeting), NOW)
    yield "all that is kept", mydata.build_here({"Answers": [{"text": text, "given_on": NOW.date()}] * 300}, NOW)
    yield "erase everything", mydata.build_erase(make_estate(text))
    yield "erase everything, alone", mydata.build_erase(make_estate(text, None))
    yield "erase nothing", mydata.build_erase(ErasurePreview(0, 0, 0, 0, ()))
    filled = {
        "name": text[:80],
        "purpose": text[:500],
        "purpose_kind": "topic",
        "frequency": "weekly",
        "first": "2026-09-08",
        "at": "10:00",
        "zone": "America/Argentina/ComodRivadavia",
        "length": "60",
        "members": [f"U{i}" for i in range(300)],
        "place": text[:300],
        "facilitation": "designated",
        "designated": "U1",
    }
    offer = charter.Offer("UTC", [f"U{i}" for i in range(50)], date(2026, 9, 1))
    for values in ({}, filled):
        yield "start 1", charter.build_what("C1", values)
        yield "start 2", charter.build_times("C1", values, offer)
        yield "start 3", charter.build_who("C1", values, offer)


def formers(round_: Round) -> Iterator[Former]:
    positions = tuple(asked.position for asked in round_.prompt.questions)
    yield Former("U1", "U2", positions, positions)
    yield Former("U1", None, positions, positions[:1])


def of_former_readers(round_: Round, text: str) -> Iterator[tuple[str, list[block_kit.Block]]]:
    for former in formers(round_):
        names = {"U1": text[:255], "U2": text[:255]}
        yield "somebody else leads", former_reader.build_asked(round_, former, names, NOW).blocks
    yield "somebody else leads, settled", former_reader.build_settled().blocks
    yield "given", former_reader.build_given(text[:255])
    yield "taken back from a former reader", former_reader.build_taken_back()
    for reader in (None, text[:255]):
        yield "stays", former_reader.build_stays(reader)


def posted_later(round_: Round, contents: AgendaContents, text: str) -> Iterator[tuple[str, block_kit.View]]:
    """What is looked at before it is posted."""
    topics = cut(text, 2000)
    notes, where = Notes(text, text, {"topics": topics}), f"#{text[:80]}"
    spread = summary.Answers({0: contents.public[:8]}, {0}, {})
    for one in (round_, handed_on(round_), replace(round_, following=None)):
        yield "notes", handoff.build_form(one, notes, where, [parked.build_in_notes(one, topics)])
        carried = parked.build_in_handover(Handover(one, notes, "U1"), make_topics(text))
        added = handoff.Added(carried, parked.build_kept_later(topics))
        yield "notes looked at", handoff.build_preview(one, notes, where, NOW, added)
    yield "agenda looked at", agenda.build_preview(round_, contents, where, NOW, make_added(round_, text))
    yield "answers looked at", summary.build_preview(round_, spread, where)
    yield "all answers", block_kit.modal("notice", "All answers", agenda.build_all_answers(round_, contents))


def glimpse(text: str, *, took_part: bool, led: bool) -> MeetingSummary:
    return MeetingSummary(
        name=cut(text, 80),
        zone="America/Argentina/ComodRivadavia",
        meeting="m" * 32,
        prompt="p" * 32,
        starts_at=STARTS,
        ends_at=STARTS + timedelta(hours=1),
        handoff_due_at=STARTS + timedelta(days=1),
        opens_at=NOW - timedelta(days=1),
        closes_at=STARTS - timedelta(hours=2),
        closed=False,
        draft_due_at=STARTS - timedelta(days=1),
        agenda_due_at=STARTS - timedelta(hours=2),
        agenda_posted=False,
        facilitator="U1" if led else None,
        leads=led,
        took_part=took_part,
    )


def overviews(text: str) -> Iterator[home.Contents]:
    """As full as a Home can be, on a page in the middle, and empty in two ways."""
    many = [glimpse(text, took_part=took_part, led=led) for took_part in (False, True) for led in (False, True)] * 50
    found = Overview("T1", "U1", NOW, many)
    private = Written(text[:80], text[:200], text, Visibility.FACILITATOR, text[:255])
    history = [private, replace(private, reader=None), replace(private, visibility=Visibility.NAMED)]
    assert len(history) == MOST_ON_HOME
    below = mine.build_on_home(found, history)
    beside = {one.meeting: PLUGGED.buttons(BESIDE_MEETING, one) for one in many}
    for number in (0, 1):
        yield home.Contents(
            found,
            Pages(number, number, number),
            leaf(open_entries(many, text), number, OPEN_A_PAGE),
            leaf(many, number, MEETINGS_A_PAGE),
            leaf(tasks(text) * 60, number, TASKS_A_PAGE),
            beside,
            below,
        )
    nothing: Page[Any] = leaf([], 0, 1)
    soon = replace(found, meetings=[replace(many[0], opens_at=STARTS)])
    yield home.Contents(soon, Pages(), nothing, leaf(many[:1], 0, 1), nothing, beside)
    for places in ([], [Opportunity("C1", text[:80], group) for group in (text[:80], None)] * MOST_PLACES):
        alone = Overview("T1", "U1", NOW, [], places)
        yield home.Contents(alone, Pages(), nothing, nothing, nothing, below=below)


def open_entries(meetings: Sequence[MeetingSummary], text: str) -> list[list[block_kit.Block]]:
    questions = {"p" * 32: [cut(text, 200) or "What?"] * 3}
    entries = [
        OpenPrompt(
            name=one.name,
            zone=one.zone,
            meeting=one.meeting,
            until=one.closes_at,
            at=one.closes_at,
            prompt=one.prompt,
            took_part=one.took_part,
        )
        for one in meetings
    ]
    return [answering.build_on_home(entry, questions, NOW) for entry in entries]


def tasks(text: str) -> list[list[block_kit.Block]]:
    entry = Entry(cut(text, 80), "UTC", "m" * 32, STARTS, STARTS)
    return [build(entry, None, NOW) for build in (agenda.build_task, anonymous_review.build_task, handoff.build_task)]


def literal_texts(node: Any) -> Iterator[str]:
    """The texts of rich text and plain text, as they are shown."""
    if isinstance(node, list):
        for part in node:
            yield from literal_texts(part)
    elif isinstance(node, dict):
        if isinstance(node.get("text"), str):
            yield node["text"]
        for part in node.values():
            if isinstance(part, list | dict):
                yield from literal_texts(part)


@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
def test_every_message_is_one_that_slack_takes(text: str) -> None:
    for name, message in messages(text):
        assert check_blocks(message.blocks, block_kit.MOST_BLOCKS) == [], name
        assert 0 < len(message.text) <= block_kit.LONGEST_FALLBACK, name
        assert sum(len(shown) for shown in literal_texts(message.blocks)) < 12_000, name


@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
def test_every_private_word_is_one_that_slack_takes(text: str) -> None:
    for name, blocks in whispers(text):
        shown = block_kit.Message(blocks)
        assert check_blocks(shown.blocks, block_kit.MOST_BLOCKS) == [], name
        assert check_view(block_kit.modal("notice", "Collab", blocks), "modal") == [], name


@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
def test_every_modal_and_home_is_one_that_slack_takes(text: str) -> None:
    for name, view in modals(text):
        assert check_view(view, "modal") == [], name
    for found in overviews(text):
        assert check_view(home.build_home(found), "home") == []


def test_every_button_leads_somewhere() -> None:
    """What nothing listens to would be left out, and nobody would notice that it is missing."""
    shown = [*messages("Words"), *whispers("Words"), *modals("Words")]
    homes = [("home", home.build_home(found)) for found in overviews("Words")]
    leads = plug(CAPABILITIES).actions or frozenset()
    for name, screen in [*shown, *homes]:
        blocks = screen.blocks if isinstance(screen, block_kit.Message) else screen
        assert set(to_press(blocks)) <= leads, name


def test_nothing_that_was_typed_takes_effect() -> None:
    shown: list[Any] = [m.blocks for _, m in messages(ATTACK)]
    shown += [blocks for _, blocks in whispers(ATTACK)]
    shown += [view for _, view in modals(ATTACK)]
    shown += [home.build_home(found) for found in overviews(ATTACK)]
    found = set(kinds(shown))
    assert not found & {"mrkdwn", "broadcast", "link", "channel", "usergroup", "section"}
    for _, message in messages(ATTACK):
        for live in ("<!channel", "<@U1>", "<#C1", "<https:", "<!here"):
            if live == "<@U1>":  # ours: U1 is a real author in these rounds, but never inside a quoted text
                assert "&lt;@U1&gt;" in message.text or ATTACK[:20] not in message.text
            else:
                assert live not in message.text


def test_what_was_typed_is_shown_as_it_was() -> None:
    found = make_round(ATTACK)
    assert ATTACK in list(literal_texts(own_answers.build_kept(found, make_own(found, ATTACK), "Ana", NOW)))
    assert ATTACK in list(literal_texts(handoff.build_handoff(found, NOW).blocks))


def test_screen_readers_hear_what_the_blocks_say() -> None:
    for name, message in messages("Slowing down helps"):
        for words in literal_texts([b for b in message.blocks if b["type"] != "actions"]):
            if len(message.text) < block_kit.LONGEST_FALLBACK - 1:
                assert block_kit.say([block_kit.paragraph(block_kit.text(words))]) in message.text, (name, words)


def test_a_group_that_has_eight_people_or_fewer_is_told_what_anonymity_cannot_do() -> None:
    assert "may still guess" in answering.anonymous_words(8)
    assert "may still guess" not in answering.anonymous_words(9)


def test_forms_are_read_as_they_were_filled_in() -> None:
    state = {
        "values": {
            "answer-0": {"answer-0": {"type": "plain_text_input", "value": "one"}},
            "answer-1": {"answer-1": {"type": "radio_buttons", "selected_option": {"value": "3 – somewhat"}}},
            "answer-2": {"answer-2": {"type": "plain_text_input", "value": None}},
            "sees": {"sees": {"type": "radio_buttons", "selected_option": {"value": "anonymous"}}},
            "pass": {"pass": {"type": "checkboxes", "selected_options": []}},
        }
    }
    assert answering.parse_form(state) == answering.Filled(
        {0: "one", 1: "3 – somewhat", 2: ""}, Visibility.ANONYMOUS, {}, passes=False
    )


@pytest.mark.parametrize(
    ("given", "minutes"), [("60", 60), ("", None), ("-1", None), ("6.5", None), ("٦٠", None), ("9" * 30, None)]
)
def test_a_length_is_a_number_or_nothing(given: str, minutes: int | None) -> None:
    assert charter.parse_length({"length": given}) == minutes


def test_a_batch_outside_of_its_thread_says_for_which_meeting_it_was() -> None:
    found = replace(make_round("What?"), posts={"prompt": (Post("C1", "1.2", {}, NOW),)})
    for thread, alone in (("1.2", False), ("9.9", False), (None, True)):
        said = anonymous_review.build_shown(found, {0: ["One", "Two", "Three"]}, thread, NOW)
        assert ("before our meeting" in said.text) == alone
        assert said.thread_ts == thread


def test_whoever_reviews_reads_every_text_whole_and_the_group_can() -> None:
    found, texts = make_round("What?"), [f"{n} " + "long " * 300 for n in range(12)]
    review = anonymous_review.build_review(
        found, {0: [AnonymousText(f"{n:032}", text) for n, text in enumerate(texts)]}, NOW
    )
    assert check_view(review, "modal") == []
    assert all(text in str(review) for text in texts)
    shown = anonymous_review.build_shown(found, {0: texts}, "1.2", NOW)
    assert check_blocks(shown.blocks, 50) == []
    assert "Read them all" in str(shown.blocks)
    assert "Read them all" not in str(anonymous_review.build_shown(found, {0: texts[:3]}, "1.2", NOW).blocks)
