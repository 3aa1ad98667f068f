"""Measures of how far targets and predictions agree beyond chance, with their variance by the delta method."""

from __future__ import annotations

import math

from driftline.checks.performance._intervals import of_bounded
from driftline.checks.performance._matrix import Matrix, Partials
from driftline.checks.performance._share import Estimate

ENDS = (-1.0, 1.0)
ONE_CLASS = "all labelled rows are of one class, so that there is no agreement beyond chance"


def correlation(matrix: Matrix) -> Estimate | str:
    """Matthews' correlation of targets and predictions, of any number of classes (Gorodkin's R_K)."""
    sums = matrix.weights
    total, right = sums.total, float(sums.hits.sum())
    both = total * right - float(sums.actual @ sums.predicted)
    of_predicted = total**2 - float(sums.predicted @ sums.predicted)
    of_actual = total**2 - float(sums.actual @ sums.actual)
    if of_actual <= 0:
        return ONE_CLASS
    if of_predicted <= 0:
        return _by_chance(matrix)
    root = math.sqrt(of_predicted) * math.sqrt(of_actual)
    value = min(max(both / root, -1.0), 1.0)
    partials = Partials(
        hits=total / root,
        actual=-sums.predicted / root + value * sums.actual / of_actual,
        predicted=-sums.actual / root + value * sums.predicted / of_predicted,
        total=right / root - value * total * (1 / of_predicted + 1 / of_actual),
    )
    return value, of_bounded(value, matrix.variance(partials), ENDS, _rows_at_an_end(matrix))


def kappa(matrix: Matrix) -> Estimate | str:
    """Cohen's kappa: agreement beyond that of independent predictions of the same classes."""
    sums = matrix.weights
    total = sums.total
    agreed = float(sums.hits.sum()) / total
    expected = float(sums.actual @ sums.predicted) / total**2
    if expected >= 1:
        return ONE_CLASS
    if float(sums.predicted @ sums.predicted) >= total**2:  # of one class: the delta method knows no error of that
        return _by_chance(matrix)
    value = (agreed - expected) / (1 - expected)
    direct, chance = 1 / (1 - expected) / total, (1 - agreed) / (1 - expected) ** 2
    partials = Partials(
        hits=direct,
        actual=-chance * sums.predicted / total**2,
        predicted=-chance * sums.actual / total**2,
        total=-direct * agreed + chance * 2 * expected / total,
    )
    return value, of_bounded(value, matrix.variance(partials), ENDS, _rows_at_an_end(matrix))


def _rows_at_an_end(matrix: Matrix) -> float:
    """As how many rows of a share the matrix counts where all predictions are right: an error among the rows moves the
    measure by 1 / (rows x (1 - sum of squared shares of the classes)), on a range of length 2.
    """
    share = matrix.weights.actual / matrix.weights.total
    return max(2 * matrix.rows * (1 - float(share @ share)), 1.0)


def _by_chance(matrix: Matrix) -> Estimate:
    """No correlation, with the variance that it has when predictions are independent of targets: 1 / rows."""
    return 0.0, of_bounded(0.0, 1 / matrix.rows, ENDS, matrix.rows)
