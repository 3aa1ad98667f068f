"""What `driftline doctor` looks at, put together: the configuration, the sources' columns, the store."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from driftline import clock, registry
from driftline.alert.replay import Judgement
from driftline.config.document import Document, Secret
from driftline.config.environment import Environment
from driftline.config.files import read_files
from driftline.config.findings import Findings
from driftline.config.nodes import Node
from driftline.config.reader import parse
from driftline.doctor.diagnosis import Diagnosis, diagnose
from driftline.doctor.facts import Facts, SourceState, watched
from driftline.errors import SourceError, StoreError
from driftline.model import SeriesKey
from driftline.preparing import extent_until, load
from driftline.store.presence import SQLITE, exists

if TYPE_CHECKING:
    from driftline.execute.opened import OpenedSource
    from driftline.store.store import Store
    from driftline.store.survey import Survey

MOST_VALUES = 5_000  # newest numbers that a distribution is made of
MOST_VERDICTS = 1_000  # newest verdicts of a series that are folded again


def check_up(path: Path, plugins: str | None = None, environment: str | None = None) -> Diagnosis:
    """Look at a configuration in one environment, at its history and at its sources' columns; no rows are read.

    Raises ConfigurationError where `validate` would, and UsageError for an environment that is not declared.
    """
    from driftline.compile.expand import compile_graph
    from driftline.execute.opening import catalog, open_sources

    document = load(path, plugins, environment)
    kinds = registry.load(plugins)
    sources = open_sources(document, kinds, document.sources)
    columns = catalog(sources)
    graph = compile_graph(document, kinds, columns)
    with ExitStack() as stack:
        store, survey, broken = _surveyed(document, stack)
        facts = Facts(
            file=str(path),
            document=document,
            graph=graph,
            catalog=columns,
            survey=survey,
            now=clock.now(),
            sources=_states(document, sources),
            trees=_trees(path, document.environment),
            unusable=_unusable(document),
            token_schemes=_token_schemes(document),
            unwritable=broken or _unwritable(document),
            compared=partial(_compared, store),
            judgements=partial(_judgements, store),
            watched=watched(graph, survey),
        )
        return diagnose(facts)


def _surveyed(document: Document, stack: ExitStack) -> tuple[Store | None, Survey, str | None]:
    """The store and what it holds, or why it cannot be read: the rest is looked at all the same."""
    from driftline.store.survey import Survey

    if not exists(document.store, document.root.parent):
        return None, Survey(), None
    from driftline.store.store import Store

    try:
        store = stack.enter_context(Store.open(document.store, document.root.parent, read_only=True))
        return store, store.survey(document.environment, str(document.root.resolve())), None
    except StoreError as error:
        return None, Survey(), str(error)


def _compared(store: Store | None, series: Iterable[SeriesKey]) -> tuple[float, ...]:
    return store.compared(series, MOST_VALUES) if store is not None else ()


def _judgements(store: Store | None, series: SeriesKey) -> tuple[Judgement, ...]:
    kept = store.results(series)[-MOST_VERDICTS:] if store is not None else ()
    return tuple(Judgement(each.at, each.result) for each in kept)


def _trees(path: Path, environment: str | None) -> tuple[Node, ...]:
    """Every file as it is written: with its substitutions, and with the bodies of all environments."""
    unheard = Findings()
    files = read_files(path, Environment({}, allow_missing=True), unheard, environment)
    trees = (parse(file.text, file.name, unheard) for file in files)
    return tuple(tree for tree in trees if tree is not None)


def _states(document: Document, sources: Mapping[str, OpenedSource]) -> dict[str, SourceState]:
    """The newest event of models' rows and labels and of baselines, from statistics; else when the files are of."""
    wanted = {model.source for model in document.models.values()}
    wanted |= {model.labels.source for model in document.models.values() if model.labels is not None}
    wanted |= {one.source for one in document.baselines.values() if one.source is not None}
    wanted |= {one for model in document.models.values() if isinstance(one := model.baseline, str)}
    return {name: _state(sources[name]) for name in document.sources if name in wanted}


def _state(opened: OpenedSource) -> SourceState:
    if opened.failure is not None:
        return SourceState()
    if opened.timestamp is not None:
        try:
            return SourceState(newest=extent_until(opened, clock.now()).end)
        except SourceError:
            return SourceState()
    path = getattr(opened.source, "path", None)
    if not isinstance(path, str) or "://" in path:
        return SourceState()
    written = [file.stat().st_mtime for file in opened.context.directory.glob(path)] if not os.path.isabs(path) else []
    return SourceState(written=datetime.fromtimestamp(max(written), UTC) if written else None)


def _unusable(document: Document) -> dict[str, str]:
    """The channels whose address cannot be used, told without sending anything."""
    if not document.channels:
        return {}
    from driftline.channels.apprise import AppriseChannel

    problems = {name: AppriseChannel.of(channel).problem() for name, channel in document.channels.items()}
    return {name: problem for name, problem in problems.items() if problem is not None}


def _token_schemes(document: Document) -> frozenset[str]:
    """The services whose address is made of tokens."""
    if not document.channels:
        return frozenset()
    from driftline.channels.apprise import token_schemes

    return token_schemes()


def _store_file(document: Document) -> Path | None:
    text = document.store.reveal() if isinstance(document.store, Secret) else document.store
    if not text.startswith(SQLITE):
        return None
    return document.root.parent / text.removeprefix(SQLITE).partition("?")[0]


def _unwritable(document: Document) -> str | None:
    """Why the next run could not keep its state in a file; None where it can, or where the store is a server."""
    file = _store_file(document)
    if file is None:
        return None
    shown = "its path is secret" if isinstance(document.store, Secret) else document.store.removeprefix(SQLITE)
    if file.exists() and not file.is_file():
        return f"{shown}: it is not a file"
    if file.exists() and not os.access(file, os.W_OK):
        return f"{shown}: the file is read-only for this user"
    folder = next(parent for parent in file.parents if parent.exists())
    if not folder.is_dir():
        return f"{shown}: {folder.name} is a file, not a folder"
    return None if os.access(folder, os.W_OK | os.X_OK) else f"{shown}: its folder is not writable for this user"
