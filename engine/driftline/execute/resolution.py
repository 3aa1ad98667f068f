"""Choosing *k*, the resolution of a column's bit histogram, from a probe of its rows.

Relative bins are blind where values lie far from zero compared with their spread (air pressure, epoch seconds, model
years). So k is the smallest for which no bin is expected to hold more than a small share of the rows; a column of few
distinct values gets a bin per value. k is chosen once per column and kept with the state.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from driftline.profiles.bits import FINEST
from driftline.profiles.histogram import COARSEST

if TYPE_CHECKING:
    import polars as pl

PROBE_ROWS = 6_144
PROBE_PIECES = 3
FEW_VALUES = 1_024  # at most so many distinct values in the probe, each seen often: a bin per value
LARGE = 200_000  # rows from which on the large share is fine enough: sampling noise is below it
SHARE_LARGE = 1 / 1_024
SHARE_SMALL = 1 / 16_384
SCORE_LARGE, SCORE_SMALL = 13, 20
_STEPS = 64


def resolution(values: NDArray[np.float64], rows: int | None) -> int:
    """The k for a column of which `values` were probed, among `rows` rows (None: unknown, taken as few)."""
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return FINEST
    distinct = np.unique(finite)
    if distinct.size <= min(FEW_VALUES, max(1, finite.size // 2)):
        return FINEST
    share = SHARE_LARGE if rows is not None and rows >= LARGE else SHARE_SMALL
    quantiles = np.quantile(finite, np.linspace(0.0, 1.0, _STEPS + 1))
    widths = np.diff(quantiles)
    magnitude = np.maximum(np.abs(quantiles[:-1]), np.abs(quantiles[1:]))
    usable = (widths > 0) & (magnitude > 0)
    if not usable.any():
        return FINEST
    # A bin at x is 2^(floor(log2 x) - k) wide and holds width / (step width) / STEPS of the rows.
    needed = np.floor(np.log2(magnitude[usable])) - np.log2(widths[usable]) - np.log2(_STEPS) - np.log2(share)
    return int(np.clip(np.ceil(np.quantile(needed, 0.9)), COARSEST, FINEST))


def score_resolution(rows: int | None) -> int:
    """The k for scores: ranks decide, so few rows are kept nearly apart."""
    return SCORE_LARGE if rows is not None and rows >= LARGE else SCORE_SMALL


def probe(frame: pl.LazyFrame, columns: Iterable[pl.Expr], rows: int | None) -> pl.DataFrame:
    """A few thousand rows from several places of a source, without reading the rest."""
    import polars as pl

    wanted = frame.select(*columns)
    if rows is None or rows <= PROBE_ROWS * PROBE_PIECES:
        return wanted.head(PROBE_ROWS).collect()
    size = PROBE_ROWS // PROBE_PIECES
    offsets = [piece * (rows - size) // (PROBE_PIECES - 1) for piece in range(PROBE_PIECES)]
    # Apart, and not in one query, which would share one scan of the whole source.
    with ThreadPoolExecutor(PROBE_PIECES) as pool:
        return pl.concat(pool.map(lambda offset: wanted.slice(offset, size).collect(), offsets))
