"""Columns that are one value in each slice, since the slice is made of it: no selection means to measure them there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from driftline.compile.graph import LeftOut, MonitorPlan, SeriesPlan
from driftline.compile.request import Grouping


def without_constants(plan: MonitorPlan, left_out: list[LeftOut]) -> Iterable[MonitorPlan]:
    """The plan, or one for each set of slicings that its columns have: `country` is not measured by country.

    A column that the monitor names is measured wherever it asks. What is left out goes to `left_out`, with the reason.
    """
    groups: dict[tuple[Grouping, ...], list[SeriesPlan]] = {}
    for series in plan.series:
        constant = [grouping for grouping in plan.groupings if series.selected and _divides_by(grouping, series.column)]
        for grouping in constant:
            names = " × ".join(dimension.name for dimension in grouping)
            reason = f"it is what the segment {names} divides by"
            left_out.append(LeftOut(plan.name, plan.subject, series.column, reason))
        groups.setdefault(tuple(one for one in plan.groupings if one not in constant), []).append(series)
    if set(groups) == {plan.groupings}:
        yield plan
        return
    if set(groups) == {()}:
        left_out.append(LeftOut(plan.name, plan.subject, None, "its columns are what its segments divide by"))
    for groupings, members in groups.items():
        if groupings:
            here = {(one.column, one.class_) for one in members}
            elsewhere = {(one.column, one.class_) for one in plan.series} - here
            yield replace(plan, series=tuple(members), groupings=groupings, disabled=plan.disabled | elsewhere)


def _divides_by(grouping: Grouping, column: str | None) -> bool:
    return column is not None and any(dimension.by == column for dimension in grouping)
