"""Joining ground truth to scored rows: one label per id, as known at an instant, never multiplying a row.

Where several instants are looked at, a row has a version for each label that it had: without one, with the first, with
the one that replaced it. Exactly one version holds in each state of knowledge.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from driftline.checks.base import ColumnType
from driftline.compile.request import Grouping, LabelRelation, ScanRequest
from driftline.compile.sides import type_of_values
from driftline.errors import SourceError
from driftline.execute.failures import first_line
from driftline.execute.knowledge import FROM, UNTIL, Knowledge
from driftline.execute.opened import OpenedSource
from driftline.model import Duration, Interval
from driftline.profiles.base import ProfileSpec

if TYPE_CHECKING:
    import polars as pl


ROW, TIMES, DAY = "__row", "__times", "__day"
CAME, NEXT = "__came", "__next"  # when the label of a version came, and the one that replaced it
CLOSES = "__closes"


class LabelsBroken(Exception):
    """The labels of a scan cannot be read, while its own rows can; the text says why."""


def without_labels(
    request: ScanRequest, relation: LabelRelation
) -> tuple[ScanRequest, tuple[tuple[Grouping, ProfileSpec], ...]]:
    """The same scan without a join, and what is lost with it."""
    gone = set(relation.columns)
    lost: list[tuple[Grouping, ProfileSpec]] = []
    bundles = []
    for bundle in request.bundles:
        cut = any(dimension.by in gone for dimension in bundle.grouping)
        specs = tuple(spec for spec in bundle.specs if not cut and not spec.columns() & gone)
        lost += [(bundle.grouping, spec) for spec in bundle.specs if spec not in specs]
        if specs:
            bundles.append(replace(bundle, specs=specs))
    relations = tuple(other for other in request.relations if other != relation)
    return ScanRequest(request.source, relations, tuple(bundles)), tuple(lost)


def label_columns(relation: LabelRelation, source: OpenedSource) -> pl.DataFrame:
    """What a join brings, without a row: the id and the label columns with their types.

    Raises LabelsBroken when the labels cannot be opened.
    """
    import polars as pl

    if source.failure is not None:
        raise LabelsBroken(source.failure)
    names = {relation.id: relation.key} | {name: name for name in relation.read if name != relation.key}
    empty = pl.DataFrame(schema={name: source.schema[own] for name, own in names.items()})
    return empty if relation.present is None else empty.with_columns(_said(relation).alias(relation.present[0]))


def known_labels(
    relation: LabelRelation, source: OpenedSource, knowledge: Knowledge, timezone: str, since: datetime | None = None
) -> pl.DataFrame:
    """The labels as versions, the key named like the id; the label source is read once, from `since` on.

    Each has the states of knowledge FROM (included) and UNTIL (excluded) in which it holds; an id whose first label
    came later has a version without a label before it. With a single state and no limit there is one version per id,
    and no such columns. With a limit, CAME and NEXT are when a version's label came and when the one after it did; days
    are those of `timezone`.

    Raises LabelsBroken when they cannot be read, or ids repeat where `keep: error` forbids it.
    """
    import polars as pl

    if source.failure is not None:
        raise LabelsBroken(source.failure)
    try:
        found = _chosen(relation, source, knowledge, timezone, since).collect(engine="streaming")
    except SourceError as error:
        raise LabelsBroken(str(error)) from error
    except (pl.exceptions.PolarsError, OSError) as error:
        raise LabelsBroken(source.explain(error) or f"{source.name}: {first_line(error)}") from error
    if relation.keep == "error":
        repeated = int((found.group_by(relation.id).agg(pl.col(TIMES).sum())[TIMES] > 1).sum())
        if repeated:
            raise LabelsBroken(
                f"source {source.name}: {repeated} ids have more than one label, and labels say keep: error"
            )
    found = found.drop(TIMES)
    if relation.present is not None:
        found = found.with_columns(_said(relation).alias(relation.present[0]))
    return _versions(found, relation, knowledge.states) if _has_versions(relation, source, knowledge) else found


def _has_versions(relation: LabelRelation, source: OpenedSource, knowledge: Knowledge) -> bool:
    return knowledge.changes or _is_limited(relation, source)


def _is_limited(relation: LabelRelation, source: OpenedSource) -> bool:
    return relation.limit is not None and source.timestamp is not None


def _versions(found: pl.DataFrame, relation: LabelRelation, states: int) -> pl.DataFrame:
    """Labels with the state in which each came (FROM) -> versions, those without a label included."""
    import polars as pl

    order = [FROM, *([CAME] if CAME in found.columns else [])]
    found = found.sort(relation.id, *order)
    if relation.keep == "first":
        found = found.unique(relation.id, keep="first", maintain_order=True)
    of_id = {name: pl.col(name).shift(-1).over(relation.id) for name in order}
    until = of_id[FROM].fill_null(states).cast(pl.Int32).alias(UNTIL)
    following = [of_id[CAME].alias(NEXT)] if CAME in of_id else []
    first = found.group_by(relation.id, maintain_order=True).agg(pl.col(name).first() for name in order)
    named = {FROM: UNTIL, CAME: NEXT}
    before = first.rename({name: named[name] for name in order}).with_columns(pl.lit(0, pl.Int32()).alias(FROM))
    if not following:
        before = before.filter(pl.col(UNTIL) > 0)
    return pl.concat([found.with_columns(until, *following), before], how="diagonal")


def join_labels(
    rows: pl.LazyFrame, relation: LabelRelation, labels: pl.DataFrame, states: int = 1, closes: pl.Expr | None = None
) -> pl.LazyFrame:
    """`rows` with the label columns, null where no label has arrived; a column of that name in `rows` is replaced.

    Of several `states`, each row has all its versions. `closes` is when labels of a row no longer count.
    """
    import polars as pl

    known = rows.collect_schema()
    labels = labels.with_columns(pl.col(relation.id).cast(known[relation.id], strict=False))
    clashing = [name for name in relation.columns if name in known and name != relation.id]
    joined = rows.drop(clashing).join(labels.lazy(), on=relation.id, how="left", maintain_order="none")
    if CAME in labels.columns:
        joined = _within(joined, states, closes)
    if FROM in labels.columns:
        joined = joined.with_columns(pl.col(FROM).fill_null(0), pl.col(UNTIL).fill_null(states))
    if relation.absent is None:
        return joined
    target, value = relation.absent
    dtype = joined.collect_schema()[target]
    filled = pl.lit(value.lower() == "true") if dtype == pl.Boolean else pl.lit(value).cast(dtype)
    return joined.with_columns(pl.col(target).fill_null(filled))


def _within(joined: pl.LazyFrame, states: int, closes: pl.Expr | None) -> pl.LazyFrame:
    """Without versions whose label came too late for their row: the one before each of them holds on."""
    import polars as pl

    if closes is not None:
        joined = joined.with_columns(closes.alias(CLOSES))
        holds_on = pl.col(NEXT) >= pl.col(CLOSES)
        joined = joined.filter(pl.col(CAME).is_null() | (pl.col(CAME) < pl.col(CLOSES)))
        joined = joined.with_columns(pl.when(holds_on).then(states).otherwise(pl.col(UNTIL)).alias(UNTIL)).drop(CLOSES)
    return joined.filter(pl.col(FROM).is_null() | (pl.col(FROM) < pl.col(UNTIL))).drop(CAME, NEXT)


def labelled_from(relation: LabelRelation, span: Interval) -> datetime | None:
    """From when on labels of the rows of a span are looked for; None: from the first.

    Where it is said how late labels come, those that came a month before their row are not looked for.
    """
    if relation.limit is None or span.start is None:
        return None
    return span.start - max(relation.limit.timedelta, timedelta(days=31))


def closing(timestamp: str, limit: Duration, timezone: str) -> pl.Expr:
    """When labels of a row no longer count: `limit` after the end of its local day."""
    import polars as pl

    from driftline.sources._timestamps import local_midnight

    day = pl.col(timestamp).dt.convert_time_zone(timezone).dt.date()
    if limit.is_calendar:
        return local_midnight(day.dt.offset_by(f"1d{limit}"), timezone)
    return local_midnight(day.dt.offset_by("1d"), timezone) + limit.timedelta


def _said(relation: LabelRelation) -> pl.Expr:
    """The target of rows that have a label, of a type that the value without one is of too."""
    import polars as pl

    assert relation.present is not None
    value = relation.present[1]
    values = [value, relation.absent[1]] if relation.absent is not None else [value]
    match type_of_values(values):
        case ColumnType.NUMERIC:
            return pl.lit(float(value)) if any("." in one for one in values) else pl.lit(int(value), pl.Int64())
        case ColumnType.BOOLEAN:
            return pl.lit(value.lower() == "true")
    return pl.lit(value)


def _chosen(
    relation: LabelRelation, source: OpenedSource, knowledge: Knowledge, timezone: str, since: datetime | None
) -> pl.LazyFrame:
    """The first or the last label of each id by arrival, and how many there were; of each state of knowledge.

    With a limit also of each day of arrival: a row's limit falls between two of them.
    """
    import polars as pl

    others = tuple(name for name in relation.read if name not in (relation.key, source.timestamp))
    known = _known(relation, source, (relation.key, *others), knowledge, since)
    came: list[str] = []
    keys: list[str | pl.Expr] = [relation.key, *([FROM] if _has_versions(relation, source, knowledge) else [])]
    if _is_limited(relation, source) and source.timestamp is not None and relation.limit is not None:
        known = known.with_columns(pl.col(source.timestamp).alias(CAME))
        came = [CAME]
        hours = timedelta(0) if relation.limit.is_calendar else relation.limit.timedelta
        keys.append((pl.col(CAME) - hours).dt.convert_time_zone(timezone).dt.date().alias(DAY))
    row = pl.struct([*others, *came]) if others or came else None
    aggregates = [pl.len().alias(TIMES)]
    if row is not None:
        if source.timestamp is not None:
            # A whole row is chosen, and ties in time are broken by its values: the same rows give the same label.
            row = row.sort_by(source.timestamp, *others)
        aggregates.append((row.first() if relation.keep == "first" else row.last()).alias(ROW))
    grouped = known.group_by(keys, maintain_order=source.timestamp is None).agg(*aggregates)
    chosen = grouped if row is None else grouped.unnest(ROW)
    return (chosen.drop(DAY) if came else chosen).rename({relation.key: relation.id})


def _known(
    relation: LabelRelation,
    source: OpenedSource,
    columns: tuple[str, ...],
    knowledge: Knowledge,
    since: datetime | None,
) -> pl.LazyFrame:
    """The label rows that had arrived in the last state (all of them where the source has no timestamp)."""
    import polars as pl

    if source.timestamp is None:
        rows = source.scan(columns, Interval(None, None))
        rows = rows.with_columns(pl.lit(0, pl.Int32()).alias(FROM)) if knowledge.changes else rows
    else:
        rows = source.scan((*columns, source.timestamp), Interval(since, None))
        rows = rows.filter(pl.col(source.timestamp) <= knowledge.instants[-1])
        if _has_versions(relation, source, knowledge):
            rows = rows.with_columns(knowledge.first_state(pl.col(source.timestamp)).alias(FROM))
    return rows.filter(pl.col(relation.key).is_not_null())
