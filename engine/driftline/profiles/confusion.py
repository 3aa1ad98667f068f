"""`confusion`: counts by (target, prediction), the classes as text; rows without a label apart.

Where rows have weights, sums of the weights and of their squares stand beside the counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

from driftline.profiles.base import Profile, ProfileSpec, ScanContext, added
from driftline.profiles.columns import category
from driftline.profiles.weights import weighed, weight_sums

if TYPE_CHECKING:
    import polars as pl


Cell = tuple[str, str]  # target, prediction


@dataclass(frozen=True)
class ConfusionProfile(Profile):
    """`counts[(target, prediction)]` over rows that have both; `total` also counts rows that lack one.

    `weights` and `squares` are the sums of the weights and of their squares in the same cells, None where rows have no
    weights and so count 1 each.
    """

    counts: Mapping[Cell, int] = field(default_factory=dict)
    total: int = 0
    weights: Mapping[Cell, float] | None = None
    squares: Mapping[Cell, float] | None = None

    @classmethod
    def _merged(cls, profiles: Sequence[Self]) -> Self:
        counts, total = added(each.counts for each in profiles), sum(each.total for each in profiles)
        if all(each.weights is None for each in profiles):
            return cls(counts, total)
        weights = added(each.weighed for each in profiles)
        return cls(counts, total, weights, added(each.squared for each in profiles))

    @property
    def weighed(self) -> Mapping[Cell, float]:
        """What each cell weighs: its count where rows have no weights."""
        return self.counts if self.weights is None else self.weights

    @property
    def squared(self) -> Mapping[Cell, float]:
        """The sum of squared weights of each cell: its count where rows have no weights."""
        return self.counts if self.squares is None else self.squares

    @property
    def rows(self) -> int:
        return self.total

    @property
    def labelled(self) -> int:
        """Number of rows that have a target and a prediction."""
        return sum(self.counts.values())

    @property
    def correct(self) -> int:
        return sum(count for (target, prediction), count in self.counts.items() if target == prediction)

    @property
    def classes(self) -> tuple[str, ...]:
        """Every class that occurs as target or prediction, sorted."""
        return tuple(sorted({name for pair in self.counts for name in pair}))

    def of_class(self, name: str) -> tuple[int, int, int]:
        """True positives, false positives, false negatives of one class against the rest."""
        hit = self.counts.get((name, name), 0)
        predicted = sum(count for (_, prediction), count in self.counts.items() if prediction == name)
        actual = sum(count for (target, _), count in self.counts.items() if target == name)
        return hit, predicted - hit, actual - hit

    def frame(self) -> pl.DataFrame:
        import polars as pl

        cells = list(self.counts)
        columns: dict[str, pl.Series] = {
            "target": pl.Series([*(target for target, _ in cells), None], dtype=pl.String),
            "prediction": pl.Series([*(prediction for _, prediction in cells), None], dtype=pl.String),
            "counts": pl.Series([*self.counts.values(), self.total - self.labelled], dtype=pl.Int64),
        }
        if self.weights is not None and self.squares is not None:
            columns["weights"] = pl.Series([*(self.weights[cell] for cell in cells), 0.0], dtype=pl.Float64)
            columns["squares"] = pl.Series([*(self.squares[cell] for cell in cells), 0.0], dtype=pl.Float64)
        return pl.DataFrame(columns)


def _class_text(name: str, types: ScanContext) -> pl.Expr:
    """The class as text; booleans as 1 and 0, since a flag may be logged either way on the two sides."""
    import polars as pl

    column = pl.col(name).cast(pl.Int8) if types.schema[name] == pl.Boolean else category(name, types)
    return column.cast(pl.String)


@dataclass(frozen=True)
class Confusion(ProfileSpec):
    """Counts by target and prediction; with `weight`, a row without a valid one is a row without a label."""

    kind: ClassVar[str] = "confusion"
    target: str
    prediction: str
    weight: str | None = None

    def columns(self) -> frozenset[str]:
        return frozenset({self.target, self.prediction} | ({self.weight} if self.weight else set()))

    def keys(self, context: ScanContext) -> list[pl.Expr]:
        import polars as pl

        target = weighed(pl.col(self.target), self.weight, context)
        return [target.alias("target"), pl.col(self.prediction).alias("prediction")]

    def aggregates(self, context: ScanContext) -> list[pl.Expr]:
        import polars as pl

        return [pl.len().cast(pl.Int64).alias("counts"), *weight_sums(self.weight, context)]

    def load(self, frame: pl.DataFrame, context: ScanContext | None = None) -> ConfusionProfile:
        if frame.height:
            return _parts(frame, ())[()]
        return ConfusionProfile() if self.weight is None else ConfusionProfile(weights={}, squares={})

    def load_parts(
        self, frame: pl.DataFrame, keys: Sequence[str], context: ScanContext | None = None
    ) -> dict[tuple[Any, ...], Profile]:
        return dict(_parts(frame, keys))


_SUMS = ("counts", "weights", "squares")


def _parts(frame: pl.DataFrame, keys: Sequence[str]) -> dict[tuple[Any, ...], ConfusionProfile]:
    """The profile of each part of a table; rows that lack a class are in no cell.

    A table of serialised profiles may hold some with weights and some without, where the sums of weights are null.
    """
    types = ScanContext(frame.schema)
    names = [name for name in _SUMS if name in frame.columns]
    pairs = frame.select(*keys, _class_text("target", types), _class_text("prediction", types), *names)
    parts: dict[tuple[Any, ...], dict[Cell, list[Any]]] = {}
    totals: dict[tuple[Any, ...], int] = {}
    widths: dict[tuple[Any, ...], int] = {}
    for row in pairs.iter_rows():
        key, (target, prediction) = row[: len(keys)], row[len(keys) : len(keys) + 2]
        sums = [each for each in row[len(keys) + 2 :] if each is not None]
        totals[key] = totals.get(key, 0) + sums[0]
        widths[key] = len(sums)
        cells = parts.setdefault(key, {})
        if target is not None and prediction is not None:
            cell = cells.get((target, prediction))
            cells[target, prediction] = sums if cell is None else [a + b for a, b in zip(cell, sums, strict=True)]
    return {key: _profile(dict(sorted(cells.items())), totals[key], widths[key]) for key, cells in parts.items()}


def _profile(cells: Mapping[Cell, Sequence[Any]], total: int, sums: int) -> ConfusionProfile:
    """From the sums of each cell: its count, and where there are three its weights and their squares."""
    columns = [{cell: each[at] for cell, each in cells.items()} for at in range(sums)]
    return ConfusionProfile(columns[0], total, *columns[1:])
