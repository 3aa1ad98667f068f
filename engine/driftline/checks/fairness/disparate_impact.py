"""Disparate impact."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.checks.base import Check, ColumnType, Example, Moment, Profiles, Subject
from driftline.checks.fairness._chance import change_p_value, ratio
from driftline.checks.fairness._groups import LEAST, Extremes, extremes
from driftline.checks.performance._intervals import error_of
from driftline.config.document import Bounds, Threshold
from driftline.model import NoData, Reading, Value
from driftline.parameters import param
from driftline.profiles.base import ProfileSpec
from driftline.profiles.cells import Cells, CellsProfile


@dataclass(frozen=True)
class DisparateImpact(Check):
    """How often the positive class is predicted in the group where it is rarest, over where it is most frequent.

    The groups are the values of the column: smallest share / largest share, from 0 to 1 (all alike); exact. 0.8 is
    the four-fifths rule of the US Equal Employment Opportunity Commission (1978). It needs no labels. The interval puts
    Wilson's of both shares together on the scale of the logarithm (Zou and Donner, 2008), widened for the choice of the
    two groups that are furthest apart (Tukey's studentized range). A change is held against predictions that are dealt
    out anew within each group. Contributions say how far the share of each group is from that of all. As
    `demographic_parity_ratio` of Fairlearn.
    """

    kind = "disparate_impact"
    title = "Disparate impact"
    unit = "ratio"
    column_types = frozenset({ColumnType.CATEGORICAL, ColumnType.BOOLEAN, ColumnType.TEXT})
    default_columns = ()
    tasks = frozenset({"binary"})
    needs_roles = frozenset({"prediction"})
    range = (0.0, 1.0)
    bad = "below"
    default_threshold = Threshold(warning=Bounds(below=0.8))

    least: int = param(LEAST, default=30, minimum=1)

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return {"cells": Cells((on.the_column().name, on.role("prediction")))}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        cells = window["cells"]
        assert isinstance(cells, CellsProfile)
        found = extremes(on, cells, self.least, target=False)
        if not isinstance(found, Extremes):
            return found
        if found.high.positive == 0:
            return NoData("the positive class is predicted in no group", rows=cells.rows)
        interval, private = found.ratio(), on.the_column().private
        return Value(
            found.low.share / found.high.share,
            bound=0.0,
            rows=sum(one.rows for one in found.groups),
            interval=interval,
            standard_error=error_of(interval),
            contributions=found.contributions(private),
            note=found.note(private),
        )

    def change_p_value(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles) -> float | None:
        sides = window, baseline
        return change_p_value(on, sides, ratio, least=self.least, target=False, draws=at.draws)

    examples = (
        Example(
            says="three of four in one group, one of four in the other",
            rows={"g": ["a"] * 4 + ["b"] * 4, "p": [1, 1, 1, 0, 1, 0, 0, 0]},
            column="g",
            type=ColumnType.CATEGORICAL,
            roles={"prediction": "p"},
            task="binary",
            parameters={"least": 1},
            value=1 / 3,
        ),
        Example(
            says="one group only",
            rows={"g": ["a"] * 4, "p": [1, 1, 1, 0]},
            column="g",
            type=ColumnType.CATEGORICAL,
            roles={"prediction": "p"},
            task="binary",
            parameters={"least": 1},
            value="InsufficientData",
        ),
    )
