"""A metric that a team declares in SQL."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.checks.base import Check, ColumnType, Example, Moment, Profiles, Subject, Takes
from driftline.checks.business._sql import SqlError, parse_metric
from driftline.checks.quotient import Quotient
from driftline.model import Failed, Reading
from driftline.profiles.base import ProfileSpec


@dataclass(frozen=True)
class Metric(Check):
    """What `metrics: {<name>: {sql: …}}` computes from the rows: aggregates and arithmetic over them.

    `SUM COUNT AVG MIN MAX STDDEV VARIANCE`, with CASE or FILTER inside, are exact; `MEDIAN`, `QUANTILE_CONT(column,
    q)` and `COUNT(DISTINCT column)` are read from their profile, with its bound. NaN and infinities are left out like
    NULL. x/0 and NULL read NoData, with the reason. Division is real division, whatever the types.
    """

    kind = "metric"
    title = "Metric"
    takes = Takes.MODEL
    bad = "either"

    def growth(self, on: Subject) -> float | None:
        try:
            return parse_metric(on.sql or "").arithmetic.growth(parse_metric(on.sql or "").growths())
        except SqlError:
            return 0.0

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        try:
            return parse_metric(on.sql or "").specs()
        except SqlError:
            return {}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        try:
            metric = parse_metric(on.sql or "")
        except SqlError as error:
            return Failed(f"the metric's SQL: {error.message}")
        return metric.evaluate(window)

    def quotient(self, on: Subject, window: Profiles) -> Quotient | str:
        try:
            return parse_metric(on.sql or "").quotient(window)
        except SqlError as error:
            return f"the metric's SQL: {error.message}"

    examples = (
        Example(
            says="a share of amounts",
            rows={"amount": [10.0, 20.0, 70.0], "fraud": [True, False, False]},
            types={"fraud": ColumnType.BOOLEAN},
            sql="SUM(CASE WHEN fraud THEN amount END) / SUM(amount)",
            value=0.1,
        ),
        Example(
            says="a filter, and arithmetic over two aggregates",
            rows={"amount": [10.0, 20.0, 70.0]},
            sql="100 * COUNT(*) FILTER (WHERE amount > 15) / COUNT(*)",
            value=200 / 3,
        ),
        Example(says="a quantile", rows={"ms": [1.0, 2.0, 3.0]}, sql="MEDIAN(ms) + 1", value=3.0),
        Example(says="x / 0", rows={"a": [1.0], "b": [0.0]}, sql="SUM(a) / SUM(b)", value="NoData"),
    )
