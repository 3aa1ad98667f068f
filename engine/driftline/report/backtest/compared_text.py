"""Two configurations over the same history, for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from driftline.evaluate.wording import counted
from driftline.model import Status
from driftline.report.backtest.score_text import share
from driftline.report.backtest.values import BacktestReport, Comparison, Difference, Episode, MonitorHistory
from driftline.report.console import day
from driftline.report.text import STYLE

MOST = 10  # alerts of one side that are listed


def print_compared(console: Console, report: BacktestReport, zone: ZoneInfo, *, verbose: bool) -> None:
    """What another configuration would have done: monitor by monitor where it differs, then the alerts."""
    compared = report.compared
    if compared is None:
        return
    changed = compared.changed
    before, after = len(compared.before.episodes), len(report.episodes)
    of = f"{compared.revision} ({compared.commit})"
    said = f"{counted(before, 'alert')} then, {after} now" if changed else f"the same {counted(after, 'alert')}"
    console.print(f"\nagainst {of}: {said}", style="bold")
    if report.score is not None and compared.before.score is not None:
        then = compared.before.score
        console.print(f"  precision {share(then.precision)} → {share(report.score.precision)}")
        console.print(f"  recall    {share(then.recall)} → {share(report.score.recall)}")
    if changed:
        console.print(_table(changed))
    for title, own in (("only then", _alerts(compared, "gone")), ("only now", _alerts(compared, "new"))):
        _print_alerts(console, title, own, zone, verbose)


def _table(changed: Sequence[Difference]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    table.add_column("monitor", overflow="fold", ratio=1)
    for name in ("a week then", "now", "only then", "only now"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in changed:
        gone, new = (str(len(each)) if each else "–" for each in (one.gone, one.new))
        table.add_row(f"{one.monitor}/{one.subject}", _a_week(one.before), _a_week(one.after), gone, new)
    return table


def _a_week(one: MonitorHistory | None) -> str:
    if one is None:
        return "not there"
    return f"{one.alerts_per_week:.2f}" if one.alerts_per_week is not None else "no data"


def _alerts(compared: Comparison, side: str) -> list[Episode]:
    found = [each for one in compared.monitors for each in (one.gone if side == "gone" else one.new)]
    return sorted(found, key=lambda each: (each.decided, each.series.text))


def _print_alerts(console: Console, title: str, own: Sequence[Episode], zone: ZoneInfo, verbose: bool) -> None:
    shown = own if verbose else own[:MOST]
    for one in shown:
        line = Text(f"{title}  ")
        line.append(f"{day(one.decided, zone)}  ", style="dim")
        line.append(one.severity.value.ljust(9), style=STYLE[Status(one.severity.value)])
        line.append(f"{one.series.text}: {one.reason}", style="default")
        console.print(line)
    if len(shown) < len(own):
        console.print(f"{title}  … and {len(own) - len(shown)} more: -v shows all", style="dim")
