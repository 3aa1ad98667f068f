"""Thresholds that cannot fire, that never came near to it, and that fire in most windows."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace

from driftline.config.document import Bounds, Threshold
from driftline.doctor import edits, limits
from driftline.doctor.facts import Facts, Watched
from driftline.doctor.finding import Finding, Grade
from driftline.evaluate.wording import counted, say
from driftline.store.survey import SeriesSurvey

LEAST_WINDOWS = 10  # judged windows of a series before its distribution says anything
MOSTLY, ALWAYS = 0.5, 0.9  # shares of windows that breach
FAR = 0.1  # of the way from the median to the bound: what comes no further never comes near
QUIET = 0.01  # share of verdicts that a proposed bound lets through
NAMED = 3  # series that the evidence names
EDITED = 5  # columns that get an edit of their own
LEVELS = ("warning", "critical")


def fires_always(facts: Facts) -> Iterable[Finding]:
    """Monitors whose verdict is a breach in most windows, under the threshold that they have now."""
    for watched in facts.watched:
        plan = watched.plan
        noisy = [one for one in watched.series if one.read >= LEAST_WINDOWS and one.breaches >= MOSTLY * one.read]
        if not noisy or plan.threshold.record_only:
            continue
        values = facts.compared(one.key for one in noisy)
        if rate(plan.threshold, values) < MOSTLY:
            continue  # the threshold was another one then
        breaches, read = sum(one.breaches for one in noisy), sum(one.read for one in noisy)
        right = limits.may_be_right(facts, watched, noisy)
        few = max(one.read for one in noisy) < limits.LEAST_PROPOSED
        right = right or ("too few windows to propose another threshold" if few else None)
        yield Finding(
            "fires-always",
            Grade.PROBLEM if breaches >= ALWAYS * read else Grade.ADVICE,
            f"{watched.label} fires in most windows",
            f"{breaches} of {read} verdicts breach ({breaches / read:.0%}){_named(noisy)}; "
            f"{_bounds_text(watched)}, median {_say(watched, _middle(values))}, "
            f"from {_say(watched, values[0])} to {_say(watched, values[-1])}{f'; {right}' if right else ''}",
            facts.place(plan, "threshold"),
            quieter_edit(facts, watched, noisy) if right is None else None,
            weight=breaches,
        )


def unreachable(facts: Facts) -> Iterable[Finding]:
    """Bounds on a difference or a change that no value of the check can reach, given what its baselines read."""
    for watched in facts.watched:
        plan = watched.plan
        low, high = plan.check.range if plan.metric is None else (None, None)
        least, most = _reach(watched, low, high)
        for level in LEVELS:
            bounds: Bounds | None = getattr(plan.threshold, level)
            for side, end in (("above", most), ("below", least)):
                bound: float | None = getattr(bounds, side, None)
                if bound is None or end is None or (bound < end if side == "above" else bound > end):
                    continue
                useless = limits.useless(watched) if side == plan.check.bad else None
                reach = edits.rounded((end if useless is None else useless) / 2, plan.unit, up=side == "below")
                yield Finding(
                    "threshold-unreachable",
                    Grade.PROBLEM,
                    f"{watched.label} can never be {level}: {side} {_say(watched, bound)} is out of reach",
                    f"{plan.check.kind} lies {_range_text(low, high)} and its baseline read {_baseline_text(watched)}, "
                    f"so that the {plan.threshold.compare} ends at {_say(watched, end)}",
                    facts.place(plan, "threshold", level),
                    edits.of_monitor(
                        facts,
                        plan,
                        {"threshold": edits.threshold(_with(plan.threshold, level, side, reach), plan.unit)},
                    ),
                    weight=watched.windows,
                )


def far(facts: Facts) -> Iterable[Finding]:
    """Monitors that never read anything near their bound: the bound guards nothing that ever happened."""
    for watched in facts.watched:
        plan, bound = watched.plan, _nearest(watched.plan.threshold)
        series = [one for one in watched.series if one.read >= limits.LEAST_PROPOSED]
        if bound is None or not series or any(one.breaches for one in series):
            continue
        values = facts.compared(one.key for one in series)
        if not values or values[0] == values[-1]:
            continue
        side, limit = bound
        middle, extreme = _middle(values), values[-1] if side == "above" else values[0]
        gone, way = abs(extreme - middle), abs(limit - middle)
        if gone == 0 or gone > FAR * way:
            continue
        closer = _nearer(watched, side, limit, middle + 3 * (extreme - middle), extreme)
        if closer is None:
            continue
        yield Finding(
            "threshold-far",
            Grade.ADVICE,
            f"{watched.label} never came near its threshold",
            f"{'highest' if side == 'above' else 'lowest'} {_say(watched, extreme)} in "
            f"{counted(len(values), 'verdict')} of {len(series)} series, median {_say(watched, middle)}; "
            f"the nearest bound is {side} {_say(watched, limit)}",
            facts.place(plan, "threshold"),
            edits.of_monitor(facts, plan, {"threshold": edits.threshold(closer, plan.unit)})
            + f"\n# {_expected(closer, values)}",
            weight=way / gone,
        )


def _nearer(watched: Watched, side: str, limit: float, bound: float, extreme: float) -> Threshold | None:
    """A warning before the nearest bound, where there is room for one; None where there is none."""
    plan = watched.plan
    least = limits.least_warning(watched, extreme) if side == "above" else None
    bound = bound if least is None else max(bound, least)
    proposed = edits.rounded(bound, plan.unit, up=side == "above")
    closer = limits.within(watched, _with(plan.threshold, "warning", side, proposed), ends(watched))
    warning = getattr(closer.warning, side, None) if closer is not None else None
    if warning is None or (warning >= limit if side == "above" else warning <= limit):
        return None
    return closer


def ends(watched: Watched) -> tuple[float | None, float | None]:
    """The least and the greatest value that a threshold can see, as far as that is known."""
    low, high = watched.plan.check.range if watched.plan.metric is None else (None, None)
    return (low, high) if watched.plan.threshold.compare == "value" else _reach(watched, low, high)


def rate(threshold: Threshold, values: Sequence[float]) -> float:
    """The share of sorted values that breach any level."""
    if not values:
        return 0.0
    above = [b.above for b in (threshold.warning, threshold.critical) if b is not None and b.above is not None]
    below = [b.below for b in (threshold.warning, threshold.critical) if b is not None and b.below is not None]
    high = len(values) - bisect_right(values, min(above)) if above else 0
    low = bisect_left(values, max(below)) if below else 0
    return min(1.0, (high + low) / len(values))


def quieter(threshold: Threshold, values: Sequence[float], unit: str) -> Threshold:
    """The same threshold with its bounds moved out: the first to where one of a hundred sorted values breaches it.

    The one behind it comes half as far again from the median as the farthest value.
    """
    moved, middle = threshold, _middle(values)
    for side, at, farthest in (("above", 1 - QUIET, values[-1]), ("below", QUIET, values[0])):
        levels = [level for level in LEVELS if getattr(getattr(threshold, level), side, None) is not None]
        ends = (values[round(at * (len(values) - 1))], farthest + (farthest - middle) / 2)
        for level, end in zip(levels, ends, strict=False):
            old = getattr(getattr(threshold, level), side)
            bound = edits.rounded(end, unit, up=side == "above")
            moved = _with(moved, level, side, max(old, bound) if side == "above" else min(old, bound))
    return moved


def quieter_edit(facts: Facts, watched: Watched, noisy: Sequence[SeriesSurvey]) -> str | None:
    """A quieter threshold for some series of a monitor: one for each of its columns where these differ.

    None where too few windows were judged to say, or where nothing but a useless model would breach what is left.
    """
    plan = watched.plan
    by_column: dict[str | None, list[SeriesSurvey]] = {}
    for one in noisy:
        if one.read < limits.LEAST_PROPOSED:
            continue
        by_column.setdefault(one.key.column, []).append(one)
    columns = sorted(by_column, key=lambda name: (-sum(one.breaches for one in by_column[name]), str(name)))[:EDITED]
    lines: list[str] = []
    for column in columns:
        values = facts.compared(one.key for one in by_column[column])
        moved = quieter(plan.threshold, values, plan.unit)
        kept = None if _is_at_its_end(watched, moved) else limits.within(watched, moved, ends(watched))
        if kept is not None and rate(kept, values) >= MOSTLY:
            continue  # what it reads is as bad as chance
        moved = kept or moved
        said = "none" if kept is None else edits.threshold(kept, plan.unit)
        edit = edits.of_monitor(facts, plan, {"threshold": said}, [column])
        lines += [line for line in edit.splitlines() if line not in ("overrides:",) or line not in lines]
        lines.append(
            f"  # {'it reads as bad as it can: only recorded' if said == 'none' else _expected(moved, values)}"
        )
    if not lines:
        return None
    lines.append("# if what it says is true, mend that instead")
    if plan.baseline is not None and plan.baseline.type == "source":
        lines[-1] += "; or compare with the recent past: baseline: {type: trailing, size: 28d}"
    return "\n".join(lines)


def _is_at_its_end(watched: Watched, threshold: Threshold) -> bool:
    """Whether a bound lies where the check's range ends, so that nothing could breach it."""
    plan = watched.plan
    if plan.metric is not None or plan.threshold.compare != "value":
        return False
    low, high = plan.check.range
    bounds = [bounds for bounds in (threshold.warning, threshold.critical) if bounds is not None][:1]
    above = any(high is not None and one.above is not None and one.above >= high for one in bounds)
    return above or any(low is not None and one.below is not None and one.below <= low for one in bounds)


