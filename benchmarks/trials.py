"""Trials in which nothing changed: pairs of independent samples of known distributions, as real profiles.

Rows of many trials are written to one Parquet file and scanned once, a segment a trial: every profile that any check
asks for is made the way a run makes it. Samples too large for that are merged from pieces: of a pool of pieces, each
trial takes a random half for its window and the rest for its baseline, which are independent samples of one
distribution as well.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from driftline.checks.base import Check, Column, ColumnType, CompositeCheck, Moment, Subject, Takes
from driftline.compile.request import Bundle, Dimension, ScanRequest, Snapshot
from driftline.config.document import Validity
from driftline.evaluate.significance import change_p_value
from driftline.execute.local import LocalExecutor
from driftline.execute.opened import OpenedSource
from driftline.execute.run import choose_resolutions
from driftline.model import Interval, Reading, Value
from driftline.profiles.base import Profile, ProfileSpec, merged
from driftline.registry import load
from driftline.schema.publish import built_in
from driftline.sources.base import SourceContext
from driftline.sources.parquet import Parquet

SPAN = Interval(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))
MOMENT = Moment(SPAN, datetime(2026, 1, 2, tzinfo=UTC))
EVERYTHING = Snapshot(Interval(None, None))
TRIAL = Dimension("trial", by="trial")
BATCH_ROWS = 1_000_000  # of one scan: what bounds memory
PIECES = 64  # of a pool, half of them a side
PER_POOL = 4  # trials of one pool, which stray together

Profiles = Mapping[ProfileSpec, Profile]
Specs = Sequence[ProfileSpec]
Pairs = Iterator[tuple[Profiles, Profiles]]
Draw = Callable[[np.random.Generator, int], pl.DataFrame]

NUMERIC = ("normal", "lognormal", "pareto", "zero_inflated", "tied", "gaps")
CATEGORIES = ("rare", "two", "ten", "hundred", "thousand", "zipf")
CLASSES = ("a", "b", "c")
SCORES = {name: f"p_{name}" for name in CLASSES}


def draw(chance: np.random.Generator, rows: int) -> pl.DataFrame:
    """Rows of all distributions side by side, and of a binary, a multiclass and a regression model."""
    normal = chance.normal(0, 1, rows)
    columns: dict[str, object] = {
        "normal": normal,
        "lognormal": chance.lognormal(3, 1, rows),
        "pareto": chance.pareto(2.5, rows) + 1,
        "zero_inflated": np.where(chance.random(rows) < 0.6, 0.0, chance.lognormal(1, 1, rows)),
        "tied": chance.poisson(2, rows),
        "gaps": np.where(chance.random(rows) < 0.1, np.nan, chance.gamma(2, 1, rows)),
        "rare": chance.random(rows) < 0.02,
        "two": chance.random(rows) < 0.3,
        "half": chance.random(rows) < 0.5,
        "ten": chance.integers(0, 10, rows),
        "hundred": chance.integers(0, 100, rows),
        "thousand": chance.integers(0, 1_000, rows),
        "zipf": np.minimum(chance.zipf(1.3, rows), 5_000),
    }
    score = 1 / (1 + np.exp(-(normal - 1)))
    columns |= {"score": score, "target": (chance.random(rows) < score).astype(np.int8)}
    columns |= {"prediction": (score > 0.4).astype(np.int8)}
    weights = np.exp(chance.normal(0, 1, (rows, len(CLASSES))))
    shares = weights / weights.sum(axis=1, keepdims=True)
    truth = (shares.cumsum(axis=1) < chance.random((rows, 1))).sum(axis=1).clip(0, len(CLASSES) - 1)
    columns |= {SCORES[name]: shares[:, at] for at, name in enumerate(CLASSES)}
    columns |= {"class": np.array(CLASSES)[truth], "predicted_class": np.array(CLASSES)[shares.argmax(axis=1)]}
    columns |= {"amount": 20 + 5 * normal + chance.gamma(2, 2, rows), "predicted_amount": 24 + 5 * normal}
    queries = chance.integers(0, 2**62) + np.arange(rows) // 5  # of no two pieces the same
    columns |= {"query": queries, "relevance": chance.binomial(3, score / 2)}
    columns |= {"failed": chance.random(rows) < 0.03, "milliseconds": chance.lognormal(4, 0.5, rows)}
    texts = [pl.col(name).cast(pl.String) for name in (*CATEGORIES, "half")]
    return pl.DataFrame(columns).with_columns(*texts, pl.col("gaps").fill_nan(None))


@dataclass(frozen=True)
class Case:
    """A check on one distribution: what it is called, and how it is read."""

    check: Check
    data: str
    on: Subject

    @property
    def specs(self) -> list[ProfileSpec]:
        return [*self.check.needs(self.on).values(), *self.check.baseline_needs(self.on).values()]

    def read(self, window: Profiles, baseline: Profiles) -> Found:
        """What one trial says: a p-value of the distance or of the change, and whether the rest holds."""
        now, then = self._side(window), _named(baseline, self.check.baseline_needs(self.on))
        if self.check.needs_baseline and not self.check.learns:
            return _distance(self.check.read(self.on, MOMENT, now, then))
        first = self.check.read(self.on, MOMENT, now, then if self.check.learns else None)
        second = self._before(then)
        for reading in (first, second):
            if not isinstance(reading, Value):
                return Found(failure=reading.reason)
        assert isinstance(first, Value)
        assert isinstance(second, Value)
        p_value = first.p_value  # of a reading that brings its own, or of a check that knows of its change
        if p_value is None and not self.check.learns:
            p_value = self.check.change_p_value(self.on, MOMENT, now, then)
        if p_value is None and first.standard_error is not None and second.standard_error is not None:
            p_value = change_p_value(first.value - second.value, first.standard_error, second.standard_error)
        return Found(p_value, None, first.interval)

    def _before(self, then: Mapping[str, Profile]) -> Reading:
        """What the window's reading is compared with."""
        if self.check.learns:
            return self.check.compared_with(self.on, MOMENT, then)
        return self.check.read(self.on, MOMENT, then, None)

    def truth(self, many: Profiles) -> Value | None:
        """A reading of so many rows that it stands for the truth, of readings that are far less sure."""
        reading: Reading | None = None
        if self.check.learns:
            reading = self.check.realized(self.on, MOMENT, _named(many, self.check.baseline_needs(self.on)))
        elif not self.check.needs_baseline:
            reading = self.check.read(self.on, MOMENT, self._side(many), None)
        return reading if isinstance(reading, Value) else None

    def _side(self, side: Profiles) -> dict[str, Profile]:
        return _named(side, self.check.needs(self.on))


