"""The aggregates of a metric: how each is written, which profile holds it, and how it is read."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from driftline.checks.business._arithmetic import Missing, Number
from driftline.checks.business._expression import DIALECT, check_row_wise, failure
from driftline.checks.quotient import Quotient

if TYPE_CHECKING:
    from sqlglot import exp

    from driftline.profiles.base import Profile, ProfileSpec
    from driftline.profiles.moments import MomentsProfile


SIMPLE = {
    "Sum": "sum",
    "Avg": "mean",
    "Min": "min",
    "Max": "max",
    "Stddev": "std",
    "StddevSamp": "std",
    "StddevPop": "std_pop",
    "Variance": "variance",
    "VariancePop": "variance_pop",
}
QUANTILES = ("Median", "PercentileCont", "Quantile")
KNOWN = "SUM, COUNT, AVG, MIN, MAX, STDDEV, VARIANCE, MEDIAN, QUANTILE_CONT(column, 0.95) and COUNT(DISTINCT column)"
SOME_ROWS = (
    "to look at some rows, ask for a segment `{where: SQL}` in the monitor; SUM, COUNT and AVG take FILTER and CASE"
)


@dataclass(frozen=True)
class Aggregate:
    """One aggregate call. `argument` and `where` are row-wise SQL, `column` is a bare column; `text` is it as written.

    `function` is rows, sum, mean, min, max, std, std_pop, variance, variance_pop, quantile or distinct.
    """

    function: str
    text: str
    argument: str | None = None
    where: str | None = None
    column: str | None = None
    q: float = 0.5

    def spec(self) -> ProfileSpec:
        """The profile that holds it."""
        from driftline.profiles.counts import Counts
        from driftline.profiles.distinct import Distinct
        from driftline.profiles.histogram import Histogram
        from driftline.profiles.moments import Moments

        if self.function == "rows":
            return Counts() if self.where is None else Moments(sql="1", where=self.where)
        if self.function == "quantile":
            return Histogram(self.column or "")
        if self.function == "distinct":
            return Distinct(self.column or "")
        if self.column is not None and self.where is None:
            return Moments(self.column)
        return Moments(sql=self.argument, where=self.where)

    def read(self, profile: Profile) -> tuple[Number, float]:
        """Its value, and how far that may be from the exact one."""
        from driftline.profiles.distinct import DistinctProfile
        from driftline.profiles.histogram import HistogramProfile
        from driftline.profiles.moments import MomentsProfile

        if isinstance(profile, HistogramProfile):
            if profile.finite == 0:
                return self._nothing(), 0.0
            return profile.quantile(self.q), profile.quantile_bound(self.q)
        if isinstance(profile, DistinctProfile):
            return profile.distinct, profile.distinct * profile.relative_error
        if isinstance(profile, MomentsProfile):
            return self._moment(profile), 0.0
        return float(profile.rows), 0.0

    def sums(self, profile: Profile) -> Quotient | None:
        """It as a sum over rows, or as a mean; None of any other aggregate."""
        from driftline.profiles.moments import MomentsProfile

        if self.function == "rows":
            return Quotient(float(profile.count if isinstance(profile, MomentsProfile) else profile.rows), None)
        if self.function in ("sum", "mean") and isinstance(profile, MomentsProfile):
            return Quotient(profile.sum, None if self.function == "sum" else profile.count)
        return None

    def _moment(self, moments: MomentsProfile) -> Number:
        if self.function == "rows":
            return float(moments.count)
        spread = self.function in ("std", "variance")
        if moments.count < (2 if spread else 1):
            return self._nothing()
        variance = moments.variance(ddof=1 if spread else 0)
        moment: Mapping[str, float] = {
            "sum": moments.sum,
            "mean": moments.mean,
            "min": moments.minimum,
            "max": moments.maximum,
            "variance": variance,
            "variance_pop": variance,
            "std": math.sqrt(variance),
            "std_pop": math.sqrt(variance),
        }
        return moment[self.function]

    def _nothing(self) -> Missing:
        return Missing(f"{self.text} has no value: no row brings one")


def aggregate_of(part: exp.Expr, text: str) -> Aggregate:
    """One aggregate call, with its filter."""
    from sqlglot import exp

    where: exp.Expr | None = None
    inner = part
    if isinstance(inner, exp.Filter):
        where, inner = inner.expression.this, inner.this
        check_row_wise(where)
    if type(inner).__name__ in QUANTILES or isinstance(inner, exp.WithinGroup):
        return _quantile(inner, text, where)
    if isinstance(inner, exp.CountIf):
        check_row_wise(inner.this)
        where = inner.this if where is None else exp.and_(inner.this, where)
        return Aggregate("rows", text, where=where.sql(DIALECT, comments=False))
    if isinstance(inner, exp.Count):
        return _count(inner, text, where)
    function = SIMPLE.get(type(inner).__name__)
    if function is None or any(value for key, value in inner.args.items() if key != "this"):
        name = inner.sql(DIALECT, comments=False).split("(")[0]
        raise failure(inner, f"{name} is not an aggregate that profiles hold", instead_of(inner, name))
    return _simple(function, inner, text, where)


def instead_of(part: exp.Expr, name: str) -> str:
    """What to write instead of an aggregate that there is not: what was meant by it, else what there is."""
    from sqlglot import exp

    column = next((one.name for one in part.find_all(exp.Column)), "column")
    if "DISTINCT" in name.upper():
        return f"write `COUNT(DISTINCT {column})`"
    percentile = re.fullmatch(r"P(\d\d)", name.upper())
    if percentile is None and not any(word in name.upper() for word in ("QUANTILE", "PERCENTILE")):
        return f"there are {KNOWN}"
    numbers = [percentile.group(1)] if percentile is not None else []
    numbers += [one.name for one in part.find_all(exp.Literal) if not one.is_string]
    share = float(numbers[0]) if numbers else 0.95
    return f"write `QUANTILE_CONT({column}, {share / 100 if share > 1 else share:g})`"


def _simple(function: str, inner: exp.Expr, text: str, where: exp.Expr | None) -> Aggregate:
    from sqlglot import exp

    argument = inner.this
    if isinstance(argument, exp.Distinct):
        raise failure(inner, "DISTINCT is known in COUNT(DISTINCT column) only")
    check_row_wise(argument)
    if argument.find(exp.Column) is None and where is None:
        raise failure(inner, f"{text} names no column; to count rows, write COUNT(*)")
    bare = argument.name if isinstance(argument, exp.Column) else None
    filtered = None if where is None else where.sql(DIALECT, comments=False)
    return Aggregate(function, text, argument.sql(DIALECT, comments=False), filtered, bare)


def _count(inner: exp.Count, text: str, where: exp.Expr | None) -> Aggregate:
    from sqlglot import exp

    argument = inner.this
    if isinstance(argument, exp.Distinct):
        column = argument.expressions[0] if len(argument.expressions) == 1 else None
        if not isinstance(column, exp.Column) or column.table or where is not None:
            raise failure(inner, "COUNT(DISTINCT …) takes one column, without FILTER", SOME_ROWS)
        return Aggregate("distinct", text, column=column.name)
    if argument is None or inner.expressions:
        raise failure(inner, "COUNT takes one argument, or *")
    if not isinstance(argument, exp.Star | exp.Literal):
        check_row_wise(argument)
        known = argument.copy().is_(exp.null()).not_()
        where = known if where is None else exp.and_(known, where)
    return Aggregate("rows", text, where=None if where is None else where.sql(DIALECT, comments=False))


def _quantile(inner: exp.Expr, text: str, where: exp.Expr | None) -> Aggregate:
    from sqlglot import exp

    column, q = inner.this, 0.5
    if isinstance(inner, exp.WithinGroup):
        share, column = inner.this.this, inner.expression.expressions[0].this
        q = _share(share, inner)
    elif not isinstance(inner, exp.Median):
        q = _share(inner.args.get("quantile") or inner.args.get("expression"), inner)
    if not isinstance(column, exp.Column) or column.table:
        raise failure(inner, "a median or quantile takes a column of the source, not an expression", SOME_ROWS)
    if where is not None:
        raise failure(inner, "FILTER is not possible with a median or quantile", SOME_ROWS)
    return Aggregate("quantile", text, column=column.name, q=q)


def _share(part: exp.Expr | None, inner: exp.Expr) -> float:
    from sqlglot import exp

    if isinstance(part, exp.Literal) and not part.is_string and 0.0 <= float(part.this) <= 1.0:
        return float(part.this)
    raise failure(inner, "the share of a quantile is a number from 0 to 1, for example QUANTILE_CONT(x, 0.9)")
