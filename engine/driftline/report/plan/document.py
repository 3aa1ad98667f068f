"""A plan as JSON: monitors into series, sources into scans, who is told, what will end, and what was left out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from driftline.compile.earliest import earliest
from driftline.compile.graph import MonitorPlan, SeriesPlan
from driftline.compile.schedule import Judgement
from driftline.config.document import Document
from driftline.execute.outlook import Outlook
from driftline.model import Interval
from driftline.report.document import instant
from driftline.report.plan.alerting import alerting
from driftline.report.plan.incidents import incidents
from driftline.report.plan.origins import origins
from driftline.report.plan.text import soonest_text
from driftline.report.plan.values import Scan, all_told, is_composite, judged, notes, plans_of, scans
from driftline.report.plan.words import grouping_text, threshold_text, window_text
from driftline.report.values import PlanReport


def document(report: PlanReport, *, origin: bool = False) -> dict[str, Any]:
    """The plan as JSON-able values; `origin`: with where each value of each monitor came from."""
    judgements = judged(report)
    return {
        "version": 1,
        "environment": report.document.environment,
        "monitors": [_monitor(plan, judgements[id(plan)], report.document, origin=origin) for plan in plans_of(report)],
        "scans": [scan_document(scan) for scan in scans(report)],
        "alerting": alerting(report.document),
        "ending": [
            {
                "series": each.series.text,
                "state": each.state.value,
                "severity": each.severity.value,
                "since": instant(each.since),
            }
            for each in report.ending
        ],
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


def as_json(reports: Sequence[PlanReport], *, origin: bool = False) -> str:
    """One plan as a document; those of several environments by name."""
    if len(reports) == 1:
        return json.dumps(document(reports[0], origin=origin), indent=2, ensure_ascii=False)
    named = {str(report.document.environment): document(report, origin=origin) for report in reports}
    return json.dumps({"version": 1, "environments": named}, indent=2, ensure_ascii=False)


def _monitor(plan: MonitorPlan, judgements: Iterable[Judgement], document: Document, *, origin: bool) -> dict[str, Any]:
    soonest = None if is_composite(plan) else earliest(plan)
    found: dict[str, Any] = {
        "monitor": plan.name,
        "subject": plan.subject,
        "check": plan.check.kind,
        "metric": plan.metric,
        "source": plan.side.source or None,
        "window": window_text(plan),
        "baseline": plan.baseline.text if plan.baseline else None,
        "threshold": threshold_text(plan.threshold, plan.unit),
        "labelled": plan.labelled,
        "min_rows": plan.min_rows,
        "min_labelled": str(plan.min_labelled) if plan.min_labelled is not None else None,
        "significance": plan.significance.alpha if plan.significance.enabled else None,
        "schedule": plan.schedule,
        "earliest": {"seconds": soonest.seconds if soonest else None, "text": soonest_text(plan)},
        "told": _told(plan, document),
        "segments": [grouping_text(grouping) for grouping in plan.groupings],
        "windows": [interval(j.window) for j in judgements],
        "series": [_series(plan, series) for series in plan.series],
    }
    if origin:
        found["origins"] = {
            each.key: {
                "value": each.value,
                "layer": each.origin.layer,
                "place": str(each.origin.place) if each.origin.place else None,
            }
            for each in origins(plan)
        }
    return found


def _told(plan: MonitorPlan, document: Document) -> list[dict[str, Any]]:
    """Who would be told, each with the series that it holds for; `series` is null where that is all of them."""
    ways: dict[str, list[str]] = {}
    for key, said in all_told(plan, document).items():
        ways.setdefault(said, []).append(key.text)
    return [{"told": said, "series": names if len(ways) > 1 else None} for said, names in ways.items()]


def _series(plan: MonitorPlan, series: SeriesPlan) -> dict[str, Any]:
    return {
        "series": plan.series_key(series).text,
        "column": series.column,
        "class": series.class_,
        "why": series.why,
        "profiles": list(series.described),
        "failure": series.failure or (f"baseline: {series.baseline_failure}" if series.baseline_failure else None),
    }


def scan_document(scan: Scan) -> dict[str, Any]:
    """One read of a source with its cost; what is not known without reading it is null."""
    return {
        "source": scan.source,
        "kind": scan.kind,
        "reads": int(scan.reads),
        "columns": list(scan.columns),
        "columns_there": scan.there,
        "files": scan.files,
        "bytes": scan.bytes,
        "rows": scan.rows,
        "labels": [{"source": r.source, "key": r.key, "columns": list(r.columns)} for r in scan.request.relations],
        "windows": [interval(window) for window in scan.windows],
        "pane": scan.pane,
        "panes": outlook_document(scan.outlook),
        "profiles": [
            {"profile": p.name, "segments": list(p.segments), "windows": p.windows, "used_by": list(p.used_by)}
            for p in scan.profiles
        ],
        "failure": scan.failure,
    }


def outlook_document(found: Outlook | None) -> dict[str, Any] | None:
    """How many panes are in which state; null where nothing is kept of anything."""
    if found is None or (found.length is None and found.whole is None):
        return None
    states = ("kept", "new", "open", "reopened", "stale")
    counts = {state: len(getattr(found, state)) for state in states}
    return {"length": str(found.length) if found.length is not None else None, "whole": found.whole, **counts}


def interval(window: Interval) -> dict[str, str | None]:
    return {"start": instant(window.start), "end": instant(window.end)}
