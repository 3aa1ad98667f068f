"""A quantile of a column."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.checks.base import Check, ColumnType, Example, Moment, Profiles, Subject
from driftline.checks.reading import finite, no_numbers
from driftline.model import Reading
from driftline.parameters import param
from driftline.profiles.base import ProfileSpec
from driftline.profiles.histogram import Histogram, HistogramProfile


@dataclass(frozen=True)
class Quantile(Check):
    """The q-quantile of the finite values, in the column's unit: linear between the order statistics around q (n - 1).

    NaN and infinities are left out. Read from the histogram: exact where the bin holds one value or the order
    statistic is the first or last of its bin, else within the bin's width, which the bound gives. Source: definition
    7 of Hyndman and Fan, Sample Quantiles in Statistical Packages (1996).
    """

    kind = "quantile"
    title = "Quantile"
    unit = "column"
    column_types = frozenset({ColumnType.NUMERIC})
    default_columns = ("numeric",)
    bad = "either"
    shows_values = True

    q: float = param(
        "Which quantile: 0.5 is the median, 0.99 the value that 1 % of rows exceed.",
        slot="ratio",
        default=0.5,
        minimum=0.0,
        maximum=1.0,
    )

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return {"histogram": Histogram(on.the_column().name)}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        histogram = window["histogram"]
        assert isinstance(histogram, HistogramProfile)
        if histogram.finite == 0:
            return no_numbers(on.the_column().name, histogram.rows)
        return finite(histogram.quantile(self.q), bound=histogram.quantile_bound(self.q), rows=histogram.finite)

    examples = (
        Example(says="the median of 1, 2, 3, 10", rows={"x": [1.0, 2.0, 3.0, 10.0]}, column="x", value=2.5),
        Example(
            says="the upper quartile of 0, 1, 2, 3, 4",
            rows={"x": [0.0, 1.0, 2.0, 3.0, 4.0]},
            column="x",
            parameters={"q": 0.75},
            value=3.0,
        ),
        Example(says="nothing but nulls", rows={"x": [None, None]}, column="x", value="NoData"),
    )
