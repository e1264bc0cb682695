"""What somebody does to have, or to erase, all that is kept about them."""

from tests.support.person import CIRCLE, Person, words


async def files_of(person: Person) -> dict[str, str]:
    """What the bot sent them, by name."""
    state = await person.sandbox.state(person.id)
    found = {}
    for file in state["files"].values():
        found[file["name"]] = await person.sandbox.file(file["id"], person.id)
    return found


async def erases_everything(person: Person) -> str:
    """In two steps; what the first says."""
    await person.types("mydata")
    await person.presses("mydata_erase", channel=CIRCLE)
    said = words(await person.sees_modal())
    assert not (await person.sends())["ok"]  # not by a slip of the thumb
    assert (await person.sends(sure=["yes"]))["ok"]
    assert "It is done." in words(await person.sees_modal())
    await person.closes()
    return said
