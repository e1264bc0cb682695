"""What a question of the bank is."""

from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """Where a collaborative stands in its life (source: learning-collaboratives, "Development")."""

    GETTING_STARTED = "getting_started"
    GROWING = "growing"
    SUSTAINING = "sustaining"


class Purpose(StrEnum):
    """What a collaborative is for (source: learning-collaboratives, "Purpose")."""

    TOPIC = "topic"
    PRACTICE = "practice"
    CROSS_SYSTEM = "cross_system"


class Part(StrEnum):
    """Where in a meeting's conversation a question belongs."""

    OPENING = "opening"
    CORE = "core"
    CLOSING = "closing"


class Wants(StrEnum):
    """What kind of answer a question asks for."""

    WORDS = "words"
    SCALE = "scale"


@dataclass(frozen=True)
class Question:
    """One question. `purposes` empty means that it fits every purpose."""

    id: str
    stage: Stage
    part: Part
    theme: str
    text: str
    why: str
    wants: Wants = Wants.WORDS
    purposes: frozenset[Purpose] = frozenset()
