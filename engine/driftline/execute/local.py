"""The local executor: one read per source, in portions, and one fused Polars query per portion, whatever is wanted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from driftline.compile.request import Bundle, Grouping, ProfileSet, ScanRequest
from driftline.errors import SourceError
from driftline.execute.cells import hull, union
from driftline.execute.failures import first_line
from driftline.execute.gathered import Gathered
from driftline.execute.knowledge import FROM, Knowledge, arrived
from driftline.execute.labels import LabelsBroken, join_labels, known_labels, without_labels
from driftline.execute.opened import OpenedSource
from driftline.execute.packs import Pack
from driftline.execute.panes import Ask, Found, Panes, placed
from driftline.execute.portions import portions
from driftline.execute.queries import Query, contained, cuts, queries, rows_of
from driftline.model import Interval
from driftline.profiles.base import ProfileSpec, ScanContext

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Scanned:
    """What one scan came to: its profiles, what of them is new to keep, and the spans of rows that were read."""

    profiles: ProfileSet
    packs: tuple[Pack, ...] = ()
    read: tuple[Interval, ...] = ()


@dataclass(frozen=True)
class LocalExecutor:
    """Runs scan requests on this machine. `resolutions` holds k by source and column; see `execute.resolution`.

    `panes` are what is kept of sources: rows of these are not read again.
    """

    sources: Mapping[str, OpenedSource]
    as_of: datetime
    resolutions: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    panes: Mapping[str, Panes] = field(default_factory=dict)

    def run(self, requests: Sequence[ScanRequest]) -> list[ProfileSet]:
        return [self.scan(request).profiles for request in requests]

    def scan(self, request: ScanRequest) -> Scanned:
        """One source; labels that cannot be read fail what touches them, and the rest is scanned without them."""
        source = self.sources[request.source]
        if source.failure is not None:
            return Scanned(ProfileSet(failure=source.failure))
        failed: dict[tuple[Grouping, ProfileSpec], str] = {}
        labels: list[pl.DataFrame] = []
        knowledge = Knowledge.of(request.bundles, self.as_of)
        for relation in request.relations:
            try:
                labels.append(known_labels(relation, self.sources[relation.source], knowledge))
            except LabelsBroken as broken:
                request, lost = without_labels(request, relation)
                failed |= dict.fromkeys(lost, str(broken))
        found = self._read(request, source, labels, knowledge)
        return replace(found, profiles=replace(found.profiles, failed={**found.profiles.failed, **failed}))

    def _read(
        self, request: ScanRequest, source: OpenedSource, labels: Sequence[pl.DataFrame], knowledge: Knowledge
    ) -> Scanned:
        """The profiles of one source: those that are kept, and those of rows that have to be read."""
        import polars as pl

        resolutions = self.resolutions.get(request.source, {})
        try:
            context = ScanContext(_schema(request, source, labels), resolutions, self.as_of)
            gathered = Gathered(context, knowledge)
            found = self._found(request, context)
            for cut, spec, pane, held in found.parts:
                gathered.kept.setdefault((cut, spec), []).append(placed(cut, pane, held, knowledge))
            reads = _reads(found.asks)
            for asks in reads:
                self._scan(request, source, labels, asks, gathered)
        except SourceError as error:
            return Scanned(ProfileSet(failure=str(error)))
        except (pl.exceptions.PolarsError, OSError) as error:
            return Scanned(ProfileSet(failure=source.explain(error) or f"{source.name}: {first_line(error)}"))
        keeper = self.panes.get(request.source)
        packs = tuple(keeper.make(found.asks, gathered)) if keeper is not None else ()
        spans = tuple(hull(span for ask in asks for span in ask.spans) for asks in reads)
        return Scanned(gathered.profiles(), packs, spans)

    def _found(self, request: ScanRequest, context: ScanContext) -> Found:
        """What of a request is kept, and what has to be asked of the rows."""
        wanted = []
        for cut in cuts(request):
            within = contained(cut.bundle, context)
            wanted.append((cut, [spec for spec in cut.bundle.specs if spec not in within]))
        keeper = self.panes.get(request.source)
        if keeper is not None:
            return keeper.find(wanted, context)
        asks = [Ask(cut, tuple(specs), union(cut.bundle.spans)) for cut, specs in wanted if specs]
        return Found([cut for cut, _ in wanted], [], asks)

    def _scan(
        self,
        request: ScanRequest,
        source: OpenedSource,
        labels: Sequence[pl.DataFrame],
        asks: Sequence[Ask],
        gathered: Gathered,
    ) -> None:
        """One read of the rows behind some questions."""
        read = hull(span for ask in asks for span in ask.spans)
        joins = any(ask.cut.changing for ask in asks)
        rows = _rows(request, source, read, labels if joins else (), asks, gathered.knowledge)
        versions = FROM in rows.collect_schema()
        asked: list[Query] = []
        for ask in asks:
            asked += queries(rows_of(ask.cut, ask.spans, source, read, versions), ask.specs, gathered.context)
        for portion in portions(rows):
            _ask(asked, portion, gathered, source)


def _schema(request: ScanRequest, source: OpenedSource, labels: Sequence[pl.DataFrame]) -> dict[str, pl.DataType]:
    """The types of the source's columns, and of those that labels bring or replace."""
    import polars as pl

    rows = pl.LazyFrame(schema=dict(source.schema))
    for relation, known in zip(request.relations, labels, strict=True):
        rows = join_labels(rows, relation, known)
    schema = dict(rows.collect_schema())
    times = {source.timestamp, request.arrival} - {None}
    return {name: pl.Datetime("us", "UTC") if name in times else dtype for name, dtype in schema.items()}


