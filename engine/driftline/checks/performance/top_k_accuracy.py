"""Top-k accuracy."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.checks.base import Check, ColumnType, Example, Moment, Profiles, Subject, Takes
from driftline.checks.performance._classification import estimated, none_labelled, weight_of
from driftline.checks.performance._intervals import wilson_of_sums
from driftline.checks.quotient import Quotient
from driftline.checks.reading import no_rows
from driftline.model import NoData, Reading
from driftline.parameters import param
from driftline.profiles.base import ProfileSpec
from driftline.profiles.target_ranks import TargetRanks, TargetRanksProfile


@dataclass(frozen=True)
class TopKAccuracy(Check):
    """Share of the labelled rows whose target is among the k classes that score highest. From 0 to 1; exact.

    With `k: 1` the accuracy of always predicting the class with the highest score. Of classes with equal scores the
    later one by name stands first, as in scikit-learn's `top_k_accuracy_score`. Rows whose target has no score column,
    or that lack one of the scores, are left out.

    The interval is Wilson's (1927). Rows count by their weight where the model has one.
    """

    kind = "top_k_accuracy"
    title = "Top-k accuracy"
    unit = "ratio"
    takes = Takes.MODEL
    tasks = frozenset({"multiclass"})
    needs_roles = frozenset({"target", "score"})
    range = (0.0, 1.0)
    bad = "below"

    k: int = param("How many of the highest scores are looked at.", minimum=1, default=2)

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return {"ranks": TargetRanks(on.role("target"), tuple(sorted(on.scores.items())), weight_of(on))}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        import numpy as np

        ranks = window["ranks"]
        assert isinstance(ranks, TargetRanksProfile)
        if ranks.rows == 0:
            return no_rows()
        if ranks.labelled == 0:
            return none_labelled(ranks.rows, "all scores", ranks.weights is not None)
        high = np.array([rank <= self.k for rank in ranks.counts])
        weights, squares = (
            np.array([(ranks.counts if sums is None else sums)[rank] for rank in ranks.counts], float)
            for sums in (ranks.weights, ranks.squares)
        )
        if weights.sum() <= 0:
            return NoData("the labelled rows weigh nothing", rows=ranks.rows)
        sums = [np.array([each[rows].sum()]) for each in (weights, squares) for rows in (high, ~high)]
        low, up = wilson_of_sums(*sums)
        share = float(sums[0][0] / weights.sum())
        return estimated(share, (float(low[0]), float(up[0])), bound=0.0, rows=ranks.rows, labelled_rows=ranks.labelled)

    def quotient(self, on: Subject, window: Profiles) -> Quotient | str:
        ranks = window["ranks"]
        assert isinstance(ranks, TargetRanksProfile)
        weights = ranks.counts if ranks.weights is None else ranks.weights
        return Quotient(sum(weights[rank] for rank in weights if rank <= self.k), sum(weights.values()))

    examples = (
        Example(
            says="the target scores first, second, third and second",
            rows={
                "y": ["a", "b", "c", "c", None],
                "p_a": [0.8, 0.5, 0.5, 0.6, 0.1],
                "p_b": [0.1, 0.3, 0.3, 0.1, 0.1],
                "p_c": [0.1, 0.2, 0.2, 0.3, 0.8],
            },
            roles={"target": "y"},
            scores={"a": "p_a", "b": "p_b", "c": "p_c"},
            types={"y": ColumnType.CATEGORICAL},
            task="multiclass",
            value=0.75,
        ),
        Example(
            says="no label yet",
            rows={"y": [None], "p_a": [0.8], "p_b": [0.2]},
            roles={"target": "y"},
            scores={"a": "p_a", "b": "p_b"},
            types={"y": ColumnType.CATEGORICAL},
            task="multiclass",
            value="NoData",
        ),
    )
