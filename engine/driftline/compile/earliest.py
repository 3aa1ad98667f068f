"""How soon after its onset something can fire: windows that must end, rows and labels that are awaited. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.compile.graph import MonitorPlan
from driftline.config.lateness import seconds_to_firing, windows_awaited
from driftline.model import ZERO, Duration


@dataclass(frozen=True)
class Earliest:
    """The earliest firing after an onset at the start of a window's hop.

    `windows` have to end in a row, one each `every`; then rows are awaited for `lateness` and labels for `delay`, both
    from the window's end. `every` is None where there are no windows: then `windows` are runs, of unknown distance.
    """

    windows: int
    every: Duration | None
    lateness: Duration = ZERO
    delay: Duration = ZERO

    @property
    def seconds(self) -> float | None:
        """From the onset to the firing, if a run comes as soon as the last window can be judged."""
        if self.every is None:
            return None
        return seconds_to_firing(self.windows, self.every, self.lateness, self.delay)


def earliest(plan: MonitorPlan) -> Earliest | None:
    """The earliest firing of a monitor's alerts; None for one that only records."""
    if plan.threshold.record_only:
        return None
    every = plan.window.every if plan.window is not None and not plan.check.windowless else None
    windows = windows_awaited(plan.alert.for_, every)
    if every is None:
        return Earliest(windows, None)
    return Earliest(windows, every, plan.lateness, plan.delay if plan.labelled else ZERO)
