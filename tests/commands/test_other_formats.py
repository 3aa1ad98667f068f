"""The same rows as NDJSON and as a Delta table: the same verdicts as from Parquet; a broken file fails its own."""

from __future__ import annotations

import polars as pl
import pytest

from tests.commands import rows
from tests.commands.project import Project

MONITORS = """
monitors:
  drift: {check: ks, columns: features, threshold: {critical: {above: 0.2}}}
  missing: {check: missing_rate, threshold: {critical: {above: 0.5}}}
  volume: {check: row_count, threshold: {critical: {below: 10}}}
  fresh: {source: scored, check: freshness, threshold: {critical: {above: 2d}}}
"""


def judged(project: Project) -> list[tuple[object, ...]]:
    """Series, value and status of every result."""
    done = project.run("--at", rows.day(3), "--dry-run")
    assert done.code == 1, done.stderr
    return sorted((each["series"], each["status"], round(each["value"], 9)) for each in done.results)


@pytest.fixture
def scored() -> pl.DataFrame:
    return rows.scored(3, shift={2: 2.0})


@pytest.fixture
def expected(project: Project, scored: pl.DataFrame) -> list[tuple[object, ...]]:
    project.data("scored.parquet", scored)
    project.data("training.parquet", rows.training())
    project.write(rows.MODEL, MONITORS)
    found = judged(project)
    assert len(found) > 5
    return found


def test_ndjson_files_by_day_are_judged_like_parquet(
    project: Project, scored: pl.DataFrame, expected: list[tuple[object, ...]]
) -> None:
    text = pl.col("ts").dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
    for number, part in enumerate(scored.with_columns(text).iter_slices(200)):
        part.write_ndjson(project.folder / f"scored-{number}.jsonl")
    rows.training().write_ndjson(project.folder / "training.ndjson")
    model = rows.MODEL.replace("scored.parquet", "scored-*.jsonl").replace("training.parquet", "training.ndjson")
    project.write(model, MONITORS)
    assert judged(project) == expected


def test_delta_tables_are_judged_like_parquet(
    project: Project, scored: pl.DataFrame, expected: list[tuple[object, ...]]
) -> None:
    scored.head(300).write_delta(project.folder / "scored.delta")
    scored.tail(-300).write_delta(project.folder / "scored.delta", mode="append")
    rows.training().write_delta(project.folder / "training")
    model = rows.MODEL.replace("scored.parquet", "scored.delta")
    project.write(model.replace("{path: training.parquet}", "{path: training, type: delta, version: 0}"), MONITORS)
    assert judged(project) == expected


def test_a_broken_line_fails_what_reads_it_and_is_named(project: Project, scored: pl.DataFrame) -> None:
    project.data("training.parquet", rows.training())
    scored.with_columns(pl.col("ts").dt.to_string("iso:strict")).write_ndjson(project.folder / "scored.jsonl")
    with (project.folder / "scored.jsonl").open("a") as file:
        file.write('{"id": 1, "x": \n')
    project.write(rows.MODEL.replace("scored.parquet", "scored.jsonl"), MONITORS)
    done = project.run("--at", rows.day(3), "--dry-run")
    assert done.code == 3
    assert {each["status"] for each in done.results} == {"error"}
    assert "scored.jsonl has a broken line, 601: it is not JSON" in done.one("volume")["reason"]


def test_a_csv_column_without_a_value_is_missing_and_no_change_of_type(project: Project, scored: pl.DataFrame) -> None:
    project.data("training.parquet", rows.training())
    project.data("scored.csv", scored.with_columns(x=pl.lit(None, pl.Float64)))
    schema = "  schema: {check: schema}\n  mean: {check: mean, columns: [x], threshold: {critical: {above: 9}}}\n"
    project.write(rows.MODEL.replace("scored.parquet", "scored.csv"), MONITORS + schema)
    done = project.run("--at", rows.day(3), "--dry-run")
    assert done.one("missing", column="x")["value"] == 1
    assert done.one("drift", column="x")["status"] == "no_data"
    assert done.one("mean", column="x")["status"] == "no_data"
    assert done.one("schema")["value"] == 0
