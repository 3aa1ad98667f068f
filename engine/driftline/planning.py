"""Plans: what a run would do, in one environment or in each, and how that differs from another state of the files."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from driftline import clock
from driftline.keeping import kept_panes
from driftline.preparing import Prepared, RunOptions, judgements_due, opened_store, prepare, since_of
from driftline.report.values import PlanReport

if TYPE_CHECKING:
    from driftline.alert.replay import Alert
    from driftline.compile.request import ScanRequest
    from driftline.execute.outlook import Outlook
    from driftline.store.store import Store


def plan(path: Path, options: RunOptions) -> PlanReport:
    """What a run would do; opens the sources for their columns and reads no rows but the newest event's time."""
    prepared = prepare(path, options, lambda _: None)
    with ExitStack() as stack:
        store, _ = opened_store(prepared.document, replace(options, dry_run=True), stack)
        return planned(prepared, options, store)


def plans(path: Path, options: RunOptions) -> tuple[PlanReport, ...]:
    """The plan of the chosen environment, or of each where several are declared and none is chosen."""
    from driftline.schema.load import EnvironmentNotChosen

    options = at_one_instant(options)
    try:
        return (plan(path, options),)
    except EnvironmentNotChosen as error:
        if options.environment is not None or not error.names or error.chosen is not None:
            raise
        return tuple(plan(path, replace(options, environment=name)) for name in error.names)


def at_one_instant(options: RunOptions) -> RunOptions:
    """Plans that stand side by side are as of the same instant."""
    return replace(options, at=clock.now()) if options.at == "now" else options


def planned(prepared: Prepared, options: RunOptions, store: Store | None) -> PlanReport:
    """The plan of what is prepared, given what the store knows."""
    from driftline.compile.scans import scans
    from driftline.compile.unmatched import unmatched

    judgements, skipped = judgements_due(prepared, options, store)
    requests = tuple(scans(judgements).requests.values())
    return PlanReport(
        prepared.document,
        prepared.graph,
        judgements,
        requests,
        prepared.sources,
        prepared.as_of,
        skipped,
        footprints={request.source: prepared.sources[request.source].footprint() for request in requests},
        ending=() if options.monitors else _ending(prepared, store),
        has_store=store is not None,
        unmatched=unmatched(prepared.document, prepared.whole),
        outlooks=_outlooks(prepared, options, store, requests),
    )


def _outlooks(
    prepared: Prepared, options: RunOptions, store: Store | None, requests: Iterable[ScanRequest]
) -> tuple[Outlook, ...]:
    """What each scan would read, and what of it is kept."""
    from driftline.execute.local import LocalExecutor
    from driftline.execute.outlook import Outlook

    requests = tuple(requests)
    if store is None:
        return tuple(Outlook() for _ in requests)
    panes = kept_panes(prepared, store, requests, since_of(prepared, options))
    known = {request.source: store.resolutions(request.source) for request in requests}
    return tuple(
        LocalExecutor(prepared.sources, prepared.as_of[request.source], known, panes).outlook(request)
        for request in requests
    )


def _ending(prepared: Prepared, store: Store | None) -> tuple[Alert, ...]:
    """The open alerts that the next run would end, because their series left the configuration."""
    if store is None:
        return ()
    from driftline.alert.replay import alerts
    from driftline.lifecycle import Lifecycle

    cycle = Lifecycle(prepared.document, prepared.whole, prepared.at, store)
    return alerts(cycle.leaving(store.states(prepared.document.environment)))
