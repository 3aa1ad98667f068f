"""A run as a person reads it at a terminal: what is wrong first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rich import box
from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from driftline.evaluate.wording import chance_text, compared_unit, counted, labels_text, say
from driftline.model import Result, SeriesKey, Status
from driftline.report.console import clock, console_of, day, written
from driftline.report.naming import name_of, path_of, place_of, window_of
from driftline.report.revised import revised_lines
from driftline.report.values import RunReport, SourceNotes
from driftline.route.message import most_of_it

if TYPE_CHECKING:
    from driftline.alert.replay import Alert

ORDER = (
    Status.CRITICAL,
    Status.WARNING,
    Status.ERROR,
    Status.NO_DATA,
    Status.INSUFFICIENT_DATA,
    Status.OK,
)
STYLE = {
    Status.CRITICAL: "bold red",
    Status.WARNING: "yellow",
    Status.ERROR: "bold magenta",
    Status.NO_DATA: "cyan",
    Status.INSUFFICIENT_DATA: "cyan",
    Status.OK: "green",
}
MOST_ALIKE = 3  # series that stand one by one though the same is said of all
UNCONCERNED = "the channel was not told that it fired"


def run_report(report: RunReport, *, verbose: bool = False, color: bool | None = None, width: int | None = None) -> str:
    """The whole text: a headline, the table, alerts, deliveries, and what was not judged."""
    console = console_of(color, width)
    zone = ZoneInfo(report.document.defaults.timezone)
    console.print(_headline(report, zone))
    if report.known_until is not None:
        later = f"the store has verdicts up to {clock(report.known_until, zone)}, later than this run"
        console.print(f"{later}: alerts are as of then", style="yellow")
    latest = _latest(report.results)
    alike = {} if verbose else _alike(latest)
    told = {id(one) for members in alike.values() for one in members}
    shown = [r for r in latest if verbose or (r.status is not Status.OK and id(r) not in told)]
    if shown:
        console.print(_table(report, shown, zone))
    _print_alike(console, alike)
    if not verbose:
        _print_ok(console, [r for r in latest if r.status is Status.OK])
    _print_past(console, report.results, latest, zone)
    for line in revised_lines(report, zone, verbose=verbose):
        console.print(line)
    _print_alerts(console, report)
    _print_deliveries(console, report, verbose)
    for notes in report.sources:
        for said in _past_of(notes, zone):
            console.print(said, style="yellow" if notes.is_warning else "dim")
    for skipped in report.skipped:
        console.print(f"not judged: {skipped.monitor}/{skipped.subject}: {skipped.reason}", style="dim")
    return written(console)


def _past_of(notes: SourceNotes, zone: ZoneInfo) -> Iterable[str]:
    """What became known of the past of a source, and what to do about it."""
    wrong = [f"{counted(notes.rows_without_time, 'row')} without a timestamp"] if notes.rows_without_time else []
    wrong += [f"{counted(notes.future_rows, 'row')} of the future"] if notes.future_rows else []
    if wrong:
        yield f"{notes.source}: {' and '.join(wrong)}: in no window"
    if notes.files or notes.panes:
        yield _read_again(notes, zone)
    elif notes.late_rows and notes.since is not None:
        when = _day_or_time(notes.since.astimezone(zone))
        windows = "its window was" if notes.late_rows == 1 else "their windows were"
        rows = f"{counted(notes.late_rows, 'row')} arrived after {windows} judged"
        yield f"{notes.source}: {rows}, from {when} on; `run --since {when}` lets them in"


def _read_again(notes: SourceNotes, zone: ZoneInfo) -> str:
    again = f"{counted(notes.files, 'file')} changed; {counted(notes.panes, 'pane')} read again"
    if notes.since is None:
        return f"{notes.source}: {again}, with as many rows as before"
    rows = [f"{notes.late_rows:,} late rows"] if notes.late_rows else []
    rows += [f"{notes.gone_rows:,} rows gone"] if notes.gone_rows else []
    when = _day_or_time(notes.since.astimezone(zone))
    what = " and ".join(rows)
    return f"{notes.source}: {again}: {what}, from {when} on; `run --since {when}` judges these windows again"


def _day_or_time(start: datetime) -> str:
    return f"{start:%Y-%m-%d}" if start.time() == time.min else f"{start:%Y-%m-%dT%H:%M}"


def _headline(report: RunReport, zone: ZoneInfo) -> Text:
    counts = {status: sum(r.status is status for r in report.results) for status in ORDER}
    environment = f" in {report.document.environment}" if report.document.environment else ""
    text = Text(f"{report.document.root.name}{environment} as of {clock(report.at, zone)}")
    text.append(" (dry run)" if report.dry_run else "", style="dim")
    text.append(f"   {counted(len(report.results), 'verdict')}: ")
    said = [(f"{count} {status.value.replace('_', ' ')}", STYLE[status]) for status, count in counts.items() if count]
    for number, (words, style) in enumerate(said or [("nothing was due", "dim")]):
        text.append(", " if number else "")
        text.append(words, style=style)
    return text


def _latest(results: Iterable[Result]) -> list[Result]:
    """The last window of each series, what is wrong first; within a status, monitors together, the worst first."""
    last: dict[SeriesKey, Result] = {}
    for one in results:
        known = last.get(one.series)
        if known is None or known.window.end is None or one.window.end is None or one.window.end >= known.window.end:
            last[one.series] = one

    def rank(one: Result) -> tuple[int, str, float, str]:
        return ORDER.index(one.status), one.series.monitor, -abs(one.compared or 0.0), one.series.text

    return sorted(last.values(), key=rank)


def _table(report: RunReport, results: Sequence[Result], zone: ZoneInfo) -> Table:
    open_alerts = {alert.series: alert for alert in report.alerts if alert.state != "resolved"}
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    table.add_column("status", no_wrap=True)
    table.add_column("series", overflow="fold", ratio=1)
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("limit", justify="right", no_wrap=True)
    table.add_column("baseline", no_wrap=True)
    table.add_column("window", no_wrap=True)
    table.add_column("since", no_wrap=True)
    for one in results:
        table.add_row(
            Text(one.status.value.replace("_", " "), style=STYLE[one.status]),
            _named(one, report.muted.get(one.series)),
            _value(one),
            one.limit or "–",
            _baseline(one),
            window_of(one.window, zone),
            _since(open_alerts.get(one.series), zone),
        )
    return table


def _since(alert: Alert | None, zone: ZoneInfo) -> str:
    """Since when the alert is open; a pending one has not been told yet."""
    if alert is None:
        return "–"
    return day(alert.since, zone) + (" (pending)" if alert.state == "pending" else "")


def _value(one: Result) -> str:
    """The value, and beside it what the threshold saw where that is something else."""
    if one.value is None:
        return "–"
    value = say(one.value, one.unit or "number")
    if one.compare == "value" or one.compared is None:
        return value
    return f"{value} ({say(one.compared, compared_unit(one.compare, one.unit or 'number'))})"


def _why(one: Result) -> str:
    """The reason, without the numbers of a breach, which stand in columns of their own."""
    reason = one.reason or ""
    return reason.partition("; ")[2] if one.is_breach else reason


def _series(one: Result) -> str:
    """The series, and the check where the monitor's name does not say it."""
    named = one.check in one.series.monitor or one.metric is not None or one.is_composite
    return path_of(one) if named else f"{path_of(one)} ({one.check})"


