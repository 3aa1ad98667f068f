"""`driftline init`: options, questions, and what it does with arguments that cannot be used."""

from __future__ import annotations

import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.commands.project import Project

START = datetime(2026, 5, 1)


def scored(rows: int = 2_000) -> pl.DataFrame:
    rng = np.random.default_rng(1)
    return pl.DataFrame(
        {
            "order_id": [f"o{each}" for each in range(rows)],
            "event_time": [START + timedelta(minutes=20 * each) for each in range(rows)],
            "amount": rng.normal(0, 1, rows),
            "score": rng.random(rows),
            "fraud": rng.integers(0, 2, rows),
            "other": rng.integers(0, 2, rows),
        }
    )


def test_it_does_not_overwrite_unless_told_to(project: Project) -> None:
    project.data("scored.parquet", scored())
    (project.folder / "monitors.yaml").write_text("mine\n")
    ran = project.process("init", "scored.parquet")
    assert ran.code == 2
    assert ran.stderr == (
        "error: monitors.yaml exists; --force overwrites it, --output names another file, --output - prints\n"
    )
    assert (project.folder / "monitors.yaml").read_text() == "mine\n"
    assert project.process("init", "scored.parquet", "--force").code == 0
    assert project.files() == ["monitors.yaml", "scored.parquet"]


def test_it_prints_the_file_alone_on_stdout(project: Project) -> None:
    project.data("scored.parquet", scored())
    printed = project.process("init", "scored.parquet", "--output", "-")
    assert project.process("init", "scored.parquet").code == 0
    written = (project.folder / "monitors.yaml").read_text("utf-8")
    assert printed.stdout == written.replace(" monitors.yaml ", " FILE ")


def test_paths_are_relative_to_the_file_that_is_written(project: Project) -> None:
    project.data("data/scored.parquet", scored())
    (project.folder / "conf").mkdir()
    assert project.process("init", "data/scored.parquet", "-o", "conf/m.yaml").code == 0
    assert "path: ../data/scored.parquet" in (project.folder / "conf" / "m.yaml").read_text("utf-8")
    assert project.process("run", "conf/m.yaml", "--at", "latest").code in (0, 1)


def test_what_was_said_is_not_guessed(project: Project) -> None:
    project.data("scored.parquet", scored())
    project.process("init", "scored.parquet", "--target", "other", "--model", "payments", "--id", "order_id")
    text = (project.folder / "monitors.yaml").read_text("utf-8")
    assert "  payments:\n" in text
    assert [line.split() for line in text.splitlines() if "# given" in line] == [
        ["id:", "order_id", "#", "given"],
        ["target:", "other", "#", "given"],
    ]
    assert project.process("validate").code == 0


def test_an_empty_role_is_none(project: Project) -> None:
    project.data("scored.parquet", scored())
    project.process("init", "scored.parquet", "--score", "", "--target", "")
    text = (project.folder / "monitors.yaml").read_text("utf-8")
    assert "score: score" not in text.partition("columns:")[0]
    assert "performance" not in text.partition("monitors:")[2]


def test_questions_are_answered_on_standard_input(project: Project) -> None:
    project.data("scored.parquet", scored())
    with project.start("init", "scored.parquet", "--interactive") as process:
        pass
    assert process.returncode != 0  # nobody answered
    assert not (project.folder / "monitors.yaml").exists()
    answers = "\n\nother\n\n-\nbinary\npayments\n"
    ran = interactive(project, answers)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == ""
    text = (project.folder / "monitors.yaml").read_text("utf-8")
    found = " ".join(text.split())
    assert "payments: task: binary" in found
    assert "target: other # given" in found
    assert "id: order_id # guessed: every row has its own" in found


def interactive(project: Project, answers: str) -> subprocess.CompletedProcess[str]:
    import os
    import sys

    from tests.commands.project import ROOT

    command = [sys.executable, "-m", "driftline.cli.main", "init", "scored.parquet", "--interactive"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "engine")}
    return subprocess.run(
        command, cwd=project.folder, env=environment, input=answers, capture_output=True, text=True, check=False
    )


