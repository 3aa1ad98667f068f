"""How much of what other monitors watch is in breach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from driftline.checks.base import CompositeCheck, Example, Verdict
from driftline.model import NoData, Reading, Status, Value
from driftline.parameters import param

SOUND = frozenset({Status.OK, Status.WARNING, Status.CRITICAL})
NAMED = 5


@dataclass(frozen=True)
class Breaching(CompositeCheck):
    """How many series of other monitors breach their thresholds: AND, OR, m of n, "5 % of stores" in one kind.

    It looks at the latest verdict of each series that `of` matches within the window, so that monitors with other
    windows or with late labels meet where their windows end. Series without a sound verdict (no data, too few rows,
    errors) count neither as breaching nor in the share.
    """

    kind = "breaching"
    title = "Breaching series"
    unit = "number"
    range: ClassVar[tuple[float | None, float | None]] = (0.0, None)
    bad = "above"

    reads: str = param(
        "`count`: how many series breach; `share`: which part of those judged; `monitors`: how many monitors.",
        name="read",
        choices=("count", "share", "monitors"),
        default="count",
    )

    def tally(self, verdicts: Sequence[Verdict]) -> Reading:
        """The reading of one group of series."""
        judged = [one for one in verdicts if one.status in SOUND]
        if not judged:
            return NoData("none of the series that it looks at was judged")
        breaching = [one for one in judged if one.breaches]
        if self.reads == "monitors":
            value = float(len({one.series.monitor for one in breaching}))
        else:
            value = len(breaching) / (len(judged) if self.reads == "share" else 1)
        return Value(value, bound=0.0, note=_note(breaching, len(judged), len(verdicts), self.reads))

    examples = (
        Example(
            says="two of three series breach",
            rows={},
            verdicts={"drift/churn/age": "critical", "drift/churn/fee": "warning", "drift/churn/plan": "ok"},
            value=2.0,
        ),
        Example(
            says="the share of those that were judged",
            rows={},
            parameters={"read": "share"},
            verdicts={"rows/s1": "critical", "rows/s2": "ok", "rows/s3": "ok", "rows/s4": "ok", "rows/s5": "error"},
            value=0.25,
        ),
        Example(
            says="how many different monitors",
            rows={},
            parameters={"read": "monitors"},
            verdicts={"drift/churn/age": "warning", "drift/churn/fee": "warning", "auc/churn": "critical"},
            value=2.0,
        ),
        Example(says="nothing was judged", rows={}, verdicts={"auc/churn": "insufficient_data"}, value="NoData"),
    )


def _note(breaching: Sequence[Verdict], judged: int, all_: int, reads: str) -> str:
    """Which series breach, and what could not be judged."""
    named = ", ".join(replace(one.series, environment=None).text for one in breaching[:NAMED])
    more = f" and {len(breaching) - NAMED} more" if len(breaching) > NAMED else ""
    monitors = len({one.series.monitor for one in breaching})
    where = f", in {monitors} monitor{'' if monitors == 1 else 's'}" if reads == "monitors" and breaching else ""
    said = f"{len(breaching)} of {judged} series breach{where}{f': {named}{more}' if named else ''}"
    return said if judged == all_ else f"{said}; {all_ - judged} could not be judged"
