"""Root mean squared error before labels arrive."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from driftline.checks.base import Example
from driftline.checks.estimation._direct_loss import EstimatedLoss
from driftline.checks.performance.rmse import RootMeanSquaredError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class EstimatedRmse(EstimatedLoss):
    """√(mean (prediction - target)²) as it should come out, without labels, in the target's unit; not negative.

    Direct loss estimation (DLE) of NannyML: scikit-learn's histogram gradient boosting learns (prediction -
    target)² of the baseline's labelled rows from the features and the prediction; the estimate is its mean over the
    window's rows. Both are uniform samples (`sample`), whose error the interval holds. It sees that rows moved to
    where the model errs more, not that it errs more on the same rows. Private columns and instants are left out.
    What the baseline realized is what `compare: change` compares with. Needs the extra `driftline[estimation]`.
    """

    kind = "estimated_rmse"
    title = "Estimated root mean squared error"
    realizes = RootMeanSquaredError

    @staticmethod
    def loss(target: Floats, prediction: Floats) -> Floats:
        return (prediction - target) ** 2

    @staticmethod
    def metric_of(mean: float) -> tuple[float, float]:
        root = math.sqrt(mean)
        return root, 0.5 / root if root > 0 else 0.0

    examples = (
        Example(
            says="the baseline was off by 1 where the prediction is 10, by 3 where it is 20; the window has both",
            rows={"p": [10.0, 20.0]},
            baseline={
                "y": [11.0] * 100 + [23.0] * 100,
                "p": [10.0] * 100 + [20.0] * 100,
            },
            roles={"target": "y", "prediction": "p"},
            task="regression",
            value=math.sqrt((1 + 9) / 2),
            tolerance=1e-3,
        ),
        Example(
            says="too few rows to learn from",
            rows={"p": [10.0, 20.0]},
            baseline={"y": [11.0, 23.0], "p": [10.0, 20.0]},
            roles={"target": "y", "prediction": "p"},
            task="regression",
            value="InsufficientData",
        ),
    )
