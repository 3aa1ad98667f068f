"""The parts of tuning: budgets, how bounds are written and rounded, thresholds that move."""

from __future__ import annotations

import pytest

from driftline.config.document import Bounds, Threshold
from driftline.errors import UsageError
from driftline.tuning.budget import equal_share, read_budget
from driftline.tuning.levels import Mover
from driftline.tuning.spelling import Spelling, number

# Budgets ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "per_week", "said"),
    [
        ("1/week", 1.0, "1/week"),
        ("3/day", 21.0, "3/day"),
        ("2/month", 2 * 7 / 30.436875, "2/month"),
        ("0.5/w", 0.5, "0.5/week"),
        (" 2 per Weeks ", 2.0, "2/week"),
        ("0/week", 0.0, "0/week"),
    ],
)
def test_a_budget_is_a_number_of_alerts_in_a_time(text: str, per_week: float, said: str) -> None:
    budget = read_budget(text)
    assert budget.per_week == pytest.approx(per_week)
    assert budget.text == said


@pytest.mark.parametrize("text", ["", "1", "week", "1/", "1/hour", "-1/week", "1/week/day", "one/week", "1e9/week"])
def test_what_is_no_budget_is_told_with_what_to_write(text: str) -> None:
    with pytest.raises(UsageError, match=r"such as 1/week, 3/day or 2/month$"):
        read_budget(text)


def test_it_takes_eight_times_its_own_time_to_tell() -> None:
    assert read_budget("1/week").least_seconds == 8 * 7 * 86400
    assert read_budget("3/day").least_text == "8 days"


@pytest.mark.parametrize(
    ("rates", "total", "share"),
    [
        ([0.1, 0.2, 3.0, 5.0], 2.3, 1.0),  # the quiet ones keep theirs, the noisy share the rest
        ([1.0, 1.0], 1.0, 0.5),
        ([1.0, 1.0], 2.0, float("inf")),
        ([1.0], -1.0, 0.0),
        ([], 1.0, float("inf")),
    ],
)
def test_a_total_is_shared_so_that_the_noisy_pay(rates: list[float], total: float, share: float) -> None:
    assert equal_share(rates, total) == pytest.approx(share)


# How bounds are written ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "value", "up", "text"),
    [
        ("", 0.1234, True, "0.13"),
        ("", 0.1234, False, "0.12"),
        ("", 0.12, True, "0.12"),
        ("", -1.234, False, "-1.3"),
        ("", -1.234, True, "-1.2"),
        ("", 1234.0, True, "1300"),
        ("", 9.96, True, "10"),
        ("", 0.0, True, "0"),
        ("", 1.23e-9, True, "0.0000000013"),
        ("%", 0.07, True, "7%"),
        ("%", 0.07123, True, "7.2%"),
        ("%", -0.0512, False, "-5.2%"),
        ("%", 1.678, True, "170%"),
        ("h", 6.2 * 3600, True, "7h"),
        ("h", 30 * 60.0, True, "30m"),
        ("d", 40 * 3600.0, True, "2d"),
        ("s", 90.0, True, "90s"),
        ("m", 12345.0 * 60, True, "13000m"),
    ],
)
def test_bounds_are_rounded_to_two_digits_in_their_own_unit(unit: str, value: float, up: bool, text: str) -> None:
    said = Spelling(unit).rounded(value, up=up)
    assert said == text
    assert number(said) >= value if up else number(said) <= value


@pytest.mark.parametrize(
    ("spelling", "value", "text"),
    [
        (Spelling("%", "5.00%"), 0.05, "5.00%"),
        (Spelling("%"), 0.125, "12.5%"),
        (Spelling(""), 100.0, "100"),
        (Spelling("h"), 7200.0, "2h"),
        (Spelling("h"), 90.0, "90000ms"),
    ],
)
def test_a_bound_that_stays_is_written_as_it_was(spelling: Spelling, value: float, text: str) -> None:
    assert spelling.exact(value) == text
    assert number(text) == value


# Thresholds that move --------------------------------------------------------------------------------------------


def moved(threshold: Threshold, values: list[float], share: float = 1.0, unit: str = "") -> str | None:
    found = Mover(threshold, lambda _level, _side: Spelling(unit), lambda wanted: wanted).moved(values, share)
    return None if found is None else found.text


LEVELS = Threshold(warning=Bounds(above=0.1), critical=Bounds(above=0.25), recovery=Bounds(below=0.08))


def test_the_level_that_is_reached_first_moves_and_takes_the_recovery_with_it() -> None:
    assert moved(LEVELS, [0.0, 0.05, 0.123]) == (
        "{warning: {above: 0.13}, critical: {above: 0.25}, recovery: {below: 0.1}}"
    )


def test_a_level_that_would_be_overtaken_moves_in_proportion() -> None:
    assert moved(LEVELS, [0.0, 0.5]) == "{warning: {above: 0.5}, critical: {above: 1.3}, recovery: {below: 0.4}}"


def test_a_smaller_share_moves_less_and_one_that_is_kept_already_nothing() -> None:
    values = [number / 100 for number in range(31)]
    assert moved(LEVELS, values, 0.5) == "{warning: {above: 0.15}, critical: {above: 0.25}, recovery: {below: 0.12}}"
    assert moved(LEVELS, [0.01, 0.09, 0.1]) is None


def test_sides_move_each_by_itself() -> None:
    both = Threshold("change", Bounds(below=-0.05, above=0.05), recovery=Bounds(above=-0.03, below=0.03))
    assert moved(both, [-0.123, 0.0, 0.04], unit="%") == (
        "{compare: change, warning: {below: -13%, above: 5%}, recovery: {below: 3%, above: -7.8%}}"
    )


def test_a_bound_at_nought_keeps_its_distances() -> None:
    nought = Threshold(warning=Bounds(above=0.0), critical=Bounds(above=0.1))
    assert moved(nought, [0.0, 0.3]) == "{warning: {above: 0.3}, critical: {above: 0.4}}"


def test_what_cannot_be_read_is_cut_and_rounded_inward() -> None:
    threshold = Threshold("change", Bounds(below=-0.05))
    cut = Mover(
        threshold, lambda _level, _side: Spelling("%"), lambda _: Threshold("change", Bounds(below=-1 / 3))
    ).moved([-0.9, 0.0], 1.0)
    assert cut is not None
    assert cut.text == "{compare: change, warning: {below: -33%}}"
    assert cut.threshold.warning == Bounds(below=-0.33)
    nothing = Mover(threshold, lambda _level, _side: Spelling("%"), lambda _: None)
    assert nothing.moved([-0.9, 0.0], 1.0) is None
