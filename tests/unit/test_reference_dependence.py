"""p-values by blocks of time, against Student's t test and an exact permutation test of SciPy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from scipy import stats

from driftline.checks.base import Check, Moment, Profiles, Subject, Takes
from driftline.compile.dependence import _blocks
from driftline.config.document import Bounds, Threshold
from driftline.evaluate.dependence import Exchange
from driftline.evaluate.measured import Chance
from driftline.model import Duration, Interval, Reading, Value
from driftline.profiles.base import ProfileSpec
from driftline.profiles.confusion import ConfusionProfile
from driftline.schema.semantics.dependence import is_whole

ROWS = 200  # of each block, so that the reading of several is the mean of theirs
DAY = Duration(1, "d")
MOMENT = Moment(Interval(None, None), datetime(2026, 1, 1, tzinfo=UTC))
CHANGE = Threshold(compare="change", warning=Bounds(above=0.0, below=0.0))


@dataclass(frozen=True)
class Share(Check):
    """The share of rows that are right, with the standard error of independent rows."""

    kind = "share"
    title = "Share"
    takes = Takes.MODEL
    range = (0.0, 1.0)

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return {}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        matrix = cast(ConfusionProfile, window["confusion"])
        share = matrix.correct / matrix.labelled
        return Value(share, standard_error=math.sqrt(share * (1 - share) / matrix.labelled))


@dataclass(frozen=True)
class Difference(Share):
    """The share less that of the baseline, as `z_test` and `performance_change` read it."""

    kind = "difference"
    needs_baseline = True
    range = (-1.0, 1.0)
    bad = "either"

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        now, then = (cast(ConfusionProfile, (side or {})["confusion"]) for side in (window, baseline))
        return Value(now.correct / now.labelled - then.correct / then.labelled, p_value=1.0)


@dataclass(frozen=True)
class Likeness(Difference):
    """1 where both sides are alike, less where they are not, as `attribution_drift` reads it."""

    kind = "likeness"
    range = (0.0, 1.0)
    bad = "below"

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        found = super().read(on, at, window, baseline)
        assert isinstance(found, Value)
        return Value(1.0 - abs(found.value), p_value=1.0)


def blocks(right: Sequence[int]) -> list[Profiles]:
    return [{"confusion": ConfusionProfile({("1", "1"): n, ("1", "0"): ROWS - n}, ROWS)} for n in right]


def chance(
    window: Sequence[int],
    baseline: Sequence[int],
    needed: int,
    threshold: Threshold = CHANGE,
    check: Check = Share(),
) -> Chance:
    exchange = Exchange(check, Subject(), MOMENT, DAY, blocks(window), blocks(baseline), needed)
    share = sum(window) / (ROWS * len(window))
    p_value = 1.0 if check.needs_baseline else None
    found = exchange.chance(Value(share, p_value=p_value, standard_error=0.01), threshold)
    assert found is not None
    return found


DRAWN = np.random.default_rng(5).integers(120, 180, 40).tolist()
MANY = 10**9  # so many ways to exchange blocks are never enough


@pytest.mark.parametrize(("own", "then"), [(1, 12), (2, 20), (3, 14)])
def test_few_blocks_give_the_p_value_of_students_t_test(own: int, then: int) -> None:
    window, baseline = DRAWN[:own], DRAWN[own : own + then]
    expected = stats.ttest_ind(window, baseline).pvalue
    allowed = 1e-9 if math.comb(own + then, own) <= 200 else 0.02  # all exchanges are made, or some of them
    assert chance(window, baseline, MANY).p_value == pytest.approx(expected, abs=allowed)


def test_enough_blocks_give_the_p_value_of_an_exact_permutation_test() -> None:
    window, baseline = DRAWN[:3], DRAWN[3:14]  # 364 ways

    def difference(one: Any, other: Any, axis: int) -> Any:
        return np.abs(np.mean(one, axis=axis) - np.mean(other, axis=axis))

    expected = stats.permutation_test(
        (window, baseline), difference, permutation_type="independent", alternative="greater", n_resamples=np.inf
    )
    assert chance(window, baseline, 100).p_value == pytest.approx(expected.pvalue, abs=1e-12)


@pytest.mark.parametrize("away", [-40, 40], ids=["a fall", "a rise"])
@pytest.mark.parametrize(("then", "needed"), [(11, 100), (20, MANY)], ids=["counted", "by law"])
def test_a_distance_with_a_sign_is_as_far_in_either_way(away: int, then: int, needed: int) -> None:
    window, baseline = [right + away for right in DRAWN[:3]], DRAWN[3 : 3 + then]
    expected, found = (chance(window, baseline, needed, check=check) for check in (Share(), Difference()))
    assert expected.p_value is not None
    assert expected.p_value < 0.05
    assert found.p_value == pytest.approx(expected.p_value, abs=1e-12)
    assert found.noise is not None
    assert 0.0 < found.noise < 0.2


def test_of_a_likeness_the_smaller_is_the_further_apart() -> None:
    window, baseline = [right - 40 for right in DRAWN[:3]], DRAWN[3:14]
    expected, found = (chance(window, baseline, 100, check=check) for check in (Share(), Likeness()))
    assert found.p_value == pytest.approx(expected.p_value, abs=1e-12)
    assert found.noise is not None
    assert 0.85 < found.noise < 1.0


def test_against_a_bound_the_interval_is_that_of_the_mean_of_blocks() -> None:
    window = DRAWN[:10]
    threshold = Threshold(critical=Bounds(below=0.8))
    found = chance(window, [], 100, threshold)
    shares = np.array(window) / ROWS
    low, high = stats.t.interval(0.95, 9, shares.mean(), stats.sem(shares))
    assert found.interval == pytest.approx((low, high), abs=1e-12)
    assert found.p_value == pytest.approx(stats.ttest_1samp(shares, 0.8, alternative="less").pvalue, abs=1e-12)


def test_too_few_blocks_have_no_p_value_and_a_reason() -> None:
    assert chance(DRAWN[:1], DRAWN[1:4], 100) == Chance(
        reason="4 blocks of 1d in window and baseline give no p-value below 0.25, and 0.01 may be needed; "
        "from 6 blocks on their law is known"
    )
    assert chance(DRAWN[:1], [], 100).reason == "the baseline has no block of 1d with rows"


def test_what_does_not_differ_between_blocks_is_chance() -> None:
    assert chance([150], [150] * 20, MANY).p_value == 1.0


def test_spans_are_cut_from_their_start_and_a_short_rest_belongs_to_the_last_block() -> None:
    zone = ZoneInfo("America/New_York")
    start = datetime(2013, 3, 9, 5, tzinfo=UTC)  # midnight; the next day has 23 hours

    def cut(end: datetime, block: Duration) -> list[float]:
        return [
            (one.end - one.start).total_seconds() / 3600
            for one in _blocks(Interval(start, end), block, zone)
            if one.end and one.start
        ]

    assert cut(datetime(2013, 3, 12, 4, tzinfo=UTC), DAY) == [24, 23, 24]
    assert cut(datetime(2013, 3, 11, 10, tzinfo=UTC), DAY) == [24, 29]
    assert cut(datetime(2013, 3, 11, 20, tzinfo=UTC), DAY) == [24, 23, 16]
    assert cut(datetime(2013, 3, 9, 6, tzinfo=UTC), DAY) == [1]


@pytest.mark.parametrize(
    ("block", "whole", "broken"),
    [
        ("1d", ("1d", "7d", "1w", "1mo"), ("24h",)),
        ("6h", ("1d", "12h", "1mo"), ("15h",)),
        ("5h", ("10h",), ("1d", "1mo")),
        ("1w", ("14d",), ("1d", "1mo")),
        ("1mo", ("2mo",), ("1w",)),
    ],
)
def test_a_window_is_made_of_whole_blocks(block: str, whole: tuple[str, ...], broken: tuple[str, ...]) -> None:
    assert all(is_whole(length(size), length(block)) for size in whole)
    assert not any(is_whole(length(size), length(block)) for size in broken)


def length(text: str) -> Duration:
    digits = "".join(filter(str.isdigit, text))
    return Duration(int(digits), text.removeprefix(digits))
