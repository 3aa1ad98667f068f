"""SQL sources on SQLite: types from values, times from text, and what a refusal says."""

from __future__ import annotations

import contextlib
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftline.config.document import Secret
from driftline.errors import SourceError
from driftline.model import Interval
from driftline.sources import _sqlite
from driftline.sources.base import SourceContext
from driftline.sources.sql import Sql

FLIGHTS = Path(__file__).parents[1] / "data" / "flights"
ALL = Interval(None, None)
DAY = Interval(datetime(2013, 3, 10, 5, tzinfo=UTC), datetime(2013, 3, 11, 4, tzinfo=UTC))


def database(folder: Path, *statements: str, rows: tuple[str, list[tuple[object, ...]]] | None = None) -> SourceContext:
    with contextlib.closing(sqlite3.connect(folder / "data.db")) as connection:
        for statement in statements:
            connection.execute(statement)
        if rows is not None:
            connection.executemany(*rows)
        connection.commit()
    return SourceContext("facts", folder, "at")


def query(text: str) -> Sql:
    return Sql(url="sqlite:///data.db", query=text)


def failure(source: Sql, context: SourceContext) -> str:
    """What a user reads when the source is described, scanned and collected."""
    explained: SourceError | None = None
    try:
        source.scan(context, tuple(source.schema(context)), ALL).collect()
    except SourceError as error:
        explained = error
    except pl.exceptions.PolarsError as error:
        explained = source.explain(context, error)
    assert explained is not None
    return str(explained)


@pytest.fixture(scope="module")
def flights(tmp_path_factory: pytest.TempPathFactory) -> SourceContext:
    frame = pl.read_parquet(FLIGHTS / "predictions" / "2013-03.parquet", columns=["scheduled_at", "origin", "p_late"])
    frame = frame.with_columns(pl.col("scheduled_at").dt.strftime("%Y-%m-%d %H:%M:%SZ"))
    create = "CREATE TABLE flights (scheduled_at TEXT, origin TEXT, p_late REAL)"
    context = database(
        tmp_path_factory.mktemp("flights"), create, rows=("INSERT INTO flights VALUES (?, ?, ?)", frame.rows())
    )
    return SourceContext("scored", context.directory, "scheduled_at", "America/New_York")


def test_the_flights_of_a_day_come_from_sqlite_as_they_do_from_parquet(flights: SourceContext) -> None:
    source = query("SELECT * FROM flights;")
    frame = source.scan(flights, ("scheduled_at", "p_late"), DAY).collect()
    assert frame.height == 908
    assert frame.schema == {"scheduled_at": pl.Datetime("us", "UTC"), "p_late": pl.Float64()}
    assert source.extent(flights).start == datetime(2013, 3, 1, 10, tzinfo=UTC)
    assert source.row_count(flights) is None


