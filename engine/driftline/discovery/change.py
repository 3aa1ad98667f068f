"""How a metric changed in some rows, and whether it changed there otherwise than in others. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from driftline.checks.base import Check, Moment, Profiles, Subject
from driftline.evaluate.measured import read
from driftline.evaluate.significance import change_p_value
from driftline.model import Reading, Value
from driftline.profiles.base import Profile, ProfileSpec, merged

Slice = Mapping[ProfileSpec, Profile]


@dataclass(frozen=True)
class Rows:
    """The profiles of some rows: those of the window, and those of the baseline (None where nothing is compared)."""

    window: Slice
    baseline: Slice | None

    @classmethod
    def together(cls, parts: Iterable[Rows]) -> Rows:
        """Several disjoint rows as one."""
        parts = list(parts)
        compared = any(each.baseline is not None for each in parts)
        return cls(
            together([each.window for each in parts]),
            together([each.baseline or {} for each in parts]) if compared else None,
        )


def together(slices: Iterable[Slice]) -> Slice:
    """The profiles of several disjoint slices as those of their union."""
    found: dict[ProfileSpec, list[Profile]] = {}
    for each in slices:
        for spec, profile in each.items():
            found.setdefault(spec, []).append(profile)
    return {spec: merged(those) for spec, those in found.items()}


@dataclass(frozen=True)
class Change:
    """A metric in some rows: in the window, in the baseline, and the standard error of the difference.

    `rows` and `baseline_rows` are those that the readings rest on: of a labelled metric those with a label.
    """

    value: float
    before: float | None
    error: float
    rows: int
    baseline_rows: int | None

    @property
    def size(self) -> float:
        """How far the metric moved; its value where nothing is compared."""
        return self.value if self.before is None else self.value - self.before

    def p_value(self, other: Change) -> float:
        """How likely a difference of changes like this is if disjoint rows changed alike: two-sided, normal law."""
        return change_p_value(self.size - other.size, self.error, other.error)


@dataclass(frozen=True)
class Reader:
    """Reads a check's change of any rows. `before` is the moment of the baseline."""

    check: Check
    subject: Subject
    needs: Mapping[str, ProfileSpec]
    now: Moment
    before: Moment
    min_rows: int

    def change(self, rows: Rows) -> Change | None:
        """None where there is nothing to read on a side, or where that rests on too few rows."""
        now = self._read(rows.window, self.now)
        if now is None or rows.baseline is None:
            return None if now is None else Change(now[0], None, now[1], now[2], None)
        then = self._read(rows.baseline, self.before)
        if then is None:
            return None
        return Change(now[0], then[0], math.hypot(now[1], then[1]), now[2], then[2])

    def reading(self, rows: Slice) -> Reading:
        """What the check reads of the window's side."""
        return read(self.check, self.subject, self.now, self._named(rows), None)

    def _read(self, rows: Slice, at: Moment) -> tuple[float, float, int] | None:
        """The value, its standard error, and the rows it rests on."""
        found = read(self.check, self.subject, at, self._named(rows), None)
        if not isinstance(found, Value) or found.standard_error is None:
            return None
        counted = found.labelled_rows if found.labelled_rows is not None else found.rows
        return (
            (found.value, found.standard_error, counted) if counted is not None and counted >= self.min_rows else None
        )

    def _named(self, rows: Slice) -> Profiles:
        return {name: rows.get(spec) or spec.empty() for name, spec in self.needs.items()}
