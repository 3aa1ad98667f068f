"""A check that says that its value is a quotient of sums over rows: so it is, and the sums of parts add up."""

from __future__ import annotations

import math
from pathlib import Path

import polars as pl
import pytest

from driftline.checks.base import Check, CompositeCheck, Example, Subject
from driftline.checks.quotient import Quotient
from driftline.model import Value
from tests.conformance.reading import frame_of, opened, profiles_of, read, read_example, scan, subject_of
from tests.conformance.test_examples import KINDS
from tests.reference.digits import ON, frame, of_class

CASES = [
    pytest.param(kind, example, id=f"{name}: {example.says}")
    for name, kind in KINDS.items()
    if kind.quotient is not Check.quotient and not issubclass(kind, CompositeCheck)
    for example in kind.examples
    if not isinstance(example.value, str)
]


def quotient(check: Check, on: Subject, frame: pl.DataFrame, folder: Path) -> Quotient | str:
    needs = check.needs(on)
    found = profiles_of(needs, scan(opened(frame, folder, timestamp=on.timestamp), list(needs.values())))
    assert isinstance(found, dict)
    return check.quotient(on, found)


@pytest.mark.parametrize(("kind", "example"), CASES)
def test_a_quotient_is_the_value_and_that_of_parts_adds_up(kind: type[Check], example: Example, tmp_path: Path) -> None:
    check, on, frame = kind(**example.parameters), subject_of(example), frame_of(example, example.rows)
    whole, reading = quotient(check, on, frame, tmp_path), read_example(kind, example, tmp_path)
    if isinstance(whole, str):
        return
    assert isinstance(reading, Value)
    if whole.value is None:
        assert frame.height == 0
        return
    if whole.denominator is not None and not kind.needs_baseline:
        value = math.sqrt(whole.value) if whole.root else whole.value
        assert value == pytest.approx(reading.value, rel=1e-12, abs=1e-15)
    parts = [quotient(check, on, part, tmp_path) for part in (frame[: frame.height // 2], frame[frame.height // 2 :])]
    assert all(isinstance(part, Quotient) for part in parts)
    for name in ("numerator", "denominator"):
        assert sum(getattr(part, name) or 0.0 for part in parts) == pytest.approx(getattr(whole, name) or 0.0)


def test_most_metrics_that_are_means_say_so() -> None:
    said = {name for name, kind in KINDS.items() if kind.quotient is not Check.quotient}
    assert said == {
        *("accuracy", "precision", "recall", "specificity", "f1", "cost", "top_k_accuracy", "log_loss", "brier_score"),
        *("mae", "mse", "rmse", "mean_error", "quantile_loss", "mape", "smape", "rmsle", "performance_change"),
        *("missing_rate", "invalid_rate", "mean", "error_rate", "label_coverage", "row_count", "throughput", "metric"),
    }


@pytest.mark.parametrize("kind", ["precision", "recall", "specificity", "f1"])
def test_of_several_classes_each_is_a_quotient_and_their_average_is_none(kind: str, tmp_path: Path) -> None:
    check = KINDS[kind]()
    for name in ("digit 3", "digit 9"):
        on = of_class(name)
        found, reading = quotient(check, on, frame(), tmp_path), read(check, on, frame(), tmp_path)
        assert isinstance(found, Quotient)
        assert isinstance(reading, Value)
        assert found.value == pytest.approx(reading.value, rel=1e-12)
    said = quotient(check, ON, frame(), tmp_path)
    assert isinstance(said, str)
    assert "classes: each" in said
