"""`histogram`: counts of a numeric column by the leading bits of the float (sign, exponent, first *k* mantissa bits).

A bin has relative width 2^-k and its edges depend on nothing but k, so histograms of any day, segment or machine line
up and merge exactly; a coarser k is a prefix of a finer one. Each bin also keeps the smallest and the largest value
in it: a bin that holds one value is exact, and the bounds that are reported follow from what the bins really hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Self

from driftline.profiles.base import Profile, ProfileSpec, ScanContext
from driftline.profiles.columns import number

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]


MANTISSA = 52
FINEST = 52  # every double has a bin of its own
COARSEST = 3
_SPECIAL = ("nulls", "nans", "negative_infinities", "positive_infinities")
DEFAULT_RESOLUTION = 8
FILLED = "filled:"  # prefix of a column's entry among the resolutions: bins are full, their edges are their extremes
MAXIMUM_BINS = 1 << 17  # beyond it a histogram coarsens itself: a bound on memory, state and reading time
_MAGNITUDE = (1 << 63) - 1  # every bit but the sign
_EXPONENT = 0x7FF0000000000000


def mask(resolution: int) -> int:
    """The bits of a double that name its bin at this resolution, as a signed 64-bit integer."""
    return -(1 << (MANTISSA - resolution))


def masked_bits(value: pl.Expr, resolution: int) -> pl.Expr:
    """The bin of each value, as the leading bits of the double; null stays null."""
    import polars as pl

    bits = value.reinterpret(dtype=pl.Int64)
    return bits if resolution == FINEST else bits & mask(resolution)


def _empty_integers() -> Integers:
    import numpy as np

    return np.empty(0, np.int64)


def _empty_floats() -> Floats:
    import numpy as np

    return np.empty(0, np.float64)


def starts_of_runs(ordered: NDArray[np.int64] | NDArray[np.uint64]) -> NDArray[np.intp]:
    """Where the runs of equal values begin in an ordered array."""
    import numpy as np

    first = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return first.nonzero()[0]


@dataclass(frozen=True, eq=False)
class HistogramProfile(Profile):
    """Bins in increasing order: `bins` (ordered keys at `resolution`), `counts`, smallest and largest value."""

    resolution: int = FINEST
    bins: Integers = field(default_factory=_empty_integers)
    counts: Integers = field(default_factory=_empty_integers)
    low: Floats = field(default_factory=_empty_floats)
    high: Floats = field(default_factory=_empty_floats)
    nulls: int = 0
    nans: int = 0
    negative_infinities: int = 0
    positive_infinities: int = 0

    @classmethod
    def of(cls, resolution: int, bins: Integers, counts: Integers, low: Floats, high: Floats, **special: int) -> Self:
        """From parts in any order, equal bins added up; coarsened until it has at most `MAXIMUM_BINS` bins."""
        import numpy as np

        if len(bins) > 1 and not bool((bins[1:] > bins[:-1]).all()):
            order = np.argsort(bins, kind="stable")
            bins, counts, low, high = bins[order], counts[order], low[order], high[order]
            starts = starts_of_runs(bins)
            bins, counts = bins[starts], np.add.reduceat(counts, starts)
            low, high = np.minimum.reduceat(low, starts), np.maximum.reduceat(high, starts)
        made = cls(resolution, bins, counts, low, high, **special)
        while len(made.bins) > MAXIMUM_BINS and made.resolution > COARSEST:
            made = made.at_resolution(made.resolution - 1)
        return made

    @property
    def _special(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in _SPECIAL}

    def at_resolution(self, resolution: int) -> Self:
        """The same rows in coarser bins (the same object when it is not finer)."""
        import numpy as np

        if resolution >= self.resolution:
            return self
        shift = self.resolution - resolution
        coarse = np.sign(self.bins) * (np.abs(self.bins) >> shift)
        return self.of(resolution, coarse, self.counts, self.low, self.high, **self._special)

    @classmethod
    def _merged(cls, profiles: Sequence[Self]) -> Self:
        import numpy as np

        special = {name: sum(getattr(each, name) for each in profiles) for name in _SPECIAL}
        filled = [each for each in profiles if each.bins.size]
        resolution = min(each.resolution for each in filled or profiles)
        if not filled:
            return cls(resolution, **special)
        parts = [each.at_resolution(resolution) for each in filled]
        bins = np.concatenate([part.bins for part in parts])
        counts = np.concatenate([part.counts for part in parts])
        low, high = np.concatenate([part.low for part in parts]), np.concatenate([part.high for part in parts])
        return cls.of(resolution, bins, counts, low, high, **special)

    @property
    def rows(self) -> int:
        return self.finite + sum(self._special.values())

    @cached_property
    def finite(self) -> int:
        """Number of finite values."""
        return int(self.counts.sum())

    @property
    def values(self) -> int:
        """Number of values: finite and infinite, neither null nor NaN."""
        return self.finite + self.negative_infinities + self.positive_infinities

    @cached_property
    def is_exact(self) -> bool:
        """Whether every bin holds a single value, so that whatever is read from it is exact."""
        import numpy as np

        return bool(np.all(self.low == self.high))

    def quantile(self, q: float) -> float:
        """The q-quantile of the finite values, linear between the extremes of the bin (NaN when there are none)."""
        import numpy as np

        if self.finite == 0:
            return float("nan")
        rank = q * (self.finite - 1)
        ends = np.cumsum(self.counts)
        lower = self._order_statistic(int(np.floor(rank)), ends)
        upper = self._order_statistic(int(np.ceil(rank)), ends)
        share = float(rank - np.floor(rank))
        gap = upper - lower
        return lower + gap * share if np.isfinite(gap) else lower * (1.0 - share) + upper * share

    def _order_statistic(self, index: int, ends: Integers) -> float:
        """The value of a rank (from 0): exact at the ends of a bin, interpolated inside."""
        import numpy as np

        at = int(np.searchsorted(ends, index, side="right"))
        count, low, high = int(self.counts[at]), self.low[at], self.high[at]
        inside = index - (int(ends[at]) - count)
        return float(low if count == 1 else low + (high - low) * (inside / (count - 1)))

    def quantile_bound(self, q: float) -> float:
        """How far `quantile(q)` may be from the exact one: the width of the bin that holds it."""
        import numpy as np

        if self.finite == 0:
            return float("nan")
        rank = q * (self.finite - 1)
        ends = np.cumsum(self.counts)
        ranks = np.array([int(np.floor(rank)), int(np.ceil(rank))])
        bins = np.searchsorted(ends, ranks, side="right")
        known = (ranks == ends[bins] - self.counts[bins]) | (ranks == ends[bins] - 1)
        return float(np.max(np.where(known, 0.0, self.high[bins] - self.low[bins])))

    def frame(self) -> pl.DataFrame:
        import polars as pl

        keys = [self.bins, self.counts, self.low, self.high]
        frame = pl.DataFrame(dict(zip(("bins", "counts", "low", "high"), keys, strict=True)))
        special = {name: [count] for name, count in self._special.items()}
        return pl.concat([frame, pl.DataFrame({"resolution": [self.resolution], **special})], how="diagonal")


@dataclass(frozen=True)
class Histogram(ProfileSpec):
    """The bit histogram of a numeric column; k comes from the scan's context (chosen once per column, then kept)."""

    kind: ClassVar[str] = "histogram"
    column: str
    minimum_resolution: int = 0  # for scores, whose ranks matter everywhere

    def columns(self) -> frozenset[str]:
        return frozenset({self.column})

    def resolution(self, context: ScanContext) -> int:
        return max(context.resolutions.get(self.column, DEFAULT_RESOLUTION), self.minimum_resolution)

    def keys(self, context: ScanContext) -> list[pl.Expr]:
        import polars as pl

        resolution = self.resolution(context)
        if resolution == FINEST and context.schema[self.column].is_integer():
            return [pl.col(self.column).alias("whole")]  # as exact as the bits, and grouped sooner
        return [masked_bits(number(self.column, context), resolution).alias("bits")]

    def aggregates(self, context: ScanContext) -> list[pl.Expr]:
        """Counts, and each bin's extremes unless they are known without a look.

        They are where a bin is a single value, and where rows are so many that every bin is filled from edge to edge.
        """
        import polars as pl

        counts = pl.len().cast(pl.Int64).alias("counts")
        if self.resolution(context) == FINEST or FILLED + self.column in context.resolutions:
            return [counts]
        value = number(self.column, context)
        return [counts, value.min().alias("low"), value.max().alias("high")]

    def load(self, frame: pl.DataFrame, context: ScanContext | None = None) -> HistogramProfile:
        import polars as pl

        if "whole" in frame.columns:
            bits = pl.col("whole").cast(pl.Float64).reinterpret(dtype=pl.Int64)
            frame = frame.select(bits.alias("bits"), "counts")
        if "bits" not in frame.columns:
            return _from_frame(frame)
        if context is None:
            raise ValueError("a scanned histogram needs the scan's context for its resolution")
        return from_bits(frame, self.resolution(context))


