"""The instants at which runs would have been made. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from driftline.compile.calendar import ends
from driftline.compile.graph import MonitorPlan
from driftline.config.document import Window
from driftline.errors import UsageError
from driftline.model import Duration
from driftline.schema.slots import Unfit, read_duration

DAY = Duration(1, "d")
MOST = 100_000  # runs of one back-test
SHORTEST = 1.0  # seconds between two of them


def every_of(given: str | None, monitors: Iterable[MonitorPlan]) -> Duration:
    """How far runs are apart: as given with `--every`, else the smallest hop of any window, a day where there is none.

    Raises UsageError for what is no length of time that runs can be apart.
    """
    if given is None:
        hops = [monitor.window.every for monitor in monitors if monitor.window is not None]
        return min(hops, key=lambda hop: hop.seconds, default=DAY)
    read = read_duration(given)
    if isinstance(read, Unfit):
        raise UsageError(f"--every: {given!r} is no length of time; {read.hint or 'write `1h`, `1d` or `1w`'}")
    if read.seconds < SHORTEST:
        raise UsageError(f"--every {given}: runs are at least a second apart")
    return read


def ticks(since: datetime, until: datetime, every: Duration, zone: ZoneInfo) -> tuple[datetime, ...]:
    """The boundaries of the grid `every` in (since, until], in order: of days, the local midnights.

    Raises UsageError where there is none, or more than can be meant.
    """
    if (until - since).total_seconds() / every.seconds > MOST:
        raise UsageError(f"runs that are {every} apart would be more than {MOST:,}; choose a longer --every")
    found = tuple(ends(Window(every, every), since, until, zone))
    if not found:
        span = f"{_local(since, zone)} and {_local(until, zone)}"
        raise UsageError(f"no run falls between {span}: they are {every} apart; choose a longer span, or --every")
    return found


def _local(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"