def _expected(threshold: Threshold, values: Sequence[float]) -> str:
    """How often a proposed threshold would have been breached."""
    share = rate(threshold, values)
    return (
        f"would have been breached by {round(share * len(values))} of {counted(len(values), 'verdict')} ({share:.1%})"
    )


def _with(threshold: Threshold, level: str, side: str, bound: float) -> Threshold:
    bounds: Bounds = getattr(threshold, level) or Bounds()
    changed = replace(bounds, above=bound) if side == "above" else replace(bounds, below=bound)
    return replace(threshold, warning=changed) if level == "warning" else replace(threshold, critical=changed)


def _nearest(threshold: Threshold) -> tuple[str, float] | None:
    """The one side that is bounded, and its first bound; None where both are, or none is."""
    bounds = [b for b in (threshold.warning, threshold.critical) if b is not None]
    above, below = [b.above for b in bounds if b.above is not None], [b.below for b in bounds if b.below is not None]
    if bool(above) == bool(below):
        return None
    return ("above", min(above)) if above else ("below", max(below))


def _reach(watched: Watched, low: float | None, high: float | None) -> tuple[float | None, float | None]:
    """The least and greatest difference or change that the check's range allows, from what its baselines read."""
    compare = watched.plan.threshold.compare
    lows = [one.baseline.low for one in watched.series if one.baseline.low is not None]
    highs = [one.baseline.high for one in watched.series if one.baseline.high is not None]
    if compare not in ("difference", "change") or not lows or not highs:
        return None, None
    if compare == "difference":
        return None if low is None else low - max(highs), None if high is None else high - min(lows)
    if min(lows) <= 0:
        return None, None
    return None if low is None else (low - max(highs)) / max(highs), None if high is None else high / min(lows) - 1


