"""Samples of rows of both sides as one matrix, for checks that look at rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from driftline.checks.base import Profiles
from driftline.checks.drift._many import SAMPLE, both
from driftline.model import Failed, InsufficientData, NoData
from driftline.profiles.sample import SampleProfile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEAST_ROWS = 30  # of a side that differ
HUGE = 1e150  # sums and squares of it are doubles
MOST_CATEGORIES = 254  # of a column that are told apart; the rarest others are one


@dataclass(frozen=True)
class Pooled:
    """Rows of the window, and behind them rows of the baseline: (rows, columns), categories as numbers, NaN missing.

    `window` says which rows are the window's; `hashes` are equal for rows that are.
    """

    names: tuple[str, ...]
    values: Floats
    categorical: tuple[bool, ...]
    window: NDArray[np.bool_]
    hashes: NDArray[np.uint64]
    total: int  # rows of the window
    baseline_total: int

    @property
    def is_whole(self) -> bool:
        """Whether these are all rows of both sides."""
        return len(self.window) == self.total + self.baseline_total

    @property
    def note(self) -> str:
        own = int(self.window.sum())
        return f"read from {own:,} of {self.total:,} rows and {len(self.window) - own:,} of {self.baseline_total:,}"


def pooled(window: Profiles, baseline: Profiles | None, most: int) -> Pooled | NoData | Failed | InsufficientData:
    """At most so many rows of each side, or why there are none."""
    import numpy as np

    sides = both(window, baseline, SAMPLE)
    if not isinstance(sides, tuple):
        return sides
    samples = [cast(SampleProfile, side) for side in sides]
    now, then = samples
    fewest = min(len(np.unique(sample.hashes[:most])) for sample in samples)
    if fewest < LEAST_ROWS:
        reason = f"different rows on a side: {fewest}, too few to tell rows apart; {LEAST_ROWS} are needed on each"
        return InsufficientData(reason, now.rows, then.rows)
    names = tuple(now.columns)
    columns = [np.concatenate([sample.columns[name][:most] for sample in samples]) for name in names]
    categorical = tuple(column.dtype.kind != "f" for column in columns)
    values = np.column_stack([_numbers(column) for column in columns])
    hashes = np.concatenate([sample.hashes[:most] for sample in samples])
    own = np.arange(len(hashes)) < min(now.kept, most)
    return Pooled(names, values, categorical, own, hashes, now.rows, then.rows)


def _numbers(column: NDArray[Any]) -> Floats:
    """Numbers as they are (but for huge ones, as infinities), categories as their rank by how often they occur."""
    import numpy as np

    if column.dtype.kind == "f":
        return np.asarray(np.clip(column, -HUGE, HUGE), float)
    counts = Counter(text for text in column.tolist() if text is not None)
    order = sorted(counts, key=lambda text: (-counts[text], text))
    rank = {text: float(min(at, MOST_CATEGORIES)) for at, text in enumerate(order)}
    return np.array([np.nan if text is None else rank[text] for text in column.tolist()])
