"""References to values: window, baseline, threshold of a monitor, by the one precedence.

check < root defaults < file defaults < model < preset < monitor (the defaults of a definition are already overlaid).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from driftline.checks.base import Check
from driftline.clock import parse_instant
from driftline.compile.graph import BaselinePlan
from driftline.compile.overrides import Overrides, applied
from driftline.config.document import (
    AlertPolicy,
    Baseline,
    Document,
    MinLabelled,
    ModelDefinition,
    MonitorDefinition,
    Significance,
    Threshold,
    Window,
)
from driftline.model import Duration, Interval


@dataclass(frozen=True)
class Resolved:
    """The values that decide how one monitor is judged."""

    window: Window
    baseline: BaselinePlan | None
    threshold: Threshold
    min_rows: int
    min_labelled: MinLabelled | None
    significance: Significance
    alert: AlertPolicy
    compares: frozenset[str] = frozenset()  # every way in which some series is compared

    DEFAULT_ALERT: ClassVar[AlertPolicy] = AlertPolicy()


LEAST_ROWS = 100
OFF = Significance(enabled=False)
DAY = Window(Duration(1, "d"), Duration(1, "d"), "1d")


def resolve_window(document: Document, monitor: MonitorDefinition, model: ModelDefinition | None) -> Window:
    """The monitor's window, else the model's, else the default's; a day when nobody says."""
    for given in (monitor.window, model.window if model else None, monitor.defaults.window):
        if given is not None:
            return document.windows[given] if isinstance(given, str) else given
    return DAY


def resolve_baseline(
    document: Document, monitor: MonitorDefinition, model: ModelDefinition | None, source: str
) -> BaselinePlan | None:
    """The monitor's baseline, else the model's, else the default's, bound to the source that it reads."""
    for given in (monitor.baseline, model.baseline if model else None, monitor.defaults.baseline):
        if given is None:
            continue
        found = _named_baseline(document, given) if isinstance(given, str) else given
        label = found.name or given if isinstance(given, str) else describe(found)
        if found.type == "source":
            return BaselinePlan("source", found.source or "", label=str(label))
        span = _span(found, monitor.defaults.timezone)
        return BaselinePlan(
            found.type,
            source,
            found.size,
            found.offset,
            label=str(label),
            described=describe(found),
            period=found.period,
            count=found.count or 1,
            span=span,
        )
    return None


def _span(baseline: Baseline, timezone: str) -> Interval | None:
    """The span of a range; a date is midnight where the windows' days begin."""
    if baseline.start is None or baseline.end is None:
        return None
    return Interval(parse_instant(baseline.start, timezone), parse_instant(baseline.end, timezone))


def _named_baseline(document: Document, name: str) -> Baseline:
    """A declared baseline, or the name of a source, or one of the words that need no parameters."""
    if name in document.baselines:
        return document.baselines[name]
    if name in document.sources:
        return Baseline("source", source=name, name=name)
    return Baseline(name, name=name)


def describe(baseline: Baseline) -> str:
    """A baseline in words."""
    if baseline.type == "trailing":
        offset = f", {baseline.offset} before" if baseline.offset.count else ""
        return f"trailing {baseline.size}{offset}"
    if baseline.type == "seasonal":
        return f"{baseline.period} before" if baseline.count == 1 else f"seasonal {baseline.count} × {baseline.period}"
    if baseline.type == "range":
        return f"range {baseline.start} … {baseline.end}"
    return baseline.source or baseline.type


def resolve_threshold(document: Document, monitor: MonitorDefinition, check: Check) -> Threshold:
    """The monitor's threshold, else the check's default, else one that only records."""
    if isinstance(monitor.threshold, str):
        return document.thresholds[monitor.threshold]
    if monitor.threshold is not None:
        return monitor.threshold
    return check.default_threshold or Threshold(record_only=True)


def resolve(
    document: Document,
    monitor: MonitorDefinition,
    model: ModelDefinition | None,
    check: Check,
    source: str,
    exceptions: Overrides = (),
) -> Resolved:
    """Every value that decides how a monitor is judged. A baseline is resolved only where something is compared.

    `exceptions` are overrides that hold for some segments: one of them may be what compares.
    """
    threshold = resolve_threshold(document, monitor, check)
    others = (applied(monitor, (one,)) for one in exceptions if "threshold" in one.settings)
    thresholds = (threshold, *(resolve_threshold(document, other, check) for other in others))
    compares = frozenset(one.compare for one in thresholds)
    has_baseline = check.needs_baseline or check.compares_columns or compares != {"value"}
    return Resolved(
        window=resolve_window(document, monitor, model),
        baseline=resolve_baseline(document, monitor, model, source) if has_baseline else None,
        threshold=threshold,
        min_rows=_min_rows(monitor, check),
        min_labelled=_min_labelled(monitor, model, check),
        significance=_significance(monitor, check),
        alert=monitor.alert or monitor.defaults.alert or Resolved.DEFAULT_ALERT,
        compares=compares,
    )


def _min_rows(monitor: MonitorDefinition, check: Check) -> int:
    """What the monitor says, else the defaults; 0 for a check that counts and for one without a window, else 100."""
    if monitor.min_rows is not None:
        return monitor.min_rows
    if check.counting or check.windowless:
        return 0
    return monitor.defaults.min_rows if monitor.defaults.min_rows is not None else LEAST_ROWS


def _min_labelled(monitor: MonitorDefinition, model: ModelDefinition | None, check: Check) -> MinLabelled | None:
    """What the monitor says, else its model's labels, else the defaults; nothing of a check that counts."""
    of_model = model.labels.min_labelled if model is not None and model.labels is not None else None
    for given in (monitor.min_labelled, of_model, monitor.defaults.min_labelled):
        if given is not None:
            return given if given.is_asked and not check.counting else None
    return None


def reads_labels(check: Check, *, labelled: bool) -> bool:
    """Whether it matters to a monitor which rows have a label: labels are joined for it, or it reads the target."""
    return labelled or "target" in check.needs_roles


def _significance(monitor: MonitorDefinition, check: Check) -> Significance:
    """On by default for drift checks; a monitor may switch it on or off for any check that gives p-values."""
    if monitor.significance is not None:
        return monitor.significance
    return monitor.defaults.significance or Significance() if check.significance else OFF
