"""Changes that may quiet a monitor, each family ordered from the mildest. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from driftline.compile.graph import MonitorPlan
from driftline.config.document import AlertPolicy, Document, Lasting
from driftline.config.lateness import windows_awaited
from driftline.doctor.facts import Watched
from driftline.doctor.limits import LEAST_PROPOSED, within
from driftline.doctor.thresholds import ends
from driftline.model import Duration, Result, Status
from driftline.store.survey import SeriesSurvey, Spread
from driftline.tuning.history import Change, Column, Settings, Unit
from driftline.tuning.levels import Limits, Mover
from driftline.tuning.spelling import Spelling, spellings

MOST_WAITING = 7 * 86400.0  # seconds by which a `for` may put off an alert
LONGEST = 4  # windows in a row
# Of what was compared, how much a moved bound lets through: ever nearer to all of it.
SHARES = (*(1 - 0.5 * 0.9**step for step in range(90)), 1.0)
BLIND = 0.2  # share of windows that a larger `min_rows` may leave unjudged
Of = TypeVar("Of")
READ = (Status.OK, Status.WARNING, Status.CRITICAL)


def by_waiting(unit: Unit) -> list[Change]:
    """Alerts that wait until a breach is confirmed: `2 of 3`, then two, three and four windows in a row."""
    found: list[Change] = []
    policies = {column: _only(plan.alert for plan in plans) for column, plans in unit.plans.items()}
    for step in range(LONGEST):
        change = {
            column: Settings(alert=alert)
            for column, policy in policies.items()
            if policy is not None and (alert := _waiting(unit, policy, step)) is not None
        }
        if change and change not in found:
            found.append(change)
    return found


def _waiting(unit: Unit, policy: AlertPolicy, step: int) -> AlertPolicy | None:
    """The policy with the so-manieth longer `for`; None where there is none, or an alert would come too late."""
    longer = _longer(policy.for_)
    if step >= len(longer):
        return None
    window = unit.plan.window
    every = window.every if window is not None and not unit.plan.check.windowless else None
    more = windows_awaited(longer[step], every) - windows_awaited(policy.for_, every)
    seconds = every.seconds if every is not None else unit.every.total_seconds()
    return replace(policy, for_=longer[step]) if more * seconds <= MOST_WAITING else None


def _longer(lasting: Lasting) -> Sequence[Lasting]:
    """What asks for more than `for` does, from the mildest."""
    if isinstance(lasting, tuple):
        return [(hits, lasting[1]) for hits in range(lasting[0] + 1, lasting[1] + 1)]
    if isinstance(lasting, Duration):
        return [Duration(lasting.count * times, lasting.unit) for times in (2, 3)]
    first: list[Lasting] = [(2, 3)] if lasting == 1 else []
    return [*first, *range(lasting + 1, LONGEST + 1)]


def by_level(unit: Unit, document: Document, base: Change, only: Sequence[Column] | None = None) -> list[Change]:
    """Bounds moved out to ever larger quantiles of what was compared outside of incidents, with the settings of `base`.

    Only the bounds of columns that alarm move, each to its own quantile; or those of `only` some of them.
    """
    if unit.history.with_data < LEAST_PROPOSED:
        return []
    noisy = noisy_columns(unit) if only is None else only
    movers = {column: mover for column in noisy if (mover := _mover(unit, document, column)) is not None}
    compared = _compared(unit)
    found: list[Change] = []
    for share in SHARES:
        moved = {
            column: limits
            for column, mover in movers.items()
            if column in compared and (limits := mover.moved(compared[column], share)) is not None
        }
        change = {**base, **{column: _with(base, column, limits) for column, limits in moved.items()}}
        if moved and change != (found[-1] if found else {}):
            found.append(change)
    return found


def noisy_columns(unit: Unit) -> Sequence[Column]:
    """The columns that alarm outside of incidents."""
    return [column for column in unit.plans if unit.alarms[column]]


def _with(base: Change, column: Column, limits: Limits) -> Settings:
    return replace(base.get(column, Settings()), limits=limits)


def _mover(unit: Unit, document: Document, column: Column) -> Mover | None:
    """What moves the threshold of a column; None where its segments have several, or none."""
    plan = unit.plans[column][0]
    threshold = _only(each.threshold for each in unit.plans[column])
    if threshold is None or threshold.record_only:
        return None
    watched = Watched(plan, tuple(_surveys(unit, column)))
    reach = ends(watched)
    return Mover(threshold, spellings(document, plan), lambda wanted: within(watched, wanted, reach))


def _surveys(unit: Unit, column: Column) -> Iterable[SeriesSurvey]:
    """The series of a column, with what their baselines read."""
    for key, line in unit.lines.items():
        if key.column == column and line.judged:
            read = [one.result.baseline_value for one in line.judged if one.result.baseline_value is not None]
            spread = Spread(min(read, default=None), max(read, default=None))
            yield SeriesSurvey(key, {}, line.judged[0].at, line.judged[-1].at, baseline=spread)


def _compared(unit: Unit) -> Mapping[Column, Sequence[float]]:
    """What the threshold saw of each column outside of incidents, sorted."""
    found: dict[Column, list[float]] = {}
    for one in unit.results(unit.outside):
        if one.compared is not None and one.status in READ:
            found.setdefault(one.series.column, []).append(one.compared)
    return {column: sorted(values) for column, values in found.items()}


def by_rows(unit: Unit) -> list[Change]:
    """A larger `min_rows`, where alarms rest on fewer rows than most windows have."""
    plan = unit.plan
    if plan.check.counting or plan.check.windowless or any(plan.min_rows <= 0 for plan in _all(unit)):
        return []
    read = [one for one in unit.results(lambda *_: True) if one.status in READ]
    rows = sorted(count for one in read if (count := _rows(one)) is not None)
    alarms = sorted(count for one in unit.results(unit.outside) if one.is_breach and (count := _rows(one)) is not None)
    found: list[Change] = []
    for share in (0.5, 0.75, 0.9, 1.0):
        if not alarms:
            break
        least = int(float(Spelling().rounded(alarms[math.ceil(share * (len(alarms) - 1))] + 1, up=True)))
        blind = sum(count < least for count in rows)
        columns = [column for column, plans in unit.plans.items() if all(each.min_rows < least for each in plans)]
        change = {column: Settings(min_rows=least) for column in columns}
        if change and blind <= BLIND * len(rows) and change not in found:
            found.append(change)
    return found


def _all(unit: Unit) -> Iterable[MonitorPlan]:
    return (plan for plans in unit.plans.values() for plan in plans)


def _rows(result: Result) -> int | None:
    """The rows that `min_rows` is held against, of the thinner side."""
    own = result.labelled_rows if result.labelled_rows is not None else result.rows
    sides = [count for count in (own, result.baseline_rows) if count is not None]
    return min(sides, default=None)


def _only(values: Iterable[Of]) -> Of | None:
    """The one value that all are; None where they differ."""
    found = set(values)
    return found.pop() if len(found) == 1 else None
