"""How likely a reading is by chance where rows of a block of time depend on each other: blocks are exchanged. Pure.

If nothing changed, the blocks of the window are as good as any others of window and baseline together. So the check is
read with other blocks in the window's place, and what was seen is held against what is read then. Where the blocks can
be exchanged in enough ways, the p-value is a share of them, whatever their law (Fisher, 1935; Good, Permutation,
Parametric and Bootstrap Tests of Hypotheses, 2005). Where they are few, the scale and the degrees of freedom of a law
are taken from them: the squared difference of two means is a Beta variable (Student's t test is that), and so, in good
approximation, is a distance (Rao and Scott, Annals of Statistics 12 (1984), for chi-square under clustered sampling).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, quantiles, variance

import numpy as np

from driftline.checks.base import Check, Moment, Profiles, Subject
from driftline.config.document import LEAST_BLOCKS, LEAST_BLOCKS_OF_DISTANCES, Threshold
from driftline.evaluate.measured import Chance, read
from driftline.evaluate.threshold import beyond
from driftline.model import Duration, Value
from driftline.profiles.base import Profile, merged

MOST_EXCHANGES = 999  # each is a reading of both sides
LEAST_EXCHANGES = 199  # drawn of more ways than the most
EXCHANGES_FOR_LAW = 99  # from which the law's scale and degrees of freedom are known well enough
SAME = 1e-12  # relative difference below which two distances are one: floating sums differ in their last bits


@dataclass(frozen=True)
class Exchange:
    """One series, and the profiles of its blocks on both sides; `needed` is the least number of ways to exchange them
    without which no share of them could pass the family's correction. `beside` is the whole baseline of a rate that is
    read beside one.
    """

    check: Check
    subject: Subject
    at: Moment
    size: Duration
    window: Sequence[Profiles]
    baseline: Sequence[Profiles]
    needed: int
    beside: Profiles | None = None

    def chance(self, reading: Value, threshold: Threshold) -> Chance | None:
        """The p-value of a reading under a threshold; None where it has none with independent rows either."""
        if (reading.p_value is None and reading.standard_error is None) or threshold.compare == "deviations":
            return None
        if self.check.learns:
            return Chance(
                reason=f"{self.check.kind} learns from its baseline, so blocks of the two cannot be exchanged"
            )
        if self.check.needs_baseline and reading.p_value is not None:
            return self._exchanged()
        return self._against_bounds(reading, threshold) if threshold.compare == "value" else self._exchanged()

    # Window and baseline ---------------------------------------------------------------------------------------------

    def _exchanged(self) -> Chance:
        """From other blocks in the window's place."""
        own, every = len(self.window), len(self.window) + len(self.baseline)
        ways = math.comb(every, own)
        counted = self.needed <= min(ways, MOST_EXCHANGES + 1)
        least = LEAST_BLOCKS_OF_DISTANCES if self.check.needs_baseline else LEAST_BLOCKS
        if not self.window or not self.baseline or (not counted and every < least):
            return Chance(reason=self._too_few(every, ways, least))
        observed = self._apart(range(own))
        every_way = ways - 1 <= MOST_EXCHANGES and (counted or own == 1)
        enough = min(max(2 * self.needed, LEAST_EXCHANGES), MOST_EXCHANGES) if counted else EXCHANGES_FOR_LAW
        draws = ways - 1 if every_way else enough
        others = [far for one in _arrangements(every, own, draws) if (far := self._apart(one)) is not None]
        if observed is None or len(others) < min(ways - 1, draws) / 2:
            return Chance(reason=f"blocks of {self.size} cannot be read: too few rows in each")
        noise = self._as_value(quantiles(others, n=20)[-1]) if self.check.needs_baseline and len(others) > 1 else None
        if counted:
            as_far = sum(far >= observed * (1 - SAME) for far in others)
            return Chance((as_far + 1) / (len(others) + 1), noise=noise)
        return Chance(self._by_law(observed, others, every), noise=noise)

    def _by_law(self, observed: float, others: Sequence[float], every: int) -> float:
        """The Beta law with the mean of the exchanged distances, and the degrees of freedom that their spread says."""
        from scipy.special import betainc

        least = min(0.0, observed, *others)  # an unbiased distance is below 0 as often as above
        observed, others = observed - least, [far - least for far in others]
        mean, spread = fmean((observed, *others)), variance(others) if len(others) > 1 else 0.0
        if mean == 0.0:
            return 1.0
        freedom = 1.0
        if self.check.needs_baseline and not self._has_sign and spread > 0.0:
            freedom = max(1.0, 2.0 * fmean(others) ** 2 / spread)
        share = min(1.0, observed / (mean * (every - 1)))
        return float(betainc(freedom * (every - 2) / 2.0, freedom / 2.0, 1.0 - share))

    def _apart(self, chosen: Sequence[int]) -> float | None:
        """How far the sides are apart with these blocks as the window: a distance, or a squared difference.

        A distance with a sign is a difference; of one that falls as sides move apart, what is lacking is the distance.
        """
        every, inside = (*self.window, *self.baseline), set(chosen)
        now = _together([every[at] for at in chosen])
        then = _together([one for at, one in enumerate(every) if at not in inside])
        if self.check.needs_baseline:
            value = self._value(now, then)
            if value is None or self.check.bad == "above":
                return value
            return value**2 if self._has_sign else (self.check.range[1] or 0.0) - value
        values = self._value(now), self._value(then)
        return None if values[0] is None or values[1] is None else (values[0] - values[1]) ** 2

    @property
    def _has_sign(self) -> bool:
        """Whether a distance says which way it goes, so that both ways are as far."""
        return self.check.bad == "either"

    def _as_value(self, apart: float) -> float:
        """So far apart, as the check reads it."""
        if self.check.bad == "above":
            return apart
        return math.sqrt(apart) if self._has_sign else (self.check.range[1] or 0.0) - apart

    def _too_few(self, every: int, ways: int, least: int) -> str:
        if not self.window or not self.baseline:
            side = "window" if not self.window else "baseline"
            return f"the {side} has no block of {self.size} with rows"
        smallest = 1.0 / min(ways, MOST_EXCHANGES + 1)
        found = f"{every} blocks of {self.size} in window and baseline give no p-value below {smallest:.2g}"
        return f"{found}, and {1.0 / self.needed:.2g} may be needed; from {least} blocks on their law is known"

    # Fixed bounds ----------------------------------------------------------------------------------------------------

    def _against_bounds(self, reading: Value, threshold: Threshold) -> Chance | None:
        """From the readings without one block each: the jackknife (Tukey, 1958) over the blocks of the window."""
        from scipy.special import stdtr, stdtrit

        count = len(self.window)
        if count < LEAST_BLOCKS:
            blocks = f"{count} block{'' if count == 1 else 's'} of {self.size} in the window"
            return Chance(reason=f"{blocks}, and {LEAST_BLOCKS} are needed to know how much they differ")
        parts = [_together([*self.window[:at], *self.window[at + 1 :]]) for at in range(count)]
        found = [self._value(part, self.beside) for part in parts]
        values = [value for value in found if value is not None]
        if len(values) < count:
            return Chance(reason=f"the reading without one block of {self.size} cannot be made for each of them")
        error = (count - 1) * math.sqrt(variance(values) / count)
        half = float(stdtrit(count - 1, 0.975)) * error
        low, high = self.check.range
        interval = (
            reading.value - half if low is None else max(low, reading.value - half),
            reading.value + half if high is None else min(high, reading.value + half),
        )
        excess = beyond(reading.value, threshold)
        if excess is None:
            return Chance(None, interval=interval)
        if error == 0.0:
            return Chance(0.0 if excess > 0 else 1.0, interval=interval)
        return Chance(float(stdtr(count - 1, -excess / error)), interval=interval)

    def _value(self, window: Profiles, baseline: Profiles | None = None) -> float | None:
        reading = read(self.check, self.subject, replace(self.at, draws=0), window, baseline)
        return reading.value if isinstance(reading, Value) else None


def _arrangements(every: int, chosen: int, most: int) -> Iterator[tuple[int, ...]]:
    """Other choices of blocks for the window than the first ones: all of them, or as many drawn at random; seeded."""
    first = tuple(range(chosen))
    if math.comb(every, chosen) - 1 <= most:
        yield from (one for one in itertools.combinations(range(every), chosen) if one != first)
        return
    random = np.random.default_rng(20130301)
    for _ in range(most):
        yield tuple(sorted(random.choice(every, chosen, replace=False).tolist()))


def _together(blocks: Sequence[Profiles]) -> Profiles:
    """The profiles of several blocks as those of their union."""
    if len(blocks) == 1:
        return blocks[0]
    found: dict[str, list[Profile]] = {}
    for profiles in blocks:
        for name, profile in profiles.items():
            found.setdefault(name, []).append(profile)
    return {name: merged(those) for name, those in found.items()}
