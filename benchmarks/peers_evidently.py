"""What Evidently's `DataDriftPreset` reports of folders with two files; `benchmarks.peers` runs it."""

import json
import sys
from pathlib import Path

import pandas
from evidently import Report
from evidently.presets import DataDriftPreset


def drifted(folder: Path) -> dict[str, bool]:
    """Column -> whether it is reported: a p-value below its threshold, or a distance above it."""
    today, training = (pandas.read_parquet(folder / f"{side}.parquet") for side in ("today", "training"))
    found = {}
    for metric in Report([DataDriftPreset()]).run(today, training).dict()["metrics"]:
        config = metric["config"]
        if config["type"].endswith(":ValueDrift"):
            value, threshold = metric["value"], config["threshold"]
            found[config["column"]] = bool(value < threshold if "p_value" in config["method"] else value >= threshold)
    return found


if __name__ == "__main__":
    print(json.dumps({folder: drifted(Path(folder)) for folder in sys.argv[1:]}))
