"""How a metric grows with the length of time decides how a baseline of another length is compared."""

from __future__ import annotations

import pytest

from driftline.checks.base import Subject
from driftline.checks.business._metric import Metric


@pytest.mark.parametrize(
    ("sql", "growth"),
    [
        ("SUM(a)", 1.0),
        ("COUNT(*)", 1.0),
        ("SUM(a) - SUM(b)", 1.0),
        ("100 * SUM(a) / 3", 1.0),
        ("-SUM(CASE WHEN a > 1 THEN a ELSE 0 END)", 1.0),
        ("COALESCE(SUM(a), 0)", 1.0),
        ("SUM(a) / COUNT(*)", 0.0),
        ("AVG(a)", 0.0),
        ("MEDIAN(a) + 1", 0.0),
        ("COUNT(DISTINCT a)", None),
        ("SUM(a) / COUNT(DISTINCT a)", None),
        ("SUM(a) + 1", None),
        ("SUM(a) * SUM(b)", 2.0),
        ("SQRT(SUM(a))", None),
        ("CASE WHEN COUNT(*) > 9 THEN SUM(a) ELSE SUM(b) END", 1.0),
        ("CASE WHEN COUNT(*) > 9 THEN SUM(a) ELSE AVG(b) END", None),
    ],
)
def test_growth_of_a_metric(sql: str, growth: float | None) -> None:
    assert Metric().growth(Subject(sql=sql)) == growth
