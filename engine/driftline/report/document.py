"""The result document of DESIGN 7: every key always present, times in UTC with Z, durations in seconds."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from driftline.alert.replay import First
from driftline.model import Result, Status
from driftline.report.values import RunReport


def instant(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC; fractions of a second only where there are some."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def result(one: Result, first: First | None = None) -> dict[str, Any]:
    """One row of `results`; `first` is what was published of its window, where that was another value."""
    segment = {name: True if value == "true" else value for name, value in one.series.segment}
    return {
        "series": one.series.text,
        "monitor": one.series.monitor,
        "model": one.model,
        "source": one.source or None,
        "check": one.check,
        "metric": one.metric,
        "column": one.series.column,
        "segment": segment or None,
        "class": one.series.class_,
        "window": {"start": instant(one.window.start), "end": instant(one.window.end)},
        "value": one.value,
        "first_value": first.value if first is not None else None,
        "first_judged_at": instant(first.judged_at) if first is not None else None,
        "baseline_value": one.baseline_value,
        "compared": one.compared,
        "p_value": one.p_value,
        "p_adjusted": one.p_adjusted,
        "bound": one.bound,
        "interval": {"low": one.interval[0], "high": one.interval[1]} if one.interval is not None else None,
        "noise_floor": one.noise,
        "direction": one.direction,
        "contributions": [{"name": each.name, "value": each.value} for each in one.contributions],
        "status": one.status.value,
        "reason": one.reason,
        "rows": one.rows,
        "labelled_rows": one.labelled_rows,
        "baseline_rows": one.baseline_rows,
    }


def document(report: RunReport) -> dict[str, Any]:
    """The whole document, as `schemas/result.schema.json` describes it."""
    counts = {status.value: sum(one.status is status for one in report.results) for status in Status}
    return {
        "version": 1,
        "at": instant(report.at),
        "summary": counts,
        "results": [result(one, report.first_of(one)) for one in report.results],
        "alerts": [
            {
                "id": alert.id,
                "series": alert.series.text,
                "monitor": alert.series.monitor,
                "state": alert.state.value,
                "severity": alert.severity.value,
                "since": instant(alert.since),
            }
            for alert in report.alerts
        ],
        "sources": [
            {
                "source": one.source,
                "files_changed": one.files,
                "panes_read_again": one.panes,
                "late_rows": one.late_rows,
                "gone_rows": one.gone_rows,
                "since": instant(one.since),
                "rows_without_time": one.rows_without_time,
                "future_rows": one.future_rows,
            }
            for one in report.sources
        ],
        "deliveries": [
            {"channel": one.channel, "status": one.status.value, "reason": one.reason} for one in report.deliveries
        ],
    }


def as_json(report: RunReport) -> str:
    return json.dumps(document(report), indent=2, ensure_ascii=False, allow_nan=False)
