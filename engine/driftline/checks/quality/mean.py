"""Mean of a column."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from driftline.checks.base import Check, ColumnType, Example, Moment, Profiles, Subject
from driftline.checks.performance._intervals import Z, for_few
from driftline.checks.quality._share import share_of
from driftline.checks.quotient import Quotient
from driftline.checks.reading import finite, no_numbers
from driftline.model import Reading
from driftline.profiles.base import ProfileSpec
from driftline.profiles.moments import Moments, MomentsProfile


@dataclass(frozen=True)
class Mean(Check):
    """Arithmetic mean of the finite values, in the column's unit: sum of x / n; of booleans, the share of true.

    NaN and infinities are left out (`missing_rate` and `max` show them). Merged by the pairwise formula of Chan,
    Golub and LeVeque, Updating Formulae and a Pairwise Algorithm for Computing Sample Variances (1979). The interval is
    that of the normal law, wider where values are few; of zeros and ones it is Wilson's (1927). A constant has none.
    """

    kind = "mean"
    title = "Mean"
    unit = "column"
    column_types = frozenset({ColumnType.NUMERIC, ColumnType.BOOLEAN})
    default_columns = ("numeric",)
    range = (None, None)
    bad = "either"
    uncertain = True

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return {"moments": Moments(on.the_column().name)}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        moments = window["moments"]
        assert isinstance(moments, MomentsProfile)
        if moments.count == 0:
            return no_numbers(on.the_column().name, moments.total)
        return _with_interval(moments)

    def quotient(self, on: Subject, window: Profiles) -> Quotient | str:
        moments = window["moments"]
        assert isinstance(moments, MomentsProfile)
        return Quotient(moments.sum, moments.count)

    examples = (
        Example(says="of 1, 2 and 6; a null is left out", rows={"x": [1.0, 2.0, 6.0, None]}, column="x", value=3.0),
        Example(says="the share of true", rows={"x": [True, False]}, column="x", type=ColumnType.BOOLEAN, value=0.5),
        Example(says="nothing but nulls", rows={"x": [None, None]}, column="x", value="NoData"),
    )


def _with_interval(moments: MomentsProfile) -> Reading:
    """The mean, with what the spread of the values says of its error."""
    rows, mean = moments.count, moments.mean
    if is_share(moments):
        return replace(share_of(mean * rows, rows), value=mean)
    error = math.sqrt(moments.variance() / rows * for_few(rows)) if moments.m2 > 0 and rows > 1 else math.nan
    ends = mean - Z * error, mean + Z * error
    if not all(map(math.isfinite, ends)):
        return finite(mean, bound=0.0, rows=rows)
    return finite(mean, bound=0.0, rows=rows, interval=ends, standard_error=error)


def is_share(moments: MomentsProfile) -> bool:
    """Whether all values are 0 or 1: no others within these ends are as far from their mean."""
    if moments.minimum == moments.maximum:
        return moments.minimum in (0.0, 1.0)
    most = moments.count * moments.mean * (1.0 - moments.mean)
    return (moments.minimum, moments.maximum) == (0.0, 1.0) and math.isclose(moments.m2, most, rel_tol=1e-9)
