"""`distinct`: the smallest stable hashes of a column's values (a KMV sketch), each with its count.

Exact below `SIZE` distinct values. Above, the number of distinct values is (k - 1) / (largest kept hash), the
estimator of Bar-Yossef et al. (2002) with relative standard error about 1 / sqrt(k - 2); multiplicities come from the
kept values.

Numbers are hashed as they are, whole ones alike as integers and as floats; all else as text.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Self

from driftline.profiles.base import Numbered, Profile, ProfileSpec, ScanContext
from driftline.profiles.bits import starts_of_runs
from driftline.profiles.columns import category, mixed, stable_hash

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

SIZE = 65_536
_BLOCK = 16_384
_PROBE = 1_000  # rows that tell whether most differ
_SPAN = 2.0**64


def _empty(dtype: str) -> NDArray[Any]:
    import numpy as np

    return np.empty(0, dtype)


@dataclass(frozen=True, eq=False)
class DistinctProfile(Profile):
    """`hashes` ascending (at most `SIZE`), `counts` beside them; `cut` when larger hashes were dropped."""

    total: int = 0
    nulls: int = 0
    hashes: NDArray[np.uint64] = field(default_factory=partial(_empty, "u8"))
    counts: NDArray[np.int64] = field(default_factory=partial(_empty, "i8"))
    cut: bool = False

    @classmethod
    def _merged(cls, profiles: Sequence[Self]) -> Self:
        import numpy as np

        hashes = np.concatenate([part.hashes for part in profiles])
        counts = np.concatenate([part.counts for part in profiles])
        limits = [part.hashes[-1] for part in profiles if part.cut]
        if limits:  # above a dropped hash the counts of one part are incomplete
            keep = hashes <= min(limits)
            hashes, counts = hashes[keep], counts[keep]
        total, nulls = sum(part.total for part in profiles), sum(part.nulls for part in profiles)
        return cls._of(total, nulls, hashes, counts, bool(limits))

    @classmethod
    def _of(cls, total: int, nulls: int, hashes: NDArray[np.uint64], counts: NDArray[np.int64], cut: bool) -> Self:
        import numpy as np

        order = np.argsort(hashes, kind="stable")
        hashes, counts = hashes[order], counts[order]
        starts = starts_of_runs(hashes)
        unique, summed = hashes[starts], np.add.reduceat(counts, starts) if starts.size else counts
        return cls(total, nulls, unique[:SIZE], summed[:SIZE], cut or len(unique) > SIZE)

    @property
    def rows(self) -> int:
        return self.total

    @property
    def values(self) -> int:
        """Number of rows that hold a value."""
        return self.total - self.nulls

    @property
    def distinct(self) -> float:
        """Number of distinct values, nulls apart: exact unless `cut`."""
        if not self.cut:
            return float(len(self.hashes))
        return (len(self.hashes) - 1) / (float(self.hashes[-1]) / _SPAN)

    @property
    def duplicates(self) -> float:
        """Number of rows whose value was seen before: values minus distinct values, exact unless `cut`."""
        if not self.cut:
            return float(self.counts.sum() - len(self.hashes))
        share = 1.0 - len(self.hashes) / float(self.counts.sum())
        return share * self.values

    @property
    def duplicate_share_error(self) -> float:
        """Two standard errors of `duplicates / values`, from the spread of the kept multiplicities; 0 when exact."""
        import numpy as np

        if not self.cut:
            return 0.0
        mean = float(self.counts.mean())
        return float(2.0 * self.counts.std() / mean**2 / np.sqrt(len(self.counts)))

    @property
    def relative_error(self) -> float:
        """Two standard errors of `distinct`, relative; 0 when exact."""
        import numpy as np

        return float(2.0 / np.sqrt(max(len(self.hashes) - 2, 1))) if self.cut else 0.0

    def frame(self) -> pl.DataFrame:
        import polars as pl

        kept = pl.DataFrame({"hash": self.hashes, "counts": self.counts})
        rest = pl.DataFrame({"total": [self.total], "nulls": [self.nulls], "cut": [self.cut]})
        return pl.concat([kept, rest], how="diagonal")


@dataclass(frozen=True)
class Distinct(ProfileSpec):
    """Distinct values and duplicates of a column."""

    kind: ClassVar[str] = "distinct"
    version: ClassVar[int] = 2
    by_row: ClassVar[bool] = True
    column: str

    def columns(self) -> frozenset[str]:
        return frozenset({self.column})

    def aggregates(self, context: ScanContext) -> list[pl.Expr]:
        import polars as pl

        dtype = context.schema[self.column]
        if dtype.is_float() or (dtype.is_integer() and dtype not in (pl.Int128, pl.UInt128)):
            return [pl.col(self.column).alias("number")]
        return [stable_hash(category(self.column, context).cast(pl.String)).alias("hash")]

    def load(self, frame: pl.DataFrame, context: ScanContext | None = None) -> DistinctProfile:
        import numpy as np

        return _parts(frame, np.zeros(frame.height, np.intp), 1)[0] if frame.height else DistinctProfile()

    def load_parts(
        self, frame: pl.DataFrame, keys: Sequence[str], context: ScanContext | None = None
    ) -> dict[tuple[Any, ...], Profile]:
        parts = Numbered.of(frame, keys)
        return dict(zip(parts.keys, _parts(frame, parts.part, len(parts.keys)), strict=True))


def _parts(frame: pl.DataFrame, part: NDArray[np.intp], count: int) -> list[DistinctProfile]:
    """The profiles of `count` parts; `part` is the number of each row's."""
    import numpy as np

    if "cut" in frame.columns:
        return _serialised(frame, part, count)
    if "number" in frame.columns:
        known, held = _number_hashes(frame["number"])
    else:
        known, held = frame["hash"].drop_nulls().to_numpy(), frame["hash"].is_not_null().to_numpy()
    those = part if held.all() else part[held]
    total, values = np.bincount(part, minlength=count).tolist(), np.bincount(those, minlength=count)
    if count > 1:
        known = known[np.argsort(those, kind="stable")]
    bounds = itertools.pairwise([0, *np.cumsum(values).tolist()])
    return [
        DistinctProfile._of(rows, rows - (end - start), *_smallest(known[start:end]))
        for rows, (start, end) in zip(total, bounds, strict=True)
    ]