def _reads(asks: Sequence[Ask]) -> list[list[Ask]]:
    """The questions of each read. What may still change goes back further than what is new: it is read apart then."""
    steady, changing = [a for a in asks if not a.cut.changing], [a for a in asks if a.cut.changing]
    if not steady or not changing:
        return [list(asks)] if asks else []
    spans = [hull(span for ask in those for span in ask.spans) for those in (steady, changing)]
    return [steady, changing] if _is_apart(*spans) else [list(asks)]


def _is_apart(one: Interval, other: Interval) -> bool:
    """Whether a span is so much shorter than another that a read of its own costs less."""
    if one.start is None or one.end is None or other.start is None or other.end is None:
        return False
    lengths = sorted((span.end - span.start).total_seconds() for span in (one, other))  # type: ignore[operator]
    return lengths[0] < lengths[1] / 2


def _rows(
    request: ScanRequest,
    source: OpenedSource,
    span: Interval,
    labels: Sequence[pl.DataFrame],
    asks: Sequence[Ask],
    knowledge: Knowledge,
) -> pl.LazyFrame:
    """The rows of `span`, labels joined; in all their versions where what is known of them changes."""
    wanted = {name for ask in asks for spec in ask.specs for name in spec.columns()}
    wanted |= _dimension_columns(ask.cut.bundle for ask in asks)
    wanted |= {request.arrival} if request.arrival is not None else set()
    bounded = any(one.start is not None for ask in asks for one in ask.cut.bundle.spans)
    if bounded and source.timestamp is not None:
        wanted.add(source.timestamp)
    joined = request.relations if labels else ()
    wanted |= {relation.id for relation in joined}
    labelled = {name for relation in joined for name in relation.columns}
    own = tuple(name for name in source.schema if name in wanted - labelled)
    rows = source.scan(own or tuple(source.schema)[:1], span)
    for relation, known in zip(joined, labels, strict=bool(joined)):
        rows = join_labels(rows, relation, known, knowledge.states)
    return rows if request.arrival is None else arrived(rows, request.arrival, knowledge)


def _ask(asked: Iterable[Query], portion: pl.DataFrame, gathered: Gathered, source: OpenedSource) -> None:
    """Every query on one portion in one pass; when that fails, one by one, so that a bad expression fails alone."""
    import polars as pl

    asked = [query for query in asked if any((query.cut, spec) not in gathered.failed for spec in query.specs)]
    rows = portion.lazy()
    chosen = {query.rows: query.rows.of(rows) for query in asked}
    try:
        tables = pl.collect_all([query.table(chosen[query.rows]) for query in asked], engine="streaming")
    except (pl.exceptions.PolarsError, OSError):
        for part in [part for query in asked for part in query.apart(gathered.context)]:
            try:
                gathered.add(part, part.table(chosen[part.rows]).collect(engine="streaming"))
            except (pl.exceptions.PolarsError, OSError) as error:
                reason = f"{source.name}: {first_line(error)}"
                gathered.failed |= {(part.cut, spec): reason for spec in part.specs}
    else:
        for query, table in zip(asked, tables, strict=True):
            gathered.add(query, table)


def _dimension_columns(bundles: Iterable[Bundle]) -> set[str]:
    import polars as pl

    names: set[str] = set()
    for dimension in {dimension for bundle in bundles for dimension in bundle.grouping}:
        if dimension.by is not None:
            names.add(dimension.by)
        if dimension.where is not None:
            names |= set(pl.sql_expr(dimension.where).meta.root_names())
    return names
