"""What came of it all: one Markdown table, and the same as JSON."""

from dataclasses import dataclass

from tests.faults.killing import Tally

HEAD = ("trial", "database", "kills", "posts due", "answers confirmed", "lost", "doubled", "missed", "for a person")


@dataclass(frozen=True)
class Row:
    """One trial on one database."""

    trial: str
    database: str
    tally: Tally
    seconds: float

    @property
    def cells(self) -> tuple[str, ...]:
        tally, verdict = self.tally, self.tally.verdict
        counts = (sum(tally.kills.values()), verdict.posts, tally.confirmed, len(tally.lost))
        bad = (len(verdict.doubled), len(verdict.missed), tally.held)
        return self.trial, self.database, *(str(n) for n in (*counts, *bad))

    def as_json(self) -> dict[str, object]:
        tally, verdict = self.tally, self.tally.verdict
        return {
            "trial": self.trial,
            "database": self.database,
            "seconds": round(self.seconds, 1),
            "kills": dict(tally.kills),
            "kills_elsewhere": tally.elsewhere,
            "troubles": dict(tally.troubles),
            "posts": verdict.posts,
            "confirmed": tally.confirmed,
            "lost": tally.lost,
            "doubled": verdict.doubled,
            "missed": [f"{due.channel}: {due.heading} at {due.at}" for due in verdict.missed],
            "held_for_a_person": tally.held,
            "all_was_done": tally.healed,
        }


def as_table(rows: list[Row]) -> str:
    """In Markdown, with a line that adds everything up."""
    numbers = [[int(cell) for cell in row.cells[2:]] for row in rows]
    total = ("all", "", *(f"**{sum(column)}**" for column in zip(*numbers, strict=True)))
    lines = [HEAD, ("---",) * len(HEAD), *(row.cells for row in rows), total]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def is_good(rows: list[Row]) -> bool:
    """Nothing lost, doubled or missed, in any trial, and in each there was something to lose; of all posts at most one
    in a thousand held for a person."""
    posts, held = sum(row.tally.verdict.posts for row in rows), sum(row.tally.held for row in rows)
    clean = all(
        row.tally.healed
        and row.tally.confirmed > 0
        and row.tally.verdict.posts > 0
        and not (row.tally.lost or row.tally.verdict.missed or row.tally.verdict.doubled)
        for row in rows
    )
    return clean and held <= posts / 1000
