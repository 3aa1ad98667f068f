"""What a monitor measures, and through which windows: one subject for each of its models, or a source."""

from __future__ import annotations

from driftline.config.document import ModelDefinition, MonitorDefinition, Window
from driftline.model import Duration
from driftline.schema.semantics.context import Context

DAY = Duration(1, "d")
Subject = tuple[ModelDefinition | None, str]


def subjects_of(context: Context, monitor: MonitorDefinition) -> list[Subject]:
    """The models of a monitor (None: a source alone), each with the name of the source that is read."""
    document = context.document
    if monitor.source is not None:
        return [(None, monitor.source)]
    if monitor.metric is None:
        return [(model, model.source) for model in context.chosen(monitor).models]
    metric = document.metrics.get(monitor.metric)
    model = document.models.get(metric.model or "") if metric is not None else None
    if model is not None:
        return [(model, model.source)]
    return [(None, metric.source)] if metric is not None and metric.source is not None else []


def window_of(context: Context, monitor: MonitorDefinition, model: ModelDefinition | None) -> Window | None:
    """The window that holds, a day when nobody says; None for one that is not declared."""
    for given in (monitor.window, model.window if model is not None else None, monitor.defaults.window):
        if given is not None:
            return context.document.windows.get(given) if isinstance(given, str) else given
    return Window(DAY, DAY)


def has_time(context: Context, source: str) -> bool:
    """Whether a source has a timestamp, its own or one that a model names; without one it has no windows."""
    definition = context.document.sources.get(source)
    if definition is not None and definition.timestamp is not None:
        return True
    return any(m.source == source and m.roles.timestamp is not None for m in context.document.models.values())
