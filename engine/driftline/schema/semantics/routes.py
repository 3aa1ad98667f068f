"""Routes and matchers: channels exist, matchers match something, and every alert reaches somebody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from driftline.checks.base import CompositeCheck, Takes
from driftline.config import codes
from driftline.config.document import Matcher, MonitorDefinition, Threshold
from driftline.config.matching import model_matches
from driftline.globs import fits, is_glob
from driftline.schema.semantics.context import Context
from driftline.schema.semantics.presets import PRESET_CHECKS
from driftline.schema.spelling import hint_for
from driftline.schema.tree import Path

LISTED = 5


def check_routes(context: Context) -> None:
    for index, route in enumerate(context.document.routes):
        path: Path = ("routes", index)
        for position, channel in enumerate(route.channels):
            if not context.tree.written("channels", channel):
                spot = (*path, "channels", position)
                context.unknown(codes.UNKNOWN_CHANNEL, "channel", channel, spot, context.document.channels)
        check_matcher(context, route.match, (*path, "match"))
    for monitor in context.document.monitors.values():
        if isinstance(monitor.model, Matcher):
            _model_matcher(context, monitor)
    _unrouted(context)


# Matchers ------------------------------------------------------------------------------------------------------------


def check_matcher(context: Context, matcher: Matcher, path: Path) -> None:
    """Names and globs that are the name of nothing."""
    for key, known in context.vocabulary.items():
        wanted = getattr(matcher, key)
        for spot, text in _texts(context, wanted, (*path, key)):
            if context.tree.known(*spot) and not _means_any(text, known):
                shown = context.tree.shown(text, *spot)
                context.warning(codes.MATCHES_NOTHING, f"{shown} matches no {key}", spot, hint_for(text, known, key))
    for key in matcher.segment or {}:
        if key not in context.segments:
            hint = hint_for(key, sorted(context.segments), "segment")
            at = context.tree.key(*path, "segment", key)
            context.findings.warning(codes.MATCHES_NOTHING, f"no model has a segment `{key}`", at, hint)
    for key in matcher.tags or {}:
        if key not in context.tags:
            hint = hint_for(key, sorted(context.tags), "tag")
            at = context.tree.key(*path, "tags", key)
            context.findings.warning(codes.MATCHES_NOTHING, f"nothing has a tag `{key}`", at, hint)
    if matcher.not_ is not None:
        check_matcher(context, matcher.not_, (*path, "not"))


def _means_any(text: str, names: tuple[str, ...]) -> bool:
    return text in names or (is_glob(text) and any(fits(name, (text,)) for name in names))


def _texts(context: Context, wanted: tuple[str, ...] | None, path: Path) -> Iterator[tuple[Path, str]]:
    for index, text in enumerate(wanted or ()):
        yield ((*path, index) if (*path, index) in context.tree.marks else path), text


def _model_matcher(context: Context, monitor: MonitorDefinition) -> None:
    path: Path = ("monitors", monitor.name, "model")
    for key in ("monitor", "check", "column", "class", "segment", "severity"):
        if context.tree.written(*path, key):
            message = f"`{key}` says nothing of a model, so it cannot select one"
            context.error(codes.UNUSABLE_KEY, message, (*path, key), "match by model, source, task or tags")
    if not context.chosen(monitor).models and context.document.models:
        context.warning(codes.MATCHES_NOTHING, "no model matches", path)


# Alerts that reach nobody --------------------------------------------------------------------------------------------


def _unrouted(context: Context) -> None:
    """One warning for all monitors whose alerts no route can match."""
    if not context.document.routes:
        return
    lost = [monitor for monitor in context.document.monitors.values() if _is_lost(context, monitor)]
    if not lost:
        return
    names = ", ".join(f"`{monitor.name}`" for monitor in lost[:LISTED])
    more = f" and {len(lost) - LISTED} more" if len(lost) > LISTED else ""
    related = tuple((("monitors", monitor.name), "alerts of this monitor") for monitor in lost[:LISTED])
    hint = "add a route that matches them, or say `alert: {route: false}`"
    context.warning(codes.UNROUTED, f"no route matches the alerts of {names}{more}", ("routes",), hint, *related)


def _is_lost(context: Context, monitor: MonitorDefinition) -> bool:
    policy = monitor.alert or monitor.defaults.alert
    threshold, _ = context.threshold_of(monitor)
    if not monitor.enabled or (policy is not None and not policy.route):
        return False
    if threshold is not None and threshold.record_only:
        return False
    return not any(could_match(context, route.match, monitor, threshold) for route in context.document.routes)


def candidates(context: Context, match: Matcher) -> Iterable[MonitorDefinition]:
    """The monitors that a matcher may be about by name: of thousands of exceptions most name one monitor."""
    monitors = context.document.monitors
    if match.monitor is None or any(map(is_glob, match.monitor)):
        return monitors.values()
    names = dict.fromkeys(each for name in match.monitor for each in (name, name.partition(".")[0]))
    return [monitors[name] for name in names if name in monitors]


def could_match(context: Context, match: Matcher, monitor: MonitorDefinition, threshold: Threshold | None) -> bool:
    """Whether some alert of the monitor may match; `not` is only looked at where it excludes the whole monitor."""
    if match.monitor is not None and not any(fits(name, match.monitor) for name in context.monitor_names[monitor.name]):
        return False
    checks = (monitor.check,) if monitor.check else PRESET_CHECKS.get(monitor.preset or "", ("metric",))
    if match.check is not None and not any(fits(check, match.check) for check in checks if check):
        return False
    if match.severity is not None and not _severities(context, monitor, threshold) & set(match.severity):
        return False
    check = context.check_of(monitor)
    if match.column is not None and check is not None and check.takes is not Takes.COLUMN:
        return False
    if match.segment is not None and not monitor.segments:
        return False
    if not _subject_could_match(context, match, monitor):
        return False
    return match.not_ is None or not _always_matches(match.not_, monitor)


def _severities(context: Context, monitor: MonitorDefinition, threshold: Threshold | None) -> set[str]:
    check = context.check_of(monitor)
    threshold = threshold or (check.default_threshold if check is not None else None)
    if threshold is None:
        return {"warning", "critical"}
    found = {level for level in ("warning", "critical") if getattr(threshold, level) is not None}
    policy = monitor.alert or monitor.defaults.alert
    return found | ({policy.no_data} if policy is not None else set())


# What says which rows are read, and when: nothing to a monitor that looks at verdicts.
OF_ROWS = (
    "model", "source", "columns", "segments", "classes", "baseline", "min_rows", "min_labelled", "significance",
    "schedule",
)  # fmt: skip


def is_composite(context: Context, monitor: MonitorDefinition) -> bool:
    """Whether a monitor looks at the verdicts of others."""
    check = context.check_of(monitor)
    return check is not None and issubclass(check, CompositeCheck)


def _subject_could_match(context: Context, match: Matcher, monitor: MonitorDefinition) -> bool:
    if is_composite(context, monitor):
        by_model = "model" in monitor.params.get("by", ())
        return by_model or (match.model is None and match.source is None and match.task is None)
    if monitor.source is not None:
        tags = {**monitor.defaults.tags, **monitor.tags}
        right_source = match.source is None or fits(monitor.source, match.source)
        return right_source and match.model is None and match.task is None and _tags_match(match, tags)
    if monitor.metric is not None:
        metric = context.document.metrics.get(monitor.metric)
        model = context.document.models.get(metric.model or "") if metric is not None else None
        models = [model] if model is not None else []
    else:
        models = list(context.chosen(monitor).models)
    if not models:
        return True
    keyless = Matcher(model=match.model, source=match.source, task=match.task)
    for model in models:
        tags = {**monitor.defaults.tags, **model.tags, **monitor.tags}
        if model_matches(keyless, model) and _tags_match(match, tags):
            return True
    return False


def _tags_match(match: Matcher, tags: Mapping[str, str]) -> bool:
    return all(key in tags and fits(tags[key], patterns) for key, patterns in (match.tags or {}).items())


def _always_matches(excluded: Matcher, monitor: MonitorDefinition) -> bool:
    """Whether a `not` that speaks of monitors only excludes this one for certain."""
    only_names = Matcher(monitor=excluded.monitor)
    return excluded == only_names and excluded.monitor is not None and fits(monitor.name, excluded.monitor)
