"""What NannyML's univariate drift reports of folders with two files; `benchmarks.peers` runs it."""

import json
import sys
from pathlib import Path

import nannyml
import pandas


def drifted(folder: Path) -> dict[str, bool]:
    """Column -> whether any of its default methods alerts on the window, which is one chunk."""
    today, training = (pandas.read_parquet(folder / f"{side}.parquet") for side in ("today", "training"))
    calculator = nannyml.UnivariateDriftCalculator(column_names=list(today.columns), chunk_size=len(today))
    results = calculator.fit(training).calculate(today).filter(period="analysis").to_df()
    alerts = results.xs("alert", axis=1, level=-1).any()
    return {column: bool(alerts[column].any()) for column in today.columns}


if __name__ == "__main__":
    print(json.dumps({folder: drifted(Path(folder)) for folder in sys.argv[1:]}))
