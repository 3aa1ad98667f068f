"""Thresholds: levels in order, bounds that the check can reach on its bad side, a baseline for comparisons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from driftline.checks.base import Check, Takes
from driftline.config import codes
from driftline.config.document import Bounds, MonitorDefinition, Threshold
from driftline.model import Duration
from driftline.schema.semantics.context import Context
from driftline.schema.slots import read_duration
from driftline.schema.tree import Path

LEVELS = ("warning", "critical")
SUSPICIOUS_CHANGE = 5.0  # a change of 500 % that is not written as a percentage


@dataclass(frozen=True)
class Bound:
    """One bound of one level, and where it is written."""

    level: str
    side: str  # above | below
    value: float
    path: Path


def check_thresholds(context: Context) -> None:
    """The thresholds that are declared, then each use of one by a monitor."""
    for name, threshold in context.document.thresholds.items():
        check_levels(context, threshold, ("thresholds", name))
    seen: set[tuple[Path, str]] = set()
    for monitor in context.document.monitors.values():
        used, path = context.threshold_of(monitor)
        _baseline(context, monitor, used, path)
        if used is None:
            _missing(context, monitor)
            continue
        if path[0] == "monitors":
            check_levels(context, used, path)
        check = context.check_of(monitor)
        use = (path, monitor.check or "metric")
        if use not in seen:
            seen.add(use)
            refused = check_against(context, monitor, check, used, path) if check is not None else frozenset()
            _percentages(context, used, path, refused)


def bounds_of(threshold: Threshold, path: Path) -> Iterator[Bound]:
    """The bounds of both levels."""
    for level in LEVELS:
        bounds: Bounds | None = getattr(threshold, level)
        for side in ("above", "below"):
            value = getattr(bounds, side) if bounds is not None else None
            if value is not None:
                yield Bound(level, side, value, (*path, level, side))


# A threshold by itself -----------------------------------------------------------------------------------------------


def check_levels(context: Context, threshold: Threshold, path: Path) -> None:
    """The levels of one threshold: there is one, they are in order, and recovery does not lie inside of a breach."""
    if threshold.record_only:
        return
    written = any(context.tree.written(*path, key) for key in ("compare", "recovery"))
    if written and not any(context.tree.written(*path, level) for level in LEVELS):
        hint = "give at least one of `warning` and `critical`"
        context.error(codes.MISSING_KEY, "the threshold has no level", path, hint)
    for level in LEVELS:
        bounds: Bounds | None = getattr(threshold, level)
        unbounded = not any(context.tree.written(*path, level, side) for side in ("above", "below"))
        if unbounded and context.tree.written(*path, level, "for"):
            context.error(codes.MISSING_KEY, f"`{level}` has no bound", (*path, level), "give `above`, `below` or both")
        if bounds is not None and bounds.above is not None and bounds.below is not None and bounds.above < bounds.below:
            above = context.shown(bounds.above, *path, level, "above")
            below = context.shown(bounds.below, *path, level, "below")
            message = f"every value is above {above} or below {below}"
            context.error(codes.INVERTED_THRESHOLD, message, (*path, level), "exchange `above` and `below`")
    _unchanged(context, threshold, path)
    for side, sign in (("above", 1.0), ("below", -1.0)):
        _order(context, threshold, path, side, sign)
        _recovery(context, threshold, path, side, sign)


def _breaches_unchanged(threshold: Threshold, bound: Bound) -> bool:
    """Whether a reading that equals the baseline's breaches: compared, it is 0."""
    return threshold.compare != "value" and (bound.value < 0 if bound.side == "above" else bound.value > 0)


def _unchanged(context: Context, threshold: Threshold, path: Path) -> None:
    """Bounds of a comparison that are breached when nothing has changed: most often, a minus is missing."""
    for bound in bounds_of(threshold, path):
        if not _breaches_unchanged(threshold, bound):
            continue
        written = context.shown(bound.value, *bound.path)
        text = context.source_text(*bound.path) or written
        other = "above" if bound.side == "below" else "below"
        turned = text[1:] if text.startswith("-") else f"-{text.removeprefix('+')}"
        hint = f"did you mean `{bound.side}: {turned}`, or `{other}: {text}`?"
        message = f"`{bound.side}: {text}` is breached when nothing has changed, since `{threshold.compare}` is 0 then"
        context.warning(codes.BREACHED_UNCHANGED, message, bound.path, hint)


