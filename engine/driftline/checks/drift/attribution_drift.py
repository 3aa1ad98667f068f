"""Do the same features matter, in the same order, as before?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from driftline.checks.base import Check, ColumnType, Example, Moment, Profiles, Subject, Takes
from driftline.checks.drift._many import largest, share_beyond
from driftline.config.document import Bounds, Threshold
from driftline.model import Failed, NoData, Reading, Value
from driftline.profiles.base import ProfileSpec
from driftline.profiles.moments import Moments, MomentsProfile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MOST_DRAWS = 100_000


@dataclass(frozen=True)
class AttributionDrift(Check):
    """The NDCG of the ranking of features by mean absolute attribution, against the baseline's; 1 is the same order.

    `columns` are the logged attributions (SHAP values), one column for each feature. Features are ranked by their mean
    absolute attribution in the window; each gains what it has in the baseline, discounted by the logarithm of its
    rank, and the sum is divided by that of the baseline's own order. Below 0.9 the model relies on other features than
    it was trained to. The contributions are the changes of each feature's share of all attribution.

    The p-value is that the means have not changed: it compares with the NDCG of means of both sides that are drawn
    around the pooled ones with their standard errors, each feature by itself. Source: Järvelin and Kekäläinen, ACM
    Transactions on Information Systems 20 (2002); Amazon SageMaker Clarify, feature attribution drift.
    """

    kind = "attribution_drift"
    title = "Drift of feature attributions"
    takes = Takes.COLUMNS
    column_types = frozenset({ColumnType.NUMERIC})
    default_columns = ("shap_*",)
    least_columns = 2
    needs_baseline = True
    significance = True
    range = (0.0, 1.0)
    bad = "below"
    default_threshold = Threshold(warning=Bounds(below=0.95), critical=Bounds(below=0.9))

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        quoted = {column.name: column.name.replace('"', '""') for column in on.selected}
        return {name: Moments(sql=f'ABS(CAST("{text}" AS DOUBLE))') for name, text in quoted.items()}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        import numpy as np

        if baseline is None:
            return Failed("there is no baseline to compare with; give the model or the monitor a baseline")
        now, then = _of(window), _of(baseline)
        sides = [max((each.rows for each in side.values()), default=0) for side in (now, then)]
        names = [name for name in now if now[name].count and then[name].count]
        if not all(sides):
            return NoData(f"the {'baseline' if sides[0] else 'window'} has no rows", rows=sides[0])
        if len(names) < self.least_columns:
            return NoData("fewer than two attributions hold a value on both sides", rows=sides[0])
        means, errors, counts = (np.array([[f(side[n]) for n in names] for side in (now, then)]) for f in _PARTS)
        if not (np.isfinite(means).all() and np.isfinite(errors).all()):
            return Failed("the result is beyond the range of a double; the attributions are too large to add")
        if not means.sum(axis=1).all():
            return NoData("every attribution is 0 on one side", rows=sides[0])
        value = float(ndcg(means[0], means[1]))
        random = np.random.default_rng(20130301)
        pooled = (means * counts).sum(axis=0) / counts.sum(axis=0)
        noise = random.standard_normal((2, min(at.draws, MOST_DRAWS), len(names))) * errors[:, None, :]
        drawn = ndcg(*np.abs(pooled + noise))
        shares = means / means.sum(axis=1, keepdims=True)
        first, last = (names[int(np.argmax(side))] for side in (means[1], means[0]))
        return Value(
            value,
            p_value=share_beyond(drawn, value, below=True),
            bound=0.0,
            rows=sides[0],
            baseline_rows=sides[1],
            contributions=largest(zip(names, shares[0] - shares[1], strict=True)),
            note=f"first is {last}, was {first}" if first != last else None,
        )

    examples = (
        Example(
            says="the first and the second feature changed places",
            rows={"shap_a": [1.0, -1.0], "shap_b": [-3.0, 3.0], "shap_c": [0.5, 0.5]},
            baseline={"shap_a": [3.0, -3.0], "shap_b": [1.0, 1.0], "shap_c": [0.5, -0.5]},
            selected=("shap_a", "shap_b", "shap_c"),
            value=(1.0 + 3.0 * 0.6309297535714575 + 0.25) / (3.0 + 0.6309297535714575 + 0.25),
        ),
        Example(
            says="twice as large, in the same order",
            rows={"shap_a": [2.0], "shap_b": [-4.0]},
            baseline={"shap_a": [1.0], "shap_b": [2.0]},
            selected=("shap_a", "shap_b"),
            value=1.0,
        ),
        Example(
            says="nothing was logged",
            rows={"shap_a": [None], "shap_b": [None]},
            baseline={"shap_a": [1.0], "shap_b": [2.0]},
            selected=("shap_a", "shap_b"),
            value="NoData",
        ),
    )


def _of(side: Profiles) -> Mapping[str, MomentsProfile]:
    return {name: cast(MomentsProfile, profile) for name, profile in side.items()}


def _error(profile: MomentsProfile) -> float:
    """The standard error of the mean; of a single value its size."""
    return (profile.variance() / profile.count) ** 0.5 if profile.count > 1 else profile.mean


_PARTS = (lambda one: one.mean, _error, lambda one: float(one.count))


def ndcg(now: Floats, then: Floats) -> Floats:
    """Of rows of means (…, features): the gains `then` in the order of `now`, against those in their own order.

    What is equal now is taken in the order that was there before.
    """
    import numpy as np

    discount = 1 / np.log2(np.arange(2, now.shape[-1] + 2))
    own = np.argsort(-then, axis=-1, kind="stable")
    gains, ranked = np.take_along_axis(then, own, -1), np.take_along_axis(now, own, -1)
    found = np.take_along_axis(gains, np.argsort(-ranked, axis=-1, kind="stable"), -1)
    return np.asarray((found * discount).sum(axis=-1) / (gains * discount).sum(axis=-1))
