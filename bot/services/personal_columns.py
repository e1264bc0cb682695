"""The columns of the database that hold people's ids, as each declares it (`storage/tables/base.py`).

Declared where the columns are, so that a table brings its own, whatever is plugged in.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.domain.personal import Chapter, ErasureAction, Personal
from storage import tables as t
from storage.tables.base import PERSONAL


@dataclass(frozen=True)
class PersonalColumn:
    """A column with people's ids: which columns a person is shown of such rows, under which heading, its erasure
    action, and since when messages show its row (`Personal`)."""

    table: type[t.Base]
    column: str
    words: str
    shown: tuple[str, ...]
    fate: ErasureAction
    shown_since: str | None


def _declared() -> Iterator[tuple[Chapter, PersonalColumn]]:
    for mapper in t.Base.registry.mappers:
        for column in mapper.local_table.columns:
            one = column.info.get(PERSONAL)
            if isinstance(one, Personal):
                table = mapper.class_
                yield one.chapter, PersonalColumn(table, column.name, one.words, one.shown, one.fate, one.shown_since)


PERSONAL_COLUMNS: tuple[PersonalColumn, ...] = tuple(
    one for _, one in sorted(_declared(), key=lambda found: (found[0], found[1].table.__tablename__, found[1].column))
)
"""In the order in which somebody is given what is kept about them."""

RECORDED: tuple[type[t.Base], ...] = tuple(
    dict.fromkeys(one.table for one in PERSONAL_COLUMNS if one.fate is ErasureAction.RECORDED)
)
"""Tables of which it is recorded that a row was erased. Each has a random `id`, by which a restore finds it."""
