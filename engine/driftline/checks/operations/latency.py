"""Latency: how long the slowest predictions take."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.checks.base import Check, ColumnType, Example, Moment, Profiles, Subject
from driftline.checks.reading import finite, no_numbers
from driftline.model import Reading
from driftline.parameters import param
from driftline.profiles.base import ProfileSpec
from driftline.profiles.histogram import Histogram, HistogramProfile


@dataclass(frozen=True)
class Latency(Check):
    """The q-quantile of the latency column, in the column's own unit; by default p99, which 1 % of predictions exceed.

    Read from the histogram like `quantile`, with its bound. A mean would hide the slow ones. Source: Dean and
    Barroso, The Tail at Scale (2013).
    """

    kind = "latency"
    title = "Latency"
    unit = "column"
    column_types = frozenset({ColumnType.NUMERIC})
    default_columns = ("latency",)
    range = (0.0, None)
    bad = "above"

    q: float = param(
        "Which quantile: 0.99 is the latency that 1 % of the predictions exceed.",
        slot="ratio",
        default=0.99,
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
        Example(
            says="99 answers in 10 ms, two in 500: p99 is the 100th",
            rows={"ms": [10.0] * 99 + [500.0] * 2},
            column="ms",
            value=500.0,
        ),
        Example(says="no rows", rows={"ms": []}, column="ms", value="NoData"),
    )
