"""The local executor: one read per source, in portions, and one fused Polars query per portion, whatever is wanted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from driftline.compile.request import Bundle, LabelRelation, ProfileSet, ScanRequest
from driftline.errors import SourceError
from driftline.execute.cells import hull, union
from driftline.execute.failures import first_line
from driftline.execute.gathered import Gathered
from driftline.execute.knowledge import FROM, Knowledge, arrived
from driftline.execute.labels import (
    LabelsBroken,
    closing,
    join_labels,
    known_labels,
    label_columns,
    labelled_from,
    without_labels,
)
from driftline.execute.lookup import Ask, Found, find, placed
from driftline.execute.making import make
from driftline.execute.opened import OpenedSource
from driftline.execute.outlook import Outlook, outlook
from driftline.execute.packs import Pack
from driftline.execute.panes import Panes, Rules
from driftline.execute.portions import portions
from driftline.execute.queries import Query, contained, cuts, numbered, queries, rows_of
from driftline.model import Interval
from driftline.profiles.base import ScanContext

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
    keeps: bool = True  # whether new panes are made to be kept

    def run(self, requests: Sequence[ScanRequest]) -> list[ProfileSet]:
        return [self.scan(request).profiles for request in requests]

    def scan(self, request: ScanRequest) -> Scanned:
        """One source; labels that cannot be read fail what touches them, and the rest is scanned without them."""
        import polars as pl

        source = self.sources[request.source]
        if source.failure is not None:
            return Scanned(ProfileSet(failure=source.failure))
        try:
            return self._read(request, source)
        except _WithoutLabels as broken:
            rest, lost = without_labels(request, broken.relation)
            found = self.scan(rest)
            failed = {**found.profiles.failed, **dict.fromkeys(lost, str(broken))}
            return replace(found, profiles=replace(found.profiles, failed=failed))
        except SourceError as error:
            return Scanned(ProfileSet(failure=str(error)))
        except (pl.exceptions.PolarsError, OSError) as error:
            return Scanned(ProfileSet(failure=source.explain(error) or f"{source.name}: {first_line(error)}"))

    def outlook(self, request: ScanRequest) -> Outlook:
        """What a scan would read, without reading it; nothing is known of a source that cannot be opened."""
        source, keeper = self.sources[request.source], self.panes.get(request.source)
        if source.failure is not None or keeper is None:
            return Outlook()
        knowledge = Knowledge.of(request.bundles, self.as_of)
        try:
            context = ScanContext(self._schema(request, source), self.resolutions.get(request.source, {}), self.as_of)
        except _WithoutLabels as broken:
            return self.outlook(without_labels(request, broken.relation)[0])
        return outlook(Rules(keeper, request, knowledge), self._found(request, context, knowledge))

    def _read(self, request: ScanRequest, source: OpenedSource) -> Scanned:
        """The profiles of one source: those that are kept, and those of rows that have to be read."""
        knowledge = Knowledge.of(request.bundles, self.as_of)
        context = ScanContext(self._schema(request, source), self.resolutions.get(request.source, {}), self.as_of)
        gathered = Gathered(context, knowledge)
        found = self._found(request, context, knowledge)
        for cut, spec, pane, held in found.parts:
            gathered.kept.setdefault((cut, spec), []).append(placed(cut, pane, held, knowledge))
        reads = _reads(found.asks, apart=bool(found.used))
        labels = self._labels(request, source, found.asks, knowledge)
        for asks in reads:
            self._scan(request, source, labels, asks, gathered)
        keeper = self.panes.get(request.source)
        packs = (
            tuple(make(Rules(keeper, request, knowledge), found, gathered)) if keeper is not None and self.keeps else ()
        )
        spans = tuple(hull(span for ask in asks for span in ask.spans) for asks in reads)
        return Scanned(gathered.profiles(), packs, spans)

    def _schema(self, request: ScanRequest, source: OpenedSource) -> dict[str, pl.DataType]:
        """The types of the source's columns, and of those that labels bring or replace."""
        import polars as pl

        rows = pl.LazyFrame(schema=dict(source.schema))
        for relation in request.relations:
            with _failing(relation):
                rows = join_labels(rows, relation, label_columns(relation, self.sources[relation.source]))
        schema = dict(rows.collect_schema())
        if source.timestamp in schema:
            schema[source.timestamp] = pl.Datetime("us", "UTC")
        return schema

    def _labels(
        self, request: ScanRequest, source: OpenedSource, asks: Iterable[Ask], knowledge: Knowledge
    ) -> list[pl.DataFrame]:
        """The labels of the rows that are asked; none where none is asked."""
        spans = [span for ask in asks if ask.cut.changing for span in ask.spans]
        if not spans:
            return []
        found = []
        for relation in request.relations:
            since = labelled_from(relation, hull(spans))
            with _failing(relation):
                labels = self.sources[relation.source]
                found.append(known_labels(relation, labels, knowledge, source.context.timezone, since))
        return found

    def _found(self, request: ScanRequest, context: ScanContext, knowledge: Knowledge) -> Found:
        """What of a request is kept, and what has to be asked of the rows."""
        wanted = []
        for cut in cuts(request):
            within = contained(cut.bundle, context)
            wanted.append((cut, [spec for spec in cut.bundle.specs if spec not in within]))
        keeper = self.panes.get(request.source)
        if keeper is not None:
            return find(Rules(keeper, request, knowledge), wanted, context)
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
        rows = numbered(rows, (ask.cut for ask in asks), gathered.context)
        versions = FROM in rows.collect_schema()
        asked: list[Query] = []
        for ask in asks:
            asked += queries(rows_of(ask.cut, ask.spans, source, read, versions), ask.specs, gathered.context)
        for portion in portions(rows, whole=any(query.by_row for query in asked)):
            _ask(asked, portion, gathered, source)


