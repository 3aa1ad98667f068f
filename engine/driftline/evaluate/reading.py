"""Profiles -> readings: for every series of a judgement, slice by slice, what its check reads. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from driftline.checks.base import Moment, Profiles
from driftline.compile.graph import SeriesPlan, Side
from driftline.compile.reference import Piece, Reference
from driftline.compile.request import OVERALL, Grouping, ProfileSet, Segment, Snapshot
from driftline.compile.schedule import ROWS, Judgement
from driftline.evaluate.against import Comparison, Part
from driftline.evaluate.dependence import Exchange
from driftline.evaluate.measured import Measured, read
from driftline.evaluate.significance import needed_draws
from driftline.model import Failed, NoData, SeriesKey, Value
from driftline.profiles.base import Profile, ProfileSpec, merged

REST = "(rest)"
EVERY = "*"  # the value of a slice that could not be made: which there would be is in the data
Slice = Mapping[ProfileSpec, Profile]
Slices = Mapping[Segment, Slice]
Parts = Mapping[Piece, Slice]


@dataclass(frozen=True)
class _Pair:
    """One slice of both sides: of the baseline, one for each of its pieces; None when nothing is compared.

    `segments` are those that it is put together from.
    """

    grouping: Grouping
    segment: Segment
    window: Slice
    baseline: Parts | None
    segments: tuple[Segment, ...] = ()


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
    pairs = [pair for grouping in monitor.groupings for pair in _pairs(judgement, window, baseline, grouping, known)]
    failing = [g for g in monitor.groupings if g in monitor.broken or (g, ROWS) in window.failed]
    pairs += [_Pair(g, tuple((d.name, EVERY) for d in g), {}, {}) for g in failing if not _has(pairs, g)]
    # Without a row on either side there is no segment to name: an outage is said of the whole.
    pairs = pairs or [_Pair((), OVERALL, {}, None if baseline is None else {})]
    family = len(pairs) * columns
    asked = monitor.significance
    draws = needed_draws(asked.alpha, asked.correction, family) if asked.enabled else 0
    at = Moment(judgement.window, judgement.as_of, max(draws, 999))
    with np.errstate(all="ignore"):  # a number that is not one is seen for itself
        return tuple(
            _with_chance(judgement, series, pair, (window, baseline), at, draws)
            for pair in pairs
            for series in monitor.series
        )


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


def _has(pairs: Iterable[_Pair], grouping: Grouping) -> bool:
    return any(pair.grouping == grouping for pair in pairs)


def _pairs(
    judgement: Judgement,
    window: ProfileSet,
    baseline: ProfileSet | None,
    grouping: Grouping,
    known: frozenset[Segment],
) -> Iterable[_Pair]:
    """The slices that are judged; beyond `top` the rest is one slice, or is cut."""
    now = window.profiles.get((grouping, judgement.current), {})
    then = _then(judgement, baseline, grouping)
    if not any(dimension.by for dimension in grouping):
        segment = tuple((d.name, "true") for d in grouping) or OVERALL
        yield _Pair(grouping, segment, now.get(segment, {}), _parts(then, [segment]), (segment,))
        return
    kept, beyond = _divided(judgement, now, then, grouping, known)
    for segment in kept:
        yield _Pair(grouping, segment, now.get(segment, {}), _parts(then, [segment]), (segment,))
    if beyond and _has_rest(judgement, grouping):
        rest = tuple((d.name, REST if d.by else "true") for d in grouping)
        yield _Pair(grouping, rest, _together(now, beyond), _parts(then, beyond), tuple(beyond))


def _then(judgement: Judgement, baseline: ProfileSet | None, grouping: Grouping) -> dict[Piece, Slices] | None:
    """The slices of each piece of the baseline; None when nothing is compared."""
    if baseline is None or judgement.baseline is None:
        return None
    return {piece: baseline.profiles.get((grouping, judgement.past(piece)), {}) for piece in judgement.baseline.pieces}


def _divided(
    judgement: Judgement,
    now: Slices,
    then: Mapping[Piece, Slices] | None,
    grouping: Grouping,
    known: frozenset[Segment],
) -> tuple[list[Segment], list[Segment]]:
    """The slices with a series of their own, and those beyond `top`.

    They are ranked by the baseline's rows; a slice with rows in the baseline and none now is judged too, and so is one
    that an earlier run knew. A baseline that moves with the window ranks anew every day, so what an earlier run judged
    keeps its place: an alert must not lose its series.
    """
    most = min(judgement.monitor.top[d.name][0] for d in grouping if d.by)
    ranked = _ranked(then or {}, now)
    ranked.sort(key=lambda one: one not in known)
    ranked += sorted(one for one in known - set(ranked) if _is_slice_of(one, grouping))
    return ranked[:most], ranked[most:]


def _has_rest(judgement: Judgement, grouping: Grouping) -> bool:
    return all(judgement.monitor.top[d.name][1] for d in grouping if d.by)


def cut(judgement: Judgement, sets: Mapping[Side, ProfileSet], known: frozenset[Segment]) -> Iterable[str]:
    """What of a judgement's slicings has no series of its own, in words; it must not go unseen."""
    monitor = judgement.monitor
    window, baseline = sets[monitor.side], sets.get(monitor.baseline_side or monitor.side)
    for grouping in monitor.groupings:
        if not any(dimension.by for dimension in grouping):
            continue
        now, then = window.profiles.get((grouping, judgement.current), {}), _then(judgement, baseline, grouping)
        kept, beyond = _divided(judgement, now, then, grouping, known)
        if beyond:
            what = " × ".join(dimension.name for dimension in grouping)
            where = "they are judged together as (rest)" if _has_rest(judgement, grouping) else "they are left out"
            every = len(kept) + len(beyond)
            yield f"{len(beyond)} of {every} values of {what} lie beyond the {len(kept)} of `top`: {where}"


