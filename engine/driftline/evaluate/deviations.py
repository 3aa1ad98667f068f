"""How far a reading lies off earlier ones, in robust deviations. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, median

LEAST = 8  # readings without which their spread says nothing
OF_MAD = 1.4826  # makes the median absolute deviation that of a normal distribution
OF_MEAN = 1.2533  # the same for the mean absolute deviation
SAME = 1e-9  # relative difference below which two readings are one: floating sums differ in their last bits


def deviations(value: float, history: Sequence[float]) -> float:
    """The robust z of a reading: its distance from the median, in 1.4826 times the median absolute deviation.

    Where more than half of the history is one value, the mean absolute deviation takes the place of the median one
    (B. Iglewicz and D. Hoaglin, How to Detect and Handle Outliers, 1993). Off a constant history, 0 for the same value
    and else infinite.
    """
    centre = median(history)
    distances = [_distance(each, centre) for each in history]
    scale = OF_MAD * median(map(abs, distances)) or OF_MEAN * fmean(map(abs, distances))
    distance = _distance(value, centre)
    if scale == 0:
        return math.copysign(math.inf, distance) if distance else 0.0
    return distance / scale


def _distance(value: float, centre: float) -> float:
    return 0.0 if math.isclose(value, centre, rel_tol=SAME, abs_tol=0.0) else value - centre
