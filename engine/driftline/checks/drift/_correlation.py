"""Correlations of many columns at once, and how far they move by chance: by exchanging rows of the samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from driftline.checks.drift._tails import rates
from driftline.profiles.comoments import ComomentsProfile
from driftline.profiles.sample import SampleProfile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEAST_ROWS = 10  # that hold both values, for a correlation to say anything
MOST_DRAWS = 10_000
MOST_ROWS, LEAST_EXCHANGED = 2_000, 250  # of a side, that are exchanged
PRODUCTS = 2_000_000  # rows × pairs that are exchanged
_AT_ONCE = 200  # draws
_NEARLY = 1 - 1e-12  # a correlation this close to 1 is one whose transform is finite


def correlations(profile: ComomentsProfile) -> Floats:
    """Pearson's correlation of each pair of numeric columns, NaN where too few rows hold both or one does not vary."""
    import numpy as np

    numbers = len(profile.squares)
    squares, means, counts = (each[:numbers, :numbers] for each in (profile.squares, profile.means, profile.counts))
    # What is left of a constant by rounding is no variance.
    varies = squares > counts * (np.abs(means) * 4 * np.finfo(float).eps) ** 2
    sound = varies & varies.T & (counts >= LEAST_ROWS)
    root = np.sqrt(squares)
    found = np.full((numbers, numbers), np.nan)
    np.divide(profile.comoments[:numbers, :numbers], root * root.T, out=found, where=sound)
    return np.asarray(np.clip(found, -1.0, 1.0))


def fisher(correlation: Floats) -> Floats:
    """Fisher's transform, in which errors are nearly normal and do not depend on the correlation."""
    import numpy as np

    return np.asarray(np.arctanh(np.clip(correlation, -_NEARLY, _NEARLY)))


@dataclass(frozen=True)
class Exchanged:
    """What `draws` random splits of the pooled rows change: correlations, and their transforms (draws, pairs).

    `inverse` is 1 / n + 1 / m of the rows that were exchanged, and `rates` say of each pair how fast its correlation
    settles as rows grow in number.
    """

    changes: Floats
    transformed: Floats
    inverse: float
    rates: Floats


def exchange(
    samples: Sequence[SampleProfile], names: Sequence[str], pairs: tuple[NDArray[np.intp], NDArray[np.intp]], draws: int
) -> Exchanged:
    """The changes that random splits of the pooled rows make.

    Columns are standardised on each side first, so that a change of a mean or a scale is none of a correlation; what is
    missing is the mean.
    """
    import numpy as np

    left, right = pairs
    most = min(MOST_ROWS, max(LEAST_EXCHANGED, PRODUCTS // (2 * len(left))))
    sides = [_standard(np.column_stack([s.columns[name][:most] for name in names])) for s in samples]
    rows = np.concatenate(sides)
    first, whole = len(sides[0]), len(rows)
    parts = np.column_stack([rows, rows * rows, rows[:, left] * rows[:, right]]).astype(np.float32)
    total = parts.sum(axis=0, dtype=float)
    random = np.random.default_rng(20130301)
    found: list[list[Floats]] = [[np.empty((0, len(left)))], [np.empty((0, len(left)))]]
    for start in range(0, min(draws, MOST_DRAWS), _AT_ONCE):
        count = min(_AT_ONCE, min(draws, MOST_DRAWS) - start)
        chosen = random.random((count, whole), np.float32) < first / whole
        size = np.clip(chosen.sum(axis=1), 1, whole - 1)[:, None]
        inside = (chosen.astype(np.float32) @ parts).astype(float)
        now = _of_sums(inside / size, left, right, len(names))
        then = _of_sums((total - inside) / (whole - size), left, right, len(names))
        found[0].append(now - then)
        found[1].append(fisher(now) - fisher(then))
    inverse = 1 / first + 1 / (whole - first)
    return Exchanged(np.concatenate(found[0]), np.concatenate(found[1]), inverse, rates(parts[:, 2 * len(names) :]))


def _standard(rows: Floats) -> Floats:
    import numpy as np

    given = np.isfinite(rows)
    filled = np.where(given, rows, 0.0)
    count = np.maximum(given.sum(axis=0), 1)
    centred = np.where(given, filled - filled.sum(axis=0) / count, 0.0)
    scale = np.sqrt((centred**2).sum(axis=0) / count)
    return np.asarray(np.divide(centred, scale, out=np.zeros_like(centred), where=(scale > 0) & np.isfinite(scale)))


def _of_sums(mean: Floats, left: NDArray[np.intp], right: NDArray[np.intp], columns: int) -> Floats:
    """Correlations of pairs (draws, pairs) from the means of values, of their squares and of the pairs' products."""
    import numpy as np

    first, second, products = mean[:, :columns], mean[:, columns : 2 * columns], mean[:, 2 * columns :]
    variance = np.maximum(second - first**2, 0.0)
    below = np.sqrt(variance[:, left] * variance[:, right])
    above = products - first[:, left] * first[:, right]
    found = np.divide(above, below, out=np.zeros_like(above), where=below > 1e-12)
    return np.asarray(np.clip(found, -1.0, 1.0))
