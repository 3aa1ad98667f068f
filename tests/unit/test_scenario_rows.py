"""Rows of scenarios: what is drawn is what is said, the same every time, and events touch what they name."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import roc_auc_score

from driftline import registry
from driftline.scenario.definition import Case
from driftline.scenario.feed import Feed
from driftline.scenario.read import load_scenarios
from driftline.scenario.rows import Generator, Rows

HEAD = """
monitors:
  version: 1
  defaults: {timezone: Europe/Oslo}
  sources:
    scored: {path: a.parquet, timestamp: ts}
    outcomes: {path: b.parquet, timestamp: known}
    training: {path: c.parquet}
  models: {m: {source: scored, roles: {id: id, target: y}, labels: {source: outcomes, key: id}, baseline: training}}
  monitors: {volume: {check: row_count, threshold: none}}
timeline: {start: 2026-03-23, days: 10}
"""
DATA = """
data:
  scored:
    rows: 5000
    columns:
      id: {type: sequence}
      x: {type: normal, mean: 10, sd: 2, nulls: 10%}
      n: {type: poisson, mean: 4}
      c: {type: category, weights: {a: 6, b: 3, c: 1}}
      y: {type: boolean, share: 30%, hidden: true}
      p: {type: score, predicts: y, auc: 0.8}
      guess: {type: prediction, of: c, accuracy: 90%}
  outcomes: {labels: scored, columns: [id, y], delay: 2d, spread: 12h, share: 50%}
  training: {rows: 1000, like: scored}
