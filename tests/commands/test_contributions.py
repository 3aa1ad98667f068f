"""What carries a fall of a metric, in results and notices: on the flights, held against rows counted one by one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.commands.project import FLIGHTS, Project

MODEL = f"""
version: 1
defaults: {{timezone: America/New_York, window: 28d}}
sources:
  scored: {{path: "{FLIGHTS}/predictions/*.parquet", timestamp: scheduled_at}}
  outcomes: {{path: "{FLIGHTS}/outcomes/*.parquet", timestamp: landed_at}}
  training: {{path: "{FLIGHTS}/training.parquet"}}
models:
  late_arrival:
    task: binary
    source: scored
    roles: {{id: flight_id, score: p_late, prediction: late_predicted, target: late}}
    labels: {{source: outcomes, key: flight_id, delay: 1d}}
    features: [distance, carrier, origin, temp, humid]
    segments:
      origin: {{by: origin}}
      airline: {{by: carrier, top: 3, rest: false}}
      long_haul: {{where: "distance > 1500"}}
    baseline: training
"""
AT = "2013-07-15"


def rows() -> tuple[pl.DataFrame, pl.DataFrame]:
    """The labelled rows of the baseline and of the window."""
    outcomes = pl.read_parquet(f"{FLIGHTS}/outcomes/*.parquet").select("flight_id", "late")
    scored = pl.read_parquet(f"{FLIGHTS}/predictions/*.parquet")
    return pl.read_parquet(f"{FLIGHTS}/training.parquet"), scored.join(outcomes, on="flight_id", how="inner")


def by_hand(before: pl.DataFrame, now: pl.DataFrame, by: pl.Expr, top: pl.Expr, bottom: pl.Expr) -> dict[str, float]:
    """Kitagawa's effects from sums over rows, group by group."""
    sides = [
        {
            name: (float(num), float(den))
            for name, num, den in frame.group_by(by.alias("by"))
            .agg(top.sum().alias("n"), bottom.sum().alias("d"))
            .rows()
        }
        for frame in (before, now)
    ]
    totals = [tuple(sum(column) for column in zip(*side.values(), strict=True)) for side in sides]
    middle = sum(num / den for num, den in totals) / 2
    found = {}
    for name in sides[0] | sides[1]:
        (n0, d0), (n1, d1) = (side.get(name, (0.0, 0.0)) for side in sides)
        r0 = n0 / d0 if d0 else n1 / d1
        r1 = n1 / d1 if d1 else r0
        w0, w1 = d0 / totals[0][1], d1 / totals[1][1]
        found[name] = (w1 - w0) * ((r0 + r1) / 2 - middle) + (r1 - r0) * (w0 + w1) / 2
    return found


