"""What is known of a plan's monitors and scans before it is rendered: the same for every format."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from driftline.compile.graph import MonitorPlan, SeriesPlan
from driftline.compile.match import speaks_of_series
from driftline.compile.request import Grouping, ScanRequest
from driftline.compile.schedule import ROWS, Judgement
from driftline.config.document import Document
from driftline.execute.grid import grid_of
from driftline.execute.outlook import Outlook
from driftline.model import Interval, SeriesKey
from driftline.report.plan.words import grouping_text, told_text
from driftline.report.values import PlanReport
from driftline.route.destinations import destinations


def judged(report: PlanReport) -> Mapping[int, list[Judgement]]:
    """The judgements of each monitor, by its identity: monitors are too large to be hashed by value."""
    found: dict[int, list[Judgement]] = {id(plan): [] for plan in plans_of(report)}
    for judgement in report.judgements:
        found[id(judgement.monitor)].append(judgement)
    return found


def split_key(plan: MonitorPlan, series: SeriesPlan, grouping: Grouping) -> SeriesKey:
    """A series as far as it is known without data: `*` stands for the values that it is split by."""
    segment = tuple((dimension.name, "*" if dimension.by else "true") for dimension in grouping)
    return plan.series_key(series, segment)


def plans_of(report: PlanReport) -> tuple[MonitorPlan, ...]:
    """Every monitor, those that look at the verdicts of others last."""
    return (*report.graph.monitors, *report.graph.composites)


def is_composite(plan: MonitorPlan) -> bool:
    """Whether it is judged over verdicts instead of rows."""
    return not plan.series


def series_keys(plan: MonitorPlan) -> list[SeriesKey]:
    """The series of a monitor as far as they are known without data."""
    if is_composite(plan):
        return [SeriesKey(plan.environment, plan.name, plan.subject)]
    return [split_key(plan, series, grouping) for series in plan.series for grouping in plan.groupings]


def all_told(plan: MonitorPlan, document: Document) -> Mapping[SeriesKey, str]:
    """Who is told of each series of a monitor; all are alike where no route looks closer than the monitor."""
    keys = series_keys(plan)
    if any(speaks_of_series(route.match) for route in document.routes):
        return {key: told_text(destinations(plan, key, document), document) for key in keys}
    alike = told_text(destinations(plan, keys[0], document), document) if keys else ""
    return dict.fromkeys(keys, alike)


@dataclass(frozen=True)
class ScannedProfile:
    """One profile of a scan, with the slicings and the number of windows that it is made for, and who reads it."""

    name: str
    segments: tuple[str, ...]
    windows: int
    used_by: tuple[str, ...]


@dataclass(frozen=True)
class Scan:
    """One read of a source: `columns` are its own that are read, `there` how many it has."""

    request: ScanRequest
    kind: str
    columns: tuple[str, ...]
    there: int
    windows: tuple[Interval, ...]
    pane: str | None
    profiles: tuple[ScannedProfile, ...]
    files: int | None
    bytes: int | None
    rows: int | None
    failure: str | None
    outlook: Outlook | None

    @property
    def reads(self) -> bool:
        """Whether any of its rows has to be read: all that is asked may be kept."""
        return self.outlook is None or self.outlook.reads

    @property
    def source(self) -> str:
        return self.request.source


def scans(report: PlanReport) -> list[Scan]:
    """The scans of a plan; who uses which profile is looked up once for all."""
    users = _users(report.graph.monitors)
    outlooks = report.outlooks or [None] * len(report.requests)
    pairs = zip(report.requests, outlooks, strict=True)
    return [_scan(request, outlook, report, users) for request, outlook in pairs]


def _scan(
    request: ScanRequest, outlook: Outlook | None, report: PlanReport, users: Mapping[tuple[str, str], set[str]]
) -> Scan:
    source = report.sources[request.source]
    slices = {d.by for bundle in request.bundles for d in bundle.grouping if d.by}
    windows = {span for bundle in request.bundles for span in bundle.spans}
    footprint = report.footprints.get(request.source)
    return Scan(
        request=request,
        kind=type(source.source).kind,
        columns=tuple(sorted(name for name in set(request.columns) | slices if name in source.schema)),
        there=len(source.schema),
        windows=tuple(sorted(windows, key=lambda w: (w.start is not None, w.start, w.end))),
        pane=_pane(request.source, report),
        profiles=tuple(_profiles(request, users)),
        files=footprint.files if footprint else None,
        bytes=footprint.bytes if footprint else None,
        rows=footprint.rows if footprint else None,
        failure=source.failure,
        outlook=outlook,
    )


def _users(monitors: Iterable[MonitorPlan]) -> Mapping[tuple[str, str], set[str]]:
    """By source and profile: the names of the monitors that read it."""
    users: dict[tuple[str, str], set[str]] = {}
    for plan in monitors:
        for is_baseline, side in ((False, plan.side), (True, plan.baseline_side or plan.side)):
            for spec in {spec for series in plan.series for spec in series.reads(baseline=is_baseline).values()}:
                users.setdefault((side.source, spec.describe()), set()).add(plan.name)
    return users


def _profiles(request: ScanRequest, users: Mapping[tuple[str, str], set[str]]) -> Sequence[ScannedProfile]:
    """Every profile of a scan once, with the monitors that share it."""
    segments: dict[str, set[str]] = {}
    windows: dict[str, int] = {}
    for bundle in request.bundles:
        for spec in bundle.specs:
            name = spec.describe()
            segments.setdefault(name, set()).add(grouping_text(bundle.grouping))
            windows[name] = max(windows.get(name, 0), len(bundle.spans))
    counted = ROWS.describe()
    return [
        ScannedProfile(
            name,
            tuple(sorted(segments[name])),
            windows[name],
            tuple(sorted(users.get((request.source, name), ["every slice" if name == counted else "none"]))),
        )
        for name in sorted(segments)
    ]


def _pane(source: str, report: PlanReport) -> str | None:
    """The time bucket that every window on a source is a union of."""
    grid = grid_of(plan for plan in report.graph.monitors if plan.side.source == source)
    return None if grid is None else str(grid.length)


def notes(report: PlanReport) -> list[str]:
    """What a reader should know: sources that cannot be opened, naive timestamps, matchers that match no series."""
    said = []
    for name, source in report.sources.items():
        if source.failure is not None:
            said.append(f"source {name} cannot be opened: {source.failure}")
        zone = source.context.timezone
        said += [f"source {name}: the times in {column} have no zone and are read as {zone}" for column in source.naive]
        said += [f"source {name}: texts in {column} without a zone are read as {zone}" for column in source.written]
    for one in report.unmatched:
        place = report.document.place(*one.paths[0])
        at = f"{place.file}:{place.line}: " if place is not None else ""
        hint = f"; {one.hint}" if one.hint is not None else ""
        said.append(f"{at}{one.text} matches no series: {one.reason}{hint}")
    return said
