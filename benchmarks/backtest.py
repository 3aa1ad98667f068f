"""A back-test against the runs that it stands for: `python -m benchmarks.backtest [--days 180] [--pairs 3] [--late]`.

The example's monitors over the flights, a run a day. The back-test and a single run over the same rows are whole
processes, and so are daily runs in the middle of the history, each with the panes that the one before kept; all days
are taken to cost as much. Then all daily runs are made in one process, on a store of their own, and their last verdicts
and transitions are held against those of the back-test. With `--late` labels come up to six days later than they did,
and one row in 20 arrives after its event, some of them behind the lateness that the source allows.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.measure import measure

PROJECT = Path(__file__).resolve().parents[1]
SINCE = datetime.fromisoformat("2013-03-01")
SAMPLE = 10  # daily runs that are timed as processes
TOLERANCE = 1e-9  # relative: sums in another order differ in their last bits
TIMES, RATIO = 5, 20  # what a back-test may cost in single runs, and how often it must go into the daily ones
NUMBERS = ("value", "baseline_value", "compared", "p_value", "p_adjusted", "bound")
COUNTS = ("status", "rows", "labelled_rows", "baseline_rows")

Verdicts = Mapping[tuple[str, str | None], Mapping[str, Any]]  # by series and window end
Transitions = set[tuple[str, ...]]


@dataclass(frozen=True)
class Daily:
    """The runs, one after the other: seconds, what they came to in the end, and the transitions that hold."""

    seconds: float
    verdicts: Verdicts
    transitions: Transitions


@contextmanager
def example(late: bool) -> Iterator[Path]:
    """A folder with the example and its data; nobody listens to its channel, so its alerts are not routed."""
    with tempfile.TemporaryDirectory(prefix="driftline-benchmark-") as name:
        folder = Path(name)
        text = (PROJECT / "monitors.example.yaml").read_text("utf-8")
        text = text[: text.index("# Who is told")]
        for needed in ("tests", "schemas"):
            (folder / needed).symlink_to(PROJECT / needed)
        if late:
            delay_data(folder / "late")
            text = text.replace("tests/data/flights/predictions", "late/predictions")
            text = text.replace("tests/data/flights/outcomes", "late/outcomes")
            text = text.replace("timestamp: scheduled_at", "timestamp: scheduled_at\n    arrival: arrived_at", 1)
        (folder / "monitors.yaml").write_text(text, "utf-8")
        yield folder


def delay_data(folder: Path) -> None:
    """The flights with labels that come later and rows that arrive later than they did, by the number of the flight."""
    import polars as pl

    for name in ("predictions", "outcomes"):
        (folder / name).mkdir(parents=True)
        for file in sorted((PROJECT / "tests" / "data" / "flights" / name).glob("*.parquet")):
            rows, chance = pl.read_parquet(file), pl.col("flight_id").hash(seed=20130310)
            if name == "outcomes":
                rows = rows.with_columns(pl.col("landed_at") + pl.duration(hours=(chance % 6 * 24).cast(pl.Int64)))
            else:
                hours = pl.when(chance % 20 == 0).then((chance // 20 % 12).cast(pl.Int64)).otherwise(0)
                rows = rows.with_columns((pl.col("scheduled_at") + pl.duration(hours=hours)).alias("arrived_at"))
            rows.write_parquet(folder / name / file.name)


def daily(folder: Path, instants: list[datetime]) -> Daily:
    """`run --at` at every instant, each with the store that the one before left."""
    from driftline.app import run
    from driftline.preparing import RunOptions, load
    from driftline.report.document import result

    path = folder / "monitors.yaml"
    started = time.perf_counter()
    verdicts: dict[tuple[str, str | None], Mapping[str, Any]] = {}
    for at in instants:
        for one in run(path, RunOptions(at=at)).results:
            row = result(one)
            verdicts[row["series"], row["window"]["end"]] = row
    seconds = time.perf_counter() - started
    return Daily(seconds, verdicts, kept(load(path).store, folder, {series for series, _ in verdicts}))


def a_day(folder: Path, instants: list[datetime], output: Path) -> float:
    """Seconds of one daily `driftline run`, a whole process, in the middle of the history."""
    middle = len(instants) // 2
    seconds = []
    for at in instants[middle : middle + SAMPLE + 1]:
        command = [sys.executable, "-m", "driftline.cli.main", "run", "monitors.yaml", "--at", at.isoformat()]
        seconds.append(measure(command, folder, output, (0, 1)).wall)
    (folder / ".driftline" / "state.db").unlink()
    return statistics.median(seconds[1:])  # the first had no panes


def kept(url: Any, folder: Path, names: set[str]) -> Transitions:
    """The transitions that the store holds to be true."""
    from driftline.report.document import instant
    from driftline.store.store import Store

    found: Transitions = set()
    with Store.open(url, folder, read_only=True) as store:
        for series in store.states(None):
            if series.text in names:
                for one in store.history(series, datetime.fromisoformat("1970-01-01T00:00:00Z")).transitions:
                    found.add((one.alert, one.state.value, one.severity.value, str(instant(one.at))))
    return found


def differences(document: Mapping[str, Any], runs: Daily) -> list[str]:
    """What the back-test says otherwise than the runs."""
    own = {(row["series"], row["window"]["end"]): row for row in document["results"]}
    found = [f"only in the runs: {key}" for key in runs.verdicts.keys() - own.keys()]
    found += [f"only in the back-test: {key}" for key in own.keys() - runs.verdicts.keys()]
    for key in own.keys() & runs.verdicts.keys():
        one, other = own[key], runs.verdicts[key]
        found += [f"{key}: {name} {one[name]} and {other[name]}" for name in COUNTS if one[name] != other[name]]
        found += [
            f"{key}: {name} {one[name]} and {other[name]}" for name in NUMBERS if not near(one[name], other[name])
        ]
    true = {
        (row["alert"], row["state"], row["severity"], row["at"]) for row in document["alerts"] if not row["superseded"]
    }
    found += [f"only in the runs: {each}" for each in runs.transitions - true]
    return found + [f"only in the back-test: {each}" for each in true - runs.transitions]


def near(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=1e-300)


def main() -> None:
    """Take turns, make the runs, print ratios and differences."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=180, help="length of the history (default: 180)")
    parser.add_argument("--pairs", type=int, default=3, help="how many turns are timed (default: 3)")
    parser.add_argument("--late", action="store_true", help="labels and some rows come later than they did")
    given = parser.parse_args()
    sys.path.insert(0, str(PROJECT / "engine"))
    from zoneinfo import ZoneInfo

    from driftline.backtesting.ticks import DAY, ticks
    from driftline.compile.calendar import shift

    zone = ZoneInfo("America/New_York")
    since = SINCE.replace(tzinfo=zone)
    instants = [*ticks(since, shift(since, DAY, given.days, zone), DAY, zone)]
    until = instants[-1].isoformat()
    command = [sys.executable, "-m", "driftline.cli.main"]
    with example(given.late) as folder:
        whole = Path(folder / "whole.yaml")
        whole.write_text(one_window((folder / "monitors.yaml").read_text("utf-8"), given.days), "utf-8")
        output = folder / "backtest.json"
        replay = [*command, "backtest", "monitors.yaml", "--since", f"{SINCE:%Y-%m-%d}", "--until", until]
        single = [*command, "run", "whole.yaml", "--at", until, "--dry-run", "--format", "json"]
        measure(single, folder, folder / "run.json", (0, 1))  # files and byte code into the cache
        turns = []
        for _ in range(given.pairs):
            one = measure(single, folder, folder / "run.json", (0, 1)).wall
            turns.append((one, measure([*replay, "--format", "json"], folder, output).wall))
        document = json.loads(output.read_text("utf-8"))
        day = a_day(folder, instants, folder / "day.txt")
        runs = daily(folder, instants)
        wrong = differences(document, runs)
    run, test = (statistics.median(each) for each in zip(*turns, strict=True))
    ratio = statistics.median(test / run for run, test in turns)
    print(f"{len(instants)} daily runs, {len(runs.verdicts):,} verdicts, {len(runs.transitions)} transitions\n")
    print(f"one run over the same rows  {run:8.2f} s")
    print(f"back-test                   {test:8.2f} s   {ratio:.2f} × one run (at most {TIMES})")
    every = day * len(instants)
    print(f"the daily runs, processes   {every:8.2f} s   {every / test:.1f} × the back-test (at least {RATIO})")
    print(f"the same in one process     {runs.seconds:8.2f} s   {runs.seconds / test:.1f} × the back-test")
    print(f"differences                 {len(wrong):8}")
    for each in sorted(wrong)[:20]:
        print(f"  {each}")


def one_window(text: str, days: int) -> str:
    """The example with windows as long as the history: one run reads the same rows."""
    for size in ("size: 1d}", "size: 7d, every: 1d}", "size: 28d, every: 1d}"):
        text = text.replace(size, f"size: {days}d, every: 1d}}", 1)
    return text


if __name__ == "__main__":
    main()
