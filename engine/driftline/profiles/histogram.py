"""`histogram`: counts of a numeric column by the leading bits of the float (sign, exponent, first *k* mantissa bits).

A bin has relative width 2^-k and its edges depend on nothing but k, so histograms of any day, segment or machine line
up and merge exactly; a coarser k is a prefix of a finer one. Each bin also keeps the smallest and the largest value
in it: a bin that holds one value is exact, and the bounds that are reported follow from what the bins really hold.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, Self

from driftline.profiles.base import Numbered, Profile, ProfileSpec, ScanContext
from driftline.profiles.bits import EXPONENT, FINEST, MAGNITUDE, MANTISSA, edges, masked_bits, starts_of_runs
from driftline.profiles.columns import number

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Positions = NDArray[np.intp]


COARSEST = 3
_SPECIAL = ("nulls", "nans", "negative_infinities", "positive_infinities")
_special = attrgetter(*_SPECIAL)
DEFAULT_RESOLUTION = 8
FILLED = "filled:"  # prefix of a column's entry among the resolutions: bins are full, their edges are their extremes
MAXIMUM_BINS = 1 << 17  # beyond it a histogram coarsens itself: a bound on memory, state and reading time


def _empty_integers() -> Integers:
    import numpy as np

    return np.empty(0, np.int64)


def _empty_floats() -> Floats:
    import numpy as np

    return np.empty(0, np.float64)


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
        return dict(zip(_SPECIAL, _special(self), strict=True))

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

        sums: list[int] = [sum(each) for each in zip(*map(_special, profiles), strict=True)]
        special = dict(zip(_SPECIAL, sums, strict=True))
        filled = [each for each in profiles if each.bins.size]
        resolution = min(each.resolution for each in filled or profiles)
        parts = [each.at_resolution(resolution) for each in filled or profiles]
        bins = np.concatenate([part.bins for part in parts])
        counts = np.concatenate([part.counts for part in parts])
        low, high = np.concatenate([part.low for part in parts]), np.concatenate([part.high for part in parts])
        return cls.of(resolution, bins, counts, low, high, **special)

    @property
    def rows(self) -> int:
        return self.finite + self.nulls + self.nans + self.negative_infinities + self.positive_infinities

    @cached_property
    def finite(self) -> int:
        """Number of finite values."""
        return int(self.counts.sum())

    @cached_property
    def before(self) -> Integers:
        """Number of finite values before each bin, and behind the last one."""
        import numpy as np

        found = np.zeros(len(self.counts) + 1, np.int64)
        np.cumsum(self.counts, out=found[1:])
        return found

    @property
    def ends(self) -> Integers:
        """Number of finite values up to the end of each bin."""
        return self.before[1:]

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
        if self.finite == 0:
            return math.nan
        rank = q * (self.finite - 1)
        lower = self._order_statistic(math.floor(rank))
        upper = self._order_statistic(math.ceil(rank)) if rank % 1.0 else lower
        share = rank - math.floor(rank)
        gap = upper - lower
        return lower + gap * share if math.isfinite(gap) else lower * (1.0 - share) + upper * share

    def _order_statistic(self, index: int) -> float:
        """The value of a rank (from 0): exact at the ends of a bin, interpolated inside."""
        at = int(self.ends.searchsorted(index, side="right"))
        count, low, high = int(self.counts[at]), float(self.low[at]), float(self.high[at])
        inside = index - (int(self.ends[at]) - count)
        return low if count == 1 else low + (high - low) * (inside / (count - 1))

    def quantile_bound(self, q: float) -> float:
        """How far `quantile(q)` may be from the exact one: the width of the bin that holds it."""
        import numpy as np

        if self.finite == 0:
            return math.nan
        rank = q * (self.finite - 1)
        ranks = np.array([math.floor(rank), math.ceil(rank)])
        bins = np.searchsorted(self.ends, ranks, side="right")
        known = (ranks == self.ends[bins] - self.counts[bins]) | (ranks == self.ends[bins] - 1)
        return float(np.max(np.where(known, 0.0, self.high[bins] - self.low[bins])))

    def frame(self) -> pl.DataFrame:
        return self.frames([self])[0]

    @classmethod
    def frames(cls, profiles: Sequence[Self]) -> tuple[pl.DataFrame, list[int]]:
        """The bins of all; behind those of each a row without a bin, for its resolution and special counts."""
        import numpy as np
        import polars as pl

        names, sizes = ("bins", "counts", "low", "high"), [len(each.bins) for each in profiles]
        bins = pl.DataFrame({name: np.concatenate([getattr(each, name) for each in profiles]) for name in names})
        rest = pl.DataFrame(
            {name: [getattr(each, name) for each in profiles] for name in ("resolution", *_SPECIAL)},
        )
        numbers = np.arange(len(profiles))
        order = np.argsort(np.concatenate((np.repeat(numbers, sizes), numbers)), kind="stable")
        return pl.concat([bins, rest], how="diagonal")[order], [size + 1 for size in sizes]


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
        import numpy as np

        if frame.height == 0 and not {"bits", "whole"}.intersection(frame.columns):
            return HistogramProfile()
        return self._parts(frame, np.zeros(frame.height, np.intp), 1, context)[0]

    def load_parts(
        self, frame: pl.DataFrame, keys: Sequence[str], context: ScanContext | None = None
    ) -> dict[tuple[Any, ...], Profile]:
        parts = Numbered.of(frame, keys)
        return dict(zip(parts.keys, self._parts(frame, parts.part, len(parts.keys), context), strict=True))

    def _parts(
        self, frame: pl.DataFrame, part: Positions, count: int, context: ScanContext | None
    ) -> list[HistogramProfile]:
        """The histograms of `count` parts; `part` is the number of each row's."""
        import polars as pl

        if "whole" in frame.columns:
            bits = pl.col("whole").cast(pl.Float64).reinterpret(dtype=pl.Int64)
            frame = frame.select(bits.alias("bits"), "counts")
        if "bits" not in frame.columns:
            return from_frame(frame, part, count)
        if context is None:
            raise ValueError("a scanned histogram needs the scan's context for its resolution")
        return from_bits(frame, self.resolution(context), part, count)


