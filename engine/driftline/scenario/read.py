"""The way in: the path of a scenario file -> its cases, or every error at once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from driftline.config import codes
from driftline.config.document import Document
from driftline.config.files import File, read_text
from driftline.config.findings import Findings, TooManyErrors
from driftline.config.nodes import Map
from driftline.config.reader import parse
from driftline.errors import ConfigurationError, Diagnostic
from driftline.registry import Registry
from driftline.scenario.decode import Decoder
from driftline.scenario.definition import Case, Data, Drawn, Event, ScenarioFile, Timeline
from driftline.scenario.language import ScenarioLanguage
from driftline.scenario.meaning import Meaning, timestamp_of
from driftline.scenario.moments import Calendar, TimelineError, timeline
from driftline.schema.decode_rules import Typed, texts
from driftline.schema.load import EnvironmentNotChosen, load_document, load_inline
from driftline.schema.spelling import hint_for
from driftline.schema.tree import Path as TreePath
from driftline.schema.tree import Tree
from driftline.schema.walk import Walk

INLINE = "monitors"
WHEN = ("at", "every", "runs")


def load_scenarios(path: Path, registry: Registry, *, unfinished: bool = False) -> ScenarioFile:
    """The cases of a scenario file. No rows are read, nothing is run.

    `unfinished` allows cases that expect nothing yet. Raises ConfigurationError with every finding, those of the
    configuration that is tested included.
    """
    findings = Findings()
    others: list[Diagnostic] = []
    cases: tuple[Case, ...] = ()
    with suppress(TooManyErrors):
        cases = _cases(path, registry, unfinished, findings, others)
    if findings.failed or others:
        raise ConfigurationError((*findings.ordered([str(path)]), *dict.fromkeys(others)))
    return ScenarioFile(path, str(path), cases)


def _cases(
    path: Path, registry: Registry, unfinished: bool, findings: Findings, others: list[Diagnostic]
) -> tuple[Case, ...]:
    """The cases, as far as they can be had; `others` takes what is wrong with the configuration that is tested."""
    name = str(path)
    text = read_text(path, name, None, findings)
    root = parse(text, name, findings) if text is not None else None
    if text is None or root is None:
        return ()
    walk = Walk(findings, Tree(), {name: File(name, path, text, root)})
    values = walk.map(root, ScenarioLanguage().root, ())
    if findings.failed:
        return ()
    reader = _Reader(path, name, text, root, values, walk.tree, findings, registry, unfinished, others)
    return tuple(case for title in values["cases"] if (case := reader.case(title)) is not None)


@dataclass(frozen=True)
class _Reader:
    """One file while its cases are put together; `others` are findings about the configuration that is tested."""

    path: Path
    name: str
    text: str
    root: Map
    values: Typed
    tree: Tree
    findings: Findings
    registry: Registry
    unfinished: bool
    others: list[Diagnostic]
    documents: dict[tuple[tuple[str, str], ...], Document | None] = field(default_factory=dict)

    def case(self, title: str) -> Case | None:
        """A case with all that the file says for every case; None with findings."""
        own: Typed = self.values["cases"][title]
        path: TreePath = ("cases", title)
        document = self._document({**self.values.get("variables", {}), **own.get("variables", {})})
        if document is None:
            return None
        span = self._timeline(own, path, document.defaults.timezone)
        if span is None:
            return None
        written = {**self._placed("data", ()), **self._placed("data", path)}
        decoder = Decoder(
            tree=self.tree,
            findings=self.findings,
            folder=self.path.parent.absolute(),
            calendar=Calendar(span.start, span.timezone),
            timeline=span,
            seed=own.get("seed", self.values.get("seed", 1)),
            default_source=_only(name for name, (v, _) in written.items() if "rows" in v and _is_timed(document, name)),
        )
        case = Case(
            name=title,
            file=self.name,
            document=document,
            select=texts(self.values.get("select")) or (),
            timeline=span,
            data=self._data(decoder, written),
            events=tuple(self._events(decoder, path)),
            expect=decoder.expectations(own.get("expect"), (*path, "expect")),
            seed=decoder.seed,
            place=self._place(path),
        )
        if "expect" not in own and not self.unfinished:
            hint = "write `expect: {quiet: true}`, or let `driftline test --update` write what is seen"
            self.findings.error(codes.SCENARIO_EXPECTATION, f"`{title}` expects nothing", self.tree.key(*path), hint)
        Meaning(case, self.tree, self.findings, {name: at for name, (_, at) in written.items()}).check()
        return case

    def _place(self, path: TreePath) -> Any:
        node = self.tree.key(*path)
        assert node is not None
        return node.place

    # The configuration -----------------------------------------------------------------------------------------------

    def _document(self, variables: Mapping[str, str]) -> Document | None:
        """The configuration that is tested, with these variables; None when it has errors."""
        key = tuple(sorted(variables.items()))
        if key not in self.documents:
            try:
                self.documents[key] = self._load(variables)
            except ConfigurationError as error:
                self.others.extend(found for found in error.diagnostics if found.is_error)
                self.documents[key] = None
            except EnvironmentNotChosen as error:
                self._environment(error.names)
                self.documents[key] = None
        return self.documents[key]

    def _environment(self, names: tuple[str, ...]) -> None:
        """The scenario chooses no environment, or none that is declared."""
        chosen = self.values.get("environment")
        if chosen is None:
            message = f"the configuration declares the environments {', '.join(names)}"
            at, hint = self.tree.key("monitors"), f"add `environment: {names[0]}`"
        else:
            message = f"the configuration has no environment `{chosen}`"
            at, hint = self.tree.node("environment"), hint_for(chosen, names, "environment")
        self.findings.error(codes.SCENARIO_ENVIRONMENT, message, at, hint)

    def _load(self, variables: Mapping[str, str]) -> Document | None:
        node = self.root.entries[INLINE].value
        environment = self.values.get("environment")
        if isinstance(node, Map):
            return load_inline(
                File(self.name, self.path.resolve(), self.text, node), self.registry, variables, environment
            )
        target = Path(os.path.normpath(self.path.parent / self.values[INLINE]))
        if not os.path.isfile(target):  # unlike Path.is_file, also of a name that no system takes
            hint = "the path is relative to the scenario"
            self.findings.error(codes.UNREADABLE_FILE, f"`{target}` does not exist or is not a file", node, hint)
            return None
        return load_document(target, self.registry, True, variables, environment)

    # The parts of a case ---------------------------------------------------------------------------------------------

    def _placed(self, key: str, path: TreePath) -> dict[str, tuple[Typed, TreePath]]:
        """A section of names at the top or in a case: by name, the value and its path."""
        values: Any = self.values
        for part in path:
            values = values[part]
        return {name: (value, (*path, key, name)) for name, value in values.get(key, {}).items()}

    def _timeline(self, own: Typed, path: TreePath, timezone: str) -> Timeline | None:
        """The file's timeline with the case's keys; when the engine runs is said by one key, the case's first."""
        common, further = self.values.get("timeline", {}), own.get("timeline", {})
        if any(key in further for key in WHEN):
            common = {key: value for key, value in common.items() if key not in WHEN}
        merged = {**common, **further}
        try:
            return timeline(merged, timezone)
        except TimelineError as error:
            places = ((*path, "timeline", error.key), ("timeline", error.key), ("timeline",), path)
            spot = next((self.tree.key(*place) for place in places if place in self.tree.marks), None)
            self.findings.error(codes.SCENARIO_TIMELINE, str(error), spot, error.hint)
            return None

    def _data(self, decoder: Decoder, written: Mapping[str, tuple[Typed, TreePath]]) -> dict[str, Data]:
        """The data by source, each with the columns of the source that it is `like`."""
        found = {name: decoder.data(name, value, at) for name, (value, at) in written.items()}
        data = {name: each for name, each in found.items() if each is not None}
        return {name: self._completed(name, data, written) for name in data}

    def _completed(self, name: str, data: Mapping[str, Data], written: Mapping[str, tuple[Typed, TreePath]]) -> Data:
        """With the columns that come by `like`, which are never hidden: a training set knows the truth."""
        own = data[name]
        if not isinstance(own, Drawn):
            return own
        chain, columns = [name], dict(own.columns)
        while (model := written[chain[-1]][0].get("like")) is not None:
            source = data.get(model)
            at = (*written[chain[-1]][1], "like")
            if model in chain:
                self.findings.error(codes.SCENARIO_COLUMN, f"`{name}` is like itself", self.tree.node(*at))
                break
            if not isinstance(source, Drawn):
                known = [each for each, one in data.items() if isinstance(one, Drawn)]
                hint = hint_for(model, known, "source whose rows are drawn")
                message = f"no source `{model}` is drawn here"
                self.findings.error(codes.SCENARIO_COLUMN, message, self.tree.node(*at), hint)
                break
            columns = {each.name: replace(each, hidden=False) for each in source.columns.values()} | columns
            chain.append(model)
        return replace(own, columns=columns)

    def _events(self, decoder: Decoder, path: TreePath) -> Iterator[Event]:
        own: Typed = self.values["cases"][path[-1]]
        for events, at in ((self.values.get("events", []), ()), (own.get("events", []), path)):
            for index, value in enumerate(events):
                if (event := decoder.event(value, (*at, "events", index))) is not None:
                    yield event


def _only(names: Iterable[str]) -> str | None:
    """The name, if there is exactly one."""
    found = list(names)
    return found[0] if len(found) == 1 else None


def _is_timed(document: Document, source: str) -> bool:
    return timestamp_of(document, source) is not None
