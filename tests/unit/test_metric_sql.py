"""Metrics in SQL: the same numbers as SQLite gives, and every refusal at its place."""

from __future__ import annotations

import math
import sqlite3
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from driftline.checks.base import Subject
from driftline.checks.business._metric import Metric
from driftline.checks.business._sql import SqlError, parse_metric, validate_expression
from driftline.model import Failed, NoData, Reading, Value
from driftline.profiles.moments import Moments
from tests.conformance.reading import profile, read

ROWS = 500


@pytest.fixture(scope="module")
def orders() -> pl.DataFrame:
    random = np.random.default_rng(3)
    country = random.choice(["NO", "SE", "DK"], ROWS).tolist()
    return pl.DataFrame(
        {
            "amount": [None if n % 11 == 0 else float(v) for n, v in enumerate(random.gamma(2, 40, ROWS).round(2))],
            "cost": random.gamma(2, 20, ROWS).round(2),
            "items": random.integers(0, 5, ROWS),
            "fraud": random.random(ROWS) < 0.1,
            "country": [None if n % 17 == 0 else c for n, c in enumerate(country)],
            "unit price": random.random(ROWS).round(3),
        }
    )


@pytest.fixture(scope="module")
def database(orders: pl.DataFrame) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute(
        "CREATE TABLE orders (amount REAL, cost REAL, items REAL, fraud REAL, country TEXT, [unit price] REAL)"
    )
    connection.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?)", orders.rows())
    return connection


def metric(sql: str, frame: pl.DataFrame, folder: Path) -> Reading:
    return read(Metric(), Subject(sql=sql), frame, folder)


@pytest.mark.parametrize(
    "sql",
    [
        "SUM(amount)",
        "AVG(amount) - AVG(cost)",
        "COUNT(*)",
        "COUNT(amount)",
        "COUNT(country)",
        "COUNT(DISTINCT country)",
        "MIN(amount) + MAX(cost) * 2",
        "SUM(amount) / COUNT(*)",
        "100.0 * COUNT(*) FILTER (WHERE fraud) / COUNT(*)",
        "SUM(amount) FILTER (WHERE country = 'NO' AND items > 1) / SUM(amount)",
        "COUNT(amount) FILTER (WHERE country = 'NO' OR items > 3)",
        "SUM(CASE WHEN fraud THEN amount ELSE 0 END) / SUM(amount)",
        "SUM(CASE country WHEN 'NO' THEN 1 WHEN 'SE' THEN 2 ELSE 0 END)",
        "SUM(COALESCE(amount, 0) - cost)",
        'SUM(amount * "unit price")',
        "AVG(CAST(items AS DOUBLE))",
        "AVG(ABS(amount - cost))",
        "SUM(CASE WHEN country LIKE 'N%' THEN 1 ELSE 0 END)",
        "SUM(CASE WHEN country IN ('NO', 'SE') AND NOT fraud THEN 1 ELSE 0 END)",
        "SUM(CASE WHEN amount BETWEEN 10 AND 50 THEN 1 ELSE 0 END)",
        "COUNT(*) FILTER (WHERE amount IS NULL)",
        "COUNT(*) FILTER (WHERE country <> 'NO')",
        "AVG(amount / NULLIF(items, 0))",
        "COALESCE(SUM(amount) / NULLIF(SUM(items) * 0, 0), -1)",
        "CASE WHEN COUNT(*) > 100 THEN SUM(amount) ELSE 0 END",
        "CASE WHEN SUM(items) IS NULL OR SUM(amount) < 0 THEN 1 WHEN NOT COUNT(*) = 0 THEN 2 END",
        "ROUND(AVG(amount), 1)",
        "ABS(SUM(cost) - 10 * SUM(amount))",
        "-(SUM(amount) - SUM(cost)) / (2 + COUNT(*))",
        "SUM(LENGTH(country))",
    ],
)
def test_a_metric_is_what_a_database_says(
    sql: str, orders: pl.DataFrame, database: sqlite3.Connection, tmp_path: Path
) -> None:
    expected = database.execute(f"SELECT {sql} FROM orders").fetchone()[0]
    reading = metric(sql, orders, tmp_path)
    assert isinstance(reading, Value), reading
    assert math.isclose(reading.value, expected, rel_tol=1e-9), (reading.value, expected)
    assert reading.rows == ROWS
    assert reading.bound == 0.0


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("STDDEV(cost)", lambda x: x.std(ddof=1)),
        ("STDDEV_SAMP(cost)", lambda x: x.std(ddof=1)),
        ("STDDEV_POP(cost)", lambda x: x.std()),
        ("VARIANCE(cost)", lambda x: x.var(ddof=1)),
        ("VAR_SAMP(cost)", lambda x: x.var(ddof=1)),
        ("VAR_POP(cost)", lambda x: x.var()),
        ("LN(SUM(cost))", lambda x: math.log(x.sum())),
        ("SQRT(SUM(cost))", lambda x: math.sqrt(x.sum())),
        ("GREATEST(SUM(cost), 1) - LEAST(SUM(cost), 1)", lambda x: x.sum() - 1),
        ("COUNT_IF(cost > 20) % 7", lambda x: (x > 20).sum() % 7),
        ("MEDIAN(cost)", np.median),
        ("QUANTILE_CONT(cost, 0.9) / 2", lambda x: np.quantile(x, 0.9) / 2),
        ("PERCENTILE_CONT(0.25) WITHIN GROUP (ORDER BY cost)", lambda x: np.quantile(x, 0.25)),
    ],
)
def test_spreads_and_quantiles_are_those_of_numpy(
    sql: str, expected: object, orders: pl.DataFrame, tmp_path: Path
) -> None:
    assert callable(expected)
    reading = metric(sql, orders, tmp_path)
    assert isinstance(reading, Value), reading
    assert reading.bound is not None
    exact = float(expected(orders["cost"].to_numpy()))
    assert abs(reading.value - exact) <= reading.bound + 1e-9 * abs(exact)


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SUM(amount) / SUM(zero)", "the denominator of SUM(amount) / SUM(zero) is 0"),
        ("SUM(amount) / NULLIF(COUNT(*), 3)", "NULLIF(COUNT(*), 3) is NULL"),
        ("SUM(nothing) / COUNT(*)", "SUM(nothing) has no value: no row brings one"),
        ("AVG(amount) FILTER (WHERE amount > 99)", "AVG(amount) FILTER(WHERE amount > 99) has no value"),
        ("LN(SUM(zero))", "LN(SUM(zero)) is not defined for 0"),
        ("SQRT(-SUM(amount))", "SQRT(-SUM(amount)) is not defined for -6"),
        ("STDDEV(one)", "STDDEV(one) has no value"),
        ("CASE WHEN COUNT(*) > 9 THEN SUM(amount) END", "no branch of CASE applies"),
    ],
)
def test_what_has_no_value_says_why(sql: str, reason: str, tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"amount": [1.0, 2.0, 3.0], "zero": [0.0, 0.0, 0.0], "nothing": [None, None, None], "one": [1.0, None, None]},
        schema_overrides={"nothing": pl.Float64},
    )
    reading = metric(sql, frame, tmp_path)
    assert isinstance(reading, NoData), reading
    assert reading.reason.startswith(reason)


