"""What Slack sends, as small frozen requests."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.domain.rounds import Actor


@dataclass(frozen=True)
class Interaction:
    """Somebody typed a command or pressed something: `value` is what stands behind the subcommand, or the button's.

    `view_id` is the modal that it was pressed in, if it was one, and `meta` what that was about; `stack_full` says that
    Slack lets nothing more be put on top of it; `view` is all that stands in it.
    """

    workspace: str
    channel: str
    person: str
    value: str = ""
    block: str = ""
    trigger: str = ""
    response_url: str = ""
    view_id: str = ""
    meta: str = ""
    stack_full: bool = False
    ephemeral: bool = False
    view: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def place(self) -> Actor:
        return Actor(self.workspace, self.channel, self.person)

    def within(self, channel: str) -> "Interaction":
        """The same, as if it were asked in that channel with nothing behind it."""
        return replace(self, channel=channel, value="")


@dataclass(frozen=True)
class ShortcutRequest:
    """Somebody used a shortcut: on a message, by `author` and with `text` as Slack sends it, or on nothing at all."""

    ask: Interaction
    author: str | None = None
    by_bot: bool = False
    text: str = ""


@dataclass(frozen=True)
class FormSubmission:
    """Somebody sent a form. `meta` is what the form was about, `state` Slack's view state."""

    workspace: str
    person: str
    meta: str
    state: Mapping[str, Any]

    def place(self, channel: str) -> Actor:
        return Actor(self.workspace, channel, self.person)


def parse_command(body: Mapping[str, Any]) -> Interaction:
    return Interaction(
        workspace=body["team_id"],
        channel=body["channel_id"],
        person=body["user_id"],
        value=(body.get("text") or "").strip(),
        trigger=body["trigger_id"],
        response_url=body.get("response_url", ""),
    )


def parse_action(body: Mapping[str, Any]) -> Interaction:
    action, container, view = body["actions"][0], body.get("container") or {}, body.get("view") or {}
    picked = action.get("selected_option") or {}
    return Interaction(
        workspace=_workspace(body),
        channel=(body.get("channel") or {}).get("id", ""),
        person=body["user"]["id"],
        value=action.get("value") or picked.get("value", ""),
        block=action.get("block_id", ""),
        trigger=body.get("trigger_id", ""),
        response_url=body.get("response_url", ""),
        view_id=view["id"] if view.get("type") == "modal" else "",
        meta=view.get("private_metadata", ""),
        stack_full=view.get("previous_view_id") not in {None, "", view.get("root_view_id")},  # the third of three
        ephemeral=bool(container.get("is_ephemeral")),
        view=view,
    )


def parse_shortcut(body: Mapping[str, Any]) -> ShortcutRequest:
    message = body.get("message") or {}
    ask = Interaction(
        workspace=_workspace(body),
        channel=(body.get("channel") or {}).get("id", ""),
        person=body["user"]["id"],
        trigger=body.get("trigger_id", ""),
        response_url=body.get("response_url", ""),
    )
    by_bot = bool(message.get("bot_id")) or message.get("subtype") == "bot_message"
    return ShortcutRequest(ask, message.get("user"), by_bot, str(message.get("text") or ""))


def parse_submission(body: Mapping[str, Any]) -> FormSubmission:
    view = body["view"]
    return FormSubmission(_workspace(body), body["user"]["id"], view.get("private_metadata", ""), view["state"])


def _workspace(body: Mapping[str, Any]) -> str:
    """The workspace that the app is installed in. In a modal that somebody from another organisation opened, the team
    is theirs, and only the view says ours."""
    view, team = body.get("view") or {}, body.get("team") or {}
    return str(view.get("app_installed_team_id") or team.get("id") or body["user"]["team_id"])
