"""Whatever people type, on the screens that show it again nothing of it takes effect, and none breaks a limit."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.anonymity import Seen, Visibility
from bot.domain.questions import Wants
from bot.domain.responses import LONGEST_SEARCH, By, Line
from bot.domain.rounds import Post
from bot.services.own_answers import MinePage, OpenQuestions, OwnAnswers
from bot.services.responses import A_PAGE, AnswerPage, QuestionHeading
from bot.services.thanks import Thanked
from handlers.views import agenda, answering, block_kit, mine, responses, shortcuts, summary, thanks
from sandbox.blocks import check_blocks
from sandbox.view_check import check_view
from tests.support.made import NASTY, NOW, STARTS, again, kinds, make_added, make_contents, make_own, make_round

LIVE = (
    "<!channel>",
    "<!here|x>",
    "<@U1>",
    "<#C1|x>",
    "<https://evil.example|a>",
    "<!subteam^S1>",
    "<!date^1^{date}|x>",
)
TYPED = st.lists(st.one_of(st.sampled_from((*LIVE, "*b*", "`c`", "&lt;", ":smile:", "\n")), st.text(max_size=40))).map(
    "".join
)

BUTTONS = [responses.AnswerButton(thanks.build_button, thanks.REACH), responses.AnswerButton(responses.build_take_out)]
OURS = re.compile(r"<@U[A-Z0-9]+>|<!date\^\d+\^[^|<>]*\|[^<>]*>")
"""What we ourselves say to Slack: people that we mean, and moments."""


def screens(text: str) -> Iterator[tuple[str, Any]]:
    """Every screen of reading, with the same words wherever somebody's words stand."""
    found = replace(make_round(text), posts={"prompt": (Post("C1", "1.2", {}, NOW),)})
    closed = replace(found, prompt=replace(found.prompt, closed_at=NOW))
    seen = [Seen(0, text, sees, "U1", edited=True, late=True) for sees in Visibility]
    lines = tuple(
        Line(one, text, "how we learn", STARTS, "r" * 32, thanked=True, shown_as="r" * 32) for one in seen * 4
    )[:A_PAGE]
    meetings = responses.Meetings(
        [QuestionHeading(f"{n:032}", STARTS) for n in range(90)],
        QuestionHeading("l", STARTS),
        QuestionHeading("e", STARTS),
    )
    for by in By:
        for everything in (True, False):
            shelf = responses.Shelf("0" * 32, everything, by, text[:LONGEST_SEARCH], 10)
            page = AnswerPage(lines, 10, more=True)
            yield (
                f"responses by {by}",
                responses.build_responses(found, shelf, page, meetings, NOW, sees_draft=True, buttons=BUTTONS),
            )
    empty = responses.Shelf("0" * 32, words=text[:LONGEST_SEARCH])
    yield "nothing found", responses.build_responses(closed, empty, AnswerPage((), 0, more=False), meetings, NOW)
    owned = make_own(found, text) * 3
    kept = [
        OwnAnswers(text[:255], "UTC", f"{n:032}", STARTS, text[:255], own, is_open=n % 2 == 0, is_member=n != 5)
        for n, own in enumerate(owned[:8])
    ]
    yield "mine", mine.build_mine(MinePage(tuple(kept), 8, more=True), NOW)
    writer = answering.Writer(make_own(found, text), Visibility.NAMED, text[:255])
    words = answering.Given(0, text, public=True)
    yield "a message as an answer", answering.build_form(found, writer, NOW, words)
    yield "a message beside an answer", again(found, make_own(found, text)[0], text)
    steps = dict.fromkeys(answering.SCALE, 10**6)
    for shown in (closed, make_round(text)):
        answers = summary.Answers(dict.fromkeys(range(3), seen * 3), {0, 1, 2}, dict.fromkeys(range(3), steps))
        yield "summary", summary.build_summary(shown, answers)
    yield "draft", block_kit.Message(agenda.build_draft(found, make_contents(text), NOW, added=make_added(found, text)))
    yield "thanks", thanks.build_thanks([Thanked(text, text, tuple(f"U{n}" for n in range(60)))] * 12)
    asking = OpenQuestions("m" * 32, text[:255], "UTC", STARTS, (text, text, text), took_part=True)
    yield "open for you", block_kit.modal("notice", "Open for you", shortcuts.build_open([asking] * 200, NOW))


@given(TYPED)
def test_nothing_that_was_typed_takes_effect(text: str) -> None:
    for name, built in screens(text):
        blocks = built.blocks if isinstance(built, block_kit.Message) else built["blocks"]
        assert not set(kinds(blocks)) & {"mrkdwn", "broadcast", "link", "channel", "usergroup", "section"}, name
        spoken = OURS.sub("", built.text if isinstance(built, block_kit.Message) else block_kit.say(blocks))
        assert "<" not in spoken, name


@given(st.one_of(TYPED, st.sampled_from(NASTY)))
def test_every_screen_is_one_that_slack_takes(text: str) -> None:
    for name, built in screens(text):
        if isinstance(built, block_kit.Message):
            assert check_blocks(built.blocks, block_kit.MOST_BLOCKS) == [], name
            assert len(built.text) <= block_kit.LONGEST_FALLBACK
        else:
            assert check_view(built, "modal") == [], name


@given(TYPED, st.sampled_from(By), st.booleans(), st.integers(0, 10**6))
def test_where_somebody_is_among_the_pages_is_remembered(words: str, by: By, everything: bool, start: int) -> None:
    shelf = responses.Shelf("0" * 32, everything, by, words, start)
    assert responses.parse_meta(responses.as_meta(shelf)) == shelf


def test_a_scale_is_shown_as_a_spread_from_three_on_and_by_name_below() -> None:
    scale = make_round("So?", wants=Wants.SCALE)
    closed = replace(scale, prompt=replace(scale.prompt, questions=scale.prompt.questions[:1], closed_at=NOW))
    for people, spread in ((2, False), (3, True)):
        named = [Seen(0, answering.SCALE[0], Visibility.NAMED, f"U{n}") for n in range(people)]
        said = summary.build_summary(closed, summary.Answers({0: named}, set(), {0: {answering.SCALE[0]: people}})).text
        assert (f"{answering.SCALE[0]}: {people}" in said) == spread
        assert (f"{answering.SCALE[4]}: 0" in said) == spread
        assert ("<@U0>" in said) == (not spread)