def test_where_and_the_span_are_run_by_the_server(flights: SourceContext, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    original = _sqlite.Sqlite.frames

    def record(self: _sqlite.Sqlite, statement: str, schema: dict[str, pl.DataType]) -> object:
        sent.append(statement)
        return original(self, statement, schema)

    monkeypatch.setattr(_sqlite.Sqlite, "frames", record)
    context = SourceContext("scored", flights.directory, "scheduled_at", where="origin = 'JFK'")
    query("SELECT * FROM flights").scan(context, ("p_late",), DAY).select(pl.col("p_late").mean()).collect()
    assert len(sent) == 1
    assert "origin = 'JFK'" in sent[0]
    assert "\"scheduled_at\" >= '2013-03-09'" in sent[0]


@settings(max_examples=40, deadline=None)
@given(
    zone=st.sampled_from(["UTC", "America/New_York", "Australia/Lord_Howe", "Pacific/Kiritimati"]),
    minutes=st.lists(st.integers(0, 4 * 24 * 60), min_size=1, max_size=20),
    form=st.sampled_from(["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S.%f"]),
    start=st.integers(0, 4 * 24 * 60),
    length=st.integers(0, 24 * 60),
)
def test_text_times_are_cut_as_python_places_them(
    tmp_path_factory: pytest.TempPathFactory, zone: str, minutes: list[int], form: str, start: int, length: int
) -> None:
    first = datetime(2013, 3, 8)
    local = [first + timedelta(minutes=minute) for minute in minutes]
    values = [(time.strftime(form), number) for number, time in enumerate(local)]
    folder = tmp_path_factory.mktemp("times")
    database(folder, "CREATE TABLE t (at TIMESTAMP, n)", rows=("INSERT INTO t VALUES (?, ?)", list(values)))
    context = SourceContext("facts", folder, "at", zone)
    begin = first.replace(tzinfo=UTC) + timedelta(minutes=start)
    end = begin + timedelta(minutes=length)
    instants = [time.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) for time in local]
    found = query("SELECT * FROM t").scan(context, ("n",), Interval(begin, end)).collect()["n"].to_list()
    assert sorted(found) == [i for i, at in enumerate(instants) if begin <= at < end]
    assert query("SELECT * FROM t").extent(context) == Interval(min(instants), max(instants))


def test_offsets_and_naive_times_mix(tmp_path: Path) -> None:
    times = [
        "2024-01-01T00:00:00Z",
        "2024-01-01 02:30:00+02:00",
        "2023-12-31T20:00:00",
        None,
        "2024-01-01T01:00:00.000001Z",
    ]
    database(tmp_path, "CREATE TABLE t (at)", rows=("INSERT INTO t VALUES (?)", [(time,) for time in times]))
    context = SourceContext("facts", tmp_path, "at", "America/New_York")
    source = query("SELECT at, rowid AS n FROM t")
    half_past = datetime(2024, 1, 1, 0, 30, tzinfo=UTC)
    assert sorted(source.scan(context, ("n",), Interval(half_past, None)).collect()["n"]) == [2, 3, 5]
    assert source.extent(context).end == datetime(2024, 1, 1, 1, 0, 0, 1, tzinfo=UTC)


def test_types_come_from_values_and_where_there_are_none_from_what_is_declared(tmp_path: Path) -> None:
    context = database(
        tmp_path,
        "CREATE TABLE t (at TEXT, i INTEGER, r REAL, n NUMERIC(10, 2), b BOOLEAN, mixed, void DOUBLE, day DATE, raw)",
        "INSERT INTO t VALUES ('2024-01-01', 1, 2, 3, 1, 'x', NULL, NULL, x'00')",
        "INSERT INTO t VALUES ('2024-01-02', NULL, .5, 2.5, 0, 7, NULL, NULL, NULL)",
    )
    source = query("SELECT *, i + 1 AS computed, i + .5 AS half FROM t -- a comment")
    schema = source.schema(context)
    assert schema == {
        "at": pl.String(),
        "i": pl.Int64(),
        "r": pl.Float64(),
        "n": pl.Float64(),
        "b": pl.Boolean(),
        "mixed": pl.String(),
        "void": pl.Float64(),
        "day": pl.String(),
        "raw": pl.Binary(),
        "computed": pl.Int64(),
        "half": pl.Float64(),
    }
    frame = source.scan(context, tuple(schema), ALL).collect()
    assert frame["n"].to_list() == [3.0, 2.5]
    assert frame["mixed"].to_list() == ["x", "7"]
    assert frame["b"].to_list() == [True, False]


def test_a_table_without_rows_has_a_schema_and_no_rows(tmp_path: Path) -> None:
    context = database(tmp_path, "CREATE TABLE t (at TEXT, v REAL)")
    source = query("SELECT * FROM t")
    assert source.schema(context) == {"at": pl.String(), "v": pl.Float64()}
    assert source.scan(context, ("at", "v"), DAY).collect().height == 0
    assert source.extent(context) == ALL


