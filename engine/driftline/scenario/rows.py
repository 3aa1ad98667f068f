"""The rows of every source of a case, with the time of each and when it comes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from driftline import registry
from driftline.model import Interval
from driftline.scenario.definition import Case, Column, Drawn, Event, Files, LabelsOf
from driftline.scenario.disturb import (
    ARRIVAL,
    MICROSECONDS,
    TIME,
    chosen,
    concerned,
    hit,
    replaced,
    shifted,
    strength,
    with_other_rows,
)
from driftline.scenario.draw import Block, Dice, Drawing, Floats, draw
from driftline.scenario.meaning import DECAYS, file_type, in_order, timestamp_of
from driftline.scenario.moments import days_between
from driftline.sources.base import SourceContext

OTHER_ROWS = ("missing", "late", "duplicates")
EPOCH_DAY = date(1970, 1, 1)


@dataclass(frozen=True)
class Rows:
    """The rows of a source, with TIME and ARRIVAL where it has them, and its changes of schema.

    `frame` None: the files themselves are read, since nothing happens to them.
    """

    source: str
    frame: pl.DataFrame | None
    changes: tuple[Event, ...] = ()


@dataclass(frozen=True)
class Generator:
    """Makes the rows of one case."""

    case: Case

    def all(self) -> Iterable[Rows]:
        """The rows of every source, one after the other."""
        for data in self.case.data.values():
            events = tuple(event for event in self.case.events if event.source == data.source)
            changes = tuple(event for event in events if event.type == "schema")
            if isinstance(data, Files):
                yield Rows(data.source, self._from_files(data, events) if events else None, changes)
            elif isinstance(data, LabelsOf):
                yield Rows(data.source, self._labels(data, events), changes)
            else:
                yield Rows(data.source, self._drawn(data, events), changes)

    # Drawn rows ------------------------------------------------------------------------------------------------------

    def _drawn(self, data: Drawn, events: tuple[Event, ...]) -> pl.DataFrame:
        times, blocks = self._times(data, events)
        frame = self._columns(data, events, times, blocks, whole=False)
        if times is None:
            return frame
        dice = Dice(data.seed, data.source, blocks)
        return self._settled(frame, frame, events, dice, data.source, labels=False)

    def _columns(
        self,
        data: Drawn,
        events: tuple[Event, ...],
        times: pl.Series | None,
        blocks: list[Block],
        *,
        whole: bool,
    ) -> pl.DataFrame:
        """The columns after what happens to their values; `whole` with those that are hidden."""
        dice = Dice(data.seed, data.source, blocks)
        usable = {name: c for name, c in data.columns.items() if times is not None or c.type != "time"}
        columns, _ = in_order(usable)
        drawing = Drawing(dice, times, self.case.timeline.timezone, {})
        happening = tuple(event for event in events if event.type in ("shift", "decay", "set", "nulls"))
        undisturbed: pl.DataFrame | None = None
        if times is not None and any(event.where for event in happening):
            undisturbed = _frame(_made(columns, (), drawing, None), times)
        known = _made(columns, happening if times is not None else (), drawing, undisturbed)
        names = [name for name in usable if whole or not usable[name].hidden]
        filled = {name: _with_nulls(known[name], usable[name], dice) for name in names}
        frame = _frame(filled, times)
        if times is None:
            return frame
        timestamp = timestamp_of(self.case.document, data.source)
        if timestamp is not None and timestamp not in frame.columns:
            frame = frame.with_columns(times.alias(timestamp))
        return frame.with_columns(times.alias(ARRIVAL))

    def _times(self, data: Drawn, events: tuple[Event, ...]) -> tuple[pl.Series | None, list[Block]]:
        """The event time of every row, evenly over each day (or hour), and where each day's rows lie."""
        line = self.case.timeline
        if timestamp_of(self.case.document, data.source) is None:
            return None, [Block(0, 0, data.rows)]
        zone, volumes = ZoneInfo(line.timezone), [event for event in events if event.type == "volume"]
        chunks, blocks, count = [], [], 0
        most = max([1.0, *(event.params["factor"] for event in volumes)])
        for start, end in days_between(line.begin, line.end, zone):
            local = start.astimezone(zone)
            day = (local.date() - EPOCH_DAY).days
            factor = data.week[local.weekday()]
            if data.vary:
                chance = Dice(data.seed, data.source, ()).generator("number of rows", day)
                factor *= max(0.0, 1.0 + data.vary * float(chance.normal()))
            instants = _spread(start, end, data.rows * factor * most, data.per)
            if volumes:
                instants = instants.filter(pl.Series(_kept(instants, volumes, most)))
            chunks.append(instants)
            blocks.append(Block(day, count, count + len(instants)))
            count += len(instants)
        return pl.concat(chunks), blocks

    # Labels ----------------------------------------------------------------------------------------------------------

    def _labels(self, data: LabelsOf, events: tuple[Event, ...]) -> pl.DataFrame:
        """A label for (a share of) the rows of another source, each when it becomes known."""
        scored = self.case.data[data.of]
        assert isinstance(scored, Drawn)  # checked when the file was read
        happening = tuple(event for event in self.case.events if event.source == data.of)
        times, blocks = self._times(scored, happening)
        assert times is not None
        frame = self._columns(scored, happening, times, blocks, whole=True).select(*data.columns, TIME)
        dice = Dice(data.seed, data.source, blocks)
        spread = pl.Series((dice.uniform("spread") * data.spread.seconds * 1e6).astype(np.int64)).cast(
            pl.Duration("us")
        )
        known = pl.col(TIME) + data.delay.timedelta + spread
        frame = frame.with_columns(known.alias(TIME)).with_columns(pl.col(TIME).alias(ARRIVAL))
        frame = frame.filter(pl.Series(dice.uniform("share") < data.share))
        own = Dice(data.seed, data.source, [Block(0, 0, frame.height)])
        frame = self._values(frame, events, own)
        frame = self._settled(frame, frame, events, own, data.source, labels=True)
        timestamp = timestamp_of(self.case.document, data.source)
        return frame if timestamp is None else frame.with_columns(pl.col(TIME).alias(timestamp))

    # Files -----------------------------------------------------------------------------------------------------------

    def _from_files(self, data: Files, events: tuple[Event, ...]) -> pl.DataFrame:
        """The rows of files after what happens to them; a row comes at its own time."""
        definition = self.case.document.sources[data.source]
        kind = registry.load().source_class(file_type(data.pattern) or "")(path=data.pattern)  # type: ignore[call-arg]
        timestamp = timestamp_of(self.case.document, data.source)
        assert timestamp is not None  # nothing happens to a source without
        context = SourceContext(data.source, definition.directory, timestamp, definition.timezone)
        columns = tuple(kind.schema(context))
        frame = kind.scan(context, columns, Interval(None, self.case.timeline.end)).collect()
        frame = frame.with_columns(pl.col(timestamp).alias(TIME), pl.col(timestamp).alias(ARRIVAL)).sort(TIME)
        dice = Dice(self.case.seed, data.source, [Block(0, 0, frame.height)])
        changed = self._values(frame, events, dice)
        return self._settled(changed, frame, events, dice, data.source, labels=False)

    # Events ----------------------------------------------------------------------------------------------------------

    def _values(self, frame: pl.DataFrame, events: tuple[Event, ...], dice: Dice) -> pl.DataFrame:
        """Rows that were not drawn here, after what happens to their values."""
        undisturbed = frame
        for event in events:
            if event.type in ("shift", "set", "nulls"):
                mask = chosen(event, undisturbed)
                new = [_after(frame[name], event, frame[TIME], mask, dice) for name in concerned(event, frame.columns)]
                frame = frame.with_columns(new)
        return frame

    def _settled(
        self,
        frame: pl.DataFrame,
        undisturbed: pl.DataFrame,
        events: tuple[Event, ...],
        dice: Dice,
        source: str,
        *,
        labels: bool,
    ) -> pl.DataFrame:
        """Rows after what happens to which there are, in order of their arrival."""
        for event in events:
            if event.type in OTHER_ROWS:
                mask = chosen(event, frame)
                dice = replace(dice, blocks=[Block(0, 0, frame.height)])
                frame = with_other_rows(frame, event, mask, dice, labels=labels)
        return frame.sort(ARRIVAL, maintain_order=True)


