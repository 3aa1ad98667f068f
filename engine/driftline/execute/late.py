"""Rows that came too late for their window: of a source that says when each row arrived, those that count nowhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from driftline.compile.calendar import ending, ends, shift
from driftline.config.document import Window
from driftline.model import Interval

if TYPE_CHECKING:
    from driftline.execute.opened import OpenedSource


@dataclass(frozen=True)
class Late:
    """How many rows, and the start of the first window that is without some of them."""

    rows: int = 0
    since: datetime | None = None


def late(
    source: OpenedSource,
    window: Window,
    zone: ZoneInfo,
    settled: Callable[[datetime], datetime],
    came: Interval,
    before: datetime | None = None,
) -> Late:
    """The rows that arrived in `came` and after the first window that they lie in was `settled`.

    `settled` gives for the end of a window the instant as of which its rows are read. Of events from `before` on, none
    are late: a run that judges those windows again has let them in. SourceError and errors of Polars pass.
    """
    import polars as pl

    rows = source.came_in(came).filter(pl.col("timestamp").is_not_null())
    if before is not None:
        rows = rows.filter(pl.col("timestamp") < before)
    # A row that arrived while its window was open is never late; most did.
    found = rows.filter(pl.col("timestamp") < pl.col("arrival")).collect(engine="streaming")
    if found.is_empty():
        return Late()
    first, last = found["timestamp"].min(), found["timestamp"].max()
    assert isinstance(first, datetime)
    assert isinstance(last, datetime)
    beyond = shift(last, window.every, 2, zone) + timedelta(days=1)  # whatever clocks do, with the end behind the last
    limits = pl.DataFrame(
        [(end, settled(end)) for end in ends(window, first, beyond, zone)],
        schema={"end": pl.Datetime("us", "UTC"), "settled": pl.Datetime("us", "UTC")},
        orient="row",
    )
    # A row lies before the end of its window, so at an end itself it belongs to the next one.
    told = found.sort("timestamp").join_asof(
        limits, left_on="timestamp", right_on="end", strategy="forward", allow_exact_matches=False
    )
    too_late = told.filter(pl.col("arrival") > pl.col("settled"))
    end = too_late["end"].min()
    since = ending(window, end, zone).start if isinstance(end, datetime) else None
    return Late(too_late.height, since)
