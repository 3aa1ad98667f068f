"""All kinds that exist: a value that is passed around, not a side effect of imports.

A built-in kind's file has its name (`checks/drift/psi.py` holds `psi`), so that names are listed without importing
anything and a kind is imported when it is asked for. Third parties add kinds by entry points (`driftline.checks`,
`driftline.sources`, `driftline.exporters`) that name the class, or by a folder of files (`--plugins`).
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Generic, TypeVar

from driftline.checks.base import Check
from driftline.errors import UsageError
from driftline.sources.base import Source

PACKAGE = Path(__file__).parent
FAMILIES = (
    "quality",
    "volume",
    "drift",
    "performance",
    "estimation",
    "fairness",
    "operations",
    "business",
    "composite",
)
NOT_KINDS = {"__init__", "base"}


Kind = TypeVar("Kind")


@dataclass(frozen=True)
class Registered(Generic[Kind]):
    """A kind that can be loaded: its name, its family (checks only), and how to import its class."""

    name: str
    family: str
    load: Callable[[], type[Kind]]


@dataclass(frozen=True)
class Registry:
    """The kinds by name. Loading is lazy: `check_class("psi")` imports one file."""

    checks: Mapping[str, Registered[Check]]
    sources: Mapping[str, Registered[Source]]
    exporters: Mapping[str, Registered[Any]]

    def check_class(self, kind: str) -> type[Check]:
        """The class of a check; KeyError when there is none of that name."""
        return self.checks[kind].load()

    def source_class(self, kind: str) -> type[Source]:
        """The class of a source; KeyError when there is none of that name."""
        return self.sources[kind].load()

    def family(self, kind: str) -> str:
        """`drift`, `quality`, … of a check."""
        return self.checks[kind].family


def _class_in(module: Any, base: type, name: str) -> type[Any]:
    """The one public subclass of `base` whose kind is `name`."""
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, base) and getattr(value, "kind", None) == name:
            return value
    raise ImportError(f"{module.__name__} holds no {base.__name__} of kind {name!r}")


def _built_in(folder: str, base: type, family: str) -> dict[str, Registered[Any]]:
    """Kinds of one package folder: one file each, named like the kind."""
    found: dict[str, Registered[Any]] = {}
    for path in sorted((PACKAGE / folder).glob("*.py")):
        if path.stem in NOT_KINDS or path.stem.startswith("_"):
            continue
        module = f"driftline.{folder.replace('/', '.')}.{path.stem}"

        def load(module: str = module, name: str = path.stem) -> type[Any]:
            return _class_in(importlib.import_module(module), base, name)

        found[path.stem] = Registered(path.stem, family, cache(load))
    return found


@cache
def _entry_points() -> Any:
    """Those of every installed distribution, read once: each reading opens them all.

    Python 3.11 and 3.12 give them different types with the same `select`.
    """
    return entry_points()


def _installed(group: str, default_family: str) -> dict[str, Registered[Any]]:
    """Kinds that other distributions bring, by entry point; `family.name` puts a check into a family."""
    found: dict[str, Registered[Any]] = {}
    for point in _entry_points().select(group=group):
        family, _, name = point.name.rpartition(".")
        found[name] = Registered(name, family or default_family, cache(point.load))
    return found


def _constant(kind: type[Any]) -> Callable[[], type[Any]]:
    return lambda: kind


def _from_folder(folder: Path) -> tuple[dict[str, Registered[Check]], dict[str, Registered[Source]]]:
    """Checks and sources in a team's own folder: a file each, named like its kind; names with `_` hold none."""
    checks: dict[str, Registered[Check]] = {}
    sources: dict[str, Registered[Source]] = {}
    for path in sorted(folder.glob("[!_]*.py")):
        kind = _class_of(path)
        if issubclass(kind, Check):
            checks[path.stem] = Registered(path.stem, getattr(kind, "family", "plugins"), partial(_same, kind))
        else:
            sources[path.stem] = Registered(path.stem, "sources", partial(_same, kind))
    return checks, sources


def _same(kind: type[Kind]) -> type[Kind]:
    return kind


def _class_of(path: Path) -> type[Check] | type[Source]:
    """The kind in a file; UsageError when the file does not load, or holds none that is called like it."""
    name = f"driftline_plugin_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"the plug-in {path} does not load: it is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look up the module of a class whose annotations are texts
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # a team's own file may raise anything; it is the caller's mistake, not a defect here
        raise UsageError(f"the plug-in {path} does not load: {type(error).__name__}: {error}") from error
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, (Check, Source)) and getattr(value, "kind", None) == path.stem:
            return value
    raise UsageError(f"the plug-in {path} holds no check or source whose `kind` is {path.stem!r}, the name of the file")


@cache
def _load(folder: str | None) -> Registry:
    checks: dict[str, Registered[Check]] = {}
    for family in FAMILIES:
        checks |= _built_in(f"checks/{family}", Check, family)
    checks |= _installed("driftline.checks", "plugins")
    sources = _built_in("sources", Source, "sources") | _installed("driftline.sources", "sources")
    if folder:
        path = Path(folder)
        if not path.is_dir():
            raise UsageError(f"the plug-in folder {folder} does not exist; correct --plugins or DRIFTLINE_PLUGINS")
        own_checks, own_sources = _from_folder(path)
        checks |= own_checks
        sources |= own_sources
    return Registry(checks, sources, _installed("driftline.exporters", "exporters"))


def load(plugins: str | None = None) -> Registry:
    """The registry: built-ins, installed plug-ins, and those of a folder (default: DRIFTLINE_PLUGINS)."""
    return _load(plugins or os.environ.get("DRIFTLINE_PLUGINS"))
