"""Comparisons of checks with independent references: each is data, which pytest runs and the documentation shows.

How to add one: write a function that returns `Numbers(reference's, ours)` (or a list of them: one for each column)
and put `Comparison(check, reference, data, function)` into `COMPARISONS` of a module of this folder, one per topic;
that is all. `measure` reads a check of frames the way a run does; `make docs` writes docs/reference-values.md.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import polars as pl

from driftline.checks.base import Check, Column, ColumnType, Moment, Subject
from driftline.checks.business._metric import Metric
from driftline.model import Failed, Value
from driftline.profiles.base import Profile, ProfileSpec
from driftline.registry import load
from tests.conformance.reading import MOMENT, opened, profiles_of, scan

EXACT = 1e-12
# Differences are shown as the next of these: what is in the last bits differs from machine to machine.
STEPS = (1e-12, 1e-9, 1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 1.0)

# The checks without a comparison, and why there is none.
WITHOUT: Mapping[str, str] = {}


@dataclass(frozen=True)
class Numbers:
    """The reference's number and ours; `bound` is how far ours may be off by what the reading itself says."""

    reference: float
    ours: float
    bound: float = 0.0

    @property
    def difference(self) -> float:
        """Of ours from the reference's; as a share of the reference's where that is larger than 1."""
        off = 0.0 if self.ours == self.reference else abs(self.ours - self.reference)
        return off / max(1.0, abs(self.reference))

    @property
    def own(self) -> float:
        """The reading's own bound, in the unit of `difference`."""
        return self.bound / max(1.0, abs(self.reference))


@dataclass(frozen=True)
class Comparison:
    """One quantity of a check beside its reference, on some data.

    `check` is the kind, `quantity` which of the numbers of its reading. `reference` says who says so (a function of a
    library, a published table), `data` on what. `allowed` is the difference that may be, besides the reading's own
    bound where `Numbers` has one; `why` gives the reason where it is more than floating point.
    """

    check: str
    reference: str
    data: str
    numbers: Callable[[], Numbers | Sequence[Numbers]]
    quantity: str = "value"
    allowed: float = EXACT
    why: str = ""

    @property
    def title(self) -> str:
        return f"{self.check}: {self.quantity}, {self.reference}, {self.data}"

    @cache  # noqa: B019 - the comparisons live as long as the process, and the table and the tests share them
    def found(self) -> tuple[Numbers, ...]:
        """Both numbers, for each part of the data."""
        numbers = self.numbers()
        return (numbers,) if isinstance(numbers, Numbers) else tuple(numbers)

    def beyond(self) -> list[Numbers]:
        """The numbers that differ by more than is allowed, or are none."""
        return [one for one in self.found() if not one.difference <= self.allowed + one.own]

    def worst(self) -> Numbers:
        """The numbers that are furthest apart, as far as that is shown; the first of those."""
        return max(self.found(), key=lambda one: step(one.difference))


def step(difference: float) -> float:
    """The least of `STEPS` above a difference; infinity beyond the last."""
    return next((limit for limit in STEPS if difference < limit), math.inf)


@cache
def comparisons() -> tuple[Comparison, ...]:
    """Those of every module of this folder."""
    folder = Path(__file__).parent
    names = sorted(module.name for module in iter_modules([str(folder)]) if not module.name.startswith("test_"))
    modules = (import_module(f"tests.reference.{name}") for name in names if name != Path(__file__).stem)
    return tuple(one for module in modules for one in module.COMPARISONS)


@dataclass(frozen=True)
class Wanted:
    """A check to read, and of what."""

    check: Check
    on: Subject


def wanted(kind: str, on: Subject, **params: object) -> Wanted:
    """A check by its kind; `metric` is a metric in SQL."""
    return Wanted(Metric() if kind == "metric" else load().check_class(kind)(**params), on)


def measure(
    kind: str, on: Subject, frame: pl.DataFrame, baseline: pl.DataFrame | None = None, **params: object
) -> Value:
    """What a check reads of these rows: written as Parquet, scanned, read from profiles."""
    return measure_all([wanted(kind, on, **params)], frame, baseline)[0]


def measure_all(checks: Sequence[Wanted], frame: pl.DataFrame, baseline: pl.DataFrame | None = None) -> list[Value]:
    """What each of the checks reads of the same rows, which are scanned once."""
    return measure_each(checks, [frame], baseline)[0]


def measure_each(
    checks: Sequence[Wanted],
    frames: Iterable[pl.DataFrame],
    baseline: pl.DataFrame | None = None,
    draws: int = MOMENT.draws,
) -> list[list[Value]]:
    """What each of the checks reads of one window after the other, beside a baseline that is scanned once.

    `draws`: of a p-value by resampling; 0 where none is compared.
    """
    before = named([one.check.baseline_needs(one.on) for one in checks], baseline) if baseline is not None else []
    at = replace(MOMENT, draws=draws)
    return [_values(checks, frame, before, at) for frame in frames]


def _values(
    checks: Sequence[Wanted], frame: pl.DataFrame, before: Sequence[Mapping[str, Profile]], at: Moment
) -> list[Value]:
    now = named([one.check.needs(one.on) for one in checks], frame)
    found = []
    for number, one in enumerate(checks):
        reading = one.check.read(one.on, at, now[number], before[number] if before else None)
        if not isinstance(reading, Value):
            raise AssertionError(f"{one.check.kind} reads {reading}")
        found.append(reading)
    return found


def named(needs: Sequence[Mapping[str, ProfileSpec]], rows: pl.DataFrame) -> list[dict[str, Profile]]:
    """The profiles that each check needs, under its own names."""
    held = _profiles(list(dict.fromkeys(spec for one in needs for spec in one.values())), rows)
    return [{name: held[spec] for name, spec in one.items()} for one in needs]


def _profiles(specs: Sequence[ProfileSpec], rows: pl.DataFrame) -> dict[ProfileSpec, Profile]:
    with tempfile.TemporaryDirectory(prefix="driftline-reference-") as folder:
        found = profiles_of({str(at): spec for at, spec in enumerate(specs)}, scan(opened(rows, Path(folder)), specs))
    if isinstance(found, Failed):
        raise AssertionError(found.reason)
    return dict(zip(specs, found.values(), strict=True))


def numeric(name: str = "x") -> Subject:
    """The subject of a check on a numeric column."""
    return Subject(column=Column(name, ColumnType.NUMERIC))


def categorical(name: str = "x") -> Subject:
    """The subject of a check on a categorical column."""
    return Subject(column=Column(name, ColumnType.CATEGORICAL))
