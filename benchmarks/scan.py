"""A whole run against the limit, side by side: `python -m benchmarks.scan --rows 1000000 [--pairs 5]`.

The limit is a Python process in which Polars sums the numeric columns of the same files. Both are whole processes, from
the start of the interpreter on, one after the other in turns, so that what else the machine does meets both.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.measure import Cost, measure

PROJECT = Path(__file__).resolve().parents[1]
AS_OF = "2023-11-16T00:00:00Z"

CONFIGURATION = """
version: 1
defaults: {{window: 1d, timezone: UTC}}
sources:
  current: {{path: "{data}/current/*.parquet", timestamp: ts}}
  reference: {{path: "{data}/reference/*.parquet"}}
models:
  model:
    task: binary
    source: current
    baseline: reference
    roles: {{score: p, prediction: yhat, target: "y"}}
    features: {{include: ["*"], exclude: [ts, p, "y", yhat]}}
monitors:
  drift: {{preset: drift}}
  quality: {{preset: quality}}
  performance: {{preset: performance}}
"""

SUM = """
import polars as pl
for side in ("current", "reference"):
    pl.scan_parquet("{data}/" + side + "/*.parquet").select(pl.selectors.numeric().sum()).collect()
"""

LIMIT = "Polars sum"
DRY, KEPT = "driftline run --dry-run", "driftline run"
BREACH = 1  # the exit code of a run that found something, as this one does


def data(rows: int) -> Path:
    """The data, made by a process of its own: this one must stay small, see `measure`."""
    command = [sys.executable, "-m", "benchmarks.dataset", str(rows)]
    done = subprocess.run(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True, check=True)
    return Path(done.stdout.strip())


def turn(place: Path, folder: Path) -> dict[str, Cost]:
    """Each command once; the run that keeps its state starts with an empty store."""
    shutil.rmtree(folder / ".driftline", ignore_errors=True)
    output = folder / "result.json"
    run = [sys.executable, "-m", "driftline.cli.main", "run", "--at", AS_OF, "--format", "json"]
    return {
        LIMIT: measure([sys.executable, "-c", SUM.format(data=place)], folder, folder / "sum"),
        DRY: measure([*run, "--dry-run"], folder, output, (0, BREACH)),
        KEPT: measure(run, folder, output, (0, BREACH)),
    }


def readings(folder: Path) -> int:
    """How many numbers the last run read."""
    document = json.loads((folder / "result.json").read_text("utf-8"))
    return sum(each["value"] is not None for each in document["results"])


def table(turns: Sequence[Mapping[str, Cost]]) -> str:
    """Medians of what each command costs, and the ratio to the limit: median and range over the turns."""
    lines = [f"{'':26}{'wall s':>8}{'CPU s':>8}{'peak GB':>9}   times the limit (range)"]
    for name in (LIMIT, DRY, KEPT):
        costs = [each[name] for each in turns]
        wall = statistics.median(cost.wall for cost in costs)
        processor = statistics.median(cost.processor for cost in costs)
        memory = max(cost.memory for cost in costs) / 1e9
        ratios = [each[name].wall / each[LIMIT].wall for each in turns]
        ratio = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})" if name != LIMIT else ""
        lines.append(f"{name:26}{wall:8.2f}{processor:8.2f}{memory:9.2f}   {ratio}".rstrip())
    return "\n".join(lines)


def main() -> None:
    """Make the data, take turns, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows on each side (default: 1000000)")
    parser.add_argument("--pairs", type=int, default=5, help="how many turns are timed (default: 5)")
    given = parser.parse_args()
    place = data(given.rows)
    with tempfile.TemporaryDirectory(prefix="driftline-benchmark-") as name:
        folder = Path(name)
        (folder / "monitors.yaml").write_text(CONFIGURATION.format(data=place), "utf-8")
        turn(place, folder)  # files and byte code into the cache
        turns = [turn(place, folder) for _ in range(given.pairs)]
        print(f"{given.rows:,} rows a side, 33 columns, {given.pairs} turns, {readings(folder)} readings a run\n")
        print(table(turns))


if __name__ == "__main__":
    main()
