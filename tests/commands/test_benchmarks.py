"""The benchmark's command runs, on few rows; its data are the same every time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from benchmarks.dataset import DAY_START, WITH_NULLS, block

PROJECT = Path(__file__).parents[2]


def test_the_command_prints_the_ratio_to_the_limit() -> None:
    command = [sys.executable, "-m", "benchmarks.scan", "--rows", "2000", "--pairs", "1"]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT / "engine")}
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=True)
    first, _, header, *rows = done.stdout.splitlines()
    assert first.startswith("2,000 rows a side, 33 columns, 1 turns, ")
    assert header.split() == ["wall", "s", "CPU", "s", "peak", "GB", "times", "the", "limit", "(range)"]
    assert [row[:26].strip() for row in rows] == ["Polars sum", "driftline run --dry-run", "driftline run"]


def test_the_back_test_says_what_the_runs_say() -> None:
    command = [sys.executable, "-m", "benchmarks.backtest", "--days", "4", "--pairs", "1"]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT / "engine")}
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=True)
    first, _, *rows = done.stdout.splitlines()
    assert first.startswith("4 daily runs, ")
    assert [row[:28].strip() for row in rows] == [
        "one run over the same rows",
        "back-test",
        "the daily runs, processes",
        "the same in one process",
        "differences",
    ]
    assert rows[-1].split() == ["differences", "0"]


def test_a_block_of_rows_is_the_same_every_time() -> None:
    once, again, other = block(1, 0.0, 0, 500, 1_000), block(1, 0.0, 0, 500, 1_000), block(1, 0.0, 500, 500, 1_000)
    assert once.equals(again)
    assert not once.equals(other)


def test_a_block_is_as_documented() -> None:
    rows = block(2, 0.3, 5_000, 5_000, 10_000)
    assert rows.width == 34  # 33 and the timestamp
    assert all(0.01 < rows[name].null_count() / rows.height < 0.03 for name in WITH_NULLS)
    assert rows["c4"].n_unique() > 900
    assert rows["ts"].dt.epoch("s").min() == DAY_START + 43_200
    assert rows["ts"].is_sorted()
