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
    if by.unit == "mo":
        moved = _add_months(local.date(), by.count * times)
    else:
        moved = local.date() + timedelta(days=by.count * times * (7 if by.unit == "w" else 1))
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
