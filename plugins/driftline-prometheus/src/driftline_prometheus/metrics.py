"""From what a run found to metric families: every name, help text and label is decided here. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from driftline.api import AlertState, Result, RunReport, SeriesKey, Status
from driftline_prometheus.families import Family, Labels, Sample

SERIES_LABELS = ("monitor", "model", "source", "check", "column", "segment", "class", "metric")
OWN_LABELS = frozenset({*SERIES_LABELS, "status", "state", "severity"})

Number = Callable[[Result], float | None]


def _end(result: Result) -> float | None:
    return None if result.window.end is None else result.window.end.timestamp()


# One gauge of each series: name, help text, what it shows. A series without that number has no sample.
NUMBERS: tuple[tuple[str, str, Number], ...] = (
    ("driftline_reading", "Latest reading of a series, in the unit of its check.", lambda one: one.value),
    (
        "driftline_reading_bound",
        "How far the latest reading may be from the exact one, 0 when it is exact.",
        lambda one: one.bound,
    ),
    ("driftline_baseline_reading", "Reading of the baseline of a series.", lambda one: one.baseline_value),
    (
        "driftline_compared",
        "What the threshold judges: the reading, its difference from the baseline's, or its relative change.",
        lambda one: one.compared,
    ),
    (
        "driftline_p_value_adjusted",
        "Probability of such a distance when nothing changed, adjusted over all series of the monitor.",
        lambda one: one.p_adjusted,
    ),
    ("driftline_rows", "Rows that the latest reading rests on.", lambda one: one.rows),
    ("driftline_labelled_rows", "Rows with a label that the latest reading rests on.", lambda one: one.labelled_rows),
    ("driftline_baseline_rows", "Rows that the reading of the baseline rests on.", lambda one: one.baseline_rows),
    ("driftline_window_end_timestamp_seconds", "End of the latest window that was judged, in event time.", _end),
)
VERDICT = "driftline_verdict"
VERDICT_HELP = "Latest verdict of a series: 1 for the status that it has, 0 for the others."

# What is known of each series; the rest is known of the run as a whole.
PER_SERIES = frozenset({VERDICT, *(name for name, _, _ in NUMBERS)})


def of_series(report: RunReport) -> tuple[Family, ...]:
    """What is known of each series, by its last window."""
    labelled = [(series_labels(result), result) for result in latest(report.results)]
    return (
        *(Family(name, text, _samples(labelled, number)) for name, text, number in NUMBERS),
        Family(VERDICT, VERDICT_HELP, tuple(_states(labelled))),
    )


def latest(results: Iterable[Result]) -> tuple[Result, ...]:
    """The result of the last window of each series."""
    last: dict[SeriesKey, Result] = {}
    for result in results:
        end, known = result.window.end, last.get(result.series)
        if known is None or known.window.end is None or end is None or end >= known.window.end:
            last[result.series] = result
    return tuple(last.values())


def series_labels(result: Result) -> Labels:
    """The labels of a series, empty where one does not apply."""
    return _labels(result.series, result.model, result.source, result.check, result.metric)


def _labels(series: SeriesKey, model: str | None, source: str, check: str, metric: str | None) -> Labels:
    segment = ",".join(f"{name}={value}" for name, value in series.segment)
    texts = (series.monitor, model, source, check, series.column, segment, series.class_, metric)
    return {name: text or "" for name, text in zip(SERIES_LABELS, texts, strict=True)}


def _samples(labelled: Iterable[tuple[Labels, Result]], number: Number) -> tuple[Sample, ...]:
    found = ((labels, number(result)) for labels, result in labelled)
    return tuple(Sample(labels, float(value)) for labels, value in found if value is not None)


def _states(labelled: Iterable[tuple[Labels, Result]]) -> Iterable[Sample]:
    """A sample per status: with the zeros, shares over time and the end of a breach can be asked for."""
    for labels, result in labelled:
        for status in Status:
            yield Sample({**labels, "status": status.value}, float(result.status is status))


def of_alerts(report: RunReport, series: Iterable[Family]) -> tuple[Family, Family]:
    """The alerts that are open, as in Prometheus' own ALERTS: one that is resolved has no sample.

    An alert has the labels of its `series`, judged now or by an earlier run, so that they stay while it is open.
    """
    known = {
        monitor_labels(sample.labels): (sample.labels["check"], sample.labels["metric"])
        for family in series
        for sample in family.samples
    }
    alive = [alert for alert in report.alerts if alert.state in (AlertState.PENDING, AlertState.FIRING)]
    labels = [_alert_labels(alert.series, report, known) for alert in alive]
    states = tuple(
        Sample({**each, "state": alert.state.value, "severity": alert.severity.value}, 1.0)
        for each, alert in zip(labels, alive, strict=True)
    )
    starts = tuple(Sample(each, alert.since.timestamp()) for each, alert in zip(labels, alive, strict=True))
    return (
        Family("driftline_alert", "1 while an alert is pending or firing; it has no sample otherwise.", states),
        Family(
            "driftline_alert_start_timestamp_seconds",
            "End of the first window that breached in an alert that is pending or firing, in event time.",
            starts,
        ),
    )


def monitor_labels(labels: Labels) -> tuple[str, ...]:
    """A monitor on one model or source: what is judged as a whole, by one check."""
    return labels["monitor"], labels["model"], labels["source"]


def _alert_labels(series: SeriesKey, report: RunReport, known: Mapping[tuple[str, ...], tuple[str, str]]) -> Labels:
    model = report.document.models.get(series.subject)
    source = series.subject if model is None else model.source
    bare = _labels(series, None if model is None else model.name, source, "", None)
    check, metric = known.get(monitor_labels(bare), ("", ""))
    return {**bare, "check": check, "metric": metric}


def of_run(report: RunReport) -> tuple[Family, Family]:
    """What is known of the run as a whole."""
    counts: Mapping[str, int] = {
        status.value: sum(result.status is status for result in report.results) for status in Status
    }
    verdicts = tuple(Sample({"status": status}, float(count)) for status, count in counts.items())
    return (
        Family(
            "driftline_run_timestamp_seconds",
            "Instant as of which the latest run judged: its start, unless --at says otherwise.",
            (Sample({}, report.at.timestamp()),),
        ),
        Family("driftline_run_verdicts", "Verdicts of the latest run, by status.", verdicts),
    )
