"""The documentation says what is so: generated pages are current, recorded outputs repeat, examples run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
import yaml

import driftline
from docs.generator import recorded, references
from docs.generator.pages import REFERENCE, pages
from driftline.errors import ConfigurationError
from driftline.model import Status, Value
from driftline.schema.load import environment_names
from tests.conformance.reading import read_example

PROJECT = Path(__file__).parents[2]
DOCUMENTS = [*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")]
BLOCK = re.compile(r"^```(?P<info>[a-z]+[^\n]*)\n(?P<text>.*?)^```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\((?P<target>[^)#\s]*)(?:#(?P<anchor>[^)\s]+))?\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)

# What a block leaves out: sources and models that it may speak of.
BASE = """
sources:
  scored: {path: tests/data/flights/predictions/*.parquet, timestamp: scheduled_at, lateness: 6h}
  outcomes: {path: tests/data/flights/outcomes/*.parquet, timestamp: landed_at}
  training: {path: tests/data/flights/training.parquet}
models:
  late_arrival:
    task: binary
    source: scored
    roles: {id: flight_id, score: p_late, prediction: late_predicted, target: late}
    labels: {source: outcomes, key: flight_id, delay: 1d, max_delay: 14d}
    groups: {weather: [temp, humid, wind_speed]}
    segments: {origin: {by: origin}, long_haul: {where: "distance > 1500"}}
    baseline: training
  delay_minutes:
    task: regression
    source: scored
    roles: {id: flight_id, prediction: delay_predicted, target: delay_minutes}
    labels: {source: outcomes, key: flight_id, delay: 1d}
    segments: {origin: {by: origin}, long_haul: {where: "distance > 1500"}}
    baseline: training
  airport:
    task: multiclass
    source: scored
    roles: {id: flight_id, score: {EWR: p_late, JFK: p_late, LGA: p_late}, prediction: origin, target: origin}
  queue:
    task: ranking
    source: scored
    roles: {id: flight_id, group: origin, score: p_late, target: late}
    labels: {source: outcomes, key: flight_id, delay: 1d}
    baseline: training
channels:
  ops: {url: "json://localhost:8765"}
  team: {url: "json://localhost:8766"}
thresholds:
  psi_limits: {warning: {above: 0.1}, critical: {above: 0.25}}
"""


def blocks(language: str) -> Iterator[tuple[str, str, str]]:
    """Document, rest of the info string, and text of every block in a language."""
    for path in DOCUMENTS:
        for found in BLOCK.finditer(path.read_text("utf-8")):
            name, _, rest = found["info"].partition(" ")
            if name == language:
                line = path.read_text("utf-8")[: found.start()].count("\n") + 1
                yield f"{path.relative_to(PROJECT)}:{line}", rest, found["text"]


# A word behind the language: `wrong` is refused, anything else needs more than the block itself.
YAML = [case for case in blocks("yaml") if case[1] in ("", "wrong")]
BY_BLOCK = pytest.mark.parametrize(("rest", "text"), [pytest.param(*case[1:], id=case[0]) for case in YAML])
WHOLE = [(where, text) for where, rest, text in YAML if not rest and "version:" in text and "tests/data" in text]


def configuration(text: str, folder: Path) -> Path:
    """A block as a root file in a folder that links the test data; what it leaves out is included from `BASE`."""
    for needed in ("tests", "schemas"):
        (folder / needed).symlink_to(PROJECT / needed)
    written = yaml.load(text, yaml.BaseLoader) or {}
    root = folder / "monitors.yaml"
    if "version" in written:
        root.write_text(text, "utf-8")
        return root
    rest = yaml.load(BASE, yaml.BaseLoader)
    for section, names in rest.items():
        for name in set(names) & set(written.get(section) or {}):
            del names[name]
    (folder / "base.yaml").write_text(yaml.safe_dump(rest), "utf-8")
    root.write_text(f"{text}\nversion: 1\ninclude: base.yaml\n", "utf-8")
    return root


@BY_BLOCK
def test_yaml_blocks_validate(rest: str, text: str, tmp_path: Path) -> None:
    root = configuration(text, tmp_path)
    if rest == "wrong":
        with pytest.raises(ConfigurationError):
            driftline.validate(root, allow_missing_env=True)
    else:
        for environment in environment_names(root) or (None,):
            driftline.validate(root, allow_missing_env=True, environment=environment)


@pytest.mark.parametrize("text", [pytest.param(text, id=where) for where, text in WHOLE])
def test_whole_configurations_on_the_flights_run(text: str, tmp_path: Path) -> None:
    root = configuration(text, tmp_path)
    report = driftline.run(root, at="2013-08-31", dry_run=True)
    assert report.results
    assert [one.reason for one in report.results if one.status is Status.ERROR] == []


def test_generated_pages_are_current() -> None:
    wanted = pages()
    found = {path.relative_to(REFERENCE).as_posix(): path.read_text("utf-8") for path in REFERENCE.rglob("*.md")}
    stale = sorted({name for name in {*wanted, *found} if wanted.get(name) != found.get(name)})
    assert stale == [], "run `make docs`"


def test_numbers_beside_their_references_are_current() -> None:
    assert references.PATH.read_text("utf-8") == references.text(), "run `make docs`"


@pytest.mark.parametrize("path", recorded.DOCUMENTS, ids=lambda path: path.name)
def test_recorded_outputs_repeat(path: Path) -> None:
    assert recorded.as_recorded(path) == path.read_text("utf-8"), "run `make docs`"


SCRIPTS = [pytest.param(text, id=where) for where, _, text in blocks("python") if text.startswith("import driftline")]


@pytest.mark.parametrize("text", SCRIPTS)
def test_python_blocks_run(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configuration("monitors: {volume: {preset: volume, model: late_arrival, threshold: none}}\n", tmp_path)
    monkeypatch.chdir(tmp_path)
    exec(compile(text, "block", "exec"), {})


CHECKS = [pytest.param(text, id=where) for where, _, text in blocks("python") if "(Check):" in text]


@pytest.mark.parametrize("text", CHECKS)
def test_shown_checks_read_as_their_examples_say(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = Path(text.splitlines()[0].removeprefix("# ")).stem
    (tmp_path / f"{name}.py").write_text(text, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    check = next(kind for kind in vars(import_module(name)).values() if getattr(kind, "kind", None) == name)
    assert check.examples
    for example in check.examples:
        reading = read_example(check, example, tmp_path)
        if isinstance(example.value, str):
            assert type(reading).__name__ == example.value
        else:
            assert isinstance(reading, Value)
            assert reading.value == pytest.approx(example.value)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_links_lead_somewhere(path: Path) -> None:
    broken = []
    text = BLOCK.sub("", path.read_text("utf-8"))
    for found in LINK.finditer(text):
        target = found["target"]
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        file = (path.parent / target) if target else path
        if not file.exists() or (found["anchor"] and file.suffix == ".md" and found["anchor"] not in anchors(file)):
            broken.append(found.group())
    assert broken == []


def anchors(path: Path) -> set[str]:
    """The anchors of a document's headings, as forges make them."""
    headings = HEADING.findall(BLOCK.sub("", path.read_text("utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
