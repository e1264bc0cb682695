"""Reads the question bank, one TOML file a stage and language, and says everything that is wrong with it."""

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.domain.questions import Part, Purpose, Question, Stage, Wants

THEMES = (
    "how we learn",
    "expertise",
    "perspectives",
    "learning over time",
    "engagement",
    "purpose",
    "duration",
    "membership",
    "structure",
    "facilitation",
    "roles",
    "cohesion",
    "quiet contributions",
    "learning and applying",
    "impact",
    "momentum",
    "newcomers",
    "sharing",
    "feedback",
    "value",
    "focus",
    "keeping going",
)
"""In the order of the source: the opening activity, the values, the design features, then the stages."""

LONGEST = 160
"""Characters of a question, and of why it is asked, that a phone shows without scrolling."""

LEAST = {Part.OPENING: 1, Part.CORE: 12, Part.CLOSING: 1}
"""How many questions of each part a stage has, at least, whatever the purpose."""

_PREFIX = {Stage.GETTING_STARTED: "gs", Stage.GROWING: "gr", Stage.SUSTAINING: "su"}
_ID = re.compile(r"(?P<prefix>[a-z]{2})(-[a-z0-9]+)+")
_LONGEST_ID = 64  # what the tables keep
_REQUIRED = ("id", "part", "theme", "text", "why")


class BankError(Exception):
    """The question bank can't be used. `mistakes` are all of them, each with its file and question."""

    def __init__(self, *mistakes: str) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True)
class QuestionBank:
    """Every question of a language, and the one that every new collaborative begins with."""

    questions: tuple[Question, ...]
    first: Question

    def get(self, question: str) -> Question | None:
        """The question with an id; none for one that a group wrote itself or that has left the bank."""
        return next((q for q in self.questions if q.id == question), None)

    def by_stage(self, stage: Stage) -> tuple[Question, ...]:
        return tuple(q for q in self.questions if q.stage is stage)


@dataclass(frozen=True)
class _Entry:
    """A question as it stands in a file."""

    file: str
    number: int
    stage: Stage
    raw: Mapping[str, Any]

    @property
    def place(self) -> str:
        return f"{self.file}, {self.raw.get('id') or f'question {self.number}'}"

    def fits(self, part: Part, purpose: Purpose) -> bool:
        return self.raw.get("part") == part and (not self.raw.get("purposes") or purpose in self.raw["purposes"])


def load_bank(language: str = "en", folder: Path | None = None) -> QuestionBank:
    """Every question in a language, read now. Raises BankError that lists all mistakes."""
    entries: list[_Entry] = []
    mistakes: list[str] = []
    for stage, path in _files(language, folder or Path(__file__).parent):
        try:
            read = _read(path, stage)
        except BankError as trouble:
            mistakes += trouble.mistakes
            continue
        wrong = [f"{entry.place}: {words}" for entry in read for words in _mistakes(entry)]
        mistakes += wrong or _too_few(path.name, read)
        entries += read
    mistakes += [*_repeated(entries, "id"), *_repeated(entries, "text"), *_not_one_first(entries)]
    if mistakes:
        raise BankError(*mistakes)
    questions = {entry.raw["id"]: _question(entry) for entry in entries}
    first = next(questions[entry.raw["id"]] for entry in entries if entry.raw.get("first"))
    return QuestionBank(tuple(questions.values()), first)


def _files(language: str, folder: Path) -> Iterator[tuple[str, Path]]:
    """(name of the stage, file): one for each stage, there or not, and those that belong to none."""
    ending = f".{language}.toml"
    yield from ((stage, folder / f"{stage}{ending}") for stage in Stage)
    names = sorted(path.name.removesuffix(ending) for path in folder.glob("*.toml") if path.name.endswith(ending))
    yield from ((name, folder / f"{name}{ending}") for name in names if name not in set(Stage))


def _read(path: Path, stage: str) -> list[_Entry]:
    if stage not in set(Stage):
        raise BankError(f"{path.name}: {_choices(stage, 'stage', list(Stage))}")
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BankError(f"{path.name}: the file is missing.") from None
    except (OSError, ValueError) as trouble:
        raise BankError(f"{path.name}: it can't be read: {trouble}.") from trouble
    tables = content.pop("question", [])
    if content or not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise BankError(f"{path.name}: only [[question]] tables belong here.")
    return [_Entry(path.name, number, Stage(stage), raw) for number, raw in enumerate(tables, start=1)]


