"""Doubles by their leading bits: sign, exponent and the first *k* bits of the mantissa name a bin."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

MANTISSA = 52
FINEST = 52  # every double has a bin of its own
MAGNITUDE = (1 << 63) - 1  # every bit but the sign
EXPONENT = 0x7FF0000000000000


def mask(resolution: int) -> int:
    """The bits of a double that name its bin at this resolution, as a signed 64-bit integer."""
    return -(1 << (MANTISSA - resolution))


def masked_bits(value: pl.Expr, resolution: int) -> pl.Expr:
    """The bin of each value, as the leading bits of the double; null stays null."""
    import polars as pl

    bits = value.reinterpret(dtype=pl.Int64)
    return bits if resolution == FINEST else bits & mask(resolution)


def edges(bits: Integers, resolution: int) -> tuple[Floats, Floats]:
    """The smallest and the largest double of each bin, from the leading bits that name it."""
    import numpy as np

    inner, outer = bits.view(np.float64), (bits | ~np.int64(mask(resolution))).view(np.float64)
    return np.minimum(inner, outer), np.maximum(inner, outer)


def starts_of_runs(ordered: NDArray[np.int64] | NDArray[np.uint64]) -> NDArray[np.intp]:
    """Where the runs of equal values begin in an ordered array."""
    import numpy as np

    first = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return first.nonzero()[0]
