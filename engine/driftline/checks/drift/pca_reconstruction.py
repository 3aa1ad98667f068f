"""How badly the baseline's principal components describe the window."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from driftline.checks.base import Check, Column, ColumnType, Example, Moment, Profiles, Subject, Takes
from driftline.checks.drift._components import Components, Scale, Whole, exchange
from driftline.checks.drift._many import (
    COMOMENTS,
    SAMPLE,
    both_comoments,
    comoments_of,
    largest,
    private,
    sample_of,
    share_beyond,
)
from driftline.checks.drift._tails import rates
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
LARGEST = 1e60  # deviations from the mean, of which squares of sums of products are still doubles
MOST_ROWS, LEAST_ROWS = 1_000, 20  # of a side, that are exchanged
BEYOND = "the result is beyond the range of a double; the values are too large to multiply"


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
    rows are always described better by components of their own. The p-value rests on random exchanges of rows of the
    two samples (at most 1,000 a side), each with components and scales of its own, whose means and products are drawn
    together to where those of all rows lie: how often do they move the error as far. It counts in how fast these
    settle where tails are heavy; where a column's fourth moment is infinite (a Pareto law of shape below 4) and rows
    are many it is still too small, and raises 10 to 20 alarms of 100 at 5 %: take the logarithm of such a column. The
    contributions are the mean square error of each column, less that of the baseline.
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
            before = found.left(learnt)
            samples = [cast(SampleProfile, side[SAMPLE]) for side in (window, baseline or {})]
            rows = [scale.rows(side, sample) for side, sample in zip(sides, samples, strict=True)]
            value, own = (
                self._of(found, each, float(mean.sum())) for each, mean in zip(rows, (left, before), strict=True)
            )
            known = (now.counts.diagonal() + then.counts.diagonal()) / (now.rows + then.rows)
            rate = float(rates(found.norms(np.concatenate(rows))[:, None] ** 2)[0])
            whole = Whole(now.rows, then.rows, known, rate)
            chance = self._chance(found, rows, whole, at.draws)
            p_value = _p_value(value, own, chance) if chance is not None else None
            parts = zip(now.columns, left - before, strict=True)
            note = f"{found.directions.shape[1]} components of {len(now.columns)} columns"
            part = {"baseline_rows": then.rows, "note": note, "contributions": largest(parts)}
            return _value(value, now.rows, p_value=p_value, **part)

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
            value = self._of(found, rows, float(found.left(moments).sum()))
            return _value(value * self._optimism(rows, found, profile.rows), profile.rows)

    def _components(self, moments: Floats) -> Components | Failed | NoData:
        import numpy as np

        if not np.isfinite(moments).all():
            return Failed(BEYOND)
        if not moments.diagonal().any():
            return NoData("no column of the baseline varies")
        return Components.of(moments, self.variance)

    def _of(self, found: Components, rows: Floats, mean_square: float) -> float:
        """The statistic of all rows, or of those in a sample."""
        return float(found.norms(rows).mean()) if self.statistic == NORM else math.sqrt(mean_square)

    def _chance(self, found: Components, rows: list[Floats], whole: Whole, draws: int) -> Floats | None:
        """What exchanging rows does, of both samples; None where it is not asked for or there are too few."""
        import numpy as np

        some = [side[:MOST_ROWS] for side in rows]
        now, then = (len(side) for side in some)
        if not draws or min(now, then) < LEAST_ROWS or max(np.abs(side).max() for side in some) > LARGEST:
            return None
        norm = self.statistic == NORM
        drawn = exchange(np.concatenate(some), now, found.directions.shape[1], draws, whole, norm=norm)
        drawn = drawn[np.isfinite(drawn)]
        if not norm or not len(drawn):
            return drawn
        # The mean norm is that of the rows in the samples: of more than were exchanged chance is as much smaller, and
        # so is what the baseline gains by its own components.
        middle, scale = float(drawn.mean()), math.sqrt((1 / len(rows[0]) + 1 / len(rows[1])) / (1 / now + 1 / then))
        return np.asarray((drawn - middle) * scale + middle * then / whole.then)

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


def _p_value(value: float, own: float, drawn: Floats) -> float | None:
    """How often chance moves the error as far; `drawn` are the logarithms of the ratios that it gives."""
    if not len(drawn):
        return None
    if value <= 0 or own <= 0:
        return 1.0 if value == own else 1 / (len(drawn) + 1)
    observed = math.log(value / own)
    tails = (share_beyond(drawn, observed, below=below) for below in (True, False))
    return min(1.0, 2 * min(tail for tail in tails if tail is not None))


def _value(value: float, rows: int, **parts: Any) -> Value | Failed:
    """The reading, if it is one."""
    return Value(value, rows=rows, **parts) if math.isfinite(value) else Failed(BEYOND)
