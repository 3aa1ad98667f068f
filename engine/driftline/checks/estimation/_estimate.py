"""A metric as it should come out, from probabilities instead of outcomes, with the errors that it has."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from driftline.checks.estimation._calibration import Calibration
from driftline.profiles.histogram import HistogramProfile
from driftline.profiles.scores import SMALLEST_PROBABILITY

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Positions = NDArray[np.intp]

LEAST = 1e-9  # rows: what is expected of fewer is nothing


@dataclass(frozen=True)
class Cells:
    """Rows by bin of their score: how many, the probability that one is positive, and how far that may be off.

    `block` tells which of the `variance` of rates a probability has.
    """

    scores: Floats
    counts: Floats
    probabilities: Floats
    slack: Floats
    block: Positions
    variance: Floats

    @classmethod
    def of(cls, scores: HistogramProfile, by: Calibration) -> Cells:
        middle, counts = scores.low / 2 + scores.high / 2, scores.counts.astype(float)
        slack = by.slack(scores.low, scores.high)
        return cls(middle, counts, by.probabilities(middle), slack, by.blocks(middle), by.variance)


@dataclass(frozen=True)
class Weights:
    """What a row adds to the two sides of a ratio: `over` if positive and if negative, `under` likewise."""

    over: tuple[Floats | float, Floats | float]
    under: tuple[Floats | float, Floats | float]


@dataclass(frozen=True)
class Estimate:
    """A value, with the variance of its parts.

    `sampling`: from one set of rows to another of the same kind. `calibration`: because the probabilities come from a
    limited number of outcomes. `outcome`: of what happens, given the probabilities. `bound`: of the bins of scores.
    """

    value: float
    sampling: float
    calibration: float
    outcome: float
    bound: float


def ratio(parts: Sequence[tuple[Cells, Weights]]) -> Estimate | None:
    """Sum of `over` / sum of `under` over all rows; None where nothing is below. Errors by the delta method."""
    import numpy as np

    over = sum(float(np.sum(cells.counts * _mixed(cells, weights.over))) for cells, weights in parts)
    under = sum(float(np.sum(cells.counts * _mixed(cells, weights.under))) for cells, weights in parts)
    if under < LEAST:
        return None
    value = over / under
    made = [
        (
            cells,
            (_mixed(cells, weights.over) - value * _mixed(cells, weights.under)) / under,
            np.broadcast_to(
                (weights.over[0] - weights.over[1] - value * (weights.under[0] - weights.under[1])) / under,
                cells.counts.shape,
            ),
        )
        for cells, weights in parts
    ]
    return _with_errors(value, made)


def roc_auc(cells: Cells) -> Estimate | None:
    """The area under the curve that probabilities draw, rows in the order of their scores; None for one class alone."""
    import numpy as np

    positive = cells.counts * cells.probabilities
    negative = cells.counts - positive
    hits, misses = float(positive.sum()), float(negative.sum())
    if min(hits, misses) < LEAST:
        return None
    below = np.cumsum(negative) - negative / 2  # negative rows that score lower, and half of those in the bin
    above = hits - np.cumsum(positive) + positive / 2
    value = float(positive @ below) / hits / misses
    p = cells.probabilities
    influence = (p * below + (1 - p) * above) / hits / misses - value * (p / hits + (1 - p) / misses)
    slope = (below - above) / hits / misses - value * (1 / hits - 1 / misses)
    together = float((positive * negative)[cells.slack > 0].sum()) / 2 / hits / misses
    made = _with_errors(value, [(cells, influence, slope)])
    return Estimate(made.value, made.sampling, made.calibration, made.outcome, made.bound + together)


def log_losses(scores: Floats) -> tuple[Floats, Floats]:
    """-ln of the probability given, if positive and if negative."""
    import numpy as np

    given = np.clip(scores, SMALLEST_PROBABILITY, 1.0 - SMALLEST_PROBABILITY)
    return -np.log(given), -np.log(1.0 - given)


def averaged(parts: Sequence[Estimate | None], weights: Sequence[float]) -> Estimate:
    """A weighted mean; parts without a value count 0. What errors have in common is not known, so they are added."""
    total = sum(weights)
    shares = [(part, weight / total) for part, weight in zip(parts, weights, strict=True) if part is not None]

    def spread(name: str) -> float:
        return sum(math.sqrt(getattr(part, name)) * share for part, share in shares) ** 2

    value, bound = (sum(getattr(part, name) * share for part, share in shares) for name in ("value", "bound"))
    return Estimate(value, spread("sampling"), spread("calibration"), spread("outcome"), bound)


def _mixed(cells: Cells, weights: tuple[Floats | float, Floats | float]) -> Floats:
    """What a row is expected to add."""
    return cells.probabilities * weights[0] + (1 - cells.probabilities) * weights[1]


def _with_errors(value: float, parts: Sequence[tuple[Cells, Floats, Floats]]) -> Estimate:
    """`parts` are cells, what a row of each changes in the value, and what its probability does."""
    import numpy as np

    sampling = outcome = bound = 0.0
    blocks: dict[int, tuple[Floats, Floats]] = {}  # by calibration, which cells share: its variances, and the slopes
    for cells, influence, slope in parts:
        of_cell = cells.counts * slope
        of_block = blocks.setdefault(id(cells.variance), (cells.variance, np.zeros(len(cells.variance))))[1]
        of_block += np.bincount(cells.block, of_cell, len(cells.variance))
        sampling += float(np.sum(cells.counts * influence**2))
        outcome += float(np.sum(of_cell * slope * cells.probabilities * (1 - cells.probabilities)))
        bound += float(np.sum(np.abs(of_cell) * cells.slack))
    calibration = sum(float(slopes**2 @ variance) for variance, slopes in blocks.values())
    return Estimate(value, sampling, calibration, max(outcome, 0.0), bound)
