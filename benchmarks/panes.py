"""What panes save, and what they cost: `python -m benchmarks.panes [--part year] [--models 50] [--days 365]`.

First a daily run with a trailing baseline of 28 days beside the same run without one, after the first: whole processes
in turns, on files of which those of the past are gone by then, so that nothing of them can have been read. Then a store
that holds a year of panes of many models: its size, what a day adds, and how long one model's trailing baseline takes
to read.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.measure import Cost, measure

START = datetime(2025, 1, 1, tzinfo=UTC)
FEATURES, CATEGORIES = 24, 6
BASELINE, TURNS = 28, 4
CONFIGURATION = """
version: 1
defaults: {{window: 1d}}
store: "sqlite:///{store}.db"
sources:
{sources}
models:
{models}
monitors:
  means: {{check: mean, columns: numeric{baseline}}}
  upper: {{check: quantile, columns: numeric, params: {{q: 0.9}}{baseline}}}
  gaps: {{check: missing_rate, columns: features{baseline}}}
"""
ALONE = ", threshold: none"
TRAILING = (
    f", baseline: {{type: trailing, size: {BASELINE}d}}, threshold: {{compare: change, critical: {{above: 900%}}}}"
)


def write_day(folder: Path, day: int, rows: int) -> None:
    """One day of rows as a file of its own."""
    chance = np.random.default_rng(day)
    at = START + timedelta(days=day)
    times = pl.Series("at", np.arange(rows) * (86_400_000_000 // rows)).cast(pl.Duration("us")) + at
    columns: dict[str, object] = {"at": times}
    columns |= {f"f{n}": chance.normal(n, 1.0, rows) for n in range(FEATURES)}
    columns |= {f"c{n}": pl.Series(chance.integers(0, 4**n, rows)).cast(pl.String) for n in range(1, CATEGORIES + 1)}
    pl.DataFrame(columns).write_parquet(folder / f"{at:%Y-%m-%d}.parquet")


def configure(folder: Path, name: str, baseline: str, models: int = 1) -> Path:
    """A configuration of so many models, each on a source of its own, with a store of its own."""
    sources = "\n".join(f"  s{n}: {{path: events/*.parquet, timestamp: at}}" for n in range(models))
    named = "\n".join(f"  m{n}: {{source: s{n}}}" for n in range(models))
    path = folder / f"{name}.yaml"
    path.write_text(CONFIGURATION.format(store=name, sources=sources, models=named, baseline=baseline), "utf-8")
    return path


def run(path: Path, day: int) -> Cost:
    """One whole process: `driftline run` as of a day's end."""
    at = (START + timedelta(days=day)).isoformat()
    command = [sys.executable, "-m", "driftline.cli.main", "run", path.name, "--at", at, "--format", "json"]
    return measure([*command, "--fail-on", "never"], path.parent, path.parent / f"{path.stem}.json")


def trailing(folder: Path, rows: int) -> dict[str, object]:
    """A run with a trailing baseline beside the same run without."""
    events = folder / "events"
    events.mkdir()
    paths = {"alone": configure(folder, "alone", ALONE), "trailing": configure(folder, "trailing", TRAILING)}
    for day in range(BASELINE + 1):
        write_day(events, day, rows)
    first = {name: run(path, BASELINE + 1) for name, path in paths.items()}
    later: dict[str, list[Cost]] = {name: [] for name in paths}
    for turn in range(TURNS):
        day = BASELINE + 1 + turn
        for file in events.iterdir():  # whoever reads the past again would find nothing there
            file.unlink()
        write_day(events, day, rows)
        for name, path in paths.items():
            later[name].append(run(path, day + 1))
    found = json.loads((folder / "trailing.json").read_text("utf-8"))["results"]
    compared = {one["baseline_rows"] for one in found if one["monitor"] == "means"}
    wall = {name: statistics.median(cost.wall for cost in costs) for name, costs in later.items()}
    processor = {name: statistics.median(cost.processor for cost in costs) for name, costs in later.items()}
    return {
        "rows_a_day": rows,
        "baseline_rows": sorted(compared),
        "first_run_seconds": {name: round(cost.wall, 2) for name, cost in first.items()},
        "later_run_seconds": {name: round(seconds, 2) for name, seconds in wall.items()},
        "wall_ratio": round(wall["trailing"] / wall["alone"], 3),
        "processor_ratio": round(processor["trailing"] / processor["alone"], 3),
    }


def year(folder: Path, models: int, days: int, rows: int) -> dict[str, object]:
    """A store that holds so many days of so many models."""
    events = folder / "events"
    shutil.rmtree(events, ignore_errors=True)
    events.mkdir()
    for day in range(days):
        write_day(events, day, rows)
    longest = TRAILING.replace(f"{BASELINE}d", f"{days - 1}d")
    path, database = configure(folder, "year", longest, models), folder / "year.db"
    first_run = run(path, days)
    before = held(database)
    write_day(events, days, rows)
    next_run = run(path, days + 1)
    after = held(database)
    return {
        "models": models,
        "columns": FEATURES + CATEGORIES,
        "days": days,
        "panes": before[0],
        "store_megabytes": round(before[1] / 1e6, 1),
        "growth_megabytes_a_day": round((after[1] - before[1]) / 1e6, 3),
        "rows_a_day": rows,
        "first_run_seconds": round(first_run.wall, 1),
        "first_run_peak_megabytes": round(first_run.memory / 1e6),
        "next_run_seconds": round(next_run.wall, 1),
        "read_28_days_of_a_model_seconds": round(min(look(folder) for _ in range(5)), 4),
    }


def held(database: Path) -> tuple[int, int]:
    """How many panes a store holds, and the bytes that are in use."""
    with sqlite3.connect(database) as connection:
        (panes,) = connection.execute("SELECT count(*) FROM driftline_panes").fetchone()
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    connection.close()
    return panes, pages * size


def look(folder: Path) -> float:
    """Seconds to find, read and unpack the trailing baseline of one model among all that the store holds."""
    from driftline.app import run as run_here
    from driftline.execute import local
    from driftline.preparing import RunOptions

    path = configure(folder, "one", TRAILING)
    path.write_text(path.read_text("utf-8").replace("one.db", "year.db"), "utf-8")
    seconds = 0.0
    find = vars(local)["find"]

    def timed(*arguments: Any) -> Any:
        nonlocal seconds
        started = time.perf_counter()
        found = find(*arguments)
        seconds += time.perf_counter() - started
        return found

    vars(local)["find"] = timed
    try:
        days = len(list((folder / "events").iterdir()))
        run_here(path, RunOptions(at=START + timedelta(days=days), dry_run=True))
    finally:
        vars(local)["find"] = find
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=("trailing", "year"), help="one of the two alone")
    parser.add_argument("--rows", type=int, default=100_000, help="rows of a day: trailing")
    parser.add_argument("--year-rows", type=int, default=100, help="rows of a day of each model: year")
    parser.add_argument("--models", type=int, default=50)
    parser.add_argument("--days", type=int, default=365)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="driftline-panes-") as name:
        folder = Path(name)
        if options.part in (None, "trailing"):
            print(json.dumps({"trailing": trailing(folder, options.rows)}, indent=2), flush=True)
        if options.part in (None, "year"):
            found = year(folder, options.models, options.days, options.year_rows)
            print(json.dumps({"year": found}, indent=2))


if __name__ == "__main__":
    main()
