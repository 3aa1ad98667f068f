"""The test of two proportions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

from driftline.checks.base import Check, ColumnType, Example, Moment, Profiles, Subject
from driftline.checks.drift._exact import fisher
from driftline.checks.drift._laws import NormalLaw, Null, by_law
from driftline.checks.drift._sides import both_sides, no_values
from driftline.checks.drift._wording import TRUE, by_sign
from driftline.config.document import Bounds, Threshold
from driftline.model import Failed, Reading, Value
from driftline.parameters import param
from driftline.profiles.base import ProfileSpec
from driftline.profiles.frequencies import Frequencies, FrequenciesProfile

FALSE = ("false", "0", "0.0", "no", "n", "f")
EXPECTED = 100.0  # rows in every cell of the table from which the normal law is right far into its tail


@dataclass(frozen=True)
class ZTest(Check):
    """The difference of the share of one category: its share in the window less its share in the baseline.

    The category is the true one of a boolean, the last of two by name, or what `category` says. P-value and noise
    floor, two-sided: the normal law with the pooled share, where each cell of the 2 x 2 table is expected 100 times;
    else Fisher's exact test, which is careful where counts are small. Missing values are left out.
    Source: Fisher (1935); Agresti, Categorical Data Analysis (2013), 3.2 and 3.5.
    """

    kind = "z_test"
    title = "Difference of a share (z-test)"
    unit = "ratio"
    column_types = frozenset({ColumnType.CATEGORICAL, ColumnType.BOOLEAN, ColumnType.TEXT, ColumnType.NUMERIC})
    needs_baseline = True
    significance = True
    default_columns = ("categorical",)
    range = (-1.0, 1.0)
    bad = "either"
    default_threshold = Threshold(warning=Bounds(above=0.05, below=-0.05), critical=Bounds(above=0.1, below=-0.1))

    category: str | None = param("The category whose share is compared, where there are more than two.", default=None)

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return {"distribution": Frequencies(on.the_column().name)}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        sides = both_sides(window, baseline)
        if isinstance(sides, Failed):
            return sides
        now, then = cast(FrequenciesProfile, sides[0]), cast(FrequenciesProfile, sides[1])
        nothing = no_values(now, then)
        if nothing is not None:
            return nothing
        category = self._category(now, then)
        if isinstance(category, Failed):
            return category
        counts = now.counts.get(category, 0), then.counts.get(category, 0)
        rows = now.values, then.values
        shares = counts[0] / rows[0], counts[1] / rows[1]
        value = shares[0] - shares[1]
        null = proportions(counts, rows)
        name = "share" if on.the_column().private else f"share of {category}"
        return Value(
            value=value,
            p_value=null.p_value,
            bound=0.0,
            rows=rows[0],
            baseline_rows=rows[1],
            note=f"{name} {shares[1]:.1%} -> {shares[0]:.1%}",
            noise=null.noise,
            direction=by_sign(value),
        )

    def _category(self, window: FrequenciesProfile, baseline: FrequenciesProfile) -> str | Failed:
        if not (window.exact and baseline.exact):
            return Failed("the column has too many categories to count each; use psi or total_variation")
        if self.category is not None:
            return self.category
        names = sorted({*window.counts, *baseline.counts})
        if len(names) > 2:
            return Failed(
                f"the column has {len(names)} categories; say which is compared (`params: {{category: …}}`), "
                "or use chi_square"
            )
        true = [name for name in names if name.lower() in TRUE]
        if len(names) == 1 and not true and names[0].lower() in FALSE:
            return "true" if names[0].isalpha() else "1"  # it never came, on either side
        return true[0] if true else names[-1]

    examples = (
        Example(
            says="the share of yes goes from 20 % to 50 %",
            rows={"x": ["yes"] * 50 + ["no"] * 50},
            baseline={"x": ["yes"] * 20 + ["no"] * 80},
            column="x",
            type=ColumnType.CATEGORICAL,
            value=0.3,
        ),
        Example(
            says="the share of one of three",
            rows={"x": ["a", "b", "c", "c"]},
            baseline={"x": ["a", "b", "b", "c"]},
            parameters={"category": "b"},
            column="x",
            type=ColumnType.CATEGORICAL,
            value=-0.25,
        ),
        Example(
            says="three categories, and none is named",
            rows={"x": ["a", "b", "c"]},
            baseline={"x": ["a", "b", "c"]},
            column="x",
            type=ColumnType.CATEGORICAL,
            value="Failed",
        ),
    )


def proportions(counts: tuple[int, int], rows: tuple[int, int]) -> Null:
    """What chance does to the difference of two shares, given that they are one."""
    (hits, before), (n, m) = counts, rows
    share = (hits + before) / (n + m)
    if min(share, 1.0 - share) * min(n, m) < EXPECTED:
        return fisher(hits, n, before, m)
    return by_law(NormalLaw(math.sqrt(share * (1.0 - share) * (1.0 / n + 1.0 / m))), hits / n - before / m)
