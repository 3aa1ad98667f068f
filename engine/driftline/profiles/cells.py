"""`cells`: counts by the values of several columns at once, as text; a missing value is one of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

from driftline.profiles.base import Profile, ProfileSpec, ScanContext, added
from driftline.profiles.columns import category

if TYPE_CHECKING:
    import polars as pl

Cell = tuple[str | None, ...]  # one value for each column


@dataclass(frozen=True)
class CellsProfile(Profile):
    """`counts[(value, …)]` over all rows."""

    counts: Mapping[Cell, int] = field(default_factory=dict)

    @classmethod
    def _merged(cls, profiles: Sequence[Self]) -> Self:
        return cls(added(each.counts for each in profiles))

    @property
    def rows(self) -> int:
        return sum(self.counts.values())

    def frame(self) -> pl.DataFrame:
        import polars as pl

        # The row without a cell stands for no rows: a profile of none has a row too.
        cells = pl.Series([*map(list, self.counts), None], dtype=pl.List(pl.String))
        return pl.DataFrame({"cell": cells, "counts": pl.Series([*self.counts.values(), 0], dtype=pl.Int64)})


@dataclass(frozen=True)
class Cells(ProfileSpec):
    """Counts by the values of columns, of which each should have few."""

    kind: ClassVar[str] = "cells"
    version: ClassVar[int] = 2
    of: tuple[str, ...]

    def columns(self) -> frozenset[str]:
        return frozenset(self.of)

    def keys(self, context: ScanContext) -> list[pl.Expr]:
        import polars as pl

        return [pl.col(column).alias(_name(at)) for at, column in enumerate(self.of)]

    def aggregates(self, context: ScanContext) -> list[pl.Expr]:
        import polars as pl

        return [pl.len().cast(pl.Int64).alias("counts")]

    def load(self, frame: pl.DataFrame, context: ScanContext | None = None) -> CellsProfile:
        return self._parts(frame, ()).get((), CellsProfile()) if frame.height else CellsProfile()

    def load_parts(
        self, frame: pl.DataFrame, keys: Sequence[str], context: ScanContext | None = None
    ) -> dict[tuple[Any, ...], Profile]:
        return dict(self._parts(frame, keys))

    def _parts(self, frame: pl.DataFrame, keys: Sequence[str]) -> dict[tuple[Any, ...], CellsProfile]:
        found: dict[tuple[Any, ...], dict[Cell, int]] = {}
        if "cell" in frame.columns:
            for *key, cell, count in frame.select(*keys, "cell", "counts").iter_rows():
                counts = found.setdefault(tuple(key), {})
                if cell is not None:
                    counts[tuple(cell)] = counts.get(tuple(cell), 0) + count
        else:
            for row in self._texts(frame, keys).iter_rows():
                counts, cell = found.setdefault(row[: len(keys)], {}), row[len(keys) : -1]
                counts[cell] = counts.get(cell, 0) + row[-1]
        return {key: CellsProfile(dict(sorted(counts.items(), key=_order))) for key, counts in found.items()}

    def _texts(self, frame: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
        """The values of a scanned table as text."""
        import polars as pl

        types = ScanContext(frame.schema)
        texts = [category(_name(at), types).cast(pl.String).alias(_name(at)) for at in range(len(self.of))]
        return frame.select(*keys, *texts, "counts")


def _name(at: int) -> str:
    return f"value {at}"


def _order(item: tuple[Cell, int]) -> list[tuple[bool, str]]:
    return [(value is None, value or "") for value in item[0]]
