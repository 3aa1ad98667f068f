"""Where the proposal of `driftline tune` belongs: it is valid there, and wins over what stands before it."""

from __future__ import annotations

from tests.commands import rows
from tests.commands.project import Project
from tests.commands.test_tune import HIGH, INCIDENT, ONE_DAY, SPIKES, WEEKS, fired, paste, shop, tune


def test_a_file_with_overrides_gets_items_for_its_list(project: Project) -> None:
    earlier = "overrides:\n    - match: {monitor: high}\n      set: {threshold: {critical: {above: 2.5}}}"
    shop(project, {**SPIKES, **ONE_DAY}, HIGH, INCIDENT, earlier)
    done = tune(project, "--format", "yaml")
    place = f"{project.folder / 'monitors.yaml'}:18"
    assert f"paste this behind the last item of `overrides`, {place}" in done.stdout.replace("\n# ", " ")
    assert "\noverrides:" not in done.stdout
    assert "\n    - {match: {monitor: high}, set: {threshold: {critical: {above: 3.1}}}}\n" in done.stdout
    assert "    # instead of threshold: {critical: {above: 2.5}}\n" in done.stdout
    paste(project, done.stdout)
    assert fired(project) == {"high": 2}


def test_a_list_in_brackets_has_to_be_written_in_lines_first(project: Project) -> None:
    shop(project, SPIKES, HIGH, "overrides: [{match: {monitor: high}, set: {min_rows: 50}}]")
    assert "is a list in brackets: write it as lines that begin with `- `" in tune(project).stdout.replace("\n# ", " ")


def test_in_an_environment_with_overrides_of_its_own_they_are_what_is_added_to(project: Project) -> None:
    environments = """
    environments:
      prod:
        overrides:
          - {match: {monitor: high}, set: {threshold: {critical: {above: 2.5}}}}
      dev: {}
    """
    shop(project, {**SPIKES, **ONE_DAY}, HIGH, INCIDENT, environments)
    done = tune(project, "--format", "yaml", "--env", "prod")
    assert "\n      - {match: {monitor: high}, set: {threshold: {critical: {above: 3.1}}}}\n" in done.stdout
    dev = tune(project, "--format", "yaml", "--env", "dev").stdout
    assert "\noverrides:\n" in dev
    path = project.folder / "monitors.yaml"
    path.write_text(path.read_text("utf-8") + dev, "utf-8")
    assert project.call("validate", str(path)).code == 0


def test_members_of_presets_and_monitors_of_several_models_are_named(project: Project) -> None:
    two = rows.MODEL + "  n: {source: scored, features: [x], baseline: training}\n"
    noisy = dict.fromkeys(WEEKS, 8.0)
    shop(project, noisy)
    project.write(two, "monitors: {moves: {preset: drift, model: [m, n]}}")
    done = tune(project, "--format", "yaml", budget="0/week")
    assert "{match: {monitor: moves, model: m" in done.stdout
    assert "{match: {monitor: moves, model: n}" in done.stdout
    paste(project, done.stdout)
