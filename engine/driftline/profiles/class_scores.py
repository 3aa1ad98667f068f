"""`class_scores`: how the score of one class is distributed among the rows of each class, for pairs of classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

from driftline.profiles.base import Numbered, Profile, ProfileSpec, ScanContext
from driftline.profiles.bits import masked_bits
from driftline.profiles.columns import category, number
from driftline.profiles.histogram import HistogramProfile, from_bits, from_frame
from driftline.profiles.scores import ScoresProfile, score_resolution, signed_bins
from driftline.profiles.weights import BinWeights, weighed, weight_sums

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

_WEIGHTS = ("weights", "squares")


@dataclass(frozen=True)
class ClassScoresProfile(Profile):
    """Score histograms by the class that a row is of; `unlabelled` counts rows of none of the model's classes.

    `weights` are what the bins weigh, None where rows have no weights and count 1 each.
    """

    histograms: Mapping[str, HistogramProfile] = field(default_factory=dict)
    unlabelled: int = 0
    weights: Mapping[str, BinWeights] | None = None

    @classmethod
    def _merged(cls, profiles: Sequence[Self]) -> Self:
        names = sorted({name for each in profiles for name in each.histograms})
        whole = {
            name: HistogramProfile.merged([each.histograms[name] for each in profiles if name in each.histograms])
            for name in names
        }
        unlabelled = sum(each.unlabelled for each in profiles)
        if all(each.weights is None for each in profiles):
            return cls(whole, unlabelled)
        weights = {
            name: BinWeights.merged(
                whole[name],
                [(p.histograms[name], p.weights[name]) for p in profiles if p.weights and name in p.weights],
            )
            for name in names
        }
        return cls(whole, unlabelled, weights)

    @property
    def rows(self) -> int:
        return self.unlabelled + sum(each.rows for each in self.histograms.values())

    @property
    def labelled(self) -> int:
        """Number of rows with a class and a finite score."""
        return sum(each.finite for each in self.histograms.values())

    def weight(self, name: str) -> float:
        """What the rows of a class weigh: their number where rows have no weights."""
        if name not in self.histograms:
            return 0.0
        return float(self.histograms[name].finite if self.weights is None else self.weights[name].weight.sum())

    def effective_rows(self, name: str) -> float:
        """As many rows of equal weight as those of a class count for (Kish)."""
        if self.weights is None or name not in self.weights:
            return self.weight(name)
        return self.weight(name) ** 2 / float(self.weights[name].square.sum())

    def against(self, positive: str, negative: str) -> ScoresProfile:
        """The scores of the rows of two classes, of which one is the positive one."""
        high, low = (self.histograms.get(name, HistogramProfile()) for name in (positive, negative))
        if self.weights is None:
            return ScoresProfile(high, low)
        none = BinWeights.of(HistogramProfile(), ())
        of_high, of_low = (self.weights.get(name, none) for name in (positive, negative))
        return ScoresProfile(high, low, positive_weights=of_high, negative_weights=of_low)

    def frame(self) -> pl.DataFrame:
        import polars as pl

        first = pl.DataFrame({"unlabelled": [self.unlabelled]}, schema={"unlabelled": pl.Int64})
        none = HistogramProfile().frame().clear().with_columns(part=pl.lit(None, pl.String))
        tables = [pl.concat([first, none], how="diagonal")]
        for name, histogram in self.histograms.items():
            table = histogram.frame().with_columns(part=pl.lit(name))
            tables.append(table if self.weights is None else table.hstack(self.weights[name].frame()))
        if self.weights is not None:  # which says that there are weights, also of no rows
            tables[0] = tables[0].with_columns(pl.lit(0.0).alias(name) for name in _WEIGHTS)
        return pl.concat(tables, how="diagonal")


@dataclass(frozen=True)
class ClassScores(ProfileSpec):
    """The score of one class by the class of the target, of `classes`; without a weight a row is of no class."""

    kind: ClassVar[str] = "class_scores"
    target: str
    score: str
    classes: tuple[str, ...]
    weight: str | None = None

    def columns(self) -> frozenset[str]:
        return frozenset({self.target, self.score} | ({self.weight} if self.weight else set()))

    def keys(self, context: ScanContext) -> list[pl.Expr]:
        import polars as pl

        bits = masked_bits(number(self.score, context), score_resolution(self.score, context))
        name = category(self.target, context).cast(pl.String)
        known = pl.when(name.is_in(self.classes)).then(name)
        return [bits.alias("bits"), weighed(known, self.weight, context).alias("class")]

    def aggregates(self, context: ScanContext) -> list[pl.Expr]:
        import polars as pl

        score = number(self.score, context)
        counts = pl.len().cast(pl.Int64).alias("counts")
        return [counts, score.min().alias("low"), score.max().alias("high"), *weight_sums(self.weight, context)]

    def load(self, frame: pl.DataFrame, context: ScanContext | None = None) -> ClassScoresProfile:
        import numpy as np

        if frame.height == 0:
            return ClassScoresProfile(weights=None if self.weight is None else {})
        return self._parts(frame, np.zeros(frame.height, np.intp), 1, context)[0]

    def load_parts(
        self, frame: pl.DataFrame, keys: Sequence[str], context: ScanContext | None = None
    ) -> dict[tuple[Any, ...], Profile]:
        parts = Numbered.of(frame, keys)
        return dict(zip(parts.keys, self._parts(frame, parts.part, len(parts.keys), context), strict=True))

    def _parts(
        self, frame: pl.DataFrame, part: NDArray[np.intp], count: int, context: ScanContext | None
    ) -> list[ClassScoresProfile]:
        """The profiles of `count` parts; `part` is the number of each row's."""
        import numpy as np
        import polars as pl

        scanned = "bits" in frame.columns
        if scanned and context is None:
            raise ValueError("a scanned score profile needs the scan's context for its resolution")
        name = frame["class" if scanned else "part"]
        known = name.is_not_null()
        rest = frame["counts" if scanned else "unlabelled"].fill_null(0).to_numpy()
        unlabelled = np.bincount(part[~known.to_numpy()], rest[~known.to_numpy()], count).astype(np.int64).tolist()
        # What is serialised says all by itself: profiles of other classes, with weights or without, may be beside it.
        classes = sorted(self.classes) if scanned else name.drop_nulls().unique().sort().to_list()
        code = {each: at for at, each in enumerate(classes)}
        rows, of_class = frame.filter(known), name.filter(known).replace_strict(code, return_dtype=pl.Int64)
        whose = (part[known.to_numpy()] * len(code) + of_class.to_numpy()).astype(np.intp)
        total = count * len(code)
        resolution = None if context is None or not scanned else score_resolution(self.score, context)
        histograms = from_frame(rows, whose, total) if resolution is None else from_bits(rows, resolution, whose, total)
        weights: list[BinWeights] | None = None
        weighted: set[int] = set()
        if "weights" in frame.columns:
            bins, filled = signed_bins(rows, resolution)
            columns = [bins, *(rows[each].to_numpy()[filled] for each in _WEIGHTS)]
            weights = BinWeights.apart(histograms, whose[filled], resolution, columns)
            weighted = set(part[frame["weights"].is_not_null().to_numpy()].tolist())
        found = []
        for at in range(count):
            own = slice(at * len(code), (at + 1) * len(code))
            of_classes = weights[own] if weights is not None and at in weighted else None
            found.append(_profile(classes, histograms[own], unlabelled[at], of_classes))
        return found


def _profile(
    classes: Sequence[str],
    histograms: Sequence[HistogramProfile],
    unlabelled: int,
    weights: Sequence[BinWeights] | None,
) -> ClassScoresProfile:
    """The profile of the classes that have rows."""
    found = {name: each for name, each in zip(classes, histograms, strict=True) if each.rows}
    if weights is None:
        return ClassScoresProfile(found, unlabelled)
    of_classes = dict(zip(classes, weights, strict=True))
    return ClassScoresProfile(found, unlabelled, {name: of_classes[name] for name in found})
