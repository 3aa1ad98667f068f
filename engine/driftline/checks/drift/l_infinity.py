"""Largest change of a share."""

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
class LargestChange(BinnedDistance):
    """The largest change of the share of one bin: max |p - q|, from 0 to 1.

    p and q are the shares of the window and of the baseline in a bin; bins as for `psi`. One category that gains and
    many that lose a little each read what the one gained. P-value and noise floor: the pooled counts are resampled.
    """

    kind = "l_infinity"
    title = "Largest change of a share (L-infinity)"
    unit = "ratio"
    range = (0.0, 1.0)
    default_threshold = Threshold(warning=Bounds(above=0.1), critical=Bounds(above=0.2))

    def distances(self, window: Floats, baseline: Floats) -> Floats:
        import numpy as np

        p, q = shares(window, baseline)
        found: Floats = np.abs(p - q).max(axis=-1)
        return found

    examples = (
        Example(
            says="a gains 40 points, b and c lose 20 each",
            rows={"x": ["a"] * 6 + ["b"] * 2 + ["c"] * 2},
            baseline={"x": ["a"] * 2 + ["b"] * 4 + ["c"] * 4},
            column="x",
            type=ColumnType.CATEGORICAL,
            value=0.4,
        ),
    )
