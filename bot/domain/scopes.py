"""What a row, a delivery or a message is about."""

from enum import StrEnum


class Scope(StrEnum):
    """From the narrowest on: one answer, the answers to a prompt, a prompt, a meeting, a group, a channel, a workspace.

    Upgraded is a meeting about which an earlier version posted: how its messages look is not known yet.

    Of people: what concerns somebody alone; and their profile, who they are and where, by which their groups are
    planned.
    """

    ANSWER = "answer"
    ANSWERS = "answers"
    PROMPT = "prompt"
    MEETING = "meeting"
    GROUP = "group"
    CHANNEL = "channel"
    WORKSPACE = "workspace"
    PERSON = "person"
    PROFILE = "profile"
    UPGRADED = "upgraded"
