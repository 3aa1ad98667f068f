"""Share of rows whose label is known."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.checks.base import Check, ColumnType, Example, Moment, Profiles, Subject, Takes
from driftline.checks.quotient import Quotient
from driftline.model import Reading, Value
from driftline.profiles.base import ProfileSpec
from driftline.profiles.counts import Counts, CountsProfile


@dataclass(frozen=True)
class LabelCoverage(Check):
    """Share of the window's rows that have a target: rows with a label / rows. From 0 to 1; exact.

    Performance rests on these rows only. A window without rows reads 0.
    """

    kind = "label_coverage"
    title = "Label coverage"
    unit = "ratio"
    takes = Takes.MODEL
    needs_roles = frozenset({"target"})
    counting = True
    range = (0.0, 1.0)
    bad = "below"

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return {"labels": Counts(on.role("target"))}

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        labels = window["labels"]
        assert isinstance(labels, CountsProfile)
        known = labels.total - labels.missing
        share = known / labels.total if labels.total else 0.0
        return Value(share, bound=0.0, rows=labels.total, labelled_rows=known)

    def quotient(self, on: Subject, window: Profiles) -> Quotient | str:
        counts = window["labels"]
        assert isinstance(counts, CountsProfile)
        return Quotient(counts.total - counts.missing, counts.total)

    examples = (
        Example(
            says="three of four outcomes are known",
            rows={"y": [1, 0, None, 1]},
            roles={"target": "y"},
            types={"y": ColumnType.BOOLEAN},
            value=0.75,
        ),
        Example(says="no rows", rows={"y": []}, roles={"target": "y"}, value=0.0),
    )
