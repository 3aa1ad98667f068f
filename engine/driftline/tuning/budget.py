"""A budget of alerts as it is written, `1/week`, and how much of it each monitor may spend. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from driftline.errors import UsageError
from driftline.model import Duration

_BUDGET = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(?:/|\bper\b)\s*([a-z]+)")
_UNITS = {"day": "d", "d": "d", "week": "w", "w": "w", "month": "mo", "mo": "mo"}
_NAMES = {"d": "day", "w": "week", "mo": "month"}
LEAST_PERIODS = 8  # of history, below which a rate says little
FORMS = "write how many alerts in what time, such as 1/week, 3/day or 2/month"


@dataclass(frozen=True)
class Budget:
    """So many alerts per day, week or month, on average over the history."""

    count: float
    period: Duration

    @property
    def per_week(self) -> float:
        return self.count * Duration(1, "w").seconds / self.period.seconds

    @property
    def least_seconds(self) -> float:
        """The history that it takes to tell."""
        return LEAST_PERIODS * self.period.seconds

    @property
    def text(self) -> str:
        return f"{self.count:g}/{_NAMES[self.period.unit]}"

    @property
    def least_text(self) -> str:
        return f"{LEAST_PERIODS} {_NAMES[self.period.unit]}s"


def read_budget(text: str) -> Budget:
    """`1/week`, `3/day`, `2/month`; raises UsageError for anything else."""
    found = _BUDGET.fullmatch(text.strip().lower())
    unit = _UNITS.get(found[2].removesuffix("s")) if found is not None else None
    if found is None or unit is None:
        raise UsageError(f"--budget {text}: {FORMS}")
    return Budget(float(found[1]), Duration(1, unit))


def equal_share(rates: Collection[float], total: float) -> float:
    """What each may spend so that all keep to `total`: who spends less keeps that, the rest is shared equally."""
    left, waiting = max(total, 0.0), sorted(rates)
    while waiting and waiting[0] * len(waiting) <= left:
        left -= waiting.pop(0)
    return left / len(waiting) if waiting else float("inf")
