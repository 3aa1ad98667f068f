"""Two-sample Kolmogorov-Smirnov distance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

from driftline.checks.base import Check, ColumnType, Example, Moment, Profiles, Subject
from driftline.checks.drift._cdf import kolmogorov_smirnov
from driftline.checks.drift._comparison import both_sides, subject_column
from driftline.checks.drift._kolmogorov import kolmogorov_tail
from driftline.config.document import Bounds, Threshold
from driftline.model import Reading, Value
from driftline.profiles.base import ProfileSpec
from driftline.profiles.histogram import Histogram, HistogramProfile


@dataclass(frozen=True)
class KolmogorovSmirnov(Check):
    """The largest distance between the two cumulative distributions, from 0 to 1.

    The p-value is Kolmogorov's law with Stephens' correction for finite samples; with ties it errs on the safe side.
    Source: Smirnov (1939); Stephens, JRSS B 32 (1970).
    """

    kind = "ks"
    title = "Kolmogorov-Smirnov distance"
    column_types = frozenset({ColumnType.NUMERIC, ColumnType.DATETIME})
    needs_baseline = True
    significance = True
    range = (0.0, 1.0)
    bad = "above"
    default_threshold = Threshold(warning=Bounds(above=0.1), critical=Bounds(above=0.2))

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return {"distribution": Histogram(subject_column(on).name)}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        sides = both_sides(window, baseline)
        if not isinstance(sides, tuple):
            return sides
        now, then = cast(HistogramProfile, sides[0]), cast(HistogramProfile, sides[1])
        distance, bound = kolmogorov_smirnov(now, then)
        return Value(
            value=distance,
            p_value=kolmogorov_p_value(distance, now.values, then.values),
            bound=bound,
            rows=now.values,
            baseline_rows=then.values,
            note=direction(now, then),
        )

    examples = (
        Example(
            says="half of the window lies above all of the baseline",
            rows={"x": [1.0, 2.0, 11.0, 12.0]},
            baseline={"x": [1.0, 2.0, 1.0, 2.0]},
            column="x",
            value=0.5,
        ),
        Example(says="infinities are values", rows={"x": [float("inf")]}, baseline={"x": [1.0]}, column="x", value=1.0),
        Example(says="all missing", rows={"x": [None, None]}, baseline={"x": [1.0]}, column="x", value="NoData"),
    )


def kolmogorov_p_value(distance: float, n: int, m: int) -> float:
    """Two-sided p-value of a distance between samples of `n` and `m` values."""
    root = math.sqrt(n * m / (n + m))
    return kolmogorov_tail((root + 0.12 + 0.11 / root) * distance)


def direction(window: HistogramProfile, baseline: HistogramProfile) -> str | None:
    """Which way the median went, for people."""
    if not window.finite or not baseline.finite:
        return None
    now, then = window.quantile(0.5), baseline.quantile(0.5)
    return f"median {then:.4g} -> {now:.4g}" if now != then else None
