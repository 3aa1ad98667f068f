"""Joining ground truth to scored rows: one label per id, as known at the as-of instant, never multiplying a row."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from driftline.errors import SourceError
from driftline.execute.opened import OpenedSource
from driftline.compile.request import LabelRelation
from driftline.model import Interval

if TYPE_CHECKING:
    import polars as pl

_ARRIVED = "__arrived"


def join_labels(
    rows: pl.LazyFrame, relation: LabelRelation, source: OpenedSource, as_of: datetime
) -> pl.LazyFrame:
    """`rows` with the label columns, null where no label has arrived; a column of that name in `rows` is replaced."""
    import polars as pl

    if source.failure is not None:
        raise SourceError(source.failure)
    known = rows.collect_schema()
    labels = one_label_per_id(relation, source, as_of)
    labels = labels.with_columns(pl.col(relation.id).cast(known[relation.id], strict=False))
    clashing = [name for name in relation.columns if name in known and name != relation.id]
    joined = rows.drop(clashing).join(labels, on=relation.id, how="left", maintain_order="none")
    if relation.absent is None:
        return joined
    target, value = relation.absent
    dtype = joined.collect_schema()[target]
    return joined.with_columns(pl.col(target).fill_null(pl.lit(value).cast(dtype)))


def one_label_per_id(relation: LabelRelation, source: OpenedSource, as_of: datetime) -> pl.LazyFrame:
    """The label rows known at `as_of`, the first or the last of each id by arrival, the key named like the id."""
    import polars as pl

    columns = (relation.key, *(name for name in relation.columns if name != relation.key))
    if source.timestamp is None:
        labels = source.scan(columns, Interval(None, None))
        kept = labels.unique(relation.key, keep="first" if relation.keep == "first" else "last", maintain_order=True)
        return kept.rename({relation.key: relation.id})
    labels = source.scan((*columns, source.timestamp), Interval(None, None))
    arrived = pl.col(source.timestamp)
    labels = labels.filter(arrived <= as_of, pl.col(relation.key).is_not_null())
    chosen = labels.group_by(relation.key).agg(
        pl.col(name).sort_by(arrived).first() if relation.keep == "first" else pl.col(name).sort_by(arrived).last()
        for name in columns[1:]
        if name != source.timestamp
    )
    return chosen.rename({relation.key: relation.id})
