"""What `--export prometheus=TARGET` calls: metrics of the run, with what earlier runs said, written or pushed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from driftline.api import RunReport
from driftline_prometheus import gateway, textfile
from driftline_prometheus.earlier import Earlier, carried
from driftline_prometheus.families import Exposition, Family
from driftline_prometheus.metrics import of_alerts, of_run, of_series
from driftline_prometheus.targets import FileTarget, parse


def export(report: RunReport, target: str) -> None:
    """Write the run's metrics to `file:PATH` or push them to `push:URL`. Raises TargetError or ExportError."""
    place = parse(target)
    place = replace(place, labels={**_environment(report), **place.labels})
    if isinstance(place, FileTarget):
        found = complete(report, textfile.read(place))
        textfile.write(place, Exposition(tuple(family.labelled(place.labels) for family in found)))
    else:
        gateway.write(place, Exposition(complete(report, gateway.read(place))))


def complete(report: RunReport, earlier: Earlier) -> tuple[Family, ...]:
    """All metrics: of series, of alerts, of the run."""
    series = carried(of_series(report), earlier, report)
    return (*series, *of_alerts(report, series), *of_run(report))


def _environment(report: RunReport) -> Mapping[str, str]:
    """Two environments of one configuration have the same series names: a label keeps them apart."""
    environment = report.document.environment
    return {} if environment is None else {"environment": environment}
