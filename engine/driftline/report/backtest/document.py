"""A back-test as a JSON document: every key always present, times in UTC with Z, durations in seconds."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from driftline.report.backtest.values import (
    BacktestReport,
    Caught,
    Comparison,
    Decided,
    Difference,
    Episode,
    MonitorHistory,
    Rate,
    Score,
)
from driftline.report.document import instant, result


def document(report: BacktestReport) -> dict[str, Any]:
    """The whole document, as `schemas/backtest.schema.json` describes it."""
    return {
        "version": 1,
        "since": instant(report.since),
        "until": instant(report.until),
        "every": str(report.every),
        "runs": len(report.ticks),
        "results": [result(one, report.first_of(one)) for one in report.results],
        "alerts": [_transition(one) for one in report.transitions],
        "monitors": [_monitor(one) for one in report.monitors],
        "skipped": [{"monitor": one.monitor, "subject": one.subject, "reason": one.reason} for one in report.skipped],
        "sources": [
            {"source": one.source, "rows": one.footprint.rows, "bytes": one.footprint.bytes} for one in report.reads
        ],
        "score": None if report.score is None else _score(report.score),
        "compared": None if report.compared is None else _compared(report.compared),
    }


def as_json(report: BacktestReport) -> str:
    return json.dumps(document(report), indent=2, ensure_ascii=False, allow_nan=False)


def _transition(one: Decided) -> dict[str, Any]:
    transition = one.transition
    return {
        "alert": transition.alert,
        "series": transition.series.text,
        "monitor": transition.series.monitor,
        "state": transition.state.value,
        "severity": transition.severity.value,
        "since": instant(transition.since),
        "at": instant(transition.at),
        "decided": instant(one.decided),
        "superseded": instant(one.superseded),
        "reason": transition.reason,
    }


def _monitor(one: MonitorHistory) -> dict[str, Any]:
    return {
        "monitor": one.monitor,
        "subject": one.subject,
        "model": one.model,
        "source": one.source,
        "check": one.check,
        "series": one.series,
        "windows": one.windows,
        "no_data": one.no_data,
        "insufficient_data": one.insufficient,
        "before_first_event": one.early,
        "coverage": one.coverage,
        "pending": one.pending,
        "fired": one.fired,
        "resolved": one.resolved,
        "firing": one.firing,
        "withdrawn": one.withdrawn,
        "alerts_per_week": one.alerts_per_week,
    }


def _episode(one: Episode) -> dict[str, Any]:
    return {
        "alert": one.alert,
        "series": one.series.text,
        "monitor": one.series.monitor,
        "severity": one.severity.value,
        "since": instant(one.since),
        "fired": instant(one.fired),
        "decided": instant(one.decided),
        "resolved": instant(one.ends),
        "reason": one.reason,
    }


def _score(score: Score) -> dict[str, Any]:
    return {
        **_rates(score.precision, score.recall, score.delay),
        "incidents": [_incident(one) for one in score.incidents],
        "outside": score.outside,
        "monitors": [
            {"monitor": monitor, "subject": subject, **_rates(*rates)}
            for (monitor, subject), rates in score.monitors.items()
        ],
    }


def _rates(precision: Rate, recall: Rate, delay: timedelta | None) -> dict[str, Any]:
    return {
        "precision": precision.share,
        "recall": recall.share,
        "alerts": precision.whole,
        "alerts_in_incidents": precision.part,
        "incidents_due": recall.whole,
        "incidents_caught": recall.part,
        "delay": _seconds(delay),
    }


def _incident(one: Caught) -> dict[str, Any]:
    return {
        "id": one.incident.id,
        "description": one.incident.reason,
        "start": instant(one.incident.span.start),
        "end": instant(one.incident.span.end),
        "caught": bool(one.episodes),
        "detected": instant(one.detected),
        "delay": _seconds(one.delay),
        "alerts": [each.alert for each in one.episodes],
    }


def _seconds(length: timedelta | None) -> float | None:
    return None if length is None else length.total_seconds()


def _compared(compared: Comparison) -> dict[str, Any]:
    before = compared.before
    return {
        "revision": compared.revision,
        "commit": compared.commit,
        "score": None if before.score is None else _score(before.score),
        "monitors": [_difference(one) for one in compared.monitors],
    }


def _difference(one: Difference) -> dict[str, Any]:
    return {
        "monitor": one.monitor,
        "subject": one.subject,
        "before": None if one.before is None else _monitor(one.before),
        "after": None if one.after is None else _monitor(one.after),
        "only_before": [_episode(each) for each in one.gone],
        "only_after": [_episode(each) for each in one.new],
    }
