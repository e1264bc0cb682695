"""A capability that lives here alone is plugged in and works whole, without a file of the product being touched."""

import json
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from slack_bolt.async_app import AsyncAck
from sqlalchemy import Select, func, select

from bot.delivery.types import DeliveryType, RenderContext
from bot.deps import Deps
from bot.domain.rounds import Actor, Round
from bot.manifest import build_manifest
from bot.services import groups, parked
from bot.services.deliveries import DesiredDelivery
from bot.services.due_steps import NOW, At, DueStep, StepContext
from bot.services.rounds import group_by_id
from handlers import parked as parked_topics
from handlers import responses, thanks
from handlers.capabilities import CAPABILITIES
from handlers.capability import Capability, HubButton, MenuEntry, Subcommand, delivery_types, plug
from handlers.commands import Commands
from handlers.listeners import Body, Shown
from handlers.messages.base import post
from handlers.requests import FormSubmission, Interaction, ShortcutRequest
from handlers.scopes import permissions
from handlers.views import block_kit
from handlers.views.block_kit import Element, Form, Message, Notice
from handlers.views.hub import HubContext
from sandbox.app_manifest import read_manifest
from storage import tables as t
from tests.conftest import running, sandbox_settings
from tests.pasts import ASKED_AT
from tests.person import CIRCLE, Person, Sandbox, start_group, to_press, words

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
    deliveries=[DeliveryType("sky", wanted, compose)],
    due=[DueStep(to_look_back, look_back, lambda: select(func.min(t.Meeting.starts_at)))],
    hub=[HubButton(35, in_hub)],
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


def test_help_manifest_and_engine_are_made_of_whatever_is_plugged_in() -> None:
    without, with_it = permissions(CAPABILITIES), permissions(WITH_SKY)
    assert set(with_it.scopes) - set(without.scopes) == {"reactions:write"}
    made = build_manifest(with_it, Commands(WITH_SKY).usage_hint)
    assert "reactions:write" in made["oauth_config"]["scopes"]["bot"]
    assert made["features"]["slash_commands"][0]["usage_hint"].endswith("| sky [place]")
    assert made["features"]["shortcuts"][-1]["callback_id"] == "sky_count"
    assert set(delivery_types(WITH_SKY).kinds) - set(delivery_types(CAPABILITIES).kinds) == {"sky"}


OFFERED = {
    "thanks": "Thank for one of them",
    "parked topics": "Topics to keep for next time",
    "reading answers": "/collab responses",
}
"""What is offered in words, or as a field or a choice in a form."""

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
    assert OFFERED[name] not in said


async def test_with_all_of_them_each_has_its_buttons(sandbox: Sandbox, database_url: str, logs: StringIO) -> None:
    """So that the test above would notice one that stayed."""
    shown, said = await lived_through(sandbox, database_url, logs, CAPABILITIES)
    assert [name for name, offer in OFFERED.items() if offer not in said] == []
    assert [name for name, one in UNPLUGGED.items() if not shown & one.CAPABILITY.actions.keys()] == []


async def lived_through(
    sandbox: Sandbox, database_url: str, logs: StringIO, capabilities: Sequence[Capability]
) -> tuple[set[str], str]:
    """What could be pressed in a whole round, and what was said."""
    shown: set[str] = set()
    said = ""
    async with running(sandbox_settings(sandbox, database_url), logs, capabilities=capabilities):
        async for blocks in a_whole_round(sandbox, await sandbox.people()):
            shown |= set(to_press(blocks))
            said += json.dumps(blocks)
    told = [json.loads(line) for line in logs.getvalue().splitlines()]
    assert [line for line in told if line["level"] == "error" or "nhandled" in line["event"]] == []
    return shown, said


async def a_whole_round(sandbox: Sandbox, people: Everybody) -> AsyncIterator[list[object]]:
    """From the founding to the handover: whatever stands before anybody, at every step."""
    ana, ben, chen, dee, esi, farid = people.values()
    await start_group(ana, facilitation="designated", designated=ana.id)
    await sandbox.go_to(ASKED_AT)
    yield [*await ben.reads()]
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
