"""Files: encodings, includes, the environment; what a message may say of a secret (nothing)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from driftline import registry
from driftline.config.document import Document, Secret
from driftline.errors import ConfigurationError, Diagnostic
from driftline.schema.load import load_document

SOURCE = "sources: {a: {path: a.parquet, timestamp: at}, b: {path: b.parquet}}\n"
SMALLEST = f"version: 1\n{SOURCE}models: {{m: {{source: a, baseline: b}}}}\nmonitors: {{drift: {{preset: drift}}}}\n"


def load(folder: Path, text: str | bytes = SMALLEST, missing: bool = False, **variables: str) -> Document:
    path = folder / "monitors.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return load_document(path, registry.load(), allow_missing_env=missing, variables=variables)


def refused(folder: Path, text: str | bytes = SMALLEST, **variables: str) -> tuple[Diagnostic, ...]:
    with pytest.raises(ConfigurationError) as caught:
        load(folder, text, False, **variables)
    return caught.value.diagnostics


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize("text", [b"\xef\xbb\xbf" + SMALLEST.encode(), SMALLEST.replace("\n", "\r\n").encode()])
def test_a_byte_order_mark_and_windows_line_ends_are_fine(tmp_path: Path, text: bytes) -> None:
    assert list(load(tmp_path, text).monitors) == ["drift"]


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_document(tmp_path / "absent.yaml", registry.load())
    (found,) = caught.value.diagnostics
    assert (found.code, "does not exist" in found.message) == ("DL001", True)


@pytest.mark.parametrize(
    "content", [os.urandom(5_000) + b"\xff", b"\x00" * 100, b"PAR1\x15\x04\x15", b"version: 1\x00"]
)
def test_binary_junk_is_refused(tmp_path: Path, content: bytes) -> None:
    assert refused(tmp_path, content)[0].code in ("DL002", "DL003")


def test_a_huge_file_is_refused_without_being_parsed(tmp_path: Path) -> None:
    (found,) = refused(tmp_path, b"# " + b"x" * (5 << 20))
    assert found.code == "DL005"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        load_document(tmp_path, registry.load())


# Includes ------------------------------------------------------------------------------------------------------------


def test_includes_merge_names_concatenate_lists_and_keep_their_defaults(tmp_path: Path) -> None:
    write(tmp_path / "teams/one.yaml", "include: [more/*.yaml]\ndefaults: {window: 2d, tags: {team: one}}\n"
          "monitors: {gaps: {check: missing_rate, columns: x, threshold: none, model: m}}\n")  # fmt: skip
    write(tmp_path / "teams/more/data.yaml", "sources: {c: {path: c.parquet}}\nroutes: [{channels: [two]}]\n")
    root = SMALLEST + "include: teams/one.yaml\ndefaults: {window: 1d, min_rows: 5, tags: {org: x}}\n"
    root += "channels: {one: {url: json://a}, two: {url: json://b}}\nroutes: [{channels: [one]}]\n"
    document = load(tmp_path, root)
    assert list(document.sources) == ["a", "b", "c"]
    assert document.sources["c"].directory == tmp_path / "teams/more"
    assert [route.channels for route in document.routes] == [("one",), ("two",)]
    gaps, drift = document.monitors["gaps"].defaults, document.monitors["drift"].defaults
    assert (str(gaps.window.size), gaps.min_rows, gaps.tags) == ("2d", 5, {"org": "x", "team": "one"})  # type: ignore[union-attr]
    assert (str(drift.window.size), drift.tags) == ("1d", {"org": "x"})  # type: ignore[union-attr]
    assert document.place("monitors", "gaps", "check").file.endswith("teams/one.yaml")  # type: ignore[union-attr]


def test_a_file_that_two_others_include_is_read_once(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(tmp_path / f"{name}.yaml", "include: [shared.yaml]\n")
    write(tmp_path / "shared.yaml", "sources: {c: {path: c.parquet}}\n")
    assert "c" in load(tmp_path, SMALLEST + "include: [one.yaml, two.yaml]\n").sources


def test_a_symbolic_link_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    write(tmp_path / "outside/secret.yaml", "sources: {c: {path: c.parquet}}\n")
    folder = tmp_path / "inside"
    folder.mkdir()
    (folder / "link.yaml").symlink_to(tmp_path / "outside/secret.yaml")
    (folder / "linked").symlink_to(tmp_path / "outside")
    found = refused(folder, SMALLEST + "include: [link.yaml, linked/secret.yaml, 'linked/*.yaml']\n")
    assert [one.code for one in found] == ["DL016"] * 3


def test_a_circle_of_links_is_a_missing_file(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").symlink_to(tmp_path / "b.yaml")
    (tmp_path / "b.yaml").symlink_to(tmp_path / "a.yaml")
    assert [one.code for one in refused(tmp_path, SMALLEST + "include: [a.yaml]\n")] == ["DL014"]


def test_a_file_that_includes_itself_by_a_glob_is_left_out_of_it(tmp_path: Path) -> None:
    write(tmp_path / "other.yaml", "sources: {c: {path: c.parquet}}\n")
    assert "c" in load(tmp_path, SMALLEST + "include: ['*.yaml']\n").sources


# Environment ---------------------------------------------------------------------------------------------------------

CHANNEL = SMALLEST + 'channels: {ops: {url: "json://${USER:-nobody}:${TOKEN}@host"}}\n'


def test_a_substituted_text_is_a_secret_that_nothing_shows(tmp_path: Path) -> None:
    url = load(tmp_path, CHANNEL, TOKEN="t0ken").channels["ops"].url
    assert isinstance(url, Secret)
    assert url.reveal() == "json://nobody:t0ken@host"
    assert "t0ken" not in f"{url} {url!r} {vars(load(tmp_path, CHANNEL, TOKEN='t0ken'))}"


def test_a_source_option_from_the_environment_is_a_secret(tmp_path: Path) -> None:
    text = SMALLEST.replace("path: a.parquet", 'path: "${BUCKET}/a.parquet"')
    path = load(tmp_path, text, BUCKET="s3://private").sources["a"].options["path"]
    assert isinstance(path, Secret)
    assert path.reveal() == "s3://private/a.parquet"


def test_a_value_is_not_substituted_twice(tmp_path: Path) -> None:
    url = load(tmp_path, CHANNEL, TOKEN="${USER}").channels["ops"].url
    assert isinstance(url, Secret)
    assert "${USER}" in url.reveal()


def test_a_secret_file_is_read_without_its_last_line_end(tmp_path: Path) -> None:
    write(tmp_path / "secret", "hunter2\n")
    text = SMALLEST + 'channels: {ops: {url: "json://x:${file:secret}@host"}}\n'
    url = load(tmp_path, text).channels["ops"].url
    assert isinstance(url, Secret)
    assert url.reveal() == "json://x:hunter2@host"


def test_an_unset_variable_is_an_error_unless_it_may_be_missing(tmp_path: Path) -> None:
    assert [found.code for found in refused(tmp_path, CHANNEL)] == ["DL010"]
    assert list(load(tmp_path, CHANNEL, missing=True).channels) == ["ops"]


def test_every_place_of_a_secret_accepts_one_that_is_allowed_to_be_missing(tmp_path: Path) -> None:
    text = """version: 1
