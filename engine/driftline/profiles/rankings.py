"""`rankings`: the head of the ranking of each query, and the best that its rows would have allowed.

Rows of a query with one score are kept as one group, with how many they are and what they gain: groups among the first
of the whole are among the first of each part that has some of their rows, so that heads merge without loss, whatever
part and order the rows come in. Of more queries than `size` those with the smallest stable hashes are kept, a uniform
sample of whole queries (a bottom-k sample).
Source: Cohen and Kaplan, Summarizing Data using Bottom-k Sketches, PODC (2007).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Self

from driftline.profiles.base import Profile, ProfileSpec, ScanContext
from driftline.profiles.bits import starts_of_runs
from driftline.profiles.columns import category, number, stable_hash

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

SIZE = 20_000  # queries
DEPTH = 10  # rows of each
_QUERIES, _TIED = ("hash", "relevant"), ("hash", "value", "rows", "relevant", "gain")
_TOTALS = ("total", "known", "whole", "size", "depth")


def _none(dtype: str) -> NDArray[Any]:
    import numpy as np

    return np.empty(0, dtype)


@dataclass(frozen=True, eq=False)
class Tied:
    """Groups of rows of one query with one value (a score, a gain), by rising hash, then by falling value.

    `rows` are how many, `relevant` how many of them have a gain above 0, `gain` is the sum of their gains.
    """

    hash: NDArray[np.uint64] = field(default_factory=partial(_none, "u8"))
    value: NDArray[np.float64] = field(default_factory=partial(_none, "f8"))
    rows: NDArray[np.int64] = field(default_factory=partial(_none, "i8"))
    relevant: NDArray[np.int64] = field(default_factory=partial(_none, "i8"))
    gain: NDArray[np.float64] = field(default_factory=partial(_none, "f8"))

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """The groups of several, in no order."""
        import numpy as np

        return cls(*(np.concatenate(each) for each in zip(*(part.arrays() for part in parts), strict=True)))

    @classmethod
    def leading(cls, heads: Sequence[Self], queries: NDArray[np.uint64], depth: int) -> Self:
        """The groups of several heads, in no order, without most of those that are beyond the head of the whole.

        As many groups as a head is deep have as many rows at least, so that what is below the last of them is beyond
        it. They are found without sorting, part by part.
        """
        import numpy as np

        most, rows = np.full((len(queries), depth), -np.inf), []
        for head in heads:
            starts = starts_of_runs(head.hash)
            counts = np.diff(starts, append=len(head.hash))
            rows.append(np.repeat(np.searchsorted(queries, head.hash[starts]), counts))
            both = np.full((len(queries), 2 * depth), -np.inf)
            both[:, :depth] = most
            both[rows[-1], depth + np.arange(len(head.hash)) - np.repeat(starts, counts)] = head.value
            most = np.partition(both, depth, axis=1)[:, depth:]
        least = most.min(axis=1)
        return cls.joined([head.at(head.value >= least[row]) for head, row in zip(heads, rows, strict=True)])

    def arrays(self) -> tuple[NDArray[Any], ...]:
        """Its columns, in the order of the fields."""
        return self.hash, self.value, self.rows, self.relevant, self.gain

    def at(self, places: NDArray[Any] | slice) -> Self:
        """Some of the groups."""
        return type(self)(*(each[places] for each in self.arrays()))

    def before(self, counts: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
        """How many rows (or what else is counted) of the same query stand before each group; groups are in order."""
        import numpy as np

        counted = self.rows if counts is None else counts
        starts = starts_of_runs(self.hash)
        ahead = np.cumsum(counted) - counted
        found: NDArray[np.int64] = ahead - np.repeat(ahead[starts], np.diff(starts, append=len(self.hash)))
        return found

    def head(self, depth: int) -> Self:
        """Groups with one of the first rows of each query; the last of them may go beyond."""
        return self.at(self.before() < depth)

    def put_together(self, depth: int) -> Self:
        """The heads, of groups in any order of which some have the same query and value."""
        import numpy as np

        if not len(self.hash):
            return self
        ordered = self.at(np.lexsort((-self.value, self.hash)))
        new = np.ones(len(self.hash), bool)
        new[1:] = (ordered.hash[1:] != ordered.hash[:-1]) | (ordered.value[1:] != ordered.value[:-1])
        starts = np.flatnonzero(new)
        if len(starts) == len(new):
            return ordered.head(depth)
        with np.errstate(over="ignore"):
            sums = (np.add.reduceat(each, starts) for each in (ordered.rows, ordered.relevant, ordered.gain))
            columns = (ordered.hash[starts], ordered.value[starts], *sums)
        return type(self)(*columns).head(depth)


@dataclass(frozen=True, eq=False)
class RankingsProfile(Profile):
    """Of `total` rows the `known` ones have a query, a score and a relevance.

    `queries` are the hashes of queries in rising order, `relevant` how many relevant rows each has. `top` is the head
    of each ranking by falling score, `best` that by falling gain of the rows with one, both down to the rank `depth`.
    `whole`: no query is left out.
    """

    total: int = 0
    known: int = 0
    whole: bool = True
    size: int = 0
    depth: int = 0
    queries: NDArray[np.uint64] = field(default_factory=partial(_none, "u8"))
    relevant: NDArray[np.int64] = field(default_factory=partial(_none, "i8"))
    top: Tied = field(default_factory=Tied)
    best: Tied = field(default_factory=Tied)

    @classmethod
    def _merged(cls, profiles: Sequence[Self]) -> Self:
        some = [part for part in profiles if part.total]
        return cls.put_together(some) if len(some) > 1 else (some[0] if some else profiles[0])

    @classmethod
    def put_together(cls, parts: Sequence[Self]) -> Self:
        """The profile of parts that are not empty, whatever order their queries and groups have."""
        import numpy as np

        size, depth = parts[0].size, parts[0].depth
        known, whole = sum(part.known for part in parts), all(part.whole for part in parts)
        queries, place = np.unique(np.concatenate([part.queries for part in parts]), return_inverse=True)
        counts = np.concatenate([part.relevant for part in parts])
        relevant = np.bincount(place, counts, len(queries)).astype(np.int64)
        if len(queries) > size:
            queries, relevant, whole = queries[:size], relevant[:size], False
        sides = [[part.top for part in parts], [part.best for part in parts]]
        if not whole:
            sides = [[each.at(each.hash <= queries[-1]) for each in side] for side in sides]
        # Parts are heads, in order; one alone may hold groups as they come.
        joined = (Tied.leading(side, queries, depth) if len(side) > 1 else side[0] for side in sides)
        top, best = (each.put_together(depth) for each in joined)
        total = sum(part.total for part in parts)
        return cls(total, known, whole, size, depth, queries, relevant, top, best)

    @property
    def rows(self) -> int:
        return self.total

    def frame(self) -> pl.DataFrame:
        import polars as pl

        totals = {name: [getattr(self, name)] for name in _TOTALS}
        queries = dict(zip(_QUERIES, (self.queries, self.relevant), strict=True))
        groups = (dict(zip(_TIED, each.arrays(), strict=True)) for each in (self.top, self.best))
        parts: list[dict[str, Any]] = [totals, queries, *groups]
        return pl.concat(
            [pl.DataFrame(one).with_columns(part=pl.lit(at, pl.Int8)) for at, one in enumerate(parts)], how="diagonal"
        )


@dataclass(frozen=True)
class Rankings(ProfileSpec):
    """The heads of rankings: rows of one `query` by falling `score`, relevant where `target` is above 0.

    The gain of a row is its relevance, 0 where that is negative; `exponential`: 2^relevance - 1. A row without a
    query, a score or a finite target is in no ranking.
    """

    kind: ClassVar[str] = "rankings"
    version: ClassVar[int] = 2
    by_row: ClassVar[bool] = True
    query: str
    score: str
    target: str
    depth: int = DEPTH
    size: int = SIZE
    exponential: bool = False

    def columns(self) -> frozenset[str]:
        return frozenset({self.query, self.score, self.target})

    def aggregates(self, context: ScanContext) -> list[pl.Expr]:
        import polars as pl

        score, relevance = number(self.score, context), number(self.target, context)
        known = score.is_not_nan() & relevance.is_finite()
        query = category(self.query, context).cast(pl.String)
        gain = relevance.clip(lower_bound=0.0)
        return [
            pl.when(known & query.is_not_null()).then(stable_hash(query)).alias("hash"),
            (score + 0.0).alias("score"),  # both zeros are one score
            (pl.lit(2.0).pow(gain) - 1.0 if self.exponential else gain + 0.0).alias("gain"),
        ]

    def within(self, other: ProfileSpec, context: ScanContext) -> bool:
        """Longer heads of the same rankings begin with these."""
        return isinstance(other, Rankings) and other.depth > self.depth and replace(other, depth=self.depth) == self

    def extract(self, profile: Profile) -> RankingsProfile:
        assert isinstance(profile, RankingsProfile)
        if not profile.total:
            return profile
        top, best = profile.top.head(self.depth), profile.best.head(self.depth)
        return replace(profile, depth=self.depth, top=top, best=best)

    def load(self, frame: pl.DataFrame, context: ScanContext | None = None) -> RankingsProfile:
        if "part" in frame.columns:
            return _serialised(frame)
        return RankingsProfile() if frame.is_empty() else self._of_rows(frame)

    def _of_rows(self, rows: pl.DataFrame) -> RankingsProfile:
        """The rankings of rows as they are scanned."""
        import numpy as np

        known = rows.select("hash", "score", "gain").drop_nulls("hash")
        hashes, score, gain = (column.to_numpy() for column in known)
        relevant = (gain > 0).astype(np.int64)
        top = Tied(hashes, score, np.ones(len(hashes), np.int64), relevant, gain)
        best = replace(top, value=gain).at(gain > 0)
        limits = self.size, self.depth
        return RankingsProfile.put_together(
            [RankingsProfile(rows.height, known.height, True, *limits, hashes, relevant, top, best)]
        )


def _serialised(frame: pl.DataFrame) -> RankingsProfile:
    """The rankings of a serialised table; rows of totals, if more than one, are of parts of a whole."""
    parts = [frame.filter(frame["part"] == part) for part in range(4)]
    totals = parts[0].filter(parts[0]["total"] > 0)
    if totals.is_empty():
        return RankingsProfile()
    limits = int(totals["size"][0]), int(totals["depth"][0])
    counts = int(totals["total"].sum()), int(totals["known"].sum()), bool(totals["whole"].all())
    queries, relevant = (parts[1][name].to_numpy() for name in _QUERIES)
    top, best = (Tied(*(part[name].to_numpy() for name in _TIED)) for part in parts[2:])
    found = RankingsProfile(*counts, *limits, queries, relevant, top, best)
    return found if totals.height == 1 else RankingsProfile.put_together([found])
