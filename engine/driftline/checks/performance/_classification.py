"""Reading a confusion matrix: counts of one class, or their average over classes as scikit-learn takes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from driftline.checks.base import ColumnType, Profiles, Subject
from driftline.model import Failed, NoData, Reading, Value
from driftline.profiles.base import ProfileSpec
from driftline.profiles.columns import ALIKE
from driftline.profiles.confusion import Confusion, ConfusionProfile
from driftline.profiles.frequencies import Frequencies, FrequenciesProfile

CLASSIFICATION = frozenset({"binary", "multiclass"})
AVERAGES = ("macro", "micro", "weighted")


@dataclass(frozen=True)
class Outcomes:
    """True positives, false positives and false negatives of a class against the rest."""

    hits: int
    false_alarms: int
    misses: int

    @property
    def predicted(self) -> int:
        return self.hits + self.false_alarms

    @property
    def actual(self) -> int:
        return self.hits + self.misses


Score = Callable[[Outcomes], float | str]  # a value, or why there is none


def confusion(on: Subject) -> dict[str, ProfileSpec]:
    """What a check of predicted classes needs."""
    return {"confusion": Confusion(on.role("target"), on.role("prediction")), **targets(on)}


def labelled(window: Profiles) -> ConfusionProfile | NoData:
    """The confusion matrix, unless no row has both a target and a prediction."""
    matrix = window["confusion"]
    assert isinstance(matrix, ConfusionProfile)
    if matrix.labelled == 0:
        reason = f"none of {matrix.rows} rows has both a target and a prediction"
        return NoData(reason if matrix.rows else "the window has no rows", rows=matrix.rows)
    return matrix


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


def read_score(on: Subject, window: Profiles, score: Score, average: str) -> Reading:
    """The score of one class (binary: the positive one), or its average over all classes."""
    matrix = labelled(window)
    if isinstance(matrix, NoData):
        return matrix
    failure = unknown_positive(on, window)
    if failure is not None:
        return failure
    one = on.class_ if on.class_ is not None else positive_class(on, matrix)
    value = score(Outcomes(*matrix.of_class(one))) if one is not None else averaged(matrix, score, average)
    if isinstance(value, str):
        return NoData(value, rows=matrix.rows)
    return Value(value, bound=0.0, rows=matrix.rows, labelled_rows=matrix.labelled)


def positive_class(on: Subject, matrix: ConfusionProfile) -> str | None:
    """The positive class as the data spells it (`1` also means `true`); None for a multiclass model."""
    if on.task != "binary":
        return None
    alike = next((words for words in ALIKE if on.positive.lower() in words), ())
    return next((name for name in matrix.classes if name.lower() in alike), on.positive)


def averaged(matrix: ConfusionProfile, score: Score, average: str) -> float:
    """The average over every class that is a target or a prediction; a class without a value counts 0."""
    classes = [Outcomes(*matrix.of_class(name)) for name in matrix.classes]
    if average == "micro":
        wrong = matrix.labelled - matrix.correct  # a false alarm of one class is a miss of another
        return _number(score(Outcomes(matrix.correct, wrong, wrong)))
    weights = [one.actual if average == "weighted" else 1 for one in classes]
    total = sum(_number(score(one)) * weight for one, weight in zip(classes, weights, strict=True))
    return total / sum(weights)


def _number(value: float | str) -> float:
    return 0.0 if isinstance(value, str) else value
