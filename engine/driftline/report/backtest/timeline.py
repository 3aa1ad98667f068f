"""The history of a monitor as a line of characters, all on one axis of time."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from driftline.model import Status

# They differ in height, so that they say the same without colour.
CHARACTERS: Mapping[Status | None, str] = {
    Status.OK: "▁",
    Status.WARNING: "▄",
    Status.CRITICAL: "█",
    Status.INSUFFICIENT_DATA: "~",
    Status.NO_DATA: "░",
    Status.ERROR: "!",
    None: " ",
}
WORST = (Status.CRITICAL, Status.WARNING, Status.ERROR, Status.OK, Status.INSUFFICIENT_DATA, Status.NO_DATA)
SHORT, LONG = timedelta(days=2), timedelta(days=45)  # below: hours; beyond: months
APART = 2  # blanks between two dates of the scale, at least


@dataclass(frozen=True)
class Axis:
    """Time from `start`, cut into columns: each ends at one of `edges`, the end included."""

    start: datetime
    edges: tuple[datetime, ...]
    ticks: int = 1  # the runs that a column stands for

    @classmethod
    def of(cls, start: datetime, ticks: Sequence[datetime], width: int) -> Axis:
        """A column for each run, or for as few runs as fit the width."""
        each = -(-len(ticks) // width)
        edges = [ticks[min(at + each, len(ticks)) - 1] for at in range(0, len(ticks), each)]
        return cls(start, tuple(edges), each)

    def columns(self, timeline: Mapping[datetime, Status]) -> list[Status | None]:
        """The worst verdict of each column, by window end; None where nothing was judged."""
        found: list[set[Status]] = [set() for _ in self.edges]
        for at, status in timeline.items():
            found[min(bisect_left(self.edges, at), len(self.edges) - 1)].add(status)
        return [next((status for status in WORST if status in held), None) for held in found]

    def scale(self, zone: ZoneInfo) -> str:
        """Dates above the columns that hold them: the firsts of months, Mondays, days or hours, as there is room."""
        labels = _labels(self.start.astimezone(zone), self.edges[-1].astimezone(zone))
        line = ""
        for moment, label in labels:
            column = bisect_left(self.edges, moment + timedelta(microseconds=1))
            free = len(line) + APART if line else 0
            if column >= free and column + len(label) <= max(len(self.edges), len(label)):
                line = line.ljust(column) + label
        return line


def _labels(start: datetime, end: datetime) -> Iterable[tuple[datetime, str]]:
    """Local times that a scale may name, from the first on, in order."""
    span = end - start
    midnight = datetime(start.year, start.month, start.day, tzinfo=start.tzinfo)
    yield start, _date(start) if span > SHORT or start == midnight else f"╷{start:%H:%M}"
    if span <= SHORT:
        for hour in range(1, 72):
            later = midnight + timedelta(hours=hour)
            if start < later <= end:
                yield later, f"╷{later:%H:%M}" if later.hour else _date(later)
        return
    for number in range(1, span.days + 2):
        local = midnight + timedelta(days=number)
        fits = local.day == 1 if span > LONG else local.weekday() == 0 or span <= timedelta(days=10)
        if fits and local <= end:
            yield local, _date(local)


def _date(local: datetime) -> str:
    """A date; the year is said where it begins."""
    return f"╷{local:%Y-%m-%d}" if (local.month, local.day) == (1, 1) else f"╷{local:%m-%d}"