def _frame(columns: Mapping[str, pl.Series], times: pl.Series | None) -> pl.DataFrame:
    own = [] if times is None else [times.alias(TIME)]
    return pl.DataFrame([*(values.alias(name) for name, values in columns.items()), *own])


def _made(
    columns: list[Column], events: tuple[Event, ...], drawing: Drawing, undisturbed: pl.DataFrame | None
) -> dict[str, pl.Series]:
    """Columns in the order in which they are made, each after the events that it is concerned by."""
    known: dict[str, pl.Series] = {}
    for column in columns:
        own = [event for event in events if concerned(event, [column.name])]
        decayed = _decayed(column, own, drawing)
        values = draw(column, replace(drawing, known=known, decayed=decayed))
        for event in own:
            if event.type != "decay":
                assert drawing.times is not None
                mask = (
                    np.ones(len(values), dtype=np.bool_) if event.where is None else chosen(event, _given(undisturbed))
                )
                values = _after(values, event, drawing.times, mask, drawing.dice)
        known[column.name] = values
    return known


def _given(frame: pl.DataFrame | None) -> pl.DataFrame:
    assert frame is not None
    return frame


def _decayed(column: Column, events: list[Event], drawing: Drawing) -> dict[str, Floats]:
    """By parameter: its value in every row, where it changes."""
    found: dict[str, Floats] = {}
    for event in events:
        if event.type != "decay" or drawing.times is None:
            continue
        for key in DECAYS:
            if key in event.params:
                before = found.get(key, np.full(drawing.rows, float(column.params.get(key, 0.0))))
                found[key] = before + (event.params[key] - before) * strength(event, drawing.times)
    return found


