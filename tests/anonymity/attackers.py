"""Those who try to find out who wrote what, each from another trace. A guess is a person for every text."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from bot.domain.anonymity import AUTHORS_ONLY, CLEANUP, respondent
from storage import tables as t
from tests.anonymity.living import QUESTION, Life

Row = Mapping[str, Any]
Guess = dict[str, str]


@dataclass(frozen=True)
class Seized:
    """Everything: every table's rows in the order in which they lie there, with what a database knows of them beside
    their columns; the same at another moment; and the logs."""

    tables: Mapping[str, Sequence[Row]]
    earlier: Mapping[str, Sequence[Row]]
    logs: Sequence[str]

    def texts(self, life: Life) -> list[Row]:
        """The rows of what was written without a name, as they lie there."""
        rows = self.tables["reflection"]
        return [r for r in rows if r["prompt_id"] == life.prompt and r["visibility"] == "anonymous"]


HIDDEN = {"postgresql": "ctid::text AS lies_at, xmin::text AS written_in", "sqlite": "1 AS lies_at"}
"""What a database knows of a row beside its columns."""


def seize(connection: Connection) -> dict[str, list[Row]]:
    """Every row, unsorted."""
    hidden = HIDDEN[connection.dialect.name]
    return {
        name: [dict(row) for row in connection.execute(text(f"SELECT *, {hidden} FROM {name}")).mappings()]  # noqa: S608 - names of ours
        for name in t.Base.metadata.tables
    }


Attacker = Callable[[Seized, Life], Guess]


def in_order(rows: Sequence[Row], people: Sequence[str]) -> Guess:
    """The first text is the first person's, and so on."""
    return {str(row["text"]): person for row, person in zip(rows, people, strict=False)}


def by_place(seized: Seized, life: Life) -> Guess:
    return in_order(seized.texts(life), life.quiet)


def by_place_at_first(seized: Seized, life: Life) -> Guess:
    """As the rows lay at the other moment."""
    known = {row["text"] for row in seized.texts(life)}
    return in_order([row for row in seized.earlier["reflection"] if row["text"] in known], life.quiet)


def by_id(seized: Seized, life: Life) -> Guess:
    return in_order(sorted(seized.texts(life), key=lambda row: row["id"]), life.quiet)


def by_stand_in(seized: Seized, life: Life) -> Guess:
    return in_order(sorted(seized.texts(life), key=lambda row: row["respondent"]), life.quiet)


def by_message(seized: Seized, life: Life) -> Guess:
    rows = {str(row["text"]): row for row in seized.texts(life)}
    return in_order([rows[shown] for shown in life.shown if shown in rows], life.quiet)


def by_transaction(seized: Seized, life: Life) -> Guess:
    """Somebody's row elsewhere that was written in the same transaction; else in the order of transactions."""
    wrote: dict[object, str] = {}
    for name in ("person", "participation", "delivery", "member"):
        for row in seized.tables[name]:
            who = row.get("person_id") or row.get("recipient") or row.get("id")
            if who in life.quiet:
                wrote.setdefault(row.get("written_in", object()), str(who))
    rows = seized.texts(life)
    found = {str(r["text"]): wrote[r["written_in"]] for r in rows if r.get("written_in") in wrote}
    in_turn = in_order(sorted(rows, key=lambda row: str(row.get("written_in", ""))), life.quiet)
    return in_turn | found


def by_day(seized: Seized, life: Life) -> Guess:
    """Who answered on the day that the row bears."""
    left, guess = list(life.quiet), {}
    for row in seized.texts(life):
        day = str(row["given_on"])
        who = next((p for p in left if str(life.days[p]) == day), left[0] if left else "")
        if who in left:
            left.remove(who)
        guess[str(row["text"])] = who
    return guess


def by_marks(seized: Seized, life: Life) -> Guess:
    """What bears a mark of a change is theirs who changed something."""
    rows = seized.texts(life)
    marked = sorted(rows, key=lambda r: (r["edited"], r["revision"], r["late"], r["returned"] or ""), reverse=True)
    people = sorted(life.quiet, key=lambda person: person not in life.edited)
    return in_order(marked, people)


def by_key(seized: Seized, life: Life) -> Guess:
    """The stand-ins of all, under the key if there is one, or under anything else that is at hand."""
    prompt = next(row for row in seized.tables["prompt"] if row["id"] == life.prompt)
    keys = [bytes(prompt["key"] or b""), str(prompt["id"]).encode(), str(prompt["meeting_id"]).encode(), b"\0" * 32]
    whose = {respondent(key, QUESTION, person): person for key in keys for person in life.members}
    return {str(r["text"]): whose.get(r["respondent"], life.quiet[0]) for r in seized.texts(life)}


