"""The one place that wires the stages: configuration to document to graph to profiles to verdicts to notices."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from driftline.config.document import Document
from driftline.keeping import kept_panes, remember
from driftline.model import Result, SeriesKey, Status
from driftline.noticing import noticed
from driftline.preparing import (
    Prepared,
    Progress,
    RunOptions,
    judgements_due,
    load,
    opened_store,
    prepare_document,
    since_of,
)
from driftline.report.values import RunReport, Skipped
from driftline.stretches import Stretches, is_long

if TYPE_CHECKING:
    from driftline.alert.state import SeriesState
    from driftline.channels.deliver import Delivery
    from driftline.compile.graph import Side
    from driftline.compile.request import ProfileSet, ScanRequest, Segment
    from driftline.compile.scans import ScanKey
    from driftline.compile.schedule import Judgement
    from driftline.evaluate.family import Known
    from driftline.lifecycle import Lifecycle
    from driftline.store.mark import Mark
    from driftline.store.store import Store


def run(path: Path, options: RunOptions, progress: Progress = lambda _: None) -> RunReport:
    """Judge what is due, keep it, tell whom it concerns."""
    return run_document(load(path, options.plugins, options.environment), options, progress)


def run_document(document: Document, options: RunOptions, progress: Progress = lambda _: None) -> RunReport:
    """`run` on a document that is loaded already."""
    from driftline.compile.scans import scans
    from driftline.evaluate.family import judge_all
    from driftline.execute.first_event import after_first_event
    from driftline.execute.run import execute
    from driftline.lifecycle import Lifecycle

    if not options.dry_run:
        _import_ahead("driftline.store.store")
    prepared = prepare_document(document, options, progress)
    with ExitStack() as stack:
        store, lease = opened_store(prepared.document, options, stack)
        judgements, skipped = judgements_due(prepared, options, store)
        planned = scans(judgements)
        progress(f"scanning {len(planned.requests)} source(s)")
        kept = {key.source: store.resolutions(key.source) for key in planned.requests} if store else {}
        as_of = _as_of_by_scan(planned.requests, judgements, prepared)
        panes = seen = kept_panes(prepared, store, planned.requests.values(), since_of(prepared, options))
        if store is not None and not options.dry_run and is_long(judgements):
            ahead = Stretches(prepared, planned.requests, as_of, store, lease)
            if ahead.keep(panes, progress):
                kept = {key.source: store.resolutions(key.source) for key in planned.requests}
                panes = kept_panes(prepared, store, planned.requests.values())
        executed = execute(planned.requests, prepared.sources, as_of, kept, panes, keeps=not options.dry_run)
        sets = {side: executed.sets[key] for side, key in planned.keys.items()}
        judgements, early = after_first_event(judgements, sets, prepared.sources)
        before = (Skipped(one.monitor.name, one.monitor.subject, reason) for one, reason in early)
        known = known_segments(store, prepared.document)
        results = judge_all(judgements, sets, known)
        prepared = replace(prepared, skipped=(*skipped, *before, *_cut(judgements, sets, known)))
        sound = [one for key, one in planned.requests.items() if executed.sets[key].failure is None]
        packs = executed.packs if seen is panes else {}
        prepared = replace(prepared, notes=noticed(prepared, sound, seen, packs, store, since_of(prepared, options)))
        if not options.dry_run and store is not None:
            for source, by_column in executed.chosen.items():
                store.keep_resolutions(source, by_column)
            remember(panes, executed.packs, store, lease)
        cycle = Lifecycle(prepared.document, prepared.whole, prepared.at, store, lease)
        over = tuple(_composites(prepared, cycle, store, results))
        results, prepared = (*results, *over), replace(prepared, skipped=(*prepared.skipped, *_idle(prepared, over)))
        return _conclude(prepared, options, cycle, judgements, results, progress)


def _cut(judgements: Iterable[Judgement], sets: Mapping[Side, ProfileSet], known: Known) -> Iterable[Skipped]:
    """Values beyond `top` have no series of their own: said once for each monitor, as of its last window."""
    from driftline.evaluate.family import known_by
    from driftline.evaluate.slices import cut

    last = {(one.monitor.name, one.monitor.subject): one for one in judgements}
    for (name, subject), judgement in last.items():
        for reason in cut(judgement, sets, known_by(known.get((name, subject), {}), judgement.window)):
            yield Skipped(name, subject, reason)


def _import_ahead(name: str) -> None:
    """Import a library of a few tenths of a second beside the opening of the sources, which waits for files."""
    threading.Thread(target=importlib.import_module, args=(name,), daemon=True).start()


def _as_of_by_scan(
    requests: Mapping[ScanKey, ScanRequest], judgements: Iterable[Judgement], prepared: Prepared
) -> dict[str, datetime]:
    """The as-of of each scan: of a baseline's own source that of the model that it serves.

    It is the latest that any monitor asks for: one with a schedule must not hide labels from those without.
    """
    scored: dict[str, datetime] = {}
    behind: dict[str, datetime] = {}
    for judgement in judgements:
        monitor, as_of = judgement.monitor, judgement.as_of
        scored[monitor.side.source] = max(as_of, scored.get(monitor.side.source, as_of))
        if monitor.baseline_side is not None:
            behind[monitor.baseline_side.source] = max(as_of, behind.get(monitor.baseline_side.source, as_of))
    return {request.source: prepared.as_of[request.source] for request in requests.values()} | behind | scored


def known_segments(store: Store | None, document: Document) -> dict[tuple[str, str], dict[Segment, datetime]]:
    """The segments that earlier runs judged, by monitor and subject, each with the first window that had it."""
    found: dict[tuple[str, str], dict[Segment, datetime]] = {}
    for series, first in (store.first_judged(document.environment) if store is not None else {}).items():
        if series.segment:
            segments = found.setdefault((series.monitor, series.subject), {})
            segments[series.segment] = min(first, segments.get(series.segment, first))
    return found


def _composites(
    prepared: Prepared, cycle: Lifecycle, store: Store | None, results: Iterable[tuple[Judgement, Result]]
) -> Iterable[tuple[Judgement, Result]]:
    """The verdicts of the composite monitors over those of this run and, within their windows, of earlier ones."""
    from driftline.evaluate.composite import Told, judge_composites

    def earlier(after: datetime | None, until: datetime) -> Iterable[Told]:
        kept = store.verdicts(prepared.document.environment, after, until) if store is not None else ()
        return [Told(*each) for each in kept]

    told = [Told(result.series, due.window.end or due.as_of, result.status) for due, result in results]
    return judge_composites(prepared.graph.composites, told, earlier, cache(cycle.facts_of))


def _idle(prepared: Prepared, over: Iterable[tuple[Judgement, Result]]) -> Iterable[Skipped]:
    """The composite monitors that had no verdict to look at."""
    judged = {(result.series.monitor, result.series.subject) for _, result in over}
    for plan in prepared.graph.composites:
        if (plan.name, plan.subject) not in judged:
            yield Skipped(plan.name, plan.subject, "nothing that it looks at was judged in this run")


def _conclude(
    prepared: Prepared,
    options: RunOptions,
    cycle: Lifecycle,
    judgements: tuple[Judgement, ...],
    results: tuple[tuple[Judgement, Result], ...],
    progress: Progress,
) -> RunReport:
    """Alerts, notices, the store, the outbox."""
    outcome = cycle.advance(results, whole=not options.monitors)
    deliveries: tuple[Delivery, ...] = ()
    if not options.dry_run:
        cycle.record(outcome, _marks(prepared.document, judgements, results))
        progress("delivering notices")
        deliveries = cycle.deliver(outcome)
    return RunReport(
        at=prepared.at,
        document=prepared.document,
        graph=prepared.graph,
        results=tuple(result for _, result in results),
        alerts=outcome.alerts,
        transitions=outcome.transitions,
        deliveries=deliveries,
        skipped=prepared.skipped,
        sources=prepared.notes,
        dry_run=options.dry_run,
        muted=outcome.routing.muted,
        revised=outcome.revised,
        known_until=_known_until(prepared, outcome.before),
    )


def _known_until(prepared: Prepared, states: Mapping[SeriesKey, SeriesState]) -> datetime | None:
    """The end of the newest window that the store knew of what this run judges, if that lies after its instant."""
    subjects = {(plan.name, plan.subject) for plan in (*prepared.graph.monitors, *prepared.graph.composites)}
    last = (state.last for series, state in states.items() if (series.monitor, series.subject) in subjects)
    return max((at for at in last if at is not None and at > prepared.at), default=None)


def _marks(
    document: Document, judgements: Iterable[Judgement], results: Iterable[tuple[Judgement, Result]]
) -> dict[tuple[str | None, str, str], Mark]:
    """How far each monitor was judged; a window of which nothing could be judged is tried again by the next run."""
    from driftline.store.mark import Mark

    results = tuple(results)
    judged = {_mark(judgement) for judgement, result in results if result.status is not Status.ERROR}
    failed = {_mark(judgement)[:2] for judgement, result in results if result.status is Status.ERROR}
    marks: dict[tuple[str | None, str, str], Mark] = {}
    for judgement in judgements:
        mark, subject, end = _mark(judgement)
        # One that is looked at again has no new verdict where nothing more is known of it.
        counts = (mark, subject, end) in judged or judgement.before is not None
        if end is not None and counts and judgement.monitor.window is not None:
            key = (document.environment, mark, subject)
            known = None if (mark, subject) in failed else judgement.as_of
            marks[key] = Mark(end, known, end).furthest(marks.get(key))
    return marks


def _mark(judgement: Judgement) -> tuple[str, str, datetime | None]:
    return judgement.monitor.mark, judgement.monitor.subject, judgement.window.end
