"""SQL sources on a real PostgreSQL: what it is asked, what comes back, and what a refusal says."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import adbc_driver_postgresql.dbapi
import polars as pl
import pytest

from driftline.config.document import Secret
from driftline.errors import SourceError
from driftline.model import Interval
from driftline.sources.base import SourceContext
from driftline.sources.sql import Sql
from tests.services.postgresql import PASSWORD, USER, Postgres

FLIGHTS = Path(__file__).parents[1] / "data" / "flights"
ALL = Interval(None, None)
DAY = Interval(datetime(2013, 3, 10, 5, tzinfo=UTC), datetime(2013, 3, 11, 4, tzinfo=UTC))
SCORED = SourceContext("scored", FLIGHTS, "scheduled_at", "America/New_York")


@pytest.fixture(scope="module", autouse=True)
def tables(postgres: Postgres) -> Iterator[None]:
    """The flights of March, and a table of every type that a warehouse holds, in a schema of their own."""
    flights = pl.read_parquet(
        FLIGHTS / "predictions" / "2013-03.parquet", columns=["scheduled_at", "origin", "distance", "p_late"]
    )
    with adbc_driver_postgresql.dbapi.connect(postgres.url) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA sources")
        cursor.adbc_ingest("flights", flights.to_arrow(), db_schema_name="sources")
        cursor.execute("CREATE INDEX ON sources.flights (scheduled_at)")
        cursor.execute("CREATE TYPE sources.mood AS ENUM ('calm', 'tense')")
        cursor.execute(
            "CREATE TABLE sources.types AS SELECT 1::smallint AS small, 2.50::numeric(10, 2) AS price, 3.5::real AS r, "
            "true AS b, 'x'::varchar AS v, 'calm'::sources.mood AS mood, '{\"a\": 1}'::jsonb AS j, '1.25'::money AS m, "
            "'6ba7b810-9dad-11d1-80b4-00c04fd430c8'::uuid AS u, ARRAY[1, 2] AS many, interval '1 day' AS span, "
            "timestamp '2013-03-10 02:30' AS naive, timestamptz '2013-03-10 02:30+00' AS aware, "
            "date '2013-03-10' AS day"
        )
        connection.commit()
    yield
    with adbc_driver_postgresql.dbapi.connect(postgres.url) as connection, connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA sources CASCADE")
        connection.commit()


def failure(source: Sql, context: SourceContext) -> str:
    """What a user reads when the source is described, scanned and collected."""
    with pytest.raises(SourceError) as caught:
        source.scan(context, tuple(source.schema(context)), ALL).collect()
    return str(caught.value)


def test_the_flights_of_a_23_hour_day_come_as_they_do_from_parquet(postgres: Postgres) -> None:
    source = Sql(url=Secret(postgres.url), query="SELECT * FROM sources.flights -- all of them")
    frame = source.scan(SCORED, ("scheduled_at", "distance"), DAY).collect()
    assert frame.height == 908
    assert frame.schema == {"scheduled_at": pl.Datetime("us", "UTC"), "distance": pl.Int32()}
    assert source.extent(SCORED).start == datetime(2013, 3, 1, 10, tzinfo=UTC)
    assert source.row_count(SCORED) is None


def test_span_where_and_columns_are_part_of_the_statement(postgres: Postgres) -> None:
    source = Sql(url=postgres.url, query="SELECT * FROM sources.flights")
    context = SourceContext("scored", FLIGHTS, "scheduled_at", where="origin = 'JFK' -- only there")
    seen = len(postgres.log.read_text())
    answer = source.scan(context, ("p_late", "distance"), DAY).select(pl.col("p_late").mean()).collect().item()
    assert 0 < answer < 1
    (statement,) = [part for part in postgres.log.read_text()[seen:].split("LOG:") if "TIMESTAMPTZ" in part]
    assert "\"scheduled_at\" >= TIMESTAMPTZ '2013-03-10T05:00:00+00:00'" in statement
    assert "\"scheduled_at\" < TIMESTAMPTZ '2013-03-11T04:00:00+00:00'" in statement
    assert "origin = 'JFK'" in statement
    assert '"p_late"' in statement
    assert '"distance"' not in statement


def test_queries_that_are_collected_together_share_one_statement(postgres: Postgres) -> None:
    frame = Sql(url=postgres.url, query="SELECT * FROM sources.flights").scan(SCORED, ("origin", "distance"), ALL)
    seen = len(postgres.log.read_text())
    pl.collect_all([frame.select(pl.len()), frame.group_by("origin").len(), frame.select(pl.col("distance").max())])
    assert postgres.log.read_text()[seen:].count("COPY") == 1


def test_types_without_an_arrow_twin_are_numbers_where_they_are_numbers_and_text_else(postgres: Postgres) -> None:
    source = Sql(url=postgres.url, query="SELECT * FROM sources.types")
    context = SourceContext("types", FLIGHTS)
    schema = source.schema(context)
    row = source.scan(context, tuple(schema), ALL).collect().row(0, named=True)
    assert schema["price"] == schema["m"] == pl.Float64()
    assert (row["small"], row["price"], row["m"], row["b"], row["mood"]) == (1, 2.5, 1.25, True, "calm")
    assert (row["j"], row["u"], row["many"], row["span"]) == (
        '{"a": 1}',
        "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        [1, 2],
        "1 day",
    )


@pytest.mark.parametrize(
    ("column", "instant"),
    [
        ("naive", datetime(2013, 3, 10, 7, 30, tzinfo=UTC)),  # in the hour that New York skipped
        ("aware", datetime(2013, 3, 10, 2, 30, tzinfo=UTC)),
        ("day", datetime(2013, 3, 10, 5, tzinfo=UTC)),
    ],
)
def test_every_kind_of_time_is_cut_and_converted(postgres: Postgres, column: str, instant: datetime) -> None:
    source = Sql(url=postgres.url, query="SELECT * FROM sources.types")
    context = SourceContext("types", FLIGHTS, column, "America/New_York")
    assert source.extent(context) == Interval(instant, instant)
    assert source.scan(context, (column,), Interval(instant, None)).collect().item() == instant
    assert source.scan(context, ("small",), Interval(None, instant)).collect().height == 0


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELECT * FROM sources.nowhere", ['relation "sources.nowhere" does not exist']),
        ("SELECT nothing FROM sources.flights", ['column "nothing" does not exist']),
        ("SELECT distance, distance FROM sources.flights", ["yields two columns 'distance'"]),
        ("DELETE FROM sources.flights", ["not a SELECT; a source only reads"]),
        ("WITH gone AS (DELETE FROM sources.flights RETURNING *) SELECT * FROM gone", ["what a source cannot do"]),
        ("SELECT setval('sources.counter', 1) AS x", ["sources.counter"]),
        ("SELECT 1 AS x; DROP TABLE sources.flights", ["syntax error"]),
        ("SELECT 1 / 0 AS x", ["cannot convert or compute a value"]),
        ("SELECT (CASE WHEN distance > 4900 THEN 'far' ELSE '1' END)::int AS x FROM sources.flights", ["later row"]),
    ],
)
def test_a_query_that_does_not_serve_is_refused(postgres: Postgres, query: str, words: list[str]) -> None:
    said = failure(Sql(url=postgres.url, query=query), SourceContext("scored", FLIGHTS))
    assert all(word in said for word in ["source 'scored'", *words]), said


def test_a_source_cannot_write_even_through_a_function(postgres: Postgres) -> None:
    with adbc_driver_postgresql.dbapi.connect(postgres.url) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE SEQUENCE sources.tickets")
        connection.commit()
    said = failure(Sql(url=postgres.url, query="SELECT nextval('sources.tickets') AS x"), SourceContext("t", FLIGHTS))
    assert "tries to change data; a source only reads" in said


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("small", ["'small' is Int16, not a time", "to_timestamp"]),
        ("v", ["'v' is text, not a time", "timestamptz"]),
        ("dayy", ["no column 'dayy'", "did you mean 'day'?"]),
    ],
)
def test_a_timestamp_that_is_no_time_is_refused(postgres: Postgres, column: str, words: list[str]) -> None:
    source = Sql(url=postgres.url, query="SELECT * FROM sources.types")
    said = failure(source, SourceContext("types", FLIGHTS, column))
    assert all(word in said for word in words), said


def test_a_connection_that_fails_says_why_and_shows_no_part_of_the_url(postgres: Postgres) -> None:
    good = postgres.url
    cases = {
        good.replace(PASSWORD, "wrong-horse"): "refused the user or the password",
        good.replace(f":{postgres.port}/", ":1/"): "cannot be reached",
        good.replace("127.0.0.1", "nowhere.invalid"): "cannot be reached",
        good.replace("/postgres", "/warehouse"): "no database of that name",
        good.replace(USER, "stranger"): "refused the user or the password",
        good.replace("postgresql://", "oracle://"): "names no database that driftline reads",
    }
    for url, cause in cases.items():
        said = failure(Sql(url=Secret(url), query="SELECT 1 AS x"), SourceContext("scored", FLIGHTS))
        assert cause in said
        for part in (PASSWORD, "horse", USER, "stranger", "127.0.0.1", "nowhere", "warehouse", str(postgres.port)):
            assert part not in said


def test_a_secret_query_is_not_quoted(postgres: Postgres) -> None:
    said = failure(Sql(url=postgres.url, query=Secret("SELECT hush FROM sources.flights")), SCORED)
    assert "hush" not in said


def test_a_url_in_sqlalchemy_s_form_is_read_too(postgres: Postgres) -> None:
    url = postgres.url.replace("postgresql://", "postgresql+psycopg://")
    assert list(Sql(url=url, query="SELECT 1 AS x").schema(SourceContext("one", FLIGHTS))) == ["x"]


def test_without_the_driver_the_extra_is_named(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without_adbc(name: str, *rest: object, **more: object) -> object:
        if name.startswith("adbc_driver_postgresql"):
            raise ImportError(name)
        return real(name, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without_adbc)
    said = failure(Sql(url=postgres.url, query="SELECT 1 AS x"), SourceContext("scored", FLIGHTS))
    assert "pip install 'driftline[postgresql]'" in said
