"""What chance does to a distance, by resampling the pooled counts instead of the rows.

If nothing changed, the window is a random part of the pooled rows: its counts by bin are multivariate hypergeometric.
The cost depends on the number of bins and not on that of rows. As many draws as the correction of a large family needs
are made only where the answer is open:

- no more are drawn once `HITS` of them were as far apart as the window is: the p-value is large and known well enough
  (Besag and Clifford, Biometrika 78 (1991); it stays valid, as it is never below that of all the draws);
- none but the first are drawn where not one was as far, and Pearson's chi-square on bins that are never rare says that
  what is asked for is beyond doubt: then the p-value is what all draws without a hit would give.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from driftline.checks.drift._contingency import chi_square_p_value, smallest_expected
from driftline.checks.drift._laws import NOISE, Null

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Distance = Callable[["Floats", "Floats"], "Floats"]

SEED = 20130301
FIRST = 999
FIRST_OF_MANY = 199  # where there are more than `MANY` bins
MANY = 64
MOST = 100_000
HITS = 20
PLENTY = 20.0  # expected rows in every bin of the chi-square that says what is beyond doubt
NORMAL_FROM = 100.0  # expected rows in every bin, on both sides, from which the normal limit is as good and faster
AT_ONCE = 2_000_000  # counts in memory
MOST_ROWS = 10**9  # that NumPy's hypergeometric law takes


def resampled(window: Floats, baseline: Floats, distance: Distance, draws: int) -> Null:
    """The p-value and the noise floor of the distance between two sets of counts over the same bins.

    `distance` takes counts of both sides with one row for each draw, all of the same pooled counts, and gives one
    number for each; of numbers with a sign it gives the size. `draws` is how many the family's correction asks for,
    0 where neither is wanted. Seeded, so that it is repeatable.
    """
    import numpy as np

    if draws == 0 or len(window) < 2:
        return Null(1.0, 0.0)
    observed = float(distance(window[None, :], baseline[None, :])[0])
    least = observed - 1e-12 * abs(observed)
    splits = _Splits(window, baseline)
    draws = max(draws, FIRST)
    hits = done = 0
    noise = 0.0
    for number in _stages(len(window), draws):
        found = np.concatenate([distance(*part) for part in splits.take(number - done)])
        if done == 0:
            noise = float(np.sort(found)[min(int(np.ceil((1 - NOISE) * (number + 1))), number) - 1])
        hits, done = hits + int(np.count_nonzero(found >= least)), number
        if hits >= HITS:
            break
        if hits == 0 and chi_square_p_value(window, baseline, PLENTY) <= 0.1 / draws:
            done = draws
            break
    return Null((hits + 1) / (done + 1), noise)


def _stages(bins: int, draws: int) -> Iterator[int]:
    """Numbers of draws after which it is asked whether they are enough: ten times as many each time."""
    number, last = FIRST_OF_MANY if bins > MANY else FIRST, min(draws, MOST)
    while number < last:
        yield number
        number = FIRST if number < FIRST else number * 10
    yield last


@dataclass(frozen=True)
class _Splits:
    """Random windows of the pooled rows, as counts by bin, with what they leave for the baseline."""

    window: Floats
    baseline: Floats

    def take(self, draws: int) -> Iterator[tuple[Floats, Floats]]:
        """So many of them, in parts that memory holds; another number of draws gives others."""
        import numpy as np

        pooled, n, m = self.window + self.baseline, float(self.window.sum()), float(self.baseline.sum())
        normal = smallest_expected(self.window, self.baseline) >= NORMAL_FROM
        if normal and draws == FIRST and len(pooled) <= MANY:
            drawn = _in_the_limit(pooled, n, m, _first(len(pooled)))
            yield drawn, pooled - drawn
            return
        random = np.random.default_rng([SEED, draws])
        at_once = max(AT_ONCE // len(pooled), 1)
        for start in range(0, draws, at_once):
            size = min(at_once, draws - start)
            if normal:
                drawn = _in_the_limit(pooled, n, m, random.standard_normal((size, len(pooled))))
            else:
                drawn = _counted(pooled, n, m, random, size)
            yield drawn, pooled - drawn


@lru_cache(maxsize=MANY)
def _first(bins: int) -> Floats:
    """Standard normal numbers of the first draws, the same for every series: drawing them takes most of the time."""
    import numpy as np

    return np.random.default_rng(SEED).standard_normal((FIRST, bins))


def _in_the_limit(pooled: Floats, n: float, m: float, normal: Floats) -> Floats:
    """Counts of the window in the normal limit of the hypergeometric law."""
    import numpy as np

    rows = n + m
    share = pooled / rows
    scaled = normal * np.sqrt(share)
    scaled -= share * scaled.sum(axis=1, keepdims=True)
    scaled *= np.sqrt(n * m / rows)
    scaled += n * share
    return np.asarray(scaled)


def _counted(pooled: Floats, n: float, m: float, random: np.random.Generator, size: int) -> Floats:
    """Counts of the window: without replacement, or with it where one side is too large for that to matter."""
    import numpy as np

    rows = n + m
    if rows < MOST_ROWS:
        # The smaller side is drawn, whichever it is: that is where most bins are soon empty.
        drawn = random.multivariate_hypergeometric(
            pooled.astype(np.int64), int(min(n, m)), size=size, method="marginals"
        ).astype(float)
    else:
        drawn = np.minimum(random.multinomial(int(min(n, m)), pooled / rows, size=size), pooled)
    return drawn if n <= m else pooled - drawn
