"""Delta Lake tables on disk: the same rows, versions, pruning, and what is said of a table that is none or broken."""

from __future__ import annotations

import builtins
import shutil
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from driftline.config.document import Secret
from driftline.errors import SourceError
from driftline.model import Interval
from driftline.sources.base import SourceContext
from driftline.sources.delta import Delta
from driftline.sources.parquet import Parquet

FLIGHTS = Path(__file__).parents[1] / "data" / "flights"
ALL = Interval(None, None)
DAY = Interval(datetime(2013, 3, 10, 5, tzinfo=UTC), datetime(2013, 3, 11, 4, tzinfo=UTC))


@pytest.fixture
def shop(tmp_path: Path) -> SourceContext:
    """A table of two versions: two rows, then two more with a new column."""
    times = [datetime(2024, 1, 1, 12), datetime(2024, 7, 1, 12)]
    rows = pl.DataFrame({"at": times, "v": [1.0, None]})
    rows.write_delta(tmp_path / "sales")
    later = rows.with_columns(pl.col("at").dt.offset_by("1d"), w=pl.lit("x"))
    later.write_delta(tmp_path / "sales", mode="append", delta_write_options={"schema_mode": "merge"})
    return SourceContext("feed", tmp_path, "at", "America/New_York")


def failure(source: Delta, context: SourceContext) -> str:
    """What a user reads when the source is described, scanned and collected."""
    explained: SourceError | None = None
    try:
        source.scan(context, tuple(source.schema(context)), ALL).collect()
    except SourceError as error:
        explained = error
    except (pl.exceptions.PolarsError, OSError) as error:
        explained = source.explain(context, error)
    assert explained is not None
    return str(explained)


def test_the_flights_read_the_same_from_delta_as_from_parquet(tmp_path: Path) -> None:
    written = pl.read_parquet(FLIGHTS / "predictions" / "2013-03.parquet")
    written.write_delta(tmp_path / "flights", delta_write_options={"partition_by": ["origin"]})
    columns = ("flight_id", "scheduled_at", "origin", "p_late")
    context = SourceContext("scored", tmp_path, "scheduled_at", where="origin <> 'EWR'")
    original = SourceContext("scored", FLIGHTS, "scheduled_at", where="origin <> 'EWR'")
    scan = Delta(path="flights").scan(context, columns, DAY)
    expected = Parquet(path="predictions/2013-03.parquet").scan(original, columns, DAY).collect()
    read = scan.collect()
    assert read.height > 500
    assert read.sort("flight_id").equals(expected.with_columns(pl.col("flight_id")).sort("flight_id"))
    assert "EWR" not in scan.explain().split("SELECTION")[0]  # whole files are left out by the log alone
    assert "PROJECT 4/" in scan.explain()


def test_columns_extent_and_rows_are_those_of_the_newest_version(shop: SourceContext) -> None:
    source = Delta(path="sales")
    assert source.schema(shop) == {"at": pl.Datetime("us"), "v": pl.Float64(), "w": pl.String()}
    assert source.row_count(shop) == 4
    assert source.extent(shop) == Interval(datetime(2024, 1, 1, 17, tzinfo=UTC), datetime(2024, 7, 2, 16, tzinfo=UTC))
    summer = Interval(datetime(2024, 7, 1, 16, tzinfo=UTC), datetime(2024, 7, 1, 17, tzinfo=UTC))
    assert source.scan(shop, ("at", "w"), summer).collect().rows() == [(datetime(2024, 7, 1, 16, tzinfo=UTC), None)]


def test_a_version_or_an_instant_reads_the_table_as_it_was(shop: SourceContext) -> None:
    assert Delta(path="sales", version=0).row_count(shop) == 2
    assert "w" not in Delta(path="sales", version=0).schema(shop)
    assert Delta(path="sales", as_of="2999-01-01").row_count(shop) == 4


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (Delta(path="gone"), ["gone does not exist; correct `path`"]),
        (Delta(path="."), [". is no Delta table: it has no folder `_delta_log`", "`type: parquet`"]),
        (Delta(path="file.txt"), ["file.txt is a file, not the folder of a Delta table"]),
        (Delta(path="empty"), ["there is no Delta table at empty"]),
        (Delta(path="damaged"), ["the log of the Delta table damaged cannot be read"]),
        (Delta(path="sales", version=9), ["sales has no version 9", "the newest is 1"]),
        (Delta(path="sales", as_of="2001-01-01"), ["has no version of 2001-01-01", "its log begins at 20"]),
        (Delta(path="sales", as_of="soon"), ["`as_of`: 'soon' is no instant; write"]),
        (Delta(path="sales", as_of="2024-01-01", version=1), ["both a `version` and an `as_of`"]),
        (Delta(path=Secret("hush/gone")), ["its path (a secret, not shown) does not exist"]),
    ],
)
def test_a_table_that_is_none_is_said_with_what_to_do(shop: SourceContext, source: Delta, words: list[str]) -> None:
    (shop.directory / "file.txt").touch()
    (shop.directory / "empty" / "_delta_log").mkdir(parents=True)
    (shop.directory / "damaged" / "_delta_log").mkdir(parents=True)
    (shop.directory / "damaged" / "_delta_log" / f"{0:020}.json").write_text("junk")
    said = failure(source, shop)
    assert all(word in said for word in ["source 'feed'", *words]), said
    assert "hush" not in said


def test_a_timestamp_that_is_not_there_is_said(shop: SourceContext) -> None:
    context = SourceContext("feed", shop.directory, "att")
    assert "no column 'att' for its timestamp; did you mean 'at'?" in failure(Delta(path="sales"), context)


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        ("gone", "is gone, though the table's log names it"),
        ("cut", "is not of the size that the table's log says"),
        ("overwritten", "is damaged"),
    ],
)
def test_a_file_that_is_not_as_the_log_says_is_named(shop: SourceContext, harm: str, words: str) -> None:
    file = next((shop.directory / "sales").glob("*.parquet"))
    content = file.read_bytes()
    file.unlink()
    if harm != "gone":
        file.write_bytes(content[:-100] if harm == "cut" else b"x" * len(content))
    said = failure(Delta(path="sales"), shop)
    assert file.name in said
    assert words in said


def test_a_table_that_was_moved_reads_on_but_not_under_a_path_with_a_space(shop: SourceContext) -> None:
    shutil.move(shop.directory / "sales", shop.directory / "day=1")
    assert Delta(path="day=1").row_count(shop) == 4
    shutil.move(shop.directory / "day=1", shop.directory / "day 1")
    assert "the path of the folder day 1 has a space" in failure(Delta(path="day 1"), shop)


def test_without_the_package_the_extra_is_named(shop: SourceContext, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without_deltalake(name: str, *rest: object, **more: object) -> object:
        if name.startswith("deltalake"):
            raise ImportError(name)
        return real(name, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without_deltalake)
    assert "pip install 'driftline[delta]'" in failure(Delta(path="sales"), shop)
