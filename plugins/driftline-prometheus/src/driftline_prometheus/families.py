"""Metric families as values: what is exported, before it becomes text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

Labels = Mapping[str, str]


@dataclass(frozen=True)
class Sample:
    """One number with its labels; a label whose text is empty counts as absent, as in Prometheus itself."""

    labels: Labels
    value: float


@dataclass(frozen=True)
class Family:
    """A gauge: its name, its help text and its samples."""

    name: str
    help: str
    samples: tuple[Sample, ...]

    def labelled(self, constant: Labels) -> Family:
        """The same with further labels on every sample."""
        return Family(
            self.name, self.help, tuple(Sample({**each.labels, **constant}, each.value) for each in self.samples)
        )


@dataclass(frozen=True)
class Exposition(Collector):
    """Families in the form that prometheus-client writes and pushes."""

    families: tuple[Family, ...]

    def collect(self) -> Iterable[Metric]:
        """The families that have samples, as gauges."""
        return self._gauges()

    def _gauges(self) -> Iterator[Metric]:
        for family in self.families:
            if not family.samples:
                continue
            gauge = GaugeMetricFamily(family.name, family.help)
            for sample in family.samples:
                present = {name: text for name, text in sample.labels.items() if text}
                gauge.add_sample(family.name, present, sample.value)
            yield gauge
