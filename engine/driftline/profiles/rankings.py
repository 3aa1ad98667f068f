"""`rankings`: the head of the ranking of each query, and the best that its rows would have allowed.

Of every query are kept the rows with the highest scores and the highest relevances, and how many rows it has: heads of
rankings merge without loss, so that rows of one query may come at any time and in any order. Of more queries than
`size` those with the smallest stable hashes are kept, a uniform sample of whole queries (a bottom-k sample).
Source: Cohen and Kaplan, Summarizing Data using Bottom-k Sketches, PODC (2007).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

from driftline.profiles.base import Profile, ProfileSpec, ScanContext
from driftline.profiles.columns import category, number, stable_hash

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

SIZE = 20_000  # queries
DEPTH = 10  # rows of each
Table = Mapping[str, "NDArray[Any]"]
_QUERIES, _TOP, _BEST = ("hash", "rows", "relevant"), ("hash", "score", "gain"), ("hash", "gain")
_TOTALS = ("total", "known", "whole", "size", "depth")


@dataclass(frozen=True, eq=False)
class RankingsProfile(Profile):
    """Of `total` rows the `known` ones have a query, a score and a relevance.

    `queries` says of each, in the order of their hashes, how many rows and how many relevant ones it has; `top` holds
    its `depth` first rows by falling score, of equal ones the less relevant first, and `best` its highest relevances,
    both in the order of the hashes. `whole`: no query is left out.
    """

    total: int = 0
    known: int = 0
    whole: bool = True
    size: int = 0
    depth: int = 0
    queries: Table = field(default_factory=dict)
    top: Table = field(default_factory=dict)
    best: Table = field(default_factory=dict)

    @classmethod
    def _merged(cls, profiles: Sequence[Self]) -> Self:
        import polars as pl

        some = [part for part in profiles if part.total]
        if len(some) <= 1:
            return some[0] if some else profiles[0]
        tables = [pl.concat([_frame(each) for each in side]) for side in zip(*(p.tables for p in some), strict=True)]
        size, depth = some[0].size, some[0].depth
        known, whole = sum(part.known for part in some), all(part.whole for part in some)
        return cls.of(sum(part.total for part in some), known, whole, (size, depth), tables)

    @classmethod
    def of(cls, total: int, known: int, whole: bool, limits: tuple[int, int], tables: Sequence[pl.DataFrame]) -> Self:
        """From tables of which a query may have several rows, and rows of top and best more than are kept."""
        import polars as pl

        size, depth = limits
        queries, top, best = tables
        queries = queries.group_by("hash").agg(pl.col("rows", "relevant").sum()).sort("hash")
        if queries.height > size:
            queries, whole = queries.head(size), False
            last = queries["hash"][-1]
            top, best = top.filter(pl.col("hash") <= last), best.filter(pl.col("hash") <= last)
        # Of equal scores the less relevant stands first: a score that does not tell rows apart earns nothing.
        top = _heads(top.sort("hash", "score", "gain", descending=[False, True, False]), depth)
        best = _heads(best.sort("hash", "gain", descending=[False, True]), depth)
        arrays = ({name: one[name].to_numpy() for name in one.columns} for one in (queries, top, best))
        return cls(total, known, whole, size, depth, *arrays)

    @property
    def tables(self) -> tuple[Table, Table, Table]:
        return self.queries, self.top, self.best

    @property
    def rows(self) -> int:
        return self.total

    def frame(self) -> pl.DataFrame:
        import polars as pl

        totals = pl.DataFrame({name: [getattr(self, name)] for name in _TOTALS})
        parts = [totals.with_columns(pl.lit(0, pl.Int8).alias("part"))]
        if self.queries:
            parts += [
                _frame(table).with_columns(pl.lit(part, pl.Int8).alias("part"))
                for part, table in enumerate(self.tables, start=1)
            ]
        return pl.concat(parts, how="diagonal")


def _frame(table: Table) -> pl.DataFrame:
    import polars as pl

    return pl.DataFrame(dict(table))


def _heads(rows: pl.DataFrame, depth: int) -> pl.DataFrame:
    """The first rows of each query."""
    import polars as pl

    return rows.filter(pl.int_range(pl.len()).over("hash") < depth)


@dataclass(frozen=True)
class Rankings(ProfileSpec):
    """The heads of rankings: rows of one `query` by falling `score`, relevant where `target` is above 0.

    A relevance below 0 counts as 0. A row without a query, a score or a finite target is in no ranking.
    """

    kind: ClassVar[str] = "rankings"
    by_row: ClassVar[bool] = True
    query: str
    score: str
    target: str
    depth: int = DEPTH
    size: int = SIZE

    def columns(self) -> frozenset[str]:
        return frozenset({self.query, self.score, self.target})

    def aggregates(self, context: ScanContext) -> list[pl.Expr]:
        import polars as pl

        score, gain = number(self.score, context), number(self.target, context)
        known = score.is_not_nan() & gain.is_finite()
        query = category(self.query, context).cast(pl.String)
        return [
            pl.when(known & query.is_not_null()).then(stable_hash(query)).alias("hash"),
            (score + 0.0).alias("score"),
            gain.clip(lower_bound=0.0).alias("gain"),
        ]

    def within(self, other: ProfileSpec, context: ScanContext) -> bool:
        """Longer heads of the same rankings begin with these."""
        return isinstance(other, Rankings) and other.depth > self.depth and replace(other, depth=self.depth) == self

    def extract(self, profile: Profile) -> RankingsProfile:
        assert isinstance(profile, RankingsProfile)
        if not profile.queries:
            return profile
        tables = [_frame(table) for table in profile.tables]
        return RankingsProfile.of(profile.total, profile.known, profile.whole, (self.size, self.depth), tables)

    def load(self, frame: pl.DataFrame, context: ScanContext | None = None) -> RankingsProfile:
        if "part" in frame.columns:
            return _serialised(frame)
        return RankingsProfile() if frame.is_empty() else self._of_rows(frame)

    def _of_rows(self, rows: pl.DataFrame) -> RankingsProfile:
        """The rankings of rows as they are scanned."""
        import polars as pl

        known = rows.filter(pl.col("hash").is_not_null())
        relevant = (pl.col("gain") > 0).sum().cast(pl.Int64)
        queries = known.group_by("hash").agg(pl.len().cast(pl.Int64).alias("rows"), relevant.alias("relevant"))
        tables = (queries, known.select(_TOP), known.select(_BEST))
        return RankingsProfile.of(rows.height, known.height, True, (self.size, self.depth), tables)


def _serialised(frame: pl.DataFrame) -> RankingsProfile:
    """The rankings of a serialised table; rows of totals, if more than one, are of parts of a whole."""
    import polars as pl

    totals = frame.filter(pl.col("part") == 0)
    some = totals.filter(pl.col("total") > 0)
    if some.is_empty():
        return RankingsProfile()
    names = enumerate((_QUERIES, _TOP, _BEST), start=1)
    tables = [frame.filter(pl.col("part") == part).select(those) for part, those in names]
    total, known, whole = int(some["total"].sum()), int(some["known"].sum()), bool(some["whole"].all())
    return RankingsProfile.of(total, known, whole, (int(some["size"][0]), int(some["depth"][0])), tables)
