"""Typed values -> the document. Whatever was refused is left out, so that the rest can still be looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from driftline.config.document import (
    ColumnDefinition,
    Defaults,
    Document,
    Features,
    Labels,
    MetricDefinition,
    ModelDefinition,
    MonitorDefinition,
    OverrideDefinition,
    Roles,
    Secret,
    SegmentDefinition,
    SourceDefinition,
    Text,
    Threshold,
    Validity,
)
from driftline.config.nodes import Scalar
from driftline.errors import Place
from driftline.model import ZERO
from driftline.registry import Registry
from driftline.schema import decode_rules as rules
from driftline.schema.decode_alerting import Alerting
from driftline.schema.decode_rules import Names, Typed
from driftline.schema.kinds import decode_parameters
from driftline.schema.tree import Tree

Definition = TypeVar("Definition")
COMMON_SOURCE_KEYS = ("type", "timestamp", "lateness", "where", "arrival")


@dataclass(frozen=True)
class Decoder:
    """What decoding needs besides the values. `defaults` and `directories` are by file name."""

    root: Path
    tree: Tree
    names: Names
    registry: Registry
    defaults: Mapping[str, Defaults]
    directories: Mapping[str, Path]
    root_file: str
    ancestors: Mapping[str, tuple[str, ...]]
    environment: str | None = None
    environments: tuple[str, ...] = ()

    def document(self, values: Typed) -> Document:
        """The whole document; definitions that lack what they cannot be without are left out."""

        def section(name: str, decode: Callable[[str, Any], Definition | None]) -> dict[str, Definition]:
            found = ((key, decode(key, value)) for key, value in values.get(name, {}).items())
            return {key: definition for key, definition in found if definition is not None}

        alerting = Alerting(self._place, self._defaults)
        return Document(
            root=self.root,
            sources=section("sources", self._source),
            models=section("models", self._model),
            windows=section("windows", lambda name, value: rules.window(value, name)),
            baselines=section("baselines", lambda name, value: rules.baseline(value, name)),
            metrics=section("metrics", self._metric),
            thresholds=section("thresholds", lambda _, value: _threshold(value)),
            monitors=section("monitors", self._monitor),
            channels=section("channels", alerting.channel),
            routes=tuple(alerting.routes(values.get("routes", []))),
            overrides=tuple(self._overrides(values.get("overrides", []))),
            calendars=section("calendars", alerting.calendar),
            actions=section("actions", alerting.action),
            inhibit=tuple(alerting.inhibit(values.get("inhibit", []))),
            silences=tuple(alerting.silences(values.get("silences", []))),
            incidents=tuple(alerting.incidents(values.get("incidents", []))),
            environment=self.environment,
            environments=self.environments,
            store=self._store(values.get("store")),
            defaults=self.defaults[self.root_file],
            places=self.tree.places(Place(self.root_file, 1, 1)),
        )

    def _place(self, *path: str | int) -> Place:
        node = self.tree.key(*path)
        return node.place if node is not None else Place(self.root_file, 1, 1)

    def _file_of(self, *path: str | int) -> str:
        """The file in which a value is written: an environment may say it in another one."""
        node = self.tree.node(*path)
        return node.file if node is not None else self.root_file

    def _defaults(self, place: Place) -> Defaults:
        return self.defaults.get(place.file, self.defaults[self.root_file])

    def _source(self, name: str, value: Typed) -> SourceDefinition | None:
        place = self._place("sources", name)
        kind = self.tree.kinds.get(("sources", name))
        if kind is None:
            return None
        own = {key: item for key, item in value.items() if key not in COMMON_SOURCE_KEYS}
        options = {key: self._hidden(item, "sources", name, key) for key, item in own.items()}
        return SourceDefinition(
            name=name,
            type=kind,
            options=decode_parameters(self.registry.source_class(kind), options),
            directory=self.directories.get(self._file_of("sources", name, "path"), self.root.parent),
            timestamp=value.get("timestamp"),
            lateness=value.get("lateness", ZERO),
            where=value.get("where"),
            arrival=value.get("arrival"),
            timezone=self._defaults(place).timezone,
            place=place,
        )

    def _hidden(self, value: Any, *path: str | int) -> Any:
        """An option as it is, or as a Secret where (part of) its text came from the environment."""
        if isinstance(value, Mapping):
            return {key: self._hidden(item, *path, key) for key, item in value.items()}
        if isinstance(value, list):
            return [self._hidden(item, *path, index) for index, item in enumerate(value)]
        mark = self.tree.marks.get(path)
        from_outside = mark is not None and isinstance(mark.value, Scalar) and mark.value.secret
        return Secret(value) if from_outside and isinstance(value, str) else value

    def _model(self, name: str, value: Typed) -> ModelDefinition | None:
        if "source" not in value:
            return None
        place = self._place("models", name)
        return ModelDefinition(
            name=name,
            source=value["source"],
            task=value.get("task"),
            roles=Roles(**value.get("roles", {})),
            positive=value.get("positive", "1"),
            labels=self._labels(name, value.get("labels")),
            columns=tuple(self._columns(name, value.get("columns", {}))),
            features=_features(value.get("features")),
            groups={group: tuple(columns) for group, columns in value.get("groups", {}).items()},
            segments=self._segments(name, value.get("segments", {}), value.get("roles", {}).get("version")),
            baseline=rules.baseline_use(value.get("baseline"), self.names),
            window=rules.window_use(value.get("window"), self.names),
            tags=value.get("tags", {}),
            description=value.get("description"),
            runbook=value.get("runbook"),
            defaults=self._defaults(place),
            place=place,
            was=value.get("was"),
            importance=value.get("importance", {}),
        )

    def _labels(self, model: str, value: Typed | None) -> Labels | None:
        if value is None or "source" not in value:
            return None
        return Labels(
            source=value["source"],
            key=value.get("key"),
            delay=value.get("delay", ZERO),
            max_delay=value.get("max_delay"),
            absent=value.get("absent"),
            present=value.get("present"),
            keep=value.get("keep", "last"),
            min_labelled=rules.min_labelled(value.get("min_labelled")),
            place=self._place("models", model, "labels"),
        )

    def _columns(self, model: str, value: Typed) -> Iterable[ColumnDefinition]:
        for pattern, column in value.items():
            yield ColumnDefinition(
                pattern=pattern,
                type=column.get("type"),
                valid=_validity(column.get("valid")),
                unit=column.get("unit"),
                private=column.get("private", False),
                place=self._place("models", model, "columns", pattern),
            )

    def _segments(self, model: str, value: Typed, version: str | None) -> dict[str, SegmentDefinition]:
        """The segments that are declared, and `version` by that role where nothing else is called so."""
        place = self._place("models", model, "roles", "version")
        by_version = {} if version is None else {"version": SegmentDefinition("version", by=version, place=place)}
        return by_version | {
            name: SegmentDefinition(
                name=name,
                by=segment.get("by"),
                where=segment.get("where"),
                top=segment.get("top", 200),
                rest=segment.get("rest", True),
                place=self._place("models", model, "segments", name),
            )
            for name, segment in value.items()
        }

    def _metric(self, name: str, value: Typed) -> MetricDefinition | None:
        if "sql" not in value:
            return None
        sql = self.tree.node("metrics", name, "sql")
        place = self._place("metrics", name)
        where = sql.place if sql is not None else place
        model, source = value.get("model"), value.get("source")
        if model is None and source is None and len(self.names.models) == 1:
            model = next(iter(self.names.models))  # with a single model, a metric can only be about that
        return MetricDefinition(name, model, source, value["sql"], value.get("unit"), place, where)

    def _monitor(self, name: str, value: Typed) -> MonitorDefinition:
        place = self._place("monitors", name)
        segments = value.get("segments")
        check, parameters = value.get("check"), value.get("params", {})
        if check is not None and check in self.registry.checks:
            parameters = decode_parameters(self.registry.check_class(check), parameters)
        return MonitorDefinition(
            name=name,
            check=check,
            metric=value.get("metric"),
            preset=value.get("preset"),
            model=rules.model_use(value.get("model")),
            source=value.get("source"),
            columns=rules.texts(value.get("columns")),
            segments=rules.segments(segments),
            classes=rules.texts(value.get("classes")),
            params=parameters,
            window=rules.window_use(value.get("window"), self.names),
            baseline=rules.baseline_use(value.get("baseline"), self.names),
            threshold=rules.threshold_use(value.get("threshold")),
            min_rows=value.get("min_rows"),
            min_labelled=rules.min_labelled(value.get("min_labelled")),
            significance=rules.significance(value.get("significance")),
            alert=rules.alert(value.get("alert")),
            tags=value.get("tags", {}),
            description=value.get("description"),
            runbook=value.get("runbook"),
            enabled=value.get("enabled", True),
            defaults=self._defaults(place),
            place=place,
            schedule=value.get("schedule"),
            was=value.get("was"),
        )

    def _overrides(self, values: list[Typed]) -> Iterable[OverrideDefinition]:
        for index, value in enumerate(values):
            if "match" in value and value.get("set"):
                place = self._place("overrides", index)
                settings = {key: self._setting(key, item, value["match"]) for key, item in value["set"].items()}
                ancestors = self.ancestors.get(place.file, ())
                yield OverrideDefinition(rules.matcher(value["match"]), settings, index, place, ancestors)

    def _setting(self, key: str, value: Any, match: Typed) -> Any:
        """One value of an override, as the field of a MonitorDefinition takes it."""
        check = (rules.texts(match.get("check")) or ("",))[0]
        if key == "params" and check in self.registry.checks:
            return decode_parameters(self.registry.check_class(check), value or {})
        return rules.setting(key, value, self.names)

    def _store(self, value: Secret | None) -> Text:
        """The URL of the store; a relative SQLite path starts at the root file's folder."""
        if value is None:
            return _sqlite(self.root.parent / ".driftline" / "state.db")
        url, prefix = value.reveal(), "sqlite:///"
        if url.startswith(prefix) and not url.startswith(prefix + "/") and url != prefix and ":memory:" not in url:
            url = _sqlite(self.root.parent / url.removeprefix(prefix))
        mark = self.tree.marks.get(("store",))
        literal = mark is not None and isinstance(mark.value, Scalar) and not mark.value.secret
        return url if literal and "@" not in url else Secret(url)


def _sqlite(path: Path) -> str:
    return f"sqlite:///{path.as_posix()}"


def _threshold(value: Typed) -> Threshold:
    return rules.threshold(value)


def _features(value: list[str] | Typed | None) -> Features:
    if value is None:
        return Features()
    if isinstance(value, list):
        return Features(include=tuple(value))
    include = value.get("include")
    return Features(None if include is None else tuple(include), tuple(value.get("exclude", ())))


def _validity(value: Typed | None) -> Validity | None:
    if value is None:
        return None
    inside = value.get("in")
    return Validity(
        min=value.get("min"),
        max=value.get("max"),
        in_=None if inside is None else tuple(inside),
        regex=value.get("regex"),
        not_null=value.get("not_null", False),
        not_in_future=value.get("not_in_future", False),
        where=value.get("where"),
    )
