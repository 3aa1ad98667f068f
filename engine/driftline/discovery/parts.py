"""Columns in parts: values of categories, ranges between quantiles of numbers, as the baseline has them. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from driftline.compile.request import Bands
from driftline.profiles.base import Profile
from driftline.profiles.frequencies import FrequenciesProfile
from driftline.profiles.histogram import HistogramProfile
from driftline.propose.scalars import number, sql_name
from driftline.report.discovery.values import Condition

MOST_VALUES = 20  # of a column that are searched; the others are together
RANGES = 5  # of a column of numbers
MISSING = "null"


@dataclass(frozen=True)
class Parts:
    """A column cut into parts: how it is sliced, and what each slice is called. A slice without a name is the rest."""

    bands: Bands
    named: Mapping[str, Condition]

    @property
    def column(self) -> str:
        return self.bands.name


def parts_of(column: str, profile: Profile, min_rows: int, *, is_text: bool = True) -> Parts | str:
    """The parts of a column by the profile of its baseline, or why there are none."""
    if isinstance(profile, HistogramProfile):
        few = _few_values(profile)
        if few is None:
            return _ranges(column, edges_of(profile))
        return _values(column, [number(value) for value in few], [number(value) for value in few])
    if not isinstance(profile, FrequenciesProfile):
        raise TypeError(f"no parts are made of {type(profile).__name__}")
    counts = profile.counts if profile.exact else profile.largest
    often = sorted((value for value in counts if counts[value] >= min_rows), key=lambda value: (-counts[value], value))
    if not often and profile.nulls < min_rows:
        return f"no value has {min_rows} rows"
    if not often or (len(counts) == 1 and not profile.nulls):
        return "all rows have the same value"
    chosen = often[:MOST_VALUES]
    return _values(column, chosen, [_text(value) for value in chosen] if is_text else chosen)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _missing(column: str) -> Condition:
    return Condition(column, f"{column} is missing", f"{sql_name(column)} IS NULL", f"{column}-missing")


def _values(column: str, values: list[str], literals: Iterable[str]) -> Parts:
    named = {
        str(at): Condition(column, f"{column} = {value}", f"{sql_name(column)} = {literal}", f"{column}-{value}")
        for at, (value, literal) in enumerate(zip(values, literals, strict=True))
    }
    return Parts(Bands(column, column, None, (), tuple(values)), {**named, MISSING: _missing(column)})


def _ranges(column: str, edges: tuple[float, ...]) -> Parts | str:
    if not edges:
        return "all rows have the same value"
    sql, texts = sql_name(column), [number(edge) for edge in edges]
    first, last = texts[0], texts[-1]
    named = {"0": Condition(column, f"{column} < {first}", f"{sql} < {first}", f"{column}-below-{first}")}
    for at, (low, high) in enumerate(pairwise(texts), start=1):
        text, where = f"{low} <= {column} < {high}", f"{sql} >= {low} AND {sql} < {high}"
        named[str(at)] = Condition(column, text, where, f"{column}-{low}-to-{high}")
    named[str(len(edges))] = Condition(column, f"{column} >= {last}", f"{sql} >= {last}", f"{column}-from-{last}")
    return Parts(Bands(column, column, None, edges), {**named, MISSING: _missing(column)})


def _few_values(histogram: HistogramProfile) -> list[float] | None:
    """The values of a column that has no more than there would be ranges."""
    if not 1 < len(histogram.bins) <= RANGES or not histogram.is_exact:
        return None
    return [float(value) for value in histogram.low]


def edges_of(histogram: HistogramProfile) -> tuple[float, ...]:
    """Where numbers are cut into ranges of about as many rows; a value that many rows have is not cut in two.

    Edges are rounded as far as the width of the ranges allows.
    """
    if histogram.finite == 0 or len(histogram.bins) < 2:
        return ()
    least, above = float(histogram.low[0]), float(histogram.low[1])
    quantiles = [histogram.quantile(at / RANGES) for at in range(1, RANGES)]
    # Where the smallest value alone has a range's rows, what lies above it is the other range.
    cuts = sorted({above if cut <= least else cut for cut in quantiles})
    width = min((high - low for low, high in zip([least, *cuts[:-1]], cuts, strict=True)), default=0.0)
    rounded = {_rounded(cut, width) for cut in cuts}
    return tuple(sorted(cut for cut in rounded if least < cut <= float(histogram.high[-1])))


def _rounded(value: float, width: float) -> float:
    """To a hundredth of a width."""
    if width <= 0 or not math.isfinite(width):
        return value
    return round(value, 2 - math.floor(math.log10(width)) - 1)