def by_deliveries(seized: Seized, life: Life) -> Guess:
    """Who was written to about a text that went back, or alone, in the order in which that was."""
    rows, there = seized.texts(life), {row["id"]: str(row["text"]) for row in seized.texts(life)}
    mine = [d for d in seized.tables["delivery"] if d["workspace_id"] == life.workspace]
    told = [d for d in mine if d["kind"] in AUTHORS_ONLY or d["state"] == "withdrawn"]
    people = list(dict.fromkeys(d["recipient"] for d in told if d["recipient"] in life.quiet))
    guess = in_order(rows, [*people, *(p for p in life.quiet if p not in people)])
    for delivery in mine:
        named = f"{delivery['arguments']} {delivery['dedupe_key']}"
        guess |= {said: str(delivery["recipient"]) for answer, said in there.items() if answer in named}
    return guess


def by_thanks(seized: Seized, life: Life) -> Guess:
    """What was thanked for is theirs who heard of thanks, or of whom a row or a line tells so, or a way to write to
    them that others have not."""
    rows = sorted(seized.texts(life), key=lambda row: row["text"] not in life.thanked)
    given = {row["reflection_id"] for row in seized.tables["appreciation"]}
    rows.sort(key=lambda row: row["id"] not in given)
    mine = [d for d in seized.tables["delivery"] if d["workspace_id"] == life.workspace and "thank" in d["kind"]]
    heard = {d["recipient"] for d in mine}
    heard |= {p for p in life.quiet for line in seized.logs if "thank" in line and p in line}
    heard |= {p["id"] for p in seized.tables["person"] if p["workspace_id"] == life.workspace and p["dm_channel"]}
    return in_order(rows, sorted(life.quiet, key=lambda person: person not in heard))


def by_logs(seized: Seized, life: Life) -> Guess:
    """A line that names a text or its row, and somebody."""
    guess = by_id(seized, life)
    for row in seized.texts(life):
        lines = [line for line in seized.logs if str(row["id"]) in line or str(row["text"]) in line]
        people = [person for person in life.quiet if any(person in line for line in lines)]
        guess |= {str(row["text"]): person for person in people}
    return guess


def by_what_is_left(seized: Seized, life: Life) -> Guess:
    """Rows about a person that lie as the texts do: who took part, what is remembered of them, what was erased."""
    lists = [
        [r["person_id"] for r in seized.tables["participation"] if r["prompt_id"] == life.prompt],
        [r["id"] for r in seized.tables["person"] if r["workspace_id"] == life.workspace and r["sees"] == "anonymous"],
    ]
    people = next((each for each in lists if each), life.quiet)
    return in_order(seized.texts(life), [p for p in people if p in life.quiet])


def by_difference(seized: Seized, life: Life) -> Guess:
    """What came or changed between two moments is theirs who did something then."""
    before = {row["id"]: row for row in seized.earlier["reflection"]}
    rows = seized.texts(life)
    moved = [row for row in rows if dict(before.get(row["id"], {})) != dict(row)]
    return in_order([*moved, *(row for row in rows if row not in moved)], life.quiet)


def by_edits(seized: Seized, life: Life) -> Guess:
    """Whose direct messages were brought up to date, in that order; what came back changed is theirs of whom that was
    seen last before the end."""
    people = list(dict.fromkeys(person for _, person in life.edits if person in life.quiet))
    order = [*people, *(p for p in life.quiet if p not in people)]
    return in_order(seized.texts(life), order)


def by_what_is_owed(seized: Seized, life: Life) -> Guess:
    """Whoever is still owed a message to settle wrote what came back changed, or was thanked for."""
    mine = [d for d in seized.tables["delivery"] if d["workspace_id"] == life.workspace and d["kind"] == CLEANUP]
    named = [str(d["recipient"]) for d in mine] + [str(d["sent_channel"]).removeprefix("D") for d in mine]
    people = [p for p in dict.fromkeys(named) if p in life.quiet]
    rows = sorted(seized.texts(life), key=lambda row: row["text"] not in {*life.rewritten, *life.thanked})
    return in_order(rows, [*people, *(p for p in life.quiet if p not in people)])


ATTACKERS: dict[str, Attacker] = {
    attacker.__name__: attacker
    for attacker in (
        by_place,
        by_place_at_first,
        by_id,
        by_stand_in,
        by_message,
        by_transaction,
        by_day,
        by_marks,
        by_key,
        by_deliveries,
        by_thanks,
        by_logs,
        by_what_is_left,
        by_difference,
        by_edits,
        by_what_is_owed,
    )
}


def hits(attacker: Attacker, seized: Seized, life: Life) -> int:
    """How many texts it gives to those who wrote them."""
    return sum(life.truth.get(said) == person for said, person in attacker(seized, life).items())
