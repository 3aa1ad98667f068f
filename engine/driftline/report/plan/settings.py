"""The values of one monitor by key, in words: what `--origin` explains and what two plans are compared by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from driftline.compile.graph import MonitorPlan
from driftline.config.document import Labels, Matcher, Significance, Text, Validity
from driftline.evaluate.wording import plain
from driftline.model import Duration
from driftline.parameters import parameters
from driftline.report.plan.words import (
    alert_texts,
    bounds_text,
    grouping_text,
    matcher_text,
    threshold_text,
    window_text,
)

NOTHING = "–"


def settings(plan: MonitorPlan) -> dict[str, str]:
    """Every value that decides what a monitor measures, how it is judged and what is said of it.

    Parts of a key stand behind a dot (`threshold.warning`), so that two plans differ in no more than they do.
    """
    said = {
        "check": plan.metric or plan.check.kind,
        "source": plan.side.source or NOTHING,
        "window": window_text(plan),
        "timezone": plan.timezone,
        "lateness": str(plan.lateness) if plan.lateness.count else NOTHING,
        "baseline": plan.baseline.text if plan.baseline is not None else NOTHING,
        "min_rows": f"{plan.min_rows:,}",
        "min_labelled": str(plan.min_labelled) if plan.min_labelled is not None else NOTHING,
        "significance": significance_text(plan.significance),
        "schedule": plan.schedule or NOTHING,
        "incidents": ", ".join(one.id for one in plan.incidents) or NOTHING,
        "description": plan.facts.description or NOTHING,
        "runbook": plan.facts.runbook or NOTHING,
    }
    said |= {f"params.{name}": text for name, text in params(plan).items()}
    said |= _threshold(plan)
    said |= {f"alert.{key}": text for key, text in alert_texts(plan.alert).items()}
    said |= {f"tags.{name}": value for name, value in plan.facts.tags.items()}
    said |= _labels(plan)
    said |= _segments(plan)
    sql = next((series.subject.sql for series in plan.series if series.subject.sql), None)
    return said if sql is None else {**said, "sql": sql}


def params(plan: MonitorPlan) -> Mapping[str, str]:
    """The parameters of the check, the defaults included."""
    return {each.name: value_text(getattr(plan.check, each.field)) for each in parameters(type(plan.check))}


def significance_text(significance: Significance) -> str:
    if not significance.enabled:
        return "none"
    blocks = f", blocks of {significance.block}" if significance.block is not None else ""
    return f"alpha {significance.alpha:g}, {significance.correction.replace('_', ' ')}{blocks}"


def value_text(value: Any) -> str:
    """A scalar or a list of them."""
    if value is None or value == ():
        return NOTHING
    if isinstance(value, Matcher):
        return matcher_text(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return plain(value)
    if isinstance(value, tuple | list):
        return ", ".join(value_text(each) for each in value)
    return str(value)


def validity_text(valid: Validity | None) -> str:
    """The rules of a column: `min 0, max 6,000`."""
    if valid is None:
        return NOTHING
    written = (
        ("min", valid.min),
        ("max", valid.max),
        ("in", f"[{', '.join(valid.in_)}]" if valid.in_ is not None else None),
        ("regex", valid.regex),
        ("where", valid.where),
    )
    said = [f"{name} {value_text(value)}" for name, value in written if value is not None]
    said += [name for name in ("not_null", "not_in_future") if getattr(valid, name)]
    return ", ".join(said) or NOTHING


def _threshold(plan: MonitorPlan) -> dict[str, str]:
    threshold = plan.threshold
    if threshold.record_only:
        return {"threshold": threshold_text(threshold, plan.unit)}
    said = {"threshold.compare": threshold.compare} if threshold.compare != "value" else {}
    for level in ("warning", "critical", "recovery"):
        bounds = getattr(threshold, level)
        if bounds is not None:
            said[f"threshold.{level}"] = bounds_text(bounds, threshold, plan.unit)
    return said


def _labels(plan: MonitorPlan) -> dict[str, str]:
    labels: Labels | None = plan.model.labels if plan.model is not None else None
    if not plan.labelled or labels is None:
        return {}
    said: dict[str, Text | Duration | None] = {
        "source": labels.source,
        "delay": labels.delay,
        "max_delay": labels.max_delay,
        "present": labels.present,
        "absent": labels.absent,
        "keep": labels.keep,
    }
    return {f"labels.{key}": str(value) for key, value in said.items() if value is not None}


def _segments(plan: MonitorPlan) -> dict[str, str]:
    """How each segment is made, under its name."""
    said = {}
    for grouping in plan.groupings:
        for dimension in grouping:
            kept, rest = plan.top.get(dimension.name, (None, True))
            top = f", top {kept}{'' if rest else ' without the rest'}" if kept is not None else ""
            how = f"by {dimension.by}{top}" if dimension.by else f"where {dimension.where}"
            said[f"segment.{dimension.name}"] = how
    return said


def whole(plan: MonitorPlan) -> dict[str, str]:
    """The values by the keys of the language, each whole: what has an origin."""
    said = settings(plan)
    lists = {
        "columns": ", ".join(plan.columns or ()),
        "classes": ", ".join(plan.classes or ()),
        "segments": ", ".join(grouping_text(grouping) for grouping in plan.groupings),
        "params": ", ".join(f"{name} {text}" for name, text in params(plan).items() if text != NOTHING),
        "threshold": threshold_text(plan.threshold, plan.unit),
        "alert": ", ".join(f"{key} {text}" for key, text in alert_texts(plan.alert).items() if text != NOTHING),
    }
    kept = {key: text for key, text in said.items() if "." not in key or key.startswith("tags.")}
    return {key: text for key, text in {**kept, **lists}.items() if text not in ("", NOTHING)}
