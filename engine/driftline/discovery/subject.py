"""What is searched: one series of one monitor, over its latest window."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from driftline.compile.graph import MonitorPlan, SeriesPlan
from driftline.compile.schedule import Judgement, due
from driftline.config.document import Document, Threshold
from driftline.errors import UsageError
from driftline.model import SeriesKey
from driftline.preparing import Prepared
from driftline.report.naming import name_of
from driftline.schema.semantics.significance import UNCERTAIN_FAMILIES
from driftline.schema.spelling import nearest

FEW = 10  # names that a message lists


@dataclass(frozen=True)
class Chosen:
    """A series, and the monitor that it belongs to."""

    plan: MonitorPlan
    series: SeriesPlan

    @property
    def key(self) -> SeriesKey:
        return self.plan.series_key(self.series)

    @property
    def name(self) -> str:
        return name_of(self.key)


def comparing(document: Document, name: str) -> Document:
    """The document, in which a monitor is compared with the baseline that there is for it, whatever its threshold.

    `name` is that of the monitor or of one of its series.
    """
    monitors = {
        each.name: replace(each, threshold=Threshold("difference"), schedule=None)
        for each in document.monitors.values()
        if each.preset is None and (name == each.name or name.startswith(f"{each.name}/"))
    }
    return replace(document, monitors={**document.monitors, **monitors})


def chosen(prepared: Prepared, name: str) -> Chosen:
    """The series that a name means: of a monitor that has but one, or as results call it.

    Raises UsageError with what was meant, or with what there is to choose from.
    """
    every = [Chosen(plan, series) for plan in prepared.graph.monitors for series in plan.series]
    found = [one for one in every if one.name == name] or [one for one in every if one.plan.name == name]
    found = found or [one for one in every if one.name.startswith(f"{name}/")]
    if not found:
        raise UsageError(_unknown(prepared, every, name))
    for one in found:
        reason = _unfit(one)
        if reason is not None:
            raise UsageError(f"{one.plan.name} cannot be searched: {reason}")
    if len(found) > 1:
        raise UsageError(f"{name} has {len(found)} series, choose one of: {_listed(one.name for one in found)}")
    (one,) = found
    failure = one.series.failure or one.series.baseline_failure
    if failure is not None:
        raise UsageError(f"{one.name} cannot be searched: {failure}")
    return one


def _unknown(prepared: Prepared, every: Iterable[Chosen], name: str) -> str:
    composites = {plan.name for plan in prepared.graph.composites}
    if name in composites:
        return f"{name} cannot be searched: it looks at verdicts of other monitors, not at rows; search one of those"
    names = dict.fromkeys([*(one.plan.name for one in every), *(one.name for one in every)])
    meant = nearest(name, names)
    left_out = next((one for one in prepared.graph.left_out if one.monitor == name), None)
    if left_out is not None:
        return f"monitor {name} measures nothing: {left_out.reason}"
    hint = f"did you mean {meant}?" if meant else f"there are: {_listed({one.plan.name: None for one in every})}"
    return f"there is no monitor {name}; {hint}"


def _listed(names: Iterable[str]) -> str:
    names = list(names)
    more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
    return ", ".join(names[:FEW]) + more


def _unfit(one: Chosen) -> str | None:
    """Why a monitor is no metric of rows with an error that can be told."""
    check = one.plan.check
    instead = "search a monitor of a metric such as accuracy, roc_auc, mae or missing_rate"
    if check.learns:
        return f"{check.kind} is an estimate that learns from the baseline as a whole; {instead}"
    if check.needs_baseline or check.compares_columns:
        return f"{check.kind} is a distance between two sets of rows, not a metric of rows; {instead}"
    if check.counting or check.windowless:
        return f"{check.kind} measures no rows' values; {instead}"
    if one.plan.facts.family not in UNCERTAIN_FAMILIES and not check.uncertain:
        return f"{check.kind} has no standard error, so that chance cannot be told from change; {instead}"
    return None


def judgement_of(prepared: Prepared, one: Chosen, at: str) -> Judgement:
    """The latest window of a series, with its whole baseline as one.

    A schedule says when a monitor is judged, and a comparison by deviations looks at the baseline's windows apart:
    neither has a say here. Raises UsageError where no window is complete.
    """
    plan = one.plan
    plan = replace(
        plan,
        series=(one.series,),
        groupings=((),),
        threshold=replace(plan.threshold, compare="difference"),
        significance=replace(plan.significance, block=None),
        compares=frozenset(),
        growth=0.0,
        schedule=None,
        exceptions=None,
    )
    found = due(plan, prepared.as_of[plan.side.source])
    if not found:
        raise UsageError(f"--at {at}: no window of {plan.name} is complete by then; name a later instant")
    return found[-1]
