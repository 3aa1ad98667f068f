"""Mean of a column."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.checks.base import Check, ColumnType, Example, Moment, Profiles, Subject
from driftline.checks.reading import finite, no_numbers
from driftline.model import Reading
from driftline.profiles.base import ProfileSpec
from driftline.profiles.moments import Moments, MomentsProfile


@dataclass(frozen=True)
class Mean(Check):
    """Arithmetic mean of the finite values, in the column's unit: sum of x / n; of booleans, the share of true.

    NaN and infinities are left out (`missing_rate` and `max` show them). Merged by the pairwise formula of Chan,
    Golub and LeVeque, Updating Formulae and a Pairwise Algorithm for Computing Sample Variances (1979).
    """

    kind = "mean"
    title = "Mean"
    unit = "column"
    column_types = frozenset({ColumnType.NUMERIC, ColumnType.BOOLEAN})
    default_columns = ("numeric",)
    range = (None, None)
    bad = "either"

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return {"moments": Moments(on.the_column().name)}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        moments = window["moments"]
        assert isinstance(moments, MomentsProfile)
        if moments.count == 0:
            return no_numbers(on.the_column().name, moments.total)
        return finite(moments.mean, bound=0.0, rows=moments.count)

    examples = (
        Example(says="of 1, 2 and 6; a null is left out", rows={"x": [1.0, 2.0, 6.0, None]}, column="x", value=3.0),
        Example(says="the share of true", rows={"x": [True, False]}, column="x", type=ColumnType.BOOLEAN, value=0.5),
        Example(says="nothing but nulls", rows={"x": [None, None]}, column="x", value="NoData"),
    )
