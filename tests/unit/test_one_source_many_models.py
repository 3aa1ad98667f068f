"""Models, segments and windows that share a source do not leak into each other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import driftline

DAY = datetime(2024, 5, 1, tzinfo=UTC)
ROWS = 400


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    ids = list(range(ROWS))
    scored = pl.DataFrame(
        {
            "id": ids,
            "at": [DAY + timedelta(minutes=3 * n) for n in ids],
            "said": [n % 2 for n in ids],
            "y": [1 - n % 2 for n in ids],
            "kind": ["a" if n % 4 else "b" for n in ids],
            "x": [float(n) for n in ids],
        }
    )
    scored.write_parquet(tmp_path / "scored.parquet")
    half = [n for n in ids if n % 4 < 2]
    landed = [DAY + timedelta(days=1)] * len(half)
    right = pl.DataFrame({"id": half, "landed": landed, "y": [n % 2 for n in half]})
    right.write_parquet(tmp_path / "right.parquet")
    right.with_columns(y=1 - pl.col("y")).write_parquet(tmp_path / "wrong.parquet")
    return tmp_path


def results(folder: Path, config: str, at: str = "2024-05-03") -> dict[str, Any]:
    sources = """
version: 1
sources:
  scored: {path: scored.parquet, timestamp: at}
  right: {path: right.parquet, timestamp: landed}
  wrong: {path: wrong.parquet, timestamp: landed}
"""
    (folder / "monitors.yaml").write_text(sources + config)
    report = driftline.run(folder / "monitors.yaml", at=at, since="2024-05-01", dry_run=True)
    first = [one for one in report.results if one.window.start in (DAY, None)]
    return {one.series.text: one for one in first}


MODEL = "{task: binary, source: scored, roles: {id: id, prediction: said, target: y}"


def test_each_model_keeps_its_own_labels(folder: Path) -> None:
    found = results(
        folder,
        f"""
models:
  right:  {MODEL}, labels: {{source: right, delay: 1d}}}}
  wrong:  {MODEL}, labels: {{source: wrong, delay: 1d}}}}
  absent: {MODEL}, labels: {{source: right, delay: 1d, absent: 0}}}}
  own:    {MODEL}}}
monitors:
  acc: {{check: accuracy, threshold: none}}
""",
    )
    assert {name: one.value for name, one in found.items()} == {
        "acc/right": 1.0,
        "acc/wrong": 0.0,
        "acc/absent": pytest.approx(0.75),
        "acc/own": 0.0,
    }
    assert found["acc/right"].labelled_rows == 200
    assert found["acc/absent"].labelled_rows == 400


def test_a_source_may_be_a_baseline_and_have_windows_at_once(folder: Path) -> None:
    config = """
models: {m: {source: scored, baseline: scored}}
monitors:
  mean: {check: mean, columns: [x], threshold: {compare: change, critical: {above: 9}}}
  rows: {source: scored, check: row_count, threshold: none}
  fresh: {source: scored, check: freshness, threshold: {critical: {above: 9d}}}
"""
    found = results(folder, config)
    assert found["mean/m/x"].baseline_value == (ROWS - 1) / 2
    assert found["mean/m/x"].baseline_rows == ROWS
    assert found["rows/scored"].value == 400


def test_a_segment_that_cannot_be_made_fails_alone(folder: Path) -> None:
    config = """
models:
  m: {source: scored, segments: {typo: {by: kinds}, text: {where: "kind > 3"}, kind: {by: kind}}}
monitors:
  rows: {check: row_count, threshold: none}
  bad: {check: row_count, segments: [overall, typo, text, kind], threshold: none}
"""
    found = results(folder, config)
    assert found["rows/m"].value == 400
    assert found["bad/m"].value == 400
    assert found["bad/m/kind=b"].value == 100
    assert found["bad/m/typo=*"].status == "error"
    assert "no column kinds; did you mean kind?" in found["bad/m/typo=*"].reason
    assert [one.status for name, one in found.items() if "text" in name] == ["error"]


def test_labels_of_one_instant_are_chosen_alike_every_time(folder: Path) -> None:
    ids = [n for n in range(ROWS) for _ in range(2)]
    ties = pl.DataFrame({"id": ids, "landed": [DAY] * len(ids), "y": [n % 2 for n in range(len(ids))]})
    ties.sample(fraction=1.0, shuffle=True, seed=1).write_parquet(folder / "right.parquet")
    model = f"models: {{m: {MODEL}, labels: {{source: right, delay: 1d}}}}}}"
    config = f"{model}\nmonitors: {{acc: {{check: accuracy, threshold: none}}}}"
    assert len({results(folder, config)["acc/m"].value for _ in range(3)}) == 1


def test_a_segment_that_stops_counts_nothing(folder: Path) -> None:
    ids = list(range(ROWS))
    frame = pl.DataFrame({"at": [DAY + timedelta(minutes=7 * n) for n in ids], "kind": ["a", "b"] * (ROWS // 2)})
    frame.filter((pl.col("kind") == "a") | (pl.col("at") < DAY + timedelta(days=1))).write_parquet(
        folder / "scored.parquet"
    )
    (folder / "monitors.yaml").write_text(
        """
version: 1
sources: {scored: {path: scored.parquet, timestamp: at}}
models: {m: {source: scored, segments: {kind: {by: kind}}}}
monitors: {rows: {check: row_count, segments: [kind], threshold: {critical: {below: 1}}}}
"""
    )
    for at, expected in (("2024-05-02", "ok"), ("2024-05-03", "critical")):
        report = driftline.run(folder / "monitors.yaml", at=at)
        assert {one.series.text: one.status for one in report.results}["rows/m/kind=b"] == expected
