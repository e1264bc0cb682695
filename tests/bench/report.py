"""What was measured: a ratio, what it is to reach, and what stands beside it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    what: str
    against: str
    ratio: float
    reach: float
    beside: str = ""
    at_least: bool = False
    unit: str = "×"

    @property
    def reached(self) -> bool:
        return self.ratio >= self.reach if self.at_least else self.ratio <= self.reach

    @property
    def cells(self) -> tuple[str, ...]:
        sign = "≥" if self.at_least else "≤"
        mark = "yes" if self.reached else "**no**"
        wanted, got = f"{sign} {self.reach:g} {self.unit}", f"{self.ratio:.3g} {self.unit}"
        return self.what, self.against, wanted, got, mark, self.beside


HEAD = ("what", "against", "to reach", "measured", "reached", "beside it")


def as_table(rows: list[Row]) -> str:
    """In Markdown, as docs/architecture.md shows it."""
    lines = [HEAD, ("---",) * len(HEAD), *(row.cells for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
