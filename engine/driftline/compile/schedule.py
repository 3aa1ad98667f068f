"""Which windows of which monitor are due, as of an instant. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from driftline.compile.calendar import ending, ends, floor, shift
from driftline.compile.dependence import Blocks, blocks_of
from driftline.compile.graph import MonitorPlan, Side
from driftline.compile.reference import WHOLE, Extents, Piece, Reference, reference_of
from driftline.compile.request import Snapshot
from driftline.config.document import Window
from driftline.model import Duration, Interval
from driftline.profiles.counts import Counts

ROWS = Counts()  # every grouping counts its rows: gates and segment ranks need them
INSTANT = timedelta(microseconds=1)
LOOK_BACK = timedelta(days=1)
DAY = Duration(1, "d")


@dataclass(frozen=True)
class Judgement:
    """One monitor on one window, with what it is compared with.

    `read` is the span that is scanned for the window (another one for a check without a window). `known` is the instant
    up to which labels and late rows count. `before` is that of the verdict that there is already: the window is judged
    again only if what was known of it has changed since. `blocks` are read as well, where rows of one depend on each
    other.
    """

    monitor: MonitorPlan
    window: Interval
    baseline: Reference | None
    read: Interval
    as_of: datetime
    known: datetime | None = None
    before: datetime | None = None
    blocks: Blocks | None = None

    def snapshots(self, known: datetime | None) -> Iterator[tuple[Side, Snapshot]]:
        """All that is read for it, as known at an instant: of the window, then of the baseline."""
        yield self.monitor.side, snapshot(self.monitor.side, self.read, known)
        for piece in self.baseline.pieces if self.baseline is not None else ():
            yield self.compared, snapshot(self.compared, piece.span, known)

    @property
    def current(self) -> Snapshot:
        """The window's own rows."""
        return snapshot(self.monitor.side, self.read, self.known)

    @property
    def compared(self) -> Side:
        """Where its baseline is read."""
        return self.monitor.baseline_side or self.monitor.side

    def past(self, piece: Piece) -> Snapshot:
        """The rows of a piece of its baseline."""
        return snapshot(self.compared, piece.span, self.known)

    def now(self, block: Interval) -> Snapshot:
        """The rows of a block of its window."""
        return snapshot(self.monitor.side, block, self.known)


def snapshot(side: Side, span: Interval, known: datetime | None) -> Snapshot:
    """A span of one side; an instant only where it makes a difference."""
    return Snapshot(span, known if side.changes else None)


def last_tick(monitor: MonitorPlan, as_of: datetime) -> datetime | None:
    """The latest instant up to `as_of` at which the monitor's schedule has it judged; None when it never came."""
    if monitor.schedule is None:
        return as_of
    from cronsim import CronSim

    zone = ZoneInfo(monitor.timezone)
    behind = (as_of.replace(second=0, microsecond=0) + timedelta(minutes=1)).astimezone(zone)
    tick = next(CronSim(monitor.schedule, behind, reverse=True), None)
    if tick is None:
        return None
    # Backwards through an hour that clocks repeat, its first pass is not seen: forwards from there it is.
    later = takewhile(lambda each: each <= as_of, (each.astimezone(UTC) for each in CronSim(monitor.schedule, tick)))
    return max(later, default=tick.astimezone(UTC))


def ripe_until(monitor: MonitorPlan, as_of: datetime) -> datetime:
    """Windows that end by then are complete and, for a labelled check, ripe."""
    zone = ZoneInfo(monitor.timezone)
    complete = shift(as_of, monitor.lateness, -1, zone)
    ripe = shift(as_of, monitor.delay, -1, zone) if monitor.labelled else as_of
    return min(complete, ripe)


@dataclass(frozen=True)
class Reached:
    """How far a monitor was judged.

    `since` and `until` are the ends of its first and its last window, `known` the as-of up to which labels that came
    since were taken in.
    """

    until: datetime
    since: datetime | None = None
    known: datetime | None = None


