"""What a table holds, measured: aggregates over all rows, values and patterns of a sample of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import polars as pl

from driftline.propose.facts import ColumnFacts, Kind

if TYPE_CHECKING:
    from polars._typing import PolarsDataType

SAMPLE_CELLS = 4_000_000
SAMPLE_LEAST, SAMPLE_MOST = 2_000, 100_000
LISTED_VALUES = 64
NEARLY_UNIQUE = 0.9
_EMAIL = r"^[^@\s]+@[^@\s]+\.[A-Za-z]{2,}$"
_PHONE = r"^\+?[0-9][0-9 ()./-]{6,}[0-9]$"
_ISO = r"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$"
_DIGITS = r"^[0-9]+$"
_ONE = 1e-3  # how far the sum of class probabilities may be from 1


def kind_of(dtype: PolarsDataType) -> Kind:
    """What the values of a Polars type are to a check."""
    if dtype == pl.Null:
        return Kind.EMPTY
    if dtype == pl.Boolean:
        return Kind.BOOLEAN
    if dtype.is_integer():
        return Kind.INTEGER
    if dtype.is_float() or dtype.base_type() is pl.Decimal:
        return Kind.FLOAT
    if dtype.base_type() in (pl.Datetime, pl.Date):
        return Kind.TIME
    return Kind.TEXT if dtype in (pl.String, pl.Categorical, pl.Enum) else Kind.OTHER


def columns(
    frame: pl.LazyFrame, schema: Mapping[str, pl.DataType]
) -> tuple[int, dict[str, ColumnFacts], tuple[tuple[str, ...], ...]]:
    """Rows, columns, and the groups of columns that add up to 1. Two passes at most, with little memory."""
    totals = _totals(frame, schema)
    rows = int(totals["rows"])
    size = max(SAMPLE_LEAST, min(SAMPLE_MOST, SAMPLE_CELLS // max(len(schema), 1)))
    # An odd step, so that a rhythm of the rows (four to an hour) is not mistaken for a constant.
    sample = (frame.gather_every(rows // size | 1) if rows > size else frame).collect(engine="streaming")
    whole = sample.height >= rows
    exact = {} if whole else _exact(frame, schema, totals)
    found = {}
    for position, (name, dtype) in enumerate(schema.items()):
        one = {key: totals.get(f"{position}.{key}") for key in ("nulls", "distinct", "low", "high", "fraction")}
        found[name] = _column(name, dtype, rows, one, exact.get(name), sample[name], whole)
    return rows, found, _simplexes(sample, found)


def _totals(frame: pl.LazyFrame, schema: Mapping[str, pl.DataType]) -> dict[str, float]:
    """Aggregates over all rows, by the position of the column."""
    wanted: list[pl.Expr] = [pl.len().alias("rows")]
    for position, (name, dtype) in enumerate(schema.items()):
        kind, column = kind_of(dtype), pl.col(name)
        gaps = column.fill_nan(None) if dtype.is_float() else column
        wanted.append(gaps.null_count().alias(f"{position}.nulls"))
        if kind in (Kind.EMPTY, Kind.OTHER):
            continue
        wanted.append(column.drop_nulls().approx_n_unique().alias(f"{position}.distinct"))
        if kind in (Kind.INTEGER, Kind.FLOAT):
            value = column.cast(pl.Float64)
            finite = value.filter(value.is_finite())
            wanted += [finite.min().alias(f"{position}.low"), finite.max().alias(f"{position}.high")]
            if kind is Kind.FLOAT:
                wanted.append((finite != finite.round(0)).any().alias(f"{position}.fraction"))
    return frame.select(wanted).collect(engine="streaming").row(0, named=True)


def _exact(frame: pl.LazyFrame, schema: Mapping[str, pl.DataType], totals: Mapping[str, float]) -> dict[str, int]:
    """The exact number of distinct values of columns that may be ids: the quick count is 2 % off."""
    near = []
    for position, (name, dtype) in enumerate(schema.items()):
        present = totals["rows"] - totals[f"{position}.nulls"]
        if kind_of(dtype) in (Kind.INTEGER, Kind.TEXT) and totals[f"{position}.distinct"] >= NEARLY_UNIQUE * present:
            near.append(name)
    if not near:
        return {}
    counted = frame.select(pl.col(name).drop_nulls().n_unique() for name in near).collect(engine="streaming")
    return {name: int(counted[name].item()) for name in near}


def _column(
    name: str,
    dtype: pl.DataType,
    rows: int,
    totals: Mapping[str, float | None],
    exact: int | None,
    sample: pl.Series,
    whole: bool,
) -> ColumnFacts:
    kind, nulls = kind_of(dtype), int(totals["nulls"] or 0)
    if kind is Kind.OTHER:
        return ColumnFacts(name, kind, str(dtype), rows, nulls, 0)
    if nulls == rows:
        return ColumnFacts(name, Kind.EMPTY, str(dtype), rows, nulls, 0)
    held = sample.drop_nulls()
    held = held.filter(held.is_finite()) if dtype.is_float() else held
    distinct = exact if exact is not None else int(totals["distinct"] or 0)
    if whole:
        distinct = held.n_unique()
    few = kind is not Kind.TIME and distinct <= LISTED_VALUES
    values = _values(held) if few else ()
    texts = _patterns(held) if kind is Kind.TEXT else {}
    with_zone = texts.pop("zones", 0.0) > 0.5 or getattr(dtype, "time_zone", None) is not None
    return ColumnFacts(
        name=name,
        kind=kind,
        dtype=str(dtype),
        rows=rows,
        nulls=nulls,
        distinct=max(distinct, len(values)),
        minimum=totals["low"],
        maximum=totals["high"],
        values=values,
        closed=few and len(values) >= distinct,
        whole=not totals["fraction"],
        with_zone=with_zone,
        **texts,
    )


def _values(held: pl.Series) -> tuple[tuple[str, int], ...]:
    """The values of a sample as text, the most frequent first; whole floats without their `.0`."""
    if held.dtype.is_float() and bool((held == held.round(0)).all()):
        held = held.cast(pl.Int64, strict=False).drop_nulls()
    counted = held.cast(pl.String).alias("value").value_counts().drop_nulls()
    ranked = counted.sort(["count", "value"], descending=[True, False]).head(LISTED_VALUES)
    return tuple((str(value), int(count)) for value, count in ranked.rows())


def _patterns(held: pl.Series) -> dict[str, float]:
    """Which share of the texts looks like e-mail addresses, phone numbers, times."""
    texts = held.cast(pl.String)
    texts = texts.filter(texts.str.len_bytes() > 0).head(10_000)
    if texts.len() == 0:
        return {}

    def part(found: pl.Series) -> float:
        return float(found.mean() or 0.0)  # type: ignore[arg-type]

    dialled = texts.str.contains(_PHONE) & ~texts.str.contains(_DIGITS) & ~texts.str.contains(_ISO)
    return {
        "emails": part(texts.str.contains(_EMAIL)),
        "phones": part(dialled),
        "iso_times": part(texts.str.contains(_ISO)),
        "zones": part(texts.str.contains(r"T.*(Z|[+-]\d\d:?\d\d)$")),
    }


def _simplexes(sample: pl.DataFrame, facts: Mapping[str, ColumnFacts]) -> tuple[tuple[str, ...], ...]:
    """Groups of probabilities that share the start or the end of their names and add up to 1 in (nearly) every row."""
    shares = [name for name, column in facts.items() if column.is_share]
    found: list[tuple[str, ...]] = []
    for group in _families(shares):
        total = sample.select(pl.sum_horizontal(pl.col(name) for name in group)).to_series()
        if sample.height and float(((total - 1.0).abs() < _ONE).mean() or 0.0) > 0.95:  # type: ignore[arg-type]
            found.append(tuple(group))
    return tuple(found)


def _families(shares: Sequence[str]) -> Iterable[list[str]]:
    """Columns by the part of the name before the first or after the last `_`."""
    grouped: dict[str, list[str]] = {}
    for name in shares:
        start, under, _ = name.partition("_")
        if under:
            grouped.setdefault(f"{start}_*", []).append(name)
        _, under, end = name.rpartition("_")
        if under:
            grouped.setdefault(f"*_{end}", []).append(name)
    return [group for group in grouped.values() if len(group) > 1]
