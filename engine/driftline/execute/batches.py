"""Rows of a large source, batch by batch, so that memory does not grow with them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

LARGE_FROM = 2_000_000  # rows of a source; below it, all at once is faster and small enough
BATCH_ROWS = 100_000


def in_batches(frame: pl.LazyFrame) -> pl.LazyFrame:
    """The same rows from a source that waits for its readers.

    Polars shares one scan among the queries of a run, and reads on while the slowest of them is behind: what was read
    piles up. A source of batches is asked for the next one only when there is room.
    """
    from polars.io.plugins import register_io_source

    def batches(
        columns: list[str] | None, predicate: pl.Expr | None, rows: int | None, _size: int | None
    ) -> Iterator[pl.DataFrame]:
        wanted = frame if predicate is None else frame.filter(predicate)
        wanted = wanted if columns is None else wanted.select(columns)
        wanted = wanted if rows is None else wanted.head(rows)
        yield from wanted.collect_batches(chunk_size=BATCH_ROWS, maintain_order=False)

    return register_io_source(batches, schema=frame.collect_schema(), is_pure=True)
