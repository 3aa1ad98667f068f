"""A count is compared with a baseline of another length as if that had the window's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

import driftline

DAY = datetime(2024, 5, 1, tzinfo=UTC)


def test_a_day_is_compared_with_the_mean_day_of_a_fortnight(tmp_path: Path) -> None:
    hours = [DAY + timedelta(hours=n) for n in range(24 * 15)]
    pl.DataFrame({"at": hours}).write_parquet(tmp_path / "rows.parquet")
    (tmp_path / "monitors.yaml").write_text(
        """
version: 1
sources: {rows: {path: rows.parquet, timestamp: at}}
models: {m: {source: rows}}
monitors:
  volume:
    check: row_count
    baseline: {type: trailing, size: 14d}
    threshold: {compare: change, critical: {below: -10%, above: 10%}}
"""
    )
    (result,) = driftline.run(tmp_path / "monitors.yaml", at=DAY + timedelta(days=15), dry_run=True).results
    assert (result.value, result.baseline_value, result.compared) == (24.0, 24.0, 0.0)
    assert result.baseline_rows == 24 * 14


def test_metrics_that_grow_with_time_are_compared_as_if_the_spans_were_equal(tmp_path: Path) -> None:
    """A sum is scaled; a count of distinct values is that of the mean day, since its days have values in common."""
    hours = [DAY + timedelta(hours=n) for n in range(24 * 15)]
    pl.DataFrame({"at": hours, "a": [2.0] * len(hours), "who": [at.hour for at in hours]}).write_parquet(
        tmp_path / "rows.parquet"
    )
    (tmp_path / "monitors.yaml").write_text(
        """
version: 1
sources: {rows: {path: rows.parquet, timestamp: at}}
defaults: {baseline: {type: trailing, size: 14d}, min_rows: 1}
thresholds: {same: {compare: change, critical: {below: -1%, above: 1%}}}
metrics:
  total: {source: rows, sql: SUM(a)}
  people: {source: rows, sql: COUNT(DISTINCT who)}
  each: {source: rows, sql: SUM(a) / COUNT(DISTINCT who)}
monitors:
  total: {metric: total, threshold: same}
  people: {metric: people, threshold: same}
  each: {metric: each, threshold: same}
"""
    )
    results = driftline.run(tmp_path / "monitors.yaml", at=DAY + timedelta(days=15), dry_run=True).results
    found = {one.series.monitor: (one.value, one.baseline_value, one.compared) for one in results}
    assert found == {"total": (48.0, 48.0, 0.0), "people": (24.0, 24.0, 0.0), "each": (2.0, 2.0, 0.0)}
