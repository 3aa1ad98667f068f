"""A run reads each of its sources once, however much is asked of it."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest

from tests.commands import counting_source, rows
from tests.commands.counting_source import Reading
from tests.commands.project import Project

DAYS, PER_DAY = 20, 2_000
PROBE = 10_000  # no look-up may be longer
CONFIG = """
version: 1
defaults: {window: 1d}
sources:
  scored: {type: noted, path: scored.parquet, log: log, timestamp: ts}
  truth: {type: noted, path: truth.parquet, log: log, timestamp: known_at}
  training: {type: noted, path: training.parquet, log: log}
models:
  m:
    task: binary
    source: scored
    roles: {id: id, score: p, prediction: yhat, target: y}
    labels: {source: truth, key: id, delay: 1dKEEP}
    columns: {x: {valid: {min: -3, max: 3}}}
    features: [x, z, c]
    segments: {colour: {by: c}, tall: {where: "x > 1"}}
    baseline: training
metrics:
  per_row: {model: m, sql: "SUM(x) / COUNT(*)"}
  caught: {model: m, sql: "SUM(CASE WHEN y = 1 THEN yhat ELSE 0 END) / SUM(y)"}
monitors:
  drift: {preset: drift, segments: [overall, colour, tall, [colour, tall]]}
  ks: {check: ks, columns: features, segments: [overall, colour], threshold: {critical: {above: 0.3}}}
  quality: {preset: quality}
  performance: {preset: performance, segments: [overall, colour]}
  weekly: {check: roc_auc, window: {size: 7d, every: 1d}, threshold: none}
  previous: {check: wasserstein, columns: [x, z], baseline: previous, threshold: {critical: {above: 5}}}
  trailing: {check: psi, columns: [x], baseline: {type: trailing, size: 7d}, threshold: {critical: {above: 1}}}
  quantile: {check: quantile, columns: [z], params: {q: 0.9}, threshold: none}
  volume: {preset: volume}
  business: {metric: per_row, baseline: {type: trailing, size: 3d}, threshold: {compare: change, critical: {above: 9}}}
  season: {check: psi, columns: [x], baseline: {type: seasonal, period: 7d, count: 2}}
  range: {check: ks, columns: [z], baseline: {type: range, start: 2024-01-03, end: 2024-01-09}}
  unusual: {check: mean, columns: [x], segments: [overall, colour], baseline: {type: trailing, size: 9d},
            threshold: {compare: deviations, critical: {above: 99}}}
  unusual-auc: {check: roc_auc, baseline: {type: trailing, size: 9d},
                threshold: {compare: deviations, critical: {above: 99}}}
  labelled: {metric: caught, threshold: none}
  fresh: {source: scored, check: freshness, threshold: {critical: {above: 2d}}}
incidents:
  - {id: OUTAGE-1, start: 2024-01-05, end: 2024-01-06, match: {monitor: [range, business]}}
"""


@pytest.fixture
def shop(project: Project) -> Project:
    frame = rows.scored(DAYS, per_day=PER_DAY)
    project.data("scored.parquet", frame.drop("y"))
    project.data("truth.parquet", rows.labels(frame))
    project.data("training.parquet", rows.training(5_000))
    project.write(CONFIG.replace("KEEP", ""))
    return project


def run(project: Project, *options: str) -> list[Reading]:
    """The readings of one run, all of which came to a verdict."""
    kinds = project.folder / "kinds"
    plugins = str(kinds) if kinds.exists() else counting_source.install(project.folder)
    done = project.run("--plugins", plugins, *options)
    assert done.code in (0, 1), done.said
    assert done.document["summary"]["error"] == 0
    assert {each["monitor"].partition(".")[0] for each in done.results} == {
        "drift", "ks", "quality", "performance", "weekly", "previous", "trailing", "quantile", "volume", "business",
        "labelled", "fresh", "season", "range", "unusual", "unusual-auc",
    }  # fmt: skip
    return counting_source.readings(project.folder / "log")


def whole(readings: list[Reading]) -> list[str]:
    """The sources that were read to the end, once per reading."""
    return sorted(each.source for each in readings if each.why == "scan" and each.most is None)


def test_a_run_reads_every_source_once(shop: Project) -> None:
    found = run(shop, "--at", rows.day(15))
    assert whole(found) == ["scored", "training", "truth"]
    rest = [each for each in found if each.most is not None]
    assert all(each.given <= PROBE for each in rest)
    assert len(rest) <= 2  # a look at each of the two sources whose histograms need a resolution


def test_a_second_run_knows_its_resolutions_and_looks_nothing_up(shop: Project) -> None:
    run(shop, "--at", rows.day(15))
    found = run(shop, "--at", rows.day(16))
    assert whole(found) == ["scored", "training", "truth"]
    assert len(found) == 3


def test_many_windows_are_one_reading(shop: Project) -> None:
    found = run(shop, "--at", rows.day(18), "--since", rows.day(9))
    assert whole(found) == ["scored", "training", "truth"]


def test_the_newest_event_is_looked_up_in_the_time_column_alone(shop: Project) -> None:
    found = run(shop, "--at", "latest")
    assert whole(found) == ["scored", "training", "truth"]
    extents = [each for each in found if each.why == "extent"]
    assert {each.columns for each in extents} <= {("ts",), ("known_at",)}
    assert len(extents) <= 2


def test_a_feed_that_stopped_costs_one_look_at_its_time_column(shop: Project) -> None:
    found = run(shop, "--at", (rows.START + timedelta(days=DAYS + 5)).isoformat())
    narrow = [each for each in found if each.columns == ("ts",)]
    assert sorted(set(whole(found))) == ["scored", "training", "truth"]
    assert len(narrow) <= 2
    assert whole([each for each in found if each not in narrow]) == ["scored", "training", "truth"]


def test_labels_that_must_not_repeat_are_read_once(shop: Project) -> None:
    shop.write(CONFIG.replace("KEEP", ", keep: error"))
    assert whole(run(shop, "--at", rows.day(15))) == ["scored", "training", "truth"]


def test_the_plan_reads_no_rows(shop: Project) -> None:
    plugins = counting_source.install(shop.folder)
    plan = shop.call("plan", str(shop.folder / "monitors.yaml"), "--at", rows.day(15), "--plugins", plugins)
    assert plan.code == 0
    assert counting_source.readings(shop.folder / "log") == []
    assert "each source is read once" in plan.stdout
    assert plan.stdout.count(": 1 read, ") == 2
    assert "joins y of truth by id, once" in plan.stdout


def test_values_are_those_of_a_plain_file(shop: Project) -> None:
    """The counting kind changes nothing: what is counted are the readings of a real run."""
    plugins = counting_source.install(shop.folder)
    counted = shop.run("--at", rows.day(15), "--dry-run", "--plugins", plugins).results
    shop.write(CONFIG.replace("KEEP", "").replace("type: noted, ", "").replace(", log: log", ""))
    plain = shop.run("--at", rows.day(15), "--dry-run").results
    assert [each["series"] for each in counted] == [each["series"] for each in plain]
    frame = pl.DataFrame({"a": [r["value"] for r in counted], "b": [r["value"] for r in plain]})
    assert frame["a"].to_list() == pytest.approx(frame["b"].to_list(), rel=1e-6, abs=1e-9, nan_ok=True)
