"""Where each value of a monitor came from: `plan --origin`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from driftline.compile.graph import MonitorPlan
from driftline.compile.origin import Origin
from driftline.report.plan.settings import whole


@dataclass(frozen=True)
class Sourced:
    """A key of the language, its value in words, and the layer and place that gave it."""

    key: str
    value: str
    origin: Origin


def origins(plan: MonitorPlan) -> list[Sourced]:
    """The values of a monitor with their origin, in the order of the language."""
    values, found = whole(plan), plan.origins
    return [Sourced(key, values[key], origin) for key, origin in found.items() if key in values]


def by_segment(plan: MonitorPlan) -> list[str]:
    """Overrides that hold for some segments only: which rows those are is in the data."""
    exceptions = plan.exceptions
    overrides = exceptions.touching.by_segment if exceptions is not None else ()
    return [f"{', '.join(one.settings)}: override, {one.place.file}:{one.place.line}" for one in overrides]


def origin_lines(plan: MonitorPlan) -> Iterable[str]:
    """For a terminal: keys, values and origins in columns."""
    rows = origins(plan)
    width = max((len(row.key) for row in rows), default=0)
    value = min(48, max((len(row.value) for row in rows), default=0))
    for row in rows:
        yield f"      {row.key:<{width}}  {row.value:<{value}}  {row.origin}"
    yield from (f"      in some segments: {text}" for text in by_segment(plan))
