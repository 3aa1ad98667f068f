"""Weights of rows: row-wise expressions of them, and what the bins of a histogram weigh beside their counts."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from driftline.profiles.columns import number

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from driftline.profiles.base import ScanContext
    from driftline.profiles.histogram import HistogramProfile

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

LEAST, MOST = 1e-100, 1e100  # of weights but 0: sums of their squares are doubles


def weight(name: str, context: ScanContext) -> pl.Expr:
    """The weight of each row, null where it is none: missing, NaN, infinite, negative, too large to square."""
    import polars as pl

    given = number(name, context)
    return pl.when((given == 0.0) | given.is_between(LEAST, MOST)).then(given)


def weighed(column: pl.Expr, name: str | None, context: ScanContext) -> pl.Expr:
    """The column, null in rows without a weight: they count as rows without a label."""
    import polars as pl

    return column if name is None else pl.when(weight(name, context).is_not_null()).then(column)


def weight_sums(name: str | None, context: ScanContext) -> list[pl.Expr]:
    """The sums of the weights and of their squares; nothing where no column holds a weight."""
    if name is None:
        return []
    each = weight(name, context)
    return [each.sum().alias("weights"), (each * each).sum().alias("squares")]


@dataclass(frozen=True, eq=False)
class BinWeights:
    """What the bins of a histogram weigh: sums of the weights, and of the squared weights, of their rows."""

    weight: Floats
    square: Floats

    @classmethod
    def of(cls, histogram: HistogramProfile, parts: Iterable[tuple[int, Integers, Floats, Floats]]) -> BinWeights:
        """Of the bins of a histogram, from parts (resolution, bins, weights, squares) that are not coarser than it."""
        import numpy as np

        found = np.zeros((2, len(histogram.bins)))
        for resolution, bins, *sums in parts:
            coarse = np.sign(bins) * (np.abs(bins) >> max(resolution - histogram.resolution, 0))
            at = np.searchsorted(histogram.bins, coarse)
            found += [np.bincount(at, each, len(histogram.bins)) for each in sums]
        return cls(*found)

    @classmethod
    def merged(cls, whole: HistogramProfile, parts: Iterable[tuple[HistogramProfile, BinWeights | None]]) -> BinWeights:
        """Of the histogram that others were merged to, or of a coarser form of one."""
        return cls.of(
            whole, ((h.resolution, h.bins, each.weight, each.square) for h, each in parts if each is not None)
        )

    @classmethod
    def apart(
        cls,
        histograms: Sequence[HistogramProfile],
        whose: NDArray[np.intp],
        resolution: int | None,
        columns: Sequence[Any],
    ) -> list[BinWeights]:
        """Of many histograms: `columns` (bins, weights, squares) by row of all, `whose` is the histogram of each row.

        `resolution` is that of the bins, None where each has that of its histogram.
        """
        import numpy as np

        order = np.argsort(whose, kind="stable")
        ends = np.searchsorted(whose[order], np.arange(len(histograms) + 1))
        rows = [order[start:end] for start, end in itertools.pairwise(ends.tolist())]
        return [
            cls.of(each, [(each.resolution if resolution is None else resolution, *(column[at] for column in columns))])
            for each, at in zip(histograms, rows, strict=True)
        ]

    def frame(self) -> pl.DataFrame:
        """The columns to stand beside `HistogramProfile.frame()`, whose last row is of no bin."""
        import polars as pl

        sums = {"weights": self.weight, "squares": self.square}
        return pl.DataFrame({name: pl.Series([*each.tolist(), None], dtype=pl.Float64) for name, each in sums.items()})
