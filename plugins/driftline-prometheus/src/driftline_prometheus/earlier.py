"""What earlier runs exported and this one has nothing new to say about. Pure.

A run may judge some monitors only: `--monitor` on a schedule of its own, or no window is complete. Without this, an
hourly run of a few would make all the others vanish, and what Prometheus alerts on them would end and start again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from prometheus_client.parser import text_string_to_metric_families

from driftline.api import RunReport
from driftline_prometheus.families import Family, Labels, Sample
from driftline_prometheus.metrics import OWN_LABELS, PER_SERIES, SERIES_LABELS, monitor_labels, series_labels

Earlier = Mapping[str, tuple[Sample, ...]]


def parse(text: str, group: Labels) -> Earlier:
    """The samples of series in an exposition that carry exactly the labels of `group` besides their own, by metric.

    Raises ValueError when the text is no exposition.
    """
    found: dict[str, tuple[Sample, ...]] = {}
    for family in text_string_to_metric_families(text):
        if family.name not in PER_SERIES:
            continue
        samples = []
        for sample in family.samples:
            rest = {name: text for name, text in sample.labels.items() if text and name not in OWN_LABELS}
            if rest == group:
                own = {name: text for name, text in sample.labels.items() if name in OWN_LABELS}
                samples.append(Sample({**dict.fromkeys(SERIES_LABELS, ""), **own}, sample.value))
        found[family.name] = tuple(samples)
    return found


def carried(now: Iterable[Family], earlier: Earlier, report: RunReport) -> tuple[Family, ...]:
    """The families of this run, with the earlier series of monitors that it did not judge and that still exist."""
    judged = {monitor_labels(series_labels(result)) for result in report.results}

    def stays(sample: Sample) -> bool:
        return monitor_labels(sample.labels) not in judged and _is_configured(sample.labels, report)

    return tuple(
        replace(family, samples=family.samples + tuple(filter(stays, earlier.get(family.name, ())))) for family in now
    )


def _is_configured(labels: Labels, report: RunReport) -> bool:
    monitor, model, source = monitor_labels(labels)
    names = {monitor, monitor.partition(".")[0]}  # `quality.missing_rate` comes from the monitor `quality`
    return (
        any(name in report.document.monitors for name in names)
        and (not model or model in report.document.models)
        and source in report.document.sources
    )
