"""`errors`: how the errors (prediction minus target) of a regression are distributed, as a histogram of their bits.

Errors lie around zero, where relative bins are at their best: each is known to one part in a thousand, whatever the
unit of the target.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from driftline.profiles.base import Numbered, Profile, ProfileSpec, ScanContext
from driftline.profiles.bits import masked_bits
from driftline.profiles.columns import number
from driftline.profiles.histogram import HistogramProfile, from_bits, from_frame

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

RESOLUTION = 10


@dataclass(frozen=True)
class Errors(ProfileSpec):
    """The histogram of prediction minus target; a row that lacks a finite one of the two counts as null."""

    kind: ClassVar[str] = "errors"
    target: str
    prediction: str

    def columns(self) -> frozenset[str]:
        return frozenset({self.target, self.prediction})

    def error(self, context: ScanContext) -> pl.Expr:
        """The error of each row, null where it has none; -0 is 0."""
        import polars as pl

        target, prediction = number(self.target, context), number(self.prediction, context)
        both = target.is_finite() & prediction.is_finite()
        return pl.when(both).then(prediction - target + 0.0)

    def keys(self, context: ScanContext) -> list[pl.Expr]:
        return [masked_bits(self.error(context), RESOLUTION).alias("bits")]

    def aggregates(self, context: ScanContext) -> list[pl.Expr]:
        import polars as pl

        error = self.error(context)
        return [pl.len().cast(pl.Int64).alias("counts"), error.min().alias("low"), error.max().alias("high")]

    def load(self, frame: pl.DataFrame, context: ScanContext | None = None) -> HistogramProfile:
        import numpy as np

        if frame.height == 0 and "bits" not in frame.columns:
            return HistogramProfile()
        return self._parts(frame, np.zeros(frame.height, np.intp), 1)[0]

    def load_parts(
        self, frame: pl.DataFrame, keys: Sequence[str], context: ScanContext | None = None
    ) -> dict[tuple[Any, ...], Profile]:
        parts = Numbered.of(frame, keys)
        return dict(zip(parts.keys, self._parts(frame, parts.part, len(parts.keys)), strict=True))

    def _parts(self, frame: pl.DataFrame, part: NDArray[np.intp], count: int) -> list[HistogramProfile]:
        """The histograms of `count` parts; `part` is the number of each row's."""
        if "bits" in frame.columns:
            return from_bits(frame, RESOLUTION, part, count)
        return from_frame(frame, part, count)
