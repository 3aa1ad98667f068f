"""What a schema cannot know of a case: names, columns that are made from others, events that nothing comes of."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from driftline.config import codes
from driftline.config.document import Document, Matcher
from driftline.config.findings import Findings
from driftline.config.nodes import Node
from driftline.errors import Place
from driftline.execute.opening import source_names
from driftline.globs import fits
from driftline.scenario.definition import Case, Column, Drawn, Event, Files, LabelsOf
from driftline.schema.spelling import hint_for
from driftline.schema.tree import Path, Tree

FILE_TYPES = {".parquet": "parquet", ".pq": "parquet", ".csv": "csv", ".csv.gz": "csv"}
EFFECTS = {
    "shift": ("add", "sd", "scale", "weights"),
    "schema": ("drop", "rename", "retype"),
    "decay": ("auc", "accuracy", "sd"),
}
DECAYS = {"auc": "score", "accuracy": "prediction", "sd": "linear"}
WORDS = ("category",)
NO_NUMBERS = ("category", "time", "boolean")


def timestamp_of(document: Document, source: str) -> str | None:
    """The timestamp of a source: its own, or the one that a model's role names."""
    definition = document.sources.get(source)
    if definition is None or definition.timestamp is not None:
        return definition.timestamp if definition is not None else None
    roles = (model.roles.timestamp for model in document.models.values() if model.source == source)
    return next((role for role in roles if role is not None), None)


def file_type(pattern: str) -> str | None:
    """The kind of source that a path's ending implies."""
    return next((kind for suffix, kind in FILE_TYPES.items() if pattern.lower().endswith(suffix)), None)


def in_order(columns: Mapping[str, Column]) -> tuple[list[Column], list[Column]]:
    """Columns, each after those that it is made from; and those that are in a circle or read what is not there."""
    done: list[Column] = []
    waiting = list(columns.values())
    while waiting:
        known = {column.name for column in done}
        ready = [column for column in waiting if set(column.reads) <= known]
        if not ready:
            return done, waiting
        done += ready
        waiting = [column for column in waiting if column not in ready]
    return done, []


