"""Reading score histograms: of the positive class or one class, or averaged over classes, each against the rest."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from driftline.checks.base import Profiles, Subject
from driftline.checks.performance._classification import estimated, none_labelled, targets, unknown_positive, weight_of
from driftline.checks.performance._intervals import Interval, Z, of_bounded
from driftline.checks.performance._ranking import Found, Measured, Ranked, Variance
from driftline.checks.reading import no_rows
from driftline.model import Failed, NoData, Reading
from driftline.profiles.base import ProfileSpec
from driftline.profiles.scores import Scores, ScoresProfile

MEANS = ("macro", "weighted")
OVER_SCORES = (
    "Over the classes of a multiclass model, each against the rest: `macro` counts every class alike, `weighted` by "
    "its labelled rows."
)
UNIT = (0.0, 1.0)
UNBOUNDED = (-math.inf, math.inf)


@dataclass(frozen=True)
class Asked:
    """How a check reads scores: the measure, the ends of its range, and whether scores must be probabilities."""

    measure: Callable[[Ranked], Found]
    ends: Interval = UNIT
    average: str = "macro"
    probabilities: bool = False


def scores(on: Subject) -> dict[str, ProfileSpec]:
    """What a check of scores needs: a profile for each class that it is about."""
    target, weight = on.role("target"), weight_of(on)
    if on.task != "multiclass":
        return {on.positive: Scores(target, on.role("score"), on.positive, weight), **targets(on)}
    classes = on.scores if on.class_ is None else [on.class_]
    return {name: Scores(target, on.scores[name], name, weight) for name in classes if name in on.scores}


def labelled_scores(on: Subject, window: Profiles) -> dict[str, ScoresProfile] | NoData | Failed:
    """The profiles by class, unless no row has both a target and a score."""
    found = {name: profile for name, profile in window.items() if isinstance(profile, ScoresProfile)}
    if not found:
        return NoData(f"there is no score column of class {on.class_}" if on.class_ else "there is no score column")
    rows = max(profile.rows for profile in found.values())
    if rows == 0:
        return no_rows()
    if max(profile.labelled for profile in found.values()) == 0:
        return none_labelled(rows, "a score", weight_of(on) is not None)
    return unknown_positive(on, window) or found


def read_scores(on: Subject, window: Profiles, asked: Asked) -> Reading:
    """The measure of one class (binary: the positive one), or its average over the classes that have it."""
    found = labelled_scores(on, window)
    if not isinstance(found, dict):
        return found
    rows, known = _rows(found)
    if asked.probabilities and any(is_outside(profile) for profile in found.values()):
        return Failed("scores outside 0 to 1 are not probabilities; give the role `score` a column of probabilities")
    ranked = {name: Ranked.of(profile) for name, profile in found.items()}
    measures = {name: _measured(each, asked.measure) for name, each in ranked.items()}
    sound = {name: each for name, each in measures.items() if isinstance(each, Measured)}
    if not sound:
        return NoData(next(each for each in measures.values() if isinstance(each, str)), rows=rows)
    by_rows = asked.average == "weighted"
    mean = averaged(sound, {name: ranked[name].total_positives if by_rows else 1.0 for name in sound})
    lacking = sorted(set(measures) - set(sound))
    note = f"without {', '.join(lacking)}: {measures[lacking[0]]}" if lacking else None
    return read_measured(mean, asked.ends, rows, known, note)


def read_pooled(on: Subject, window: Profiles, measure: Callable[[Ranked, float], Found]) -> Reading:
    """The measure of all (row, class) pairs together; a row is in as many pairs of negatives as there are others."""
    found = labelled_scores(on, window)
    if not isinstance(found, dict):
        return found
    rows, known = _rows(found)
    ranked = Ranked.of(ScoresProfile.merged([*found.values()]))
    measured = _measured(ranked, lambda pairs: measure(pairs, max(len(found) - 1.0, 1.0)))
    return NoData(measured, rows=rows) if isinstance(measured, str) else read_measured(measured, UNIT, rows, known)


def _rows(found: Mapping[str, ScoresProfile]) -> tuple[int, int]:
    """All rows, and those with a label."""
    return max(each.rows for each in found.values()), max(each.labelled for each in found.values())


def _measured(ranked: Ranked, measure: Callable[[Ranked], Found]) -> Found:
    if float(ranked.weights.sum()) <= 0:
        return "the labelled rows weigh nothing"
    return measure(ranked)


def read_measured(found: Measured, ends: Interval, rows: int, known: int, note: str | None = None) -> Reading:
    """A measure between two ends, with its interval."""
    if not math.isfinite(found.value) or not math.isfinite(found.variance.total):
        return Failed("the result is beyond the range of a double; the weights are too large to sum")
    value = min(max(found.value, ends[0]), ends[1])
    interval = found.interval or _interval(value, found, ends)
    return estimated(value, interval, bound=found.bound, rows=rows, labelled_rows=known, note=note, noise=found.noise)


def _interval(value: float, found: Measured, ends: Interval) -> Interval:
    if math.isfinite(ends[1] - ends[0]):
        return of_bounded(value, found.variance.total, ends, found.rows)
    reach = Z * math.sqrt(found.variance.total)
    return value - reach, value + reach


def averaged(measures: Mapping[str, Measured], weights: Mapping[str, float]) -> Measured:
    """The average over classes, each against the rest.

    A row is a positive of one class only, so what positives contribute is independent; it is a negative of all others,
    and how these contributions go together is not known: they are taken to do so entirely, which is the most.
    """
    total = sum(weights[name] for name in measures)
    if len(measures) == 1 or total <= 0:
        return next(iter(measures.values()))
    parts = [(weights[name] / total, each) for name, each in measures.items()]
    intervals = [(part, each.interval) for part, each in parts if each.interval is not None]
    ends = [sum(part * interval[at] for part, interval in intervals) for at in (0, 1)]
    of_positives = sum(part**2 * each.variance.of_positives for part, each in parts)
    of_negatives = sum(part * math.sqrt(each.variance.of_negatives) for part, each in parts)
    return Measured(
        sum(part * each.value for part, each in parts),
        Variance((math.sqrt(of_positives) + of_negatives) ** 2),
        min(each.rows for _, each in parts),
        sum(part * each.bound for part, each in parts),
        (ends[0], ends[1]) if intervals else None,
        sum(part * (each.noise or 0.0) for part, each in parts) if parts[0][1].noise is not None else None,
    )


def is_outside(profile: ScoresProfile) -> bool:
    """Whether the score of a labelled row is no probability."""
    return any(
        side.negative_infinities
        or side.positive_infinities
        or bool(side.low.size and (side.low[0] < 0.0 or side.high[-1] > 1.0))
        for side in (profile.positives, profile.negatives)
    )
