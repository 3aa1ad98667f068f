"""The ways to the same history: run by run, at once, replayed; and what each of them comes to, to be held together."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from driftline import app
from driftline.backtesting.run import BacktestOptions, backtest
from driftline.model import Result, Transition
from driftline.preparing import RunOptions
from driftline.store.store import Store
from tests.story.world import ZONE, Disk, World

STORE = "sqlite:///.driftline/state.db"
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
Key = tuple[str, datetime]  # a series, and the end of its window


@dataclass(frozen=True)
class Seen:
    """What must be the same of a verdict."""

    status: str
    value: float | None
    baseline_value: float | None
    compared: float | None
    rows: int | None
    labelled_rows: int | None
    baseline_rows: int | None

    @classmethod
    def of(cls, result: Result) -> Seen:
        return cls(**{each.name: getattr(result, each.name) for each in fields(cls)})

    def unlike(self, other: Seen) -> list[str]:
        """The names of what differs; sums in another order differ in their last bits."""
        return [
            each.name for each in fields(self) if not _is_alike(getattr(self, each.name), getattr(other, each.name))
        ]


@dataclass(frozen=True)
class Story:
    """The final verdicts, and the transitions of alerts that hold."""

    told: str  # how it came about
    verdicts: dict[Key, Seen]
    transitions: frozenset[tuple[str, str, str, datetime, datetime]]

    @classmethod
    def of(cls, told: str, verdicts: Iterable[tuple[datetime, Result]], transitions: Iterable[Transition]) -> Story:
        return cls(
            told,
            {(result.series.text, at): Seen.of(result) for at, result in verdicts},
            frozenset((t.series.text, t.state.value, t.severity.value, t.at, t.since) for t in transitions),
        )

    def where(self, fits: Callable[[Key], bool]) -> Story:
        """The part of some windows."""
        verdicts = {key: seen for key, seen in self.verdicts.items() if fits(key)}
        return Story(self.told, verdicts, frozenset(each for each in self.transitions if fits((each[0], each[3]))))

    def without(self, *monitors: str) -> Story:
        return self.where(lambda key: key[0].partition("/")[0] not in monitors)

    def verdicts_only(self) -> Story:
        return replace(self, transitions=frozenset())

    def differences(self, other: Story) -> str:
        """Where another story is another one, the first window first; nothing where they are the same."""
        found = sorted(
            [
                *self._verdicts_unlike(other),
                *(
                    (at, f"{series}: {state} ({severity}, since {local(since)}) only {self.told}")
                    for series, state, severity, at, since in self.transitions - other.transitions
                ),
                *(
                    (at, f"{series}: {state} ({severity}, since {local(since)}) only {other.told}")
                    for series, state, severity, at, since in other.transitions - self.transitions
                ),
            ]
        )
        if not found:
            return ""
        lines = [f"{self.told} and {other.told} differ in {len(found)} places; the first:"]
        return "\n".join([*lines, *(f"  {local(at)}  {text}" for at, text in found[:12])])

    def _verdicts_unlike(self, other: Story) -> Iterator[tuple[datetime, str]]:
        for key in {*self.verdicts, *other.verdicts}:
            series, at = key
            own, theirs = self.verdicts.get(key), other.verdicts.get(key)
            if own is None or theirs is None:
                yield at, f"{series}: judged only {self.told if theirs is None else other.told}: {own or theirs}"
            elif unlike := own.unlike(theirs):
                said = ", ".join(f"{name} {getattr(own, name)} and {getattr(theirs, name)}" for name in unlike)
                yield at, f"{series}: {said}"


def local(moment: datetime) -> str:
    return f"{moment.astimezone(ZONE):%Y-%m-%d %H:%M}"


def _is_alike(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    return one == other


Way = Callable[[datetime, World], Iterable[RunOptions]]  # the runs that are made at a tick


def once(tick: datetime, _: World) -> Iterable[RunOptions]:
    yield RunOptions(at=tick)


def twice(tick: datetime, _: World) -> Iterable[RunOptions]:
    yield from (RunOptions(at=tick), RunOptions(at=tick))


def judging_again(tick: datetime, world: World) -> Iterable[RunOptions]:
    """Now and then with all windows from the third day on."""
    yield RunOptions(at=tick, since=world.midnight(2) if tick.day % 3 == 0 and tick > world.midnight(6) else None)


def jumping_back(tick: datetime, world: World) -> Iterable[RunOptions]:
    """Now and then the clock goes back to the fifth run before, for one run."""
    yield RunOptions(at=tick)
    if tick.day % 3 == 0 and tick > world.midnight(7):
        yield RunOptions(at=world.ticks[world.ticks.index(tick) - 5])


@dataclass(frozen=True)
class Journey:
    """Runs one after the other as files come: as of which of a world's ticks, which, and before which of them the store
    is lost.
    """

    told: str
    ticks: Sequence[datetime]
    way: Way = once
    lost_before: datetime | None = None

    def story(self, world: World, folder: Path) -> Story:
        path, disk = world.write(folder), Disk(world, folder)
        for tick in self.ticks:
            disk.until(tick)
            if tick == self.lost_before:
                shutil.rmtree(folder / ".driftline")
            for options in self.way(tick, world):
                app.run(path, options)
        return replace(stored(folder), told=self.told)


def backfilled(world: World, folder: Path) -> Story:
    """All at once, when all files are there."""
    path = world.write(folder)
    Disk(world, folder).until(None)
    app.run(path, RunOptions(at=world.ticks[-1], since=world.since - timedelta(days=8)))
    return replace(stored(folder), told="backfilled")


def replayed(world: World, folder: Path) -> Story:
    """A back-test over the same runs."""
    path = world.write(folder)
    Disk(world, folder).until(None)
    report = backtest(path, BacktestOptions(world.since, world.ticks[-1], every=world.every))
    assert report.ticks == world.ticks
    holding = [each.transition for each in report.transitions if each.superseded is None]
    verdicts = [(result.window.end, result) for result in report.results]
    return Story.of("back-tested", [(at, result) for at, result in verdicts if at is not None], holding)


def stored(folder: Path) -> Story:
    """What a store holds."""
    with Store.open(STORE, folder, read_only=True) as store:
        series = list(store.states(None))
        verdicts = [(one.at, one.result) for each in series for one in store.results(each)]
        transitions = [one for each in series for one in store.history(each, EARLIEST).transitions]
    return Story.of("stored", verdicts, transitions)