def _named(one: Result, muted: str | None) -> Group:
    """The series, under it why it is as it is where the columns do not say so, and what keeps its alert quiet."""
    what = (_why(one), chance_text(one) if one.is_breach else "", labels_text(one))
    notes = ["; ".join(said for said in what if said)]
    most = most_of_it(one)
    notes += [f"most of it: {most}"] if most else []
    notes += [f"kept quiet ({muted})"] if muted else []
    under = (Padding(Text(note, style="dim"), (0, 0, 0, 2)) for note in notes if note)
    return Group(Text(_series(one)), *under)


def _baseline(one: Result) -> str:
    if one.baseline is None:
        return "–"
    if one.baseline_value is None:
        return one.baseline
    return f"{say(one.baseline_value, one.unit or 'number')} ({one.baseline})"


Alike = tuple[Status, str, str, str | None]  # status, monitor, subject, reason


def _alike(results: Iterable[Result]) -> dict[Alike, list[Result]]:
    """Series that could not be judged for the same reason: an outage is said once, not of each column and segment."""
    groups: dict[Alike, list[Result]] = {}
    for one in results:
        if one.status in (Status.NO_DATA, Status.INSUFFICIENT_DATA, Status.ERROR):
            groups.setdefault((one.status, one.series.monitor, one.series.subject, one.reason), []).append(one)
    return {key: members for key, members in groups.items() if len(members) > MOST_ALIKE}


