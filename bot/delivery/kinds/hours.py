"""A time for somebody to be written to, within the hours and days that they chose."""

from collections.abc import Mapping
from datetime import datetime

from bot.domain.reminders import Reader, nearest_inside
from bot.domain.rounds import Round


def in_hours(found: Round, person: str, since: datetime, known: Mapping[str, Reader] | None = None) -> datetime:
    """The first moment of their own hours from then on; at once where there is none before the meeting. `known` has
    those who may not be in the group or its channel any more."""
    of_group = {one.person: one for one in (*found.conveners_here, *found.readers)}
    reader = of_group.get(person) or (known or {}).get(person)
    if reader is None:
        return since
    hours = reader.wishes.hours
    return nearest_inside(since, since, found.meeting.starts_at, hours, reader.zone) or since