sources:
  a: {path: "${A}/x.parquet", storage: {aws_secret_access_key: "${A}"}}
  b: {type: csv, path: "${A}"}
  c: {type: sql, url: "${A}", query: "${A}"}
models: {m: {source: a, baseline: b}}
monitors: {drift: {preset: drift}}
channels: {ops: {url: "${A}"}}
actions: {go: {type: webhook, url: "${A}", headers: {X-Token: "${A}"}}}
store: "${A}"
include: ["${A}"]
"""
    assert load(tmp_path, text, missing=True).sources["a"].type == "parquet"
    assert load(tmp_path, text.replace("include", "x-include"), A="a").sources["c"].type == "sql"


def test_where_values_are_shown_a_secret_is_refused_present_or_missing(tmp_path: Path) -> None:
    text = """version: 1
defaults: {timezone: "${A}", min_rows: "${A:-100}", runbook: "${A}", tags: {team: "${A}"}}
sources: {a: {path: a.parquet, timestamp: "${A}", lateness: "${A}", where: "${A}", type: "${A}"}, b: {path: b.parquet}}
models:
  m: {source: "${A}", baseline: "${A}", task: "${A}", roles: {id: "${A}"}, description: "${A}", runbook: "${A}",
      columns: {x: {valid: {min: "${A}", regex: "${A}", where: "${A}", in: ["${A}"]}}}}
metrics: {k: {model: m, sql: "${A}", unit: "${A}"}}
monitors:
  a: {check: "${A}", model: "${A}", window: "${A}", alert: {for: "${A}"}, enabled: "${A}", columns: ["${A}"]}
  b: {check: psi, params: {bins: "${A}"}, threshold: {critical: {above: "${A}"}}, significance: {alpha: "${A}"}}
  c: {metric: "${A}", threshold: "${A}"}
channels: {ops: {url: json://localhost}}
routes: [{channels: ["${A}"], match: {severity: "${A}"}}]
"""
    for variables, missing in (({"A": "drift"}, False), ({}, True)):
        with pytest.raises(ConfigurationError) as caught:
            load(tmp_path, text, missing, **variables)
        assert {found.code for found in caught.value.diagnostics if found.is_error} == {"DL170"}
        assert len(caught.value.diagnostics) == text.count("${")
        assert all("drift" not in f"{found.message} {found.hint}" for found in caught.value.diagnostics)


def test_keys_are_not_substituted_and_a_doubled_dollar_is_text(tmp_path: Path) -> None:
    text = SMALLEST + "windows: {'${W}': {size: 1d}}\nmetrics: {k: {model: m, sql: SUM(a), unit: '$${eur}'}}\n"
    document = load(tmp_path, text)
    assert (list(document.windows), document.metrics["k"].unit) == (["${W}"], "${eur}")


@pytest.mark.parametrize(
    ("store", "wanted"),
    [
        ("", "sqlite:///{folder}/.driftline/state.db"),
        ("store: sqlite:///here/state.db", "sqlite:///{folder}/here/state.db"),
        ("store: sqlite:////abs/state.db", "sqlite:////abs/state.db"),
        ("store: postgresql://host/db", "postgresql://host/db"),
    ],
)
def test_the_store_lies_beside_the_root_file_unless_given(tmp_path: Path, store: str, wanted: str) -> None:
    assert load(tmp_path, SMALLEST + store).store == wanted.format(folder=tmp_path)


def test_a_file_of_nothing_but_mistakes_is_told_in_time_and_not_in_full(tmp_path: Path) -> None:
    found = refused(tmp_path, "version: 1\n" * 50_000)
    assert len(found) < 1_100
    assert found[-1].message == "there are more than 1,000 errors; the rest of the configuration was not looked at"
