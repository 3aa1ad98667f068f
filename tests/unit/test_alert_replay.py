"""Laws of the fold: whatever the order of arrival, the same verdicts give the same history."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from driftline.alert.fold import fold
from driftline.alert.replay import History, Judgement, advance, alerts, is_rejudged, reconcile, removed, replay
from driftline.alert.state import SeriesState
from driftline.config.document import AlertPolicy
from driftline.model import AlertState, Duration, Transition
from tests.unit.alert_values import SERIES, day, result, verdicts

LETTERS = st.text(alphabet=".~wC0ie", max_size=25)
POLICIES = st.builds(
    AlertPolicy,
    for_=st.one_of(
        st.integers(1, 4),
        st.builds(Duration, st.integers(0, 4), st.just("d")),
        st.integers(1, 4).flatmap(lambda n: st.tuples(st.integers(1, n), st.just(n))),
    ),
    keep_firing_for=st.one_of(st.none(), st.builds(Duration, st.integers(1, 60), st.just("h"))),
    no_data=st.sampled_from(["keep", "warning", "critical", "ok"]),
)


def head(states: tuple[SeriesState, ...]) -> SeriesState:
    return states[-1] if states else SeriesState()


@given(LETTERS, POLICIES)
def test_a_batch_is_the_same_as_one_at_a_time(letters: str, policy: AlertPolicy) -> None:
    judged, together = replay(SeriesState(), verdicts(letters), policy)
    state, apart = SeriesState(), list[Transition]()
    for each in verdicts(letters):
        state, caused = fold(state, each.result, policy, each.at)
        apart.extend(caused)
    assert tuple(apart) == together
    assert state == head(tuple(each.state for each in judged))


@given(LETTERS, POLICIES, st.integers(0, 25))
def test_a_replay_from_the_middle_is_the_whole(letters: str, policy: AlertPolicy, cut: int) -> None:
    judged, whole = replay(SeriesState(), verdicts(letters), policy)
    before = head(tuple(each.state for each in judged[:cut]))
    _, rest = replay(before, verdicts(letters)[cut:], policy)
    first = replay(SeriesState(), verdicts(letters)[:cut], policy)[1]
    assert first + rest == whole


@given(LETTERS, POLICIES)
def test_ids_are_unique_and_an_alert_has_one_life(letters: str, policy: AlertPolicy) -> None:
    transitions = replay(SeriesState(), verdicts(letters), policy)[1]
    assert len({each.id for each in transitions}) == len(transitions)
    by_alert: dict[str, list[Transition]] = {}
    for each in transitions:
        by_alert.setdefault(each.alert, []).append(each)
    for life in by_alert.values():
        states = [each.state for each in life]
        assert states.count(AlertState.RESOLVED) <= 1
        assert AlertState.RESOLVED not in states[:-1]
        assert AlertState.PENDING not in states[1:]


@given(LETTERS, POLICIES)
def test_two_firing_transitions_in_a_row_differ_in_level(letters: str, policy: AlertPolicy) -> None:
    told = [each for each in replay(SeriesState(), verdicts(letters), policy)[1] if each.state != AlertState.PENDING]
    for earlier, later in pairwise(told):
        if earlier.state is later.state is AlertState.FIRING:
            assert earlier.severity is not later.severity
            assert earlier.alert == later.alert
        else:
            assert earlier.state is not later.state


@given(LETTERS.filter(len), POLICIES, st.data())
def test_judging_a_window_again_gives_the_history_of_having_known(
    letters: str, policy: AlertPolicy, data: st.DataObject
) -> None:
    number = data.draw(st.integers(0, len(letters) - 1))
    letter = data.draw(st.sampled_from(".~wC0ie"))
    judged, told = replay(SeriesState(), verdicts(letters), policy)
    late = Judgement(day(number), result(letter, number))
    assert is_rejudged(judged[-1].state, [late])
    change = advance(
        judged[-1].state,
        [late],
        policy,
        History(
            before=head(tuple(each.state for each in judged[:number])),
            judgements=tuple(Judgement(each.at, each.result) for each in judged[number:]),
            transitions=tuple(each for each in told if each.at >= day(number)),
        ),
    )
    corrected = letters[:number] + letter + letters[number + 1 :]
    expected = [*verdicts(corrected)]
    expected[number] = late
    _, whole = replay(SeriesState(), expected, policy)
    gone = {each.id for each in change.superseded}
    live = [each for each in told if each.id not in gone] + list(change.transitions)
    assert sorted(each.id for each in live) == sorted(each.id for each in whole)
    assert change.state == replay(SeriesState(), expected, policy)[0][-1].state


def test_late_rows_withdraw_an_alert_that_never_fired() -> None:
    judged, told = replay(SeriesState(), verdicts(".C"), AlertPolicy())
    late = verdicts(".", first=1)
    change = advance(judged[-1].state, late, AlertPolicy(), History(judged[0].state, (), told))
    assert [each.id for each in change.superseded] == [told[0].id]
    assert change.transitions == ()
    assert change.withdrawn is not None
    assert (change.withdrawn.state, change.withdrawn.alert) == (AlertState.RESOLVED, told[0].alert)
    assert change.withdrawn.reason == "withdrawn: judged again with late rows, it does not fire"


def test_judging_again_with_the_same_verdict_changes_nothing() -> None:
    judged, told = replay(SeriesState(), verdicts(".CC."), AlertPolicy(for_=2))
    kept = tuple(Judgement(each.at, each.result) for each in judged[2:])
    change = advance(
        judged[-1].state, verdicts("C", first=2), AlertPolicy(for_=2), History(judged[1].state, kept, told[1:])
    )
    assert (change.transitions, change.superseded, change.withdrawn) == ((), (), None)
    assert change.state == judged[-1].state


def test_new_windows_need_no_history() -> None:
    judged, _ = replay(SeriesState(), verdicts("C"), AlertPolicy(for_=2))
    change = advance(judged[-1].state, verdicts("C", first=1), AlertPolicy(for_=2))
    assert [each.state for each in change.transitions] == [AlertState.FIRING]
    assert not is_rejudged(judged[-1].state, verdicts("C", first=1))
    assert advance(judged[-1].state, (), AlertPolicy()).state == judged[-1].state


def test_reconcile_tells_what_is_gone_and_what_is_new() -> None:
    old = replay(SeriesState(), verdicts("C.w"), AlertPolicy())[1]
    new = replay(SeriesState(), verdicts("CCw"), AlertPolicy())[1]
    change = reconcile(old, new)
    assert [each.state for each in change.superseded] == [AlertState.RESOLVED, AlertState.FIRING]
    assert [(each.state, each.at) for each in change.new] == [(AlertState.FIRING, day(2))]


def test_a_series_that_left_the_configuration_resolves_when_it_fired() -> None:
    firing = replay(SeriesState(), verdicts("C"), AlertPolicy())[0][-1].state
    after, ended = removed(firing, result("C"), day(5))
    assert ended is not None
    assert (ended.state, ended.reason, ended.at) == (AlertState.RESOLVED, "removed", day(5))
    assert after == SeriesState(last=day(0))
    pending = replay(SeriesState(), verdicts("C"), AlertPolicy(for_=2))[0][-1].state
    assert removed(pending, result("C"), day(5)) == (SeriesState(last=day(0)), None)


def test_the_alerts_of_a_run_are_the_open_ones_and_those_it_ended() -> None:
    pending = replay(SeriesState(), verdicts("C"), AlertPolicy(for_=2))[0][-1].state
    ended = replay(SeriesState(), verdicts("C."), AlertPolicy())[1]
    found = alerts({SERIES: pending}, ended)
    assert [(each.state, each.since) for each in found] == [
        (AlertState.RESOLVED, day(0)),
        (AlertState.PENDING, day(0)),
    ]
    assert alerts({SERIES: SeriesState()}) == ()
