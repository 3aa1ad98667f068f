"""Reading the errors of a regression: when there is anything to read, and how sure it is by the delta method."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from driftline.checks.base import Profiles, Subject
from driftline.checks.performance._classification import estimated, none_labelled, weight_of
from driftline.checks.performance._intervals import Interval, Z, for_few, of_positive
from driftline.checks.performance._losses import LossSums
from driftline.checks.quotient import Quotient
from driftline.checks.reading import finite, no_rows
from driftline.model import Failed, NoData, Reading
from driftline.profiles.base import ProfileSpec
from driftline.profiles.error_losses import ErrorLosses
from driftline.profiles.losses import LossesProfile
from driftline.profiles.residuals import Residuals, ResidualsProfile

REGRESSION = frozenset({"regression"})
ROUNDING = 16 * 2.0**-52  # of a sum, as a share of the sum of the sizes of its terms
LEAST = 2  # effective rows below which nothing is known of the spread
WEIGHTLESS = "the labelled rows weigh nothing"

Influence = Mapping[str, float]  # of a row on a mean: factor by feature of `residuals`


def residuals(on: Subject) -> dict[str, ProfileSpec]:
    """What a check of predicted numbers needs."""
    return {"residuals": Residuals(on.role("target"), on.role("prediction"), weight_of(on))}


def error_losses(on: Subject, loss: str) -> dict[str, ProfileSpec]:
    """What a check of errors beside the size of the numbers needs."""
    return {"losses": ErrorLosses(on.role("target"), on.role("prediction"), loss, weight_of(on))}


def labelled(on: Subject, window: Profiles) -> ResidualsProfile | NoData:
    """The residuals, unless no row has a finite target, a finite prediction and, with weights, a weight above 0."""
    errors = window["residuals"]
    assert isinstance(errors, ResidualsProfile)
    if errors.count == 0:
        return none_labelled(errors.rows, "a prediction", weight_of(on) is not None)
    return NoData(WEIGHTLESS, rows=errors.rows) if errors.weights[""] == 0 else errors


def of_errors(window: Profiles, of: Influence, *, root: bool = False) -> Quotient:
    """The `mean` of a combination of features as a quotient."""
    errors = window["residuals"]
    assert isinstance(errors, ResidualsProfile)
    total = sum(factor * errors.weights.get(name, 0.0) for name, factor in of.items())
    return Quotient(total, errors.weights.get("", 0.0), root)


@dataclass(frozen=True)
class Mean:
    """A mean over rows and its variance; None where there are too few rows to know it."""

    value: float
    variance: float | None

    @property
    def interval(self) -> Interval | None:
        """That of a mean of numbers that are not negative."""
        return None if self.variance is None else of_positive(self.value, self.variance)

    @property
    def either_side(self) -> Interval | None:
        """That of a mean of any numbers, by the normal law."""
        if self.variance is None:
            return None
        half = Z * math.sqrt(self.variance)
        return self.value - half, self.value + half


def mean(errors: ResidualsProfile, of: Influence) -> Mean:
    """The mean of a combination of features, such as the squared error `{"ee": 1}`."""
    value = sum(factor * errors.weights[name] for name, factor in of.items()) / errors.weights[""]
    return Mean(value, variance(errors, {**of, "": of.get("", 0.0) - value}))


def variance(errors: ResidualsProfile, influence: Influence) -> float | None:
    """The variance of a mean of which each row has this influence; what rounding may hide of it is counted in.

    With weights that of a ratio of sums; larger where the rows are few (Student). None where they are too few.
    """
    weights, squares = errors.weights[""], errors.square_of("")
    rows = weights * weights / squares
    if not rows >= LEAST:
        return None
    terms = [a * b * errors.square_of(one, other) for one, a in influence.items() for other, b in influence.items()]
    if not all(map(math.isfinite, terms)):
        return None
    found = max(math.fsum(terms), 0.0) + ROUNDING * math.fsum(map(abs, terms))
    return found / weights / weights * rows / (rows - 1) * for_few(rows)


def value(
    number: float, errors: ResidualsProfile, interval: Interval | None, bound: float = 0.0, note: str | None = None
) -> Reading:
    """A value that rests on the labelled rows."""
    return reading(number, interval, bound=bound, rows=errors.rows, labelled_rows=errors.count, note=note)


def mean_loss(on: Subject, window: Profiles, lacking: str) -> tuple[Mean, LossesProfile] | NoData | Failed:
    """The mean of a loss over the labelled rows that have it, or why there is none; `lacking` if none of them has."""
    losses = window["losses"]
    assert isinstance(losses, LossesProfile)
    if losses.rows == 0:
        return no_rows()
    if losses.count + losses.outside == 0:
        return none_labelled(losses.rows, "a prediction", weight_of(on) is not None)
    if losses.count == 0:
        return NoData(lacking, rows=losses.rows)
    if losses.weights == 0:
        return NoData(WEIGHTLESS, rows=losses.rows)
    found = LossSums.of(losses, "").mean()
    if not math.isfinite(found.value):
        return Failed("the result is beyond the range of a double; the values are too large to sum")
    spread = found.variance.total
    known = found.rows >= LEAST and math.isfinite(spread)
    floor = ROUNDING * losses.squared / losses.weights / losses.weights
    return Mean(found.value, spread * for_few(found.rows) + floor if known else None), losses


def loss_value(number: float, losses: LossesProfile, interval: Interval | None, note: str | None = None) -> Reading:
    """A value that rests on the labelled rows that have a loss."""
    known = losses.count + losses.outside
    return reading(number, interval, bound=0.0, rows=losses.rows, labelled_rows=known, note=note)


def reading(number: float, interval: Interval | None, **parts: float | str | None) -> Reading:
    """A value with its interval, where there is one and it is finite."""
    if interval is None or not math.isfinite(number) or not all(map(math.isfinite, interval)):
        return finite(number, **parts)
    return estimated(number, interval, **parts)
