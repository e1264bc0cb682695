"""What all tables share: naming, column types, random ids."""

from datetime import date, datetime, time
from enum import StrEnum
from typing import Annotated, Any
from uuid import uuid4

import sqlalchemy
from sqlalchemy import (
    Column,
    Date,
    ForeignKey,
    MetaData,
    String,
    Table,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bot.domain import personal
from bot.domain.scopes import Scope
from storage.types import UtcDateTime, WallTime

_NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


def new_id() -> str:
    """A random id: it tells neither when a row was made nor in which order."""
    return uuid4().hex


PERSONAL = "personal"
"""The key of a column's `info` under which it says whether it holds people. Enums and references to other rows hold
none."""

WITH_PEOPLE, NOBODY = {PERSONAL: personal.WITH_PEOPLE}, {PERSONAL: personal.NOBODY}

SHOWN, SCOPE = "shown", "scope"
"""Keys of a column's or a table's `info`: whether anything shows it, and what it is written to (`storage.written`)."""

UNSHOWN = {SHOWN: False}


def is_shown(one: Column[Any] | Table) -> bool:
    """Whether planning, or any message or screen, depends on it."""
    return bool(one.info.get(SHOWN, True))


def of(scope: Scope) -> dict[Any, Any]:
    """For a column that says by itself what is written to."""
    return {SCOPE: scope}


Plain = Annotated[str, mapped_column(String(64), info=NOBODY)]
"""A short text that holds no person."""


def of_person(
    words: str,
    shown: tuple[str, ...],
    fate: personal.ErasureAction,
    chapter: personal.Chapter,
    shown_since: str | None = None,
) -> dict[Any, Any]:
    """For a column that holds a person's id, as `bot.domain.personal.Personal` has it."""
    return {PERSONAL: personal.Personal(words, shown, fate, chapter, shown_since)}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map = {  # noqa: RUF012 — SQLAlchemy reads it from the class
        datetime: UtcDateTime,
        time: WallTime,
        date: Date,
        str: String(64),
        StrEnum: sqlalchemy.Enum(StrEnum, native_enum=False, length=64, values_callable=list),
    }


class InWorkspace:
    """Every row hangs off a workspace, and every query is scoped by it."""

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspace.id"), index=True, info=UNSHOWN)
