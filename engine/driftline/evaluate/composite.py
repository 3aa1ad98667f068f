"""Verdicts over verdicts: composite monitors, judged where the windows of what they look at end. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from driftline.checks.base import CompositeCheck, Verdict
from driftline.compile.calendar import ending, shift
from driftline.compile.graph import MonitorPlan
from driftline.compile.match import matches
from driftline.compile.schedule import Judgement
from driftline.config.document import Matcher
from driftline.evaluate.measured import Measured
from driftline.evaluate.verdict import STATUS, Member, judge
from driftline.model import Interval, MonitorFacts, Result, SeriesKey, Severity, Status

LATEST = datetime.max.replace(tzinfo=UTC)
FactsOf = Callable[[SeriesKey], MonitorFacts | None]
SEVERITIES: Mapping[Status, Severity] = {status: severity for severity, status in STATUS.items()}


@dataclass(frozen=True)
class Told:
    """The verdict of one series on one window, as far as a composite is concerned."""

    series: SeriesKey
    at: datetime  # the window's end
    status: Status


def looked_at(plan: MonitorPlan, told: Sequence[Told], facts_of: FactsOf) -> list[Told]:
    """The verdicts that a composite is about; which of them breach is another question."""
    members = _members(plan, (one.series for one in told), facts_of)
    return [one for one in told if one.series in members]


def series_of(plan: MonitorPlan, known: Iterable[SeriesKey], facts_of: FactsOf) -> frozenset[SeriesKey]:
    """The series that a composite has where these are the ones that it may look at."""
    return frozenset(_key(plan, series) for series in _members(plan, known, facts_of))


def _members(plan: MonitorPlan, series: Iterable[SeriesKey], facts_of: FactsOf) -> frozenset[SeriesKey]:
    """Of some series, those that a composite looks at: never those of composites, its own among them."""
    match, model = replace(_check(plan).of, severity=None), plan.model.name if plan.model is not None else None
    return frozenset(
        one
        for one in frozenset(series)
        if (facts := facts_of(one)) is not None
        and facts.family != plan.facts.family
        and model in (None, facts.model)
        and matches(match, facts, one, None)
    )


def span(plan: MonitorPlan, end: datetime) -> Interval:
    """The window of a composite that ends at `end`: verdicts of windows that end in it (its start left out) count."""
    window = plan.window
    return Interval(None, end) if window is None else ending(window, end, ZoneInfo(plan.timezone))


def _last_end(plan: MonitorPlan, at: datetime) -> datetime:
    """The latest instant at which a window of a composite may end in which a verdict counts."""
    window = plan.window
    return LATEST if window is None else shift(at, window.size, 1, ZoneInfo(plan.timezone))


def judge_composite(
    plan: MonitorPlan, new: Sequence[Told], earlier: Iterable[Told]
) -> tuple[tuple[Judgement, Result], ...]:
    """The verdicts of a composite wherever a window of `new` ends; `earlier` are those that older runs judged.

    Both are what it looks at (see `looked_at`); where both judge one window of one series, the new verdict holds. If it
    is another one, so may be what was said of windows that end later and still rest on it: these are judged too.
    """
    before = {(one.series, one.at): one for one in earlier}
    known = before | {(one.series, one.at): one for one in new}
    changed = {one for one in new if before.get((one.series, one.at)) != one}
    due = {one.at for one in new}
    coming = deque(sorted(known.values(), key=lambda one: one.at))
    latest: dict[SeriesKey, Told] = {}
    found: list[tuple[Judgement, Result]] = []
    for end in sorted({one.at for one in known.values() if one.at >= min(due)}):
        while coming and coming[0].at <= end:
            one = coming.popleft()
            latest[one.series] = one
        window = span(plan, end)
        within = [one for one in latest.values() if window.start is None or one.at > window.start]
        if end not in due and changed.isdisjoint(within):
            continue
        for key, members in _groups(plan, within).items():
            own = plan.at(key)
            if own.enabled:
                judgement = Judgement(own, window, None, window, end, end)
                found.append((judgement, _result(judgement, key, members)))
    return tuple(found)


def judge_composites(
    plans: Iterable[MonitorPlan],
    told: Sequence[Told],
    earlier: Callable[[datetime | None, datetime], Iterable[Told]],
    facts_of: FactsOf,
) -> Iterator[tuple[Judgement, Result]]:
    """The verdicts of composite monitors over those of one run, and over those that `earlier` runs have `told`.

    `earlier` takes two instants, and gives the verdicts on windows that end after the first (None: all), up to the
    second.
    """
    for plan in plans:
        new = looked_at(plan, told, facts_of)
        if new:
            first = span(plan, min(one.at for one in new)).start
            kept = earlier(first, _last_end(plan, max(one.at for one in new)))
            yield from judge_composite(plan, new, looked_at(plan, tuple(kept), facts_of))


def _check(plan: MonitorPlan) -> CompositeCheck:
    if not isinstance(plan.check, CompositeCheck):
        raise TypeError(f"{plan.name} is no composite")
    return plan.check


def _groups(plan: MonitorPlan, members: Iterable[Told]) -> dict[SeriesKey, list[Told]]:
    """The series of the composite, each with the verdicts that it is about."""
    groups: dict[SeriesKey, list[Told]] = {}
    for one in members:
        groups.setdefault(_key(plan, one.series), []).append(one)
    return groups


def _key(plan: MonitorPlan, member: SeriesKey) -> SeriesKey:
    """The series of the composite that one of those it looks at belongs to."""
    by = _check(plan).by
    return SeriesKey(
        plan.environment,
        plan.name,
        plan.subject,
        member.column if "column" in by else None,
        member.segment if "segment" in by else (),
        member.class_ if "class" in by else None,
    )


def _result(judgement: Judgement, key: SeriesKey, members: Sequence[Told]) -> Result:
    """The verdict over verdicts, by the same gates and thresholds as any other."""
    check = _check(judgement.monitor)
    ordered = sorted(members, key=lambda one: one.series.text)
    reading = check.tally([Verdict(one.series, one.status, _breaches(one, check.of)) for one in ordered])
    (result,) = judge([Member(judgement, Measured(key, reading))])
    return result


def _breaches(one: Told, of: Matcher) -> bool:
    severity = SEVERITIES.get(one.status)
    return severity is not None and (of.severity is None or severity in of.severity)
