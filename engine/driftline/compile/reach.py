"""Is a series of an earlier run still asked for? What the data lacks today has not left the configuration."""

from __future__ import annotations

from driftline.checks.base import ColumnType, CompositeCheck
from driftline.compile.catalog import FoundColumn, SourceFacts
from driftline.compile.graph import MonitorPlan
from driftline.compile.select import EACH, column_of, columns_of
from driftline.globs import is_glob
from driftline.model import SeriesKey


def reaches(plan: MonitorPlan, series: SeriesKey) -> bool:
    """Whether a monitor is about a series, or would be if its column, class or rows were there."""
    if isinstance(plan.check, CompositeCheck):
        by = plan.check.by
        own = (("column", series.column), ("segment", series.segment), ("class", series.class_))
        return all(not value or key in by for key, value in own)
    dimensions = tuple(name for name, _ in series.segment)
    if dimensions not in {tuple(dimension.name for dimension in grouping) for grouping in plan.groupings}:
        return False
    if plan.has(series):
        return True
    if (series.column, series.class_) in plan.disabled:
        return False
    if series.class_ is not None:
        return _names_classes_by_data(plan)
    return series.column is not None and _would_measure(plan, series.column)


def _names_classes_by_data(plan: MonitorPlan) -> bool:
    """`classes: each` of a model whose score columns are a glob: the classes are those that the data has."""
    score = plan.model.roles.score if plan.model is not None else None
    return plan.classes == EACH and isinstance(score, str) and is_glob(score)


def _would_measure(plan: MonitorPlan, name: str) -> bool:
    """Whether the selection reaches a column, were it there, and the check fits what is declared of it."""
    if plan.model is None:
        return plan.columns is None or name in plan.columns
    column = column_of(name, plan.model, None)
    types = (ColumnType.NUMERIC, ColumnType.CATEGORICAL)
    there = (SourceFacts({name: FoundColumn(name, kind, "")}, timestamp=plan.timestamp) for kind in types)
    chosen = {one.name for facts in there for one in columns_of(plan.columns or (), plan.model, facts)}
    declared = next((d.type for d in plan.model.columns if d.pattern == name), None)
    fits = declared is None or column.type in plan.check.column_types
    return name in chosen and fits and plan.check.unfit(column) is None
