"""Panes and files as the store keeps them: bytes by what they are of and when, the same on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from driftline.model import Interval
from driftline.store import panes, tables
from driftline.store.panes import WHOLE, PaneEntry, StoredFile, StoredPane
from driftline.store.queue import LeaseLost
from driftline.store.store import Store
from tests.unit.alert_values import day
from tests.unit.test_store import Clock, url_of_a_new_database


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    url = "sqlite:///state.db"
    if request.param == "postgresql":
        url = url_of_a_new_database(request.getfixturevalue("postgres_url"), "driftline_panes")
    with Store.open(url, tmp_path, now=Clock()) as opened:
        yield opened


def pane(number: int, what: str = "a" * 40, source: str = "scored", data: bytes = b"\x00\xff") -> StoredPane:
    return StoredPane(what, source, Interval(day(number), day(number + 1)), 10 + number, data)


def whole(what: str = "w" * 40, token: str = "1-2") -> StoredPane:
    return StoredPane(what, "training", WHOLE, 1000, b"whole", token)


def test_panes_are_read_back_by_what_and_span(store: Store) -> None:
    other = [pane(number, "b" * 40) for number in range(3)]
    own = [pane(number) for number in range(5)]
    store.put_panes([*reversed(own), *other, whole()])
    assert store.panes(["a" * 40, "c" * 40]) == {"a" * 40: tuple(own)}
    assert store.panes([own[0].what], Interval(day(1), day(3))) == {"a" * 40: tuple(own[1:3])}
    inside = Interval(day(1) + timedelta(hours=1), day(2) + timedelta(microseconds=1))
    assert store.panes([own[0].what], inside) == {"a" * 40: tuple(own[1:3])}
    assert store.panes([own[0].what], Interval(None, day(1))) == {"a" * 40: (own[0],)}
    assert store.panes([own[0].what], Interval(day(4), None)) == {"a" * 40: (own[4],)}
    assert store.panes(["w" * 40]) == store.panes(["w" * 40], Interval(day(1), day(2))) == {"w" * 40: (whole(),)}
    assert store.panes([]) == {}


def test_the_index_tells_of_panes_without_their_data(store: Store) -> None:
    store.put_panes([pane(1, data=b"x" * 700), whole()])
    assert store.pane_index(["a" * 40, "w" * 40]) == {
        "a" * 40: (PaneEntry("a" * 40, "scored", Interval(day(1), day(2)), 11, 700),),
        "w" * 40: (PaneEntry("w" * 40, "training", WHOLE, 1000, 5, "1-2"),),
    }
    assert store.pane_index(["a" * 40], Interval(day(2), day(3))) == {}


def test_a_pane_that_is_kept_again_is_replaced(store: Store) -> None:
    store.put_panes([pane(1), whole()])
    store.put_panes([pane(1, data=b"new"), whole(token="3-4")])
    assert [each.data for each in store.panes(["a" * 40])["a" * 40]] == [b"new"]
    assert [each.token for each in store.panes(["w" * 40])["w" * 40]] == ["3-4"]


def test_what_different_profiles_hold_of_a_pane_lies_side_by_side(store: Store) -> None:
    one, other = replace(pane(1), contents="1"), replace(pane(1), contents="2")
    store.put_panes([other])
    store.put_panes([one])
    assert store.panes([one.what]) == {one.what: (one, other)}
    assert [each.contents for each in store.pane_index([one.what])[one.what]] == ["1", "2"]


def test_what_a_run_read_of_a_source_is_kept_at_once(store: Store) -> None:
    assert not store.has_panes("scored")
    store.put_panes([pane(0), pane(1)])
    file = {"a.parquet": StoredFile("1-2", day(1), day(2), 100)}
    store.keep("scored", [pane(2)], file, [Interval(day(1), day(2))])
    assert [each.span.start for each in store.panes(["a" * 40])["a" * 40]] == [day(0), day(2)]
    assert (store.files("scored"), store.has_panes("scored"), store.has_panes("other")) == (file, True, False)


def test_a_damaged_pane_is_as_good_as_none_and_is_replaced_by_the_next(store: Store) -> None:
    store.put_panes([pane(0), pane(1)])
    with store._database.write() as connection:
        connection.execute(update(tables.panes).where(tables.panes.c.start == day(0)).values(data=b"\x00\xfe"))
    assert store.panes(["a" * 40]) == {"a" * 40: (pane(1),)}
    store.put_panes([pane(0)])
    assert store.panes(["a" * 40]) == {"a" * 40: (pane(0), pane(1))}


def test_more_keys_than_a_statement_takes(store: Store) -> None:
    many = [pane(0, f"{number:040}") for number in range(1200)]
    store.put_panes(many)
    found = store.panes(each.what for each in many)
    assert [found[each.what] for each in many] == [(each,) for each in many]
    assert store.drop_panes("scored", [Interval(day(n), day(n + 1)) for n in range(250)]) == 1200


def test_the_panes_of_a_source_are_dropped_where_they_touch_a_span(store: Store) -> None:
    kept = pane(1, "b" * 40, source="other")
    store.put_panes([*(pane(number) for number in range(5)), kept])
    assert store.drop_panes("scored", [Interval(day(1) + timedelta(hours=1), day(2)), Interval(day(4), None)]) == 2
    assert [each.rows for each in store.panes(["a" * 40])["a" * 40]] == [10, 12, 13]
    assert store.drop_panes("scored", []) == 0
    assert store.drop_panes("scored", [WHOLE]) == 3
    assert store.panes(["b" * 40]) == {"b" * 40: (kept,)}


def test_a_whole_data_set_goes_by_its_token_and_not_by_time(store: Store) -> None:
    store.put_panes([whole()])
    assert store.drop_panes("training", [Interval(day(0), day(9)), Interval(None, day(3))]) == 0
    assert store.drop_panes("training", [WHOLE]) == 1


def test_files_are_known_by_source_and_key(store: Store) -> None:
    first = {"a.parquet": StoredFile("1-2", day(0), day(1), 100), "b.parquet": StoredFile("3-4", None, None, 7, 7)}
    store.put_files("scored", first)
    store.put_files("scored", {"a.parquet": StoredFile("9-9", day(0), day(2), 120, 1)})
    store.put_files("other", {"a.parquet": StoredFile("5-6", day(0), day(1), 3)})
    assert store.files("scored") == {
        "a.parquet": StoredFile("9-9", day(0), day(2), 120, 1),
        "b.parquet": first["b.parquet"],
    }
    assert store.files("nowhere") == {}


def test_who_has_lost_the_lease_writes_neither_panes_nor_files(store: Store) -> None:
    with store.lease("run") as lease:
        store.put_panes([pane(0)], lease)
        with store._database.write() as connection:
            connection.exec_driver_sql("UPDATE driftline_leases SET holder = 'another'")
        with pytest.raises(LeaseLost):
            store.put_panes([pane(1)], lease)
        with pytest.raises(LeaseLost):
            store.put_files("scored", {"a": StoredFile("1", None, None, 0)}, lease)
        with pytest.raises(LeaseLost):
            store.drop_panes("scored", [WHOLE], lease)
    assert len(store.panes(["a" * 40])["a" * 40]) == 1
    assert store.files("scored") == {}


def test_a_write_that_breaks_off_leaves_the_panes_as_they_were(store: Store) -> None:
    store.put_panes([pane(0)])

    def interrupted() -> Iterator[StoredPane]:
        yield pane(0, data=b"new")
        raise KeyboardInterrupt

    def half_written() -> None:
        with store._database.write() as connection:
            panes.put(connection, [pane(0, data=b"new"), pane(1)], day(3))
            raise ZeroDivisionError

    with pytest.raises(KeyboardInterrupt):
        store.put_panes(interrupted())
    with pytest.raises(ZeroDivisionError):
        half_written()
    assert store.panes(["a" * 40]) == {"a" * 40: (pane(0),)}
