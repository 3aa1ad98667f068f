"""What is behind a verdict, as a person asks for it: on rows that are easy to count, and on the flights."""

from __future__ import annotations

import json
from textwrap import dedent

import numpy as np
import polars as pl
import pytest

from tests.commands.project import FLIGHTS, ROOT, Project, Ran

MODEL = """
version: 1
sources: {now: {path: now.parquet}, before: {path: before.parquet}}
models:
  m:
    task: binary
    source: now
    roles: {target: y, prediction: p, score: s}
    features: [a, b, country]
    segments: {country: {by: country}, young: {where: "a < 0"}}
    baseline: before
"""


def rows(sweden_right: int, of_norway: int, shift: float) -> pl.DataFrame:
    """Norwegians, 9 in 10 predicted right, and Swedes, so many in 10; `a`, and with it the score, is shifted."""
    sweden = 1_000 - of_norway
    right = [at % 10 < 9 for at in range(of_norway)] + [at % 10 < sweden_right for at in range(sweden)]
    truth = np.arange(1_000) // 2 % 2
    random = np.random.default_rng(3)
    a, b = random.normal(size=(2, 1_000)) + np.array([[shift], [2 * shift]])
    return pl.DataFrame(
        {
            "y": truth,
            "p": np.where(right, truth, 1 - truth),
            "s": 1 / (1 + np.exp(-a)),
            "a": a,
            "b": b,
            "country": ["NO"] * of_norway + ["SE"] * sweden,
        }
    )


@pytest.fixture
def shop(project: Project) -> Project:
    """Swedes were half of the rows and are 70 %, and are predicted worse: 6 in 10 instead of 8."""
    project.data("before.parquet", rows(8, 500, 0.0))
    project.data("now.parquet", rows(6, 300, 0.5))
    return project


def explain(project: Project, name: str, *arguments: str) -> Ran:
    return project.call("explain", name, str(project.folder / "monitors.yaml"), *arguments)


FALL = "threshold: {compare: difference, warning: {below: -1%}, critical: {below: -10%}}"


def test_a_fall_of_accuracy_is_divided_among_the_segments_of_the_model(shop: Project) -> None:
    shop.write(MODEL, f"monitors: {{right: {{check: accuracy, {FALL}}}}}")
    found = explain(shop, "right")
    assert found.code == 0
    expected = """
        right/m: critical
        check         Accuracy
        window        all rows, 1,000 rows, as of
        value         69.0% (95% interval 66.1% … 71.8%)
        baseline      85.0%, before, 1,000 rows
        difference    -16.0%
        threshold     difference: warning < -1.00%, critical < -10.0%
        why           85.0% -> 69.0%, -16.0% is < -10.0%

          by country: 85.0% -> 69.0%, -16.0 pp = mix -4.0 pp, rate -12.0 pp
            segment      rows   share     was   baseline   window       mix       rate       adds   of it
        ─────────────────────────────────────────────────────────────────────────────────────────────────
            country=SE    700   70.0%   50.0%      80.0%    60.0%   -1.4 pp   -12.0 pp   -13.4 pp     84%
            country=NO    300   30.0%   50.0%      90.0%    90.0%   -2.6 pp    +0.0 pp    -2.6 pp     16%
    """
    said = found.stdout
    for line in dedent(expected).strip().splitlines():
        assert " ".join(line.split()) in " ".join(said.split()), (line, said)
    assert "by young: 85.0% -> 69.0%" in said
    assert "young=false" in said


def test_json_has_every_part_and_they_add_up(shop: Project) -> None:
    shop.write(MODEL, f"monitors: {{right: {{check: accuracy, {FALL}}}}}")
    document = json.loads(explain(shop, "right/m", "--format", "json").stdout)
    (one,) = document["explained"]
    assert (one["status"], one["series"], one["check"]) == ("critical", "right/m", "accuracy")
    for by in one["segments"]:
        assert by["change"] == pytest.approx(-0.16)
        assert sum(part["mix"] + part["rate"] for part in by["parts"]) == pytest.approx(by["change"], abs=1e-12)
        assert sum(part["rows"] for part in by["parts"]) == 1_000
        assert sum(part["baseline_rows"] for part in by["parts"]) == 1_000
    country = {part["segment"]: part for part in one["segments"][0]["parts"]}
    assert country["country=SE"]["contribution"] == pytest.approx(-0.2 * 0.6 + 0.2 * (0.7 - 0.77))
    assert one["alert"] is None


