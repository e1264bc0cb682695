"""A capability that lives here alone is plugged in and works whole, without a file of the product being touched."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from slack_bolt.async_app import AsyncAck
from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from bot.app import serve
from bot.delivery.types import AT_ONCE, DeliveryType, Refresh, RenderContext
from bot.deps import Deps
from bot.domain.agenda import Section as Line
from bot.domain.deliveries import Operation
from bot.domain.errors import DomainError
from bot.domain.overview import Entry
from bot.domain.reminders import Reminders
from bot.domain.rounds import Actor, Round
from bot.domain.scopes import Scope
from bot.manifest import build_manifest
from bot.plugged import Button, Section
from bot.services import groups, parked, preferences
from bot.services.deliveries import DesiredDelivery
from bot.services.due_steps import NOW, At, DueStep, StepContext
from bot.services.handoff_notes import Handover, NotesField
from bot.services.overview import Overview
from bot.services.rounds import group_by_id
from handlers import parked as parked_topics
from handlers import responses, thanks
from handlers.capabilities import CAPABILITIES
from handlers.capability import Capability, ClashError, HubButton, MenuEntry, Subcommand, delivery_types, plug
from handlers.commands import Commands
from handlers.handoff import NOTES_FIELDS, FormField
from handlers.listeners import Body, Shown
from handlers.messages import agenda, home
from handlers.messages.agenda import AgendaSection
from handlers.messages.base import post
from handlers.messages.facilitator import IN_PACKET
from handlers.messages.handoff import IN_HANDOVER
from handlers.requests import FormSubmission, Interaction, ShortcutRequest
from handlers.scopes import permissions
from handlers.views import block_kit
from handlers.views.block_kit import Block, Element, Form, Message, Notice
from handlers.views.hub import HubContext
from sandbox.app_manifest import read_manifest
from storage import tables as t
from tests.support.databases import look_into
from tests.support.pasts import ASKED_AT
from tests.support.person import CIRCLE, Person, Sandbox, buttons, start_group, to_press, words
from tests.support.running import running, sandbox_settings

MEETING = datetime(2026, 9, 8, 15, tzinfo=UTC)
TOPIC = "What the sky was like"
PLACES = ("Lisbon", "Lima", "Oslo")

heard: list[str] = []


async def look(_deps: Deps, request: Interaction) -> Shown:
    said = block_kit.paragraph(block_kit.text(f"The sky over {request.value or 'us'}"))
    return Notice([said, block_kit.actions(block_kit.button("Elsewhere", "sky_elsewhere"))])


async def elsewhere(_deps: Deps, request: Interaction) -> Shown:
    element: Element = {"type": "external_select", "min_query_length": 1}
    where = block_kit.field_input("sky_place", "Where?", element)
    return Form(block_kit.modal("sky_form", "Elsewhere", [where], submit="Look", meta=request.channel))


async def suggest(ack: AsyncAck, body: Body) -> None:
    typed = str(body["value"]).casefold()
    await ack(options=[block_kit.option(place, place) for place in PLACES if place.casefold().startswith(typed)])


async def take(_deps: Deps, submission: FormSubmission) -> Shown:
    place = submission.state["values"]["sky_place"]["sky_place"]["selected_option"]["value"]
    return Notice([block_kit.paragraph(block_kit.text(f"The sky over {place}"))])


async def count(_deps: Deps, request: ShortcutRequest) -> Shown:
    return Notice([block_kit.paragraph(block_kit.text(f"{len(request.text)} signs, as many as there are stars"))])


async def hear(_deps: Deps, _workspace: str, event: Body) -> None:
    heard.append(str(event["user"]))


def wanted(round_: Round, _now: datetime) -> Iterable[DesiredDelivery]:
    yield post("sky", round_, round_.group.channel, round_.meeting.starts_at - timedelta(hours=1))


async def compose(context: RenderContext) -> Message:
    return Message([block_kit.paragraph(block_kit.text(f"{context.round_.group.charter.name}: look up"))])


@dataclass(frozen=True)
class Sky:
    """What the message to one person is about."""

    place: str


def wanted_alone(round_: Round, _now: datetime) -> Iterable[DesiredDelivery]:
    due = round_.meeting.starts_at - timedelta(hours=2)
    for person in round_.group.conveners:
        key = f"sky_alone:{round_.meeting.id}:{person}"
        yield DesiredDelivery(
            "sky_alone", Operation.POST, person, due, None, key, None, Sky("Rome"), scope=Scope.PERSON
        )


async def compose_alone(context: RenderContext) -> Message:
    reader = await preferences.of_person(context.session, context.workspace, context.recipient)
    seen = "covered" if reader.wishes.reminders is Reminders.NONE else "clear"
    place = context.arguments(Sky).place
    return Message([block_kit.paragraph(block_kit.text(f"The sky over {place} is {seen} for you"))])


async def find_stars(_session: AsyncSession, found: Overview) -> list[Entry]:
    return [Entry(one.name, one.zone, one.meeting, one.starts_at, one.starts_at) for one in found.meetings]


async def count_topics(session: AsyncSession, entries: Sequence[Entry]) -> int:
    return len(entries) + len((await session.scalars(select(t.ParkedItem.id))).all())


def build_star(entry: Entry, topics: int, now: datetime) -> list[Block]:
    said = block_kit.text(f" – {topics} star to count before ")
    until = block_kit.timestamp(entry.until, entry.zone, now)
    button = block_kit.button("Count it", "sky_elsewhere")
    return [block_kit.paragraph(block_kit.bold(entry.name), said, until), block_kit.actions(button)]


async def read_name(_session: AsyncSession, round_: Round) -> str:
    return round_.group.charter.name


async def read_handover(_session: AsyncSession, handover: Handover) -> str:
    return handover.notes.more.get("sky_notes", "") or "as it was"


async def read_meetings(_session: AsyncSession, found: Overview) -> int:
    return len(found.meetings)


def shown(words: str) -> Callable[[object, object], list[Block]]:
    return lambda _context, read: [block_kit.paragraph(block_kit.text(words.format(read)))]


def check_notes(text: str) -> str:
    if "sun" in text:
        raise DomainError("That is no star.", "sky_notes")
    return text.strip()


async def keep_notes(_session: AsyncSession, _round: Round, person: str, text: str, _now: datetime) -> None:
    heard.append(f"{person}: {text}")


def build_field(_round: Round, text: str) -> Block:
    return block_kit.field_input("sky_notes", "What did you see?", block_kit.text_input(text), optional=True)


def to_look_back(at: At) -> Sequence[Select[str]]:
    done = select(t.ParkedItem.collaborative_id).where(t.ParkedItem.text == TOPIC)
    began = (t.Meeting.starts_at <= at(NOW), t.Meeting.collaborative_id.not_in(done))
    return [select(t.Meeting.collaborative_id).where(*began)]


async def look_back(context: StepContext) -> bool:
    group = await group_by_id(context.session, "T0SANDBOX", context.group)
    assert group is not None
    place = Actor(group.workspace, group.channel, group.members[0])
    round_ = await groups.require_round(context.session, place)
    await parked.park(context.session, round_, group.members[0], TOPIC, context.now)
    return False


def in_hub(context: HubContext) -> Element | None:
    return block_kit.button("The sky", "sky_elsewhere") if context.viewer in context.round_.group.members else None


SKY = Capability(
    "sky",
    subcommands=[Subcommand("sky", "[place]", "everyone", "what the sky is like", look, takes_text=True)],
    actions={"sky_elsewhere": elsewhere},
    forms={"sky_form": take},
    options={"sky_place": suggest},
    menu=[MenuEntry("sky_count", "message", "Count the stars", "How many signs a message has", count)],
    events={"member_joined_channel": hear},
    scopes={"reactions:write": "to put a star on it"},
    deliveries=[
        DeliveryType("sky", wanted, compose),
        DeliveryType("sky_alone", wanted_alone, compose_alone, refresh=Refresh(scope=Scope.PERSON), hours=AT_ONCE),
    ],
    due=[DueStep(to_look_back, look_back, lambda: select(func.min(t.Meeting.starts_at)))],
    hub=[HubButton(35, in_hub)],
    fills={
        home.OPEN: [home.EntryKind(find_stars, build_star, count_topics)],
        home.TASKS: [home.EntryKind(find_stars, build_star, count_topics)],
        home.BESIDE_MEETING: [Button(15, lambda _meeting: block_kit.button("Its sky", "sky_elsewhere"))],
        home.BELOW: [Section(5, read_meetings, shown("Meetings under the sky: {}"))],
        agenda.AGENDA: [AgendaSection(5, read_name, shown("The sky of {}"), Line("sky", "Look up together", 1))],
        agenda.BELOW_AGENDA: [Button(5, lambda _round: block_kit.button("Its sky", "sky_elsewhere"))],
        agenda.BELOW_DRAFT: [Button(5, lambda _round: block_kit.button("Its sky", "sky_elsewhere"))],
        IN_PACKET: [Section(5, read_name, shown("A coat for {}"))],
        IN_HANDOVER: [Section(5, read_handover, shown("The sky, {}"))],
        NOTES_FIELDS: [
            FormField(
                NotesField("sky_notes", check_notes, keep_notes),
                build_field,
                lambda text: [block_kit.small(f"Seen later: {text}")],
            )
        ],
    },
)
WITH_SKY = (*CAPABILITIES, SKY)

Everybody = dict[str, Person]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
async def people(sandbox: Sandbox, database_url: str, tmp_path: Path) -> AsyncIterator[Everybody]:
    """In a workspace where the app was installed with its manifest of now."""
    heard.clear()
    made = tmp_path / "manifest.json"
    made.write_text(json.dumps(build_manifest(permissions(WITH_SKY), Commands(WITH_SKY).usage_hint)))
    sandbox.inside.manifest = read_manifest(made)
    async with running(sandbox_settings(sandbox, database_url), capabilities=WITH_SKY):
        yield await sandbox.people()


async def test_what_a_capability_brings_works_once_it_is_plugged_in(sandbox: Sandbox, people: Everybody) -> None:
    ana, ben = people["Ana"], people["Ben"]
    await start_group(ana)
    await sandbox.go_to(ASKED_AT)

    assert "/collab sky [place]" in await ben.types("help")
    assert "The sky over Rome" in await ben.types("sky Rome")
    await ben.presses("sky_elsewhere", channel=CIRCLE)
    view = await ben.sees_modal()
    offered = await sandbox.ask(
        "suggest", **{"as": ben.id}, view_id=view["id"], block_id="sky_place", action_id="sky_place", query="li"
    )
    assert [option["value"] for option in offered["options"]] == ["Lisbon", "Lima"]
    assert (await ben.sends(sky_place="Lima"))["ok"]
    assert "The sky over Lima" in words(await ben.sees_modal())
    await ben.closes()

    hub = await ben.types("")
    assert hub.index("The sky") < hub.index("Agenda")
    said = await ben.says("Fourteen signs")
    await ben.uses("sky_count", said)
    assert "14 signs" in words(await ben.hears())


async def test_what_it_does_by_itself_comes_in_its_time_and_others_hear_what_it_hears(
    sandbox: Sandbox, people: Everybody
) -> None:
    ana, ben = people["Ana"], people["Ben"]
    await start_group(ana)
    await sandbox.must("channel", op="leave", channel=CIRCLE, person=ben.id)
    await sandbox.must("channel", op="join", channel=CIRCLE, person=ben.id)
    await sandbox.settle()
    assert heard == [ben.id]
    assert "You are not in this channel" not in await ben.types("")  # the workspace's capability heard it, too

    await sandbox.go_to(MEETING - timedelta(hours=1, minutes=1))
    assert not [m for m in await sandbox.posted() if "look up" in words(m["blocks"])]
    await sandbox.next_event()
    assert [m for m in await sandbox.posted() if "look up" in words(m["blocks"])]
    await sandbox.go_to(MEETING)
    assert TOPIC in await ana.types("park")


async def test_what_it_puts_on_others_screens_stands_there(sandbox: Sandbox, people: Everybody) -> None:
    ana, ben = people["Ana"], people["Ben"]
    await start_group(ana, facilitation="designated", designated=ana.id)
    said = words(await ben.home())
    order = [
        "Open for you",
        "1 star to count",
        "Your next meetings",
        "Yours to prepare",
        "1 star to count",
        "Meetings under the sky: 1",
    ]
    assert in_order(said, order), said
    assert "sky_elsewhere" in buttons(await ben.home())
    assert (await ben.presses_on_home("sky_elsewhere"))["ok"]
    assert "Where?" in words(await ben.sees_modal())
    await ben.closes()
    assert any("A coat for Trauma-informed care" in words(m["blocks"]) for m in await ana.dms())

    await sandbox.go_to(MEETING - timedelta(minutes=30))
    (posted,) = [m for m in await sandbox.posted() if words(m["blocks"]).startswith("Agenda")]
    assert in_order(words(posted["blocks"]), ["Look up together", "The sky of Trauma-informed care"])
    assert "sky_elsewhere" in to_press(posted["blocks"])
    draft = await ana.looks_at("agenda")
    assert in_order(draft, ["Look up together", "The sky of Trauma-informed care"]), draft

    await sandbox.go_to(MEETING + timedelta(minutes=5))
    await ana.types("notes")
    assert "What did you see?" in str(await ana.sees_modal())
    assert "no star" in str(await ana.sends(notes="Done", sky_notes="the sun"))
    assert (await ana.sends(notes="Done", sky_notes="Vega"))["ok"]
    assert "The sky, Vega" in words(await ana.sees_modal())
    assert (await ana.sends())["ok"]
    await ana.closes()
    assert f"{ana.id}: Vega" in heard
    assert any("The sky, as it was" in words(m["blocks"]) for m in await sandbox.posted())


def in_order(said: str, parts: Sequence[str]) -> bool:
    start = 0
    for part in parts:
        start = said.find(part, start) + 1
        if not start:
            return False
    return True


async def test_what_it_writes_to_one_person_is_brought_up_to_date_with_what_concerns_them(
    sandbox: Sandbox, people: Everybody
) -> None:
    ana = people["Ana"]
    await start_group(ana)
    await sandbox.go_to(MEETING - timedelta(hours=2))
    assert await alone(ana) == ["The sky over Rome is clear for you"]
    await ana.types("settings")
    assert (await ana.sends(reminders="none"))["ok"]
    await sandbox.settle()
    assert await alone(ana) == ["The sky over Rome is covered for you"]
    assert [await alone(person) for person in people.values() if person is not ana] == [[]] * 5


async def alone(person: Person) -> list[str]:
    return [said for m in await person.dms() if (said := words(m["blocks"])).startswith("The sky over")]


CLASHING = {
    "subcommand": Capability("night", subcommands=[Subcommand("sky", "", "everyone", "the same", look)]),
    "action": Capability("night", actions={"sky_place": look}),
    "form": Capability("night", forms={"sky_form": take}),
    "menu entry": Capability("night", menu=[MenuEntry("sky_count", "global", "Count", "The same", count)]),
    "delivery": Capability("night", deliveries=[DeliveryType("sky", wanted, compose)]),
}


@pytest.mark.parametrize("kind", CLASHING)
def test_no_two_can_have_the_same_name(kind: str) -> None:
    for made_of in (plug, delivery_types):
        with pytest.raises(ClashError, match=f"The {kind} “.*” belongs to sky, so night can't have it"):
            made_of((*WITH_SKY, CLASHING[kind]))
    taken = Capability("help", actions={"home_help": look})
    with pytest.raises(ClashError, match="belongs to Collab itself"):
        plug([taken])


async def test_a_bot_whose_capabilities_clash_does_not_start(sandbox: Sandbox, database_url: str) -> None:
    with pytest.raises(ClashError):
        await serve(
            sandbox_settings(sandbox, database_url), asyncio.Event(), capabilities=(*WITH_SKY, CLASHING["form"])
        )


def test_help_manifest_and_engine_are_made_of_whatever_is_plugged_in() -> None:
    without, with_it = permissions(CAPABILITIES), permissions(WITH_SKY)
    assert set(with_it.scopes) - set(without.scopes) == {"reactions:write"}
    made = build_manifest(with_it, Commands(WITH_SKY).usage_hint)
    assert "reactions:write" in made["oauth_config"]["scopes"]["bot"]
    assert made["features"]["slash_commands"][0]["usage_hint"].endswith("| sky [place]")
    assert made["features"]["shortcuts"][-1]["callback_id"] == "sky_count"
    assert set(delivery_types(WITH_SKY).kinds) - set(delivery_types(CAPABILITIES).kinds) == {"sky", "sky_alone"}


OFFERED = {
    "thanks": ("Thank for one of them",),
    "parked topics": (
        "Topics to keep for next time",
        "Kept from earlier",
        "Keep a topic for it",
        "Park a topic",
        "We carry over",
        TOPIC,
    ),
    "reading answers": ("/collab responses", "Read the answers", "Post the named answers now"),
}
"""What is offered or shown in words, as a field or as a choice in a form."""

UNPLUGGED = {"thanks": thanks, "parked topics": parked_topics, "reading answers": responses}


@pytest.mark.parametrize("name", UNPLUGGED)
async def test_without_one_everything_else_goes_on_and_no_button_leads_nowhere(
    sandbox: Sandbox, database_url: str, logs: StringIO, name: str
) -> None:
    rest = [one for one in CAPABILITIES if one is not UNPLUGGED[name].CAPABILITY]
    shown, said = await lived_through(sandbox, database_url, logs, rest)
    assert {"answer", "pass", "agenda", "agenda_edit", "batch_read", "notes_back"} <= shown
    assert shown <= (plug(rest).actions or set())
    assert not shown & UNPLUGGED[name].CAPABILITY.actions.keys()
    assert [offer for offer in OFFERED[name] if offer in said] == []


async def test_with_all_of_them_each_has_its_buttons(sandbox: Sandbox, database_url: str, logs: StringIO) -> None:
    """So that the test above would notice one that stayed."""
    shown, said = await lived_through(sandbox, database_url, logs, CAPABILITIES)
    assert [offer for offers in OFFERED.values() for offer in offers if offer not in said] == []
    assert [name for name, one in UNPLUGGED.items() if not shown & one.CAPABILITY.actions.keys()] == []


async def lived_through(
    sandbox: Sandbox, database_url: str, logs: StringIO, capabilities: Sequence[Capability]
) -> tuple[set[str], str]:
    """What could be pressed in a whole round, and what was said."""
    shown: set[str] = set()
    said = ""
    async with running(sandbox_settings(sandbox, database_url), logs, capabilities=capabilities):
        async for blocks in a_whole_round(sandbox, await sandbox.people(), database_url):
            shown |= set(to_press(blocks))
            said += json.dumps(blocks)
    told = [json.loads(line) for line in logs.getvalue().splitlines()]
    assert [line for line in told if line["level"] == "error" or "nhandled" in line["event"]] == []
    return shown, said


def park_unseen(database_url: str) -> None:
    """What was kept while topics could be parked stands there still where they can't."""
    engine = look_into(database_url)
    with Session(engine) as session, session.begin():
        group = session.scalars(select(t.Collaborative)).one()
        row = {"workspace_id": group.workspace_id, "collaborative_id": group.id, "parked_at": group.started_at}
        session.add(t.ParkedItem(id=t.new_id(), text=TOPIC, parked_by=group.started_by, **row))
    engine.dispose()


