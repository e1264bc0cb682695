"""Whatever changes what somebody's Home shows marks that Home, or has its group planned, in the same transaction."""

import ast
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.anonymity import Visibility
from bot.domain.anonymous_batches import REVIEW_TIME
from bot.domain.charter import Facilitation, Rhythm
from bot.domain.reminders import Reminders
from bot.domain.rounds import Actor, Round
from bot.services import (
    agenda,
    anonymous_batches,
    deliveries,
    directory,
    early_results,
    forgetting,
    founding,
    handoff,
    leading,
    membership,
    moderation,
    parked,
    people,
    preferences,
    private_answers,
    prompt_closing,
    reflections,
    retention,
    returned_answers,
    rhythm,
    rounds,
    timezone_moves,
)
from bot.services import changes as written_changes
from bot.services.directory import ReadChannel
from bot.services.handoff_notes import Notes
from bot.services.people import ChannelFacts, PersonFacts
from handlers.capabilities import CAPABILITIES
from handlers.capability import plug
from handlers.messages import home
from storage import tables as t
from storage import written
from storage.engine import upsert
from tests.support import channels
from tests.support.answers import keep, pass_on
from tests.support.groups import ASKER, CHARTER, EVERYBODY, NOW, OPEN, settle_in

ROOT = Path(__file__).parents[2]
NAMED, ANONYMOUS = Visibility.NAMED, Visibility.ANONYMOUS
OUTSIDER, NEWCOMER = "U8", "U9"
"""In both channels, and a member of nothing; and in neither of them."""

LOOKERS = ("U1", "U2", "U3", "U6", "U7", OUTSIDER, NEWCOMER)
CLOSED = OPEN + timedelta(days=3)
AFTER = CLOSED + timedelta(days=1)

