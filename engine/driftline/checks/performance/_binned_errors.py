"""Two expected calibration errors of different numbers of rows, compared: by resampling what both sides have pooled.

A calibration error is above 0 even where scores are right, the more so the fewer rows there are (Broecker, Quarterly
Journal of the Royal Meteorological Society 138 (2012); Kumar, Liang and Ma, Verified Uncertainty Calibration (2019)).
So two readings of one truth differ by more than their standard errors say. If nothing changed, the window is a random
part of the pooled rows; how far its error then lies from that of the rest is what the difference is held against.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import NormalDist
from typing import TYPE_CHECKING

from driftline.checks.drift._resampling import resampled
from driftline.checks.performance._ranking import Ranked

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

CELLS = 64  # at least two for each bin: rows of an outcome in a cell are as good as of one score


def change_p_value(window: Mapping[str, Ranked], baseline: Mapping[str, Ranked], bins: int, draws: int) -> float | None:
    """The p-value of the difference of two calibration errors over bins of equal width; None without common classes.

    Of an average over classes the deviations are averaged, as if those of all classes went together entirely: rows
    are shared, and how their errors do go together is not known.
    """
    shared = [name for name in window if name in baseline and _has_rows(window[name]) and _has_rows(baseline[name])]
    if not shared:
        return None
    found = [_signed(window[name], baseline[name], bins, draws) for name in shared]
    if len(found) == 1:
        return found[0][0]
    deviation = sum(math.copysign(-NormalDist().inv_cdf(p / 2), sign) if p < 1 else 0.0 for p, sign in found)
    return math.erfc(abs(deviation) / len(found) / math.sqrt(2.0))


def _has_rows(ranked: Ranked) -> bool:
    return float(ranked.weights.sum()) > 0


def _signed(window: Ranked, baseline: Ranked, bins: int, draws: int) -> tuple[float, float]:
    """The p-value of one class, and which way the window lies from what chance lets expect."""
    import numpy as np

    parts = max(CELLS // 2 // bins, 1)
    now, then = _cells(window, bins, parts), _cells(baseline, bins, parts)
    kept = now[0] + then[0] > 0
    counts = now[0, kept], then[0, kept]
    pooled = now[:, kept] + then[:, kept]
    # What a row of a cell adds to the gap of its bin: its outcome less its score.
    outcome = np.repeat([1.0, 0.0], bins * parts)[kept]
    gap = outcome - pooled[1] / pooled[0]
    of_bin = np.tile(np.repeat(np.arange(bins), parts), 2)[kept]
    into = (of_bin[:, None] == np.arange(bins)) * gap[:, None]
    centre = _expected(counts[0].sum(), pooled[0], into) - _expected(counts[1].sum(), pooled[0], into)

    def apart(ours: Floats, theirs: Floats) -> Floats:
        errors = [np.abs(side @ into).sum(axis=1) / side.sum(axis=1) for side in (ours, theirs)]
        return np.asarray(errors[0] - errors[1] - centre)

    sign = float(apart(counts[0][None, :], counts[1][None, :])[0])
    null = resampled(*counts, lambda ours, theirs: np.abs(apart(ours, theirs)), draws)
    return null.p_value, sign


def _cells(ranked: Ranked, bins: int, parts: int) -> Floats:
    """Rows of each cell, positives before negatives, and the sums of their scores; weighted rows count as many as would
    be as sure without weights (Kish).
    """
    import numpy as np

    middle, cells = ranked.middle, bins * parts
    at = np.clip(np.floor(middle * cells), 0, cells - 1).astype(int)
    sides = (ranked.positives, ranked.negatives)
    weights = np.concatenate([np.bincount(at, side, cells) for side in sides])
    scores = np.concatenate([np.bincount(at, side * middle, cells) for side in sides])
    squares = float((ranked.positive_squares + ranked.negative_squares).sum())
    rows = np.rint(weights * (float(weights.sum()) / squares))
    return np.array([rows, np.divide(scores * rows, weights, out=np.zeros(2 * cells), where=weights > 0)])


def _expected(rows: float, pooled: Floats, into: Floats) -> float:
    """The calibration error that so many of the pooled rows have on average, by the normal law of the gaps.

    Source: Leone, Nelson and Nottingham, The Folded Normal Distribution (1961).
    """
    import numpy as np

    every = float(pooled.sum())
    mean = pooled @ into / every
    left = (every - rows) / max(every - 1.0, 1.0)  # drawn without replacement
    error = np.sqrt(np.maximum(pooled @ into**2 / every - mean**2, 0.0) * left / rows)
    error = np.maximum(error, np.finfo(float).tiny)
    below = np.array([math.erf(each) for each in (mean / error / math.sqrt(2.0)).tolist()])
    folded = error * math.sqrt(2.0 / math.pi) * np.exp(-((mean / error) ** 2) / 2) + mean * below
    return float(folded.sum())