def _order(context: Context, threshold: Threshold, path: Path, side: str, sign: float) -> None:
    warning, critical = _bound(threshold.warning, side), _bound(threshold.critical, side)
    if warning is not None and critical is not None and sign * critical < sign * warning:
        worse = context.shown(critical, *path, "critical", side)
        bad = context.shown(warning, *path, "warning", side)
        message = f"critical ({side} {worse}) is reached before warning ({side} {bad})"
        related = ((*path, "warning", side), "the warning")
        context.error(codes.INVERTED_THRESHOLD, message, (*path, "critical", side), "exchange the two", related)


def _recovery(context: Context, threshold: Threshold, path: Path, side: str, sign: float) -> None:
    """A level `above: x` is recovered from `below: y`, with y <= x."""
    other = "below" if side == "above" else "above"
    recovery = _bound(threshold.recovery, other)
    bounds = [bound for bound in bounds_of(threshold, path) if bound.side == side]
    weakest = min(bounds, key=lambda bound: sign * bound.value, default=None)
    if recovery is not None and weakest is not None and sign * recovery > sign * weakest.value:
        here = (*path, "recovery", other)
        end, start = context.shown(recovery, *here), context.shown(weakest.value, *weakest.path)
        message = f"a value {other} {end} may still be {side} {start}: the alert would end while the breach lasts"
        context.error(codes.RECOVERY_INSIDE_BREACH, message, here, f"write {start} or {'less' if sign > 0 else 'more'}")


def _bound(bounds: Bounds | None, side: str) -> float | None:
    value: float | None = getattr(bounds, side) if bounds is not None else None
    return value


def _percentages(context: Context, threshold: Threshold, path: Path, refused: frozenset[Path]) -> None:
    if threshold.compare != "change":
        return
    for bound in bounds_of(threshold, path):
        text = context.source_text(*bound.path)
        if bound.path in refused or text is None or text.endswith("%"):
            continue
        if abs(bound.value) >= SUSPICIOUS_CHANGE:
            message = f"a change of {text} is {bound.value * 100:+g} %"
            context.warning(codes.PERCENTAGE, message, bound.path, f"did you mean `{text}%`?")


# A threshold and the check that it is for ----------------------------------------------------------------------------


def _missing(context: Context, monitor: MonitorDefinition) -> None:
    path: Path = ("monitors", monitor.name)
    if monitor.preset is not None or context.tree.written(*path, "threshold"):
        return
    check = context.check_of(monitor)
    if (check is None and monitor.metric is None) or (check is not None and check.default_threshold is not None):
        return
    what = f"`{check.kind}`" if check is not None else "a metric"
    message = f"the monitor `{monitor.name}` has no threshold, and {what} has no default one"
    side = "below" if check is not None and check.bad == "below" else "above"
    hint = f"write `threshold: {{critical: {{{side}: …}}}}`, or `threshold: none` to record only"
    context.at_key(codes.NO_THRESHOLD, message, path, hint)


def _baseline(context: Context, monitor: MonitorDefinition, threshold: Threshold | None, path: Path) -> None:
    """A comparison needs a baseline: of the monitor, of each named model, or of the defaults."""
    check = context.check_of(monitor)
    if monitor.preset is not None or (check is not None and check.takes is Takes.VERDICTS):
        return
    compares = threshold.compare if threshold is not None and threshold.compare != "value" else None
    if compares is None and (check is None or not check.needs_baseline):
        return
    lacking = _without_baseline(context, monitor)
    if lacking is None:
        return
    here: Path = ("monitors", monitor.name)
    spot = (*path, "compare") if compares is not None and path[0] == "monitors" else (*here, "check")
    what = f"`compare: {compares}`" if compares is not None else f"`{monitor.check}`"
    if compares is not None and path[0] != "monitors":
        spot = (*here, "threshold")
    message = f"{what} compares with a baseline, and {lacking} has none"
    context.error(
        codes.NO_BASELINE, message, spot, "name one: `baseline: …` on the monitor, its model, or in `defaults`"
    )


def _without_baseline(context: Context, monitor: MonitorDefinition) -> str | None:
    """Who lacks a baseline, in words; None when nobody does that has to have one."""
    if monitor.source is not None or context.tree.written("monitors", monitor.name, "source"):
        return None if context.has_baseline(monitor, None) else f"`{monitor.name}`"
    if monitor.metric is not None:
        metric = context.document.metrics.get(monitor.metric)
        model = context.document.models.get(metric.model) if metric is not None and metric.model else None
        return None if metric is None or context.has_baseline(monitor, model) else f"`{monitor.name}`"
    chosen = context.chosen(monitor)
    lacking = [model for model in chosen.models if not context.has_baseline(monitor, model)]
    named = [model for model in lacking if model.name in chosen.named]
    if named:
        return f"`{named[0].name}`"
    return f"`{lacking[0].name}`" if lacking and len(lacking) == len(chosen.models) else None


