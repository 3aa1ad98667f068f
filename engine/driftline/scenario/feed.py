"""Rows as they come: before each run, what has arrived since the last one is written as Parquet."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl

from driftline.scenario.definition import Event
from driftline.scenario.disturb import ARRIVAL, TIME, strength, with_other_columns
from driftline.scenario.rows import Rows


@dataclass
class Feed:
    """The folder of one source. Rows of different schemas come in files of their own."""

    folder: Path
    frame: pl.DataFrame
    schemas: np.ndarray  # of each row, which of the changes hold, as bits
    changes: tuple[Event, ...]
    done: int = 0
    delivered: int = field(default=0)

    @classmethod
    def of(cls, rows: Rows, folder: Path) -> Feed:
        """The feed of rows that are in order of their arrival."""
        assert rows.frame is not None
        folder.mkdir(parents=True, exist_ok=True)
        schemas = np.zeros(rows.frame.height, dtype=np.int64)
        for index, change in enumerate(rows.changes):
            schemas |= (strength(change, rows.frame[TIME]) > 0).astype(np.int64) << index
        return cls(folder, rows.frame, schemas, rows.changes)

    def deliver(self, until: datetime) -> None:
        """Write the rows that have arrived by an instant; without time, all of them."""
        end = self.frame.height
        if ARRIVAL in self.frame.columns:
            end = int(self.frame[ARRIVAL].search_sorted(until, side="right"))
        if end > self.done or self.delivered == 0:
            rows, schemas = self.frame[self.done : end], self.schemas[self.done : end]
            for schema in np.unique(schemas) if len(schemas) else np.zeros(1, dtype=np.int64):
                self._write(rows.filter(pl.Series(schemas == schema)), int(schema))
        self.done = end
        self.delivered += 1

    def _write(self, rows: pl.DataFrame, schema: int) -> None:
        for index, change in enumerate(self.changes):
            if schema >> index & 1:
                rows = with_other_columns(rows, change)
        name = f"{self.delivered:04}-{schema}.parquet"
        rows.drop(TIME, ARRIVAL, strict=False).write_parquet(self.folder / name, compression="lz4", mkdir=False)
