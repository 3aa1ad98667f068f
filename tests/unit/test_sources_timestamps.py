"""Event time is read as the configuration says, and the time filter keeps exactly the rows in the span."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftline.errors import SourceError
from driftline.model import Interval
from driftline.sources.base import SourceContext
from driftline.sources.parquet import Parquet

ZONES = ("UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia")
SPRING = datetime(2013, 3, 10, 7, tzinfo=UTC)  # New York: 02:00 EST becomes 03:00 EDT
AUTUMN = datetime(2013, 11, 3, 6, tzinfo=UTC)  # New York: 02:00 EDT becomes 01:00 EST


def stored(tmp_path: Path, times: pl.Series, timezone: str) -> tuple[Parquet, SourceContext]:
    pl.DataFrame({"at": times, "row": range(len(times))}).write_parquet(tmp_path / "rows.parquet")
    return Parquet(path="rows.parquet"), SourceContext("feed", tmp_path, "at", timezone)


def rows_in(source: Parquet, context: SourceContext, start: datetime | None, end: datetime | None) -> list[int]:
    return sorted(source.scan(context, ("row",), Interval(start, end)).collect()["row"].to_list())


@settings(max_examples=60, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    minutes=st.lists(st.integers(0, 4 * 24 * 60), min_size=1, max_size=30),
    start=st.integers(0, 4 * 24 * 60),
    length=st.integers(0, 24 * 60),
    near=st.sampled_from([SPRING, AUTUMN, datetime(2011, 12, 30, tzinfo=UTC), datetime(2013, 6, 1, tzinfo=UTC)]),
)
def test_naive_times_are_cut_as_python_places_them_in_every_zone(
    tmp_path_factory: pytest.TempPathFactory, zone: str, minutes: list[int], start: int, length: int, near: datetime
) -> None:
    first = near.replace(tzinfo=None) - timedelta(days=2)
    local = [first + timedelta(minutes=minute) for minute in minutes]
    source, context = stored(tmp_path_factory.mktemp("naive"), pl.Series(local), zone)
    begin = first.replace(tzinfo=UTC) + timedelta(minutes=start)
    end = begin + timedelta(minutes=length)
    # The reference: fold=0 is the earlier of two, and the offset before the gap for a time that does not exist.
    instants = [time.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) for time in local]
    assert rows_in(source, context, begin, end) == [i for i, at in enumerate(instants) if begin <= at < end]
    assert source.scan(context, ("at",), Interval(None, None)).collect()["at"].to_list() == instants


def test_the_hour_that_does_not_exist_is_shifted_forward_and_the_one_that_comes_twice_is_the_first(
    tmp_path: Path,
) -> None:
    local = pl.Series([datetime(2013, 3, 10, 2, 30), datetime(2013, 11, 3, 1, 30)])
    source, context = stored(tmp_path, local, "America/New_York")
    found = source.scan(context, ("at",), Interval(None, None)).collect()["at"].to_list()
    assert found == [SPRING + timedelta(minutes=30), AUTUMN - timedelta(minutes=30)]


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Asia/Tokyo"])
def test_bounds_are_half_open_to_the_microsecond_in_every_unit_and_zone(
    tmp_path: Path, unit: str, zone: str | None
) -> None:
    noon = datetime(2024, 1, 1, 12, tzinfo=UTC)
    dtype = pl.Datetime(unit, zone)  # type: ignore[arg-type]
    times = pl.Series([noon - timedelta(milliseconds=1), noon, noon + timedelta(milliseconds=1)]).cast(
        pl.Datetime("us", "UTC")
    )
    local = times.dt.convert_time_zone(zone or "UTC")
    source, context = stored(tmp_path, (local if zone else local.dt.replace_time_zone(None)).cast(dtype), "UTC")
    assert rows_in(source, context, noon, noon + timedelta(milliseconds=1)) == [1]
    assert rows_in(source, context, noon + timedelta(microseconds=1), None) == [2]
    assert rows_in(source, context, None, noon + timedelta(microseconds=1)) == [0, 1]
    assert source.schema(context)["at"] == dtype
    assert source.scan(context, ("at",), Interval(None, None)).collect_schema()["at"] == pl.Datetime("us", "UTC")
    assert source.extent(context) == Interval(noon - timedelta(milliseconds=1), noon + timedelta(milliseconds=1))


def test_a_date_is_the_midnight_of_the_source_s_zone(tmp_path: Path) -> None:
    days = pl.Series([date(2013, 3, 9), date(2013, 3, 10), date(2013, 3, 11)])
    source, context = stored(tmp_path, days, "America/New_York")
    assert rows_in(source, context, datetime(2013, 3, 10, 5, tzinfo=UTC), datetime(2013, 3, 11, 4, tzinfo=UTC)) == [1]
    assert rows_in(source, context, datetime(2013, 3, 10, 5, 1, tzinfo=UTC), None) == [2]
    assert source.extent(context).end == datetime(2013, 3, 11, 4, tzinfo=UTC)


def test_iso_text_is_read_row_by_row_with_and_without_offset(tmp_path: Path) -> None:
    texts = pl.Series(["2024-07-01", "2024-07-01 10:00", "2024-07-01T10:00:00.5", "2024-07-01T10:00:00+02:00", None])
    source, context = stored(tmp_path, texts, "America/New_York")
    assert source.scan(context, ("at",), Interval(None, None)).collect()["at"].to_list() == [
        datetime(2024, 7, 1, 4, tzinfo=UTC),
        datetime(2024, 7, 1, 14, tzinfo=UTC),
        datetime(2024, 7, 1, 14, 0, 0, 500_000, tzinfo=UTC),
        datetime(2024, 7, 1, 8, tzinfo=UTC),
        None,
    ]
    assert rows_in(source, context, datetime(2024, 7, 1, 8, tzinfo=UTC), datetime(2024, 7, 1, 14, tzinfo=UTC)) == [3]
    assert source.extent(context).start == datetime(2024, 7, 1, 4, tzinfo=UTC)


def test_rows_without_a_time_are_left_out_of_a_span_and_kept_without_one(tmp_path: Path) -> None:
    source, context = stored(tmp_path, pl.Series([None, datetime(2024, 1, 1)]), "UTC")
    assert rows_in(source, context, datetime(2023, 1, 1, tzinfo=UTC), None) == [1]
    assert rows_in(source, context, None, None) == [0, 1]


@pytest.mark.parametrize(
    ("times", "timestamp", "words"),
    [
        (pl.Series([1_700_000_000]), "at", ["'at' is Int64", "not guessed"]),
        (pl.Series([1.5]), "at", ["'at' is Float64", "store it as a timestamp"]),
        (pl.Series([datetime(2024, 1, 1)]), "att", ["no column 'att'", "did you mean 'at'?"]),
    ],
)
def test_a_timestamp_that_is_no_time_is_refused(
    tmp_path: Path, times: pl.Series, timestamp: str, words: list[str]
) -> None:
    source, _ = stored(tmp_path, times, "UTC")
    context = SourceContext("feed", tmp_path, timestamp)
    for call in (lambda: source.extent(context), lambda: source.scan(context, ("row",), Interval(None, None))):
        with pytest.raises(SourceError) as caught:
            call()
        assert all(word in str(caught.value) for word in ["source 'feed'", *words])


def test_a_zone_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    source, _ = stored(tmp_path, pl.Series([datetime(2024, 1, 1)]), "UTC")
    with pytest.raises(SourceError, match=r"no time zone 'Mars/Olympus'; write one like"):
        source.extent(SourceContext("feed", tmp_path, "at", "Mars/Olympus"))


def test_a_span_of_a_source_without_a_timestamp_is_refused(tmp_path: Path) -> None:
    source, _ = stored(tmp_path, pl.Series([datetime(2024, 1, 1)]), "UTC")
    with pytest.raises(SourceError, match="declare `timestamp`"):
        source.scan(SourceContext("feed", tmp_path), ("row",), Interval(SPRING, None))
    assert source.extent(SourceContext("feed", tmp_path)) == Interval(None, None)
