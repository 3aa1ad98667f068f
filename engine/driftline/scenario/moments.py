"""Moments and timelines: what `2026-01-12`, `11d` and `at: "06:00"` mean in the time zone of a configuration."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from driftline.clock import parse_instant
from driftline.compile.calendar import floor, shift
from driftline.model import Duration
from driftline.scenario.definition import Timeline

DAY = Duration(1, "d")
RUN_AT = "06:00"
MOST_RUNS = 10_000
_TIME_OF_DAY = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?")


class TimelineError(ValueError):
    """What is wrong with a timeline: a message, the key that it is about, and what to write."""

    def __init__(self, key: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.key = key
        self.hint = hint


@dataclass(frozen=True)
class Calendar:
    """Reads moments: instants in a time zone, and times after a start."""

    start: datetime
    timezone: str

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def moment(self, value: str | Duration) -> datetime:
        """An instant in UTC."""
        if isinstance(value, Duration):
            return shift(self.start, value, 1, self.zone)
        return parse_instant(value, self.timezone)

    def later(self, moment: datetime, by: Duration) -> datetime:
        return shift(moment, by, 1, self.zone)

    def day_after(self, moment: datetime) -> datetime:
        """The same time on the next day."""
        return shift(moment, DAY, 1, self.zone)

    def shown(self, moment: datetime) -> str:
        """As a person writes it: a date for midnight, else with the time."""
        local = moment.astimezone(self.zone)
        return (
            f"{local:%Y-%m-%d}" if (local.hour, local.minute, local.second) == (0, 0, 0) else f"{local:%Y-%m-%dT%H:%M}"
        )


def timeline(values: Mapping[str, Any], timezone: str) -> Timeline:
    """The timeline that the merged keys of a file and a case describe; TimelineError when they do not."""
    if "start" not in values:
        raise TimelineError("start", "the timeline does not say its `start`", "write `start: 2026-01-05`")
    calendar = Calendar(parse_instant(values["start"], timezone), timezone)
    days = values.get("days")
    if days is None and "runs" not in values:
        raise TimelineError("days", "the timeline does not say how many `days` it has", "write `days: 14`")
    runs = tuple(sorted(set(_runs(values, calendar, days))))
    if not runs:
        raise TimelineError("days", "the engine never runs in this timeline", "give it more `days`, or other `runs`")
    if len(runs) > MOST_RUNS:
        raise TimelineError("every", f"the engine would run {len(runs):,} times", f"at most {MOST_RUNS:,} are possible")
    if runs[0] < calendar.start:
        first = calendar.shown(runs[0])
        raise TimelineError(
            "runs", f"a run ({first}) lies before the start of the timeline", "start the timeline earlier"
        )
    last = floor(runs[-1], DAY, calendar.zone)
    end = calendar.day_after(last) if last < runs[-1] else last
    history = values.get("history")
    begin = calendar.start if history is None else shift(calendar.start, history, -1, calendar.zone)
    return Timeline(calendar.start, begin, max(end, calendar.start), runs, timezone)


def _runs(values: Mapping[str, Any], calendar: Calendar, days: int | None) -> Iterator[datetime]:
    if "runs" in values:
        yield from (calendar.moment(each) for each in values["runs"])
    elif "every" in values:
        end, at = shift(calendar.start, DAY, days or 0, calendar.zone), calendar.start
        for count in range(1, MOST_RUNS + 2):
            at = shift(calendar.start, values["every"], count, calendar.zone)
            if at > end:
                return
            yield at
    else:
        times = values.get("at", RUN_AT)
        for text in times if isinstance(times, list) else (times,):
            yield from _daily(text, calendar, days or 0)


def _daily(text: str, calendar: Calendar, days: int) -> Iterator[datetime]:
    """A run at a time of day, on each of the days after the start."""
    if (match := _TIME_OF_DAY.fullmatch(text)) is None:
        raise TimelineError("at", f"`{text}` is no time of day", "write `at: 06:00`")
    hour, minute, second = (int(part or 0) for part in match.groups())
    first = floor(calendar.start, DAY, calendar.zone).astimezone(calendar.zone).replace(tzinfo=None)
    for day in range(1, days + 1):
        local = first + timedelta(days=day, hours=hour, minutes=minute, seconds=second)
        yield local.replace(tzinfo=calendar.zone).astimezone(UTC)


def days_between(begin: datetime, end: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """The local days that touch [begin, end), cut to it."""
    day = floor(begin, DAY, zone)
    while day < end:
        following = shift(day, DAY, 1, zone)
        yield max(day, begin), min(following, end)
        day = following
