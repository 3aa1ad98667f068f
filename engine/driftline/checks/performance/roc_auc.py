"""Area under the ROC curve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from driftline.checks.base import Check, ColumnType, Example, Moment, Profiles, Subject, Takes
from driftline.checks.performance._classification import AVERAGES, CLASSIFICATION, targets, unknown_positive
from driftline.checks.performance._ranking import Area, area
from driftline.checks.reading import no_rows
from driftline.model import NoData, Reading, Value
from driftline.parameters import param
from driftline.profiles.base import ProfileSpec
from driftline.profiles.scores import Scores, ScoresProfile


@dataclass(frozen=True)
class RocAuc(Check):
    """Probability that a random positive row scores higher than a random negative one; ties count half. From 0 to 1.

    Multiclass models: each class against the rest, for one class (`classes:`) or averaged, as scikit-learn's
    `roc_auc_score(multi_class="ovr")`; a class without both positives and negatives is left out, and the note says so.
    Read from score histograms; the bound is half the share of pairs whose order their bin does not tell. 0.5 is chance.
    Source: Hanley and McNeil, The Meaning and Use of the Area under a ROC Curve (1982).
    """

    kind = "roc_auc"
    title = "ROC AUC"
    unit = "number"
    takes = Takes.MODEL
    tasks = CLASSIFICATION
    needs_roles = frozenset({"target", "score"})
    per_class = True
    range = (0.0, 1.0)
    bad = "below"

    average: str = param(
        "Over the classes of a multiclass model: `macro` counts every class alike, `weighted` by its labelled rows, "
        "`micro` pools all (row, class) pairs.",
        default="macro",
        choices=AVERAGES,
    )

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        target = on.role("target")
        if on.task != "multiclass":
            return {on.positive: Scores(target, on.role("score"), on.positive), **targets(on)}
        classes = on.scores if on.class_ is None else [on.class_]
        return {name: Scores(target, on.scores[name], name) for name in classes if name in on.scores}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        scores = {name: profile for name, profile in window.items() if isinstance(profile, ScoresProfile)}
        if not scores:
            return NoData(f"there is no score column of class {on.class_}" if on.class_ else "there is no score column")
        rows = max(profile.rows for profile in scores.values())
        known = max(profile.labelled for profile in scores.values())
        if rows == 0:
            return no_rows()
        if known == 0:
            return NoData(f"none of {rows} rows has both a target and a score", rows=rows)
        failure = unknown_positive(on, window)
        if failure is not None:
            return failure
        if self.average == "micro" and len(scores) > 1:
            scores = {"any class": _pooled(scores)}
        areas = {
            name: area(profile.positives, profile.negatives)
            for name, profile in scores.items()
            if profile.positives.finite and profile.negatives.finite
        }
        if not areas:
            return NoData("all labelled rows are of one class, so there is nothing to tell apart", rows=rows)
        weights = {name: scores[name].positives.finite if self.average == "weighted" else 1 for name in areas}
        mean = _mean(areas, weights)
        lacking = sorted(set(scores) - set(areas))
        note = f"without {', '.join(lacking)}: no labelled row of the class, or only of it" if lacking else None
        return Value(mean.value, bound=mean.bound, rows=rows, labelled_rows=known, note=note)

    examples = (
        Example(
            says="three of four (positive, negative) pairs are in order",
            rows={"y": [1, 1, 0, 0], "s": [0.9, 0.4, 0.6, 0.1]},
            roles={"target": "y", "score": "s"},
            task="binary",
            value=0.75,
        ),
        Example(
            says="equal scores tell nothing",
            rows={"y": [1, 0, 1, 0], "s": [0.5, 0.5, 0.5, 0.5]},
            roles={"target": "y", "score": "s"},
            task="binary",
            value=0.5,
        ),
        Example(
            says="the average of 1, 1/2 and 1, each class against the rest",
            rows={
                "y": ["a", "b", "c"],
                "p_a": [0.8, 0.3, 0.1],
                "p_b": [0.1, 0.3, 0.4],
                "p_c": [0.1, 0.4, 0.5],
            },
            roles={"target": "y"},
            scores={"a": "p_a", "b": "p_b", "c": "p_c"},
            types={"y": ColumnType.CATEGORICAL},
            task="multiclass",
            value=2.5 / 3,
        ),
        Example(
            says="one class only",
            rows={"y": [0, 0], "s": [0.2, 0.6]},
            roles={"target": "y", "score": "s"},
            task="binary",
            value="NoData",
        ),
    )


def _pooled(scores: Mapping[str, ScoresProfile]) -> ScoresProfile:
    return ScoresProfile.merged([ScoresProfile(), *scores.values()])


def _mean(areas: Mapping[str, Area], weights: Mapping[str, int]) -> Area:
    total = sum(weights.values())
    value = sum(one.value * weights[name] for name, one in areas.items()) / total
    return Area(value, sum(one.bound * weights[name] for name, one in areas.items()) / total)
