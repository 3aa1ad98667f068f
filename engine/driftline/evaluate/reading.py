"""Profiles -> readings: for every series of a judgement, slice by slice, what its check reads. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from driftline.checks.base import Moment, Profiles
from driftline.compile.graph import SeriesPlan, Side
from driftline.compile.reference import Reference
from driftline.compile.request import OVERALL, Grouping, ProfileSet, Segment, Snapshot
from driftline.compile.schedule import ROWS, Judgement
from driftline.evaluate.against import Comparison, Part
from driftline.evaluate.carried import with_carriers
from driftline.evaluate.dependence import Exchange
from driftline.evaluate.measured import Measured, read
from driftline.evaluate.significance import needed_draws
from driftline.evaluate.slices import EVERY, Pair, named, pairs_of, rows_of, together
from driftline.model import Failed, NoData, SeriesKey, Value
from driftline.profiles.base import ProfileSpec, merged


def measure(
    judgement: Judgement, sets: Mapping[Side, ProfileSet], known: frozenset[Segment], columns: int
) -> tuple[Measured, ...]:
    """Every series of a judgement, with what its check reads.

    `sets` are the profiles of each side; `known` the segments that earlier runs judged; `columns` the series of the
    whole family before slicing, of which overrides may have given this judgement but some.
    """
    monitor = judgement.monitor
    window = sets[monitor.side]
    side = monitor.baseline_side or monitor.side
    baseline = sets.get(side, ProfileSet()) if judgement.baseline is not None else None
    pairs = [pair for grouping in monitor.groupings for pair in pairs_of(judgement, window, baseline, grouping, known)]
    failing = [g for g in monitor.groupings if g in monitor.broken or (g, ROWS) in window.failed]
    pairs += [Pair(g, tuple((d.name, EVERY) for d in g), {}, {}) for g in failing if not _has(pairs, g)]
    # Without a row on either side there is no segment to name: an outage is said of the whole.
    pairs = pairs or [Pair((), OVERALL, {}, None if baseline is None else {})]
    family = len(pairs) * columns
    asked = monitor.significance
    draws = needed_draws(asked.alpha, asked.correction, family) if asked.enabled else 0
    at = Moment(judgement.window, judgement.as_of, max(draws, 999))
    with np.errstate(all="ignore"):  # a number that is not one is seen for itself
        found = [
            (series, pair, _with_chance(judgement, series, pair, (window, baseline), at, draws))
            for pair in pairs
            for series in monitor.series
        ]
    return tuple(with_carriers(judgement, found))


def is_unchanged(judgement: Judgement, sets: Mapping[Side, ProfileSet]) -> bool:
    """Whether all that is read for a judgement is what the verdict that is there already was read from."""
    if judgement.before is None:
        return False
    then, now = judgement.snapshots(judgement.before), judgement.snapshots(judgement.known)
    return all(
        one == other or _is_same(sets.get(side, ProfileSet()), one, other, judgement.monitor.groupings)
        for (side, one), (_, other) in zip(then, now, strict=True)
    )


def _is_same(profiles: ProfileSet, one: Snapshot, other: Snapshot, groupings: Iterable[Grouping]) -> bool:
    """Whether two snapshots hold the very same profiles."""
    for grouping in groupings:
        before, after = profiles.profiles.get((grouping, one), {}), profiles.profiles.get((grouping, other), {})
        if before.keys() != after.keys():
            return False
        for segment, slices in before.items():
            beside = after[segment]
            if slices.keys() != beside.keys() or any(slices[spec] is not beside[spec] for spec in slices):
                return False
    return True


def _has(pairs: Iterable[Pair], grouping: Grouping) -> bool:
    return any(pair.grouping == grouping for pair in pairs)


def _with_chance(
    judgement: Judgement,
    series: SeriesPlan,
    pair: Pair,
    sides: tuple[ProfileSet, ProfileSet | None],
    at: Moment,
    needed: int,
) -> Measured:
    """A series as it was read, with how likely that is by chance where its rows depend on each other."""
    found, blocks = _measured(judgement, series, pair, *sides, at), judgement.blocks
    if blocks is None or not isinstance(found.reading, Value):
        return found
    marked = Reference(blocks.baseline).of(judgement.monitor, found.key)
    snapshots = [judgement.now(span) for span in blocks.window], [judgement.past(piece) for piece in marked]
    window, baseline = (
        [
            named(series.needs, profiles)
            for snapshot in those
            if rows_of(profiles := together(side.profiles.get((pair.grouping, snapshot), {}), pair.segments))
        ]
        if side is not None
        else []
        for side, those in zip(sides, snapshots, strict=True)
    )
    check, by_itself = judgement.monitor.check, found.reading.p_value is not None
    beside = _beside(judgement, series, pair, found.key) if check.needs_baseline and not by_itself else None
    exchange = Exchange(check, series.subject, at, blocks.size, window, baseline, needed, beside)
    return replace(found, chance=exchange.chance(found.reading, judgement.monitor.at(found.key).threshold))


def _beside(judgement: Judgement, series: SeriesPlan, pair: Pair, key: SeriesKey) -> Profiles | None:
    """The whole baseline of a rate that is read beside one, as a share of the window's rows."""
    if pair.baseline is None or judgement.baseline is None:
        return None
    pieces = judgement.baseline.of(judgement.monitor, key)
    parts = [named(series.needs, pair.baseline.get(piece, {})) for piece in pieces]
    return {name: merged([part[name] for part in parts]) for name in series.needs} if parts else None


def _measured(
    judgement: Judgement,
    series: SeriesPlan,
    pair: Pair,
    window: ProfileSet,
    baseline: ProfileSet | None,
    at: Moment,
) -> Measured:
    monitor = judgement.monitor
    key = monitor.series_key(series, pair.segment)
    failure = series.failure or monitor.broken.get(pair.grouping)
    failure = failure or _scan_failure(window, series.needs, pair.grouping)
    if failure is not None:
        return Measured(key, Failed(failure))
    current, rows = named(series.needs, pair.window), rows_of(pair.window)
    before = series.reads(baseline=True)
    if pair.baseline is None or baseline is None or judgement.baseline is None:
        return Measured(key, read(monitor.check, series.subject, at, current, None), rows=rows)
    if series.is_new:
        # Nothing failed: there is a new column, and what it should be compared with has to catch up.
        return Measured(key, NoData(f"no baseline to compare with: {series.baseline_failure}", rows=rows), rows=rows)
    failure = series.baseline_failure or _scan_failure(baseline, before, pair.grouping)
    if failure is not None:
        return Measured(key, Failed(f"baseline: {failure}"), rows=rows)
    slices = [(piece, pair.baseline.get(piece, {})) for piece in judgement.baseline.of(monitor, key)]
    parts = [Part(piece, named(before, profiles), rows_of(profiles)) for piece, profiles in slices]
    return Comparison(judgement, judgement.baseline, key, series.subject, at, current, rows, parts).measured()


def _scan_failure(profiles: ProfileSet, needs: Mapping[str, ProfileSpec], grouping: Grouping) -> str | None:
    """Why a side could not be scanned for a series and slicing."""
    if profiles.failure is not None or not profiles.failed:
        return profiles.failure
    wanted = ((grouping, spec) for spec in (ROWS, *needs.values()))
    return next((profiles.failed[one] for one in wanted if one in profiles.failed), None)
