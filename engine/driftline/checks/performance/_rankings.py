"""Reading rankings: a number of each query, and how sure their mean is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from driftline.checks.base import Profiles, Subject
from driftline.checks.performance._classification import estimated
from driftline.checks.performance._intervals import for_few, of_bounded
from driftline.checks.reading import no_rows
from driftline.model import NoData, Reading
from driftline.profiles.base import ProfileSpec
from driftline.profiles.rankings import Rankings, RankingsProfile, Table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

RANKING = frozenset({"ranking"})
ROLES = frozenset({"group", "score", "target"})
K = "Rank up to which a ranking is looked at."
DEEPEST = 100


@dataclass(frozen=True)
class Heads:
    """The heads of the rankings of some queries: a row a query, a column a rank.

    `gains` are the relevances by falling score and `best` by falling relevance, 0 behind the last row of a query;
    `relevant` counts the relevant rows of the whole query.
    """

    gains: Floats
    best: Floats
    relevant: Floats

    @property
    def hits(self) -> Floats:
        """1 at each rank with a relevant row, else 0."""
        return (self.gains > 0).astype(float)


def rankings(on: Subject, k: int) -> dict[str, ProfileSpec]:
    """What a check of rankings needs."""
    return {"rankings": Rankings(on.role("group"), on.role("score"), on.role("target"), k)}


def read_mean(window: Profiles, of: Callable[[Heads], Floats], *, all_queries: bool = False) -> Reading:
    """The mean over queries of a number from 0 to 1.

    Queries without a relevant row say nothing of an order, and are left out unless `all_queries` count.
    """
    import numpy as np

    profile = window["rankings"]
    assert isinstance(profile, RankingsProfile)
    if profile.total == 0:
        return no_rows()
    if profile.known == 0:
        return NoData(f"none of {profile.total} rows has a group, a score and a target", rows=profile.total)
    counts = profile.queries["relevant"]
    counted = np.ones(len(counts), bool) if all_queries else counts > 0
    if not counted.any():
        return NoData(f"none of {len(counts)} groups has a relevant row", rows=profile.total)
    heads = Heads(_grid(profile, profile.top), _grid(profile, profile.best), counts.astype(float))
    numbers = of(Heads(heads.gains[counted], heads.best[counted], heads.relevant[counted]))
    queries, mean = len(numbers), float(numbers.mean())
    spread = float(numbers.var(ddof=1)) / queries * for_few(queries) if queries > 1 else 0.0
    interval = of_bounded(mean, spread, (0.0, 1.0), queries)
    rows, labelled = profile.total, profile.known
    note = _note(len(counts), int(counted.sum()), whole=profile.whole)
    # Of a sample the reading is an estimate, which the interval holds; the bound is that of the arithmetic.
    return estimated(mean, interval, bound=0.0 if profile.whole else None, rows=rows, labelled_rows=labelled, note=note)


def _note(queries: int, counted: int, *, whole: bool) -> str:
    groups = f"{counted:,} group{'' if counted == 1 else 's'}"
    said = groups if whole else f"a sample of {groups}"
    return said if counted == queries else f"{said}, {queries - counted:,} without a relevant row left out"


def _grid(profile: RankingsProfile, table: Table) -> Floats:
    """The gains of a table as a row a query and a column a rank; its rows stand in order."""
    import numpy as np

    hashes = profile.queries["hash"]
    row = np.searchsorted(hashes, table["hash"])
    starts = np.searchsorted(table["hash"], hashes)
    found = np.zeros((len(hashes), profile.depth))
    found[row, np.arange(len(row)) - starts[row]] = table["gain"]
    return found


def discounts(k: int) -> Floats:
    """1 / log2(rank + 1)."""
    import numpy as np

    return np.asarray(1.0 / np.log2(np.arange(2, k + 2)))
