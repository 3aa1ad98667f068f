"""Shares of rows with a label: what is enough, and how it is said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from driftline.alert.replay import First, Judgement, revised, unlike
from driftline.config.document import MinLabelled
from driftline.evaluate.enough import too_few_labels
from driftline.evaluate.wording import share_of
from driftline.model import Result
from tests.unit.alert_values import day, result

AT = day(0)


def of(letter: str, value: float) -> Result:
    return replace(result(letter), value=value)


@pytest.mark.parametrize("percent", range(1, 101))
def test_a_share_that_is_just_met_is_enough(percent: int) -> None:
    assert MinLabelled(share=percent / 100).is_met(percent, 100)
    assert not MinLabelled(share=percent / 100).is_met(percent - 1, 100)


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [
        (0, 9, "0%"),
        (9, 9, "100%"),
        (9_999, 10_000, "99%"),
        (29, 100, "29%"),
        (49_999, 100_000, "49%"),
        (3, 1_000, "0.3%"),
    ],
)
def test_shares_are_rounded_down(part: int, whole: int, said: str) -> None:
    assert share_of(part, whole) == said


def test_no_rows_and_no_count_of_labels_are_no_reason() -> None:
    least = MinLabelled(share=0.5)
    assert too_few_labels(least, 0, 0) is None
    assert too_few_labels(least, None, 10) is None
    assert too_few_labels(None, 0, 10) is None
    assert too_few_labels(MinLabelled(rows=500), 2, 9120) == "2 of 9,120 rows have labels, min_labelled is 500"


def test_last_digits_are_no_other_value() -> None:
    before = Judgement(AT, of(".", 0.1 + 0.2), AT)
    assert dict(revised([before], [Judgement(AT, of(".", 0.3))])) == {}
    changed = dict(revised([before], [Judgement(AT, of("w", 0.3))]))
    assert changed[AT].changes_status(of("w", 0.3))
    assert unlike(changed[AT].first, of("w", 0.3)) is None


def test_what_was_published_first_outlives_what_came_between() -> None:
    first = First(0.8, AT)
    between = Judgement(AT, of(".", 0.7), AT, first)
    now = of(".", 0.7)
    found = dict(revised([between], [Judgement(AT, now)]))[AT]
    assert (found.first, found.is_news(now)) == (first, False)
    assert dict(revised([between], [Judgement(AT, of(".", 0.8))]))[AT].is_news(of(".", 0.8))
