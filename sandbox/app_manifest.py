"""What the app asked for: its commands, scopes and events, out of the manifest that lies beside this package."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.world import Json

FILE = Path(__file__).parents[1] / "manifest.json"


@dataclass
class AppManifest:
    """`commands` and `shortcuts` as they are offered; `without` are optional scopes left out on installing."""

    commands: list[Json]
    shortcuts: list[Json]
    scopes: list[str]
    optional: list[str]
    events: set[str]
    without: set[str] = field(default_factory=set)

    def granted(self) -> list[str]:
        return [scope for scope in self.scopes if scope not in self.without]


def read_manifest(file: Path = FILE) -> AppManifest:
    manifest = json.loads(file.read_text(encoding="utf-8"))
    scopes = manifest["oauth_config"]["scopes"]
    commands = [
        {name: command.get(name, "") for name in ("command", "description", "usage_hint")}
        for command in manifest["features"]["slash_commands"]
    ]
    shortcuts = list(manifest["features"].get("shortcuts", []))
    optional = list(scopes.get("bot_optional", []))
    events = set(manifest["settings"]["event_subscriptions"]["bot_events"])
    return AppManifest(commands, shortcuts, list(dict.fromkeys([*scopes["bot"], *optional])), optional, events)
