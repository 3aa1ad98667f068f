"""How fast means settle as rows grow in number: slower than by the root of their number where tails are heavy."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SLOWEST = 0.1  # rate that is told from none
PARTS = 16  # of the rows, whose spread is held against that of all
LEAST_ROWS = 50  # of a part


def rates(values: NDArray[np.floating[Any]]) -> Floats:
    """Of each column of values (rows, columns), in random order: the spread of its mean is as rows ** -rate.

    It is 1/2 unless parts of the rows spread less than all of them, as they do where the variance is that of a few.
    From `SLOWEST` to 1/2. Source: Bertail, Politis and Romano, On Subsampling Estimators with Unknown Rate of
    Convergence, Journal of the American Statistical Association 94 (1999).
    """
    import numpy as np

    if len(values) < PARTS * LEAST_ROWS:
        return np.full(values.shape[1], 0.5)
    whole = values.std(axis=0, dtype=float)
    parts = np.array([values[at::PARTS].std(axis=0, dtype=float) for at in range(PARTS)])
    sound = (whole > 0) & (parts > 0).all(axis=0) & np.isfinite(whole)
    grows = np.log(np.where(sound, whole, 1.0)) - np.log(np.where(sound, parts, 1.0)).mean(axis=0)
    return np.asarray(np.clip(0.5 - grows / math.log(PARTS), SLOWEST, 0.5))
