"""The way in: a path -> the document, or every error at once."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from driftline.config import codes
from driftline.config.document import Defaults, Document
from driftline.config.environment import Environment, substitute
from driftline.config.environments import only_chosen, with_overrides
from driftline.config.files import File, read_files
from driftline.config.findings import Findings, TooManyErrors
from driftline.config.nodes import Entry, Map, Scalar, Sequence
from driftline.config.reader import parse_any
from driftline.config.sections import Sections, gather
from driftline.errors import ConfigurationError, Diagnostic, Place, UsageError
from driftline.registry import Registry
from driftline.schema import decode_rules as rules
from driftline.schema.decode import Decoder
from driftline.schema.kinds import Language
from driftline.schema.semantics.all import check_meaning
from driftline.schema.semantics.context import Context
from driftline.schema.tree import Path, Tree
from driftline.schema.walk import REFUSED, Walk


class EnvironmentNotChosen(UsageError):
    """The file declares environments, and none of them (or one that is not declared) was chosen."""

    def __init__(self, path: pathlib.Path, names: tuple[str, ...], chosen: str | None) -> None:
        listed = ", ".join(names) or "none"
        if chosen is None:
            said = f"{path} declares the environments {listed}; choose one with --env NAME or DRIFTLINE_ENV"
        else:
            said = f"{path} has no environment `{chosen}`; declared: {listed}"
        super().__init__(said)
        self.names = names
        self.chosen = chosen


def load_document(
    path: pathlib.Path,
    registry: Registry,
    allow_missing_env: bool = False,
    variables: Mapping[str, str] | None = None,
    environment: str | None = None,
    moved: tuple[pathlib.Path, pathlib.Path] | None = None,
    overrides: str = "",
) -> Document:
    """Read, type and check a configuration and all that it includes. No data and no network are touched.

    `variables` is the environment of substitutions (default: that of the process), `environment` the one that is
    chosen of those the file declares. `moved` is a folder of copies and that of the originals, beside which secret
    files are looked for. `overrides` is a YAML list that is read as if it stood at the end of the root file's own
    `overrides`. Raises EnvironmentNotChosen; ConfigurationError with all diagnostics, warnings included; the
    warnings of a document without errors are in its `warnings`.
    """
    findings = Findings()
    substitutions = Environment(os.environ if variables is None else variables, allow_missing_env, moved)
    read = partial(read_files, path, substitutions, findings, environment)
    if overrides:
        read = partial(_with_overrides, read, overrides, findings, environment)
    return _loaded(path, read, registry, findings, environment)


def _with_overrides(
    read: Callable[[], tuple[File, ...]], text: str, findings: Findings, environment: str | None
) -> tuple[File, ...]:
    files = read()
    items = parse_any(text, files[0].name, findings, "write a list") if files else None
    if not isinstance(items, Sequence):
        return files
    return (replace(files[0], root=with_overrides(files[0].root, items, environment)), *files[1:])


def load_inline(
    part: File, registry: Registry, variables: Mapping[str, str], environment: str | None = None
) -> Document:
    """A configuration that stands inside of another file: `part` has that file's path and text. It includes nothing."""
    findings = Findings()
    substitutions = Environment(variables, allow_missing=True)

    def read() -> tuple[File, ...]:
        root = substitute(only_chosen(part.root, environment), part.path.parent, substitutions, findings)
        if (include := root.entries.get("include")) is not None:
            message = "a configuration that stands in a scenario cannot `include` files"
            findings.error(codes.UNUSABLE_KEY, message, include.key, "name a configuration: `monitors: monitors.yaml`")
        return (replace(part, root=root),)

    return _loaded(pathlib.Path(part.name), read, registry, findings, environment)


