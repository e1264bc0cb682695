"""A worked example: people who bring a group into its fourth meeting, by what a person can do here and nothing else.

What they say stands in `example.toml`.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import aiohttp

from sandbox.scripted_users import Failed, Players
from sandbox.world import Json

CIRCLE, STARTER = "C0CIRCLE", "U0ANA"
BEN, CHEN, DEE, ESI, FARID, GWEN, HUGO = "U0BEN", "U0CHEN", "U0DEE", "U0ESI", "U0FARID", "U0GWEN", "U0HUGO"
PEOPLE = (STARTER, BEN, CHEN, DEE, ESI, FARID, GWEN, HUGO)
THANKS = ((CHEN, BEN), (DEE, STARTER), (BEN, ESI))
"""After each meeting: who thanks whom for what they wrote."""

SECONDS, MOST_STEPS = 180, 40
"""For how long it may play, and how many events may lie between two things that people wait for."""

NAMED, ANONYMOUS, ALONE = "named", "anonymous", "facilitator"


@dataclass(frozen=True)
class Answering:
    """What one person does with the questions: which text they give to the first and to the second; who sees them."""

    person: str
    first: int | None
    second: int | None
    sees: str


ROUNDS = (
    (
        Answering(BEN, 0, None, NAMED),
        Answering(HUGO, 1, None, NAMED),
        Answering(CHEN, 2, 2, ANONYMOUS),
        Answering(ESI, 3, 3, ANONYMOUS),
        Answering(FARID, 4, 4, ANONYMOUS),
        Answering(GWEN, None, 0, NAMED),
        Answering(DEE, None, 1, ALONE),
    ),
    (
        Answering(STARTER, 0, 0, NAMED),
        Answering(FARID, 1, None, NAMED),
        Answering(GWEN, 2, 2, ANONYMOUS),
        Answering(HUGO, 3, None, ANONYMOUS),
        Answering(DEE, 4, 3, ANONYMOUS),
        Answering(ESI, None, 1, NAMED),
    ),
    (
        Answering(ESI, 0, None, NAMED),
        Answering(DEE, 1, 1, NAMED),
        Answering(BEN, 2, 2, ANONYMOUS),
        Answering(GWEN, 3, None, ANONYMOUS),
        Answering(STARTER, 4, 4, ANONYMOUS),
        Answering(FARID, None, 0, NAMED),
        Answering(HUGO, None, 3, ALONE),
    ),
    (
        Answering(BEN, 0, None, NAMED),
        Answering(CHEN, 1, 0, NAMED),
        Answering(ESI, 2, 2, ANONYMOUS),
        Answering(FARID, 3, None, ANONYMOUS),
        Answering(GWEN, None, 4, ALONE),
    ),
)
"""The last time there is somebody left to try it, and one more without a name makes three."""


@cache
def _script() -> Json:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


async def play(address: str) -> None:
    """Play the example in a sandbox that nothing has happened in yet; Failed says where it went wrong."""
    async with aiohttp.ClientSession(address, timeout=aiohttp.ClientTimeout(total=SECONDS)) as http:
        troupe = Troupe(Players(http))
        await troupe.found_a_group()
        for number, meeting in enumerate(_script()["meeting"]):
            await troupe.meet(number, meeting)
        await troupe.answer(ROUNDS[-1])


class Troupe:
    """One group's people, from its founding on."""

    def __init__(self, players: Players) -> None:
        self._do = players

    async def found_a_group(self) -> None:
        group = _script()["group"]
        await self._do.types(STARTER, CIRCLE, "start")
        now = datetime.fromisoformat((await self._do.state(STARTER))["now"])
        first = (now + timedelta(days=7)).date().isoformat()
        times = {"frequency": "biweekly", "first": first, "at": "10:00", "zone": "America/Chicago", "length": "60"}
        who = {"members": PEOPLE, "place": group["place"], "facilitation": "rotating"}
        for form in ({"name": group["name"], "purpose": group["purpose"]}, times, who):
            await self._do.sends(STARTER, form)
        await self._do.closes(STARTER)

    async def meet(self, number: int, meeting: Json) -> None:
        """From the questions to the handover; everybody leads in their turn."""
        leader, (thankful, thanked) = PEOPLE[number], THANKS[number]
        await self.answer(ROUNDS[number])
        await self._do.types(BEN, CIRCLE, f"park {meeting['parked']}")
        await self._until("batch_read", leader, f"D{leader[1:]}")
        await self._fill_in(leader, "batch_read", {"decision": "show"})
        await self._until("responses", thankful, CIRCLE)
        await self._do.presses(thankful, CIRCLE, "responses")
        await self._do.presses_in_form(thankful, "thank", below=thanked)
        await self._do.closes(thankful)
        await self._until("notes", leader, f"D{leader[1:]}")
        await self._fill_in(leader, "notes", {"notes": meeting["notes"], "topics": meeting["topics"]}, {})

    async def answer(self, answering: Sequence[Answering]) -> None:
        """When the next questions are there. Whoever does not answer passes or does nothing: nobody is to know."""
        await self._until("answer", STARTER, CIRCLE)
        for each in answering:
            await self._do.presses(each.person, CIRCLE, "answer")
            values = _filled(await self._do.form(each.person), (each.first, each.second))
            await self._do.sends(each.person, values | {"sees": each.sees})
            await self._do.closes(each.person)

    async def _fill_in(self, person: str, button: str, *forms: Mapping[str, str]) -> None:
        await self._do.presses(person, f"D{person[1:]}", button)
        for values in forms:
            await self._do.sends(person, dict(values))
        await self._do.closes(person)

    async def _until(self, button: str, person: str, channel: str) -> None:
        """On from event to event, until a new one of these is there."""
        for _ in range(MOST_STEPS):
            if await self._do.sees_new(button, person, channel):
                return
            await self._do.ask("clock", next=True)
        raise Failed(f"{button} did not come")


def _filled(form: Json, chosen: Sequence[int | None]) -> Json:
    """A text for each question that takes words, on a scale one of its upper steps; None leaves it empty."""
    values: Json = {}
    asked = [block for block in form["blocks"] if str(block.get("block_id")).startswith("answer-")]
    for block, text in zip(asked, chosen, strict=False):
        if text is None:
            continue
        options = block["element"].get("options")
        name = str(block["block_id"])
        values[name] = options[(text + 2) % len(options)]["value"] if options else _text(block, text)
    return values


def _text(block: Json, number: int) -> str:
    asked = str(block["label"]["text"])
    fitting = [each["texts"] for each in _script()["answers"] if each["about"] in asked]
    return str([*fitting, _script()["else"]["texts"]][0][number])