"""


def case(folder: Path, events: str = "[]", data: str = DATA) -> Case:
    path = folder / "a.scenario.yaml"
    ending = f"events: {events}\ncases: {{one: {{expect: {{quiet: true}}}}}}\n"
    path.write_text(dedent(HEAD) + dedent(data) + ending, "utf-8")
    return load_scenarios(path, registry.load()).cases[0]


def rows(folder: Path, events: str = "[]", data: str = DATA) -> dict[str, Rows]:
    return {each.source: each for each in Generator(case(folder, events, data)).all()}


def frame(folder: Path, source: str = "scored", events: str = "[]", data: str = DATA) -> pl.DataFrame:
    found = rows(folder, events, data)[source].frame
    assert found is not None
    return found


def local_days(found: pl.DataFrame) -> pl.Series:
    return found["ts"].dt.convert_time_zone("Europe/Oslo").dt.date()


def test_columns_have_the_distributions_that_are_said(tmp_path: Path) -> None:
    found = frame(tmp_path)
    assert found["x"].mean() == pytest.approx(10, abs=0.05)
    assert found["x"].std() == pytest.approx(2, abs=0.05)
    assert found["x"].null_count() / found.height == pytest.approx(0.1, abs=0.01)
    assert found["n"].var() == pytest.approx(4, rel=0.05)
    shares = found["c"].value_counts(normalize=True).sort("c")["proportion"].to_list()
    assert shares == pytest.approx([0.6, 0.3, 0.1], abs=0.01)
    assert (found["guess"] == found["c"]).mean() == pytest.approx(0.9, abs=0.01)
    assert "y" not in found.columns


def test_every_local_day_has_its_rows_also_when_the_clock_changes(tmp_path: Path) -> None:
    counts = local_days(frame(tmp_path)).value_counts().sort("ts")["count"].to_list()
    assert counts == [5000] * 11  # the last run is on the eleventh day
    weekly = DATA.replace("rows: 5000", "rows: 100\n    week: [1, 1, 1, 1, 1, 0.5, 0]")
    found = local_days(frame(tmp_path, data=weekly)).value_counts().sort("ts")["count"].to_list()
    assert found == [100, 100, 100, 100, 100, 50, 100, 100, 100, 100]
    hourly = DATA.replace("rows: 5000", "rows: 10\n    per: hour")
    assert local_days(frame(tmp_path, data=hourly)).value_counts().sort("ts")["count"].to_list()[6] == 230


def test_a_score_has_the_auc_that_is_said_and_is_calibrated_until_it_decays(tmp_path: Path) -> None:
    scored, labels = frame(tmp_path), frame(tmp_path, "outcomes")
    both = scored.join(labels.select("id", "y"), on="id")
    assert roc_auc_score(both["y"], both["p"]) == pytest.approx(0.8, abs=0.01)
    middle = both.filter(pl.col("p").is_between(0.45, 0.55))
    assert middle["y"].mean() == pytest.approx(0.5, abs=0.04)
    decay = "[{type: decay, columns: p, auc: 0.6, source: scored, start: 5d}]"
    worse = frame(tmp_path, events=decay).join(labels.select("id", "y"), on="id")
    late = worse.filter(pl.col("ts") >= datetime(2026, 3, 28, tzinfo=UTC))
    assert roc_auc_score(late["y"], late["p"]) == pytest.approx(0.6, abs=0.015)


def test_labels_are_known_after_their_delay_and_only_so_many(tmp_path: Path) -> None:
    scored, labels = frame(tmp_path), frame(tmp_path, "outcomes")
    assert labels.height / scored.height == pytest.approx(0.5, abs=0.01)
    both = scored.join(labels.select("id", "known"), on="id")
    hours = (both["known"] - both["ts"]).dt.total_minutes() / 60
    assert [hours.min(), hours.max()] == pytest.approx([48, 60], abs=0.2)
    assert "y" in frame(tmp_path, "training").columns


def test_the_same_file_gives_the_same_rows_and_another_column_leaves_them(tmp_path: Path) -> None:
    found = frame(tmp_path)
    assert found.equals(frame(tmp_path))
    more = frame(tmp_path, data=DATA.replace("      n:", "      extra: {type: uniform}\n      n:"))
    assert more.drop("extra").equals(found)
    other = frame(tmp_path, data=DATA.replace("rows: 5000", "rows: 5000\n    seed: 2"))
    assert not other["x"].equals(found["x"])
    # The numbers themselves: those of NumPy's PCG64, on every machine.
    assert found["n"].head(8).to_list() == [8, 4, 3, 5, 4, 3, 5, 5]


def test_an_event_touches_its_rows_and_leaves_the_others(tmp_path: Path) -> None:
    before = frame(tmp_path)
    shift = "[{type: shift, source: scored, columns: x, sd: 1, where: c = 'a', start: 5d, end: 6d}]"
    after = frame(tmp_path, events=shift)
    moved = (after["x"] - before["x"]).fill_null(0).to_numpy()
    inside = ((local_days(before).cast(pl.String) == "2026-03-28") & (before["c"] == "a")).to_numpy()
    assert np.all(moved[~inside] == 0)
    some = inside & before["x"].is_not_null().to_numpy()
    assert moved[some] == pytest.approx(2, abs=0.02)
    assert after.drop("x").equals(before.drop("x"))


def test_a_ramp_grows_evenly(tmp_path: Path) -> None:
    before = frame(tmp_path)
    ramp = "[{type: shift, source: scored, columns: x, add: 10, start: 0d, ramp: 10d}]"
    after = frame(tmp_path, events=ramp)
    moved = pl.DataFrame({"day": local_days(before), "by": after["x"] - before["x"]}).group_by("day").mean().sort("day")
    assert moved["by"].to_list()[:6] == pytest.approx([0.5, 1.5, 2.5, 3.5, 4.5, 5.5], abs=0.1)


def test_rows_come_when_they_have_arrived_and_a_change_of_schema_has_files_of_its_own(tmp_path: Path) -> None:
    events = """[{type: late, source: scored, start: 2d, end: 3d, by: 1d},
                 {type: schema, source: scored, rename: {n: m}, retype: {x: text}, start: 4d},
                 {type: duplicates, source: scored, share: 10%, day: 1d}]"""
    found = rows(tmp_path, events)["scored"]
    feed = Feed.of(found, tmp_path / "rows")
    heights = []
    for run in case(tmp_path, events).timeline.runs[:5]:
        feed.deliver(run)
        files = [pl.scan_parquet(path).select(pl.len()).collect().item() for path in feed.folder.glob("*.parquet")]
        heights.append(sum(files))
    day, quarter = 5000, 1250
    extra = heights[1] - 2 * day  # rows of the second day that came twice; of the third, none has come
    assert extra == pytest.approx(500, abs=80)
    assert heights[0] == pytest.approx(day + quarter + extra / 4, abs=60)
    assert heights[2] - heights[1] == 2 * quarter  # six hours of the third day, a day late, and six of the fourth
    schemas = {tuple(pl.read_parquet_schema(path).items()) for path in feed.folder.glob("*.parquet")}
    assert len(schemas) == 2
    assert {("x", pl.String()), ("m", pl.Int64())} < {item for schema in schemas for item in schema}
