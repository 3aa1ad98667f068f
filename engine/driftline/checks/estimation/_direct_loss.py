"""Direct loss estimation: what a row's error should be, learnt from the errors of the baseline's rows."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from driftline.checks.base import Check, ColumnType, Moment, Profiles, Subject, Takes
from driftline.checks.estimation._estimated import CONFIDENCE, REALIZED, unweighted
from driftline.checks.learning import one_thread
from driftline.checks.performance._regression import REGRESSION
from driftline.checks.reading import no_rows
from driftline.model import Failed, InsufficientData, NoData, Reading, Value
from driftline.parameters import param
from driftline.profiles.base import ProfileSpec
from driftline.profiles.sample import Sample, SampleProfile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SAMPLE = "rows"
LEAST = 100  # rows of the baseline with an error, below which nothing is learnt
MOST_CATEGORIES = 254  # of scikit-learn's histogram gradient boosting; others are missing values to it
LARGEST = 1e300  # what is beyond it is as good as it
SEED = 20130301


@dataclass(frozen=True)
class Learnt:
    """A model of the loss: `classes` are the categories of each column that it knows, `scale` what losses are in."""

    model: Any
    columns: tuple[str, ...]
    classes: Mapping[str, tuple[str, ...]]
    scale: float
    rows: int
    spread: float  # standard deviation of the losses
    residual: float  # standard deviation of what is left of them

    def losses(self, rows: SampleProfile) -> Floats:
        """The loss to expect of each row, not below 0."""
        import numpy as np

        matrix = _matrix(rows, self.columns, self.classes)
        with one_thread():
            found = self.model.predict(matrix) * self.scale
        return np.asarray(np.maximum(found, 0.0), np.float64)


@dataclass(frozen=True)
class EstimatedLoss(Check):
    """A metric of a regression as it should come out, before labels arrive."""

    takes = Takes.MODEL
    tasks = REGRESSION
    needs_roles = frozenset({"target", "prediction"})
    needs_baseline = True
    learns = True
    range = (0.0, None)
    bad = "above"

    realizes: ClassVar[type[Check]]  # the metric that it estimates

    sample: int = param(
        "Number of rows kept of each side: a uniform sample, from which is learnt and of which the estimate is made.",
        default=5_000,
        minimum=LEAST,
        maximum=100_000,
    )

    @staticmethod
    @abstractmethod
    def loss(target: Floats, prediction: Floats) -> Floats:
        """The loss of each row; NaN where it has none."""

    @staticmethod
    def metric_of(mean: float) -> tuple[float, float]:
        """The metric from the mean loss, and how it changes with it."""
        return mean, 1.0

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return {SAMPLE: self._spec(on, ())}

    def baseline_needs(self, on: Subject) -> dict[str, ProfileSpec]:
        realized = {REALIZED + name: spec for name, spec in self.realizes().needs(unweighted(on)).items()}
        return {SAMPLE: self._spec(on, (on.role("target"),)), **realized}

    def _spec(self, on: Subject, target: tuple[str, ...]) -> Sample:
        numbers, categories = features(on)
        prediction, row_id = on.role("prediction"), on.roles.get("id")
        wanted = tuple(dict.fromkeys((*numbers, prediction, *target)))
        given = (prediction, *target)
        return Sample(wanted, categories, row_id.name if row_id is not None else None, self.sample, given)

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        rows, before = window[SAMPLE], (baseline or {}).get(SAMPLE)
        assert isinstance(rows, SampleProfile)
        if rows.total == 0:
            return no_rows()
        if rows.kept == 0:
            return NoData(f"none of {rows.total} rows has a prediction", rows=rows.total)
        if not isinstance(before, SampleProfile) or before.kept == 0:
            return NoData("no row of the baseline has both a target and a prediction to learn from")
        learnt = self._learnt(on, before)
        if not isinstance(learnt, Learnt):
            return learnt
        return self._value(learnt, rows, before)

    def _learnt(self, on: Subject, before: SampleProfile) -> Learnt | Failed | InsufficientData:
        numbers, categories = features(on)
        prediction = on.role("prediction")
        columns = tuple(dict.fromkeys((*numbers, prediction)))
        return learn(before, columns, categories, (on.role("target"), prediction), type(self))

    def _value(self, learnt: Learnt, rows: SampleProfile, before: SampleProfile) -> Reading:
        import numpy as np

        losses = learnt.losses(rows)
        value, slope = self.metric_of(float(np.mean(losses)))
        sampling = slope * float(np.std(losses)) / math.sqrt(rows.kept)
        taught = slope * learnt.residual / math.sqrt(learnt.rows)
        if not math.isfinite(value):
            return Failed("the losses are beyond the range of a double; rescale the target")
        half = CONFIDENCE * math.hypot(sampling, taught)
        return Value(
            value,
            rows=rows.eligible,
            baseline_rows=before.eligible,
            labelled_baseline_rows=before.eligible,
            interval=(max(value - half, 0.0), value + half),
            standard_error=max(sampling, taught),
        )

    def realized(self, on: Subject, at: Moment, baseline: Profiles) -> Reading:
        own = {name.removeprefix(REALIZED): part for name, part in baseline.items() if name.startswith(REALIZED)}
        return self.realizes().read(unweighted(on), at, own, None)

    def compared_with(self, on: Subject, at: Moment, baseline: Profiles) -> Reading:
        """What the baseline realized; its error is that of the sample that was learnt from."""
        reading, before = self.realized(on, at, baseline), baseline[SAMPLE]
        if not isinstance(reading, Value) or not isinstance(before, SampleProfile) or before.kept == 0:
            return reading
        learnt = self._learnt(on, before)
        if not isinstance(learnt, Learnt):
            return reading
        mean = reading.value if self.metric_of(1.0)[1] == 1.0 else reading.value**2
        return replace(reading, standard_error=self.metric_of(mean)[1] * learnt.spread / math.sqrt(learnt.rows))


def features(on: Subject) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The model's features, numbers and categories apart; without instants and without private columns."""
    roles = {column.name for column in on.roles.values()}
    known = {column.name: column for column in (*on.columns, *on.declared)}
    wanted = [known[name] for name in on.expected if name in known and name not in roles and not known[name].private]
    numbers = (one.name for one in wanted if one.type in (ColumnType.NUMERIC, ColumnType.BOOLEAN))
    categories = (one.name for one in wanted if one.type in (ColumnType.CATEGORICAL, ColumnType.TEXT))
    return tuple(numbers), tuple(categories)


