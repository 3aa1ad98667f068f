"""What a run found out about its sources: what became known of their past, and rows whose time cannot be right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from driftline.compile.schedule import settled
from driftline.errors import SourceError
from driftline.execute.late import Late, late
from driftline.keeping import LOOKED_INTO, Changed, KeptPanes
from driftline.model import Interval
from driftline.report.values import SourceNotes
from driftline.sources.base import Misplaced, SourceFile

if TYPE_CHECKING:
    from driftline.compile.request import ScanRequest
    from driftline.execute.opened import OpenedSource
    from driftline.execute.packs import Pack
    from driftline.execute.panes import Panes
    from driftline.preparing import Prepared
    from driftline.store.store import Store

_INSTANT = timedelta(microseconds=1)
READ_THROUGH = 256 * 2**20  # bytes of files whose times are looked at by a run that keeps nothing


def noticed(
    prepared: Prepared,
    requests: Iterable[ScanRequest],
    panes: Mapping[str, Panes],
    packs: Mapping[str, Iterable[Pack]],
    store: Store | None,
    since: datetime | None = None,
) -> tuple[SourceNotes, ...]:
    """What this run found out about its sources and their past; to be asked before `remember`.

    `since` is where a run that judges windows again starts.
    """
    past = {name: _noticed(name, each, packs.get(name, ()), store) for name, each in panes.items() if store is not None}
    found: list[SourceNotes] = []
    timed = {one.source for one in requests if any(_is_bounded(span) for b in one.bundles for span in b.spans)}
    for name in dict.fromkeys(request.source for request in requests):
        notes = past.get(name) or SourceNotes(name)
        rows = misplaced(prepared.sources[name], panes.get(name)) if name in timed else Misplaced()
        notes = replace(notes, rows_without_time=rows.without_time, future_rows=rows.future)
        came = _too_late(prepared, name, store, since) if name in timed and store is not None else Late()
        if came.rows:
            starts = [each for each in (notes.since, came.since) if each is not None]
            notes = replace(notes, late_rows=notes.late_rows + came.rows, since=min(starts, default=None))
        found += [notes] if notes != SourceNotes(name) else []
    return tuple(found)


def _is_bounded(span: Interval) -> bool:
    return span.start is not None or span.end is not None


def misplaced(source: OpenedSource, panes: Panes | None) -> Misplaced:
    """Rows of a source whose time cannot be right: in files that the store does not know yet, or in all of them.

    Nothing of a source that fails, of many or large files without a store, and of those that tell nothing cheaply.
    """
    if source.failure is not None or source.timestamp is None:
        return Misplaced()
    files = source.files()
    if files is None:
        return source.misplaced() or Misplaced()
    if panes is not None:
        return panes.own.kept.changed.misplaced if isinstance(panes.own.kept, KeptPanes) else Misplaced()
    if len(files) > LOOKED_INTO or (source.footprint().bytes or 0) > READ_THROUGH:
        return Misplaced()
    return sum((_misplaced_in(source, file) for file in files), Misplaced())


def _misplaced_in(source: OpenedSource, file: SourceFile) -> Misplaced:
    try:
        return source.file_facts(file).misplaced
    except SourceError:
        return Misplaced()  # the scan says so


def _too_late(prepared: Prepared, name: str, store: Store, since: datetime | None) -> Late:
    """The rows that came since the last run and that no window takes in, of a source that says when each arrived.

    Told of the shortest of the windows that are cut from it, for which a row is late first.
    """
    import polars as pl

    source = prepared.sources[name]
    if source.context.arrival is None or source.failure is not None:
        return Late()
    marks = store.last_judged(prepared.document.environment)
    judged = [
        (plan, plan.window, mark.known)
        for plan in prepared.graph.monitors
        if plan.side.source == name and plan.window is not None
        if (mark := marks.get((plan.mark, plan.subject))) is not None and mark.known is not None
    ]
    if not judged:
        return Late()
    plan, window, known = min(judged, key=lambda one: (one[0].labelled, one[1].every.seconds, one[0].name))
    if known is None or known >= prepared.as_of[name]:
        return Late()
    came = Interval(known + _INSTANT, prepared.as_of[name] + _INSTANT)
    try:
        return late(source, window, ZoneInfo(plan.timezone), partial(settled, plan), came, since)
    except (SourceError, pl.exceptions.PolarsError, OSError):
        return Late()  # the scan says so


def _noticed(name: str, panes: Panes, packs: Iterable[Pack], store: Store) -> SourceNotes | None:
    """The rows of panes that were read again, beside those that they had before."""
    from driftline.execute.panes import cut_name

    changed = panes.own.kept.changed if isinstance(panes.own.kept, KeptPanes) else Changed()
    if not changed.spans:
        return None
    overall = cut_name(panes.own.key, ())
    before = _rows((entry.span, entry.rows) for entry in store.pane_index([overall]).get(overall, ()))
    after = _rows((one.pane, one.rows) for one in packs if one.cut == overall)
    again = [span for span in after if span in before and span.start is not None and changed.touches(span)]
    if not again:
        return None
    late = sum(max(0, after[span] - before[span]) for span in again)
    gone = sum(max(0, before[span] - after[span]) for span in again)
    other = [span.start for span in again if span.start is not None and after[span] != before[span]]
    return SourceNotes(name, len(changed.files), len(again), late, gone, min(other, default=None))


def _rows(panes: Iterable[tuple[Interval, int]]) -> dict[Interval, int]:
    """Rows by pane; packs of one pane that hold other specs have the same rows."""
    found: dict[Interval, int] = {}
    for span, rows in panes:
        found[span] = max(rows, found.get(span, 0))
    return found
