"""What `driftline init` reads from small tables: roles, types, rules, windows, and a file that runs."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.commands.project import Project, Ran

START = datetime(2026, 5, 1)
FINE = {"ok", "warning", "critical", "no_data", "insufficient_data"}


def churn(rows: int, day: int = 0) -> pl.DataFrame:
    """Customers with everything that a first look has to tell apart."""
    rng = np.random.default_rng(day)
    chance = rng.beta(2, 3, rows)
    return pl.DataFrame(
        {
            "customer_id": [f"C{day:03}{each:06}" for each in range(rows)],
            "email": [f"someone{each}@example.org" for each in range(rows)],
            "full_name": [f"Ada Nr {each}" for each in range(rows)],
            "plan": rng.choice(["basic", "plus", "pro"], rows),
            "tenure_months": rng.integers(0, 72, rows),
            "charges": rng.normal(70, 20, rows).round(2),
            "senior": rng.integers(0, 2, rows),
            "zip": rng.integers(10000, 10150, rows),
            "country": ["NO"] * rows,
            "notes": pl.Series([None] * rows, dtype=pl.String),
            "churn_probability": chance.round(4),
            "churn_predicted": (chance > 0.5).astype(int),
            "churned": (rng.random(rows) < chance).astype(int),
        }
    )


def initialised(project: Project, *arguments: str) -> str:
    """The file that was written, after it was found valid, and run without an error."""
    ran = project.process("init", *arguments)
    assert ran.code == 0, ran.stderr
    valid = project.process("validate")
    assert (valid.code, valid.said.strip()) == (0, "monitors.yaml: no errors"), (
        project.folder / "monitors.yaml"
    ).read_text()
    return (project.folder / "monitors.yaml").read_text("utf-8")


def judged(project: Project) -> Ran:
    ran = project.run("--at", "latest", "--dry-run")
    assert ran.code in (0, 1), ran.said
    assert {each["status"] for each in ran.results} <= FINE
    return ran


def lines(text: str) -> list[str]:
    """Without comments and indentation."""
    return [line.split("  #")[0].strip() for line in text.splitlines()]


def test_a_table_without_a_time_is_compared_with_its_training_set(project: Project) -> None:
    project.data("today.csv", churn(2_000))
    project.data("training.csv", churn(2_000, 1))
    text = initialised(project, "today.csv", "--baseline", "training.csv")
    found = lines(text)
    for line in (
        "task: binary", "id: customer_id", "score: churn_probability", "prediction: churn_predicted", "target: churned",
        "email: {type: text, private: true}", "full_name: {type: text, private: true}",
        "zip: {type: categorical, valid: {not_null: true}}",
        "senior: {type: categorical, valid: {in: [0, 1], not_null: true}}",
        "plan: {valid: {in: [basic, plus, pro], not_null: true}}",
        "tenure_months: {valid: {min: 0, max: 150, not_null: true}}",
        "drift: {preset: drift}", "performance: {preset: performance}",
    ):  # fmt: skip
        assert line in found, text
    assert "timestamp" not in text
    excluded = text.partition("exclude: [")[2].partition("]")[0]
    assert [line.strip() for line in excluded.strip().splitlines()] == [
        "# personal data, nearly every row with its own",
        "email, full_name,",
        "# one value in every row",
        "country,",
        "# nothing but nulls",
        "notes,",
    ]
    assert {each["status"] for each in judged(project).results} == {"ok"}


def test_personal_values_stand_nowhere_in_the_file(project: Project) -> None:
    project.data("today.csv", churn(300))
    text = initialised(project, "today.csv")
    assert "example.org" not in text
    assert "Ada" not in text


def test_a_training_set_of_features_alone_is_compared_with_the_features_alone(project: Project) -> None:
    project.data("today.csv", churn(1_000))
    project.data("training.csv", churn(1_000, 1).drop("churned", "churn_predicted", "churn_probability"))
    text = initialised(project, "today.csv", "--baseline", "training.csv")
    assert "drift: {preset: drift, columns: features}" in lines(text)
    assert "roc_auc: {check: roc_auc, threshold: none}" in lines(text)
    judged(project)


def test_a_baseline_with_other_columns_is_no_change_of_schema(project: Project) -> None:
    project.data("today.parquet", churn(1_000).drop("churned"))
    project.data("training.parquet", churn(1_000, 1).drop("plan").with_columns(region=pl.lit("x"), churned=pl.lit(1)))
    text = initialised(project, "today.parquet", "--baseline", "training.parquet")
    assert "features: [  # by name: training has other columns than the data" in text
    assert judged(project).one("quality.schema")["value"] == 0


def test_daily_files_are_a_glob_with_windows_of_a_day_and_a_week(project: Project) -> None:
    for day in range(30):
        rows = churn(250, day).with_columns(scored_at=pl.lit(START + timedelta(days=day, hours=3)))
        project.data(f"scored/{(START + timedelta(days=day)).date()}.csv", rows)
    text = initialised(project, "scored", "--timezone", "Europe/Oslo")
    found = lines(text)
    for line in (
        "path: scored/*.csv", "timestamp: scored_at", "window: daily", "timezone: Europe/Oslo",
        "weekly: {size: 7d, every: 1d}", "earlier: {type: trailing, size: 28d}", "volume: {preset: volume}",
        "feed: {source: scored, check: freshness, threshold: {warning: {above: 2d}, critical: {above: 5d}}}",
    ):  # fmt: skip
        assert line in found, text
    assert "# no baseline was given: the own past, see below" in text
    judged(project)


def test_scores_by_class_make_a_multiclass_model(project: Project) -> None:
    rng = np.random.default_rng(3)
    shares = rng.dirichlet([2, 1, 1], 6_000)
    kinds = np.array(["setosa", "versicolor", "virginica"])
    table = pl.DataFrame(
        {
            "request_id": np.arange(6_000) * 7 + 3,
            "created_at": [START + timedelta(minutes=5 * each) for each in range(6_000)],
            "sepal": rng.normal(5, 1, 6_000),
            **{f"p_{kind}": shares[:, at] for at, kind in enumerate(kinds)},
            "prediction": kinds[shares.argmax(1)],
            "species": [rng.choice(kinds, p=each) for each in shares],
            "model_version": ["v1"] * 3_000 + ["v2"] * 3_000,
        }
    )
    project.data("scored.parquet", table)
    found = lines(initialised(project, "scored.parquet"))
    for line in (
        "task: multiclass", "score: p_*", "prediction: prediction", "target: species", "version: model_version",
        "performance: {preset: performance, window: weekly}",
    ):  # fmt: skip
        assert line in found
    ran = judged(project)
    assert ran.one("performance.roc_auc")["status"] == "ok"
    assert ran.one("quality.schema")["value"] == 0


def test_a_number_that_is_predicted_makes_a_regression(project: Project) -> None:
    rng = np.random.default_rng(4)
    area = rng.normal(100, 20, 6_000)
    times = [(START + timedelta(minutes=9 * each)).isoformat() for each in range(6_000)]
    price = 3 * area + rng.normal(0, 10, 6_000)
    project.data("homes.csv", pl.DataFrame({"ts": times, "area": area, "predicted_price": 3 * area, "price": price}))
    found = lines(initialised(project, "homes.csv"))
    for line in ("task: regression", "prediction: predicted_price", "target: price", "timestamp: ts"):
        assert line in found
    assert judged(project).one("performance.mae")["value"] == pytest.approx(8.0, rel=0.05)


@pytest.mark.parametrize(
    ("status", "condition"),
    [([200, 404, 503], "status >= 500"), (["ok", "ok", "error"], "status IN ('error')")],
)
def test_a_log_of_requests_is_watched_for_latency_and_failures(
    project: Project, status: list[Any], condition: str
) -> None:
    rng = np.random.default_rng(5)
    log = {
        "timestamp": [START + timedelta(seconds=30 * each) for each in range(30_000)],
        "latency_ms": rng.gamma(2, 30, 30_000),
        "status": rng.choice(status, 30_000),
    }
    project.data("log.parquet", pl.DataFrame(log))
    text = initialised(project, "log.parquet")
    assert "latency: latency_ms" in lines(text)
    assert f'sql: "SUM(CASE WHEN {condition} THEN 1 ELSE 0 END) / COUNT(*)"' in text
    ran = judged(project)
    assert ran.one("errors")["value"] == pytest.approx(1 / 3, abs=0.05)
    assert ran.one("latency")["status"] == "ok"


def test_a_day_of_data_is_judged_by_the_hour(project: Project) -> None:
    times = [datetime(2026, 5, 1, tzinfo=UTC) + timedelta(seconds=2 * each) for each in range(43_000)]
    values = np.random.default_rng(6).normal(0, 1, 43_000)
    project.data("log.parquet", pl.DataFrame({"event_time": times, "x": values}))
    found = lines(initialised(project, "log.parquet"))
    assert "window: hourly" in found
    assert "volume: {preset: volume, baseline: {type: trailing, size: 1h, offset: 23h}}" in found
    judged(project)


def test_few_rows_get_long_windows_and_a_lower_least(project: Project) -> None:
    days = [date(2025, 1, 1) + timedelta(days=each // 2) for each in range(500)]
    project.data("few.parquet", pl.DataFrame({"day": days, "x": np.random.default_rng(7).normal(0, 1, 500)}))
    found = lines(initialised(project, "few.parquet"))
    assert "window: monthly" in found
    assert "min_rows: 18" in found
    assert {each["status"] for each in judged(project).results} == {"ok"}


def test_a_long_history_is_compared_with_its_start(project: Project) -> None:
    times = [datetime(2026, 1, 5, 9) + timedelta(minutes=5 * each) for each in range(20_000)]
    moved = np.random.default_rng(10).normal(0, 1, 20_000) + np.arange(20_000) / 10_000
    project.data("long.parquet", pl.DataFrame({"event_time": times, "x": moved}))
    found = lines(initialised(project, "long.parquet"))
    assert "start: {type: range, start: 2026-01-06, end: 2026-02-03}" in found
    assert judged(project).one("drift")["status"] == "critical"


def test_nothing_that_no_monitor_needs_is_declared(project: Project) -> None:
    times = [datetime(2026, 1, 5, 9) + timedelta(minutes=5 * each) for each in range(10_000)]
    project.data("only.parquet", pl.DataFrame({"event_time": times, "request_id": range(10_000)}))
    project.data("training.parquet", pl.DataFrame({"request_id": range(100)}))
    text = initialised(project, "only.parquet", "--baseline", "training.parquet")
    assert "weekly" not in text
    assert "baselines:" not in text
    judged(project)


def test_a_table_of_a_database_is_a_query(project: Project) -> None:
    with sqlite3.connect(project.folder / "live.db") as database:
        database.execute("CREATE TABLE scored (id INTEGER, scored_at TEXT, x REAL)")
        values = [(each, (START + timedelta(minutes=5 * each)).isoformat(), each % 10 / 10) for each in range(3_000)]
        database.executemany("INSERT INTO scored VALUES (?, ?, ?)", values)
    text = initialised(project, "sqlite:///live.db#scored")
    assert 'url: "sqlite:///live.db"' in lines(text)
    assert "query: SELECT * FROM scored" in lines(text)
    judged(project)


def test_a_delta_table_is_read_by_its_log(project: Project) -> None:
    times = [START + timedelta(minutes=5 * each) for each in range(3_000)]
    values = pl.DataFrame({"scored_at": times, "x": [each % 10 / 10 for each in range(3_000)]})
    values.write_delta(project.folder / "scores")
    values.write_delta(project.folder / "scores", mode="overwrite")  # the first files remain, and count no more
    text = initialised(project, "scores")
    assert "type: delta" in lines(text)
    assert "# a Delta table, 3,000 rows" in text
    judged(project)


def test_lines_of_json_are_read(project: Project) -> None:
    times = [(START + timedelta(minutes=5 * each)).isoformat() + "Z" for each in range(3_000)]
    table = pl.DataFrame({"scored_at": times, "x": [each % 10 / 10 for each in range(3_000)]})
    table.write_ndjson(project.folder / "scores.ndjson")
    assert "timestamp: scored_at" in lines(initialised(project, "scores.ndjson"))
    judged(project)


def test_times_and_separators_of_a_csv_file_are_read_as_they_are_written(project: Project) -> None:
    rows = [f"{each};{1 + each % 28:02}/{1 + each // 28 % 12:02}/2025 10:00;{each % 50}.5" for each in range(900)]
    (project.folder / "export.csv").write_text("id;when;amount\n" + "\n".join(rows) + "\n")
    found = lines(initialised(project, "export.csv"))
    assert 'separator: ";"' in found
    assert 'timestamp_format: "%d/%m/%Y %H:%M"' in found
    judged(project)


def test_labels_with_an_id_of_another_name_are_joined(project: Project) -> None:
    rng = np.random.default_rng(8)
    times = [START + timedelta(minutes=5 * each) for each in range(6_000)]
    scored = pl.DataFrame(
        {"request_id": [f"r{n}" for n in range(6_000)], "scored_at": times, "score": rng.random(6_000)}
    )
    project.data("scored.parquet", scored)
    late = [time + timedelta(days=2, hours=each % 24) for each, time in enumerate(times)]
    truth = pl.DataFrame({"ref": scored["request_id"], "closed_at": late, "fraud": rng.choice(["yes", "no"], 6_000)})
    project.data("truth.parquet", truth.head(5_000))
    found = lines(initialised(project, "scored.parquet", "--labels", "truth.parquet"))
    for line in ("key: ref", "delay: 3d", "max_delay: 3d", "target: fraud", 'positive: "yes"', "timestamp: closed_at"):
        assert line in found
    assert judged(project).one("performance.roc_auc")["labelled_rows"] > 100


@pytest.mark.parametrize("wide", [2_000])
def test_a_file_for_two_thousand_columns_stays_readable(project: Project, wide: int) -> None:
    rng = np.random.default_rng(9)
    table = {f"f_{each:04}": rng.normal(0, 1, 300) for each in range(wide)}
    project.data("wide.parquet", pl.DataFrame({"at": [START + timedelta(hours=each) for each in range(300)], **table}))
    text = initialised(project, "wide.parquet")
    assert len(text.splitlines()) < 130
    assert "# 1,940 more columns are watched without rules of their own." in text
