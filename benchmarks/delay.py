"""How many windows until drift is found? `python -m benchmarks.delay [--rows 1000]`.

Sixty daily windows of normal columns, judged by a back-test. From the thirtieth day on ten columns each have moved at
once, or move on a little every day. The delay is the number of windows from the first that differs to the first verdict
beyond `ok`, in windows: 1 is the first itself.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

import driftline

START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS, ONSET = 60, 30
BASELINE_ROWS = 20_000
OF_EACH = 10
SUDDEN = (0.0, 0.1, 0.2, 0.3, 0.5, 1.0)  # standard deviations at once
GRADUAL = (0.005, 0.01, 0.02, 0.05)  # a day
CONFIGURATION = """
version: 1
defaults: {window: 1d}
sources:
  scored:   {path: scored.parquet, timestamp: ts}
  training: {path: training.parquet}
models:
  m: {source: scored, baseline: training}
monitors:
  drift preset: {preset: drift}
  ks by significance: {check: ks, columns: features, threshold: {warning: {above: 0}}}
  psi by significance: {check: psi, columns: features, threshold: {warning: {above: 0}}}
"""


def moved(column: str, day: int) -> float:
    """By how much a column has moved on a day, in standard deviations; its name says how."""
    kind, size, _ = column.split(" ")
    since = max(0, day - ONSET + 1)
    return float(size) * (since if kind == "gradual" else min(since, 1))


def columns() -> list[str]:
    """Names that say how each moves."""
    ways = [*(f"sudden {size}" for size in SUDDEN), *(f"gradual {size}" for size in GRADUAL)]
    return [f"{way} {number}" for way in ways for number in range(OF_EACH)]


def write(folder: Path, rows: int) -> None:
    """The files of the configuration."""
    chance = np.random.default_rng(1)
    names = columns()
    training = {name: chance.normal(0, 1, BASELINE_ROWS) for name in names}
    pl.DataFrame(training).write_parquet(folder / "training.parquet")
    days = []
    for day in range(DAYS):
        stamps = pl.Series("ts", [START + timedelta(days=day)] * rows, dtype=pl.Datetime("us", "UTC"))
        days.append(
            pl.DataFrame({name: chance.normal(moved(name, day), 1, rows) for name in names}).with_columns(stamps)
        )
    pl.concat(days).write_parquet(folder / "scored.parquet")
    (folder / "monitors.yaml").write_text(CONFIGURATION, "utf-8")


def breaches(folder: Path) -> Mapping[str, Mapping[str, Sequence[int]]]:
    """Monitor -> column -> the days on which its verdict is beyond `ok`."""
    report = driftline.run(folder / "monitors.yaml", since=START, at=START + timedelta(days=DAYS), dry_run=True)
    found: dict[str, dict[str, list[int]]] = {}
    for result in report.results:
        if result.window.start is None or result.series.column is None:
            continue
        days = found.setdefault(result.series.monitor, {}).setdefault(result.series.column, [])
        if result.is_breach:
            days.append((result.window.start - START).days)
    return found


def main() -> None:
    """Print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000, help="rows of a window (default: 1,000)")
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory(prefix="driftline-delay-") as name:
        write(Path(name), rows)
        found = breaches(Path(name))
    print("| monitor | change | found | median delay | longest | alarms before, of windows |")
    print("| --- | --- | --- | --- | --- | --- |")
    for monitor, by_column in found.items():
        for way in dict.fromkeys(name.rpartition(" ")[0] for name in columns()):
            print(_line(monitor, way, [by_column[f"{way} {number}"] for number in range(OF_EACH)]))


def _line(monitor: str, way: str, days: Sequence[Sequence[int]]) -> str:
    first = [min(day for day in each if day >= ONSET) - ONSET + 1 for each in days if any(day >= ONSET for day in each)]
    before = sum(day < ONSET for each in days for day in each)
    median, longest = (f"{statistics.median(first):g}", str(max(first))) if first else ("–", "–")
    return (
        f"| {monitor} | {way} | {len(first)} of {len(days)} | {median} | {longest} | {before} of {ONSET * len(days)} |"
    )


if __name__ == "__main__":
    main()
