"""What readings of a multiclass model say besides their value; the values are compared in `tests/reference`."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from driftline.model import NoData, Value
from driftline.registry import load
from tests.conformance.reading import read
from tests.reference.comparison import measure
from tests.reference.digits import ON, frame, of_class


@pytest.mark.parametrize("kind", ["accuracy", "precision", "log_loss", "roc_auc"])
def test_rows_without_a_label_are_counted_apart(kind: str) -> None:
    found = measure(kind, ON, frame())
    assert (found.rows, found.labelled_rows) == (frame().height, frame().height - 7)


def test_a_class_that_never_occurs_is_left_out_of_the_average_and_named(tmp_path: Path) -> None:
    without = frame().filter(pl.col("y") != "digit 9")
    found = read(load().check_class("roc_auc")(), ON, without, tmp_path)
    assert isinstance(found, Value)
    assert found.note is not None
    assert "digit 9" in found.note
    alone = read(load().check_class("recall")(), of_class("digit 9"), without, tmp_path)
    assert isinstance(alone, NoData)