def _named(side: Profiles, needs: Mapping[str, ProfileSpec]) -> dict[str, Profile]:
    return {name: side[spec] for name, spec in needs.items()}


@dataclass(frozen=True)
class Found:
    """Of one trial: the p-value, whether a distance is above its noise floor, the interval of a value; or a failure."""

    p_value: float | None = None
    above_noise: bool | None = None
    interval: tuple[float, float] | None = None
    failure: str | None = None


def _distance(reading: Reading) -> Found:
    if not isinstance(reading, Value):
        return Found(failure=reading.reason)
    # Some are signed; their floor is that of the size.
    return Found(reading.p_value, None if reading.noise is None else abs(reading.value) > reading.noise)


def cases() -> list[Case]:
    """Every check of the registry on every distribution that it can measure, with its own defaults."""
    registry, found = built_in(load()), []
    for kind in registry.checks:
        cls = registry.check_class(kind)
        if issubclass(cls, CompositeCheck) or cls.compares_columns or cls.windowless or cls.counting:
            continue
        subjects = SUBJECTS.get(cls.takes, _of_models)(cls)
        found += [Case(cls(**GIVEN.get((kind, name), {})), name, on) for name, on in subjects]
    return found


# What must be said of a check that has no default for it, by what it is read of.
GIVEN: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("performance_change", "binary"): {"of": "roc_auc"},
    ("performance_change", "multiclass"): {"of": "accuracy"},
    ("performance_change", "regression"): {"of": "mae"},
    ("performance_change", "ranking"): {"of": "ndcg"},
    ("demographic_parity_difference", "ten"): {"least": 5},
    ("disparate_impact", "ten"): {"least": 5},
    ("equal_opportunity_difference", "ten"): {"least": 5},
    ("equal_opportunity_difference", "half"): {"least": 5},
}


def _of_columns(cls: type[Check]) -> Iterator[tuple[str, Subject]]:
    if cls.needs_roles:  # groups of rows, which a model treats alike
        roles = {role: Column(name, ColumnType.CATEGORICAL) for role, name in ROLES["binary"].items()}
        for name in ("half", "ten"):
            yield name, Subject(column=Column(name, ColumnType.CATEGORICAL), roles=roles, task="binary")
        return
    for names, type_ in ((NUMERIC, ColumnType.NUMERIC), (CATEGORIES, ColumnType.CATEGORICAL)):
        if type_ in cls.column_types:
            yield from ((name, Subject(column=Column(name, type_, VALID[type_]))) for name in names)


VALID = {ColumnType.NUMERIC: Validity(min=0.5), ColumnType.CATEGORICAL: Validity(in_=("true", "1", "2"))}


def _of_many(cls: type[Check]) -> Iterator[tuple[str, Subject]]:
    """Numbers of every distribution at once, some of which go together; and with them categories."""
    numbers = tuple(Column(name, ColumnType.NUMERIC) for name in (*NUMERIC, "amount", "predicted_amount"))
    categories = tuple(Column(name, ColumnType.CATEGORICAL) for name in ("two", "ten", "hundred"))
    yield "numbers", Subject(selected=numbers, columns=numbers)
    if ColumnType.CATEGORICAL in cls.column_types:
        yield "all", Subject(selected=(*numbers, *categories), columns=(*numbers, *categories))


