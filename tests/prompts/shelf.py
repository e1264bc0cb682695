"""Question banks for tests, written to a folder."""

import json
from pathlib import Path
from typing import Any

Entry = dict[str, Any]

PREFIXES = {"getting_started": "gs", "growing": "gr", "sustaining": "su"}
PARTS = ["opening", "closing", *["core"] * 12]


def good_bank() -> dict[str, list[Entry]]:
    """By stage, the smallest bank without a mistake; its second entry is a closing, its third a core question."""
    bank = {stage: [_entry(prefix, n, part) for n, part in enumerate(PARTS)] for stage, prefix in PREFIXES.items()}
    bank["getting_started"][0]["first"] = True
    return bank


def write(bank: dict[str, list[Entry]], folder: Path, language: str = "en") -> Path:
    for stage, entries in bank.items():
        tables = ["\n".join(["[[question]]", *(f"{k} = {json.dumps(v)}" for k, v in e.items())]) for e in entries]
        (folder / f"{stage}.{language}.toml").write_text("\n\n".join(tables), encoding="utf-8")
    return folder


def _entry(prefix: str, number: int, part: str) -> Entry:
    return {
        "id": f"{prefix}-{part}-{number}",
        "part": part,
        "theme": "purpose",
        "text": f"What about {prefix} and {number}?",
        "why": "It helps us.",
    }