def test_many_rows_come_in_batches_and_one_statement_serves_many_queries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_sqlite, "_BATCH", 100)
    context = database(
        tmp_path, "CREATE TABLE t (at, v)", rows=("INSERT INTO t VALUES ('2024-01-01', ?)", [(i,) for i in range(1050)])
    )
    frame = query("SELECT * FROM t").scan(context, ("v",), ALL)
    queries = [frame.select(pl.len()), frame.select(pl.col("v").sum()), frame.filter(pl.col("v") < 10).select(pl.len())]
    assert [answer.item() for answer in pl.collect_all(queries)] == [1050, 1050 * 1049 // 2, 10]
    assert frame.head(150).collect().height == 150


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SELECT * FROM nowhere", ["no such table: nowhere"]),
        ("SELECT w FROM t", ["no such column: w"]),
        ("DELETE FROM t", ["not a SELECT; a source only reads"]),
        ("/* SELECT */ UPDATE t SET v = 1", ["not a SELECT"]),
        ("SELECT 1; DELETE FROM t", ["its query or `where` is refused"]),
        ("SELECT v AS at FROM t", ["'at' is Int64, not a time", "datetime(…, 'unixepoch')"]),
        (
            "SELECT 'yesterday' AS at FROM t",
            ['"yesterday" does not read as a time in ISO 8601; convert it in the query'],
        ),
        ("SELECT v FROM t", ["no column 'at' for its timestamp"]),
    ],
)
def test_a_query_that_does_not_serve_is_refused(tmp_path: Path, text: str, words: list[str]) -> None:
    context = database(tmp_path, "CREATE TABLE t (at, v)", "INSERT INTO t VALUES ('2024-01-01', 1)")
    said = failure(query(text), context)
    assert all(word in said for word in ["source 'facts'", *words]), said


def test_a_where_with_an_unknown_column_is_refused(tmp_path: Path) -> None:
    database(tmp_path, "CREATE TABLE t (at, v)")
    said = failure(query("SELECT * FROM t"), SourceContext("facts", tmp_path, "at", where="vv > 1"))
    assert "no such column: vv" in said


def test_a_column_that_changes_its_type_after_the_sample_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_sqlite, "_SAMPLE", 2)
    context = database(
        tmp_path, "CREATE TABLE t (at, v)", rows=("INSERT INTO t VALUES ('2024-01-01', ?)", [(1,), (2,), ("x",)])
    )
    assert "the column 'v' is Int64 in the first rows and something else in later ones" in failure(
        query("SELECT * FROM t"), context
    )


def test_a_locked_database_a_missing_file_and_a_foreign_file_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_sqlite, "_LOCK_SECONDS", 0.1)
    context = database(tmp_path, "CREATE TABLE t (at, v)")
    with contextlib.closing(sqlite3.connect(tmp_path / "data.db", isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        assert "the database is locked by a writer; try later" in failure(query("SELECT * FROM t"), context)
    (tmp_path / "data.db").write_bytes(b"no database" * 500)
    assert "its file is no SQLite database" in failure(query("SELECT * FROM t"), context)
    (tmp_path / "data.db").unlink()
    assert "its database file does not exist; correct `url`" in failure(query("SELECT * FROM t"), context)
    assert not (tmp_path / "data.db").exists()


def test_neither_a_secret_url_nor_a_secret_query_is_shown(tmp_path: Path) -> None:
    context = database(tmp_path, "CREATE TABLE t (at, v)")
    gone = Sql(url=Secret("sqlite:///hush/hush.db"), query="SELECT 1")
    hidden = Sql(url=Secret("sqlite:///data.db"), query=Secret("SELECT hush FROM t"))
    other = Sql(url=Secret("mysql://root:hush@hush/hush"), query="SELECT 1")
    for source in (gone, hidden, other):
        assert "hush" not in failure(source, context)
        assert "hush" not in repr(source)
