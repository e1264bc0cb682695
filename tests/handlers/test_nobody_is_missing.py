"""No screen, for any role, names somebody for not having answered: a walk over everything that builds one."""

import ast
import importlib
import inspect
import json
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.agenda import Item
from bot.domain.anonymity import Seen, Visibility
from bot.domain.cadence import Occurrence
from bot.domain.charter import Facilitation, Rhythm
from bot.domain.leading import Role, RoleChange, Why
from bot.domain.overview import Entry, MeetingSummary, Pages, leaf
from bot.domain.questions import Wants
from bot.domain.reminders import Recipient, Wishes
from bot.domain.responses import By, Line
from bot.domain.rounds import Phase, Post, Round
from bot.services.agenda import AgendaContents
from bot.services.forgetting import ErasurePreview
from bot.services.handoff_notes import Handover, NoteForNext, Notes
from bot.services.membership import Care
from bot.services.message_cleanup import Face
from bot.services.overview import Overview
from bot.services.own_answers import MinePage, OpenPrompt, OpenQuestions, OwnAnswers
from bot.services.parked import Topic
from bot.services.private_answers import Former
from bot.services.prompt_closing import AnonymousText
from bot.services.reflections import Own, Written
from bot.services.responses import AnswerPage, QuestionHeading
from bot.services.returned_answers import ReturnedAnswer as Returned
from bot.services.rhythm import GroupRhythm
from bot.services.thanks import Thanked
from handlers import views
from handlers.capabilities import CAPABILITIES
from handlers.commands import Commands
from handlers.views import (
    agenda,
    answering,
    block_kit,
    charter,
    facilitator,
    handoff,
    hub,
    own_answers,
    responses,
    summary,
    thanks,
)
from handlers.views.home import Contents, Entries
from tests.support.made import NOW, STARTS, make_round

ANSWERED, SILENT = "UANSWERED", "USILENT"

EVERY_MEMBER_ALIKE = {"charter.build_who"}
"""Who belongs to the group is chosen there, from everybody in the channel, in an order that says nothing."""


@dataclass(frozen=True)
class Told:
    """A group in which some answered and some did not, at a moment, and who looks."""

    found: Round
    answered: tuple[str, ...]
    silent: tuple[str, ...]
    viewer: str


@st.composite
def told(draw: st.DrawFn) -> Told:
    """Whoever leads, convenes or has parked something is named for that, so those are people who answered."""
    answered = tuple(f"{ANSWERED}{n}" for n in range(draw(st.integers(1, 6))))
    silent = tuple(f"{SILENT}{n}" for n in range(draw(st.integers(1, 6))))
    members = tuple(draw(st.permutations((*answered, *silent))))
    drawn = make_round("Words", wants=draw(st.sampled_from(Wants)))
    group = replace(drawn.group, members=members, conveners=answered[:1], starter=answered[0])
    meeting = replace(
        drawn.meeting,
        facilitator=draw(st.sampled_from((None, *answered))),
        agenda_posted_at=draw(st.sampled_from((None, NOW))),
    )
    prompt = replace(
        drawn.prompt,
        closed_at=draw(st.sampled_from((None, NOW))),
        shared_at=draw(st.sampled_from((None, NOW))),
        took_part=len(answered),
    )
    following = replace(meeting, starts_at=STARTS + timedelta(days=14), facilitator=answered[-1])
    posts = {"prompt": (Post("C1", "1.2", {}, NOW),)}
    found = Round(group, meeting, prompt, meeting, draw(st.sampled_from((None, following))), posts)
    return Told(found, answered, silent, draw(st.sampled_from(members)))


