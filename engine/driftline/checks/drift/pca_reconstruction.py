"""How badly the baseline's principal components describe the window."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from driftline.checks.base import Check, Column, ColumnType, Example, Moment, Profiles, Subject, Takes
from driftline.checks.drift._components import Components, Scale
from driftline.checks.drift._many import COMOMENTS, SAMPLE, both_comoments, comoments_of, largest, private, sample_of
from driftline.config.document import Bounds, Threshold
from driftline.model import Failed, NoData, Reading, Value
from driftline.parameters import param
from driftline.profiles.base import ProfileSpec
from driftline.profiles.comoments import ComomentsProfile
from driftline.profiles.sample import SampleProfile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

RMS, NORM = "rms", "norm"
BEYOND = "the result is beyond the range of a double; the values are too large to multiply"
CONFIDENCE = 1.959963984540054


@dataclass(frozen=True)
class PcaReconstruction(Check):
    """How far rows of the window lie from the principal components of the baseline: 0 and above.

    It sees what no single column shows: columns that no longer go together. Columns are scaled to mean 0 and deviation
    1 as the baseline has them; a category is its share of the baseline's rows, and what is missing is the mean. The
    fewest components that hold more than `variance` of the baseline's variance are kept, and what they leave of a row
    is its error. The value is its root mean square (`statistic: rms`), which is exact, or the mean of its norm, as in
    NannyML (`statistic: norm`), which is read from a sample of rows and exact where all rows are in it. The root mean
    square is the larger one, since norms vary.

    The baseline's reading is that of its rows by components that were made without them (five folds of the sample):
    rows are always described better by components of their own. The standard errors are those of the mean over rows.
    The contributions are the mean square error of each column, less that of the baseline.
    Source: NannyML, Data Reconstruction with PCA; Jackson and Mudholkar, Technometrics 21 (1979).
    """

    kind = "pca_reconstruction"
    title = "Reconstruction error of principal components"
    takes = Takes.COLUMNS
    column_types = frozenset({ColumnType.NUMERIC, ColumnType.BOOLEAN, ColumnType.CATEGORICAL})
    least_columns = 2
    needs_baseline = True
    learns = True
    significance = True
    range = (0.0, None)
    bad = "either"
    default_threshold = Threshold(
        compare="change", warning=Bounds(above=0.05, below=-0.05), critical=Bounds(above=0.15, below=-0.15)
    )

    variance: float = param(
        "Share of the baseline's variance that the components hold.",
        slot="ratio",
        exclusive_minimum=0.0,
        exclusive_maximum=1.0,
        default=0.65,
    )
    statistic: str = param(
        "What of the errors of rows is read: `rms`, exact, or the mean `norm`, from a sample of rows.",
        default=RMS,
        choices=(RMS, NORM),
    )
    rows: int = param("Most rows of a side in the sample.", minimum=100, maximum=100_000, default=5_000)

    def unfit(self, column: Column) -> str | None:
        return private(column)

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return {COMOMENTS: comoments_of(on), SAMPLE: sample_of(on, self.rows)}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        import numpy as np

        sides = both_comoments(window, baseline)
        if not isinstance(sides, tuple):
            return sides
        with np.errstate(all="ignore"):  # what is beyond a double is said below
            now, then = sides
            scale = Scale.of(then)
            learnt = scale.moments(then)
            found = self._components(learnt)
            if not isinstance(found, Components):
                return found
            moments = scale.moments(now)
            left = found.left(moments)
            norms = found.norms(scale.rows(now, cast(SampleProfile, window[SAMPLE])))
            value, error = self._of(norms, float(left.sum()), now.rows)
            parts = zip(now.columns, left - found.left(learnt), strict=True)
            note = f"{found.directions.shape[1]} components of {len(now.columns)} columns"
            return _value(value, error, now.rows, baseline_rows=then.rows, note=note, contributions=largest(parts))

    def realized(self, on: Subject, at: Moment, baseline: Profiles) -> Reading:
        import numpy as np

        profile, sample = cast(ComomentsProfile, baseline[COMOMENTS]), cast(SampleProfile, baseline[SAMPLE])
        if not profile.rows:
            return NoData("the baseline has no rows", rows=0)
        with np.errstate(all="ignore"):
            scale = Scale.of(profile)
            moments = scale.moments(profile)
            found = self._components(moments)
            if not isinstance(found, Components):
                return found
            rows = scale.rows(profile, sample)
            value, error = self._of(found.norms(rows), float(found.left(moments).sum()), profile.rows)
            return _value(value * self._optimism(rows, found, profile.rows), error, profile.rows)

    def _components(self, moments: Floats) -> Components | Failed | NoData:
        import numpy as np

        if not np.isfinite(moments).all():
            return Failed(BEYOND)
        if not moments.diagonal().any():
            return NoData("no column of the baseline varies")
        return Components.of(moments, self.variance)

    def _of(self, norms: Floats, mean_square: float, rows: int) -> tuple[float, float]:
        """The statistic and its standard error."""
        if self.statistic == NORM:
            return float(norms.mean()), float(norms.std()) / math.sqrt(len(norms))
        value = math.sqrt(mean_square)
        spread = float((norms**2).std()) / math.sqrt(rows)
        return value, spread / (2 * value) if value > 0 else 0.0

    def _optimism(self, rows: Floats, found: Components, whole: int) -> float:
        """How many times larger the error of rows is by components that were made without them.

        The difference falls as rows grow in number, so that a sample tells it for all.
        """
        import numpy as np

        held_out = found.held_out(rows)
        if held_out is None:
            return 1.0
        own = Components.of_rows(rows, found.directions.shape[1]).norms(rows - rows.mean(axis=0))
        power = 1 if self.statistic == NORM else 2
        inside, outside = float(np.mean(own**power)), float(np.mean(held_out**power))
        excess = (outside / inside - 1) * len(rows) / whole if inside > 0 else 0.0
        return float(max(1 + excess, 0.0) ** (1 / power))

    examples = (
        Example(
            says="x and y went together; now a row lies off their line",
            rows={"x": [1.0, -1.0], "y": [-1.0, 1.0]},
            baseline={"x": [1.0, -1.0, 1.0, -1.0], "y": [2.0, -2.0, 2.0, -2.0]},
            selected=("x", "y"),
            value=math.sqrt(((1 + 0.5) / math.sqrt(2)) ** 2),
        ),
        Example(
            says="the same rows, by the mean norm",
            rows={"x": [1.0, -1.0, 1.0, 0.0], "y": [-1.0, 1.0, 2.0, 0.0]},
            baseline={"x": [1.0, -1.0, 1.0, -1.0], "y": [2.0, -2.0, 2.0, -2.0]},
            parameters={"statistic": "norm"},
            selected=("x", "y"),
            value=1.5 / math.sqrt(2) / 2,
        ),
        Example(
            says="on the line, however far",
            rows={"x": [100.0], "y": [200.0]},
            baseline={"x": [1.0, -1.0], "y": [2.0, -2.0]},
            selected=("x", "y"),
            value=0.0,
        ),
        Example(
            says="nothing varied before",
            rows={"x": [1.0], "y": [2.0]},
            baseline={"x": [1.0], "y": [2.0]},
            selected=("x", "y"),
            value="NoData",
        ),
    )


def _value(value: float, error: float, rows: int, **parts: Any) -> Value | Failed:
    """The reading with its interval."""
    if not (math.isfinite(value) and math.isfinite(error)):
        return Failed(BEYOND)
    half = CONFIDENCE * error
    return Value(value, rows=rows, standard_error=error, interval=(max(value - half, 0.0), value + half), **parts)
