"""Warnings: definitions that nothing uses, and alerts that come late."""

from __future__ import annotations

from driftline.config import codes
from driftline.config.document import Defaults, Lasting, Matcher, ModelDefinition, MonitorDefinition
from driftline.config.lateness import seconds_to_firing, windows_awaited
from driftline.config.matching import matchers_of_series
from driftline.model import ZERO
from driftline.schema.semantics.context import Context
from driftline.schema.semantics.subjects import Subject, has_time, subjects_of, window_of

WEEK = 7 * 86400.0


def check_unused(context: Context) -> None:
    """Thresholds, windows, baselines and segments that no other definition names."""
    document = context.document
    monitors = list(document.monitors.values())
    models = list(document.models.values())
    holders: list[MonitorDefinition | ModelDefinition | Defaults] = [*monitors, *models, document.defaults]
    holders += [monitor.defaults for monitor in monitors] + [model.defaults for model in models]
    overridden = [override.settings for override in document.overrides]
    used: dict[str, set[str]] = {
        "thresholds": {monitor.threshold for monitor in monitors if isinstance(monitor.threshold, str)},
        "windows": {holder.window for holder in holders if isinstance(holder.window, str)},
        "baselines": {holder.baseline for holder in holders if isinstance(holder.baseline, str)},
    }
    for section, names in used.items():
        given = (settings.get(section[:-1]) for settings in overridden)
        names |= {name for name in given if isinstance(name, str)}
    for section, names in used.items():
        for name in getattr(document, section):
            if name not in names:
                path = (section, name)
                context.warning(codes.UNUSED, f"nothing uses the {section[:-1]} `{name}`", path, "remove it, or use it")
    _unused_segments(context, monitors)


def _unused_segments(context: Context, monitors: list[MonitorDefinition]) -> None:
    used = {name for monitor in monitors for crossed in monitor.segments or () for name in crossed}
    used |= {name for one in context.document.overrides for c in one.settings.get("segments") or () for name in c}
    for _, matcher in matchers_of_series(context.document):
        used |= _segments_in(matcher)
    for model in context.document.models.values():
        for name in model.segments:
            if name not in used and context.tree.written("models", model.name, "segments", name):
                path = ("models", model.name, "segments", name)
                hint = "a monitor asks for it with `segments: [overall, …]`"
                context.warning(codes.UNUSED, f"no monitor uses the segment `{name}`", path, hint)


def _segments_in(matcher: Matcher) -> set[str]:
    inner = _segments_in(matcher.not_) if matcher.not_ is not None else set()
    return set(matcher.segment or ()) | inner


def check_lateness(context: Context) -> None:
    """The earliest alert after an onset: the windows that `for` asks for, and what is awaited after the last."""
    for monitor in context.document.monitors.values():
        policy = monitor.alert or monitor.defaults.alert
        lasting = policy.for_ if policy is not None else 1
        if lasting == 1 and monitor.alert is None:
            continue
        seconds = max((_to_firing(context, monitor, lasting, one) for one in subjects_of(context, monitor)), default=0)
        if seconds > WEEK:
            message = f"the earliest alert comes {seconds / 86400:.0f} days after the onset"
            hint = "judge more often (`every` of the window), or ask for fewer windows"
            context.warning(codes.SLOW_ALERT, message, ("monitors", monitor.name, "alert", "for"), hint)


def _to_firing(context: Context, monitor: MonitorDefinition, lasting: Lasting, subject: Subject) -> float:
    """Seconds from an onset to the firing, as `plan` says it; 0 where there are no windows to count."""
    model, name = subject
    check = context.check_of(monitor)
    window, source = window_of(context, monitor, model), context.document.sources.get(name)
    if window is None or source is None or not has_time(context, name) or (check is not None and check.windowless):
        return 0.0
    labelled = monitor.preset == "performance" or (
        check is not None and not check.learns and "target" in check.needs_roles
    )
    delay = model.labels.delay if labelled and model is not None and model.labels is not None else ZERO
    return seconds_to_firing(windows_awaited(lasting, window.every), window.every, source.lateness, delay)
