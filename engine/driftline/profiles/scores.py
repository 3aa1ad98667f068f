"""`scores`: how a classifier's scores are distributed among positives and negatives, with exact sums for the losses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, Self

from driftline.profiles.base import Numbered, Profile, ProfileSpec, RowSpec, ScanContext
from driftline.profiles.bits import masked_bits
from driftline.profiles.columns import category, is_positive, number
from driftline.profiles.histogram import HistogramProfile, from_bits, from_frame

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

MINIMUM_RESOLUTION = 12
SCORE_RESOLUTION = "score:"  # prefix of a score column's own entry in the context's resolutions
_PARTS = {"negatives": 0, "positives": 1, "unlabelled": 2, "losses": 3}  # of a serialised profile
_UNKNOWN = 2
_LOSSES = ("log_loss", "brier")
SMALLEST_PROBABILITY = 2.0**-52  # scikit-learn's clip: the machine epsilon of a double


@dataclass(frozen=True)
class ScoresProfile(Profile):
    """Score histograms of positives, negatives and rows without a label; losses summed over labelled rows."""

    positives: HistogramProfile = field(default_factory=HistogramProfile)
    negatives: HistogramProfile = field(default_factory=HistogramProfile)
    unlabelled: HistogramProfile = field(default_factory=HistogramProfile)
    log_loss: float = 0.0  # sum of -log(probability given to what happened)
    brier: float = 0.0  # sum of (score - outcome)²

    @classmethod
    def _merged(cls, profiles: Sequence[Self]) -> Self:
        positives = HistogramProfile.merged([each.positives for each in profiles])
        negatives = HistogramProfile.merged([each.negatives for each in profiles])
        unlabelled = HistogramProfile.merged([each.unlabelled for each in profiles])
        log_loss, brier = sum(each.log_loss for each in profiles), sum(each.brier for each in profiles)
        return cls(positives, negatives, unlabelled, log_loss, brier)

    @property
    def rows(self) -> int:
        return self.positives.rows + self.negatives.rows + self.unlabelled.rows

    @property
    def labelled(self) -> int:
        """Number of rows with a label and a finite score."""
        return self.positives.finite + self.negatives.finite

    def frame(self) -> pl.DataFrame:
        import polars as pl

        parts = {"positives": self.positives, "negatives": self.negatives, "unlabelled": self.unlabelled}
        tables = [part.frame().with_columns(part=pl.lit(name)) for name, part in parts.items()]
        losses = pl.DataFrame({"part": ["losses"], "log_loss": [self.log_loss], "brier": [self.brier]})
        return pl.concat([*tables, losses], how="diagonal")


@dataclass(frozen=True)
class Scores(ProfileSpec):
    """Scores of one class: `target` equals `positive`, or not, or is unknown."""

    kind: ClassVar[str] = "scores"
    target: str
    score: str
    positive: str

    def columns(self) -> frozenset[str]:
        return frozenset({self.target, self.score})

    def resolution(self, context: ScanContext) -> int:
        """Ranks matter everywhere, so scores are kept finer than features."""
        return max(context.resolutions.get(SCORE_RESOLUTION + self.score, 0), MINIMUM_RESOLUTION)

    def keys(self, context: ScanContext) -> list[pl.Expr]:
        bits = masked_bits(number(self.score, context), self.resolution(context))
        return [bits.alias("bits"), is_positive(self.target, self.positive, context).alias("outcome")]

    def aggregates(self, context: ScanContext) -> list[pl.Expr]:
        import polars as pl

        score = number(self.score, context)
        outcome = is_positive(self.target, self.positive, context)
        clipped = score.clip(SMALLEST_PROBABILITY, 1.0 - SMALLEST_PROBABILITY)
        likely = pl.when(outcome).then(clipped).when(~outcome).then(1.0 - clipped)
        miss = pl.when(outcome).then(1.0 - score).when(~outcome).then(score)
        return [
            pl.len().cast(pl.Int64).alias("counts"),
            score.min().alias("low"),
            score.max().alias("high"),
            (-likely.log()).sum().alias("log_loss"),
            (miss * miss).sum().alias("brier"),
        ]

    def load(self, frame: pl.DataFrame, context: ScanContext | None = None) -> ScoresProfile:
        import numpy as np

        return self._parts(frame, np.zeros(frame.height, np.intp), 1, context)[0] if frame.height else ScoresProfile()

    def load_parts(
        self, frame: pl.DataFrame, keys: Sequence[str], context: ScanContext | None = None
    ) -> dict[tuple[Any, ...], Profile]:
        parts = Numbered.of(frame, keys)
        return dict(zip(parts.keys, self._parts(frame, parts.part, len(parts.keys), context), strict=True))

    def _parts(
        self, frame: pl.DataFrame, part: NDArray[np.intp], count: int, context: ScanContext | None
    ) -> list[ScoresProfile]:
        """The profiles of `count` parts; `part` is the number of each row's."""
        import numpy as np
        import polars as pl

        if "part" in frame.columns:
            return _from_frame(frame, part, count)
        if context is None:
            raise ValueError("a scanned score profile needs the scan's context for its resolution")
        outcome = frame["outcome"].cast(pl.Int8).fill_null(_UNKNOWN).to_numpy()
        histograms = from_bits(frame, self.resolution(context), 3 * part + outcome, 3 * count)
        sound = (outcome != _UNKNOWN) & frame["bits"].is_not_null().to_numpy() & np.isfinite(frame["high"].to_numpy())
        losses = (np.bincount(part[sound], frame[name].to_numpy()[sound], count) for name in _LOSSES)
        return _together(histograms, *losses)