def bad(folder: Path) -> None:
    """Files that cannot be used, each in its own way."""
    pl.DataFrame({"a": [], "b": []}).write_parquet(folder / "empty.parquet")
    (folder / "header.csv").write_text("a,b\n")
    (folder / "zero.csv").write_text("")
    (folder / "junk.parquet").write_text("not parquet")
    (folder / "note.txt").write_text("hello")
    for name in ("two", "mixed", "none"):
        (folder / name).mkdir()
    pl.DataFrame({"a": [1]}).write_parquet(folder / "two" / "a1.parquet")
    pl.DataFrame({"a": ["k"]}).write_parquet(folder / "two" / "a2.parquet")
    pl.DataFrame({"a": [1]}).write_parquet(folder / "mixed" / "a.parquet")
    pl.DataFrame({"a": [1]}).write_csv(folder / "mixed" / "a.csv")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["gone.csv"], 2, "error: gone.csv: no such file or folder"),
        (["gone*.csv"], 2, "error: gone*.csv: no file matches"),
        (["none"], 2, "error: none: no data file in this folder; it would end in .csv"),
        (["mixed"], 2, "error: mixed: holds .csv and .parquet files; name one kind: mixed/*.csv"),
        (["note.txt"], 2, "error: note.txt: no source reads such a file; they end in .csv"),
        (["two"], 3, "error: source 'two': the column 'a' is Int64"),
        (["empty.parquet"], 3, "error: source 'empty': it holds no rows yet"),
        (["header.csv"], 3, "error: source 'header': it holds no rows yet"),
        (["zero.csv"], 3, "error: source 'zero': the file"),
        (["junk.parquet"], 3, "error: source 'junk': the file"),
        (
            ["scored.parquet", "two/a1.parquet"],
            2,
            "error: scored.parquet … two/a1.parquet: no glob finds these 2 files",
        ),
        (
            ["scored.parquet", "--target", "frod"],
            2,
            "error: --target frod: scored has no such column; did you mean fraud?",
        ),
        (["scored.parquet", "--timestamp", "amount"], 2, "error: --timestamp amount: it is Float64, not a time"),
        (["scored.parquet", "--score", "q_*"], 2, "error: --score q_*: no column fits"),
        (["scored.parquet", "--timezone", "Mars"], 2, "error: there is no time zone Mars"),
        (["scored.parquet", "--baseline", "gone.csv"], 2, "error: gone.csv: no such file or folder"),
        (["scored.parquet", "-o", "no/where.yaml"], 2, "error: the folder no does not exist"),
        (["scored.parquet", "-o", "two"], 2, "error: two is a folder"),
        (["sqlite:///live.db"], 2, "error: sqlite:///live.db: say which table: add #TABLE to the URL"),
        (["postgresql://me:secret@h/d"], 2, "error: postgresql://…@h/d: say which table"),
    ],
)
def test_what_cannot_be_used_is_said(project: Project, arguments: list[str], code: int, message: str) -> None:
    bad(project.folder)
    project.data("scored.parquet", scored())
    ran = project.process("init", *arguments)
    assert (ran.code, ran.stdout) == (code, "")
    assert ran.stderr.startswith(message), ran.stderr
    assert "secret" not in ran.stderr
    assert not (project.folder / "monitors.yaml").exists()


def test_nothing_but_nulls_still_gives_a_file(project: Project) -> None:
    project.data("nulls.parquet", pl.DataFrame({"a": [None] * 20, "b": [None] * 20}))
    assert project.process("init", "nulls.parquet").code == 0
    assert project.process("validate").code == 0
    assert project.process("run", "--at", "latest").code == 0


ODD = (
    "*", "a: b", "x\ny", "søster 名", "${HOME}", "null", "- dash", "#hash", "q\"uo'te", "123", "a[b]", "a,b", "{x}",
    "tab\tx", "y" * 300, " lead", "true", "e\x85f", "\x07bell", "~", "@at", "%p", "&a", "!t", "|", ">", "?", "", "a\\b",
    "$^", "^a$", "<<", "no", "0x1F", "1e3", "\ufeffbom",
)  # fmt: skip


def test_a_column_may_be_called_anything(project: Project) -> None:
    rng = np.random.default_rng(2)
    kinds = (lambda: rng.normal(0, 1, 2_000), lambda: rng.choice(["a: b", "# c", "${D}", "no"], 2_000))
    columns = {name: kinds[at % 2]() for at, name in enumerate(ODD)}
    times = [START + timedelta(minutes=20 * each) for each in range(2_000)]
    project.data("odd.parquet", pl.DataFrame({"event: time": times, **columns}))
    ran = project.process("init", "odd.parquet")
    assert ran.code == 0, ran.stderr
    valid = project.process("validate")
    assert (valid.code, valid.said.strip()) == (0, "monitors.yaml: no errors")
    judged = project.run("--at", "latest", "--dry-run")
    assert judged.code == 0, judged.said
    assert {each["column"] for each in judged.of("drift")} == {*ODD} - {"*", "^a$", "\x07bell", "\ufeffbom"}
    assert {each["value"] for each in judged.of("quality.invalid_rate")} == {0.0}


def test_a_password_is_not_written(project: Project) -> None:
    from driftline import registry
    from driftline.propose.locate import locate

    found = locate(["postgresql://me:secret@host/db#public.scored"], project.folder, registry.load())
    assert dict(found.written) == {"url": "${PUBLIC_SCORED_URL}", "query": "SELECT * FROM public.scored"}
    assert dict(found.options)["url"] == "postgresql://me:secret@host/db"
