"""Many verdicts, late verdicts, and series that are gone: the fold applied to a history. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from types import MappingProxyType

from driftline.alert.fold import Episodes, fold
from driftline.alert.state import SeriesState
from driftline.config.document import AlertPolicy
from driftline.model import AlertState, Result, SeriesKey, Severity, Transition


@dataclass(frozen=True)
class First:
    """What was published of a window before it was judged again, and as of when (None: not known)."""

    value: float | None
    judged_at: datetime | None


@dataclass(frozen=True)
class Judgement:
    """A verdict and the instant it belongs to: its window's end, or the as-of where a window has no end.

    `judged_at` is the as-of of the run that gave it; `first` what was published before, if that was something else.
    """

    at: datetime
    result: Result
    judged_at: datetime | None = None
    first: First | None = None


@dataclass(frozen=True)
class Revision:
    """A window that was judged again and came out otherwise: what was published first, and the verdict until now."""

    first: First
    before: Judgement

    def is_news(self, now: Result) -> bool:
        """Whether the verdict is another one than until now, and not only than at first."""
        return self.changes_status(now) or not _same(self.before.result.value, now.value)

    def changes_status(self, now: Result) -> bool:
        return self.before.result.status is not now.status


@dataclass(frozen=True)
class Judged:
    """A verdict and the state of its series after it, so that a replay may start behind any window.

    `first` is what the store knows of a verdict that it holds no more, where the window was judged more than once.
    """

    at: datetime
    result: Result
    state: SeriesState
    judged_at: datetime | None = None
    first: First | None = None


@dataclass(frozen=True)
class History:
    """What is kept of one series from an instant on: the state before it, verdicts and live transitions since."""

    before: SeriesState
    judgements: tuple[Judgement, ...] = ()
    transitions: tuple[Transition, ...] = ()


@dataclass(frozen=True)
class Reconciliation:
    """What a replay changes: `superseded` are no longer true, `new` were not known."""

    superseded: tuple[Transition, ...]
    new: tuple[Transition, ...]


@dataclass(frozen=True)
class Advance:
    """One series after more verdicts: what to record, and what became of its alert.

    `withdrawn` ends an alert that, as is now known, never fired: somebody may have been told of it. It is for routing
    only and is not part of the history, which holds what the verdicts say.
    """

    judged: tuple[Judged, ...]
    state: SeriesState
    transitions: tuple[Transition, ...]
    superseded: tuple[Transition, ...] = ()
    withdrawn: Transition | None = None


@dataclass(frozen=True)
class Alert:
    """One row of `alerts` in the JSON document (DESIGN 7)."""

    id: str
    series: SeriesKey
    state: AlertState
    severity: Severity
    since: datetime


def replay(
    before: SeriesState,
    judgements: Sequence[Judgement],
    policy: AlertPolicy,
    zone: tzinfo = UTC,
    known: Episodes = MappingProxyType({}),
) -> tuple[tuple[Judged, ...], tuple[Transition, ...]]:
    """Fold verdicts in order of window end, from the state before the first: each with its state, all transitions."""
    state = before
    judged: list[Judged] = []
    transitions: list[Transition] = []
    for judgement in sorted(judgements, key=lambda each: each.at):
        state, caused = fold(state, judgement.result, policy, judgement.at, zone, known)
        judged.append(Judged(judgement.at, judgement.result, state, judgement.judged_at))
        transitions.extend(caused)
    return tuple(judged), tuple(transitions)


def reconcile(old: Sequence[Transition], new: Sequence[Transition]) -> Reconciliation:
    """Compare the transitions that were known from an instant on with those of a replay from it."""
    known = {transition.id for transition in old}
    holding = {transition.id for transition in new}
    return Reconciliation(
        superseded=tuple(each for each in old if each.id not in holding),
        new=tuple(each for each in new if each.id not in known),
    )


def is_rejudged(state: SeriesState, judgements: Sequence[Judgement]) -> bool:
    """Whether verdicts touch windows that the state already includes, so that `advance` needs the history."""
    return state.last is not None and any(each.at <= state.last for each in judgements)


def revised(before: Iterable[Judgement], now: Iterable[Judgement]) -> Iterator[tuple[datetime, Revision]]:
    """Of verdicts on windows that were judged `before`, those that are not what was published: by window end."""
    kept = {each.at: each for each in before}
    for each in now:
        if (old := kept.get(each.at)) is not None:
            revision = Revision(old.first or First(old.result.value, old.judged_at), old)
            if revision.is_news(each.result) or unlike(revision.first, each.result) is not None:
                yield each.at, revision


def unlike(first: First | None, now: Result) -> First | None:
    """What was published first of a window, where its value is another one now."""
    return None if first is None or _same(first.value, now.value) else first


def _same(one: float | None, other: float | None) -> bool:
    """Sums that were put together in another order differ in their last digits."""
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12) or one == other


def advance(
    state: SeriesState,
    judgements: Sequence[Judgement],
    policy: AlertPolicy,
    history: History | None = None,
    zone: tzinfo = UTC,
) -> Advance:
    """Take new verdicts of one series into its state.

    Where `is_rejudged`, `history` is what is kept from the first of `judgements` on; a verdict for a window that it
    already holds replaces the old one, and everything behind is folded again.
    """
    if history is None:
        judged, transitions = replay(state, judgements, policy, zone)
        return Advance(judged, judged[-1].state if judged else state, transitions)
    merged = {each.at: each for each in (*history.judgements, *judgements)}
    known = {each.since: each.alert for each in history.transitions}
    judged, transitions = replay(history.before, tuple(merged.values()), policy, zone, known)
    change = reconcile(history.transitions, transitions)
    after = judged[-1].state if judged else history.before
    return Advance(judged, after, change.new, change.superseded, _withdrawn(state, after, transitions, judged))


def _withdrawn(
    head: SeriesState, after: SeriesState, transitions: Sequence[Transition], judged: Sequence[Judged]
) -> Transition | None:
    """The end of an alert that was firing and, after the replay, is neither open nor resolved."""
    if head.phase is not AlertState.FIRING or after.phase is AlertState.FIRING or not judged:
        return None
    if any(each.alert == head.alert and each.state is AlertState.RESOLVED for each in transitions):
        return None
    last = judged[-1]
    return _end(head, last.result, last.at, "withdrawn: judged again with late rows, it does not fire")


def removed(state: SeriesState, last: Result, at: datetime) -> tuple[SeriesState, Transition | None]:
    """End a series that left the configuration; `last` is its latest verdict.

    `last` of the state is kept, so that a series that comes back goes on behind the windows it was judged for.
    """
    after = SeriesState(last=state.last)
    return after, _end(state, last, at, "removed") if state.phase is AlertState.FIRING else None


def _end(state: SeriesState, result: Result, at: datetime, reason: str) -> Transition | None:
    if state.alert is None or state.severity is None or state.since is None:
        return None
    return Transition(state.alert, result.series, AlertState.RESOLVED, state.severity, state.since, at, reason, result)


def alerts(states: Mapping[SeriesKey, SeriesState], ended: Sequence[Transition] = ()) -> tuple[Alert, ...]:
    """The alerts that are open in `states`, and those that `ended` (transitions of this run) resolved."""
    found = [
        Alert(each.alert, each.series, each.state, each.severity, each.since)
        for each in ended
        if each.state is AlertState.RESOLVED
    ]
    for series, state in states.items():
        if state.alert is not None and state.severity is not None and state.since is not None:
            found.append(Alert(state.alert, series, state.phase, state.severity, state.since))
    return tuple(sorted(found, key=lambda each: (each.series.text, each.since)))
