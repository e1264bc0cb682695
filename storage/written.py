"""Notes which scopes a transaction writes to, so that nobody has to say what to plan, to draw or to mark.

A table says it by its columns: a reference to a group, a meeting, a prompt or an answer, or a person. The narrowest of
these counts, every person, and what a column declares by itself. Columns and tables that nothing shows are declared
`UNSHOWN`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, Delete, Table, TextClause, Update, delete, event, inspect, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction

from bot.domain.personal import Personal
from bot.domain.scopes import Scope
from storage.tables.base import PERSONAL, SCOPE, is_shown
from storage.tables.written import Written

Mark = tuple[str, Scope, str]
"""Workspace, scope, and its id."""

_MARKS = "written"
"""In a session's `info`: the marks of this transaction."""

_OF_PEOPLE = {Scope.PERSON, Scope.PROFILE}
_ITSELF = {Scope.MEETING, Scope.GROUP}
"""A row of these is what is written to; one of the others belongs to something wider."""

_REFERENCES = {
    "reflection.id": Scope.ANSWER,
    "prompt.id": Scope.PROMPT,
    "meeting.id": Scope.MEETING,
    "collaborative.id": Scope.GROUP,
}


class WatchedSession(Session):
    """A session that knows what it has written."""


@dataclass(frozen=True)
class _Shown:
    """Of a table: the column of its workspace, its columns with scopes, and those that something shows."""

    workspace: str
    scopes: tuple[tuple[str, Scope], ...]
    columns: frozenset[str]

    def marks(self, rows: Iterable[Mapping[str, Any]]) -> set[Mark]:
        return {
            (row[self.workspace], scope, row[name])
            for row in rows
            for name, scope in self.scopes
            if row.get(name) is not None and row.get(self.workspace) is not None
        }


@lru_cache(64)
def _shown(table: Table) -> _Shown | None:
    """None for a table that nothing shows."""
    columns = frozenset(column.key for column in table.columns if is_shown(column))
    if not is_shown(table) or not columns:
        return None
    scopes = {column.key: scope for column in table.columns if column.key in columns and (scope := _scope(column))}
    narrow = next((one for one in Scope if one not in _OF_PEOPLE and one in scopes.values()), None)
    said = {column.key for column in table.columns if SCOPE in column.info}
    kept = tuple((name, one) for name, one in scopes.items() if one is narrow or one in _OF_PEOPLE or name in said)
    workspace = "id" if "workspace_id" not in table.columns else "workspace_id"
    return _Shown(workspace, kept, columns) if kept else None


def _scope(column: Column[Any]) -> Scope | None:
    said: Scope | None = column.info.get(SCOPE)
    if said is not None:
        return said
    itself = _REFERENCES.get(f"{column.table.name}.{column.name}")
    if itself in _ITSELF:
        return itself
    referred = (_REFERENCES.get(key.target_fullname) for key in column.foreign_keys)
    person = Scope.PERSON if isinstance(column.info.get(PERSONAL), Personal) else None
    return next((one for one in referred if one is not None), person)


# ---- What is noted ----


def note(session: AsyncSession | Session, marks: Collection[Mark]) -> None:
    """Have these looked at; for the engine, where something other than a row has changed."""
    session.info.setdefault(_MARKS, set()).update(marks)


def noted(session: AsyncSession) -> set[Mark]:
    """The marks of this transaction so far, which are then forgotten."""
    marks: set[Mark] = session.info.pop(_MARKS, set())
    return marks


def note_rows(
    session: AsyncSession, of: type[Any], rows: Sequence[Mapping[str, Any]], changes: Collection[str] | None = None
) -> None:
    """Rows were put in, or where they were there already, these columns of theirs were changed (None: all; none of
    them: only new ones were put in)."""
    table: Table = of.__table__
    shown = _shown(table)
    if shown is None or not rows:
        return
    keys = {column.key for column in table.primary_key}
    changed = set(rows[0] if changes is None else changes) - keys
    if changed & shown.columns or not changed or not shown.columns - keys:
        note(session, shown.marks(rows))


