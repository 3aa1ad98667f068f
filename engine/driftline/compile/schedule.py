"""Which windows of which monitor are due, as of an instant; and the scans that they need. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from driftline.compile.calendar import ending, ends, floor, shift
from driftline.compile.graph import MonitorPlan, Side
from driftline.compile.request import Bundle, Grouping, LabelRelation, ScanRequest
from driftline.model import Interval
from driftline.profiles.base import ProfileSpec
from driftline.profiles.counts import Counts

WHOLE = Interval(None, None)
ROWS = Counts()  # every grouping counts its rows: gates and segment ranks need them
INSTANT = timedelta(microseconds=1)
LOOK_BACK = timedelta(days=1)


@dataclass(frozen=True)
class Judgement:
    """One monitor on one window, with the span that it is compared with."""

    monitor: MonitorPlan
    window: Interval
    baseline: Interval | None
    read: Interval  # the span that is scanned for the window (differs for a check without a window)
    as_of: datetime


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
) -> tuple[Judgement, ...]:
    """The windows to judge: all since the last one judged, or from `since` on, or the latest complete one."""
    if monitor.check.windowless:
        read = Interval(as_of - LOOK_BACK, as_of + INSTANT)
        return (Judgement(monitor, Interval(None, as_of), None, read, as_of),)
    if monitor.window is None:
        return (Judgement(monitor, WHOLE, _whole_baseline(monitor), WHOLE, as_of),)
    zone = ZoneInfo(monitor.timezone)
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
    return tuple(Judgement(monitor, w, baseline_of(monitor, w, zone), w, as_of) for w in windows)


def _whole_baseline(monitor: MonitorPlan) -> Interval | None:
    """Without a timestamp only another source can be compared with."""
    reads = monitor.baseline is not None and monitor.baseline.type == "source"
    return WHOLE if reads and not monitor.check.compares_columns else None


def baseline_of(monitor: MonitorPlan, window: Interval, zone: ZoneInfo) -> Interval | None:
    """The span that a window is compared with; it never contains the window."""
    plan = monitor.baseline
    if plan is None or window.start is None or monitor.window is None or monitor.check.compares_columns:
        return None
    if plan.type == "source":
        return WHOLE
    if plan.type == "previous":
        return Interval(shift(window.start, monitor.window.size, -1, zone), window.start)
    end = shift(window.start, plan.offset, -1, zone)
    return Interval(shift(end, plan.size or monitor.window.size, -1, zone), end)


@dataclass(frozen=True)
class ScanKey:
    """What makes two readings share one scan: the source."""

    source: str


def scans(judgements: Iterable[Judgement]) -> dict[ScanKey, ScanRequest]:
    """One request per source, with every profile that any judgement needs from it, each once."""
    wanted: dict[ScanKey, dict[tuple[Grouping, ProfileSpec], set[Interval]]] = {}
    relations: dict[ScanKey, list[LabelRelation]] = {}
    for judgement in judgements:
        monitor = judgement.monitor
        sides = [(monitor.side, judgement.read)]
        if judgement.baseline is not None:
            sides.append((monitor.baseline_side or monitor.side, judgement.baseline))
        for side, span in sides:
            key = ScanKey(side.source)
            specs = _specs(monitor, baseline=span is judgement.baseline)
            needs = wanted.setdefault(key, {})
            for grouping in monitor.groupings:
                for spec in (ROWS, *specs):
                    needs.setdefault((grouping, spec), set()).add(span)
            _add_relation(relations.setdefault(key, []), side)
    return {key: ScanRequest(key.source, tuple(relations[key]), _bundles(needs)) for key, needs in wanted.items()}


def _specs(monitor: MonitorPlan, *, baseline: bool) -> tuple[ProfileSpec, ...]:
    """The profiles of a monitor's readable series, in order, each once."""
    readable = [s for s in monitor.series if not s.failure and not (baseline and s.baseline_failure)]
    return tuple(dict.fromkeys(spec for series in readable for spec in series.needs.values()))


def _add_relation(relations: list[LabelRelation], side: Side) -> None:
    """Join each label source once, with all columns that anyone wants from it."""
    new = side.relation
    if new is None:
        return
    for number, old in enumerate(relations):
        if _same_join(old, new):
            columns = tuple(sorted({*old.columns, *new.columns}))
            absent = old.absent if old.absent is not None else new.absent
            relations[number] = LabelRelation(old.source, old.id, old.key, columns, old.keep, absent)
            return
    relations.append(new)


def _same_join(one: LabelRelation, other: LabelRelation) -> bool:
    same = (one.source, one.id, one.key, one.keep) == (other.source, other.id, other.key, other.keep)
    return same and (one.absent is None or other.absent is None or one.absent == other.absent)


def _bundles(needs: Mapping[tuple[Grouping, ProfileSpec], set[Interval]]) -> tuple[Bundle, ...]:
    """Specs wanted for the same slices and windows, together."""
    groups: dict[tuple[Grouping, tuple[Interval, ...]], list[ProfileSpec]] = {}
    for (grouping, spec), spans in needs.items():
        windows = tuple(sorted(spans, key=lambda span: (span.start is not None, span.start, span.end)))
        groups.setdefault((grouping, windows), []).append(spec)
    return tuple(Bundle(grouping, windows, tuple(specs)) for (grouping, windows), specs in groups.items())
