"""The one matcher (LANGUAGE): keys are AND, items OR, text takes globs, an absent key is any, `not` a matcher."""

from __future__ import annotations

from driftline.config.document import Matcher
from driftline.globs import fits
from driftline.model import MonitorFacts, SeriesKey, Severity


def matches(matcher: Matcher, facts: MonitorFacts, series: SeriesKey, severity: Severity | None) -> bool:
    """Whether a series, at a severity, is one that the matcher speaks of.

    A key that the series has no value for (a column of a series without one) does not match, not even by `*`.
    """
    named = (
        (matcher.monitor, series.monitor),
        (matcher.model, facts.model),
        (matcher.source, facts.source),
        (matcher.check, facts.check),
        (matcher.column, series.column),
        (matcher.class_, series.class_),
        (matcher.task, facts.task),
        (matcher.severity, severity),
    )
    if not all(patterns is None or _any(patterns, value) for patterns, value in named):
        return False
    segment = dict(series.segment)
    for wanted, present in ((matcher.segment, segment), (matcher.tags, facts.tags)):
        if wanted is not None and not all(_any(patterns, present.get(key)) for key, patterns in wanted.items()):
            return False
    return matcher.not_ is None or not matches(matcher.not_, facts, series, severity)


def _any(patterns: tuple[str, ...], value: str | None) -> bool:
    return value is not None and fits(value, patterns)
