"""A change of a metric divided among segments: it adds up, and is what rows say when they are counted one by one."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftline.checks.business._arithmetic import Constant, Operation, Reference
from driftline.checks.business._quotients import as_quotient
from driftline.checks.quotient import Quotient
from driftline.evaluate.contributions import Decomposition, Sides, decompose

counts = st.integers(0, 50).flatmap(lambda rows: st.tuples(st.integers(0, rows), st.just(rows)))
segments = st.lists(st.tuples(counts, counts), min_size=1, max_size=6)


def of_counts(pairs: list[tuple[tuple[int, int], tuple[int, int]]], *, root: bool = False) -> dict[str, Sides]:
    return {
        f"s{at}": (Quotient(*before, root), Quotient(*now, root)) for at, (before, now) in enumerate(pairs)
    }  # fmt: skip


def whole_of(parts: Mapping[str, Sides]) -> Sides:
    first = next(iter(parts.values()))[0]

    def total(side: int) -> Quotient:
        sums = [one[side] for one in parts.values()]
        denominator = None if first.denominator is None else sum(one.denominator or 0.0 for one in sums)
        return Quotient(sum(one.numerator for one in sums), denominator, first.root)

    return total(0), total(1)


@given(segments, st.booleans())
def test_effects_add_up_to_the_change_and_the_order_of_segments_does_not_matter(
    pairs: list[tuple[tuple[int, int], tuple[int, int]]], root: bool
) -> None:
    parts = of_counts(pairs, root=root)
    found = decompose(whole_of(parts), parts, "rest")
    if not all(side.denominator for side in whole_of(parts)):
        assert isinstance(found, str)
        return
    assert isinstance(found, Decomposition)
    assert sum(one.total for one in found.effects) == pytest.approx(found.change, abs=1e-12)
    assert "rest" not in {one.name for one in found.effects}
    backwards = decompose(whole_of(parts), dict(reversed(parts.items())), "rest")
    assert isinstance(backwards, Decomposition)
    mine, other = ({one.name: one.total for one in each.effects} for each in (found, backwards))
    assert mine == pytest.approx(other, abs=1e-12)


@given(segments)
def test_what_segments_leave_out_is_one_more_of_them(pairs: list[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    parts = of_counts(pairs)
    whole, named = whole_of(parts), dict(list(parts.items())[1:])
    full, part = decompose(whole, parts, "rest"), decompose(whole, named, "s0")
    if isinstance(full, str):
        return
    assert isinstance(part, Decomposition)
    expected = {one.name: one.total for one in full.effects if one.total}
    assert {one.name: one.total for one in part.effects if one.total} == pytest.approx(expected, abs=1e-12)


@given(segments)
def test_a_window_against_itself_and_the_other_way_round(pairs: list[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    parts = of_counts(pairs)
    back = {name: (now, before) for name, (before, now) in parts.items()}
    there, again = decompose(whole_of(parts), parts, ""), decompose(whole_of(back), back, "")
    if isinstance(there, str) or isinstance(again, str):
        return
    reversed_ = {one.name: one.total for one in again.effects}
    assert {one.name: -one.total for one in there.effects} == pytest.approx(reversed_, abs=1e-12)


def test_kitagawas_effects_of_two_segments() -> None:
    """Shares 0.5/0.5 -> 0.8/0.2 and rates 0.9, 0.6 -> 0.8, 0.6, by hand: 0.75 -> 0.76."""
    parts = {"a": (Quotient(45, 50), Quotient(64, 80)), "b": (Quotient(30, 50), Quotient(12, 20))}
    found = decompose(whole_of(parts), parts, "rest")
    assert isinstance(found, Decomposition)
    effects = {one.name: one for one in found.effects}
    assert effects["a"].rate == pytest.approx(-0.1 * 0.65)
    assert effects["b"].rate == 0.0
    assert effects["a"].mix == pytest.approx(0.3 * (0.85 - 0.755))
    assert effects["b"].mix == pytest.approx(-0.3 * (0.6 - 0.755))
    assert sum(one.mix for one in found.effects) == pytest.approx(0.3 * 0.85 - 0.3 * 0.6)


def test_a_segment_that_is_new_or_gone_is_all_mix() -> None:
    parts = {"old": (Quotient(8, 10), Quotient(0, 0)), "new": (Quotient(0, 0), Quotient(6, 10))}
    found = decompose(whole_of(parts), parts, "rest")
    assert isinstance(found, Decomposition)
    assert all(one.rate == 0.0 for one in found.effects)
    assert found.change == pytest.approx(-0.2)
    assert {one.name: (one.before, one.now) for one in found.effects} == {"old": (0.8, None), "new": (None, 0.6)}


def test_an_amount_has_no_shares() -> None:
    parts = {"a": (Quotient(10, None), Quotient(4, None)), "b": (Quotient(5, None), Quotient(6, None))}
    found = decompose(whole_of(parts), parts, "rest")
    assert isinstance(found, Decomposition)
    assert [(one.name, one.mix, one.rate) for one in found.effects] == [("a", 0.0, -6.0), ("b", 0.0, 1.0)]


def test_effects_on_a_root_are_in_proportion_to_those_on_the_mean_of_squares() -> None:
    parts = {"a": (Quotient(40.0, 10, True), Quotient(90.0, 10, True)), "b": (Quotient(0.0, 0, True),) * 2}
    found = decompose(whole_of(parts), parts, "rest")
    assert isinstance(found, Decomposition)
    assert (found.before, found.now) == (2.0, 3.0)
    assert found.effects[0].rate == pytest.approx(1.0)
    assert math.isclose(found.effects[0].now or 0.0, 3.0)


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (Operation("divide", (Reference("s"), Reference("n")), ""), Quotient(6.0, 4.0)),
        (
            Operation("multiply", (Constant(100.0), Operation("divide", (Reference("s"), Reference("n")), "")), ""),
            Quotient(600.0, 4.0),
        ),
        (Operation("subtract", (Constant(1.0), Reference("mean")), ""), Quotient(-6.0 + 3.0, 3.0)),
        (Operation("subtract", (Reference("s"), Reference("n")), ""), Quotient(2.0, None)),
        (Operation("add", (Reference("s"), Constant(1.0)), ""), None),  # not that of its parts
        (Operation("multiply", (Reference("s"), Reference("n")), ""), None),
        (Operation("add", (Reference("mean"), Reference("mean")), ""), None),
        (Operation("divide", (Reference("s"), Reference("max")), ""), None),
        (Constant(3.0), None),
    ],
)
def test_arithmetic_that_is_a_quotient_of_sums(node: Operation | Constant, expected: Quotient | None) -> None:
    sums = {"s": Quotient(6.0, None), "n": Quotient(4.0, None), "mean": Quotient(6.0, 3.0), "max": None}
    assert as_quotient(node, sums) == expected
