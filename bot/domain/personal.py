"""What a column of the database says about people: declared where the column is (`storage/tables/`)."""

from dataclasses import dataclass
from enum import Enum, IntEnum

GROUP = "collaborative_id"


class ErasureAction(Enum):
    """What happens to a column when its person erases everything."""

    ROW_GOES = "the row is deleted"
    RECORDED = "the row is deleted, and that it was is recorded by its random id, so that a restore deletes it again"
    EMPTIED = "the column is emptied, the row stays"
    TAKEN_OVER = "somebody else takes it over, or nobody does"


class Chapter(IntEnum):
    """Where it stands among what somebody is given of themselves."""

    WRITTEN = 1
    GROUPS = 2
    DONE = 3
    ABOUT_ME = 4


@dataclass(frozen=True)
class Personal:
    """The column holds a person's id: under which heading they are given such rows, which columns of them, and what an
    erasure does.

    `shown_since`: the column with the time from which messages about meetings of the row's group show it. An erasure
    has them rendered anew, since a row that belongs to a group alone does not say which meetings these are.
    """

    words: str
    shown: tuple[str, ...]
    fate: ErasureAction
    chapter: Chapter
    shown_since: str | None = None


WITH_PEOPLE = "with people"
"""It may hold a person beside the one by whom its row is found, and goes or is emptied with that."""

NOBODY = "nobody"
"""Text that holds no person's id: the group's own, or a word of the code's."""
