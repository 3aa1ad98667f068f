"""How a series and a window are called where people read them."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from driftline.model import Interval, Result, SeriesKey
from driftline.report.console import day


def path_of(one: Result) -> str:
    """The series, without a subject that names nothing."""
    return place_of(one) + name_of(one.series)[len(f"{one.series.monitor}/{one.series.subject}") :]


def place_of(one: Result) -> str:
    """The monitor, and what it watches."""
    return one.series.monitor if one.is_over_all else f"{one.series.monitor}/{one.series.subject}"


def name_of(series: SeriesKey) -> str:
    """The series without its environment, which the headline names."""
    return replace(series, environment=None).text


def window_of(window: Interval, zone: ZoneInfo) -> str:
    """The window as people say it: a day by its date, a longer one by its ends."""
    if window.start is None:
        return "all rows" if window.end is None else f"at {day(window.end, zone)}"
    start, end = window.start.astimezone(zone), (window.end or window.start).astimezone(zone)
    midnights = (start.hour, start.minute, end.hour, end.minute) == (0, 0, 0, 0)
    if midnights and (end.date() - start.date()).days == 1:
        return f"{start:%Y-%m-%d}"
    if midnights:
        return f"{start:%m-%d} … {end:%m-%d}"
    same = start.date() == end.date()
    return f"{start:%m-%d %H:%M} … {end:%H:%M}" if same else f"{start:%m-%d %H:%M} … {end:%m-%d %H:%M}"
