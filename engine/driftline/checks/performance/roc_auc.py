"""Area under the ROC curve."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.checks.base import Check, ColumnType, Example, Moment, Profiles, Subject, Takes
from driftline.checks.performance._classification import AVERAGES, CLASSIFICATION, none_labelled, weight_of
from driftline.checks.performance._pairs import area_of_pairs
from driftline.checks.performance._ranking import Found, Ranked, area
from driftline.checks.performance._scores import UNIT, Asked, read_measured, read_pooled, read_scores, scores
from driftline.checks.reading import no_rows
from driftline.model import Failed, NoData, Reading
from driftline.parameters import param
from driftline.profiles.base import ProfileSpec
from driftline.profiles.class_scores import ClassScores, ClassScoresProfile


@dataclass(frozen=True)
class RocAuc(Check):
    """Probability that a random positive row scores higher than a random negative one; ties count half. From 0 to 1.

    Multiclass models: each class against the rest, for one class (`classes:`) or averaged, as scikit-learn's
    `roc_auc_score(multi_class="ovr")`; a class without both positives and negatives is left out, and the note says so.
    With `multi_class: ovo` the average over all pairs of classes, of rows of these two classes only and by the score of
    either (Hand and Till, 2001), so that the frequencies of the classes do not matter; it keeps the scores of each
    class by target. Read from score histograms; the bound is half the share of pairs whose order their bin does not
    tell. 0.5 is chance. Source: Hanley and McNeil, The Meaning and Use of the Area under a ROC Curve (1982).

    The interval has the variance of DeLong, DeLong and Clarke-Pearson (1988), and the shape of Wilson's (1927). Of
    an average over classes it is rather too long: what a row contributes as a negative of several classes is taken to
    go together entirely. Rows count by their weight where the model has one.
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
        "Over the classes of a multiclass model: `macro` counts every class (or pair) alike, `weighted` by its "
        "labelled rows, `micro` pools all (row, class) pairs, which `ovo` does not have.",
        default="macro",
        choices=AVERAGES,
    )
    multi_class: str = param(
        "Of a multiclass model: `ovr` is each class against the rest, `ovo` each pair of classes.",
        default="ovr",
        choices=("ovr", "ovo"),
    )

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        if not self._by_pairs(on):
            return scores(on)
        classes = tuple(sorted(on.scores))
        return {name: ClassScores(on.role("target"), on.scores[name], classes, weight_of(on)) for name in classes}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        if self._by_pairs(on):
            return self._of_pairs(on, window)
        if on.task == "multiclass" and on.class_ is None and self.average == "micro":
            return read_pooled(on, window, area)
        return read_scores(on, window, Asked(_area, average=self.average))

    def _by_pairs(self, on: Subject) -> bool:
        return on.task == "multiclass" and self.multi_class == "ovo"

    def _of_pairs(self, on: Subject, window: Profiles) -> Reading:
        if on.class_ is not None:
            return Failed("`multi_class: ovo` is of pairs of classes and has no value of one; write `multi_class: ovr`")
        if self.average == "micro":
            return Failed("`multi_class: ovo` has no `average: micro`; write macro or weighted")
        profiles = {name: each for name, each in window.items() if isinstance(each, ClassScoresProfile)}
        rows = max((each.rows for each in profiles.values()), default=0)
        known = max((each.labelled for each in profiles.values()), default=0)
        if rows == 0:
            return no_rows() if profiles else NoData("there is no score column")
        if known == 0:
            return none_labelled(rows, "a score", weight_of(on) is not None)
        found = area_of_pairs(profiles, self.average)
        if isinstance(found, str):
            return NoData(found, rows=rows)
        measured, note = found
        return read_measured(measured, UNIT, rows, known, note)

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
            says="the average over pairs; of b and c the score of b tells the wrong way",
            rows={"y": ["a", "b", "c"], "p_a": [0.8, 0.3, 0.1], "p_b": [0.1, 0.3, 0.4], "p_c": [0.1, 0.4, 0.5]},
            parameters={"multi_class": "ovo"},
            roles={"target": "y"},
            scores={"a": "p_a", "b": "p_b", "c": "p_c"},
            types={"y": ColumnType.CATEGORICAL},
            task="multiclass",
            value=((1 + 1) / 2 + (1 + 1) / 2 + (0 + 1) / 2) / 3,
        ),
        Example(
            says="one class only",
            rows={"y": [0, 0], "s": [0.2, 0.6]},
            roles={"target": "y", "score": "s"},
            task="binary",
            value="NoData",
        ),
    )


def _area(ranked: Ranked) -> Found:
    return area(ranked)
