"""A configuration held against what its sources hold: every misfit at its place. Pure; no rows are looked at."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from driftline.compile.catalog import Catalog
from driftline.compile.expand import NO_COLUMN, compile_graph
from driftline.compile.graph import Graph, LeftOut, MonitorPlan, SeriesPlan
from driftline.compile.resolve import reads_labels
from driftline.compile.series import TOO_FEW
from driftline.compile.spots import Spot, said, secrets, unknown_sources
from driftline.compile.survey import Scope, Survey
from driftline.compile.survey_definitions import survey_definitions
from driftline.compile.unmatched import unmatched
from driftline.config import codes
from driftline.config.document import Document
from driftline.config.findings import Findings, TooManyErrors
from driftline.errors import Diagnostic
from driftline.registry import Registry
from driftline.schema.spelling import nearest
from driftline.schema.tree import Path


def data_findings(document: Document, registry: Registry, catalog: Catalog) -> tuple[Diagnostic, ...]:
    """Sources that cannot be opened, columns that are not there or of the wrong type, monitors that measure nothing.

    `catalog` holds every source of the document. What `plan` shows as FAILS is found here too, where it is written.
    """
    survey = Survey(document, catalog, Findings(), unknown_sources(document))
    with suppress(TooManyErrors):
        survey_definitions(survey)
        graph = compile_graph(document, registry, catalog)
        for plan in graph.monitors:
            for series in plan.series:
                _series(survey, plan, series)
        _baselines(survey, graph)
        _without_labels(survey, graph)
        _idle(survey, graph)
        _unmatched(survey, graph)
    root = document.place()
    ordered = survey.findings.ordered([root.file] if root is not None else [])
    told = {(one.code, one.place) for one in document.warnings}
    found = (one for one in ordered if one.place is None or (one.code, one.place) not in told)
    hidden = secrets(document)
    return tuple(_without_secrets(one, hidden) for one in found)


def _without_secrets(found: Diagnostic, hidden: Iterable[str]) -> Diagnostic:
    """The names that the environment gives stand in no message, not even that of a check."""
    for text in hidden:
        pattern = rf"(?<!\w){re.escape(text)}(?!\w)"
        message = re.sub(pattern, "***", found.message)
        hint = re.sub(pattern, "***", found.hint) if found.hint is not None else None
        found = replace(found, message=message, hint=hint)
    return found


def monitor_path(document: Document, name: str) -> Path:
    """Where a monitor is written; the members of a preset are called `preset.check`."""
    return ("monitors", name if name in document.monitors else name.rpartition(".")[0])


def _series(survey: Survey, plan: MonitorPlan, series: SeriesPlan) -> None:
    """Why a series cannot be measured, unless it was told where its column or source is defined."""
    misfit = series.subject.column is not None and series.subject.column.type not in plan.check.column_types
    if series.failure is None or (not misfit and _was_told(survey, series)):
        return
    path = monitor_path(survey.document, plan.name)
    at = _at_column(survey, series.column, path)
    monitor = survey.document.monitors.get(str(path[1]))
    for source, name in series.lacking:
        written_here = monitor is not None and name in (monitor.columns or ())
        if written_here or (source, name) not in survey.reported:
            survey.lacks(Scope(source, survey.catalog[source].columns), name, at)
    if not series.lacking and not _is_of_labels(survey, series.failure):
        cause, _, remedy = series.failure.partition("; ")
        survey.findings.error(codes.WRONG_COLUMN_TYPE, cause, at, remedy or None)


def _is_of_labels(survey: Survey, failure: str) -> bool:
    """Whether it is the failure of a source, which was told there."""
    return any(failure == facts.failure for facts in survey.catalog.values())


def _was_told(survey: Survey, series: SeriesPlan) -> bool:
    """Whether one of the columns that a series reads was reported as of a wrong type."""
    read = {column.name for column in (series.subject.column, *series.subject.roles.values()) if column is not None}
    told = {name for _, name in survey.reported}
    return not series.lacking and bool(read & told)


def _at_column(survey: Survey, column: str | None, path: Path) -> Spot:
    """The column in the list of a monitor, else the list, else what it measures."""
    monitor = survey.document.monitors.get(str(path[1]))
    listed = monitor.columns if monitor is not None and monitor.columns is not None else ()
    paths: list[Path] = [(*path, "columns", index) for index, name in enumerate(listed) if name == column]
    paths += [(*path, key) for key in ("columns", "metric", "check", "preset")]
    return survey.spot(*paths)


def _baselines(survey: Survey, graph: Graph) -> None:
    """Sources that serve as a baseline and lack what is compared: once for each, with all that they lack."""
    lacking: dict[tuple[Path, str], dict[str, None]] = {}
    failing: dict[tuple[Path, str], None] = {}
    for plan in graph.monitors:
        path = _baseline_path(survey, plan)
        for series in plan.series:
            if series.baseline_failure is None or _is_of_labels(survey, series.baseline_failure):
                continue
            for source, name in series.lacking:
                lacking.setdefault((path, source), {})[name] = None
            if not series.lacking:
                failing[path, series.baseline_failure] = None
    for (path, source), names in lacking.items():
        listed = ", ".join(f"`{name}`" for name in list(names)[:8]) + (", …" if len(names) > 8 else "")
        what = "a column that is" if len(names) == 1 else f"{len(names)} columns that are"
        message = f"the baseline `{source}` lacks {what} compared: {listed}"
        meant = [nearest(name, survey.catalog[source].columns) for name in names]
        hint = f"did you mean `{meant[0]}`?" if len(meant) == 1 and meant[0] is not None else None
        survey.findings.error(codes.BASELINE_LACKS, message, survey.spot(path), hint)
    for path, failure in failing:
        cause, _, remedy = failure.partition("; ")
        survey.findings.error(codes.WRONG_COLUMN_TYPE, f"the baseline does not fit: {cause}", survey.spot(path), remedy)


def _baseline_path(survey: Survey, plan: MonitorPlan) -> Path:
    """Where the baseline of a monitor is named: on itself, its model, or in the defaults."""
    path = monitor_path(survey.document, plan.name)
    model: Path = ("models", plan.model.name if plan.model is not None else "", "baseline")
    for candidate in ((*path, "baseline"), model, ("defaults", "baseline")):
        if candidate in survey.document.places:
            return candidate
    return path


def _without_labels(survey: Survey, graph: Graph) -> None:
    """Monitors that ask for labels, of which no series reads any."""
    asking = {monitor_path(survey.document, plan.name) for plan in graph.monitors}
    reading = {
        monitor_path(survey.document, plan.name)
        for plan in graph.monitors
        if reads_labels(plan.check, labelled=plan.labelled) or any(series.failure for series in plan.series)
    }
    for path in sorted(asking - reading):
        if (*path, "min_labelled") in survey.document.places:
            at = survey.spot((*path, "min_labelled"))
            message = f"the monitor `{path[1]}` reads no column of the labels, so `min_labelled` says nothing to it"
            survey.findings.warning(codes.IDLE_MIN_LABELLED, message, at, "remove it")


def _idle(survey: Survey, graph: Graph) -> None:
    """Monitors of which no column is measured, though their sources can be read."""
    live = {monitor_path(survey.document, plan.name) for plan in graph.monitors}
    idle: dict[Path, LeftOut] = {}
    for one in graph.left_out:
        path = monitor_path(survey.document, one.monitor)
        if one.column is None and one.subject and path not in live:
            idle.setdefault(path, one)
    for path, one in idle.items():
        if one.reason == NO_COLUMN or TOO_FEW in one.reason:
            at = survey.spot((*path, "columns"), (*path, "check"), (*path, "preset"))
            why = f"it has {one.reason}" if one.reason == NO_COLUMN else one.reason
            message = f"the monitor `{path[1]}` measures nothing of `{one.subject}`: {why}"
            unsaid = (*path, "check") in survey.document.places and (*path, "columns") not in survey.document.places
            hint = "say which columns: `columns: …`" if unsaid else None
            survey.findings.warning(codes.MEASURES_NOTHING, message, at, hint)


def _unmatched(survey: Survey, graph: Graph) -> None:
    """Matchers for columns that no series has."""
    for one in unmatched(survey.document, graph):
        if one.paths[0][0] == "overrides" and one.of_no_columns:
            continue  # told without a look at the data: the override matches no monitor
        at = survey.spot(*one.paths)
        survey.findings.warning(codes.NO_SERIES, f"{said(one.text, at)} matches no series: {one.reason}", at, one.hint)
