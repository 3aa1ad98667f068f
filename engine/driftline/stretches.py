"""A long catch-up or backfill, read stretch by stretch: a run that is broken off goes on where it was.

What is judged, and how, is not touched: the panes of each stretch are kept as soon as they are made, and the run that
judges all of it finds them, be it this one or the next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from driftline.compile.calendar import floor, shift
from driftline.keeping import kept_panes, remember
from driftline.model import Duration, Interval

if TYPE_CHECKING:
    from driftline.compile.request import Bundle, ScanRequest
    from driftline.compile.scans import ScanKey
    from driftline.compile.schedule import Judgement
    from driftline.execute.panes import Panes
    from driftline.preparing import Prepared, Progress
    from driftline.store.leases import Lease
    from driftline.store.store import Store

MANY = 48  # windows of one monitor from which on a run is long
STRETCH = Duration(32, "d")  # a power of two days, so that blocks of panes do not lie across its ends


def is_long(judgements: Iterable[Judgement]) -> bool:
    """Whether a run judges so many windows of a monitor that it had better not be made twice."""
    of_monitor = Counter((one.monitor.name, one.monitor.subject) for one in judgements)
    return max(of_monitor.values(), default=0) >= MANY


@dataclass(frozen=True)
class Stretches:
    """The scans of a run, stretch by stretch; `as_of` is that of each source."""

    prepared: Prepared
    requests: Mapping[ScanKey, ScanRequest]
    as_of: Mapping[str, datetime]
    store: Store
    lease: Lease | None

    def keep(self, panes: Mapping[str, Panes], progress: Progress) -> bool:
        """Make the panes of every stretch and keep each before the next; False where the usual way is the only one.

        Panes that hold no more since files have changed are replaced all at once, beside a note of what changed: then
        nothing is kept ahead.
        """
        from driftline.execute.run import choose_resolutions, execute

        if any(self._stale(key, request, panes) for key, request in self.requests.items()):
            return False
        sources = self.prepared.sources
        kept = {key.source: self.store.resolutions(key.source) for key in self.requests}
        for source, by_column in choose_resolutions(self.requests.values(), sources, kept).items():
            self.store.keep_resolutions(source, by_column)
            kept[source] = {**kept.get(source, {}), **by_column}
        remember(panes, {}, self.store, self.lease)  # no pane holds anything of the files yet
        whole = self._whole()
        for number, (span, requests) in enumerate(tuple(self._parts(panes)), start=1):
            progress(f"reading stretch {number}: {span.start:%Y-%m-%d} to {span.end:%Y-%m-%d}")
            made = execute(requests, sources, self.as_of, kept, whole)
            remember(whole, made.packs, self.store, self.lease)
        return True

    def _whole(self) -> dict[str, Panes]:
        """What is kept by now, and may be kept however old it is."""
        panes = kept_panes(self.prepared, self.store, self.requests.values())
        return {name: replace(each, keeping=replace(each.keeping, since=None)) for name, each in panes.items()}

    def _stale(self, key: ScanKey, request: ScanRequest, panes: Mapping[str, Panes]) -> bool:
        from driftline.execute.knowledge import Knowledge
        from driftline.execute.lookup import stale
        from driftline.execute.panes import Rules
        from driftline.execute.queries import cuts

        keeper = panes.get(key.source)
        if keeper is None:
            return False
        knowledge = Knowledge.of(request.bundles, self.as_of[key.source])
        return bool(stale(Rules(keeper, request, knowledge), cuts(request)))

    def _parts(self, panes: Mapping[str, Panes]) -> Iterator[tuple[Interval, dict[ScanKey, ScanRequest]]]:
        """What is asked of each stretch, in order."""
        by_stretch: dict[Interval, dict[ScanKey, ScanRequest]] = {}
        for key, request in self.requests.items():
            grid = panes[key.source].keeping.grid if key.source in panes else None
            if grid is None or request.arrival is not None:
                continue  # nothing of it is kept by time
            for span in stretches(request, ZoneInfo(grid.timezone)):
                bundles = tuple(part for bundle in request.bundles if (part := inside(bundle, span)).snapshots)
                by_stretch.setdefault(span, {})[key] = replace(request, bundles=bundles)
        yield from sorted(by_stretch.items(), key=lambda item: item[0])


def stretches(request: ScanRequest, zone: ZoneInfo) -> Iterator[Interval]:
    """The stretches of the calendar in which a request reads something by time, in order."""
    spans = [span for bundle in request.bundles for span in bundle.spans if span.start is not None]
    starts = [span.start for span in spans if span.start is not None]
    ends = [span.end for span in spans if span.end is not None]
    if not starts or not ends:
        return
    start = floor(min(starts), STRETCH, zone)
    while start < max(ends):
        end = shift(start, STRETCH, 1, zone)
        yield Interval(start, end)
        start = end


def inside(bundle: Bundle, stretch: Interval) -> Bundle:
    """What a bundle asks of a stretch, as known in the end."""
    from driftline.compile.request import Snapshot
    from driftline.execute.cells import overlap, union

    known = [one.known for one in bundle.snapshots if one.known is not None]
    spans = union(span for span in bundle.spans if span.start is not None and span.end is not None)
    found = [Interval(*_both(span, stretch)) for span in spans if overlap(span, stretch)]
    return replace(bundle, snapshots=tuple(Snapshot(span, max(known, default=None)) for span in found))


def _both(span: Interval, stretch: Interval) -> tuple[datetime, datetime]:
    assert span.start is not None
    assert span.end is not None
    assert stretch.start is not None
    assert stretch.end is not None
    return max(span.start, stretch.start), min(span.end, stretch.end)
