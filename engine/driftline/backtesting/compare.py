"""The same history under two configurations: which alerts only one of them has. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from driftline.compile.renames import Renames
from driftline.report.backtest.values import BacktestReport, Comparison, Difference, Episode, MonitorHistory


def comparison(after: BacktestReport, before: BacktestReport, revision: str, commit: str) -> Comparison:
    """What the revision `before` would have done, beside what the present configuration does.

    An alert is on both sides if alerts of its series fire on both at some time together. What was renamed since (`was`)
    goes by its present name.
    """
    renames = Renames.of(after.document)
    now = {(one.monitor, one.subject): one for one in after.monitors}
    then = {(one.monitor, one.subject): one for one in (_renamed(each, renames) for each in before.monitors)}
    past = [replace(each, series=renames.series(each.series)) for each in before.episodes]
    differences = []
    for key in (*now, *(key for key in then if key not in now)):
        own, former = _of(key, after.episodes), _of(key, past)
        gone, new = _without(former, own), _without(own, former)
        differences.append(Difference(*key, then.get(key), now.get(key), gone, new))
    return Comparison(revision, commit, before, tuple(differences))


def _renamed(history: MonitorHistory, renames: Renames) -> MonitorHistory:
    monitor = renames.monitor(history.monitor)
    return replace(history, monitor=monitor, subject=renames.subject(monitor, history.subject))


def _of(key: tuple[str, str], episodes: Iterable[Episode]) -> list[Episode]:
    return [one for one in episodes if (one.series.monitor, one.series.subject) == key]


def _without(episodes: Sequence[Episode], others: Sequence[Episode]) -> tuple[Episode, ...]:
    """The alerts of which nothing fires at the same time on the other side."""
    return tuple(
        one for one in episodes if not any(one.series == other.series and one.overlaps(other) for other in others)
    )
