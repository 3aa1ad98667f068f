"""What the store knows of the alert of a series, and who was told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from driftline.model import SeriesKey
from driftline.report.explanation.values import Kept, Told

if TYPE_CHECKING:
    from driftline.store.store import Store


def kept_of(store: Store | None, series: SeriesKey) -> Kept | None:
    """The state of its alert and what channels were told; None where the store does not know the series."""
    state = store.states(series.environment).get(series) if store is not None else None
    if store is None or state is None:
        return None
    told = [
        Told(channel, one.state, one.at)
        for (channel, about), one in store.told(series.environment).items()
        if about == series
    ]
    severity = state.severity.value if state.severity is not None else None
    return Kept(state.phase, severity, state.since, tuple(sorted(told, key=lambda one: one.channel)))
