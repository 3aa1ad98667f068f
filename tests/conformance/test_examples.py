"""Every documented example of every check reads as stated."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from driftline.checks.base import Check, Example
from driftline.checks.business._metric import Metric
from driftline.model import Value
from driftline.registry import load
from tests.conformance.reading import read_example

KINDS: dict[str, type[Check]] = {kind: load().check_class(kind) for kind in load().checks} | {"metric": Metric}
EXAMPLES = [
    pytest.param(kind, example, id=f"{name}: {example.says}")
    for name, kind in KINDS.items()
    for example in kind.examples
]


@pytest.mark.parametrize(("kind", "example"), EXAMPLES)
def test_example_reads_as_stated(kind: type[Check], example: Example, tmp_path: Path) -> None:
    reading = read_example(kind, example, tmp_path)
    if isinstance(example.value, str):
        assert type(reading).__name__ == example.value, reading
        return
    assert isinstance(reading, Value), reading
    assert math.isclose(reading.value, example.value, rel_tol=example.tolerance, abs_tol=example.tolerance), reading


@pytest.mark.parametrize("name", KINDS)
def test_every_check_has_an_example(name: str) -> None:
    assert KINDS[name].examples
