"""An explanation as a JSON document: every key always present, times in UTC with Z."""

from __future__ import annotations

import json
from typing import Any

from driftline.report.document import instant
from driftline.report.document import result as as_result
from driftline.report.explanation.values import ByFeature, BySegment, Explained, Explanation, Kept, Part


def document(report: Explanation) -> dict[str, Any]:
    """The whole document; `others` counts the series of the monitor that are not explained, by status."""
    return {
        "version": 1,
        "at": instant(report.at),
        "explained": [_explained(one) for one in report.explained],
        "others": {status.value: count for status, count in report.others.items()},
    }


def as_json(report: Explanation) -> str:
    return json.dumps(document(report), indent=2, ensure_ascii=False, allow_nan=False)


def _explained(one: Explained) -> dict[str, Any]:
    """The verdict as in the result document, with what is behind it."""
    return {
        **as_result(one.result),
        "title": one.title,
        "unit": one.result.unit,
        "compare": one.result.compare,
        "limit": one.result.limit,
        "baseline": one.result.baseline,
        "threshold": one.threshold,
        "alpha": one.alpha,
        "correction": one.correction,
        "segments": [_segments(each) for each in one.segments],
        "features": _features(one.features) if one.features is not None else None,
        "alert": _alert(one.kept) if one.kept is not None else None,
    }


def _segments(one: BySegment) -> dict[str, Any]:
    return {
        "by": one.name,
        "reason": one.reason,
        "baseline_value": one.whole.before if one.whole is not None else None,
        "value": one.whole.now if one.whole is not None else None,
        "change": one.whole.change if one.whole is not None else None,
        "parts": [_part(each) for each in one.parts],
    }


def _part(one: Part) -> dict[str, Any]:
    effect = one.effect
    return {
        "segment": one.name,
        "rows": one.rows,
        "baseline_rows": one.baseline_rows,
        "value": one.value,
        "baseline_value": one.before,
        "share": effect.share_now if effect is not None else None,
        "baseline_share": effect.share_before if effect is not None else None,
        "mix": effect.mix if effect is not None else None,
        "rate": effect.rate if effect is not None else None,
        "contribution": effect.total if effect is not None else None,
    }


def _features(one: ByFeature) -> dict[str, Any]:
    return {
        "check": one.check,
        "weighed": one.weighed,
        "reason": one.reason,
        "parts": [
            {
                "column": each.column,
                "drift": each.drift,
                "noise_floor": each.noise,
                "p_value": each.p_value,
                "importance": each.importance,
                "contribution": each.weight,
            }
            for each in one.drivers
        ],
    }


def _alert(one: Kept) -> dict[str, Any]:
    told = [{"channel": each.channel, "state": each.state.value, "at": instant(each.at)} for each in one.told]
    return {"state": one.state.value, "severity": one.severity, "since": instant(one.since), "told": told}
