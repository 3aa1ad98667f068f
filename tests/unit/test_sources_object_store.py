"""Parquet, CSV, NDJSON and Delta in an object store: the same rows, its options, and keys that no message shows."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from driftline.config.document import Secret
from driftline.errors import SourceError
from driftline.model import Interval
from driftline.sources.base import Source, SourceContext
from driftline.sources.csv import Csv
from driftline.sources.delta import Delta
from driftline.sources.ndjson import Ndjson
from driftline.sources.parquet import Parquet
from tests.services.processes import free_port
from tests.services.s3 import ObjectStore

FLIGHTS = Path(__file__).parents[1] / "data" / "flights"
DAY = Interval(datetime(2013, 3, 10, 5, tzinfo=UTC), datetime(2013, 3, 11, 4, tzinfo=UTC))
SCORED = SourceContext("scored", FLIGHTS, "scheduled_at", "America/New_York")


@pytest.fixture(scope="module")
def storage(object_store: ObjectStore) -> dict[str, Secret]:
    """The options of a store that holds two months of flights, in three layouts."""
    for month in ("2013-03", "2013-04"):
        content = (FLIGHTS / "predictions" / f"{month}.parquet").read_bytes()
        object_store.put(f"plain/{month}.parquet", content)
        object_store.put(f"hive/month={month}/part.parquet", content)
        frame = pl.read_parquet(FLIGHTS / "predictions" / f"{month}.parquet", columns=["scheduled_at", "distance"])
        object_store.put(f"csv/{month}.csv", frame.write_csv().encode())
        object_store.put(f"lines/{month}.jsonl", frame.write_ndjson().encode())
    object_store.put("broken/a.parquet", b"this is not Parquet at all")
    return {key: Secret(value) for key, value in object_store.storage.items()}


def failure(source: Source, context: SourceContext = SCORED) -> str:
    with pytest.raises(SourceError) as caught:
        source.scan(context, tuple(source.schema(context)), DAY).collect()
    return str(caught.value)


@pytest.mark.parametrize("path", ["s3://data/plain/*.parquet", "s3://data/plain/", "s3://data/hive/"])
def test_parquet_in_a_bucket_reads_as_it_does_on_disk(storage: dict[str, Secret], path: str) -> None:
    source = Parquet(path=path, storage=storage)
    assert source.scan(SCORED, ("distance", "scheduled_at"), DAY).collect().height == 908
    assert source.extent(SCORED).start == datetime(2013, 3, 1, 10, tzinfo=UTC)
    assert source.row_count(SCORED) == 57_164


def test_hive_partitions_in_a_bucket_are_columns(storage: dict[str, Secret]) -> None:
    source = Parquet(path="s3://data/hive/", storage=storage)
    assert "month" not in Parquet(path="s3://data/hive/", storage=storage, hive=False).schema(SCORED)
    frame = source.scan(SCORED, ("month",), DAY).collect()
    assert frame["month"].cast(pl.String).str.starts_with("2013-03").all()


def test_csv_in_a_bucket_reads_as_it_does_on_disk(storage: dict[str, Secret]) -> None:
    source = Csv(path="s3://data/csv/*.csv", storage=storage)
    assert source.scan(SCORED, ("distance",), DAY).collect().height == 908


def test_ndjson_in_a_bucket_reads_as_it_does_on_disk(storage: dict[str, Secret]) -> None:
    source = Ndjson(path="s3://data/lines/*.jsonl", storage=storage)
    assert source.schema(SCORED)["distance"] == pl.Int64()
    assert source.scan(SCORED, ("distance",), DAY).collect().height == 908
    assert "nothing is there" in failure(Ndjson(path="s3://data/lines/*.gone", storage=storage))
    assert "not a JSON object" in failure(Ndjson(path="s3://data/broken/*", storage=storage))


def test_a_delta_table_in_a_bucket_reads_as_it_does_on_disk(storage: dict[str, Secret]) -> None:
    frame = pl.read_parquet(FLIGHTS / "predictions" / "2013-03.parquet", columns=["scheduled_at", "distance"])
    options = {key: value.reveal() for key, value in storage.items()}
    frame.write_delta("s3://data/tables/scored", storage_options=options)
    source = Delta(path="s3://data/tables/scored", storage=storage)
    assert source.scan(SCORED, ("distance",), DAY).collect().height == 908
    assert "there is no Delta table at s3://data/plain" in failure(Delta(path="s3://data/plain", storage=storage))
    assert "the bucket does not exist" in failure(Delta(path="s3://no-such-bucket/t", storage=storage))


@pytest.mark.parametrize(
    ("path", "cause"),
    [
        ("s3://data/nothing/*.parquet", "nothing is there"),
        ("s3://data/plain/gone.parquet", "nothing is there"),
        ("s3://no-such-bucket/*.parquet", "correct `path`"),
        ("s3://data/broken/*.parquet", "cannot be read"),
    ],
)
def test_a_path_that_finds_nothing_or_rubbish_is_said(storage: dict[str, Secret], path: str, cause: str) -> None:
    said = failure(Parquet(path=path, storage=storage))
    assert said.startswith("source 'scored'")
    assert cause in said


def test_a_store_that_does_not_answer_is_said_and_no_key_is_shown(storage: dict[str, Secret]) -> None:
    options = storage | {"aws_endpoint_url": Secret(f"http://127.0.0.1:{free_port()}"), "max_retries": Secret("0")}
    for source in (
        Parquet(path=Secret("s3://data/plain/*.parquet"), storage=options),
        Csv(path=Secret("s3://data/csv/*.csv"), storage=options),
    ):
        said = failure(source)
        assert "cannot be reached" in said
        for part in ("an-access-key", "a-secret-key", "127.0.0.1", "s3://", "plain"):
            assert part not in said
            assert part not in repr(source)


def test_an_option_that_is_a_number_must_be_one(storage: dict[str, Secret]) -> None:
    source = Parquet(path="s3://data/plain/*.parquet", storage=storage | {"max_retries": Secret("hush")})
    assert failure(source) == "source 'scored': `storage` needs a whole number for 'max_retries'"
