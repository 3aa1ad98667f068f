"""The state store, the same on SQLite and on PostgreSQL."""

from __future__ import annotations

import math
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from driftline.alert.replay import First, advance, replay
from driftline.alert.state import SeriesState
from driftline.config.document import AlertPolicy, Secret
from driftline.errors import StoreError
from driftline.model import AlertState, Notice, SeriesKey, Severity
from driftline.route.message import Told
from driftline.store.mark import Mark
from driftline.store.queue import LeaseHeld, LeaseLost
from driftline.store.store import Batch, MarkKey, Store
from tests.unit.alert_values import SERIES, column, day, verdicts


class Clock:
    """Wall time that moves when told."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 10, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


def url_of_a_new_database(postgres_url: str, name: str) -> str:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
        connection.execute(f'CREATE DATABASE "{name}"')
    return postgres_url.rpartition("/")[0] + f"/{name}"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    if request.param == "sqlite":
        return "sqlite:///.driftline/state.db"
    return url_of_a_new_database(request.getfixturevalue("postgres_url"), "driftline_store")


@pytest.fixture
def wall() -> Clock:
    return Clock()


@pytest.fixture
def store(url: str, tmp_path: Path, wall: Clock) -> Iterator[Store]:
    with Store.open(url, tmp_path, now=wall) as opened:
        yield opened


def notice(number: int = 0, channel: str = "ops", environment: str | None = None) -> Notice:
    text = f"notice {number}"
    identity = f"{environment}-{channel}-{number}"
    return Notice(identity, channel, "group", text, text, text, Severity.CRITICAL, day(number), ("a",), environment)


def batch(letters: str, series: SeriesKey = SERIES, first: int = 0, state: SeriesState | None = None) -> Batch:
    change = advance(state or SeriesState(), verdicts(letters, first, series), AlertPolicy())
    return Batch(judged=change.judged, transitions=change.transitions, states={series: change.state})


def test_what_is_recorded_is_read_back(store: Store) -> None:
    told = {("ops", SERIES): Told("a", AlertState.FIRING, Severity.CRITICAL, day(1))}
    mark: dict[MarkKey, Mark] = {(None, "feature-drift", "late_arrival"): Mark(day(2), day(5))}
    recorded = replace(batch(".C~"), notices=(notice(),), told=told, marks=mark)
    store.record(recorded)
    assert store.results(SERIES) == recorded.judged
    assert store.results(SERIES, since=day(1), until=day(2)) == recorded.judged[1:2]
    assert store.last_result(SERIES) == recorded.judged[2]
    assert store.states(None) == recorded.states
    assert store.firing(None) == recorded.transitions
    assert store.transitions(recorded.transitions[0].alert) == ((recorded.transitions[0], False),)
    assert store.told(None) == told
    assert store.last_judged(None) == {("feature-drift", "late_arrival"): Mark(day(2), day(5))}
    assert [each.notice for each in store.pending_notices(None)] == [notice()]


def test_numbers_that_json_lacks_and_odd_names_survive(store: Store) -> None:
    series = SeriesKey("prod", "m/1", "x", "naïve \x00 😀", (("by", "a/b=c"), ("long", "y" * 5000)), "class")
    verdict = verdicts("C", series=series)[0]
    odd = replace(verdict, result=replace(verdict.result, value=math.inf, compared=-math.inf, p_value=math.nan))
    change = advance(SeriesState(), [odd], AlertPolicy())
    store.record(Batch(judged=change.judged, transitions=change.transitions, states={series: change.state}))
    read = store.results(series)[0].result
    assert (read.series, read.value, read.compared) == (series, math.inf, -math.inf)
    assert read.p_value is not None
    assert math.isnan(read.p_value)
    assert list(store.states("prod")) == [series]
    assert store.states(None) == {}


def test_judging_a_window_again_replaces_its_verdict_and_marks_what_is_no_longer_true(store: Store) -> None:
    store.record(batch(".C"))
    head = store.states(None)[SERIES]
    late = verdicts(".", first=1)
    change = advance(head, late, AlertPolicy(), store.history(SERIES, day(1)))
    store.record(Batch(change.judged, change.transitions, change.superseded, {SERIES: change.state}))
    assert [each.result.status.value for each in store.results(SERIES)] == ["ok", "ok"]
    assert [superseded for _, superseded in store.transitions(change.superseded[0].alert)] == [True]
    assert store.firing(None) == ()
    back = advance(change.state, verdicts("C", first=1), AlertPolicy(), store.history(SERIES, day(1)))
    store.record(Batch(back.judged, back.transitions, back.superseded, {SERIES: back.state}))
    assert [superseded for _, superseded in store.transitions(change.superseded[0].alert)] == [False]


def test_a_window_that_is_judged_again_keeps_what_was_published_first(store: Store) -> None:
    for letter, asked in (("C", day(2)), ("w", day(4)), (".", day(6))):
        again = [replace(verdicts(letter, first=1)[0], judged_at=asked)]
        state = store.states(None).get(SERIES, SeriesState())
        change = advance(state, again, AlertPolicy(), store.history(SERIES, day(1)))
        store.record(Batch(change.judged, change.transitions, change.superseded, {SERIES: change.state}))
        last = store.last_result(SERIES)
        assert last is not None
        assert (last.judged_at, last.first) == (asked, None if letter == "C" else First(0.31, day(2)))
    store.record(Batch(judged=store.results(SERIES)))  # a replay from further back records it as it is
    assert store.results(SERIES)[0].first == First(0.31, day(2))
    assert store.history(SERIES, day(1)).judgements[0].judged_at == day(6)


def test_a_mark_is_set_back_by_nothing(store: Store) -> None:
    key: MarkKey = (None, "m", "s")
    for mark in (Mark(day(3)), Mark(day(2), day(5), day(1)), Mark(day(4), None, day(4)), Mark(day(1), day(4))):
        store.record(Batch(marks={key: mark}))
    assert store.last_judged(None) == {("m", "s"): Mark(day(4), day(5), day(1))}


def test_history_starts_behind_the_window_before(store: Store) -> None:
    judged, told = replay(SeriesState(), verdicts("C.CC"), AlertPolicy())
    store.record(Batch(judged=judged, transitions=told, states={SERIES: judged[-1].state}))
    history = store.history(SERIES, day(2))
    assert history.before == judged[1].state
    assert [each.at for each in history.judgements] == [day(2), day(3)]
    assert history.transitions == told[2:]
    assert store.history(SERIES, day(0)).before == SeriesState()


def test_firing_is_the_latest_level_of_each_series(store: Store) -> None:
    store.record(batch("wC", column("a")))
    store.record(batch("w.", column("b")))
    store.record(batch("w", column("c", "prod")))
    assert [(each.series.column, each.severity) for each in store.firing(None)] == [("a", Severity.CRITICAL)]
    assert [each.series.column for each in store.firing("prod")] == ["c"]


def test_a_failed_transaction_leaves_nothing(store: Store) -> None:
    store.record(batch("."))
    with store.lease("judge") as lease, pytest.raises(LeaseLost, match="nothing of this run was recorded"):
        store.record(replace(batch("C", column("a")), notices=(notice(),)), replace(lease, holder="another"))
    assert list(store.states(None)) == [SERIES]
    assert store.pending_notices(None) == ()


def test_the_outbox_keeps_order_and_what_became_of_a_notice(store: Store, wall: Clock) -> None:
    store.record(Batch(notices=(notice(0), notice(1), notice(2, "chat"), notice(3, environment="prod"))))
    store.record(Batch(notices=(notice(0),)))
    assert [each.notice.title for each in store.pending_notices(None)] == ["notice 0", "notice 1", "notice 2"]
    assert [each.notice.title for each in store.pending_notices(None, "chat")] == ["notice 2"]
    later = wall.at + timedelta(minutes=5)
    store.mark_failed(notice(0).id, "busy", not_before=later)
    store.mark_sent(notice(1).id)
    store.mark_failed(notice(2, "chat").id, "too long", final=True)
    store.mark_dropped(notice(3, environment="prod").id, "gone")
    waiting = store.pending_notices(None)
    assert [(each.attempts, each.last_error, each.not_before) for each in waiting] == [(1, "busy", later)]
    assert waiting[0].created == wall.at
    assert store.outbox_counts() == {"queued": 1, "sent": 1, "failed": 1, "dropped": 1}


def test_resolutions_are_kept_by_source_and_column(store: Store) -> None:
    assert store.resolutions("scored") == {}
    store.keep_resolutions("scored", {"a": 8, "b": 12})
    store.keep_resolutions("scored", {"b": 14})
    store.keep_resolutions("other", {})
    assert store.resolutions("scored") == {"a": 8, "b": 14}


def test_a_lease_keeps_another_out_until_it_is_given_back(store: Store) -> None:
    with store.lease("judge"):
        with (
            pytest.raises(LeaseHeld, match=r"another run \(process \d+ on .*\) is at it \(judge\)"),
            store.lease("judge"),
        ):
            pass
        with store.lease("deliver"):
            pass
    with store.lease("judge"):
        pass


def test_a_lease_is_waited_for(store: Store) -> None:
    order: list[str] = []

    def hold(taken: threading.Event) -> None:
        with store.lease("judge"):
            taken.set()
            threading.Event().wait(0.3)
            order.append("first")

    taken = threading.Event()
    other = threading.Thread(target=hold, args=(taken,))
    other.start()
    assert taken.wait(10)
    with store.lease("judge", wait=10):
        order.append("second")
    other.join()
    assert order == ["first", "second"]


def test_a_lease_that_ran_out_is_taken_and_its_holder_records_nothing(store: Store, wall: Clock) -> None:
    with store.lease("judge", seconds=60) as slow:
        wall.at += timedelta(seconds=61)
        with store.lease("judge", seconds=60) as quick:
            with pytest.raises(LeaseLost):
                store.record(batch("C"), slow)
            store.record(batch("."), quick)
    assert store.states(None)[SERIES].phase is AlertState.INACTIVE


def test_a_lease_is_renewed_while_it_is_held(store: Store, wall: Clock) -> None:
    with store.lease("judge", seconds=0.15):
        wall.at += timedelta(seconds=10)  # run out, had nobody renewed it
        threading.Event().wait(0.4)
        with pytest.raises(LeaseHeld), store.lease("judge", seconds=0.15):
            pass


def test_the_lease_of_a_dead_process_is_taken_at_once(store: Store, url: str, tmp_path: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from driftline.store.store import Store\n"
        "store = Store.open(sys.argv[1], Path(sys.argv[2]))\n"
        "store.lease('judge', seconds=3600).__enter__(); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", script, url, str(tmp_path)], check=True)
    store._now = lambda: datetime.now(UTC)
    with store.lease("judge"):
        pass


def test_two_runners_that_race_for_a_new_store_take_turns(url: str, tmp_path: Path) -> None:
    held: list[int] = []
    clashes: list[int] = []

    def run() -> None:
        with Store.open(url, tmp_path) as store, store.lease("judge", wait=30):
            held.append(1)
            if len(held) > 1:
                clashes.append(1)
            threading.Event().wait(0.02)
            held.pop()

    runners = [threading.Thread(target=run) for _ in range(6)]
    for each in runners:
        each.start()
    for each in runners:
        each.join()
    assert clashes == []


# Files


def test_nothing_is_created_before_the_first_write(tmp_path: Path) -> None:
    with Store.open("sqlite:///.driftline/state.db", tmp_path) as store:
        assert store.states(None) == {}
        assert store.pending_notices(None) == ()
        assert list(tmp_path.iterdir()) == []
        store.record(batch("."))
    assert (tmp_path / ".driftline" / ".gitignore").read_text() == "*\n"
    assert sorted(path.name for path in (tmp_path / ".driftline").iterdir()) == [".gitignore", "state.db"]


def test_a_folder_that_is_there_gets_no_gitignore(tmp_path: Path) -> None:
    with Store.open("sqlite:///state.db", tmp_path) as store:
        store.record(batch("."))
    assert [path.name for path in tmp_path.iterdir()] == ["state.db"]


def test_reading_only_creates_nothing_and_refuses_to_write(tmp_path: Path) -> None:
    with Store.open("sqlite:///.driftline/state.db", tmp_path, read_only=True) as store:
        assert store.told(None) == {}
        with pytest.raises(StoreError, match="opened for reading only"):
            store.record(batch("."))
    assert list(tmp_path.iterdir()) == []
    with Store.open("sqlite:///odd, näme/state.db", tmp_path) as store:
        store.record(batch("C"))
    before = sorted(path.name for path in (tmp_path / "odd, näme").iterdir())
    with Store.open("sqlite:///odd, näme/state.db", tmp_path, read_only=True) as store:
        assert list(store.states(None)) == [SERIES]
    assert sorted(path.name for path in (tmp_path / "odd, näme").iterdir()) == before


def test_reading_only_sees_what_a_run_at_work_has_committed(tmp_path: Path) -> None:
    with Store.open("sqlite:///state.db", tmp_path) as writer:
        writer.record(batch("C"))
        with Store.open("sqlite:///state.db", tmp_path, read_only=True) as reader:
            assert list(reader.states(None)) == [SERIES]


def test_an_absolute_path_is_taken_as_it_is(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path}/there.db", tmp_path / "elsewhere") as store:
        store.record(batch("."))
    assert (tmp_path / "there.db").exists()


def test_importing_the_package_does_not_load_sqlalchemy() -> None:
    script = "import sys, driftline.store, driftline.channels, driftline.route.decide, driftline.alert.replay\n"
    script += "print(sorted({'sqlalchemy', 'apprise', 'requests', 'polars'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# Errors


def test_errors_name_the_store_and_the_next_step(tmp_path: Path) -> None:
    def failing(url: str) -> str:
        with pytest.raises(StoreError) as caught, Store.open(url, tmp_path) as store:
            store.record(batch("."))
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None or caught.value.__suppress_context__
        return str(caught.value)

    (tmp_path / "text.db").write_text("not a database at all, but long enough to be looked at" * 50)
    assert failing("sqlite:///text.db") == (
        "the state store text.db: the file is not an SQLite database; move it away, or name another file under `store`"
    )
    (tmp_path / "file").write_text("")
    assert "a part of its path is a file" in failing("sqlite:///file/state.db")
    (tmp_path / "folder.db").mkdir()
    assert "the file cannot be opened or created" in failing("sqlite:///folder.db")
    assert failing("nonsense with s3cret") == (
        "the state store: `store` is no database address, such as sqlite:///state.db"
    )
    assert "mysql is not supported" in failing("mysql://u:s3cret@host/db")


def test_a_locked_store_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("driftline.store.database.BUSY_SECONDS", 0.1)
    with Store.open("sqlite:///state.db", tmp_path) as store:
        store.record(batch("."))
        other = sqlite3.connect(tmp_path / "state.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match=r"state\.db: another process keeps it locked; wait"):
            store.record(batch("C", column("a")))
        assert list(store.states(None)) == [SERIES]  # readers are not kept out
        other.execute("ROLLBACK")
        other.close()
        store.record(batch("C", column("a")))


def test_a_full_disk_says_so_and_nothing_is_half_written(tmp_path: Path) -> None:
    with Store.open("sqlite:///state.db", tmp_path) as store:
        store.record(batch("."))
        with store._database._engine.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        many = [column(f"c{index}") for index in range(300)]
        judged = tuple(each for series in many for each in batch("C", series).judged)
        with pytest.raises(StoreError, match="the disk is full"):
            store.record(Batch(judged=judged))
        assert store.results(many[0]) == ()


def test_a_store_of_a_newer_version_is_left_alone(url: str, tmp_path: Path) -> None:
    with Store.open(url, tmp_path) as store:
        store.record(batch("."))
        with store._database.write() as connection:
            connection.exec_driver_sql("UPDATE driftline_schema_version SET version = 99")
    with Store.open(url, tmp_path) as store:
        with pytest.raises(StoreError, match="a newer driftline wrote it"):
            store.states(None)
        with pytest.raises(StoreError, match="upgrade driftline"):
            store.record(batch("."))


def test_no_error_of_postgresql_shows_a_secret(postgres_url: str, tmp_path: Path) -> None:
    def failing(url: str | Secret) -> str:
        with pytest.raises(StoreError) as caught, Store.open(url, tmp_path) as store:
            store.states(None)
        return str(caught.value)

    wrong = postgres_url.replace("correct-horse", "wr0ng-s3cret")
    assert "refuses the user or the password" in failing(wrong)
    assert "s3cret" not in failing(wrong)
    host = failing(Secret(wrong))
    assert host.startswith("the state store (PostgreSQL): ")
    assert "127.0.0.1" not in host
    absent = postgres_url.rpartition("/")[0] + "/no_such_database"
    assert "no database of that name" in failing(absent)
    nobody = postgres_url.rpartition("@")[0] + "@127.0.0.1:1/postgres"
    assert "cannot be reached" in failing(nobody)
    assert "correct-horse" not in failing(nobody)
