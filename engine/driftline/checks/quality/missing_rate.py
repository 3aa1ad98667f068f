"""Share of rows without a value."""

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
class MissingRate(Check):
    """Share of rows that hold no value: (nulls + NaN) / rows. From 0 (every row has one) to 1; exact.

    Infinities and empty texts are values. The interval is Wilson's (1927). Source: completeness in ISO/IEC 25012, Data
    quality model.
    """

    kind = "missing_rate"
    title = "Missing values"
    unit = "ratio"
    range = (0.0, 1.0)
    bad = "above"
    uncertain = True

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return {"counts": Counts(on.the_column().name)}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        counts = window["counts"]
        assert isinstance(counts, CountsProfile)
        if counts.total == 0:
            return no_rows()
        note = f"{counts.nulls} nulls, {counts.nans} NaN" if counts.nulls and counts.nans else None
        return share_of(counts.missing, counts.total, note=note)

    def quotient(self, on: Subject, window: Profiles) -> Quotient | str:
        counts = window["counts"]
        assert isinstance(counts, CountsProfile)
        return Quotient(counts.missing, counts.total)

    examples = (
        Example(says="one of four is null", rows={"x": [1.0, None, 3.0, 4.0]}, column="x", value=0.25),
        Example(says="NaN holds no value", rows={"x": [1.0, float("nan"), None, 4.0]}, column="x", value=0.5),
        Example(says="an empty text is a value", rows={"x": ["", "a"]}, column="x", type=ColumnType.TEXT, value=0.0),
        Example(says="no rows", rows={"x": []}, column="x", value="NoData"),
    )
