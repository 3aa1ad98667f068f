"""Metrics: bound to a model or a source, in SQL that merges."""

from __future__ import annotations

from driftline.config import codes
from driftline.schema.semantics.context import Context
from driftline.schema.semantics.definitions import check_source
from driftline.schema.semantics.sql import check_metric
from driftline.schema.tree import Path


def check_metrics(context: Context) -> None:
    for name, metric in context.document.metrics.items():
        path: Path = ("metrics", name)
        written = [key for key in ("model", "source") if context.tree.written(*path, key)]
        if len(written) == 2 or (metric.model is None and metric.source is None and not written):
            what = "both a `model` and a `source`" if written else "neither a `model` nor a `source`"
            context.at_key(codes.EXCLUSIVE_KEYS, f"the metric `{name}` has {what}", path, "name one of them")
        if metric.model is not None and not context.tree.written("models", metric.model):
            context.unknown(codes.UNKNOWN_MODEL, "model", metric.model, (*path, "model"), context.document.models)
        if metric.source is not None:
            check_source(context, metric.source, (*path, "source"))
        check_metric(context, metric.sql, (*path, "sql"))
