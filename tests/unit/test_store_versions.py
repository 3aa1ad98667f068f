"""Stores that earlier versions wrote: upgraded by the first write, read as they stand until then."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, inspect

from driftline.alert.replay import First, Judged, Judgement, advance
from driftline.alert.state import SeriesState
from driftline.config.document import AlertPolicy
from driftline.errors import StoreError
from driftline.model import AlertState
from driftline.store.mark import Mark
from driftline.store.migrations import STEPS
from driftline.store.store import Batch, Store
from driftline.store.tables import SCHEMA_VERSION, metadata
from tests.unit.alert_values import SERIES, column, day, result, verdicts

DUMPS = Path(__file__).parents[1] / "data" / "store"
SHAPES = ("version-1-before-owners", "version-1")  # a column came without a new version
MARK = {("feature-drift", "late_arrival"): Mark(day(2))}

Restore = Callable[[str], str]


@pytest.fixture(params=["sqlite", "postgresql"])
def restore(request: pytest.FixtureRequest, tmp_path: Path) -> Restore:
    """Makes a store out of a dump of one; gives its address."""
    if request.param == "sqlite":

        def of_sqlite(shape: str) -> str:
            with sqlite3.connect(tmp_path / "state.db") as connection:
                connection.executescript((DUMPS / f"{shape}.sqlite.sql").read_text("utf-8"))
                connection.execute("PRAGMA journal_mode=WAL")
            connection.close()
            return "sqlite:///state.db"

        return of_sqlite
    server = request.getfixturevalue("postgres_url")

    def of_postgresql(shape: str) -> str:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute("DROP DATABASE IF EXISTS driftline_old")
            connection.execute("CREATE DATABASE driftline_old")
        url = str(server.rpartition("/")[0] + "/driftline_old")
        with psycopg.connect(url) as connection:
            connection.execute((DUMPS / f"{shape}.postgresql.sql").read_bytes())
        return url

    return of_postgresql


def read_all(store: Store) -> tuple[object, ...]:
    """What version 1 held, as it is read now."""
    return (
        store.results(SERIES),
        store.states(None),
        store.firing(None),
        store.told(None),
        store.last_judged(None),
        store.pending_notices(None),
        store.outbox_counts(),
        store.resolutions("scored"),
        store.history(SERIES, day(1)),
    )


def expected() -> tuple[Judged, ...]:
    return advance(SeriesState(), verdicts(".CC"), AlertPolicy()).judged


def version_of(store: Store) -> int:
    with store._database._engine.connect() as connection:
        return int(connection.exec_driver_sql("SELECT version FROM driftline_schema_version").scalar() or 0)


def test_the_steps_end_at_the_version_of_the_tables() -> None:
    assert max(STEPS) == SCHEMA_VERSION


@pytest.mark.parametrize("shape", SHAPES)
def test_a_store_of_version_1_is_upgraded_by_the_first_write_and_keeps_all_it_held(
    restore: Restore, shape: str, tmp_path: Path
) -> None:
    url = restore(shape)
    with Store.open(url, tmp_path) as store:
        with store.lease("run"):
            pass
        assert version_of(store) == SCHEMA_VERSION
        assert store.results(SERIES) == expected()
        assert store.last_judged(None) == MARK
        assert store.states(None)[SERIES].phase is AlertState.FIRING
        assert store.outbox_counts() == {"queued": 1, "sent": 1}
        owner = "/srv/monitors.yaml" if shape == "version-1" else ""
        assert store.owned(None, owner) == {SERIES, column("seats")}
        late = advance(
            store.states(None)[SERIES],
            [Judgement(day(2), result(".", 2), day(9))],
            AlertPolicy(),
            store.history(SERIES, day(2)),
        )
        batch = Batch(late.judged, late.transitions, late.superseded, {SERIES: late.state}, owner="/srv/other.yaml")
        store.record(batch)
        revised = store.results(SERIES)[2]
        assert (revised.result.value, revised.judged_at, revised.first) == (0.02, day(9), First(0.31, None))
    with Store.open(url, tmp_path) as again:
        assert again.owned(None, "/srv/other.yaml") == {SERIES}


@pytest.mark.parametrize("shape", SHAPES)
def test_an_older_store_that_is_opened_for_reading_is_read_as_it_stands(
    restore: Restore, shape: str, tmp_path: Path
) -> None:
    url = restore(shape)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with Store.open(url, tmp_path, read_only=True) as store:
        read = read_all(store)
        assert read == read_all(store)
        assert store.results(SERIES) == expected()
        assert store.last_judged(None) == MARK
        assert store.survey(None, "/srv/monitors.yaml").verdicts == 6
        assert (store.survey(None, "/srv/monitors.yaml").size or 0) > 8192
        assert (store.panes(["x"]), store.files("scored")) == ({}, {})
        assert version_of(store) == 1
        with pytest.raises(StoreError, match="opened for reading only"):
            store.record(Batch())
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    with Store.open(url, tmp_path) as store:
        assert read_all(store) == read  # a store that may be written is upgraded before it is read
        assert version_of(store) == SCHEMA_VERSION


@pytest.mark.parametrize("shape", SHAPES)
def test_an_upgraded_store_has_the_tables_of_a_new_one(restore: Restore, shape: str, tmp_path: Path) -> None:
    with Store.open(restore(shape), tmp_path) as store:
        store.states(None)
        old = inspect(store._database._engine)
        new = create_engine("sqlite://")
        metadata.create_all(new)
        for table in metadata.sorted_tables:
            columns = {each["name"]: each["nullable"] for each in old.get_columns(table.name)}
            assert columns == {each["name"]: each["nullable"] for each in inspect(new).get_columns(table.name)}
            names = {each["name"] for each in old.get_indexes(table.name)}
            assert {index.name for index in table.indexes} <= names


def test_an_upgrade_that_fails_leaves_the_store_as_it_was(
    restore: Restore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = restore("version-1")
    broken = (*STEPS[2], STEPS[2][-1])  # to make a table twice fails, behind all other steps
    with monkeypatch.context() as patched:
        patched.setitem(STEPS, 2, broken)
        with Store.open(url, tmp_path) as store:
            with pytest.raises(StoreError):
                store.states(None)
            assert version_of(store) == 1
            assert not inspect(store._database._engine).has_table("driftline_panes")
    with Store.open(url, tmp_path) as store:
        assert store.results(SERIES) == expected()


def test_two_runners_may_come_to_an_old_store_at_once(restore: Restore, tmp_path: Path) -> None:
    url = restore("version-1")
    with Store.open(url, tmp_path) as one, Store.open(url, tmp_path) as other:
        assert one._database.version() == other._database.version() == 1
        assert one.results(SERIES) == other.results(SERIES) == expected()
