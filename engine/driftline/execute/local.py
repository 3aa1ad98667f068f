"""The local executor: one read per source, in portions, and one fused Polars query per portion, whatever is wanted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from driftline.compile.request import Bundle, Grouping, ProfileSet, ScanRequest
from driftline.errors import SourceError
from driftline.execute.cells import hull
from driftline.execute.failures import first_line
from driftline.execute.gathered import Gathered
from driftline.execute.knowledge import FROM, Knowledge, arrived
from driftline.execute.labels import LabelsBroken, join_labels, known_labels, without_labels
from driftline.execute.opened import OpenedSource
from driftline.execute.portions import portions
from driftline.execute.queries import Query, contained, cuts, queries, rows_of
from driftline.model import Interval
from driftline.profiles.base import ProfileSpec, ScanContext

if TYPE_CHECKING:
    import polars as pl


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
        labels: list[pl.DataFrame] = []
        knowledge = Knowledge.of(request.bundles, self.as_of)
        for relation in request.relations:
            try:
                labels.append(known_labels(relation, self.sources[relation.source], knowledge))
            except LabelsBroken as broken:
                request, lost = without_labels(request, relation)
                failed |= dict.fromkeys(lost, str(broken))
        found = self._read(request, source, labels, knowledge)
        return replace(found, failed={**found.failed, **failed})

    def _read(
        self, request: ScanRequest, source: OpenedSource, labels: Sequence[pl.DataFrame], knowledge: Knowledge
    ) -> ProfileSet:
        """The profiles of one source, which is read once."""
        import polars as pl

        read = hull(span for bundle in request.bundles for span in bundle.spans)
        try:
            rows = self._rows(request, source, read, labels, knowledge)
            schema = dict(rows.collect_schema())
            context = ScanContext(schema, self.resolutions.get(request.source, {}), self.as_of)
            gathered = Gathered(context, knowledge)
            asked: list[Query] = []
            for cut in cuts(request, knowledge):
                within = contained(cut.bundle, context)
                chosen = rows_of(cut, cut.bundle.spans, source, read, FROM in schema)
                asked += queries(chosen, [spec for spec in cut.bundle.specs if spec not in within], context)
            for portion in portions(rows):
                _ask(asked, portion, gathered, source)
        except SourceError as error:
            return ProfileSet(failure=str(error))
        except (pl.exceptions.PolarsError, OSError) as error:
            return ProfileSet(failure=source.explain(error) or f"{source.name}: {first_line(error)}")
        return gathered.profiles()

    def _rows(
        self,
        request: ScanRequest,
        source: OpenedSource,
        span: Interval,
        labels: Sequence[pl.DataFrame],
        knowledge: Knowledge,
    ) -> pl.LazyFrame:
        """The rows of `span`, labels joined; in all their versions where what is known of them changes."""
        wanted = set(request.columns) | _dimension_columns(request.bundles)
        bounded = any(span.start is not None for bundle in request.bundles for span in bundle.spans)
        if bounded and source.timestamp is not None:
            wanted.add(source.timestamp)
        labelled = {name for relation in request.relations for name in relation.columns}
        own = tuple(name for name in source.schema if name in wanted - labelled)
        rows = source.scan(own or tuple(source.schema)[:1], span)
        for relation, known in zip(request.relations, labels, strict=True):
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
