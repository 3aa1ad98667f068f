"""A back-test as a person reads it at a terminal: what could be read first, then what it would have cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, timedelta, tzinfo
from zoneinfo import ZoneInfo

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from driftline.evaluate.wording import counted, length
from driftline.model import SeriesKey, Status
from driftline.report.backtest.compared_text import print_compared
from driftline.report.backtest.score_text import print_score, rate
from driftline.report.backtest.timeline import CHARACTERS, Axis
from driftline.report.backtest.values import BacktestReport, Episode, MonitorHistory
from driftline.report.console import console_of, day, written
from driftline.report.text import STYLE

WIDTH = 120  # of a page that is no terminal
MOST = 20  # alerts that are listed
OFFENDERS = 5
HELD = " (held "  # what follows is the monitor's own `for`
NAMES = 40  # characters of a monitor's name beside its timeline
WORDS: Mapping[Status | None, str] = {
    Status.OK: "ok",
    Status.WARNING: "warning",
    Status.CRITICAL: "critical",
    Status.INSUFFICIENT_DATA: "too little data",
    Status.NO_DATA: "no data",
    Status.ERROR: "error",
}


def backtest_report(
    report: BacktestReport, *, verbose: bool = False, color: bool | None = None, width: int | None = None
) -> str:
    """The whole text: what was replayed, every monitor in a line, the timelines, alerts, incidents, the difference."""
    console = console_of(color, width, WIDTH)
    zone = ZoneInfo(report.document.defaults.timezone)
    _print_head(console, report, zone)
    if report.results:
        console.print()
        console.print(_table(report))
        _print_timelines(console, report, zone, verbose)
    if report.score is not None:
        print_score(console, report.score, zone, verbose=verbose)
    _print_alerts(console, report, zone, verbose)
    if report.compared is not None:
        print_compared(console, report, zone, verbose=verbose)
    for skipped in report.skipped:
        console.print(f"not judged: {skipped.monitor}/{skipped.subject}: {skipped.reason}", style="dim")
    return written(console)


def _print_head(console: Console, report: BacktestReport, zone: ZoneInfo) -> None:
    environment = f" in {report.document.environment}" if report.document.environment else ""
    span = f"from {day(report.since, zone)} to {day(report.until, zone)} {zone.key}"
    console.print(f"{report.document.root.name}{environment} {span}", style="bold")
    windows = sum(one.windows for one in report.monitors)
    judged = f"{windows:,} windows judged, {len(report.results):,} verdicts"
    console.print(f"{counted(len(report.ticks), 'run')}, one every {report.every}: {judged}; nothing was sent")
    cost = [f"{one.footprint.rows:,} rows of {one.source}" for one in report.reads if one.footprint.rows is not None]
    cost += [one.source for one in report.reads if one.footprint.rows is None]
    if cost:
        console.print(f"read once: {', '.join(cost)}", style="dim")


def _table(report: BacktestReport) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    table.add_column("monitor", overflow="fold", ratio=1)
    for name in ("windows read", "pending", "fired", "resolved", "a week"):
        table.add_column(name, justify="right", no_wrap=True)
    if report.score is not None:
        table.add_column("precision", justify="right", no_wrap=True)
        table.add_column("recall", justify="right", no_wrap=True)
    for one in report.monitors:
        cells: list[str | Text] = [_name(report, one), _coverage(one)]
        if one.with_data:
            fired = Text(str(one.fired), style="bold red" if one.firing else "yellow" if one.fired else "green")
            cells += [str(one.pending), fired, str(one.resolved), f"{one.alerts_per_week or 0.0:.2f}"]
        else:
            cells += ["–"] * 4  # it was not quiet: it could not speak
        if report.score is not None:
            precision, recall, _ = report.score.monitors[one.monitor, one.subject]
            cells += [rate(precision), rate(recall)]
        table.add_row(*cells)
    return table


def _name(report: BacktestReport, one: MonitorHistory) -> Text:
    """The monitor, under it why most of it could not be read, and alerts that were taken back."""
    text = Text(one.name)
    if one.windows and one.no_data * 2 > one.windows:
        text.append(f"\n  {_why_not(report, one)}", style="dim")
    if one.withdrawn:
        taken = f"{counted(one.withdrawn, 'alert')} fired before late labels or rows showed otherwise"
        text.append(f"\n  {taken}", style="dim")
    return text


def _why_not(report: BacktestReport, one: MonitorHistory) -> str:
    """The reason that was given most often."""
    silent = (Status.NO_DATA, Status.ERROR)
    own = (each for each in report.results if (each.series.monitor, each.series.subject) == (one.monitor, one.subject))
    reasons = Counter(each.reason or "no data" for each in own if each.status in silent)
    return reasons.most_common(1)[0][0] if reasons else "no data"


def _coverage(one: MonitorHistory) -> Text:
    """Of how many windows something could be read: without, there are no alerts either."""
    due = one.windows + one.early
    if not one.with_data:
        return Text(f"0 of {due}", style="bold yellow")
    return Text(f"{one.with_data} of {due}", style="" if one.with_data == due else "yellow")


def _print_timelines(console: Console, report: BacktestReport, zone: ZoneInfo, verbose: bool) -> None:
    """One line for each monitor, all on one axis; those that were ok in every window of the span together in one."""
    shown = [one for one in report.monitors if verbose or set(one.timeline.values()) != {Status.OK}]
    sound = len(report.monitors) - len(shown)
    console.print()
    if shown:
        margin = max(len(_short(one.name)) for one in shown) + 2
        axis = Axis.of(report.since, report.ticks, console.width - margin)
        console.print(Text(" " * margin + axis.scale(zone), style="dim"), no_wrap=True, crop=True)
        seen: dict[Status | None, None] = {}
        for one in shown:
            line = Text(_short(one.name).ljust(margin))
            for status in axis.columns(one.timeline):
                seen[status] = None
                line.append(CHARACTERS[status], style=STYLE[status] if status is not None else "")
            console.print(line, no_wrap=True, crop=True)
        each = f"a column is {counted(axis.ticks, 'run')}" + (", by its worst window" if axis.ticks > 1 else "")
        legend = [f"{CHARACTERS[one]} {words}" for one, words in WORDS.items() if one in seen]
        console.print(Text(f"{'  '.join(legend)}   {each}", style="dim"))
    if sound:
        console.print(f"{counted(sound, 'monitor')}{' more' if shown else ''}: ok in every window", style="green")


def _short(name: str) -> str:
    return name if len(name) <= NAMES else f"{name[: NAMES - 1]}…"


def _print_alerts(console: Console, report: BacktestReport, zone: ZoneInfo, verbose: bool) -> None:
    """The alerts that fired in the order in which a run would have told, and the series that fire most."""
    episodes = report.episodes
    if not report.results:
        console.print("nothing was judged")
        return
    still = sum(one.ends is None for one in episodes)
    if not any(one.with_data for one in report.monitors):
        console.print("\nno alert could fire: no window had data", style="bold yellow")
        return
    said = f"{counted(len(episodes), 'alert')} fired" if episodes else "no alert fired"
    rest = f", {still} still fire at the end" if still > 1 else ", 1 still fires at the end" if still else ""
    a_week = f", {len(episodes) / report.weeks:.2g} a week" if episodes else ""
    console.print(Text(f"\n{said}{a_week}{rest}", style="bold"))
    _print_offenders(console, report)
    shown = episodes if verbose else episodes[:MOST]
    if shown:
        console.print(_alerts_table(shown, report, zone, console.width // 2))
    if len(shown) < len(episodes):
        console.print(f"… and {len(episodes) - len(shown)} more: -v shows all", style="dim")


def _print_offenders(console: Console, report: BacktestReport) -> None:
    """The series that fire most, where there are more alerts than one reads."""
    if len(report.episodes) <= OFFENDERS:
        return
    per_series: dict[SeriesKey, list[Episode]] = {}
    for one in report.episodes:
        per_series.setdefault(one.series, []).append(one)
    ranked = sorted(per_series.items(), key=lambda item: (-len(item[1]), item[0].text))
    for series, own in ranked[:OFFENDERS]:
        share = sum((lasted(one, report) for one in own), timedelta()) / (report.until - report.since)
        line = Text(f"{len(own):4} × ", style="bold")
        line.append(name_of(series), style="not bold")
        line.append(f"  fires {share:.0%} of the time", style="not bold dim")
        console.print(line)


def _alerts_table(shown: Sequence[Episode], report: BacktestReport, zone: ZoneInfo, half: int) -> Table:
    """One alert a row: the run that told of it, how long it fired, and why."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    table.add_column("fired", no_wrap=True)
    table.add_column("severity", no_wrap=True)
    # A name stays in one piece unless it would leave no room for the reason.
    table.add_column("series", overflow="fold", no_wrap=max(len(name_of(one.series)) for one in shown) <= half)
    table.add_column("lasted", no_wrap=True)
    table.add_column("why", overflow="fold")
    for one in shown:
        severity = Text(one.severity.value, style=STYLE[Status(one.severity.value)])
        time = length(lasted(one, report, zone).total_seconds()) if one.ends is not None else "to the end"
        table.add_row(day(one.decided, zone), severity, name_of(one.series), time, one.reason.partition(HELD)[0])
    return table


def lasted(one: Episode, report: BacktestReport, zone: tzinfo = UTC) -> timedelta:
    """From the window that fired to the one that resolved it, or to the end; days are those of the zone's calendar."""
    first, last = (each.astimezone(zone).replace(tzinfo=None) for each in (one.fired, one.ends or report.until))
    return max(last - first, timedelta())


def name_of(series: SeriesKey) -> str:
    """The series without its environment, which the first line names."""
    return replace(series, environment=None).text
