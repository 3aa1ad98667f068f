"""Sums of products of columns of rows: of numbers as matrix products, of categories by counting.

A category is an indicator, of which most products are 0: to add up by category takes a fraction of what the
matrix product of indicators does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_BLOCK = 16_384  # rows at once, which stay in the cache


@dataclass(frozen=True)
class Coded:
    """A column of categories: 1 + the number of each row's category among `size`, 0 where there is none."""

    code: NDArray[np.intp]
    size: int


@dataclass(frozen=True)
class Products:
    """What `products_of` adds up, of columns (C) and features (F), the numbers (P) first; from an `origin`.

    `counts` (C, C): rows that have both; `sums` (F, C): of a feature over the rows that have a column; `squares`
    (P, C): of the squares of numbers over these rows; `products` (F, F).
    """

    counts: Floats
    sums: Floats
    squares: Floats
    products: Floats


@dataclass(frozen=True)
class _Added:
    """Sums over blocks of rows. `tall` are the numbers and behind them, of each column in which some rows lack a value,
    which do not.

    `inner` (tall, tall) and `total` (tall) are sums of products and values, `squares` (P, columns in which some lack a
    value) of squares; `by_code` (categories, tall) of each column of categories, and `across` of two of them.
    """

    inner: Floats
    total: Floats
    squares: Floats
    by_code: list[Floats]
    across: dict[tuple[int, int], Floats]


def products_of(numbers: pl.DataFrame, codes: Sequence[Coded], origin: Floats) -> Products:
    """The sums over all rows of numbers (null: missing), measured from `origin`, and of categories."""
    import numpy as np

    rows, own = numbers.height if numbers.width else len(codes[0].code), numbers.width
    partial = [at for at, column in enumerate(numbers) if column.null_count()]
    partial += [own + at for at, coded in enumerate(codes) if not coded.code.all()]
    added = _added(numbers, codes, origin, partial, rows)
    given = np.full(own + len(codes), float(rows))
    given[partial] = added.total[own:]
    counts = np.minimum.outer(given, given)  # where one of two columns is complete, the other's rows have both
    counts[np.ix_(partial, partial)] = added.inner[own:, own:]
    starts = np.cumsum([own, *(coded.size for coded in codes)])
    sums, products = np.zeros((starts[-1], len(given))), np.zeros((starts[-1], starts[-1]))
    sums[:own] = added.total[:own, None]
    sums[:own, partial] = added.inner[:own, own:]
    products[:own, :own] = added.inner[:own, :own]
    squares = np.repeat(added.inner.diagonal()[:own, None], len(given), axis=1)
    squares[:, partial] = added.squares
    for at, found in enumerate(added.by_code):
        place, alone = slice(starts[at], starts[at + 1]), added.across[at, at]
        sums[place] = alone[:, None]
        sums[place, partial] = found[:, own:]
        products[place, :own] = found[:, :own]
        products[:own, place] = found[:, :own].T
        products[place, place] = np.diag(alone)
        for other in range(at):
            beside = slice(starts[other], starts[other + 1])
            products[place, beside] = added.across[at, other]
            products[beside, place] = added.across[at, other].T
    return Products(counts, sums, squares, products)


def _added(numbers: pl.DataFrame, codes: Sequence[Coded], origin: Floats, partial: Sequence[int], rows: int) -> _Added:
    import numpy as np

    own, tall = numbers.width, numbers.width + len(partial)
    inner, total, squares = np.zeros((tall, tall)), np.zeros(tall), np.zeros((own, len(partial)))
    sizes = [coded.size + 1 for coded in codes]
    by_code, single = [np.zeros((size, tall)) for size in sizes], [np.zeros(size) for size in sizes]
    joint = {(at, other): np.zeros((sizes[at], sizes[other])) for at in range(len(codes)) for other in range(at)}
    for start in range(0, rows, _BLOCK):
        some = slice(start, min(start + _BLOCK, rows))
        block = np.empty((tall, some.stop - start))
        if own:
            np.subtract(numbers[some].to_numpy().T, origin[:own, None], out=block[:own])
        for at, column in enumerate(partial, own):
            there = ~np.isnan(block[column]) if column < own else codes[column - own].code[some] > 0
            block[at] = there
            if column < own:
                block[column, ~there] = 0.0
        inner += block @ block.T
        total += block.sum(axis=1)
        if partial:
            squares += (block[:own] ** 2) @ block[own:].T
        for at, size in enumerate(sizes):
            code = codes[at].code[some]
            single[at] += np.bincount(code, minlength=size)
            for place, weights in enumerate(block):
                by_code[at][:, place] += np.bincount(code, weights, size)
            for other in range(at):
                found = np.bincount(code * sizes[other] + codes[other].code[some], minlength=size * sizes[other])
                joint[at, other] += found.reshape(size, -1)
    across = {pair: found[1:, 1:] for pair, found in joint.items()}
    across |= {(at, at): found[1:] for at, found in enumerate(single)}
    return _Added(inner, total, squares, [found[1:] for found in by_code], across)


def origins_of(numbers: pl.DataFrame) -> Floats:
    """A value amid those of each column, from which it is measured: sums of squares then do not cancel."""
    import numpy as np
    import polars as pl

    if not numbers.width:
        return np.empty(0)
    mean, low, high = (
        numbers.lazy().select(each).collect().transpose().to_series().cast(pl.Float64).fill_null(0.0).to_numpy()
        for each in (pl.all().mean(), pl.all().min(), pl.all().max())
    )
    middle = np.where(low == high, low, mean)
    return np.where(np.isfinite(middle), middle, 0.0)
