"""Windows that were judged again: what they say now, and what they said before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from driftline.evaluate.wording import counted, say, share_of
from driftline.model import Result
from driftline.report.console import day
from driftline.report.naming import path_of, window_of
from driftline.report.values import RunReport

if TYPE_CHECKING:
    from driftline.alert.replay import Revision


def revised_lines(report: RunReport, zone: ZoneInfo, *, verbose: bool) -> Iterator[str]:
    """One line for each window of which the verdict changed; `verbose`: also for those of which the value did."""
    news = [
        (one, revision)
        for one in report.results
        if one.window.end is not None
        and (revision := report.revised.get((one.series, one.window.end))) is not None
        and revision.is_news(one)
    ]
    told = [(one, revision) for one, revision in news if verbose or revision.changes_status(one)]
    for one, revision in told:
        yield _line(one, revision, zone)
    if len(told) < len(news):
        more = counted(len(news) - len(told), "other verdict" if told else "verdict")
        yield f"judged again: {more} of earlier runs, with another value and the same status (see --verbose)"


def _line(one: Result, revision: Revision, zone: ZoneInfo) -> str:
    """`judged again: auc/late_arrival in 2013-07-01: 0.812, was 0.834 on 2013-07-03 (labels for 61% of rows, …)`."""
    before = revision.before.result
    status = f"{_status(one)}, was {_status(before)}; " if revision.changes_status(one) else ""
    when = f" on {day(revision.before.judged_at, zone)}" if revision.before.judged_at is not None else ""
    then = f"was {_value(before)}" if _value(before) != _value(one) else "as"
    said = f"{status}{_value(one)}, {then}{when or ' before'}{_labels(before, one)}"
    return f"judged again: {path_of(one)} in {window_of(one.window, zone)}: {said}"


def _status(one: Result) -> str:
    return one.status.value.replace("_", " ")


def _value(one: Result) -> str:
    return "no value" if one.value is None else say(one.value, one.unit or "number")


def _labels(before: Result, now: Result) -> str:
    """` (labels for 61% of rows, then 92%)`, or the rows themselves where these are others."""
    shares = [
        share_of(one.labelled_rows, one.rows) if one.labelled_rows is not None and one.rows else None
        for one in (before, now)
    ]
    if None not in shares and before.labelled_rows != now.labelled_rows:
        return f" (labels for {shares[0]} of rows, then {shares[1]})"
    if before.rows is not None and now.rows is not None and before.rows != now.rows:
        return f" ({before.rows:,} rows, then {now.rows:,})"
    return ""
