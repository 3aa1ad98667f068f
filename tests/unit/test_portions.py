"""A source in portions gives the same profiles as one read at once."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import driftline
from driftline.execute import portions

CONFIG = """
version: 1
sources: {rows: {path: rows.parquet, timestamp: at}, before: {path: before.parquet}}
models: {m: {source: rows, baseline: before, segments: {kind: {by: kind}}}}
monitors:
  drift: {check: psi, columns: [value, kind], segments: [overall, kind], significance: none, min_rows: 1}
  mean: {check: mean, columns: [value], threshold: none}
  distinct: {check: distinct_count, columns: [value, kind], segments: [overall, kind], threshold: none}
  gaps: {check: missing_rate, columns: [value, kind], threshold: none}
  fresh: {source: rows, check: freshness, threshold: {critical: {above: 1d}}}
"""


def write(folder: Path) -> None:
    hour = pl.datetime_range(pl.datetime(2024, 5, 1), pl.datetime(2024, 5, 3), "1m", closed="left", eager=True)
    frame = pl.DataFrame({"at": hour}).with_row_index("n")
    frame = frame.with_columns(value=(pl.col("n") * 7919 % 1000) / 7, kind=(pl.col("n") % 3).cast(pl.String))
    frame.with_columns(value=pl.when(pl.col("n") % 10 > 0).then("value")).write_parquet(folder / "rows.parquet")
    frame.with_columns(value=pl.col("value") * 1.1).drop("at").write_parquet(folder / "before.parquet")
    (folder / "monitors.yaml").write_text(CONFIG)


def test_portions_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path)
    whole = driftline.run(tmp_path / "monitors.yaml", at="2024-05-02T00:00:00Z", dry_run=True).to_frame()
    monkeypatch.setattr(portions, "PORTION_VALUES", 1)
    monkeypatch.setattr(portions, "BATCH_ROWS", 100)
    parts = driftline.run(tmp_path / "monitors.yaml", at="2024-05-02T00:00:00Z", dry_run=True).to_frame()
    exact = [name for name, dtype in whole.schema.items() if not dtype.is_float()]
    assert whole.select(exact).equals(parts.select(exact))
    assert parts["value"].to_list() == pytest.approx(whole["value"].to_list(), rel=1e-12)
    assert whole["status"].to_list().count("error") == 0


def test_a_missing_value_and_the_text_null_are_one_segment_and_lose_no_row(tmp_path: Path) -> None:
    write(tmp_path)
    kinds = pl.Series("kind", [None, "null", "a"]).gather(
        pl.int_range(3, eager=True).sample(2880, with_replacement=True, seed=1)
    )
    rows = pl.read_parquet(tmp_path / "rows.parquet").with_columns(kinds)
    rows.write_parquet(tmp_path / "rows.parquet")
    done = driftline.run(tmp_path / "monitors.yaml", at="2024-05-02T00:00:00Z", dry_run=True).to_frame()
    first = rows.filter(pl.col("at") < pl.datetime(2024, 5, 2))
    told = done.filter(pl.col("series") == "distinct/m/value/kind=null").row(0, named=True)
    assert told["rows"] == first.filter(pl.col("kind").is_null() | (pl.col("kind") == "null")).height
