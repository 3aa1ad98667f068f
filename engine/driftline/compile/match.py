"""The one matcher (LANGUAGE): keys are AND, items OR, text takes globs, an absent key is any, `not` a matcher."""

from __future__ import annotations

from collections.abc import Mapping

from driftline.config.document import Matcher
from driftline.globs import fits
from driftline.model import MonitorFacts, SeriesKey, Severity


def matches(matcher: Matcher, facts: MonitorFacts, series: SeriesKey, severity: Severity | None) -> bool:
    """Whether a series, at a severity, is one that the matcher speaks of.

    A key that the series has no value for (a column of a series without one) does not match, not even by `*`.
    """
    own = ((matcher.column, series.column), (matcher.class_, series.class_), (matcher.severity, severity))
    if not _fits_monitor(matcher, facts) or not all(wanted is None or _any(wanted, value) for wanted, value in own):
        return False
    if matcher.segment is not None and not _all(matcher.segment, dict(series.segment)):
        return False
    return matcher.not_ is None or not matches(matcher.not_, facts, series, severity)


def may_match(matcher: Matcher, facts: MonitorFacts) -> bool:
    """Whether some series of a monitor may match: what a matcher says of columns, classes and segments is left open."""
    if not _fits_monitor(matcher, facts):
        return False
    excluded = matcher.not_
    return excluded is None or speaks_of_series(excluded) or not may_match(excluded, facts)


def speaks_of_series(matcher: Matcher) -> bool:
    """Whether a matcher, or what it excludes, tells the series of one monitor and model apart."""
    if matcher.column is not None or matcher.class_ is not None:
        return True
    return speaks_of_segments(matcher) or (matcher.not_ is not None and speaks_of_series(matcher.not_))


def speaks_of_segments(matcher: Matcher) -> bool:
    """Whether a matcher, or what it excludes, looks at segments: they are known only once the data is."""
    return matcher.segment is not None or (matcher.not_ is not None and speaks_of_segments(matcher.not_))


def _fits_monitor(matcher: Matcher, facts: MonitorFacts) -> bool:
    """The keys that all series of a monitor on a model share."""
    # First what rules out most: exceptions are held against thousands of monitors.
    if matcher.monitor is not None and not is_named(facts.monitor, matcher.monitor):
        return False
    named = (
        (matcher.model, facts.model),
        (matcher.source, facts.source),
        (matcher.check, facts.check),
        (matcher.task, facts.task),
    )
    if not all(wanted is None or _any(wanted, value) for wanted, value in named):
        return False
    return matcher.tags is None or _all(matcher.tags, facts.tags)


def is_named(monitor: str, patterns: tuple[str, ...]) -> bool:
    """A member of a preset (`quality.missing_rate`) also answers to the monitor's own name."""
    return fits(monitor, patterns) or ("." in monitor and fits(monitor.partition(".")[0], patterns))


def _all(wanted: Mapping[str, tuple[str, ...]], present: Mapping[str, str]) -> bool:
    return all(_any(patterns, present.get(key)) for key, patterns in wanted.items())


def _any(patterns: tuple[str, ...], value: str | None) -> bool:
    return value is not None and fits(value, patterns)