@lru_cache(maxsize=16)
def learn(
    rows: SampleProfile,
    numbers: tuple[str, ...],
    categories: tuple[str, ...],
    pair: tuple[str, str],
    kind: type[EstimatedLoss],
) -> Learnt | Failed | InsufficientData:
    """Fit the loss of rows (`pair`: target and prediction); a sample is one by identity, as many windows share it."""
    import numpy as np

    try:
        from sklearn.ensemble import HistGradientBoostingRegressor
    except ImportError:
        return Failed(f"{kind.kind} needs scikit-learn; install it with: pip install 'driftline[estimation]'")
    with np.errstate(all="ignore"):
        losses = kind.loss(rows.columns[pair[0]], rows.columns[pair[1]])
    sound = np.isfinite(losses)
    if int(sound.sum()) < LEAST:
        return InsufficientData(f"{int(sound.sum())} of the baseline's rows have an error, {LEAST} are needed to learn")
    classes = {name: _classes(rows.columns[name]) for name in categories}
    columns = (*numbers, *categories)
    scale = float(losses[sound].max()) or 1.0
    scaled = losses[sound] / scale
    matrix = _matrix(rows, columns, classes)[sound]
    # The settings of NannyML's LightGBM, of which these are the defaults of both, but for the early stop.
    with one_thread():
        model = HistGradientBoostingRegressor(
            categorical_features=[name in classes for name in columns], early_stopping=False, random_state=SEED
        ).fit(matrix, scaled)
        left = scaled - model.predict(matrix)
    return Learnt(
        model, columns, classes, scale, len(scaled), float(np.std(scaled)) * scale, float(np.std(left)) * scale
    )


def _classes(values: NDArray[Any]) -> tuple[str, ...]:
    """The categories that occur, the most frequent ones where there are too many."""
    from collections import Counter

    counted = Counter(value for value in values.tolist() if value is not None)
    return tuple(
        sorted(name for name, _ in sorted(counted.items(), key=lambda one: (-one[1], one[0]))[:MOST_CATEGORIES])
    )


def _matrix(rows: SampleProfile, columns: tuple[str, ...], classes: Mapping[str, tuple[str, ...]]) -> Floats:
    """Rows by columns: numbers, and categories by their place among those that are known (NaN: another)."""
    import numpy as np

    found = np.empty((rows.kept, len(columns)))
    for at, name in enumerate(columns):
        values = rows.columns[name]
        if name in classes:
            places = {value: float(place) for place, value in enumerate(classes[name])}
            found[:, at] = [places.get(value, math.nan) for value in values.tolist()]
        else:
            found[:, at] = np.clip(values, -LARGEST, LARGEST)
    return found
