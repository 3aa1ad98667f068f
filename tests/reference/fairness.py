"""Fairness between groups of flights: shares of raw rows in Polars, and an interval of statsmodels."""

from __future__ import annotations

from functools import partial

import polars as pl
from statsmodels.stats.proportion import confint_proportions_2indep

from driftline.checks.base import Column, ColumnType, Subject
from tests.reference.comparison import Comparison, Numbers, measure
from tests.reference.flights import BINARY, landed

KINDS = ("demographic_parity_difference", "disparate_impact", "equal_opportunity_difference")
LEAST = 30  # rows of a group that is compared
PAIR = ("JFK", "LGA")


def on(groups: str) -> Subject:
    """The model of late flights, by a column of groups."""
    return Subject(column=Column(groups, ColumnType.CATEGORICAL), roles=BINARY.roles, task="binary")


def shares(kind: str, groups: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Of the rows that count, those of each group that are predicted to be late."""
    counted = rows.filter(late=1) if kind == "equal_opportunity_difference" else rows
    found = counted.group_by(groups).agg(pl.len(), hits=pl.col("late_predicted").sum().cast(pl.Int64))
    return found.filter(pl.col("len") >= LEAST).with_columns(share=pl.col("hits") / pl.col("len")).sort("share")


def beside(kind: str, groups: str) -> Numbers:
    share = shares(kind, groups, landed())["share"].to_list()
    expected = share[0] / share[-1] if kind == "disparate_impact" else share[-1] - share[0]
    return Numbers(expected, measure(kind, on(groups), landed()).value)


def newcombe(kind: str) -> list[Numbers]:
    """Both ends, where two groups are all there are."""
    rows = landed().filter(pl.col("origin").is_in(PAIR)).head(2_000)
    low, high = shares(kind, "origin", rows).select("hits", "len").iter_rows()
    expected = confint_proportions_2indep(*high, *low, compare="diff", method="newcomb")
    ours = measure(kind, on("origin"), rows).interval
    assert ours is not None
    return [Numbers(max(float(end), 0.0), own) for end, own in zip(expected, ours, strict=True)]


ALL = "flights, March to August, late"
COMPARISONS = (
    *(
        Comparison(kind, "shares by Polars", f"{ALL}, by {groups}", partial(beside, kind, groups))
        for kind in KINDS
        for groups in ("origin", "carrier", "dest")
    ),
    *(
        Comparison(
            kind,
            '`statsmodels.stats.proportion.confint_proportions_2indep(method="newcomb")`',
            f"2,000 flights from {' and '.join(PAIR)}",
            partial(newcombe, kind),
            quantity="interval",
        )
        for kind in KINDS
        if kind != "disparate_impact"
    ),
)
