"""Judgements -> scans: one request per source, with every profile that any of them needs, each once. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from driftline.compile.calendar import EPOCH
from driftline.compile.graph import MonitorPlan, Side
from driftline.compile.request import Bundle, Grouping, LabelRelation, ScanRequest, Snapshot
from driftline.compile.schedule import ROWS, Judgement, snapshot
from driftline.profiles.base import ProfileSpec


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
    # Of a monitor all judgements want the same profiles: thousands of its windows are one need.
    read: dict[tuple[int, bool], tuple[MonitorPlan, Side, dict[Snapshot, None]]] = {}
    for judgement in judgements:
        for side, snapshots, is_baseline in sides_of(judgement):
            need = read.setdefault((id(judgement.monitor), is_baseline), (judgement.monitor, side, {}))
            need[2].update(dict.fromkeys(snapshots))
    keys = scan_keys({side for _, side, _ in read.values()})
    wanted: dict[ScanKey, dict[tuple[Grouping, ProfileSpec], dict[Snapshot, None]]] = {}
    joined: dict[ScanKey, set[str]] = {}
    arrivals: dict[ScanKey, str] = {}
    for (_, is_baseline), (monitor, side, spans) in read.items():
        specs = _specs(monitor, baseline=is_baseline)
        needs = wanted.setdefault(keys[side], {})
        for grouping in monitor.groupings:
            if grouping in monitor.broken:
                continue
            for spec in (ROWS, *specs):
                needs.setdefault((grouping, spec), {}).update(spans)
        if side.relation is not None:
            joined.setdefault(keys[side], set()).update(side.relation.columns)
        if side.arrival is not None:
            arrivals[keys[side]] = side.arrival
    requests = {
        key: ScanRequest(key.source, _relations(key, joined), _bundles(needs), arrivals.get(key))
        for key, needs in wanted.items()
    }
    return Scans(requests, keys)


def sides_of(judgement: Judgement) -> list[tuple[Side, tuple[Snapshot, ...], bool]]:
    """What is read for a judgement, in which snapshots, and whether it is the baseline."""
    instants = dict.fromkeys((judgement.known, *([judgement.before] if judgement.before is not None else [])))
    own = dict.fromkeys(snapshot(judgement.monitor.side, judgement.read, known) for known in instants)
    blocks = judgement.blocks
    own |= dict.fromkeys(judgement.now(span) for span in blocks.window) if blocks is not None else {}
    sides: list[tuple[Side, tuple[Snapshot, ...], bool]] = [(judgement.monitor.side, tuple(own), False)]
    reference, side = judgement.baseline, judgement.compared
    if reference is not None and reference.pieces:
        spans = [piece.span for piece in reference.pieces]
        past = dict.fromkeys(snapshot(side, span, known) for known in instants for span in spans)
        past |= dict.fromkeys(judgement.past(piece) for piece in blocks.baseline) if blocks is not None else {}
        sides.append((side, tuple(past), True))
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
    return tuple(dict.fromkeys(spec for series in readable for spec in series.reads(baseline=baseline).values()))


def _bundles(needs: Mapping[tuple[Grouping, ProfileSpec], Mapping[Snapshot, None]]) -> tuple[Bundle, ...]:
    """Specs wanted for the same slices and snapshots, together."""
    groups: dict[tuple[Grouping, tuple[Snapshot, ...]], list[ProfileSpec]] = {}
    for (grouping, spec), snapshots in needs.items():
        ordered = tuple(sorted(snapshots, key=_order))
        groups.setdefault((grouping, ordered), []).append(spec)
    return tuple(Bundle(grouping, snapshots, tuple(specs)) for (grouping, snapshots), specs in groups.items())


def _order(one: Snapshot) -> tuple[bool, datetime, datetime, datetime]:
    start, end, known = one.span.start, one.span.end, one.known
    return start is not None, start or EPOCH, end or EPOCH, known or EPOCH
