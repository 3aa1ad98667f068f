"""Log loss."""

from __future__ import annotations

import math
from dataclasses import dataclass

from driftline.checks.base import Check, ColumnType, Example, Moment, Profiles, Subject, Takes
from driftline.checks.performance._classification import CLASSIFICATION, targets, unknown_positive
from driftline.checks.reading import finite, no_rows
from driftline.model import Failed, NoData, Reading
from driftline.profiles.base import Profile, ProfileSpec
from driftline.profiles.scores import Likelihood, LikelihoodProfile, Scores, ScoresProfile


@dataclass(frozen=True)
class LogLoss(Check):
    """Mean of -ln(probability that the model gave to the class that happened); not negative, 0 is perfect.

    Probabilities are kept at least the machine epsilon (2.2e-16) away from 0 and 1, as in scikit-learn's `log_loss`.
    Scores outside 0 to 1 are no probabilities and fail. Source: Good, Rational Decisions (1952).
    """

    kind = "log_loss"
    title = "Log loss"
    takes = Takes.MODEL
    tasks = CLASSIFICATION
    needs_roles = frozenset({"target", "score"})
    range = (0.0, None)
    bad = "above"

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        target = on.role("target")
        if on.task == "multiclass":
            return {"losses": Likelihood(target, tuple(sorted(on.scores.items())))}
        return {"losses": Scores(target, on.role("score"), on.positive), **targets(on)}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        losses = window["losses"]
        rows = losses.rows
        if rows == 0:
            return no_rows()
        total, count, outside = _losses(losses)
        if outside:
            return Failed("scores outside 0 to 1 are not probabilities; log loss is not defined for them")
        if count == 0:
            return NoData(f"none of {rows} rows has both a target and a score", rows=rows)
        failure = unknown_positive(on, window)
        if failure is not None:
            return failure
        return finite(total / count, bound=0.0, rows=rows, labelled_rows=count)

    examples = (
        Example(
            says="0.8 and 0.5 given to what happened",
            rows={"y": [1, 0], "s": [0.8, 0.5]},
            roles={"target": "y", "score": "s"},
            task="binary",
            value=-(math.log(0.8) + math.log(0.5)) / 2,
        ),
        Example(
            says="three classes",
            rows={"y": ["a", "c"], "p_a": [0.5, 0.1], "p_b": [0.3, 0.1], "p_c": [0.2, 0.8]},
            roles={"target": "y"},
            scores={"a": "p_a", "b": "p_b", "c": "p_c"},
            types={"y": ColumnType.CATEGORICAL},
            task="multiclass",
            value=-(math.log(0.5) + math.log(0.8)) / 2,
        ),
        Example(
            says="log-odds instead of probabilities",
            rows={"y": [1, 0], "s": [3.2, -1.0]},
            roles={"target": "y", "score": "s"},
            task="binary",
            value="Failed",
        ),
    )


def _losses(profile: Profile) -> tuple[float, int, bool]:
    """Summed loss, rows that it is summed over, and whether a labelled row's score is no probability."""
    if isinstance(profile, LikelihoodProfile):
        return profile.log_loss, profile.count, profile.outside > 0
    assert isinstance(profile, ScoresProfile)
    sides = [side for side in (profile.positives, profile.negatives) if side.values]
    outside = any(
        side.negative_infinities
        or side.positive_infinities
        or bool(side.low.size and (side.low[0] < 0.0 or side.high[-1] > 1.0))
        for side in sides
    )
    return profile.log_loss, profile.labelled, outside
