"""Expected cost."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from driftline.checks.base import Check, Example, Moment, Profiles, Subject, Takes
from driftline.checks.performance._classification import confusion, positive_class, read_matrix, weight_of
from driftline.checks.performance._intervals import Interval, wilson_of_sums
from driftline.checks.performance._matrix import Matrix
from driftline.checks.performance._ranking import Ranked, cheapest
from driftline.checks.performance._share import Estimate
from driftline.checks.quotient import Quotient
from driftline.model import Reading, Value
from driftline.parameters import param
from driftline.profiles.base import ProfileSpec
from driftline.profiles.confusion import ConfusionProfile
from driftline.profiles.scores import Scores, ScoresProfile

Errors = tuple[float, float]  # of false positives, of false negatives


@dataclass(frozen=True)
class Cost(Check):
    """What wrong predictions cost per labelled row: (cost x false positives + cost x false negatives) / rows; exact.

    In the unit of the costs; with both 1 it is the share of rows that are wrong. Where the model has a score, the note
    says from which score on alarms would have cost least on the labelled rows of the window, and how much: a threshold
    to compare with the one in use. It is read from the score histogram. Source: Elkan, The Foundations of
    Cost-Sensitive Learning (2001).

    The interval puts Wilson's (1927) of both kinds of errors together (Zou and Donner, 2008). Rows count by their
    weight where the model has one.
    """

    kind = "cost"
    title = "Expected cost"
    takes = Takes.MODEL
    tasks = frozenset({"binary"})
    needs_roles = frozenset({"target", "prediction"})
    range = (0.0, None)
    bad = "above"

    false_positive: float = param("What a false alarm costs.", minimum=0.0, default=1.0)
    false_negative: float = param("What a missed positive costs.", minimum=0.0, default=1.0)

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        needed = confusion(on)
        if "score" in on.roles:
            needed["scores"] = Scores(on.role("target"), on.role("score"), on.positive, weight_of(on))
        return needed

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        def estimate(matrix: Matrix) -> Estimate:
            return self._cost(matrix, positive_class(on, matrix.classes))

        found = read_matrix(on, window, estimate)
        return replace(found, note=self._cheapest(on, window)) if isinstance(found, Value) else found

    def _cost(self, matrix: Matrix, positive: str | None) -> Estimate:
        """The cost per row, and its interval."""
        costs, intervals, shares = (self.false_positive, self.false_negative), [], []
        for cells in _wrong(matrix, positive):
            share, interval = _share(matrix, cells)
            shares.append(share)
            intervals.append(interval)
        value = costs[0] * shares[0] + costs[1] * shares[1]
        below = [cost * (share - end[0]) for cost, share, end in zip(costs, shares, intervals, strict=True)]
        above = [cost * (end[1] - share) for cost, share, end in zip(costs, shares, intervals, strict=True)]
        down, up = (_together(each, shares) for each in (below, above))
        return value, (max(value - down, 0.0), value + up)

    def _cheapest(self, on: Subject, window: Profiles) -> str | None:
        """From which score on alarms would have cost least; None without a score that may be shown."""
        profile = window.get("scores")
        if not isinstance(profile, ScoresProfile) or profile.labelled == 0 or on.roles["score"].private:
            return None
        ranked = Ranked.of(profile)
        if float(ranked.weights.sum()) <= 0:
            return None
        cost, score = cheapest(ranked, self.false_positive, self.false_negative)
        when = "no alarm at all" if score is None else f"alarms from {on.role('score')} = {score:.4g} on"
        return f"{when} would have cost {cost:.4g}, the least"

    def quotient(self, on: Subject, window: Profiles) -> Quotient | str:
        profile = window["confusion"]
        assert isinstance(profile, ConfusionProfile)
        matrix = Matrix.of(profile)
        wrong = _wrong(matrix, positive_class(on, matrix.classes))
        costs = (self.false_positive, self.false_negative)
        sums = (cost * float(matrix.weight[cells].sum()) for cost, cells in zip(costs, wrong, strict=True))
        return Quotient(sum(sums), matrix.weights.total)

    examples = (
        Example(
            says="one false alarm and one missed positive among eight rows",
            rows={"y": [1, 1, 1, 0, 0, 0, 0, 0], "p": [1, 1, 0, 1, 0, 0, 0, 0]},
            parameters={"false_positive": 1, "false_negative": 20},
            roles={"target": "y", "prediction": "p"},
            task="binary",
            value=21 / 8,
        ),
        Example(
            says="nothing is wrong",
            rows={"y": [1, 0, None], "p": [1, 0, 1]},
            roles={"target": "y", "prediction": "p"},
            task="binary",
            value=0.0,
        ),
        Example(
            says="no label yet",
            rows={"y": [None, None], "p": [1, 0]},
            roles={"target": "y", "prediction": "p"},
            task="binary",
            value="NoData",
        ),
    )


def _wrong(matrix: Matrix, positive: str | None) -> tuple[list[bool], list[bool]]:
    """Which cells of the matrix are false positives, and which false negatives."""
    is_positive = [name == positive for name in matrix.classes]
    cells = [(is_positive[t], is_positive[p]) for t, p in zip(matrix.target, matrix.prediction, strict=True)]
    return [not t and p for t, p in cells], [t and not p for t, p in cells]


def _share(matrix: Matrix, wrong: list[bool]) -> tuple[float, Interval]:
    """The share of rows in some cells, with Wilson's interval."""
    import numpy as np

    inside = np.array(wrong, bool)
    sums = [np.array([float(each[at].sum())]) for each in (matrix.weight, matrix.square) for at in (inside, ~inside)]
    low, high = wilson_of_sums(*sums)
    return float(sums[0][0]) / matrix.weights.total, (float(low[0]), float(high[0]))


def _together(parts: list[float], shares: list[float]) -> float:
    """Distances of two shares of the same rows, of which more of one leaves less for the other, put together."""
    a, b = shares
    left = (1 - a) * (1 - b)
    opposed = -math.sqrt(a * b / left) if left > 0 else -1.0
    return math.sqrt(max(parts[0] ** 2 + parts[1] ** 2 + 2 * max(opposed, -1.0) * parts[0] * parts[1], 0.0))
