"""CSV sources on real files: names, types, times, and which file a failure names."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from driftline.config.document import Secret
from driftline.errors import SourceError
from driftline.model import Interval
from driftline.sources.base import SourceContext
from driftline.sources.csv import Csv
from driftline.sources.parquet import Parquet

FLIGHTS = Path(__file__).parents[1] / "data" / "flights"
ALL = Interval(None, None)
DAY = Interval(datetime(2013, 3, 10, 5, tzinfo=UTC), datetime(2013, 3, 11, 4, tzinfo=UTC))
MANY = "id,at,v\n" + "".join(f"{i},2024-01-01,{i}\n" for i in range(12_000))


def write(folder: Path, *contents: str | bytes) -> SourceContext:
    for number, content in enumerate(contents):
        (folder / f"{number}.csv").write_bytes(content.encode() if isinstance(content, str) else content)
    return SourceContext("feed", folder, "at", "America/New_York")


def rows(source: Csv, context: SourceContext, span: Interval = ALL) -> list[tuple[object, ...]]:
    return source.scan(context, tuple(source.schema(context)), span).collect().rows()


def failure(source: Csv, context: SourceContext) -> str:
    """What a user reads when the source is described, scanned and collected."""
    explained: SourceError | None = None
    try:
        rows(source, context)
    except SourceError as error:
        explained = error
    except (pl.exceptions.PolarsError, OSError) as error:
        explained = source.explain(context, error)
    assert explained is not None
    return str(explained)


def test_the_flights_read_the_same_from_csv_as_from_parquet(tmp_path: Path) -> None:
    pl.read_parquet(FLIGHTS / "predictions" / "2013-03.parquet").write_csv(tmp_path / "flights.csv")
    columns = ("flight_id", "scheduled_at", "origin", "p_late")
    context = SourceContext("scored", tmp_path, "scheduled_at", where="origin <> 'EWR'")
    original = SourceContext("scored", FLIGHTS, "scheduled_at", where="origin <> 'EWR'")
    read = Csv(path="flights.csv").scan(context, columns, DAY).collect()
    expected = Parquet(path="predictions/2013-03.parquet").scan(original, columns, DAY).collect()
    assert read.height > 500
    assert read.sort("flight_id").equals(expected.with_columns(pl.col("flight_id").cast(pl.Int64)).sort("flight_id"))


def test_columns_are_matched_by_name_and_a_missing_one_is_null(tmp_path: Path) -> None:
    context = write(tmp_path, "id,at,v\n1,2024-01-01T00:00:00Z,1.5\n", "at,id,w\n2024-01-02T00:00:00Z,2,x\n")
    assert rows(Csv(path="*.csv"), context) == [
        (1, datetime(2024, 1, 1, tzinfo=UTC), 1.5, None),
        (2, datetime(2024, 1, 2, tzinfo=UTC), None, "x"),
    ]


def test_naive_times_are_shown_as_naive_and_read_in_the_zone(tmp_path: Path) -> None:
    context = write(tmp_path, "id,at\n1,2024-01-01T00:00:00\n2,\n3,2024-07-01T00:00:00\n")
    source = Csv(path="0.csv")
    assert source.schema(context)["at"] == pl.Datetime("us")
    assert rows(source, context, Interval(datetime(2024, 7, 1, 4, tzinfo=UTC), None)) == [
        (3, datetime(2024, 7, 1, 4, tzinfo=UTC))
    ]
    assert source.extent(context) == Interval(datetime(2024, 1, 1, 5, tzinfo=UTC), datetime(2024, 7, 1, 4, tzinfo=UTC))
    assert source.row_count(context) is None


def test_a_file_with_a_header_only_adds_no_rows_and_no_types(tmp_path: Path) -> None:
    context = write(tmp_path, "id,at\n", "id,at\n1,2024-01-01\n", "id,at")
    source = Csv(path="*.csv")
    assert source.schema(context) == {"id": pl.Int64(), "at": pl.Datetime("us")}
    assert len(rows(source, context)) == 1
    assert rows(Csv(path="0.csv"), context) == []
    assert Csv(path="0.csv").extent(context) == Interval(None, None)


def test_a_column_without_a_value_has_no_type_and_one_of_other_files_keeps_theirs(tmp_path: Path) -> None:
    empty = "at,v,w,x\n" + "2024-01-01,,,\n" * 300
    context = write(tmp_path, empty, "at,v,w,x\n2024-01-02,1.5,,x\n", "at,v\n2024-01-03,\n")
    source = Csv(path="*.csv")
    assert source.schema(context) == {"at": pl.Datetime("us"), "v": pl.Float64(), "w": pl.Null(), "x": pl.String()}
    assert rows(source, context)[-2:] == [
        (datetime(2024, 1, 2, 5, tzinfo=UTC), 1.5, None, "x"),
        (datetime(2024, 1, 3, 5, tzinfo=UTC), None, None, None),
    ]
    assert Csv(path="*.csv", types={"w": "text"}).schema(context)["w"] == pl.String()


def test_a_column_whose_first_value_comes_late_is_text(tmp_path: Path) -> None:
    context = write(tmp_path, "at,v\n" + "2024-01-01,\n" * 300 + "2024-01-01,seven\n")
    assert rows(Csv(path="*.csv"), context)[-1][1] == "seven"


def test_a_column_that_was_empty_and_is_no_more_is_looked_at_again(tmp_path: Path) -> None:
    source, context = Csv(path="*.csv"), write(tmp_path, "at,v\n2024-01-01,\n")
    assert source.schema(context)["v"] == pl.Null()
    write(tmp_path, "at,v\n2024-01-01,seven\n")
    assert source.schema(context)["v"] == pl.String()


def test_a_timestamp_may_be_a_number_where_that_is_said(tmp_path: Path) -> None:
    context = write(tmp_path, "at\n1704067200\n\n1704067200.5\n")
    read = rows(Csv(path="0.csv", timestamp_format="epoch_s"), context)
    assert read[0] == (datetime(2024, 1, 1, tzinfo=UTC),)
    assert read[-1] == (datetime(2024, 1, 1, microsecond=500_000, tzinfo=UTC),)


def test_separator_quote_nulls_and_types_are_options(tmp_path: Path) -> None:
    context = write(tmp_path, "id\tat\tv\n'1\t'\t2024-01-01\tn/a\n2\tunknown\t007\n")
    source = Csv(
        path="0.csv", separator="\\t", quote="'", null_values=("n/a", "unknown"), types={"v": "text", "id": "text"}
    )
    assert rows(source, context) == [("1\t", datetime(2024, 1, 1, 5, tzinfo=UTC), None), ("2", None, "007")]


def test_a_compressed_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"id,at\n1,2024-01-01\n"))
    assert len(rows(Csv(path="*.gz"), SourceContext("feed", tmp_path, "at"))) == 1


def test_a_timestamp_format_reads_other_forms_and_an_offset(tmp_path: Path) -> None:
    context = write(tmp_path, "at\n01/02/2024 10:00\n", "at\n01/02/2024 10:00 +0100\n")
    ten = datetime(2024, 2, 1, 15, tzinfo=UTC)
    assert rows(Csv(path="0.csv", timestamp_format="%d/%m/%Y %H:%M"), context) == [(ten,)]
    assert rows(Csv(path="1.csv", timestamp_format="%d/%m/%Y %H:%M %z"), context) == [(ten.replace(hour=9),)]


def test_text_that_is_not_utf8_can_be_let_through(tmp_path: Path) -> None:
    context = write(tmp_path, b"id,at\n\xe9,2024-01-01\n")
    assert "0.csv is not UTF-8; convert it, or set `encoding: utf8-lossy`" in failure(Csv(path="*.csv"), context)
    assert rows(Csv(path="*.csv", encoding="utf8-lossy"), context)[0][0] == "\ufffd"


@pytest.mark.parametrize(
    ("contents", "words"),
    [
        (["at\n2024-01-01\n", ""], ["1.csv is empty: it has not even a header"]),
        (["at\n01/02/2024\n"], ['"01/02/2024" does not read as a time', "`timestamp_format`"]),
        (["at\n1700000000\n"], ['"1700000000" does not read as a time']),
        (["att\n2024-01-01\n"], ["no column 'at' for its timestamp; did you mean 'att'?"]),
        ([MANY, MANY + "1,2024-01-01,seven\n"], ["1.csv holds a value of 'v' that is not Int64", "`v: text`"]),
        (["at,v\n2024-01-01,1\n", "at,v\n2024-01-01,1,2\n"], ["1.csv has a line with more fields than its header"]),
        (
            ["at,v\n2024-01-01,2024-01-01T00:00:00Z\n", "at,v\n2024-01-01,2024-01-01T00:00:00\n"],
            ["the column 'v' is Datetime", "0.csv", "1.csv", "`v: text`"],
        ),
    ],
)
def test_a_file_that_does_not_fit_is_named_with_what_to_do(
    tmp_path: Path, contents: list[str], words: list[str]
) -> None:
    said = failure(Csv(path="*.csv"), write(tmp_path, *contents))
    assert all(word in said for word in ["source 'feed'", *words]), said


def test_values_of_a_column_are_not_quoted(tmp_path: Path) -> None:
    assert "seven" not in failure(Csv(path="*.csv"), write(tmp_path, MANY + "1,2024-01-01,seven\n"))


def test_a_type_for_a_column_that_is_not_there_is_refused(tmp_path: Path) -> None:
    said = failure(Csv(path="*.csv", types={"valeu": "text"}), write(tmp_path, "at,value\n2024-01-01,1\n"))
    assert "`types` names 'valeu', which is no column; did you mean 'value'?" in said


def test_a_missing_file_is_said_and_a_secret_path_is_not_shown(tmp_path: Path) -> None:
    context = SourceContext("feed", tmp_path, "at")
    assert "the file gone.csv does not exist" in failure(Csv(path="gone.csv"), context)
    said = failure(Csv(path=Secret("hush/gone.csv")), context)
    assert "hush" not in said
    assert "secret" in said