@pytest.fixture(scope="module")
def july(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    project = Project(tmp_path_factory.mktemp("july"))
    change = "threshold: {compare: change, warning: {below: -0.1%, above: 0.1%}}"
    project.write(
        MODEL,
        f"""
        metrics:
          flagged: {{sql: "SUM(CASE WHEN late_predicted = 1 THEN 1 ELSE 0 END) / COUNT(*)", unit: ratio}}
        thresholds:
          never: {{compare: change, warning: {{below: -90%}}}}
        monitors:
          right: {{check: accuracy, segments: [overall, origin], {change}}}
          alarms: {{check: precision, segments: [overall, airline], {change}}}
          both: {{check: f1, segments: [overall, long_haul], {change}}}
          probability: {{check: brier_score, segments: [overall, origin], {change}}}
          ranking: {{check: roc_auc, segments: [overall, origin], {change}}}
          crossed: {{check: recall, segments: [overall, [origin, long_haul]], {change}}}
          none: {{check: accuracy, {change}}}
          sound: {{check: accuracy, segments: [overall, origin], threshold: never}}
          flags: {{metric: flagged, segments: [overall, origin], {change}}}
          traffic: {{check: row_count, baseline: {{type: trailing, size: 56d}}, segments: [overall, origin], {change}}}
        """,
    )
    found = project.run("--at", AT, "--dry-run")
    return {row["monitor"]: row for row in found.results if row["segment"] is None}


def carried(row: dict[str, object]) -> dict[str, float]:
    contributions = row["contributions"]
    assert isinstance(contributions, list)
    return {one["name"]: one["value"] for one in contributions}


def window(row: dict[str, object]) -> tuple[pl.DataFrame, pl.DataFrame]:
    before, now = rows()
    span = row["window"]
    assert isinstance(span, dict)
    start, end = (pl.lit(span[one]).str.to_datetime(time_zone="UTC") for one in ("start", "end"))
    return before, now.filter((pl.col("scheduled_at") >= start) & (pl.col("scheduled_at") < end))


HIT = pl.col("late") == pl.col("late_predicted")
ALARM = pl.col("late_predicted") == 1
CAUGHT = ALARM & (pl.col("late") == 1)


@pytest.mark.parametrize(
    ("monitor", "by", "top", "bottom"),
    [
        ("right", pl.format("origin={}", "origin"), HIT.cast(int), HIT.is_not_null()),
        ("probability", pl.format("origin={}", "origin"), (pl.col("p_late") - pl.col("late")) ** 2, HIT.is_not_null()),
        (
            "both",
            pl.when(pl.col("distance") > 1500).then(pl.lit("long_haul=true")).otherwise(pl.lit("long_haul=false")),
            2 * CAUGHT.cast(int),
            ALARM.cast(int) + (pl.col("late") == 1).cast(int),
        ),
        (
            "crossed",
            pl.when(pl.col("distance") > 1500)
            .then(pl.format("origin={}, long_haul=true", "origin"))
            .otherwise(pl.lit("origin × long_haul=(others)")),
            CAUGHT.cast(int),
            (pl.col("late") == 1).cast(int),
        ),
    ],
    ids=["accuracy", "brier", "f1", "recall"],
)
def test_contributions_are_those_of_rows_counted_one_by_one(
    july: dict[str, dict[str, object]], monitor: str, by: pl.Expr, top: pl.Expr, bottom: pl.Expr
) -> None:
    row = july[monitor]
    assert row["status"] == "warning"
    expected = {name: one for name, one in by_hand(*window(row), by, top, bottom).items() if one}
    assert carried(row) == pytest.approx(expected, rel=1e-9, abs=1e-12)
    value, before = row["value"], row["baseline_value"]
    assert isinstance(value, float)
    assert isinstance(before, float)
    assert sum(carried(row).values()) == pytest.approx(value - before, abs=1e-12)


def test_what_lies_beyond_top_is_one_part(july: dict[str, dict[str, object]]) -> None:
    row = july["alarms"]
    before, now = window(row)
    ranked = before.group_by("carrier").len().sort("len", descending=True)["carrier"].head(3).to_list()
    by = pl.when(pl.col("carrier").is_in(ranked)).then(pl.format("airline={}", "carrier"))
    expected = by_hand(before, now, by.otherwise(pl.lit("airline=(others)")), CAUGHT.cast(int), ALARM.cast(int))
    assert carried(row) == pytest.approx(expected, rel=1e-9)


def test_a_metric_in_sql_and_an_amount_add_up_too(july: dict[str, dict[str, object]]) -> None:
    for monitor in ("flags", "traffic"):
        row = july[monitor]
        value, before = row["value"], row["baseline_value"]
        assert isinstance(value, float)
        assert isinstance(before, float)
        assert set(carried(row)) == {"origin=EWR", "origin=JFK", "origin=LGA"}
        assert sum(carried(row).values()) == pytest.approx(value - before, rel=1e-12)


def test_there_are_none_where_it_cannot_be_divided_nothing_is_sliced_or_nothing_is_wrong(
    july: dict[str, dict[str, object]],
) -> None:
    assert [july[name]["contributions"] for name in ("ranking", "none", "sound")] == [[], [], []]


def test_a_notice_says_what_most_of_it_is(project: Project) -> None:
    truth = [1] * 100 + [0] * 100
    where = (["NO"] * 50 + ["SE"] * 50) * 2
    frame = pl.DataFrame({"y": truth, "p": truth, "country": where})
    project.data("before.parquet", frame)
    wrong = pl.when(pl.col("country") == "SE").then(1 - pl.col("p")).otherwise(pl.col("p"))
    project.data("now.parquet", frame.with_columns(p=wrong))
    project.write(
        """
        version: 1
        sources: {now: {path: now.parquet}, before: {path: before.parquet}}
        models:
          m:
            task: binary
            source: now
            roles: {target: y, prediction: p}
            segments: {country: {by: country}}
            baseline: before
        monitors:
          right: {check: accuracy, segments: [overall, country], threshold: fall}
        thresholds: {fall: {compare: difference, critical: {below: -10%}}}
        channels: {log: {url: "json://localhost:9"}}
        """
    )
    project.run()
    with project.store() as store:
        bodies = [each.notice.body for each in store.pending_notices(None)]
    assert any("most of it: country=SE -50 pp" in body for body in bodies)


PREDICTIONS = """
version: 1
sources: {now: {path: now.parquet}, before: {path: before.parquet}}
models:
  m:
    source: now
    roles: {score: s}
    features: [a, b, c]
    baseline: before
"""


@pytest.fixture
def drifted(project: Project) -> Project:
    """`a` moves a little, `b` a lot, `c` not at all, and the score with `a`."""
    random = np.random.default_rng(5)
    a, b, c = random.normal(size=(3, 4_000))
    project.data("before.parquet", pl.DataFrame({"a": a, "b": b, "c": c, "s": 1 / (1 + np.exp(-a))}))
    a, b, c = random.normal(size=(3, 4_000)) + np.array([[0.5], [2.0], [0.0]])
    project.data("now.parquet", pl.DataFrame({"a": a, "b": b, "c": c, "s": 1 / (1 + np.exp(-a))}))
    return project


@pytest.mark.parametrize(
    ("importance", "expected"),
    [
        ("", ["b", "a"]),
        ("importance: {a: 0.9, b: 0.001, c: 0.5}", ["a", "b"]),
        ('importance: {"[ab]": 0.001, a: 0.9}', ["a", "b"]),
        ("importance: {a: 1}", ["a"]),
    ],
    ids=["by drift alone", "by drift and importance", "the exact name wins over a glob", "not given is none"],
)
def test_a_drift_of_scores_is_explained_by_the_features_that_drift_and_matter(
    drifted: Project, importance: str, expected: list[str]
) -> None:
    drifted.write(PREDICTIONS.rstrip() + f"\n    {importance}", "monitors: {drift: {preset: drift}}")
    found = drifted.run("--fail-on", "never")
    row = found.one("drift", column="s")
    assert row["status"] in ("warning", "critical")
    assert list(carried(row)) == expected
    assert found.one("drift", column="c")["contributions"] == []


CLASSIFIER = "domain: {check: domain_classifier, columns: [a, c]}"


@pytest.mark.parametrize(
    ("importance", "expected"),
    [("", ["a"]), ("importance: {b: 1}", ["b"])],
    ids=["what the classifier leans on", "what is declared comes first"],
)
def test_without_a_declared_importance_a_classifier_beside_says_which_features_matter(
    drifted: Project, importance: str, expected: list[str]
) -> None:
    drifted.write(PREDICTIONS.rstrip() + f"\n    {importance}", f"monitors: {{drift: {{preset: drift}}, {CLASSIFIER}}}")
    found = drifted.run("--fail-on", "never")
    row, told = found.one("drift", column="s"), carried(found.one("domain"))
    assert list(carried(row)) == expected
    if not importance:
        assert carried(row)["a"] == pytest.approx(found.one("drift", column="a")["value"] * told["a"])


def test_a_classifier_that_looks_at_other_rows_says_nothing_of_these(drifted: Project) -> None:
    found = PREDICTIONS.replace("features: [a, b, c]", "features: [a, b, c]\n    segments: {half: {where: c < 0}}")
    drifted.write(found, f"monitors: {{drift: {{preset: drift}}, {CLASSIFIER[:-1]}, segments: [half]}}}}")
    assert list(carried(drifted.run("--fail-on", "never").one("drift", column="s"))) == ["b", "a"]


def test_an_importance_of_a_column_that_is_not_there_is_told(drifted: Project) -> None:
    drifted.write(
        PREDICTIONS.replace("[a, b, c]", '["*"]').rstrip() + '\n    importance: {a: 1, bb: 2, "x*": 3}',
        "monitors: {drift: {preset: drift}}",
    )
    said = drifted.call("validate", str(drifted.folder / "monitors.yaml"), "--data")
    assert said.code == 2
    assert "`bb` is no column of the source `now`" in said.said
    assert "did you mean `b`?" in said.said
    assert "`x*` fits no column of the source `now`" in said.said


def test_a_back_test_says_what_runs_would_have_said(tmp_path: Path) -> None:
    project = Project(tmp_path)
    fall = "threshold: {compare: change, warning: {below: -0.1%}}"
    project.write(MODEL, f"monitors: {{right: {{check: accuracy, segments: [overall, origin], {fall}}}}}")
    ran = project.run("--at", AT, "--dry-run").one("right", segment=None)
    file = str(project.folder / "monitors.yaml")
    since = ("--since", "2013-05-01", "--until", "2013-08-01")
    replayed = project.call("backtest", file, *since, "--format", "json").document["results"]
    (same,) = [row for row in replayed if row["series"] == ran["series"] and row["window"] == ran["window"]]
    assert carried(same) == pytest.approx(carried(ran), abs=1e-12)
    assert carried(ran)
