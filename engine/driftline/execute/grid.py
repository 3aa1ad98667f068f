"""The grid of a source: the time buckets that its windows are unions of, in which profiles are kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from driftline.compile.calendar import EPOCH, EPOCH_DAY, floor, pane, shift
from driftline.compile.graph import MonitorPlan
from driftline.config.document import Window
from driftline.model import Duration, Interval

HOUR = Window(Duration(1, "h"), Duration(1, "h"))


@dataclass(frozen=True)
class Grid:
    """Panes of one length on the calendar of a zone."""

    length: Duration
    timezone: str

    def panes(self, span: Interval) -> Iterator[Interval]:
        """The panes that lie whole in a span, in order."""
        if span.start is None or span.end is None:
            return
        zone = ZoneInfo(self.timezone)
        start = floor(span.start, self.length, zone)
        while start < span.end:
            end = shift(start, self.length, 1, zone)
            if start >= span.start and end <= span.end:
                yield Interval(start, end)
            start = end

    def number(self, start: datetime) -> int:
        """Which pane it is that starts there, counted from 1970."""
        if self.length.is_calendar:
            local = start.astimezone(ZoneInfo(self.timezone)).date()
            return (local - EPOCH_DAY).days // self.length.count
        return (start - EPOCH) // self.length.timedelta

    def block(self, level: int, number: int) -> Interval:
        """2^level panes behind one another, of which `number` blocks of that size come before it."""
        first, behind = number << level, (number + 1) << level
        return Interval(self._start(first), self._start(behind))

    def _start(self, number: int) -> datetime:
        if self.length.is_calendar:
            day = EPOCH_DAY + timedelta(days=number * self.length.count)
            return datetime.combine(day, time.min, ZoneInfo(self.timezone)).astimezone(UTC)
        return EPOCH + number * self.length.timedelta


def grid_of(plans: Iterable[MonitorPlan]) -> Grid | None:
    """The coarsest grid that has every boundary of the windows of some monitors; None without windows."""
    windows: dict[str, list[Window]] = {}
    for plan in plans:
        if plan.window is not None:
            windows.setdefault(plan.timezone, []).append(plan.window)
            if plan.significance.enabled and plan.significance.block is not None:
                windows[plan.timezone].append(Window(plan.significance.block, plan.significance.block))
    # The days of one zone are none of another's, hours mostly are.
    shared = [HOUR] if len(windows) > 1 else []
    grids = [
        Grid(length, zone)
        for zone, those in windows.items()
        if (length := pane([*those, *shared], ZoneInfo(zone))) is not None
    ]
    return min(grids, key=lambda grid: (grid.length.seconds, grid.timezone), default=None)
