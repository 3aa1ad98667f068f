"""Where an alert of a series would be told, before there is one: the routes and channels for each severity. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from driftline.compile.graph import MonitorPlan
from driftline.compile.match import matches, speaks_of_segments
from driftline.config.document import Document, Matcher
from driftline.model import SeriesKey, Severity

SEVERITIES = (Severity.WARNING, Severity.CRITICAL)


@dataclass(frozen=True)
class Destination:
    """One way that an alert takes. `route` is its number in `routes`, None where there are none and all is told.

    `some` says that the route looks at segments, so that it holds for some of them only.
    """

    severity: Severity
    route: int | None
    channels: tuple[str, ...]
    actions: tuple[str, ...] = ()
    some: bool = False


def severities(plan: MonitorPlan) -> tuple[Severity, ...]:
    """At which severities the alerts of a monitor can fire."""
    if plan.threshold.record_only:
        return ()
    levels = {Severity.WARNING: plan.threshold.warning, Severity.CRITICAL: plan.threshold.critical}
    return tuple(one for one in SEVERITIES if levels[one] is not None or plan.alert.no_data == one.value)


def destinations(plan: MonitorPlan, series: SeriesKey, document: Document) -> tuple[Destination, ...]:
    """Every way that the alerts of a series may take; none when nobody is told.

    The segments of `series` name what it is split by; their values are in the data.
    """
    if not plan.alert.route:
        return ()
    if not document.routes:
        return tuple(Destination(one, None, tuple(document.channels)) for one in severities(plan) if document.channels)
    found = []
    for severity in severities(plan):
        for index, route in enumerate(document.routes):
            if _may_lead(route.match, plan, series, severity):
                some = speaks_of_segments(route.match)
                found.append(Destination(severity, index, route.channels, route.actions, some))
    return tuple(found)


def _may_lead(match: Matcher, plan: MonitorPlan, series: SeriesKey, severity: Severity) -> bool:
    """Whether a route matches a series, or some of its segments."""
    if not speaks_of_segments(match):
        return matches(match, plan.facts, series, severity)
    split = {name for name, _ in series.segment}
    if not set(match.segment or ()) <= split:
        return False
    return matches(replace(match, segment=None, not_=_of_all(match.not_)), plan.facts, series, severity)


def _of_all(excluded: Matcher | None) -> Matcher | None:
    """What is excluded whatever the segment."""
    return None if excluded is None or speaks_of_segments(excluded) else excluded
