"""`driftline init` on the flights: the file, as it is written, finds the decline."""

from __future__ import annotations

import polars as pl
import pytest

from tests.commands.project import FLIGHTS, Project, Ran


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Ran]:
    """A project beside the flights, with the file that `init` writes when a shell has expanded its globs."""
    project = Project(tmp_path_factory.mktemp("flights"))
    (project.folder / "flights").symlink_to(FLIGHTS, target_is_directory=True)
    predictions, outcomes = (
        sorted(f"flights/{kind}/{path.name}" for path in (FLIGHTS / kind).iterdir()) for kind in KINDS
    )
    ran = project.process("init", *predictions, "--labels", *outcomes, "--baseline", "flights/training.parquet")
    assert ran.code == 0, ran.stderr
    return project, ran


KINDS = ("predictions", "outcomes")


def text(written: tuple[Project, Ran]) -> str:
    return (written[0].folder / "monitors.yaml").read_text("utf-8")


def test_it_says_what_it_guessed_and_what_comes_next(written: tuple[Project, Ran]) -> None:
    assert written[1].stdout == ""
    assert written[1].stderr.splitlines() == [
        "binary model late: 172,955 rows, 14 features",
        "roles: id flight_id, timestamp scheduled_at, target late, prediction late_predicted, score p_late",
        "note: delay_predicted looks like an output of another model: init again with --prediction and --target",
        "wrote monitors.yaml; next:",
        "  driftline validate monitors.yaml",
        "  driftline run monitors.yaml --at latest",
    ]


def test_the_files_of_a_folder_are_one_glob(written: tuple[Project, Ran]) -> None:
    assert "    path: flights/predictions/*.parquet  # 6 files, 172,955 rows\n" in text(written)
    assert "    path: flights/outcomes/*.parquet  # 6 files, 167,718 rows\n" in text(written)


def test_roles_are_those_that_the_data_was_made_with(written: tuple[Project, Ran]) -> None:
    found = [line.split("  #")[0].strip() for line in text(written).splitlines()]
    for line in (
        "task: binary", "id: flight_id", "score: p_late", "prediction: late_predicted", "target: late",
        "timestamp: scheduled_at", "timestamp: landed_at", "baseline: training",
    ):  # fmt: skip
        assert line in found


def test_delays_of_labels_are_those_of_the_data(written: tuple[Project, Ran]) -> None:
    scored, landed = (pl.read_parquet(FLIGHTS / kind / "*.parquet") for kind in KINDS)
    joined = scored.join(landed, on="flight_id")
    hours = joined.select((pl.col("landed_at") - pl.col("scheduled_at")).dt.total_seconds() / 3600).to_series()
    typical, last = hours.quantile(0.95), hours.max()
    assert isinstance(typical, float)
    assert isinstance(last, float)
    assert f"95 % of the labels are known {typical:.1f} h after the event" in text(written)
    assert f"the last one after {last:.1f} h" in text(written)
    assert f"{joined.height / scored.height:.1%}".replace("%", " %") in text(written)
    assert typical < 12 < last < 24
    assert "delay: 12h" in text(written)
    assert "max_delay: 1d" in text(written)


def test_it_is_valid_without_a_warning_and_without_an_environment(written: tuple[Project, Ran]) -> None:
    ran = written[0].process("validate")
    assert (ran.code, ran.said.strip()) == (0, "monitors.yaml: no errors")


def test_as_it_stands_it_finds_the_decline(written: tuple[Project, Ran]) -> None:
    ran = written[0].run("--since", "2013-03-01", "--at", "2013-05-10")
    assert ran.code == 1
    assert {each["status"] for each in ran.results}.isdisjoint({"error"})
    auc = [each for each in ran.alerts if each["monitor"] == "performance.roc_auc" and each["state"] == "firing"]
    assert [each["severity"] for each in auc] == ["critical"]
    april = [each for each in ran.of("performance.roc_auc") if each["window"]["end"].startswith("2013-04-30")]
    assert [each["status"] for each in april] == ["critical"]
    drifted = {each["column"] for each in ran.of("drift") if each["status"] == "critical"}
    assert {"temp", "p_late"} <= drifted
    by_origin = {each["segment"]["origin"] for each in ran.of("roc-auc-by-origin") if each["status"] == "critical"}
    assert by_origin == {"EWR", "JFK", "LGA"}


def test_the_newest_window_is_judged_without_an_error(written: tuple[Project, Ran]) -> None:
    ran = written[0].run("--at", "latest", "--dry-run")
    assert ran.code == 1
    statuses = {each["status"] for each in ran.results}
    assert statuses <= {"ok", "warning", "critical"}


def test_the_training_data_itself_breaks_no_rule_that_was_proposed(written: tuple[Project, Ran]) -> None:
    ran = written[0].run("--at", "2013-03-10", "--dry-run", "--monitor", "quality")
    assert {each["value"] for each in ran.of("quality.invalid_rate")} == {0.0}