def from_bits(frame: pl.DataFrame, resolution: int) -> HistogramProfile:
    """From a scanned table of `bits`, `counts` and, unless they are the bin's edges, `low`, `high`."""
    import numpy as np
    import polars as pl

    nulls = 0
    if frame["bits"].null_count():  # there is one such row at most for each part of the table, and mostly none
        nulls = int(frame.filter(pl.col("bits").is_null())["counts"].sum())
        frame = frame.filter(pl.col("bits").is_not_null())
    bits, counts = frame["bits"].to_numpy(), frame["counts"].to_numpy()
    special = (bits & _EXPONENT) == _EXPONENT
    infinite = special & ((bits & np.int64((1 << MANTISSA) - 1)) == 0)
    negative = bits < 0
    counted = {
        "nulls": nulls,
        "nans": int(counts[special & ~infinite].sum()),
        "negative_infinities": int(counts[infinite & negative].sum()),
        "positive_infinities": int(counts[infinite & ~negative].sum()),
    }
    magnitude = (bits & _MAGNITUDE) >> np.int64(MANTISSA - resolution)
    keys = np.where(negative, -magnitude, magnitude)[~special]
    finite = ~special
    if "low" in frame.columns:
        low, high = frame["low"].to_numpy()[finite], frame["high"].to_numpy()[finite]
    else:
        low, high = edges(bits[finite], resolution)
    return HistogramProfile.of(resolution, keys, counts[finite], low + 0.0, high + 0.0, **counted)


def edges(bits: Integers, resolution: int) -> tuple[Floats, Floats]:
    """The smallest and the largest double of each bin, from the leading bits that name it."""
    import numpy as np

    inner, outer = bits.view(np.float64), (bits | ~np.int64(mask(resolution))).view(np.float64)
    return np.minimum(inner, outer), np.maximum(inner, outer)


def _from_frame(frame: pl.DataFrame) -> HistogramProfile:
    """From `HistogramProfile.frame()`; the special counts stand in a row without a bin."""
    import polars as pl

    if frame.height == 0:
        return HistogramProfile()
    bins = frame.filter(pl.col("bins").is_not_null())
    rest = frame.filter(pl.col("bins").is_null())
    special = {name: int(rest[name].sum()) for name in _SPECIAL}
    arrays = [bins[name].to_numpy() for name in ("bins", "counts", "low", "high")]
    return HistogramProfile.of(int(rest["resolution"].min()), *arrays, **special)  # type: ignore[arg-type]
