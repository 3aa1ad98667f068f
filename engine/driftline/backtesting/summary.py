"""A replayed history in numbers: alerts from first breach to end, and what each monitor would have cost. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from driftline.alert.replay import First, unlike
from driftline.backtesting.line import Line
from driftline.compile.calendar import shift
from driftline.compile.graph import MonitorPlan
from driftline.model import AlertState, Result, SeriesKey, Severity, Status, Transition
from driftline.report.backtest.values import WEEK, Decided, Episode, MonitorHistory

Subject = tuple[str, str]  # monitor, and the name of what it watches


def results_of(lines: Iterable[Line]) -> tuple[Result, ...]:
    """The final verdicts in order of window end."""
    judged = [one for line in lines for one in line.judged]
    return tuple(one.result for one in sorted(judged, key=lambda one: one.at))


def revised(lines: Iterable[Line]) -> dict[tuple[SeriesKey, datetime], First]:
    """What was found first of windows that were judged again with another value, by series and window end."""
    judged = ((line, one) for line in lines for one in line.judged)
    return {
        (one.result.series, one.at): first
        for line, one in judged
        if (first := unlike(line.first.get(one.at), one.result)) is not None
    }


def transitions_of(lines: Iterable[Line]) -> tuple[Decided, ...]:
    """All changes of alerts in the order in which they were decided."""
    found = [one for line in lines for one in line.decided]
    return tuple(sorted(found, key=lambda one: (one.decided, one.transition.at)))


def episodes_of(lines: Iterable[Line]) -> tuple[Episode, ...]:
    """The alerts that fired, in the order in which that was decided."""
    found = (episode for line in lines for episode in _episodes(line))
    return tuple(sorted(found, key=lambda each: (each.decided, each.since, each.series.text)))


def _episodes(line: Line) -> Iterator[Episode]:
    decided = {one.transition.id: one.decided for one in line.decided if one.superseded is None}
    by_alert: dict[str, list[Transition]] = {}
    for transition in line.holding:
        by_alert.setdefault(transition.alert, []).append(transition)
    for alert, transitions in by_alert.items():
        firing = [each for each in transitions if each.state is AlertState.FIRING]
        if firing:
            first, last = firing[0], transitions[-1]
            worst = next((each for each in firing if each.severity is Severity.CRITICAL), first)
            yield Episode(
                alert=alert,
                series=first.series,
                model=first.result.model,
                severity=worst.severity,
                begins=_begin(line.plan, first.since),
                since=first.since,
                fired=first.at,
                decided=decided[first.id],
                ends=last.at if last.state is AlertState.RESOLVED else None,
                reason=worst.reason,
                is_point=line.plan.window is None or line.plan.check.windowless,
            )


def _begin(plan: MonitorPlan, end: datetime) -> datetime:
    """The start of the window of a plan that ends at an instant."""
    if plan.window is None or plan.check.windowless:
        return end
    return shift(end, plan.window.size, -1, ZoneInfo(plan.timezone))


def histories(
    plans: Iterable[MonitorPlan],
    lines: Mapping[SeriesKey, Line],
    early: Mapping[Subject, Collection[datetime]],
    span: timedelta,
) -> tuple[MonitorHistory, ...]:
    """One for each monitor and model or source that was replayed, in the order of the configuration."""
    by_subject: dict[Subject, list[Line]] = {(plan.name, plan.subject): [] for plan in plans}
    for series, line in lines.items():
        by_subject[series.monitor, series.subject].append(line)
    first = {(plan.name, plan.subject): plan for plan in reversed([*plans])}
    return tuple(_history(first[key], own, early.get(key, ()), span) for key, own in by_subject.items())


def _history(plan: MonitorPlan, lines: Sequence[Line], early: Collection[datetime], span: timedelta) -> MonitorHistory:
    verdicts: dict[datetime, set[Status]] = {}
    for line in lines:
        for one in line.judged:
            verdicts.setdefault(one.at, set()).add(one.result.status)
    timeline = {at: worst_of(found) for at, found in sorted(verdicts.items())}
    silent = sum(status in (Status.NO_DATA, Status.ERROR) for status in timeline.values())
    states = [_states(line) for line in lines]
    fired = sum(AlertState.FIRING in found for each in states for found in each.values())
    return MonitorHistory(
        monitor=plan.name,
        subject=plan.subject,
        model=plan.model.name if plan.model is not None else None,
        source=plan.side.source or None,
        check=plan.check.kind,
        series=len(lines),
        windows=len(timeline),
        no_data=silent,
        insufficient=sum(status is Status.INSUFFICIENT_DATA for status in timeline.values()),
        early=len(set(early) - timeline.keys()),
        pending=sum(AlertState.PENDING in found for each in states for found in each.values()),
        fired=fired,
        resolved=sum(
            AlertState.RESOLVED in found and AlertState.FIRING in found for each in states for found in each.values()
        ),
        withdrawn=sum(len(_withdrawn(line)) for line in lines),
        alerts_per_week=fired / (span / WEEK) if silent < len(timeline) else None,
        timeline=timeline,
    )


def worst_of(found: Collection[Status]) -> Status:
    """What the verdicts of one window come to: a breach first, then what was read; an error hides no other verdict."""
    order = (Status.CRITICAL, Status.WARNING, Status.OK, Status.INSUFFICIENT_DATA, Status.ERROR, Status.NO_DATA)
    return next(status for status in order if status in found)


def _states(line: Line) -> Mapping[str, set[AlertState]]:
    """By alert, the states that it had and that are still true."""
    found: dict[str, set[AlertState]] = {}
    for transition in line.holding:
        found.setdefault(transition.alert, set()).add(transition.state)
    return found


def _withdrawn(line: Line) -> set[str]:
    """The alerts that fired once, and by what is known now never did."""
    fired = {one.transition.alert for one in line.decided if one.transition.state is AlertState.FIRING}
    holding = {alert for alert, states in _states(line).items() if AlertState.FIRING in states}
    return fired - holding
