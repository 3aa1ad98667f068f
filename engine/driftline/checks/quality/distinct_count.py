"""Number of distinct values."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.checks.base import Check, ColumnType, Example, Moment, Profiles, Subject
from driftline.checks.reading import no_rows
from driftline.model import Reading, Value
from driftline.profiles.base import ProfileSpec
from driftline.profiles.distinct import Distinct, DistinctProfile


@dataclass(frozen=True)
class DistinctCount(Check):
    """Number of distinct values of a column, missing values apart; not negative.

    Exact below 65,536 values; above, (k - 1) / (largest of the k smallest hashes), within about 0.4 % (one standard
    error). Source: Bar-Yossef et al., Counting Distinct Elements in a Data Stream (2002).
    """

    kind = "distinct_count"
    title = "Distinct values"
    range = (0.0, None)
    bad = "either"

    def growth(self, on: Subject) -> float | None:
        return None  # twice the time has more values, but not twice as many

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return {"distinct": Distinct(on.the_column().name)}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        distinct = window["distinct"]
        assert isinstance(distinct, DistinctProfile)
        if distinct.total == 0:
            return no_rows()
        bound = distinct.distinct * distinct.relative_error
        return Value(distinct.distinct, bound=bound, rows=distinct.total)

    examples = (
        Example(
            says="a, b and c",
            rows={"x": ["a", "b", "b", "c", None]},
            column="x",
            type=ColumnType.CATEGORICAL,
            value=3.0,
        ),
        Example(says="nothing but nulls", rows={"x": [None, None]}, column="x", value=0.0),
        Example(says="no rows", rows={"x": []}, column="x", value="NoData"),
    )
