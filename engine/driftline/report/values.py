"""What a run and a plan come to: values that every format is rendered from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from driftline.config.document import Document
from driftline.model import Result, SeriesKey, Status, Transition

if TYPE_CHECKING:
    import polars as pl

    from driftline.alert.replay import Alert, First, Revision
    from driftline.channels.deliver import Delivery
    from driftline.compile.graph import Graph
    from driftline.compile.request import ScanRequest
    from driftline.compile.schedule import Judgement
    from driftline.compile.unmatched import Unmatched
    from driftline.execute.opened import OpenedSource
    from driftline.execute.outlook import Outlook
    from driftline.sources.base import Footprint


@dataclass(frozen=True)
class Skipped:
    """A monitor that judged nothing in this run, with the reason."""

    monitor: str
    subject: str
    reason: str


@dataclass(frozen=True)
class SourceNotes:
    """What became known of a source, and of its past.

    `files` of it are not what they were, or are new and reach back into time that was read before; `panes` of that time
    were read again. They hold `late_rows` more and `gone_rows` fewer than before, from `since` on. Of a source that
    says when its rows arrived, `late_rows` are those that came too late for their windows, and that count nowhere.
    `rows_without_time` and `future_rows` are in no window; of files, they are those of new and changed ones.
    """

    source: str
    files: int = 0
    panes: int = 0
    late_rows: int = 0
    gone_rows: int = 0
    since: datetime | None = None
    rows_without_time: int = 0
    future_rows: int = 0

    @property
    def is_warning(self) -> bool:
        """Whether something is not as it should be."""
        return any((self.late_rows, self.gone_rows, self.rows_without_time, self.future_rows))


@dataclass(frozen=True)
class RunReport:
    """All that a run found and did; `report` renders it.

    `muted` is why alerts that fire are kept quiet. `revised` are the windows that an earlier run judged and that came
    out otherwise, by series and end. `known_until` is the end of the newest window of the store, if that lies after
    `at`.
    """

    at: datetime
    document: Document
    graph: Graph
    results: tuple[Result, ...]
    alerts: tuple[Alert, ...]
    transitions: tuple[Transition, ...]
    deliveries: tuple[Delivery, ...]
    skipped: tuple[Skipped, ...] = ()
    sources: tuple[SourceNotes, ...] = ()  # of which there is something to say
    dry_run: bool = False
    muted: Mapping[SeriesKey, str] = field(default_factory=dict)
    revised: Mapping[tuple[SeriesKey, datetime], Revision] = field(default_factory=dict)
    known_until: datetime | None = None

    def first_of(self, one: Result) -> First | None:
        """What an earlier run published of a verdict's window, where that was another value."""
        from driftline.alert.replay import unlike

        revision = self.revised.get((one.series, one.window.end)) if one.window.end is not None else None
        return None if revision is None else unlike(revision.first, one)

    @property
    def worst(self) -> Status:
        """The worst breach among the verdicts, ok when there is none."""
        found = {result.status for result in self.results}
        return next((s for s in (Status.CRITICAL, Status.WARNING) if s in found), Status.OK)

    @property
    def failed(self) -> bool:
        """Whether something could not be judged."""
        return any(result.status is Status.ERROR for result in self.results)

    @property
    def undelivered(self) -> bool:
        return any(delivery.status == "failed" for delivery in self.deliveries)

    def to_frame(self) -> pl.DataFrame:
        """The verdicts as a Polars frame: the columns of `results` in the JSON document, times as datetimes."""
        from driftline.report.frames import results_frame

        return results_frame(self.results, map(self.first_of, self.results))


@dataclass(frozen=True)
class PlanReport:
    """What a run as of `at` would do, and why."""

    document: Document
    graph: Graph
    judgements: tuple[Judgement, ...]
    requests: tuple[ScanRequest, ...]
    sources: Mapping[str, OpenedSource]
    as_of: Mapping[str, datetime]
    skipped: tuple[Skipped, ...] = ()
    footprints: Mapping[str, Footprint] = field(default_factory=dict)  # by source that is read
    ending: tuple[Alert, ...] = ()  # open alerts whose series left the configuration
    has_store: bool = False  # whether there is a store that knows of open alerts
    outlooks: tuple[Outlook, ...] = ()  # of each request: which panes are kept
    unmatched: tuple[Unmatched, ...] = ()  # matchers for columns that no series has

    def to_frame(self) -> pl.DataFrame:
        """One row per series and window to judge, with what it is measured by and compared with."""
        from driftline.report.frames import plan_frame

        return plan_frame(self.judgements)
