"""`driftline doctor` on real stores: each finding is seen, with its numbers, and gone once its edit is made."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
import yaml

from driftline.doctor.finding import KINDS
from tests.commands.project import ROOT, Project, Ran
from tests.commands.rows import MODEL as SLICED
from tests.commands.rows import day, labels, scored, training

Found = dict[str, Any]
MODEL = SLICED.replace('    segments: {colour: {by: c}, tall: {where: "x > 1"}}\n', "")  # validate warns of idle ones


def doctor(project: Project, *arguments: str, **env: str) -> Ran:
    return project.call("doctor", str(project.folder / "monitors.yaml"), "--format", "json", *arguments, env=env)


def findings(project: Project, kind: str | None = None, **env: str) -> list[Found]:
    found: list[Found] = doctor(project, **env).document["findings"]
    return [one for one in found if kind is None or one["kind"] == kind]


def one(project: Project, kind: str, **env: str) -> Found:
    found = findings(project, kind, **env)
    assert len(found) == 1, [each["what"] for each in found]
    return found[0]


def watch(
    project: Project, *monitors: str, days: int = 20, frame: pl.DataFrame | None = None, model: str = MODEL
) -> None:
    """A model with these monitors, judged on every day."""
    project.data("scored.parquet", scored(days) if frame is None else frame)
    project.data("training.parquet", training().with_columns(holed=1.0))
    project.write(model, *monitors)
    project.run("--at", day(days), "--since", day(0))


def merged(base: Any, over: Any) -> Any:
    """Maps merge deeply, lists grow, anything else is replaced; nothing under a key leaves what is there."""
    if isinstance(base, dict) and isinstance(over, dict):
        return base | {key: merged(base[key], value) if key in base else value for key, value in over.items()}
    if isinstance(base, list) and isinstance(over, list):
        return base + over
    return base if over in (None, "") else over


def make(edit: str, project: Project) -> None:
    """The edit of a finding, made in the file."""
    path = project.folder / "monitors.yaml"
    whole = merged(yaml.load(path.read_text("utf-8"), yaml.BaseLoader), yaml.load(edit, yaml.BaseLoader))
    path.write_text(yaml.safe_dump(whole, sort_keys=False), "utf-8")
    assert project.call("validate", str(path), "--allow-missing-env").code == 0, edit


def test_without_history_it_says_how_much_it_could_look_at(project: Project) -> None:
    project.data("scored.parquet", scored(3))
    project.data("training.parquet", training())
    project.write(MODEL, "monitors: {drift: {check: psi}}")
    ran = project.call("doctor", str(project.folder / "monitors.yaml"))
    assert (ran.code, ran.stderr) == (0, "")
    assert ran.stdout == (
        f"{project.folder}/monitors.yaml: looked at 1 monitor, and no history: there are no stored verdicts, so "
        "thresholds, alerts and data could not be looked at; run, or make up for the past with `driftline run "
        "--since`\n"
        "\nnothing found\n"
    )
    assert not (project.folder / ".driftline").exists()


def test_a_threshold_that_always_fires_gets_one_from_what_was_read(project: Project) -> None:
    watch(
        project,
        "monitors:\n  level: {check: mean, columns: z, threshold: {warning: {above: 40}, critical: {above: 45}}}",
    )
    found = one(project, "fires-always")
    assert found["severity"] == "problem"
    assert found["what"] == "level of m fires in most windows"
    assert found["evidence"].startswith(
        "20 of 20 verdicts breach (100%): z 20 of 20; threshold {warning: {above: 40}, critical: {above: 45}}, "
        "median 49.88"
    )
    assert "would have been breached by 0 of 20 verdicts (0.0%)" in found["edit"]
    assert found["line"] == 14
    make(found["edit"], project)
    assert findings(project, "fires-always") == []
    assert project.run("--at", day(20), "--since", day(0)).statuses("level") == {"z": "ok"}


def test_of_several_columns_only_the_noisy_one_gets_an_exception(project: Project) -> None:
    watch(project, "monitors:\n  level: {check: mean, columns: [x, z], threshold: {critical: {above: 10}}}")
    found = one(project, "fires-always")
    assert found["evidence"].startswith("20 of 20 verdicts breach (100%): z 20 of 20;")
    assert found["edit"].startswith(
        "overrides:\n  - {match: {monitor: level, column: z}, set: {threshold: {critical: {above: 5"
    )
    make(found["edit"], project)
    assert findings(project, "fires-always") == []


def test_what_is_as_bad_as_it_can_be_is_only_recorded(project: Project) -> None:
    frame = scored(14).with_columns(pl.lit(None, pl.Float64).alias("x"))
    watch(project, "monitors:\n  gaps: {check: missing_rate, columns: x, threshold: {critical: {above: 20%}}}",
          days=14, frame=frame)  # fmt: skip
    assert "threshold: none" in one(project, "fires-always")["edit"]


def test_a_threshold_that_was_changed_since_is_judged_as_it_is_now(project: Project) -> None:
    watch(project, "monitors:\n  level: {check: mean, columns: z, threshold: {critical: {above: 40}}}")
    project.write(MODEL, "monitors:\n  level: {check: mean, columns: z, threshold: {critical: {above: 60}}}")
    assert findings(project, "fires-always") == []


def test_a_threshold_that_nothing_came_near_gets_a_nearer_warning(project: Project) -> None:
    watch(project, "monitors:\n  level: {check: mean, columns: z, threshold: {critical: {above: 500}}}")
    found = one(project, "threshold-far")
    assert found["severity"] == "advice"
    assert "the nearest bound is above 500" in found["evidence"]
    assert "critical: {above: 500}" in found["edit"]
    assert "breached by 0 of 20 verdicts" in found["edit"]
    make(found["edit"], project)
    assert findings(project, "threshold-far") == []


def test_what_guards_against_a_disaster_and_reads_the_same_ever_is_left_alone(project: Project) -> None:
    watch(project, "monitors:\n  gaps: {check: missing_rate, threshold: {critical: {above: 20%}}}")
    assert findings(project) == []


def test_a_bound_on_a_difference_that_the_range_rules_out(project: Project) -> None:
    watch(
        project,
        "monitors:\n  right: {check: accuracy, "
        "threshold: {compare: difference, warning: {below: -5%}, critical: {below: -90%}}}",
    )
    found = one(project, "threshold-unreachable")
    assert found["what"] == "right of m can never be critical: below -90.0% is out of reach"
    assert found["evidence"].startswith("accuracy lies between 0 and 1 and its baseline read 7")
    make(found["edit"], project)
    assert findings(project, "threshold-unreachable") == []


def test_an_alert_that_comes_and_goes_gets_a_policy_that_was_tried_on_its_verdicts(project: Project) -> None:
    shift = dict.fromkeys((3, 6, 9, 12, 15), 5.0)
    watch(project, "monitors:\n  level: {check: mean, columns: x, threshold: {critical: {above: 1}}}",
          frame=scored(20, shift=shift))  # fmt: skip
    found = one(project, "flapping")
    assert found["evidence"] == "level/m/x fired 5 times and was resolved 5 times in 20 windows"
    assert found["edit"] == "monitors:\n  level:\n    alert: {for: 2}\n# would have fired 0 times instead of 5"
    make(found["edit"], project)
    project.run("--at", day(20), "--since", day(0))
    assert findings(project, "flapping") == []


def test_an_alert_around_its_bound_gets_room_to_recover(project: Project) -> None:
    shift = {number: 1.8 if number % 5 == 0 else 2.0 for number in range(5, 28)}
    monitor = "monitors:\n  level: {check: mean, columns: x, threshold: {critical: {above: 1.9}}}"
    watch(project, monitor, days=60, frame=scored(60, shift=shift, per_day=1_000))
    found = one(project, "flapping")
    assert "recovery: {below: 1.5}" in found["edit"]


@pytest.mark.parametrize(
    ("monitor", "kind", "says"),
    [
        ("{check: mean, columns: empty, threshold: {critical: {above: 1}}}", "always-no-data",
         "level of m has no data in most windows; 20 of 20 verdicts; most often: empty holds no finite number in "
         "200 rows"),
        ("{check: mean, columns: gone, threshold: {critical: {above: 1}}}", "always-error",
         "level of m fails in most windows; 20 of 20 verdicts; most often: "),
        ("{check: mean, columns: z, min_rows: 500, threshold: {critical: {above: 90}}}", "too-few-rows",
         "level of m has too few rows in most windows; 20 of 20 verdicts; most often: 200 rows in the window, "
         "min_rows is 500"),
        ("{check: missing_rate, columns: holed, threshold: {compare: change, critical: {above: 90%}}}",
         "baseline-missing", "level of m has no data in most windows; 20 of 20 verdicts; most often: "),
    ],
)  # fmt: skip
def test_a_monitor_without_a_number_in_most_windows(project: Project, monitor: str, kind: str, says: str) -> None:
    holed = pl.when(pl.col("id") % 9 > 0).then(1.0)
    frame = scored(20).with_columns(pl.lit(None, pl.Float64).alias("empty"), holed.alias("holed"))
    watch(project, f"monitors:\n  level: {monitor}", frame=frame)
    found = one(project, kind)
    assert f"{found['what']}; {found['evidence']}".startswith(says)
    make(found["edit"], project)


def test_a_longer_window_has_enough_rows(project: Project) -> None:
    watch(project, "monitors:\n  level: {check: mean, columns: z, min_rows: 500, threshold: {critical: {above: 90}}}")
    edit = one(project, "too-few-rows")["edit"]
    assert "window: {size: 3d, every: 1d}\n# about 600 rows per window where there were 200" in edit
    make(edit, project)
    assert project.run("--at", day(20), "--since", day(5)).statuses("level") == {"z": "ok"}


def test_segments_that_are_too_small(project: Project) -> None:
    monitor = "monitors:\n  level: {check: mean, columns: z, segments: [colour], threshold: {critical: {above: 90}}}"
    watch(project, monitor, model=SLICED.replace(', tall: {where: "x > 1"}', ""))
    found = one(project, "segments-too-small")
    assert found["severity"] == "advice"
    assert found["what"] == "2 of 3 segments of colour are too small for level of m"
    assert "rows, min_rows is 100" in found["evidence"]
    assert "colour: {by: c, top: 1}" in found["edit"]
    make(found["edit"], project)


def test_alerts_without_a_channel_reach_nobody(project: Project) -> None:
    watch(project, "monitors:\n  level: {check: mean, columns: z, threshold: {critical: {above: 45}}}")
    found = one(project, "nobody-told")
    assert (found["severity"], found["what"]) == ("problem", "no channel is declared")
    assert found["evidence"] == "1 alert fired, and nobody was told"
    make(found["edit"], project)


def test_an_alert_that_fires_and_that_no_route_matches(project: Project) -> None:
    watch(
        project,
        "monitors:\n  level: {check: mean, columns: z, threshold: {warning: {above: 45}}}",
        'channels: {ops: {url: "json://127.0.0.1:9"}}\nroutes: [{match: {severity: critical}, channels: [ops]}]',
    )
    found = one(project, "nobody-told")
    assert found["evidence"] == "1 alert firing now, such as level/m/z; 1 route of the file"
    make(found["edit"], project)


def test_alerts_that_are_routed_nowhere_on_purpose_and_fire_often(project: Project) -> None:
    watch(
        project,
        "monitors:\n  level: {check: mean, columns: x, threshold: {critical: {above: 1}}, alert: {route: false}}",
        'channels: {ops: {url: "json://127.0.0.1:9"}}',
        frame=scored(20, shift=dict.fromkeys((3, 6, 9), 5.0)),
    )
    found = one(project, "nobody-told")
    assert (found["severity"], found["evidence"]) == ("advice", "it fired 3 times and `route: false` tells nobody")


def test_a_channel_that_never_takes_its_notices(project: Project) -> None:
    monitor = "monitors:\n  level: {check: mean, columns: z, threshold: {critical: {above: 45}}}"
    watch(project, monitor, 'channels: {ops: {url: "json://127.0.0.1:9"}}', days=5)
    assert findings(project, "channel-unusable") == []  # once may happen
    for _ in range(2):
        project.run("--at", day(5))
    found = one(project, "channel-unusable")
    assert found["evidence"] == (
        "1 still waiting, up to 3 tries each; last: the service cannot be reached: the connection failed"
    )


def test_a_channel_whose_address_is_none(project: Project) -> None:
    watch(project, "monitors: {drift: {check: psi}}", 'channels: {ops: {url: "nothing://there"}}', days=2)
    assert one(project, "channel-unusable")["what"] == "the url of channel ops cannot be used"


WITH_LABELS = MODEL.replace("    baseline:", "    labels: {source: truth, key: id, delay: 1d}\n    baseline:").replace(
    "sources:\n", "sources:\n  truth: {path: truth.parquet, timestamp: known_at}\n"
)
RIGHT = "monitors:\n  right: {check: accuracy, threshold: {critical: {below: 10%}}}"


def labelled(project: Project, truth: pl.DataFrame, days: int = 20) -> None:
    frame = scored(days)
    project.data("scored.parquet", frame.drop("y"))
    project.data("training.parquet", training())
    project.data("truth.parquet", truth)
    project.write(WITH_LABELS, RIGHT)
    project.run("--at", day(days), "--since", day(0))


def test_labels_that_come_later_than_said(project: Project) -> None:
    truth = labels(scored(20))
    labelled(project, truth.filter(pl.col("known_at") < pl.lit(truth["known_at"].max()) - pl.duration(days=8)))
    found = one(project, "labels-late")
    assert "7 d 18 h apart, delay is 1d" in found["evidence"]
    assert "labels: {source: truth, key: id, delay: 8d}" in found["edit"]
    make(found["edit"], project)
    assert [each for each in findings(project, "labels-late") if "come later" in each["what"]] == []


def test_few_rows_have_a_label_when_they_are_judged(project: Project) -> None:
    truth = labels(scored(20))
    labelled(project, pl.concat([truth.gather_every(4), truth.tail(1)]).unique("id"))
    found = one(project, "labels-late")
    assert "delay is 1d" in found["evidence"]
    assert "delay: 2d" in found["edit"]


def test_labels_in_time_are_no_finding(project: Project) -> None:
    labelled(project, labels(scored(20)))
    assert findings(project, "labels-late") == []


def test_an_old_baseline(project: Project) -> None:
    watch(project, "monitors: {drift: {check: psi}}", days=2)
    path = project.data(
        "training.parquet", training().with_columns(pl.lit(scored(1)["ts"][0]).dt.offset_by("-1y").alias("ts"))
    )
    project.write(
        MODEL.replace("path: training.parquet", "path: training.parquet, timestamp: ts"),
        "monitors: {drift: {check: psi}}",
    )
    assert path.exists()
    found = one(project, "baseline-stale")
    assert found["what"] == "the baseline training is 366 days old"
    assert found["evidence"] == "its newest row is of 2023-01-01, the newest that is compared with it of 2024-01-02"


def test_definitions_without_effect(project: Project) -> None:
    project.data("scored.parquet", scored(2))
    project.data("training.parquet", training())
    project.write(
        MODEL.replace(
            "features: [x, z, c]", "features: {include: [x], exclude: [old_*]}\n    columns: {gone: {type: numeric}}"
        ),
        """
        metrics: {idle: {model: m, sql: SUM(x)}}
        monitors: {rows: {check: row_count, threshold: {critical: {below: 1}}}}
        channels: {ops: {url: "json://localhost"}, spare: {url: "json://localhost"}}
        routes: [{channels: [ops]}]
        silences: [{match: {model: m}, end: 2024-01-02, reason: migration}]
        """,
    )
    assert [
        (each["what"], each["evidence"]) for each in findings(project, "unused") if "silence" not in each["what"]
    ] == [
        ("columns of m speak of gone, which is not there", "scored and what goes with it have no such column"),
        ("features of m speak of old_*, which is not there", "scored and what goes with it have no such column"),
        ("nothing uses channel spare", "no route leads to it"),
        ("nothing uses metric idle", "no monitor measures it"),
    ]
    assert any(each["what"] == "the silence 'migration' is over" for each in findings(project, "unused"))


def test_what_validate_warns_of_is_advice(project: Project) -> None:
    project.data("scored.parquet", scored(2))
    project.data("training.parquet", training())
    project.write(SLICED, "monitors: {drift: {check: psi}}")
    found = findings(project, "validate")
    assert [each["what"] for each in found] == [
        "no monitor uses the segment `colour`",
        "no monitor uses the segment `tall`",
    ]
    assert found[0]["evidence"] == "DL080; driftline validate --explain DL080"


def test_two_monitors_of_the_same_are_merged(project: Project) -> None:
    project.data("scored.parquet", scored(2))
    project.data("training.parquet", training())
    project.write(
        MODEL,
        """
        monitors:
          a: {check: psi, columns: [x, z], threshold: {critical: {above: 0.25}}}
          b: {check: psi, columns: [x], threshold: {warning: {above: 0.1}}}
          c: {check: psi, columns: [x], params: {bins: 20}}
          d: {check: psi, columns: [x], window: 2d}
        """,
    )
    found = one(project, "duplicate")
    assert found["what"] == "b measures what a does, on m"
    assert (
        found["edit"]
        == "monitors:\n  # remove: b\n  a:\n    threshold: {warning: {above: 0.1}, critical: {above: 0.25}}"
    )


def test_a_store_that_cannot_be_written(project: Project) -> None:
    project.data("scored.parquet", scored(2))
    project.data("training.parquet", training())
    project.write(MODEL, "monitors: {drift: {check: psi}}", "store: sqlite:///data.txt/state.db")
    (project.folder / "data.txt").write_text("a file")
    found = one(project, "store-not-writable")
    assert found["evidence"].endswith("/data.txt/state.db: data.txt is a file, not a folder")
    assert project.run("--at", day(2)).code == 3  # as it says


@pytest.mark.parametrize(("fail_on", "code"), [("never", 0), ("problem", 1), ("advice", 1)])
def test_findings_fail_the_command_only_when_asked_to(project: Project, fail_on: str, code: int) -> None:
    watch(project, "monitors:\n  level: {check: mean, columns: z, threshold: {critical: {above: 40}}}")
    assert doctor(project, "--fail-on", fail_on).code == code


def test_advice_is_no_problem(project: Project) -> None:
    watch(project, "monitors:\n  level: {check: mean, columns: z, threshold: {critical: {above: 500}}}")
    assert [doctor(project, "--fail-on", fail_on).code for fail_on in ("problem", "advice")] == [0, 1]


def test_a_configuration_with_errors_is_refused_as_by_validate(project: Project) -> None:
    project.write(MODEL, "monitors: {drift: {chek: psi}}")
    ran = doctor(project)
    assert ran.code == 2
    assert "DL012" in ran.stderr


def test_one_environment_is_looked_at(project: Project) -> None:
    both = "environments: {dev: {}, prod: {monitors: {level: {threshold: {critical: {above: 500}}}}}}"
    project.data("scored.parquet", scored(14))
    project.data("training.parquet", training())
    project.write(MODEL, "monitors:\n  level: {check: mean, columns: z, threshold: {critical: {above: 45}}}", both)
    for name in ("dev", "prod"):
        project.run("--at", day(14), "--since", day(0), "--env", name)
    assert [each["kind"] for each in doctor(project, "--env", "dev").document["findings"]][-1] == "fires-always"
    assert [each["kind"] for each in doctor(project, "--env", "prod").document["findings"]] == ["threshold-far"]
    assert doctor(project).code == 2


def test_the_flights_example_has_no_finding_that_is_not_so(project: Project) -> None:
    example = (ROOT / "monitors.example.yaml").read_text("utf-8")
    for name in ("tests", "schemas"):
        (project.folder / name).symlink_to(ROOT / name)
    project.write(example)
    project.run("--at", "2013-08-31", env={"OPS_URL": "json://127.0.0.1:9"})
    # A preset may measure what a monitor of all models does as well.
    assert [each["what"] for each in findings(project) if each["kind"] != "duplicate"] == []


def test_markdown_holds_each_edit_as_yaml(project: Project) -> None:
    watch(project, "monitors:\n  level: {check: mean, columns: z, threshold: {critical: {above: 40}}}")
    ran = project.call("doctor", str(project.folder / "monitors.yaml"), "--format", "markdown")
    assert ran.stdout.startswith("## driftline doctor: 2 problems\n")
    assert "  ```yaml\n  monitors:\n    level:\n      threshold: {critical: {above: 5" in ran.stdout


def test_the_documentation_lists_every_kind_of_finding() -> None:
    page = (ROOT / "docs" / "doctor.md").read_text("utf-8")
    assert [f"| `{kind}` | {says} |" for kind, says in KINDS.items() if f"| `{kind}` | {says} |" not in page] == []


def test_of_two_monitors_that_overlap_the_one_that_adds_less_goes(project: Project) -> None:
    project.data("scored.parquet", scored(2))
    project.data("training.parquet", training())
    project.write(
        SLICED.replace(', tall: {where: "x > 1"}', ""),
        """
        monitors:
          all: {check: psi, columns: features}
          by-colour: {check: psi, columns: [x, p], segments: [overall, colour]}
        """,
    )
    edit = one(project, "duplicate")["edit"]
    assert edit == "overrides:\n  - {match: {monitor: all, column: x}, set: {enabled: false}}"
    make(edit, project)
    assert findings(project, "duplicate") == []


def test_a_source_that_cannot_be_opened(project: Project) -> None:
    project.data("training.parquet", training())
    project.write(MODEL, "monitors: {drift: {check: psi}}")
    found = one(project, "source-unreadable")
    assert (found["severity"], found["what"]) == ("problem", "source scored cannot be opened")
    assert "scored.parquet" in found["evidence"]
