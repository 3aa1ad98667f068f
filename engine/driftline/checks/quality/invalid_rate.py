"""Share of rows that break a declared validity rule."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.checks.base import Check, Column, ColumnType, Example, Moment, Profiles, Subject
from driftline.checks.quality._share import share_of
from driftline.checks.quotient import Quotient
from driftline.checks.reading import no_rows
from driftline.config.document import Bounds, Threshold, Validity
from driftline.model import NoData, Reading
from driftline.profiles.base import ProfileSpec
from driftline.profiles.counts import Counts, CountsProfile


@dataclass(frozen=True)
class InvalidRate(Check):
    """Share of rows that break at least one rule that `columns: {<name>: {valid: …}}` declares. From 0 to 1; exact.

    The note says how often each rule was broken. A missing value breaks `not_null` and no other rule: `missing_rate`
    measures gaps. The interval is Wilson's (1927). Source: accuracy and consistency in ISO/IEC 25012, Data quality
    model.
    """

    kind = "invalid_rate"
    title = "Invalid values"
    unit = "ratio"
    range = (0.0, 1.0)
    bad = "above"
    uncertain = True
    default_threshold = Threshold(warning=Bounds(above=0.0))

    def unfit(self, column: Column) -> str | None:
        return "no validity rule is declared for it" if column.valid in (None, Validity()) else None

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        column = on.the_column()
        return {"counts": Counts(column.name, column.valid, on.timestamp)}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        counts, column = window["counts"], on.the_column()
        assert isinstance(counts, CountsProfile)
        if column.valid is None or column.valid == Validity():
            return NoData(f"no validity rule is declared for {column.name}", rows=counts.total)
        if counts.total == 0:
            return no_rows()
        note = broken_rules(counts, column.valid)
        return share_of(counts.invalid, counts.total, note=note)

    def quotient(self, on: Subject, window: Profiles) -> Quotient | str:
        counts = window["counts"]
        assert isinstance(counts, CountsProfile)
        return Quotient(counts.invalid, counts.total)

    examples = (
        Example(
            says="-1 and 101 lie outside 0 to 100",
            rows={"x": [-1.0, 50.0, 100.0, 101.0]},
            column="x",
            valid=Validity(min=0.0, max=100.0),
            value=0.5,
        ),
        Example(
            says="a null breaks no rule but not_null",
            rows={"x": ["NO", "SE", "XX", None]},
            column="x",
            type=ColumnType.CATEGORICAL,
            valid=Validity(in_=("NO", "SE")),
            value=0.25,
        ),
        Example(says="no rule", rows={"x": [1.0]}, column="x", value="NoData"),
    )


def broken_rules(counts: CountsProfile, valid: Validity) -> str | None:
    """How many rows break each rule, in words; None when all rows are valid."""
    rules = (
        (counts.below_min, f"below {valid.min}"),
        (counts.above_max, f"above {valid.max}"),
        (counts.not_in_set, "not among the allowed values"),
        (counts.not_matching, f"not matching {valid.regex}"),
        (counts.null_not_allowed, "missing"),
        (counts.in_future, "in the future"),
        (counts.failing_where, f"not meeting {valid.where}"),
    )
    return "; ".join(f"{count} {what}" for count, what in rules if count) or None
