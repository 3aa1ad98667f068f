"""What an editor offers, explains and underlines: the published schema through the language server of VS Code, Neovim
and others."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from driftline import parameters, registry
from driftline.cli.schema import command as schema
from driftline.schema.kinds import core_schema
from driftline.schema.publish import PUBLISHED, built_in
from tests.editor.probes import MODELINE, Level, Probe, probes
from tests.services import language_server
from tests.services.language_server import LanguageServer

ROOT = Path(__file__).parents[2]
CORE = core_schema()
KINDS = built_in(registry.load())
PROBES = probes(CORE)
COMPOSED = json.loads(PUBLISHED.read_text("utf-8"))
MONITOR = (Level("monitors", {}), Level("x", {}))
SOURCE = (Level("sources", {}), Level("x", {}))


@pytest.fixture(scope="module")
def editor() -> Iterator[LanguageServer]:
    with language_server.server() as running:
        yield running


def plain(text: str) -> str:
    """Without what Markdown escapes."""
    return text.replace("\\", "").replace("&nbsp;", " ")


def first_line(kind: type) -> str:
    return (inspect.getdoc(kind) or "").splitlines()[0]


def of_checks() -> list[Probe]:
    return [
        Probe((*MONITOR, Level("params", {"check": kind}), Level(p.name, {})), p.description, _sample(p))
        for kind in KINDS.checks
        for p in parameters.parameters(KINDS.check_class(kind))
    ]


def of_sources() -> list[Probe]:
    return [
        Probe((*SOURCE, Level(p.name, {"type": kind})), p.description, _sample(p))
        for kind in KINDS.sources
        for p in parameters.parameters(KINDS.source_class(kind))
    ]


def of_environments() -> list[Probe]:
    """The keys of definitions, and the sections, as an environment may change them."""
    found = []
    for name, section in COMPOSED["$defs"]["environment"]["properties"].items():
        here = (Level("environments", {}), Level("prod", {}), Level(name, {}))
        found.append(Probe(here, CORE["properties"].get(name, {}).get("description") or section["description"], {}))
        inner = section.get("additionalProperties") or section
        for key, value in inner.get("properties", {}).items():
            path = here if name == "defaults" else (*here, Level("x", {}))
            found.append(Probe((*path, Level(key, {})), value["description"]))
    return found


def _sample(parameter: parameters.Parameter) -> object:
    if parameter.choices:
        return parameter.choices[0]
    return (
        {}
        if parameter.mapping
        else {"integer": 3, "number": 0.5, "ratio": 0.5, "boolean": True}.get(parameter.slot, "x")
    )


EVERYTHING = [*PROBES, *of_checks(), *of_sources(), *of_environments()]


@pytest.mark.parametrize("probe", EVERYTHING, ids=str)
def test_every_key_is_offered_with_its_sentence(probe: Probe, editor: LanguageServer) -> None:
    offered = editor.completions(*probe.missing())
    assert probe.key in offered, sorted(offered)
    assert plain(probe.sentence) in plain(offered[probe.key])


@pytest.mark.parametrize("probe", EVERYTHING, ids=str)
def test_every_key_is_explained_by_its_sentence(probe: Probe, editor: LanguageServer) -> None:
    shown = plain(editor.hover(*probe.written()))
    assert shown.startswith(plain(probe.sentence)), shown
    assert "||" not in shown


@pytest.mark.parametrize("probe", [probe for probe in PROBES if probe.choices], ids=str)
def test_every_choice_is_offered(probe: Probe, editor: LanguageServer) -> None:
    offered = editor.completions(*probe.unfinished())
    assert [str(choice) for choice in probe.choices if str(choice) not in offered] == []
    assert {"true", "false"} & set(offered) == set()


def test_every_check_is_offered_and_explained(editor: LanguageServer) -> None:
    probe = Probe((*MONITOR, Level("check", {})), "")
    sentences = {kind: first_line(KINDS.check_class(kind)) for kind in KINDS.checks}
    assert editor.completions(*probe.unfinished()) == sentences
    for kind, sentence in sentences.items():
        shown = plain(editor.hover(*Probe((*MONITOR, Level("check", {})), "", kind).written()))
        assert shown.startswith(plain(sentence)), shown


def test_every_type_of_source_is_offered_and_explained(editor: LanguageServer) -> None:
    sentences = {kind: first_line(KINDS.source_class(kind)) for kind in KINDS.sources}
    assert editor.completions(*Probe((*SOURCE, Level("type", {})), "").unfinished()) == sentences


@pytest.mark.parametrize("section", [name for name, each in CORE["properties"].items() if "propertyNames" in each])
def test_over_a_name_its_definition_is_explained(section: str, editor: LanguageServer) -> None:
    definition = CORE["properties"][section]["additionalProperties"]["$ref"].removeprefix("#/$defs/")
    shown = plain(editor.hover(*Probe((Level(section, {}), Level("my-own", {})), "", {}).written()))
    assert shown.startswith(plain(CORE["$defs"][definition]["description"])), shown


def test_a_source_may_begin_with_where_its_rows_are(editor: LanguageServer) -> None:
    offered = editor.completions(*Probe((*SOURCE, Level("path", {})), "").missing())
    assert set(offered) == {"path", "query", *CORE["$defs"]["source"]["properties"]}
    assert offered["path"].startswith("A file, glob, folder or URL")


@pytest.mark.parametrize("kind", [kind for kind in KINDS.checks if parameters.parameters(KINDS.check_class(kind))])
def test_an_override_of_one_check_offers_its_parameters(kind: str, editor: LanguageServer) -> None:
    beside = {"match": {"check": kind}}
    levels = (Level("overrides", {}), Level(None, {}), Level("set", beside), Level("params", {}), Level("-", {}))
    declared = parameters.parameters(KINDS.check_class(kind))
    assert {p.name: p.description for p in declared}.items() <= editor.completions(*Probe(levels, "").missing()).items()


@pytest.mark.parametrize(
    ("key", "offered"),
    [
        ("threshold", {"none"}),
        ("baseline", {"previous"}),
        ("window", {"1d", "7d"}),
        ("columns", {"features", "numeric", "categorical", "score", "prediction", "target"}),
        ("significance", {"none"}),
        ("classes", {"each"}),
    ],
)
def test_words_of_the_language_are_offered_where_names_may_stand(
    key: str, offered: set[str], editor: LanguageServer
) -> None:
    found = editor.completions(*Probe((*MONITOR, Level(key, {"check": "psi"})), "").unfinished())
    assert offered <= set(found), found
    assert {"true", "false"} & set(found) == set()


def test_nothing_is_offered_where_a_text_is_free(editor: LanguageServer) -> None:
    assert editor.completions(*Probe((Level("models", {}), Level("x", {}), Level("source", {})), "").unfinished()) == {}


def test_booleans_are_offered(editor: LanguageServer) -> None:
    offered = editor.completions(*Probe((*MONITOR, Level("enabled", {"check": "psi"})), "").unfinished())
    assert {"true", "false"} <= set(offered)


KIND_OF_A_TEAM = '''
from dataclasses import dataclass
from typing import ClassVar

from driftline.api import Check, ColumnType, NoData, param


@dataclass(frozen=True)
class OffTarget(Check):
    """Distance of the mean from a target."""

    kind: ClassVar[str] = "off_target"
    title: ClassVar[str] = "Distance from the target"
    column_types: ClassVar[frozenset[ColumnType]] = frozenset({ColumnType.NUMERIC})
    target: float = param("Where the mean should lie.", default=0.0)

    def needs(self, on):
        return {}

    def read(self, on, at, window, baseline):
        return NoData("never measured")
'''


def test_the_schema_of_a_team_offers_its_own_kinds(editor: LanguageServer, tmp_path: Path) -> None:
    (tmp_path / "off_target.py").write_text(KIND_OF_A_TEAM, "utf-8")
    written = CliRunner().invoke(schema, ["--plugins", str(tmp_path)])
    (tmp_path / "monitors.schema.json").write_text(written.output, "utf-8")

    def with_own(document: tuple[str, int, int]) -> tuple[str, int, int]:
        return (document[0].replace(PUBLISHED.as_uri(), (tmp_path / "monitors.schema.json").as_uri()), *document[1:])

    check = Probe((*MONITOR, Level("check", {})), "", "off_target")
    assert editor.completions(*with_own(check.unfinished()))["off_target"] == "Distance of the mean from a target."
    target = Probe((*MONITOR, Level("params", {"check": "off_target"}), Level("target", {})), "", 3)
    assert editor.completions(*with_own(target.missing())) == {"target": "Where the mean should lie."}
    assert plain(editor.hover(*with_own(target.written()))).startswith("Where the mean should lie.")


EXAMPLES = [ROOT / "monitors.example.yaml", Path(__file__).parent / "language.yaml"]
GOOD = [*EXAMPLES, *sorted((ROOT / "tests" / "config" / "good").glob("*.yaml"))]


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_nothing_is_underlined_in_what_is_right(path: Path, editor: LanguageServer) -> None:
    assert editor.diagnose(MODELINE + path.read_text("utf-8")) == []


HEAD = "version: 1\nsources: {s: {path: a.parquet}}\nmodels: {m: {source: s}}\n"
WRONG = {
    "monitors: {a: {check: pis}}": "There is no such kind. Known: distinct_count, ",
    "monitors: {a: {check: psi, colums: b}}": "Property colums is not allowed.",
    "monitors: {a: {preset: drfit}}": "Value is not accepted. Valid values: ",
    "monitors: {a: {columns: b}}": 'Missing property "check".',
    "monitors: {a: {check: psi, params: {bin: 3}}}": "Property bin is not allowed.",
    "monitors: {a: {check: psi, params: {bins: many}}}": "Expected a whole number.",
    "monitors: {a: {check: psi, params: {bins: 1}}}": "Value is below the minimum of 2.",
    "monitors: {a: {check: psi, window: {siz: 1d, size: 1d}}}": "Property siz is not allowed.",
    "monitors: {a: {check: psi, window: {every: 1d}}}": 'Missing property "size".',
    "monitors: {a: {check: psi, threshold: {warning: {abov: 1}}}}": "Property abov is not allowed.",
    "monitors: {a: {check: psi, threshold: {warning: {above: lots}}}}": "Expected a number or a percentage such as",
    "monitors: {a: {check: psi, enabled: perhaps}}": "Expected `true` or `false`.",
    "monitors: {a: {check: psi, metric: m}}": "Property metric is not allowed.",
    "monitors: {a: 3}": 'Incorrect type. Expected "monitor".',
    "windows: {w: {size: 1 day}}": "Expected a duration such as `15m`, `6h`, `1d`, `1w` or `1mo`.",
    "baselines: {b: {type: trailing}}": 'Missing property "size".',
    "baselines: {b: {type: trialing}}": "Value is not accepted. Valid values: ",
    "baselines: {b: {type: previous, size: 1d}}": "Property size is not allowed.",
    "thresholds: {t: {warning: 3}}": 'Incorrect type. Expected "level".',
    "channels: {c: {}}": 'Missing property "url".',
    "routes: {}": "Incorrect type. Expected one of array, null.",
    "metrics: {m: {model: m}}": 'Missing property "sql".',
    "monitor: {}": "Property monitor is not allowed.",
    "environments: {dev: {monitor: {}}}": "Property monitor is not allowed.",
    "environments: {dev: {monitors: {a: {chek: psi}}}}": "Property chek is not allowed.",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_underlined_and_named(text: str, editor: LanguageServer) -> None:
    (found,) = editor.diagnose(MODELINE + HEAD + text)
    assert found.line == 5
    assert found.message.startswith(WRONG[text]), found.message
