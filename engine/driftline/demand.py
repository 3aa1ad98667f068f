"""What a configuration still reads of a state store: how far back, and under which names panes are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from driftline.compile.horizon import reach
from driftline.preparing import Prepared

if TYPE_CHECKING:
    from driftline.compile.graph import MonitorPlan, Side
    from driftline.execute.opened import OpenedSource
    from driftline.store.retention import Need


@dataclass(frozen=True)
class Keys:
    """The names under which the panes of sources are kept."""

    sources: Mapping[str, OpenedSource]

    def of(self, side: Side) -> dict[str, str]:
        """Of one side of a monitor, with how people call them: its rows, and its rows with their labels."""
        from driftline.keeping import labelled_key, source_key

        source, way = self.sources[side.source], side.relation
        found = {source_key(source): side.source}
        if way is not None and way.limit is not None:
            key = labelled_key(source, self.sources[way.source], replace(way, columns=()))
            found[key] = f"{side.source} with {way.source}"
        return found


def sides(plan: MonitorPlan) -> list[tuple[Side, bool]]:
    """What a monitor reads, and whether it is its baseline."""
    other = plan.baseline_side or plan.side
    return [(plan.side, False), *([(other, True)] if plan.baseline is not None else [])]


def names(prepared: Prepared) -> dict[str, str]:
    """What the panes in a store are of, by the key of their source."""
    keys = Keys(prepared.sources)
    return {
        key: name for plan in prepared.whole.monitors for side, _ in sides(plan) for key, name in keys.of(side).items()
    }


def needs(prepared: Prepared) -> dict[str, Need] | None:
    """By key of a source, which of its panes may still be read; None where a source cannot be opened."""
    from driftline.execute.panes import cut_name

    if any(source.failure is not None for source in prepared.sources.values()):
        return None  # its columns are not known, so what would be asked of it is not either
    keys = Keys(prepared.sources)
    found: dict[str, Need] = {}
    for plan in prepared.whole.monitors:
        for side, is_baseline in sides(plan):
            need = need_of(plan, is_baseline=is_baseline)
            for key in keys.of(side):
                whats = frozenset(cut_name(key, grouping) for grouping in plan.groupings)
                found[key] = replace(need, whats=whats).joined(found.get(key))
    return found


def need_of(plan: MonitorPlan, *, is_baseline: bool) -> Need:
    """What one monitor may read of its own side, or of that of its baseline."""
    from driftline.store.retention import Need

    other = plan.baseline
    if not is_baseline or other is None:
        return Need(reach(plan, baseline=False))
    if other.type == "source":
        return Need(None if plan.reads_apart else timedelta(0))
    return Need(reach(plan), (other.span,) if other.span is not None else ())
