"""The full catalogue beside the first slice: `python -m benchmarks.catalogue [--rows 1000000] [--pairs 3]`.

The first slice is what `benchmarks.scan` runs: the presets drift, quality and performance. The full catalogue is a
monitor of every check of the registry that fits the same model on the same files, those of the first slice among them.
Both are whole processes, in turns. A process of its own then says what each check and each profile takes. JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.measure import Cost, measure
from benchmarks.scan import AS_OF, BREACH, CONFIGURATION, PROJECT, data
from driftline import registry
from driftline.checks.base import Check, Takes

BUILT_IN = "driftline.checks."  # of what is installed beside it the figures say nothing
LEARNT = "domain_classifier"  # trains a model while it is read, and needs an extra
CHANGE = "{compare: change, warning: {above: 50%, below: -50%}}"
BEYOND = "{warning: {above: 0.1}}"
LABELLED = ("label_coverage",)  # of labels that come from a source of their own, which the first slice has not
FEW_GROUPS = "[c0, c1, c2, c3]"
# What a check cannot be without: parameters, and columns that stand for those that it is made for.
NEEDED: Mapping[str, Mapping[str, str]] = {
    "attribution_drift": {"columns": '["f*"]'},
    "breaching": {"params": "{of: {monitor: psi}}", "threshold": "{warning: {above: 100}}"},
    "demographic_parity_difference": {"columns": FEW_GROUPS},
    "disparate_impact": {"columns": FEW_GROUPS},
    "duplicate_rate": {"columns": "[features]"},
    "energy_distance": {"threshold": BEYOND},
    "equal_opportunity_difference": {"columns": FEW_GROUPS},
    "error_rate": {"columns": "[i0]"},
    "estimation_gap": {"threshold": BEYOND},
    "freshness": {"threshold": "{warning: {above: 6h}}"},
    "invalid_rate": {"columns": '["f*"]'},
    "latency": {"columns": "[f1]"},
    "performance_change": {"params": "{of: accuracy}", "threshold": "{warning: {below: -0.1}}"},
    "throughput": {"threshold": "{warning: {below: 1}}"},  # of the baseline, which has no times, there is none
    "unseen_rate": {"threshold": BEYOND},
    "wasserstein": {"threshold": BEYOND},
    "z_test": {"columns": '["c*"]', "params": '{category: "1"}'},
}


def catalogue(place: Path, without: Sequence[str] = ()) -> tuple[str, list[str]]:
    """The configuration of every check that fits a binary model, and the names of those that do not."""
    known = registry.load()
    head, _, _ = CONFIGURATION.format(data=place).partition("monitors:\n")
    rules = '    columns: {"f*": {valid: {min: -1000, max: 1000}}}\n'
    lines, left_out = [head.rstrip(), rules + "monitors:"], []
    for name in sorted(known.checks):
        check = known.check_class(name)
        if not check.__module__.startswith(BUILT_IN):
            continue
        if name in LABELLED or (check.tasks and "binary" not in check.tasks):
            left_out.append(name)
        elif name not in without:
            uncertain = check.significance or check.uncertain or known.family(name) in ("performance", "estimation")
            lines.append(f"  {name}: {{{', '.join(_monitor(name, check, uncertain))}}}")
    return "\n".join(lines) + "\n", left_out


def _monitor(name: str, check: type[Check], uncertain: bool) -> Iterator[str]:
    """The keys of the monitor of one check: its own threshold or a change of half, and significance where it says."""
    given = dict(NEEDED.get(name, {}))
    if check.takes is Takes.COLUMN:
        given.setdefault("columns", "[features, score, prediction]")
    elif check.takes is Takes.COLUMNS:
        given.setdefault("columns", "[features]")
    if check.default_threshold is None:
        given.setdefault("threshold", CHANGE)
    if check.takes is not Takes.VERDICTS:
        given["model"] = "model"
    if uncertain:
        given["significance"] = "{alpha: 1%}"
    return (f"{key}: {value}" for key, value in {"check": name, **given}.items())


def turn(folder: Path, files: Mapping[str, str]) -> dict[str, Cost]:
    """Each configuration once, as a whole process without a store."""
    costs = {}
    for name, text in files.items():
        (folder / "monitors.yaml").write_text(text, "utf-8")
        output = folder / f"{name.replace(' ', '-')}.json"
        command = [sys.executable, "-m", "driftline.cli.main", "run", "--at", AS_OF, "--format", "json", "--dry-run"]
        costs[name] = measure(command, folder, output, (0, BREACH))
    return costs


def summary(turns: Sequence[Mapping[str, Cost]], folder: Path) -> dict[str, dict[str, Any]]:
    """Of each configuration the smallest cost, its ratio to the first slice within a turn, and what was read."""
    found: dict[str, dict[str, Any]] = {}
    first = next(iter(turns[0]))
    for name in turns[0]:
        results = json.loads((folder / f"{name.replace(' ', '-')}.json").read_text("utf-8"))["results"]
        ratios = [each[name].wall / each[first].wall for each in turns]
        unread = sorted({f"{one['check']}: {one['reason']}" for one in results if one["status"] == "error"})
        found[name] = {
            "wall": round(min(each[name].wall for each in turns), 2),
            "cpu": round(min(each[name].processor for each in turns), 2),
            "peak_gb": round(max(each[name].memory for each in turns) / 1e9, 2),
            "ratio": round(statistics.median(ratios), 2),
            "ratio_of_minima": round(
                min(each[name].wall for each in turns) / min(each[first].wall for each in turns), 2
            ),
            "range": [round(min(ratios), 2), round(max(ratios), 2)],
            "checks": len({one["check"] for one in results}),
            "readings": sum(one["value"] is not None for one in results),
            "failed": unread,
        }
    return found


def inside(folder: Path, text: str) -> dict[str, Any]:
    """What each stage, profile and check takes, of one run in a process of its own."""
    (folder / "monitors.yaml").write_text(text, "utf-8")
    command = [sys.executable, "-m", "benchmarks.catalogue_costs", str(folder / "monitors.yaml"), AS_OF]
    alone = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # as the command line does
    done = subprocess.run(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True, check=True, env=alone)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main() -> None:
    """Make the data, take turns, look inside, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows on each side (default: 1000000)")
    parser.add_argument("--pairs", type=int, default=3, help="how many turns are timed (default: 3)")
    parser.add_argument("--write", type=Path, help="write the configuration into this folder, and do not measure")
    given = parser.parse_args()
    place = data(given.rows)
    whole, left_out = catalogue(place)
    if given.write is not None:
        (given.write / "monitors.yaml").write_text(whole, "utf-8")
        return
    files = {
        "first slice": CONFIGURATION.format(data=place),
        "catalogue": whole,
        f"catalogue without {LEARNT}": catalogue(place, (LEARNT,))[0],
    }
    folder = Path(tempfile.mkdtemp(prefix="driftline-benchmark-"))
    try:
        turn(folder, files)  # files and byte code into the cache
        turns = [turn(folder, files) for _ in range(given.pairs)]
        found = {"rows": given.rows, "turns": given.pairs, "left_out": left_out, **summary(turns, folder)}
        print(json.dumps({**found, "inside": inside(folder, whole)}, indent=1))
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