def test_what_explain_says_is_what_the_run_said(shop: Project) -> None:
    shop.write(MODEL, f"monitors: {{right: {{check: accuracy, segments: [overall, country], {FALL}}}}}")
    shop.run("--fail-on", "never")
    with_store = json.loads(explain(shop, "right/m", "--format", "json").stdout)["explained"][0]
    ran = shop.run("--fail-on", "never").one("right", segment=None)
    assert {key: with_store[key] for key in ran} == ran
    parts = {part["segment"]: part["contribution"] for part in with_store["segments"][0]["parts"]}
    assert parts == pytest.approx({one["name"]: one["value"] for one in ran["contributions"]})
    assert with_store["alert"]["state"] == "firing"
    assert with_store["alert"]["told"] == []


def test_what_cannot_be_divided_stands_side_by_side_with_the_reason(shop: Project) -> None:
    shop.write(MODEL, f"monitors: {{ranking: {{check: roc_auc, {FALL}}}}}")
    said = explain(shop, "ranking").stdout
    assert "by country, side by side: roc_auc is no mean over rows" in said
    document = json.loads(explain(shop, "ranking", "--format", "json").stdout)
    parts = document["explained"][0]["segments"][0]["parts"]
    assert [part["segment"] for part in parts] == ["country=SE", "country=NO"]
    assert all(part["value"] and part["baseline_value"] and part["contribution"] is None for part in parts)


def test_a_fixed_limit_is_explained_against_the_baseline_that_there_is(shop: Project) -> None:
    shop.write(MODEL, "monitors: {right: {check: accuracy, threshold: {critical: {below: 90%}}}}")
    said = explain(shop, "right").stdout
    assert "threshold    critical < 90.0%" in said
    assert "by country: 85.0% -> 69.0%" in said


@pytest.mark.parametrize(
    ("importance", "said", "first"),
    [
        ("", "by feature, drift alone: the model declares no `importance`", "b"),
        ("importance: {a: 0.9, b: 0.01}", "by feature, drift × importance", "a"),
    ],
)
def test_a_drift_of_scores_is_explained_by_features_that_the_monitor_does_not_measure(
    shop: Project, importance: str, said: str, first: str
) -> None:
    shop.write(MODEL.rstrip() + f"\n    {importance}", "monitors: {scores: {check: psi, columns: score}}")
    assert said in explain(shop, "scores").stdout
    features = json.loads(explain(shop, "scores", "--format", "json").stdout)["explained"][0]["features"]
    parts = {part["column"]: part for part in features["parts"]}
    assert set(parts) == {"a", "b", "country"}
    assert features["parts"][0]["column"] == first
    assert parts["b"]["drift"] > parts["a"]["drift"] > parts["a"]["noise_floor"]
    expected = parts["a"]["drift"] * (0.9 if importance else 1)
    assert parts["a"]["contribution"] == pytest.approx(expected)


def test_a_classifier_beside_weighs_the_features_of_a_model_that_declares_no_importance(shop: Project) -> None:
    monitors = "{scores: {check: psi, columns: score}, domain: {check: domain_classifier, columns: [a, country]}}"
    shop.write(MODEL, f"monitors: {monitors}")
    assert "by feature, drift × importance: how well each tells window from baseline, as domain has learnt" in " ".join(
        explain(shop, "scores").stdout.split()
    )
    features = json.loads(explain(shop, "scores", "--format", "json").stdout)["explained"][0]["features"]
    parts = {part["column"]: part for part in features["parts"]}
    told = {one["name"]: one["value"] for one in shop.run("--fail-on", "never").one("domain")["contributions"]}
    assert features["weighed"] is True
    assert {name: part["importance"] for name, part in parts.items()} == {"b": None, **told}
    assert features["parts"][0]["contribution"] == pytest.approx(parts["a"]["drift"] * told["a"])


def test_of_a_monitor_what_breaches_is_explained_and_the_rest_is_counted(shop: Project) -> None:
    shop.write(MODEL, "monitors: {drift: {preset: drift}, q: {preset: quality}}")
    document = json.loads(explain(shop, "drift", "--format", "json").stdout)
    assert [one["column"] for one in document["explained"]] == ["b", "a", "s", "country"]
    assert document["others"] == {"ok": 1}
    assert "1 series of it not shown: 1 ok; name one to see it" in explain(shop, "drift").stdout
    assert explain(shop, "q").code == 0
    assert explain(shop, "q.schema").code == 0
    assert explain(shop, "drift/m/country").stdout.splitlines()[0] == "drift/m/country: warning"


