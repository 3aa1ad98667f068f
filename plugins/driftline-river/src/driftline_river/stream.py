"""The profile of both checks: how many outcomes came in each length of time, and how many of them were errors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Self, cast

from driftline.api import Confusion, ConfusionProfile, Profile, ProfileSpec, ScanContext

if TYPE_CHECKING:
    import polars as pl

MOMENT = "moment"
Counts = tuple[int, int]  # outcomes, and how many of them are errors


@dataclass(frozen=True)
class ErrorStreamProfile(Profile):
    """Outcomes and errors by moment: the number of the length of time since 1970 in which the rows' events lie.

    `total` counts all rows, also those that have no outcome yet.
    """

    counts: Mapping[int, Counts] = field(default_factory=dict)
    total: int = 0

    @classmethod
    def _merged(cls, profiles: Sequence[Self]) -> Self:
        found: dict[int, Counts] = {}
        for profile in profiles:
            for moment, (outcomes, errors) in profile.counts.items():
                held = found.get(moment, (0, 0))
                found[moment] = held[0] + outcomes, held[1] + errors
        return cls(dict(sorted(found.items())), sum(profile.total for profile in profiles))

    @property
    def rows(self) -> int:
        return self.total

    @property
    def outcomes(self) -> int:
        """Number of rows whose outcome is known."""
        return sum(outcomes for outcomes, _ in self.counts.values())

    def frame(self) -> pl.DataFrame:
        import polars as pl

        rows = [(moment, *counts) for moment, counts in self.counts.items()]
        rows.append((None, self.total - self.outcomes, 0))  # type: ignore[arg-type]
        schema = {MOMENT: pl.Int64(), "outcomes": pl.Int64(), "errors": pl.Int64()}
        return pl.DataFrame(rows, schema=schema, orient="row")


@dataclass(frozen=True)
class ErrorStream(ProfileSpec):
    """Outcomes by moment of `seconds` each. Numbers are an error where they are more than `tolerance` apart."""

    kind: ClassVar[str] = "error_stream"
    time: str
    target: str
    prediction: str
    seconds: int
    tolerance: float | None = None  # None: classes, which are equal or not

    def columns(self) -> frozenset[str]:
        return frozenset({self.time, self.target, self.prediction})

    @property
    def classes(self) -> Confusion:
        """What tells which classes are equal: as the performance checks compare them."""
        return Confusion(self.target, self.prediction)

    def keys(self, context: ScanContext) -> list[pl.Expr]:
        import polars as pl

        time = pl.col(self.time)
        seconds = time.dt.epoch("d") * 86400 if context.schema[self.time] == pl.Date else time.dt.epoch("s")
        moment = (seconds // self.seconds).cast(pl.Int64).alias(MOMENT)
        return [moment] if self.tolerance is not None else [moment, *self.classes.keys(context)]

    def aggregates(self, context: ScanContext) -> list[pl.Expr]:
        import polars as pl

        if self.tolerance is None:
            return self.classes.aggregates(context)
        apart = (pl.col(self.prediction).cast(pl.Float64) - pl.col(self.target).cast(pl.Float64)).abs()
        known = apart.is_finite().fill_null(False)
        return [
            pl.len().cast(pl.Int64).alias("rows"),
            known.sum().cast(pl.Int64).alias("outcomes"),
            (known & (apart > self.tolerance)).sum().cast(pl.Int64).alias("errors"),
        ]

    def load(self, frame: pl.DataFrame, context: ScanContext | None = None) -> ErrorStreamProfile:
        if frame.height == 0:
            return ErrorStreamProfile()
        if "errors" not in frame.columns:
            return self._of_classes(frame, context)
        parts = (_part(*row) for row in frame.select(MOMENT, *_counted(frame)).iter_rows())
        return ErrorStreamProfile.merged([ErrorStreamProfile(), *parts])

    def _of_classes(self, frame: pl.DataFrame, context: ScanContext | None) -> ErrorStreamProfile:
        """From counts by moment, target and prediction."""
        by_moment = self.classes.load_parts(frame, [MOMENT], context)
        return ErrorStreamProfile.merged([ErrorStreamProfile(), *_of_matrices(by_moment.items())])


def _counted(frame: pl.DataFrame) -> list[str]:
    return ["outcomes", "errors", *(["rows"] if "rows" in frame.columns else [])]


def _part(moment: int | None, outcomes: int, errors: int, rows: int | None = None) -> ErrorStreamProfile:
    """One row of a table; rows without a moment have no outcome."""
    if moment is None:
        return ErrorStreamProfile(total=outcomes if rows is None else rows)
    counts = {moment: (outcomes, errors)} if outcomes else {}
    return ErrorStreamProfile(counts, outcomes if rows is None else rows)


def _of_matrices(found: Iterable[tuple[tuple[object, ...], Profile]]) -> Iterable[ErrorStreamProfile]:
    for (moment,), profile in found:
        matrix = cast(ConfusionProfile, profile)
        known = moment is not None and matrix.labelled > 0
        counts = {cast(int, moment): (matrix.labelled, matrix.labelled - matrix.correct)} if known else {}
        yield ErrorStreamProfile(counts, matrix.rows)
