"""The same arrivals give the same verdicts and alerts: live, run again, late, at once, replayed, with a store anew."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from tests.story.ways import Journey, Story, Way, backfilled, judging_again, jumping_back, replayed, twice
from tests.story.world import World

# A few worlds, the same each time. DRIFTLINE_STORIES=100 tells each test a hundred new ones, and looks for the smallest
# that fails (which takes minutes).
MANY = int(os.environ.get("DRIFTLINE_STORIES", "0"))
STORIES = settings(
    max_examples=MANY or 1,
    derandomize=not MANY,
    phases=(Phase.explicit, Phase.generate, *([Phase.shrink] if MANY else [])),
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
# Clocks change on 2013-03-10 and on 2013-11-03: a day of 23 hours is in all of these, one of 25 in AUTUMN.
WORLDS = st.builds(
    World,
    start=st.dates(date(2013, 3, 1), date(2013, 3, 9)),
    days=st.integers(10, 14),
    per_day=st.integers(8, 20),
    seed=st.integers(0, 9_999),
    every=st.sampled_from(["1d", "12h"]),
    batch=st.sampled_from([24, 1, 60]),
    label_batch=st.sampled_from([24, 1, 48]),
    lateness=st.sampled_from(["6h", "1d", "36h", "1h"]),
    delay=st.sampled_from(["1d", "2d", "12h"]),
    max_delay=st.sampled_from(["4d", "100h", "2d"]),
    keep=st.sampled_from(["last", "first"]),
    after=st.integers(-2, 3),
    arrival=st.booleans(),
    grows=st.booleans(),
    outage=st.booleans(),
)
AUTUMN = World(date(2013, 10, 28), seed=3, after=3, arrival=True, outage=True)
PLAIN = World(date(2013, 3, 2), seed=1, label_batch=1, delay="12h", max_delay="100h")
HALF_DAYS = World(
    date(2013, 3, 4), days=10, seed=5, every="12h", batch=1, label_batch=1, delay="2d", max_delay="2d", grows=True
)


@contextmanager
def folder() -> Iterator[Path]:
    """A place for one example: fixtures are made but once for all of them."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def alike(world: World, one: Story, other: Story) -> None:
    assert not (found := one.differences(other)), f"{found}\nin {world}"


def same_runs(world: World, one: Story, other: Story) -> None:
    """Freshness is judged as of runs: what was there then, only `arrival` can tell later."""
    alike(world, *((one, other) if world.arrival else (one.without("feed"), other.without("feed"))))


@STORIES
@given(WORLDS)
@example(AUTUMN)
@example(HALF_DAYS)
def test_live_runs_a_backfill_and_a_backtest_agree(world: World) -> None:
    with folder() as path:
        replay = replayed(world, path / "backtest")
        assert any(state == "firing" for _, state, *_ in replay.transitions)
        same_runs(world, Journey("run live", world.ticks).story(world, path / "live"), replay)
        alike(world, backfilled(world, path / "backfill").without("feed"), replay.without("feed"))


@pytest.mark.parametrize(("way", "known"), [(twice, AUTUMN), (judging_again, PLAIN), (jumping_back, PLAIN)])
def test_runs_that_are_made_again_change_nothing(way: Way, known: World) -> None:
    @settings(STORIES, phases=STORIES.phases if MANY else [Phase.explicit])
    @given(WORLDS.filter(lambda world: way is not judging_again or not world.arrival))  # it lets in what came too late
    @example(known)
    def tell(world: World) -> None:
        with folder() as path:
            again = Journey("run again", world.ticks, way).story(world, path / "live")
            same_runs(world, again, replayed(world, path / "backtest"))

    tell()


@STORIES
@given(WORLDS, st.integers(0, 99))
@example(AUTUMN, 0)
def test_runs_that_are_missed_are_caught_up_with(world: World, seed: int) -> None:
    chance = Random(seed)
    first, rest, last = world.ticks[: world.steady], world.ticks[world.steady : -1], world.ticks[-1]
    ticks = dict.fromkeys([*first, *(tick for tick in rest if chance.random() < 0.3), last])
    with folder() as path:
        seldom = Journey("run seldom", [*ticks]).story(world, path / "live")
        alike(world, seldom.without("feed"), replayed(world, path / "backtest").without("feed"))


@STORIES
@given(WORLDS, st.integers(3, 8))
def test_a_store_that_is_lost_is_built_again_from_the_sources(world: World, tenths: int) -> None:
    """Alerts begin anew, and so do composites; nothing is known of segments that are gone by then."""
    lost = world.ticks[tenths * len(world.ticks) // 10]
    with folder() as path:
        found = Journey("run from an empty store", world.ticks, lost_before=lost).story(world, path / "live")
        anew = found.without("trouble", "kinds", "lasting").verdicts_only()
        replay = replayed(world, path / "backtest").verdicts_only().where(lambda key: key in anew.verdicts)
        assert len(replay.verdicts) > 20
        same_runs(world, anew, replay)
