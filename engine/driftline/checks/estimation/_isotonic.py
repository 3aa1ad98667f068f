"""Isotonic regression: the rates that never fall with the score and lie nearest to what was observed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Positions = NDArray[np.intp]


def pooled(hits: Floats, totals: Floats) -> tuple[Positions, Floats, Floats]:
    """Pool adjacent violators: the block of each score, and the hits and totals of the blocks.

    `hits` of `totals` (above 0) are by score, in increasing order; the rate of a block is above that of the one before.
    Neighbours out of order end up in one block whichever are pooled first, so that whole runs are pooled at once: the
    passes grow with the logarithm of the length. Source: Ayer, Brunk, Ewing, Reid and Silverman, An Empirical
    Distribution Function for Sampling with Incomplete Information (1955).
    """
    import numpy as np

    block = np.arange(len(totals))
    while True:
        rates = hits / totals
        rises = np.ones(len(rates), np.bool_)
        np.greater(rates[1:], rates[:-1], out=rises[1:])
        if rises.all():
            return block, hits, totals
        starts = rises.nonzero()[0]
        hits, totals = np.add.reduceat(hits, starts), np.add.reduceat(totals, starts)
        block = (np.cumsum(rises) - 1)[block]
