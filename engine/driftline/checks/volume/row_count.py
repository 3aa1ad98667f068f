"""Number of rows."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.checks.base import Check, Example, Moment, Profiles, Subject, Takes
from driftline.checks.quotient import Quotient
from driftline.model import Reading, Value
from driftline.profiles.base import ProfileSpec
from driftline.profiles.counts import Counts


@dataclass(frozen=True)
class RowCount(Check):
    """Number of rows of the window; exact. An empty window reads 0, so that an outage shows.

    A baseline of another length counts as if it had the window's: a day is compared with the mean day of four weeks.
    """

    kind = "row_count"
    title = "Rows"
    unit = "rows"
    takes = Takes.SOURCE
    counting = True
    grows_with_time = True
    range = (0.0, None)
    bad = "either"

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return {"rows": Counts()}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        rows = window["rows"].rows
        return Value(float(rows), bound=0.0, rows=rows)

    def quotient(self, on: Subject, window: Profiles) -> Quotient | str:
        return Quotient(window["rows"].rows, None)

    examples = (
        Example(says="three rows, one of them null", rows={"x": [1, 2, None]}, value=3.0),
        Example(says="an outage", rows={"x": []}, value=0.0),
    )
