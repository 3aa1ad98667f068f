"""Windows on the calendar of a time zone (DESIGN 5): pure arithmetic on instants.

Days, weeks and months follow the local calendar, so the 23-hour and the 25-hour day are one window each; sizes below a
day count from the epoch. Ends fall on multiples of `every`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from driftline.config.document import Window
from driftline.model import Duration, Interval

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY = date(1970, 1, 1)
MONDAY = date(1969, 12, 29)  # the Monday on or before the epoch's Thursday


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a local day starts."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def _add_months(day: date, months: int) -> date:
    """The first of the month, `months` on."""
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def _add_days(day: date, by: Duration, times: int) -> date:
    """A day so many days or weeks on."""
    return day + timedelta(days=by.count * times * (7 if by.unit == "w" else 1))


def floor(instant: datetime, every: Duration, zone: ZoneInfo) -> datetime:
    """The last boundary of the grid `every` at or before an instant."""
    if not every.is_calendar:
        length = timedelta(seconds=every.seconds)
        return EPOCH + (instant - EPOCH) // length * length
    local = instant.astimezone(zone).date()
    if every.unit == "mo":
        months = (local.year * 12 + local.month - 1) // every.count * every.count
        return _midnight(date(months // 12, months % 12 + 1, 1), zone)
    origin, step = (MONDAY, 7 * every.count) if every.unit == "w" else (EPOCH_DAY, every.count)
    days = (local - origin).days // step * step
    return _midnight(origin + timedelta(days=days), zone)


def shift(instant: datetime, by: Duration, times: int, zone: ZoneInfo) -> datetime:
    """An instant moved by a length, `times` over (negative: back); days and months keep the local clock."""
    if not by.is_calendar:
        return instant + times * timedelta(seconds=by.seconds)
    local = instant.astimezone(zone)
    moved = _add_months(local.date(), by.count * times) if by.unit == "mo" else _add_days(local.date(), by, times)
    if instant == _midnight(local.date(), zone):
        return _midnight(moved, zone)  # where clocks change at midnight, a day starts at one
    return datetime.combine(moved, local.time(), tzinfo=zone).astimezone(UTC)


def ending(window: Window, end: datetime, zone: ZoneInfo) -> Interval:
    """The window that ends at a boundary."""
    return Interval(shift(end, window.size, -1, zone), end)


def ends(window: Window, after: datetime, until: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """The ends of windows in (after, until], in order."""
    end = floor(after, window.every, zone)
    while True:
        following = floor(shift(end, window.every, 1, zone), window.every, zone)
        # A change of clocks can make the shifted instant fall before the next boundary: step over it by a day.
        end = following if following > end else floor(end + timedelta(days=1.5), window.every, zone)
        if end > until:
            return
        if end > after:
            yield end


def period_before(window: Interval, size: Duration, period: Duration, times: int, zone: ZoneInfo) -> Interval | None:
    """The window of this size that lies `times` periods before: it starts at the same local time.

    None where there is none: an hour that a change of clocks skipped, the 31st of a month of 30 days.
    """
    if window.start is None or (start := _earlier(window.start, period, times, zone)) is None:
        return None
    return Interval(start, shift(start, size, 1, zone))


def _earlier(instant: datetime, period: Duration, times: int, zone: ZoneInfo) -> datetime | None:
    """The same local time, `times` periods before."""
    if not period.is_calendar:
        return instant - times * timedelta(seconds=period.seconds)
    local = instant.astimezone(zone)
    if period.unit == "mo":
        month = _add_months(local.date(), -period.count * times)
        if local.day > (_add_months(month, 1) - month).days:
            return None
        moved = month.replace(day=local.day)
    else:
        moved = _add_days(local.date(), period, -times)
    if instant == _midnight(local.date(), zone):
        return _midnight(moved, zone)
    found = datetime.combine(moved, local.time(), tzinfo=zone).astimezone(UTC)
    return found if found.astimezone(zone).time() == local.time() else None


def windows_inside(window: Window, span: Interval, zone: ZoneInfo) -> Iterator[Interval]:
    """The windows that lie in a span, in order."""
    if span.start is None or span.end is None:
        return
    for end in ends(window, span.start, span.end, zone):
        found = ending(window, end, zone)
        if found.start is not None and found.start >= span.start:
            yield found


PANES = (
    Duration(1, "d"),
    Duration(1, "h"),
    Duration(30, "m"),
    Duration(15, "m"),
    Duration(5, "m"),
    Duration(1, "m"),
)


def pane(windows: list[Window], zone: ZoneInfo) -> Duration | None:
    """The coarsest pane whose boundaries contain every boundary of these windows; None without windows."""
    if not windows:
        return None
    lengths = [length for window in windows for length in (window.size, window.every)]
    if all(length.is_calendar for length in lengths):
        return PANES[0]
    offsets = _offsets(zone) if any(length.is_calendar for length in lengths) else {0}
    for candidate in PANES[1:]:
        seconds = int(candidate.seconds)
        whole = all(length.is_calendar or length.seconds % seconds == 0 for length in lengths)
        if whole and all(offset % seconds == 0 for offset in offsets):
            return candidate
    return PANES[-1]


def _offsets(zone: ZoneInfo) -> set[int]:
    """The zone's distances from UTC over a year, in seconds: local midnights fall on multiples of them."""
    days = (datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=n) for n in range(0, 366, 7))
    return {int((day.astimezone(zone).utcoffset() or timedelta()).total_seconds()) for day in days}
