"""Bundles as queries: what is asked of the rows so that every profile can be made from the answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import TYPE_CHECKING

from driftline.compile.request import Bands, Bundle, ScanRequest
from driftline.execute.cells import Cells, inside
from driftline.execute.knowledge import FROM, UNTIL
from driftline.execute.opened import OpenedSource
from driftline.model import Interval
from driftline.profiles.base import ProfileSpec, ScanContext
from driftline.profiles.columns import category, value

if TYPE_CHECKING:
    import polars as pl

SEGMENT = "__segment_"


@dataclass(frozen=True, eq=False)
class Cut:
    """One slicing of the rows into cells of time, for the specs of its bundle.

    `changing`: what is read depends on when one asks, since labels are joined or rows come late.
    """

    bundle: Bundle
    cells: Cells
    changing: bool


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows of some cells of a cut, and the keys that split them into segments, cells and versions.

    Rows that all lie in one `cell` are not split by it: that would be the dearest key of all.
    """

    cut: Cut
    filters: tuple[pl.Expr, ...]
    keys: tuple[pl.Expr, ...]
    cell: int = 0

    def of(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        return rows.filter(*self.filters) if self.filters else rows


@dataclass(frozen=True, eq=False)
class Query:
    """One table to ask for, and how it is read: the specs it serves, each with the names of its own columns."""

    rows: Rows
    specs: Mapping[ProfileSpec, Mapping[str, str]]  # spec -> {column of the table: name that the spec gave it}
    keys: tuple[pl.Expr, ...]  # of the profile itself
    columns: tuple[pl.Expr, ...]
    by_row: bool = False  # the columns of each row are wanted, and no aggregates

    @property
    def cut(self) -> Cut:
        return self.rows.cut

    def table(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """The table, from the rows of the cut."""
        keys = (*self.rows.keys, *self.keys)
        if self.by_row:
            return rows.select(*keys, *self.columns)
        return rows.group_by(*keys).agg(*self.columns) if keys else rows.select(*self.columns)

    def apart(self, context: ScanContext) -> list[Query]:
        """The same as one query for each spec, for when the whole fails."""
        if len(self.specs) == 1:
            return [self]
        return [fused(self.rows, {spec: spec.aggregates(context)}) for spec in self.specs]


def cuts(request: ScanRequest) -> list[Cut]:
    """The bundles of a request; specs that labels or late rows touch apart from those that they do not."""
    labels = {name for relation in request.relations for name in relation.columns}
    found: list[Cut] = []
    for bundle in request.bundles:
        cells = Cells.of(bundle.spans)
        sliced = any(_touches(dimension.by, dimension.where, labels) for dimension in bundle.grouping)
        every = request.arrival is not None or sliced
        changing = [spec for spec in bundle.specs if every or spec.columns() & labels]
        steady = [spec for spec in bundle.specs if spec not in changing]
        for specs, changes in ((steady, False), (changing, True)):
            if specs:
                found.append(Cut(Bundle(bundle.grouping, bundle.snapshots, tuple(specs)), cells, changes))
    return found


def _touches(by: str | None, where: str | None, columns: set[str]) -> bool:
    """Whether a dimension reads one of some columns."""
    import polars as pl

    return by in columns or (where is not None and not columns.isdisjoint(pl.sql_expr(where).meta.root_names()))


def rows_of(cut: Cut, spans: Sequence[Interval], source: OpenedSource, read: Interval, versions: bool) -> Rows:
    """The rows of some spans of a cut. `read` is what is read: whoever wants all of it needs no filter by time.

    `versions`: each row is there in all its versions, of which a cut that does not tell them apart takes the first.
    """
    import polars as pl

    grouping = cut.bundle.grouping
    filters = [pl.sql_expr(dimension.where) for dimension in grouping if dimension.where is not None]
    keys = [pl.col(_band(d) if isinstance(d, Bands) else d.by).alias(SEGMENT + d.name) for d in grouping if d.by]
    cell = cut.cells.only(spans)
    if source.timestamp is not None:
        within = inside(spans, source.timestamp) if set(spans) != {read} else None
        filters += [] if within is None else [within]
        keys += [cut.cells.key(source.timestamp)] if cut.cells.edges and cell is None else []
    if versions and cut.changing:
        keys += [pl.col(FROM), pl.col(UNTIL)]
    elif versions:
        filters.append(pl.col(FROM) == 0)
    return Rows(cut, tuple(filters), tuple(keys), cell if cut.cells.edges and cell is not None else 0)


def numbered(rows: pl.LazyFrame, cuts: Iterable[Cut], context: ScanContext) -> pl.LazyFrame:
    """The rows with the number of their part for every column that is cut in bands: found once, for all queries."""
    bands = {one for cut in cuts for one in cut.bundle.grouping if isinstance(one, Bands)}
    return rows.with_columns(_number(one, context).alias(_band(one)) for one in bands) if bands else rows


def _band(one: Bands) -> str:
    """The name of a column of such numbers."""
    return f"__band {one!r}"


def _number(one: Bands, context: ScanContext) -> pl.Expr:
    import polars as pl

    if one.by is None:
        raise ValueError(f"bands {one.name} are of no column")
    if one.edges:
        number = value(one.by, context)
        return reduce(add, ((number >= edge).cast(pl.Int32) for edge in one.edges))
    text, rest = category(one.by, context), len(one.values)
    places = text.replace_strict(list(one.values), list(range(rest)), default=rest, return_dtype=pl.Int32)
    return pl.when(text.is_not_null()).then(places)


def queries(rows: Rows, specs: Iterable[ProfileSpec], context: ScanContext) -> list[Query]:
    """One query for all one-row profiles among some specs, and one for each profile that is a table of its own, or is
    made of the rows.
    """
    found: list[Query] = []
    scalars: dict[ProfileSpec, list[pl.Expr]] = {}
    for spec in specs:
        keys = spec.keys(context)
        if keys or spec.by_row:
            found.append(Query(rows, {spec: {}}, tuple(keys), tuple(spec.aggregates(context)), spec.by_row))
        else:
            scalars[spec] = spec.aggregates(context)
    return [*found, fused(rows, scalars)] if scalars else found


def fused(rows: Rows, scalars: Mapping[ProfileSpec, list[pl.Expr]]) -> Query:
    """One query for many one-row profiles; their columns get names that cannot clash."""
    names: dict[ProfileSpec, dict[str, str]] = {}
    columns: list[pl.Expr] = []
    for number, (spec, expressions) in enumerate(scalars.items()):
        names[spec] = {f"{number}|{e.meta.output_name()}": e.meta.output_name() for e in expressions}
        columns += [e.alias(name) for e, name in zip(expressions, names[spec], strict=True)]
    return Query(rows, names, (), tuple(columns))


def contained(bundle: Bundle, context: ScanContext) -> dict[ProfileSpec, ProfileSpec]:
    """The specs of a bundle that need no scan, each with the spec whose profile holds them."""
    tables = [spec for spec in bundle.specs if spec.by_row or spec.keys(context)]
    held = {spec for spec in bundle.specs if any(spec.within(table, context) for table in tables)}
    found = ((spec, next((t for t in tables if t not in held and spec.within(t, context)), None)) for spec in held)
    return {spec: table for spec, table in found if table is not None}
