"""`driftline store`: what it shows, what it removes, what it finds, on stores that runs have written."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.commands.project import Project, Ran
from tests.commands.rows import MODEL, day, scored, training
from tests.services.receiver import receiver

MONITORS = """
monitors:
  level: {check: mean, columns: [x, z], segments: [overall, colour], threshold: {critical: {above: 100}}}
  jump: {check: mean, columns: x, threshold: {critical: {above: 1}}}
  drift: {check: psi, columns: x, baseline: {type: trailing, size: 3d}}
"""


@pytest.fixture
def shop(project: Project) -> Project:
    project.data("scored.parquet", scored(30, shift={3: 5.0, 28: 5.0, 29: 5.0}))
    project.data("training.parquet", training())
    project.write(MODEL, MONITORS)
    return project


def store(project: Project, what: str, *arguments: str, **env: str) -> Ran:
    return project.call("store", what, str(project.folder / "monitors.yaml"), *arguments, env=env)


def judged(project: Project, until: int = 30) -> None:
    for number in range(10, until + 1, 10):
        project.run("--at", day(number), "--since", day(number - 10))


@contextmanager
def database(project: Project) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(project.folder / ".driftline" / "state.db")
    with connection:
        yield connection
    connection.close()


def counted(project: Project, table: str) -> int:
    with database(project) as connection:
        return int(connection.execute(f"SELECT COUNT(*) FROM driftline_{table}").fetchone()[0])


def verdicts(project: Project) -> list[tuple[Any, ...]]:
    """Series, window end, verdict and state of what is kept."""
    query = "SELECT series, at, result, state FROM driftline_results ORDER BY 1, 2"
    with database(project) as connection:
        kept = connection.execute(query).fetchall()
    return [(series, at, *rounded([json.loads(result)]), state) for series, at, result, state in kept]


def rounded(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without the last bits of numbers: sums differ in them by the order of what is summed."""
    return [{key: float(f"{v:.10g}") if isinstance(v, float) else v for key, v in one.items()} for one in results]


def test_before_the_first_run_there_is_nothing_to_show_to_remove_or_to_mend(shop: Project) -> None:
    before = shop.files()
    shown, removed, checked = store(shop, "show"), store(shop, "gc"), store(shop, "check")
    assert (shown.code, removed.code, checked.code) == (0, 0, 0)
    assert shown.stdout.endswith(".driftline/state.db: there is none yet; the first run makes it\n")
    assert "nothing to remove" in removed.stdout
    assert "nothing is wrong" in checked.stdout
    assert store(shop, "show", "--format", "json").document["schema"] is None
    assert shop.files() == before


def test_show_says_what_is_held_of_what_time_and_of_which_source(shop: Project) -> None:
    judged(shop)
    text = store(shop, "show").stdout
    assert re.search(r"state\.db: [\d.]+ MB, schema 2\n", text)
    lines = {line.split("  ")[0]: re.sub(r"  +", "  ", line) for line in text.splitlines()}
    assert lines["verdicts"] == "verdicts  300  2024-01-02 00:00  2024-01-31 00:00  10 series"
    assert lines["transitions"] == "transitions  10  2024-01-05 00:00  2024-01-30 00:00  2 firing"
    assert re.search(r"  \d+  2024-01-04 00:00  2024-01-31 00:00  ", lines["panes of scored"])
    assert lines[f"root file: {shop.folder / 'monitors.yaml'}"]
    found = store(shop, "show", "--format", "json").document
    assert list(found) == [
        "version", "store", "schema", "bytes", "series", "firing", "verdicts", "transitions", "notices", "panes",
        "root_files",
    ]  # fmt: skip
    assert found["verdicts"] == {"count": 300, "oldest": "2024-01-02T00:00:00Z", "newest": "2024-01-31T00:00:00Z"}
    assert [each["source"] for each in found["panes"]] == ["scored"]


