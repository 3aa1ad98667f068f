"""Periods and windows on the calendar: against the local clock, through changes of clocks, and by properties."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftline.compile.calendar import ending, period_before, shift, windows_inside
from driftline.config.document import Window
from driftline.model import Duration, Interval

DAY, HOUR, WEEK = Duration(1, "d"), Duration(1, "h"), Duration(7, "d")
ZONES = st.sampled_from(["UTC", "America/New_York", "Europe/Oslo", "Australia/Lord_Howe", "America/Sao_Paulo"])
DATES = st.dates(date(2010, 1, 1), date(2030, 1, 1))


def midnight(day: date, zone: str) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def of_day(day: date, zone: str) -> Interval:
    return Interval(midnight(day, zone), midnight(day + timedelta(days=1), zone))


@given(DATES, ZONES, st.integers(1, 60))
def test_a_local_day_some_weeks_before_is_a_local_day(day: date, zone: str, times: int) -> None:
    before = period_before(of_day(day, zone), DAY, WEEK, times, ZoneInfo(zone))
    assert before == of_day(day - timedelta(days=7 * times), zone)


@given(DATES, ZONES)
def test_the_day_that_ends_at_a_midnight_is_that_local_day(day: date, zone: str) -> None:
    found = ending(Window(DAY, DAY), midnight(day + timedelta(days=1), zone), ZoneInfo(zone))
    assert found == of_day(day, zone)


@given(DATES, st.integers(0, 23), st.integers(1, 8))
def test_the_same_hour_some_weeks_before_starts_at_the_same_local_time(day: date, hour: int, times: int) -> None:
    zone = ZoneInfo("America/New_York")
    start = datetime(day.year, day.month, day.day, hour, tzinfo=zone).astimezone(UTC)
    before = period_before(Interval(start, start + timedelta(hours=1)), HOUR, WEEK, times, zone)
    local = start.astimezone(zone)
    if before is None:
        gone = datetime.combine(local.date() - timedelta(days=7 * times), local.time(), tzinfo=zone)
        assert gone.astimezone(UTC).astimezone(zone).hour != local.hour  # clocks skipped it
        return
    assert before.start is not None
    assert before.end is not None
    then = before.start.astimezone(zone)
    assert (then.date(), then.time()) == (local.date() - timedelta(days=7 * times), local.time())
    assert before.end - before.start == timedelta(hours=1)


@pytest.mark.parametrize(
    ("zone", "skipped"), [("America/New_York", datetime(2013, 3, 10, 2)), ("Europe/Oslo", datetime(2013, 3, 31, 2))]
)
def test_an_hour_that_clocks_skipped_is_not_there(zone: str, skipped: datetime) -> None:
    start = (skipped + timedelta(days=7)).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    window = Interval(start, start + timedelta(hours=1))
    assert period_before(window, HOUR, WEEK, 1, ZoneInfo(zone)) is None
    assert period_before(window, HOUR, WEEK, 2, ZoneInfo(zone)) is not None


def test_a_month_before_is_the_same_day_of_the_month_where_there_is_one() -> None:
    zone = ZoneInfo("Europe/Oslo")
    month = Duration(1, "mo")
    found = [period_before(of_day(date(2013, 5, 31), "Europe/Oslo"), DAY, month, n, zone) for n in (1, 2, 3)]
    assert found == [None, of_day(date(2013, 3, 31), "Europe/Oslo"), None]
    may = Interval(midnight(date(2013, 5, 1), "Europe/Oslo"), midnight(date(2013, 6, 1), "Europe/Oslo"))
    april = Interval(midnight(date(2013, 4, 1), "Europe/Oslo"), midnight(date(2013, 5, 1), "Europe/Oslo"))
    assert period_before(may, month, month, 1, zone) == april


@given(DATES, ZONES, st.integers(1, 40), st.sampled_from([1, 2, 7]))
def test_windows_inside_a_span_are_all_that_fit_and_no_other(day: date, zone: str, days: int, size: int) -> None:
    span = Interval(midnight(day, zone), midnight(day + timedelta(days=days), zone))
    found = list(windows_inside(Window(Duration(size, "d"), DAY), span, ZoneInfo(zone)))
    expected = [
        Interval(midnight(day + timedelta(days=n), zone), midnight(day + timedelta(days=n + size), zone))
        for n in range(days - size + 1)
    ]
    assert found == expected


def test_a_day_keeps_its_start_where_clocks_change_at_midnight() -> None:
    zone = ZoneInfo("America/Sao_Paulo")
    start = midnight(date(2018, 11, 4), "America/Sao_Paulo")
    assert start.astimezone(zone).hour == 1
    assert shift(start, DAY, -1, zone) == midnight(date(2018, 11, 3), "America/Sao_Paulo")
    assert shift(start, DAY, 1, zone) == midnight(date(2018, 11, 5), "America/Sao_Paulo")
