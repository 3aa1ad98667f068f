"""Checks of sources, of the service and of other verdicts: a whole run, beside a few lines of Polars over raw rows."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path

import numpy as np
import polars as pl

import driftline
from tests.reference.comparison import Comparison, Numbers
from tests.reference.flights import FLIGHTS

# Midnights of New York: a week begins, and its last day, which has 23 hours, begins and ends.
WEEK, START, END = (datetime(2013, 3, *at, tzinfo=UTC) for at in ((4, 5), (10, 5), (11, 4)))
CUT = 0.01  # the share of missing values that breaches
MONITORS = f"""
version: 1
defaults: {{window: 1d, timezone: America/New_York}}
sources:
  scored:   {{path: scored.parquet, timestamp: scheduled_at}}
  training: {{path: training.parquet}}
models:
  late_arrival:
    source: scored
    baseline: training
    roles: {{id: flight_id, latency: took, error: problem}}
    segments: {{carrier: {{by: carrier, top: 50}}}}
monitors:
  fresh:    {{source: scored, check: freshness, threshold: none}}
  flow:     {{source: scored, check: throughput, threshold: none}}
  shape:    {{model: late_arrival, check: schema, threshold: none}}
  median:   {{model: late_arrival, check: latency, params: {{q: 0.5}}, threshold: none}}
  slow:     {{model: late_arrival, check: latency, threshold: none}}
  slowest:  {{model: late_arrival, check: latency, params: {{q: 1}}, threshold: none}}
  messages: {{model: late_arrival, check: error_rate, threshold: none}}
  codes:    {{model: late_arrival, check: error_rate, columns: code, threshold: none}}
  absent:
    model: late_arrival
    check: missing_rate
    columns: [wind_speed, plane_age, temp, visib]
    segments: [carrier]
    min_rows: 1
    threshold: {{warning: {{above: {CUT}}}}}
  count:    {{check: breaching, params: {{of: {{monitor: absent}}}}, threshold: none}}
  share:    {{check: breaching, params: {{of: {{monitor: absent}}, read: share}}, threshold: none}}
  each:     {{check: breaching, params: {{of: {{monitor: absent}}, by: [column]}}, threshold: none}}
"""


@cache
def scored() -> pl.DataFrame:
    """The flights of a week, of other columns than the training data's, with how long each score took and how it went.

    `seats` and `humid` are lost, `gate` is new, `distance` became a text; `hour` is wider than it was, which is none.
    """
    rows = pl.read_parquet(FLIGHTS / "predictions" / "*.parquet")
    rows = rows.filter(pl.col("scheduled_at").is_between(WEEK, END, "left"))
    chance = np.random.default_rng(11)
    said = ["", None, "time-out", "out of memory"]
    return rows.drop("seats", "humid").with_columns(
        pl.col("distance").cast(pl.String),
        pl.col("hour").cast(pl.Int64),
        gate=pl.lit("A1"),
        took=pl.Series(chance.lognormal(3, 1, rows.height)),
        problem=pl.Series([said[at] for at in chance.choice(4, rows.height, p=[0.6, 0.3, 0.07, 0.03])]),
        code=pl.Series(chance.choice([0, 0, 0, 0, 500, 503], rows.height)),
    )


@cache
def training() -> pl.DataFrame:
    return pl.read_parquet(FLIGHTS / "training.parquet").drop("late", "delay_minutes")


@cache
def day() -> pl.DataFrame:
    return scored().filter(pl.col("scheduled_at").is_between(START, END, "left"))


@cache
def results() -> dict[tuple[str, str | None], tuple[float, float]]:
    """What a run as of the end of the day reads, and its bound, by monitor and column."""
    with tempfile.TemporaryDirectory(prefix="driftline-reference-") as folder:
        path = Path(folder) / "monitors.yaml"
        path.write_text(MONITORS, "utf-8")
        scored().write_parquet(path.with_name("scored.parquet"))
        training().write_parquet(path.with_name("training.parquet"))
        found = driftline.run(path, at=END, dry_run=True).results
    return {
        (one.series.monitor, one.series.column): (one.value, one.bound or 0.0)
        for one in found
        if one.value is not None and one.series.monitor != "absent"
    }


def beside(expected: float, monitor: str, column: str | None = None) -> Numbers:
    return Numbers(expected, *results()[monitor, column])


def age() -> Numbers:
    newest = scored().filter(pl.col("scheduled_at") < END)["scheduled_at"].max()
    assert isinstance(newest, datetime)
    return beside((END - newest).total_seconds(), "fresh")


def flow() -> Numbers:
    return beside(day().height / (23 * 3600), "flow")


def shape() -> Numbers:
    now, then = scored().drop("took", "problem").schema, training().schema
    changed = [name for name in {*now} & {*then} if now[name].is_numeric() is not then[name].is_numeric()]
    return beside(len({*now} ^ {*then}) + len(changed), "shape")


def latency() -> list[Numbers]:
    quantiles = {"median": 0.5, "slow": 0.99, "slowest": 1.0}
    return [beside(float(np.quantile(day()["took"], q)), name, "took") for name, q in quantiles.items()]


def failed() -> list[Numbers]:
    shares = {"problem": day()["problem"].fill_null("").ne("").mean(), "code": day()["code"].ne(0).mean()}
    monitors = {"problem": "messages", "code": "codes"}
    return [beside(float(share), monitors[name], name) for name, share in shares.items()]  # type: ignore[arg-type]


def breaching(read: str) -> Numbers | list[Numbers]:
    """Of each carrier and column the share of nulls."""
    columns = ("wind_speed", "plane_age", "temp", "visib")
    shares = day().group_by("carrier").agg(pl.col(columns).is_null().mean()).drop("carrier")
    breach = shares.select(pl.all() > CUT)
    if read == "each":
        return [beside(float(breach[name].sum()), "each", name) for name in columns]
    total = float(breach.sum().sum_horizontal()[0])
    return beside(total / (breach.height * breach.width) if read == "share" else total, read)


DAY = "flights of a day of 23 hours"
POLARS = "rows by Polars"
COMPARISONS = (
    Comparison("freshness", POLARS, DAY, age),
    Comparison("throughput", POLARS, DAY, flow),
    Comparison("schema", "columns by Polars", "flights with columns lost, new and changed", shape),
    Comparison("latency", "`numpy.quantile`", f"{DAY}, drawn latencies, three quantiles", latency),
    Comparison("error_rate", POLARS, f"{DAY}, drawn messages and codes", failed),
    *(
        Comparison("breaching", POLARS, f"{DAY}, missing values by carrier and column", partial(breaching, read),
                   quantity=quantity)
        for read, quantity in (("count", "value"), ("share", "value, share"), ("each", "value, by column"))
    ),
)  # fmt: skip
