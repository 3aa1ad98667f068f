"""A source kind for a plug-in folder that notes every reading: what was asked for, and how much was given."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KIND = '''
from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import polars as pl
from polars.io.plugins import register_io_source

from driftline.api import Interval, Source, SourceContext, param


@dataclass(frozen=True)
class Noted(Source):
    """A Parquet file, each reading of which is noted in a log."""

    kind: ClassVar[str] = "noted"

    path: str = param("The file.", slot="text")
    log: str = param("Where readings are noted.", slot="text")

    def schema(self, context: SourceContext) -> dict[str, pl.DataType]:
        return dict(pl.scan_parquet(context.directory / self.path).collect_schema())

    def scan(self, context: SourceContext, columns: tuple[str, ...], span: Interval) -> pl.LazyFrame:
        rows = self.rows(context, "scan")
        if context.timestamp is not None:
            time = pl.col(context.timestamp)
            rows = rows.filter(time >= span.start) if span.start is not None else rows
            rows = rows.filter(time < span.end) if span.end is not None else rows
        return rows.select(columns)

    def rows(self, context: SourceContext, why: str) -> pl.LazyFrame:
        def batches(
            columns: list[str] | None, predicate: pl.Expr | None, most: int | None, size: int | None
        ) -> Iterator[pl.DataFrame]:
            given = 0
            frame = pl.read_parquet(context.directory / self.path, columns=columns, n_rows=most)
            try:
                for batch in frame.iter_slices(1_000):
                    given += batch.height
                    yield batch if predicate is None else batch.filter(predicate)
            finally:
                note = {"source": context.name, "why": why, "columns": columns, "most": most, "given": given}
                with Path(context.directory / self.log).open("a") as log:
                    log.write(json.dumps(note) + "\\n")

        return register_io_source(batches, schema=self.schema(context), is_pure=True)

    def extent(self, context: SourceContext) -> Interval:
        time = pl.col(context.timestamp or "")
        found = self.rows(context, "extent").select(time.min().alias("low"), time.max().alias("high")).collect()
        return Interval(found["low"][0], found["high"][0])

    def row_count(self, context: SourceContext) -> int | None:
        return None
'''


@dataclass(frozen=True)
class Reading:
    """One reading: `most` is a bound on the rows that was asked for, `given` how many were handed out."""

    source: str
    why: str
    columns: tuple[str, ...]
    most: int | None
    given: int


def install(folder: Path) -> str:
    """Write the kind into a folder of plug-ins; its path."""
    kinds = folder / "kinds"
    kinds.mkdir()
    (kinds / "noted.py").write_text(KIND, "utf-8")
    return str(kinds)


def readings(log: Path) -> list[Reading]:
    """What was noted since the last call."""
    if not log.exists():
        return []
    found = [_reading(json.loads(line)) for line in _lines(log)]
    log.unlink()
    return found


def _lines(log: Path) -> Iterator[str]:
    yield from log.read_text("utf-8").splitlines()


def _reading(note: dict[str, Any]) -> Reading:
    return Reading(note["source"], note["why"], tuple(note["columns"] or ()), note["most"], note["given"])
