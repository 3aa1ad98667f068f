"""Windows as unions of cells: the smallest spans of time that no wanted window cuts."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from driftline.model import Interval

if TYPE_CHECKING:
    import polars as pl

CELL = "__cell"


@dataclass(frozen=True)
class Cells:
    """`edges` ascending; cell *i* is [edges[i], edges[i+1]). Empty when the rows need no split by time."""

    edges: tuple[datetime, ...]

    @classmethod
    def of(cls, windows: Iterable[Interval]) -> Cells:
        """The cells of these windows; none when there is a single window, or windows without bounds."""
        distinct = set(windows)
        if len(distinct) <= 1:
            return cls(())
        return cls(tuple(sorted({edge for w in distinct for edge in (w.start, w.end) if edge is not None})))

    def of_window(self, window: Interval) -> range:
        """The cells whose union is the window; -1 and the last one lie outside all edges."""
        if window.start is None or window.end is None:
            return range(-1, len(self.edges))
        return range(bisect_left(self.edges, window.start), bisect_left(self.edges, window.end))

    def only(self, spans: Iterable[Interval]) -> int | None:
        """The cell that all of some spans lie in; None where there are more, or where a span has no bounds."""
        found: set[int] = set()
        for span in spans:
            if span.start is None or span.end is None:
                return None
            found |= {bisect_right(self.edges, span.start) - 1, bisect_left(self.edges, span.end) - 1}
        return found.pop() if len(found) == 1 else None

    def key(self, timestamp: str) -> pl.Expr:
        """The cell of each row, by a binary search over the edges (row by row, so that it streams)."""
        import polars as pl

        edges = np.array([int(edge.timestamp() * 1_000_000) for edge in self.edges], np.int64)
        before = int(edges[0]) - 1  # where rows without a time count, which only an unbounded window has

        def cell(batch: pl.Series) -> pl.Series:
            instants = batch.to_physical().cast(pl.Int64).fill_null(before).to_numpy()
            return pl.Series(np.searchsorted(edges, instants, side="right").astype(np.int32) - 1)

        column = pl.col(timestamp).cast(pl.Datetime("us", "UTC"))
        return column.map_batches(cell, return_dtype=pl.Int32, is_elementwise=True).alias(CELL)


def hull(windows: Iterable[Interval]) -> Interval:
    """The span that holds all windows; unbounded as soon as one of them is."""
    windows = list(windows)
    starts = [w.start for w in windows]
    ends = [w.end for w in windows]
    if not windows or None in starts or None in ends:
        return Interval(None, None)
    return Interval(min(s for s in starts if s is not None), max(e for e in ends if e is not None))


def overlap(one: Interval, other: Interval) -> bool:
    """Whether two spans have an instant in common; a bound that is not there lies beyond all."""
    before = one.start is None or other.end is None or one.start < other.end
    return before and (other.start is None or one.end is None or other.start < one.end)


def union(windows: Iterable[Interval]) -> tuple[Interval, ...]:
    """The time that some windows cover, as spans that do not touch, in order; unbounded as soon as one of them is."""
    merged: list[Interval] = []
    for window in sorted(set(windows), key=lambda w: (w.start is not None, w.start, w.end)):
        if window.start is None or window.end is None:
            return (Interval(None, None),)
        last = merged[-1].end if merged else None
        if last is not None and window.start <= last:
            merged[-1] = Interval(merged[-1].start, max(last, window.end))
        else:
            merged.append(window)
    return tuple(merged)


def without(windows: Iterable[Interval], covered: Iterable[Interval]) -> tuple[Interval, ...]:
    """What is left of the time of some windows."""
    there = union(covered)
    if Interval(None, None) in there:
        return ()
    left: list[Interval] = []
    for span in union(windows):
        start = span.start
        for one in there:
            if start is None or span.end is None or one.start is None or one.end is None:
                continue
            if one.start < span.end and one.end > start:
                left += [Interval(start, one.start)] if one.start > start else []
                start = max(start, one.end)
        if start is None or span.end is None or start < span.end:
            left.append(Interval(start, span.end))
    return tuple(left)


def inside(windows: Iterable[Interval], timestamp: str) -> pl.Expr | None:
    """A filter for rows in any of the windows; None when they are unbounded."""
    import polars as pl

    merged = union(windows)
    if merged == (Interval(None, None),):
        return None
    time = pl.col(timestamp)
    return pl.any_horizontal(*((time >= span.start) & (time < span.end) for span in merged))
