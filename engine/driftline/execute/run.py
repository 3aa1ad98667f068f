"""Scan requests -> profiles, for one run: resolutions, one scan per source, then what only a look-up tells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from driftline.compile.request import OVERALL, ProfileSet, ScanRequest
from driftline.compile.scans import ScanKey
from driftline.errors import SourceError
from driftline.execute.failures import first_line
from driftline.execute.knowledge import Knowledge, arrived
from driftline.execute.local import LocalExecutor
from driftline.execute.opened import OpenedSource
from driftline.execute.packs import Pack
from driftline.execute.panes import Panes
from driftline.execute.resolution import LARGE, probe, resolution, score_resolution
from driftline.model import Interval
from driftline.profiles.base import ScanContext
from driftline.profiles.bits import FINEST
from driftline.profiles.class_scores import ClassScores
from driftline.profiles.columns import number
from driftline.profiles.extent import Extent, ExtentProfile
from driftline.profiles.histogram import FILLED, Histogram
from driftline.profiles.scores import SCORE_RESOLUTION, Scores

if TYPE_CHECKING:
    import polars as pl

Resolutions = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Executed:
    """What a run's scans yielded, and the resolutions that were chosen for the first time, by source and column.

    `packs` are the panes that are new, by source; `read` the spans of rows that were read (none: nothing was new).
    """

    sets: Mapping[ScanKey, ProfileSet]
    chosen: Resolutions
    packs: Mapping[str, tuple[Pack, ...]] = field(default_factory=dict)
    read: Mapping[str, tuple[Interval, ...]] = field(default_factory=dict)


def execute(
    requests: Mapping[ScanKey, ScanRequest],
    sources: Mapping[str, OpenedSource],
    as_of: Mapping[str, datetime],
    kept: Resolutions,
    panes: Mapping[str, Panes] | None = None,
    *,
    keeps: bool = True,
) -> Executed:
    """Run every request, each in one read; `kept` are the resolutions of earlier runs, by source and column.

    `panes` are what earlier runs kept of each source: only what is not among them is read. `keeps` says whether new
    ones are made.
    """
    chosen = choose_resolutions(requests.values(), sources, kept)
    known = {name: {**chosen.get(name, {}), **kept.get(name, {})} for name in {*chosen, *kept}}

    sets: dict[ScanKey, ProfileSet] = {}
    packs: dict[str, tuple[Pack, ...]] = {}
    read: dict[str, tuple[Interval, ...]] = {}
    for key, request in requests.items():  # one after the other: each keeps all cores busy, and memory is that of one
        source, instant = sources[key.source], as_of[key.source]
        scanned = LocalExecutor(sources, instant, known, panes or {}, keeps).scan(request)
        sets[key] = _with_last_events(scanned.profiles, request, source)
        packs[key.source] = (*packs.get(key.source, ()), *scanned.packs)
        read[key.source] = (*read.get(key.source, ()), *scanned.read)
    return Executed(sets, chosen, packs, read)


def choose_resolutions(
    requests: Iterable[ScanRequest],
    sources: Mapping[str, OpenedSource],
    kept: Resolutions,
) -> dict[str, dict[str, int]]:
    """k for every column whose histogram is wanted and whose k is not kept yet.

    A column has one k in all sources of a run, so that a window and its baseline line up.
    """
    # Whole sources first: a baseline tells more of a column than the window that may have moved.
    ordered = sorted(requests, key=lambda request: any(span.start for b in request.bundles for span in b.spans))
    finest: dict[str, int] = {}
    for by_column in kept.values():
        for column, k in by_column.items():
            finest[column] = max(k, finest.get(column, 0))
    chosen: dict[str, dict[str, int]] = {}
    for request in ordered:
        source, known = sources[request.source], kept.get(request.source, {})
        columns, scores = _histogram_columns(request)
        new = [name for name in columns if name in source.schema and name not in known]
        ranked = [SCORE_RESOLUTION + name for name in scores if SCORE_RESOLUTION + name not in known]
        probed = [name for name in new if name not in finest]
        rows = source.row_count() if probed or any(name not in finest for name in ranked) else None
        finest |= _probe(source, probed, rows)
        finest |= {name: score_resolution(rows) for name in ranked if name not in finest}
        filled = [FILLED + name for name in new if FILLED + name in finest]
        found = {name: finest[name] for name in (*new, *ranked, *filled) if name in finest}
        chosen[request.source] = chosen.get(request.source, {}) | found
    return chosen


def _histogram_columns(request: ScanRequest) -> tuple[list[str], list[str]]:
    specs = {spec for bundle in request.bundles for spec in bundle.specs}
    columns = sorted({spec.column for spec in specs if isinstance(spec, Histogram)})
    return columns, sorted({spec.score for spec in specs if isinstance(spec, Scores | ClassScores)})


def _probe(source: OpenedSource, columns: Sequence[str], rows: int | None) -> dict[str, int]:
    """k by a look at a few thousand rows; a source that cannot be read says so when it is scanned."""
    import polars as pl

    if not columns or source.failure is not None:
        return {}
    context = ScanContext(source.schema)
    numbers = [number(name, context).alias(name) for name in columns if _has_numbers(source.schema[name])]
    try:
        frame = probe(source.scan(tuple(columns), Interval(None, None)), numbers, rows)
    except (SourceError, pl.exceptions.PolarsError, OSError):
        return {}
    found = {name: resolution(frame[name].drop_nulls().to_numpy(), rows) for name in frame.columns}
    large = rows is not None and rows >= LARGE
    return found | {FILLED + name: 1 for name, k in found.items() if large and k < FINEST}


def _has_numbers(dtype: pl.DataType) -> bool:
    import polars as pl

    return dtype.is_numeric() or dtype.is_temporal() or dtype in (pl.Boolean, pl.Null)


def _with_last_events(profiles: ProfileSet, request: ScanRequest, source: OpenedSource) -> ProfileSet:
    """Freshness looks back a day; where nothing came in it, the last event before its end is looked up."""
    if profiles.failure is not None:
        return profiles
    found = dict(profiles.profiles)
    for bundle in request.bundles:
        wanted = [s for s in bundle.specs if isinstance(s, Extent) and (bundle.grouping, s) not in profiles.failed]
        for key in ((bundle.grouping, one) for one in bundle.snapshots if wanted and not bundle.grouping):
            own = dict(found.get(key, {}).get(OVERALL, {}))
            for spec in wanted:
                if spec not in own or own[spec].rows == 0:
                    try:
                        own[spec] = last_event(source, spec, key[1].span.end, key[1].known)
                    except SourceError as error:
                        return replace(profiles, failure=str(error))
            found[key] = {**found.get(key, {}), OVERALL: own}
    return replace(profiles, profiles=found)


def last_event(
    source: OpenedSource, spec: Extent, until: datetime | None, known: datetime | None = None
) -> ExtentProfile:
    """First and last event before an instant, of the rows that had arrived by `known` (None: of all); no other columns
    are read.
    """
    import polars as pl

    arrival = source.context.arrival
    if known is None or arrival is None:
        frame = source.scan((spec.column,), Interval(None, until))
    else:
        rows = source.scan((spec.column, arrival), Interval(None, until))
        frame = arrived(rows, arrival, source.context.timezone, Knowledge((known,)))
    try:
        table = frame.select(spec.aggregates(ScanContext(source.schema))).collect()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise SourceError(source.explain(error) or f"{source.name}: {first_line(error)}") from error
    return spec.load(table)
