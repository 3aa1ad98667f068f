"""Parquet sources on real files: what is read, what is pruned, and which file a failure names."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from driftline.config.document import Secret
from driftline.errors import SourceError
from driftline.model import Interval
from driftline.sources.base import SourceContext
from driftline.sources.parquet import Parquet

FLIGHTS = Path(__file__).parents[1] / "data" / "flights"
ALL = Interval(None, None)
DAY = Interval(datetime(2013, 3, 10, 5, tzinfo=UTC), datetime(2013, 3, 11, 4, tzinfo=UTC))
FLOWN = Parquet(path="predictions/*.parquet")
SCORED = SourceContext("scored", FLIGHTS, "scheduled_at", "America/New_York")


def failure(source: Parquet, context: SourceContext, columns: tuple[str, ...] | None = None) -> str:
    """What a user reads when the source is described, scanned and collected."""
    explained: SourceError | None = None
    try:
        source.scan(context, columns or tuple(source.schema(context)), ALL).collect()
    except SourceError as error:
        explained = error
    except (pl.exceptions.PolarsError, OSError) as error:
        explained = source.explain(context, error)
    assert explained is not None
    return str(explained)


def write(folder: Path, **files: dict[str, object]) -> SourceContext:
    for name, columns in files.items():
        pl.DataFrame(columns).write_parquet(folder / f"{name}.parquet")
    return SourceContext("feed", folder)


def test_the_flights_of_a_23_hour_day_are_read_and_the_files_are_pruned_by_time_and_column() -> None:
    frame = FLOWN.scan(SCORED, ("distance", "scheduled_at"), DAY)
    assert frame.collect().height == 908
    plan = frame.explain()
    assert "SELECTION: " in plan
    assert 'col("scheduled_at") >= 2013-03-10 05:00:00 UTC' in plan
    assert "PROJECT 2/19 COLUMNS" in plan


def test_extent_and_row_count_of_the_flights() -> None:
    assert FLOWN.extent(SCORED) == Interval(
        datetime(2013, 3, 1, 10, tzinfo=UTC), datetime(2013, 9, 1, 3, 59, tzinfo=UTC)
    )
    assert FLOWN.row_count(SCORED) == 172_955


def test_where_filters_every_answer() -> None:
    context = SourceContext("scored", FLIGHTS, "scheduled_at", where="origin = 'JFK' AND distance > 2000")
    frame = FLOWN.scan(context, ("origin", "distance"), DAY).collect()
    assert frame["origin"].unique().to_list() == ["JFK"]
    assert frame["distance"].min() == 2153
    assert FLOWN.row_count(context) is None
    assert FLOWN.extent(context).start == datetime(2013, 3, 1, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("distnce > 1", ["names 'distnce'", "did you mean 'distance'?"]),
        ("distance >", ["cannot be used", "distance >"]),
        ("distance + 1", ["Boolean"]),
        ("origin > 3", ["cannot compare"]),
    ],
)
def test_a_where_that_does_not_hold_water_is_refused(where: str, words: list[str]) -> None:
    said = failure(FLOWN, SourceContext("scored", FLIGHTS, where=where), ("distance",))
    assert all(word in said for word in ["source 'scored'", "`where`", *words])


def test_no_column_at_all_still_counts_the_rows() -> None:
    assert FLOWN.scan(SCORED, (), DAY).select(pl.len()).collect().item() == 908


def test_an_unknown_column_is_refused_with_the_nearest() -> None:
    assert "no column 'distanse'; did you mean 'distance'?" in failure(FLOWN, SCORED, ("distanse",))


def test_hive_partitions_are_columns_and_prune_files(tmp_path: Path) -> None:
    for region, day in (("north", "2024-01-01"), ("south", "2024-01-02")):
        folder = tmp_path / "hive" / f"region={region}" / f"day={day}"
        folder.mkdir(parents=True)
        pl.DataFrame({"value": [1.0, 2.0]}).write_parquet(folder / "part.parquet")
        (folder / "_SUCCESS").touch()
        (folder / ".part.parquet.crc").touch()
    context = SourceContext("feed", tmp_path, "day")
    for path in ("hive", "hive/**/*.parquet", "hive/region=*", str(tmp_path / "hive")):
        source = Parquet(path=path)
        assert list(source.schema(context)) == ["value", "region", "day"]
        frame = source.scan(context, ("region",), Interval(datetime(2024, 1, 2, tzinfo=UTC), None))
        assert frame.collect()["region"].to_list() == ["south", "south"]
        assert "region=north" not in frame.explain()
    assert list(Parquet(path="hive", hive=False).schema(SourceContext("feed", tmp_path))) == ["value"]


def test_a_column_that_came_later_is_null_in_older_files_and_numbers_are_widened(tmp_path: Path) -> None:
    context = write(tmp_path, a={"x": [1], "old": ["o"]}, b={"x": [1.5], "new": [True]}, c={"x": [None]})
    source = Parquet(path="*.parquet")
    assert source.schema(context) == {"x": pl.Float64(), "old": pl.String(), "new": pl.Boolean()}
    frame = source.scan(context, ("x", "old", "new"), ALL).collect()
    assert frame.rows() == [(1.0, "o", None), (1.5, None, True), (None, None, None)]


def test_types_that_do_not_fit_fail_the_column_and_name_both_files(tmp_path: Path) -> None:
    context = write(tmp_path, a={"x": [1], "y": [1]}, b={"x": ["one"], "y": [2]})
    source = Parquet(path="*.parquet")
    said = failure(source, context, ("x",))
    assert all(word in said for word in ["'x' is Int64", "a.parquet", "String", "b.parquet"])
    assert source.scan(context, ("y",), ALL).collect()["y"].to_list() == [1, 2]


def test_a_file_without_rows_has_a_schema_and_no_rows(tmp_path: Path) -> None:
    pl.DataFrame(schema={"at": pl.Datetime("us"), "x": pl.Int64}).write_parquet(tmp_path / "a.parquet")
    source, context = Parquet(path="a.parquet"), SourceContext("feed", tmp_path, "at")
    assert list(source.schema(context)) == ["at", "x"]
    assert source.scan(context, ("x",), DAY).collect().height == 0
    assert source.extent(context) == Interval(None, None)
    assert source.row_count(context) == 0


def broken(folder: Path, content: bytes) -> SourceContext:
    (folder / "2013-03.parquet").write_bytes((FLIGHTS / "predictions" / "2013-03.parquet").read_bytes())
    (folder / "2013-04.parquet").write_bytes(content)
    return SourceContext("feed", folder, "scheduled_at")


def test_a_truncated_an_empty_and_a_foreign_file_are_named(tmp_path: Path) -> None:
    whole = (FLIGHTS / "predictions" / "2013-04.parquet").read_bytes()
    for content, word in (
        (whole[: len(whole) // 2], "truncated"),
        (b"", "0 bytes"),
        (b"a,b\n1,2\n" * 9, "another format"),
    ):
        said = failure(Parquet(path="*.parquet"), broken(tmp_path, content))
        assert "2013-04.parquet" in said
        assert "2013-03.parquet" not in said
        assert word in said


def test_a_file_damaged_in_its_middle_is_named_when_it_is_read(tmp_path: Path) -> None:
    whole = bytearray((FLIGHTS / "predictions" / "2013-04.parquet").read_bytes())
    whole[5_000:200_000] = os.urandom(195_000)
    said = failure(Parquet(path="*.parquet"), broken(tmp_path, bytes(whole)))
    assert "2013-04.parquet is damaged" in said


def test_a_file_that_vanishes_between_two_steps_is_named(tmp_path: Path) -> None:
    context = write(tmp_path, a={"x": [1]}, b={"x": [2]})
    source = Parquet(path="*.parquet")
    frame = source.scan(context, ("x",), ALL)
    (tmp_path / "b.parquet").unlink()
    with pytest.raises(FileNotFoundError):
        frame.collect()
    assert source.scan(context, ("x",), ALL).collect().height == 1


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("gone.parquet", ["the file gone.parquet does not exist under", "correct `path`"]),
        ("*.pq", ["no file matches *.pq under", "wait for the first file"]),
        ("nowhere/*.parquet", ["the folder ", "nowhere does not exist", "nowhere/*.parquet finds no file"]),
        ("empty", ["no file matches empty"]),
    ],
)
def test_a_path_that_finds_nothing_says_where_it_looked(tmp_path: Path, path: str, words: list[str]) -> None:
    (tmp_path / "empty").mkdir()
    said = failure(Parquet(path=path), SourceContext("feed", tmp_path))
    assert all(word in said for word in ["source 'feed'", *words]), said


def test_a_folder_that_may_not_be_listed_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: object) -> list[str]:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "listdir", refuse)  # chmod does not stop root, who runs tests in containers
    assert "no permission to list the folder of *.pq" in failure(Parquet(path="*.pq"), SourceContext("feed", tmp_path))


def test_a_file_that_may_not_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context = write(tmp_path, a={"x": [1]})

    def refuse(path: object) -> object:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(pl, "read_parquet_schema", refuse)
    assert "a.parquet may not be read; give this user permission" in failure(Parquet(path="a.parquet"), context)


def test_a_secret_path_is_never_shown(tmp_path: Path) -> None:
    folder = tmp_path / "hush"
    folder.mkdir()
    (folder / "b.parquet").write_bytes(b"broken")
    context = SourceContext("feed", tmp_path)
    pl.DataFrame({"x": [1]}).write_parquet(folder / "a.parquet")
    for pattern in ("hush/*.parquet", "hush/none*.parquet", "hush-too/a.parquet", "hush/gone.parquet"):
        said = failure(Parquet(path=Secret(pattern)), context)
        assert "hush" not in said
        assert "secret" in said
    assert "file 2 of 2" in failure(Parquet(path=Secret("hush/*.parquet")), context)


def test_an_error_that_is_not_the_source_s_is_left_alone() -> None:
    with pytest.raises(pl.exceptions.PolarsError) as caught:
        FLOWN.scan(SCORED, ("origin",), DAY).select(pl.col("origin").cast(pl.Int64, strict=True)).collect()
    assert FLOWN.explain(SCORED, caught.value) is None


def test_a_year_of_daily_files_is_described_fast(tmp_path: Path) -> None:
    for day in range(365):
        name = (datetime(2023, 1, 1, tzinfo=UTC) + timedelta(days=day)).strftime("%Y-%m-%d")
        pl.DataFrame({"x": [day], "at": [datetime(2023, 1, 1) + timedelta(days=day)]}).write_parquet(
            tmp_path / f"{name}.parquet"
        )
    source, context = Parquet(path=str(tmp_path / "*.parquet")), SourceContext("feed", tmp_path, "at")
    assert source.row_count(context) == 365
    assert source.extent(context).end == datetime(2023, 12, 31, tzinfo=UTC)
