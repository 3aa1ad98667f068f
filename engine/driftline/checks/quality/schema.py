"""Number of columns that are not as they should be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from driftline.checks.base import Check, ColumnType, Example, Moment, Profiles, Subject, Takes
from driftline.config.document import Bounds, Threshold
from driftline.model import NoData, Reading, Value
from driftline.profiles.base import ProfileSpec
from driftline.profiles.counts import Counts

# What data of a type may be declared to be: any column may be taken for categories, whole numbers for flags.
MAY_BE_DECLARED = {
    ColumnType.NUMERIC: {ColumnType.NUMERIC, ColumnType.CATEGORICAL, ColumnType.TEXT, ColumnType.BOOLEAN},
    ColumnType.BOOLEAN: {ColumnType.BOOLEAN, ColumnType.NUMERIC, ColumnType.CATEGORICAL, ColumnType.TEXT},
    ColumnType.CATEGORICAL: {ColumnType.CATEGORICAL, ColumnType.TEXT},
    ColumnType.TEXT: {ColumnType.CATEGORICAL, ColumnType.TEXT},
    ColumnType.DATETIME: {ColumnType.DATETIME, ColumnType.NUMERIC, ColumnType.CATEGORICAL, ColumnType.TEXT},
}
WORDS = {ColumnType.CATEGORICAL, ColumnType.TEXT}  # the data does not tell them apart


@dataclass(frozen=True)
class Schema(Check):
    """Number of columns that are missing, new, or of another type than in the baseline or as declared.

    Missing: in the baseline, declared, or read by the model, and not in the source. New: in neither baseline nor
    configuration (only with a baseline). The type is what the column is to a check: Int32 for Int64 is no change,
    text for numbers is. The note lists every difference. Labels that arrive later are not missing.
    """

    kind = "schema"
    title = "Schema differences"
    takes = Takes.SOURCE
    compares_columns = True
    counting = True  # it looks at columns: the number of rows does not matter
    range = (0.0, None)
    bad = "above"
    default_threshold = Threshold(critical=Bounds(above=0.0))

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return {"rows": Counts()}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        rows = window["rows"].rows
        if on.baseline_columns is None and not on.declared and not on.expected:
            return NoData("there is nothing to compare with; give a baseline or declare `columns`", rows=rows)
        found = list(differences(on))
        return Value(float(len(found)), bound=0.0, rows=rows, note="; ".join(found) or None)

    examples = (
        Example(
            says="b is lost, c became text, d is new",
            rows={"a": [1], "c": ["x"], "d": [1]},
            types={"c": ColumnType.TEXT},
            baseline={"a": [1], "b": [1], "c": [1]},
            value=3.0,
        ),
        Example(says="as the baseline", rows={"a": [1]}, baseline={"a": [2]}, value=0.0),
        Example(says="nothing to compare with", rows={"a": [1]}, value="NoData"),
    )


def differences(on: Subject) -> Iterable[str]:
    """What is wrong with each column, in words, by name."""
    found = {column.name: column.type for column in on.columns}
    before = {column.name: column.type for column in on.baseline_columns or ()}
    declared = {column.name: column for column in on.declared}
    target = on.roles["target"].name if "target" in on.roles else None
    served = {column.name for column in on.roles.values()} | {on.timestamp}
    for name in sorted({*found, *before, *declared, *on.expected}):
        if name not in found:
            if name not in (target, on.timestamp):
                yield f"{name}: missing"
        elif name in declared:
            if declared[name].type not in MAY_BE_DECLARED[found[name]]:
                yield f"{name}: {found[name]} instead of {declared[name].type}"
        elif name in before:
            if not _same_type(found[name], before[name]):
                yield f"{name}: {found[name]} instead of {before[name]}"
        elif on.baseline_columns is not None and name not in served:
            yield f"{name}: new"


def _same_type(found: ColumnType, before: ColumnType) -> bool:
    return found == before or {found, before} <= WORDS