def _parts(then: Mapping[Piece, Slices] | None, segments: Sequence[Segment]) -> Parts | None:
    """These segments as one, in each piece of the baseline."""
    return None if then is None else {piece: _together(slices, segments) for piece, slices in then.items()}


def _is_slice_of(segment: Segment, grouping: Grouping) -> bool:
    """Whether a segment is a value of a slicing, and not what was put together from many."""
    names = tuple(name for name, _ in segment)
    return names == tuple(d.name for d in grouping) and not any(value in (REST, EVERY) for _, value in segment)


def _ranked(then: Mapping[Piece, Slices], now: Slices) -> list[Segment]:
    """The slices of the baseline by rows, then those that only the window has."""
    before: dict[Segment, int] = {}
    for slices in then.values():
        for segment, profiles in slices.items():
            before[segment] = before.get(segment, 0) + _rows(profiles)

    def order(segment: Segment) -> tuple[bool, int, Segment]:
        rows = before[segment] if segment in before else _rows(now[segment])
        return segment not in before, -rows, segment

    return sorted({*before, *now}, key=order)


def _together(slices: Slices, segments: Sequence[Segment]) -> Slice:
    """Several slices as one."""
    if len(segments) == 1:
        return slices.get(segments[0], {})
    found: dict[ProfileSpec, list[Profile]] = {}
    for segment in segments:
        for spec, profile in slices.get(segment, {}).items():
            found.setdefault(spec, []).append(profile)
    return {spec: merged(those) for spec, those in found.items()}


def _rows(profiles: Slice) -> int:
    rows = profiles.get(ROWS)
    return rows.rows if rows is not None else 0


def _with_chance(
    judgement: Judgement,
    series: SeriesPlan,
    pair: _Pair,
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
            _named(series.needs, profiles)
            for snapshot in those
            if _rows(profiles := _together(side.profiles.get((pair.grouping, snapshot), {}), pair.segments))
        ]
        if side is not None
        else []
        for side, those in zip(sides, snapshots, strict=True)
    )
    check, by_itself = judgement.monitor.check, found.reading.p_value is not None
    beside = _beside(judgement, series, pair, found.key) if check.needs_baseline and not by_itself else None
    exchange = Exchange(check, series.subject, at, blocks.size, window, baseline, needed, beside)
    return replace(found, chance=exchange.chance(found.reading, judgement.monitor.at(found.key).threshold))


def _beside(judgement: Judgement, series: SeriesPlan, pair: _Pair, key: SeriesKey) -> Profiles | None:
    """The whole baseline of a rate that is read beside one, as a share of the window's rows."""
    if pair.baseline is None or judgement.baseline is None:
        return None
    pieces = judgement.baseline.of(judgement.monitor, key)
    parts = [_named(series.needs, pair.baseline.get(piece, {})) for piece in pieces]
    return {name: merged([part[name] for part in parts]) for name in series.needs} if parts else None


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
    failure = series.failure or monitor.broken.get(pair.grouping)
    failure = failure or _scan_failure(window, series.needs, pair.grouping)
    if failure is not None:
        return Measured(key, Failed(failure))
    current, rows = _named(series.needs, pair.window), _rows(pair.window)
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
    parts = [Part(piece, _named(before, profiles), _rows(profiles)) for piece, profiles in slices]
    return Comparison(judgement, judgement.baseline, key, series.subject, at, current, rows, parts).measured()


def _scan_failure(profiles: ProfileSet, needs: Mapping[str, ProfileSpec], grouping: Grouping) -> str | None:
    """Why a side could not be scanned for a series and slicing."""
    if profiles.failure is not None or not profiles.failed:
        return profiles.failure
    wanted = ((grouping, spec) for spec in (ROWS, *needs.values()))
    return next((profiles.failed[one] for one in wanted if one in profiles.failed), None)


def _named(needs: Mapping[str, ProfileSpec], profiles: Slice) -> Profiles:
    """The profiles under the check's own names; a slice without rows has empty ones."""
    return {name: profiles.get(spec) or spec.empty() for name, spec in needs.items()}
