"""How far the correlation of some pair of columns moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from driftline.checks.base import Check, Column, ColumnType, Example, Moment, Profiles, Subject, Takes
from driftline.checks.drift._correlation import Exchanged, correlations, exchange, fisher
from driftline.checks.drift._many import (
    COMOMENTS,
    SAMPLE,
    both_comoments,
    comoments_of,
    largest,
    noise_floor,
    private,
    sample_of,
    share_beyond,
)
from driftline.config.document import Bounds, Threshold
from driftline.model import NoData, Reading, Value
from driftline.parameters import param
from driftline.profiles.base import ProfileSpec
from driftline.profiles.comoments import ComomentsProfile
from driftline.profiles.sample import SampleProfile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LARGEST, MEAN = "largest", "mean"
RAMP = [float(n) for n in range(12)]
RISING, FALLING = [3 * n + 1 for n in RAMP], [-2 * n for n in RAMP]


@dataclass(frozen=True)
class CorrelationChange(Check):
    """The largest absolute change of Pearson's correlation among all pairs of columns, from 0 to 2.

    Exact: read from the cross products of each pair over the rows that hold both values. A pair counts when both sides
    have at least 10 such rows and both columns vary. The contributions are the pairs that changed most, with sign.

    The p-value is that no pair has changed. It rests on a sample of rows of both sides, whose columns are standardised
    and which are then exchanged at random (at most 2,000 a side): how often does some pair (with `statistic: mean`, do
    all together) change as much, each in units of its own standard error on the scale of Fisher's transform. So it
    holds for columns that are far from normal, and for pairs that depend on each other. Of more rows than were
    exchanged chance is as much smaller as means of the products settle, more slowly where tails are heavy. The noise
    floor is of the same draws. Source: Fisher, Metron 1 (1921); Westfall and Young, Resampling-Based Multiple Testing
    (1993).
    """

    kind = "correlation_change"
    title = "Change of correlations"
    takes = Takes.COLUMNS
    column_types = frozenset({ColumnType.NUMERIC, ColumnType.BOOLEAN})
    least_columns = 2
    needs_baseline = True
    significance = True
    range = (0.0, 2.0)
    bad = "above"
    default_threshold = Threshold(warning=Bounds(above=0.1), critical=Bounds(above=0.3))

    statistic: str = param(
        "Which change is the value: the `largest` of all pairs, or their `mean`.",
        default=LARGEST,
        choices=(LARGEST, MEAN),
    )

    def unfit(self, column: Column) -> str | None:
        return private(column)

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return {COMOMENTS: comoments_of(on), SAMPLE: sample_of(on)}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        import numpy as np

        sides = both_comoments(window, baseline)
        if not isinstance(sides, tuple) or baseline is None:
            return cast(Reading, sides)
        with np.errstate(all="ignore"):  # what is beyond a double is no correlation
            now, then = sides
            after, before = correlations(now), correlations(then)
            pairs = np.nonzero(np.triu(np.isfinite(before) & np.isfinite(after), 1))
            if not pairs[0].size:
                return NoData("no two columns vary together on both sides in 10 rows or more", rows=now.rows)
            samples = [cast(SampleProfile, side[SAMPLE]) for side in (window, baseline)]
            names = [column.name for column in on.selected]
            found = exchange(samples, names, (pairs[0], pairs[1]), at.draws)
            return self._value(sides, pairs, (after[pairs], before[pairs]), found)

    def _value(
        self,
        sides: tuple[ComomentsProfile, ComomentsProfile],
        pairs: tuple[NDArray[np.intp], ...],
        correlations: tuple[Floats, Floats],
        found: Exchanged,
    ) -> Value:
        import numpy as np

        now, then = sides
        after, before = correlations
        change, top = after - before, int(np.argmax(np.abs(after - before)))
        whole = self.statistic == LARGEST
        # Between all rows changes are as much smaller as there are more of them than in the samples.
        scale = ((1 / now.counts[pairs] + 1 / then.counts[pairs]) / found.inverse) ** found.rates
        spread = np.maximum(_deviation(found.transformed), 1e-9)
        observed, by_chance = (
            np.abs(fisher(after) - fisher(before)) / (spread * scale),
            np.abs(found.transformed) / spread,
        )
        step, drawn = (each.max(-1) if whole else each.mean(-1) for each in (observed, by_chance))
        sizes, noise = np.abs(change), np.abs(found.changes) * scale
        names = [f"{now.columns[a]} × {now.columns[b]}" for a, b in zip(*pairs, strict=True)]
        return Value(
            float(sizes.max() if whole else sizes.mean()),
            p_value=share_beyond(drawn, float(step)),
            bound=0.0,
            rows=now.rows,
            baseline_rows=then.rows,
            noise=noise_floor(noise.max(axis=1) if whole else noise.mean(axis=1)),
            direction="up" if (change > 0).all() else "down" if (change < 0).all() else "mixed",
            contributions=largest(zip(names, change, strict=True)),
            note=f"{names[top]}: {before[top]:.3g} -> {after[top]:.3g}",
        )

    examples = (
        Example(
            says="x and y went together, and now against each other",
            rows={"x": RAMP, "y": FALLING, "z": [0.0, 1.0] * 6},
            baseline={"x": RAMP, "y": RISING, "z": [0.0, 1.0] * 6},
            selected=("x", "y", "z"),
            value=2.0,
        ),
        Example(
            says="each column changed, and nothing between them",
            rows={"x": RISING, "y": RAMP, "z": [0.0, 1.0] * 6},
            baseline={"x": RAMP, "y": RISING, "z": [0.0, 1.0] * 6},
            selected=("x", "y"),
            value=0.0,
        ),
        Example(
            says="a constant goes with nothing",
            rows={"x": [1.0] * 12, "y": RAMP},
            baseline={"x": [1.0] * 12, "y": RAMP},
            selected=("x", "y"),
            value="NoData",
        ),
    )


def _deviation(drawn: Floats) -> Floats:
    """Of each column; 0 where nothing was drawn."""
    import numpy as np

    return np.asarray(drawn.std(axis=0)) if len(drawn) else np.zeros(drawn.shape[1])
