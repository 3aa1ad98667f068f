"""From a file and a budget to a proposal: history replayed, candidates tried, what is proposed replayed once more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from driftline import registry
from driftline.backtesting.incidents import load_incidents
from driftline.backtesting.run import BacktestOptions, replayed
from driftline.compile.incidents import Incident, incidents_of
from driftline.config.document import Document
from driftline.doctor.limits import moves_away
from driftline.model import Interval
from driftline.preparing import LATEST, Progress, load
from driftline.report.backtest.values import BacktestReport
from driftline.report.console import day
from driftline.report.tuning.values import Tuned, TuneReport
from driftline.tuning.budget import Budget, read_budget
from driftline.tuning.history import Scale, Unit
from driftline.tuning.patch import before, overrides, spot, yaml_of
from driftline.tuning.search import FAR, SAME, Searches, Tried
from driftline.tuning.units import (
    composites_of,
    histories_outside,
    spent_by_composites,
    standing_in,
    units_of,
    warnings_of,
)

HISTORY = timedelta(weeks=26)


@dataclass(frozen=True)
class TuneOptions:
    """What a proposal is asked for.

    `budget` is that of each monitor on each model or, if `total`, of all together. The history begins at `since` (None:
    26 weeks before its end) and ends at `until`; `incidents` is a file that stands for the configuration's own.
    """

    budget: str
    total: bool = False
    since: datetime | str | None = None
    until: datetime | str = LATEST
    monitors: tuple[str, ...] = ()
    environment: str | None = None
    plugins: str | None = None
    incidents: Path | None = None

    @property
    def as_backtest(self) -> BacktestOptions:
        """The replay of the configuration as it is."""
        since = HISTORY if self.since is None else self.since
        return BacktestOptions(since, self.until, None, self.monitors, self.environment, self.plugins)


def tune(path: Path, options: TuneOptions, progress: Progress = lambda _: None) -> TuneReport:
    """Propose the mildest changes that keep to a budget of alerts. Nothing is written, sent or read of the store.

    Raises ConfigurationError for the configuration or the incidents, UsageError for the rest that is asked for.
    """
    budget = read_budget(options.budget)
    document = load(path, options.plugins, options.environment)
    given = None if options.incidents is None else load_incidents(options.incidents, document.defaults.timezone)
    incidents = incidents_of(document) if given is None else given
    report, replay = replayed(document, options.as_backtest, incidents, progress, keeping=True)
    scale = Scale(Interval(report.since, report.until), incidents, replay.facts_of)
    units = units_of(report, replay, scale)
    searches = Searches(document, lambda unit: progress(f"tuning {unit.history.name}"))
    if options.total:
        limit, chosen = searches.shared(units, budget.per_week - spent_by_composites(report, scale))
    else:
        limit, chosen = budget.per_week, searches.chosen(units, budget.per_week)
    over = [unit for unit, _ in chosen]
    tuned = [_proposed(unit, one, limit, report, document) for unit, one in chosen]
    items = [item for one in tuned for item in one.overrides]
    after = _verified(path, items, options, report, incidents, progress) if items else None
    tuned = [_as_replayed(one, unit, after) for one, unit in zip(tuned, over, strict=True)]
    found = TuneReport(
        budget=budget.text,
        total=options.total,
        limit=limit,
        before=report,
        after=after,
        within=0,
        tuned=(*tuned, *_composites(report, after, scale, limit)),
        where="",
        patch=None,
        warnings=tuple(warnings_of(budget, report, over, incidents)),
    )
    return _written(found, budget, str(path))


def _proposed(unit: Unit, tried: Tried | None, limit: float, report: BacktestReport, document: Document) -> Tuned:
    """What the search came to for a monitor."""
    about = Tuned(
        *unit.key, limit=limit, windows=unit.history.with_data, weeks=unit.weeks, before=unit.standing
    )  # fmt: skip
    if tried is None:
        kept = "no change of `for`, bounds or min_rows makes it quieter"
        return replace(about, reason=f"{kept} without losing {', '.join(about.before.caught)}"
                       if about.before.caught else kept)  # fmt: skip
    return replace(
        about,
        overrides=overrides(unit, tried.change, report.graph),
        settings=before(unit, tried.change, document),
        doubts=tuple(_doubts(unit, tried)),
    )


def _doubts(unit: Unit, tried: Tried) -> Iterator[str]:
    """What speaks against a change, or keeps it from being a better one."""
    moved = {column for column, settings in tried.change.items() if settings.limits is not None}
    doubt = moves_away(unit.plan, histories_outside(unit, moved))
    if doubt is not None:
        yield doubt
    stretch = unit.stretch(tried.change)
    if stretch > FAR:
        yield f"a bound lies {stretch:.2g} times as far as it did: a longer window or another baseline may serve better"
    if any(len({plan.threshold for plan in plans}) > 1 for plans in unit.plans.values()):
        yield "overrides give some of its segments a threshold of their own: its bounds are left to you"


def _verified(
    path: Path,
    items: Sequence[str],
    options: TuneOptions,
    report: BacktestReport,
    incidents: tuple[Incident, ...],
    progress: Progress,
) -> BacktestReport:
    """The same history under the configuration with the proposal behind it, read as it would be from the file."""
    from driftline.schema.load import load_document

    progress("replaying the proposal")
    kinds, text = registry.load(options.plugins), "\n".join(f"- {item}" for item in items)
    document = load_document(path, kinds, environment=report.document.environment, overrides=text)
    alike = replace(options.as_backtest, since=report.since, until=report.until, every=str(report.every))
    found, _ = replayed(document, alike, incidents, progress)
    return found


def _as_replayed(tuned: Tuned, unit: Unit, after: BacktestReport | None) -> Tuned:
    """A proposal with what the replay of all proposals together shows of it."""
    if after is None or not tuned.overrides:
        return tuned
    history = next(one for one in after.monitors if (one.monitor, one.subject) == unit.key)
    standing = standing_in(after, unit.plan, history, unit.scale)
    lost = tuple(one for one in tuned.before.caught if one not in standing.caught)
    return replace(tuned, after=standing, lost=lost)


def _composites(report: BacktestReport, after: BacktestReport | None, scale: Scale, limit: float) -> Iterator[Tuned]:
    """The monitors over verdicts that fire too often: they follow from what they look at."""
    for plan, history in composites_of(report):
        standing = standing_in(report, plan, history, scale)
        if standing.per_week > limit + SAME and plan.alert.route:
            yield Tuned(
                plan.name,
                plan.subject,
                limit=limit,
                windows=history.with_data,
                weeks=report.weeks * (history.coverage or 0.0),
                before=standing,
                after=None if after is None else standing_in(after, plan, history, scale),
                reason="it looks at verdicts of others, and follows from them",
            )


def _written(report: TuneReport, budget: Budget, root: str) -> TuneReport:
    """The report with its patch."""
    proposed = [one for one in report.tuned if one.overrides]
    report = replace(report, within=len(report.before.monitors) - len(report.tuned))
    if not proposed:
        return report
    document = report.before.document
    place, zone = spot(document, root), ZoneInfo(document.defaults.timezone)
    span = f"from {day(report.before.since, zone)} to {day(report.before.until, zone)}"
    whose = "for all monitors together" if report.total else "for each monitor"
    head = [f"driftline tune: at most {budget.text} {whose}, {span} ({report.before.weeks:.1f} weeks); {place.where}"]
    head += [f"warning: {one}" for one in report.warnings]
    return replace(report, where=place.where, patch=yaml_of(head, proposed, place))