def given_to(world: Told) -> dict[str, tuple[object, ...]]:
    """What builders are given, by the name of their parameter; where one name means two things, by builder too."""
    found, answered = world.found, world.answered
    questions = found.prompt.questions
    named = [Seen(q.position, "Words", Visibility.NAMED, who) for q in questions for who in answered]
    quiet = [Seen(0, "Words", Visibility.FACILITATOR, answered[0]), Seen(0, "Words", Visibility.ANONYMOUS, None)]
    lines = tuple(
        Line(seen, "What?", "how we learn", STARTS, "r" if seen.author else None, thanked=n % 2 == 0)
        for n, seen in enumerate((*named, *quiet))
    )
    items = tuple(Item("Talk", 60) for _ in range(2))
    contents = AgendaContents(
        items,
        (*named, *quiet),
        {0: ("Words", "Other words", "More words")},
        (NoteForNext(answered[0], "Words"),),
    )
    topics = tuple(Topic("t", "Topic", who) for who in answered)
    words = [block_kit.small("Words")]
    beside = [block_kit.button("Words", "agenda")]
    own = [Own(q, "5 – very much", sees, edited=True) for q, sees in zip(questions, Visibility, strict=True)]
    kept = [OwnAnswers("Circle", "UTC", "m", STARTS, "Ana", one, is_open=True, is_member=True) for one in own]
    asking = QuestionHeading(found.meeting.id, STARTS)
    shelves = [
        responses.Shelf(found.meeting.id, everything, by, words)
        for everything, by, words in product((True, False), By, ("", "Words"))
    ]
    moments = (NOW - timedelta(days=9), NOW, STARTS - timedelta(hours=1), STARTS + timedelta(days=1))
    filled: Mapping[str, object] = {"members": list(found.group.members)}
    one = leaf([glimpse(found, answered[0])], 0, 1)
    entry = Entry("Circle", "UTC", "m", STARTS, STARTS)
    to_answer = [
        OpenPrompt(name="C", zone="UTC", meeting="m", until=NOW, at=NOW, prompt="p", took_part=done)
        for done in (True, False)
    ]
    listed: Entries = leaf([[block_kit.small("Words")]], 0, 1)
    home = Contents(Overview("T1", world.viewer, NOW, one.items), Pages(), listed, one, listed)
    return {
        "found": (found,),
        "round_": (found,),
        "home.build_home.contents": (home,),
        "_found": (home.found,),
        "glimpse": one.items,
        "entry": (entry,),
        "_details": (None,),
        "answering.entry": tuple(to_answer),
        "answering.questions": ({"p": ("What?",)},),
        "latest": ([Written("Circle", "What?", "Words", sees, None) for sees in Visibility],),
        "left": (ErasurePreview(1, 1, 1, 1, ("Circle",), {"Circle": answered[0]}),),
        "data": ({"answers": [{"text": "Words", "person": answered[0]}]},),
        "made_at": (NOW,),
        "today": (NOW.date(),),
        "reader": (Recipient(world.viewer, "UTC", Wishes()),),
        "now": moments,
        "viewer": (world.viewer,),
        "context": tuple(
            hub.HubContext(found, world.viewer, now, took_part=done) for now in moments for done in (True, False)
        ),
        "buttons": ([block_kit.button("Answer", "answer")],),
        "hub.build_elsewhere.buttons": (lambda _: [block_kit.button("Answer", "answer")],),
        "topic": topics[:1],
        "contents": (contents,),
        "items": (items,),
        "topics": (topics, ()),
        "_round": (found,),
        "_handover": (Handover(found),),
        "agenda.added": (agenda.NOTHING, agenda.Added(words, beside, beside)),
        "handoff.added": (handoff.NOTHING, handoff.Added(words, words)),
        "packet": (facilitator.Packet(found, contents), facilitator.Packet(found, contents, before_draft=words)),
        "answers": (contents.answers,),
        "summary.answers": (
            summary.Answers({q.position: named for q in questions}, {0}, {0: {"5 – very much": len(answered)}}),
        ),
        "batch": ({0: ["Words"] * 3},),
        "anonymous_review.build_review.batch": ({0: [AnonymousText("r", "Words")] * 3},),
        "writer": tuple(answering.Writer(some, Visibility.NAMED, "Ana") for some in ([], own)),
        "phase": tuple(Phase),
        "seen": tuple(named),
        "positions": ({0, 1},),
        "position": (0,),
        "told": (True, False),
        "face": tuple(Face),
        "few": (True, False),
        "short": (True, False),
        "can_show": (True, False),
        "alone": (True, False),
        "anonymous_author.mine": (Returned(0, "Words", "Why?", "t"),),
        "anonymous_author.build_left.mine": (True, False),
        "anonymous_author.build_end.group": ("Circle", None),
        "own": (own,),
        "own_answers.build_own.own": tuple(own),
        "answered_before.build_again.own": tuple(own),
        "new": (answering.Given(0, "Words"), answering.Given(0, "Words", public=True)),
        "chosen": tuple(Visibility),
        "former": (Former(answered[0], answered[-1], (0,), (0,)), Former(answered[0], None, (0,), (0,))),
        "name": ("Ana",),
        "former_reader.build_stays.name": (None, "Ana"),
        "former_reader.names": ({answered[0]: "Ana"},),
        "shelf": tuple(shelves),
        "page": (AnswerPage(lines, 10, more=True),),
        "mine.page": (MinePage(tuple(kept), 8, more=True),),
        "meetings": (responses.Meetings([asking], asking, asking),),
        "asking": ([OpenQuestions("m", "Circle", "UTC", STARTS, ("What?",), took_part=False)] * 3,),
        "thanked": ([Thanked("What?", "Words", answered)],),
        "standings": ([hub.GroupStatus(found, took_part=True), hub.GroupStatus(found, took_part=False)],),
        "rows": (Commands(CAPABILITIES).rows,),
        "filled": (filled,),
        "offer": (charter.Offer("UTC", list(found.group.members), STARTS.date()),),
        "group": (found.group,),
        "facilitator": (None, "Ana"),
        "took_part": (True, False),
        "shown": (True, False),
        "channel": ("C1",),
        "meeting": ("m",),
        "thread_ts": ("1.2", None),
        "text": ("Words",),
        "words": ("Words",),
        "kind": ("prompt",),
        "delivery": ("d",),
        "reason": ("it was archived",),
        "said": ("", "Parked."),
        "before": (True, False),
        "view": (answering.build_form(found, answering.Writer([], Visibility.NAMED, "Ana"), NOW),),
        "is_there": (True, False),
        "unasked": (True, False),
        "given": (None, answering.Given(0, "Words", public=True)),
        "only": (None, 0),
        "own_answers.build_kept.told": (own_answers.Told(), own_answers.Told(("It was shown.",), own)),
        "ways": (own_answers.Ways(change=True, withdraw=True), own_answers.Ways(change=False, withdraw=False)),
        "missed": ({}, {"prompt": True, "agenda": False, "handoff": False}),
        "rhythm.found": (GroupRhythm(found.group, "m", Occurrence(found.meeting.slot, found.meeting.starts_at)),),
        "rhythm": (Rhythm(), Rhythm(working_days=frozenset({6}))),
        "notes": (Notes("Words", "Words for one", {"topics": "Topic"}), Notes()),
        "where": ("#circle",),
        "came": (True, False),
        "callback": ("form",),
        "message": (block_kit.Message([block_kit.small("Words")]),),
        "after": ((), [block_kit.small("Words")]),
        "meta": ("m",),
        "place": ("", "in the thread in "),
        "standing": (True, False),
        "longest": (100,),
        "most": (1, 100),
        "names": (("mine",), ("settings", "mydata", "help")),
        "unknown": ("", "reflct"),
        "nearest": ("", "reflect"),
        "sees_draft": (True, False),
        "responses.build_responses.buttons": (
            [
                responses.AnswerButton(thanks.build_button, thanks.REACH),
                responses.AnswerButton(responses.build_take_out),
            ],
        ),
        "more": ((),),
        "anonymous_review.build_review.more": ([thanks.WAY], ()),
        "line": lines,
        "label": ("Read them again",),
        "led": (True, False),
        "leads": (True, False),
        "facilitator.build_handed_on.notes": (True, False),
        "reach": (True, False),
        "is_first": (True, False),
        "draft": (None, block_kit.Message([block_kit.small("Words")])),
        "charter.build_started.told": (None, NOW),
        "facilitation": tuple(Facilitation),
        "change": tuple(RoleChange("c", Role.FACILITATOR, w, n, n, y, 1, NOW) for w, n, y in handed(answered)),
        "changes": ([RoleChange("c", r, answered[0], None, None, Why.LEFT, 1, NOW) for r in Role],),
        "care": (Care(), Care(add=True), Care(take_over=True, name=True)),
        "membership.names": (["Ana"],),
        "out_of_reach": ([], ["Ana"]),
        "typed": ("", "/collab reflect Words"),
    }


