"""Fairness between groups: the definitions in NumPy, the law of the range, and intervals that hold the truth."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from scipy.stats import studentized_range

from driftline.checks.base import Check, Column, ColumnType, Moment, Subject
from driftline.checks.fairness._groups import choosing
from driftline.checks.fairness.demographic_parity_difference import DemographicParityDifference
from driftline.checks.fairness.disparate_impact import DisparateImpact
from driftline.checks.fairness.equal_opportunity_difference import EqualOpportunityDifference
from driftline.model import Failed, Interval, Value
from driftline.profiles.cells import CellsProfile

AT = Moment(
    Interval(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)), datetime(2026, 1, 2, tzinfo=UTC)
)


def subject(*, private: bool = False) -> Subject:
    flag = ColumnType.BOOLEAN
    roles = {"target": Column("y", flag), "prediction": Column("p", flag)}
    return Subject(
        column=Column("g", ColumnType.CATEGORICAL, private=private), roles=roles, task="binary", positive="1"
    )


def read(check: Check, cells: dict[tuple[str | None, ...], int], **of: bool) -> Value:
    reading = check.read(subject(**of), AT, {"cells": CellsProfile(cells)}, None)
    assert isinstance(reading, Value)
    return reading


def drawn(chance: np.random.Generator, shares: tuple[float, ...], rows: int) -> dict[tuple[str | None, ...], int]:
    hits = [int(chance.binomial(rows, share)) for share in shares]
    return {
        (f"g{at}", flag): count for at, hit in enumerate(hits) for flag, count in (("true", hit), ("false", rows - hit))
    }


def test_the_definitions_written_out() -> None:
    chance = np.random.default_rng(1)
    group, y, p = chance.integers(0, 4, 5_000), chance.random(5_000) < 0.3, chance.random(5_000) < 0.4
    p[group == 2] |= chance.random(int((group == 2).sum())) < 0.2
    labelled: dict[tuple[str | None, ...], int] = {}
    for g, target, prediction in zip(group, y, p, strict=True):
        cell = (str(g), str(int(target)), str(int(prediction)))
        labelled[cell] = labelled.get(cell, 0) + 1
    unlabelled: dict[tuple[str | None, ...], int] = {}
    for (g, _, prediction), count in labelled.items():
        unlabelled[g, prediction] = unlabelled.get((g, prediction), 0) + count
    selected = [p[group == g].mean() for g in range(4)]
    found = [p[(group == g) & y].mean() for g in range(4)]
    assert read(DemographicParityDifference(), unlabelled).value == pytest.approx(
        max(selected) - min(selected), abs=1e-12
    )
    assert read(DisparateImpact(), unlabelled).value == pytest.approx(min(selected) / max(selected), abs=1e-12)
    reading = read(EqualOpportunityDifference(), labelled)
    assert reading.value == pytest.approx(max(found) - min(found), abs=1e-12)
    assert reading.labelled_rows == 5_000


@pytest.mark.parametrize("groups", [2, 3, 7, 40])
def test_the_choice_of_two_groups_is_paid_for_by_the_law_of_the_range(groups: int) -> None:
    expected = studentized_range.ppf(0.95, groups, np.inf) / studentized_range.ppf(0.95, 2, np.inf)
    assert choosing(groups) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(("shares", "rows"), [((0.3, 0.3), 200), ((0.2,) * 6, 500), ((0.1, 0.4, 0.3), 200)])
def test_intervals_hold_the_truth(shares: tuple[float, ...], rows: int) -> None:
    chance, held, ratios, trials = np.random.default_rng(7), 0, 0, 600
    for _ in range(trials):
        cells = drawn(chance, shares, rows)
        difference, ratio = read(DemographicParityDifference(), cells), read(DisparateImpact(), cells)
        assert difference.interval is not None
        assert ratio.interval is not None
        held += difference.interval[0] <= max(shares) - min(shares) <= difference.interval[1]
        ratios += ratio.interval[0] <= min(shares) / max(shares) <= ratio.interval[1]
    assert held / trials >= 0.93
    assert ratios / trials >= 0.93


def test_small_groups_are_left_out_and_said() -> None:
    reading = read(DemographicParityDifference(), {("a", "1"): 50, ("a", "0"): 50, ("b", "0"): 100, ("c", "1"): 3})
    assert reading.value == 0.5
    assert reading.note == "b 0.0%, a 50.0%, 1 smaller group left out"


def test_contributions_are_from_the_share_of_all_groups() -> None:
    reading = read(DemographicParityDifference(), {("a", "1"): 90, ("a", "0"): 10, ("b", "1"): 60, ("b", "0"): 240})
    assert [one.name for one in reading.contributions] == ["a", "b"]
    assert [one.value for one in reading.contributions] == pytest.approx([0.9 - 150 / 400, 0.2 - 150 / 400])


def test_of_a_private_column_no_group_is_named() -> None:
    reading = read(DisparateImpact(), {("a", "1"): 50, ("a", "0"): 50, ("b", "1"): 100}, private=True)
    assert (reading.note, reading.contributions) == (None, ())


def test_too_many_groups_fail() -> None:
    cells: dict[tuple[str | None, ...], int] = {(str(n), "1"): 40 for n in range(300)}
    reading = DemographicParityDifference().read(subject(), AT, {"cells": CellsProfile(cells)}, None)
    assert isinstance(reading, Failed)


def test_a_change_knows_that_gaps_of_few_rows_are_large() -> None:
    chance, alarms, trials = np.random.default_rng(3), 0, 300
    checks = (DemographicParityDifference(), DisparateImpact())
    for _ in range(trials):
        sides = [{"cells": CellsProfile(drawn(chance, (0.3,) * 10, rows))} for rows in (40, 4_000)]
        found = [check.change_p_value(subject(), AT, sides[0], sides[1]) for check in checks]
        assert all(p is not None for p in found)
        alarms += sum(p <= 0.05 for p in found if p is not None)
    assert 0.02 <= alarms / trials / len(checks) <= 0.08


def test_a_change_of_one_group_is_found_and_equal_sides_are_no_change() -> None:
    check, alike = (
        DemographicParityDifference(),
        {"cells": CellsProfile(drawn(np.random.default_rng(1), (0.3,) * 4, 500))},
    )
    moved = {"cells": CellsProfile(drawn(np.random.default_rng(2), (0.3, 0.3, 0.3, 0.5), 500))}
    same = check.change_p_value(subject(), AT, alike, alike)
    assert same is not None
    assert same > 0.9
    found = check.change_p_value(subject(), AT, moved, alike)
    assert found is not None
    assert found < 0.01
    assert check.change_p_value(subject(), AT, {"cells": CellsProfile({("a", "1"): 50})}, alike) is None