@dataclass(frozen=True)
class Meaning:
    """The checks of one case; `paths` say where the data of each source is written."""

    case: Case
    tree: Tree
    findings: Findings
    paths: Mapping[str, Path]

    def check(self) -> None:
        """Report everything that is wrong."""
        self._sources()
        for data in self.case.data.values():
            if isinstance(data, Drawn):
                self._columns(data)
            elif isinstance(data, Files):
                self._files(data)
            else:
                self._labels(data)
        for event in self.case.events:
            self._event(event)
        self._expectations()

    def _error(self, code: codes.Code, message: str, at: Node | Place | None, hint: str | None = None) -> None:
        self.findings.error(code, message, at, hint)

    # Data ------------------------------------------------------------------------------------------------------------

    def _sources(self) -> None:
        document = self.case.document
        for name in self.case.data:
            if name not in document.sources:
                hint = hint_for(name, document.sources, "source")
                self._error(
                    codes.SCENARIO_SOURCE, f"there is no source `{name}`", self.tree.key(*self.paths[name]), hint
                )
        if self.case.select:
            return
        for name in source_names(document):
            if name not in self.case.data:
                message = f"the source `{name}` has no data in the case `{self.case.name}`"
                hint = f"add `{name}: {{rows: …, columns: {{…}}}}` under `data`"
                at = self.tree.key("data") if ("data",) in self.tree.marks else self.case.place
                self._error(codes.SCENARIO_NO_DATA, message, at, hint)

    def _files(self, data: Files) -> None:
        node = self.tree.node(*self.paths[data.source], "files")
        if file_type(data.pattern) is None:
            message = "the type of the files cannot be told from their path"
            self._error(codes.SCENARIO_FILES, message, node, "end it in .parquet or .csv")
        elif not glob.glob(data.pattern, recursive=True):
            self._error(codes.SCENARIO_FILES, "no file is found", node, "the path is relative to the scenario")

    def _labels(self, data: LabelsOf) -> None:
        path = self.paths[data.source]
        rows = self.case.data.get(data.of)
        if not isinstance(rows, Drawn) or timestamp_of(self.case.document, data.of) is None:
            message = f"`{data.of}` has no drawn rows over time that could be labelled"
            self._error(codes.SCENARIO_COLUMN, message, self.tree.node(*path, "labels"))
            return
        for index, column in enumerate(data.columns):
            if column not in rows.columns:
                hint = hint_for(column, rows.columns, "column")
                message = f"`{data.of}` has no column `{column}`"
                self._error(codes.SCENARIO_COLUMN, message, self.tree.node(*path, "columns", index), hint)

    def _columns(self, data: Drawn) -> None:
        for column in data.columns.values():
            for read in column.reads:
                if read not in data.columns:
                    hint = hint_for(read, data.columns, "column")
                    message = f"`{column.name}` is made from `{read}`, which does not exist"
                    self._error(codes.SCENARIO_COLUMN, message, column.place, hint)
            self._parameters(column)
        _, stuck = in_order(data.columns)
        if stuck and all(read in data.columns for column in stuck for read in column.reads):
            names = ", ".join(f"`{column.name}`" for column in stuck)
            message = f"columns are made from each other in a circle: {names}"
            self._error(codes.SCENARIO_COLUMN, message, stuck[0].place)

    def _parameters(self, column: Column) -> None:
        given = set(column.params)
        one_of = {"category": ("values", "weights"), "score": ("predicts", "from"), "prediction": ("cut", "accuracy")}
        wanted = one_of.get(column.type, ())
        if wanted and len(given & set(wanted)) != 1:
            listed = " or ".join(f"`{key}`" for key in wanted)
            message = f"a column of type {column.type} has either {listed}"
            self._error(codes.EXCLUSIVE_KEYS, message, column.place)
        elif column.type == "score" and ("predicts" in given) != ("auc" in given):
            message = "`auc` says how well a score `predicts` a target: both are needed"
            self._error(codes.EXCLUSIVE_KEYS, message, column.place)

    # Events ----------------------------------------------------------------------------------------------------------

    def _event(self, event: Event) -> None:
        data = self.case.data.get(event.source)
        if data is None:
            hint = hint_for(event.source, self.case.data, "source with data")
            self._error(codes.SCENARIO_SOURCE, f"no data of `{event.source}` is there", event.place, hint)
            return
        if timestamp_of(self.case.document, event.source) is None and not isinstance(data, LabelsOf):
            message = f"`{event.source}` has no timestamp, so nothing can happen to it at some time"
            self._error(codes.SCENARIO_EVENT, message, event.place)
            return
        effects = EFFECTS.get(event.type, ())
        if effects and not set(effects) & set(event.params):
            listed = ", ".join(f"`{key}`" for key in effects)
            message = f"the event does not say what changes: {listed}"
            self._error(codes.SCENARIO_EVENT, message, event.place)
        if event.type == "volume" and not isinstance(data, Drawn):
            message = "only the volume of rows that are drawn can change"
            self._error(codes.SCENARIO_EVENT, message, event.place, "write `type: missing` with a `share`")
        if not isinstance(data, Files):
            self._touched(event, data)

    def _touched(self, event: Event, data: Drawn | LabelsOf) -> None:
        """The columns that the event names exist, and can change as it says."""
        columns = data.columns if isinstance(data, Drawn) else dict.fromkeys(data.columns)
        named = (*event.columns, *_schema_columns(event))
        for pattern in named:
            if not any(fits(name, (pattern,)) for name in columns):
                message = f"`{event.source}` has no column `{pattern}`"
                self._error(codes.SCENARIO_EVENT, message, event.place, hint_for(pattern, columns, "column"))
        for column in columns.values():
            if column is not None and fits(column.name, event.columns):
                self._fits(event, column)

    def _fits(self, event: Event, column: Column) -> None:
        wrong = _undecayed(event, column) if event.type == "decay" else None
        if event.type == "shift":
            if ("weights" in event.params) != (column.type in WORDS):
                wrong = f"is of type {column.type}: `weights` are for texts, `add`, `sd` and `scale` for numbers"
            elif column.type in NO_NUMBERS and column.type not in WORDS:
                wrong = f"is of type {column.type} and cannot be shifted"
        if wrong is not None:
            self._error(codes.SCENARIO_EVENT, f"`{column.name}` {wrong}", event.place)

    # Expectations ----------------------------------------------------------------------------------------------------

    def _expectations(self) -> None:
        expect = self.case.expect
        for status in expect.statuses or ():
            self._matcher(status.match, status.place)
        for alert in expect.alerts or ():
            self._matcher(alert.match, alert.place)
        for notice in expect.notices or ():
            for channel in notice.channel or ():
                if not _fits_one(channel, self.case.document.channels):
                    hint = hint_for(channel, self.case.document.channels, "channel")
                    self._error(codes.SCENARIO_EXPECTATION, f"there is no channel `{channel}`", notice.place, hint)

    def _matcher(self, match: Matcher, place: Place) -> None:
        document = self.case.document
        for what, patterns, known in (
            ("monitor", match.monitor, document.monitors),
            ("model", match.model, document.models),
            ("source", match.source, document.sources),
        ):
            for pattern in patterns or ():
                if not _fits_one(pattern, known) and not _fits_one(pattern.partition(".")[0], known):
                    hint = hint_for(pattern, known, what)
                    self._error(codes.SCENARIO_EXPECTATION, f"there is no {what} `{pattern}`", place, hint)


def _fits_one(pattern: str, names: Iterable[str]) -> bool:
    return any(fits(name, (pattern,)) for name in names)


def _schema_columns(event: Event) -> tuple[str, ...]:
    """The columns that a change of schema names."""
    drop = event.params.get("drop", ())
    dropped = tuple(drop) if isinstance(drop, list) else (drop,) if drop else ()
    return (*dropped, *event.params.get("rename", {}), *event.params.get("retype", {}))


def _undecayed(event: Event, column: Column) -> str | None:
    """Why a column cannot get worse as an event says."""
    keys = [key for key in DECAYS if key in event.params]
    kinds = [DECAYS[key] for key in keys]
    if column.type not in kinds:
        return f"is of type {column.type}; what decays by that key is of type {' or '.join(kinds)}" if kinds else None
    key = keys[kinds.index(column.type)]
    return None if key == "sd" or key in column.params else f"has no `{key}` that could fall"
