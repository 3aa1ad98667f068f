"""What comes before every scan: the document, its sources opened, the graph, the store, the windows that are due."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from driftline import clock, registry
from driftline.config.document import Document
from driftline.errors import Diagnostic, SourceError, UsageError
from driftline.model import Interval
from driftline.report.values import Skipped, SourceNotes

if TYPE_CHECKING:
    from driftline.compile.graph import Graph
    from driftline.compile.schedule import Judgement
    from driftline.execute.opened import OpenedSource
    from driftline.store.leases import Lease
    from driftline.store.store import Store

LATEST = "latest"
Progress = Callable[[str], None]


@dataclass(frozen=True)
class RunOptions:
    """What a run is asked for.

    `at` is an instant (a text is read in the root file's time zone), "now", or "latest": per model, the newest event of
    its scored source. `since`: judge all windows from there.
    """

    at: datetime | str = "now"
    since: datetime | str | None = None
    monitors: tuple[str, ...] = ()
    plugins: str | None = None
    dry_run: bool = False
    environment: str | None = None  # of the declared ones; None: DRIFTLINE_ENV


@dataclass(frozen=True)
class Prepared:
    """Everything up to the scans."""

    document: Document
    whole: Graph  # every monitor of the document
    graph: Graph  # those that were asked for
    sources: Mapping[str, OpenedSource]
    as_of: Mapping[str, datetime]
    at: datetime
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[SourceNotes, ...] = ()


def load(path: Path, plugins: str | None = None, environment: str | None = None) -> Document:
    """The validated document of a root file in one environment (default: that of DRIFTLINE_ENV).

    Raises ConfigurationError with every diagnostic, and UsageError when the file declares environments and none of
    them is chosen.
    """
    from driftline.schema.load import EnvironmentNotChosen, load_document

    kinds = registry.load(plugins)
    chosen = environment or os.environ.get("DRIFTLINE_ENV") or None
    try:
        return load_document(path, kinds, environment=chosen)
    except EnvironmentNotChosen as error:
        if environment is None and not error.names:  # the variable is meant for other files
            return load_document(path, kinds)
        raise


def held_against_data(document: Document, kinds: registry.Registry) -> tuple[Diagnostic, ...]:
    """What is wrong with a sound configuration when its sources are opened: schemas are read, no rows.

    A source that cannot be opened is a finding like any other.
    """
    from driftline.compile.against_data import data_findings
    from driftline.compile.catalog import SourceFacts
    from driftline.compile.spots import unknown_sources
    from driftline.execute.opening import catalog, open_sources

    unknown = unknown_sources(document)
    opened = open_sources(document, kinds, (name for name in document.sources if name not in unknown))
    reason = "source {!r} is not opened: the environment does not say all of it"
    closed = {name: SourceFacts(failure=reason.format(name)) for name in unknown}
    return data_findings(document, kinds, {**catalog(opened), **closed})


def prepare(path: Path, options: RunOptions, progress: Progress) -> Prepared:
    """The document of a root file up to the scans."""
    return prepare_document(load(path, options.plugins, options.environment), options, progress)


def prepare_document(document: Document, options: RunOptions, progress: Progress) -> Prepared:
    """A document up to the scans: its sources opened, its graph compiled, the as-of instants known."""
    from driftline.compile.expand import compile_graph
    from driftline.execute.opening import catalog, open_sources, source_names

    kinds = registry.load(options.plugins)
    progress("opening sources")
    sources = open_sources(document, kinds, source_names(document))
    whole = compile_graph(document, kinds, catalog(sources))
    graph = _selected(whole, options.monitors)
    now = clock.now()
    given = None if options.at in ("now", LATEST) else instant_given(options.at, document, "--at")
    scored = {plan.side.source for plan in graph.monitors}
    newest = {name: given or _newest(source, options.at, now) for name, source in sources.items()}
    at = max((known for name in scored if (known := newest[name]) is not None), default=given or now)
    as_of = {name: known or at for name, known in newest.items()}
    return Prepared(document, whole, graph, sources, as_of, at)


def _selected(graph: Graph, globs: Iterable[str]) -> Graph:
    """Only the monitors that `--monitor` names; UsageError when it names none."""
    from driftline.compile.match import is_named

    globs = tuple(globs)
    if not globs:
        return graph
    chosen = tuple(m for m in graph.monitors if is_named(m.name, globs))
    composites = tuple(m for m in graph.composites if is_named(m.name, globs))
    if not chosen and not composites:
        names = ", ".join(sorted({m.name for m in (*graph.monitors, *graph.composites)})[:10])
        raise UsageError(f"--monitor {' '.join(globs)} fits no monitor; there are: {names}")
    left_out = tuple(one for one in graph.left_out if is_named(one.monitor, globs))
    return replace(graph, monitors=chosen, composites=composites, left_out=left_out)


def instant_given(given: datetime | str, document: Document, option: str) -> datetime:
    if isinstance(given, datetime):
        return given if given.tzinfo else given.replace(tzinfo=UTC)
    try:
        return clock.parse_instant(given, document.defaults.timezone)
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from None


def _newest(source: OpenedSource, at: datetime | str, now: datetime) -> datetime | None:
    """For "latest", the source's newest event; None where it has none, or the wall clock is asked for."""
    if at != LATEST or source.failure is not None or source.timestamp is None:
        return None
    try:
        return extent_until(source, now).end
    except SourceError:
        return None


def extent_until(source: OpenedSource, now: datetime) -> Interval:
    """The first and the last event of a source with a timestamp; SourceError where it cannot be read.

    One that lies in the future is a mistake of whoever wrote it: it does not say how far the others are.
    """
    from driftline.execute.run import last_event
    from driftline.profiles.extent import Extent

    extent = source.source.extent(source.context)
    if extent.end is None or extent.end <= now or source.timestamp is None:
        return extent
    last = last_event(source, Extent(source.timestamp), now).last
    return Interval(None if last is None else extent.start, last)


def opened_store(document: Document, options: RunOptions, stack: ExitStack) -> tuple[Store | None, Lease | None]:
    """The store, held by this run alone; a dry run reads it where it exists, and writes nothing."""
    from driftline.store.presence import exists

    if options.dry_run and not exists(document.store, document.root.parent):
        return None, None
    from driftline.compile.renames import Renames
    from driftline.lifecycle import owner_of
    from driftline.store.renamed import Renamed
    from driftline.store.store import Store

    store = stack.enter_context(Store.open(document.store, document.root.parent, read_only=options.dry_run))
    renames, owner = Renames.of(document), owner_of(document)
    if options.dry_run:
        return (Renamed(store, renames, document.environment, owner) if renames else store), None
    lease = stack.enter_context(store.lease(f"run {document.environment or ''}", seconds=60.0, wait=600.0))
    if renames:
        store.rename(renames, document.environment, owner, lease)
    return store, lease


def since_of(prepared: Prepared, options: RunOptions) -> datetime | None:
    """The instant of `--since`."""
    return None if options.since is None else instant_given(options.since, prepared.document, "--since")


def judgements_due(
    prepared: Prepared, options: RunOptions, store: Store | None
) -> tuple[tuple[Judgement, ...], tuple[Skipped, ...]]:
    from driftline.compile.schedule import Reached, due

    marks = store.last_judged(prepared.document.environment) if store is not None else {}
    extents = extents_of(prepared)
    since = since_of(prepared, options)
    if since is not None and since > prepared.at:
        raise UsageError(f"--since {options.since} lies after the as-of instant {prepared.at:%Y-%m-%d %H:%M} UTC")
    found: list[Judgement] = []
    skipped: list[Skipped] = []
    for monitor in prepared.graph.monitors:
        as_of = prepared.as_of[monitor.side.source]
        mark = marks.get((monitor.mark, monitor.subject))
        reached = None if mark is None else Reached(mark.at, mark.since, mark.known)
        judgements = due(monitor, as_of, since=since, judged=reached, extents=extents)
        found.extend(judgements)
        if not judgements:
            by_schedule = f"no window is due by its schedule ({monitor.schedule})"
            reason = "no window is complete yet" if monitor.schedule is None else by_schedule
            skipped.append(Skipped(monitor.name, monitor.subject, reason))
    return tuple(found), (*unmeasured(prepared.graph), *skipped)


def extents_of(prepared: Prepared) -> dict[str, Interval]:
    """The first and the last event of the sources that are baselines whose windows or blocks are read one by one."""
    found: dict[str, Interval] = {}
    for monitor in prepared.graph.monitors:
        name = monitor.baseline.source if monitor.baseline is not None and monitor.baseline.type == "source" else None
        if name is not None and name not in found and monitor.reads_apart:
            source = prepared.sources[name]
            if source.failure is None and source.timestamp is not None:
                with suppress(SourceError):  # the scan says so
                    found[name] = extent_until(source, clock.now())
    return found


def unmeasured(graph: Graph) -> tuple[Skipped, ...]:
    """Monitors of which nothing at all is measured: they fit none of the models or columns that they select."""
    live = {monitor.name for monitor in graph.monitors}
    presets = {name.partition(".")[0] for name in live}
    return tuple(
        Skipped(one.monitor, one.subject, one.reason)
        for one in graph.left_out
        if one.column is None and one.monitor not in live and one.monitor.partition(".")[0] not in presets
    )
