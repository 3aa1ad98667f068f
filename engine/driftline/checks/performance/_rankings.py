"""Reading rankings: a number of each query, ties at their mean over all orders, and how sure their mean is.

Source of the means: McSherry and Najork, Computing Information Retrieval Performance Measures Efficiently in the
Presence of Tied Scores, ECIR (2008).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from driftline.checks.base import Profiles, Subject
from driftline.checks.performance._classification import estimated
from driftline.checks.performance._intervals import for_few, of_bounded
from driftline.checks.reading import finite, no_rows
from driftline.model import NoData, Reading
from driftline.profiles.base import ProfileSpec
from driftline.profiles.bits import starts_of_runs
from driftline.profiles.rankings import Rankings, RankingsProfile, Tied

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Counts = NDArray[np.int64]

RANKING = frozenset({"ranking"})
ROLES = frozenset({"group", "score", "target"})
K = "Rank up to which a ranking is looked at."
DEEPEST = 100


@dataclass(frozen=True, eq=False)
class Heads:
    """The first k rows of each query, in groups of one score: `rows` of them, `taken` within the first k.

    `query` is the place of a group's query among all, `ahead` the rows and `found` the relevant rows before it.
    """

    profile: RankingsProfile
    query: NDArray[np.intp]
    rows: Counts
    relevant: Counts
    ahead: Counts
    found: Counts
    taken: Counts

    @classmethod
    def of(cls, profile: RankingsProfile) -> Heads:
        """Those of a profile."""
        import numpy as np

        groups = profile.top
        ahead, found = groups.before(), groups.before(groups.relevant)
        place = np.searchsorted(profile.queries, groups.hash)
        taken = np.minimum(groups.rows, profile.depth - ahead)
        return cls(profile, place, groups.rows, groups.relevant, ahead, found, taken)

    @property
    def all_relevant(self) -> Counts:
        """The relevant rows of each whole query."""
        return self.profile.relevant

    def summed(self, each: Floats) -> Floats:
        """Sums over the groups of each query."""
        import numpy as np

        return np.bincount(self.query, each, len(self.profile.queries)).astype(np.float64)

    def hits(self) -> Floats:
        """Relevant rows among the first k."""
        return self.summed(self.relevant * self.taken / self.rows)

    def hit(self) -> Floats:
        """The chance that at least one of the first k rows is relevant: 0 or 1 but for ties at the k-th."""
        import numpy as np

        missed = (self.relevant == 0).astype(float)
        cut = np.flatnonzero((self.taken < self.rows) & (self.relevant > 0))
        rows, relevant, taken = self.rows[cut], self.relevant[cut], self.taken[cut]
        chance = np.ones(len(cut))
        for drawn in range(int(taken.max(initial=0))):
            chance *= np.where(drawn < taken, np.maximum(rows - relevant - drawn, 0) / np.maximum(rows - drawn, 1), 1.0)
        missed[cut] = chance
        return np.asarray(1.0 - np.multiply.reduceat(missed, starts_of_runs(self.query)))

    def reciprocal_rank(self) -> Floats:
        """1 / the rank of the first relevant row, 0 where none of the first k is."""
        import numpy as np

        first = np.flatnonzero((self.relevant > 0) & (self.found == 0))
        rows, relevant, ahead, taken = (each[first] for each in (self.rows, self.relevant, self.ahead, self.taken))
        chance, total = relevant / rows, np.zeros(len(first))  # that the first relevant row of the tie is its next one
        for at in range(1, int(taken.max(initial=0)) + 1):
            total += np.where(at <= taken, chance / (ahead + at), 0.0)
            chance = chance * np.maximum(rows - relevant - at + 1, 0) / np.maximum(rows - at, 1)
        found = np.zeros(len(self.profile.queries))
        found[self.query[first]] = total
        return found

    def precisions(self) -> Floats:
        """Sums of the precision at each relevant row among the first k."""
        import numpy as np

        reciprocals = _over(self.ahead, self.taken, 1.0 / np.arange(1, self.profile.depth + 1))
        others = (self.relevant - 1) / np.maximum(self.rows - 1, 1)  # of the tie, the share that is relevant besides
        tied = np.where(self.taken == 1, 0.0, others * (self.taken - (self.ahead + 1) * reciprocals))
        return self.summed(self.relevant / self.rows * ((self.found + 1) * reciprocals + tied))

    def discounted(self) -> tuple[Floats, Floats]:
        """Sums of gain / log2(rank + 1) over the first k rows, and over those of the best order.

        In terms of the query's highest gain, so that they do not go beyond a double where gains do not.
        """
        import numpy as np

        profile = self.profile
        most = np.ones(len(profile.queries))
        starts = starts_of_runs(profile.best.hash)
        most[np.searchsorted(profile.queries, profile.best.hash[starts])] = profile.best.value[starts]
        found = (_gained(groups, profile, most) for groups in (profile.top, profile.best))
        return next(found), next(found)


def _gained(groups: Tied, profile: RankingsProfile, most: Floats) -> Floats:
    import numpy as np

    weights = 1.0 / np.log2(np.arange(2, profile.depth + 2))
    ahead, place = groups.before(), np.searchsorted(profile.queries, groups.hash)
    gain = groups.gain / groups.rows / most[place]
    taken = np.minimum(groups.rows, profile.depth - ahead)
    return np.bincount(place, gain * _over(ahead, taken, weights), len(profile.queries)).astype(np.float64)


def _over(ahead: Counts, taken: Counts, weights: Floats) -> Floats:
    """Sums of the weights of the `taken` ranks behind those `ahead`."""
    import numpy as np

    steps = np.concatenate([[0.0], np.cumsum(weights)])
    return np.where(taken == 1, weights[ahead], steps[ahead + taken] - steps[ahead])


def rankings(on: Subject, k: int, *, exponential: bool = False) -> dict[str, ProfileSpec]:
    """What a check of rankings needs."""
    spec = Rankings(on.role("group"), on.role("score"), on.role("target"), k, exponential=exponential)
    return {"rankings": spec}


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
    counts = profile.relevant
    counted = np.ones(len(counts), bool) if all_queries else counts > 0
    if not counted.any():
        return NoData(f"none of {len(counts)} groups has a relevant row", rows=profile.total)
    with np.errstate(divide="ignore", invalid="ignore"):
        numbers = of(Heads.of(profile))[counted]
    if not np.isfinite(numbers).all():
        return finite(float("inf"))
    numbers = np.clip(numbers, 0.0, 1.0)  # but for the last bits of their sums
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
