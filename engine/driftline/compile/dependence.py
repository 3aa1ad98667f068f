"""The blocks of time that a window and its baseline are made of, where rows of a block depend on each other. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from driftline.compile.calendar import floor, shift
from driftline.compile.graph import MonitorPlan
from driftline.compile.reference import Extents, Piece, Reference
from driftline.model import Duration, Interval

MOST_BLOCKS = 1_000  # of either side: the newest


@dataclass(frozen=True)
class Blocks:
    """A window and its baseline, cut into lengths of time; a block of a baseline knows the incidents that it is in."""

    size: Duration
    window: tuple[Interval, ...]
    baseline: tuple[Piece, ...] = ()


def blocks_of(
    monitor: MonitorPlan, window: Interval, reference: Reference | None, zone: ZoneInfo, extents: Extents | None = None
) -> Blocks | None:
    """The blocks of a window and its baseline; None where rows count as independent, or have no time.

    `extents` are the first and the last event of sources that are baselines as a whole. One without a time has no
    blocks.
    """
    significance = monitor.significance
    block = significance.block if significance.enabled else None
    if block is None or (reference is not None and reference.apart):
        return None
    own = tuple(_blocks(window, block, zone))[-MOST_BLOCKS:]
    if not own:
        return None
    pieces = () if reference is None else tuple(_bounded(reference.pieces, monitor, block, zone, extents or {}))
    then = [replace(piece, span=span) for piece in pieces for span in _blocks(piece.span, block, zone)]
    return Blocks(block, own, tuple(then[-MOST_BLOCKS:]))


def _bounded(
    pieces: Iterable[Piece], monitor: MonitorPlan, block: Duration, zone: ZoneInfo, extents: Extents
) -> Iterator[Piece]:
    """The pieces of a baseline; a source as a whole lasts from the block of its first event to that of its last."""
    for piece in pieces:
        if piece.span.start is not None:
            yield piece
            continue
        found = extents.get(monitor.baseline.source) if monitor.baseline is not None else None
        if found is not None and found.start is not None and found.end is not None:
            end = shift(floor(found.end, block, zone), block, 1, zone)
            yield replace(piece, span=Interval(floor(found.start, block, zone), end))


def _blocks(span: Interval, block: Duration, zone: ZoneInfo) -> Iterator[Interval]:
    """A span cut from its start on; a rest of less than half a block belongs to the last one."""
    if span.start is None or span.end is None:
        return
    start = span.start
    while start < span.end:
        end = shift(start, block, 1, zone)
        if end <= start or _is_last(end, span.end, block, zone):
            end = span.end
        yield Interval(start, end)
        start = end


def _is_last(end: datetime, behind: datetime, block: Duration, zone: ZoneInfo) -> bool:
    """Whether what lies behind a block is too short for one of its own."""
    return behind - end < (shift(end, block, 1, zone) - end) / 2
