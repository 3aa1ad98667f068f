"""Recall at k."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from driftline.checks.base import Check, ColumnType, Example, Moment, Profiles, Subject, Takes
from driftline.checks.performance._rankings import DEEPEST, RANKING, ROLES, Heads, K, rankings, read_mean
from driftline.model import Reading
from driftline.parameters import param
from driftline.profiles.base import ProfileSpec

if TYPE_CHECKING:
    from driftline.checks.performance._rankings import Floats


@dataclass(frozen=True)
class RecallAtK(Check):
    """Share of a group's relevant rows that are among the first k of its ranking, mean over groups. 0 to 1.

    Rows of one `group` are ranked by falling score; rows of equal scores count at their mean over all
    orders of them (McSherry and Najork, 2008). A row is relevant where its target is above 0. Groups without a
    relevant row are left out. The interval is that of a mean over groups, by the normal law within 0 and 1. Of more
    than 20,000 groups a uniform sample of them is read. Source: Manning, Raghavan and Schütze, Introduction to
    Information Retrieval (2008), 8.4.
    """

    kind = "recall_at_k"
    title = "Recall at k"
    unit = "ratio"
    takes = Takes.MODEL
    tasks = RANKING
    needs_roles = ROLES
    uncertain = True
    range = (0.0, 1.0)
    bad = "below"

    k: int = param(K, default=10, minimum=1, maximum=DEEPEST)

    def needs(self, on: Subject) -> dict[str, ProfileSpec]:
        return rankings(on, self.k)

    def read(self, on: Subject, at: Moment, window: Profiles, baseline: Profiles | None) -> Reading:
        return read_mean(window, self._of)

    def _of(self, heads: Heads) -> Floats:
        return heads.hits() / heads.all_relevant

    examples = (
        Example(
            says="one query: the relevant row is second of three",
            rows={"q": ["a", "a", "a"], "s": [0.9, 0.5, 0.1], "y": [0, 1, 0]},
            roles={"group": "q", "score": "s", "target": "y"},
            types={"q": ColumnType.CATEGORICAL},
            task="ranking",
            parameters={"k": 2},
            value=1.0,
        ),
        Example(
            says="two queries, one in perfect order, one the wrong way round",
            rows={"q": [1, 1, 2, 2], "s": [2.0, 1.0, 2.0, 1.0], "y": [1, 0, 0, 1]},
            roles={"group": "q", "score": "s", "target": "y"},
            task="ranking",
            parameters={"k": 1},
            value=0.5,
        ),
        Example(
            says="no label yet",
            rows={"q": [1, 1], "s": [2.0, 1.0], "y": [None, None]},
            roles={"group": "q", "score": "s", "target": "y"},
            task="ranking",
            value="NoData",
        ),
    )
