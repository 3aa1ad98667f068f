"""What a store needs no more, and what is wrong with one; the same on both databases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from driftline.alert.replay import advance
from driftline.alert.state import SeriesState
from driftline.config.document import AlertPolicy
from driftline.model import AlertState, Interval, SeriesKey, Transition
from driftline.store import tables
from driftline.store.codec import dump_state, load_transition
from driftline.store.integrity import Kind
from driftline.store.mark import Mark
from driftline.store.panes import WHOLE, StoredFile, StoredPane
from driftline.store.retention import Need, Removal, Retention, first_kept
from driftline.store.store import Batch, Store
from tests.unit.alert_values import SERIES, column, day, verdicts
from tests.unit.test_store import Clock, notice, url_of_a_new_database

OWNER = "/srv/monitors.yaml"
DAY = timedelta(days=1)


@pytest.fixture
def wall() -> Clock:
    clock = Clock()
    clock.at = day(200)
    return clock


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path, wall: Clock) -> Iterator[Store]:
    url = "sqlite:///state.db"
    if request.param == "postgresql":
        url = url_of_a_new_database(request.getfixturevalue("postgres_url"), "driftline_upkeep")
    with Store.open(url, tmp_path, now=wall) as opened:
        yield opened


def record(store: Store, letters: str, series: SeriesKey = SERIES, first: int = 0, owner: str = OWNER) -> None:
    state = store.states(series.environment).get(series, SeriesState())
    change = advance(state, verdicts(letters, first, series), AlertPolicy())
    store.record(Batch(change.judged, change.transitions, states={series: change.state}, owner=owner))


def retention(
    keep: int = 10, needed: int = 0, most: int | None = None, sources: Mapping[str, Need] | None = None
) -> Retention:
    return Retention(OWNER, None, keep * DAY, needed * DAY, most, sources)


def counts(removal: Removal) -> tuple[int, int, int, int]:
    return removal.verdicts.count, removal.transitions.count, removal.notices.count, removal.panes.count


def ends(store: Store, series: SeriesKey = SERIES) -> list[int]:
    return [(each.at - day(0)).days for each in store.results(series)]


def test_old_verdicts_go_and_the_one_where_a_replay_starts_stays(store: Store) -> None:
    record(store, "." * 30)
    removal = store.collect(retention(keep=10))
    assert (counts(removal), removal.reference) == ((18, 0, 0, 0), day(29))
    assert ends(store) == list(range(18, 30))
    assert store.history(SERIES, day(19)).before.last == day(18)
    assert removal.bytes > 18 * 500
    assert counts(store.collect(retention(keep=10))) == (0, 0, 0, 0)


def test_what_is_only_looked_at_is_left(store: Store) -> None:
    record(store, "." * 30)
    assert store.removable(retention(keep=10)).verdicts.count == 18
    assert len(ends(store)) == 30


def test_what_windows_and_baselines_still_read_stays_whatever_is_asked(store: Store) -> None:
    record(store, "." * 30)
    assert counts(store.collect(retention(keep=1, needed=20, most=1)))[0] == 8
    assert ends(store) == list(range(8, 30))


def test_the_number_of_verdicts_of_a_series_is_bounded(store: Store) -> None:
    record(store, "." * 30)
    record(store, "." * 3, column("seats"))
    assert counts(store.collect(retention(keep=400, most=5)))[0] == 25
    assert ends(store) == [25, 26, 27, 28, 29]
    assert ends(store, column("seats")) == [0, 1, 2]


def test_the_newest_verdict_of_a_series_and_an_open_alert_stay(store: Store) -> None:
    record(store, "." * 3, column("gone"))
    record(store, "..CCCCCCCCCC")
    record(store, "." * 30, column("seats"))
    store.collect(retention(keep=1, most=1))
    assert ends(store, column("gone")) == [2]
    assert ends(store) == list(range(1, 12))  # from the verdict before the alert began
    assert len(store.firing(None)) == 1
    assert store.check().problems == ()


def test_alerts_that_ended_long_ago_go_whole_and_those_of_late_stay(store: Store) -> None:
    record(store, "CC..." + "." * 20 + "C." + "." * 3)
    record(store, "C" * 30, column("seats"))
    old, late = sorted(
        {each.alert for each in transitions_of(store)}, key=lambda alert: store.transitions(alert)[0][0].at
    )
    removal = store.collect(retention(keep=10))
    assert removal.transitions.count == 2
    assert store.transitions(old) == ()
    assert [each.state for each, _ in store.transitions(late)] == [AlertState.FIRING, AlertState.RESOLVED]
    assert len(store.firing(None)) == 1


def transitions_of(store: Store) -> list[Transition]:
    with store._database.read() as connection:
        texts = connection.execute(tables.transitions.select()).all()
    return [load_transition(row.transition) for row in texts if row.name.endswith("distance")]


def test_notices_that_nobody_waits_for_go_and_queued_ones_stay(store: Store, wall: Clock) -> None:
    wall.at = day(0)
    mine = [replace(notice(number), owner=OWNER) for number in range(4)]
    store.record(Batch(notices=(*mine, replace(notice(9), owner="/srv/other.yaml"))))
    store.mark_sent(mine[0].id)
    store.mark_dropped(mine[1].id, "no such channel")
    store.mark_failed(mine[2].id, "refused", final=True)
    store.mark_sent(notice(9).id)
    assert counts(store.collect(retention(keep=10)))[2] == 0
    wall.at = day(11)
    assert counts(store.collect(retention(keep=10)))[2] == 3
    assert store.outbox_counts() == {"queued": 1, "sent": 1}


def test_what_other_root_files_and_environments_keep_is_not_touched(store: Store) -> None:
    other, prod = column("seats"), column("seats", "prod")
    record(store, "." * 30)
    record(store, "." * 30, other, owner="/srv/other.yaml")
    record(store, "." * 30, prod)
    store.put_panes([pane(0, source="elsewhere"), pane(0, what="old")])
    removal = store.collect(retention(keep=10, sources={"scored": Need(DAY, whats=frozenset({"a"}))}))
    assert removal.is_shared
    assert removal.verdicts.count == 18
    assert (len(ends(store, other)), len(ends(store, prod))) == (30, 30)
    assert store.has_panes("elsewhere")
    assert removal.panes.count == 1  # by age: that of its own source


def pane(number: int, what: str = "a", source: str = "scored") -> StoredPane:
    return StoredPane(what, source, Interval(day(number), day(number + 1)), 10, b"data")


def test_panes_go_when_nothing_reaches_them_or_asks_for_them(store: Store) -> None:
    record(store, "." * 31)
    ages = [pane(number) for number in range(30)]
    whole = StoredPane("w", "training", WHOLE, 9, b"whole", "token")
    store.put_panes([*ages, pane(29, what="b"), whole, pane(29, source="gone", what="g")])
    store.put_files("gone", {"a": StoredFile("1", None, None, 0)})
    sources = {
        "scored": Need(5 * DAY, (Interval(day(3), day(5)),), frozenset({"a"})),
        "training": Need(timedelta(0), whats=frozenset({"w"})),
    }
    removal = store.collect(retention(keep=10, sources=sources))
    assert [(each.span.start - day(0)).days for each in store.panes(["a"])["a"] if each.span.start] == [
        3,
        4,
        *range(20, 30),
    ]
    assert removal.panes.count == 18 + 2
    assert removal.panes.bytes == 4 * 20
    assert store.panes(["b", "g"]) == {}
    assert store.panes(["w"]) == {"w": (whole,)}
    assert store.files("gone") == {}
    everything = {"scored": Need(None), "training": Need(None)}
    assert counts(store.collect(retention(keep=0, sources=everything)))[3] == 0


def test_age_counts_from_the_newest_verdict_and_never_from_the_future(store: Store, wall: Clock) -> None:
    record(store, "." * 30)
    wall.at = day(10_000)
    assert store.removable(retention(keep=30)).verdicts.count == 0
    wall.at = day(20)
    assert store.removable(retention(keep=10)).reference == day(20)


@given(
    st.lists(st.integers(0, 100), min_size=1, unique=True).map(sorted),
    st.integers(-10, 110),
    st.integers(-10, 110),
    st.none() | st.integers(1, 50),
)
def test_whatever_goes_what_is_needed_stays_with_a_verdict_before_it(
    numbers: list[int], oldest: int, needed: int, most: int | None
) -> None:
    at = [datetime(2026, 1, 1, tzinfo=UTC) + number * DAY for number in numbers]
    start = datetime(2026, 1, 1, tzinfo=UTC)
    first = first_kept(at, start + oldest * DAY, start + needed * DAY, most)
    kept, lost = numbers[first:], numbers[:first]
    assert kept
    assert all(number < needed for number in lost)
    if lost:
        assert kept[0] < needed or not [number for number in numbers if number >= needed]
    if most is None:
        assert all(number < oldest for number in lost)


def test_a_sound_store_has_no_findings(store: Store) -> None:
    assert store.check().is_clean
    record(store, ".CC.w~C")
    record(store, "0e.", column("seats"))
    store.put_panes([pane(0)])
    found = store.check(lambda _: (AlertPolicy(), UTC))
    assert found.problems == ()
    assert found.looked_at == {"verdicts": 10, "transitions": 4, "notices": 0, "panes": 1}


def test_damage_in_any_table_is_found_and_may_be_dropped(store: Store) -> None:
    record(store, ".CC.C")
    record(store, "..", column("seats"))
    store.record(Batch(notices=(notice(),)))
    store.put_panes([pane(0), pane(1), StoredPane("w", "training", WHOLE, 9, b"whole", "t")])
    for table, values in (
        (tables.results, {"result": '{"series": 1}'}),
        (tables.transitions, {"transition": "{"}),
        (tables.outbox, {"notice": "[]"}),
        (tables.panes, {"data": b"dat\x00"}),
    ):
        with store._database.write() as connection:
            key = next(iter(table.primary_key))
            one = connection.execute(table.select().order_by(*table.primary_key)).first()
            assert one is not None
            same = [
                column == one._mapping[column.name]
                for column in table.primary_key
                if column.name not in ("start", "end")
            ]
            connection.execute(update(table).where(key == one._mapping[key.name], *same).values(**values))
    found = store.check()
    kinds = [each.kind for each in found.problems]
    assert (set(kinds), found.is_clean) == ({Kind.UNREADABLE, Kind.PANE}, False)
    assert [each.what for each in found.problems] == [
        "1 verdict cannot be read",
        "1 transition cannot be read",
        "1 notice cannot be read",
        "2 panes cannot be read",
    ]
    assert store.damaged() == store.drop_damaged() == 5
    assert not [each for each in store.check().problems if each.kind in (Kind.UNREADABLE, Kind.PANE)]
    assert store.panes(["a", "w"]).keys() == {"w"}


def test_a_state_that_does_not_follow_is_found(store: Store) -> None:
    record(store, ".CC")
    with store._database.write() as connection:
        connection.execute(update(tables.alert_states).values(state=dump_state(SeriesState(last=day(1)))))
    assert [each.kind for each in store.check().problems] == [Kind.STATE]
    assert store.check().problems[0].examples == ("feature-drift/late_arrival/distance",)


def test_a_series_that_was_ended_and_edited_alert_rules_are_no_damage(store: Store) -> None:
    record(store, ".C")
    record(store, ".CC", column("seats"))
    ended = SeriesState(last=day(2))
    store.record(Batch(states={column("seats"): ended}, owner=OWNER))
    later = store.check(lambda _: (AlertPolicy(for_=5), UTC))
    assert later.is_clean
    assert [(each.kind, each.is_note) for each in later.problems] == [(Kind.RULES, True)]


def test_orphans_leases_and_marks_in_the_future_are_found(store: Store, wall: Clock) -> None:
    record(store, ".C")
    store.record(Batch(marks={(None, "feature-drift", "late_arrival"): Mark(day(300))}))
    with store._database.write() as connection:
        connection.execute(tables.leases.insert().values(name="run ", holder="somewhere/1", expires=wall.at - DAY))
        connection.execute(tables.alert_states.delete())
    found = store.check()
    assert [each.kind for each in found.problems] == [Kind.ORPHAN, Kind.ORPHAN, Kind.LEASE, Kind.FUTURE]
    assert [each.what for each in found.problems] == [
        "2 verdicts of series without a state",
        "1 transitions of series without a state",
        "a run died and left its lease",
        "1 monitors are judged up to an instant in the future",
    ]
    assert found.problems[3].examples == ("feature-drift/late_arrival up to 2026-12-27 00:00",)


def test_the_inventory_counts_what_is_held_by_anyone(store: Store) -> None:
    empty = store.inventory()
    assert (empty.schema, empty.verdicts.count) == (None, 0)
    record(store, ".CC")
    record(store, "..", column("seats", "prod"), owner="/srv/other.yaml")
    store.keep("scored", [pane(0), pane(3)], {"a": StoredFile("1", None, None, 0)})
    store.put_panes([StoredPane("w", "scored", WHOLE, 9, b"whole", "t")])
    held = store.inventory()
    assert (held.schema, held.series, held.firing) == (2, 2, 1)
    assert (held.verdicts.count, held.verdicts.oldest, held.verdicts.newest) == (5, day(0), day(2))
    assert held.owners == (("/srv/monitors.yaml", ""), ("/srv/other.yaml", "prod"))
    panes = held.panes[0]
    assert (panes.source, panes.count, panes.whole, panes.bytes, panes.files) == ("scored", 3, 1, 13, 1)
    assert (panes.oldest, panes.newest) == (day(0), day(4))
    assert (held.bytes or 0) > 10_000