async def a_whole_round(sandbox: Sandbox, people: Everybody, database_url: str) -> AsyncIterator[list[object]]:
    """From the founding to the handover: whatever stands before anybody, at every step."""
    ana, ben, chen, dee, esi, farid = people.values()
    await start_group(ana, facilitation="designated", designated=ana.id)
    park_unseen(database_url)
    await sandbox.go_to(ASKED_AT)
    yield [*await ben.reads(), *await ana.dms()]
    for person in (ana, ben):
        await person.types("agenda")
        yield [await person.home(), *await person.hears()]
    for person, sees in ((ben, "anonymous"), (chen, "anonymous"), (dee, "anonymous"), (esi, "named"), (farid, "named")):
        await person.presses("answer", channel=CIRCLE)
        yield [await person.sees_modal()]
        assert (await person.sends(**{"answer-0": "What I think", "sees": sees}))["ok"]
        await person.closes()
    await sandbox.go_to(MEETING - timedelta(hours=18))
    yield [*await ana.reads(), *await ana.dms()]
    await ana.presses("batch_read")
    yield [await ana.sees_modal()]
    assert (await ana.sends(decision="show"))["ok"]
    await ana.closes()
    await sandbox.go_to(MEETING - timedelta(minutes=30))
    for typed in ("", "help", "mine", "agenda", "responses", "settings", "mydata", "park"):
        await ana.types(typed)
        yield [await ana.modal() or {}, *await ana.hears()]
        await ana.closes()
    yield [await ana.home()]
    await sandbox.go_to(MEETING + timedelta(hours=1, minutes=5))
    await ana.presses("notes")
    yield [await ana.sees_modal()]
    assert (await ana.sends(notes="What we did", for_next="Begin early"))["ok"]
    yield [await ana.sees_modal()]
    assert (await ana.sends())["ok"]
    await ana.closes()
    assert any("Handing over" in words(m["blocks"]) for m in await sandbox.posted())
    for person in people.values():
        yield [*await person.reads(), *await person.dms(), await person.home()]
