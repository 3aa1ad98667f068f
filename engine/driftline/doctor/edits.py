"""Edits as YAML: what to write into the file, in its own words."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping

from driftline.compile.graph import MonitorPlan
from driftline.config.document import Bounds, ModelDefinition, Threshold
from driftline.doctor.facts import Facts, written_name
from driftline.model import Duration

_PLAIN = re.compile(r"[A-Za-z_][\w .-]*(?<! )|\d+(?:\.\d+)?%?|\d+(?:s|m|h|d|w|mo)")
_PER_HUNDRED = ("ratio", "change")


def scalar(text: str) -> str:
    """A text as a YAML value, quoted where it has to be."""
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def listed(texts: Iterable[str]) -> str:
    """A list in flow form; one item stands alone."""
    items = [scalar(text) for text in texts]
    return items[0] if len(items) == 1 else f"[{', '.join(items)}]"


def number(value: float, unit: str) -> str:
    """A bound as people write it: ratios in percent, seconds as a duration."""
    if unit in _PER_HUNDRED:
        return f"{_digits(value * 100)}%"
    if unit == "seconds":
        for length, sign in ((86400, "d"), (3600, "h"), (60, "m")):
            if value and value % length == 0:
                return f"{int(value // length)}{sign}"
        return f"{_digits(value)}s"
    return _digits(value)


def _digits(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".") if 1e-6 <= abs(value) < 1e15 or value == 0 else f"{value:g}"


def threshold(value: Threshold, unit: str) -> str:
    """A threshold in flow form."""
    unit = "change" if value.compare == "change" else unit
    parts = [] if value.compare == "value" else [f"compare: {value.compare}"]
    for name in ("warning", "critical", "recovery"):
        bounds: Bounds | None = getattr(value, name)
        if bounds is not None:
            parts.append(f"{name}: {_bounds(bounds, unit)}")
    return f"{{{', '.join(parts)}}}"


def _bounds(bounds: Bounds, unit: str) -> str:
    sides = (("below", bounds.below), ("above", bounds.above))
    return f"{{{', '.join(f'{side}: {number(value, unit)}' for side, value in sides if value is not None)}}}"


def rounded(value: float, unit: str, *, up: bool) -> float:
    """Two significant digits, away from what it was; lengths of time in whole minutes or hours."""
    if value == 0 or not math.isfinite(value):
        return value
    if unit == "seconds":
        step = 3600.0 if abs(value) >= 3600 else 60.0 if abs(value) >= 60 else 1.0
    else:
        step = 10.0 ** (math.floor(math.log10(abs(value))) - 1)
    steps = round(value / step, 9)
    return float(f"{(math.ceil(steps) if up else math.floor(steps)) * step:.12g}")


def times(duration: Duration, factor: int) -> str:
    """A duration that many times as long, in its own unit."""
    return f"{duration.count * factor}{duration.unit}"


def of_monitor(facts: Facts, plan: MonitorPlan, keys: Mapping[str, str], columns: Iterable[str | None] = ()) -> str:
    """Keys of a monitor: written on the monitor where that changes nothing else, else as an override.

    `columns`: only these series of it.
    """
    wanted = {column for column in columns if column is not None}
    others = facts.plans[written_name(plan)]
    own = {one.column for one in plan.series if one.column is not None}
    overridden = plan.exceptions is not None or (plan.derivation is not None and plan.derivation.overrides)
    is_alone = len(others) == 1 and plan.name in facts.document.monitors
    if is_alone and not overridden and (not wanted or wanted == own):
        lines = [f"    {key}: {value}" for key, value in keys.items()]
        return "\n".join(["monitors:", f"  {scalar(plan.name)}:", *lines])
    match = [f"monitor: {scalar(plan.name)}"]
    if plan.model is not None and len({one.subject for one in others}) > 1:
        match.append(f"model: {scalar(plan.subject)}")
    if wanted and wanted != own:
        match.append(f"column: {listed(sorted(wanted))}")
    said = ", ".join(f"{key}: {value}" for key, value in keys.items())
    return f"overrides:\n  - {{match: {{{', '.join(match)}}}, set: {{{said}}}}}"


def delay_of_labels(model: ModelDefinition, delay: Duration) -> str | None:
    """A model's `labels` with another delay, and a `max_delay` that is not shorter."""
    labels = model.labels
    if labels is None:
        return None
    keys = [f"source: {scalar(labels.source)}"]
    keys += [f"key: {scalar(labels.key)}"] if labels.key else []
    keys.append(f"delay: {delay}")
    if labels.max_delay is not None:
        keys.append(f"max_delay: {max(labels.max_delay, delay, key=lambda one: one.seconds)}")
    keys += [f"present: {scalar(labels.present)}"] if labels.present is not None else []
    keys += [f"absent: {scalar(labels.absent)}"] if labels.absent is not None else []
    keys += [f"keep: {labels.keep}"] if labels.keep != "last" else []
    return f"models:\n  {scalar(model.name)}:\n    labels: {{{', '.join(keys)}}}"
