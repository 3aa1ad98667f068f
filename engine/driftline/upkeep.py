"""Looking after a state store: what it holds, what a configuration needs of it no more, what is damaged."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from driftline.compile.horizon import MARGIN, reach
from driftline.config.document import Document
from driftline.demand import names, needs
from driftline.errors import StoreError, UsageError
from driftline.model import Duration
from driftline.preparing import Prepared, RunOptions, load, prepare_document
from driftline.report.store import Collected, Rolled, Shown
from driftline.rolling import courses, roll_up
from driftline.store.presence import exists

if TYPE_CHECKING:
    from driftline.store.integrity import Checkup
    from driftline.store.leases import Lease
    from driftline.store.retention import Retention
    from driftline.store.store import Store

KEEP = "400d"
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
    return Shown(found, names(_prepared(document, options)) if found.panes else {})


def check(path: Path, options: UpkeepOptions) -> tuple[str, Checkup]:
    """The store's name, and what is wrong with it; alert rules are those of the root file."""
    from driftline.lifecycle import Lifecycle

    document = load(path, options.plugins, options.environment)
    with _opened(document, read_only=True) as store:
        prepared = _prepared(document, options)
        cycle = Lifecycle(prepared.document, prepared.whole, prepared.at, None)
        return _named(store), store.check(cycle.rules_of, names(prepared))


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
    needed = max((reach(plan) for plan in (*prepared.whole.monitors, *prepared.whole.composites)), default=MARGIN)
    owner, sources = owner_of(document), needs(prepared)
    retention = Retention(owner, document.environment, keep, needed, options.most, sources)
    with _opened(document, read_only=options.dry_run) as store:
        if options.dry_run:
            removal, damaged = store.removable(retention), store.damaged() if options.damaged else 0
            return Collected(_named(store), removal, damaged, True, keep, needed, store.size())
        with store.lease(f"run {document.environment or ''}", wait=WAIT) as lease:
            return _collected(store, retention, prepared, options, lease)


def _collected(
    store: Store, retention: Retention, prepared: Prepared, options: UpkeepOptions, lease: Lease
) -> Collected:
    before = store.size()
    damaged = store.drop_damaged(lease) if options.damaged else 0
    removal = store.collect(retention, lease)
    rolled = Rolled()
    # Of a shared store nobody knows here which hours others read.
    if retention.sources is not None and removal.reference is not None and not removal.is_shared:
        rolled = roll_up(store, courses(prepared, store), removal.reference, lease)
    left = None
    try:
        store.shrink()
    except StoreError as error:  # what was removed is removed; only the disk has nothing of it
        left = str(error)
    kept = retention.keep, retention.needed
    return Collected(_named(store), removal, damaged, False, *kept, before, store.size(), left, rolled)


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
