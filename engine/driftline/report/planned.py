"""A plan as a document: monitors into series, sources into scans, profiles shared, and what was left out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from driftline.compile.calendar import pane
from driftline.compile.graph import MonitorPlan, SeriesPlan
from driftline.compile.request import Grouping, ScanRequest
from driftline.compile.schedule import ROWS, Judgement
from driftline.config.document import Bounds, Threshold
from driftline.evaluate.wording import compared_unit, counted, say
from driftline.model import Interval
from driftline.printable import printable
from driftline.report.document import instant
from driftline.report.planned_incidents import incident_lines, incidents
from driftline.report.values import PlanReport


def document(report: PlanReport) -> dict[str, Any]:
    """The plan as JSON-able values."""
    judged = _judged(report)
    return {
        "version": 1,
        "monitors": [_monitor(plan, judged[id(plan)]) for plan in report.graph.monitors],
        "scans": [_scan(request, report) for request in report.requests],
        "left_out": [
            {"monitor": one.monitor, "subject": one.subject, "column": one.column, "reason": one.reason}
            for one in report.graph.left_out
        ],
        "not_judged": [
            {"monitor": one.monitor, "subject": one.subject, "reason": one.reason} for one in report.skipped
        ],
        "incidents": incidents(report),
        "notes": notes(report),
    }


def as_json(report: PlanReport) -> str:
    return json.dumps(document(report), indent=2, ensure_ascii=False)


def _judged(report: PlanReport) -> Mapping[int, list[Judgement]]:
    """The judgements of each monitor, by its identity: monitors are too large to be hashed by value."""
    found: dict[int, list[Judgement]] = {id(plan): [] for plan in report.graph.monitors}
    for judgement in report.judgements:
        found[id(judgement.monitor)].append(judgement)
    return found


def _monitor(plan: MonitorPlan, judged: Iterable[Judgement]) -> dict[str, Any]:
    return {
        "monitor": plan.name,
        "subject": plan.subject,
        "check": plan.check.kind,
        "metric": plan.metric,
        "source": plan.side.source,
        "window": window_text(plan),
        "baseline": plan.baseline.label if plan.baseline else None,
        "threshold": threshold_text(plan.threshold, plan.unit),
        "labelled": plan.labelled,
        "min_rows": plan.min_rows,
        "significance": plan.significance.alpha if plan.significance.enabled else None,
        "segments": [grouping_text(grouping) for grouping in plan.groupings],
        "windows": [_interval(j.window) for j in judged],
        "series": [_series(plan, series) for series in plan.series],
    }


def _series(plan: MonitorPlan, series: SeriesPlan) -> dict[str, Any]:
    return {
        "series": plan.series_key(series).text,
        "column": series.column,
        "class": series.class_,
        "why": series.why,
        "profiles": sorted({spec.describe() for spec in series.needs.values()}),
        "failure": series.failure or (f"baseline: {series.baseline_failure}" if series.baseline_failure else None),
    }


def _scan(request: ScanRequest, report: PlanReport) -> dict[str, Any]:
    source = report.sources[request.source]
    windows = sorted(
        {w for b in request.bundles for w in b.windows}, key=lambda w: (w.start is not None, w.start, w.end)
    )
    return {
        "source": request.source,
        "kind": type(source.source).kind,
        "reads": 1,
        "columns": sorted(name for name in _columns(request) if name in source.schema),
        "labels": [{"source": r.source, "key": r.key, "columns": list(r.columns)} for r in request.relations],
        "windows": [_interval(window) for window in windows],
        "pane": _pane(request.source, report),
        "profiles": profiles(request, report),
        "failure": source.failure,
    }


def _columns(request: ScanRequest) -> set[str]:
    slices = {d.by for bundle in request.bundles for d in bundle.grouping if d.by}
    return set(request.columns) | slices


def profiles(request: ScanRequest, report: PlanReport) -> list[dict[str, Any]]:
    """Every profile of a scan once, with the monitors that share it."""
    users: dict[str, set[str]] = {}
    for plan in report.graph.monitors:
        sides = {plan.side.source, plan.baseline_side.source if plan.baseline_side else plan.side.source}
        if request.source in sides:
            for series in plan.series:
                for spec in series.needs.values():
                    users.setdefault(spec.describe(), set()).add(plan.name)
    found: dict[str, dict[str, Any]] = {}
    for bundle in request.bundles:
        for spec in bundle.specs:
            name = spec.describe()
            one = found.setdefault(name, {"profile": name, "segments": [], "windows": 0, "used_by": []})
            one["segments"] = sorted({*one["segments"], grouping_text(bundle.grouping)})
            one["windows"] = max(one["windows"], len(bundle.windows))
            one["used_by"] = sorted(users.get(name, set())) or ["every slice" if spec == ROWS else "none"]
    return [found[name] for name in sorted(found)]


def _pane(source: str, report: PlanReport) -> str | None:
    """The time bucket that every window on a source is a union of."""
    plans = [p for p in report.graph.monitors if p.side.source == source and p.window is not None]
    if not plans:
        return None
    found = pane([p.window for p in plans if p.window is not None], ZoneInfo(plans[0].timezone))
    return None if found is None else str(found)


def _interval(window: Interval) -> dict[str, str | None]:
    return {"start": instant(window.start), "end": instant(window.end)}


def grouping_text(grouping: Grouping) -> str:
    return " × ".join(f"{d.name}=*" if d.by else d.name for d in grouping) or "overall"


def window_text(plan: MonitorPlan) -> str:
    if plan.check.windowless:
        return "as of the run"
    if plan.window is None:
        return "all rows (the source has no timestamp)"
    every = "" if plan.window.every == plan.window.size else f" every {plan.window.every}"
    return f"{plan.window.size}{every}"


def threshold_text(threshold: Threshold, unit: str) -> str:
    """A threshold in one line: `change: warning < -5.0%, critical < -10.0%`."""
    if threshold.record_only:
        return "none (only recorded)"
    shown = "number" if threshold.compare == "deviations" else compared_unit(threshold.compare, unit)
    levels = (("warning", threshold.warning), ("critical", threshold.critical), ("recovery", threshold.recovery))
    said = [f"{name} {_bounds(bounds, shown)}" for name, bounds in levels if bounds is not None]
    return (f"{threshold.compare}: " if threshold.compare != "value" else "") + ", ".join(said)


def _bounds(bounds: Bounds, unit: str) -> str:
    signs = ((">", bounds.above), ("<", bounds.below))
    return " or ".join(f"{sign} {say(bound, unit)}" for sign, bound in signs if bound is not None)


def notes(report: PlanReport) -> list[str]:
    """What a reader should know of the sources: naive timestamps, sources that cannot be opened."""
    said = []
    for name, source in report.sources.items():
        if source.failure is not None:
            said.append(f"source {name} cannot be opened: {source.failure}")
        elif source.is_naive:
            zone = source.context.timezone
            said.append(f"source {name}: the times in {source.timestamp} have no zone and are read as {zone}")
    return said


def as_text(report: PlanReport, *, verbose: bool = False) -> str:
    """The plan for a terminal."""
    lines = [f"{report.document.root.name}: {_count(report)}"]
    lines += ["", "MONITORS"]
    judged = _judged(report)
    for plan in report.graph.monitors:
        lines += _monitor_lines(plan, judged[id(plan)], verbose)
    lines += ["", "SCANS (each source is read once)"]
    for request in report.requests:
        lines += _scan_lines(_scan(request, report), verbose)
    if report.document.incidents:
        lines += ["", "INCIDENTS", *incident_lines(report)]
    if report.graph.left_out:
        lines += ["", "LEFT OUT"]
        lines += _left_out_lines(report)
    extra = [*notes(report), *(f"{s.monitor}/{s.subject} is not judged: {s.reason}" for s in report.skipped)]
    if extra:
        lines += ["", "NOTES", *(f"  {note}" for note in extra)]
    return printable("\n".join(lines))


def _count(report: PlanReport) -> str:
    series = sum(len(plan.series) for plan in report.graph.monitors)
    wanted = {spec for request in report.requests for bundle in request.bundles for spec in bundle.specs}
    scans = f"{counted(len(report.requests), 'scan')}, {counted(len(wanted), 'profile')}"
    return f"{counted(len(report.graph.monitors), 'monitor')}, {series} series (before slicing), {scans}"


def _monitor_lines(plan: MonitorPlan, judged: Sequence[Judgement], verbose: bool) -> list[str]:
    zone = ZoneInfo(plan.timezone)
    lines = [
        f"  {plan.name}/{plan.subject}: {plan.metric or plan.check.kind}, {threshold_text(plan.threshold, plan.unit)}"
    ]
    about = [f"window {window_text(plan)}"]
    if plan.baseline is not None:
        about.append(f"baseline {plan.baseline.text}")
    if plan.labelled:
        about.append(f"labelled, judged {plan.delay} after the window's end")
    if plan.groupings != ((),):
        about.append("segments " + ", ".join(grouping_text(g) for g in plan.groupings))
    lines.append("    " + "; ".join(about))
    if judged:
        spans = [_span(j.window, zone) for j in (judged if len(judged) <= 3 else (judged[0], judged[-1]))]
        lines.append(
            f"    judges {counted(len(judged), 'window')}: " + (" … " if len(judged) > 3 else ", ").join(spans)
        )
    columns = [s.column for s in plan.series if s.column is not None]
    if verbose:
        lines += [f"    - {plan.series_key(s).text}  ({s.why}){_trouble(s)}" for s in plan.series]
    else:
        if columns:
            shown = ", ".join(columns[:8]) + (f", … ({len(columns)})" if len(columns) > 8 else "")
            lines.append(f"    columns {shown}")
        lines += [f"    - {plan.series_key(s).text}{_trouble(s)}" for s in plan.series if _trouble(s)]
    return lines


def _trouble(series: SeriesPlan) -> str:
    if series.failure is not None:
        return f"  FAILS: {series.failure}"
    return f"  FAILS: baseline: {series.baseline_failure}" if series.baseline_failure is not None else ""


def _span(window: Interval, zone: ZoneInfo) -> str:
    if window.start is None:
        return "all rows" if window.end is None else f"as of {_local(window.end, zone)}"
    return f"[{_local(window.start, zone)}, {_local(window.end or window.start, zone)})"


def _local(moment: datetime, zone: ZoneInfo) -> str:
    local = moment.astimezone(zone)
    return f"{local:%Y-%m-%d}" if (local.hour, local.minute) == (0, 0) else f"{local:%Y-%m-%d %H:%M}"


def _scan_lines(scan: Mapping[str, Any], verbose: bool) -> list[str]:
    windows = len(scan["windows"])
    whole = windows == 1 and scan["windows"][0]["start"] is None
    span = "all rows" if whole else f"{counted(windows, 'window')}, pane {scan['pane'] or '–'}"
    lines = [f"  {scan['source']} ({scan['kind']}): 1 read, {len(scan['columns'])} columns, {span}"]
    for join in scan["labels"]:
        lines.append(f"    joins {', '.join(join['columns'])} of {join['source']} by {join['key']}, once")
    found = scan["profiles"]
    shared = [one for one in found if len(one["used_by"]) > 1]
    lines.append(f"    {len(found)} profiles, {len(shared)} of them shared by several monitors")
    for one in found if verbose else shared[:6]:
        lines.append(f"    - {one['profile']} for {', '.join(one['used_by'])}")
    if not verbose and len(shared) > 6:
        lines.append(f"    - … {len(shared) - 6} more (see --verbose)")
    return lines


def _left_out_lines(report: PlanReport) -> list[str]:
    """Columns that share monitor and reason stand in one line."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for one in report.graph.left_out:
        groups.setdefault((one.monitor, one.subject, one.reason), []).extend([one.column] if one.column else [])
    lines = []
    for (monitor, subject, reason), columns in groups.items():
        where = "/".join(part for part in (monitor, subject) if part)
        lines.append(f"  {where}{': ' + ', '.join(columns) if columns else ''}: {reason}")
    return lines
