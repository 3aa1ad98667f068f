"""`target_ranks`: at which rank among the scores of a row's classes the score of its target stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

from driftline.profiles.base import Profile, ProfileSpec, ScanContext, added
from driftline.profiles.columns import category, number
from driftline.profiles.weights import weighed, weight_sums

if TYPE_CHECKING:
    import polars as pl

_SUMS = ("counts", "weights", "squares")


@dataclass(frozen=True)
class TargetRanksProfile(Profile):
    """`counts[rank]` over rows with a target and all scores, rank 1 being the highest score; `total` counts all rows.

    `weights` and `squares` are the sums of the weights and of their squares, None where rows have no weights.
    """

    counts: Mapping[int, int] = field(default_factory=dict)
    total: int = 0
    weights: Mapping[int, float] | None = None
    squares: Mapping[int, float] | None = None

    @classmethod
    def _merged(cls, profiles: Sequence[Self]) -> Self:
        counts, total = added(each.counts for each in profiles), sum(each.total for each in profiles)
        if all(each.weights is None for each in profiles):
            return cls(counts, total)
        weights, squares = (
            added(each.weights or {} for each in profiles),
            added(each.squares or {} for each in profiles),
        )
        return cls(counts, total, weights, squares)

    @property
    def rows(self) -> int:
        return self.total

    @property
    def labelled(self) -> int:
        """Number of rows with a target and all scores."""
        return sum(self.counts.values())

    def frame(self) -> pl.DataFrame:
        import polars as pl

        ranks = list(self.counts)
        columns = {"rank": pl.Series([*ranks, None], dtype=pl.Int64)}
        columns["counts"] = pl.Series([*self.counts.values(), self.total - self.labelled], dtype=pl.Int64)
        for name, sums in (("weights", self.weights), ("squares", self.squares)):
            if sums is not None:
                columns[name] = pl.Series([*(sums[rank] for rank in ranks), 0.0], dtype=pl.Float64)
        return pl.DataFrame(columns)


@dataclass(frozen=True)
class TargetRanks(ProfileSpec):
    """The rank of the target's score: `scores` are (class, score column) pairs in order of the classes.

    Of equal scores the later class stands first, as in scikit-learn's `top_k_accuracy_score`. Rows without a target
    among the classes, without one of the scores or without a weight have no rank.
    """

    kind: ClassVar[str] = "target_ranks"
    target: str
    scores: tuple[tuple[str, str], ...]
    weight: str | None = None

    def columns(self) -> frozenset[str]:
        own = {self.target, *(column for _, column in self.scores)}
        return frozenset(own | ({self.weight} if self.weight else set()))

    def keys(self, context: ScanContext) -> list[pl.Expr]:
        import polars as pl

        target = weighed(category(self.target, context), self.weight, context)
        read = [number(column, context) for _, column in self.scores]
        own = pl.coalesce(
            *(pl.when(target == name).then(score) for (name, _), score in zip(self.scores, read, strict=True))
        )
        position = pl.coalesce(*(pl.when(target == name).then(at) for at, (name, _) in enumerate(self.scores)))
        known = own.is_not_null() & pl.all_horizontal(score.is_not_null() & score.is_not_nan() for score in read)
        before = [(score > own) | ((score == own) & (position < at)) for at, score in enumerate(read)]
        rank = 1 + pl.sum_horizontal(each.cast(pl.Int64) for each in before)
        return [pl.when(known).then(rank).cast(pl.Int64).alias("rank")]

    def aggregates(self, context: ScanContext) -> list[pl.Expr]:
        import polars as pl

        return [pl.len().cast(pl.Int64).alias("counts"), *weight_sums(self.weight, context)]

    def load(self, frame: pl.DataFrame, context: ScanContext | None = None) -> TargetRanksProfile:
        if frame.height:
            return _parts(frame, ())[()]
        return TargetRanksProfile() if self.weight is None else TargetRanksProfile(weights={}, squares={})

    def load_parts(
        self, frame: pl.DataFrame, keys: Sequence[str], context: ScanContext | None = None
    ) -> dict[tuple[Any, ...], Profile]:
        return dict(_parts(frame, keys))


def _parts(frame: pl.DataFrame, keys: Sequence[str]) -> dict[tuple[Any, ...], TargetRanksProfile]:
    """The profile of each part of a table; of serialised ones some may have weights and some not (null)."""
    names = [name for name in _SUMS if name in frame.columns]
    parts: dict[tuple[Any, ...], dict[int | None, list[Any]]] = {}
    for row in frame.select(*keys, "rank", *names).iter_rows():
        ranks, rank = parts.setdefault(row[: len(keys)], {}), row[len(keys)]
        sums = [each for each in row[len(keys) + 1 :] if each is not None]
        held = ranks.get(rank)
        ranks[rank] = sums if held is None else [a + b for a, b in zip(held, sums, strict=True)]
    return {key: _profile(ranks, len(next(iter(ranks.values())))) for key, ranks in parts.items()}


def _profile(ranks: Mapping[int | None, Sequence[Any]], sums: int) -> TargetRanksProfile:
    known = sorted((rank, each) for rank, each in ranks.items() if rank is not None)
    columns = [{rank: each[at] for rank, each in known} for at in range(sums)]
    return TargetRanksProfile(columns[0], sum(each[0] for each in ranks.values()), *columns[1:])
