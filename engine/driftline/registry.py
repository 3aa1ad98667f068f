"""All kinds that exist: a value that is passed around, not a side effect of imports.

A built-in kind's file has its name (`checks/drift/psi.py` holds `psi`), so that names are listed without importing
anything and a kind is imported when it is asked for. Third parties add kinds by entry points (`driftline.checks`,
`driftline.sources`, `driftline.exporters`) that name the class, or by a folder of files (`--plugins`).
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Generic, TypeVar

from driftline.checks.base import Check
from driftline.errors import UsageError
from driftline.sources.base import Source

PACKAGE = Path(__file__).parent
FAMILIES = ("quality", "volume", "drift", "performance", "operations", "business")
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


def _installed(group: str, default_family: str) -> dict[str, Registered[Any]]:
    """Kinds that other distributions bring, by entry point; `family.name` puts a check into a family."""
    found: dict[str, Registered[Any]] = {}
    for point in entry_points(group=group):
        family, _, name = point.name.rpartition(".")
        found[name] = Registered(name, family or default_family, cache(point.load))
    return found


def _constant(kind: type[Any]) -> Callable[[], type[Any]]:
    return lambda: kind


def _from_folder(folder: Path, base: type) -> dict[str, Registered[Any]]:
    """Kinds in a team's own folder of files."""
    found: dict[str, Registered[Any]] = {}
    for path in sorted(folder.glob("*.py")):
        spec = importlib.util.spec_from_file_location(f"driftline_plugin_{path.stem}", path)
        if spec is None or spec.loader is None:
            continue
        module = importlib.util.module_from_spec(spec)
        try:
            spec.loader.exec_module(module)
            kind = _class_in(module, base, path.stem)
        except ImportError:
            continue
        except Exception as error:  # a file of the user's own may raise anything at all
            raise UsageError(f"the plug-in {path} does not load: {error}") from error
        found[path.stem] = Registered(path.stem, getattr(kind, "family", "plugins"), _constant(kind))
    return found


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
        checks |= _from_folder(path, Check)
        sources |= _from_folder(path, Source)
    return Registry(checks, sources, _installed("driftline.exporters", "exporters"))


def load(plugins: str | None = None) -> Registry:
    """The registry: built-ins, installed plug-ins, and those of a folder (default: DRIFTLINE_PLUGINS)."""
    return _load(plugins or os.environ.get("DRIFTLINE_PLUGINS"))
