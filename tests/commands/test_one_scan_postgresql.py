"""What a real PostgreSQL is asked by a run: one COPY of the rows of each source, with the time filter in it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import adbc_driver_postgresql.dbapi
import polars as pl
import pytest

from tests.commands import rows
from tests.commands.project import Project
from tests.services.postgresql import PASSWORD, Postgres

FRAME = rows.scored(12, shift={9: 5.0})
CONFIG = """
version: 1
defaults: {window: 1d}
sources:
  scored: {type: sql, url: "${FEED}", query: "SELECT * FROM one_scan.scored", timestamp: ts}
  truth: {type: sql, url: "${FEED}", query: "SELECT * FROM one_scan.truth", timestamp: known_at}
  training: {path: training.parquet}
models:
  m:
    task: binary
    source: scored
    roles: {id: id, score: p, prediction: yhat, target: y}
    labels: {source: truth, key: id, delay: 1d}
    features: [x, z, c]
    segments: {colour: {by: c}, tall: {where: "x > 1"}}
    baseline: training
monitors:
  drift: {preset: drift, segments: [overall, colour, tall]}
  previous: {check: ks, columns: [x], baseline: previous, threshold: {critical: {above: 0.5}}}
  week: {check: mean, columns: [x], baseline: {type: trailing, size: 7d}, threshold: up}
  auc: {check: roc_auc, threshold: none}
thresholds: {up: {compare: difference, critical: {above: 2}}}
"""


@pytest.fixture
def shop(project: Project, postgres: Postgres) -> Iterator[Project]:
    tables = {"scored": FRAME.drop("y"), "truth": rows.labels(FRAME)}
    with adbc_driver_postgresql.dbapi.connect(postgres.url) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA one_scan")
        for name, frame in tables.items():
            cursor.adbc_ingest(name, frame.to_arrow(), db_schema_name="one_scan")
        connection.commit()
    project.data("training.parquet", rows.training())
    project.write(CONFIG)
    yield project
    with adbc_driver_postgresql.dbapi.connect(postgres.url) as connection, connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA one_scan CASCADE")
        connection.commit()


def asked(postgres: Postgres, since: int) -> list[str]:
    """The statements that fetched rows, each on one line."""
    text = postgres.log.read_text("utf-8", "replace")[since:]
    entries = re.split(r"^(?=\d{4}-\d\d-\d\d \d\d:)", text, flags=re.MULTILINE)
    return [" ".join(entry.split()) for entry in entries if "COPY (" in entry]


def test_a_run_copies_every_source_once_and_only_the_time_that_it_needs(shop: Project, postgres: Postgres) -> None:
    since = len(postgres.log.read_text("utf-8", "replace"))
    done = shop.run("--at", rows.day(10), env={"FEED": postgres.url})
    statements = asked(postgres, since)
    assert done.code == 1
    assert done.statuses("previous") == {"x": "critical"}
    assert done.document["summary"]["error"] == 0
    of = {name: [one for one in statements if f"one_scan.{name}" in one] for name in ("scored", "truth")}
    rest = {name: [one for one in found if "LIMIT" not in one] for name, found in of.items()}
    counts = [one for one in rest["scored"] if "COUNT(*)" in one]
    assert len(counts) == 1  # of the rows whose time cannot be right: what an index on the time tells
    assert '("ts" IS NULL OR ("ts" >= TIMESTAMPTZ' in counts[0]
    (scored,) = (one for one in rest["scored"] if one not in counts)
    assert len(rest["truth"]) == 1
    # The week before the window, and the window: nothing before, nothing after.
    assert "\"ts\" >= TIMESTAMPTZ '2024-01-03T00:00:00+00:00'" in scored
    assert "\"ts\" < TIMESTAMPTZ '2024-01-11T00:00:00+00:00'" in scored
    assert PASSWORD not in done.said


def test_values_are_those_of_files(shop: Project, postgres: Postgres) -> None:
    served = shop.run("--at", rows.day(10), "--dry-run", env={"FEED": postgres.url}).results
    shop.data("scored.parquet", FRAME.drop("y"))
    shop.data("truth.parquet", rows.labels(FRAME))
    files = CONFIG
    for name in ("scored", "truth"):
        served_as = f'type: sql, url: "${{FEED}}", query: "SELECT * FROM one_scan.{name}"'
        files = files.replace(served_as, f"path: {name}.parquet")
    shop.write(files)
    read = shop.run("--at", rows.day(10), "--dry-run").results
    assert [each["series"] for each in served] == [each["series"] for each in read]
    values = pl.DataFrame({"served": [r["value"] for r in served], "read": [r["value"] for r in read]})
    assert values["served"].to_list() == pytest.approx(values["read"].to_list(), rel=1e-9)
