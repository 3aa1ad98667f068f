"""The mean loss of the labelled rows, with its variance, from sums over rows."""

from __future__ import annotations

import math
from dataclasses import dataclass

from driftline.checks.base import Profiles, Subject
from driftline.checks.performance._classification import none_labelled, targets, unknown_positive, weight_of
from driftline.checks.performance._ranking import Measured, Variance
from driftline.checks.performance._scores import is_outside
from driftline.checks.quotient import Quotient
from driftline.checks.reading import no_rows
from driftline.model import Failed, NoData
from driftline.profiles.base import Profile, ProfileSpec
from driftline.profiles.losses import Losses, LossesProfile
from driftline.profiles.scores import Scores, ScoresProfile


@dataclass(frozen=True)
class LossSums:
    """Sums over labelled rows of weight x loss, of its square, of weight² x loss, of weight and of weight²."""

    loss: float
    squared: float
    crossed: float
    weights: float
    squares: float

    @classmethod
    def of(cls, profile: Profile, loss: str) -> LossSums:
        if isinstance(profile, LossesProfile):
            return cls(profile.loss, profile.squared, profile.crossed, profile.weights, profile.squares)
        assert isinstance(profile, ScoresProfile)
        weights = squares = float(profile.labelled)
        if profile.positive_weights is not None and profile.negative_weights is not None:
            sides = (profile.positive_weights, profile.negative_weights)
            weights, squares = (
                float(sum(sums)) for sums in zip(*((s.weight.sum(), s.square.sum()) for s in sides), strict=True)
            )
        read = [getattr(profile, name) for name in (loss, f"{loss}_squared", f"{loss}_crossed")]
        return cls(read[0], read[1], read[2], weights, squares)

    def quotient(self, *, root: bool = False) -> Quotient:
        """The mean as a quotient."""
        return Quotient(self.loss, self.weights, root)

    def mean(self) -> Measured:
        """The mean loss; its variance is that of a ratio of sums."""
        value = self.loss / self.weights
        spread = self.squared - 2 * value * self.crossed + value * value * self.squares
        rows = self.weights * self.weights / self.squares
        small = rows / (rows - 1) if rows > 1 else 1.0
        return Measured(value, Variance(max(spread, 0.0) / self.weights / self.weights * small), rows)


def losses(on: Subject, loss: str) -> dict[str, ProfileSpec]:
    """What a check of a loss (log_loss, brier) needs."""
    target, weight = on.role("target"), weight_of(on)
    if on.task == "multiclass":
        return {"losses": Losses(target, tuple(sorted(on.scores.items())), loss, weight)}
    return {"losses": Scores(target, on.role("score"), on.positive, weight), **targets(on)}


@dataclass(frozen=True)
class Loss:
    """A mean loss and the rows that it rests on."""

    mean: Measured
    rows: int
    labelled: int


def mean_loss(on: Subject, window: Profiles, loss: str) -> Loss | NoData | Failed:
    """The mean loss of the labelled rows, or why there is none."""
    profile = window["losses"]
    rows = profile.rows
    if rows == 0:
        return no_rows()
    if isinstance(profile, LossesProfile):
        known, outside = profile.count, profile.outside > 0
    else:
        assert isinstance(profile, ScoresProfile)
        known, outside = profile.labelled, is_outside(profile)
    if outside:
        name = "the Brier score" if loss == "brier" else "log loss"
        return Failed(f"scores outside 0 to 1 are not probabilities; {name} is not defined for them")
    if known == 0:
        return none_labelled(rows, "a score", weight_of(on) is not None)
    sums = LossSums.of(profile, loss)
    if sums.weights <= 0:
        return NoData("the labelled rows weigh nothing", rows=rows)
    failure = unknown_positive(on, window)
    if failure is not None:
        return failure
    found = sums.mean()
    if not math.isfinite(found.value) or not math.isfinite(found.variance.total):
        return Failed("the result is beyond the range of a double; the weights are too large to sum")
    return Loss(found, rows, known)
