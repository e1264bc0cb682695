"""What happens in the workspace reaches the app, again if it was not acknowledged, and only what it subscribed to."""

from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp

from tests.sandbox.conftest import ANA, BEN, CIRCLE, RANDOM, SUPERVISORS, Heard, Served, connected

Json = dict[str, Any]
KINDS = (
    "app_home_opened",
    "app_uninstalled",
    "channel_archive",
    "channel_id_changed",
    "channel_left",
    "channel_rename",
    "channel_unarchive",
    "group_archive",
    "group_left",
    "group_rename",
    "group_unarchive",
    "member_joined_channel",
    "member_left_channel",
    "tokens_revoked",
    "user_change",
)


@pytest.fixture
def heard() -> Heard:
    return Heard()


def listening(heard: Heard) -> Any:
    async def listen(event: Json) -> None:
        heard.take(event)

    def register(app: AsyncApp) -> None:
        for kind in KINDS:
            app.event(kind)(listen)

    return register


async def test_opening_home_is_told_with_the_view_that_is_there(served: Served, heard: Heard) -> None:
    async with connected(served, listening(heard)):
        await served.ask("home", who=ANA)
        event = await heard.next()
        assert (event["type"], event["user"], event["tab"]) == ("app_home_opened", ANA, "home")
        assert "view" not in event
        await served.client().views_publish(user_id=ANA, view={"type": "home", "blocks": []})
        await served.ask("home", who=ANA)
        assert (await heard.next())["view"]["type"] == "home"


async def test_people_and_channels_that_change_are_told(served: Served, heard: Heard) -> None:
    async with connected(served, listening(heard)):
        await served.ask("channel", op="leave", channel=CIRCLE, person=BEN)
        event = await heard.next()
        assert (event["type"], event["user"], event["channel"]) == ("member_left_channel", BEN, CIRCLE)
        await served.ask("channel", op="join", channel=RANDOM, person="U0COLLAB")
        assert (await heard.next())["user"] == "U0COLLAB"
        await served.ask("channel", op="rename", channel=CIRCLE, name="our-circle")
        assert (await heard.next())["channel"]["name"] == "our-circle"
        await served.ask("channel", op="new_id", channel=SUPERVISORS, name="C0NEW")
        event = await heard.next()
        assert (event["old_channel_id"], event["new_channel_id"]) == (SUPERVISORS, "C0NEW")
        await served.ask("channel", op="archive", channel=CIRCLE)
        assert (await heard.next())["type"] == "channel_archive"
        await served.ask("channel", op="unarchive", channel=CIRCLE)
        assert (await heard.next())["type"] == "channel_unarchive"
        await served.ask("people", op="zone", person=BEN, tz="Europe/Rome")
        assert (await heard.next())["user"]["tz"] == "Europe/Rome"
        await served.ask("people", op="deactivate", person=BEN)
        assert (await heard.next())["user"]["deleted"]
    assert BEN not in [p["id"] for p in (await served.http.get("/sandbox/people")).json()["people"]]


async def test_of_private_channels_is_told_by_names_of_their_own(served: Served, heard: Heard) -> None:
    async with connected(served, listening(heard)):
        await served.ask("channel", op="rename", channel=SUPERVISORS, name="leads")
        event = await heard.next()
        assert (event["type"], event["channel"]["name"]) == ("group_rename", "leads")
        for op in ("archive", "unarchive"):
            await served.ask("channel", op=op, channel=SUPERVISORS)
            event = await heard.next()
            assert (event["type"], event["channel"]) == (f"group_{op}", SUPERVISORS)
        await served.ask("channel", op="leave", channel=SUPERVISORS, person="U0COLLAB")
        assert [(await heard.next())["type"] for _ in range(2)] == ["member_left_channel", "group_left"]


async def test_what_the_app_may_not_know_is_not_told(served: Served, heard: Heard) -> None:
    async with connected(served, listening(heard)):
        await served.ask("channel", op="leave", channel=RANDOM, person=BEN)  # the bot is not in it
        await served.ask("channel", op="create", channel="G0HIDDEN", name="hidden", person=BEN, private=True)
        await served.ask("channel", op="archive", channel="G0HIDDEN")  # nor in this one
        await served.ask("people", op="guest", person=BEN)
        event = await heard.next()
    assert (event["type"], event["user"]["is_restricted"]) == ("user_change", True)
    assert len(heard.bodies) == 1


async def test_an_event_without_an_answer_comes_again(served: Served, heard: Heard) -> None:
    await served.ask("sockets", op="retries", seconds=[0, 0, 0.01])
    await served.ask("sockets", op="cut")
    served.inside.sockets.ack_seconds = 0.02
    requests: list[Json] = []

    async def deaf(_client: Any, request: Any) -> None:
        requests.append({"n": request.retry_attempt, "why": request.retry_reason, "id": request.payload["event_id"]})
        heard.take(requests[-1])

    async with connected(served) as handler:
        handler.client.socket_mode_request_listeners = [deaf]
        await served.ask("people", op="zone", person=BEN, tz="Europe/Rome")
        for _ in range(4):
            await heard.next()
    assert [r["n"] for r in requests] == [0, 1, 2, 3]
    assert [r["why"] for r in requests] == ["", "timeout", "timeout", "timeout"]
    assert len({r["id"] for r in requests}) == 1


async def test_an_event_that_nobody_could_hear_is_told_to_who_comes_in_time(served: Served, heard: Heard) -> None:
    await served.ask("sockets", op="retries", seconds=[0.3])
    await served.ask("people", op="zone", person=BEN, tz="Europe/Rome")
    async with connected(served, listening(heard)):
        assert (await heard.next())["type"] == "user_change"


async def test_removing_the_app_says_so_twice(served: Served, heard: Heard) -> None:
    async with connected(served, listening(heard)):
        await served.api("auth.test")
        await served.ask("home", who=ANA)  # so that Bolt knows its token's owner
        await heard.next()
        await served.ask("app", op="uninstall")
        assert {(await heard.next())["type"], (await heard.next())["type"]} == {"tokens_revoked", "app_uninstalled"}


@pytest.mark.parametrize(
    ("path", "body", "status", "error"),
    [
        ("channel", {"op": "dance", "channel": CIRCLE}, 400, "unknown_op"),
        ("channel", {"op": "join", "channel": CIRCLE, "person": ANA}, 400, "already_in_channel"),
        ("channel", {"op": "join", "channel": CIRCLE, "person": "U0GREG"}, 400, "user_disabled"),
        ("channel", {"op": "leave", "channel": RANDOM, "person": "U0COLLAB"}, 400, "not_in_channel"),
        ("channel", {"op": "rename", "channel": "C0NOWHERE"}, 404, "no_such_channel"),
        ("people", {"op": "zone", "person": ANA, "tz": "Mars/Olympus"}, 400, "unknown_zone"),
        ("people", {"op": "zone", "person": "U0NOBODY"}, 404, "no_such_person"),
        ("sockets", {"op": "knot"}, 400, "unknown_op"),
    ],
)
async def test_what_makes_no_sense_is_refused(served: Served, path: str, body: Json, status: int, error: str) -> None:
    assert (await served.ask(path, status, **body))["error"] == error


async def test_a_new_channel_is_seen_by_its_maker(served: Served) -> None:
    made = await served.ask("channel", op="create", channel="C0QUIET", name="quiet", person=BEN, private=True)
    assert made["channel"] == "C0QUIET"
    assert "C0QUIET" in (await served.state(BEN))["messages"]
    assert "C0QUIET" not in (await served.state(ANA))["messages"]