def test_gc_removes_what_is_old_and_later_runs_judge_as_if_nothing_had_gone(shop: Project, tmp_path: Path) -> None:
    judged(shop, until=20)
    size = store(shop, "show", "--format", "json").document["bytes"]
    assert "would remove" in store(shop, "gc", "--keep", "1d", "--dry-run").stdout
    assert counted(shop, "results") == 200
    removed = store(shop, "gc", "--keep", "1d").stdout
    assert re.search(r"state\.db: removed \d+ verdicts, 6 transitions, \d+ panes \(", removed)
    assert "age counts from 2024-01-21 00:00 UTC\n" in removed
    assert "7 days are kept at least: so far windows, baselines and late labels reach\n" in removed
    assert store(shop, "show", "--format", "json").document["bytes"] < size
    assert (counted(shop, "results"), counted(shop, "transitions")) == (90, 0)
    assert "nothing to remove" in store(shop, "gc", "--keep", "1d").stdout
    later = shop.run("--at", day(30), "--since", day(20)).document

    whole = Project(tmp_path / "whole")
    for name in ("scored.parquet", "training.parquet", "monitors.yaml"):
        whole.folder.mkdir(exist_ok=True)
        (whole.folder / name).write_bytes((shop.folder / name).read_bytes())
    judged(whole, until=20)
    assert rounded(later["results"]) == rounded(whole.run("--at", day(30), "--since", day(20)).document["results"])
    after = {row[:2] for row in verdicts(shop)}
    assert [row for row in verdicts(whole) if row[:2] in after] == verdicts(shop)
    assert "nothing is wrong" in store(shop, "check").stdout


def test_gc_tells_programs_what_it_removed(shop: Project) -> None:
    judged(shop)
    found = store(shop, "gc", "--keep", "1d", "--most", "2", "--dry-run", "--format", "json").document
    keys = "version store dry_run reference keep removed damaged merged bytes_before bytes_after shared"
    assert list(found) == keys.split()
    assert (found["dry_run"], found["reference"], found["keep"]) == (True, "2024-01-31T00:00:00Z", 7 * 86400)
    assert found["removed"]["verdicts"]["count"] == 210
    assert found["bytes_after"] is None


def test_gc_leaves_panes_that_are_asked_for_and_drops_those_of_sources_that_left(shop: Project) -> None:
    judged(shop)
    kept = counted(shop, "panes")
    assert "nothing to remove" in store(shop, "gc").stdout
    shop.write(MODEL, MONITORS.replace("segments: [overall, colour], ", ""))
    assert "panes" in store(shop, "gc").stdout
    fewer = counted(shop, "panes")
    assert 0 < fewer < kept
    shop.write(MODEL.replace("scored:", "other:").replace("source: scored", "source: other"), MONITORS)
    store(shop, "gc")
    assert counted(shop, "panes") == counted(shop, "files") == 0


def test_gc_leaves_panes_alone_where_a_source_cannot_be_opened(shop: Project) -> None:
    judged(shop)
    kept = counted(shop, "panes")
    (shop.folder / "training.parquet").unlink()
    assert store(shop, "gc", "--keep", "1d").code == 0
    assert counted(shop, "panes") == kept


def test_gc_waits_for_no_length_that_is_none(shop: Project) -> None:
    ran = store(shop, "gc", "--keep", "soon")
    assert (ran.code, ran.stdout) == (2, "")
    assert "--keep soon is no length of time; write it like 400d or 12mo" in ran.stderr
    assert store(shop, "gc", "--most", "0").code == 2


def test_an_upgrade_is_not_what_show_check_and_a_dry_run_do(shop: Project) -> None:
    dump = Path(__file__).parents[1] / "data" / "store" / "version-1.sqlite.sql"
    (shop.folder / ".driftline").mkdir()
    with database(shop) as connection:
        connection.executescript(dump.read_text("utf-8"))
    assert "schema 1" in store(shop, "show").stdout
    assert store(shop, "check").code == 0
    assert store(shop, "gc", "--dry-run").code == 0
    assert "schema 1" in store(shop, "show").stdout
    assert store(shop, "gc").code == 0
    assert "schema 2" in store(shop, "show").stdout


