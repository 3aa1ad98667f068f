"""A back-test from a file to its report: what would be judged, one scan of it all, run by run, in numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from driftline.backtesting.compare import comparison
from driftline.backtesting.incidents import load_incidents
from driftline.backtesting.replay import Replay
from driftline.backtesting.schedule import Tick, divided, schedule
from driftline.backtesting.scoring import score
from driftline.backtesting.summary import episodes_of, histories, results_of, revised, transitions_of
from driftline.backtesting.ticks import every_of, ticks
from driftline.compile.graph import MonitorPlan
from driftline.compile.incidents import Incident, incidents_of
from driftline.compile.request import ScanRequest
from driftline.config.document import Document
from driftline.config.revision import Option
from driftline.errors import UsageError
from driftline.model import Interval
from driftline.preparing import (
    LATEST,
    Prepared,
    Progress,
    RunOptions,
    extents_of,
    instant_given,
    load,
    prepare_document,
    unmeasured,
)
from driftline.report.backtest.values import BacktestReport, Read
from driftline.report.values import Skipped

COMPARE = Option("--compare")


@dataclass(frozen=True)
class BacktestOptions:
    """What a back-test is asked for.

    Runs are made after `since` (a length of time: that long before the end), up to `until` ("latest": the newest
    event; "now"), `every` so often (None: the smallest hop of any window). `incidents`: a file to score against instead
    of the configuration's own. `compare`: a git revision whose configuration is replayed too.
    """

    since: datetime | timedelta | str
    until: datetime | str = LATEST
    every: str | None = None
    monitors: tuple[str, ...] = ()
    environment: str | None = None
    plugins: str | None = None
    incidents: Path | None = None
    compare: str | None = None

    @property
    def as_run(self) -> RunOptions:
        """Of all runs, what is the same."""
        return RunOptions("now", None, self.monitors, self.plugins, dry_run=True, environment=self.environment)


def backtest(path: Path, options: BacktestOptions, progress: Progress = lambda _: None) -> BacktestReport:
    """Replay every monitor over history. The store is neither read nor written, and nobody is told.

    Raises ConfigurationError for the configuration or the incidents, UsageError for the rest that is asked for; a
    source that cannot be read is a verdict with status `error`.
    """
    document = load(path, options.plugins, options.environment)
    given = None if options.incidents is None else load_incidents(options.incidents, document.defaults.timezone)
    report, _ = replayed(document, options, given, progress)
    if options.compare is None:
        return report
    from driftline.former import former
    from driftline.report.review.values import Against

    with former(path, Against(options.compare), COMPARE) as then:
        # The same runs, the same incidents: only what is monitored, and how, differs.
        alike = replace(
            options, since=report.since, until=report.until, every=str(report.every), environment=document.environment
        )
        scored = given if given is not None else incidents_of(document)
        progress(f"replaying {then.against.text}")
        before, _ = replayed(then.document(alike.as_run), alike, scored, progress)
        compared = comparison(report, before, options.compare, then.against.commit or "")
    return replace(report, compared=compared)


def replayed(
    document: Document,
    options: BacktestOptions,
    given: tuple[Incident, ...] | None,
    progress: Progress,
    *,
    keeping: bool = False,
) -> tuple[BacktestReport, Replay]:
    """The report of one configuration, and the replay behind it; `keeping` what was read, to judge it again."""
    since, prepared = _span(document, options, progress)
    monitors, left_out = _replayable(prepared)
    every = every_of(options.every, monitors)
    instants = ticks(since, prepared.at, every, ZoneInfo(document.defaults.timezone))
    planned = schedule(monitors, instants, extents_of(prepared))
    replay, reads = _judged(prepared, planned, progress, keeping=keeping)
    lines, plans = [*replay.lines.values()], (*monitors, *prepared.graph.composites)
    episodes = episodes_of(lines)
    incidents = incidents_of(document) if given is None else given
    facts = {(plan.name, plan.subject): plan.facts for plan in plans}
    report = BacktestReport(
        document=document,
        graph=prepared.graph,
        since=since,
        until=prepared.at,
        every=every,
        ticks=instants,
        results=results_of(lines),
        revised=revised(lines),
        transitions=transitions_of(lines),
        episodes=episodes,
        monitors=histories(plans, replay.lines, replay.early, prepared.at - since),
        skipped=(*unmeasured(prepared.graph), *left_out, *_idle(plans, replay)),
        reads=reads,
        score=score(episodes, incidents, facts, replay.facts_of, Interval(since, prepared.at)) if incidents else None,
    )
    return report, replay


def _span(document: Document, options: BacktestOptions, progress: Progress) -> tuple[datetime, Prepared]:
    """The beginning of the history, and all that comes before the scans, as of its end."""
    until = options.until
    if until not in (LATEST, "now"):
        until = instant_given(until, document, "--until")
    given = options.since if isinstance(options.since, timedelta) else instant_given(options.since, document, "--since")
    prepared = prepare_document(document, replace(options.as_run, at=until), progress)
    since = prepared.at - given if isinstance(given, timedelta) else given
    if since >= prepared.at:
        end = f"{prepared.at.astimezone(ZoneInfo(document.defaults.timezone)):%Y-%m-%d %H:%M}"
        said = f"--until {options.until}" if options.until not in (LATEST, "now") else f"the {options.until} ({end})"
        raise UsageError(f"--since {options.since} does not lie before {said}: there is no history to replay")
    return since, prepared


def _replayable(prepared: Prepared) -> tuple[tuple[MonitorPlan, ...], tuple[Skipped, ...]]:
    """The monitors that have a history, and those that have none: the rows of their source carry no time."""
    kept = tuple(plan for plan in prepared.graph.monitors if plan.window is not None or plan.check.windowless)
    left_out = {
        (plan.name, plan.subject): Skipped(
            plan.name, plan.subject, f"source {plan.side.source} has no timestamp, so it has no history to replay"
        )
        for plan in prepared.graph.monitors
        if plan.window is None and not plan.check.windowless
    }
    return kept, tuple(left_out.values())


def _judged(
    prepared: Prepared, planned: Sequence[Tick], progress: Progress, *, keeping: bool
) -> tuple[Replay, tuple[Read, ...]]:
    """Every run, from one scan of each source."""
    from driftline.compile.scans import scans
    from driftline.execute.first_event import after_first_event
    from driftline.execute.run import execute
    from driftline.lifecycle import Lifecycle

    judgements = [judgement for tick in planned for judgement in tick.judgements]
    scanned = scans(judgements)
    progress(f"scanning {len(scanned.requests)} source(s) for {len(planned)} runs")
    as_of = {request.source: prepared.at for request in scanned.requests.values()}
    executed = execute(scanned.requests, prepared.sources, as_of, {})
    sets = {side: executed.sets[key] for side, key in scanned.keys.items()}
    kept, early = after_first_event(judgements, sets, prepared.sources)
    progress(f"judging {len(planned)} runs")
    facts_of = cache(Lifecycle(prepared.document, prepared.whole, prepared.at, None).facts_of)
    replay = Replay(sets, prepared.graph.composites, facts_of, readings=[] if keeping else None)
    for tick in divided(planned, kept, [judgement for judgement, _ in early]):
        replay.run(tick)
    return replay, _reads(prepared, scanned.requests.values())


def _reads(prepared: Prepared, requests: Iterable[ScanRequest]) -> tuple[Read, ...]:
    """The sources that were read, labels included, each once."""
    names = (name for each in requests for name in (each.source, *(relation.source for relation in each.relations)))
    return tuple(Read(name, prepared.sources[name].footprint()) for name in dict.fromkeys(names))


def _idle(plans: Iterable[MonitorPlan], replay: Replay) -> Iterator[Skipped]:
    """The monitors that were due in no run, each with the reason."""
    judged = {(series.monitor, series.subject) for series in replay.lines}
    for key, plan in {(plan.name, plan.subject): plan for plan in plans}.items():
        if key in judged:
            continue
        if key in replay.early:
            reason = f"every window ends before the first event of source {plan.side.source}"
        elif not plan.series:
            reason = "nothing that it looks at was judged"
        else:
            by_schedule = plan.schedule is not None
            reason = f"no run fits its schedule ({plan.schedule})" if by_schedule else "no window is complete"
        yield Skipped(*key, reason)
