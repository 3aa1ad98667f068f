"""`--update`: what was seen becomes what is expected, by edits at positions; the rest of the file stays as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from driftline.config.findings import Findings
from driftline.config.nodes import Map, Scalar
from driftline.config.reader import Loader, parse
from driftline.errors import UsageError
from driftline.model import SeriesKey
from driftline.scenario.compare import BREACHES
from driftline.scenario.moments import Calendar
from driftline.scenario.outcome import Outcome
from driftline.scenario.seen import Seen, Verdict

PARTS = ("statuses", "alerts", "notices")
BOM = "\ufeff"
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]*( [A-Za-z0-9_.\-]+)*")
_WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}


@dataclass(frozen=True)
class Edit:
    """Characters `start` to `end` of a text are replaced."""

    start: int
    end: int
    text: str


def rewrite(path: Path, outcomes: Iterable[Outcome]) -> None:
    """Write what the cases of one file have seen into it. UsageError where the file is not what was read."""
    raw = path.read_bytes().decode("utf-8")
    bom, text = (BOM, raw[1:]) if raw.startswith(BOM) else ("", raw)
    newline = "\r\n" if "\r\n" in text else "\n"
    edits = [edit for outcome in outcomes for edit in _edits(text, path, outcome)]
    for edit in sorted(edits, key=lambda each: each.start, reverse=True):
        text = text[: edit.start] + edit.text.replace("\n", newline) + text[edit.end :]
    path.write_bytes((bom + text).encode("utf-8"))


def _edits(text: str, path: Path, outcome: Outcome) -> Iterator[Edit]:
    root = parse(text, str(path), Findings())
    cases = root.entries["cases"].value if root is not None and "cases" in root.entries else None
    entry = cases.entries.get(outcome.case.name) if isinstance(cases, Map) else None
    if entry is None or not isinstance(entry.value, Map):
        raise UsageError(f"{path} has changed while its cases ran; run again")
    spans = _Spans(text)
    case, written = entry.value, Written(outcome)
    expect = case.entries.get("expect")
    if expect is None:
        yield _added(case, spans, written)
        return
    if case.flow:
        yield Edit(*spans.value(expect.value), written.flow())
        return
    parts = {difference.part for difference in outcome.differences}
    known = expect.value
    if isinstance(known, Map) and not known.flow and parts <= set(known.entries) and not outcome.case.expect.quiet:
        for part in parts:
            yield _replaced(spans, known.entries[part].key, known.entries[part].value, written.part(part))
    else:
        yield _replaced(spans, expect.key, expect.value, ["expect:", *_indented(written.lines())])


def _replaced(spans: _Spans, key: Scalar, value: Any, lines: list[str]) -> Edit:
    start, _ = spans.value(key)
    return Edit(start, spans.value(value)[1], f"\n{' ' * (key.column - 1)}".join(lines))


def _added(case: Map, spans: _Spans, written: Written) -> Edit:
    """`expect` at the end of a case that has none."""
    end = spans.value(case)[1]
    if case.flow:
        comma = ", " if case.entries else ""
        return Edit(end - 1, end - 1, f"{comma}expect: {written.flow()}")
    pad = " " * (case.column - 1)
    body = f"\n{pad}".join(["", "expect:", *_indented(written.lines())])
    return Edit(end, end, body)


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"  {line}" for line in lines]


class _Spans:
    """Where the values of a text lie, by the line and column where they start."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._ends: dict[tuple[int, int, bool], tuple[int, int]] = {}
        open_: list[yaml.Event] = []
        loader = Loader(text)
        while not isinstance(event := loader.get_event(), yaml.StreamEndEvent):
            if isinstance(event, yaml.CollectionStartEvent):
                open_.append(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._note(open_.pop(), event, is_scalar=False)
            elif isinstance(event, yaml.ScalarEvent | yaml.AliasEvent):
                self._note(event, event, is_scalar=True)
        loader.dispose()

    def _note(self, first: yaml.Event, last: yaml.Event, *, is_scalar: bool) -> None:
        start, stop = first.start_mark, last.end_mark
        assert start is not None  # libyaml marks every event
        assert stop is not None
        # A block map begins where its first key does, and ends where the next thing begins.
        self._ends[start.line + 1, start.column + 1, is_scalar] = (start.index, self._trimmed(stop.index))

    def _trimmed(self, end: int) -> int:
        """An end without the blank lines and comments before it."""
        while True:
            stripped = self.text[:end].rstrip()
            line = stripped[stripped.rfind("\n") + 1 :]
            if not line.lstrip().startswith("#"):
                return len(stripped)
            end = len(stripped) - len(line)

    def value(self, node: Any) -> tuple[int, int]:
        """First and last character (not included) of a node."""
        return self._ends[node.line, node.column, isinstance(node, Scalar)]


class Written:
    """What was seen in a case, as YAML."""

    def __init__(self, outcome: Outcome) -> None:
        assert outcome.seen is not None  # only cases that ran to their end are rewritten
        self.seen: Seen = outcome.seen
        self.expect = outcome.case.expect
        self.document = outcome.case.document
        self.calendar = Calendar(outcome.case.timeline.start, outcome.case.timeline.timezone)

    def lines(self) -> list[str]:
        """The body of `expect`."""
        asked = [part for part in PARTS if getattr(self.expect, part) is not None]
        failures = any(each.result.status.value == "error" for each in self.seen.final().values())
        parts = [part for part in PARTS if part in asked or (part == "statuses" and failures)]
        parts = parts if {"alerts", "notices"} & set(parts) else [*parts, "alerts", "notices"]
        entries = {part: self._entries(part) for part in parts}
        if not entries.get("alerts") and not entries.get("notices") and not entries.get("statuses"):
            return ["quiet: true"]
        return ["only: true", *(line for part in parts for line in self.part(part))]

    def part(self, part: str) -> list[str]:
        """One of its lists."""
        entries = self._entries(part)
        return [f"{part}:", *(f"  - {_flow(entry)}" for entry in entries)] if entries else [f"{part}: []"]

    def flow(self) -> str:
        """The body as one line."""
        lines = self.lines()
        if lines == ["quiet: true"]:
            return "{quiet: true}"
        named = {line.partition(":")[0] for line in lines if not line.startswith(" ")}
        lists = {part: self._entries(part) for part in PARTS if part in named}
        return _flow({"only": True, **lists})

    def _entries(self, part: str) -> list[dict[str, Any]]:
        if part == "alerts":
            return list(self._alerts())
        return list(self._notices() if part == "notices" else self._statuses())

    def _run(self, run: datetime) -> str:
        """The shortest moment that means this run."""
        local = run.astimezone(self.calendar.zone)
        day = self.calendar.moment(f"{local:%Y-%m-%d}")
        return f"{local:%Y-%m-%d}" if self.seen.run_at(day) == run else f"{local:%Y-%m-%dT%H:%M:%S}"

    def _match(self, series: SeriesKey) -> dict[str, Any]:
        facts = self.seen.facts[series.monitor, series.subject]
        several = len(self.document.models) > 1
        found: dict[str, Any] = {"monitor": series.monitor}
        if several or facts.model is None:
            found["source" if facts.model is None else "model"] = series.subject
        if series.column is not None:
            found["column"] = series.column
        if series.segment:
            found["segment"] = dict(series.segment)
        if series.class_ is not None:
            found["class"] = series.class_
        return found

    def _alerts(self) -> Iterator[dict[str, Any]]:
        for episode in self.seen.episodes.values():
            if not episode.fired:
                continue
            firsts = {state: episode.first(state) for state in ("pending", "firing", "resolved")}
            moments = {state: self._run(at) for state, at in firsts.items() if at is not None}
            yield {"match": self._match(episode.series), "severity": episode.severity.value, **moments}

    def _notices(self) -> Iterator[dict[str, Any]]:
        counts: dict[tuple[datetime, str, str], int] = {}
        for told in self.seen.told:
            key = told.at, told.notice.channel, told.notice.kind
            counts[key] = counts.get(key, 0) + 1
        for (at, channel, kind), count in counts.items():
            yield {"channel": channel, "at": self._run(at), "kind": kind, "count": count}

    def _statuses(self) -> Iterator[dict[str, Any]]:
        """Breaches and failures, windows of one series in a row as one."""
        by_series: dict[SeriesKey, list[Verdict]] = {}
        for verdict in self.seen.final().values():
            by_series.setdefault(verdict.result.series, []).append(verdict)
        for series, verdicts in by_series.items():
            verdicts.sort(key=lambda each: each.result.window.start or each.at)
            for first, last in _rows(verdicts):
                yield {"match": self._match(series), **self._span(verdicts, first, last)}

    def _span(self, verdicts: list[Verdict], first: int, last: int) -> dict[str, Any]:
        result = verdicts[first].result
        status = {"status": result.status.value}
        if result.window.start is None:
            return {"at": self._run(verdicts[first].at), **status}
        start = self.calendar.shown(result.window.start)
        if first == last:
            return {"window": start, **status}
        following = verdicts[last + 1].result.window.start if last + 1 < len(verdicts) else None
        end = {} if following is None else {"end": self.calendar.shown(following)}
        return {"start": start, **end, **status}


def _rows(verdicts: list[Verdict]) -> Iterator[tuple[int, int]]:
    """First and last index of breaches of one status in a row; those without a window stand alone."""
    index = 0
    while index < len(verdicts):
        status, first = verdicts[index].result.status, index
        alone = verdicts[index].result.window.start is None
        while not alone and index + 1 < len(verdicts) and verdicts[index + 1].result.status is status:
            index += 1
        if status in BREACHES:
            yield first, index
        index += 1


def _flow(value: Any) -> str:
    """A value in flow style on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_flow(key)}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    is_date = re.fullmatch(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d)?", text) is not None
    plain = isinstance(value, int) or is_date or (_PLAIN.fullmatch(text) and text.lower() not in _WORDS)
    return text if plain else json.dumps(text, ensure_ascii=False)
