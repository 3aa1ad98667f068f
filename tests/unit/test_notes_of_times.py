"""What is said of a column of times is said in times."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import polars as pl

import driftline

CONFIG = """
version: 1
sources: {rows: {path: rows.parquet}, before: {path: before.parquet}}
models: {m: {source: rows, baseline: before}}
monitors: {ks: {check: ks, columns: [due]}, mean: {check: t_test, columns: [due]}}
"""


def write(path: Path, first: datetime) -> None:
    hours = pl.datetime_range(first, first.replace(month=3), "1h", closed="left", eager=True)
    pl.DataFrame({"due": hours}).write_parquet(path)


def test_medians_and_means_of_times_are_times(tmp_path: Path) -> None:
    write(tmp_path / "before.parquet", datetime(2013, 1, 1))
    write(tmp_path / "rows.parquet", datetime(2014, 1, 1))
    (tmp_path / "monitors.yaml").write_text(CONFIG)
    done = driftline.run(tmp_path / "monitors.yaml", at="2014-03-01", dry_run=True)
    notes = {one.series.monitor: (one.reason or "").partition("; ")[2] for one in done.results}
    assert notes == {
        "ks": "median 2013-01-30 11:30 UTC -> 2014-01-30 11:30 UTC",
        "mean": "mean 2013-01-30 11:30 UTC -> 2014-01-30 11:30 UTC",
    }