def test_check_finds_rows_and_panes_that_cannot_be_read_and_gc_drops_them(shop: Project) -> None:
    judged(shop)
    with database(shop) as connection:
        connection.execute("UPDATE driftline_results SET result = '{' WHERE at = '2024-01-12 00:00:00.000000'")
        connection.execute("UPDATE driftline_panes SET data = zeroblob(9) WHERE rowid = 3")
    ran = store(shop, "check")
    assert ran.code == 1
    assert "problem: 10 verdicts cannot be read  [unreadable]\n  level/m/x at 2024-01-12 00:00" in ran.stdout
    assert "problem: 1 pane cannot be read  [pane]" in ran.stdout
    assert "`driftline store gc --damaged` drops them; `driftline run --since` judges their windows again" in ran.stdout
    assert ran.stdout.endswith("\n2 problems\n")
    found = store(shop, "check", "--format", "json").document
    assert (found["clean"], found["looked_at"]["verdicts"]) == (False, 300)
    assert [(each["kind"], each["severity"]) for each in found["findings"]] == [
        ("unreadable", "problem"), ("pane", "problem"),
    ]  # fmt: skip
    again = shop.run("--at", day(30), "--since", day(5))
    assert (again.code, again.stdout) == (3, "")
    assert "the state store holds a row that cannot be read: `driftline store check`" in again.stderr
    assert "removed 11 rows that cannot be read" in store(shop, "gc", "--damaged").stdout
    assert shop.run("--at", day(30), "--since", day(5)).code == 1
    assert (store(shop, "check").code, counted(shop, "results")) == (0, 300)


@pytest.mark.parametrize("left", [0, 20, 5_000, 100_000])
def test_a_file_that_is_cut_short_is_a_finding_and_no_traceback(shop: Project, left: int) -> None:
    judged(shop)
    file = shop.folder / ".driftline" / "state.db"
    file.write_bytes(file.read_bytes()[:left])
    ran = store(shop, "check")
    if left == 0:
        assert (ran.code, "nothing is wrong" in ran.stdout) == (
            0,
            True,
        )  # an empty file is a store before its first run
        return
    assert ran.code == 1
    assert "[file]" in ran.stdout
    assert "restore a copy, or move it away and start with an empty one" in ran.stdout
    for command in ("show", "gc"):
        assert store(shop, command).code in (0, 3)


def test_a_byte_that_flips_anywhere_in_the_file_is_no_traceback(shop: Project) -> None:
    judged(shop, until=10)
    file = shop.folder / ".driftline" / "state.db"
    sound = file.read_bytes()
    found = 0
    for place in range(0, len(sound), len(sound) // 40):
        file.write_bytes(sound[:place] + bytes([sound[place] ^ 0x55]) + sound[place + 1 :])
        ran = store(shop, "check")
        assert ran.code in (0, 1), ran.stderr
        found += ran.code
    assert found > 10


def test_check_sees_a_clock_that_ran_ahead_and_a_run_that_died(shop: Project) -> None:
    judged(shop)
    with database(shop) as connection:
        connection.execute("UPDATE driftline_marks SET at = '2999-01-01 00:00:00.000000' WHERE monitor = 'jump'")
        connection.execute("INSERT INTO driftline_leases VALUES ('run ', 'h/1/2/3/4', '2024-01-01 00:00:00.000000')")
    ran = store(shop, "check")
    assert ran.code == 1
    assert "jump/m up to 2999-01-01 00:00" in ran.stdout
    assert "note: a run died and left its lease  [lease]" in ran.stdout


def test_two_root_files_in_one_store_lose_only_what_is_their_own(shop: Project) -> None:
    judged(shop)
    other = MONITORS.replace("level:", "other-level:").replace("jump:", "other-jump:").replace("drift:", "other-drift:")
    shop.write(MODEL, other, name="second.yaml")
    shop.run("--at", day(30), "--since", day(0), file="second.yaml")
    before = counted(shop, "results")
    ran = store(shop, "gc", "--keep", "1d")
    assert "other root files or environments use this store: what only they know of was left" in ran.stdout
    assert before - counted(shop, "results") == 210
    assert len(store(shop, "show", "--format", "json").document["root_files"]) == 2


def test_notices_and_postgresql(shop: Project, postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA upkeep")
    url = f"{postgres_url}?options=-csearch_path%3Dupkeep"
    with receiver() as service:
        shop.write(MODEL, MONITORS, f'channels: {{ops: {{url: "{service.url()}"}}}}', 'store: "${STORE_URL}"')
        shop.run("--at", day(30), "--since", day(0), env={"STORE_URL": url})
    shown = store(shop, "show", STORE_URL=url).stdout
    assert "2 sent" in shown
    assert "correct-horse" not in shown
    removed = store(shop, "gc", "--keep", "1d", STORE_URL=url)
    assert "removed 210 verdicts" in removed.stdout
    checked = store(shop, "check", STORE_URL=url)
    assert (checked.code, "correct-horse" in checked.said) == (0, False)
    assert "looked at 90 verdicts, " in checked.stdout