SUBJECTS = {Takes.COLUMN: _of_columns, Takes.COLUMNS: _of_many}
SERVICE = {"error": Column("failed", ColumnType.BOOLEAN), "latency": Column("milliseconds", ColumnType.NUMERIC)}
ROLES = {
    "binary": {"target": "target", "prediction": "prediction", "score": "score"},
    "multiclass": {"target": "class", "prediction": "predicted_class"},
    "regression": {"target": "amount", "prediction": "predicted_amount"},
    "ranking": {"target": "relevance", "score": "score", "group": "query"},
}


def _of_models(cls: type[Check]) -> Iterator[tuple[str, Subject]]:
    if not cls.tasks:
        yield "service", Subject(roles=SERVICE)
    for task in sorted(cls.tasks & ROLES.keys()):
        type_ = ColumnType.CATEGORICAL if task == "multiclass" else ColumnType.NUMERIC
        roles = {role: Column(name, type_) for role, name in ROLES[task].items()}
        columns = tuple(Column(name, ColumnType.NUMERIC) for name in NUMERIC)
        on = Subject(roles=roles, scores=SCORES if task == "multiclass" else {}, task=task, columns=columns)
        if cls.needs_roles - {"score"} <= roles.keys():
            yield task, on


@dataclass(frozen=True)
class Trials:
    """Draws pairs of samples: of one distribution, unless rows of windows are drawn in another way."""

    seed: int
    resolutions: Mapping[str, int]
    of_window: Draw = draw
    of_baseline: Draw = draw

    @classmethod
    def of(cls, seed: int, specs: Specs, of_window: Draw = draw, of_baseline: Draw = draw) -> Trials:
        """The resolutions of the histograms are those that a run would choose at the sight of 20,000 rows."""
        request = ScanRequest("rows", (), (Bundle((TRIAL,), (EVERYTHING,), tuple(specs)),))
        with _source(of_baseline(np.random.default_rng(seed), 20_000).with_columns(trial=pl.lit("0"))) as source:
            resolutions = choose_resolutions([request], {"rows": source}, {}).get("rows", {})
        return cls(seed, resolutions, of_window, of_baseline)

    def pairs(self, window: int, baseline: int, count: int, specs: Specs) -> Pairs:
        """`count` pairs of samples of so many rows."""
        if window + baseline > BATCH_ROWS // 10:
            if self.of_window is not self.of_baseline:
                raise ValueError("samples so large are merged from pieces of one distribution")
            yield from self._merged(window, baseline, count, specs)
            return
        chance = np.random.default_rng([self.seed, window, baseline])
        size = max(1, BATCH_ROWS // max(window, baseline))
        for first in range(0, count, size):
            number = min(size, count - first)
            now = self._samples(chance, window, number, specs, self.of_window)
            yield from zip(now, self._samples(chance, baseline, number, specs, self.of_baseline), strict=True)

    def _merged(self, window: int, baseline: int, count: int, specs: Specs) -> Pairs:
        chance = np.random.default_rng([self.seed, window, baseline])
        ours = max(1, round(PIECES * window / (window + baseline)))
        rows = window // ours
        pieces, batch = ours + baseline // rows, max(1, BATCH_ROWS // rows)
        for first in range(0, count, PER_POOL):
            pool: list[Profiles] = []
            while len(pool) < pieces:
                pool += self._samples(chance, rows, min(batch, pieces - len(pool)), specs, self.of_baseline)
            for _ in range(min(PER_POOL, count - first)):
                order = chance.permutation(pieces)
                yield tuple(  # type: ignore[misc]
                    {spec: merged([pool[at][spec] for at in side]) for spec in specs}
                    for side in (order[:ours], order[ours:])
                )

    def sample(self, rows: int, specs: Specs) -> Profiles:
        """One sample of so many rows."""
        return self._samples(np.random.default_rng([self.seed, rows]), rows, 1, specs, self.of_baseline)[0]

    def _samples(self, chance: np.random.Generator, rows: int, count: int, specs: Specs, drawn: Draw) -> list[Profiles]:
        """The profiles of `count` samples of so many rows, from one scan."""
        trial = pl.Series("trial", np.repeat(np.arange(count), rows)).cast(pl.String)
        request = ScanRequest("rows", (), (Bundle((TRIAL,), (EVERYTHING,), tuple(specs)),))
        with _source(drawn(chance, rows * count).with_columns(trial)) as source:
            found = LocalExecutor({"rows": source}, MOMENT.as_of, {"rows": self.resolutions}).run([request])[0]
        if found.failure or found.failed:
            raise RuntimeError(found.failure or str(dict(found.failed)))
        slices = found.profiles[(TRIAL,), EVERYTHING]
        return [slices[(("trial", str(number)),)] for number in range(count)]


@contextmanager
def _source(rows: pl.DataFrame) -> Iterator[OpenedSource]:
    """The rows as a Parquet source, for as long as it is read."""
    with tempfile.TemporaryDirectory(prefix="driftline-trials-") as folder:
        path = Path(folder) / "rows.parquet"
        rows.write_parquet(path, compression="uncompressed")
        source = OpenedSource.open(Parquet(path=str(path)), SourceContext("rows", Path(folder), None))
        if source.failure is not None:
            raise RuntimeError(source.failure)
        yield source
