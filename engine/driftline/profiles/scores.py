"""`scores`: how a classifier's scores are distributed among positives and negatives, with exact sums for the losses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, Self

from driftline.profiles.base import Numbered, Profile, ProfileSpec, ScanContext
from driftline.profiles.bits import MAGNITUDE, MANTISSA, masked_bits
from driftline.profiles.columns import is_positive, number
from driftline.profiles.histogram import HistogramProfile, from_bits, from_frame
from driftline.profiles.weights import BinWeights, weighed, weight, weight_sums

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

DEFAULT_SCORE_RESOLUTION = 12
SCORE_RESOLUTION = "score:"  # prefix of a score column's own entry in the context's resolutions
_PARTS = {"negatives": 0, "positives": 1, "unlabelled": 2, "losses": 3}  # of a serialised profile
_UNKNOWN = 2
_LOSSES = ("log_loss", "brier", "log_loss_squared", "brier_squared", "log_loss_crossed", "brier_crossed")
_losses = attrgetter(*_LOSSES)
SMALLEST_PROBABILITY = 2.0**-52  # scikit-learn's clip: the machine epsilon of a double


@dataclass(frozen=True)
class ScoresProfile(Profile):
    """Score histograms of positives, negatives and rows without a label; losses summed over labelled rows.

    With weights, losses are sums of weight x loss; the squared ones of (weight x loss)², the crossed ones of
    weight² x loss, which without weights are the losses. `positive_weights` and `negative_weights` are what the bins
    weigh, None where rows have no weights and count 1 each.
    """

    positives: HistogramProfile = field(default_factory=HistogramProfile)
    negatives: HistogramProfile = field(default_factory=HistogramProfile)
    unlabelled: HistogramProfile = field(default_factory=HistogramProfile)
    log_loss: float = 0.0  # sum of -log(probability given to what happened)
    brier: float = 0.0  # sum of (score - outcome)²
    log_loss_squared: float = 0.0
    brier_squared: float = 0.0
    log_loss_crossed: float = 0.0
    brier_crossed: float = 0.0
    positive_weights: BinWeights | None = None
    negative_weights: BinWeights | None = None

    @classmethod
    def _merged(cls, profiles: Sequence[Self]) -> Self:
        positives = HistogramProfile.merged([each.positives for each in profiles])
        negatives = HistogramProfile.merged([each.negatives for each in profiles])
        unlabelled = HistogramProfile.merged([each.unlabelled for each in profiles])
        losses: list[float] = [sum(each) for each in zip(*map(_losses, profiles), strict=True)]
        made = cls(positives, negatives, unlabelled, losses[0], losses[1], losses[2], losses[3], losses[4], losses[5])
        if all(each.positive_weights is None for each in profiles):
            return made
        of_positives = BinWeights.merged(positives, ((each.positives, each.positive_weights) for each in profiles))
        of_negatives = BinWeights.merged(negatives, ((each.negatives, each.negative_weights) for each in profiles))
        return replace(made, positive_weights=of_positives, negative_weights=of_negatives)

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
        weights = {"positives": self.positive_weights, "negatives": self.negative_weights}
        tables = [part.frame().with_columns(part=pl.lit(name)) for name, part in parts.items()]
        for at, each in enumerate(weights.values()):
            tables[at] = tables[at] if each is None else tables[at].hstack(each.frame())
        losses = {name: [value] for name, value in zip(_LOSSES, _losses(self), strict=True)}
        if self.positive_weights is not None:
            losses |= {name: [0.0] for name in _WEIGHTS}  # which says that there are weights, also of no rows
        return pl.concat([*tables, pl.DataFrame({"part": ["losses"], **losses})], how="diagonal")


@dataclass(frozen=True)
class Scores(ProfileSpec):
    """Scores of one class: `target` equals `positive`, or not, or is unknown, as it is where there is no weight."""

    kind: ClassVar[str] = "scores"
    version: ClassVar[int] = 2
    target: str
    score: str
    positive: str
    weight: str | None = None

    def columns(self) -> frozenset[str]:
        return frozenset({self.target, self.score} | ({self.weight} if self.weight else set()))

    def resolution(self, context: ScanContext) -> int:
        return score_resolution(self.score, context)

    def keys(self, context: ScanContext) -> list[pl.Expr]:
        bits = masked_bits(number(self.score, context), self.resolution(context))
        return [bits.alias("bits"), self._outcome(context).alias("outcome")]

    def _outcome(self, context: ScanContext) -> pl.Expr:
        return weighed(is_positive(self.target, self.positive, context), self.weight, context)

    def aggregates(self, context: ScanContext) -> list[pl.Expr]:
        import polars as pl

        score = number(self.score, context)
        extremes = [pl.len().cast(pl.Int64).alias("counts"), score.min().alias("low"), score.max().alias("high")]
        return [*extremes, *self._loss_sums(score, context), *weight_sums(self.weight, context)]

    def _loss_sums(self, score: pl.Expr, context: ScanContext) -> Iterator[pl.Expr]:
        import polars as pl

        outcome = self._outcome(context)
        clipped = score.clip(SMALLEST_PROBABILITY, 1.0 - SMALLEST_PROBABILITY)
        likely = pl.when(outcome).then(clipped).when(~outcome).then(1.0 - clipped)
        miss = pl.when(outcome).then(1.0 - score).when(~outcome).then(score)
        each = None if self.weight is None else weight(self.weight, context)
        for name, loss in (("log_loss", -likely.log()), ("brier", miss * miss)):
            heavy = loss if each is None else loss * each
            yield heavy.sum().alias(name)
            yield (heavy * heavy).sum().alias(f"{name}_squared")
            if each is not None:
                yield (heavy * each).sum().alias(f"{name}_crossed")

    def load(self, frame: pl.DataFrame, context: ScanContext | None = None) -> ScoresProfile:
        import numpy as np

        if frame.height == 0:
            return ScoresProfile() if self.weight is None else _nothing_weighed()
        return self._parts(frame, np.zeros(frame.height, np.intp), 1, context)[0]

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
        outcome, resolution = frame["outcome"].cast(pl.Int8).fill_null(_UNKNOWN).to_numpy(), self.resolution(context)
        whose = 3 * part + outcome
        histograms = from_bits(frame, resolution, whose, 3 * count)
        finite = frame["bits"].is_not_null().to_numpy() & np.isfinite(frame["high"].to_numpy())
        sound = (outcome != _UNKNOWN) & finite
        names = [name if name in frame.columns else name.replace("crossed", "").rstrip("_") for name in _LOSSES]
        losses = [np.bincount(part[sound], frame[name].to_numpy()[sound], count) for name in names]
        if self.weight is None:
            return _together(histograms, losses)
        bins, filled = signed_bins(frame, resolution)
        columns = [bins, *(frame[name].to_numpy()[filled] for name in _WEIGHTS)]
        return _together(histograms, losses, BinWeights.apart(histograms, whose[filled], resolution, columns))


def score_resolution(score: str, context: ScanContext) -> int:
    """Ranks matter everywhere, so scores are kept finer than features unless something else is asked for."""
    return context.resolutions.get(SCORE_RESOLUTION + score, DEFAULT_SCORE_RESOLUTION)


def signed_bins(frame: pl.DataFrame, resolution: int | None) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The bins of finite scores, and which rows hold them: of a scan at a resolution, or of a serialised profile."""
    import numpy as np

    if resolution is None:
        filled = (frame["bins"].is_not_null() & frame["weights"].is_not_null()).to_numpy()
        return frame["bins"].fill_null(0).to_numpy()[filled], filled
    filled = frame["bits"].is_not_null().to_numpy() & np.isfinite(frame["high"].to_numpy())
    bits = frame["bits"].fill_null(0).to_numpy()[filled]
    magnitude = (bits & MAGNITUDE) >> np.int64(MANTISSA - resolution)
    return np.where(bits < 0, -magnitude, magnitude), filled


