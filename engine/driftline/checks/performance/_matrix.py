"""A confusion matrix as arrays, and measures of it with their variance by the delta method."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from driftline.profiles.confusion import ConfusionProfile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Positions = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Marginals:
    """Sums of a confusion matrix by class: on its diagonal, by target, by prediction; and over all of it."""

    hits: Floats
    actual: Floats
    predicted: Floats
    total: float


@dataclass(frozen=True, eq=False)
class Partials:
    """How a measure moves with each of the marginals: its partial derivatives."""

    hits: Floats | float = 0.0
    actual: Floats | float = 0.0
    predicted: Floats | float = 0.0
    total: float = 0.0


@dataclass(frozen=True, eq=False)
class Matrix:
    """The cells that occur: class of the target and of the prediction (as positions), weight, sum of squared weights.

    Without weights a cell weighs its count, and so does the sum of squares.
    """

    classes: tuple[str, ...]
    target: Positions
    prediction: Positions
    weight: Floats
    square: Floats

    @classmethod
    def of(cls, profile: ConfusionProfile) -> Matrix:
        """The matrix of all classes that are a target or a prediction."""
        import numpy as np

        cells = list(profile.counts)
        at = {name: position for position, name in enumerate(profile.classes)}
        target = np.array([at[name] for name, _ in cells], np.intp)
        prediction = np.array([at[name] for _, name in cells], np.intp)
        weight, square = (
            np.array([sums[cell] for cell in cells], float) for sums in (profile.weighed, profile.squared)
        )
        return cls(profile.classes, target, prediction, weight, square)

    @cached_property
    def weights(self) -> Marginals:
        return self._marginals(self.weight)

    @cached_property
    def squares(self) -> Marginals:
        return self._marginals(self.square)

    @property
    def rows(self) -> float:
        """The effective number of rows: of as many with equal weights (Kish); their number without weights."""
        return self.weights.total**2 / self.squares.total

    def _marginals(self, of: Floats) -> Marginals:
        import numpy as np

        count, right = len(self.classes), self.target == self.prediction
        by = (self.target[right], of[right]), (self.target, of), (self.prediction, of)
        hits, actual, predicted = (np.bincount(at, sums, count).astype(float) for at, sums in by)
        return Marginals(hits, actual, predicted, float(of.sum()))

    def variance(self, partials: Partials) -> float:
        """The variance of a measure that does not change when all cells grow alike: the sum of squared influences.

        For a multinomial matrix this is the delta method; with weights the linearised variance of a ratio of sums.
        """
        import numpy as np

        zeros = np.zeros(len(self.classes))
        influence = (
            partials.total + (zeros + partials.actual)[self.target] + (zeros + partials.predicted)[self.prediction]
        )
        influence += np.where(self.target == self.prediction, (zeros + partials.hits)[self.target], 0.0)
        return float(self.square @ influence**2)
