"""A thousand features, fifty windows, nothing moves: what do the default presets say? `python -m benchmarks.presets`.

Normal, lognormal, Poisson and categorical features with gaps in every tenth, an id, a score, a prediction and a target;
a file for each day, and a run for each, as a schedule would make them.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

import driftline
from driftline.model import Result

START = datetime(2026, 1, 1, tzinfo=UTC)
CONFIGURATION = """
version: 1
defaults: {window: 1d}
sources:
  scored:   {path: "scored/*.parquet", timestamp: ts}
  training: {path: training.parquet}
models:
  m:
    task: binary
    source: scored
    baseline: training
    roles: {id: id, score: score, prediction: prediction, target: target}
monitors:
  drift:       {preset: drift}
  quality:     {preset: quality}
  performance: {preset: performance}
  volume:      {preset: volume}
"""


def frame(chance: np.random.Generator, rows: int, features: int, first: datetime | None, id_: int) -> pl.DataFrame:
    """One side, or one day from `first` on."""
    columns: dict[str, pl.Series] = {}
    for number in range(features):
        name, kind = f"f{number}", number % 4
        if kind == 3:
            values = "v" + pl.Series(chance.integers(0, (3, 10, 50, 200)[number // 4 % 4], rows)).cast(pl.String)
        else:
            drawn = (chance.normal(5, 1, rows), chance.lognormal(1, 1, rows), chance.poisson(3, rows))[kind]
            values = pl.Series(drawn.astype(np.float32))
        if number % 10 == 0:
            values = values.to_frame("v").select(pl.when(pl.Series(chance.random(rows) > 0.05)).then("v")).to_series()
        columns[name] = values
    score = chance.beta(2, 3, rows)
    columns |= {"id": pl.Series(np.arange(id_, id_ + rows)), "score": pl.Series(score)}
    columns |= {"prediction": pl.Series(score > 0.5).cast(pl.Int8)}
    columns |= {"target": pl.Series(chance.random(rows) < score).cast(pl.Int8)}
    if first is not None:
        columns["ts"] = pl.Series([first + timedelta(minutes=int(minute)) for minute in np.arange(rows) * 1440 // rows])
    return pl.DataFrame(columns)


def verdicts(rows: int, baseline: int, features: int, windows: int) -> list[Result]:
    """The verdicts of all windows."""
    found: list[Result] = []
    chance = np.random.default_rng(1)
    with tempfile.TemporaryDirectory(prefix="driftline-presets-") as name:
        folder = Path(name)
        (folder / "scored").mkdir()
        (folder / "monitors.yaml").write_text(CONFIGURATION, "utf-8")
        frame(chance, baseline, features, None, 10**9).write_parquet(folder / "training.parquet")
        for day in range(windows):
            start = START + timedelta(days=day)
            frame(chance, rows, features, start, day * rows).write_parquet(folder / "scored" / f"{day:03}.parquet")
            (folder / "scored" / f"{day - 8:03}.parquet").unlink(missing_ok=True)  # the volume looks a week back
            found += driftline.run(folder / "monitors.yaml", at=start + timedelta(days=1), dry_run=True).results
    return found


def summary(found: Iterable[Result]) -> str:
    """By monitor: verdicts, alarms, windows with any, as a table in Markdown."""
    judged, alarms, windows = Counter[str](), Counter[str](), dict[str, set[object]]()
    of_windows: dict[str, set[object]] = {}
    for result in found:
        monitor = result.series.monitor
        if result.value is None:
            continue
        judged[monitor] += 1
        of_windows.setdefault(monitor, set()).add(result.window)
        if result.is_breach:
            alarms[monitor] += 1
            windows.setdefault(monitor, set()).add(result.window)
    lines = ["| monitor | verdicts | alarms | windows | with any |", "| --- | --- | --- | --- | --- |"]
    for monitor, count in judged.items():
        some = len(windows.get(monitor, ()))
        lines.append(f"| {monitor} | {count:,} | {alarms[monitor]} | {len(of_windows[monitor])} | {some} |")
    return "\n".join(lines)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000, help="rows of a window (default: 1,000)")
    parser.add_argument("--baseline", type=int, default=10_000, help="rows of the baseline (default: 10,000)")
    parser.add_argument("--features", type=int, default=1_000)
    parser.add_argument("--windows", type=int, default=50)
    options = parser.parse_args()
    started = time.monotonic()
    print(summary(verdicts(options.rows, options.baseline, options.features, options.windows)))
    print(f"{time.monotonic() - started:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