def test_which_categories_moved_is_said(shop: Project) -> None:
    shop.write(MODEL, "monitors: {mix: {check: chi_square, columns: [country], threshold: {warning: {above: 10}}}}")
    assert "NO -0.2, SE +0.2" in explain(shop, "mix").stdout


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("rigth", "there is no monitor or series rigth; did you mean right?"),
        ("right/n", "there is no monitor or series right/n; did you mean right/m?"),
        (
            "right/m/country=DK",
            "no series right/m/country=DK in that window; did you mean right/m/country=SE?",
        ),
        ("worst", "worst looks at verdicts of other monitors, not at rows; explain one of those"),
        ("off", "monitor off measures nothing: enabled: false"),
    ],
)
def test_a_name_that_means_nothing_is_told_with_what_was_meant(shop: Project, name: str, said: str) -> None:
    shop.write(
        MODEL,
        f"""
        monitors:
          right: {{check: accuracy, segments: [overall, country], {FALL}}}
          worst: {{check: breaching, params: {{of: {{monitor: right}}}}, threshold: {{critical: {{above: 0}}}}}}
          off: {{check: accuracy, enabled: false, {FALL}}}
        """,
    )
    found = explain(shop, name)
    assert found.code == 2
    assert said in found.stderr


def test_a_source_that_cannot_be_read_is_an_answer_and_exits_with_3(shop: Project) -> None:
    shop.write(MODEL, f"monitors: {{right: {{check: accuracy, {FALL}}}}}")
    (shop.folder / "now.parquet").unlink()
    found = explain(shop, "right")
    assert found.code == 3
    assert "now.parquet" in found.stdout


def test_nothing_is_written(shop: Project) -> None:
    shop.write(MODEL, f"monitors: {{right: {{check: accuracy, {FALL}}}}}")
    before = shop.files()
    explain(shop, "right")
    assert shop.files() == before


def test_without_an_instant_it_is_as_of_the_last_verdict_that_the_store_has(project: Project) -> None:
    project.write(
        f"""
        version: 1
        sources:
          scored: {{path: "{FLIGHTS}/predictions/*.parquet", timestamp: scheduled_at}}
          training: {{path: "{FLIGHTS}/training.parquet"}}
        thresholds: {{warmer: {{compare: change, critical: {{above: 20%}}}}}}
        models:
          late: {{source: scored, roles: {{score: p_late}}, baseline: training, segments: {{origin: {{by: origin}}}}}}
        monitors:
          temperature: {{check: mean, columns: [temp], window: 7d, threshold: warmer}}
        """
    )
    assert explain(project, "temperature").stdout.count("08-2") >= 1
    project.run("--at", "2013-06-01", "--fail-on", "never")
    said = explain(project, "temperature").stdout
    assert "window       05-23 … 05-30" in said
    assert "alert        firing (critical) since 2013-05-30 00:00 UTC" in said
    assert "by origin: " in said
    assert "window       07-" in explain(project, "temperature", "--at", "2013-07-20").stdout


def test_the_example_is_explained(project: Project) -> None:
    found = project.call("explain", "f1", str(ROOT / "monitors.example.yaml"), "--at", "2013-08-01")
    assert found.code == 0
    assert "by origin: 0.4674 -> 0.3346, -0.1328 = mix -0.0057, rate -0.1271" in found.stdout
    mae = project.call("explain", "mae", str(ROOT / "monitors.example.yaml"), "--at", "2013-08-01")
    assert "`driftline discover mae/delay_minutes` looks for the part of the rows" in mae.stdout


def test_an_alert_is_explained_by_the_id_that_its_notice_gives(shop: Project) -> None:
    shop.write(MODEL, f"monitors: {{right: {{check: accuracy, {FALL}}}}}")
    ran = shop.run("--fail-on", "never")
    (alert,) = ran.alerts
    found = explain(shop, alert["id"])
    assert found.stdout.splitlines()[0] == "right/m: critical"
    assert "alert         firing (critical)" in found.stdout
    assert explain(shop, "0123456789abcdef").code == 2


def test_a_run_says_at_the_terminal_what_most_of_a_breach_is(shop: Project) -> None:
    shop.write(MODEL, f"monitors: {{right: {{check: accuracy, segments: [overall, country], {FALL}}}}}")
    said = shop.call("run", str(shop.folder / "monitors.yaml"), "--dry-run").stdout
    assert "most of it: country=SE -13.4 pp, country=NO -2.6 pp" in said
