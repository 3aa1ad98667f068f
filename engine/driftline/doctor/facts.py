"""What the doctor looks at: the configuration, what its sources hold, and what the store says in numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from driftline.alert.replay import Judgement
from driftline.compile.catalog import Catalog
from driftline.compile.graph import Graph, MonitorPlan
from driftline.config.document import Document
from driftline.config.nodes import Node
from driftline.errors import Place
from driftline.model import SeriesKey, Status
from driftline.store.survey import SeriesSurvey, Survey


@dataclass(frozen=True)
class Watched:
    """A monitor on one model or source, as it is judged now, with the history of its series."""

    plan: MonitorPlan
    series: tuple[SeriesSurvey, ...]

    @property
    def label(self) -> str:
        """As people name it: `auc of late_arrival`."""
        return f"{self.plan.name} of {self.plan.subject}"

    @property
    def windows(self) -> int:
        """The most windows that one of its series was judged on."""
        return max((one.judged for one in self.series), default=0)


@dataclass(frozen=True)
class SourceState:
    """The newest event of a source, and when its newest file was written; None where it cannot be told."""

    newest: datetime | None = None
    written: datetime | None = None


@dataclass(frozen=True)
class Facts:
    """Everything a finding rests on. `now` is the wall clock; `compared` and `judgements` look further into a series.

    `trees` are the files as they are written, `unusable` the channels whose address is none, `token_schemes` those
    of channels whose whole address is secret, `unwritable` why the store cannot be read or written.
    """

    file: str  # the root file as it was named
    document: Document
    graph: Graph
    catalog: Catalog
    survey: Survey
    now: datetime
    sources: Mapping[str, SourceState] = field(default_factory=dict)
    trees: tuple[Node, ...] = ()
    unusable: Mapping[str, str] = field(default_factory=dict)
    token_schemes: frozenset[str] = frozenset()
    unwritable: str | None = None
    compared: Callable[[Iterable[SeriesKey]], tuple[float, ...]] = lambda _: ()
    judgements: Callable[[SeriesKey], tuple[Judgement, ...]] = lambda _: ()
    watched: tuple[Watched, ...] = ()

    @cached_property
    def plans(self) -> Mapping[str, tuple[MonitorPlan, ...]]:
        """The plans that were made of each monitor of the file."""
        found: dict[str, list[MonitorPlan]] = {}
        for plan in self.graph.monitors:
            found.setdefault(written_name(plan), []).append(plan)
        return {name: tuple(plans) for name, plans in found.items()}

    def place(self, plan: MonitorPlan, *keys: str) -> Place | None:
        """Where a monitor is written, or one of its keys."""
        return self.document.place("monitors", written_name(plan), *keys)

    def reason(self, plan: MonitorPlan, status: Status) -> str:
        """Why a monitor most often had no number."""
        return self.survey.reasons.get((plan.name, plan.subject, status), ("", 0))[0]


def written_name(plan: MonitorPlan) -> str:
    """The monitor's name in the file; a member of a preset stands under the preset's monitor."""
    return plan.derivation.written.name if plan.derivation is not None else plan.name


def watched(graph: Graph, survey: Survey) -> tuple[Watched, ...]:
    """The monitors of today with the history of their series; what has left the configuration is no matter."""
    plans: dict[tuple[str, str], list[MonitorPlan]] = {}
    for plan in graph.monitors:
        plans.setdefault((plan.name, plan.subject), []).append(plan)
    found: dict[int, tuple[MonitorPlan, list[SeriesSurvey]]] = {id(plan): (plan, []) for plan in graph.monitors}
    for series in survey.series:
        key = series.key
        for plan in plans.get((key.monitor, key.subject), ()):
            dimensions = tuple(name for name, _ in key.segment)
            if plan.has(key) and dimensions in {tuple(one.name for one in grouping) for grouping in plan.groupings}:
                now = plan.at(key)
                found.setdefault(id(now), (now, []))[1].append(series)
    return tuple(Watched(plan, tuple(series)) for plan, series in found.values())
