"""Former names of monitors and models (`was`): what a series of an earlier run is called now. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from driftline.config.document import Document, MonitorDefinition
from driftline.model import SeriesKey


@dataclass(frozen=True)
class Renames:
    """Former name -> present name. `of_sources` are the monitors whose subject is a source, which has no `was`."""

    monitors: Mapping[str, str]
    models: Mapping[str, str]
    of_sources: frozenset[str] = frozenset()

    @classmethod
    def of(cls, document: Document) -> Renames:
        """The renames that a document declares."""
        return cls(
            {each.was: each.name for each in document.monitors.values() if each.was is not None},
            {each.was: each.name for each in document.models.values() if each.was is not None},
            frozenset(each.name for each in document.monitors.values() if _is_of_source(each, document)),
        )

    def __bool__(self) -> bool:
        return bool(self.monitors or self.models)

    def monitor(self, name: str) -> str:
        """The present name of a monitor; a member of a preset (`quality.missing_rate`) follows it."""
        if name in self.monitors:
            return self.monitors[name]
        base, dot, member = name.partition(".")
        return f"{self.monitors[base]}{dot}{member}" if base in self.monitors else name

    def subject(self, monitor: str, name: str) -> str:
        """The present name of what a monitor, by its present name, watches."""
        return name if monitor in self.of_sources else self.models.get(name, name)

    def series(self, series: SeriesKey) -> SeriesKey:
        """The present identity of a series."""
        monitor = self.monitor(series.monitor)
        return replace(series, monitor=monitor, subject=self.subject(monitor, series.subject))


def _is_of_source(monitor: MonitorDefinition, document: Document) -> bool:
    metric = document.metrics.get(monitor.metric or "")
    return monitor.source is not None or (metric is not None and metric.model is None)
