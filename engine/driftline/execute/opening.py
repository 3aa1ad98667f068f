"""Opening the sources of a document: each once, a failure being a value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from driftline.checks.base import ColumnType
from driftline.compile.catalog import FoundColumn, SourceFacts
from driftline.config.document import Document, SourceDefinition
from driftline.execute.opened import OpenedSource
from driftline.registry import Registry
from driftline.sources.base import SourceContext

if TYPE_CHECKING:
    import polars as pl


def open_sources(document: Document, registry: Registry, names: Iterable[str]) -> dict[str, OpenedSource]:
    """The named sources, opened: their schemas are read, no rows."""
    timestamps = _role_timestamps(document)
    return {name: _open(document.sources[name], registry, timestamps.get(name)) for name in dict.fromkeys(names)}


def _role_timestamps(document: Document) -> dict[str, str]:
    """Source -> the timestamp that a model's role names, for sources that declare none."""
    return {m.source: m.roles.timestamp for m in document.models.values() if m.roles.timestamp is not None}


def _open(definition: SourceDefinition, registry: Registry, timestamp: str | None) -> OpenedSource:
    source = registry.source_class(definition.type)(**definition.options)
    context = SourceContext(
        name=definition.name,
        directory=definition.directory,
        timestamp=definition.timestamp or timestamp,
        timezone=definition.timezone,
        arrival=definition.arrival,
        where=definition.where,
    )
    return OpenedSource.open(source, context)


def source_names(document: Document) -> tuple[str, ...]:
    """Every source that a monitor may read: of models, their labels and baselines, of metrics and monitors."""
    names: list[str | None] = []
    for model in document.models.values():
        names += [model.source, model.labels.source if model.labels else None]
        names += [model.baseline if isinstance(model.baseline, str) else _baseline_source(model.baseline)]
    names += [metric.source for metric in document.metrics.values()]
    for monitor in document.monitors.values():
        names += [monitor.source, monitor.baseline if isinstance(monitor.baseline, str) else None]
        names += [_baseline_source(monitor.baseline), _baseline_source(monitor.defaults.baseline)]
        names += [monitor.defaults.baseline if isinstance(monitor.defaults.baseline, str) else None]
    names += [baseline.source for baseline in document.baselines.values()]
    return tuple(dict.fromkeys(name for name in names if name in document.sources and name is not None))


def _baseline_source(baseline: object) -> str | None:
    return getattr(baseline, "source", None)


def catalog(opened: Mapping[str, OpenedSource]) -> dict[str, SourceFacts]:
    """What the compiler needs to know of opened sources."""
    return {name: _facts(source) for name, source in opened.items()}


def _facts(source: OpenedSource) -> SourceFacts:
    columns = {name: _found(name, dtype) for name, dtype in source.schema.items()}
    return SourceFacts(columns, source.failure, source.timestamp, source.is_naive, source.context.arrival)


def _found(name: str, dtype: pl.DataType) -> FoundColumn:
    import polars as pl

    if dtype == pl.Null:
        return FoundColumn(name, ColumnType.NUMERIC, str(dtype), unknown=True)
    if dtype == pl.Boolean:
        return FoundColumn(name, ColumnType.BOOLEAN, str(dtype))
    if dtype.is_temporal() and dtype != pl.Time:
        return FoundColumn(name, ColumnType.DATETIME, str(dtype))
    if dtype.is_numeric():
        return FoundColumn(name, ColumnType.NUMERIC, str(dtype))
    if dtype in (pl.String, pl.Categorical, pl.Enum):
        return FoundColumn(name, ColumnType.CATEGORICAL, str(dtype))
    return FoundColumn(name, None, str(dtype))
