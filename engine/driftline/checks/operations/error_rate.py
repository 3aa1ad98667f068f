"""Share of predictions that failed."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.checks.base import Check, ColumnType, Example, Moment, Profiles, Subject
from driftline.checks.quality._share import share_of
from driftline.checks.quotient import Quotient
from driftline.checks.reading import no_rows
from driftline.model import Reading
from driftline.profiles.base import ProfileSpec
from driftline.profiles.counts import Counts, CountsProfile


@dataclass(frozen=True)
class ErrorRate(Check):
    """Share of rows whose error column says that the prediction failed: errors / rows. From 0 to 1; exact.

    An error is true, a number other than 0, or a text that is not empty; a missing value is none. The interval is
    Wilson's (1927).
    """

    kind = "error_rate"
    title = "Errors"
    unit = "ratio"
    default_columns = ("error",)
    column_types = frozenset({ColumnType.BOOLEAN, ColumnType.NUMERIC, ColumnType.CATEGORICAL, ColumnType.TEXT})
    range = (0.0, 1.0)
    bad = "above"
    uncertain = True

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return {"counts": Counts(on.the_column().name, truth=True)}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        counts = window["counts"]
        assert isinstance(counts, CountsProfile)
        if counts.total == 0:
            return no_rows()
        return share_of(counts.true, counts.total)

    def quotient(self, on: Subject, window: Profiles) -> Quotient | str:
        counts = window["counts"]
        assert isinstance(counts, CountsProfile)
        return Quotient(counts.true, counts.total)

    examples = (
        Example(
            says="one of four failed",
            rows={"failed": [True, False, False, None]},
            column="failed",
            type=ColumnType.BOOLEAN,
            value=0.25,
        ),
        Example(
            says="a message is an error",
            rows={"error": ["", "time-out", None, ""]},
            column="error",
            type=ColumnType.TEXT,
            value=0.25,
        ),
        Example(says="a code other than 0", rows={"code": [0, 500, 0, 0]}, column="code", value=0.25),
        Example(says="no rows", rows={"code": []}, column="code", value="NoData"),
    )
