"""A time for somebody to be written to, within the hours and days that they chose."""

from datetime import datetime

from bot.domain.reminders import nearest_inside
from bot.domain.rounds import Round


def in_hours(found: Round, person: str, since: datetime) -> datetime:
    """The first moment of their own hours from then on; at once where there is none before the meeting."""
    reader = next((one for one in (*found.readers, *found.conveners_here) if one.person == person), None)
    if reader is None:
        return since
    hours = reader.wishes.hours
    return nearest_inside(since, since, found.meeting.starts_at, hours, reader.zone) or since
