"""When what goes to one person is delivered: in their own days and hours (practice.md, rule 4)."""

from datetime import datetime, timedelta

from bot.domain.reminders import Recipient, is_inside, nearest_inside

FURTHEST = timedelta(days=14)
"""Who works at no time within it is written to at any."""


def put_off(reader: Recipient, now: datetime, needed_by: datetime | None) -> datetime | None:
    """Until when something waits for its person's hours; None where it goes out now.

    `needed_by`: what would come after that, and can't be of use any more, doesn't wait.
    """
    hours, zone = reader.wishes.hours, reader.zone
    if is_inside(now, hours, zone):
        return None
    later = nearest_inside(now, now, now + FURTHEST, hours, zone)
    if later is None or (needed_by is not None and now < needed_by < later):
        return None
    return later


def notice_time(reader: Recipient, opens_at: datetime, closes_at: datetime, hours_before: int) -> datetime:
    """When somebody is told that there are too few answers without a name: so many hours before answering ends, not
    before half-time, and within their hours where they have any until then."""
    half_time = opens_at + (closes_at - opens_at) / 2
    wished = max(closes_at - timedelta(hours=hours_before), half_time)
    return nearest_inside(wished, half_time, closes_at, reader.wishes.hours, reader.zone) or wished
