"""Smallest value of a column."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.checks.base import Check, ColumnType, Example, Moment, Profiles, Subject
from driftline.checks.reading import finite, no_numbers
from driftline.model import Reading
from driftline.profiles.base import ProfileSpec
from driftline.profiles.moments import Moments, MomentsProfile


@dataclass(frozen=True)
class Minimum(Check):
    """Smallest finite value, in the column's unit; exact. NaN and infinities are left out."""

    kind = "min"
    title = "Minimum"
    unit = "column"
    column_types = frozenset({ColumnType.NUMERIC})
    default_columns = ("numeric",)
    range = (None, None)
    bad = "either"
    shows_values = True

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return {"moments": Moments(on.the_column().name)}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        moments = window["moments"]
        assert isinstance(moments, MomentsProfile)
        if moments.count == 0:
            return no_numbers(on.the_column().name, moments.total)
        return finite(moments.minimum, bound=0.0, rows=moments.count)

    examples = (
        Example(says="of 3, -1 and a null", rows={"x": [3.0, -1.0, None]}, column="x", value=-1.0),
        Example(says="no rows", rows={"x": []}, column="x", value="NoData"),
    )
