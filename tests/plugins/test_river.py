"""The detectors of river on a model's errors: what they find, where, and that nothing but profiles is kept."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import cast

import numpy as np
import polars as pl
import pytest
from river.drift import ADWIN
from river.drift.binary import HDDMA

from driftline.api import Check, Value
from driftline_river.adwin import Adwin
from driftline_river.detection import Detector, Stream, changes, latest
from driftline_river.hddm_a import HddmA
from driftline_river.stream import ErrorStream, ErrorStreamProfile
from tests.commands.project import Project, Row
from tests.conformance.reading import opened, profiles_of, read_example, scan

START = datetime(2026, 1, 1, tzinfo=UTC)
DETECTORS = pytest.mark.parametrize("make", [ADWIN, HDDMA], ids=["adwin", "hddm_a"])
KINDS = pytest.mark.parametrize("kind", [Adwin, HddmA], ids=["adwin", "hddm_a"])
MONITORS = """
version: 1
sources:
  scored:   {path: "scored/*.parquet", timestamp: at}
  outcomes: {path: "outcomes/*.parquet", timestamp: known_at}
models:
  churn:
    source: scored
    task: binary
    roles: {id: id, target: y, prediction: p}
    labels: {source: outcomes, delay: 1d, max_delay: 3d}
windows:
  month: {size: 28d, every: 1d}
monitors:
  adwin:  {check: adwin, window: month}
  hddm_a: {check: hddm_a, window: month}
