"""Overrides: which of them touch a monitor or a series, and what the monitor says once they hold.

Later wins in one file, the including file wins over the included; `check < root defaults < file defaults < model <
preset < monitor < overrides` is the whole precedence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from driftline.compile.match import matches, may_match, speaks_of_segments, speaks_of_series
from driftline.config.document import Document, MonitorDefinition, OverrideDefinition
from driftline.model import MonitorFacts, SeriesKey

Overrides = tuple[OverrideDefinition, ...]
Plan = TypeVar("Plan")


def ranked(document: Document) -> Overrides:
    """All overrides, the one that wins last: an included file's before those of the files that include it."""
    return tuple(sorted(document.overrides, key=lambda one: (-len(one.ancestors), one.index)))


def applied(monitor: MonitorDefinition, overrides: Iterable[OverrideDefinition]) -> MonitorDefinition:
    """A monitor with overrides in force, in their order: a key is replaced whole, only tags merge."""
    for override in overrides:
        settings = dict(override.settings)
        if "tags" in settings:
            settings["tags"] = {**monitor.tags, **settings["tags"]}
        monitor = replace(monitor, **settings)
    return monitor


@dataclass(frozen=True)
class Touching:
    """The overrides that touch one monitor on one model, in order of rank."""

    facts: MonitorFacts
    overrides: Overrides

    @classmethod
    def of(cls, facts: MonitorFacts, overrides: Overrides) -> Touching:
        return cls(facts, tuple(one for one in overrides if may_match(one.match, facts)))

    @property
    def whole(self) -> Overrides:
        """Those that hold for every series."""
        return tuple(one for one in self.overrides if not speaks_of_series(one.match))

    @property
    def by_segment(self) -> Overrides:
        """Those that hold for some segments only."""
        return tuple(one for one in self.overrides if speaks_of_segments(one.match))

    def for_series(self, key: SeriesKey) -> Overrides:
        """Those that hold for a series whatever its segment."""
        return tuple(
            one
            for one in self.overrides
            if not speaks_of_segments(one.match) and matches(one.match, self.facts, key, None)
        )

    def for_segment(self, key: SeriesKey) -> Overrides:
        """All that hold for a series in its segment."""
        return tuple(one for one in self.overrides if matches(one.match, self.facts, key, None))


@dataclass(frozen=True, eq=False)
class Exceptions(Generic[Plan]):
    """What differs by segment within one plan. Which segments there are is in the data, so it is asked for later.

    `rebuilt` makes the plan that holds under given overrides; each combination is made once.
    """

    touching: Touching
    rebuilt: Callable[[Overrides], Plan]
    _made: dict[tuple[int, ...], Plan] = field(default_factory=dict, repr=False)

    def at(self, key: SeriesKey) -> Plan:
        """The plan that holds for a series in its segment."""
        holding = self.touching.for_segment(key)
        names = tuple(one.index for one in holding)
        if names not in self._made:
            self._made[names] = self.rebuilt(holding)
        return self._made[names]