def _from_frame(frame: pl.DataFrame, part: NDArray[np.intp], count: int) -> list[ScoresProfile]:
    """From `ScoresProfile.frame()` of many parts."""
    import numpy as np
    import polars as pl

    which = frame["part"].replace_strict(_PARTS, return_dtype=pl.Int64)
    rows = which < len(_PARTS) - 1
    histograms = from_frame(frame.filter(rows), (3 * part + which.to_numpy())[rows.to_numpy()], 3 * count)
    rest, whose = frame.filter(~rows), part[~rows.to_numpy()]
    return _together(histograms, *(np.bincount(whose, rest[name].to_numpy(), count) for name in _LOSSES))


def _together(histograms: Sequence[HistogramProfile], *losses: NDArray[Any]) -> list[ScoresProfile]:
    """The profiles of parts, each from three histograms in the order of `_PARTS` and its sums of losses."""
    sums = zip(*(each.tolist() for each in losses), strict=True)
    of_part = zip(histograms[1::3], histograms[0::3], histograms[2::3], sums, strict=True)
    return [ScoresProfile(positive, negative, unknown, *each) for positive, negative, unknown, each in of_part]


@dataclass(frozen=True)
class LikelihoodProfile(Profile):
    """Sum of -log(probability that a multiclass model gave to the class that happened), over `count` labelled rows.

    `outside` are labelled rows whose score lies outside 0 to 1; they are in neither.
    """

    total: int = 0
    count: int = 0
    log_loss: float = 0.0
    outside: int = 0

    @classmethod
    def _merged(cls, profiles: Sequence[Self]) -> Self:
        return cls(*map(sum, zip(*map(_likelihood, profiles), strict=True)))

    @property
    def rows(self) -> int:
        return self.total

    def frame(self) -> pl.DataFrame:
        import polars as pl

        return pl.DataFrame({name: [getattr(self, name)] for name in _LIKELIHOOD})


_LIKELIHOOD = ("total", "count", "log_loss", "outside")
_likelihood = attrgetter(*_LIKELIHOOD)


@dataclass(frozen=True)
class Likelihood(RowSpec):
    """Log loss of a multiclass model: `scores` are (class, score column) pairs."""

    kind: ClassVar[str] = "likelihood"
    target: str
    scores: tuple[tuple[str, str], ...]

    def columns(self) -> frozenset[str]:
        return frozenset({self.target, *(column for _, column in self.scores)})

    def aggregates(self, context: ScanContext) -> list[pl.Expr]:
        import polars as pl

        target = category(self.target, context)
        given = pl.coalesce(*(pl.when(target == name).then(number(column, context)) for name, column in self.scores))
        inside = given.is_between(0.0, 1.0)
        likely = given.clip(SMALLEST_PROBABILITY, 1.0 - SMALLEST_PROBABILITY)
        return [
            pl.len().cast(pl.Int64).alias("total"),
            inside.sum().cast(pl.Int64).alias("count"),
            pl.when(inside).then(-likely.log()).sum().alias("log_loss"),
            (given.is_not_nan() & ~inside).sum().cast(pl.Int64).alias("outside"),
        ]

    def load(self, frame: pl.DataFrame, context: ScanContext | None = None) -> LikelihoodProfile:
        rows = [self.of_row(row) for row in frame.iter_rows(named=True)]
        return LikelihoodProfile.merged(rows or [LikelihoodProfile()])

    def of_row(self, row: Mapping[str, Any]) -> LikelihoodProfile:
        return LikelihoodProfile(*(row[name] for name in _LIKELIHOOD))