_WEIGHTS = ("weights", "squares")


def _from_frame(frame: pl.DataFrame, part: NDArray[np.intp], count: int) -> list[ScoresProfile]:
    """From `ScoresProfile.frame()` of many parts, of which some may have weights and some not."""
    import numpy as np
    import polars as pl

    which = frame["part"].replace_strict(_PARTS, return_dtype=pl.Int64)
    rows = which < len(_PARTS) - 1
    whose = 3 * part + which.to_numpy()
    histograms = from_frame(frame.filter(rows), whose[rows.to_numpy()], 3 * count)
    rest, of_rest = frame.filter(~rows), part[~rows.to_numpy()]
    losses = [np.bincount(of_rest, rest[name].to_numpy(), count) for name in _LOSSES]
    if "weights" not in frame.columns:
        return _together(histograms, losses)
    bins, filled = signed_bins(frame, None)
    columns = [bins, *(frame[name].to_numpy()[filled] for name in _WEIGHTS)]
    profiles = _together(histograms, losses, BinWeights.apart(histograms, whose[filled], None, columns))
    weighted = set(of_rest[rest["weights"].is_not_null().to_numpy()].tolist())
    return [
        each if at in weighted else replace(each, positive_weights=None, negative_weights=None)
        for at, each in enumerate(profiles)
    ]


def _together(
    histograms: Sequence[HistogramProfile], losses: Sequence[NDArray[Any]], weights: Sequence[BinWeights] | None = None
) -> list[ScoresProfile]:
    """The profiles of parts, each from three histograms in the order of `_PARTS`, its sums of losses, its weights."""
    sums = zip(*(each.tolist() for each in losses), strict=True)
    of_part = zip(histograms[1::3], histograms[0::3], histograms[2::3], sums, strict=True)
    profiles = [ScoresProfile(positive, negative, unknown, *each) for positive, negative, unknown, each in of_part]
    if weights is None:
        return profiles
    pairs = zip(profiles, weights[1::3], weights[0::3], strict=True)
    return [replace(each, positive_weights=positive, negative_weights=negative) for each, positive, negative in pairs]


def _nothing_weighed() -> ScoresProfile:
    """No rows, of a model whose rows have weights."""
    none = BinWeights.of(HistogramProfile(), ())
    return ScoresProfile(positive_weights=none, negative_weights=none)