def _number_hashes(numbers: pl.Series) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """The hash of each number that is there, and which those are (NaN is none): of whole ones as integers, else of the
    bits of the double.
    """
    import numpy as np
    import polars as pl

    if not numbers.dtype.is_float():
        known = numbers.drop_nulls()
        integers = known.to_numpy() if known.dtype == pl.UInt64 else known.cast(pl.Int64).to_numpy().view(np.uint64)
        return mixed(integers), numbers.is_not_null().to_numpy()
    values = numbers.cast(pl.Float64).fill_null(np.nan).to_numpy()
    held = ~np.isnan(values)
    values = values if held.all() else values[held]
    found = np.empty(len(values), np.uint64)
    with np.errstate(invalid="ignore"):
        for start in range(0, len(values), _BLOCK):  # a block stays in the cache
            block = values[start : start + _BLOCK]
            integers = block.astype(np.int64)
            whole = (integers == block) & (np.abs(block) < 2.0**53)
            bits = integers if whole.all() else np.where(whole, integers, block.view(np.int64))
            found[start : start + _BLOCK] = mixed(bits.view(np.uint64))
    return found, held


def _smallest(hashes: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.int64], bool]:
    """The smallest hashes of rows, each with how often it comes, and whether there are larger ones: more than `SIZE`
    where there are more than that.

    Hashes are even over their span: if most rows differ, those of a small share of it are enough, and of the rest
    nothing needs to be known.
    """
    import numpy as np
    import polars as pl

    some = hashes[:_PROBE]
    share = 1.1 * SIZE * len(some) / max(len(np.unique(some)), 1) / max(len(hashes), 1)
    if share < 0.5:
        some = np.sort(hashes[hashes <= np.uint64(share * _SPAN)])
        starts = starts_of_runs(some)
        if len(starts) > SIZE:
            return some[starts], np.diff(starts, append=len(some)), True
    found = pl.Series("hash", hashes).value_counts()
    return found["hash"].to_numpy(), found["count"].to_numpy().astype(np.int64), False


def _serialised(frame: pl.DataFrame, part: NDArray[np.intp], count: int) -> list[DistinctProfile]:
    """The profiles of `count` parts from their `DistinctProfile.frame()`: totals stand in rows without a hash."""
    import numpy as np

    held = frame["hash"].is_not_null()
    known, rest = frame.filter(held), frame.filter(~held)
    those, others = part[held.to_numpy()], part[~held.to_numpy()]
    hashes, counts = known["hash"].to_numpy(), known["counts"].to_numpy()
    total, nulls = (np.bincount(others, rest[name].to_numpy(), count).astype(np.int64) for name in ("total", "nulls"))
    cut = np.bincount(others, rest["cut"].to_numpy(), count) > 0
    if count > 1:
        order = np.lexsort((hashes, those))
        hashes, counts, those = hashes[order], counts[order], those[order]
    bounds = itertools.pairwise(np.searchsorted(those, np.arange(count + 1)).tolist())
    by_part = zip(total.tolist(), nulls.tolist(), bounds, cut.tolist(), strict=True)
    return [DistinctProfile._of(t, n, hashes[a:b], counts[a:b], c) for t, n, (a, b), c in by_part]
