"""The search for segments: nothing is named where nothing moved, and what was planted is found, and only that."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binom

from driftline.checks.base import Column, ColumnType, Moment, Subject
from driftline.checks.performance.accuracy import Accuracy
from driftline.compile.request import Bands
from driftline.discovery.change import Reader, Slice
from driftline.discovery.parts import Parts
from driftline.discovery.search import Search, Searched
from driftline.discovery.tables import Key, Side, Tables
from driftline.model import Interval
from driftline.profiles.confusion import ConfusionProfile
from driftline.report.discovery.values import Condition

ALPHA = 0.05
SHARES = {"a": (0.4, 0.3, 0.15, 0.1, 0.05), "b": (0.5, 0.3, 0.2), "c": (0.25, 0.25, 0.25, 0.25)}
Codes = Mapping[str, NDArray[np.int64]]
Right = Callable[[Codes], NDArray[np.float64]]  # the chance that each row is predicted right

NOW = datetime(2026, 1, 1, tzinfo=UTC)
MOMENT = Moment(Interval(None, None), NOW, 0)
SUBJECT = Subject(
    task="binary", roles={name: Column(name, ColumnType.NUMERIC) for name in ("target", "prediction")}
)  # fmt: skip
NEEDS = Accuracy().needs(SUBJECT)


def parts(column: str, count: int) -> Parts:
    """A column of so many values, each a part."""
    named = {
        str(at): Condition(column, f"{column} = {at}", f"{column} = {at}", f"{column}-{at}") for at in range(count)
    }
    return Parts(Bands(column, column, None, (), tuple(named)), named)


PARTS = {column: parts(column, len(shares)) for column, shares in SHARES.items()}


def side(chance: np.random.Generator, rows: int, right: Right) -> Side:
    """Rows with independent columns, as the slices that a scan gives."""
    codes = {column: chance.choice(len(shares), rows, p=shares) for column, shares in SHARES.items()}
    good = chance.random(rows) < right(codes)
    slices: dict[tuple[str, ...], dict[Key, Slice]] = {}
    for size in range(3):
        for columns in combinations(SHARES, size):
            slices[columns] = dict(cells(columns, codes, good))
    return Side(slices)


def cells(columns: tuple[str, ...], codes: Codes, good: NDArray[np.bool_]) -> Iterator[tuple[Key, Slice]]:
    sizes = [len(SHARES[column]) for column in columns]
    at = np.ravel_multi_index([codes[column] for column in columns], sizes) if columns else np.zeros(len(good), int)
    counts = np.bincount(2 * at + good, minlength=2 * int(np.prod(sizes)))
    for number in range(len(counts) // 2):
        wrong, hits = int(counts[2 * number]), int(counts[2 * number + 1])
        key = tuple(zip(columns, map(str, np.unravel_index(number, sizes)), strict=True)) if columns else ()
        profile = ConfusionProfile({("1", "1"): hits, ("1", "0"): wrong}, wrong + hits)
        yield key, dict.fromkeys(NEEDS.values(), profile)


def searched(seed: int, right: Right, *, rows: int = 3_000, bad: str = "below", compared: bool = True) -> Searched:
    chance = np.random.default_rng([7, seed])
    window = side(chance, rows, right)
    baseline = side(chance, rows, even) if compared else None
    reader = Reader(Accuracy(), SUBJECT, NEEDS, MOMENT, MOMENT, 100)
    return Search(Tables(PARTS, 2, window, baseline, reader), bad, ALPHA).run()


def even(codes: Codes) -> NDArray[np.float64]:
    return np.full(len(codes["a"]), 0.85)


def fallen(**where: int) -> Right:
    """Right in 85 % of rows, and in 55 % where columns are as given."""

    def right(codes: Codes) -> NDArray[np.float64]:
        there = np.all([codes[column] == value for column, value in where.items()], axis=0)
        return np.where(there, 0.55, 0.85)

    return right


def found(one: Searched) -> list[Key]:
    return [hit.key for hit in one.hits]


@pytest.mark.parametrize(
    ("bad", "compared", "draws"),
    [("below", True, 200), ("either", True, 60), ("below", False, 60)],
    ids=["a fall against a baseline", "either way against a baseline", "low without a baseline"],
)
def test_where_nothing_moved_something_is_named_no_more_often_than_alpha(bad: str, compared: bool, draws: int) -> None:
    false = sum(bool(searched(seed, even, bad=bad, compared=compared).hits) for seed in range(draws))
    assert false <= binom.ppf(0.999, draws, ALPHA)


def test_where_all_rows_moved_alike_no_part_is_named() -> None:
    def alike(codes: Codes) -> NDArray[np.float64]:
        return even(codes) - 0.2

    false = sum(bool(searched(seed, alike).hits) for seed in range(60))
    assert false <= binom.ppf(0.999, 60, ALPHA)


def test_a_planted_part_of_one_column_is_found_and_nothing_else() -> None:
    hits = [found(searched(seed, fallen(a=2))) for seed in range(20)]
    assert all((("a", "2"),) in keys for keys in hits)
    assert sum(len(keys) > 1 for keys in hits) <= 2


def test_a_planted_part_of_two_columns_is_found_and_its_parents_are_not_named_beside_it() -> None:
    ran = [searched(seed, fallen(a=1, b=1), rows=6_000) for seed in range(20)]
    assert all((("a", "1"), ("b", "1")) in found(one) for one in ran)
    assert sum(len(one.hits) > 1 for one in ran) <= 2
    shadows = {key: by for one in ran for key, by in one.explained.items()}
    assert shadows[("a", "1"),] == (("a", "1"), ("b", "1"))


def test_a_part_that_got_better_is_named_only_where_either_direction_counts() -> None:
    def better(codes: Codes) -> NDArray[np.float64]:
        return np.where(codes["b"] == 2, 0.97, 0.85)

    assert found(searched(1, better)) == []
    assert found(searched(1, better, bad="either")) == [(("b", "2"),)]


def test_every_part_that_is_large_enough_counts_as_looked_at() -> None:
    one = searched(3, even, rows=100_000)
    assert one.looked_at == {1: 5 + 3 + 4, 2: 5 * 3 + 5 * 4 + 3 * 4}


def test_what_is_left_unread_could_not_have_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The short cut past what is beside a part changes nothing."""
    worlds = [(seed, fallen(a=seed % 5, b=seed % 3)) for seed in range(20)]
    quick = [found(searched(seed, right, rows=5_000)) for seed, right in worlds]
    monkeypatch.setattr(Search, "_may_pass", lambda *_: True)
    assert [found(searched(seed, right, rows=5_000)) for seed, right in worlds] == quick