def from_bits(frame: pl.DataFrame, resolution: int, part: Positions, count: int) -> list[HistogramProfile]:
    """The histograms of `count` parts of a scanned table; `part` is the number of each row's.

    The table has `bits`, `counts` and, unless they are the bin's edges, `low` and `high`.
    """
    import numpy as np

    bits, counts = frame["bits"].fill_null(0).to_numpy(), frame["counts"].to_numpy()
    null = frame["bits"].is_null().to_numpy()
    special = (bits & EXPONENT) == EXPONENT
    infinite = special & ((bits & np.int64((1 << MANTISSA) - 1)) == 0)
    negative = bits < 0
    found = (null, special & ~infinite, infinite & negative, infinite & ~negative)
    totals = [np.bincount(part[rows], counts[rows], count).astype(np.int64) for rows in found]
    finite = ~(special | null)
    bits, counts = bits[finite], counts[finite]
    magnitude = (bits & MAGNITUDE) >> np.int64(MANTISSA - resolution)
    bins = np.where(bits < 0, -magnitude, magnitude)
    if "low" in frame.columns:
        low, high = frame["low"].to_numpy()[finite], frame["high"].to_numpy()[finite]
    else:
        low, high = edges(bits, resolution)
    columns = bins, counts, low + 0.0, high + 0.0
    return _apart(np.full(count, resolution), totals, part[finite], columns)


def from_frame(frame: pl.DataFrame, part: Positions, count: int) -> list[HistogramProfile]:
    """The histograms of `count` parts from their `HistogramProfile.frame()`; `part` is the number of each row's.

    The special counts of each part stand in a row without a bin.
    """
    import numpy as np

    filled = frame["bins"].is_not_null()
    bins, rest = frame.filter(filled), frame.filter(~filled)
    whose = part[~filled.to_numpy()]
    resolution = np.full(count, FINEST)
    np.minimum.at(resolution, whose, rest["resolution"].to_numpy())
    totals = [np.bincount(whose, rest[name].to_numpy(), count).astype(np.int64) for name in _SPECIAL]
    columns = (bins[name].to_numpy() for name in ("bins", "counts", "low", "high"))
    return _apart(resolution, totals, part[filled.to_numpy()], tuple(columns))


def _apart(
    resolution: Integers, totals: Sequence[Integers], part: Positions, columns: tuple[NDArray[Any], ...]
) -> list[HistogramProfile]:
    """One histogram for each part: of rows of all parts, after one sort, each takes a slice.

    `resolution` and the `totals` of special values are by part, `columns` (bins, counts, low, high) by row.
    """
    import numpy as np

    if not _is_sorted(part, columns[0]):
        order = np.lexsort((columns[0], part))
        part, columns = part[order], tuple(column[order] for column in columns)
    bounds = itertools.pairwise(np.searchsorted(part, np.arange(len(resolution) + 1)).tolist())
    special = zip(*(each.tolist() for each in totals), strict=True)
    return [
        HistogramProfile.of(k, *(column[start:end] for column in columns), **dict(zip(_SPECIAL, counted, strict=True)))
        for k, (start, end), counted in zip(resolution.tolist(), bounds, special, strict=True)
    ]


def _is_sorted(part: Positions, bins: Integers) -> bool:
    """Whether rows stand by part and bin, as those of one part and those that were kept do."""
    same, further = part[1:] == part[:-1], bins[1:] >= bins[:-1]
    return bool(((part[1:] > part[:-1]) | (same & further)).all())
