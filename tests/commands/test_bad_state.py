"""A folder, a store or a terminal that is not as it should be: a message, the exit code, and nothing half done."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import rows
from tests.commands.project import ROOT, Project
from tests.services.processes import wait_until
from tests.services.receiver import Answer, receiver

# Permissions do not bind root, unless it gives up the right to pass over them.
UNPRIVILEGED = ("setpriv", "--bounding-set=-dac_override", "--inh-caps=-all") if os.geteuid() == 0 else ()
MONITORS = "monitors:\n  x: {check: mean, columns: [x], threshold: {critical: {above: 2}}}"


@pytest.fixture
def shop(project: Project) -> Project:
    project.data("scored.parquet", rows.scored(4, shift={1: 5.0, 2: 5.0}))
    project.data("training.parquet", rows.training())
    project.write(rows.MODEL, MONITORS)
    return project


def database(project: Project) -> Path:
    return project.folder / ".driftline" / "state.db"


def count(project: Project, table: str) -> int:
    with sqlite3.connect(database(project)) as connection:
        return int(connection.execute(f"SELECT COUNT(*) FROM driftline_{table}").fetchone()[0])


def test_a_project_folder_that_is_read_only_is_a_failure_of_the_store_and_no_hindrance_to_a_dry_run(
    shop: Project,
) -> None:
    shop.folder.chmod(0o555)
    command = [*UNPRIVILEGED, sys.executable, "-m", "driftline.cli.main", "run", "--at", rows.day(2)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "engine")}
    try:
        done = [
            subprocess.run(
                [*command, *more], cwd=shop.folder, env=environment, capture_output=True, text=True, check=False
            )
            for more in ((), ("--dry-run",))
        ]
    finally:
        shop.folder.chmod(0o755)
    assert (done[0].returncode, done[0].stdout) == (3, "")
    assert done[0].stderr.startswith("error: the state store ")
    assert done[0].stderr.endswith(
        "/.driftline/state.db: its folder is not writable; make it writable, or name another `store`\n"
    )
    assert (done[1].returncode, done[1].stderr) == (1, "")
    assert shop.files() == ["monitors.yaml", "scored.parquet", "training.parquet"]


def test_a_file_in_the_place_of_the_state_folder_is_a_failure_of_the_store(shop: Project) -> None:
    (shop.folder / ".driftline").write_text("in the way", "utf-8")
    done = shop.run("--at", rows.day(2))
    assert (done.code, done.stdout) == (3, "")
    assert "a part of its path is a file, not a folder; name another `store`" in done.stderr


def test_a_corrupt_store_is_named_and_left_as_it_is(shop: Project) -> None:
    shop.run("--at", rows.day(1))
    database(shop).write_bytes(b"this is no database" * 100)
    done = shop.run("--at", rows.day(2))
    assert (done.code, done.stdout) == (3, "")
    assert "/.driftline/state.db: the file is not an SQLite database; move it away, or name another file" in done.stderr
    assert database(shop).read_bytes().startswith(b"this is no database")


def test_a_store_of_a_newer_version_is_not_touched(shop: Project) -> None:
    shop.run("--at", rows.day(1))
    with sqlite3.connect(database(shop)) as connection:
        connection.execute("UPDATE driftline_schema_version SET version = 99")
    connection.close()
    before = count(shop, "results")
    for options in ((), ("--dry-run",)):
        done = shop.run("--at", rows.day(2), *options)
        assert (done.code, done.stdout) == (3, "")
        assert "a newer driftline wrote it" in done.stderr
        assert "upgrade driftline" in done.stderr
    assert count(shop, "results") == before


def test_two_runs_at_once_judge_every_window_once_and_tell_it_once(shop: Project) -> None:
    with receiver(*(Answer(delay=0.3) for _ in range(4))) as service:
        shop.write(rows.MODEL, MONITORS, f'channels: {{ops: {{url: "{service.url()}"}}}}')
        arguments = ("run", "--at", rows.day(2), "--format", "json")
        runs = [shop.start(*arguments) for _ in range(3)]
        outputs = [run.communicate() for run in runs]
    assert [run.returncode for run in runs] == [1, 1, 1]
    assert not [error for _, error in outputs if "Traceback" in error]
    assert len(service.got) == 1
    assert (count(shop, "results"), count(shop, "transitions"), count(shop, "outbox")) == (1, 1, 1)
    assert count(shop, "leases") == 0


def test_an_interrupted_run_ends_quietly_and_the_next_one_goes_on(shop: Project) -> None:
    with receiver(Answer(delay=60)) as service:
        shop.write(rows.MODEL, MONITORS, f'channels: {{ops: {{url: "{service.url()}"}}}}')
        with shop.start("run", "--at", rows.day(2)) as process:
            wait_until(lambda: bool(service.got), "the notice")
            process.send_signal(signal.SIGINT)
            _, error = process.communicate(timeout=60)
        assert process.returncode == 130
        assert "Traceback" not in error
    assert count(shop, "leases") == 0
    with receiver() as service:
        shop.write(rows.MODEL, MONITORS, f'channels: {{ops: {{url: "{service.url()}"}}}}')
        done = shop.run("--at", rows.day(2))
        assert done.deliveries[0] == ("ops", "sent")
        assert len(service.got) == 1


def test_a_reader_that_goes_away_is_no_error(shop: Project) -> None:
    with shop.start("run", "--at", rows.day(2), "--dry-run", "--format", "json") as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        error = process.stderr.read()
        process.wait()
    assert (process.returncode in (0, 1), "Traceback" in error) == (True, False)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "nowhere.yaml"), "nowhere.yaml cannot be read: it does not exist"),
        (("run", "--at"), "Option '--at' requires an argument"),
        (("run", "--fail-on", "sometimes"), "'sometimes' is not one of 'critical', 'warning', 'never'"),
        (("runn",), "No such command 'runn'"),
    ],
)
def test_a_wrong_call_exits_with_2(shop: Project, arguments: tuple[str, ...], said: str) -> None:
    done = shop.process(*arguments)
    assert (done.code, done.stdout) == (2, "")
    assert said in done.stderr


def test_errors_may_be_told_to_a_machine(shop: Project) -> None:
    database(shop).parent.mkdir()
    database(shop).write_bytes(b"this is no database" * 100)
    done = shop.process("--log-format", "json", "run")
    assert done.code == 3
    told = json.loads(done.stderr)
    assert told["level"] == "error"
    assert "is not an SQLite database" in told["message"]
