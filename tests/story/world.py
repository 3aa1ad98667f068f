"""A small world: scored rows and their labels over some local days, each with the instant at which it becomes known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from driftline.backtesting.ticks import ticks
from driftline.compile.calendar import shift
from driftline.model import Duration
from driftline.schema.slots import read_duration

ZONE = ZoneInfo("America/New_York")
EVENT = {"id": pl.Int64(), "at": pl.Datetime("us", "UTC"), "arrived": pl.Datetime("us", "UTC"), "v": pl.Float64()} | {
    name: pl.String() for name in ("s", "said")
}
LABEL = {"id": pl.Int64(), "known_at": pl.Datetime("us", "UTC"), "y": pl.String()}
Row = dict[str, Any]
CONFIG = """
version: 1
defaults: {window: daily, timezone: America/New_York}
sources:
  events: {path: events/*.parquet, timestamp: at, lateness: %(lateness)s%(arrival)s}
  truth: {path: truth/*.parquet, timestamp: known_at}
models:
  m:
    task: binary
    source: events
    positive: "yes"
    roles: {id: id, prediction: said, target: y}
    labels: {source: truth, key: id, delay: %(delay)s, max_delay: %(max_delay)s, keep: %(keep)s}
    segments: {kind: {by: s}}
windows:
  daily: {size: 1d}
  weekly: {size: 7d, every: 1d}
baselines:
  before: {type: trailing, size: 4d}
  history: {type: trailing, size: 8d}
monitors:
  volume: {check: row_count, segments: [overall, kind], baseline: before, alert: {for: 2},
           threshold: {compare: change, warning: {below: -20%%, above: 25%%}, critical: {below: -45%%}}}
  level: {check: mean, columns: [v], baseline: history, min_rows: 3,
          threshold: {compare: deviations, critical: {above: 3, below: -3}}}
  step: {check: mean, columns: [v], baseline: previous, min_rows: 3,
         threshold: {compare: difference, warning: {above: 1}}}
  drift: {check: psi, columns: [v, s], baseline: before, min_rows: 3, significance: none,
          threshold: {warning: {above: 0.5}}}
  gaps: {check: missing_rate, columns: [v], segments: [kind], min_rows: 2, alert: {for: 2 of 3},
         threshold: {critical: {above: 0.3}, recovery: {below: 0.2}}}
  seen: {check: missing_rate, window: weekly, columns: [v], min_rows: 2, threshold: {warning: {above: 0.25}}}
  right: {check: accuracy, segments: [overall, kind], min_rows: 2, alert: {for: 2},
          threshold: {warning: {below: 0.75}, critical: {below: 0.5}}}
  trend: {check: accuracy, window: weekly, baseline: before, min_rows: 3,
          threshold: {compare: change, warning: {below: -10%%}}}
  truth: {check: label_coverage, threshold: {warning: {below: 0.6}}, alert: {for: 2}}
  feed: {source: events, check: freshness, threshold: {critical: {above: 20h}}}
  trouble: {check: breaching, window: 1d, params: {of: {monitor: [volume, gaps, right]}},
            threshold: {critical: {above: 1}}}
  kinds: {check: breaching, window: 2d, params: {of: {monitor: [volume, gaps, right]}, by: [segment], read: share},
          threshold: {warning: {above: 50%%}}}
  lasting: {check: breaching, window: 3d, params: {of: {monitor: [drift, truth, right]}, read: monitors},
            alert: {for: 2}, threshold: {warning: {above: 1}}}
"""


@dataclass(frozen=True)
class World:
    """What happens is drawn from `seed`; the rest says how much, and how it comes.

    `batch` and `label_batch` are hours between files. `grows`: there is one file for each day of events, which is
    written anew whenever rows of it arrive. `arrival`: rows say when they arrived, and some come later than `lateness`.
    Runs go on for `after` days when no more rows come. A regime changes for the third quarter of the days; a day after
    it is without rows where there is an `outage`.
    """

    start: date
    days: int = 12
    per_day: int = 12
    seed: int = 0
    every: str = "1d"
    batch: int = 24
    label_batch: int = 24
    lateness: str = "6h"
    delay: str = "1d"
    max_delay: str = "4d"
    keep: str = "last"
    after: int = 1
    arrival: bool = False
    grows: bool = False
    outage: bool = False

    def write(self, folder: Path) -> Path:
        """The configuration in a folder, with folders for data beside it; the path of the former."""
        arrival = ", arrival: arrived" if self.arrival else ""
        text = CONFIG % {
            "arrival": arrival,
            **{name: getattr(self, name) for name in ("lateness", "delay", "max_delay", "keep")},
        }
        for name in ("events", "truth"):
            (folder / name).mkdir(parents=True)
        path = folder / "monitors.yaml"
        path.write_text(text, "utf-8")
        return path

    @cached_property
    def ticks(self) -> tuple[datetime, ...]:
        """When runs are made."""
        return ticks(self.since, self.midnight(self.days + self.after), duration(self.every), ZONE)

    @property
    def since(self) -> datetime:
        """The beginning: the first file is there already."""
        return self.midnight(0)

    @property
    def steady(self) -> int:
        """The number of runs after which every monitor has begun, so that none of its windows is lost with a run."""
        begun = max(later(self.midnight(1), self.lateness), later(self.midnight(1), self.delay))
        return 1 + sum(tick < begun for tick in self.ticks)

    def midnight(self, day: int) -> datetime:
        """The instant at which a local day starts."""
        on = self.start + timedelta(days=day)
        return datetime(on.year, on.month, on.day, tzinfo=ZONE).astimezone(UTC)

    def _is_odd(self, day: int) -> bool:
        return self.days // 2 <= day <= 3 * self.days // 4

    @cached_property
    def events(self) -> tuple[Row, ...]:
        """The scored rows, with `arrived`."""
        chance = Random(self.seed)
        silent = chance.randrange(3 * self.days // 4, self.days) if self.outage else None
        found: list[Row] = []
        for day in range(self.days):
            count = 0 if day == silent else round(self.per_day * chance.uniform(0.8, 1.2))
            count //= 2 if self._is_odd(day) else 1
            for number in range(max(count, 0 if day == silent else 1)):
                found.append(self._event(chance, day, number, len(found)))
        return tuple(found)

    def _event(self, chance: Random, day: int, number: int, id_: int) -> Row:
        """One row; the very first is in time, since nothing is judged before it."""
        start, end = self.midnight(day), self.midnight(day + 1)
        at = start if id_ == 0 else start + (end - start) * chance.random()
        odd = self._is_odd(day)
        arrived = at + timedelta(hours=chance.choice([0, 0, 0, 1, 5, 30]))
        closes = later(end, self.lateness)
        if self.arrival and id_ and chance.random() < 0.1:
            arrived = closes + timedelta(hours=chance.randrange(1, 72))
        else:
            arrived = min(self._landing(arrived if id_ else at, self.batch), closes)
        value = float(chance.choice([1, 2, 2, 3]) + (4 if odd else 0))
        return {
            "id": id_,
            "at": at,
            "arrived": arrived,
            "v": None if chance.random() < (0.5 if odd else 0.1) else value,
            "s": chance.choice(["a", "b"] if odd else ["a", "b", "b", "c"]),
            "said": chance.choice(["no", "yes"]),
        }

    @cached_property
    def labels(self) -> tuple[Row, ...]:
        """Labels with `known_at`: some never come, some late, some twice; one that is no row's is there at first."""
        chance = Random(self.seed + 1)
        found = [{"id": -1, "known_at": self.midnight(-1), "y": "no"}]
        for row in self.events:
            right = chance.random() < (0.5 if self._is_odd((row["at"] - self.midnight(0)).days) else 0.9)
            truth = row["said"] if right else _other(row["said"])
            if chance.random() < 0.1:
                continue
            hours = chance.choice([chance.uniform(0, 24), chance.uniform(0, 72), chance.uniform(0, 144)])
            known = self._landing(row["at"] + timedelta(hours=hours), self.label_batch)
            found.append({"id": row["id"], "known_at": known, "y": truth})
            if chance.random() < 0.2:
                again = self._landing(known + timedelta(hours=chance.uniform(0, 72)), self.label_batch)
                found.append({"id": row["id"], "known_at": again, "y": chance.choice(["no", "yes"])})
        return tuple(found)

    def _landing(self, moment: datetime, hours: int) -> datetime:
        """When the file that has a row of some moment is there."""
        whole, first = timedelta(hours=hours), self.midnight(0)
        return first - (first - moment) // whole * whole

    def _file(self, row: Row) -> date | datetime:
        at: datetime = row["at"].astimezone(ZONE) if self.grows else row["arrived"]
        return at.date() if self.grows else at


@dataclass
class Disk:
    """The files of a world as they come, beside its configuration."""

    world: World
    folder: Path
    _rows: dict[str, int] = field(default_factory=dict)

    def until(self, moment: datetime | None) -> None:
        """Write what has arrived by then (None: all that ever does), as new files, or anew where a file has grown."""
        world = self.world
        events = [row for row in world.events if moment is None or row["arrived"] <= moment]
        labels = [row for row in world.labels if moment is None or row["known_at"] <= moment]
        self._write("events", _by(events, [world._file(row) for row in events]), EVENT)
        self._write("truth", _by(labels, [row["known_at"] for row in labels]), LABEL)

    def _write(self, name: str, files: Mapping[str, Sequence[Row]], schema: Mapping[str, pl.DataType]) -> None:
        for file, rows in files.items():
            path = self.folder / name / file
            if self._rows.get(str(path)) != len(rows):
                pl.DataFrame(rows, schema=dict(schema)).write_parquet(path)
                self._rows[str(path)] = len(rows)


def _by(rows: Sequence[Row], keys: Sequence[date | datetime]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row, key in zip(rows, keys, strict=True):
        name = f"{key:%Y-%m-%dT%H%M%S}.parquet"
        found.setdefault(name, []).append(row)
    return found


def _other(said: str) -> str:
    return "no" if said == "yes" else "yes"


def later(moment: datetime, text: str) -> datetime:
    """An instant moved by a length such as `6h` or `1d`."""
    return shift(moment, duration(text), 1, ZONE)


def duration(text: str) -> Duration:
    found = read_duration(text)
    assert isinstance(found, Duration)
    return found
