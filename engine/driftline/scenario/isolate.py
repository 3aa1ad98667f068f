"""The configuration of a case, cut off from the world: its own data, store and receiver, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from driftline.config.document import ChannelDefinition, Document, Secret, SourceDefinition
from driftline.scenario.definition import Case, Files
from driftline.scenario.meaning import file_type

STORE = "state.db"
NOT_MOVED = ("storage", "query", "url", "hive", "path")  # options of where rows come from


def isolated(case: Case, folder: Path, url: Callable[[str], str], drawn: frozenset[str]) -> Document:
    """The document with sources under `folder`, a store there, and channels and actions that lead to `url(name)`.

    `drawn` are the sources whose rows are written there; others read the scenario's files. A source without data in
    the scenario has none.
    """
    document = case.document
    return replace(
        document,
        root=folder / document.root.name,
        store=f"sqlite:///{(folder / STORE).as_posix()}",
        sources={name: _source(source, case, folder, drawn) for name, source in document.sources.items()},
        channels={name: _channel(channel, url) for name, channel in document.channels.items()},
        actions={name: replace(action, url=Secret(url(name)), headers={}) for name, action in document.actions.items()},
    )


def _channel(channel: ChannelDefinition, url: Callable[[str], str]) -> ChannelDefinition:
    return replace(channel, url=url(channel.name))


def _source(source: SourceDefinition, case: Case, folder: Path, drawn: frozenset[str]) -> SourceDefinition:
    data = case.data.get(source.name)
    if isinstance(data, Files) and source.name not in drawn:
        kind = file_type(data.pattern)
        assert kind is not None  # checked when the file was read
        return replace(source, type=kind, options={**_kept(source, kind), "path": data.pattern})
    path = str(source_folder(folder, source.name) / "*.parquet")
    return replace(source, type="parquet", options={"path": path}, directory=folder)


def source_folder(folder: Path, source: str) -> Path:
    """Where the rows of a source are written."""
    return folder / "sources" / source.replace("\\", "_")


def _kept(source: SourceDefinition, kind: str) -> Mapping[str, Any]:
    """How files are read, where the configuration says it of the same kind."""
    if source.type != kind:
        return {}
    return {key: value for key, value in source.options.items() if key not in NOT_MOVED}
