"""Bundles as queries: what is asked of the rows so that every profile can be made from the answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from driftline.compile.request import Bundle
from driftline.execute.cells import Cells, inside
from driftline.execute.opened import OpenedSource
from driftline.model import Interval
from driftline.profiles.base import ProfileSpec, ScanContext

if TYPE_CHECKING:
    import polars as pl

SEGMENT = "__segment_"


@dataclass(frozen=True, eq=False)
class Cut:
    """The rows that a bundle is about, and the keys that split them into segments and cells of time."""

    bundle: Bundle
    cells: Cells
    filters: tuple[pl.Expr, ...]
    keys: tuple[pl.Expr, ...]

    def of(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        return rows.filter(*self.filters) if self.filters else rows


@dataclass(frozen=True, eq=False)
class Query:
    """One table to ask for, and how it is read: the specs it serves, each with the names of its own columns."""

    cut: Cut
    specs: Mapping[ProfileSpec, Mapping[str, str]]  # spec -> {column of the table: name that the spec gave it}
    keys: tuple[pl.Expr, ...]  # of the profile itself
    columns: tuple[pl.Expr, ...]

    def table(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """The table, from the rows of the cut."""
        keys = (*self.cut.keys, *self.keys)
        return rows.group_by(*keys).agg(*self.columns) if keys else rows.select(*self.columns)

    def apart(self, context: ScanContext) -> list[Query]:
        """The same as one query for each spec, for when the whole fails."""
        if len(self.specs) == 1:
            return [self]
        return [fused(self.cut, {spec: spec.aggregates(context)}) for spec in self.specs]


def cut(bundle: Bundle, source: OpenedSource, span: Interval) -> Cut:
    """`span` is what is read: a bundle that wants all of it needs no filter by time."""
    import polars as pl

    cells = Cells.of(bundle.windows)
    filters = [pl.sql_expr(dimension.where) for dimension in bundle.grouping if dimension.where is not None]
    keys = [pl.col(d.by).alias(SEGMENT + d.name) for d in bundle.grouping if d.by is not None]
    if source.timestamp is not None and set(bundle.windows) != {span}:
        within = inside(bundle.windows, source.timestamp)
        filters += [] if within is None else [within]
        keys += [cells.key(source.timestamp)] if cells.edges else []
    return Cut(bundle, cells, tuple(filters), tuple(keys))


def queries(bundle: Bundle, source: OpenedSource, context: ScanContext, span: Interval) -> list[Query]:
    """One query for all one-row profiles of a bundle, and one for each profile that is a table of its own."""
    of_bundle, held = cut(bundle, source, span), contained(bundle, context)
    found: list[Query] = []
    scalars: dict[ProfileSpec, list[pl.Expr]] = {}
    for spec in bundle.specs:
        if spec in held:
            continue
        keys = spec.keys(context)
        if keys:
            found.append(Query(of_bundle, {spec: {}}, tuple(keys), tuple(spec.aggregates(context))))
        else:
            scalars[spec] = spec.aggregates(context)
    return [*found, fused(of_bundle, scalars)] if scalars else found


def fused(of_bundle: Cut, scalars: Mapping[ProfileSpec, list[pl.Expr]]) -> Query:
    """One query for many one-row profiles; their columns get names that cannot clash."""
    names: dict[ProfileSpec, dict[str, str]] = {}
    columns: list[pl.Expr] = []
    for number, (spec, expressions) in enumerate(scalars.items()):
        names[spec] = {f"{number}|{e.meta.output_name()}": e.meta.output_name() for e in expressions}
        columns += [e.alias(name) for e, name in zip(expressions, names[spec], strict=True)]
    return Query(of_bundle, names, (), tuple(columns))


def contained(bundle: Bundle, context: ScanContext) -> dict[ProfileSpec, ProfileSpec]:
    """The specs of a bundle that need no scan, each with the spec whose profile holds them."""
    tables = [spec for spec in bundle.specs if spec.keys(context)]
    found = ((spec, next((t for t in tables if spec.within(t, context)), None)) for spec in bundle.specs)
    return {spec: table for spec, table in found if table is not None}
