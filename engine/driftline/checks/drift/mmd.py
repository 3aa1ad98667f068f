"""Maximum mean discrepancy between the rows of the window and those of the baseline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from driftline.checks.base import Check, Column, ColumnType, Example, Moment, Profiles, Subject, Takes
from driftline.checks.drift._many import SAMPLE, noise_floor, private, sample_of, share_beyond
from driftline.checks.drift._rows import Pooled, pooled
from driftline.config.document import Bounds, Threshold
from driftline.model import NoData, Reading, Value
from driftline.parameters import param
from driftline.profiles.base import ProfileSpec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MOST_DRAWS = 10_000
KEPT = 5_000  # rows of a sample that other checks may share
LOW, HIGH = [n / 100 for n in range(30)], [9.0 + n / 100 for n in range(30)]
_AT_ONCE = 250


@dataclass(frozen=True)
class MaximumMeanDiscrepancy(Check):
    """The squared maximum mean discrepancy of the joint distribution of many columns; about 0 when nothing changed.

    The unbiased estimate (it may fall below 0) with a Gaussian kernel, whose width is the median distance of rows. It
    sees any difference between the two sets of rows, in one column or between columns. Numbers are scaled by the pooled
    mean and deviation; two different categories are as far apart as numbers two deviations from each other; what is
    missing is the mean. Read from a sample of rows of each side. The p-value and the noise floor are those of random
    splits of the pooled rows. Source: Gretton et al., Journal of Machine Learning Research 13 (2012).
    """

    kind = "mmd"
    title = "Maximum mean discrepancy"
    takes = Takes.COLUMNS
    column_types = frozenset({ColumnType.NUMERIC, ColumnType.BOOLEAN, ColumnType.CATEGORICAL})
    needs_baseline = True
    significance = True
    range = (None, 2.0)
    bad = "above"
    default_threshold = Threshold(warning=Bounds(above=0.01), critical=Bounds(above=0.05))

    rows: int = param("Most rows of each side; time grows with its square.", minimum=50, maximum=KEPT, default=500)

    def unfit(self, column: Column) -> str | None:
        return private(column)

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return {SAMPLE: sample_of(on, KEPT)}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        import numpy as np

        found = pooled(window, baseline, self.rows)
        if not isinstance(found, Pooled):
            return found
        squared = _distances(found)
        width = float(np.median(squared[np.triu_indices(len(squared), 1)]))
        if width <= 0:
            width = float(squared.mean())
        if width <= 0:
            return NoData("all rows of both sides are the same", rows=found.total)
        kernel = np.exp(-squared / width)
        np.fill_diagonal(kernel, 0.0)
        value = float(_discrepancies(kernel, found.window[None, :])[0])
        drawn = _by_chance(kernel, int(found.window.sum()), at.draws)
        return Value(
            value,
            p_value=share_beyond(drawn, value),
            rows=found.total,
            baseline_rows=found.baseline_total,
            noise=noise_floor(drawn),
            note=None if found.is_whole else found.note,
        )

    examples = (
        Example(
            says="the rows lie elsewhere",
            rows={"x": HIGH, "y": HIGH[::-1]},
            baseline={"x": LOW, "y": LOW[::-1]},
            selected=("x", "y"),
            value=0.0,
            tolerance=2.0,
        ),
        Example(
            says="too few rows", rows={"x": [1.0]}, baseline={"x": [1.0]}, selected=("x",), value="InsufficientData"
        ),
    )


def _distances(rows: Pooled) -> Floats:
    """Squared distances of all pairs of rows."""
    import numpy as np

    own = np.array(rows.categorical)
    numbers = rows.values[:, ~own]
    given = np.isfinite(numbers)
    filled = np.where(given, numbers, 0.0)
    count = np.maximum(given.sum(axis=0), 1)
    with np.errstate(all="ignore"):
        centred = np.where(given, filled - filled.sum(axis=0) / count, 0.0)
        scale = np.sqrt((centred**2).sum(axis=0) / count)
        unit = np.divide(centred, scale, out=np.zeros_like(centred), where=(scale > 0) & np.isfinite(scale))
    length = (unit**2).sum(axis=1)
    found = np.maximum(length[:, None] + length - 2 * unit @ unit.T, 0.0)
    for column in np.nan_to_num(rows.values[:, own], nan=-1.0).T:
        found += 4.0 * (column[:, None] != column)
    return np.asarray(found)


def _by_chance(kernel: Floats, first: int, draws: int) -> Floats:
    """The discrepancies of random splits into `first` rows and the rest."""
    import numpy as np

    random, found = np.random.default_rng(20130301), [np.empty(0)]
    for start in range(0, min(draws, MOST_DRAWS), _AT_ONCE):
        count = min(_AT_ONCE, min(draws, MOST_DRAWS) - start)
        order = np.argpartition(random.random((count, len(kernel))), first - 1, axis=1)[:, :first]
        chosen = np.zeros((count, len(kernel)), bool)
        np.put_along_axis(chosen, order, True, axis=1)
        found.append(_discrepancies(kernel, chosen))
    return np.concatenate(found)


def _discrepancies(kernel: Floats, chosen: NDArray[np.bool_]) -> Floats:
    """Of each split (splits, rows): mean similarity inside of both parts, less twice that between them."""
    import numpy as np

    first = chosen.sum(axis=1)
    second = len(kernel) - first
    part = chosen.astype(kernel.dtype)
    inside = np.einsum("ij,ij->i", part @ kernel, part)
    to_all = part @ kernel.sum(axis=1)
    across = to_all - inside
    outside = kernel.sum() - to_all - across
    return np.asarray(
        inside / (first * (first - 1)) + outside / (second * (second - 1)) - 2 * across / (first * second)
    )
