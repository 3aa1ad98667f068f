"""Alerts that fire and are resolved again and again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from driftline.alert.replay import Judgement, replay
from driftline.alert.state import SeriesState
from driftline.compile.graph import MonitorPlan
from driftline.config.document import AlertPolicy, Bounds, Threshold
from driftline.doctor import edits
from driftline.doctor.facts import Facts, Watched
from driftline.doctor.finding import Finding, Grade
from driftline.doctor.limits import may_be_right
from driftline.doctor.thresholds import MOSTLY, quieter_edit
from driftline.evaluate.wording import counted
from driftline.model import AlertState, Duration, Result
from driftline.store.survey import Episodes, SeriesSurvey

LEAST_EPISODES = 3
SHARE = 0.05  # of the windows: an alert that fires as often as one window in twenty
REPLAYED = 5  # series whose verdicts are folded again under other policies


def flapping(facts: Facts) -> Iterable[Finding]:
    """Monitors with series whose alert was resolved at least three times, and often."""
    episodes = {one.key: one for one in facts.survey.episodes}
    for watched in facts.watched:
        found = [(one, episodes[one.key]) for one in watched.series if one.key in episodes]
        found = [(one, each) for one, each in found if _flaps(one, each)]
        if not found:
            continue
        found.sort(key=lambda pair: (-pair[1].fired, pair[0].key.text))
        worst, most = found[0]
        more = f", and {len(found) - 1} more of its series flap" if len(found) > 1 else ""
        yield Finding(
            "flapping",
            Grade.PROBLEM,
            f"{watched.label} flaps",
            f"{worst.key.text} fired {most.fired} times and was resolved {most.resolved} times in "
            f"{counted(worst.judged, 'window')}{more}",
            facts.place(watched.plan, "alert"),
            _edit(facts, watched, [one for one, _ in found]),
            weight=sum(each.fired for _, each in found),
        )


def _flaps(series: SeriesSurvey, episodes: Episodes) -> bool:
    """What fires in most windows is no matter of coming and going: another finding says so."""
    often = min(episodes.fired, episodes.resolved) >= LEAST_EPISODES and episodes.fired >= SHARE * series.judged
    return often and series.breaches < MOSTLY * series.read


def _edit(facts: Facts, watched: Watched, series: Sequence[SeriesSurvey]) -> str | None:
    """The mildest that would have made the stored verdicts fire half as often; where nothing does, other bounds."""
    plan = watched.plan
    histories = [facts.judgements(one.key) for one in series[:REPLAYED]]

    def fired(policy: AlertPolicy, recovery: Bounds | None) -> int:
        return sum(_fired(_recovering(history, recovery), policy, plan.timezone) for history in histories)

    now = fired(plan.alert, plan.threshold.recovery)
    tried = [(fired(policy, plan.threshold.recovery), {"alert": said}) for said, policy in _policies(plan).items()]
    if (farther := _farther(plan.threshold)) is not None:
        said = edits.threshold(farther, plan.unit)
        tried.insert(0, (fired(plan.alert, farther.recovery), {"threshold": said}))
    found = next((one for one in tried if one[0] <= now / 2), None)
    if found is None:
        return quieter_edit(facts, watched, series) if may_be_right(facts, watched, series) is None else None
    least, keys = found
    times = f"{counted(least, 'time')} instead of {now}"
    among = f" on {len(histories)} of its series" if len(series) > 1 else ""
    return edits.of_monitor(facts, plan, keys) + f"\n# would have fired {times}{among}"


def _farther(threshold: Threshold) -> Threshold | None:
    """The same with a recovery bound a fifth nearer to 0 than the first level; None where sides are mixed."""
    levels = [bounds for bounds in (threshold.warning, threshold.critical) if bounds is not None]
    above, below = ([v for b in levels if (v := getattr(b, side)) is not None] for side in ("above", "below"))
    if threshold.recovery is not None or bool(above) == bool(below):
        return None
    first = min(above) if above else max(below)
    if (first > 0) != bool(above) or first == 0:
        return None
    recovery = Bounds(below=float(f"{first * 0.8:.2g}")) if above else Bounds(above=float(f"{first * 0.8:.2g}"))
    return replace(threshold, recovery=recovery)


def _recovering(history: Sequence[Judgement], recovery: Bounds | None) -> Sequence[Judgement]:
    """The verdicts as they would recover under these bounds."""
    if recovery is None:
        return history
    return [replace(one, result=replace(one.result, recovered=_recovers(one.result, recovery))) for one in history]


def _recovers(result: Result, recovery: Bounds) -> bool:
    value = result.compared
    if value is None or result.is_breach:
        return False
    below = recovery.below is None or value < recovery.below
    return below and (recovery.above is None or value > recovery.above)


def _policies(plan: MonitorPlan) -> Mapping[str, AlertPolicy]:
    """Other ways from the same verdicts to an alert, the mildest first."""
    rest = "".join(f", {key}: {value}" for key, value in _kept(plan.alert))
    found = {f"{{for: 2{rest}}}": replace(plan.alert, for_=2)}
    if plan.window is not None:
        hold = Duration(plan.window.every.count * 3, plan.window.every.unit)
        first = f"for: {_lasting(plan.alert)}, " if plan.alert.for_ != 1 else ""
        found[f"{{{first}keep_firing_for: {hold}{rest}}}"] = replace(plan.alert, keep_firing_for=hold)
    return found | {f"{{for: 3{rest}}}": replace(plan.alert, for_=3)}


def _kept(policy: AlertPolicy) -> Iterable[tuple[str, str]]:
    if policy.no_data != "keep":
        yield "no_data", policy.no_data
    if not policy.route:
        yield "route", "false"


def _lasting(policy: AlertPolicy) -> str:
    lasting = policy.for_
    return f'"{lasting[0]} of {lasting[1]}"' if isinstance(lasting, tuple) else str(lasting)


def _fired(history: Sequence[Judgement], policy: AlertPolicy, timezone: str) -> int:
    """How many alerts fire when verdicts are folded from the start."""
    _, transitions = replay(SeriesState(), history, policy, ZoneInfo(timezone))
    return len({each.alert for each in transitions if each.state is AlertState.FIRING})
