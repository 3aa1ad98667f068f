"""Can a classifier tell the rows of the window from those of the baseline?"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from driftline.checks.base import Check, Column, ColumnType, Example, Moment, Profiles, Subject, Takes
from driftline.checks.drift._many import SAMPLE, largest, private, sample_of
from driftline.checks.drift._rows import Pooled, pooled
from driftline.checks.learning import one_thread
from driftline.config.document import Bounds, Threshold
from driftline.model import Contribution, Failed, NoData, Reading, Value
from driftline.parameters import param
from driftline.profiles.base import ProfileSpec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FOLDS = 5
SHUFFLED = 500  # rows of a part
TELLING = 0.05  # the p-value above which the classifier has found nothing, so that no column gives anything away
Z_95 = 1.6448536269514722
LOW, HIGH, WEEKDAY = ([start + float(n % cycle) for n in range(100)] for start, cycle in ((0, 100), (200, 100), (0, 7)))


@dataclass(frozen=True)
class DomainClassifier(Check):
    """The ROC AUC of a classifier that tells rows of the window from rows of the baseline; 0.5 when it cannot.

    A histogram gradient boosting learns from four fifths of a sample of rows of both sides and ranks the fifth part,
    five times; rows that are the same are always in one part. The value is the mean AUC of the parts. It sees any
    difference between the two sets of rows, in one column or between columns. The contributions are the columns that
    give it away: the AUC that is lost when a column is shuffled, shown where the classifier has found something. Where
    a model declares no `importance`, they stand for it when a drift of its predictions is explained.

    The p-value is that of the Mann-Whitney test in each part, taken together, with twice the variance: what two parts
    have in common by chance is counted twice, since each ranks what the other has taught. The noise floor is of the
    same law. Needs the extra `driftline[classifier]`. Source: Lopez-Paz and Oquab, Revisiting
    Classifier Two-Sample Tests (2017); Friedman, On Multivariate Goodness-of-Fit and Two-Sample Testing (2003).
    """

    kind = "domain_classifier"
    title = "Classifier that tells window from baseline"
    takes = Takes.COLUMNS
    column_types = frozenset({ColumnType.NUMERIC, ColumnType.BOOLEAN, ColumnType.CATEGORICAL})
    needs_baseline = True
    significance = True
    tells_columns = True
    range = (0.0, 1.0)
    bad = "above"
    default_threshold = Threshold(warning=Bounds(above=0.55), critical=Bounds(above=0.7))

    rows: int = param("Most rows of each side in the sample.", minimum=100, maximum=100_000, default=5_000)

    def unfit(self, column: Column) -> str | None:
        return private(column)

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return {SAMPLE: sample_of(on, self.rows)}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        found = pooled(window, baseline, self.rows)
        if not isinstance(found, Pooled):
            return found
        parts = _parts(found)
        if not isinstance(parts, list):
            return parts
        pairs = sum(part.pairs for part in parts)
        value = sum(part.auc * part.pairs for part in parts) / pairs
        # What two parts have in common by chance is counted twice, since each of them ranks what the other has taught.
        error = math.sqrt(2 * sum((part.error * part.pairs) ** 2 for part in parts)) / pairs
        p_value = 0.5 * math.erfc((value - 0.5) / error / math.sqrt(2.0)) if error > 0 else 1.0
        return Value(
            value,
            p_value=p_value,
            rows=found.total,
            baseline_rows=found.baseline_total,
            noise=0.5 + Z_95 * error,
            contributions=_given_away(found, parts) if p_value <= TELLING else (),
            note=None if found.is_whole else found.note,
        )

    examples = (
        Example(
            says="a line parts them",
            rows={"x": HIGH, "y": WEEKDAY},
            baseline={"x": LOW, "y": WEEKDAY},
            selected=("x", "y"),
            value=1.0,
        ),
        Example(
            says="too few rows", rows={"x": [1.0]}, baseline={"x": [1.0]}, selected=("x",), value="InsufficientData"
        ),
    )


@dataclass(frozen=True)
class _Part:
    """One part of the rows, the classifier that has not seen it, and how well it ranks it."""

    rows: NDArray[np.bool_]
    columns: NDArray[np.intp]  # that it learnt from: those with values
    model: Any
    auc: float
    error: float  # of the AUC of a ranking that knows nothing
    pairs: int  # of a row of the window and one of the baseline


def _parts(found: Pooled) -> list[_Part] | Failed | NoData:
    try:
        from sklearn.ensemble import HistGradientBoostingClassifier
    except ImportError:
        return Failed("domain_classifier needs scikit-learn; install it with: pip install 'driftline[classifier]'")
    with one_thread():
        parts = list(_learnt(found, HistGradientBoostingClassifier))
    return parts or NoData("no part of the rows has values and rows of both sides", rows=found.total)


def _learnt(found: Pooled, classifier: Any) -> Iterator[_Part]:
    """Each part of the rows, with what a classifier that has learnt from the others makes of it."""
    import numpy as np

    fold, categorical = found.hashes % np.uint64(FOLDS), np.array(found.categorical)
    for number in np.arange(FOLDS, dtype=np.uint64):
        out = fold == number
        own, rest = found.window[out], found.window[~out]
        columns = np.flatnonzero((~np.isnan(found.values[~out])).any(axis=0))
        if not columns.size or own.all() or not own.any() or rest.all() or not rest.any():
            continue
        model = classifier(
            max_iter=60,
            max_leaf_nodes=15,
            early_stopping=False,
            categorical_features=categorical[columns],
            random_state=0,
        ).fit(found.values[~out][:, columns], rest)
        auc, error = ranked(model.decision_function(found.values[out][:, columns]), own)
        yield _Part(out, columns, model, auc, error, int(own.sum()) * int((~own).sum()))


def ranked(scores: Floats, positive: NDArray[np.bool_]) -> tuple[float, float]:
    """The AUC, and its standard error where scores know nothing of the classes (Mann-Whitney, corrected for ties)."""
    import numpy as np

    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks = (ends - (counts - 1) / 2)[place]
    n, m = int(positive.sum()), int((~positive).sum())
    auc = (ranks[positive].sum() - n * (n + 1) / 2) / (n * m)
    rows = n + m
    ties = float((counts.astype(float) ** 3 - counts).sum()) / (rows * (rows - 1)) if rows > 1 else 0.0
    return float(auc), math.sqrt(max((rows + 1 - ties) / (12 * n * m), 0.0))


def _given_away(found: Pooled, parts: list[_Part]) -> tuple[Contribution, ...]:
    """How much AUC is lost when the values of a column are shuffled among at most `SHUFFLED` rows of a part."""
    import numpy as np

    random, lost = np.random.default_rng(20130301), np.zeros(len(found.names))
    for part in parts:
        some = np.flatnonzero(part.rows)
        some = random.permutation(some)[:SHUFFLED]
        rows, own = found.values[some][:, part.columns], found.window[some]
        if own.all() or not own.any():
            continue
        order = random.permutation(len(rows))
        # As they are, and once with each column shuffled: one call for all, of which each has a price.
        versions = np.tile(rows, (1 + len(part.columns), 1, 1))
        for place in range(len(part.columns)):
            versions[1 + place, :, place] = rows[order, place]
        with one_thread():
            scores = part.model.decision_function(versions.reshape(-1, len(part.columns)))
        aucs = [ranked(each, own)[0] for each in scores.reshape(len(versions), -1)]
        lost[part.columns] += (aucs[0] - np.array(aucs[1:])) * part.pairs
    shares = lost / sum(part.pairs for part in parts)
    return largest((name, share) for name, share in zip(found.names, shares, strict=True) if share > 0)