def _mistakes(entry: _Entry) -> Iterator[str]:
    yield from (f"the key “{key}” is not known." for key in entry.raw if key not in _CHECKS)
    yield from (f"“{key}” is missing." for key in _REQUIRED if key not in entry.raw)
    for key, check in _CHECKS.items():
        if key in entry.raw:
            yield from check(key, entry.raw[key])
    yield from _misplaced(entry)


def _check_line(key: str, value: object) -> Iterator[str]:
    if not isinstance(value, str) or not value.strip():
        yield f"“{key}” has no words."
        return
    if value != " ".join(value.split()):
        yield f"“{key}” has line breaks or spaces that don't belong there."
    if len(value) > LONGEST:
        yield f"“{key}” has {len(value)} characters; {LONGEST} are the most."


def _check_text(key: str, value: object) -> Iterator[str]:
    yield from _check_line(key, value)
    if isinstance(value, str) and value.strip() and not value.rstrip().endswith("?"):
        yield f"“{key}” is not a question."


def _check_id(key: str, value: object) -> Iterator[str]:
    if not isinstance(value, str) or len(value) > _LONGEST_ID or not _ID.fullmatch(value):
        yield f"“{key}” is {value!r}; it should be like gs-how-do-you-learn, with {_LONGEST_ID} characters at most."


def _check_purposes(key: str, value: object) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"“{key}” is not a list."
        return
    yield from (_choices(purpose, "purpose", list(Purpose)) for purpose in value if purpose not in list(Purpose))


def _check_first(key: str, value: object) -> Iterator[str]:
    if not isinstance(value, bool):
        yield f"“{key}” is neither true nor false."


def _one_of(known: Collection[str]) -> Callable[[str, object], Iterator[str]]:
    def check(key: str, value: object) -> Iterator[str]:
        if value not in list(known):
            yield _choices(value, key, known)

    return check


def _choices(value: object, kind: str, known: Collection[str]) -> str:
    return f"{value!r} is no {kind}; there are: {', '.join(known)}."


_CHECKS: dict[str, Callable[[str, object], Iterator[str]]] = {
    "id": _check_id,
    "part": _one_of(list(Part)),
    "theme": _one_of(THEMES),
    "text": _check_text,
    "why": _check_line,
    "wants": _one_of(list(Wants)),
    "purposes": _check_purposes,
    "first": _check_first,
}


def _misplaced(entry: _Entry) -> Iterator[str]:
    """What is right in itself and wrong in this place."""
    raw, prefix = entry.raw, _PREFIX[entry.stage]
    found = _ID.fullmatch(str(raw.get("id")))
    if found and found["prefix"] != prefix:
        yield f"ids in this file begin with {prefix}-."
    everybodys = entry.stage is Stage.GETTING_STARTED and raw.get("part") == Part.OPENING and not raw.get("purposes")
    if raw.get("first") is True and not (everybodys and raw.get("wants", Wants.WORDS) == Wants.WORDS):
        yield "the first question is an opening of getting_started that fits every purpose and wants words."


def _too_few(file: str, entries: Sequence[_Entry]) -> Iterator[str]:
    for part, least in LEAST.items():
        fitting = {purpose: sum(entry.fits(part, purpose) for entry in entries) for purpose in Purpose}
        purpose, count = min(fitting.items(), key=lambda item: item[1])
        if count < least:
            yield f"{file}: {least} {part} questions are the least; for the purpose {purpose} it has {count}."


def _repeated(entries: Sequence[_Entry], key: str) -> Iterator[str]:
    """A line for each that stands in the bank more than once, capital letters aside."""
    values = [(entry, str(entry.raw[key]).casefold()) for entry in entries if key in entry.raw]
    often = Counter(value for _, value in values)
    seen: set[str] = set()
    for entry, value in values:
        if value in seen:
            yield f"{entry.place}: this {key} is in the bank {often[value]} times."
        seen.add(value)


def _not_one_first(entries: Sequence[_Entry]) -> Iterator[str]:
    first = [entry for entry in entries if entry.raw.get("first") is True]
    if entries and not first:
        yield f"{entries[0].file}: no question is marked as the first one (first = true)."
    yield from (f"{entry.place}: another question is marked as the first one already." for entry in first[1:])


def _question(entry: _Entry) -> Question:
    raw = entry.raw
    return Question(
        id=raw["id"],
        stage=entry.stage,
        part=Part(raw["part"]),
        theme=raw["theme"],
        text=raw["text"],
        why=raw["why"],
        wants=Wants(raw.get("wants", Wants.WORDS)),
        purposes=frozenset(Purpose(purpose) for purpose in raw.get("purposes", [])),
    )
