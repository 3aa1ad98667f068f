"""NDJSON sources on real files: keys, types, times, and the line that a failure names."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import polars as pl
import pytest

from driftline.config.document import Secret
from driftline.errors import SourceError
from driftline.model import Interval
from driftline.sources.base import SourceContext
from driftline.sources.ndjson import Ndjson
from driftline.sources.parquet import Parquet

FLIGHTS = Path(__file__).parents[1] / "data" / "flights"
ALL = Interval(None, None)
DAY = Interval(datetime(2013, 3, 10, 5, tzinfo=UTC), datetime(2013, 3, 11, 4, tzinfo=UTC))
ROW = '{"at": "2024-01-01", "v": 1}\n'
MANY = ROW * 10_000


def write(folder: Path, *contents: str | bytes) -> SourceContext:
    for number, content in enumerate(contents):
        (folder / f"{number}.jsonl").write_bytes(content.encode() if isinstance(content, str) else content)
    return SourceContext("feed", folder, "at", "America/New_York")


def rows(source: Ndjson, context: SourceContext, span: Interval = ALL) -> list[tuple[object, ...]]:
    return source.scan(context, tuple(source.schema(context)), span).collect().rows()


def failure(source: Ndjson, context: SourceContext) -> str:
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


def test_the_flights_read_the_same_from_ndjson_as_from_parquet(tmp_path: Path) -> None:
    pl.read_parquet(FLIGHTS / "predictions" / "2013-03.parquet").write_ndjson(tmp_path / "flights.ndjson")
    columns = ("flight_id", "scheduled_at", "origin", "p_late")
    context = SourceContext("scored", tmp_path, "scheduled_at", where="origin <> 'EWR'")
    original = SourceContext("scored", FLIGHTS, "scheduled_at", where="origin <> 'EWR'")
    read = Ndjson(path="flights.ndjson").scan(context, columns, DAY).collect()
    expected = Parquet(path="predictions/2013-03.parquet").scan(original, columns, DAY).collect()
    assert read.height > 500
    assert read.sort("flight_id").equals(expected.with_columns(pl.col("flight_id").cast(pl.Int64)).sort("flight_id"))


def test_only_the_keys_that_are_needed_are_kept(tmp_path: Path) -> None:
    context = write(tmp_path, ROW)
    assert "PROJECT 1/2 COLUMNS" in Ndjson(path="0.jsonl").scan(context, ("v",), ALL).explain()


def test_keys_are_matched_by_name_numbers_are_widened_and_a_missing_one_is_null(tmp_path: Path) -> None:
    later = '{"w": "x", "v": 1.5, "at": "2024-07-01T00:00:00Z"}\n'
    context = write(tmp_path, ROW, "", later)
    assert rows(Ndjson(path="*.jsonl"), context) == [
        (datetime(2024, 1, 1, 5, tzinfo=UTC), 1.0, None),
        (datetime(2024, 7, 1, tzinfo=UTC), 1.5, "x"),
    ]


def test_a_column_that_is_text_in_one_file_is_text_and_one_of_nulls_has_no_type(tmp_path: Path) -> None:
    context = write(tmp_path, ROW, '{"at": "2024-01-02", "v": "x", "w": null}\n')
    source = Ndjson(path="*.jsonl")
    assert source.schema(context) == {"at": pl.Datetime("us"), "v": pl.String(), "w": pl.Null()}
    assert [row[1] for row in rows(source, context)] == ["1", "x"]


def test_a_column_of_values_of_several_shapes_is_text(tmp_path: Path) -> None:
    line = '{{"at": "2024-01-01", "n": 1.5, "i": 2, "b": true, "v": {}}}\n'
    context = write(tmp_path, line.format('{"a": 1}') + line.format("[1]") + line.format("null") + "{}\n")
    source = Ndjson(path="*.jsonl")
    schema = source.schema(context)
    assert [schema[name] for name in "nibv"] == [pl.Float64(), pl.Int64(), pl.Boolean(), pl.String()]
    assert [row[-1] for row in rows(source, context)] == ['{"a": 1}', "[1]", None, None]


def test_an_object_without_keys_is_text(tmp_path: Path) -> None:
    context = write(tmp_path, '{"at": "2024-01-01", "w": {}, "v": [{"a": {}}]}\n')
    assert rows(Ndjson(path="*.jsonl"), context)[0][1:] == ("{}", '[{"a": {}}]')


def test_naive_times_are_shown_as_naive_and_read_in_the_zone(tmp_path: Path) -> None:
    context = write(
        tmp_path, '{"at":"2024-01-01T00:00:00"}\n{"at":null}\n{"at":"2024-07-01"}\n', '{"at":"2024-01-01Z"}'
    )
    source = Ndjson(path="0.jsonl")
    assert source.schema(context)["at"] == pl.Datetime("us")
    assert rows(source, context, Interval(datetime(2024, 7, 1, 4, tzinfo=UTC), None)) == [
        (datetime(2024, 7, 1, 4, tzinfo=UTC),)
    ]
    assert source.extent(context) == Interval(datetime(2024, 1, 1, 5, tzinfo=UTC), datetime(2024, 7, 1, 4, tzinfo=UTC))
    assert source.row_count(context) is None


@pytest.mark.parametrize(
    ("written", "layout"),
    [
        ("1704067200.25", "epoch_s"),
        ("1704067200250", "epoch_ms"),
        ("1704067200250000", "epoch_us"),
        ('"01.01.2024 00:00:00.25 +0000"', "%d.%m.%Y %H:%M:%S%.f %z"),
    ],
)
def test_a_timestamp_may_be_a_number_or_of_another_form_where_that_is_said(
    tmp_path: Path, written: str, layout: str
) -> None:
    context = write(tmp_path, f'{{"at": {written}}}\n')
    source = Ndjson(path="0.jsonl", timestamp_format=layout)
    assert rows(source, context) == [(datetime(2024, 1, 1, microsecond=250_000, tzinfo=UTC),)]


def test_types_are_options_and_name_columns_that_come_late(tmp_path: Path) -> None:
    write(tmp_path, '{"v": 7, "t": "2024-01-01T00:00:00+01:00", "m": {"a": 1}}\n{"m": 2}\n')
    context = SourceContext("feed", tmp_path)
    source = Ndjson(path="0.jsonl", types={"v": "text", "t": "datetime", "m": "text", "late": "number"})
    assert source.schema(context) == {
        "v": pl.String(),
        "t": pl.Datetime("us", "UTC"),
        "m": pl.String(),
        "late": pl.Float64(),
    }
    assert rows(source, context)[0] == ("7", datetime(2023, 12, 31, 23, tzinfo=UTC), '{"a": 1}', None)


@pytest.mark.parametrize(("compression", "ending"), [("gzip", "gz"), ("zstd", "zst")])
def test_a_compressed_file_is_read_and_its_broken_line_is_counted(
    tmp_path: Path, compression: Literal["gzip", "zstd"], ending: str
) -> None:
    def pack(*lines: str) -> None:
        frame = pl.LazyFrame({"line": lines})
        path = tmp_path / f"a.jsonl.{ending}"
        frame.sink_csv(path, include_header=False, quote_style="never", compression=compression, check_extension=False)

    context = SourceContext("feed", tmp_path, "at")
    pack(ROW.strip(), ROW.strip())
    assert len(rows(Ndjson(path="*"), context)) == 2
    pack(ROW.strip(), "nope")
    assert "has a broken line, 2: it is not JSON" in failure(Ndjson(path="*"), context)


@pytest.mark.parametrize(
    ("contents", "words"),
    [
        ([""], ["0.jsonl is empty", "no columns"]),
        (["", "\n \n"], ["all 2 files are empty"]),
        (["{}\n"], ["holds no rows, so it has no columns"]),
        ([ROW, ROW + '{"at": "2024-01-01", "v": 2\n' + ROW], ["1.jsonl has a broken line, 2", "character 28"]),
        ([MANY + "nope\n"], ["0.jsonl has a broken line, 10001: it is not JSON"]),
        (['[{"at": 1}]\n'], ["it is a JSON list", "jq -c"]),
        (['[\n  {"at": 1}\n]\n'], ["one JSON document over many lines", "jq -c"]),
        (["1\n"], ["it is a single value, not a JSON object"]),
        (['{"at": "2024-01-01", "v": NaN}\n'], ["NaN is no JSON number; write null"]),
        ([b"\xef\xbb\xbf" + ROW.encode()], ["byte-order mark"]),
        ([b'{"at": "\xe9"}\n'], ["is not UTF-8 text"]),
        ([MANY + '{"v": "seven"}\n'], ["holds text in 'v', which is Int64", "(line 10001)", "`v: text`"]),
        ([MANY + '{"v": 7.5}\n'], ["holds a number in 'v'", "(line 10001)", "`v: number`"]),
        ([ROW + '{"v": true}\n'], ["holds true or false in 'v', which is Int64", "(line 2)"]),
        (['{"at": "01/02/2024"}\n'], ['"01/02/2024" does not read as a time', "`timestamp_format`"]),
        (['{"at": 1700000000}\n'], ['"1700000000" does not read as a time', "`epoch_s`"]),
        (['{"att": "2024-01-01"}\n'], ["no column 'at' for its timestamp; did you mean 'att'?"]),
    ],
)
def test_a_line_that_does_not_fit_is_named_with_what_to_do(
    tmp_path: Path, contents: list[str | bytes], words: list[str]
) -> None:
    said = failure(Ndjson(path="*.jsonl"), write(tmp_path, *contents))
    assert all(word in said for word in ["source 'feed'", *words]), said
    assert "seven" not in said  # values may be private


def test_a_missing_file_is_said_and_a_secret_path_is_not_shown(tmp_path: Path) -> None:
    context = SourceContext("feed", tmp_path, "at")
    assert "the file gone.jsonl does not exist" in failure(Ndjson(path="gone.jsonl"), context)
    assert "no file matches *.json" in failure(Ndjson(path="*.json"), context)
    said = failure(Ndjson(path=Secret("hush/gone.jsonl")), context)
    assert "hush" not in said
    assert "secret" in said
