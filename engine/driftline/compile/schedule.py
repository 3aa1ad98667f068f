"""Which windows of which monitor are due, as of an instant; and the scans that they need. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from driftline.compile.calendar import ending, ends, floor, shift
from driftline.compile.graph import MonitorPlan, Side
from driftline.compile.reference import WHOLE, Extents, Reference, reference_of
from driftline.compile.request import Bundle, Grouping, LabelRelation, ScanRequest
from driftline.model import Interval
from driftline.profiles.base import ProfileSpec
from driftline.profiles.counts import Counts

ROWS = Counts()  # every grouping counts its rows: gates and segment ranks need them
INSTANT = timedelta(microseconds=1)
LOOK_BACK = timedelta(days=1)


@dataclass(frozen=True)
class Judgement:
    """One monitor on one window, with what it is compared with."""

    monitor: MonitorPlan
    window: Interval
    baseline: Reference | None
    read: Interval  # the span that is scanned for the window (differs for a check without a window)
    as_of: datetime


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


def due(
    monitor: MonitorPlan,
    as_of: datetime,
    *,
    since: datetime | None = None,
    last_judged: datetime | None = None,
    extents: Extents | None = None,
) -> tuple[Judgement, ...]:
    """The windows to judge: all since the last one judged, or from `since` on, or the latest complete one.

    A monitor with a schedule is judged as of the last time that it came. `extents` are the first and the last event of
    sources, for baselines whose windows are read one by one.
    """
    tick = last_tick(monitor, as_of)
    if tick is None:
        return ()
    as_of = tick
    if monitor.check.windowless:
        read = Interval(as_of - LOOK_BACK, as_of + INSTANT)
        return (Judgement(monitor, Interval(None, as_of), None, read, as_of),)
    zone = ZoneInfo(monitor.timezone)
    if monitor.window is None:
        return (Judgement(monitor, WHOLE, reference_of(monitor, WHOLE, zone), WHOLE, as_of),)
    until = ripe_until(monitor, as_of)
    latest = floor(until, monitor.window.every, zone)
    if since is not None:
        found = list(ends(monitor.window, since, until, zone))
    elif last_judged is not None:
        found = list(ends(monitor.window, last_judged, until, zone)) or [latest]
    else:
        found = [latest]
    windows = [ending(monitor.window, end, zone) for end in found]
    if since is not None:
        windows = [w for w in windows if w.start is not None and w.start >= since] or windows[-1:]
    return tuple(Judgement(monitor, w, reference_of(monitor, w, zone, extents), w, as_of) for w in windows)


@dataclass(frozen=True)
class ScanKey:
    """What makes two readings share one scan: the source, and the way its labels are joined (columns left open)."""

    source: str
    join: LabelRelation | None = None


@dataclass(frozen=True)
class Scans:
    """The scans of a run, and which one serves each side of its monitors."""

    requests: Mapping[ScanKey, ScanRequest]
    keys: Mapping[Side, ScanKey]


def scans(judgements: Iterable[Judgement]) -> Scans:
    """One request per source, with every profile that any judgement needs from it, each once.

    A source whose models have different labels is read once for each way of joining them: the truth of one model must
    not pass for that of another.
    """
    judgements = list(judgements)
    keys = scan_keys({side for judgement in judgements for side, *_ in sides_of(judgement)})
    wanted: dict[ScanKey, dict[tuple[Grouping, ProfileSpec], set[Interval]]] = {}
    joined: dict[ScanKey, set[str]] = {}
    for judgement in judgements:
        for side, spans, is_baseline in sides_of(judgement):
            specs = _specs(judgement.monitor, baseline=is_baseline)
            needs = wanted.setdefault(keys[side], {})
            for grouping in judgement.monitor.groupings:
                if grouping in judgement.monitor.broken:
                    continue
                for spec in (ROWS, *specs):
                    needs.setdefault((grouping, spec), set()).update(spans)
            if side.relation is not None:
                joined.setdefault(keys[side], set()).update(side.relation.columns)
    requests = {key: ScanRequest(key.source, _relations(key, joined), _bundles(needs)) for key, needs in wanted.items()}
    return Scans(requests, keys)


def sides_of(judgement: Judgement) -> list[tuple[Side, tuple[Interval, ...], bool]]:
    """What is read for a judgement, over which spans, and whether it is the baseline."""
    monitor, reference = judgement.monitor, judgement.baseline
    sides: list[tuple[Side, tuple[Interval, ...], bool]] = [(monitor.side, (judgement.read,), False)]
    if reference is not None and reference.pieces:
        spans = tuple(piece.span for piece in reference.pieces)
        sides.append((monitor.baseline_side or monitor.side, spans, True))
    return sides


def scan_keys(sides: Iterable[Side]) -> dict[Side, ScanKey]:
    """The scan of each side. One without labels shares that of one with them, unless the join replaces its columns."""
    sides = set(sides)
    joins: dict[str, dict[LabelRelation, set[str]]] = {}
    for side in sides:
        if side.relation is not None:
            ways = joins.setdefault(side.source, {})
            ways.setdefault(_way(side.relation), set()).update(side.relation.columns)
    keys = {}
    for side in sides:
        ways = joins.get(side.source, {})
        way = _way(side.relation) if side.relation is not None else None
        if way is None:
            fitting = [join for join, columns in ways.items() if not side.columns & columns]
            way = min(fitting, key=repr, default=None)
        keys[side] = ScanKey(side.source, way)
    return keys


def _way(relation: LabelRelation) -> LabelRelation:
    """How labels are joined, whichever columns are wanted from them."""
    return replace(relation, columns=())


def _relations(key: ScanKey, joined: Mapping[ScanKey, set[str]]) -> tuple[LabelRelation, ...]:
    return () if key.join is None else (replace(key.join, columns=tuple(sorted(joined.get(key, set())))),)


def _specs(monitor: MonitorPlan, *, baseline: bool) -> tuple[ProfileSpec, ...]:
    """The profiles of a monitor's readable series, in order, each once."""
    readable = [s for s in monitor.series if not s.failure and not (baseline and s.baseline_failure)]
    return tuple(dict.fromkeys(spec for series in readable for spec in series.needs.values()))


def _bundles(needs: Mapping[tuple[Grouping, ProfileSpec], set[Interval]]) -> tuple[Bundle, ...]:
    """Specs wanted for the same slices and windows, together."""
    groups: dict[tuple[Grouping, tuple[Interval, ...]], list[ProfileSpec]] = {}
    for (grouping, spec), spans in needs.items():
        windows = tuple(sorted(spans, key=lambda span: (span.start is not None, span.start, span.end)))
        groups.setdefault((grouping, windows), []).append(spec)
    return tuple(Bundle(grouping, windows, tuple(specs)) for (grouping, windows), specs in groups.items())
