"""Checks that look at many columns in one series: what matchers, misfits and results say of them."""

from __future__ import annotations

import pytest

from tests.commands import rows
from tests.commands.project import Project

SERIES = "has one series over all of its columns, which is of no column"


@pytest.fixture
def shop(project: Project) -> Project:
    project.data("scored.parquet", rows.scored(2))
    project.data("training.parquet", rows.training(500))
    return project


def warned(shop: Project, *arguments: str) -> list[tuple[str, str, str | None]]:
    done = shop.call("validate", str(shop.folder / "monitors.yaml"), "--format", "json", *arguments)
    found = [(one["code"], one["message"], one.get("hint")) for one in done.document["diagnostics"]]
    return [one for one in found if one[0] != "DL080"]  # segments that no monitor uses


def test_an_override_for_a_column_of_theirs_is_told_once_to_match_nothing(shop: Project) -> None:
    shop.write(
        rows.MODEL,
        """
        monitors: {pairs: {check: correlation_change}, each: {check: psi}}
        overrides: [{match: {monitor: pairs, column: x}, set: {min_rows: 50}}]
        """,
    )
    told = [("DL081", "the override matches no monitor", f"`correlation_change` {SERIES}; leave `column` out")]
    assert warned(shop) == warned(shop, "--data") == told


def test_a_silence_of_a_column_of_theirs_says_why_it_matches_nothing(shop: Project) -> None:
    shop.write(
        rows.MODEL,
        """
        monitors: {all: {check: mmd}, each: {check: psi}}
        silences: [{match: {monitor: all, column: x}, end: 2024-02-01, reason: known}]
        """,
    )
    assert ("DL089", f"`x` matches no series: `mmd` {SERIES}", None) in warned(shop, "--data")


def test_one_that_cannot_measure_enough_columns_says_so_once(shop: Project) -> None:
    shop.write(rows.MODEL.replace("[x, z, c]", "[x, c]"), "monitors: {pairs: {check: correlation_change}}")
    reason = "correlation_change looks at 2 columns or more at once, and can measure 1"
    assert [message for _, message, _ in warned(shop, "--data")] == [
        f"the monitor `pairs` measures nothing of `m`: {reason}"
    ]
    done = shop.call("run", str(shop.folder / "monitors.yaml"), "--at", rows.day(2), "--dry-run")
    assert [line for line in done.said.splitlines() if "pairs" in line] == [f"not judged: pairs/m: {reason}"]
    plan = shop.call("plan", str(shop.folder / "monitors.yaml"), "--at", rows.day(2)).stdout
    assert "no column that the check can measure" not in plan


def test_every_distance_has_a_noise_floor(shop: Project) -> None:
    shop.write(
        rows.MODEL,
        """
          r: {task: regression, source: scored, roles: {prediction: p, target: z}, baseline: training, features: [x]}
        monitors:
          all: {check: mmd, model: m}
          pairs: {check: correlation_change, model: m}
          errors: {check: residual_drift, model: r}
          moved: {check: residual_drift, model: r, params: {distance: wasserstein}}
          right: {check: calibration_drift, model: m}
        """,
    )
    done = shop.run("--at", rows.day(2), "--dry-run")
    floors = {each["monitor"]: each["noise_floor"] for each in done.results}
    assert len(floors) == 5
    assert all(floor is not None and floor > 0 for floor in floors.values()), floors
