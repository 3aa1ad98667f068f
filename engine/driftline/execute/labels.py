"""Joining ground truth to scored rows: one label per id, as known at an instant, never multiplying a row.

Where several instants are looked at, a row has a version for each label that it had: without one, with the first, with
the one that replaced it. Exactly one version holds in each state of knowledge.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from driftline.checks.base import ColumnType
from driftline.compile.request import Grouping, LabelRelation, ScanRequest
from driftline.compile.sides import type_of_values
from driftline.errors import SourceError
from driftline.execute.failures import first_line
from driftline.execute.knowledge import FROM, UNTIL, Knowledge
from driftline.execute.opened import OpenedSource
from driftline.model import Interval
from driftline.profiles.base import ProfileSpec

if TYPE_CHECKING:
    import polars as pl


ROW = "__row"
TIMES = "__times"


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


def known_labels(relation: LabelRelation, source: OpenedSource, knowledge: Knowledge) -> pl.DataFrame:
    """The labels as versions, the key named like the id; the label source is read once.

    Each has the states of knowledge FROM (included) and UNTIL (excluded) in which it holds; an id whose first label
    came later has a version without a label before it. With a single state there is one version per id, and no such
    columns.
    Raises LabelsBroken when they cannot be read, or ids repeat where `keep: error` forbids it.
    """
    import polars as pl

    if source.failure is not None:
        raise LabelsBroken(source.failure)
    try:
        found = _chosen(relation, source, knowledge).collect(engine="streaming")
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
    return _versions(found, relation, knowledge.states) if knowledge.changes else found


def _versions(found: pl.DataFrame, relation: LabelRelation, states: int) -> pl.DataFrame:
    """Labels with the state in which each came (FROM) -> versions, those without a label included."""
    import polars as pl

    if relation.keep == "first":
        found = found.sort(FROM).unique(relation.id, keep="first", maintain_order=True)
    found = found.sort(relation.id, FROM)
    following = pl.col(FROM).shift(-1).over(relation.id).fill_null(states).alias(UNTIL)
    versions = found.with_columns(following)
    first = found.group_by(relation.id).agg(pl.col(FROM).min().alias(UNTIL)).filter(pl.col(UNTIL) > 0)
    before = first.with_columns(pl.lit(0, pl.Int32()).alias(FROM), pl.col(UNTIL).cast(pl.Int32))
    return pl.concat([versions.with_columns(pl.col(UNTIL).cast(pl.Int32)), before], how="diagonal")


def join_labels(rows: pl.LazyFrame, relation: LabelRelation, labels: pl.DataFrame, states: int = 1) -> pl.LazyFrame:
    """`rows` with the label columns, null where no label has arrived; a column of that name in `rows` is replaced.

    Of several `states`, each row has all its versions.
    """
    import polars as pl

    known = rows.collect_schema()
    labels = labels.with_columns(pl.col(relation.id).cast(known[relation.id], strict=False))
    clashing = [name for name in relation.columns if name in known and name != relation.id]
    joined = rows.drop(clashing).join(labels.lazy(), on=relation.id, how="left", maintain_order="none")
    if FROM in labels.columns:
        joined = joined.with_columns(pl.col(FROM).fill_null(0), pl.col(UNTIL).fill_null(states))
    if relation.absent is None:
        return joined
    target, value = relation.absent
    dtype = joined.collect_schema()[target]
    filled = pl.lit(value.lower() == "true") if dtype == pl.Boolean else pl.lit(value).cast(dtype)
    return joined.with_columns(pl.col(target).fill_null(filled))


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


def _chosen(relation: LabelRelation, source: OpenedSource, knowledge: Knowledge) -> pl.LazyFrame:
    """The first or the last label of each id by arrival, and how many there were; of each state of knowledge."""
    import polars as pl

    others = tuple(name for name in relation.read if name not in (relation.key, source.timestamp))
    known = _known(relation, source, (relation.key, *others), knowledge)
    times = pl.len().alias(TIMES)
    keys = [relation.key, *([FROM] if knowledge.changes else [])]
    if not others:
        return known.group_by(keys).agg(times).rename({relation.key: relation.id})
    row = pl.struct(others)
    if source.timestamp is not None:
        # A whole row is chosen, and ties in time are broken by its values: the same rows give the same label.
        row = row.sort_by(source.timestamp, *others)
    row = (row.first() if relation.keep == "first" else row.last()).alias(ROW)
    grouped = known.group_by(keys, maintain_order=source.timestamp is None)
    return grouped.agg(row, times).unnest(ROW).rename({relation.key: relation.id})


def _known(
    relation: LabelRelation, source: OpenedSource, columns: tuple[str, ...], knowledge: Knowledge
) -> pl.LazyFrame:
    """The label rows that had arrived in the last state (all of them where the source has no timestamp)."""
    import polars as pl

    if source.timestamp is None:
        rows = source.scan(columns, Interval(None, None))
        rows = rows.with_columns(pl.lit(0, pl.Int32()).alias(FROM)) if knowledge.changes else rows
    else:
        rows = source.scan((*columns, source.timestamp), Interval(None, None))
        rows = rows.filter(pl.col(source.timestamp) <= knowledge.instants[-1])
        if knowledge.changes:
            rows = rows.with_columns(knowledge.first_state(source.timestamp).alias(FROM))
    return rows.filter(pl.col(relation.key).is_not_null())
