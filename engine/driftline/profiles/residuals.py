"""`residuals`: sums for the moments of the error (prediction minus target) of a regression, and for their own errors.

How sure a mean of squared errors is follows from the fourth powers, how sure R² is from products of powers of the
errors and of the targets. All of it adds up over rows, and where rows have weights so do the same by squared weight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

from driftline.profiles.base import Profile, RowSpec, ScanContext, added
from driftline.profiles.columns import number
from driftline.profiles.moments import MomentsProfile
from driftline.profiles.weights import weighed, weight

if TYPE_CHECKING:
    import polars as pl

# Products of the error `e`, its size `a` and the target `y` of a row: "" is 1, "eey" the squared error times the
# target. The product of two of FEATURES that are looked at together is one of PRODUCTS.
FEATURES = ("", "a", "e", "ee", "y", "yy")
PRODUCTS = (*FEATURES, "ae", "eee", "eeee", "ey", "eey", "eyy", "eeyy", "yyy", "yyyy")


@dataclass(frozen=True)
class ResidualsProfile(Profile):
    """Sums over the `count` rows that have a finite target and prediction, among `total` rows.

    `weights` are sums of weight x each of FEATURES, `squares` of weight² x each of PRODUCTS; a row without weights
    counts 1; without a row there are none. `errors` and `target` are the moments of both over the same rows, whatever
    these weigh.
    """

    total: int = 0
    count: int = 0
    weights: Mapping[str, float] = field(default_factory=dict)
    squares: Mapping[str, float] = field(default_factory=dict)
    errors: MomentsProfile = field(default_factory=MomentsProfile)
    target: MomentsProfile = field(default_factory=MomentsProfile)

    @classmethod
    def _merged(cls, profiles: Sequence[Self]) -> Self:
        return cls(
            sum(each.total for each in profiles),
            sum(each.count for each in profiles),
            added(each.weights for each in profiles),
            added(each.squares for each in profiles),
            MomentsProfile.merged([each.errors for each in profiles]),
            MomentsProfile.merged([each.target for each in profiles]),
        )

    @property
    def rows(self) -> int:
        return self.total

    def square_of(self, *features: str) -> float:
        """The sum of weight² x the product of some of FEATURES."""
        return self.squares["".join(sorted("".join(features))).replace("aa", "ee")]

    def frame(self) -> pl.DataFrame:
        import polars as pl

        sums = {_weight(name): self.weights.get(name, 0.0) for name in FEATURES}
        sums |= {_square(name): self.squares.get(name, 0.0) for name in PRODUCTS}
        moments = {
            f"{name}_{part}": getattr(one, part)
            for name, one in (("errors", self.errors), ("target", self.target))
            for part in _MOMENTS
        }
        row = {"total": self.total, "count": self.count, **sums, **moments}
        return pl.DataFrame({name: [value] for name, value in row.items()})


_MOMENTS = ("mean", "m2", "minimum", "maximum")


def _weight(feature: str) -> str:
    return f"weight_{feature}"


def _square(product: str) -> str:
    return f"square_{product}"


_SUMS = ((FEATURES, _weight), (PRODUCTS, _square))


@dataclass(frozen=True)
class Residuals(RowSpec):
    """Error sums of a prediction against its target; with `weight`, a row without a valid one has no label."""

    kind: ClassVar[str] = "residuals"
    version: ClassVar[int] = 2
    target: str
    prediction: str
    weight: str | None = None

    def columns(self) -> frozenset[str]:
        return frozenset({self.target, self.prediction} | ({self.weight} if self.weight else set()))

    def aggregates(self, context: ScanContext) -> list[pl.Expr]:
        import polars as pl

        target = weighed(number(self.target, context), self.weight, context)
        prediction = number(self.prediction, context)
        both = target.is_finite() & prediction.is_finite()
        y, e = pl.when(both).then(target), pl.when(both).then(prediction - target)
        each = None if self.weight is None else pl.when(both).then(weight(self.weight, context))
        factors = {"a": e.abs(), "e": e, "y": y}
        found = [pl.len().cast(pl.Int64).alias("total"), e.count().cast(pl.Int64).alias("count")]
        for names, power, alias in ((FEATURES, 1, _weight), (PRODUCTS, 2, _square)):
            for name in names:
                parts = [*([] if each is None else [each] * power), *(factors[factor] for factor in name)]
                product = pl.when(both).then(1.0) if not parts else parts[0]
                for part in parts[1:]:
                    product = product * part
                found.append(product.sum().alias(alias(name)))
        for name, value in (("errors", e), ("target", y)):
            found += [value.mean().alias(f"{name}_mean"), value.var(ddof=0).alias(f"{name}_variance")]
            found += [value.min().alias(f"{name}_minimum"), value.max().alias(f"{name}_maximum")]
        return found

    def load(self, frame: pl.DataFrame, context: ScanContext | None = None) -> ResidualsProfile:
        rows = [self.of_row(row) for row in frame.iter_rows(named=True)]
        return ResidualsProfile.merged(rows or [ResidualsProfile()])

    def of_row(self, row: Mapping[str, Any]) -> ResidualsProfile:
        count, total = int(row["count"]), int(row["total"])
        if count == 0:
            return ResidualsProfile(total=total)
        weights, squares = ({name: row[key(name)] for name in names} for names, key in _SUMS)
        return ResidualsProfile(total, count, weights, squares, _moments(row, "errors"), _moments(row, "target"))


def _moments(row: Mapping[str, Any], name: str) -> MomentsProfile:
    count = int(row["count"])
    m2 = row[f"{name}_m2"] if f"{name}_m2" in row else row[f"{name}_variance"] * count
    return MomentsProfile(count, count, row[f"{name}_mean"], m2, row[f"{name}_minimum"], row[f"{name}_maximum"])
