"""Windows that are judged again as labels come: what was published first is kept, and said where it matters."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl
import pytest

from driftline import run
from tests.commands import rows
from tests.commands.project import Project
from tests.services.receiver import receiver

FRAME = rows.scored(4)
MONITORS = """
monitors:
  accuracy: {check: accuracy, min_rows: 10, threshold: {critical: {below: 60%}}}
  volume: {check: row_count, threshold: none}
"""
TRUE = pl.col("yhat").cast(pl.Int8)


def truth() -> pl.DataFrame:
    """Each row has the label that makes it right within 6 hours, but half of day 0: theirs make it wrong, on day 2."""
    late = (pl.col("ts") < rows.START + timedelta(days=1)) & (pl.col("id") % 2 == 1)
    known = pl.when(late).then(pl.col("ts") + timedelta(hours=54)).otherwise(pl.col("ts") + timedelta(hours=6))
    return FRAME.select("id", known.alias("known_at"), y=pl.when(late).then(1 - TRUE).otherwise(TRUE))


@pytest.fixture
def shop(project: Project) -> Project:
    """Labels are looked at after a day, and count until 5 days after it."""
    project.data("scored.parquet", FRAME.drop("y"))
    project.data("training.parquet", rows.training())
    project.data("truth.parquet", truth())
    labels = "    labels: {source: truth, key: id, delay: 1d, max_delay: 5d}\n    baseline: training"
    source = "  training: {path: training.parquet}\n  truth: {path: truth.parquet, timestamp: known_at}"
    model = rows.MODEL.replace("    baseline: training", labels)
    project.write(model.replace("  training: {path: training.parquet}", source), MONITORS)
    return project


def text(project: Project, day: int, *options: str) -> str:
    return project.call("run", str(project.folder / "monitors.yaml"), "--at", rows.day(day), *options).stdout


def test_a_value_that_changed_says_what_was_published_first(shop: Project) -> None:
    found = shop.run("--at", rows.day(2)).one("accuracy")
    assert (found["value"], found["rows"], found["labelled_rows"]) == (1.0, 200, 100)
    assert (found["first_value"], found["first_judged_at"]) == (None, None)
    shop.run("--at", rows.day(3))
    again = {each["window"]["start"]: each for each in shop.run("--at", rows.day(4)).of("accuracy")}
    found = again[rows.day(0)]
    assert (found["value"], found["labelled_rows"], found["status"]) == (0.5, 200, "critical")
    assert (found["first_value"], found["first_judged_at"]) == (1.0, rows.day(2))
    assert [each["first_value"] for start, each in again.items() if start != rows.day(0)] == [None]


def test_the_text_says_what_was_judged_again_where_the_verdict_is_another_one(shop: Project) -> None:
    said = text(shop, 2, "--verbose")
    assert "labels 50%" in said
    assert "judged again" not in said
    expected = (
        "judged again: accuracy/m in 2024-01-01: critical, was ok; 57.1%, was 100.0% on 2024-01-03 "
        "(labels for 50% of rows, then 87%)"
    )
    assert expected in " ".join(text(shop, 3).split())


def test_another_value_of_the_same_status_is_counted_and_named_if_asked_for(shop: Project) -> None:
    path = shop.folder / "monitors.yaml"
    path.write_text(path.read_text("utf-8").replace("below: 60%", "below: 10%"), "utf-8")
    text(shop, 2)
    said = text(shop, 4, "--dry-run")
    assert "judged again: 1 verdict of earlier runs, with another value and the same status (see --verbose)" in said
    assert "judged again: accuracy/m in 2024-01-01: 50.0%, was 100.0% on" in text(shop, 4, "--verbose")


def test_what_came_first_is_kept_through_many_judgements(shop: Project) -> None:
    shop.run("--at", rows.day(2))
    shop.run("--at", rows.day(4))
    again = shop.run("--at", rows.day(4), "--since", rows.day(0)).of("accuracy")
    assert (again[0]["value"], again[0]["first_value"]) == (0.5, 1.0)
    assert "judged again" not in text(shop, 4, "--since", rows.day(0))  # nothing is new in that
    assert [each["first_value"] for each in shop.run("--at", rows.day(4), "--since", rows.day(0)).of("volume")] == [
        None
    ] * 4


def test_a_clock_that_goes_back_forgets_no_label(shop: Project) -> None:
    shop.run("--at", rows.day(2))
    known = shop.run("--at", rows.day(4)).of("accuracy")[0]
    again = shop.run("--at", rows.day(2)).one("accuracy")
    assert again["window"] == known["window"]
    assert (again["value"], again["labelled_rows"]) == (known["value"], known["labelled_rows"]) == (0.5, 200)


def test_a_composite_follows_a_verdict_that_comes_late_where_no_newer_one_is_known(shop: Project) -> None:
    path = shop.folder / "monitors.yaml"
    both = "  both: {check: breaching, window: 3d, params: {of: {monitor: [accuracy, volume]}}, threshold: none}\n"
    path.write_text(path.read_text("utf-8").replace("delay: 1d", "delay: 2d", 1) + both, "utf-8")
    step = {}
    for day in (1, 2, 3, 4):
        for one in shop.run("--at", rows.day(day), "--fail-on", "never").of("both"):
            step[one["window"]["end"]] = one["value"]
    whole = shop.run("--at", rows.day(4), "--since", rows.day(0), "--fail-on", "never", "--dry-run").of("both")
    # Of day 0 accuracy is below its threshold; that of day 1 is not, and comes when the volume of day 2 is known.
    assert {each["window"]["end"]: each["value"] for each in whole} == step
    assert step[rows.day(3)] == 0.0


def test_a_back_test_knows_it_too(shop: Project) -> None:
    done = shop.call(
        "backtest",
        str(shop.folder / "monitors.yaml"),
        "--since",
        rows.day(0),
        "--until",
        rows.day(4),
        "--format",
        "json",
    )
    found = done.of("accuracy", window={"start": rows.day(0), "end": rows.day(1)})
    assert [(each["value"], each["first_value"], each["first_judged_at"]) for each in found] == [
        (0.5, 1.0, rows.day(2))
    ]


def test_frames_hold_it(shop: Project) -> None:
    run(shop.folder / "monitors.yaml", at=rows.day(2))
    frame = run(shop.folder / "monitors.yaml", at=rows.day(4)).to_frame().filter(pl.col("first_value").is_not_null())
    judged_at = datetime.fromisoformat(rows.day(2))
    assert frame.select("monitor", "value", "first_value", "first_judged_at").rows() == [
        ("accuracy", 0.5, 1.0, judged_at)
    ]


def test_a_notice_says_which_share_of_the_rows_has_a_label(shop: Project) -> None:
    path = shop.folder / "monitors.yaml"
    config = path.read_text("utf-8") + "  share: {metric: share, threshold: {critical: {above: 10%}}}\n"
    config += 'metrics: {share: {model: m, sql: "AVG(y)"}}\n'
    with receiver() as service:
        path.write_text(f'{config}channels: {{ops: {{url: "{service.url()}"}}}}\n', "utf-8")
        shop.run("--at", rows.day(2))
        assert "200 rows, labels 50%" in service.got[0]["message"]
