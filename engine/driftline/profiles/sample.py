"""`sample`: the rows with the smallest stable hashes, of several columns at once (a bottom-k sample).

The hash is of what a row holds, so that the same rows give the same sample whichever way they are split, merged and
ordered, and rows that differ are drawn with equal chances. Rows that agree in the id and in every column are drawn
together: where columns hold few distinct rows, an `id` tells them apart. Source: Cohen and Kaplan, PODC (2007).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Self

from driftline.profiles.base import Profile, ProfileSpec, ScanContext
from driftline.profiles.columns import category, number, stable_hash

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

SIZE = 5_000
_NUMBER, _TEXT, _HASHED = "n|", "c|", "h|"  # what stands in front of the name of a column, by what it holds
_GIVEN = "given"
_BLOCK = 16_384


def _no_hashes() -> NDArray[Any]:
    import numpy as np

    return np.empty(0, "u8")


@dataclass(frozen=True, eq=False)
class SampleProfile(Profile):
    """At most `size` of the `eligible` rows among `total`, in the order of their `hashes`.

    `columns` holds by name the values of these rows: numbers as float64 (NaN: missing), categories as texts (None:
    missing).
    """

    total: int = 0
    eligible: int = 0
    size: int = 0
    hashes: NDArray[np.uint64] = field(default_factory=partial(_no_hashes))
    columns: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    @classmethod
    def _merged(cls, profiles: Sequence[Self]) -> Self:
        import numpy as np

        some = [part for part in profiles if part.total]
        if len(some) <= 1:
            return some[0] if some else profiles[0]
        hashes = np.concatenate([part.hashes for part in some])
        size = some[0].size
        kept = np.argsort(hashes, kind="stable")[:size]
        columns = {name: np.concatenate([part.columns[name] for part in some])[kept] for name in some[0].columns}
        total, eligible = sum(part.total for part in some), sum(part.eligible for part in some)
        return cls(total, eligible, size, hashes[kept], columns)

    @property
    def rows(self) -> int:
        return self.total

    @property
    def kept(self) -> int:
        """Number of rows in the sample."""
        return len(self.hashes)

    @property
    def distinct(self) -> int:
        """Number of rows in the sample that differ: on so many draws it rests."""
        import numpy as np

        return len(np.unique(self.hashes))

    @property
    def is_whole(self) -> bool:
        """Whether it holds every eligible row."""
        return self.kept == self.eligible

    def frame(self) -> pl.DataFrame:
        import polars as pl

        held: dict[str, pl.Series] = {"hash": pl.Series(self.hashes, dtype=pl.UInt64)}
        for name, values in self.columns.items():
            if values.dtype.kind == "f":
                held[_NUMBER + name] = pl.Series(values).fill_nan(None)
            else:
                held[_TEXT + name] = pl.Series(values.tolist(), dtype=pl.String)
        names = pl.Series([list(held)[1:]], dtype=pl.List(pl.String))
        rest = pl.DataFrame({"total": [self.total], "eligible": [self.eligible], "size": [self.size], "names": names})
        return pl.concat([pl.DataFrame(held), rest], how="diagonal")


@dataclass(frozen=True)
class Sample(ProfileSpec):
    """A uniform sample of rows: columns as numbers, and others as categories.

    `id` is a column that tells rows apart and is not kept itself; rows that lack a value in one of `given` are left
    out. Never ask for the columns that are private: rows are kept as they are.
    """

    kind: ClassVar[str] = "sample"
    by_row: ClassVar[bool] = True
    numbers: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    id: str | None = None
    size: int = SIZE
    given: tuple[str, ...] = ()

    def columns(self) -> frozenset[str]:
        return frozenset({*self.numbers, *self.categories, *self.given} | ({self.id} if self.id is not None else set()))

    def aggregates(self, context: ScanContext) -> list[pl.Expr]:
        import polars as pl

        found = [number(name, context).alias(_NUMBER + name) for name in self.numbers]
        for name in self.categories:
            text = category(name, context).cast(pl.String)
            found += [text.alias(_TEXT + name), stable_hash(text).alias(_HASHED + name)]
        if self.id is not None:
            # By place, since a column may be both a category and the id.
            found.append(stable_hash(category(self.id, context).cast(pl.String)).alias(_HASHED))
        there = [category(name, context).is_not_null() for name in self.given]
        return [*found, (pl.all_horizontal(there) if there else pl.lit(True)).alias(_GIVEN)]

    def within(self, other: ProfileSpec, context: ScanContext) -> bool:
        """A larger sample of the same rows begins with this one."""
        return isinstance(other, Sample) and other.size > self.size and replace(other, size=self.size) == self

    def extract(self, profile: Profile) -> SampleProfile:
        assert isinstance(profile, SampleProfile)
        if not profile.total:
            return profile
        columns = {name: values[: self.size] for name, values in profile.columns.items()}
        return SampleProfile(profile.total, profile.eligible, self.size, profile.hashes[: self.size], columns)

    def load(self, frame: pl.DataFrame, context: ScanContext | None = None) -> SampleProfile:
        if "names" in frame.columns:
            return _serialised(frame)
        return SampleProfile() if frame.is_empty() else self._of_rows(frame)

    def _of_rows(self, rows: pl.DataFrame) -> SampleProfile:
        """The sample of rows as they are scanned."""
        import numpy as np

        eligible = rows.filter(_GIVEN) if self.given else rows
        hashes = row_hashes(eligible, sorted(name for name in rows.columns if name[:2] in (_NUMBER, _HASHED)))
        kept = np.argpartition(hashes, self.size)[: self.size] if len(hashes) > self.size else np.arange(len(hashes))
        kept = kept[np.argsort(hashes[kept], kind="stable")]
        names = [name for name in rows.columns if name[:2] in (_NUMBER, _TEXT)]
        columns = _arrays(eligible.select(names)[kept], names)
        return SampleProfile(rows.height, eligible.height, self.size, hashes[kept], columns)


def _serialised(frame: pl.DataFrame) -> SampleProfile:
    """The sample of a serialised table; rows of totals, if more than one, are of parts of a whole."""
    rest = frame.filter(frame["names"].is_not_null())
    if rest.is_empty():
        return SampleProfile()
    total, eligible, size = int(rest["total"].sum()), int(rest["eligible"].sum()), int(rest["size"][0])
    held = frame.filter(frame["hash"].is_not_null())
    if rest.height > 1:
        held = held.sort("hash", maintain_order=True).head(size)
    return SampleProfile(total, eligible, size, held["hash"].to_numpy(), _arrays(held, rest["names"][0].to_list()))


def _arrays(rows: pl.DataFrame, names: Iterable[str]) -> dict[str, NDArray[Any]]:
    """The values by the names of the columns as they are outside."""
    import numpy as np

    found: dict[str, NDArray[Any]] = {}
    for name in names:
        if name.startswith(_NUMBER):
            found[name[2:]] = rows[name].fill_null(np.nan).to_numpy().astype(float)
        else:
            values = np.empty(rows.height, object)
            values[:] = rows[name].to_list()
            found[name[2:]] = values
    return found


def row_hashes(rows: pl.DataFrame, names: Sequence[str]) -> NDArray[np.uint64]:
    """A hash of each row: of the bits of its numbers and the hashes of its texts, mixed as in SplitMix64.

    Both zeros are one number; a number that is missing is NaN.
    """
    import numpy as np
    import polars as pl

    found = np.full(rows.height, 0x9E3779B97F4A7C15, np.uint64)
    held = [column.fill_null(0 if column.dtype == pl.UInt64 else np.nan).to_numpy() for column in rows.select(names)]
    for start in range(0, rows.height, _BLOCK):  # a block stays in the cache
        block = found[start : start + _BLOCK]
        for values in held:
            some = values[start : start + _BLOCK]
            if some.dtype != np.uint64:
                some = some + 0.0
                missing = np.isnan(some)
                if missing.any():
                    some[missing] = np.nan  # of all that are none, one
                some = some.view(np.uint64)
            block ^= some
            block *= np.uint64(0xBF58476D1CE4E5B9)
            block ^= block >> np.uint64(31)
    found *= np.uint64(0x94D049BB133111EB)
    found ^= found >> np.uint64(29)
    found *= np.uint64(0xBF58476D1CE4E5B9)
    found ^= found >> np.uint64(32)
    return found
