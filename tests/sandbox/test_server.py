"""The server: its page, its stream of changes, its command line, and how it ends."""

import asyncio
import json
import sys
from pathlib import Path

import httpx

from sandbox import clock_controls, controls, people_interface, server
from sandbox.faults import KINDS
from sandbox.webapi import METHODS
from sandbox.world import Person
from tests.sandbox.conftest import ANA, CIRCLE, Served
from tests.support.person import NO_TLS

ROOT = Path(__file__).parents[2]


async def test_the_page_is_always_fresh(served: Served) -> None:
    for path in ("/", "/page/index.html"):
        answer = await served.http.get(path)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        assert "text/html" in answer.headers["content-type"]
    assert (await served.http.get("/page/nothing.js")).status_code == 404
    assert (await served.http.get("/page/../server.py")).status_code == 404


async def test_the_stream_tells_of_every_change(served: Served) -> None:
    async with served.http.stream("GET", "/sandbox/events") as stream:
        lines = (json.loads(line[5:])["version"] async for line in stream.aiter_lines() if line.startswith("data:"))
        first = await anext(lines)
        await served.ask("message", who=ANA, channel=CIRCLE, text="x")
        assert await asyncio.wait_for(anext(lines), 60) > first


async def test_the_workspace_has_people_enough_to_try_things(served: Served) -> None:
    state = await served.state()
    people = (await served.http.get("/sandbox/people")).json()["people"]
    assert people[0]["id"] == state["me"]["id"] == ANA
    assert len(people) == 8
    assert [sum(p[kind] for p in people) for kind in ("is_guest", "is_stranger")] == [1, 1]
    assert len({p["tz"] for p in people}) >= 4
    assert sum(p["is_bot"] for p in state["people"]) == 2
    assert sum(p["deleted"] for p in state["people"]) == 1
    assert [c["name"] for c in state["channels"]] == ["learning-circle", "random", "supervisors", "Collab"]
    assert state["commands"][0]["command"] == "/collab"
    assert Person("U1", "Ana Ruiz", "UTC", "", "").handle == "ana.ruiz"


async def test_nobody_sees_through_eyes_that_are_not_there(served: Served) -> None:
    answer = await served.http.get("/sandbox/state", params={"as": "U0NOBODY"})
    assert (answer.status_code, answer.json()["error"]) == (404, "no_such_person")


async def test_it_ends_while_people_look_and_a_bot_waits() -> None:
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(server.serve("127.0.0.1", 0, address.set_result))
    async with httpx.AsyncClient(base_url=await address, timeout=120, verify=NO_TLS) as http:
        async with http.stream("GET", "/sandbox/events") as stream:
            await anext(stream.aiter_lines())
            polling = asyncio.create_task(http.get("/sandbox/clock", params={"follower": "bot", "after": 99}))
            serving.cancel()
            await asyncio.wait_for(asyncio.gather(serving, return_exceptions=True), 60)
        await asyncio.gather(polling, return_exceptions=True)


async def test_the_command_line_says_where_it_is_and_begins_when_it_is_told_to() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sandbox", "--port", "0", "--at", "2026-09-01T09:00:00-05:00"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        line = (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
        assert line.startswith("Sandbox: http://127.0.0.1:")
        async with httpx.AsyncClient(base_url=line.removeprefix("Sandbox: ").strip(), timeout=120) as http:
            state = (await http.get("/sandbox/state", params={"as": ANA})).json()
        assert state["now"].startswith("2026-09-01T14:00")
    finally:
        process.terminate()
        await process.wait()


async def test_the_readme_names_every_route_method_and_fault(served: Served) -> None:
    text = (ROOT / "sandbox" / "README.md").read_text(encoding="utf-8")
    parts = (people_interface, controls, clock_controls)
    routes = [route for part in parts for route in part.routes(served.inside)]
    named = {*METHODS, *KINDS, *(route.path for route in routes)}
    assert sorted(name for name in named if name not in text) == []


async def test_an_example_that_nobody_can_act_out_says_why_and_is_offered_again(served: Served) -> None:
    assert (await served.state())["example"] == "offered"
    answer = await served.ask("example", 500)
    assert answer == {"ok": False, "error": "example_failed: command: dispatch_failed"}
    assert (await served.state())["example"] == "offered"
    await served.ask("message", who=ANA, channel=CIRCLE, text="Good morning")
    assert (await served.ask("example", 409))["error"] == "already_begun"
    assert (await served.state())["example"] == "over"


async def test_the_state_tells_which_faults_still_wait(served: Served) -> None:
    await served.ask("faults", method="users.list", kind="http_500", times=2)
    await served.ask("faults", method="chat.postMessage", kind="hang", times=0, chance=0.5)
    await served.http.post("/api/users.list")
    first, second = (await served.state())["faults"]
    assert first == {"method": "users.list", "kind": "http_500", "times": 1, "chance": 1}
    assert second == {"method": "chat.postMessage", "kind": "hang", "times": 0, "chance": 0.5}
    await served.http.delete("/sandbox/faults")
    assert (await served.state())["faults"] == []
