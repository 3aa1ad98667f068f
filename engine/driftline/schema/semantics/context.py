"""What every semantic check looks at, and how it points at what it found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from driftline.checks.base import Check
from driftline.config.codes import Code
from driftline.config.document import Defaults, Document, Matcher, ModelDefinition, MonitorDefinition, Threshold
from driftline.config.files import File
from driftline.config.findings import Findings
from driftline.config.matching import model_matches
from driftline.config.nodes import Node, Scalar
from driftline.globs import fits, is_glob
from driftline.registry import Registry
from driftline.schema.semantics.presets import PRESET_CHECKS
from driftline.schema.spelling import hint_for
from driftline.schema.tree import Path, Tree


@dataclass(frozen=True)
class Chosen:
    """The models of a monitor; those that are `named` (or without alternative) have to fit."""

    models: tuple[ModelDefinition, ...]
    named: frozenset[str]
    path: Path  # where the choice is written


@dataclass
class SqlSeen:
    """The SQL that was looked at: what is sound (by what it is for, and its text), and how many characters it were."""

    sound: set[tuple[str, str]] = field(default_factory=set)
    characters: int = 0


@dataclass(frozen=True)
class Context:
    """A document and where it stands in the files."""

    document: Document
    registry: Registry
    tree: Tree
    findings: Findings
    files: Mapping[str, File]
    defaults: Mapping[Path, Defaults]  # by where they are written
    sql: SqlSeen = field(default_factory=SqlSeen)
    _chosen: dict[str, Chosen] = field(default_factory=dict)

    def error(self, code: Code, message: str, path: Path, hint: str | None = None, *related: tuple[Path, str]) -> None:
        """An error at the value of a path (at its key, for a map)."""
        self.findings.error(code, message, self.tree.node(*path), hint, *self._related(related))

    def warning(
        self, code: Code, message: str, path: Path, hint: str | None = None, *related: tuple[Path, str]
    ) -> None:
        self.findings.warning(code, message, self.tree.node(*path), hint, *self._related(related))

    def at_key(self, code: Code, message: str, path: Path, hint: str | None = None) -> None:
        """An error at the name of a definition."""
        self.findings.error(code, message, self.tree.key(*path), hint)

    def _related(self, related: Iterable[tuple[Path, str]]) -> list[tuple[Node, str]]:
        return [(node, text) for path, text in related if (node := self.tree.node(*path)) is not None]

    def unknown(self, code: Code, what: str, name: str, path: Path, known: Iterable[str]) -> None:
        """An error for a name that is not declared; silent for one that the missing environment would give."""
        if not self.tree.known(*path):
            return
        node = self.tree.marks.get(path)
        secret = node is not None and isinstance(node.value, Scalar) and node.value.secret
        if secret:
            self.error(code, f"the environment names a {what} that does not exist", path)
            return
        self.error(code, f"there is no {what} `{name}`", path, hint_for(name, known, what))

    def source_text(self, *path: str | int) -> str | None:
        """A scalar as it is written; None when it is secret or no scalar."""
        mark = self.tree.marks.get(path)
        if mark is None or not isinstance(mark.value, Scalar) or mark.value.secret:
            return None
        return mark.value.text

    # What there is ---------------------------------------------------------------------------------------------------

    @cached_property
    def vocabulary(self) -> Mapping[str, tuple[str, ...]]:
        """What the names and globs of a matcher may mean, by its key."""
        monitors = self.document.monitors.values()
        checks = {monitor.check for monitor in monitors if monitor.check is not None}
        presets = {monitor.preset for monitor in monitors if monitor.preset is not None}
        checks |= {check for preset in presets for check in PRESET_CHECKS.get(preset, ())}
        checks |= {"metric"} if any(monitor.metric for monitor in monitors) else set()
        return {
            "monitor": tuple(name for names in self.monitor_names.values() for name in names),
            "model": tuple(self.document.models),
            "source": tuple(self.document.sources),
            "check": tuple(sorted(checks)),
        }

    @cached_property
    def monitor_names(self) -> Mapping[str, tuple[str, ...]]:
        """The names of each monitor's series: those of a preset are called `name.check`, where it has several."""
        return {monitor.name: _names(monitor) for monitor in self.document.monitors.values()}

    @cached_property
    def segments(self) -> frozenset[str]:
        """The names of the segments of all models."""
        return frozenset(name for model in self.document.models.values() for name in model.segments)

    @cached_property
    def tags(self) -> frozenset[str]:
        """The keys of all tags."""
        monitors, models = self.document.monitors.values(), self.document.models.values()
        found = {key for monitor in monitors for key in (*monitor.tags, *monitor.defaults.tags)}
        return frozenset(found | {key for model in models for key in (*model.tags, *model.defaults.tags)})

    # Monitors --------------------------------------------------------------------------------------------------------

    def check_of(self, monitor: MonitorDefinition) -> type[Check] | None:
        """The class of a monitor's check; None for a metric, a preset or an unknown check."""
        known = monitor.check is not None and monitor.check in self.registry.checks
        return self.registry.check_class(monitor.check) if known and monitor.check is not None else None

    def threshold_of(self, monitor: MonitorDefinition) -> tuple[Threshold | None, Path]:
        """The threshold that a monitor writes, and where that is written."""
        if isinstance(monitor.threshold, str):
            return self.document.thresholds.get(monitor.threshold), ("thresholds", monitor.threshold)
        return monitor.threshold, ("monitors", monitor.name, "threshold")

    def chosen(self, monitor: MonitorDefinition) -> Chosen:
        """The models of a monitor: written, else the defaults', else those of its file, else all."""
        if monitor.name not in self._chosen:
            self._chosen[monitor.name] = self._choose(monitor)
        return self._chosen[monitor.name]

    def _choose(self, monitor: MonitorDefinition) -> Chosen:
        models = self.document.models
        path: Path = ("monitors", monitor.name, "model")
        wanted = monitor.model
        if wanted is None:
            path = ("monitors", monitor.name, monitor_subject(monitor))
            wanted = monitor.defaults.model
        if isinstance(wanted, Matcher):
            return Chosen(tuple(m for m in models.values() if model_matches(wanted, m)), frozenset(), path)
        if wanted is not None:
            named = frozenset(name for name in wanted if name in models)
            globs = tuple(text for text in wanted if is_glob(text))
            found = [m for m in models.values() if fits(m.name, globs)] if globs else []
            found += [models[name] for name in dict.fromkeys(wanted) if name in named and models[name] not in found]
            return Chosen(tuple(found), named, path)
        here = [m for m in models.values() if m.place.file == monitor.place.file] or list(models.values())
        return Chosen(tuple(here), frozenset(m.name for m in here) if len(here) == 1 else frozenset(), path)

    def has_baseline(self, monitor: MonitorDefinition, model: ModelDefinition | None) -> bool:
        """Whether the monitor, its model or the defaults name a baseline (also one that was refused)."""
        if monitor.baseline is not None or self.tree.written("monitors", monitor.name, "baseline"):
            return True
        if model is not None and (model.baseline is not None or self.tree.written("models", model.name, "baseline")):
            return True
        return monitor.defaults.baseline is not None or self.tree.written("defaults", "baseline")

    def shown(self, value: float | str, *path: str | int) -> str:
        """A number or word inside of a sentence; never one from the environment."""
        mark = self.tree.marks.get(path)
        if mark is not None and isinstance(mark.value, Scalar) and mark.value.secret:
            return mark.value.shown
        return f"{value:g}" if isinstance(value, float | int) else value

    def is_secret(self, *path: str | int) -> bool:
        """Whether the environment gave a value at or below a path."""
        for other, mark in self.tree.marks.items():
            if other[: len(path)] == path and isinstance(mark.value, Scalar) and mark.value.secret:
                return True
        return False

    def with_width(self, node: Scalar, line: int, column: int, width: int) -> Scalar:
        """A spot inside of a scalar."""
        return replace(node, line=line, column=column, width=max(width, 1))


def _names(monitor: MonitorDefinition) -> tuple[str, ...]:
    members = PRESET_CHECKS.get(monitor.preset or "", ())
    return (monitor.name, *(f"{monitor.name}.{check}" for check in members if len(members) > 1))


def monitor_subject(monitor: MonitorDefinition) -> str:
    """The key that says what the monitor measures."""
    if monitor.check is not None:
        return "check"
    return "metric" if monitor.metric is not None else "preset"