class _WithoutLabels(Exception):
    """Labels that cannot be joined; the text says why."""

    def __init__(self, relation: LabelRelation, reason: str) -> None:
        super().__init__(reason)
        self.relation = relation


@contextmanager
def _failing(relation: LabelRelation) -> Iterator[None]:
    """Say which labels they are that broke."""
    try:
        yield
    except LabelsBroken as broken:
        raise _WithoutLabels(relation, str(broken)) from broken


def _reads(asks: Sequence[Ask], *, apart: bool) -> list[list[Ask]]:
    """The questions of each read: one, unless panes are kept, and what may still change goes back further than what is
    new.
    """
    if not asks:
        return []
    steady, changing = [a for a in asks if not a.cut.changing], [a for a in asks if a.cut.changing]
    if not apart or not steady or not changing:
        return [list(asks)]
    spans = [hull(span for ask in those for span in ask.spans) for those in (steady, changing)]
    return [steady, changing] if _is_apart(*spans) else [list(asks)]


def _is_apart(one: Interval, other: Interval) -> bool:
    """Whether a span is so much shorter than another that a read of its own costs less."""
    if one.start is None or one.end is None or other.start is None or other.end is None:
        return False
    shorter, longer = sorted((one.end - one.start, other.end - other.start))
    return shorter < longer / 2


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
    joined = request.relations if labels else ()
    limited = any(relation.limit is not None for relation in joined)
    if (bounded or limited) and source.timestamp is not None:
        wanted.add(source.timestamp)
    wanted |= {relation.id for relation in joined}
    labelled = {name for relation in joined for name in relation.columns}
    own = tuple(name for name in source.schema if name in wanted - labelled)
    rows = source.scan(own or tuple(source.schema)[:1], span)
    for relation, known in zip(joined, labels, strict=bool(joined)):
        closes = None
        if relation.limit is not None and source.timestamp is not None:
            closes = closing(source.timestamp, relation.limit, source.context.timezone)
        rows = join_labels(rows, relation, known, knowledge.states, closes)
    return rows if request.arrival is None else arrived(rows, request.arrival, source.context.timezone, knowledge)


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
        gathered.add_all(asked, tables)


def _dimension_columns(bundles: Iterable[Bundle]) -> set[str]:
    import polars as pl

    names: set[str] = set()
    for dimension in {dimension for bundle in bundles for dimension in bundle.grouping}:
        if dimension.by is not None:
            names.add(dimension.by)
        if dimension.where is not None:
            names |= set(pl.sql_expr(dimension.where).meta.root_names())
    return names
