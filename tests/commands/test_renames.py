"""`was: old-name` carries alerts and history to the new name: no notice, no gap, and nothing is said to be removed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.commands import rows
from tests.commands.project import ROOT, Project, Ran
from tests.services.receiver import Receiver, receiver

MONITORS = """
monitors:
  before: {check: mean, columns: [x], segments: [overall, colour], min_rows: 5, threshold: {critical: {above: 2}}}
  pack: {preset: quality, threshold: {critical: {below: 2}}}
  feed: {source: scored, check: row_count, window: 1d, threshold: {critical: {below: 1000}}}
"""
SERIES = {"m/x", "m/x/colour=red", "m/x/colour=green", "m/x/colour=blue"}


@pytest.fixture
def service() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


@pytest.fixture
def shop(project: Project, service: Receiver) -> Project:
    """x is too high from the second day on, and everything else fires as well."""
    project.data("scored.parquet", rows.scored(6, shift=dict.fromkeys(range(1, 6), 5.0)))
    project.data("training.parquet", rows.training())
    written(project, service)
    return project


def written(shop: Project, service: Receiver, *changes: tuple[str, str]) -> None:
    text = f"{rows.MODEL}\n{MONITORS}\nchannels: {{ops: {{url: '{service.url()}'}}}}\n"
    for former, present in changes:
        assert former in text
        text = text.replace(former, present)
    shop.write(text)


def states(done: Ran) -> dict[str, str]:
    return {each["series"]: each["state"] for each in done.alerts}


def ids(done: Ran) -> dict[str, str]:
    return {each["series"]: each["id"] for each in done.alerts}


MONITOR = ("  before: {", "  after: {was: before, ")
MODEL = ("  m:\n", "  n:\n    was: m\n")


def test_a_firing_alert_fires_on_under_the_new_name_and_nobody_is_told(shop: Project, service: Receiver) -> None:
    first = shop.run("--at", rows.day(2), "--since", rows.day(0))
    told = len(service.got)
    written(shop, service, MONITOR)
    second = shop.run("--at", rows.day(2))
    assert len(service.got) == told
    was = {series.replace("before/", "after/"): alert for series, alert in ids(first).items()}
    assert ids(second) == was
    assert set(states(second).values()) == {"firing"}
    assert {f"after/{each}" for each in SERIES} <= set(states(second))
    shop.data("scored.parquet", rows.scored(6))
    recovered = shop.run("--at", rows.day(3))
    assert states(recovered)["after/m/x"] == "resolved"
    ended = str(service.got[-1]["message"])
    assert "monitor after" in ended
    assert ids(first)["before/m/x"] in ended


def test_history_comes_along_so_that_windows_go_on_where_they_were(shop: Project, service: Receiver) -> None:
    shop.run("--at", rows.day(2), "--since", rows.day(0))
    written(shop, service, MONITOR)
    later = shop.run("--at", rows.day(4))
    assert [each["window"]["end"] for each in later.of("after", segment=None)] == [rows.day(3), rows.day(4)]
    with shop.store() as store:
        series = next(each for each in store.states(None) if each.text == "after/m/x")
        verdicts = store.results(series)
    assert [each.at.day for each in verdicts] == [2, 3, 4, 5]
    assert {each.result.series for each in verdicts} == {series}
    assert shop.holding("before/", besides=["monitors.yaml"]) == []


def test_an_alert_that_waits_for_confirmation_is_confirmed_under_the_new_name(shop: Project, service: Receiver) -> None:
    patient = ("columns: [x], segments", "columns: [x], alert: {for: 3}, segments")
    written(shop, service, patient)
    first = shop.run("--at", rows.day(2))
    written(shop, service, patient, MONITOR)
    shop.run("--at", rows.day(3))
    third = shop.run("--at", rows.day(4))
    assert (states(first)["before/m/x"], states(third)["after/m/x"]) == ("pending", "firing")
    assert ids(third)["after/m/x"] == ids(first)["before/m/x"]
    with shop.store() as store:
        history = store.transitions(ids(first)["before/m/x"])
    assert [(each.state, superseded) for each, superseded in history] == [("pending", False), ("firing", False)]


def test_a_model_takes_all_its_monitors_along_but_no_source_of_its_name(shop: Project, service: Receiver) -> None:
    same = ("sources:\n  scored:", "sources:\n  m: {path: scored.parquet, timestamp: ts}\n  scored:")
    of_source = ("feed: {source: scored", "feed: {source: m")
    written(shop, service, same, of_source)
    first = states(shop.run("--at", rows.day(2)))
    told = len(service.got)
    assert "feed/m" in first
    written(shop, service, same, of_source, MODEL)
    after = shop.run("--at", rows.day(2))
    expected = {each if each == "feed/m" else each.replace("/m", "/n", 1) for each in first}
    assert states(after) == dict.fromkeys(expected, "firing")
    assert len(service.got) == told
    with shop.store() as store:
        results = [store.last_result(series) for series in store.states(None) if series.monitor == "before"]
    assert {each.result.model for each in results if each is not None} == {"n"}


def test_members_of_a_preset_follow_it(shop: Project, service: Receiver) -> None:
    first = states(shop.run("--at", rows.day(2)))
    assert "pack.missing_rate/m/x" in first
    told = len(service.got)
    written(shop, service, ("  pack: {", "  gaps: {was: pack, "))
    after = states(shop.run("--at", rows.day(2)))
    assert after == {series.replace("pack.", "gaps."): state for series, state in first.items()}
    assert len(service.got) == told


def test_monitor_and_model_may_change_their_names_at_once(shop: Project, service: Receiver) -> None:
    shop.run("--at", rows.day(2))
    written(shop, service, MONITOR, MODEL)
    after = states(shop.run("--at", rows.day(2)))
    assert {f"after/{each.replace('m/', 'n/', 1)}" for each in SERIES} <= set(after)
    assert set(after.values()) == {"firing"}


def test_a_dry_run_and_a_plan_see_the_new_name_and_change_nothing(shop: Project, service: Receiver) -> None:
    first = shop.run("--at", rows.day(2))
    written(shop, service, MONITOR, MODEL)
    files = {name: (shop.folder / name).read_bytes() for name in shop.files()}
    dry = shop.run("--at", rows.day(3), "--dry-run")
    assert set(ids(dry).values()) == set(ids(first).values())
    assert set(states(dry).values()) == {"firing"}
    assert [each["window"]["end"] for each in dry.of("after", segment=None)] == [rows.day(3)]
    plan = shop.call("plan", str(shop.folder / "monitors.yaml"), "--format", "json", "--at", rows.day(3)).document
    ends = {each["monitor"]: [window["end"] for window in each["windows"]] for each in plan["monitors"]}
    assert ends["after"] == [rows.day(3)]
    assert {name: (shop.folder / name).read_bytes() for name in shop.files()} == files


def test_what_nobody_knows_is_harmless_and_a_second_run_changes_nothing(shop: Project, service: Receiver) -> None:
    written(shop, service, ("  before: {", "  after: {was: never-heard-of, "), ("  m:\n", "  m:\n    was: nothing\n"))
    first = shop.run("--at", rows.day(2))
    assert first.code == 1
    again = shop.run("--at", rows.day(2))
    assert ids(again) == ids(first)


def test_a_name_that_went_and_came_back_keeps_the_younger_history(shop: Project, service: Receiver) -> None:
    first = shop.run("--at", rows.day(2))
    written(shop, service, ("  before: {", "  after: {"))  # without `was`: the old series end, new ones begin
    assert states(shop.run("--at", rows.day(2)))["before/m/x"] == "resolved"
    renamed = shop.run("--at", rows.day(3))
    told = len(service.got)
    written(shop, service, ("  before: {", "  before: {was: after, "))
    back = shop.run("--at", rows.day(3))
    assert ids(back)["before/m/x"] == ids(renamed)["after/m/x"] != ids(first)["before/m/x"]
    assert states(back)["before/m/x"] == "firing"
    assert len(service.got) == told


def test_what_began_anew_before_was_was_written_stays_as_it_is(shop: Project, service: Receiver) -> None:
    shop.run("--at", rows.day(2))
    written(shop, service, ("  before: {", "  after: {"))
    anew = shop.run("--at", rows.day(3))
    written(shop, service, MONITOR)
    after = shop.run("--at", rows.day(3))
    assert ids(after)["after/m/x"] == ids(anew)["after/m/x"]
    assert "resolved" not in states(after).values()


def test_another_root_file_keeps_its_own_series_of_that_name(shop: Project, service: Receiver) -> None:
    (shop.folder / "other.yaml").write_text((shop.folder / "monitors.yaml").read_text("utf-8"), "utf-8")
    shop.run("--at", rows.day(2), file="other.yaml")
    written(shop, service, MONITOR)
    shop.run("--at", rows.day(2))
    other = shop.run("--at", rows.day(2), file="other.yaml")
    assert states(other)["before/m/x"] == "firing"


def test_killed_at_any_statement_the_old_name_or_the_new_one_holds_it_all(shop: Project) -> None:
    shop.run("--at", rows.day(2))
    root = str((shop.folder / "monitors.yaml").resolve())
    worker = [sys.executable, "-m", "tests.commands.kill_rename", str(shop.folder), root, "before=after"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "engine"), str(ROOT)))}
    done = subprocess.run(worker, cwd=ROOT, env=environment, text=True, check=True, stdout=subprocess.PIPE)
    lines = done.stdout.splitlines()
    assert len(lines) > 20
    assert set(lines[:-1]) <= {" ".join(["before"] * 5), " ".join(["after"] * 5)}
    assert lines[-1] == " ".join(["after"] * 5)
