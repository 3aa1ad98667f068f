"""The slices of a judgement's rows: which segments are judged, and their profiles on both sides. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from driftline.checks.base import Profiles
from driftline.compile.graph import Side
from driftline.compile.reference import Piece
from driftline.compile.request import OVERALL, Grouping, ProfileSet, Segment
from driftline.compile.schedule import ROWS, Judgement
from driftline.profiles.base import Profile, ProfileSpec, merged

REST = "(rest)"
EVERY = "*"  # the value of a slice that could not be made: which there would be is in the data
Slice = Mapping[ProfileSpec, Profile]
Slices = Mapping[Segment, Slice]
Parts = Mapping[Piece, Slice]


@dataclass(frozen=True)
class Pair:
    """One slice of both sides: of the baseline, one for each of its pieces; None when nothing is compared.

    `segments` are those that it is put together from.
    """

    grouping: Grouping
    segment: Segment
    window: Slice
    baseline: Parts | None
    segments: tuple[Segment, ...] = ()


def pairs_of(
    judgement: Judgement,
    window: ProfileSet,
    baseline: ProfileSet | None,
    grouping: Grouping,
    known: frozenset[Segment],
) -> Iterable[Pair]:
    """The slices that are judged; beyond `top` the rest is one slice, or is cut."""
    now = window.profiles.get((grouping, judgement.current), {})
    then = _then(judgement, baseline, grouping)
    if not any(dimension.by for dimension in grouping):
        segment = tuple((d.name, "true") for d in grouping) or OVERALL
        yield Pair(grouping, segment, now.get(segment, {}), _parts(then, [segment]), (segment,))
        return
    kept, beyond = _divided(judgement, now, then, grouping, known)
    for segment in kept:
        yield Pair(grouping, segment, now.get(segment, {}), _parts(then, [segment]), (segment,))
    if beyond and _has_rest(judgement, grouping):
        rest = tuple((d.name, REST if d.by else "true") for d in grouping)
        yield Pair(grouping, rest, together(now, beyond), _parts(then, beyond), tuple(beyond))


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
    return None if then is None else {piece: together(slices, segments) for piece, slices in then.items()}


def _is_slice_of(segment: Segment, grouping: Grouping) -> bool:
    """Whether a segment is a value of a slicing, and not what was put together from many."""
    names = tuple(name for name, _ in segment)
    return names == tuple(d.name for d in grouping) and not any(value in (REST, EVERY) for _, value in segment)


def _ranked(then: Mapping[Piece, Slices], now: Slices) -> list[Segment]:
    """The slices of the baseline by rows, then those that only the window has."""
    before: dict[Segment, int] = {}
    for slices in then.values():
        for segment, profiles in slices.items():
            before[segment] = before.get(segment, 0) + rows_of(profiles)

    def order(segment: Segment) -> tuple[bool, int, Segment]:
        rows = before[segment] if segment in before else rows_of(now[segment])
        return segment not in before, -rows, segment

    return sorted({*before, *now}, key=order)


def together(slices: Slices, segments: Sequence[Segment]) -> Slice:
    """Several slices as one."""
    return joined([slices.get(segment, {}) for segment in segments])


def joined(slices: Sequence[Slice]) -> Slice:
    """Profiles of several sets of rows as those of their union."""
    if len(slices) == 1:
        return slices[0]
    found: dict[ProfileSpec, list[Profile]] = {}
    for each in slices:
        for spec, profile in each.items():
            found.setdefault(spec, []).append(profile)
    return {spec: merged(those) for spec, those in found.items()}


def rows_of(profiles: Slice) -> int:
    rows = profiles.get(ROWS)
    return rows.rows if rows is not None else 0


def named(needs: Mapping[str, ProfileSpec], profiles: Slice) -> Profiles:
    """The profiles under the check's own names; a slice without rows has empty ones."""
    return {name: profiles.get(spec) or spec.empty() for name, spec in needs.items()}
