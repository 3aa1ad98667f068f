"""A matcher for a column that no series has is told by `validate --data` and `plan`: nothing would ever come of it."""

from __future__ import annotations

import pytest

from tests.commands import rows
from tests.commands.project import Project

CONFIG = """
version: 1
defaults: {window: 1d}
sources:
  scored: {path: scored.parquet, timestamp: ts}
  training: {path: training.parquet}
models:
  m: {source: scored, roles: {id: id, score: p, prediction: yhat, target: y}, baseline: training}
monitors:
  shape: {check: ks, columns: numeric, threshold: {critical: {above: 0.3}}}
  calls: {check: row_count, threshold: {critical: {below: 10}}}
"""


@pytest.fixture
def shop(project: Project) -> Project:
    """One model whose columns are known from its data only."""
    project.data("scored.parquet", rows.scored(2))
    project.data("training.parquet", rows.training())
    return project


def warned(project: Project, *options: str) -> list[tuple[str, str, str | None]]:
    """Code, message and hint of every finding."""
    done = project.call("validate", str(project.folder / "monitors.yaml"), "--format", "json", *options)
    return [(each["code"], each["message"], each["hint"]) for each in done.document["diagnostics"]]


def noted(project: Project) -> list[str]:
    """What the notes of a plan say of matchers."""
    done = project.call("plan", str(project.folder / "monitors.yaml"), "--at", rows.day(2), "--format", "json")
    return [note for note in done.document["notes"] if "matches no series" in note]


SUCH = "no monitor that it matches measures such a column"
OVERRIDE = "overrides:\n  - {{match: {{monitor: {monitor}, column: {column}}}, set: {{{set}}}}}"


def overridden(column: str, monitor: str = "shape", settings: str = "min_rows: 10") -> str:
    return OVERRIDE.format(monitor=monitor, column=column, set=settings)


def test_a_column_that_the_data_has_not_is_told_with_the_one_that_was_meant(shop: Project) -> None:
    shop.data("scored.parquet", rows.scored(2).rename({"x": "device_trust"}))
    shop.data("training.parquet", rows.training().rename({"x": "device_trust"}))
    shop.write(CONFIG, overridden("device_trst"))
    assert warned(shop) == []
    told = ("DL089", f"`device_trst` matches no series: {SUCH}", "did you mean `device_trust`?")
    assert warned(shop, "--data") == [told]
    file = shop.folder / "monitors.yaml"
    assert noted(shop) == [f"{file}:12: device_trst matches no series: {SUCH}; did you mean `device_trust`?"]


def test_names_and_globs_that_fit_a_measured_column_are_silent(shop: Project) -> None:
    routes = "routes:\n  - {match: {column: x}, channels: [ops]}\n  - {channels: [ops]}"
    shop.write(CONFIG, overridden('[x, "z*", "?"]'), routes, "channels:\n  ops: {url: 'json://localhost'}")
    assert warned(shop, "--data") == []
    assert noted(shop) == []


def test_a_column_that_the_selection_left_out_says_why(shop: Project) -> None:
    shop.data("scored.parquet", rows.scored(2))
    shop.write(CONFIG.replace("columns: numeric", "columns: features"), overridden("c"))
    ((code, message, hint),) = warned(shop, "--data")
    assert (code, hint) == ("DL089", None)
    assert message == "`c` matches no series: shape leaves it out, since ks cannot measure categorical columns"


@pytest.mark.parametrize("column", ["x", "[x, z]"])
def test_a_column_that_the_override_itself_switches_off_is_matched(shop: Project, column: str) -> None:
    shop.write(CONFIG, overridden(column, settings="enabled: false"))
    assert warned(shop, "--data") == []


def test_a_monitor_that_measures_no_columns_has_none_to_match(shop: Project) -> None:
    silence = "silences:\n  - {match: {monitor: calls, column: x}, end: 2024-02-01, reason: known}"
    shop.write(CONFIG, silence)
    assert [message for _, message, _ in warned(shop, "--data")] == [
        "`x` matches no series: no monitor that it matches measures columns"
    ]


def test_what_is_excluded_has_to_be_there_too(shop: Project) -> None:
    incident = "incidents:\n  - {id: A, start: 2024-01-01, end: 2024-01-02, reason: storm, match: {not: {column: xx}}}"
    shop.write(CONFIG, incident)
    assert [hint for _, _, hint in warned(shop, "--data")] == ["did you mean `x`?"]


def test_it_is_told_once_where_the_files_name_all_columns(shop: Project) -> None:
    listed = CONFIG.replace("baseline: training}", "baseline: training, features: [x, z]}")
    shop.write(listed, overridden("zz"))
    assert warned(shop) == warned(shop, "--data") == [("DL089", f"`zz` matches no series: {SUCH}", "did you mean `z`?")]


def test_nothing_is_said_of_a_source_that_cannot_be_opened(shop: Project) -> None:
    (shop.folder / "scored.parquet").unlink()
    shop.write(CONFIG, overridden("xx"))
    assert {code for code, _, _ in warned(shop, "--data")} == {"DL100"}
    assert noted(shop) == []


def test_an_override_for_columns_of_a_monitor_without_columns_is_told_once(shop: Project) -> None:
    shop.write(CONFIG, overridden("x", monitor="calls"))
    hint = "no monitor that it would match measures columns; leave `column` out"
    told = [("DL081", "the override matches no monitor", hint)]
    assert warned(shop) == told
    assert warned(shop, "--data") == told
