"""Pearson's chi-square test of homogeneity."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.checks.base import Check, ColumnType, Example, Moment, Profiles, Subject
from driftline.checks.drift._comparison import chi_square_statistic, compared, distribution, subject_column
from driftline.config.document import Bounds, Threshold
from driftline.model import Reading
from driftline.parameters import param
from driftline.profiles.base import ProfileSpec


@dataclass(frozen=True)
class ChiSquare(Check):
    """Pearson's statistic of the table (window, baseline) x bins: sum of (observed - expected)² / expected.

    Both samples count as random, unlike the goodness-of-fit form, which takes the baseline as exact and cries wolf.
    The statistic grows with the number of rows, so its default threshold leaves the verdict to significance; use `psi`
    for a verdict that does not depend on the number of rows. Source: Pearson (1900); rare bins: Cochran (1954).
    """

    kind = "chi_square"
    title = "Chi-square statistic"
    needs_baseline = True
    significance = True
    default_columns = ("categorical",)
    range = (0.0, None)
    bad = "above"
    default_threshold = Threshold(warning=Bounds(above=0.0))

    bins: int = param("Number of bins of a numeric column, each an equal share of the baseline.", default=10, minimum=2)

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return {"distribution": distribution(subject_column(on))}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        return compared(on, window, baseline, self.bins, lambda counts: chi_square_statistic(counts)[0])

    examples = (
        Example(
            says="10/20 against 20/10: every cell expects 15",
            rows={"x": ["a"] * 10 + ["b"] * 20},
            baseline={"x": ["a"] * 20 + ["b"] * 10},
            column="x",
            type=ColumnType.CATEGORICAL,
            value=4 * 25 / 15,
        ),
    )
