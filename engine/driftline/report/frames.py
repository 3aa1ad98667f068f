"""Results and plans as Polars frames, for notebooks and orchestrators."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from driftline.model import Result

if TYPE_CHECKING:
    import polars as pl

    from driftline.alert.replay import First
    from driftline.compile.schedule import Judgement
    from driftline.report.backtest.values import Decided


def results_frame(results: Iterable[Result], first: Iterable[First | None]) -> pl.DataFrame:
    """One row per verdict; the segment as text (`origin=JFK`), the window as two instants, the interval as two numbers.

    `first` is what was published of each before, where that was another value.
    """
    import polars as pl

    instant = pl.Datetime("us", "UTC")
    texts = ("series", "monitor", "model", "source", "check", "metric", "column", "segment", "class")
    numbers = ("value", "baseline_value", "compared", "p_value", "p_adjusted", "bound", "low", "high", "noise_floor")
    counts = ("rows", "labelled_rows", "baseline_rows")
    schema: dict[str, pl.DataType] = {name: pl.String() for name in texts}
    schema |= {"start": instant, "end": instant}
    schema |= {name: pl.Float64() for name in numbers} | {"status": pl.String(), "reason": pl.String()}
    schema |= {name: pl.Int64() for name in counts}
    schema |= {"first_value": pl.Float64(), "first_judged_at": instant}
    rows = [_row(one, before) for one, before in zip(results, first, strict=True)]
    return pl.DataFrame(rows, schema=schema, orient="row")


def _row(one: Result, first: First | None) -> tuple[object, ...]:
    series = one.series
    segment = ", ".join(f"{name}={value}" for name, value in series.segment) or None
    about = (series.text, series.monitor, one.model, one.source, one.check, one.metric, series.column, segment)
    numbers = (one.value, one.baseline_value, one.compared, one.p_value, one.p_adjusted, one.bound)
    chance = (*(one.interval or (None, None)), one.noise)
    counts = (one.rows, one.labelled_rows, one.baseline_rows)
    judged = (*numbers, *chance, one.status.value, one.reason, *counts)
    known = (*about, series.class_, one.window.start, one.window.end, *judged)
    return (*known, first.value, first.judged_at) if first is not None else (*known, None, None)


def plan_frame(judgements: Iterable[Judgement]) -> pl.DataFrame:
    """One row per series (before slicing) and window that a run would judge."""
    import polars as pl

    instant = pl.Datetime("us", "UTC")
    schema: dict[str, pl.DataType] = {
        name: pl.String() for name in ("series", "monitor", "check", "source", "baseline")
    }
    schema |= {"start": instant, "end": instant, "why": pl.String(), "failure": pl.String()}
    rows = [
        (
            judgement.monitor.series_key(series).text,
            judgement.monitor.name,
            judgement.monitor.check.kind,
            judgement.monitor.side.source,
            judgement.monitor.baseline.label if judgement.monitor.baseline else None,
            judgement.window.start,
            judgement.window.end,
            series.why,
            series.failure or series.baseline_failure,
        )
        for judgement in judgements
        for series in judgement.monitor.series
    ]
    return pl.DataFrame(rows, schema=schema, orient="row")


def alerts_frame(transitions: Iterable[Decided]) -> pl.DataFrame:
    """One row per transition of a back-test."""
    import polars as pl

    instant = pl.Datetime("us", "UTC")
    schema: dict[str, pl.DataType] = {name: pl.String() for name in ("alert", "series", "monitor", "state", "severity")}
    schema |= dict.fromkeys(("since", "at", "decided", "superseded"), instant) | {"reason": pl.String()}
    rows = []
    for one in transitions:
        each = one.transition
        about = (each.alert, each.series.text, each.series.monitor, each.state.value, each.severity.value)
        rows.append((*about, each.since, each.at, one.decided, one.superseded, each.reason))
    return pl.DataFrame(rows, schema=schema, orient="row")