def check_against(
    context: Context, monitor: MonitorDefinition, check: type[Check], threshold: Threshold, path: Path
) -> frozenset[Path]:
    """Hold every bound against the check; the paths of those that were refused."""
    use = (("monitors", monitor.name, "threshold"), f"used for `{check.kind}` here") if path[0] != "monitors" else None
    related = (use,) if use is not None else ()
    refused = set()
    for bound in bounds_of(threshold, path):
        found = _wrong_unit(context, check, threshold, bound) or _outside(context, check, threshold, bound)
        if found is not None:
            refused.add(bound.path)
            code, message, hint = found
            context.error(code, message, bound.path, hint, *related)
    if not refused:
        _direction(context, check, threshold, path, related)
    return frozenset(refused)


Found = tuple[codes.Code, str, str | None]


def _wrong_unit(context: Context, check: type[Check], threshold: Threshold, bound: Bound) -> Found | None:
    text = context.source_text(*bound.path)
    if text is None or not isinstance(read_duration(text), Duration):
        return None
    if threshold.compare == "change":
        return codes.WRONG_UNIT, f"a relative change is a number or a percentage, not a time such as `{text}`", None
    if threshold.compare == "deviations":
        return codes.WRONG_UNIT, f"deviations are a number such as `4`, not a time such as `{text}`", None
    if check.unit == "seconds":
        return None
    return codes.WRONG_UNIT, f"`{check.kind}` is not a time, so `{text}` cannot be its bound", None


def _outside(context: Context, check: type[Check], threshold: Threshold, bound: Bound) -> Found | None:
    """A bound that is never, or always, breached."""
    low, high = _range(check, threshold.compare)
    value = bound.value
    if bound.side == "above":
        possible = (low is None or value >= low) and (high is None or value < high)
    else:
        possible = (low is None or value > low) and (high is None or value <= high)
    if possible:
        return None
    message = _range_message(context, check, threshold.compare, bound)
    return codes.OUTSIDE_RANGE, message, _percentage(context, bound, low, high)


def _range_message(context: Context, check: type[Check], compare: str, bound: Bound) -> str:
    what = {"value": f"`{check.kind}`", "difference": f"a difference of `{check.kind}`"}
    subject = what.get(compare, f"a relative change of `{check.kind}`")
    low, high = _range(check, compare)
    if low is not None and high is not None:
        lies = f"lies between {low:g} and {high:g}"
    else:
        lies = f"is never less than {low:g}" if low is not None else f"is never more than {high:g}"
    return f"{subject} {lies}, so `{bound.side}: {context.shown(bound.value, *bound.path)}` makes no sense"


def _percentage(context: Context, bound: Bound, low: float | None, high: float | None) -> str | None:
    """The percentage that was meant, if it would be possible."""
    text, share = context.source_text(*bound.path), bound.value / 100
    fits = (low is None or share >= low) and (high is None or share <= high)
    if text is None or text.endswith("%") or abs(bound.value) < 1 or not fits or share in (low, high):
        return None
    return f"did you mean `{text}%`, which is {share:g}?"


def _range(check: type[Check], compare: str) -> tuple[float | None, float | None]:
    low, high = check.range
    if compare == "value":
        return low, high
    if compare == "difference":
        return (low - high, high - low) if low is not None and high is not None else (None, None)
    if compare == "deviations":
        return None, None
    return (-1.0 if low is not None and low >= 0 else None), None


def _direction(
    context: Context, check: type[Check], threshold: Threshold, path: Path, related: tuple[tuple[Path, str], ...]
) -> None:
    """Levels that are bounded on the harmless side only."""
    if check.bad not in ("above", "below"):
        return
    bounds = list(bounds_of(threshold, path))
    for bound in bounds:
        alone = sum(other.level == bound.level for other in bounds) == 1
        if bound.side == check.bad or not alone or _breaches_unchanged(threshold, bound):
            continue
        better = "higher" if check.bad == "below" else "lower"
        message = f"{better} is better for `{check.kind}`, so a bound `{bound.side}` alerts when things are good"
        report = context.error if threshold.compare == "value" else context.warning
        text = context.source_text(*bound.path) or "…"
        if threshold.compare != "value":  # a fall is as bad as a rise was good: the sign turns as well
            text = text.removeprefix("-") if text.startswith("-") else f"-{text}"
        report(codes.WRONG_DIRECTION, message, bound.path, f"did you mean `{check.bad}: {text}`?", *related)
