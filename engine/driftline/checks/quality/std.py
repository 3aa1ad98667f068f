"""Standard deviation of a column."""

from __future__ import annotations

import math
from dataclasses import dataclass

from driftline.checks.base import Check, ColumnType, Example, Moment, Profiles, Subject
from driftline.checks.reading import finite, no_numbers
from driftline.model import InsufficientData, Reading
from driftline.profiles.base import ProfileSpec
from driftline.profiles.moments import Moments, MomentsProfile


@dataclass(frozen=True)
class StandardDeviation(Check):
    """Sample standard deviation of the finite values, in the column's unit: √(sum of (x - mean)² / (n - 1)).

    Two values are the least. Computed about the mean, so that values far from zero lose no digits. Source: Chan,
    Golub and LeVeque, Updating Formulae and a Pairwise Algorithm for Computing Sample Variances (1979).
    """

    kind = "std"
    title = "Standard deviation"
    unit = "column"
    column_types = frozenset({ColumnType.NUMERIC})
    default_columns = ("numeric",)
    range = (0.0, None)
    bad = "either"

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return {"moments": Moments(on.the_column().name)}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        moments = window["moments"]
        assert isinstance(moments, MomentsProfile)
        if moments.count == 0:
            return no_numbers(on.the_column().name, moments.total)
        if moments.count == 1:
            return InsufficientData("a standard deviation needs two values", rows=1)
        return finite(math.sqrt(moments.variance()), bound=0.0, rows=moments.count)

    examples = (
        Example(
            says="of 2, 4, 4, 4, 5, 5, 7, 9",
            rows={"x": [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]},
            column="x",
            value=2.138089935299395,
        ),
        Example(says="a constant", rows={"x": [1e9, 1e9, 1e9]}, column="x", value=0.0),
        Example(says="one value", rows={"x": [1.0]}, column="x", value="InsufficientData"),
    )
