"""One matcher everywhere: AND of keys, OR of items, globs, `not`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from driftline.compile.match import matches
from driftline.config.document import Matcher
from driftline.model import Severity
from tests.unit.alert_values import FACTS, SERIES

SPLIT = replace(SERIES, segment=(("origin", "JFK"),), class_="fraud")


@pytest.mark.parametrize(
    ("matcher", "expected"),
    [
        (Matcher(), True),
        (Matcher(monitor=("feature-*",)), True),
        (Matcher(monitor=("auc", "feature-drift")), True),
        (Matcher(monitor=("auc",)), False),
        (Matcher(model=("late_arrival",), column=("seats",)), False),
        (Matcher(column=("dist?nce",)), True),
        (Matcher(class_=("fraud",)), True),
        (Matcher(segment={"origin": ("LGA", "J*")}), True),
        (Matcher(segment={"origin": ("LGA",)}), False),
        (Matcher(segment={"dest": ("*",)}), False),
        (Matcher(tags={"team": ("ops",), "tier": ("1", "2")}), True),
        (Matcher(tags={"owner": ("*",)}), False),
        (Matcher(severity=("critical",)), True),
        (Matcher(severity=("warning",)), False),
        (Matcher(task=("binary",), check=("psi",), source=("scored",)), True),
        (Matcher(not_=Matcher(column=("tmp_*",))), True),
        (Matcher(monitor=("feature-*",), not_=Matcher(column=("dist*",))), False),
        (Matcher(not_=Matcher(not_=Matcher(column=("distance",)))), True),
    ],
)
def test_a_matcher_speaks_of_a_series_or_not(matcher: Matcher, expected: bool) -> None:
    assert matches(matcher, FACTS, SPLIT, Severity.CRITICAL) is expected


def test_a_star_does_not_match_what_is_not_there() -> None:
    assert not matches(Matcher(column=("*",)), FACTS, replace(SERIES, column=None), None)
    assert not matches(Matcher(severity=("*",)), FACTS, SERIES, None)


def test_a_name_with_brackets_matches_itself() -> None:
    assert matches(Matcher(column=("price[eur]",)), FACTS, replace(SERIES, column="price[eur]"), None)
