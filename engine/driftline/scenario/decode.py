"""Typed values of a scenario file -> its definitions. What cannot be used is reported and left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path as FilePath
from typing import Any

from driftline.config import codes
from driftline.config.findings import Findings
from driftline.errors import Place
from driftline.model import ZERO, Interval
from driftline.scenario.definition import (
    Column,
    Data,
    Drawn,
    Event,
    Expectations,
    ExpectedAlert,
    ExpectedNotice,
    ExpectedStatus,
    Files,
    LabelsOf,
    Timeline,
)
from driftline.scenario.moments import Calendar
from driftline.schema.decode_rules import Typed, matcher, texts
from driftline.schema.tree import Path, Tree

COMMON_COLUMN_KEYS = ("type", "nulls", "hidden")
COMMON_EVENT_KEYS = ("type", "source", "start", "end", "day", "columns", "where", "ramp")
STATES = ("pending", "firing", "resolved")
EVEN_WEEK = (1.0,) * 7


@dataclass(frozen=True)
class Decoder:
    """What decoding needs besides the values; `default_source` is what an event without `source` happens to."""

    tree: Tree
    findings: Findings
    folder: FilePath
    calendar: Calendar
    timeline: Timeline
    seed: int
    default_source: str | None

    def _place(self, path: Path) -> Place:
        node = self.tree.key(*path)
        assert node is not None  # the value was read from somewhere
        return node.place

    # Data ------------------------------------------------------------------------------------------------------------

    def data(self, name: str, value: Typed, path: Path) -> Data | None:
        """The data of one source; its columns are those written there, without those of `like`."""
        place = self._place(path)
        seed = value.get("seed", self.seed)
        if "files" in value:
            return Files(name, str(self.folder / value["files"]), place)
        if "labels" in value and "columns" in value:
            delay, spread = value.get("delay", ZERO), value.get("spread", ZERO)
            columns = tuple(value["columns"])
            return LabelsOf(name, value["labels"], columns, delay, spread, value.get("share", 1.0), seed, place)
        if "rows" not in value:
            return None
        week = tuple(value.get("week", EVEN_WEEK))
        if len(week) != len(EVEN_WEEK):
            message = f"`week` takes seven numbers, from Monday to Sunday, not {len(week)}"
            self.findings.error(codes.OUT_OF_BOUNDS, message, self.tree.node(*path, "week"))
            week = EVEN_WEEK
        columns_ = {
            column: self._column(column, item, (*path, "columns", column))
            for column, item in value.get("columns", {}).items()
            if "type" in item
        }
        rows, per, vary = value["rows"], value.get("per", "day"), value.get("vary", 0.0)
        return Drawn(name, rows, per, week, vary, seed, columns_, place)

    def _column(self, name: str, value: Typed, path: Path) -> Column:
        params = {key: item for key, item in value.items() if key not in COMMON_COLUMN_KEYS}
        return Column(
            name, value["type"], params, value.get("nulls", 0.0), value.get("hidden", False), self._place(path)
        )

    # Events ----------------------------------------------------------------------------------------------------------

    def event(self, value: Typed, path: Path) -> Event | None:
        place = self._place(path)
        if "type" not in value:
            return None
        source = value.get("source", self.default_source)
        if source is None:
            message = "the event does not say which `source` it happens to"
            self.findings.error(codes.SCENARIO_EVENT, message, place, "add `source: …`")
            return None
        span = self._span(value, path)
        if span is None:
            return None
        params = {key: item for key, item in value.items() if key not in COMMON_EVENT_KEYS}
        columns = texts(value.get("columns")) or ()
        return Event(value["type"], source, span, columns, value.get("where"), value.get("ramp"), params, place)

    def _span(self, value: Typed, path: Path) -> Interval | None:
        """When an event happens; None when that is no time of the timeline."""
        if "day" in value:
            if other := [key for key in ("start", "end") if key in value]:
                message = f"the event has both `day` and `{other[0]}`"
                self.findings.error(codes.EXCLUSIVE_KEYS, message, self.tree.key(*path, "day"), "keep one of them")
                return None
            start = self.calendar.moment(value["day"])
            span = Interval(start, self.calendar.day_after(start))
        else:
            start = self.calendar.moment(value["start"]) if "start" in value else self.timeline.start
            span = Interval(start, self.calendar.moment(value["end"]) if "end" in value else None)
        spot = next((self.tree.node(*path, key) for key in ("day", "end", "start") if key in value), None)
        if span.end is not None and span.end <= start:
            self.findings.error(codes.BAD_SPAN, "the event ends before it starts", spot)
            return None
        outside = start >= self.timeline.end or (span.end is not None and span.end <= self.timeline.begin)
        if outside:
            shown = self.calendar.shown
            message = (
                f"the event lies outside of the timeline, {shown(self.timeline.start)} to {shown(self.timeline.end)}"
            )
            self.findings.error(codes.SCENARIO_EVENT, message, spot, "give the timeline more `days` or a `history`")
            return None
        return span

    # Expectations ----------------------------------------------------------------------------------------------------

    def expectations(self, value: Typed | None, path: Path) -> Expectations:
        if value is None:
            return Expectations()

        def listed(key: str) -> Iterable[tuple[Typed, Path]] | None:
            return None if key not in value else [(item, (*path, key, i)) for i, item in enumerate(value[key])]

        statuses, alerts, notices = listed("statuses"), listed("alerts"), listed("notices")
        return Expectations(
            statuses=None if statuses is None else tuple(self._status(*each) for each in statuses),
            alerts=None if alerts is None else tuple(self._alert(*each) for each in alerts),
            notices=None if notices is None else tuple(self._notice(*each) for each in notices),
            only=value.get("only", False),
            quiet=value.get("quiet", False),
        )

    def _moment(self, value: Mapping[str, Any], key: str, path: Path, *, run: bool = True) -> datetime | None:
        """The moment under a key; `run`: a run must come at or after it."""
        if key not in value:
            return None
        moment = self.calendar.moment(value[key])
        if run and moment > self.timeline.runs[-1]:
            last = self.calendar.shown(self.timeline.runs[-1])
            message = f"no run comes at or after this moment: the last one is at {last}"
            self.findings.error(codes.SCENARIO_EXPECTATION, message, self.tree.node(*path, key))
        return moment

    def _status(self, value: Typed, path: Path) -> ExpectedStatus:
        window, start, end = (self._moment(value, key, path, run=False) for key in ("window", "start", "end"))
        if window is not None and (start is not None or end is not None):
            message = "`window` names one window, and `start` and `end` several"
            self.findings.error(codes.EXCLUSIVE_KEYS, message, self.tree.key(*path, "window"), "keep one of them")
        return ExpectedStatus(
            match=matcher(value.get("match")),
            at=self._moment(value, "at", path),
            windows=Interval(start, end),
            status=texts(value.get("status")),
            value=value.get("value"),
            tolerance=value.get("tolerance"),
            reason=value.get("reason"),
            place=self._place(path),
            window=window,
        )

    def _alert(self, value: Typed, path: Path) -> ExpectedAlert:
        first = {state: self._moment(value, state, path) for state in STATES if state in value}
        return ExpectedAlert(
            match=matcher(value.get("match")),
            at=self._moment(value, "at", path),
            state=value.get("state"),
            severity=value.get("severity"),
            first={state: moment for state, moment in first.items() if moment is not None},
            count=value.get("count"),
            place=self._place(path),
        )

    def _notice(self, value: Typed, path: Path) -> ExpectedNotice:
        return ExpectedNotice(
            channel=texts(value.get("channel")),
            at=self._moment(value, "at", path),
            kind=value.get("kind"),
            title=value.get("title"),
            text=value.get("text"),
            count=value.get("count"),
            place=self._place(path),
        )
