"""Share of rows that repeat a value of an earlier row."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.checks.base import Check, ColumnType, Example, Moment, Profiles, Subject
from driftline.checks.reading import all_missing, no_rows
from driftline.config.document import Bounds, Threshold
from driftline.model import Reading, Value
from driftline.profiles.base import ProfileSpec
from driftline.profiles.distinct import SIZE, Distinct, DistinctProfile


@dataclass(frozen=True)
class DuplicateRate(Check):
    """Share of the values that occurred before: (values - distinct values) / values. From 0 (a key) to nearly 1.

    Missing values are not counted. Exact below 65,536 distinct values; above, estimated from the multiplicities of a
    uniform sample of the distinct values, with a bound of two standard errors. It has no interval: whether a row
    repeats another depends on all the others, so that it is no share of independent rows.
    """

    kind = "duplicate_rate"
    title = "Duplicates"
    unit = "ratio"
    default_columns = ("id",)
    range = (0.0, 1.0)
    bad = "above"
    default_threshold = Threshold(warning=Bounds(above=0.0))

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return {"distinct": Distinct(on.the_column().name)}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        distinct = window["distinct"]
        assert isinstance(distinct, DistinctProfile)
        if distinct.values == 0:
            return all_missing(on.the_column().name, distinct.total) if distinct.total else no_rows()
        note = f"estimated from {SIZE} of the distinct values" if distinct.cut else None
        share = distinct.duplicates / distinct.values
        return Value(share, bound=distinct.duplicate_share_error, rows=distinct.values, note=note)

    examples = (
        Example(
            says="one id comes twice, one three times",
            rows={"x": ["a", "a", "b", "b", "b", "c"]},
            column="x",
            type=ColumnType.TEXT,
            value=0.5,
        ),
        Example(says="a key", rows={"x": [1, 2, 3, None]}, column="x", value=0.0),
        Example(says="nothing but nulls", rows={"x": [None, None]}, column="x", value="NoData"),
    )