def handed(answered: tuple[str, ...]) -> Iterator[tuple[str | None, str | None, Why]]:
    """From whom a role went to whom, and why."""
    for why in Why:
        yield from ((answered[0], answered[-1], why), (None, answered[0], why), (answered[0], None, why))


def glimpse(round_: Round, facilitator: str) -> MeetingSummary:
    meeting, prompt = round_.meeting, round_.prompt
    return MeetingSummary(
        name=round_.group.charter.name,
        zone=round_.group.zone,
        meeting=meeting.id,
        prompt=prompt.id,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        handoff_due_at=meeting.handoff_due_at,
        opens_at=prompt.opens_at,
        closes_at=prompt.closes_at,
        closed=prompt.closed_at is not None,
        draft_due_at=meeting.draft_due_at,
        agenda_due_at=meeting.agenda_due_at,
        agenda_posted=False,
        facilitator=facilitator,
        leads=True,
        took_part=False,
    )


def builders() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every function that builds a screen, as “file.name”."""
    for module in pkgutil.iter_modules(views.__path__):
        loaded = importlib.import_module(f"{views.__name__}.{module.name}")
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            if name.startswith("build_") and function.__module__ == loaded.__name__:
                yield f"{module.name}.{name}", function


BUILDERS = dict(builders())
ROOT = Path(__file__).parents[2]
FILES = [*(ROOT / "handlers").glob("*.py"), *(ROOT / "handlers/messages").glob("*.py"), *(ROOT / "bot").glob("**/*.py")]


def calls(name: str, builder: Callable[..., Any], known: Mapping[str, tuple[object, ...]]) -> Iterator[dict[str, Any]]:
    """Everything that a builder can be given, what has a default too."""
    file = name.partition(".")[0]
    options = {}
    for parameter in inspect.signature(builder).parameters.values():
        by_need = (f"{name}.{parameter.name}", f"{file}.{parameter.name}", parameter.name)
        values = next((known[key] for key in by_need if key in known), None)
        if values is None:
            pytest.fail(f"Say in `given_to` what {name} is given as {parameter.name}, so that it is looked at here.")
        options[parameter.name] = values
    for chosen in product(*options.values()):
        yield dict(zip(options, chosen, strict=True))


def shown(built: Any) -> str:
    """Everything that stands on a screen, for people and for screen readers."""
    if isinstance(built, block_kit.Message):
        return json.dumps(built.blocks) + built.text
    if isinstance(built, list) and not all("type" in part for part in built):
        return str(built)  # files
    return json.dumps(built) + (block_kit.say(built) if isinstance(built, list) else "")


@pytest.mark.parametrize("name", sorted(BUILDERS.keys() - EVERY_MEMBER_ALIKE))
@given(told())
@settings(max_examples=8)
def test_no_screen_names_somebody_who_did_not_answer(name: str, world: Told) -> None:
    for arguments in calls(name, BUILDERS[name], given_to(world)):
        assert SILENT not in shown(BUILDERS[name](**arguments))


@pytest.mark.parametrize("name", sorted(EVERY_MEMBER_ALIKE))
@given(told())
@settings(max_examples=8)
def test_where_members_are_listed_those_who_answered_and_those_who_did_not_are_alike(name: str, world: Told) -> None:
    for arguments in calls(name, BUILDERS[name], given_to(world)):
        said = shown(BUILDERS[name](**arguments))
        counts = {said.count(f'"{person}"') for person in world.found.group.members}
        assert len(counts) == 1


NO_BUILDERS = {
    "block_kit.modal", "block_kit.say", "error_messages.say_late",  # put something around what was built
    "answering.late_words", "charter.zone_option", "responses.as_meta",
}  # fmt: skip


@pytest.mark.parametrize("file", sorted(FILES, key=str), ids=lambda file: str(file.relative_to(ROOT)))
def test_what_is_shown_is_built_where_the_walk_finds_it(file: Path) -> None:
    """By a `build_` of a file in `handlers/views`, and nowhere else."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    imported = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "handlers.views"
        for alias in node.names
    }
    for call in ast.walk(tree):
        match call:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=module), attr=name)) if module in imported:
                known = f"{imported[module]}.{name}"
                built = name.startswith(("build_", "parse_")) or name[0].isupper()
                assert built or known in NO_BUILDERS, f"{known} in line {call.lineno}"


@given(told())
def test_the_walk_would_notice(world: Told) -> None:
    """A screen that names the people who answered is seen to name them, and so would be one that names the others."""
    known = given_to(world)
    (arguments, *_) = calls("summary.build_summary", BUILDERS["summary.build_summary"], known)
    said = shown(BUILDERS["summary.build_summary"](**arguments))
    assert all(person in said for person in world.answered)
