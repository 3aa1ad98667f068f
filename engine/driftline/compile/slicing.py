"""The ways a monitor slices its rows, and the columns that slicing reads."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from driftline.compile.request import Dimension, Grouping
from driftline.config.document import ModelDefinition, MonitorDefinition

OVERALL = "overall"


def sliced(
    monitor: MonitorDefinition, model: ModelDefinition | None
) -> tuple[tuple[Grouping, ...], dict[str, tuple[int, bool]]]:
    """The ways a monitor slices its rows, each once, and how many values of a dimension are kept."""
    groupings: list[Grouping] = []
    top: dict[str, tuple[int, bool]] = {}
    declared = model.segments if model else {}
    for names in monitor.segments or ((OVERALL,),):
        dimensions = []
        for name in names:
            if name in declared:
                segment = declared[name]
                dimensions.append(Dimension(name, segment.by, segment.where))
                top[name] = (segment.top, segment.rest)
        if dimensions or OVERALL in names:
            groupings.append(tuple(dimensions))
    return tuple(dict.fromkeys(groupings)) or ((),), top


def grouping_columns(groupings: Iterable[Grouping]) -> frozenset[str]:
    """The columns of all slicings that can be made."""
    names: set[str] = set()
    for grouping in groupings:
        with suppress(ValueError):
            names |= dimension_columns(grouping)
    return frozenset(names)


def dimension_columns(grouping: Grouping) -> frozenset[str]:
    """The columns that a slicing reads: those it splits by, and those of its conditions.

    Raises ValueError for a condition that the engine cannot evaluate.
    """
    import polars as pl

    names = {d.by for d in grouping if d.by is not None}
    for dimension in grouping:
        if dimension.where is not None:
            try:
                names |= set(pl.sql_expr(dimension.where).meta.root_names())
            except pl.exceptions.PolarsError as error:
                raise ValueError(f"{dimension.where}: {str(error).splitlines()[0]}") from error
    return frozenset(names)