def test_a_result_beyond_a_double_fails(tmp_path: Path) -> None:
    reading = metric("EXP(SUM(x))", pl.DataFrame({"x": [1e6]}), tmp_path)
    assert isinstance(reading, Failed)
    assert isinstance(metric("SUM(x) * 1e300", pl.DataFrame({"x": [1e100]}), tmp_path), Failed)


def test_the_bound_follows_the_arithmetic(tmp_path: Path) -> None:
    frame = pl.DataFrame({"x": np.random.default_rng(0).normal(100, 1, 50_000)})
    alone = metric("MEDIAN(x)", frame, tmp_path)
    scaled = metric("3 * MEDIAN(x) + COUNT(*)", frame, tmp_path)
    assert isinstance(alone, Value)
    assert isinstance(scaled, Value)
    assert alone.bound is not None
    assert alone.bound > 0
    assert scaled.bound == pytest.approx(3 * alone.bound, rel=1e-6)


@pytest.mark.parametrize(
    ("sql", "marked", "says"),
    [
        ("SUM(x) OVER ()", "OVER", "OVER is not possible in a metric"),
        ("1 + (SELECT 1)", "SELECT", "a sub-query is not possible"),
        ("amount + SUM(x)", "amount", "the column amount stands outside of an aggregate"),
        ("FOO(x)", "FOO", "there is no aggregate FOO"),
        ("SUM(x) + 2 * SUM(BAR(x))", "BAR", "BAR is not known here"),
        ("SUM(NOW())", "NOW", "NOW is not known here"),
        ("SUM(SUM(x))", "SUM(x))", "an aggregate cannot stand here"),
        ("SUM(t.x)", "t", "write x without a table name"),
        ("CORR(x, y)", "CORR", "CORR is not an aggregate that profiles hold"),
        ("SUM(DISTINCT x)", "SUM", "DISTINCT is known in COUNT(DISTINCT column) only"),
        ("COUNT(DISTINCT x + 1)", "COUNT", "COUNT(DISTINCT …) takes one column"),
        ("MEDIAN(x + 1)", "MEDIAN", "takes a column of the source"),
        ("MEDIAN(x) FILTER (WHERE y > 1)", "MEDIAN", "FILTER is not possible"),
        ("SUM(1)", "SUM", "names no column"),
        ("SUM(x", "x", "the SQL does not parse"),
        ("SUM(x) 'a", "", "a quote is not closed"),
        ("SUM(x); SUM(y)", "", "several statements"),
        ("", "", "the SQL is empty"),
        ("1 + 1", "", "a metric needs an aggregate"),
    ],
)
def test_a_refusal_says_where_and_why(sql: str, marked: str, says: str) -> None:
    with pytest.raises(SqlError) as raised:
        parse_metric(sql)
    assert says in raised.value.message
    assert sql[raised.value.start :].startswith(marked)


