"""Calibration drift: does what is scored happen as often as it did, at equal scores?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean

from driftline.checks.base import Check, ColumnType, Example, Moment, Profiles, Subject, Takes
from driftline.checks.performance._classification import CLASSIFICATION, targets, unknown_positive
from driftline.checks.performance._reliability import Reliability
from driftline.checks.reading import no_rows
from driftline.config.document import Bounds, Threshold
from driftline.model import Contribution, Failed, NoData, Reading, Value
from driftline.parameters import param
from driftline.profiles.base import ProfileSpec
from driftline.profiles.scores import Scores, ScoresProfile

LARGEST = 3  # bins that are named
Scored = Mapping[str, ScoresProfile]


@dataclass(frozen=True)
class CalibrationDrift(Check):
    """Mean over the window's rows of |how often it happens − how often it did in the baseline|, at equal scores.

    From 0 to 1. Rows are cut into bins by score, and each bin into 20 strata in which scores are as good as equal; the
    difference of a bin is that of Mantel and Haenszel over its strata. So a shift of the scores alone does not count:
    only what the scores mean has changed, which is concept drift. The p-value is that of the sum over bins of
    Mantel-Haenszel chi-squares, each with one degree of freedom; the noise floor follows from the same variances. The
    contributions are the parts of the bins. Rows without a label or a finite score are left out. Multiclass models: one
    class (`classes:`), or the mean over the classes, each against the rest, with the smallest p-value times their
    number. Source: Mantel and Haenszel, JNCI 22 (1959); Greenland and Robins, Biometrics 41 (1985).
    """

    kind = "calibration_drift"
    title = "Calibration drift"
    unit = "ratio"
    takes = Takes.MODEL
    tasks = CLASSIFICATION
    needs_roles = frozenset({"target", "score"})
    needs_baseline = True
    significance = True
    per_class = True
    range = (0.0, 1.0)
    bad = "above"
    default_threshold = Threshold(warning=Bounds(above=0.05), critical=Bounds(above=0.1))

    bins: int = param("Number of bins of the score, of about as many rows each.", minimum=2, maximum=100, default=10)

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        target = on.role("target")
        if on.task != "multiclass":
            return {on.positive: Scores(target, on.role("score"), on.positive), **targets(on)}
        classes = on.scores if on.class_ is None else [on.class_]
        return {name: Scores(target, on.scores[name], name) for name in classes if name in on.scores}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        if baseline is None:
            return Failed("there is no baseline to compare with; give the model or the monitor a baseline")
        sides = [{n: one for n, one in side.items() if isinstance(one, ScoresProfile)} for side in (window, baseline)]
        if not sides[0]:
            return NoData(f"there is no score column of class {on.class_}" if on.class_ else "there is no score column")
        for side, scores in zip(("window", "baseline"), sides, strict=True):
            rows = max(one.rows for one in scores.values())
            if rows == 0:
                return no_rows(f"the {side}")
            if not any(one.labelled for one in scores.values()):
                return NoData(f"none of {rows} rows of the {side} has both a target and a score", rows=rows)
        failure = unknown_positive(on, window)
        return failure or self._compared(at, *sides)

    def _compared(self, at: Moment, now: Scored, then: Scored) -> Reading:
        """The mean over the classes that are scored on both sides."""
        rows = max(one.rows for one in now.values())
        both = [name for name, one in now.items() if one.labelled and then[name].labelled]
        made = ((name, Reliability.of(now[name], then[name], self.bins)) for name in both)
        found = {name: one for name, one in made if len(one.share)}
        if not found:
            return NoData("window and baseline have no scores in common", rows=rows)
        several = len(found) > 1
        each = tuple(found.values())
        parts = [part for name, one in found.items() for part in _parts(one, name if several else None, len(found))]
        parts.sort(key=lambda part: -part.value)
        return Value(
            fmean(one.value for one in each),
            p_value=min(1.0, len(each) * min(one.p_value() for one in each)),
            bound=0.0,
            rows=rows,
            labelled_rows=max(one.labelled for one in now.values()),
            labelled_baseline_rows=max(one.labelled for one in then.values()),
            note=None if several else _note(each[0]),
            noise=fmean(one.noise() for one in each) if at.draws else None,
            direction=None if several else each[0].direction,
            contributions=tuple(parts),
        )

    examples = (
        Example(
            says="of what is scored 0.8, half as much happens as before; of what is scored 0.2, as much",
            rows={"y": [1, 1] + [0] * 8 + [1] * 4 + [0] * 6, "s": [0.2] * 10 + [0.8] * 10},
            baseline={"y": [1, 1] + [0] * 8 + [1] * 8 + [0] * 2, "s": [0.2] * 10 + [0.8] * 10},
            roles={"target": "y", "score": "s"},
            task="binary",
            value=0.2,
        ),
        Example(
            says="more rows have high scores, which mean what they did",
            rows={"y": [1, 0, 0, 0, 0] + [1] * 16 + [0] * 4, "s": [0.2] * 5 + [0.8] * 20},
            baseline={"y": [1, 1] + [0] * 8 + [1] * 8 + [0] * 2, "s": [0.2] * 10 + [0.8] * 10},
            roles={"target": "y", "score": "s"},
            task="binary",
            value=0.0,
        ),
        Example(
            says="the mean over three classes, of which one is as it was",
            rows={
                "y": ["a", "a", "b", "c"],
                "p_a": [0.5] * 4,
                "p_b": [0.25] * 4,
                "p_c": [0.25] * 4,
            },
            baseline={"y": ["a", "a", "b", "b"], "p_a": [0.5] * 4, "p_b": [0.25] * 4, "p_c": [0.25] * 4},
            roles={"target": "y"},
            scores={"a": "p_a", "b": "p_b", "c": "p_c"},
            types={"y": ColumnType.CATEGORICAL},
            task="multiclass",
            value=0.5 / 3,
        ),
        Example(
            says="no label yet",
            rows={"y": [None, None], "s": [0.2, 0.6]},
            baseline={"y": [0, 1], "s": [0.2, 0.6]},
            roles={"target": "y", "score": "s"},
            task="binary",
            value="NoData",
        ),
    )


def _parts(found: Reliability, class_: str | None, classes: int) -> list[Contribution]:
    """What each bin adds to the value, by its range of scores."""
    sized = (found.share * abs(found.differences) / classes).tolist()
    spans = zip(found.low.tolist(), found.high.tolist(), sized, strict=True)
    of = f"{class_}: " if class_ is not None else ""
    return [Contribution(f"{of}score {low:.3g} to {high:.3g}", value) for low, high, value in spans if value]


def _note(found: Reliability) -> str | None:
    """The bins that differ most, and how much, for people."""
    order = sorted(range(len(found.share)), key=lambda at: -abs(found.share[at] * found.differences[at]))[:LARGEST]
    said = [
        f"{found.low[at]:.3g} to {found.high[at]:.3g}: {found.differences[at]:+.1%}"
        for at in order
        if found.differences[at]
    ]
    return f"at scores {', '.join(said)}" if said else None
