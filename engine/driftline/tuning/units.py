"""The monitors of a replayed history, one by one: which can be tuned, and what each may spend. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from driftline.backtesting.replay import Replay
from driftline.compile.graph import MonitorPlan
from driftline.compile.incidents import Incident
from driftline.evaluate.verdict import Member
from driftline.model import Result, SeriesKey
from driftline.report.backtest.values import WEEK, BacktestReport, MonitorHistory
from driftline.report.tuning.values import Standing
from driftline.tuning.budget import Budget
from driftline.tuning.history import Column, Scale, Unit, standing_of

FEW = 0.5  # coverage below which a rate is said to rest on little


def units_of(report: BacktestReport, replay: Replay, scale: Scale) -> tuple[Unit, ...]:
    """The monitors that were judged on rows; those over verdicts follow from them."""
    families: dict[tuple[str, str], list[tuple[datetime, Sequence[Member]]]] = {}
    for at, members in replay.readings or ():
        if members:
            series = members[0].measured.key
            families.setdefault((series.monitor, series.subject), []).append((at, members))
    plans = {(plan.name, plan.subject): plan for plan in reversed(report.graph.monitors)}
    every = timedelta(seconds=report.every.seconds)
    found = []
    for history in report.monitors:
        key = (history.monitor, history.subject)
        if key in families:
            lines = {s: line for s, line in replay.lines.items() if (s.monitor, s.subject) == key}
            found.append(Unit(plans[key], history, families[key], lines, scale, every))
    return tuple(found)


def composites_of(report: BacktestReport) -> Iterator[tuple[MonitorPlan, MonitorHistory]]:
    """The monitors over verdicts."""
    plans = {(plan.name, plan.subject): plan for plan in report.graph.composites}
    for history in report.monitors:
        plan = plans.get((history.monitor, history.subject))
        if plan is not None:
            yield plan, history


def standing_in(report: BacktestReport, plan: MonitorPlan, history: MonitorHistory, scale: Scale) -> Standing:
    """The alerts of one monitor in a report."""
    own = [one for one in report.episodes if (one.series.monitor, one.series.subject) == (plan.name, plan.subject)]
    return standing_of(own, plan, scale, report.weeks * (history.coverage or 0.0))


def spent_by_composites(report: BacktestReport, scale: Scale) -> float:
    """The alerts a week of monitors over verdicts: of a total budget, they take what they fire."""
    found = ((plan, standing_in(report, plan, history, scale)) for plan, history in composites_of(report))
    return sum(standing.per_week for plan, standing in found if plan.alert.route)


def warnings_of(
    budget: Budget, report: BacktestReport, over: Iterable[Unit], incidents: Sequence[Incident]
) -> Iterator[str]:
    """How far a proposal is to be trusted."""
    if (report.until - report.since).total_seconds() < budget.least_seconds:
        weeks = (report.until - report.since) / WEEK
        yield f"{weeks:.1f} weeks of history are too short for {budget.text}: take {budget.least_text} at least"
    for unit in over:
        share = unit.history.coverage or 0.0
        if share < FEW:
            yield f"{unit.history.name} could read {share:.0%} of its windows: its rate rests on {unit.weeks:.1f} weeks"
    if not _inside(incidents, report):
        yield "no incident is declared in this time: nothing shows what a quieter monitor would miss"


def _inside(incidents: Iterable[Incident], report: BacktestReport) -> bool:
    spans = ((one.span.start, one.span.end) for one in incidents)
    return any((end is None or end > report.since) and (start is None or start < report.until) for start, end in spans)


def histories_outside(unit: Unit, columns: Collection[Column]) -> Iterator[tuple[SeriesKey, Sequence[Result]]]:
    """The verdicts of the series of some columns on windows without an incident, in order of time."""
    for key, line in unit.lines.items():
        if key.column in columns:
            yield key, [one.result for one in line.judged if unit.outside(one.result, one.at)]
