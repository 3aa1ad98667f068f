"""From a monitor to the parts of the rows in which it moved: two looks at the baseline and the window, one search."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from driftline.checks.base import Moment
from driftline.compile.request import OVERALL, Bundle, Grouping, ProfileSet, ScanRequest, Snapshot
from driftline.compile.scans import ScanKey, scans
from driftline.discovery.change import Change, Reader, Slice, together
from driftline.discovery.columns import Candidate, candidates
from driftline.discovery.parts import Parts, parts_of
from driftline.discovery.search import Hit, Search, Searched
from driftline.discovery.subject import Chosen, chosen, comparing, judgement_of
from driftline.discovery.tables import Key, Side, Tables, groupings
from driftline.errors import SourceError, UsageError
from driftline.model import InsufficientData, NoData
from driftline.preparing import LATEST, Progress, RunOptions, load, prepare_document
from driftline.profiles.class_scores import ClassScores
from driftline.profiles.scores import SCORE_RESOLUTION, Scores
from driftline.report.discovery.values import Condition, Discovery, Explained, FoundSegment, Whole
from driftline.report.naming import window_of

COARSE = 7  # k of scores: bins of a relative width of 1 %

if TYPE_CHECKING:
    from datetime import datetime

    from driftline.compile.schedule import Judgement
    from driftline.preparing import Prepared


@dataclass(frozen=True)
class DiscoverOptions:
    """What a search is asked for: `monitor` is a monitor or a series of one, `columns` name, glob, group or word.

    `depth` is how many columns a segment may be of; `alpha` the chance that something is named where nothing changed;
    `min_rows` the least number of rows of a segment on either side.
    """

    monitor: str
    columns: tuple[str, ...] = ()
    depth: int = 2
    alpha: float = 0.01
    min_rows: int = 100
    at: datetime | str = LATEST
    plugins: str | None = None
    environment: str | None = None


def discover(path: Path, options: DiscoverOptions, progress: Progress = lambda _: None) -> Discovery:
    """Search the latest window of a monitor for the parts of its rows in which it changed otherwise than elsewhere.

    Nothing is written, and nothing read of the store. Raises ConfigurationError for the configuration, UsageError for
    what is asked for, SourceError for a source that cannot be read.
    """
    document = comparing(load(path, options.plugins, options.environment), options.monitor)
    asked = RunOptions(options.at, plugins=options.plugins, environment=options.environment)
    prepared = prepare_document(document, asked, progress)
    one = chosen(prepared, options.monitor)
    judgement = judgement_of(prepared, one, str(options.at))
    wanted, unsearched = candidates(prepared, one.plan, options.columns)
    progress("looking for values and ranges")
    parts, alike = _parts(prepared, judgement, wanted, options.min_rows)
    unsearched = (*unsearched, *alike)
    if not parts:
        raise UsageError(
            f"{one.name}: no column can be searched: {_said(unsearched) or 'there is none; use --columns'}"
        )
    progress(f"scanning {len(parts)} columns to depth {options.depth}")
    tables = _tables(prepared, judgement, parts, options)
    whole = _whole(prepared, one, judgement, tables)
    progress("searching")
    searched = Search(tables, one.plan.check.bad, options.alpha).run()
    return Discovery(
        document=prepared.document,
        series=one.key,
        model=one.plan.model.name if one.plan.model else None,
        check=one.plan.check.kind,
        unit=one.plan.unit,
        window=judgement.window,
        baseline=one.plan.baseline.text if one.plan.baseline else None,
        whole=Whole(whole.value, whole.before, whole.rows, whole.baseline_rows),
        columns=tuple(tables.parts),
        unsearched=unsearched,
        looked_at=searched.looked_at,
        alpha=options.alpha,
        min_rows=options.min_rows,
        found=_found(tables, searched, whole),
        explained=tuple(
            Explained(_text(tables, key), _text(tables, by)) for key, by in searched.explained.items()
        ),
    )  # fmt: skip


def _said(unsearched: Iterable[tuple[str, str]]) -> str:
    return "; ".join(f"{column}: {reason}" for column, reason in unsearched)


# Scans -----------------------------------------------------------------------------------------------------------


def _executed(
    prepared: Prepared, judgement: Judgement, requests: Mapping[ScanKey, ScanRequest]
) -> Mapping[ScanKey, ProfileSet]:
    """Each source in one read; nothing is kept. Raises SourceError where one cannot be read."""
    from driftline.execute.run import execute

    as_of, kept = {**prepared.as_of, **_instants(judgement)}, _resolutions(prepared, judgement)
    sets = execute(requests, prepared.sources, as_of, kept, keeps=False).sets
    for found in sets.values():
        failure = found.failure or next(iter(found.failed.values()), None)
        if failure is not None:
            raise SourceError(failure)
    return sets


def _instants(judgement: Judgement) -> dict[str, datetime]:
    return {judgement.compared.source: judgement.as_of, judgement.monitor.side.source: judgement.as_of}


def _resolutions(prepared: Prepared, judgement: Judgement) -> dict[str, dict[str, int]]:
    """The resolution of scores in large sources, by source: a thousand parts of a million rows need no finer one.

    Small ones are read as `run` reads them.
    """
    from driftline.execute.resolution import LARGE

    names = {judgement.monitor.side.source, judgement.compared.source}
    if all((prepared.sources[name].row_count() or 0) < LARGE for name in names):
        return {}
    specs = {spec for series in judgement.monitor.series for spec in series.needs.values()}
    scores = (SCORE_RESOLUTION + spec.score for spec in specs if isinstance(spec, Scores | ClassScores))
    coarse = dict.fromkeys(scores, COARSE)
    return dict.fromkeys(names, coarse)


def _parts(
    prepared: Prepared, judgement: Judgement, wanted: Iterable[Candidate], min_rows: int
) -> tuple[tuple[Parts, ...], tuple[tuple[str, str], ...]]:
    """The columns in parts as the baseline has them (the window, where nothing is compared); and why some have none."""
    wanted = list(wanted)
    pieces = judgement.baseline.pieces if judgement.baseline is not None else ()
    source = judgement.compared.source if pieces else judgement.monitor.side.source
    spans = [piece.span for piece in pieces] or [judgement.read]
    snapshots = tuple(Snapshot(span) for span in dict.fromkeys(spans))
    request = ScanRequest(source, (), (Bundle((), snapshots, tuple(each.spec for each in wanted)),))
    (found,) = _executed(prepared, judgement, {ScanKey(source): request}).values()
    every = together(found.profiles.get(((), one), {}).get(OVERALL, {}) for one in snapshots)
    parts: list[Parts] = []
    alike: list[tuple[str, str]] = []
    for each in wanted:
        made = parts_of(each.column, every.get(each.spec) or each.spec.empty(), min_rows, is_text=each.is_text)
        if isinstance(made, Parts):
            parts.append(made)
        else:
            alike.append((each.column, made))
    return tuple(parts), tuple(alike)


def _tables(prepared: Prepared, judgement: Judgement, parts: tuple[Parts, ...], options: DiscoverOptions) -> Tables:
    """All rows, every column and every two of them, from one scan of each source."""
    plan = replace(judgement.monitor, groupings=groupings(parts, options.depth), broken={}, top={})
    asked = replace(judgement, monitor=plan)
    planned = scans([asked])
    sets = _executed(prepared, asked, planned.requests)
    window = _side(sets[planned.keys[plan.side]], plan.groupings, [asked.current])
    baseline = None
    if asked.baseline is not None:
        (series,) = plan.series
        snapshots = [asked.past(piece) for piece in asked.baseline.of(plan, plan.series_key(series))]
        baseline = _side(sets[planned.keys[asked.compared]], plan.groupings, snapshots)
    (series,) = plan.series
    moments = (Moment(asked.window, asked.as_of, 0), Moment(asked.window, asked.as_of, 0))
    reader = Reader(plan.check, series.subject, series.needs, *moments, options.min_rows)
    return Tables({each.column: each for each in parts}, options.depth, window, baseline, reader)


def _side(found: ProfileSet, wanted: Iterable[Grouping], snapshots: Iterable[Snapshot]) -> Side:
    """The slices of one side; the pieces of a baseline are one."""
    snapshots = list(snapshots)
    slices: dict[tuple[str, ...], Mapping[Key, Slice]] = {}
    for grouping in wanted:
        pieces = [found.profiles.get((grouping, one), {}) for one in snapshots]
        keys = dict.fromkeys(key for piece in pieces for key in piece)
        names = tuple(dimension.name for dimension in grouping)
        slices[names] = {key: together(piece.get(key, {}) for piece in pieces) for key in keys}
    return Side(slices)


def _whole(prepared: Prepared, one: Chosen, judgement: Judgement, tables: Tables) -> Change:
    """The change of all rows. Raises UsageError where there is nothing to search."""
    whole = tables.whole
    if whole is not None:
        return whole
    from zoneinfo import ZoneInfo

    window = window_of(judgement.window, ZoneInfo(prepared.document.defaults.timezone))
    reading = tables.reader.reading(tables.cells(())[()].window if tables.cells(()) else {})
    reason = reading.reason if isinstance(reading, NoData | InsufficientData) else None
    remedy = "name another instant with --at"
    if reason is None:
        reason = f"there are fewer than {tables.reader.min_rows} rows on a side, or none that can be read"
        remedy = f"{remedy}, or fewer rows with --min-rows"
    raise UsageError(f"{one.name}, {window}: nothing to search, {reason}; {remedy}")


# What is reported ------------------------------------------------------------------------------------------------


def _found(tables: Tables, searched: Searched, whole: Change) -> tuple[FoundSegment, ...]:
    """The segments, what takes most from the metric first."""
    found = [_segment(tables, hit, whole) for hit in searched.hits]
    return tuple(sorted(found, key=lambda one: (-abs(one.contribution), one.text)))


def _segment(tables: Tables, hit: Hit, whole: Change) -> FoundSegment:
    change, elsewhere = hit.change, tables.elsewhere(hit.key)
    share = change.rows / whole.rows
    moved = change.size if change.before is not None else change.size - whole.size
    return FoundSegment(
        conditions=_conditions(tables, hit.key),
        rows=change.rows,
        baseline_rows=change.baseline_rows,
        share=share,
        value=change.value,
        before=change.before,
        elsewhere=elsewhere.size if elsewhere is not None else whole.size,
        contribution=share * moved,
        p_value=hit.p_value,
        p_adjusted=hit.p_adjusted,
    )


def _conditions(tables: Tables, key: Key) -> tuple[Condition, ...]:
    return tuple(tables.parts[column].named[number] for column, number in key)


def _text(tables: Tables, key: Key) -> str:
    return " and ".join(condition.text for condition in _conditions(tables, key))
