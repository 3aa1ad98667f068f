"""Measures of one class against the rest that are a share of rows, or a function of one; and their averages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from driftline.checks.performance._intervals import Interval, Z, of_bounded, wilson, wilson_of_sums
from driftline.checks.performance._matrix import Marginals, Matrix, Partials

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Terms:
    """A sum of marginals, each so many times: of the rows of a class that are hits, actual, predicted; of all rows."""

    hits: int = 0
    actual: int = 0
    predicted: int = 0
    total: int = 0

    def of(self, sums: Marginals) -> Floats:
        """The sum for each class."""
        return (
            self.hits * sums.hits
            + self.actual * sums.actual
            + self.predicted * sums.predicted
            + self.total * sums.total
        )


@dataclass(frozen=True)
class Score:
    """Successes / (successes + failures) of a class, or twice that over one more than it (`harmonic`).

    F1 is such a function of the Jaccard index TP / (TP + FP + FN), which is a share of rows: so it has an exact form
    of Wilson's interval.
    """

    successes: Terms
    failures: Terms
    lacking: str  # why there is no value
    harmonic: bool = False

    def form(self, share: Floats) -> Floats:
        return 2 * share / (1 + share) if self.harmonic else share

    def of_classes(self, matrix: Matrix) -> OfClasses:
        """The score of each class, with its interval; NaN where it is not defined."""
        import numpy as np

        good, bad = self.successes.of(matrix.weights), self.failures.of(matrix.weights)
        squares = self.successes.of(matrix.squares), self.failures.of(matrix.squares)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = good / (good + bad)
            slope = 2 / (1 + share) ** 2 if self.harmonic else np.ones(len(share))
            by_good, by_bad = slope * bad / (good + bad) ** 2, -slope * good / (good + bad) ** 2
            variance = by_good**2 * squares[0] + by_bad**2 * squares[1]
        low, high = (self.form(end) for end in wilson_of_sums(good, bad, *squares))
        return OfClasses(self.form(share), variance, low, high, by_good, by_bad)

    def sums(self, matrix: Matrix, name: str) -> tuple[float, float]:
        """The successes and the failures of one class; of one that does not occur, those that all rows bring."""
        if name in matrix.classes:
            at = matrix.classes.index(name)
            return float(self.successes.of(matrix.weights)[at]), float(self.failures.of(matrix.weights)[at])
        return self.successes.total * matrix.weights.total, self.failures.total * matrix.weights.total

    def pooled(self, share_right: float, classes: int) -> float:
        """The score of all (row, class) pairs together, from the share of rows whose class is right."""
        import numpy as np

        one = np.ones(1)
        sums = Marginals(one * share_right, one, one, float(classes))
        good, bad = self.successes.of(sums), self.failures.of(sums)
        return float(self.form(good / (good + bad))[0])


@dataclass(frozen=True, eq=False)
class OfClasses:
    """A score of every class: value, variance, interval, and its derivatives by the successes and the failures."""

    value: Floats
    variance: Floats
    low: Floats
    high: Floats
    by_good: Floats
    by_bad: Floats


Estimate = tuple[float, Interval]


def of_class(matrix: Matrix, score: Score, name: str) -> Estimate | str:
    """The score of one class, or why there is none."""
    if name not in matrix.classes:
        return _of_absent(matrix, score)
    at, found = matrix.classes.index(name), score.of_classes(matrix)
    if found.value[at] != found.value[at]:
        return score.lacking
    return float(found.value[at]), (float(found.low[at]), float(found.high[at]))


def _of_absent(matrix: Matrix, score: Score) -> Estimate | str:
    """The score of a class that no row is of or was predicted to be: of all rows' being right in that."""
    if score.successes.total == 0 or matrix.weights.total == 0:
        return score.lacking
    return 1.0, wilson(1.0, matrix.rows)


def averaged(matrix: Matrix, score: Score, average: str) -> Estimate | str:
    """The average over every class that is a target or a prediction; a class without a value counts 0.

    `average` is macro, weighted, micro, or defined: macro over the classes that have a value.
    """
    import numpy as np

    sums, classes = matrix.weights, len(matrix.classes)
    if average == "micro":
        right = float(sums.hits.sum()) / sums.total
        if score.successes.total and classes < 2:
            return score.lacking
        low, high = share_right(matrix)
        return score.pooled(right, classes), (score.pooled(low, classes), score.pooled(high, classes))
    found = score.of_classes(matrix)
    if np.isnan(found.value).all():
        return score.lacking
    by_rows, part = average == "weighted", np.full(classes, 1 / classes)
    if by_rows:
        part = sums.actual / sums.total
    elif average == "defined":
        part = np.where(np.isnan(found.value), 0.0, 1 / np.count_nonzero(~np.isnan(found.value)))
    values = np.nan_to_num(found.value)
    value, partials = min(float(part @ values), 1.0), _partials(score, part, found)
    if by_rows:
        by_actual, by_total = partials.actual + values / sums.total, partials.total - value / sums.total
        partials = Partials(partials.hits, by_actual, partials.predicted, by_total)
    variance = matrix.variance(partials)
    if by_rows and not score.successes.total:  # nearly a share of all rows, and where nothing is wrong just that
        return value, of_bounded(value, variance, (0.0, 1.0), matrix.rows)
    return value, _interval(value, part, found, variance)


def accuracy(matrix: Matrix) -> Estimate:
    """Share of rows whose predicted class is the target."""
    return float(matrix.weights.hits.sum()) / matrix.weights.total, share_right(matrix)


def share_right(matrix: Matrix) -> Interval:
    """Wilson's interval of the share of rows whose predicted class is the target."""
    import numpy as np

    good, squared = float(matrix.weights.hits.sum()), float(matrix.squares.hits.sum())
    sums = (good, matrix.weights.total - good, squared, matrix.squares.total - squared)
    low, high = wilson_of_sums(*(np.array([each]) for each in sums))
    return float(low[0]), float(high[0])


def _partials(score: Score, part: Floats, found: OfClasses) -> Partials:
    """Of the weighted sum of the classes' scores, by the marginals that are in the successes and the failures."""
    import numpy as np

    good, bad = (np.nan_to_num(part * each) for each in (found.by_good, found.by_bad))
    a, b = score.successes, score.failures
    return Partials(
        a.hits * good + b.hits * bad,
        a.actual * good + b.actual * bad,
        a.predicted * good + b.predicted * bad,
        float((a.total * good + b.total * bad).sum()),
    )


def _interval(value: float, part: Floats, found: OfClasses, variance: float) -> Interval:
    """The classes' intervals put together (MOVER), with what the delta method adds since classes share rows.

    Source: Zou and Donner, Construction of confidence limits about effect measures (2008).
    """
    import numpy as np

    known = ~np.isnan(found.value)
    apart = float(part[known] ** 2 @ found.variance[known])  # were the classes independent
    scale = min(variance / apart, 1.0) if apart > 0 else 1.0
    more = Z * Z * max(variance - apart, 0.0)
    below = part[known] * (found.value[known] - found.low[known])
    above = part[known] * (found.high[known] - found.value[known])
    down, up = (float(np.sqrt(scale * (each @ each) + more)) for each in (below, above))
    return max(value - down, 0.0), min(value + up, 1.0)
