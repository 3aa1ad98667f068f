"""Rows of a day that depend on each other: a test that counts rows cries wolf, one that exchanges days does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from tests.commands.project import Project, Ran, Row

START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS, ROWS = 120, 300
MONITORS = """
version: 1
sources:
  feed:    {path: feed.parquet, timestamp: ts}
  history: {path: history.parquet, timestamp: ts}
models:
  demand:
    source: feed
    task: binary
    roles: {target: y, prediction: p}
    segments: {shop: {by: shop}}
    baseline: {type: trailing, size: 28d}
thresholds:
  any: {compare: change, critical: {above: 0, below: 0}}
monitors:
  rows:     {check: ks, columns: [x], threshold: {critical: {above: 0}}, significance: {alpha: 5%}}
  days:     {check: ks, columns: [x], threshold: {critical: {above: 0}}, significance: {alpha: 5%, block: 1d}}
  by-shop:  {check: ks, columns: [x], segments: [shop], threshold: {critical: {above: 0}}, significance: {block: 1d}}
  right:    {check: accuracy, threshold: any, significance: {alpha: 5%}}
  by-days:  {check: accuracy, threshold: any, significance: {alpha: 5%, block: 1d}}
  weekly:   {check: accuracy, window: 7d, threshold: {critical: {below: 79.5%}}, significance: {alpha: 5%, block: 1d}}
  daily:    {check: accuracy, threshold: {critical: {below: 100%}}, significance: {alpha: 5%, block: 1d}}
  few:      {check: ks, columns: [x], baseline: {type: trailing, size: 7d}, threshold: {critical: {above: 0}},
             significance: {block: 1d}}
  whole:    {check: ks, columns: [x], baseline: history, threshold: {critical: {above: 0}}, significance: {block: 1d}}
"""


def days_that_differ(shift: float = 0.0) -> pl.DataFrame:
    """Days whose level wanders as an autoregressive process of the first order, the last one moved by `shift`."""
    random = np.random.default_rng(3)
    level = np.zeros(DAYS)
    for day in range(1, DAYS):
        level[day] = 0.4 * level[day - 1] + 0.25 * random.standard_normal()
    level[-1] += shift
    each = np.repeat(level, ROWS)
    right = random.random(DAYS * ROWS) < 1 / (1 + np.exp(-1.4 - each))
    target = random.random(DAYS * ROWS) < 0.5
    return pl.DataFrame(
        {
            "ts": [START + timedelta(days=day, minutes=4 * row) for day in range(DAYS) for row in range(ROWS)],
            "x": each + random.standard_normal(DAYS * ROWS),
            "y": target.astype(int),
            "p": np.where(right, target, ~target).astype(int),
            "shop": np.where(np.arange(DAYS * ROWS) % 2, "a", "b"),
        }
    )


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Three months of days, in which nothing changes but the level from day to day."""
    project = Project(tmp_path_factory.mktemp("dependence"))
    frame = days_that_differ()
    project.data("feed.parquet", frame)
    project.data("history.parquet", frame.filter(pl.col("ts") < START + timedelta(days=28)))
    project.write(MONITORS)
    return project.run("--dry-run", "--since", "2026-01-30", "--at", "2026-05-01")


def breaches(results: list[Row]) -> float:
    """The share of windows that breach: all of them are false alarms."""
    return [each["status"] for each in results].count("critical") / len(results)


def test_a_distance_that_counts_rows_cries_wolf_and_one_that_exchanges_days_does_not(judged: Ran) -> None:
    assert len(judged.of("days")) == 91
    assert breaches(judged.of("rows")) > 0.5
    assert breaches(judged.of("days")) < 0.12  # 5 % and what chance adds over 91 windows that overlap


def test_the_same_holds_for_a_metric_and_its_change(judged: Ran) -> None:
    assert breaches(judged.of("right")) > 0.25
    assert breaches(judged.of("by-days")) < 0.12


def test_the_noise_floor_is_that_of_days(judged: Ran) -> None:
    values = sorted(each["value"] for each in judged.of("days"))
    noise = [each["noise_floor"] for each in judged.of("days")]
    assert all(values[len(values) // 2] < each < values[-1] * 1.2 for each in noise)


def test_each_segment_has_blocks_of_its_own(judged: Ran) -> None:
    found = judged.of("by-shop")
    assert {each["segment"]["shop"] for each in found} == {"a", "b"}
    assert all(each["p_value"] is not None for each in found)
    assert breaches(found) < 0.05


def test_a_reading_against_a_fixed_bound_has_the_interval_of_its_days(judged: Ran) -> None:
    found = judged.of("weekly")
    assert len(found) == 12
    low, high = (np.mean([each["interval"][end] for each in found]) for end in ("low", "high"))
    independent = 2 * 1.96 * (0.8 * 0.2 / (7 * ROWS)) ** 0.5
    assert high - low > 1.5 * independent
    assert all(each["p_value"] is not None for each in found)


def test_what_cannot_be_told_from_chance_is_said(judged: Ran) -> None:
    one = judged.of("daily")[-1]
    assert one["status"] == "insufficient_data"
    assert one["reason"] == (
        "beyond < 100.0%, perhaps by chance: 1 block of 1d in the window, and 6 are needed to know how much they differ"
    )
    other = judged.of("few")[-1]
    assert other["status"] == "insufficient_data"
    assert "8 blocks of 1d in window and baseline give no p-value below 0.12, and 0.01 may be needed" in other["reason"]


def test_a_source_that_is_the_baseline_is_cut_from_its_first_event_to_its_last(judged: Ran) -> None:
    assert {each["status"] for each in judged.of("whole")} <= {"ok", "critical"}
    assert all(each["p_value"] is not None for each in judged.of("whole"))


def test_a_change_that_is_larger_than_days_differ_is_found(project: Project) -> None:
    project.data("feed.parquet", days_that_differ(shift=2.0))
    project.data("history.parquet", days_that_differ().head(1))
    project.write(MONITORS)
    done = project.run("--dry-run", "--at", "2026-05-01", "--monitor", "days", "--monitor", "by-days")
    assert done.one("days")["status"] == "critical"
    assert done.one("days")["p_value"] == pytest.approx(1 / 29)  # no other day of the 29 lies as far off
    assert done.one("by-days")["status"] == "critical"
