"""What was known when: the instants that a scan tells apart, and rows as versions that hold from one to another."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from driftline.compile.request import Bundle
from driftline.errors import SourceError

if TYPE_CHECKING:
    import polars as pl

FROM, UNTIL = "__from", "__until"  # a version of a row is known from the instant FROM on, before UNTIL


@dataclass(frozen=True)
class Knowledge:
    """The instants as of which rows are looked at, ascending; what is known at each is a state of its own."""

    instants: tuple[datetime, ...]

    @classmethod
    def of(cls, bundles: Iterable[Bundle], as_of: datetime) -> Knowledge:
        """Of the snapshots of some bundles; one that names no instant is as of the scan."""
        named = {one.known or as_of for bundle in bundles for one in bundle.snapshots}
        return cls(tuple(sorted(named)) or (as_of,))

    @property
    def states(self) -> int:
        """How many states of knowledge there are."""
        return len(self.instants)

    @property
    def changes(self) -> bool:
        """Whether rows have to be kept apart by when they were known."""
        return self.states > 1

    def state(self, known: datetime | None) -> int:
        """The state at an instant; None is the last one."""
        return self.states - 1 if known is None else bisect_right(self.instants, known) - 1

    def first_state(self, instant: pl.Expr) -> pl.Expr:
        """The first state in which each instant (UTC microseconds) has passed; `states` where none has."""
        import numpy as np
        import polars as pl

        instants = np.array([int(each.timestamp() * 1_000_000) for each in self.instants], np.int64)

        def state(batch: pl.Series) -> pl.Series:
            # What has no instant has always been known.
            times = batch.to_physical().cast(pl.Int64).fill_null(instants[0]).to_numpy()
            return pl.Series(np.searchsorted(instants, times, side="left").astype(np.int32))

        return instant.map_batches(state, return_dtype=pl.Int32, is_elementwise=True)


def arrived(rows: pl.LazyFrame, arrival: str, timezone: str, knowledge: Knowledge) -> pl.LazyFrame:
    """The rows that have arrived by the last state, each version from the state on in which its row was there.

    What has no arrival, or one before its event, has always been there. A naive one is read in `timezone`.
    """
    import polars as pl

    from driftline.sources._timestamps import in_utc, is_time

    known = rows.collect_schema()
    if arrival not in known:  # of a kind of source that does not look itself
        raise SourceError(f"it has no column {arrival!r} for its arrival")
    if known[arrival] == pl.Null:
        return rows
    if not is_time(known[arrival]):
        raise SourceError(f"its arrival {arrival!r} is {known[arrival]}, not a time; store it as a timestamp")
    here = knowledge.first_state(in_utc(arrival, known[arrival], timezone))
    if not knowledge.changes:
        return rows.filter(here == 0)
    if FROM not in known:
        rows = rows.with_columns(pl.lit(0, pl.Int32()).alias(FROM), pl.lit(knowledge.states, pl.Int32()).alias(UNTIL))
    rows = rows.with_columns(pl.max_horizontal(pl.col(FROM), here).alias(FROM))
    return rows.filter(pl.col(FROM) < pl.col(UNTIL))
