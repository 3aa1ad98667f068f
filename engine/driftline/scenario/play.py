"""Playing a case: its rows come in, the engine runs at each instant of the timeline, and what it does is noted."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from driftline.app import run_document
from driftline.errors import UsageError
from driftline.model import AlertState
from driftline.preparing import RunOptions
from driftline.report.values import RunReport
from driftline.scenario.definition import Case
from driftline.scenario.feed import Feed
from driftline.scenario.isolate import isolated, source_folder
from driftline.scenario.receiver import Receiver
from driftline.scenario.rows import Generator
from driftline.scenario.seen import Episode, Moment, Seen, Told, Verdict

Progress = Callable[[str], None]


def play(
    case: Case,
    to: Receiver,
    *,
    keep: Path | None = None,
    plugins: str | None = None,
    progress: Progress = lambda _: None,
) -> Seen:
    """Run a case and note what is seen. With `keep`, rows and store stay in that folder.

    Raises DriftlineError where the engine does: a store that cannot be written, a condition that is no SQL.
    """
    with _folder(keep) as folder:
        feeds = _feeds(case, folder)
        document = isolated(case, folder, to.url, frozenset(feeds))
        seen = Seen(case.timeline.runs, case.timeline.timezone)
        to.take()
        for number, at in enumerate(case.timeline.runs, 1):
            progress(f"{case.name}: run {number} of {len(case.timeline.runs)}")
            for feed in feeds.values():
                feed.deliver(at)
            report = run_document(document, RunOptions(at=at, monitors=case.select, plugins=plugins))
            _note(seen, report)
            seen.told.extend(Told(at, notice) for notice in to.take())
        return seen


def _feeds(case: Case, folder: Path) -> dict[str, Feed]:
    """The feeds of all sources whose rows are written; UsageError where events and columns do not go together."""
    from polars.exceptions import PolarsError

    try:
        made = {rows.source: rows for rows in Generator(case).all() if rows.frame is not None}
        return {name: Feed.of(rows, source_folder(folder, name)) for name, rows in made.items()}
    except PolarsError as error:
        reason = str(error).splitlines()[0]
        raise UsageError(f"{case.place}: the rows of the case `{case.name}` cannot be made: {reason}") from None


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """A folder of the case's own, removed at the end unless it is to be kept."""
    if keep is not None:
        if keep.exists() and any(keep.iterdir()):
            raise UsageError(f"the folder {keep} is not empty; name another one with --keep, or remove it")
        keep.mkdir(parents=True, exist_ok=True)
        yield keep.absolute()
        return
    with tempfile.TemporaryDirectory(prefix="driftline-test-") as name:
        yield Path(name)


def _note(seen: Seen, report: RunReport) -> None:
    """Verdicts and alerts of one run."""
    seen.facts |= {(monitor.name, monitor.subject): monitor.facts for monitor in report.graph.monitors}
    seen.verdicts.extend(Verdict(report.at, result) for result in report.results)
    reasons = {transition.alert: transition.result.reason for transition in report.transitions}
    mentioned = set()
    for alert in report.alerts:
        mentioned.add(alert.id)
        episode = seen.episodes.setdefault(alert.id, Episode(alert.id, alert.series, reasons.get(alert.id)))
        if alert.state is AlertState.FIRING and not episode.fired:
            episode.reason = reasons.get(alert.id, episode.reason)
        episode.moments.append(Moment(report.at, alert.state.value, alert.severity))
    for episode in seen.episodes.values():
        if episode.id not in mentioned and episode.state in (AlertState.PENDING, AlertState.FIRING):
            last = episode.moments[-1]
            episode.moments.append(Moment(report.at, "none", last.severity))
