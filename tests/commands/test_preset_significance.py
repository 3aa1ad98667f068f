"""The gate of the performance preset: what labels differ by chance stays quiet, what fell does not."""

from __future__ import annotations

import pytest

from driftline.compile.presets import PRESETS
from driftline.registry import load
from driftline.schema.semantics.presets import GATED_PRESETS, PRESET_CHECKS
from tests.commands import rows
from tests.commands.project import FLIGHTS, Project, Ran

PRESET = "monitors: {quality-of-answers: {preset: performance}}"
MEMBERS = tuple(f"quality-of-answers.{kind}" for kind in ("roc_auc", "accuracy", "precision", "recall", "f1"))


def judged(project: Project, days: int, monitors: str = PRESET, defaults: str = "") -> Ran:
    """The verdicts of so many days of 200 rows in which nothing moves."""
    project.data("scored.parquet", rows.scored(days))
    project.data("training.parquet", rows.training())
    project.write(rows.MODEL.replace("window: 1d", f"window: 1d{defaults}"), monitors)
    return project.run("--at", rows.day(days), "--since", rows.day(0), "--dry-run")


def test_labels_that_differ_by_chance_raise_no_alarm(project: Project) -> None:
    results = judged(project, 30).results
    beyond = [each for each in results if each["reason"] and each["reason"].startswith("beyond")]
    assert len(beyond) > 10  # 200 rows differ by 5 % easily
    assert all("not significant" in each["reason"] and each["p_adjusted"] > 0.01 for each in beyond)
    assert sum(each["status"] != "ok" for each in results) <= 2  # of 180, at alpha 1 %


def test_a_team_may_switch_the_gate_off_or_set_another_level(project: Project) -> None:
    bare = judged(project, 10, PRESET.replace("performance", "performance, significance: none"))
    assert {each["p_adjusted"] for each in bare.results} == {None}
    assert any(each["status"] == "critical" for each in bare.results)
    off = judged(project, 3, defaults=", significance: none")
    assert {each["p_adjusted"] for each in off.results} == {None}


@pytest.mark.parametrize(
    ("defaults", "preset", "value", "layer"),
    [
        ("", "", "alpha 0.01, benjamini hochberg", "preset"),
        (", significance: {alpha: 5%}", "", "alpha 0.05, benjamini hochberg", "root defaults"),
        (", significance: {alpha: 5%}", ", significance: none", "none", "monitor"),
    ],
)
def test_plan_says_whence_the_gate_comes(project: Project, defaults: str, preset: str, value: str, layer: str) -> None:
    judged(project, 1, PRESET.replace("performance", f"performance{preset}"), defaults)
    arguments = ("plan", str(project.folder / "monitors.yaml"), "--at", rows.day(1), "--origin")
    found = project.call(*arguments, "--format", "json").document["monitors"]
    assert {each["significance"] for each in found} == {None if value == "none" else float(value.split()[1][:-1])}
    assert {each["origins"]["significance"]["layer"] for each in found} == {layer}
    assert any(value in line and layer in line for line in project.call(*arguments).stdout.splitlines())


def test_the_flights_fell_and_are_told(project: Project) -> None:
    project.write(
        f"""
        version: 1
        defaults: {{window: 1w, timezone: America/New_York}}
        sources:
          scored: {{path: {FLIGHTS}/predictions/*.parquet, timestamp: scheduled_at}}
          outcomes: {{path: {FLIGHTS}/outcomes/*.parquet, timestamp: landed_at}}
          training: {{path: {FLIGHTS}/training.parquet}}
        models:
          late:
            task: binary
            source: scored
            labels: {{source: outcomes, key: flight_id, delay: 1d}}
            roles: {{id: flight_id, score: p_late, prediction: late_predicted, target: late}}
            baseline: training
        {PRESET}
        """
    )
    found = project.run("--at", "2013-05-02", "--dry-run").results
    assert {each["window"]["start"][:10] for each in found} == {"2013-04-22"}
    critical = {each["monitor"] for each in found if each["status"] == "critical"}
    assert critical >= {*MEMBERS, "quality-of-answers.log_loss"} - {"quality-of-answers.precision"}


def test_presets_are_the_same_to_those_who_check_and_those_who_compile() -> None:
    made = {name: tuple(member.check for member in members) for name, members in PRESETS.items()}
    assert made == PRESET_CHECKS
    registry = load()
    gated = {
        name
        for name, members in PRESETS.items()
        if any(member.significance or registry.check_class(member.check).significance for member in members)
    }
    assert gated == GATED_PRESETS
