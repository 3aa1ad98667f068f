"""How long after an onset something can fire: the sums that the warning before a run and the plan have in common."""

from __future__ import annotations

import math

from driftline.config.document import Lasting
from driftline.model import Duration


def windows_awaited(lasting: Lasting, every: Duration | None) -> int:
    """How many breaching windows `for` asks for; a length of time counts from the end of the first.

    `every` None: there are no windows, only runs, and a length of time needs one at least.
    """
    if isinstance(lasting, tuple):
        return lasting[0]
    if isinstance(lasting, int):
        return lasting
    return 1 + math.ceil(lasting.seconds / every.seconds) if every is not None else 1


def seconds_to_firing(windows: int, every: Duration, lateness: Duration, delay: Duration) -> float:
    """From an onset at the start of a hop to the firing, if a run comes as soon as the last window can be judged.

    The windows have to end; then rows are awaited for `lateness` and labels for `delay`, both from the window's end.
    """
    return windows * every.seconds + max(lateness.seconds, delay.seconds)
