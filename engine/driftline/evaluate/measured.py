"""What was read of one series on one window, before any judging."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Protocol

from driftline.checks.base import Check, Moment, Profiles, Subject
from driftline.compile.graph import LABELLED
from driftline.evaluate.contributions import Decomposition
from driftline.model import Contribution, Failed, Reading, SeriesKey, Value
from driftline.profiles.counts import CountsProfile


@dataclass(frozen=True)
class Chance:
    """How likely a reading is by chance where rows depend on each other: a p-value, or the reason why there is none.

    `noise` and `interval` are those of the reading, under the same dependence.
    """

    p_value: float | None = None
    reason: str | None = None
    noise: float | None = None
    interval: tuple[float, float] | None = None


class Carrying(Protocol):
    """What can tell which segments carry the change of a reading."""

    def decomposition(self) -> Decomposition | str:
        """The change divided among the segments; else why it cannot be."""

    def contributions(self) -> tuple[Contribution, ...]:
        """What each segment adds to the change, the largest first; none where it cannot be divided."""


@dataclass(frozen=True)
class Measured:
    """One reading beside its baseline's.

    `deviations` is how far the reading lies off those of the baseline's windows, of which `baseline_reading` is the
    median; `note` is what there is to know of the baseline. `chance` takes the place of what the reading says of chance
    by itself, which counts rows as independent. `carriers` are there of a reading of all rows that are sliced too.
    `change_p_value` is that of a check that knows more of a change than the standard errors of both readings say.
    """

    key: SeriesKey
    reading: Reading
    baseline_reading: Reading | None = None
    rows: int | None = None
    baseline_rows: int | None = None
    deviations: float | None = None
    note: str | None = None
    chance: Chance | None = None
    change_p_value: float | None = None
    carriers: Carrying | None = field(default=None, compare=False, repr=False)


BEYOND = Failed("the number is not finite: values overflow a double; rescale the column or bound it")


def read(check: Check, subject: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
    """The check's reading; a number that is not one is a failure with a reason, never a value.

    A p-value or a standard error that is no number is none: a family's correction sorts by it.
    """
    try:
        reading = check.read(subject, at, window, baseline)
    except OverflowError:  # Python's own powers and roots raise where NumPy's come to infinity
        return BEYOND
    if isinstance(reading, Value) and reading.labelled_rows is None and (counts := _labels(window)) is not None:
        before = _labels(baseline or {})
        reading = replace(
            reading,
            rows=counts.total,
            labelled_rows=counts.total - counts.missing,
            labelled_baseline_rows=before.total - before.missing if before is not None else None,
        )
    if isinstance(reading, Value) and not math.isfinite(reading.value):
        return BEYOND
    return _within_a_double(reading) if isinstance(reading, Value) else reading


def _within_a_double(reading: Value) -> Value:
    """The reading without what says how sure it is, where that is no number; no interval reaches to infinity."""
    low, high = reading.interval or (0.0, 0.0)
    return replace(
        reading,
        p_value=_known(reading.p_value),
        standard_error=_known(reading.standard_error),  # an infinite one says that nothing is significant
        interval=reading.interval if math.isfinite(low) and math.isfinite(high) else None,
        bound=_finite(reading.bound),
        noise=_finite(reading.noise),
    )


def _known(number: float | None) -> float | None:
    return None if number is None or math.isnan(number) else number


def _finite(number: float | None) -> float | None:
    return None if number is None or not math.isfinite(number) else number


def _labels(profiles: Profiles) -> CountsProfile | None:
    """The count of rows with a label, for a check that reads labels without counting them."""
    found = profiles.get(LABELLED)
    return found if isinstance(found, CountsProfile) else None
