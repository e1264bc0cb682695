"""What stands in the audit log: who did what, and when. No text, and nothing that would betray anybody: there is no
entry for answering, reading, thanking or refusing, and of an erasure only the mark that a restore needs."""

from enum import StrEnum


class Audited(StrEnum):
    """`ANSWER_TAKEN_OUT`: by a convener; details are its kind and its question's position. `ROLE_CHANGED`: details are
    the role, why, and the turn of a meeting's leader."""

    ANSWER_TAKEN_OUT = "answer_taken_out"
    ROLE_CHANGED = "role_changed"
