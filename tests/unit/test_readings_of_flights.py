"""What readings of the real flights say besides their value; the values are compared in `tests/reference`."""

from __future__ import annotations

import pytest

from tests.reference.comparison import categorical, measure
from tests.reference.flights import landed, reading, rows


@pytest.mark.parametrize("name", ["dest", "seats"])
def test_few_distinct_values_are_counted_exactly(name: str) -> None:
    assert reading("distinct_count", name).bound == 0.0


def test_many_distinct_values_are_estimated_near_the_truth_and_bounded() -> None:
    ids = measure("distinct_count", categorical("flight_id"), rows().select("flight_id"))
    assert ids.bound is not None
    assert 0 < abs(ids.value - rows()["flight_id"].n_unique()) <= 2 * ids.bound


@pytest.mark.parametrize("kind", ["accuracy", "precision", "recall", "f1", "roc_auc", "mae"])
def test_flights_without_an_outcome_count_as_rows_without_a_label(kind: str) -> None:
    assert (reading(kind).rows, reading(kind).labelled_rows) == (rows().height, landed().height)


def test_targets_of_zero_are_left_out_of_the_percentage_error_and_counted() -> None:
    without = int((landed()["delay_minutes"] == 0).sum())
    assert reading("mape").note == f"without {without} rows whose target is 0"
