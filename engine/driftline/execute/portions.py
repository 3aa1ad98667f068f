"""The rows of a scan, read once, in portions of bounded size.

Polars shares one scan among queries only where it recognises their common part: a filter for a segment or for another
window makes it read the source again, and what it does share piles up behind the slowest query. So the rows are read
here, once, and every query of the scan runs on each portion; what comes of the portions is merged, as profiles are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

PORTION_VALUES = 48_000_000  # rows × columns of a portion; of numbers, 384 MB
BATCH_ROWS = 100_000


def portions(rows: pl.LazyFrame, *, whole: bool = False) -> Iterator[pl.DataFrame]:
    """At least one frame, empty when there are no rows. More is read only when a portion has been dealt with.

    `whole`: each column in one piece, as profiles that are made of the rows themselves want it.
    """
    import polars as pl

    schema = rows.collect_schema()
    most = max(BATCH_ROWS, PORTION_VALUES // max(len(schema), 1))
    held: list[pl.DataFrame] = []
    count, given = 0, 0
    for batch in rows.collect_batches(chunk_size=BATCH_ROWS, maintain_order=False, engine="streaming"):
        held.append(batch)
        count += batch.height
        if count >= most:
            yield _joined(held) if whole else pl.concat(held)
            given += count
            held, count = [], 0
    if count or not given:
        yield (_joined(held) if whole else pl.concat(held)) if held else pl.DataFrame(schema=schema)


def _joined(batches: list[pl.DataFrame]) -> pl.DataFrame:
    """The rows of some batches, which are empty afterwards: column by column, so that only one is there twice."""
    import polars as pl

    names = batches[0].columns
    return pl.DataFrame([pl.concat([each.drop_in_place(name) for each in batches], rechunk=True) for name in names])
