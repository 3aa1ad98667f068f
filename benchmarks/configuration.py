"""A large configuration, and what `validate` and `plan` cost on it.

5,000 monitors of 75 models in 50 included files, some 40,000 lines, over five small Parquet sources: what a company
with a monorepo of teams would have. The text is the same every time.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Cost, measure

SOURCES = ("payments", "loans", "claims", "visits", "orders")
NUMBERS = ("amount", "age", "balance", "duration", "distance", "income")
CATEGORIES = ("country", "product", "device", "browser")
TEAMS = 50
LIMITS = {"validate": 5.0, "plan": 8.0}  # seconds
MEMORY = 400  # MB

ROOT = """\
# yaml-language-server: $schema=./schemas/monitors.schema.json
version: 1
include: [teams/*.yaml]
defaults:
  window: daily
  timezone: Europe/Oslo
  tags: {org: retail}

windows:
  daily: {size: 1d}
  weekly: {size: 7d, every: 1d}

baselines:
  last_month: {type: trailing, size: 28d}
  last_week: {type: trailing, size: 7d, offset: 1d}

thresholds:
  drift: {warning: {above: 0.1}, critical: {above: 0.25}, recovery: {below: 0.08}}
  gaps: {warning: {above: 1%}, critical: {above: 5%}}
  invalid: {critical: {above: 0.5%}}
  fall: {compare: change, warning: {below: -5%}, critical: {below: -10%}}
  half: {compare: change, warning: {below: -30%}, critical: {below: -50%}}

channels:
  pager: {url: json://127.0.0.1:8765/pager}
  chat: {url: json://127.0.0.1:8765/chat}

routes:
  - {match: {severity: critical, tags: {tier: 1}}, channels: [pager, chat], repeat_interval: 4h}
  - {match: {monitor: "*"}, channels: [chat], repeat_interval: 24h}

sources:
"""


def root() -> Iterator[str]:
    """The root file: what the teams share."""
    yield ROOT
    for name in SOURCES:
        yield f"  {name}:\n    path: data/{name}.parquet\n    timestamp: at\n    lateness: 1h\n"
        yield f"  {name}_training:\n    path: data/{name}_training.parquet\n"


def team(number: int, monitors: int) -> Iterator[str]:
    """The file of one team: one or two models, and its monitors."""
    models = [f"model-{number:02}-{letter}" for letter in "ab"[: 1 + number % 2]]
    yield f"# Team {number}\ndefaults:\n  tags: {{team: team-{number:02}}}\n\nmodels:\n"
    for index, name in enumerate(models):
        yield model(name, SOURCES[(number + index) % len(SOURCES)])
    yield f"\nmetrics:\n  paid-{number:02}:\n    model: {models[0]}\n    sql: SUM(amount) / COUNT(*)\n"
    yield "\noverrides:\n  - match:\n"
    yield f"      monitor: psi-*-{number:02}-*\n      column: age\n"
    yield "    set:\n      threshold: {critical: {above: 0.4}}\n"
    yield "\nmonitors:\n"
    for index in range(monitors):
        yield monitor(number, index, models[index % len(models)])


def model(name: str, source: str) -> str:
    """A binary classifier with columns that say what they are."""
    lines = [f"  {name}:", "    task: binary", f"    source: {source}", f"    baseline: {source}_training"]
    lines += [f"    description: Scores of {source}", f'    runbook: "https://wiki.example.org/{name}#{{monitor}}"']
    lines += ["    tags:", "      tier: 1", "    roles:"]
    lines += ["      id: id", "      score: score", "      prediction: prediction", "      target: target"]
    lines += ["    groups:", f"      money: [{NUMBERS[0]}, {NUMBERS[2]}, {NUMBERS[5]}]", "    segments:"]
    lines += ["      country: {by: country, top: 20}", '      large: {where: "amount > 100"}', "    columns:"]
    for column in NUMBERS:
        lines += [f"      {column}:", "        type: numeric", "        valid: {min: 0, max: 1000000}"]
    for column in CATEGORIES:
        lines += [f"      {column}:", "        type: categorical"]
    return "\n".join(lines) + "\n"


def monitor(number: int, index: int, about: str) -> str:
    """One monitor; the kinds take turns."""
    column = NUMBERS[index // 7 % len(NUMBERS)]
    body = (
        ("psi", ["check: psi", f"columns: [{column}, age]", "threshold: drift", "segments: [overall, country]"]),
        ("ks", ["check: ks", f"columns: {column}", "threshold: {warning: {above: 0.1}}", "significance: {alpha: 1%}"]),
        ("gaps", ["check: missing_rate", "columns: money", "threshold: gaps", "segments: [overall, large]"]),
        ("mean", ["check: mean", f"columns: {column}", "baseline: last_month", "threshold: fall"]),
        ("auc", ["check: roc_auc", "window: weekly", "threshold:", "  compare: change", "  critical: {below: -10%}"]),
        ("rows", ["check: row_count", "baseline: last_week", "threshold: half", "min_rows: 0"]),
        ("quality", ["preset: quality", "columns: money", "window: weekly", "enabled: true"]),
        ("paid", [f"metric: paid-{number:02}", "baseline: last_month", "threshold: fall"]),
        ("drift", ["check: psi", "columns: features", "params:", "  bins: 20", "threshold: drift"]),
    )
    kind, lines = body[index % len(body)]
    chosen = [] if kind == "paid" else [f"model: {about}"]
    alert = "alert: {for: 2, keep_firing_for: 1d}" if index % 3 else "alert: {for: 2 of 3}"
    tags = f"tags: {{tier: {1 + index % 3}, pack: {kind}}}"
    described = [f"description: The {kind} of {about}, number {index}"] if index % 4 == 0 else []
    written = [*chosen, *lines, alert, tags, *described]
    return "\n".join([f"  {kind}-{index:03}-{number:02}-x:", *(f"    {line}" for line in written)]) + "\n"


def write(folder: Path, monitors: int) -> int:
    """The configuration with its data in a folder; returns the number of its lines."""
    (folder / "teams").mkdir(parents=True)
    files = {folder / "monitors.yaml": "".join(root())}
    for number in range(TEAMS):
        files[folder / f"teams/team-{number:02}.yaml"] = "".join(team(number, monitors // TEAMS))
    for path, text in files.items():
        path.write_text(text, "utf-8")
    return sum(text.count("\n") for text in files.values())


def write_data(folder: Path) -> None:
    """Thirty days of a hundred rows for every source, and a training set."""
    from datetime import UTC, datetime, timedelta
    from typing import Any

    import numpy as np
    import polars as pl

    (folder / "data").mkdir(parents=True)
    for seed, name in enumerate(SOURCES):
        chance = np.random.default_rng(seed)
        rows = 3_000
        score = chance.random(rows)
        columns: dict[str, Any] = {column: chance.lognormal(3, 1, rows) for column in NUMBERS}
        columns |= {column: np.array(list("abcdef"))[chance.integers(0, 6, rows)] for column in CATEGORIES}
        columns |= {"id": np.arange(rows), "score": score, "prediction": score > 0.5}
        frame = pl.DataFrame(columns | {"target": (chance.random(rows) < score).astype(int)})
        frame.write_parquet(folder / f"data/{name}_training.parquet")
        start = datetime(2026, 6, 1, tzinfo=UTC)
        times = [start + timedelta(minutes=14.4 * index) for index in range(rows)]
        frame.with_columns(at=pl.Series(times)).write_parquet(folder / f"data/{name}.parquet")


def costs(folder: Path) -> Iterator[tuple[str, Cost]]:
    """What each command costs as a process of its own."""
    for command, options in (
        ("validate", []),
        ("plan", ["--at", "2026-06-30"]),
        ("plan", ["--at", "2026-06-30", "-v"]),
    ):
        line = [sys.executable, "-m", "driftline.cli.main", command, "monitors.yaml", *options]
        yield " ".join([command, *options[2:]]), measure(line, folder, folder / f"{command}.txt")


def main() -> None:
    """Write, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--monitors", type=int, default=5_000)
    parser.add_argument("--write", type=Path, help="Write it to this folder, and do not measure.")
    arguments = parser.parse_args()
    folder = arguments.write or Path(tempfile.mkdtemp(prefix="configuration-"))
    lines = write(folder, arguments.monitors)
    if arguments.write:
        write_data(folder)
        return
    # Polars in this process would count as memory of those that it starts.
    from multiprocessing import get_context

    writing = get_context("spawn").Process(target=write_data, args=(folder,))
    writing.start()
    writing.join()
    print(f"{arguments.monitors:,} monitors, {lines:,} lines, {TEAMS} included files")
    print(f"{'':16}{'wall s':>8}{'CPU s':>8}{'peak MB':>9}{'limits':>16}")
    for name, cost in costs(folder):
        limits = f"{LIMITS[name.split()[0]]:g} s, {MEMORY} MB"
        print(f"{name:16}{cost.wall:8.2f}{cost.processor:8.2f}{cost.memory / 1e6:9.0f}{limits:>16}")
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