async def forget(session: AsyncSession, workspace: str, person: str) -> None:
    """Keep no mark of somebody of whom nothing is kept."""
    await session.flush()
    row = Written
    theirs = (row.workspace_id == workspace, row.scope.in_(_OF_PEOPLE), row.scope_id == person)
    await session.execute(delete(row).where(*theirs))
    note(session, [mark for mark in noted(session) if (mark[0], mark[2]) != (workspace, person)])


@event.listens_for(WatchedSession, "after_flush")
def _flushed(session: Session, _context: UOWTransaction) -> None:
    for row in [*session.new, *session.deleted]:
        if (shown := _shown(inspect(row).mapper.local_table)) is not None:
            note(session, shown.marks([_values(row, shown)]))
    for row in session.dirty:
        shown, changed = _shown(inspect(row).mapper.local_table), _changed(row)
        if shown is not None and changed.keys() & shown.columns:
            now = _values(row, shown)
            note(session, shown.marks([now, now | {name: was for name, was in changed.items() if was is not None}]))


def _values(row: Any, shown: _Shown) -> dict[str, Any]:
    return {name: getattr(row, name) for name in (shown.workspace, *(name for name, _ in shown.scopes))}


def _changed(row: Any) -> dict[str, Any]:
    """The attributes that this flush has written, with what they were before."""
    histories = {attribute.key: attribute.history for attribute in inspect(row).attrs}
    return {name: next(iter(one.deleted or ()), None) for name, one in histories.items() if one.has_changes()}


@event.listens_for(WatchedSession, "do_orm_execute")
def _executed(state: ORMExecuteState) -> None:
    """A statement for many rows: which they are has to be asked before."""
    statement = state.statement
    if not isinstance(statement, Update | Delete) or not isinstance(statement.table, Table):
        return
    shown = _shown(statement.table)
    if shown is None:
        return
    if isinstance(statement, Update) and not shown.columns & _set_by(statement).keys():
        return
    names = dict.fromkeys((shown.workspace, *(name for name, _ in shown.scopes)))
    asked = select(*(statement.table.columns[name] for name in names)).distinct()
    asked = asked.where(statement.whereclause) if statement.whereclause is not None else asked
    rows = [dict(row) for row in state.session.execute(asked, state.parameters).mappings()]
    moved = {name: value for name, value in _set_by(statement).items() if isinstance(value, str)}
    note(state.session, shown.marks([*rows, *(row | moved for row in rows if moved)]))


def _set_by(statement: Update | Delete) -> dict[str, Any]:
    """The columns that a statement writes, with their new values where it has those."""
    values: Mapping[Any, Any] = getattr(statement, "_values", None) or {}  # SQLAlchemy has no other name for them
    return {getattr(column, "key", str(column)): getattr(value, "value", None) for column, value in values.items()}


# ---- What is kept until somebody looks ----


async def save(session: AsyncSession) -> None:
    """Write the marks of this transaction down, in a fixed order so that concurrent processes do not deadlock."""
    await session.flush()
    marks = sorted(noted(session))
    for start in range(0, len(marks), AT_ONCE):
        some = marks[start : start + AT_ONCE]
        parts = [(f"w{n}", mark[0]) for n, mark in enumerate(some)]
        parts += [(f"s{n}", mark[1].value) for n, mark in enumerate(some)]
        parts += [(f"i{n}", mark[2]) for n, mark in enumerate(some)]
        await (await session.connection()).execute(_marking(len(some)), dict(parts))


AT_ONCE = 50
"""Marks in one statement: a driver takes longer for one with many sets of values than for one with many values."""


@lru_cache(AT_ONCE)
def _marking(number: int) -> TextClause:
    """In the words that both databases understand: SQLAlchemy would compile it anew each time."""
    rows = ", ".join(f"(:w{n}, :s{n}, :i{n}, 1)" for n in range(number))
    return text(
        f"INSERT INTO written (workspace_id, scope, scope_id, times) VALUES {rows} "  # noqa: S608 - nothing of anybody's
        "ON CONFLICT (workspace_id, scope, scope_id) DO UPDATE SET times = written.times + 1"
    )
