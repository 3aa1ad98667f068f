"""A model that ranks: its checks from the configuration to the verdict, day by day as over all days at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.commands.project import Project

START = datetime(2026, 7, 1, tzinfo=UTC)
CONFIG = """
version: 1
defaults: {window: 1d}
sources: {searches: {path: "searches/*.parquet", timestamp: at}}
models:
  search:
    task: ranking
    source: searches
    roles: {id: id, group: query, score: score, target: relevance}
    baseline: {type: trailing, size: 3d}
monitors:
  performance: {preset: performance}
  mrr:         {check: mrr, threshold: none}
  five-days:   {check: ndcg, window: {size: 5d, every: 1d}, threshold: none}
"""


def searches(day: int, sense: float) -> pl.DataFrame:
    """150 queries of eight rows; the scores know as much of the relevance as `sense` says."""
    chance = np.random.default_rng(day)
    relevance = chance.choice([0, 0, 0, 1, 2], 1_200)
    return pl.DataFrame(
        {
            "id": [f"{day}-{n}" for n in range(1_200)],
            "query": np.arange(1_200) // 8 + 1_000 * day,
            "score": relevance * sense + chance.normal(0, 1, 1_200),
            "relevance": relevance,
            "at": [START + timedelta(days=day, minutes=n // 8) for n in range(1_200)],
        }
    )


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path)
    (tmp_path / "monitors.yaml").write_text(CONFIG)
    (tmp_path / "searches").mkdir()
    for day in range(7):
        searches(day, 1.0 if day < 6 else 0.0).write_parquet(tmp_path / f"searches/{day}.parquet")
    return made


def test_a_ranking_that_loses_its_sense_is_told(project: Project) -> None:
    ran = project.run("--at", "2026-07-08", "--since", "2026-07-05")
    assert [one["status"] for one in ran.of("performance.ndcg")] == ["ok", "ok", "critical"]
    last = ran.of("performance.ndcg")[-1]
    assert last["interval"]["low"] < last["value"] < last["interval"]["high"]
    assert last["p_value"] < 1e-6
    assert last["rows"] == last["labelled_rows"] == 1_200


def test_days_that_are_kept_make_the_same_five_days(project: Project) -> None:
    kept = [project.run("--at", f"2026-07-0{day}").of("five-days")[-1]["value"] for day in range(6, 9)]
    (project.folder / ".driftline" / "state.db").unlink()
    at_once = [one["value"] for one in project.run("--at", "2026-07-08", "--since", "2026-07-01").of("five-days")]
    assert kept == pytest.approx(at_once[-3:], rel=1e-12)


def test_rows_of_one_query_in_two_files_are_one_ranking(project: Project) -> None:
    whole = project.run("--at", "2026-07-03", "--dry-run").one("mrr")["value"]
    rows = searches(1, 1.0)
    rows[::2].write_parquet(project.folder / "searches/1.parquet")
    rows[1::2].write_parquet(project.folder / "searches/1-rest.parquet")
    assert project.run("--at", "2026-07-03", "--dry-run").one("mrr")["value"] == pytest.approx(whole, rel=1e-12)


def test_a_ranking_without_a_group_is_refused_with_what_to_write(project: Project) -> None:
    (project.folder / "monitors.yaml").write_text(CONFIG.replace("group: query, ", ""))
    said = project.call("validate", str(project.folder / "monitors.yaml"))
    assert said.code == 2
    assert "`mrr` reads the group of a model, and `search` has no such role" in said.said
    assert "say which column says whose ranking a row is part of: `roles: {group: …}`" in said.said


def test_a_preset_without_a_group_is_refused_and_not_left_empty(project: Project) -> None:
    monitors = "monitors:\n  performance: {preset: performance}\n"
    (project.folder / "monitors.yaml").write_text(CONFIG.replace("group: query, ", "").split("monitors:")[0] + monitors)
    said = project.call("validate", str(project.folder / "monitors.yaml"))
    assert said.code == 2
    assert "the preset `performance` reads the group of a model, and `search` has no such role" in said.said
