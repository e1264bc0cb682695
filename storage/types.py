"""Column types: times, days, and keys."""

from datetime import UTC, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Dialect, LargeBinary, String
from sqlalchemy.types import TypeDecorator

Moment = datetime | ColumnElement[datetime]
"""A time, or the parameter of a statement that is given one each time."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC. Refuses naive values; always returns aware ones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 — SQLAlchemy's signature
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 — as above
        if value is None:
            return None
        # SQLite hands back naive values; they were stored as UTC.
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class Key(TypeDecorator[bytes]):
    """A key by which somebody can be found as long as it lives. Backups leave columns of this type out."""

    impl = LargeBinary
    cache_ok = True


class Slot(TypeDecorator[datetime]):
    """A meeting's wall-clock time, naive by design: the identity of an occurrence (design.md)."""

    impl = String(16)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002 — as above
        if value is None:
            return None
        if value.tzinfo is not None:
            raise ValueError("a slot is wall-clock time")
        return value.strftime("%Y-%m-%dT%H:%M")

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 — as above
        return None if value is None else datetime.fromisoformat(value)


class WallTime(TypeDecorator[time]):
    """A time of day without a zone, as `HH:MM`."""

    impl = String(5)
    cache_ok = True

    def process_bind_param(self, value: time | None, dialect: Dialect) -> str | None:  # noqa: ARG002 — as above
        return None if value is None else value.strftime("%H:%M")

    def process_result_value(self, value: Any | None, dialect: Dialect) -> time | None:  # noqa: ARG002 — as above
        return None if value is None else time.fromisoformat(value)


class Week(TypeDecorator[frozenset[int]]):
    """Days of the week, Monday is 0, as their digits in order: “01234”."""

    impl = String(7)
    cache_ok = True

    def process_bind_param(self, value: frozenset[int] | None, dialect: Dialect) -> str | None:  # noqa: ARG002 — as above
        return None if value is None else "".join(str(day) for day in sorted(value))

    def process_result_value(self, value: Any | None, dialect: Dialect) -> frozenset[int] | None:  # noqa: ARG002 — as above
        return None if value is None else frozenset(int(day) for day in value)
