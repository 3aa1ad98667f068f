"""`significance` of rates, means and calibration: a breach that chance makes is none, also where rows go together."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl

from tests.commands import rows
from tests.commands.project import Project

DAYS, PER_DAY = 12, 200


def scored(project: Project) -> None:
    """1.5 % of x is missing on the last day, 30 % of z; of c one value in a hundred is new on all days."""
    number = pl.int_range(pl.len()) % PER_DAY
    last = pl.col("ts") >= rows.START + timedelta(days=DAYS - 1)
    frame = rows.scored(DAYS).with_columns(
        x=pl.when(~(last & (number < 3))).then("x"),
        z=pl.when(~(last & (number < 60))).then("z"),
        c=pl.when(number < 2).then(pl.lit("violet")).otherwise("c"),
        late=pl.Series(np.random.default_rng(2).random(DAYS * PER_DAY) < 0.011),
    )
    project.data("scored.parquet", frame)
    project.data("training.parquet", rows.training())


def test_a_rate_beyond_its_bound_by_chance_is_not_told(project: Project) -> None:
    scored(project)
    limit = "threshold: {critical: {above: 1%}}"
    project.write(
        rows.MODEL,
        f"""
        monitors:
          bare: {{check: missing_rate, columns: [x, z], {limit}}}
          sure: {{check: missing_rate, columns: [x, z], {limit}, significance: {{alpha: 1%}}}}
          more: {{check: missing_rate, columns: [x, z], significance: {{alpha: 1%}},
                 threshold: {{compare: difference, critical: {{above: 1%}}}}}}
          moved: {{check: mean, columns: [z], significance: {{alpha: 1%}},
                  threshold: {{compare: difference, critical: {{above: 0.05, below: -0.05}}}}}}
        """,
    )
    done = project.run("--at", rows.day(DAYS), "--dry-run")
    assert done.statuses("bare") == {"x": "critical", "z": "critical"}
    assert done.statuses("sure") == done.statuses("more") == {"x": "ok", "z": "critical"}
    assert "not significant" in done.one("sure", column="x")["reason"]
    low, high = (done.one("sure", column="z")["interval"][key] for key in ("low", "high"))
    assert low < 0.3 < high
    assert "not significant" in done.one("moved")["reason"]


def test_blocks_of_a_rate_beside_a_baseline_are_those_of_the_window(project: Project) -> None:
    scored(project)
    project.write(
        rows.MODEL,
        """
        thresholds: {new: {critical: {above: 0.9%}}}
        monitors:
          new: {check: unseen_rate, columns: [c], window: 7d, significance: {block: 1d}, threshold: new}
          few: {check: unseen_rate, columns: [c], significance: {block: 1d}, threshold: new}
        """,
    )
    done = project.run("--at", rows.day(DAYS - 1), "--dry-run")
    assert done.one("new")["status"] == "critical"  # 1 % on each of the days: they do not differ
    assert done.one("new")["p_value"] == 0.0
    assert done.one("few")["status"] == "insufficient_data"
    assert "1 block of 1d in the window, and 6 are needed" in done.one("few")["reason"]


def test_days_of_200_rows_do_not_cry_wolf(project: Project) -> None:
    project.data("scored.parquet", rows.scored(20))
    project.data("training.parquet", rows.training(20_000))
    project.write(
        rows.MODEL,
        """
        thresholds: {worse: {compare: change, critical: {above: 50%}}}
        monitors:
          bare: {check: expected_calibration_error, threshold: worse}
          sure: {check: expected_calibration_error, threshold: worse, significance: {alpha: 1%}}
          change: {check: performance_change, params: {of: expected_calibration_error},
                   threshold: {critical: {above: 0.01}}}
        """,
    )
    done = project.run("--at", rows.day(20), "--since", rows.day(0), "--dry-run")
    alarms = {name: sum(each["status"] == "critical" for each in done.of(name)) for name in ("bare", "sure", "change")}
    assert alarms["bare"] == 20
    assert alarms["sure"] <= 1
    assert alarms["change"] <= 1
    assert [each["p_value"] for each in done.of("sure")] == [each["p_value"] for each in done.of("change")]