"""


def drawn(rates: list[tuple[int, float]], seed: int = 1) -> list[int]:
    """Outcomes, 1 where there is an error: so many at each rate."""
    random = np.random.default_rng(seed)
    return [int(one) for count, rate in rates for one in random.random(count) < rate]


def stream(errors: list[int], size: int = 1, most: int = 10**6) -> Stream:
    """The steps of outcomes of which as many that follow each other lie in one moment."""
    pieces = (errors[at : at + size] for at in range(0, len(errors), size))
    return Stream.of({moment: (len(piece), sum(piece)) for moment, piece in enumerate(pieces)}, most)


@DETECTORS
def test_one_outcome_a_moment_is_what_river_sees_row_by_row(make: type[Detector]) -> None:
    errors = drawn([(2_000, 0.1), (2_000, 0.3), (1_000, 0.05)])
    own, expected = make(), []
    for step, error in enumerate(errors):
        own.update(error)
        if own.drift_detected:
            expected.append(step)
    assert expected
    assert [one.detected for one in changes(stream(errors), make())] == expected


@DETECTORS
def test_a_change_is_found_near_where_it_is_though_the_order_in_an_hour_is_unknown(make: type[Detector]) -> None:
    errors = drawn([(5_000, 0.15), (5_000, 0.25)])
    found = latest(stream(errors, size=50), make())
    assert found is not None
    assert found.moment == pytest.approx(100, abs=10)
    assert (found.before, found.after) == pytest.approx((0.15, 0.25), abs=0.03)


@DETECTORS
def test_a_steady_rate_is_no_change(make: type[Detector]) -> None:
    """At most one false change in twenty streams of 10,000 outcomes, whose hours are of unlike sizes."""
    found = [changes(stream(drawn([(10_000, 0.2)], seed), size=37), make()) for seed in range(20)]
    assert sum(map(bool, found)) <= 1


def test_many_outcomes_are_taken_together_and_lose_none() -> None:
    errors = drawn([(10_007, 0.2)])
    whole, grouped = stream(errors, size=50), stream(errors, size=50, most=1_000)
    assert len(whole.errors) == len(errors)
    assert whole.errors.sum() == sum(errors)
    assert len(grouped.errors) <= 1_000
    assert grouped.errors[:-1].sum() * 11 + grouped.errors[-1] * (len(errors) % 11 or 11) == pytest.approx(sum(errors))


@KINDS
def test_the_worked_examples_read_as_stated(kind: type[Check], tmp_path: Path) -> None:
    for example in kind.examples:
        found = read_example(kind, example, tmp_path)
        if isinstance(example.value, str):
            assert type(found).__name__ == example.value
        else:
            assert isinstance(found, Value)
            assert found.value == pytest.approx(example.value, abs=example.tolerance)


@pytest.fixture
def scored() -> pl.DataFrame:
    random = np.random.default_rng(2)
    target: list[float | None] = [None if random.random() < 0.1 else float(random.integers(0, 3)) for _ in range(400)]
    target[:2] = [math.nan, math.inf]
    return pl.DataFrame(
        {
            "at": [START + timedelta(minutes=int(minute)) for minute in random.integers(0, 6_000, 400)],
            "y": target,
            "p": random.integers(0, 3, 400),
        }
    )


@pytest.mark.parametrize("tolerance", [None, 0.5], ids=["classes", "numbers"])
def test_the_stream_merges_is_kept_without_loss_and_blind_to_the_order_of_rows(
    scored: pl.DataFrame, tmp_path: Path, tolerance: float | None
) -> None:
    spec = ErrorStream("at", "y", "p", 3600, tolerance)

    def profile(frame: pl.DataFrame) -> ErrorStreamProfile:
        found = profiles_of({"own": spec}, scan(opened(frame, tmp_path), [spec]))
        assert isinstance(found, dict)
        return cast(ErrorStreamProfile, found["own"])

    whole = profile(scored)
    known = scored.filter(pl.col("y").is_not_null() & pl.col("y").is_not_nan())
    known = known.filter(pl.col("y").is_finite()) if tolerance is not None else known
    assert whole.rows == 400
    assert whole.outcomes == known.height
    assert sum(errors for _, errors in whole.counts.values()) == known.filter(pl.col("y") != pl.col("p")).height
    assert profile(scored[:150]).merge(profile(scored[150:])) == whole
    assert profile(scored.reverse()) == whole
    assert whole.merge(cast(ErrorStreamProfile, spec.empty())) == whole
    kept = BytesIO()
    whole.frame().write_ipc(kept)
    kept.seek(0)
    assert spec.load(pl.read_ipc(kept)) == whole


@pytest.fixture(scope="module")
def days() -> list[tuple[pl.DataFrame, pl.DataFrame]]:
    """Forty days of scores and outcomes; one prediction in ten is wrong, from the thirtieth on one in three."""
    random = np.random.default_rng(4)
    found = []
    for day in range(40):
        times = [START + timedelta(days=day, minutes=10 * step) for step in range(144)]
        ids = [f"{day}-{step}" for step in range(144)]
        wrong = random.random(144) < (0.1 if day < 30 else 0.33)
        scored = pl.DataFrame({"id": ids, "at": times, "p": [0] * 144})
        outcomes = pl.DataFrame(
            {"id": ids, "known_at": [time + timedelta(hours=20) for time in times], "y": wrong.astype(int)}
        )
        found.append((scored, outcomes))
    return found


@pytest.fixture
def live(tmp_path: Path) -> Project:
    project = Project(tmp_path / "live")
    for folder in ("scored", "outcomes"):
        (project.folder / folder).mkdir(parents=True)
    project.write(MONITORS)
    return project


def write(project: Project, day: int, sides: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    for folder, frame in zip(("scored", "outcomes"), sides, strict=True):
        frame.write_parquet(project.folder / folder / f"{day:02}.parquet")


def said(row: Row) -> tuple[object, ...]:
    return row["monitor"], row["window"]["end"], row["value"], row["status"]


def test_runs_day_by_day_find_what_one_run_over_all_of_them_finds(
    live: Project, days: list[tuple[pl.DataFrame, pl.DataFrame]], tmp_path: Path
) -> None:
    """What a detector remembers is not kept: it sees the window again, from kept profiles."""
    seen: list[Row] = []
    for day, sides in enumerate(days):
        write(live, day, sides)
        if day >= 28:
            seen += live.run("--at", f"{START + timedelta(days=day + 1):%Y-%m-%d}").results
    last = {(row["monitor"], row["window"]["end"]): said(row) for row in seen}  # re-judged as labels came
    assert {row["status"] for row in seen} == {"ok", "critical"}

    again = Project(tmp_path / "again")
    again.folder.mkdir()
    for folder in ("scored", "outcomes"):
        (again.folder / folder).symlink_to(live.folder / folder)
    again.write(MONITORS)
    whole = again.run("--at", "2026-02-10", "--since", "2026-01-01").results
    assert {(row["monitor"], row["window"]["end"]): said(row) for row in whole} == last

    latest = [row for row in seen if row["status"] == "critical"][-1]
    assert "error rate 10." in latest["reason"]
    assert "from 2026-01-31" in latest["reason"] or "from 2026-01-30" in latest["reason"]


def test_a_regression_says_how_far_off_a_prediction_may_be(
    live: Project, days: list[tuple[pl.DataFrame, pl.DataFrame]]
) -> None:
    for day, sides in enumerate(days):
        write(live, day, sides)
    live.write(MONITORS.replace("task: binary", "task: regression"))
    done = live.run("--dry-run", "--at", "2026-02-10", "--monitor", "adwin")
    assert done.one("adwin")["status"] == "error"
    assert done.one("adwin")["reason"] == "how far off may a prediction be? name it: params: {tolerance: 10}"
