"""What a search for segments came to, as a person reads it at a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from rich import box
from rich.console import Console
from rich.table import Table

from driftline.evaluate.wording import LEAST, counted, say
from driftline.report.console import clock, console_of, written
from driftline.report.discovery.patch import as_yaml
from driftline.report.discovery.values import Discovery, FoundSegment
from driftline.report.naming import name_of

WIDTH = 130  # of a page that is no terminal
MOST = 20  # segments of the table
FEW = 5  # of what is said in passing


def discovery_text(report: Discovery, *, color: bool | None = None, width: int | None = None) -> str:
    """The whole text; what is to be pasted stands at its end."""
    console = console_of(color, width, WIDTH)
    _print_head(console, report)
    if not report.found:
        console.print(
            f"\nnothing stands out: no part of the rows {_moved(report)} otherwise than the rest", style="green"
        )
        _print_rest(console, report)
        return written(console)
    console.print()
    console.print(_table(report))
    if len(report.found) > MOST:
        console.print(f"{counted(len(report.found) - MOST, 'segment')} more: --format json has all", style="dim")
    _print_rest(console, report)
    return f"{written(console)}\n\n{as_yaml(report)}"


def _moved(report: Discovery) -> str:
    return "changed" if report.baseline is not None else "is worse"


def _print_head(console: Console, report: Discovery) -> None:
    whole, environment = report.whole, report.document.environment
    where = f" in {environment}" if environment else ""
    console.print(f"{name_of(report.series)}{where}, {_window(report)}", style="bold")
    rows = f"{whole.rows:,} rows"
    if whole.before is None:
        alone = "there is no baseline, so each part stands beside the others"
        console.print(f"{report.check} {say(whole.value, report.unit)} of {rows}; {alone}")
    else:
        moved = f"{say(whole.before, report.unit)} -> {say(whole.value, report.unit)}"
        moved += f" ({_signed(whole.value - whole.before, report.unit)})"
        console.print(f"{report.check} {moved}, {rows} against {report.baseline} ({whole.baseline_rows or 0:,} rows)")
    console.print(
        f"looked at {_looked_at(report)}, of at least {report.min_rows:,} rows each, at alpha {report.alpha:.3g}"
    )


def _looked_at(report: Discovery) -> str:
    single, crossed = report.looked_at.get(1, 0), report.looked_at.get(2)
    return counted(single, "part") + " by one column" + (f" and {crossed:,} by two" if crossed is not None else "")


def _window(report: Discovery) -> str:
    zone = ZoneInfo(report.document.defaults.timezone)
    start, end = report.window.start, report.window.end
    if start is None or end is None:
        return "all rows"
    return f"{clock(start, zone).rpartition(' ')[0]} to {clock(end, zone)}"


def _signed(value: float, unit: str) -> str:
    """A difference with the digits that matter; of ratios in points."""
    if unit == "ratio":
        return f"{100 * value:+.2f} pp"
    return f"{value:+.3g}" if abs(value) < 1000 else f"{value:+,.0f}"


def _table(report: Discovery) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    compared = report.baseline is not None
    table.add_column("segment", overflow="fold", ratio=1)
    names = ("rows", "share", "baseline", "window", "change", "elsewhere", "carries", "adjusted p")
    alone = ("rows", "share", "window", "elsewhere", "carries", "adjusted p")
    for name in names if compared else alone:
        table.add_column(name, justify="right", no_wrap=True)
    for one in report.found[:MOST]:
        table.add_row(one.text, *_cells(one, report.unit))
    return table


def _cells(one: FoundSegment, unit: str) -> Iterator[str]:
    yield f"{one.rows:,}"
    yield f"{one.share:.1%}"
    if one.before is not None:
        yield say(one.before, unit)
    yield say(one.value, unit)
    if one.before is not None:
        yield _signed(one.change or 0.0, unit)
    yield _signed(one.elsewhere, unit) if one.before is not None else say(one.elsewhere, unit)
    yield _signed(one.contribution, unit)
    yield f"{one.p_adjusted:.2g}" if one.p_adjusted >= LEAST else f"< {LEAST:.0e}"


def _print_rest(console: Console, report: Discovery) -> None:
    """What stood out because of others, and what was not searched."""
    if report.explained:
        shown = [f"{one.text} ({one.by})" for one in report.explained[:FEW]]
        more = f", and {len(report.explained) - FEW} more" if len(report.explained) > FEW else ""
        console.print(f"\nstands out only because of a segment above: {', '.join(shown)}{more}", style="dim")
    if report.unsearched:
        console.print()
    for column, reason in report.unsearched:
        console.print(f"not searched: {column}, {reason}", style="dim")