def due(
    monitor: MonitorPlan,
    as_of: datetime,
    *,
    since: datetime | None = None,
    judged: Reached | None = None,
    extents: Extents | None = None,
) -> tuple[Judgement, ...]:
    """The windows to judge: all since the last one judged, or from `since` on, or the latest complete one.

    Before these come windows that were judged already and of which more may be known by now. A monitor with a schedule
    is judged as of the last time that it came. `extents` are the first and the last event of sources, for baselines
    whose windows are read one by one.
    """
    tick = last_tick(monitor, as_of)
    if tick is None:
        return ()
    zone = ZoneInfo(monitor.timezone)
    if monitor.check.windowless:
        # From a midnight on: the day behind is a pane, which need not be read again.
        read = Interval(floor(tick - LOOK_BACK, DAY, zone), tick + INSTANT)
        return (Judgement(monitor, Interval(None, tick), None, read, tick, tick),)
    if monitor.window is None:
        return (Judgement(monitor, WHOLE, reference_of(monitor, WHOLE, zone), WHOLE, tick, tick),)
    windows = _windows(monitor.window, ripe_until(monitor, tick), since, judged, zone)
    again = () if judged is None else tuple(_again(monitor, tick, judged, {w.end for w in windows}, zone))
    # A clock that has gone back forgets nothing: labels that a verdict rests on already stay known.
    known = tick if judged is None or judged.known is None else max(tick, judged.known)
    corrected = judged if since is not None else None
    now = (
        _judgement(monitor, w, (tick, known), zone, extents, corrected, _stands(monitor, w, judged, since))
        for w in windows
    )
    return (*(_judgement(monitor, w, (tick, known), zone, extents, None, before) for w, before in again), *now)


def _windows(
    shape: Window, until: datetime, since: datetime | None, judged: Reached | None, zone: ZoneInfo
) -> list[Interval]:
    """The windows of this shape, ended by `until`, that are judged for the first time, or because `since` asks."""
    if since is not None:
        asked = [ending(shape, end, zone) for end in ends(shape, since, until, zone)]
        return [window for window in asked if window.start is not None and window.start >= since] or asked[-1:]
    new = [] if judged is None else [ending(shape, end, zone) for end in ends(shape, judged.until, until, zone)]
    return new or [ending(shape, floor(until, shape.every, zone), zone)]


def _stands(monitor: MonitorPlan, window: Interval, judged: Reached | None, since: datetime | None) -> datetime | None:
    """What was known of a window whose verdict stands: rows that `--since` let in late are not lost again."""
    late = judged is not None and since is None and monitor.side.arrival is not None and not monitor.labelled
    if not late or judged is None or window.end is None or window.end > judged.until:
        return None
    return settled(monitor, window.end)


def settled(monitor: MonitorPlan, end: datetime) -> datetime:
    """The instant from which nothing that comes later changes what is read of a window that ends at `end`."""
    zone = ZoneInfo(monitor.timezone)
    complete = shift(end, monitor.lateness, 1, zone)
    return max(complete, shift(end, monitor.max_delay, 1, zone)) if monitor.labelled else complete


def _again(
    monitor: MonitorPlan, as_of: datetime, judged: Reached, due: Container[datetime | None], zone: ZoneInfo
) -> Iterator[tuple[Interval, datetime]]:
    """The windows of which more may be known than when they were judged, each with what was known then."""
    if not monitor.labelled or monitor.window is None or judged.known is None or judged.since is None:
        return
    # A day of margin: lengths of the calendar are not the same forwards and backwards.
    after = shift(judged.known, monitor.max_delay, -1, zone) - LOOK_BACK
    start = max(after, judged.since - INSTANT)
    for end in ends(monitor.window, start, judged.until, zone):
        last = settled(monitor, end)
        if end not in due and last > judged.known and as_of > judged.known:
            yield ending(monitor.window, end, zone), judged.known


def _judgement(
    monitor: MonitorPlan,
    window: Interval,
    instants: tuple[datetime, datetime],
    zone: ZoneInfo,
    extents: Extents | None,
    corrected: Reached | None,
    before: datetime | None = None,
) -> Judgement:
    """One window as of an instant, and by what is known at another.

    `corrected`: of windows judged by then, rows that came too late count as well.
    """
    as_of, known = instants
    is_known = corrected is not None and window.end is not None and window.end <= corrected.until
    if window.end is not None and (monitor.labelled or not is_known):
        known = min(known, settled(monitor, window.end))
    reference = reference_of(monitor, window, zone, extents)
    blocks = blocks_of(monitor, window, reference, zone, extents)
    return Judgement(monitor, window, reference, window, as_of, known, before, blocks)
