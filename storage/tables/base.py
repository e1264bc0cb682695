"""What all tables share: naming, column types, random ids."""

from datetime import date, datetime, time
from enum import StrEnum
from uuid import uuid4

import sqlalchemy
from sqlalchemy import (
    Date,
    ForeignKey,
    MetaData,
    String,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

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

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspace.id"), index=True)
