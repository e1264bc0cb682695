"""Makes the files anew: `python -m tests.old_database.make` checks the version of then out and lets it live.

collab.db.gz is the database as that version left it, workspace.json what stood in Slack, went_on.json what that version
said in the two weeks after.
"""

import asyncio
import gzip
import importlib
import json
import subprocess
import sys
import tempfile
from dataclasses import fields
from pathlib import Path
from typing import Any, get_type_hints

from pydantic import TypeAdapter

COMMIT = "775b7a7"
"""The last one before the tables were put in order."""

HERE = Path(__file__).parent
PROJECT = HERE.parents[1]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "collab"
        git = ["git", "-C", str(PROJECT), "worktree"]
        subprocess.run([*git, "add", "--detach", str(tree), COMMIT], check=True)  # noqa: S603 - of this project alone
        try:
            then = tree / "tests" / HERE.name
            then.mkdir()
            for file in HERE.glob("*.py"):
                (then / file.name).write_bytes(file.read_bytes())
            subprocess.run([sys.executable, "-m", f"tests.{HERE.name}.make", str(HERE)], cwd=tree, check=True)  # noqa: S603 - of this project alone
        finally:
            subprocess.run([*git, "remove", "--force", str(tree)], check=True)  # noqa: S603 - of this project alone


async def live(into: Path) -> None:
    """In the version of then."""
    conftest, life = (importlib.import_module(f"tests.{name}") for name in ("conftest", f"{HERE.name}.life"))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "collab.db"
        async with conftest.serving_sandbox() as world:
            await world.go_to(life.BEGINS, leap=True)
            settings = conftest.sandbox_settings(world, f"sqlite:///{file}")
            async with conftest.running(settings):
                await life.live_before(world, await world.people())
            await world.no_faults()
            (into / "collab.db.gz").write_bytes(gzip.compress(file.read_bytes(), mtime=0))
            (into / "workspace.json").write_text(write_world(world.inside.world))
            async with conftest.running(settings):
                await life.live_after(world, await world.people())
            (into / "went_on.json").write_text(json.dumps(life.posts(world), indent=0) + "\n")


def write_world(world: Any) -> str:
    """All that stands in the sandbox, as JSON."""
    whole = {name: kind.dump_python(getattr(world, name), mode="json") for name, kind in _parts(world).items()}
    return json.dumps(whole, ensure_ascii=False, indent=0) + "\n"


def read_world(world: Any, text: str) -> None:
    """Make a sandbox's world what was written."""
    for name, value in json.loads(text).items():
        setattr(world, name, _parts(world)[name].validate_python(value))


def _parts(world: Any) -> dict[str, TypeAdapter[Any]]:
    hints = get_type_hints(type(world))
    return {part.name: TypeAdapter(hints[part.name]) for part in fields(world) if part.name != "now"}


if __name__ == "__main__":
    if len(sys.argv) > 1:
        asyncio.run(live(Path(sys.argv[1])))
    else:
        main()
