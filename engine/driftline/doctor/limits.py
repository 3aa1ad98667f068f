"""How far a proposed bound may go, and whether stored values say that an alert is right instead of too eager. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from driftline.compile.graph import MonitorPlan
from driftline.config.document import Bounds, Threshold
from driftline.doctor.facts import Facts, Watched
from driftline.evaluate.wording import say
from driftline.model import Result, SeriesKey
from driftline.store.survey import SeriesSurvey

LEAST_PROPOSED = 14  # judged windows of a series before a bound is proposed from them: two weeks of days
TREND = 0.4  # Kendall's tau from which on values are said to move one way
MOST_VALUES = 200  # newest values of a series in which a trend is looked for
SELDOM, OFTEN = 0.2, 0.8  # shares of breaches in the first and in the last third: it began
LEVELS = ("warning", "critical")

# What a model that tells nothing reads.
USELESS: Mapping[str, float] = {
    "roc_auc": 0.5,
    "mcc": 0.0,
    "cohen_kappa": 0.0,
    "lift": 1.0,
    "r2": 0.0,
    "log_loss": math.log(2.0),
}


def useless(watched: Watched) -> float | None:
    """Where the compared value of a model that tells nothing lies; None where that is not known."""
    plan = watched.plan
    value = USELESS.get(plan.check.kind) if plan.metric is None else None
    if value is None or plan.threshold.compare == "value":
        return value
    read = [end for one in watched.series for end in (one.baseline.low, one.baseline.high) if end is not None]
    better = [each for each in read if (each > value if plan.check.bad == "below" else each < value)]
    if plan.threshold.compare not in ("difference", "change") or not better:
        return None
    nearest = min(better, key=lambda each: abs(each - value))
    if plan.threshold.compare == "difference":
        return value - nearest
    return value / nearest - 1 if nearest > 0 else None


def within(watched: Watched, proposed: Threshold, ends: tuple[float | None, float | None]) -> Threshold | None:
    """A proposal cut down to what can be read and to what still tells a useless model; None where nothing is left.

    `ends` are the least and the greatest value that can be compared. A bound that was there before stays.
    """
    kept, old = proposed, watched.plan.threshold
    for side, end in (("below", ends[0]), ("above", ends[1])):
        last: float | None = None
        for level in LEVELS:
            bound: float | None = getattr(getattr(kept, level), side, None)
            if bound is None or bound == getattr(getattr(old, level), side, None):
                continue
            chance = useless(watched) if side == watched.plan.check.bad else None
            if chance is not None:
                bound = max(bound, chance) if side == "below" else min(bound, chance)
            beyond = end is not None and (bound >= end if side == "above" else bound <= end)
            kept = _with(kept, level, side, None if beyond or bound == chance == last else bound)
            last = bound
    return None if kept.warning is None and kept.critical is None else kept


def _with(threshold: Threshold, level: str, side: str, bound: float | None) -> Threshold:
    bounds: Bounds = getattr(threshold, level) or Bounds()
    changed: Bounds | None = replace(bounds, above=bound) if side == "above" else replace(bounds, below=bound)
    changed = None if changed == Bounds() else changed
    return replace(threshold, warning=changed) if level == "warning" else replace(threshold, critical=changed)


def least_warning(watched: Watched, farthest: float) -> float | None:
    """The least that a nearer warning above may be, given the farthest value so far; None: no rule of its own.

    A distance has noise: no warning is nearer than the check's own. The age of a source grows by its lateness and by
    what was read between two runs.
    """
    check = watched.plan.check
    if check.kind == "freshness":
        return watched.plan.lateness.seconds + farthest
    own = check.default_threshold.warning if check.needs_baseline and check.default_threshold is not None else None
    return own.above if own is not None else None


def may_be_right(facts: Facts, watched: Watched, series: Iterable[SeriesSurvey]) -> str | None:
    """What says that an alert tells the truth: values that move away to the side that breaches; None where none do."""
    kept = ((one.key, [each.result for each in facts.judgements(one.key)]) for one in series)
    return moves_away(watched.plan, kept)


def moves_away(plan: MonitorPlan, histories: Iterable[tuple[SeriesKey, Sequence[Result]]]) -> str | None:
    """The first of some series whose verdicts, in order of time, move away to the side that breaches; in words."""
    threshold = plan.threshold
    for key, history in histories:
        read = [(one.compared, one.is_breach) for one in history[-MOST_VALUES:] if one.compared is not None]
        third = len(read) // 3
        if len(read) < LEAST_PROPOSED:
            continue
        values = [value for value, _ in read]
        first, last = _middle(values[:third]), _middle(values[-third:])
        side = "above" if last > first else "below"
        if all(getattr(getattr(threshold, level), side, None) is None for level in LEVELS) or not _breached(
            threshold, side, last
        ):
            continue
        began = _share(read[:third]) <= SELDOM and _share(read[-third:]) >= OFTEN
        if began or abs(_tau(values)) >= TREND:
            unit = "change" if threshold.compare == "change" else plan.unit
            name = f"{key.column} " if key.column is not None else ""
            return (
                f"{name}moves away ({say(first, unit)} in the first third of the windows, {say(last, unit)} in the "
                "last), so the alert may be right: look at what it says before the threshold"
            )
    return None


def _breached(threshold: Threshold, side: str, value: float) -> bool:
    bounds = [b for level in LEVELS if (b := getattr(getattr(threshold, level), side, None)) is not None]
    return any(value > bound if side == "above" else value < bound for bound in bounds)


def _share(read: Sequence[tuple[float, bool]]) -> float:
    return sum(breach for _, breach in read) / len(read)


def _middle(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]


def _tau(values: Sequence[float]) -> float:
    """Kendall's tau of values with their order: 1 where each is above all before it, -1 where each is below."""
    pairs = [(later > value) - (later < value) for at, value in enumerate(values) for later in values[at + 1 :]]
    return sum(pairs) / len(pairs)
