"""What a plan says in words: windows, thresholds, policies, matchers, ways of telling. Shared by all its formats."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from zoneinfo import ZoneInfo

from driftline.compile.earliest import Earliest
from driftline.compile.graph import MonitorPlan
from driftline.compile.request import Grouping
from driftline.config.document import AlertPolicy, Bounds, Document, Lasting, Matcher, RouteDefinition, Threshold
from driftline.evaluate.wording import compared_unit, counted, length, say
from driftline.model import Interval
from driftline.route.destinations import Destination

NOBODY = "nobody"
WEEK = 7 * 86400.0


def grouping_text(grouping: Grouping) -> str:
    return " × ".join(f"{d.name}=*" if d.by else d.name for d in grouping) or "overall"


def window_text(plan: MonitorPlan) -> str:
    if plan.check.windowless:
        return "as of the run"
    if plan.window is None:
        return "all rows (the source has no timestamp)"
    every = "" if plan.window.every == plan.window.size else f" every {plan.window.every}"
    return f"{plan.window.size}{every}"


def seldom_text(plan: MonitorPlan) -> str | None:
    """`judged once in 28d`, of a monitor that is judged less than once a week: mostly a long window without `every`."""
    if plan.window is None or plan.check.windowless or plan.window.every.seconds <= WEEK:
        return None
    return f"judged once in {plan.window.every}"


def labels_text(plan: MonitorPlan) -> str:
    """When a window is first judged, and until when it is judged again: `judged 1d after the window's end`."""
    first = f"judged {plan.delay} after the window's end" if plan.delay.count else "judged when the window has ended"
    relation = plan.side.relation
    is_dated = relation is not None and relation.limit is not None
    if not is_dated or plan.max_delay.seconds <= plan.delay.seconds:
        return first
    return f"first {first}, again as labels come until {plan.max_delay} after {'it' if plan.delay.count else 'that'}"


def threshold_text(threshold: Threshold, unit: str) -> str:
    """A threshold in one line: `change: warning < -5.0%, critical < -10.0%`."""
    if threshold.record_only:
        return "none (only recorded)"
    levels = (("warning", threshold.warning), ("critical", threshold.critical), ("recovery", threshold.recovery))
    said = [f"{name} {bounds_text(bounds, threshold, unit)}" for name, bounds in levels if bounds is not None]
    return (f"{threshold.compare}: " if threshold.compare != "value" else "") + ", ".join(said)


def bounds_text(bounds: Bounds, threshold: Threshold, unit: str) -> str:
    """`> +100.0% or < -50.0%`."""
    shown = "number" if threshold.compare == "deviations" else compared_unit(threshold.compare, unit)
    signs = ((">", bounds.above), ("<", bounds.below))
    said = " or ".join(f"{sign} {say(bound, shown)}" for sign, bound in signs if bound is not None)
    return said if bounds.for_ is None else f"{said} for {lasting_text(bounds.for_)}"


def lasting_text(lasting: Lasting) -> str:
    """How long a breach lasts: `3d`, `2 windows`, `2 of 3 windows`."""
    if isinstance(lasting, tuple):
        return f"{lasting[0]} of {lasting[1]} windows"
    return counted(lasting, "window") if isinstance(lasting, int) else str(lasting)


def alert_texts(policy: AlertPolicy) -> Mapping[str, str]:
    """The values of an alert policy by key."""
    return {
        "for": lasting_text(policy.for_),
        "keep_firing_for": str(policy.keep_firing_for or "–"),
        "no_data": policy.no_data,
        "route": str(policy.route).lower(),
    }


def earliest_text(found: Earliest | None) -> str:
    """How soon something fires, and what it is made of."""
    if found is None:
        return "never (only recorded)"
    if found.every is None or found.seconds is None:
        return "at the next run" if found.windows == 1 else f"after {found.windows} runs"
    waits = [("lateness", found.lateness), ("labels", found.delay)]
    longest = max(waits, key=lambda each: each[1].seconds)
    waiting = f", {longest[0]} {longest[1]}" if longest[1].count else ""
    hops = f"window of {found.every}" if found.windows == 1 else f"windows of {found.every}"
    return f"{length(found.seconds)} ({found.windows} {hops}{waiting})"


def told_text(found: Sequence[Destination], document: Document) -> str:
    """`warning → ops; critical → ops, pager after 30m`; severities that go the same way stand together."""
    by_severity: dict[str, list[str]] = {}
    for one in found:
        ways = by_severity.setdefault(one.severity.value, [])
        ways += [way for way in _ways(one, document) if way not in ways]
    together: dict[tuple[str, ...], list[str]] = {}
    for severity, ways in by_severity.items():
        together.setdefault(tuple(ways), []).append(severity)
    said = [f"{', '.join(severities)} → {', '.join(ways) or NOBODY}" for ways, severities in together.items()]
    return "; ".join(said) or NOBODY


def _ways(one: Destination, document: Document) -> Iterable[str]:
    route = document.routes[one.route] if one.route is not None else RouteDefinition(Matcher(), one.channels)
    conditions = [f"after {route.after}"] if route.after is not None else []
    conditions += [f"in {' or '.join(route.active)}, outside {route.outside}"] if route.active else []
    conditions += ["some segments"] if one.some else []
    extra = f" ({'; '.join(conditions)})" if conditions else ""
    yield from (f"{name}{extra}" for name in one.channels)
    yield from (f"action {name}{extra}" for name in one.actions)


def matcher_text(matcher: Matcher) -> str:
    """A matcher as it would be written: `{severity: critical, model: [a, b]}`."""
    said = []
    for each in fields(matcher):
        value = getattr(matcher, each.name)
        if value is None:
            continue
        name = each.name.rstrip("_")
        if isinstance(value, Matcher):
            said.append(f"{name}: {matcher_text(value)}")
        elif isinstance(value, Mapping):
            said.append(f"{name}: {{{', '.join(f'{key}: {_texts(texts)}' for key, texts in value.items())}}}")
        else:
            said.append(f"{name}: {_texts(value)}")
    return f"{{{', '.join(said)}}}" if said else "everything"


def _texts(texts: Sequence[str]) -> str:
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"


def span_text(window: Interval, zone: ZoneInfo) -> str:
    if window.start is None:
        return "all rows" if window.end is None else f"as of {_local(window.end, zone)}"
    return f"[{_local(window.start, zone)}, {_local(window.end or window.start, zone)})"


def _local(moment: datetime, zone: ZoneInfo) -> str:
    local = moment.astimezone(zone)
    return f"{local:%Y-%m-%d}" if (local.hour, local.minute) == (0, 0) else f"{local:%Y-%m-%d %H:%M}"


def size_text(size: int) -> str:
    """Bytes for people: `3.4 MB`."""
    if size < 1000:
        return counted(size, "byte")
    value, units = float(size), ("kB", "MB", "GB", "TB", "PB")
    for unit in units:
        value /= 1000
        if value < 999.5 or unit == units[-1]:
            return f"{value:.3g} {unit}"
    return ""


def some_of(names: Sequence[str], most: int = 8) -> str:
    """A few names, and how many there are when that is not all."""
    shown = ", ".join(names[:most])
    return f"{shown}, … ({len(names)})" if len(names) > most else shown
