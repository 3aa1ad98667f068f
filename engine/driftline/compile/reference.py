"""The time that a window is compared with, as pieces of the rows' history. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from driftline.compile.calendar import floor, period_before, shift, windows_inside
from driftline.compile.graph import BaselinePlan, MonitorPlan
from driftline.compile.incidents import Incident
from driftline.compile.match import speaks_of_series
from driftline.config.document import Window
from driftline.model import Interval, SeriesKey

WHOLE = Interval(None, None)
MOST_WINDOWS = 1_000  # of a baseline whose windows are read one by one: the newest


@dataclass(frozen=True)
class Piece:
    """A span of a baseline, and the incidents for which some series leave it out; `period` is which window it is of."""

    span: Interval
    period: int = 0
    incidents: tuple[Incident, ...] = ()


@dataclass(frozen=True)
class Reference:
    """What one window is compared with.

    `pieces` are disjoint and read as one, or, when `apart`, windows that are read one by one (they may overlap).
    `periods` is how many windows a whole history would give, where the baseline is made of windows; `left_out` are the
    incidents because of which the whole monitor lacks some of it; `began` is the source's first event where that lies
    inside.
    """

    pieces: tuple[Piece, ...]
    apart: bool = False
    periods: int | None = None
    left_out: tuple[Incident, ...] = ()
    began: datetime | None = None

    def of(self, monitor: MonitorPlan, series: SeriesKey) -> tuple[Piece, ...]:
        """The pieces that count for one series: those that no incident of its own lies in."""
        return tuple(
            piece for piece in self.pieces if not any(one.fits(monitor.facts, series) for one in piece.incidents)
        )

    def incidents(self, monitor: MonitorPlan, series: SeriesKey) -> tuple[Incident, ...]:
        """The incidents whose rows one series leaves out."""
        marked = (one for piece in self.pieces for one in piece.incidents if one.fits(monitor.facts, series))
        return tuple(dict.fromkeys((*self.left_out, *marked)))

    def after(self, began: datetime) -> Reference:
        """Without what ended before the source's first event."""
        kept = tuple(piece for piece in self.pieces if piece.span.end is None or piece.span.end > began)
        return replace(self, pieces=kept, began=began)


Extents = Mapping[str, Interval]


def reference_of(
    monitor: MonitorPlan, window: Interval, zone: ZoneInfo, extents: Extents | None = None
) -> Reference | None:
    """What a window is compared with; it never contains the window.

    `extents` are the first and the last event of sources whose windows are read one by one.
    """
    plan, shape = monitor.baseline, monitor.window
    if plan is None or monitor.check.compares_columns:
        return None
    if plan.type == "source" and not monitor.reads_windows:
        return Reference((Piece(WHOLE),))
    if shape is None or window.start is None:
        return None
    if plan.type == "seasonal":
        times = range(plan.count, 0, -1)
        found = [period_before(window, shape.size, plan.period or shape.size, n, zone) for n in times]
        spans, periods = [span for span in found if span is not None], plan.count
        return _left(monitor, window, zone, Reference(_pieces(spans), monitor.reads_windows, periods))
    span = _span(plan, shape, window.start, zone, extents or {})
    if monitor.reads_windows:
        spans = list(windows_inside(shape, span, zone))[-MOST_WINDOWS:]
        return _left(monitor, window, zone, Reference(_pieces(spans), True, len(spans)))
    return _left(monitor, window, zone, Reference(_pieces([span])))


def _pieces(spans: Iterable[Interval]) -> tuple[Piece, ...]:
    return tuple(Piece(span, number) for number, span in enumerate(spans))


def _span(plan: BaselinePlan, shape: Window, start: datetime, zone: ZoneInfo, extents: Extents) -> Interval:
    """The span of a baseline that is one, for a window that starts at `start`."""
    if plan.type == "source":
        found = extents.get(plan.source, WHOLE)
        if found.start is None or found.end is None:
            return WHOLE
        # From the window of the first event to that of the last.
        return Interval(
            floor(found.start, shape.every, zone), shift(floor(found.end, shape.every, zone), shape.every, 1, zone)
        )
    if plan.span is not None:
        return plan.span
    end = shift(start, plan.offset, -1, zone)
    return Interval(shift(end, plan.size or shape.size, -1, zone), end)


def _left(monitor: MonitorPlan, window: Interval, zone: ZoneInfo, reference: Reference) -> Reference:
    """What is left of a reference without the window under test and without incidents."""
    plan, shape = monitor.baseline, monitor.window
    grows = monitor.growth == 1.0
    # Half of a day tells neither how many rows a day has nor how much days differ.
    whole = reference.apart or (grows and reference.periods is not None)
    pieces = list(reference.pieces)
    if plan is not None and plan.source == monitor.side.source:
        pieces = [part for piece in pieces for part, inside in _parts(piece, window, whole) if not inside]
    left_out: list[Incident] = []
    for incident in monitor.incidents:
        parts = [part for piece in pieces for part in _parts(piece, incident.span, whole)]
        if not speaks_of_series(incident.match):
            left_out += [incident] if any(inside for _, inside in parts) else []
            pieces = [part for part, inside in parts if not inside]
        else:
            pieces = [_marked(part, incident) if inside else part for part, inside in parts]
    if grows and not whole and shape is not None:
        pieces = _first_apart(pieces, shape, zone)
    return replace(reference, pieces=tuple(pieces), left_out=tuple(left_out))


def _parts(piece: Piece, span: Interval, whole: bool) -> Iterator[tuple[Piece, bool]]:
    """A piece cut at the edges of a span, each part with whether it lies inside; `whole`: it is not cut."""
    start, end = piece.span.start, piece.span.end
    if start is None or end is None or span.start is None or span.end is None:
        yield piece, False
        return
    first, last = max(start, span.start), min(end, span.end)
    if first >= last or whole:
        yield piece, first < last
        return
    if start < first:
        yield replace(piece, span=Interval(start, first)), False
    yield replace(piece, span=Interval(first, last)), True
    if last < end:
        yield replace(piece, span=Interval(last, end)), False


def _marked(piece: Piece, incident: Incident) -> Piece:
    return replace(piece, incidents=(*piece.incidents, incident))


def _first_apart(pieces: list[Piece], shape: Window, zone: ZoneInfo) -> list[Piece]:
    """The first window's length as a piece of its own: where it is empty, the rows may begin after the baseline."""
    if not pieces or pieces[0].span.start is None:
        return pieces
    cut = Interval(pieces[0].span.start, shift(pieces[0].span.start, shape.size, 1, zone))
    return [part for part, _ in _parts(pieces[0], cut, False)] + pieces[1:]
