"""A proposal as a person reads it at a terminal: before and after in a table, then what to paste."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from driftline.evaluate.wording import counted, length
from driftline.report.backtest.values import BacktestReport
from driftline.report.console import console_of, day, written
from driftline.report.tuning.values import Standing, Tuned, TuneReport

WIDTH = 120  # of a page that is no terminal


def tune_report(report: TuneReport, *, color: bool | None = None, width: int | None = None) -> str:
    """The whole text; the patch stands at its end, as it is to be pasted."""
    console = console_of(color, width, WIDTH)
    _print_head(console, report)
    if not report.tuned:
        console.print(f"\nno monitor is over the budget: {counted(report.within, 'monitor')} within it", style="green")
        return written(console)
    console.print()
    console.print(_table(report))
    if report.within:
        console.print(f"{counted(report.within, 'monitor')} more: within the budget", style="dim")
    for one in report.tuned:
        for said in _said(one):
            console.print(said)
    if report.patch is None:
        console.print("\nnothing to paste: no change helps")
        return written(console)
    return f"{written(console)}\n\n{report.patch.rstrip()}"


def as_yaml(report: TuneReport) -> str:
    """The patch alone; without one, a comment that says so."""
    if report.patch is not None:
        return report.patch.rstrip()
    if report.tuned:
        return f"# driftline tune: {report.budget} is not kept, and no change helps"
    return f"# driftline tune: no monitor is over the budget of {report.budget}"


def _print_head(console: Console, report: TuneReport) -> None:
    before = report.before
    zone = ZoneInfo(before.document.defaults.timezone)
    environment = f" in {before.document.environment}" if before.document.environment else ""
    span = f"from {day(before.since, zone)} to {day(before.until, zone)} {zone.key}"
    console.print(f"{before.document.root.name}{environment} {span}, {before.weeks:.1f} weeks", style="bold")
    if report.total:
        share = f", shared so that none fires more than {report.limit:.2g} a week" if report.tuned else ""
        console.print(f"budget: {report.budget} for all monitors together{share}")
    else:
        console.print(f"budget: {report.budget} for each monitor on each model")
    for one in report.warnings:
        console.print(f"warning: {one}", style="yellow")


def _table(report: TuneReport) -> Table:
    """Before and after of each monitor; incidents and delays only where there are incidents."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    table.add_column("monitor", overflow="fold", ratio=1)
    shown = 6 if report.before.score is not None else 2
    for name in ("alerts a week", "with this", "incidents", "with this", "delay", "with this")[:shown]:
        table.add_column(name, justify="right", no_wrap=True)
    for one in report.tuned:
        cells: list[str | Text] = [f"{one.before.per_week:.2f}", _rate(one), str(len(one.before.caught)), _caught(one)]
        cells += [_delay(one.before), "–" if one.after is None else _delay(one.after)]
        table.add_row(one.name, *cells[:shown])
    if report.after is not None:
        table.add_section()
        table.add_row("all monitors", *_whole(report.before, report.after)[:shown])
    return table


def _rate(one: Tuned) -> str | Text:
    if one.after is None:
        return "–"
    return Text(f"{one.after.per_week:.2f}", style="green" if one.is_met else "bold red")


def _caught(one: Tuned) -> str | Text:
    return "–" if one.after is None else Text(str(len(one.after.caught)), style="yellow" if one.lost else "")


def _whole(before: BacktestReport, after: BacktestReport) -> tuple[str, ...]:
    """The configuration as a whole: alerts outside of incidents, incidents caught, and how soon."""
    cells = []
    for one in (before, after):
        wrong = len(one.episodes) if one.score is None else one.score.precision.whole - one.score.precision.part
        caught = "0" if one.score is None else str(one.score.recall.part)
        delay = None if one.score is None else one.score.delay
        cells.append((f"{wrong / one.weeks:.2f}", caught, "–" if delay is None else length(delay.total_seconds())))
    return tuple(cell for pair in zip(*cells, strict=True) for cell in pair)


def _delay(one: Standing) -> str:
    return "–" if one.delay is None else length(one.delay.total_seconds())


def _said(one: Tuned) -> list[Text]:
    """What the table cannot hold: what is not met and why, what is lost, what speaks against it."""
    found = []
    if one.reason is not None:
        found.append(Text(f"{one.name}: {one.reason}"))
    elif not one.is_met:
        found.append(Text(f"{one.name}: {one.shortfall}", style="red"))
    if one.lost:
        found.append(Text(f"{one.name} no longer catches {', '.join(one.lost)}: others do", style="yellow"))
    found += [Text(f"{one.name}: {doubt}", style="yellow") for doubt in one.doubts]
    return found