def _loaded(
    path: pathlib.Path,
    read: Callable[[], tuple[File, ...]],
    registry: Registry,
    findings: Findings,
    environment: str | None,
) -> Document:
    """The document of the files that `read` yields, the root first."""
    files: tuple[File, ...] = ()
    document = None
    with suppress(TooManyErrors):
        files = read()
        if files and files[0].name == str(path):
            sections = gather(files, findings, environment)
            if sections.environments or environment is not None:
                _check_chosen(path, sections, environment)
            document = _document(sections, registry, findings, environment)
    found = findings.ordered([str(path), *(file.name for file in files)])
    if document is None or findings.failed:
        raise ConfigurationError(found)
    return _with_warnings(document, found)


def environment_names(path: pathlib.Path) -> tuple[str, ...]:
    """The environments that a configuration declares, in the order in which they are written; () when none."""
    findings = Findings()
    with suppress(TooManyErrors):
        files = read_files(path, Environment({}, allow_missing=True), findings)
        if files and files[0].name == str(path):
            return gather(files, findings).environments
    return ()


def _check_chosen(path: pathlib.Path, sections: Sections, environment: str | None) -> None:
    if environment not in sections.environments:
        raise EnvironmentNotChosen(path, sections.environments, environment)


def _with_warnings(document: Document, found: tuple[Diagnostic, ...]) -> Document:
    return replace(document, warnings=found)


def _document(sections: Sections, registry: Registry, findings: Findings, environment: str | None) -> Document:
    """The document of what was read, as far as it goes; the findings say what is wrong with it."""
    files = sections.files
    language = Language(registry)
    walk = Walk(findings, Tree(), {file.name: file for file in files})
    root = _without_empty_sections(sections.root, language)
    _check_version(sections.root, files[0].name, findings)
    values = walk.map(root, language.root, ())
    names = rules.Names(_declared(root, "windows"), _declared(root, "baselines"), _declared(root, "models"))
    defaults = _defaults(sections, language, walk, names)
    decoder = Decoder(
        root=files[0].path,
        tree=walk.tree,
        names=names,
        registry=registry,
        defaults=defaults,
        directories={file.name: file.path.parent for file in files},
        root_file=files[0].name,
        ancestors={file.name: file.ancestors for file in files},
        environment=environment,
        environments=sections.environments,
    )
    document = decoder.document(values)
    written = {_defaults_path(file, files[0].name): defaults[file] for file in sections.defaults}
    check_meaning(Context(document, registry, walk.tree, findings, walk.files, written))
    return document


def _without_empty_sections(root: Map, language: Language) -> Map:
    """A section whose entries are all commented out has none."""

    def is_empty(name: str, entry: Entry) -> bool:
        known = name in language.root.properties and name not in ("version", "store")
        return known and isinstance(entry.value, Scalar) and entry.value.is_null

    return replace(root, entries={name: entry for name, entry in root.entries.items() if not is_empty(name, entry)})


def _declared(root: Map, section: str) -> frozenset[str]:
    entry = root.entries.get(section)
    return frozenset(entry.value.entries) if entry is not None and isinstance(entry.value, Map) else frozenset()


def _check_version(root: Map, file: str, findings: Findings) -> None:
    if "version" not in root.entries:
        findings.error(codes.VERSION, "the file does not say its `version`", Place(file, 1, 1), "add `version: 1`")


def _defaults_path(file: str, root_file: str) -> Path:
    return ("defaults",) if file == root_file else ("defaults", file)


def _defaults(sections: Sections, language: Language, walk: Walk, names: rules.Names) -> Mapping[str, Defaults]:
    """The defaults that hold in each file: the root file's, overlaid by its own."""
    root_file = sections.files[0].name
    typed: dict[str, Any] = {}
    for file, entry in sections.defaults.items():
        if isinstance(entry.value, Scalar) and entry.value.is_null:
            continue
        value = walk.entry(entry, language.defaults, _defaults_path(file, root_file))
        typed[file] = {} if value is REFUSED else value
    root = typed.get(root_file, {})
    done = {root_file: rules.defaults(root, names)}
    for name in (file.name for file in sections.files[1:]):
        done[name] = rules.defaults(rules.overlaid(root, typed.get(name, {})), names)
    return done