Verb = Callable[[AsyncSession, Round], Awaitable[object]]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database: what is marked is the same in both (tests/test_home.py)."""
    return sqlite_url


def facts(channel: str, name: str, *, has_bot: bool = True) -> ChannelFacts:
    return ChannelFacts(channel, name, is_private=False, is_archived=False, has_bot=has_bot)


async def in_answers(session: AsyncSession, round_: Round) -> None:
    """Before the verbs: U2 answered by name, three without one, U6 to whoever led before alone."""
    await keep(session, round_, "U2", {0: "By name"}, NAMED, OPEN)
    for person in ("U3", "U4", "U5"):
        await keep(session, round_, person, {0: f"Quiet {person}"}, ANONYMOUS, OPEN)
    await keep(session, round_, "U6", {0: "For U7"}, Visibility.FACILITATOR, OPEN)
    private = update(t.Reflection).where(t.Reflection.author_id == "U6").values(reader_id="U7")
    await session.execute(private.execution_options(synchronize_session="fetch"))


async def answer_of(session: AsyncSession, author: str) -> str:
    return (await session.scalars(select(t.Reflection.id).where(t.Reflection.author_id == author))).one()


async def closed(session: AsyncSession, round_: Round) -> Round:
    await prompt_closing.close_due(session, round_.group.id, CLOSED)
    session.expire_all()
    fresh = await rounds.round_of(session, "T1", round_.meeting.id)
    assert fresh is not None
    return fresh


async def take_out(session: AsyncSession, round_: Round) -> None:
    await moderation.take_out(session, round_, "U1", await answer_of(session, "U2"), OPEN)


async def settle(session: AsyncSession, round_: Round) -> None:
    await returned_answers.settle(session, round_, "U3", 0, NAMED, CLOSED)


async def found_another(session: AsyncSession, _found: Round) -> None:
    place = Actor("T1", "C2", "U1")
    await founding.found(session, place, CHARTER, ["U1", "U2"], ASKER, NOW)


async def read_channels(session: AsyncSession, _: Round) -> None:
    await directory.begin(session, "T1")
    await directory.keep_channels(session, "T1", [facts("C1", "renamed")], "")


async def read_members(session: AsyncSession, _: Round) -> None:
    await directory.begin(session, "T1")
    await directory.keep_members(session, "T1", ReadChannel("C2", ""), ["U1", NEWCOMER], "")


BEFORE_END: dict[str, Verb] = {
    "answer_requests.save_all": lambda s, f: keep(s, f, "U6", {0: "New"}, NAMED, OPEN),
    "answer_requests.save_all: other words": lambda s, f: keep(s, f, "U2", {0: "Other words"}, None, OPEN),
    "answer_requests.save_all: a pass": lambda s, f: pass_on(s, f, "U7", OPEN),
    "reflections.change_visibility": lambda s, f: reflections.change_visibility(s, f, "U2", 0, ANONYMOUS, OPEN),
    "reflections.withdraw": lambda s, f: reflections.withdraw(s, f, "U2", 0, OPEN),
    "private_answers.give": lambda s, f: private_answers.give(s, f, "U6", [0]),
    "private_answers.take_back": lambda s, f: private_answers.take_back(s, f, "U6", [0], OPEN),
    "moderation.take_out": take_out,
    "early_results.share": lambda s, f: early_results.share(s, f, "U1", OPEN),
    "forgetting.forget": lambda s, _: forgetting.forget(s, "T1", "U1", OPEN),
    "founding.found": found_another,
    "leading.choose": lambda s, f: leading.choose(s, f, "U1", Facilitation.DESIGNATED, "U2", OPEN),
    "membership.add": lambda s, f: membership.add(s, f, "U1", [OUTSIDER], OPEN),
    "people.person_joined": lambda s, _: people.person_joined(s, "T1", "C2", NEWCOMER),
    "people.person_left": lambda s, _: people.person_left(s, "T1", "C1", "U2"),
    "people.bot_left": lambda s, _: people.bot_left(s, "T1", "C2"),
    "people.channel_archived": lambda s, _: people.channel_archived(s, "T1", "C2"),
    "people.channel_renamed": lambda s, _: people.channel_renamed(s, "T1", "C2", "anew"),
    "people.channel_has_new_id": lambda s, _: people.channel_has_new_id(s, "T1", "C2", "C3"),
    "people.remember_channel": lambda s, _: channels.remember_channel(
        s, "T1", facts("C1", "renamed"), ["U1", "U2", OUTSIDER, NEWCOMER]
    ),
    "directory.keep_channels": read_channels,
    "directory.keep_members": read_members,
}

OUT_OF_PLACE: dict[str, Verb] = {
    "timezone_moves.place_anew": lambda s, f: timezone_moves.place_anew(s, "T1", f.group.id, OPEN),
}

AFTER_END: dict[str, Verb] = {
    "anonymous_batches.decide": lambda s, f: anonymous_batches.decide(s, f, CLOSED, show=False),
    "anonymous_batches.lapse_due": lambda s, f: anonymous_batches.lapse_due(s, f.group.id, CLOSED + REVIEW_TIME),
    "returned_answers.settle": settle,
    "retention.erase_older": lambda s, _: retention.erase_older(s, AFTER.date(), AFTER),
    "handoff.take_notes": lambda s, f: handoff.take_notes(s, f, "U1", Notes("Notes"), ASKER, AFTER),
    "handoff.hand_off_due": lambda s, f: handoff.hand_off_due(s, ASKER, f.group.id, AFTER + timedelta(days=1)),
}

ON_NO_HOME: dict[str, Verb] = {
    "preferences.set_reminders": lambda s, _: preferences.set_reminders(s, "T1", "U2", Reminders.TWICE),
    "private_answers.keep": lambda s, f: private_answers.keep(s, f, "U6", [0]),
    "parked.park": lambda s, f: parked.park(s, f, "U2", "A topic", OPEN),
    "agenda.edit": lambda s, f: agenda.edit(s, f, "U1", "60 Talk"),
    "agenda.post_now": lambda s, f: agenda.post_now(s, f, "U1", OPEN),  # answering goes on
    "rhythm.keep": lambda s, f: rhythm.keep(s, "T1", f.meeting.id, "U1", Rhythm(prompt_days_before=4), OPEN),
    "deliveries.stop_group": lambda s, f: deliveries.stop_group(s, f.group.id, "archived"),
    "deliveries.stop_channel": lambda s, _: deliveries.stop_channel(s, "T1", "C1", "archived"),
}

KNOWN = {
    # What answers come by in the end is in the tables above; and these change nothing that stands on a Home.
    *(BEFORE_END | AFTER_END | OUT_OF_PLACE | ON_NO_HOME),
    *("anonymous_batches.can_show", "anonymous_batches.void"),
    *("agenda.mark_posted_due", "parked.topics", "parked.unpark", "agenda.contents"),
    *("thanks.thank", "thanks.take_back"),
    *("prompt_closing.close_due", "prompt_closing.notice_due"),
    *("deliveries.resume_channel", "deliveries.resume_workspace", "deliveries.settle_asked"),
    *("deliveries.stop_workspace", "founding.keep_filled", "founding.filled_so_far"),
    *("deliveries.missed", "handoff_notes.draft_of", "handoff_notes.keep_draft", "round_opening.foresee_next"),
    *(
        "groups.latest",
        "membership.is_first",
        "people.is_stranger",
        "deliveries.asked_about",
        "membership.require_convener",
        "membership.take_over",
        "membership.name_convener",
    ),
    *("groups.require_known", "groups.require_meeting", "groups.require_round"),
    *(
        "people.bot_is_in",
        "directory.want_read",
        "directory.lost",
        "people.candidates",
        "people.channel_name",
        "people.concerns_us",
        "people.channels_of_gone",
        "people.facilitator_of",
        "people.find_workspace",
        "people.names_of",
        "people.strangers_in",
        "people.remember_dm",
    ),
    *("people.remember_people", "people.remember_workspace", "people.people_in", "people.zone_of"),
    *("people.names_of", "private_answers.mark_shown", "private_answers.require_of_author", "reflections.with_readers"),
    *("responses.read", "responses.later_than", "responses.asked_so_far"),
    *("moderation.question_of", "reflections.own_answers"),
    *(
        "returned_answers.my_anonymous_answers",
        "returned_answers.rewrite",
        "returned_answers.send_back",
        "thanks_notices.thank",
    ),
    *("rounds.group_by_id", "rounds.round_of", "rounds.recent", "rounds.groups_by_id"),
    *("preferences.keep", "preferences.of_person", "preferences.readers"),
}
"""Every verb of a service that a handler or the tick uses where it writes."""

MACHINERY = {"message_cleanup", "home", "claims", "results", "changes", "refreshes"}


async def unmark(session: AsyncSession) -> None:
    """From here on nothing is marked."""
    far = OPEN + timedelta(days=900)
    await session.execute(update(t.Home).values(due_at=far))
    await written.save(session)
    await session.execute(delete(t.Written))


async def shown(session: AsyncSession) -> dict[str, str]:
    await session.flush()
    session.expire_all()
    return {
        person: (await home.render(session, plug(CAPABILITIES), ("T1", person), "", OPEN)).digest for person in LOOKERS
    }


async def marked(session: AsyncSession) -> set[str]:
    """Whose Homes are looked at again for what was written."""
    await written.save(session)
    await written_changes.mark_homes(session, await written_changes.read(session, AFTER, 1000), AFTER)
    soon = t.Home.due_at <= AFTER + timedelta(days=30)
    return set(await session.scalars(select(t.Home.person_id).where(soon)))


async def try_all(session: AsyncSession, round_: Round, verbs: dict[str, Verb], *, changes: bool = True) -> None:
    for name, verb in verbs.items():
        async with session.begin_nested() as attempt:
            await unmark(session)
            before = await shown(session)
            await verb(session, round_)
            after = await shown(session)
            others = {person for person in LOOKERS if before[person] != after[person]}
            kept = set(await session.scalars(select(t.Home.person_id)))
            assert (others & kept) - await marked(session) == set(), name
            assert bool(others) == changes, name
            await attempt.rollback()


async def test_whoever_sees_something_else_on_their_home_has_it_brought_up_to_date(session: AsyncSession) -> None:
    found = await rounds.current(session, await settle_in(session, "T1"))
    await people.remember_people(session, "T1", [PersonFacts(p, f"Name {p}", "UTC") for p in (OUTSIDER, NEWCOMER)])
    for channel, inside in (("C1", [*EVERYBODY, OUTSIDER]), ("C2", ["U1", "U2", OUTSIDER])):
        await channels.remember_channel(session, "T1", facts(channel, f"name of {channel}"), inside)
    rows = [{"workspace_id": "T1", "person_id": p, "opened_on": NOW.date(), "page": "", "due_at": NOW} for p in LOOKERS]
    await upsert(session, t.Home, rows)
    session.add(_prompt_of(found))
    await in_answers(session, found)
    found = await rounds.current(session, found.group)
    await try_all(session, found, BEFORE_END)
    await try_all(session, found, ON_NO_HOME, changes=False)
    await try_all(session, await closed(session, found), AFTER_END)
    meeting = await session.get_one(t.Meeting, found.meeting.id)
    meeting.starts_at += timedelta(hours=1)  # as if by other rules of its zone
    await try_all(session, found, OUT_OF_PLACE)


def _prompt_of(round_: Round) -> t.Delivery:
    """The questions stand in the channel."""
    return t.Delivery(
        workspace_id="T1",
        kind="prompt",
        operation="post",
        collaborative_id=round_.group.id,
        meeting_id=round_.meeting.id,
        recipient="C1",
        planned_for=NOW,
        due_at=NOW,
        state="sent",
        sent_at=NOW,
        sent_channel="C1",
        sent_ts="1.2",
        dedupe_key="prompt",
    )


# ---- None is forgotten ----


def verbs_in_use() -> Iterator[str]:
    """What handlers and the tick call of services where they write, themselves or by a function beside."""
    for file in [*(ROOT / "handlers").glob("*.py"), *(ROOT / "bot" / "delivery").glob("*.py")]:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        beside = {f.name: f for f in ast.walk(tree) if isinstance(f, ast.AsyncFunctionDef)}
        services = {
            alias.asname or alias.name: alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "bot.services"
            for alias in node.names
        }
        for block in ast.walk(tree):
            if isinstance(block, ast.AsyncWith) and any(_writes(item.context_expr) for item in block.items):
                yield from _called(block, services, beside, set())


def due_verbs() -> Iterator[str]:
    """What services do when time makes it due: the steps that the tick is given."""
    for file in (ROOT / "bot" / "services").glob("*.py"):
        for step in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(step, ast.AsyncFunctionDef) and "StepContext" in map(_annotation, step.args.args):
                for call in ast.walk(step):
                    if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
                        yield f"{file.stem}.{call.func.id}"


def _annotation(argument: ast.arg) -> str:
    return ast.unparse(argument.annotation) if argument.annotation else ""


def _writes(opened: ast.expr) -> bool:
    return isinstance(opened, ast.Call) and isinstance(opened.func, ast.Attribute) and opened.func.attr in WRITING


WRITING = {"begin", "behind"}


def _called(
    node: ast.AST, services: dict[str, str], beside: dict[str, ast.AsyncFunctionDef], seen: set[str]
) -> Iterator[str]:
    for call in ast.walk(node):
        if not (isinstance(call, ast.Call) and any(isinstance(a, ast.Name) and a.id == "session" for a in call.args)):
            continue
        match call.func:
            case ast.Attribute(value=ast.Name(id=module), attr=verb) if module in services:
                yield f"{services[module]}.{verb}"
            case ast.Name(id=name) if name in beside and name not in seen:
                yield from _called(beside[name], services, beside, seen | {name})


def test_every_verb_in_use_is_known_to_change_homes_or_not_to() -> None:
    used = {verb for verb in (*verbs_in_use(), *due_verbs()) if verb.partition(".")[0] not in MACHINERY}
    assert {"reflections.withdraw", "people.person_left", "prompt_closing.close_due"} <= used
    assert used - KNOWN == set(), "Say above what it does to a Home, or in `KNOWN` that it does nothing."
