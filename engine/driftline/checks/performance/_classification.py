"""Reading a confusion matrix: the score of one class, or its average over classes as scikit-learn takes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from driftline.checks.base import ColumnType, Profiles, Subject
from driftline.checks.performance._intervals import Interval, error_of
from driftline.checks.performance._matrix import Matrix
from driftline.checks.performance._share import Estimate, Score, averaged, of_class
from driftline.checks.quotient import Quotient
from driftline.checks.reading import no_rows
from driftline.model import Failed, NoData, Reading, Value
from driftline.profiles.base import ProfileSpec
from driftline.profiles.columns import ALIKE
from driftline.profiles.confusion import Confusion, ConfusionProfile
from driftline.profiles.frequencies import Frequencies, FrequenciesProfile

CLASSIFICATION = frozenset({"binary", "multiclass"})
AVERAGES = ("macro", "micro", "weighted")
OVER_CLASSES = (
    "Over the classes of a multiclass model: `macro` counts every class alike, `weighted` by its labelled rows, "
    "`micro` pools all rows."
)


def confusion(on: Subject) -> dict[str, ProfileSpec]:
    """What a check of predicted classes needs."""
    return {"confusion": Confusion(on.role("target"), on.role("prediction"), weight_of(on)), **targets(on)}


def weight_of(on: Subject) -> str | None:
    """The column of the model's role `weight`, if it has one."""
    return on.roles["weight"].name if "weight" in on.roles else None


def labelled(window: Profiles) -> ConfusionProfile | NoData:
    """The confusion matrix, unless no row has both a target and a prediction."""
    matrix = window["confusion"]
    assert isinstance(matrix, ConfusionProfile)
    if matrix.labelled == 0:
        return none_labelled(matrix.rows, "a prediction", matrix.weights is not None)
    return matrix


def none_labelled(rows: int, read: str, weighted: bool) -> NoData:
    """Nothing to measure: no row has all of what a labelled row has."""
    if rows == 0:
        return no_rows()
    lacking = f"a target, {read} and a valid weight" if weighted else f"both a target and {read}"
    return NoData(f"none of {rows} rows has {lacking}", rows=rows)


def targets(on: Subject) -> dict[str, ProfileSpec]:
    """What tells whether a binary model's positive class occurs at all: needed only where the target is text."""
    target = on.roles.get("target")
    if on.task != "binary" or target is None or target.is_numeric or target.type is ColumnType.BOOLEAN:
        return {}
    return {"targets": Frequencies(target.name)}


def unknown_positive(on: Subject, window: Profiles) -> Failed | None:
    """A failure when the target holds several values and none of them is the positive class."""
    found = window.get("targets")
    if not isinstance(found, FrequenciesProfile) or len(found.counts) < 2:
        return None
    alike = next((words for words in ALIKE if on.positive.lower() in words), (on.positive.lower(),))
    if any(name.lower() in alike for name in found.counts):
        return None
    held = ", ".join(sorted(found.counts)[:4])
    return Failed(f"the target holds {held}, and the positive class is {on.positive}; write positive: of the model")


def read_matrix(on: Subject, window: Profiles, estimate: Callable[[Matrix], Estimate | str]) -> Reading:
    """A measure of the confusion matrix, or why there is none."""
    profile = labelled(window)
    if isinstance(profile, NoData):
        return profile
    failure = unknown_positive(on, window)
    if failure is not None:
        return failure
    matrix = Matrix.of(profile)
    if matrix.weights.total == 0:
        return NoData("the labelled rows weigh nothing", rows=profile.rows)
    found = estimate(matrix)
    if isinstance(found, str):
        return NoData(found, rows=profile.rows)
    value, interval = found
    return estimated(value, interval, bound=0.0, rows=profile.rows, labelled_rows=profile.labelled)


def read_score(on: Subject, window: Profiles, score: Score, average: str) -> Reading:
    """The score of one class (binary: the positive one), or its average over all classes."""

    def estimate(matrix: Matrix) -> Estimate | str:
        one = on.class_ if on.class_ is not None else positive_class(on, matrix.classes)
        return averaged(matrix, score, average) if one is None else of_class(matrix, score, one)

    return read_matrix(on, window, estimate)


def of_right(window: Profiles) -> Quotient:
    """The share of rows that are right, as a quotient."""
    matrix = _matrix(window)
    return Quotient(float(matrix.weights.hits.sum()), matrix.weights.total)


def of_score(on: Subject, window: Profiles, score: Score) -> Quotient | str:
    """The score of one class as a quotient: of precision the rows predicted to be of it are what it is a share of."""
    matrix = _matrix(window)
    one = on.class_ if on.class_ is not None else positive_class(on, matrix.classes)
    if one is None:
        return "an average over classes is not a quotient of sums over rows; ask for single ones with `classes: each`"
    good, bad = score.sums(matrix, one)
    return Quotient(2 * good, 2 * good + bad) if score.harmonic else Quotient(good, good + bad)


def _matrix(window: Profiles) -> Matrix:
    profile = window["confusion"]
    assert isinstance(profile, ConfusionProfile)
    return Matrix.of(profile)


def estimated(value: float, interval: Interval, **parts: Any) -> Value:
    """A value with its interval, rounding aside around it, and the standard error that follows from it."""
    around = min(interval[0], value), max(interval[1], value)
    return Value(value, interval=around, standard_error=error_of(around), **parts)


def positive_class(on: Subject, classes: Sequence[str]) -> str | None:
    """The positive class as the data spells it (`1` also means `true`); None for a multiclass model."""
    if on.task != "binary":
        return None
    alike = next((words for words in ALIKE if on.positive.lower() in words), ())
    return next((name for name in classes if name.lower() in alike), on.positive)
