"""Profiles -> readings: for every series of a judgement, slice by slice, what its check reads. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from driftline.checks.base import Check, Moment, Profiles, Subject
from driftline.compile.graph import MonitorPlan, SeriesPlan, Side
from driftline.compile.request import OVERALL, Grouping, ProfileSet, Segment
from driftline.compile.schedule import ROWS, Judgement
from driftline.model import Failed, Interval, Reading, SeriesKey, Value
from driftline.profiles.base import Profile, ProfileSpec

ONE_KIND = 0.12  # relative difference of lengths of the same calendar unit: 28 days and 31
REST = "(rest)"
EVERY = "*"  # the value of a slice that could not be made: which there would be is in the data
Slice = Mapping[ProfileSpec, Profile]
Slices = Mapping[Segment, Slice]


@dataclass(frozen=True)
class Measured:
    """What was read of one series on one window, before any judging."""

    key: SeriesKey
    reading: Reading
    baseline_reading: Reading | None = None
    rows: int | None = None
    baseline_rows: int | None = None


@dataclass(frozen=True)
class _Pair:
    """One slice of both sides; `baseline` is None when nothing is compared."""

    grouping: Grouping
    segment: Segment
    window: Slice
    baseline: Slice | None


def measure(
    judgement: Judgement, sets: Mapping[Side, ProfileSet], known: frozenset[Segment] = frozenset()
) -> tuple[Measured, ...]:
    """Every series of a judgement, with what its check reads.

    `sets` are the profiles of each side; `known` the segments that earlier runs judged.
    """
    monitor = judgement.monitor
    window = sets[monitor.side]
    baseline = sets[monitor.baseline_side or monitor.side] if judgement.baseline is not None else None
    pairs = [pair for grouping in monitor.groupings for pair in _pairs(judgement, window, baseline, grouping, known)]
    failing = [g for g in monitor.groupings if g in monitor.broken or (g, ROWS) in window.failed]
    pairs += [_Pair(g, tuple((d.name, EVERY) for d in g), {}, {}) for g in failing if not _has(pairs, g)]
    # Without a row on either side there is no segment to name: an outage is said of the whole.
    pairs = pairs or [_Pair((), OVERALL, {}, None if baseline is None else {})]
    family = len(pairs) * len(monitor.series)
    draws = math.ceil(family / monitor.significance.alpha) if monitor.significance.enabled else 0
    at = Moment(judgement.window, judgement.as_of, max(draws, 999))
    return tuple(
        _measured(judgement, series, pair, window, baseline, at) for pair in pairs for series in monitor.series
    )


def _has(pairs: Iterable[_Pair], grouping: Grouping) -> bool:
    return any(pair.grouping == grouping for pair in pairs)


def _pairs(
    judgement: Judgement,
    window: ProfileSet,
    baseline: ProfileSet | None,
    grouping: Grouping,
    known: frozenset[Segment],
) -> Iterable[_Pair]:
    """The slices that are judged.

    They are ranked by the baseline's rows, so that the set does not flicker; a slice with rows in the baseline and none
    now is judged too, and so is one that an earlier run knew. Beyond `top` the rest is one slice, or is cut.
    """
    now = window.profiles.get((grouping, judgement.read), {})
    then = baseline.profiles.get((grouping, judgement.baseline), {}) if baseline and judgement.baseline else None
    if not any(dimension.by for dimension in grouping):
        segment = tuple((d.name, "true") for d in grouping) or OVERALL
        yield _Pair(grouping, segment, now.get(segment, {}), None if then is None else then.get(segment, {}))
        return
    top = judgement.monitor.top
    most = min(top[d.name][0] for d in grouping if d.by)
    ranked = _ranked(then or {}, now)
    ranked += sorted(one for one in known if one not in ranked and _is_slice_of(one, grouping))
    kept, beyond = ranked[:most], ranked[most:]
    for segment in kept:
        yield _Pair(grouping, segment, now.get(segment, {}), None if then is None else then.get(segment, {}))
    if beyond and all(top[d.name][1] for d in grouping if d.by):
        rest = tuple((d.name, REST if d.by else "true") for d in grouping)
        yield _Pair(grouping, rest, _merged(now, beyond), None if then is None else _merged(then, beyond))


def _is_slice_of(segment: Segment, grouping: Grouping) -> bool:
    """Whether a segment is a value of a slicing, and not what was put together from many."""
    names = tuple(name for name, _ in segment)
    return names == tuple(d.name for d in grouping) and not any(value in (REST, EVERY) for _, value in segment)


def _ranked(then: Slices, now: Slices) -> list[Segment]:
    """The slices of the baseline by rows, then those that only the window has."""

    def order(segment: Segment) -> tuple[bool, int, Segment]:
        slices = then if segment in then else now
        return segment not in then, -_rows(slices[segment]), segment

    return sorted({*then, *now}, key=order)


def _merged(slices: Slices, segments: Iterable[Segment]) -> Slice:
    """Several slices as one."""
    merged: dict[ProfileSpec, Profile] = {}
    for segment in segments:
        for spec, profile in slices.get(segment, {}).items():
            merged[spec] = merged[spec].merge(profile) if spec in merged else profile
    return merged


def _rows(profiles: Slice) -> int:
    return profiles[ROWS].rows if ROWS in profiles else 0


def _measured(
    judgement: Judgement,
    series: SeriesPlan,
    pair: _Pair,
    window: ProfileSet,
    baseline: ProfileSet | None,
    at: Moment,
) -> Measured:
    monitor = judgement.monitor
    key = monitor.series_key(series, pair.segment)
    failure = series.failure or monitor.broken.get(pair.grouping) or _scan_failure(window, series, pair.grouping)
    if failure is not None:
        return Measured(key, Failed(failure))
    current, rows = _named(series, pair.window), _rows(pair.window)
    if pair.baseline is None or baseline is None:
        return Measured(key, _read(monitor.check, series.subject, at, current, None), rows=rows)
    failure = series.baseline_failure or _scan_failure(baseline, series, pair.grouping)
    if failure is not None:
        return Measured(key, Failed(f"baseline: {failure}"), rows=rows)
    reference, baseline_rows = _named(series, pair.baseline), _rows(pair.baseline)
    return _compared(monitor, series, at, (current, reference), judgement.baseline, (key, rows, baseline_rows))


def _compared(
    monitor: MonitorPlan,
    series: SeriesPlan,
    at: Moment,
    sides: tuple[Profiles, Profiles],
    baseline_span: Interval | None,
    about: tuple[SeriesKey, int, int],
) -> Measured:
    """A reading beside its baseline: one distance, or the same check read on both sides."""
    current, reference = sides
    key, rows, baseline_rows = about
    if monitor.check.needs_baseline:
        reading = _read(monitor.check, series.subject, at, current, reference)
        return Measured(key, reading, None, rows, baseline_rows)
    reading = _read(monitor.check, series.subject, at, current, None)
    then = Moment(baseline_span or at.window, at.as_of, at.draws)
    before = _read(monitor.check, series.subject, then, reference, None)
    if monitor.check.grows_with_time and isinstance(before, Value):
        before = replace(before, value=before.value * _relative_length(at.window, then.window))
    return Measured(key, reading, before, rows, baseline_rows)


def _relative_length(window: Interval, baseline: Interval) -> float:
    """How long the window is compared with the baseline; 1 where one of them has no bounds.

    Also 1 for a day against the day on which clocks changed, or one month against another: they are of one kind.
    """
    if window.start is None or window.end is None or baseline.start is None or baseline.end is None:
        return 1.0
    ratio = (window.end - window.start) / (baseline.end - baseline.start)
    return ratio if abs(ratio - 1.0) > ONE_KIND else 1.0


def _scan_failure(profiles: ProfileSet, series: SeriesPlan, grouping: Grouping) -> str | None:
    """Why a side could not be scanned for this series and slicing."""
    if profiles.failure is not None:
        return profiles.failure
    wanted = ((grouping, spec) for spec in (ROWS, *series.needs.values()))
    return next((profiles.failed[one] for one in wanted if one in profiles.failed), None)


def _named(series: SeriesPlan, profiles: Slice) -> Profiles:
    """The profiles under the check's own names; a slice without rows has empty ones."""
    return {name: profiles[spec] if spec in profiles else spec.empty() for name, spec in series.needs.items()}


def _read(check: Check, subject: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
    """The check's reading; a number that is not one is a failure with a reason, never a value."""
    with np.errstate(all="ignore"):
        reading = check.read(subject, at, window, baseline)
    if isinstance(reading, Value) and not np.isfinite(reading.value):
        return Failed("the number is not finite: values overflow a double; rescale the column or bound it")
    return reading
