"""Every documented example of every check reads as stated."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from driftline.checks.base import Check, CompositeCheck, Example, Verdict
from driftline.checks.business._metric import Metric
from driftline.model import Reading, SeriesKey, Status, Value
from driftline.registry import load
from driftline.schema.kinds import decode_parameters
from tests.conformance.reading import read_example

KINDS: dict[str, type[Check]] = {kind: load().check_class(kind) for kind in load().checks} | {"metric": Metric}
EXAMPLES = [
    pytest.param(kind, example, id=f"{name}: {example.says}")
    for name, kind in KINDS.items()
    for example in kind.examples
]


def tallied(kind: type[CompositeCheck], example: Example) -> Reading:
    """What a composite reads of the verdicts of its example."""
    verdicts = []
    for text, status in example.verdicts.items():
        monitor, subject, column = (*text.split("/"), None)[:3]
        key = SeriesKey(None, str(monitor), str(subject), column)
        verdicts.append(Verdict(key, Status(status), status in ("warning", "critical")))
    return kind(**decode_parameters(kind, {"of": {}, **example.parameters})).tally(verdicts)


@pytest.mark.parametrize(("kind", "example"), EXAMPLES)
def test_example_reads_as_stated(kind: type[Check], example: Example, tmp_path: Path) -> None:
    reading = tallied(kind, example) if issubclass(kind, CompositeCheck) else read_example(kind, example, tmp_path)
    if isinstance(example.value, str):
        assert type(reading).__name__ == example.value, reading
        return
    assert isinstance(reading, Value), reading
    assert math.isclose(reading.value, example.value, rel_tol=example.tolerance, abs_tol=example.tolerance), reading


@pytest.mark.parametrize("name", KINDS)
def test_every_check_has_an_example(name: str) -> None:
    assert KINDS[name].examples
