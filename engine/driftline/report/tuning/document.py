"""A proposal as a JSON document: every key always present, times in UTC with Z, durations in seconds."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any

from driftline.report.document import instant
from driftline.report.tuning.values import Standing, Tuned, TuneReport


def document(report: TuneReport) -> dict[str, Any]:
    """The whole document; `patch` is null where there is nothing to paste."""
    return {
        "version": 1,
        "since": instant(report.before.since),
        "until": instant(report.before.until),
        "weeks": report.before.weeks,
        "budget": report.budget,
        "total": report.total,
        "limit_per_week": report.limit if isfinite(report.limit) else None,
        "within_budget": report.within,
        "monitors": [_tuned(one) for one in report.tuned],
        "warnings": list(report.warnings),
        "where": report.where or None,
        "patch": report.patch,
    }


def as_json(report: TuneReport) -> str:
    return json.dumps(document(report), indent=2, ensure_ascii=False, allow_nan=False)


def _tuned(one: Tuned) -> dict[str, Any]:
    return {
        "monitor": one.monitor,
        "subject": one.subject,
        "windows": one.windows,
        "weeks": one.weeks,
        "met": one.is_met,
        "before": _standing(one.before),
        "after": None if one.after is None else _standing(one.after),
        "overrides": list(one.overrides),
        "instead_of": list(one.settings),
        "lost_incidents": list(one.lost),
        "doubts": list(one.doubts),
        "reason": one.reason,
    }


def _standing(one: Standing) -> dict[str, Any]:
    return {
        "alerts": one.alerts,
        "outside_incidents": one.false_alarms,
        "per_week": one.per_week,
        "incidents_caught": list(one.caught),
        "delay": None if one.delay is None else one.delay.total_seconds(),
    }
