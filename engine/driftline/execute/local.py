"""The local executor: one fused, streaming Polars query per source, however many profiles are wanted from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from driftline.compile.request import (
    Bundle,
    Dimension,
    Grouping,
    LabelRelation,
    ProfileSet,
    ScanRequest,
    Segment,
)
from driftline.errors import SourceError
from driftline.execute.batches import LARGE_FROM, in_batches
from driftline.execute.cells import CELL, Cells, hull, inside
from driftline.execute.labels import LabelsBroken, join_labels, label_problem, without_labels
from driftline.execute.opened import OpenedSource
from driftline.model import Interval
from driftline.profiles.base import Profile, ProfileSpec, ScanContext
from driftline.profiles.columns import category

if TYPE_CHECKING:
    import polars as pl

SEGMENT = "__segment_"


@dataclass(frozen=True)
class _Query:
    """One lazy query and how its table is read: the specs it serves, each with the names of its own columns.

    `apart` gives the same as one query for each spec, for when the whole fails.
    """

    frame: pl.LazyFrame
    bundle: Bundle
    cells: Cells
    specs: Mapping[ProfileSpec, Mapping[str, str]]  # spec -> {column of the table: name that the spec gave it}
    apart: Callable[[], list[_Query]] | None = None


@dataclass(frozen=True)
class LocalExecutor:
    """Runs scan requests on this machine. `resolutions` holds k by source and column; see `execute.resolution`."""

    sources: Mapping[str, OpenedSource]
    as_of: datetime
    resolutions: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def run(self, requests: Sequence[ScanRequest]) -> list[ProfileSet]:
        return [self._scan(request) for request in requests]

    def _scan(self, request: ScanRequest) -> ProfileSet:
        """One source; labels that cannot be read fail what touches them, and the rest is scanned without them."""
        source = self.sources[request.source]
        if source.failure is not None:
            return ProfileSet(failure=source.failure)
        failed: dict[tuple[Grouping, ProfileSpec], str] = {}
        for relation in request.relations:
            problem = label_problem(relation, self.sources[relation.source], self.as_of)
            if problem is not None:
                request, lost = without_labels(request, relation)
                failed |= dict.fromkeys(lost, problem)
        try:
            found = self._attempt(request, source)
        except LabelsBroken as broken:
            rest, lost = without_labels(request, broken.relation)
            found = self._scan(rest)
            failed |= dict.fromkeys(lost, str(broken))
        return replace(found, failed={**found.failed, **failed})

    def _attempt(self, request: ScanRequest, source: OpenedSource) -> ProfileSet:
        """One source, read once. Raises LabelsBroken when it was the labels that could not be read."""
        try:
            span = hull(window for bundle in request.bundles for window in bundle.windows)
            frame, schema = self._rows(request, source, span)
            context = ScanContext(schema, self.resolutions.get(request.source, {}), self.as_of)
            queries = [q for bundle in request.bundles for q in _queries(frame, bundle, source, context, span)]
        except SourceError as error:
            return ProfileSet(failure=str(error))
        queries, tables, failed = self._collect(queries, source, request.relations)
        if len(failed) == len(queries) and queries:
            return ProfileSet(failure=next(iter(failed.values())))
        return _assemble(queries, tables, failed, context)

    def _rows(
        self, request: ScanRequest, source: OpenedSource, span: Interval
    ) -> tuple[pl.LazyFrame, Mapping[str, pl.DataType]]:
        """The rows of `span`, labels joined, and their column types."""
        wanted = set(request.columns) | _dimension_columns(request.bundles)
        bounded = any(window.start is not None for bundle in request.bundles for window in bundle.windows)
        if bounded and source.timestamp is not None:
            wanted.add(source.timestamp)
        labelled = {name for relation in request.relations for name in relation.columns}
        own = tuple(name for name in source.schema if name in wanted - labelled)
        frame = source.scan(own or tuple(source.schema)[:1], span)
        rows = source.row_count()
        if rows is not None and rows >= LARGE_FROM:
            frame = in_batches(frame)
        for relation in request.relations:
            frame = join_labels(frame, relation, self.sources[relation.source], self.as_of)
        return frame, dict(frame.collect_schema())

    def _collect(
        self, queries: list[_Query], source: OpenedSource, relations: Iterable[LabelRelation]
    ) -> tuple[list[_Query], dict[int, pl.DataFrame], dict[int, str]]:
        """All tables in one pass; when that fails, one by one, so that a bad expression fails alone.

        The tables and the failures go by the number of the query that was run, which is returned with them.
        """
        import polars as pl

        try:
            frames = pl.collect_all([query.frame for query in queries], engine="streaming")
        except (pl.exceptions.PolarsError, OSError) as error:
            broken = source.explain(error)
            if broken is not None:
                return queries, {}, dict.fromkeys(range(len(queries)), broken)
            for relation in relations:
                unreadable = self.sources[relation.source].explain(error)
                if unreadable is not None:
                    raise LabelsBroken(relation, unreadable) from error
        else:
            return queries, dict(enumerate(frames)), {}
        queries = [part for query in queries for part in (query.apart() if query.apart else [query])]
        tables: dict[int, pl.DataFrame] = {}
        failed: dict[int, str] = {}
        for number, query in enumerate(queries):
            try:
                tables[number] = query.frame.collect(engine="streaming")
            except (pl.exceptions.PolarsError, OSError) as error:
                failed[number] = f"{source.name}: {first_line(error)}"
        return queries, tables, failed


def first_line(error: BaseException) -> str:
    """What an error says, without the query plan that Polars appends."""
    return str(error).strip().split("\n", 1)[0]


def _dimension_columns(bundles: Iterable[Bundle]) -> set[str]:
    import polars as pl

    names: set[str] = set()
    for dimension in {dimension for bundle in bundles for dimension in bundle.grouping}:
        if dimension.by is not None:
            names.add(dimension.by)
        if dimension.where is not None:
            names |= set(pl.sql_expr(dimension.where).meta.root_names())
    return names


def _queries(
    frame: pl.LazyFrame, bundle: Bundle, source: OpenedSource, context: ScanContext, span: Interval
) -> list[_Query]:
    """One query for all one-row profiles of a bundle, and one for each profile that is a table of its own."""
    import polars as pl

    cells = Cells.of(bundle.windows)
    for dimension in bundle.grouping:
        if dimension.where is not None:
            frame = frame.filter(pl.sql_expr(dimension.where))
    keys = [pl.col(d.by).alias(SEGMENT + d.name) for d in bundle.grouping if d.by is not None]
    if source.timestamp is not None and set(bundle.windows) != {span}:
        within = inside(bundle.windows, source.timestamp)
        frame = frame if within is None else frame.filter(within)
        keys += [cells.key(source.timestamp)] if cells.edges else []
    queries: list[_Query] = []
    held = contained(bundle, context)
    scalars: dict[ProfileSpec, list[pl.Expr]] = {}
    for spec in bundle.specs:
        if spec in held:
            continue
        own = spec.keys(context)
        if own:
            table = frame.group_by(*keys, *own).agg(*spec.aggregates(context))
            queries.append(_Query(table, bundle, cells, {spec: {}}))
        else:
            scalars[spec] = spec.aggregates(context)

    def fused(wanted: Mapping[ProfileSpec, list[pl.Expr]]) -> _Query:
        names: dict[ProfileSpec, dict[str, str]] = {}
        columns: list[pl.Expr] = []
        for number, (spec, expressions) in enumerate(wanted.items()):
            names[spec] = {f"{number}|{e.meta.output_name()}": e.meta.output_name() for e in expressions}
            columns += [e.alias(name) for e, name in zip(expressions, names[spec], strict=True)]
        table = frame.group_by(*keys).agg(*columns) if keys else frame.select(*columns)
        return _Query(table, bundle, cells, names, lambda: [fused({spec: own}) for spec, own in wanted.items()])

    return [*queries, fused(scalars)] if scalars else queries


def contained(bundle: Bundle, context: ScanContext) -> dict[ProfileSpec, ProfileSpec]:
    """The specs of a bundle that need no scan, each with the spec whose profile holds them."""
    tables = [spec for spec in bundle.specs if spec.keys(context)]
    found = ((spec, next((t for t in tables if spec.within(t, context)), None)) for spec in bundle.specs)
    return {spec: table for spec, table in found if table is not None}


def _assemble(
    queries: Sequence[_Query], tables: Mapping[int, pl.DataFrame], failed: Mapping[int, str], context: ScanContext
) -> ProfileSet:
    """Tables to profiles: split by segment and cell, loaded, and merged into windows."""
    profiles: dict[tuple[Grouping, Interval], dict[Segment, dict[ProfileSpec, Profile]]] = {}
    reasons: dict[tuple[Grouping, ProfileSpec], str] = {}
    for number, query in enumerate(queries):
        if number in failed:
            reasons |= {(query.bundle.grouping, spec): failed[number] for spec in query.specs}
            continue
        for spec, names in query.specs.items():
            parts = _parts(tables[number], query, names, partial(spec.load, context=context))
            for window in query.bundle.windows:
                segments = profiles.setdefault((query.bundle.grouping, window), {})
                for segment, profile in _of_window(parts, query.cells, window).items():
                    segments.setdefault(segment, {})[spec] = profile
    for bundle in {id(query.bundle): query.bundle for query in queries}.values():
        for spec, table in contained(bundle, context).items():
            if (bundle.grouping, table) in reasons:
                reasons[bundle.grouping, spec] = reasons[bundle.grouping, table]
            for window in bundle.windows:
                for held in profiles.get((bundle.grouping, window), {}).values():
                    if table in held:
                        held[spec] = spec.extract(held[table])
    return ProfileSet(profiles, reasons)


def _parts(
    table: pl.DataFrame, query: _Query, names: Mapping[str, str], load: Callable[[pl.DataFrame], Profile]
) -> dict[tuple[Segment, int], Profile]:
    """The profile of each segment and cell of a table."""
    dimensions = [d for d in query.bundle.grouping if d.by is not None]
    keys = [SEGMENT + d.name for d in dimensions] + ([CELL] if query.cells.edges else [])
    if names:
        table = table.select(*keys, *names).rename(dict(names))
    if not keys:
        return {(_segment(query.bundle.grouping, ()), 0): load(table)}
    texts = ScanContext(table.schema)
    table = table.with_columns(category(SEGMENT + d.name, texts).alias(SEGMENT + d.name) for d in dimensions)
    found: dict[tuple[Segment, int], Profile] = {}
    for values, part in table.partition_by(keys, as_dict=True, include_key=False).items():
        cell = int(values[-1]) if query.cells.edges else 0
        slices = [str(value) if value is not None else "null" for value in values[: len(dimensions)]]
        found[_segment(query.bundle.grouping, slices), cell] = load(part)
    return found


def _segment(grouping: Grouping, values: Sequence[str]) -> Segment:
    """The (dimension, value) pairs of one slice; a condition that holds reads `true`."""
    given = iter(values)
    return tuple((d.name, "true" if _is_condition(d) else next(given)) for d in grouping)


def _is_condition(dimension: Dimension) -> bool:
    return dimension.by is None


def _of_window(parts: Mapping[tuple[Segment, int], Profile], cells: Cells, window: Interval) -> dict[Segment, Profile]:
    """The profiles of a window: those of its cells, merged, per segment."""
    wanted = set(cells.of_window(window)) if cells.edges else {0}
    merged: dict[Segment, Profile] = {}
    for (segment, cell), profile in parts.items():
        if cell in wanted:
            merged[segment] = merged[segment].merge(profile) if segment in merged else profile
    return merged
