"""Throughput: predictions per second."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.checks.base import Check, Example, Moment, Profiles, Subject, Takes
from driftline.checks.quotient import Quotient
from driftline.model import NoData, Reading, Value
from driftline.profiles.base import ProfileSpec
from driftline.profiles.counts import Counts


@dataclass(frozen=True)
class Throughput(Check):
    """Rows per second over the whole window: rows / length in seconds; exact. An empty window reads 0.

    The length is the real one: 23 or 25 hours on the days when clocks change. A source without a timestamp has no
    window to divide by.
    """

    kind = "throughput"
    title = "Throughput"
    unit = "rows/s"
    takes = Takes.SOURCE
    counting = True
    range = (0.0, None)
    bad = "either"

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return {"rows": Counts()}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        rows = window["rows"].rows
        if at.window.start is None or at.window.end is None:
            return NoData("the window has no bounds: the source has no timestamp", rows=rows)
        seconds = (at.window.end - at.window.start).total_seconds()
        if seconds <= 0:
            return NoData("the window has no length", rows=rows)
        return Value(rows / seconds, bound=0.0, rows=rows)

    def quotient(self, on: Subject, window: Profiles) -> Quotient | str:
        return Quotient(window["rows"].rows, None)

    examples = (
        Example(says="216 rows in a day", rows={"x": [1] * 216}, value=0.0025),
        Example(says="an outage", rows={"x": []}, value=0.0),
    )