def _print_alike(console: Console, groups: Mapping[Alike, Sequence[Result]]) -> None:
    for (status, *_, reason), members in groups.items():
        line = Text(f"{status.value.replace('_', ' ')}  ", style=STYLE[status])
        line.append(place_of(members[0]), style="default")
        line.append(f"  {len(members)} series: {reason}", style="dim")
        console.print(line)


def _print_ok(console: Console, results: Sequence[Result]) -> None:
    """Sound series in one line per monitor."""
    groups: dict[tuple[str, str], list[Result]] = {}
    for one in results:
        groups.setdefault((one.series.monitor, one.series.subject), []).append(one)
    for _, members in sorted(groups.items()):
        line = Text("ok  ", style=STYLE[Status.OK])
        line.append(place_of(members[0]), style="default")
        line.append(f"  {_ok_summary(members)}", style="dim")
        console.print(line)


def _ok_summary(members: Sequence[Result]) -> str:
    """The one value, or of many the one that is nearest to its limit."""
    one = min(members, key=lambda member: member.margin if member.margin is not None else float("inf"))
    parts = [_value(one)]
    parts += [f"limit {one.limit}"] if one.limit else []
    parts += [f"baseline {_baseline(one)}"] if one.baseline_value is not None else []
    said = ", ".join(parts)
    if len(members) == 1:
        return said
    return f"{len(members)} series, nearest {name_of(one.series).split('/', 2)[-1]}: {said}"


def _print_past(console: Console, results: Sequence[Result], latest: Sequence[Result], zone: ZoneInfo) -> None:
    """Series that are sound in their last window and were not in an earlier one of this run."""
    sound = {one.series for one in latest if not one.is_breach}
    past: dict[SeriesKey, list[Result]] = {}
    for one in results:
        if one.series in sound and one.is_breach:
            past.setdefault(one.series, []).append(one)
    windows: dict[SeriesKey, int] = {}
    for one in results:
        windows[one.series] = windows.get(one.series, 0) + 1
    for series, breaches in sorted(past.items(), key=lambda item: item[0].text):
        worst = max(breaches, key=lambda one: (one.status is Status.CRITICAL, abs(one.compared or 0.0)))
        line = Text("was ", style=STYLE[worst.status])
        line.append(f"{worst.status.value}  {path_of(worst)}", style="default")
        often = f"{len(breaches)} of {windows[series]} windows"
        line.append(f"  {often}, worst {_value(worst)} in {window_of(worst.window, zone)}", style="dim")
        console.print(line)


def _print_alerts(console: Console, report: RunReport) -> None:
    counts: dict[str, int] = {}
    for alert in report.alerts:
        counts[alert.state.value] = counts.get(alert.state.value, 0) + 1
    newest = [] if report.known_until is not None else _latest(report.results)
    still = {one.series: one for one in newest if one.status is Status.OK}
    for alert in report.alerts:
        if alert.state == "firing" and alert.series in still:
            line = Text("firing  ", style=STYLE[Status(alert.severity.value)])
            line.append(path_of(still[alert.series]), style="default")
            line.append(f"  {_value(still[alert.series])} is no breach, and has not recovered", style="dim")
            console.print(line)
    if counts:
        said = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
        console.print(f"alerts: {said}" + (" (dry run: nothing was recorded or sent)" if report.dry_run else ""))


def _print_deliveries(console: Console, report: RunReport, verbose: bool) -> None:
    styles: Mapping[str, str] = {"sent": "green", "failed": "bold red", "queued": "yellow", "suppressed": "dim"}
    for one in report.deliveries:
        if UNCONCERNED in (one.reason or "") and not verbose:
            continue  # the end of what the channel never heard of is no news
        line = Text(f"notice to {one.channel}: ")
        line.append(one.status.value, style=styles[one.status.value])
        line.append(f" ({one.reason})" if one.reason else "", style="dim")
        console.print(line)
