"""Age of the newest row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from driftline.checks.base import Check, ColumnType, Example, Moment, Profiles, Subject, Takes
from driftline.checks.reading import no_rows
from driftline.model import Failed, NoData, Reading, Value
from driftline.profiles.base import ProfileSpec
from driftline.profiles.counts import Counts
from driftline.profiles.extent import Extent, ExtentProfile


@dataclass(frozen=True)
class Freshness(Check):
    """Seconds between the newest event of a source and the instant as of which it is judged; not negative.

    It has no window: it is judged at the end of each pane. A newest event after that instant (a clock that runs ahead)
    reads 0, and the note says so.
    """

    kind = "freshness"
    title = "Freshness"
    unit = "seconds"
    takes = Takes.SOURCE
    windowless = True
    range = (0.0, None)
    bad = "above"

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return {"extent": Counts() if on.timestamp is None else Extent(on.timestamp)}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        extent = window["extent"]
        if not isinstance(extent, ExtentProfile):
            return Failed("the source has no timestamp, so that nothing says how old its rows are; declare `timestamp`")
        if extent.last is None:
            return no_rows("the source") if extent.total == 0 else NoData("no row has a timestamp", rows=extent.total)
        age = (at.as_of - extent.last).total_seconds()
        note = f"the newest event is {-age:.0f} s in the future" if age < 0 else None
        return Value(max(age, 0.0), bound=0.0, rows=extent.total, note=note)

    examples = (
        Example(
            says="the newest event is six hours before the end of the day",
            rows={"t": [datetime(2026, 1, 1, 3, tzinfo=UTC), datetime(2026, 1, 1, 18, tzinfo=UTC)]},
            roles={"timestamp": "t"},
            types={"t": ColumnType.DATETIME},
            value=21600.0,
        ),
        Example(
            says="no rows",
            rows={"t": []},
            roles={"timestamp": "t"},
            types={"t": ColumnType.DATETIME},
            value="NoData",
        ),
    )
