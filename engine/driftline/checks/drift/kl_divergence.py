"""Kullback-Leibler divergence."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from driftline.checks.base import ColumnType, Example
from driftline.checks.drift._binned import (
    EMPTY,
    BinnedDistance,
    base_param,
    in_nats,
    of_chi_square,
    shares,
    without_gaps,
)
from driftline.config.document import Bounds, Threshold
from driftline.parameters import param

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class KullbackLeiblerDivergence(BinnedDistance):
    """What is lost where the baseline stands for the window: sum over bins of p ln(p / q).

    p and q are the shares of the window and of the baseline in a bin; bins as for `psi`. A bin that only the window has
    counts half a row in the baseline. Not symmetric: `reverse: true` puts the baseline in the place of the window. For
    small changes it is half of PSI, and so are its default bounds. P-value and noise floor: 2 n m / (n + m) times it is
    chi-square where every bin is expected 100 times on both sides, else the pooled counts are resampled.
    Source: Kullback and Leibler, Annals of Mathematical Statistics 22 (1951).
    """

    kind = "kl_divergence"
    title = "Kullback-Leibler divergence"
    default_threshold = Threshold(warning=Bounds(above=0.05), critical=Bounds(above=0.125))

    base: str = base_param()
    reverse: bool = param("Measure the baseline from the window, not the window from the baseline.", default=False)

    def distances(self, window: Floats, baseline: Floats) -> Floats:
        import numpy as np

        if self.reverse:
            window, baseline = baseline, window
        p, _ = shares(window, baseline)
        # Only where it must be is the other side filled: elsewhere its shares are exact.
        q = without_gaps(np.where((window > 0) | (baseline > 0), baseline, EMPTY))
        found: Floats = (p * np.log(np.where(p > 0, p, q) / q)).sum(axis=-1)
        return np.maximum(found / in_nats(self.base), 0.0)

    def chi_square_factor(self, n: float, m: float) -> float:
        return 2.0 * of_chi_square(n, m) * in_nats(self.base)

    examples = (
        Example(
            says="shares 50/50 against 80/20",
            rows={"x": ["a"] * 50 + ["b"] * 50},
            baseline={"x": ["a"] * 80 + ["b"] * 20},
            column="x",
            type=ColumnType.CATEGORICAL,
            value=0.5 * math.log(0.5 / 0.8) + 0.5 * math.log(0.5 / 0.2),
        ),
        Example(
            says="the same in bits, from the window to the baseline",
            rows={"x": ["a"] * 50 + ["b"] * 50},
            baseline={"x": ["a"] * 80 + ["b"] * 20},
            column="x",
            type=ColumnType.CATEGORICAL,
            value=0.8 * math.log2(0.8 / 0.5) + 0.2 * math.log2(0.2 / 0.5),
            parameters={"base": "2", "reverse": True},
        ),
    )
