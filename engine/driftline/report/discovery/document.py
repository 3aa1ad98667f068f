"""What a search for segments came to as a JSON document: every key always present, times in UTC with Z."""

from __future__ import annotations

import json
from typing import Any

from driftline.report.discovery.patch import as_yaml
from driftline.report.discovery.values import Discovery, FoundSegment
from driftline.report.document import instant


def document(report: Discovery) -> dict[str, Any]:
    """The whole document; `patch` is null where nothing was found."""
    whole = report.whole
    return {
        "version": 1,
        "monitor": report.series.monitor,
        "model": report.model,
        "check": report.check,
        "column": report.series.column,
        "class": report.series.class_,
        "window": {"start": instant(report.window.start), "end": instant(report.window.end)},
        "baseline": report.baseline,
        "value": whole.value,
        "baseline_value": whole.before,
        "change": whole.change,
        "rows": whole.rows,
        "baseline_rows": whole.baseline_rows,
        "alpha": report.alpha,
        "min_rows": report.min_rows,
        "columns": list(report.columns),
        "not_searched": [{"column": column, "reason": reason} for column, reason in report.unsearched],
        "looked_at": {str(depth): count for depth, count in report.looked_at.items()},
        "segments": [_segment(one) for one in report.found],
        "explained": [{"segment": one.text, "by": one.by} for one in report.explained],
        "patch": as_yaml(report) if report.found else None,
    }


def as_json(report: Discovery) -> str:
    return json.dumps(document(report), indent=2, ensure_ascii=False, allow_nan=False)


def _segment(one: FoundSegment) -> dict[str, Any]:
    return {
        "segment": one.text,
        "where": one.where,
        "columns": [condition.column for condition in one.conditions],
        "rows": one.rows,
        "baseline_rows": one.baseline_rows,
        "share": one.share,
        "value": one.value,
        "baseline_value": one.before,
        "change": one.change,
        "elsewhere": one.elsewhere,
        "contribution": one.contribution,
        "p_value": one.p_value,
        "p_adjusted": one.p_adjusted,
    }
