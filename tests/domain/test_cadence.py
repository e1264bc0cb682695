"""When a group meets: against a second computation that knows neither recurrence rules nor folds."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise, takewhile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.cadence import (
    BadCadence,
    Cadence,
    Frequency,
    describe,
    local,
    next_occurrence,
    occurrences,
    place,
    zones,
)
from tests.support.reckoning import days_of, moment_of

# Whole, half and quarter hours, both hemispheres, none and odd daylight saving, rules that changed (São Paulo 2019,
# Tehran and Mexico City 2022, Pyongyang 2018), a day that never was (Apia 2011), Ramadan's break (Casablanca).
ZONES = (
    "America/Chicago",
    "America/St_Johns",
    "America/Sao_Paulo",
    "America/Mexico_City",
    "Europe/Berlin",
    "Europe/Dublin",
    "Africa/Casablanca",
    "Asia/Tehran",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Asia/Pyongyang",
    "Australia/Adelaide",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Pacific/Apia",
)
TEN_YEARS = timedelta(days=3653)
TIMES = (time(0), time(0, 30), time(1, 30), time(2), time(2, 15), time(2, 30), time(3), time(10), time(23, 59))


def assert_same_for_ten_years(cadence: Cadence) -> None:
    before = datetime.combine(cadence.first, time(), UTC) - timedelta(days=3)
    until = cadence.first + TEN_YEARS
    met = list(takewhile(lambda o: o.slot.date() <= until, occurrences(cadence, before)))
    expected = [datetime.combine(day, cadence.at) for day in days_of(cadence.frequency, cadence.first, until)]
    assert [o.slot for o in met] == expected
    zone = ZoneInfo(cadence.zone)
    assert [o.starts_at for o in met] == [moment_of(slot, zone) for slot in expected]
    assert all(earlier.starts_at < later.starts_at for earlier, later in pairwise(met))


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("frequency", [Frequency.WEEKLY, Frequency.MONTHLY_DATE])
def test_ten_years_of_small_hours_in_every_kind_of_zone(zone: str, frequency: Frequency) -> None:
    assert_same_for_ten_years(Cadence(frequency, date(2016, 1, 31), time(2, 15), zone))


@given(
    frequency=st.sampled_from(Frequency),
    first=st.dates(date(2010, 1, 1), date(2030, 12, 31)),
    at=st.sampled_from(TIMES),
    zone=st.sampled_from(ZONES),
)
def test_ten_years_of_any_cadence_are_those_of_the_second_computation(
    frequency: Frequency, first: date, at: time, zone: str
) -> None:
    length = monthrange(first.year, first.month)[1]
    if frequency is Frequency.MONTHLY_WEEKDAY:
        first = first.replace(day=min(first.day, 28))
    if frequency is Frequency.MONTHLY_LAST:
        first = first.replace(day=max(first.day, length - 6))
    assert_same_for_ten_years(Cadence(frequency, first, at, zone))


@given(
    after=st.datetimes(datetime(2025, 12, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),
    frequency=st.sampled_from(Frequency),
    zone=st.sampled_from(ZONES),
)
def test_the_next_meeting_is_the_first_of_all_that_starts_later(
    after: datetime, frequency: Frequency, zone: str
) -> None:
    cadence = Cadence(frequency, date(2026, 2, 27), time(2, 30), zone)
    everything = occurrences(cadence, datetime(2026, 1, 1, tzinfo=UTC))
    assert next_occurrence(cadence, after) == next(o for o in everything if o.starts_at > after)


def test_every_two_weeks_stays_every_two_weeks_across_new_year() -> None:
    cadence = Cadence(Frequency.BIWEEKLY, date(2026, 12, 15), time(10), "Europe/Berlin")
    met = islice(occurrences(cadence, datetime(2026, 12, 1, tzinfo=UTC)), 4)
    assert [o.slot.date() for o in met] == [
        date(2026, 12, 15),
        date(2026, 12, 29),
        date(2027, 1, 12),
        date(2027, 1, 26),
    ]


def test_the_31st_is_the_last_day_of_a_short_month() -> None:
    cadence = Cadence(Frequency.MONTHLY_DATE, date(2027, 12, 31), time(10), "UTC")
    met = islice(occurrences(cadence, datetime(2027, 12, 1, tzinfo=UTC)), 5)
    assert [o.slot.day for o in met] == [31, 31, 29, 31, 30]


def test_wall_time_is_kept_across_daylight_saving() -> None:
    cadence = Cadence(Frequency.WEEKLY, date(2026, 3, 3), time(10), "America/Chicago")
    before, after = islice(occurrences(cadence, datetime(2026, 3, 1, tzinfo=UTC)), 2)
    assert (before.starts_at.hour, after.starts_at.hour) == (16, 15)


@pytest.mark.parametrize(
    ("zone", "slot", "moment"),
    [
        # 2:00 became 3:00 on March 8, 2026 in Chicago, at 8:00 UTC.
        ("America/Chicago", datetime(2026, 3, 8, 2, 0), datetime(2026, 3, 8, 8, 0, tzinfo=UTC)),
        ("America/Chicago", datetime(2026, 3, 8, 2, 59), datetime(2026, 3, 8, 8, 0, tzinfo=UTC)),
        # 2:00 became 2:30 on October 4, 2026 on Lord Howe, at 15:30 UTC the day before.
        ("Australia/Lord_Howe", datetime(2026, 10, 4, 2, 15), datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
        # December 30, 2011 never was in Samoa.
        ("Pacific/Apia", datetime(2011, 12, 30, 10, 0), datetime(2011, 12, 30, 10, 0, tzinfo=UTC)),
    ],
)
def test_a_time_that_never_was_is_the_first_minute_after_the_gap(zone: str, slot: datetime, moment: datetime) -> None:
    assert place(slot, zone) == moment


def test_a_time_that_came_twice_is_meant_the_first_time() -> None:
    assert place(datetime(2026, 11, 1, 1, 30), "America/Chicago") == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("frequency", "first", "zone", "field"),
    [
        (Frequency.WEEKLY, date(2026, 9, 1), "Mars/Olympus", "zone"),
        (Frequency.WEEKLY, date(2026, 9, 1), "", "zone"),
        (Frequency.MONTHLY_WEEKDAY, date(2026, 9, 29), "UTC", "first"),
        (Frequency.MONTHLY_LAST, date(2026, 9, 22), "UTC", "first"),
    ],
)
def test_a_cadence_without_meaning_is_refused_at_its_field(
    frequency: Frequency, first: date, zone: str, field: str
) -> None:
    with pytest.raises(BadCadence) as refusal:
        Cadence(frequency, first, time(10), zone)
    assert refusal.value.field == field
    assert refusal.value.words


@pytest.mark.parametrize(
    ("frequency", "first", "words"),
    [
        (Frequency.WEEKLY, date(2026, 9, 1), "every week on Tuesday at 10:00 AM"),
        (Frequency.BIWEEKLY, date(2026, 9, 1), "every two weeks on Tuesday at 10:00 AM"),
        (Frequency.MONTHLY_WEEKDAY, date(2026, 9, 8), "on the second Tuesday of each month at 10:00 AM"),
        (Frequency.MONTHLY_LAST, date(2026, 9, 25), "on the last Friday of each month at 10:00 AM"),
        (Frequency.MONTHLY_DATE, date(2026, 9, 15), "on the 15th of each month at 10:00 AM"),
        (Frequency.MONTHLY_DATE, date(2026, 9, 30), "on the 30th (or the last day) of each month at 10:00 AM"),
        (Frequency.MONTHLY_DATE, date(2026, 10, 31), "on the last day of each month at 10:00 AM"),
    ],
)
def test_a_cadence_is_said_as_people_say_it(frequency: Frequency, first: date, words: str) -> None:
    assert describe(Cadence(frequency, first, time(10), "UTC")) == words


def test_a_moment_is_shown_on_the_clock_of_its_zone() -> None:
    assert local(datetime(2026, 9, 1, 0, tzinfo=UTC), "Asia/Kolkata").strftime("%d %H:%M") == "01 05:30"


def test_zones_are_places_that_people_know() -> None:
    assert {"America/Chicago", "UTC", *ZONES} <= zones()
    assert not {"Factory", "localtime"} & zones()
