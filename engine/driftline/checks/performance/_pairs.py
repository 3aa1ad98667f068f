"""ROC AUC over the pairs of classes of a multiclass model (one against one)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping

from driftline.checks.performance._ranking import ONE_OUTCOME, Area, Measured, Ranked, Variance, area_in_parts
from driftline.profiles.class_scores import ClassScoresProfile


def area_of_pairs(profiles: Mapping[str, ClassScoresProfile], average: str) -> tuple[Measured, str | None] | str:
    """The average over pairs of classes that both occur of the areas by the score of either, with a note of the rest.

    `profiles` are by the class that a score is of. In `weighted` a pair counts by the rows of both classes. Rows of
    different classes are independent; the influences of one row on several areas are taken to go together entirely.
    Source: Hand and Till, A Simple Generalisation of the Area Under the ROC Curve (2001).
    """
    held = {name: max(each.weight(name) for each in profiles.values()) for name in profiles}
    classes = [name for name, weight in held.items() if weight > 0]
    pairs = list(itertools.permutations(classes, 2))
    areas = {(a, b): _area(profiles[a], a, b) for a, b in pairs}
    sound = {pair: found for pair, found in areas.items() if isinstance(found, Area)}
    if not sound:
        return ONE_OUTCOME
    weights = {(a, b): held[a] + held[b] if average == "weighted" else 1.0 for a, b in sound}
    total = sum(weights.values())
    errors = dict.fromkeys(classes, 0.0)
    for (a, b), found in sound.items():
        errors[a] += weights[a, b] / total * math.sqrt(found.variance.of_positives)
        errors[b] += weights[a, b] / total * math.sqrt(found.variance.of_negatives)
    measured = Measured(
        sum(weights[pair] / total * found.value for pair, found in sound.items()),
        Variance(sum(error**2 for error in errors.values())),
        min(profiles[name].effective_rows(name) for name in classes),
        sum(weights[pair] / total * found.bound for pair, found in sound.items()),
    )
    lacking = sorted(set(profiles) - set(classes))
    return measured, f"without {', '.join(lacking)}: no labelled row is of that class" if lacking else None


def _area(profile: ClassScoresProfile, positive: str, negative: str) -> Area | str:
    """How well the score of one class tells its rows from those of another."""
    return area_in_parts(Ranked.of(profile.against(positive, negative)))
