"""Verdicts to transitions: a pure fold over one series, in order of window end.

inactive → pending → firing → resolved. Time is an argument, so that a live run, a re-run, a backfill and a back-test
over the same verdicts give the same transitions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from types import MappingProxyType

from driftline.alert.policy import counts, has_recovered, is_over, level
from driftline.alert.state import SeriesState, alert_id
from driftline.config.document import AlertPolicy
from driftline.model import AlertState, Duration, Result, Severity, Transition

Step = tuple[SeriesState, tuple[Transition, ...]]
Episodes = Mapping[datetime, str]  # the alerts that are known already, by the end of their first breaching window


def fold(
    state: SeriesState,
    result: Result,
    policy: AlertPolicy,
    at: datetime,
    zone: tzinfo = UTC,
    known: Episodes = MappingProxyType({}),
) -> Step:
    """The state after one more verdict, and the transitions it causes (none or one).

    `at` is the end of the window, or the as-of where a window has no end; `zone` is where calendar durations are
    counted. An episode that is `known` keeps its name, whatever the series is called by now. Call it in order of `at`;
    for a window that was judged before, see `replay.advance`.
    """
    if not counts(result, policy):
        return replace(state, last=at), ()
    severity = level(result, policy)
    if state.phase is AlertState.FIRING:
        return _while_firing(state, result, severity, policy, at, zone)
    return _before_firing(state, result, severity, policy, at, zone, known)


def _before_firing(
    state: SeriesState,
    result: Result,
    severity: Severity | None,
    policy: AlertPolicy,
    at: datetime,
    zone: tzinfo,
    known: Episodes,
) -> Step:
    recent = _recent(state, severity, policy, at)
    since = next((moment for moment in recent if moment is not None), None)
    if not isinstance(policy.for_, tuple):
        since = None if severity is None else state.since or at
    if since is None:
        # Not confirmed: nothing was told of a pending alert, so it ends without a transition.
        return SeriesState(last=at), ()
    open_ = state.alert if state.since == since else None
    alert = open_ or known.get(since) or alert_id(result.series, since)
    streak = state.streak + 1 if severity else 0
    worst = severity or state.severity or Severity.WARNING
    seen = SeriesState(AlertState.PENDING, worst, since, alert, streak, recent, at if severity else state.breached, at)
    if severity and _is_confirmed(seen, policy, at, zone):
        firing = replace(seen, phase=AlertState.FIRING, streak=0, recent=())
        held = "" if policy.for_ == 1 else f" (held {_held(policy)})"
        return firing, (_transition(firing, result, at, _why(result) + held),)
    if alert == state.alert:
        return seen, ()
    return seen, (_transition(seen, result, at, f"{_why(result)} (fires once it held {_held(policy)})"),)


def _while_firing(
    state: SeriesState, result: Result, severity: Severity | None, policy: AlertPolicy, at: datetime, zone: tzinfo
) -> Step:
    if severity is not None:
        after = replace(state, severity=severity, breached=at, last=at)
        if severity is state.severity:
            return after, ()
        return after, (_transition(after, result, at, f"was {state.severity}, now {severity}: {_why(result)}"),)
    hold = policy.keep_firing_for
    if not has_recovered(result) or (hold and not is_over(state.breached or at, hold, at, zone)):
        return replace(state, last=at), ()
    ended = replace(state, phase=AlertState.RESOLVED)
    return SeriesState(last=at), (_transition(ended, result, at, f"recovered: {_why(result)}"),)


def _recent(
    state: SeriesState, severity: Severity | None, policy: AlertPolicy, at: datetime
) -> tuple[datetime | None, ...]:
    """The last n counting verdicts of an "m of n" policy, this one included."""
    if not isinstance(policy.for_, tuple):
        return ()
    return (*state.recent, at if severity else None)[-policy.for_[1] :]


def _is_confirmed(seen: SeriesState, policy: AlertPolicy, at: datetime, zone: tzinfo) -> bool:
    """Whether `for` is fulfilled by what has been seen, the present breach included."""
    if isinstance(policy.for_, tuple):
        return sum(moment is not None for moment in seen.recent) >= policy.for_[0]
    if isinstance(policy.for_, Duration):
        return seen.since is not None and is_over(seen.since, policy.for_, at, zone)
    return seen.streak >= policy.for_


def _held(policy: AlertPolicy) -> str:
    """How long a breach must hold, in words."""
    if isinstance(policy.for_, tuple):
        return f"in {policy.for_[0]} of {policy.for_[1]} windows"
    if isinstance(policy.for_, Duration):
        return f"for {policy.for_}"
    return f"for {policy.for_} windows in a row"


def _why(result: Result) -> str:
    return result.reason or f"the verdict is {result.status}"


def _transition(state: SeriesState, result: Result, at: datetime, reason: str) -> Transition:
    if state.alert is None or state.severity is None or state.since is None:
        raise ValueError(f"no open alert to change in {state}")
    return Transition(state.alert, result.series, state.phase, state.severity, state.since, at, reason, result)