def _after(values: pl.Series, event: Event, times: pl.Series, mask: np.ndarray, dice: Dice) -> pl.Series:
    """A column after one event."""
    if event.type == "shift":
        return shifted(values, event, strength(event, times) * mask, dice)
    return replaced(values, event, hit(event, times, mask, dice, values.name))


def _with_nulls(values: pl.Series, column: Column, dice: Dice) -> pl.Series:
    if not column.nulls:
        return values
    gone = pl.Series(dice.uniform(f"{column.name} nulls") < column.nulls)
    return (
        pl.Series([None], dtype=values.dtype).new_from_index(0, len(values)).zip_with(gone, values).alias(column.name)
    )


def _spread(start: datetime, end: datetime, rows: float, per: str) -> pl.Series:
    """Instants in the middle of equal parts of a day; per hour, of each hour."""
    hours = (end - start) / timedelta(hours=1)
    count = round(rows * hours if per == "hour" else rows)
    first, length = start.timestamp() * 1e6, (end - start).total_seconds() * 1e6
    instants = first + (np.arange(count) + 0.5) / max(count, 1) * length
    return pl.Series(instants.astype(np.int64), dtype=pl.Int64).cast(MICROSECONDS)


def _kept(instants: pl.Series, volumes: list[Event], most: float) -> np.ndarray:
    """Which of evenly spread rows stay, so that their number is what the volumes say; evenly spread again."""
    factor = np.ones(len(instants))
    for event in volumes:
        factor = np.where(strength(event, instants) > 0, event.params["factor"], factor)
    reached = np.cumsum(factor / most)
    return np.asarray(np.floor(reached + 0.5) > np.floor(np.concatenate([[0.0], reached[:-1]]) + 0.5))
