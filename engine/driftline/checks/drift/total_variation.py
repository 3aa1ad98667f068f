"""Total variation distance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from driftline.checks.base import ColumnType, Example
from driftline.checks.drift._binned import BinnedDistance, shares
from driftline.config.document import Bounds, Threshold

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class TotalVariation(BinnedDistance):
    """The share of the rows that would have to change their bin: ½ sum of |p - q|, from 0 to 1.

    p and q are the shares of the window and of the baseline in a bin; bins as for `psi`. P-value and noise floor: the
    pooled counts are resampled. Source: Levin and Peres, Markov Chains and Mixing Times (2017), chapter 4.
    """

    kind = "total_variation"
    title = "Total variation distance"
    unit = "ratio"
    range = (0.0, 1.0)
    default_threshold = Threshold(warning=Bounds(above=0.1), critical=Bounds(above=0.2))

    def distances(self, window: Floats, baseline: Floats) -> Floats:
        import numpy as np

        p, q = shares(window, baseline)
        found: Floats = np.minimum(np.abs(p - q).sum(axis=-1) / 2, 1.0)
        return found

    examples = (
        Example(
            says="shares 50/50 against 80/20",
            rows={"x": ["a"] * 50 + ["b"] * 50},
            baseline={"x": ["a"] * 80 + ["b"] * 20},
            column="x",
            type=ColumnType.CATEGORICAL,
            value=0.3,
        ),
    )
