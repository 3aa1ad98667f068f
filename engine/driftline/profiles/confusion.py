"""`confusion`: counts by (target, prediction), the classes as text; rows without a label apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

from driftline.profiles.base import Profile, ProfileSpec, ScanContext, added
from driftline.profiles.columns import category

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class ConfusionProfile(Profile):
    """`counts[(target, prediction)]` over rows that have both; `total` also counts rows that lack one."""

    counts: Mapping[tuple[str, str], int] = field(default_factory=dict)
    total: int = 0

    @classmethod
    def _merged(cls, profiles: Sequence[Self]) -> Self:
        return cls(added(each.counts for each in profiles), sum(each.total for each in profiles))

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

        rows: list[tuple[str | None, str | None, int]] = [(t, p, count) for (t, p), count in self.counts.items()]
        rows.append((None, None, self.total - self.labelled))
        schema = {"target": pl.String(), "prediction": pl.String(), "counts": pl.Int64()}
        return pl.DataFrame(rows, schema=schema, orient="row")


def _class_text(name: str, types: ScanContext) -> pl.Expr:
    """The class as text; booleans as 1 and 0, since a flag may be logged either way on the two sides."""
    import polars as pl

    column = pl.col(name).cast(pl.Int8) if types.schema[name] == pl.Boolean else category(name, types)
    return column.cast(pl.String)


@dataclass(frozen=True)
class Confusion(ProfileSpec):
    """Counts by target and prediction."""

    kind: ClassVar[str] = "confusion"
    target: str
    prediction: str

    def columns(self) -> frozenset[str]:
        return frozenset({self.target, self.prediction})

    def keys(self, context: ScanContext) -> list[pl.Expr]:
        import polars as pl

        return [pl.col(self.target).alias("target"), pl.col(self.prediction).alias("prediction")]

    def aggregates(self, context: ScanContext) -> list[pl.Expr]:
        import polars as pl

        return [pl.len().cast(pl.Int64).alias("counts")]

    def load(self, frame: pl.DataFrame, context: ScanContext | None = None) -> ConfusionProfile:
        return _parts(frame, ())[()] if frame.height else ConfusionProfile()

    def load_parts(
        self, frame: pl.DataFrame, keys: Sequence[str], context: ScanContext | None = None
    ) -> dict[tuple[Any, ...], Profile]:
        return dict(_parts(frame, keys))


def _parts(frame: pl.DataFrame, keys: Sequence[str]) -> dict[tuple[Any, ...], ConfusionProfile]:
    """The profile of each part of a table; rows that lack a class are in no cell."""
    types = ScanContext(frame.schema)
    pairs = frame.select(*keys, _class_text("target", types), _class_text("prediction", types), "counts")
    cells: dict[tuple[Any, ...], dict[tuple[str, str], int]] = {}
    totals: dict[tuple[Any, ...], int] = {}
    for *values, target, prediction, count in pairs.iter_rows():
        key = tuple(values)
        totals[key] = totals.get(key, 0) + count
        held = cells.setdefault(key, {})
        if target is not None and prediction is not None:
            held[target, prediction] = held.get((target, prediction), 0) + count
    return {key: ConfusionProfile(dict(sorted(held.items())), totals[key]) for key, held in cells.items()}
