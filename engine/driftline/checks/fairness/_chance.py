"""How far two gaps between groups lie apart by chance: the predictions of each group are dealt out anew.

The largest of several shares less the smallest is above 0 even where all groups are treated alike, the more so the
fewer rows there are. So the gaps of a small window and of a large baseline differ by more than their standard errors
say. If nothing changed within a group, the window's positives are a random part of the group's pooled ones (the
hypergeometric law of Fisher's exact test), whatever other groups do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from driftline.checks.base import Profiles, Subject
from driftline.checks.fairness._groups import Group, groups_of
from driftline.profiles.cells import CellsProfile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MOST_ROWS = 10**9  # of a group, that can be dealt out
_DRAWS = 10_000
Gap = Callable[["Floats", "Floats"], "Floats"]  # of the smallest shares and the largest ones


def change_p_value(
    on: Subject, sides: tuple[Profiles, Profiles], gap: Gap, *, least: int, target: bool, draws: int
) -> float | None:
    """The two-sided p-value of the difference of two gaps; None where there is none to tell.

    Groups of fewer than `least` rows on a side do not count there, as in the readings.
    """
    import numpy as np

    now, then = (_large(on, side, least, target) for side in sides)
    names = sorted({*now, *then})
    rows, positive = (
        np.array([[getattr(side[name], what) if name in side else 0 for name in names] for side in (now, then)])
        for what in ("rows", "positive")
    )
    whole, hits = rows.sum(axis=0), positive.sum(axis=0)
    if not draws or min(len(now), len(then)) < 2 or whole.max() >= MOST_ROWS:
        return None
    random = np.random.default_rng(20130301)
    size = (min(draws, _DRAWS), len(names))
    dealt = np.vstack([positive[:1], random.hypergeometric(hits, whole - hits, rows[0], size)])
    found = _gaps(dealt, rows[0], gap) - _gaps(hits - dealt, rows[1], gap)
    if not np.isfinite(found).all():
        return None
    room = 1e-12  # what is equal but for its last bits
    observed, drawn = found[0], found[1:]
    above, below = (drawn >= observed - room).sum(), (drawn <= observed + room).sum()
    return float(min(2 * (min(above, below) + 1) / (len(drawn) + 1), 1.0))


def _large(on: Subject, side: Profiles, least: int, target: bool) -> dict[str, Group]:
    cells = cast(CellsProfile, side["cells"])
    return {one.name: one for one in groups_of(cells, on.positive, target) if one.rows >= least}


def _gaps(positive: NDArray[np.int64], rows: NDArray[np.int64], gap: Gap) -> Floats:
    """The gap of each draw, among the groups that have rows."""
    import numpy as np

    there = rows > 0
    shares = positive[:, there] / rows[there]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(gap(shares.min(axis=1), shares.max(axis=1)), float)


def difference(smallest: Floats, largest: Floats) -> Floats:
    """The largest share less the smallest."""
    return largest - smallest


def ratio(smallest: Floats, largest: Floats) -> Floats:
    """The smallest share over the largest; 1 where no group has any."""
    import numpy as np

    return np.where(largest > 0, smallest / np.where(largest > 0, largest, 1.0), 1.0)