def _range_text(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"between {low:g} and {high:g}"
    return f"at {low:g} or more" if low is not None else f"at {high:g} or less"


def _baseline_text(watched: Watched) -> str:
    unit = watched.plan.unit
    low = min(one.baseline.low for one in watched.series if one.baseline.low is not None)
    high = max(one.baseline.high for one in watched.series if one.baseline.high is not None)
    return say(low, unit) if low == high else f"{say(low, unit)} to {say(high, unit)}"


def _bounds_text(watched: Watched) -> str:
    return f"threshold {edits.threshold(replace(watched.plan.threshold, recovery=None), watched.plan.unit)}"


def _named(series: Sequence[SeriesSurvey]) -> str:
    """The noisiest series, and how many more there are; nothing where there is but the monitor's one."""
    if len(series) == 1 and not _inner(series[0]):
        return ""
    worst = sorted(series, key=lambda one: (-one.breaches / one.read, one.key.text))
    said = [f"{_inner(one)} {one.breaches} of {one.read}" for one in worst[:NAMED]]
    return f": {', '.join(said)}" + (f" and {len(worst) - NAMED} more series" if len(worst) > NAMED else "")


def _inner(one: SeriesSurvey) -> str:
    """What tells a series from the others of its monitor."""
    key = one.key
    parts = [key.column, *(f"{name}={value}" for name, value in key.segment), key.class_]
    return "/".join(part for part in parts if part)


def _say(watched: Watched, value: float) -> str:
    return say(value, "change" if watched.plan.threshold.compare == "change" else watched.plan.unit)


def _middle(values: Sequence[float]) -> float:
    return values[len(values) // 2]
