"""The detectors on a model's errors, beside river's own over one outcome after the other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache, partial

import numpy as np
import polars as pl
from numpy.typing import NDArray
from river.drift import ADWIN
from river.drift.binary import HDDMA

from driftline.checks.base import Subject
from driftline.model import Duration
from tests.reference.comparison import Comparison, Numbers, measure
from tests.reference.concept import month
from tests.reference.flights import BINARY

OUTCOMES = 6_000  # of each month
START = datetime(2013, 3, 1, tzinfo=UTC)
DETECTORS = {"adwin": ADWIN, "hddm_a": HDDMA}


@cache
def outcomes() -> pl.DataFrame:
    """Flights of March, and behind them those of July, one a second."""
    both = [month(number).sort("scheduled_at", "flight_id").head(OUTCOMES) for number in (3, 7)]
    times = [START + timedelta(seconds=second) for second in range(2 * OUTCOMES)]
    return pl.concat(both).select("late", "late_predicted").with_columns(at=pl.Series(times))


def furthest_apart(errors: NDArray[np.float64]) -> int:
    """Where the means before and behind differ most, for their lengths."""
    before = np.arange(1, len(errors))
    behind = len(errors) - before
    left = np.cumsum(errors)[:-1]
    return int(np.argmax(np.abs(left / before - (errors.sum() - left) / behind) * np.sqrt(before * behind))) + 1


def of_rows(kind: str) -> Numbers:
    """The rise at the latest change."""
    errors = (outcomes()["late"] != outcomes()["late_predicted"]).cast(pl.Float64).to_numpy()
    detector, starts = DETECTORS[kind](), [0]
    for at, error in enumerate(errors.tolist()):
        detector.update(error)
        if detector.drift_detected:
            starts.append(starts[-1] + furthest_apart(errors[starts[-1] : at + 1]))
    expected = errors[starts[-1] :].mean() - errors[starts[-2] : starts[-1]].mean()
    on = Subject(roles=BINARY.roles, task="binary", timestamp="at")
    return Numbers(float(expected), measure(kind, on, outcomes(), every=Duration(1, "s")).value)


COMPARISONS = [
    Comparison(kind, "river, row by row", "flights of March and then of July, one a second", partial(of_rows, kind))
    for kind in DETECTORS
]
