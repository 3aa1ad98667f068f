"""A small feed for tests of exporters: an order every ten minutes, from 2026-03-01 on. Amounts double on day 3."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

import driftline
from driftline.api import RunReport

START = datetime(2026, 3, 1, tzinfo=UTC)
STRANGE = 'a"b\\c\nd'  # all that the text format must escape

MONITORS = """
version: 1
sources:
  orders: {path: orders.parquet, timestamp: at}
  before: {path: before.parquet}
models:
  shop: {source: orders, baseline: before, features: [amount], segments: {country: {by: country}}}
windows:
  hourly: {size: 1h}
  daily: {size: 1d}
monitors:
  orders-per-hour: {check: row_count, window: hourly, threshold: {critical: {below: 1}}}
  amount-drift:
    {check: psi, window: daily, segments: [overall, country], min_rows: 20, threshold: {critical: {above: 1}}}
  feed: {source: orders, check: freshness, threshold: {critical: {above: 1d}}}
"""

# Appended to MONITORS: a metric, a preset and a source's monitor that all breach.
LOUD = """
  sum: {metric: total, window: daily, threshold: {warning: {above: 1}}}
  late: {source: orders, check: row_count, window: hourly, threshold: {critical: {above: 1}}}
  pack: {preset: drift, window: daily}
metrics:
  total: {model: shop, sql: "SUM(amount)"}
"""


def write(folder: Path) -> Path:
    """Write data and configuration; the path of the configuration."""
    minutes = range(0, 3 * 24 * 60, 10)
    rows = pl.DataFrame(
        {
            "at": [(START + timedelta(minutes=minute)).replace(tzinfo=None) for minute in minutes],
            "amount": [(10.0 + minute * 7 % 50) * (2 if minute >= 2 * 24 * 60 else 1) for minute in minutes],
            "country": [("NO", "SE", STRANGE)[minute // 10 % 3] for minute in minutes],
        }
    )
    rows.write_parquet(folder / "orders.parquet")
    rows.head(200).drop("at").write_parquet(folder / "before.parquet")
    path = folder / "monitors.yaml"
    path.write_text(MONITORS, "utf-8")
    return path


def run(path: Path, hours: float, *monitors: str) -> RunReport:
    """A run as of so many hours after the first order, of all monitors or of some."""
    return driftline.run(path, at=START + timedelta(hours=hours), monitors=monitors)
