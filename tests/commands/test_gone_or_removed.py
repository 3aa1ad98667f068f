"""What the data lacks today is still watched; what the configuration does not name any more ends as removed."""

from __future__ import annotations

import polars as pl
import pytest

from tests.commands import rows
from tests.commands.project import Project, Ran

# Nothing is said of the columns: they are those of the data.
FILE = """
version: 1
defaults: {window: 1d}
sources:
  scored: {path: scored.parquet, timestamp: ts}
  training: {path: training.parquet}
models:
  m: {source: scored, baseline: training, features: FEATURES, segments: {colour: {by: c}}}
monitors:
  drift: {check: ks, columns: COLUMNS, segments: SEGMENTS, min_rows: 10, threshold: {critical: {above: 0.3}}}
"""
LIMITED = FILE.replace("FEATURES", '{include: ["*"], exclude: [id, p, y, yhat]}')
ALL = LIMITED.replace("COLUMNS", "features").replace("SEGMENTS", "[overall]")
SPLIT = LIMITED.replace("COLUMNS", "features").replace("SEGMENTS", "[overall, colour]")
FEED = rows.scored(4, shift=dict.fromkeys(range(4), 5.0))


@pytest.fixture
def shop(project: Project) -> Project:
    """x is far from its training data on every day."""
    project.data("scored.parquet", FEED)
    project.data("training.parquet", rows.training())
    project.write(SPLIT)
    return project


def states(done: Ran) -> dict[str, str]:
    return {each["series"]: each["state"] for each in done.alerts}


def test_a_source_that_is_gone_fails_the_monitor_and_resolves_nothing(shop: Project) -> None:
    firing = states(shop.run("--at", rows.day(1)))
    assert set(firing) == {"drift/m/x", "drift/m/x/colour=red", "drift/m/x/colour=green", "drift/m/x/colour=blue"}
    (shop.folder / "scored.parquet").unlink()
    gone = shop.run("--at", rows.day(2))
    assert gone.code == 3
    assert gone.statuses("drift", "series")["drift/m"] == "error"
    assert {each["status"] for each in gone.results} == {"error"}
    assert states(gone) == firing
    shop.data("scored.parquet", FEED)
    back = shop.run("--at", rows.day(3))
    assert (back.code, states(back)) == (1, firing)
    assert "drift/m" not in {each["series"] for each in back.results}


def test_a_column_that_is_gone_from_the_data_keeps_its_alert(shop: Project) -> None:
    firing = states(shop.run("--at", rows.day(1)))
    shop.data("scored.parquet", FEED.drop("x"))
    assert states(shop.run("--at", rows.day(2))) == firing
    shop.data("scored.parquet", FEED.with_columns(pl.col("x").cast(pl.String)))
    assert states(shop.run("--at", rows.day(3))) == firing
    shop.data("scored.parquet", FEED.with_columns(x=pl.col("x") - 5))
    assert set(states(shop.run("--at", rows.day(4))).values()) == {"resolved"}


@pytest.mark.parametrize(
    ("config", "ended"),
    [
        (ALL, {"drift/m/x/colour=red", "drift/m/x/colour=green", "drift/m/x/colour=blue"}),
        (SPLIT.replace("[id, p", "[x, id, p"), "all"),
        (SPLIT.replace("columns: features", "columns: [z]"), "all"),
        (SPLIT.replace("drift:", "other:"), "all"),
        (SPLIT.replace("models:\n  m:", "models:\n  n:"), "all"),
        (SPLIT.replace("features: {inc", "columns: {x: {type: categorical}}, features: {inc"), "all"),
    ],
    ids=["segment", "excluded", "columns", "monitor", "model", "type"],
)
@pytest.mark.parametrize("there", [True, False], ids=["with-the-data", "without-the-data"])
def test_what_the_configuration_dropped_is_resolved(
    shop: Project, config: str, ended: set[str] | str, there: bool
) -> None:
    firing = set(states(shop.run("--at", rows.day(1))))
    shop.write(config)
    if not there:
        (shop.folder / "scored.parquet").unlink()
    after = states(shop.run("--at", rows.day(2)))
    resolved = {series for series, state in after.items() if state == "resolved"}
    assert resolved == (firing if ended == "all" else ended)
    with shop.store() as store:
        open_ = {key.text for key, state in store.states(None).items() if state.alert is not None}
    assert open_ >= firing - resolved
    assert not open_ & resolved


def test_an_outage_of_all_segments_is_said_of_each_that_was_known(shop: Project) -> None:
    count = "rows: {check: row_count, segments: [colour], threshold: {critical: {below: 10}}}"
    shop.write(SPLIT.partition("monitors:")[0], f"monitors:\n  {count}")
    assert {each["value"] for each in shop.run("--at", rows.day(4)).results} != {0}
    outage = shop.run("--at", rows.day(5))
    assert {(each["value"], each["status"]) for each in outage.results} == {(0, "critical")}
    gone = {each["series"] for each in outage.results}
    assert gone
    assert (outage.code, states(outage)) == (1, dict.fromkeys(gone, "firing"))
    shop.data("scored.parquet", rows.scored(6))
    back = shop.run("--at", rows.day(6))
    assert states(back) == dict.fromkeys(gone, "resolved")