def test_wrong_sql_fails_the_reading_and_nothing_else() -> None:
    assert Metric().needs(Subject(sql="SUM(")) == {}


def test_a_metric_names_its_columns_and_scans_equal_parts_once() -> None:
    parsed = parse_metric('SUM(a) / SUM(a) + COUNT(*) FILTER (WHERE b > 1) + MEDIAN("c d")')
    assert parsed.columns() == {"a", "b", "c d"}
    assert parsed.specs()["SUM(a)"] == Moments("a")
    assert len(parsed.specs()) == 3


# What the rows' side allows must be what Polars evaluates, in the words in which it is handed on.
ROW_WISE = [
    "x + 1 - 2 * x / 3 % 4",
    "x // 2",
    "-x",
    "(x = 1 AND y <> 2) OR NOT x >= 1 AND x < 3 OR x <= 2 OR x > 9",
    "x IN (1, 2) AND x NOT IN (3)",
    "x BETWEEN 1 AND 2",
    "x IS NULL OR x IS NOT NULL",
    "flag IS TRUE OR flag IS FALSE",
    "s LIKE 'a%' OR s NOT LIKE 'b_' OR s ILIKE 'C%'",
    "CASE WHEN x > 1 THEN 1 WHEN flag THEN 2 ELSE NULL END",
    "CASE x WHEN 1 THEN 2 END",
    "IF(flag, x, y)",
    "CAST(x AS BIGINT) + CAST(x AS DOUBLE) + CAST(x AS INTEGER) + x::REAL",
    "TRY_CAST(s AS DOUBLE)",
    "CAST(x AS VARCHAR)",
    "COALESCE(x, y, 0)",
    "NULLIF(x, 0)",
    "IFNULL(x, 0)",
    "ABS(x) + ROUND(x) + ROUND(x, 2) + FLOOR(x) + CEIL(x) + SIGN(x)",
    "LN(x) + EXP(x) + SQRT(x) + POWER(x, 2) + POW(x, 2)",
    "GREATEST(x, y) + LEAST(x, y)",
    "LENGTH(s)",
    "LOWER(s) = UPPER(s) OR TRIM(s) = 'a'",
    "SUBSTRING(s, 1, 1) = 'a'",
    "STARTS_WITH(s, 'a')",
    "s || 'x' = CONCAT(s, 'x')",
    "EXTRACT(HOUR FROM t) + EXTRACT(YEAR FROM t)",
    "TRUE",
]


@pytest.mark.parametrize("sql", ROW_WISE)
def test_what_the_rows_side_allows_polars_evaluates(sql: str, tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"x": [1.0, 2.0, None], "y": [2.0, 2.0, 2.0], "s": ["a", "B", None], "flag": [True, False, None]}
    ).with_columns(t=pl.datetime(2026, 1, 1, 5))
    assert validate_expression(sql) <= set(frame.columns)
    counted = parse_metric(f"COUNT({sql})").aggregates.values()
    for aggregate in counted:
        found = profile(frame, aggregate.spec(), tmp_path)
        expected = frame.select(pl.sql_expr(sql).count()).item() if sql != "TRUE" else 3
        assert getattr(found, "count", None) == expected or found.rows == expected


@pytest.mark.parametrize(
    "sql",
    [
        "SUM(x) > 1",
        "x OVER ()",
        "RANDOM() > 0.5",
        "(SELECT 1)",
        "a.b = 1",
        "x >",
        "CURRENT_DATE = d",
        "x IS DISTINCT FROM y",
    ],
)
def test_what_one_row_cannot_say_is_no_condition(sql: str) -> None:
    with pytest.raises(SqlError):
        validate_expression(sql)
