"""Which features explain a drift of the predictions: what drifted most, by how much the model leans on it. Pure.

It is a ranking and no proof: features that drift together share what they do, and a model may use them against each
other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from driftline.compile.graph import MonitorPlan
from driftline.compile.select import role_columns, score_columns
from driftline.evaluate.carried import CARRIED
from driftline.globs import fits
from driftline.model import Contribution, Interval, Result


@dataclass(frozen=True)
class Driver:
    """A feature: its drift, the noise floor and p-value of that, its importance (None: not given), and `weight`.

    `weight` is drift × importance, or the drift where no importance is known at all; 0 of a drift within the noise, and
    of a feature without importance among others that have one.
    """

    column: str
    drift: float
    noise: float | None
    p_value: float | None
    importance: float | None
    weight: float


Rows = tuple[str | None, Interval, object]  # of a model, in a window and a segment


@dataclass(frozen=True)
class Learnt:
    """How well each column tells the window from its baseline, as a monitor's classifier has learnt it."""

    monitor: str
    columns: Mapping[str, float]


NOTHING: Mapping[Rows, Learnt] = {}


def rows_of(one: Result) -> Rows:
    """Which rows a verdict is of."""
    return one.model, one.window, one.series.segment


def learnt_of(results: Iterable[Result]) -> Mapping[Rows, Learnt]:
    """What classifiers have learnt of columns, by the rows that they looked at; the first of several counts."""
    found: dict[Rows, Learnt] = {}
    for one in results:
        if one.contributions:
            columns = {each.name: each.value for each in one.contributions}
            found.setdefault(rows_of(one), Learnt(one.series.monitor, columns))
    return found


def importance_for(monitor: MonitorPlan, one: Result, learnt: Mapping[Rows, Learnt]) -> tuple[Mapping[str, float], str]:
    """The importance that counts, and the monitor that it comes from: none where the model declares it itself."""
    declared = monitor.model.importance if monitor.model is not None else {}
    if declared or rows_of(one) not in learnt:
        return declared, ""
    return learnt[rows_of(one)].columns, learnt[rows_of(one)].monitor


def importance_of(column: str, importance: Mapping[str, float]) -> float | None:
    """The importance of a feature: the exact name wins, else the last glob that fits."""
    if column in importance:
        return importance[column]
    found = [number for pattern, number in importance.items() if fits(column, (pattern,))]
    return found[-1] if found else None


def drivers(features: Iterable[Result], importance: Mapping[str, float]) -> tuple[Driver, ...]:
    """Features by drift × importance, the largest first; what has no weight stands behind, by drift."""
    found = [_driver(one, importance) for one in features if one.series.column is not None and one.value is not None]
    return tuple(sorted(found, key=lambda one: (-one.weight, -one.drift, one.column)))


def _driver(one: Result, importance: Mapping[str, float]) -> Driver:
    column, drift = one.series.column or "", abs(one.value or 0.0)
    given = importance_of(column, importance)
    within = one.noise is not None and drift <= one.noise
    weight = 0.0 if within else drift * (given or 0.0) if importance else drift
    return Driver(column, drift, one.noise, one.p_value, given, weight)


def outputs(monitor: MonitorPlan) -> frozenset[str]:
    """The columns that a model gives: its scores and its prediction."""
    if monitor.model is None:
        return frozenset()
    roles, names = role_columns(monitor.model), [one.column for one in monitor.series if one.column is not None]
    single = {roles[role] for role in ("score", "prediction") if role in roles}
    return frozenset(single | set(score_columns(monitor.model, names).values()))


def taken(monitor: MonitorPlan) -> frozenset[str]:
    """Every column with a role: none of them is a feature."""
    return outputs(monitor) | frozenset(role_columns(monitor.model).values() if monitor.model is not None else ())


def with_drivers(
    monitors: Sequence[MonitorPlan], results: Sequence[Result], learnt: Mapping[Rows, Learnt]
) -> tuple[Result, ...]:
    """The verdicts of a family, in which a drift of the predictions says which of its features explain it."""
    if not any(monitor.check.needs_baseline and monitor.facts.family == "drift" for monitor in monitors):
        return tuple(results)
    given = {column for monitor in monitors for column in outputs(monitor)}
    if not given:
        return tuple(results)
    held = {column for monitor in monitors for column in taken(monitor)}
    return tuple(
        _explained(one, results, held, importance_for(monitor, one, learnt)[0])
        if one.is_breach and one.series.column in given and not one.contributions
        else one
        for monitor, one in zip(monitors, results, strict=True)
    )


def _explained(one: Result, results: Sequence[Result], held: set[str], importance: Mapping[str, float]) -> Result:
    beside = [
        each for each in results if each.series.segment == one.series.segment and each.series.column not in held
    ]  # fmt: skip
    ranked = drivers(beside, importance)
    found = tuple(Contribution(each.column, each.weight) for each in ranked[:CARRIED] if each.weight > 0)
    return replace(one, contributions=found)
