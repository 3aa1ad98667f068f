"""The columns that a search looks at, each with the profile that tells how to cut it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from driftline.checks.base import Column, ColumnType
from driftline.compile.catalog import Catalog, SourceFacts
from driftline.compile.graph import MonitorPlan
from driftline.compile.select import CATEGORIES, column_of, columns_of, features_of
from driftline.errors import UsageError
from driftline.preparing import Prepared
from driftline.profiles.base import ProfileSpec
from driftline.profiles.frequencies import Frequencies
from driftline.profiles.histogram import Histogram
from driftline.schema.spelling import nearest


@dataclass(frozen=True)
class Candidate:
    """A column that can be cut in parts, and the profile to read for it."""

    column: str
    spec: ProfileSpec
    is_text: bool = True


def candidates(
    prepared: Prepared, plan: MonitorPlan, asked: Iterable[str]
) -> tuple[tuple[Candidate, ...], tuple[tuple[str, str], ...]]:
    """The columns to search, and those that cannot be, each with the reason.

    Default: the model's features and the columns that its segments divide by. Raises UsageError for a name that is
    none of the columns.
    """
    from driftline.execute.opening import catalog

    facts = catalog(prepared.sources)
    found: list[Candidate] = []
    unfit: list[tuple[str, str]] = []
    for name in dict.fromkeys(_names(plan, facts[plan.side.source], tuple(asked))):
        one = _candidate(name, plan, facts)
        if isinstance(one, Candidate):
            found.append(one)
        else:
            unfit.append((name, one))
    return tuple(found), tuple(unfit)


def _names(plan: MonitorPlan, facts: SourceFacts, asked: tuple[str, ...]) -> Iterator[str]:
    model = plan.model
    if not asked and model is None:
        yield from (name for name in facts.columns if name not in (facts.timestamp, facts.arrival))
    elif not asked and model is not None:
        yield from features_of(model, facts)
        yield from (each.by for each in model.segments.values() if each.by is not None)
    for text in asked:
        names = [one.name for one in columns_of([text], model, facts)] if model is not None else [text]
        for name in names:
            if name not in facts.columns:
                meant = nearest(name, [*facts.columns, *(model.groups if model is not None else ())])
                hint = f"; did you mean {meant}?" if meant else ""
                raise UsageError(f"--columns {text}: source {plan.side.source} has no column {name}{hint}")
        if not names:
            raise UsageError(f"--columns {text}: it fits no column of source {plan.side.source}")
        yield from names


def _candidate(name: str, plan: MonitorPlan, facts: Catalog) -> Candidate | str:
    """A column with its profile, or why it cannot be searched."""
    own = facts[plan.side.source]
    other = facts[plan.baseline_side.source] if plan.baseline_side is not None else own
    if name not in own.columns:
        return f"source {plan.side.source} does not have it"
    if name not in other.columns:
        return f"the baseline ({plan.baseline_side.source if plan.baseline_side else ''}) does not have it"
    column = column_of(name, plan.model, own.columns[name])
    if column.private:
        return "it is private: its values are not shown"
    if {own.columns[name].type, other.columns[name].type} & {None, ColumnType.DATETIME}:
        return f"it is {own.columns[name].data_type}, of which no parts are made"
    return _cut(column, own.columns[name].type)


def _cut(column: Column, found: ColumnType | None) -> Candidate:
    is_category = column.type in CATEGORIES or found in CATEGORIES
    spec = Frequencies(column.name) if is_category else Histogram(column.name)
    return Candidate(column.name, spec, found not in (ColumnType.NUMERIC, ColumnType.BOOLEAN))
