"""What a source tells about its files: which there are, when one has changed, and what is in each."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from driftline.config.document import Secret, Text
from driftline.errors import SourceError
from driftline.execute.opened import OpenedSource
from driftline.model import Interval
from driftline.sources.base import FileFacts, Source, SourceContext, SourceFile
from driftline.sources.csv import Csv
from driftline.sources.delta import Delta
from driftline.sources.ndjson import Ndjson
from driftline.sources.parquet import Parquet
from driftline.sources.sql import Sql

NOW = datetime(2026, 7, 10, tzinfo=UTC)
FUTURE = datetime(2099, 1, 1)
ALL = Interval(None, None)
DAYS = pl.DataFrame(
    {
        "at": [
            datetime(2026, 7, 1, 12),
            datetime(2026, 7, 2, 12),
            datetime(2026, 7, 3, 12),
            None,
            datetime(2099, 1, 1),
        ],
        "day": ["a", "a", "b", "b", "c"],
        "v": [1.5, 2.0, None, 4.0, 5.0],
    }
)


@dataclass(frozen=True)
class Feed:
    """A source of one kind in a folder: how its files are written, and how it is read."""

    source: Source
    context: SourceContext

    def write(self, name: str, rows: pl.DataFrame) -> None:
        folder = self.context.directory / "feed"
        folder.mkdir(exist_ok=True)
        if isinstance(self.source, Csv):
            rows.write_csv(folder / f"{name}.csv", datetime_format="%Y-%m-%dT%H:%M:%S")
        elif isinstance(self.source, Ndjson):
            rows.with_columns(pl.col("at").dt.strftime("%Y-%m-%dT%H:%M:%S")).write_ndjson(folder / f"{name}.ndjson")
        elif isinstance(self.source, Parquet):
            rows.write_parquet(folder / f"{name}.parquet", statistics=name != "a")
        else:
            rows.write_delta(folder, mode="append", delta_write_options={"schema_mode": "merge"})

    def opened(self, where: str | None = None) -> OpenedSource:
        found = OpenedSource.open(self.source, replace(self.context, where=where))
        assert found.failure is None, found.failure
        return replace(found, opened_at=NOW)

    def listed(self) -> tuple[SourceFile, ...]:
        files = self.source.files(self.context)
        assert files is not None
        return files

    def facts(self, where: str | None = None) -> list[FileFacts]:
        """Of each file, by its first event."""
        opened = self.opened(where)
        found = [opened.file_facts(file) for file in opened.files() or ()]
        return sorted(found, key=lambda each: (each.first is None, each.first or NOW, each.rows))


KINDS = {
    "parquet": Parquet(path="feed"),
    "csv": Csv(path="feed/*.csv"),
    "ndjson": Ndjson(path="feed"),
    "delta": Delta(path="feed"),
}


@pytest.fixture(params=KINDS)
def feed(request: pytest.FixtureRequest, tmp_path: Path) -> Feed:
    made = Feed(KINDS[request.param], SourceContext("feed", tmp_path, "at", "America/New_York"))
    for (name,), rows in DAYS.group_by("day", maintain_order=True):
        made.write(str(name), rows)
    return made


def noon(day: int) -> datetime:
    """Noon in New York."""
    return datetime(2026, 7, day, 16, tzinfo=UTC)


def test_each_file_says_its_first_and_last_event_its_rows_and_those_whose_time_cannot_be_right(feed: Feed) -> None:
    assert feed.facts() == [
        FileFacts(noon(1), noon(2), 2),
        FileFacts(noon(3), noon(3), 2, without_time=1),
        FileFacts(datetime(2099, 1, 1, 5, tzinfo=UTC), datetime(2099, 1, 1, 5, tzinfo=UTC), 1, future=1),
    ]


def test_rows_that_where_leaves_out_are_in_no_file(feed: Feed) -> None:
    assert [(each.first, each.rows, each.without_time) for each in feed.facts("v > 1.7 AND day <> 'c'")] == [
        (noon(2), 1, 0),
        (None, 0, 0),
        (None, 1, 1),
    ]


def test_together_the_files_hold_what_the_source_holds(feed: Feed) -> None:
    facts = feed.facts()
    everything = feed.source.scan(feed.context, ("at",), ALL).collect()
    extent = feed.source.extent(feed.context)
    assert sum(each.rows for each in facts) == everything.height
    assert sum(each.without_time for each in facts) == everything["at"].null_count()
    assert min(each.first for each in facts if each.first) == extent.start
    assert max(each.last for each in facts if each.last) == extent.end


def test_a_file_without_a_timestamp_has_rows_only(feed: Feed) -> None:
    opened = OpenedSource.open(feed.source, replace(feed.context, timestamp=None))
    assert sorted(opened.file_facts(file).rows for file in feed.listed()) == [1, 2, 2]


def test_a_column_that_one_file_lacks_is_null_there_in_where_too(feed: Feed) -> None:
    feed.write("d", pl.DataFrame({"at": [datetime(2026, 7, 4, 12)], "extra": ["x"]}))
    assert sorted(each.rows for each in feed.facts("extra IS NULL")) == [0, 1, 2, 2]
    assert sorted(each.rows for each in feed.facts("extra = 'x' AND v IS NULL")) == [0, 0, 0, 1]


def test_files_keep_their_names_and_tokens_until_they_change(feed: Feed) -> None:
    first = feed.listed()
    assert feed.listed() == first
    assert len({file.key for file in first}) == 3
    assert all(file.key.startswith("feed/") for file in first)
    feed.write("d", DAYS.head(1))
    added = [file for file in feed.listed() if file not in first]
    assert len(added) == 1


def test_a_file_that_goes_between_the_listing_and_the_reading_is_named(feed: Feed) -> None:
    opened = feed.opened("v > 0")
    files = opened.files() or ()
    os.unlink(files[0].place)
    with pytest.raises(SourceError, match=r"'feed': the file .* is gone"):
        opened.file_facts(files[0])


def test_a_file_that_is_damaged_is_named(feed: Feed) -> None:
    opened = feed.opened("v > 0")
    files = opened.files() or ()
    Path(files[0].place).write_bytes(b"at,v\n2026-07-01,1,2,3,4\n" * 50)
    with pytest.raises(SourceError, match="source 'feed'"):
        opened.file_facts(files[0])


@pytest.mark.parametrize("kind", KINDS)
def test_a_secret_path_is_in_no_name_and_no_message(kind: str, tmp_path: Path) -> None:
    path: Text = Secret("feed" if kind != "csv" else "feed/*.csv")
    made = Feed(replace(KINDS[kind], path=path), SourceContext("s", tmp_path, "at"))  # type: ignore[call-arg]
    made.write("a", DAYS)
    opened = made.opened("v > 0")
    (file,) = opened.files() or ()
    assert "feed" not in repr(file)
    assert file.key == made.listed()[0].key
    os.unlink(file.place)
    with pytest.raises(SourceError) as failure:
        opened.file_facts(file)
    assert "feed" not in str(failure.value)


def test_a_file_that_is_written_again_has_another_token(tmp_path: Path) -> None:
    made = Feed(KINDS["parquet"], SourceContext("s", tmp_path, "at"))
    made.write("a", DAYS)
    before = made.listed()
    os.utime(before[0].place, ns=(0, 1_000))
    assert made.listed() != before
    assert made.listed()[0].key == before[0].key == "feed/a.parquet"


def test_a_delta_table_tells_what_its_log_knows_without_reading_a_file(tmp_path: Path) -> None:
    made = Feed(KINDS["delta"], SourceContext("s", tmp_path, "at"))
    made.write("a", DAYS.head(3))
    (file,) = made.listed()
    opened = made.opened()
    os.unlink(file.place)
    assert opened.file_facts(file) == FileFacts(
        datetime(2026, 7, 1, 12, tzinfo=UTC), datetime(2026, 7, 3, 12, tzinfo=UTC), 3
    )


def test_files_that_a_delta_table_has_removed_are_not_listed(tmp_path: Path) -> None:
    from deltalake import DeltaTable

    made = Feed(KINDS["delta"], SourceContext("s", tmp_path, "at"))
    made.write("a", DAYS.head(2))
    made.write("b", DAYS.slice(2, 1))
    before = {file.key for file in made.listed()}
    DeltaTable(tmp_path / "feed").optimize.compact()
    after = {file.key for file in made.listed()}
    assert len(before) == 2
    assert len(after) == 1
    assert not before & after
    old = Feed(Delta(path="feed", version=0), made.context)
    assert len(old.listed()) == 1


def test_a_partition_of_a_delta_table_is_a_column_of_its_files(tmp_path: Path) -> None:
    DAYS.head(4).with_columns(pl.col("at").dt.date().alias("date")).write_delta(
        tmp_path / "feed", delta_write_options={"partition_by": ["day", "date"]}
    )
    made = Feed(KINDS["delta"], SourceContext("s", tmp_path, "at"))
    assert sum(each.rows for each in made.facts("day = 'a' AND date > DATE '2026-07-01'")) == 1
    by_partition = replace(made, context=replace(made.context, timestamp="date"))
    assert [each.first for each in by_partition.facts()][:1] == [datetime(2026, 7, 1, tzinfo=UTC)]
    assert sum(each.without_time for each in by_partition.facts()) == 1


def test_a_hive_partition_is_a_column_of_its_file(tmp_path: Path) -> None:
    for (day,), rows in DAYS.head(3).group_by("day"):
        (tmp_path / f"feed/day={day}").mkdir(parents=True)
        rows.drop("day").write_parquet(tmp_path / f"feed/day={day}/0.parquet")
    made = Feed(Parquet(path="feed"), SourceContext("s", tmp_path, "at"))
    assert [each.rows for each in made.facts("day = 'b'")] == [1, 0]
    assert sorted(file.key for file in made.listed())[0].startswith("feed/day=a/")


@pytest.mark.parametrize(
    "column",
    [
        pl.col("at").dt.replace_time_zone("America/New_York"),
        pl.col("at").dt.replace_time_zone("America/New_York").dt.convert_time_zone("UTC").dt.cast_time_unit("ms"),
        pl.col("at").dt.cast_time_unit("ns"),
        pl.col("at").dt.strftime("%Y-%m-%d %H:%M"),
        pl.col("at").dt.replace_time_zone("America/New_York").dt.strftime("%Y-%m-%dT%H:%M:%S%:z"),
    ],
)
def test_times_of_every_type_mean_the_same_instants(column: pl.Expr, tmp_path: Path) -> None:
    made = Feed(Parquet(path="feed"), SourceContext("s", tmp_path, "at", "America/New_York"))
    (tmp_path / "feed").mkdir()
    DAYS.head(4).with_columns(column).write_parquet(tmp_path / "feed" / "a.parquet")
    assert made.facts() == [FileFacts(noon(1), noon(3), 4, without_time=1)]


def test_a_day_is_its_midnight_where_the_source_is(tmp_path: Path) -> None:
    made = Feed(Parquet(path="feed"), SourceContext("s", tmp_path, "at", "America/New_York"))
    (tmp_path / "feed").mkdir()
    DAYS.head(2).with_columns(pl.col("at").dt.date()).write_parquet(tmp_path / "feed" / "a.parquet")
    assert made.facts() == [FileFacts(noon(1) - timedelta(hours=12), noon(2) - timedelta(hours=12), 2)]


def test_a_csv_column_that_is_text_in_one_file_is_text_in_where_of_each(tmp_path: Path) -> None:
    (tmp_path / "feed").mkdir()
    (tmp_path / "feed/a.csv").write_text("at,code\n2026-07-01,007\n2026-07-02,08\n")
    (tmp_path / "feed/b.csv").write_text("at,code,late\n2026-07-03,x7,5\n")
    source = Csv(path="feed/*.csv", types={"late": "number"})
    made = Feed(source, SourceContext("s", tmp_path, "at"))
    assert [each.rows for each in made.facts("code = '007'")] == [1, 0]


def test_a_file_without_rows_holds_none(tmp_path: Path) -> None:
    (tmp_path / "feed").mkdir()
    (tmp_path / "feed/a.csv").write_text("at,v\n2026-07-01,1\n")
    (tmp_path / "feed/b.csv").write_text("at,v\n")
    (tmp_path / "feed/a.ndjson").write_text('{"at": "2026-07-01", "v": 1}\n')
    (tmp_path / "feed/b.ndjson").write_text("\n")
    for source in (KINDS["csv"], KINDS["ndjson"]):
        made = Feed(source, SourceContext("s", tmp_path, "at"))
        assert [each.rows for each in made.facts()] == [1, 0]


def test_a_server_and_an_object_store_have_no_files_to_tell(tmp_path: Path) -> None:
    context = SourceContext("s", tmp_path, "at")
    assert Sql(url="sqlite:///a.db", query="SELECT 1").files(context) is None
    assert Parquet(path="s3://bucket/feed/*.parquet").files(context) is None


def test_ten_thousand_files_are_listed_well_below_a_second(tmp_path: Path) -> None:
    folder = tmp_path / "feed"
    folder.mkdir()
    for number in range(10_000):
        (folder / f"{number:05}.parquet").touch()
    source, context = Parquet(path="feed/*.parquet"), SourceContext("s", tmp_path, "at")
    began = time.perf_counter()
    files = source.files(context)
    took = time.perf_counter() - began
    assert files is not None
    assert len({file.key for file in files}) == 10_000
    assert took < 1.0
