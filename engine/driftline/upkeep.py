"""Looking after a state store: what it holds, what a configuration needs of it no more, what is damaged."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from driftline.config.document import Document
from driftline.errors import StoreError, UsageError
from driftline.model import Duration
from driftline.preparing import Prepared, RunOptions, load, prepare_document
from driftline.report.store import Collected, Shown
from driftline.store.presence import exists

if TYPE_CHECKING:
    from driftline.compile.graph import MonitorPlan, Side
    from driftline.execute.opened import OpenedSource
    from driftline.store.integrity import Checkup
    from driftline.store.leases import Lease
    from driftline.store.retention import Need, Retention
    from driftline.store.store import Store

KEEP = "400d"
MARGIN = timedelta(days=2)  # calendars: neither months nor days are all of one length
WAIT = 60.0  # seconds for a run to end


@dataclass(frozen=True)
class UpkeepOptions:
    """Which store, by its root file. `keep` and `most` are how old and how many verdicts may be."""

    environment: str | None = None
    plugins: str | None = None
    keep: str = KEEP
    most: int | None = None
    damaged: bool = False
    dry_run: bool = False


def show(path: Path, options: UpkeepOptions) -> Shown:
    """What the store of a root file holds, by any root file."""
    document = load(path, options.plugins, options.environment)
    with _opened(document, read_only=True) as store:
        found = replace(store.inventory(), label=_named(store))
    names = {}
    if found.panes:
        names = _names(_prepared(document, options))
    return Shown(found, names)


def check(path: Path, options: UpkeepOptions) -> tuple[str, Checkup]:
    """The store's name, and what is wrong with it; alert rules are those of the root file."""
    from driftline.lifecycle import Lifecycle

    document = load(path, options.plugins, options.environment)
    with _opened(document, read_only=True) as store:
        prepared = _prepared(document, options)
        cycle = Lifecycle(prepared.document, prepared.whole, prepared.at, None)
        return _named(store), store.check(cycle.rules_of, _names(prepared))


def collect(path: Path, options: UpkeepOptions) -> Collected:
    """Remove what is needed no more, in one transaction, while no run is at work."""
    from driftline.lifecycle import owner_of
    from driftline.store.retention import Removal, Retention

    document = load(path, options.plugins, options.environment)
    keep = _length(options.keep)
    if not exists(document.store, document.root.parent):
        with _opened(document, read_only=True) as store:
            return Collected(_named(store), Removal(), 0, options.dry_run, keep, timedelta(0))
    prepared = _prepared(document, options)
    needed = max((_reach(plan) for plan in (*prepared.whole.monitors, *prepared.whole.composites)), default=MARGIN)
    owner, sources = owner_of(document), _needs(prepared)
    retention = Retention(owner, document.environment, keep, needed, options.most, sources)
    with _opened(document, read_only=options.dry_run) as store:
        if options.dry_run:
            removal, damaged = store.removable(retention), store.damaged() if options.damaged else 0
            return Collected(_named(store), removal, damaged, True, keep, needed, store.size())
        with store.lease(f"run {document.environment or ''}", wait=WAIT) as lease:
            return _collected(store, retention, options, lease)


def _collected(store: Store, retention: Retention, options: UpkeepOptions, lease: Lease) -> Collected:
    before = store.size()
    damaged = store.drop_damaged(lease) if options.damaged else 0
    removal = store.collect(retention, lease)
    left = None
    try:
        store.shrink()
    except StoreError as error:  # what was removed is removed; only the disk has nothing of it
        left = str(error)
    kept = retention.keep, retention.needed
    return Collected(_named(store), removal, damaged, False, *kept, before, store.size(), left)


@contextmanager
def _opened(document: Document, *, read_only: bool) -> Iterator[Store]:
    from driftline.store.store import Store

    with Store.open(document.store, document.root.parent, read_only=read_only) as store:
        yield store


def _named(store: Store) -> str:
    """The store as one would write it here."""
    return store.label.replace(f"{Path.cwd()}{os.sep}", "")


def _prepared(document: Document, options: UpkeepOptions) -> Prepared:
    return prepare_document(document, RunOptions(plugins=options.plugins), lambda _: None)


def _length(text: str) -> timedelta:
    from driftline.schema.slots import read_duration

    found = read_duration(text)
    if not isinstance(found, Duration):
        raise UsageError(f"--keep {text} is no length of time; write it like 400d or 12mo")
    return found.timedelta


def _reach(plan: MonitorPlan, *, baseline: bool = True) -> timedelta:
    """How far behind the newest verdict a monitor may still read or judge; without `baseline`, for its window only."""
    if plan.window is None:
        return MARGIN
    size = plan.window.size.timedelta
    awaited = max(plan.delay.timedelta, plan.max_delay.timedelta, plan.lateness.timedelta)
    reach = size + plan.window.every.timedelta + awaited + MARGIN
    other = plan.baseline
    if other is None or not baseline:
        return reach
    if other.type == "seasonal":
        return reach + (other.period or plan.window.size).timedelta * other.count
    return reach + (other.size or plan.window.size).timedelta + other.offset.timedelta


@dataclass(frozen=True)
class _Keys:
    """The names under which the panes of sources are kept."""

    sources: Mapping[str, OpenedSource]

    def of(self, side: Side) -> dict[str, str]:
        """Of one side of a monitor, with how people call them: its rows, and its rows with their labels."""
        from driftline.keeping import labelled_key, source_key

        source, way = self.sources[side.source], side.relation
        found = {source_key(source): side.source}
        if way is not None and way.limit is not None:
            key = labelled_key(source, self.sources[way.source], replace(way, columns=()))
            found[key] = f"{side.source} with {way.source}"
        return found


def _sides(plan: MonitorPlan) -> list[tuple[Side, bool]]:
    """What a monitor reads, and whether it is its baseline."""
    other = plan.baseline_side or plan.side
    return [(plan.side, False), *([(other, True)] if plan.baseline is not None else [])]


def _names(prepared: Prepared) -> dict[str, str]:
    """What the panes in a store are of, by the key of their source."""
    keys = _Keys(prepared.sources)
    return {
        key: name for plan in prepared.whole.monitors for side, _ in _sides(plan) for key, name in keys.of(side).items()
    }


def _needs(prepared: Prepared) -> dict[str, Need] | None:
    """By key of a source, which of its panes may still be read; None where a source cannot be opened."""
    from driftline.execute.panes import cut_name

    if any(source.failure is not None for source in prepared.sources.values()):
        return None  # its columns are not known, so what would be asked of it is not either
    keys = _Keys(prepared.sources)
    found: dict[str, Need] = {}
    for plan in prepared.whole.monitors:
        for side, is_baseline in _sides(plan):
            need = _need(plan, is_baseline=is_baseline)
            for key in keys.of(side):
                whats = frozenset(cut_name(key, grouping) for grouping in plan.groupings)
                found[key] = replace(need, whats=whats).joined(found.get(key))
    return found


def _need(plan: MonitorPlan, *, is_baseline: bool) -> Need:
    """What one monitor may read of its own side, or of that of its baseline."""
    from driftline.store.retention import Need

    other = plan.baseline
    if not is_baseline or other is None:
        return Need(_reach(plan, baseline=False))
    if other.type == "source":
        return Need(None if plan.reads_windows else timedelta(0))
    return Need(_reach(plan), (other.span,) if other.span is not None else ())
