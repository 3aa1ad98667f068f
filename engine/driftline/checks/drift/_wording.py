"""What of a comparison is for people: which way it goes, which categories gained and lost."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from driftline.checks.base import Column, ColumnType
from driftline.model import Contribution
from driftline.profiles.histogram import HistogramProfile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from driftline.checks.drift._binning import Binned

    Floats = NDArray[np.float64]

SHOWN = 3  # categories in a note
CARRIED = 10  # categories in a result
ONE_WAY = 4.0  # how many times more must go one way than the other, for a distance to have that direction
TRUE = ("true", "1", "1.0")


def direction(counts: Binned) -> str | None:
    """Which way the values of ordered bins went, or the share of the true of a boolean; None for categories."""
    if counts.ordered:
        return direction_of_steps(counts.window, counts.baseline)
    if len(counts.names) == 2 and {name.lower() for name in counts.names} in ({"true", "false"}, {"1", "0"}):
        at = next(at for at, name in enumerate(counts.names) if name.lower() in TRUE)
        change = counts.window[at] / counts.window.sum() - counts.baseline[at] / counts.baseline.sum()
        return by_sign(float(change))
    return None


def by_sign(change: float) -> str | None:
    """`up` or `down`; None for no change."""
    return "up" if change > 0 else "down" if change < 0 else None


def direction_of_steps(window: Floats, baseline: Floats) -> str | None:
    """Which way the quantiles went: `mixed` where some went up and others down, as of a spread that grew."""
    import numpy as np

    pooled = window + baseline
    higher = np.cumsum(baseline) / baseline.sum() - np.cumsum(window) / window.sum()  # above 0: the window lies higher
    weights = (pooled[:-1] + pooled[1:]) * higher[:-1]
    up, down = float(weights[weights > 0].sum()), -float(weights[weights < 0].sum())
    if up == down == 0.0:
        return None
    return "up" if up >= ONE_WAY * down else "down" if down >= ONE_WAY * up else "mixed"


def contributions(counts: Binned, private: bool) -> tuple[Contribution, ...]:
    """By how much of the rows each category gained or lost, the largest first; none of a private column."""
    import numpy as np

    if private or not counts.names or any(name.startswith("#") for name in counts.names[:1]):
        return ()
    change = counts.window / counts.window.sum() - counts.baseline / counts.baseline.sum()
    order = np.argsort(-np.abs(change), kind="stable")[:CARRIED]
    return tuple(Contribution(counts.names[at], float(change[at])) for at in order if change[at] != 0.0)


def largest_changes(counts: Binned, private: bool) -> str | None:
    """Which categories gained and lost most, for people; None for numeric bins and private columns."""
    largest = contributions(counts, private)[:SHOWN]
    number = {name: at for at, name in enumerate(counts.names)}
    now, then = counts.window / counts.window.sum(), counts.baseline / counts.baseline.sum()
    said = [f"{one.name} {then[number[one.name]]:.1%} -> {now[number[one.name]]:.1%}" for one in largest]
    return ", ".join(said) or None


def median_change(window: HistogramProfile, baseline: HistogramProfile, column: Column) -> str | None:
    """Where the median went, for people; None where it stayed, and of a private column."""
    if not window.finite or not baseline.finite:
        return None
    now, then = window.quantile(0.5), baseline.quantile(0.5)
    return went("median", then, now, column) if now != then else None


def went(what: str, then: float, now: float, column: Column) -> str | None:
    """`median 3 -> 4`, of times as times; None of a private column."""
    if column.private:
        return None
    if column.type is ColumnType.DATETIME:
        return f"{what} {_time(then)} -> {_time(now)}"
    return f"{what} {then:.4g} -> {now:.4g}"


def _time(seconds: float) -> str:
    """Seconds since 1970 as a time; such as no calendar holds, as they are."""
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M UTC}"
    except (OverflowError, ValueError, OSError):
        return f"{seconds:.4g} s"
