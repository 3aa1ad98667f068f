"""Baselines as monitors use them: periods that do not overlap the window, comparisons that can be made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from driftline.checks.base import Check
from driftline.clock import parse_instant
from driftline.config import codes
from driftline.config.document import Baseline, ModelDefinition, MonitorDefinition, Threshold, Window
from driftline.model import Duration
from driftline.schema.semantics.alerting import check_span
from driftline.schema.semantics.context import Context
from driftline.schema.semantics.overrides import speaks_of, without_severity
from driftline.schema.semantics.presets import PRESET_CHECKS
from driftline.schema.semantics.routes import could_match
from driftline.schema.semantics.subjects import has_time, subjects_of, window_of
from driftline.schema.tree import Path

LEAST_WINDOWS = 8  # of a history whose spread is the measure
MONTH_DAYS = (28, 31)


@dataclass(frozen=True)
class Use:
    """One monitor on one model or source: with which baseline its window is compared, and where that is written."""

    monitor: MonitorDefinition
    source: str
    window: Window
    baseline: Baseline
    path: Path


def check_baselines(context: Context) -> None:
    """Every use of a baseline, each finding once."""
    for name, baseline in context.document.baselines.items():
        if baseline.type == "range":
            check_span(context, ("baselines", name))
    seen: set[tuple[Path, object]] = set()
    for monitor in context.document.monitors.values():
        threshold, path = context.threshold_of(monitor)
        compare = threshold.compare if threshold is not None else "value"
        if _refused(context, monitor, threshold, path) or (compare == "value" and not _compares(context, monitor)):
            continue
        for use in uses(context, monitor):
            key = (use.path, (use.window.size, use.window.every, use.source, compare))
            if key not in seen:
                seen.add(key)
                _use(context, use, compare)
    _overrides(context)
    for incident in context.document.incidents:
        reason = "the rows of an incident are left out before anything is judged"
        without_severity(context, incident.match, ("incidents", incident.index, "match"), reason)


# Whether the check can be compared at all ----------------------------------------------------------------------------


def _checks(context: Context, monitor: MonitorDefinition) -> Iterator[type[Check]]:
    names = (monitor.check,) if monitor.check is not None else PRESET_CHECKS.get(monitor.preset or "", ())
    yield from (context.registry.check_class(name) for name in names if name in context.registry.checks)


def _compares(context: Context, monitor: MonitorDefinition) -> bool:
    """Whether the check itself, or a member of the preset, compares with a baseline."""
    return monitor.preset is not None or any(check.needs_baseline for check in _checks(context, monitor))


def _refused(context: Context, monitor: MonitorDefinition, threshold: Threshold | None, path: Path) -> bool:
    """Report a `compare` that the check can never answer."""
    if threshold is None or threshold.compare == "value":
        return False
    for check in _checks(context, monitor):
        reason = _why_incomparable(check)
        if reason is not None:
            own = path[0] == "monitors"
            spot = (*path, "compare") if own else ("monitors", monitor.name, "threshold")
            message = f"`compare: {threshold.compare}` is not for `{check.kind}`, {reason}"
            context.error(
                codes.INCOMPARABLE, message, spot, "remove `compare`, and give the bounds of the value itself"
            )
            return True
    return False


def _why_incomparable(check: type[Check]) -> str | None:
    if check.needs_baseline and not check.learns:
        return "which is itself a distance from the baseline"
    if check.compares_columns:
        return "which compares columns with those of the baseline"
    return "which has no window, so there are none before it" if check.windowless else None


# One use -------------------------------------------------------------------------------------------------------------


def uses(context: Context, monitor: MonitorDefinition) -> Iterator[Use]:
    """The baseline and the window of a monitor on each of its models, or its source."""
    for model, source in subjects_of(context, monitor):
        found = _baseline(context, monitor, model)
        window = window_of(context, monitor, model)
        if found is not None and window is not None:
            yield Use(monitor, source, window, *found)


def _baseline(
    context: Context, monitor: MonitorDefinition, model: ModelDefinition | None
) -> tuple[Baseline, Path] | None:
    """The baseline that holds, and where it is written."""
    given: tuple[tuple[str | Baseline | None, Path], ...] = (
        (monitor.baseline, ("monitors", monitor.name, "baseline")),
        (
            model.baseline if model is not None else None,
            ("models", model.name if model is not None else "", "baseline"),
        ),
        (monitor.defaults.baseline, ("defaults", "baseline")),
    )
    for baseline, path in given:
        if baseline is None:
            continue
        if isinstance(baseline, Baseline):
            return baseline, path
        if baseline in context.document.baselines:
            return context.document.baselines[baseline], path
        return (Baseline("source", baseline), path) if baseline in context.document.sources else None
    return None


def _use(context: Context, use: Use, compare: str) -> None:
    baseline = use.baseline
    if baseline.type == "seasonal" and baseline.period is not None and _shorter(baseline.period, use.window.size):
        message = f"periods of {baseline.period} overlap the window of {use.window.size} that they are compared with"
        hint = "make `period` at least as long as the window, or judge shorter windows"
        context.error(codes.OVERLAPPING_PERIODS, message, use.path, hint, _judged_here(use))
        return
    if baseline.type == "range":
        if context.tree.written(*use.path, "start"):
            check_span(context, use.path)
        _in_incident(context, use)
    if compare == "deviations":
        _deviations(context, use)


def _judged_here(use: Use) -> tuple[Path, str]:
    return ("monitors", use.monitor.name), "compared here"


def _shorter(period: Duration, size: Duration) -> bool:
    """Whether a period may be shorter than a window: a month counts as its shortest, as a window as its longest."""
    if period.unit == size.unit:
        return period.count < size.count
    return days_of(period, MONTH_DAYS[0]) < days_of(size, MONTH_DAYS[1])


def days_of(length: Duration, month: int) -> float:
    """A length in days, of months that have so many."""
    return float(length.count * month) if length.unit == "mo" else length.seconds / 86400


def _in_incident(context: Context, use: Use) -> None:
    """A warning where a fixed span lies in an incident whose rows are left out."""
    document, baseline = context.document, use.baseline
    span = (
        _span(baseline.start, baseline.end, document.sources[use.source].timezone)
        if use.source in document.sources
        else None
    )
    for incident in document.incidents:
        other = _span(incident.start, incident.end, document.defaults.timezone)
        if incident.baselines != "exclude" or span is None or other is None:
            continue
        if other[0] <= span[0] and span[1] <= other[1] and could_match(context, incident.match, use.monitor, None):
            shown = context.tree.shown(incident.id, "incidents", incident.index, "id")
            message = f"the incident {shown} covers this baseline, so there is nothing to compare with"
            hint = "choose another span, or say `baselines: keep` of the incident"
            context.warning(
                codes.BASELINE_IN_INCIDENT, message, use.path, hint, (("incidents", incident.index), "the incident")
            )


def _span(start: str | None, end: str | None, timezone: str) -> tuple[datetime, datetime] | None:
    try:
        return parse_instant(start or "", timezone), parse_instant(end or "", timezone)
    except (ValueError, OSError):
        return None  # refused by its slot, or the time zone is reported


# Deviations ----------------------------------------------------------------------------------------------------------


def _deviations(context: Context, use: Use) -> None:
    """The baseline has windows, and enough of them."""
    baseline = use.baseline
    if baseline.type == "previous":
        message = f"`previous` is one window, and deviations need at least {LEAST_WINDOWS}"
        hint = "name a longer baseline, such as `{type: trailing, size: 28d}`"
        context.error(codes.INCOMPARABLE, message, use.path, hint, _judged_here(use))
        return
    source = context.document.sources.get(baseline.source or "")
    if baseline.type == "source" and source is not None and not has_time(context, source.name):
        message = f"the source `{source.name}` has no timestamp, so it has no windows to measure deviations by"
        hint = "declare its `timestamp`, or name a baseline such as `{type: trailing, size: 28d}`"
        context.error(codes.INCOMPARABLE, message, use.path, hint, _judged_here(use))
        return
    windows = _windows(use)
    if windows is not None and windows < LEAST_WINDOWS:
        message = (
            f"the baseline has {windows} windows of {use.window.size}, and deviations need at least {LEAST_WINDOWS}"
        )
        key = "`count`" if baseline.type == "seasonal" else "the baseline"
        context.warning(codes.FEW_WINDOWS, message, use.path, f"lengthen {key}, or judge more often", _judged_here(use))


def _windows(use: Use) -> int | None:
    """How many windows a baseline has with a whole history; None where only the data tells."""
    window, days = use.window, days_in(use.baseline)
    if use.baseline.type == "seasonal":
        return use.baseline.count
    if days is None:
        return None
    size, every = days_of(window.size, MONTH_DAYS[0]), days_of(window.every, MONTH_DAYS[0])
    return max(0, int((days - size) / every + 1e-9) + 1) if days >= size else 0


def days_in(baseline: Baseline) -> float | None:
    """The days of a baseline that is one span, at most; None where only the data tells, or it is none."""
    if baseline.type == "trailing" and baseline.size is not None:
        return days_of(baseline.size, MONTH_DAYS[1])
    if baseline.type == "range" and (span := _span(baseline.start, baseline.end, "UTC")) is not None:
        return (span[1] - span[0]).total_seconds() / 86400
    return None


def _overrides(context: Context) -> None:
    """What is read for deviations is decided before segments are known."""
    for override in context.document.overrides:
        threshold = override.settings.get("threshold")
        if isinstance(threshold, str):
            threshold = context.document.thresholds.get(threshold)
        by_segment = speaks_of(override.match, "segment")
        if isinstance(threshold, Threshold) and threshold.compare == "deviations" and by_segment:
            message = "`compare: deviations` cannot differ by segment: it decides what is read"
            hint = "remove `segment` from the matcher, or write a monitor of its own"
            spot: Path = ("overrides", override.index, "set", "threshold")
            context.error(codes.UNUSABLE_OVERRIDE, message, spot, hint)
