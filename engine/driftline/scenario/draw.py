"""The values of a column: drawn by its distribution, or made from other columns.

Every column of every day has a generator of its own, seeded by their names: another column, another event or a longer
timeline leaves the rest of the data as it is.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from driftline.scenario.definition import Column

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Block:
    """The rows of one day: its number since 1970 (0 without time), and where they lie."""

    day: int
    start: int
    stop: int

    @property
    def rows(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True)
class Dice:
    """Randomness that depends on names alone."""

    seed: int
    source: str
    blocks: Sequence[Block]

    def generator(self, purpose: str, day: int) -> np.random.Generator:
        words = [self.seed, zlib.crc32(self.source.encode()), zlib.crc32(purpose.encode()), day]
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(words)))

    def uniform(self, purpose: str) -> Floats:
        """A number in [0, 1) for every row."""
        return self._all(purpose, lambda chance, n: chance.random(n))

    def normal(self, purpose: str) -> Floats:
        return self._all(purpose, lambda chance, n: chance.normal(0.0, 1.0, n))

    def _all(self, purpose: str, draw: Any) -> Floats:
        parts = [draw(self.generator(purpose, block.day), block.rows) for block in self.blocks]
        return np.concatenate(parts) if parts else np.empty(0)

    def pick(self, purpose: str, weights: Mapping[str, float]) -> pl.Series:
        """One of the texts for every row, by their weights."""
        names, shares = list(weights), np.array(list(weights.values()), dtype=np.float64)
        edges = np.cumsum(shares / shares.sum())
        index = np.minimum(np.searchsorted(edges, self.uniform(purpose), side="right"), len(names) - 1)
        return pl.Series(names, dtype=pl.String).gather(pl.Series(index, dtype=pl.UInt32))

    def integers(self, purpose: str, low: int, high: int) -> npt.NDArray[np.int64]:
        return self._all(purpose, lambda chance, n: chance.integers(low, high, n, endpoint=True)).astype(np.int64)

    def poisson(self, purpose: str, mean: float) -> npt.NDArray[np.int64]:
        return self._all(purpose, lambda chance, n: chance.poisson(mean, n)).astype(np.int64)


@dataclass(frozen=True)
class Drawing:
    """What a column is drawn with: dice, event times (None for a source without), the columns before it.

    `decayed` says how a parameter of the column (`auc`, `accuracy`, `sd`) changes from row to row.
    """

    dice: Dice
    times: pl.Series | None
    timezone: str
    known: Mapping[str, pl.Series]
    decayed: Mapping[str, Floats] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return self.dice.blocks[-1].stop if self.dice.blocks else 0


def draw(column: Column, on: Drawing) -> pl.Series:
    """The values of a column, without nulls."""
    values = _DRAWN[column.type](column, on)
    return pl.Series(column.name, values)


def _normal(column: Column, on: Drawing) -> Any:
    values = column.params.get("mean", 0.0) + column.params.get("sd", 1.0) * on.dice.normal(column.name)
    return np.clip(values, column.params.get("min", -math.inf), column.params.get("max", math.inf))


def _lognormal(column: Column, on: Drawing) -> Any:
    return column.params.get("median", 1.0) * np.exp(column.params.get("sigma", 1.0) * on.dice.normal(column.name))


def _uniform(column: Column, on: Drawing) -> Any:
    low, high = column.params.get("min", 0.0), column.params.get("max", 1.0)
    return low + (high - low) * on.dice.uniform(column.name)


def _integer(column: Column, on: Drawing) -> Any:
    low = column.params.get("min", 0)
    return on.dice.integers(column.name, low, max(low, column.params.get("max", 100)))


def _poisson(column: Column, on: Drawing) -> Any:
    return on.dice.poisson(column.name, column.params["mean"])


def _category(column: Column, on: Drawing) -> Any:
    weights = column.params.get("weights") or dict.fromkeys(column.params["values"], 1.0)
    return on.dice.pick(column.name, weights)


def _boolean(column: Column, on: Drawing) -> Any:
    return on.dice.uniform(column.name) < column.params.get("share", 0.5)


def _constant(column: Column, on: Drawing) -> Any:
    return pl.repeat(typed(column.params["value"]), on.rows, eager=True)


def _sequence(column: Column, on: Drawing) -> Any:
    numbers = pl.Series(np.arange(on.rows, dtype=np.int64) + column.params.get("start", 1))
    prefix = column.params.get("prefix")
    return numbers if prefix is None else pl.Series([prefix]).new_from_index(0, on.rows) + numbers.cast(pl.String)


def _time(column: Column, on: Drawing) -> Any:
    assert on.times is not None  # without time, such a column is left out
    if column.params.get("naive", False):
        return on.times.dt.convert_time_zone(on.timezone).dt.replace_time_zone(None)
    return on.times


def _score(column: Column, on: Drawing) -> Any:
    """Calibrated by construction.

    With an AUC: an evidence that is normal with variance 1 and means d apart in the two classes, so that its AUC is
    Φ(d/√2) (Green and Swets, 1966); the score is what Bayes' rule makes of it. When the AUC decays, the evidence gets
    worse and the rule stays, as it does with a model that was trained before.
    """
    if "from" in column.params:
        return _sigmoid(_combined(column.params, on))
    target = numbers(on.known[column.params["predicts"]])
    rate = min(max(float(target.mean()) if len(target) else 0.5, 1e-6), 1 - 1e-6)
    auc = column.params["auc"]
    distance = _distance(np.array([auc]))[0]
    now = _distance(on.decayed["auc"]) if "auc" in on.decayed else distance
    evidence = on.dice.normal(column.name) + now * target
    return _sigmoid(math.log(rate / (1 - rate)) + distance * evidence - distance**2 / 2)


def _distance(auc: Floats) -> Floats:
    from scipy.special import ndtri

    found: Floats = math.sqrt(2.0) * ndtri(auc)
    return found


def _sigmoid(logits: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-logits)))


def _combined(params: Mapping[str, Any], on: Drawing) -> Floats:
    """The intercept and the weighted columns."""
    total = np.full(on.rows, float(params.get("intercept", 0.0)))
    for name, weight in params["from"].items():
        total += weight * numbers(on.known[name])
    return total


def _target(column: Column, on: Drawing) -> Any:
    return (on.dice.uniform(column.name) < numbers(on.known[column.params["of"]])).astype(np.int8)


def _prediction(column: Column, on: Drawing) -> Any:
    """A score against a cut; or the target itself, in a given share of rows, else another of its values."""
    of = on.known[column.params["of"]]
    if "cut" in column.params:
        return (numbers(of) > column.params["cut"]).astype(np.int8)
    values = of.unique().sort()
    right = pl.Series(on.dice.uniform(column.name) < on.decayed.get("accuracy", column.params["accuracy"]))
    ranks = of.rank("dense").cast(pl.Int64).to_numpy() - 1
    steps = 1 + np.floor(on.dice.uniform(f"{column.name} wrong") * max(len(values) - 1, 1)).astype(np.int64)
    other = values.gather(pl.Series((ranks + steps) % max(len(values), 1), dtype=pl.UInt32))
    return of.zip_with(right, other)


def _linear(column: Column, on: Drawing) -> Any:
    return _combined(column.params, on) + on.decayed.get("sd", column.params.get("sd", 0.0)) * on.dice.normal(
        column.name
    )


_DRAWN = {
    "normal": _normal,
    "lognormal": _lognormal,
    "uniform": _uniform,
    "integer": _integer,
    "poisson": _poisson,
    "category": _category,
    "boolean": _boolean,
    "constant": _constant,
    "sequence": _sequence,
    "time": _time,
    "score": _score,
    "target": _target,
    "prediction": _prediction,
    "linear": _linear,
}


def numbers(values: pl.Series) -> Floats:
    """A column as floats; what is no number is NaN."""
    return np.asarray(values.cast(pl.Float64, strict=False).to_numpy(), dtype=np.float64)


def typed(text: str) -> int | float | bool | str:
    """A value as it is written: a whole number, a number, `true` or `false`, else a text."""
    if text in ("true", "false"):
        return text == "true"
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        return number if math.isfinite(number) else text
    return text
