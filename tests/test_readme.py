"""README and docs tell the truth: every command, setting, dependency and folder stands in them."""

import re
import tomllib
from pathlib import Path

import pytest

from bot.config import Settings, env_name
from bot.delivery import lateness
from handlers.capabilities import CAPABILITIES
from handlers.commands import COMMAND, Commands
from tests.support.planning import TYPES

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def table(first_column: str) -> list[list[str]]:
    """The rows of the table whose first column is headed so."""
    lines = f"{README}\n{ARCHITECTURE}".splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"| {first_column} |"))
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def test_the_table_of_commands_is_that_of_the_code() -> None:
    commands = Commands(CAPABILITIES).table
    assert table("command") == [[f"`{f'{COMMAND} {s.shape}'.strip()}`", s.who, s.help] for s in commands]


def test_every_setting_is_there_with_its_default() -> None:
    written = {row[0].strip("`"): row[1].strip("`") for row in table("setting")}
    assert written.keys() == {env_name(name) for name in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        default = "" if field.is_required() or field.default is None else str(field.default)
        shown = written[env_name(name)]
        assert shown == (default.removesuffix(":00") if name.endswith("_time") else default) or (
            not default and shown == "–"
        )


def test_what_happens_to_what_is_late_is_as_the_code_has_it() -> None:
    assert table("delivery") == [
        [f"`{kind}`", *said] for kind, *said in lateness.rows({name: kind.late for name, kind in TYPES.kinds.items()})
    ]


@pytest.mark.parametrize("group", ["dependencies", "dev"])
def test_every_dependency_has_its_reason(group: str) -> None:
    wanted = PROJECT["project"]["dependencies"] if group == "dependencies" else PROJECT["dependency-groups"]["dev"]
    names = [re.split(r"[\[<>=;~! ]", one)[0] for one in wanted]
    stands_on = ARCHITECTURE[ARCHITECTURE.index("## What it stands on") :].casefold()
    assert [name for name in names if name not in stands_on and not name.startswith("types-")] == []


def test_the_house_is_drawn_as_it_stands() -> None:
    drawn = set(re.findall(r"^(\w+)/ ", ARCHITECTURE, re.MULTILINE))
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert drawn == packages


def test_the_order_of_imports_is_the_one_that_is_checked() -> None:
    layers = PROJECT["tool"]["importlinter"]["contracts"][0]["layers"]
    written = " ".join(ARCHITECTURE.split())
    assert " > ".join(layer.replace(" | ", ", ") for layer in layers) in written


def test_links_lead_somewhere() -> None:
    for folder, page in ((ROOT, README), (ROOT / "docs", ARCHITECTURE)):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", page):
            assert (folder / target).exists(), target


def test_the_two_commands_stand_first() -> None:
    first = README[README.index("```") :][:200]
    assert re.findall(r"make (\w+)", first)[:2] == ["run", "test"]
