"""What is kept of sources between runs: which panes still hold, and what a run adds to them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from driftline.config.document import Secret
from driftline.errors import SourceError
from driftline.model import Interval
from driftline.sources.base import Misplaced

if TYPE_CHECKING:
    from driftline.compile.graph import Graph
    from driftline.compile.request import LabelRelation, ScanRequest
    from driftline.execute.opened import OpenedSource
    from driftline.execute.packs import Pack, PackEntry
    from driftline.execute.panes import Keeping, Panes, Shelf
    from driftline.preparing import Prepared
    from driftline.store.leases import Lease
    from driftline.store.panes import StoredFile
    from driftline.store.store import Store

_CREDENTIALS = re.compile(r"//[^/@]*@")
_NOT_ROWS = ("storage",)  # options that say how a source is reached, and not what is in it
UNKNOWN = -1  # rows of a file that nobody has looked into
LOOKED_INTO = 500  # files whose extents are read when a source is seen for the first time


@dataclass(frozen=True)
class Changed:
    """The files of a source that are new, or not what they were, since the last run; and the time that they touch."""

    files: Mapping[str, StoredFile] = field(default_factory=dict)
    spans: tuple[Interval, ...] = ()
    misplaced: Misplaced = field(default_factory=Misplaced)  # rows of these files whose time cannot be right

    def touches(self, pane: Interval) -> bool:
        from driftline.execute.cells import overlap

        return any(overlap(pane, span) for span in self.spans)


@dataclass(frozen=True)
class KeptPanes:
    """The panes of one shelf that hold: those that no file has changed since."""

    store: Store
    changed: Changed

    def entries(self, cuts: Iterable[str], span: Interval) -> Iterator[PackEntry]:
        from driftline.execute.packs import PackEntry

        for cut, entries in self.store.pane_index(cuts, span).items():
            for one in entries:
                if one.token is not None or not self.changed.touches(one.span):
                    yield PackEntry(one.source, cut, one.contents, one.span, one.token, one.rows)

    def packs(self, entries: Iterable[PackEntry]) -> Iterator[Pack]:
        from driftline.execute.packs import Pack

        for one in self.store.panes_of([(each.cut, each.contents, each.pane) for each in entries]):
            yield Pack(one.source, one.what, one.contents, one.span, one.token, one.rows, one.data)

    def stale(self, cuts: Iterable[str], span: Interval) -> Iterator[Interval]:
        for entries in self.store.pane_index(cuts, span).values():
            yield from (one.span for one in entries if one.token is None and self.changed.touches(one.span))


def kept_panes(
    prepared: Prepared, store: Store | None, requests: Iterable[ScanRequest], since: datetime | None = None
) -> dict[str, Panes]:
    """By source: what is kept of it. Nothing without a store.

    From `since` on a source whose files cannot be told from those of the last run is read again.
    """
    from driftline.execute.panes import Panes

    if store is None:
        return {}
    by_source: dict[str, list[ScanRequest]] = {}
    for request in requests:
        by_source.setdefault(request.source, []).append(request)
    found: dict[str, Panes] = {}
    for name, those in by_source.items():
        source = prepared.sources[name]
        if source.failure is None:
            look = _Look(store, prepared.sources, source, since)
            ways = {replace(relation, columns=()) for request in those for relation in request.relations}
            labelled = {way: look.labelled(way) for way in ways if way.limit is not None}
            keeping = _keeping(prepared.whole, source, prepared.as_of[name])
            found[name] = Panes(keeping, look.own(), labelled, source.context.timezone)
    return found


@dataclass(frozen=True)
class _Look:
    """What has become of the files behind one source since its panes were made."""

    store: Store
    sources: Mapping[str, OpenedSource]
    source: OpenedSource
    since: datetime | None

    def own(self) -> Shelf:
        """What is kept of the source alone."""
        return self._shelf(source_key(self.source), {"": self.source}, timedelta(0))

    def labelled(self, way: LabelRelation) -> Shelf:
        """What is kept of the source with labels joined; labels touch rows that lie before them."""
        labels = self.sources[way.source]
        key = labelled_key(self.source, labels, way)
        back = (way.limit.timedelta if way.limit is not None else timedelta(0)) + timedelta(days=2)
        return self._shelf(key, {"": self.source, "labels ": labels}, back)

    def _shelf(self, key: str, sources: Mapping[str, OpenedSource], back: timedelta) -> Shelf:
        from driftline.execute.panes import Shelf

        known, is_known = self.store.files(key), self.store.has_panes(key)
        files: dict[str, StoredFile] = {}
        spans: list[Interval] = []
        misplaced = Misplaced()
        for prefix, source in sources.items():
            own = {name.removeprefix(prefix): file for name, file in known.items() if name.startswith(prefix)}
            changed = changes(source, own, is_known=is_known, since=self.since)
            files |= {prefix + name: file for name, file in changed.files.items()}
            spans += [_earlier(span, back if prefix else timedelta(0)) for span in changed.spans]
            misplaced += changed.misplaced
        return Shelf(key, KeptPanes(self.store, Changed(files, tuple(spans), misplaced)))


def _earlier(span: Interval, by: timedelta) -> Interval:
    return Interval(None if span.start is None else span.start - by, span.end)


def source_key(source: OpenedSource) -> str:
    """What a source is, as a fingerprint: the same rows have the same. Credentials are no part of it."""
    from driftline.execute.packs import fingerprint

    kind, context = source.source, source.context
    options = [(each.name, _plain(getattr(kind, each.name))) for each in fields(kind) if each.name not in _NOT_ROWS]
    told = (context.name, context.directory, context.timestamp, context.timezone, context.where)
    return fingerprint(type(kind).kind, options, told)


def labelled_key(source: OpenedSource, labels: OpenedSource, way: LabelRelation) -> str:
    """As `source_key`, of a source with labels joined; `way` says how, with its columns left open."""
    from driftline.execute.packs import fingerprint

    return fingerprint(source_key(source), source_key(labels), way)


def _plain(value: object) -> object:
    return _CREDENTIALS.sub("//", value.reveal()) if isinstance(value, Secret) else value


def _keeping(graph: Graph, source: OpenedSource, as_of: datetime) -> Keeping:
    from driftline.compile.calendar import shift
    from driftline.compile.horizon import reach
    from driftline.execute.grid import grid_of
    from driftline.execute.packs import fingerprint
    from driftline.execute.panes import Keeping

    plans = [plan for plan in graph.monitors if plan.side.source == source.name]
    latest = [shift(as_of, plan.lateness, -1, ZoneInfo(plan.timezone)) for plan in plans]
    grid = grid_of(plans) if source.timestamp is not None else None
    # A range is asked for as long as it is written.
    is_bounded = plans and all(plan.baseline is None or plan.baseline.type != "range" for plan in plans)
    since = as_of - max(reach(plan) for plan in plans) if is_bounded else None
    files = source.files()
    token = None if files is None else fingerprint(*(f"{each.key} {each.token}" for each in files))
    return Keeping(grid, since, min(latest, default=None), token)


def changes(
    source: OpenedSource, known: Mapping[str, StoredFile], *, is_known: bool, since: datetime | None = None
) -> Changed:
    """The files of a source that are not what they were; of a source without files, nothing can be told.

    What is judged again from `since` on is read again then. `is_known` says whether there are panes of it: without any,
    nothing can have become stale.
    """
    from driftline.store.panes import StoredFile

    files = source.files()
    if files is None:
        return Changed(spans=(Interval(since, None),) if since is not None else ())
    new = [each for each in files if each.key not in known or known[each.key].token != each.token]
    found: dict[str, StoredFile] = {}
    spans: list[Interval] = []
    misplaced = Misplaced()
    for each in new:
        before = known.get(each.key)
        if not is_known and len(new) > LOOKED_INTO:
            found[each.key] = StoredFile(each.token, None, None, UNKNOWN)
            continue
        try:
            facts = source.file_facts(each)
        except SourceError:
            continue  # the scan says so
        found[each.key] = StoredFile(each.token, facts.first, facts.last, facts.rows, facts.without_time)
        misplaced += facts.misplaced
        spans += [_extent(facts.first, facts.last)] if facts.first is not None else []
        if before is not None and before.rows == UNKNOWN:
            spans.append(Interval(None, None))
        elif before is not None and before.first is not None:
            spans.append(_extent(before.first, before.last))
    return Changed(found, tuple(dict.fromkeys(spans)), misplaced)


def _extent(first: datetime | None, last: datetime | None) -> Interval:
    return Interval(first, None if last is None else last + timedelta(microseconds=1))


def remember(
    panes: Mapping[str, Panes], packs: Mapping[str, Iterable[Pack]], store: Store, lease: Lease | None
) -> None:
    """Keep what a run has made, and forget what its sources' files no longer bear out."""
    from driftline.store.panes import StoredPane

    for name, each in panes.items():
        made: dict[str, list[StoredPane]] = {}
        for one in packs.get(name, ()):
            kept = StoredPane(one.cut, one.shelf, one.pane, one.rows, one.data, one.token, one.contents)
            made.setdefault(one.shelf, []).append(kept)
        for shelf in (each.own, *each.labelled.values()):
            changed = shelf.kept.changed if isinstance(shelf.kept, KeptPanes) else Changed()
            if shelf.key in made or changed.files:
                store.keep(shelf.key, made.get(shelf.key, ()), changed.files, changed.spans, lease)
