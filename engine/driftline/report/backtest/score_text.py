"""Alerts held against incidents, for a terminal."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from rich.console import Console
from rich.text import Text

from driftline.evaluate.wording import counted, length
from driftline.report.backtest.values import Caught, Rate, Score
from driftline.report.console import day

NAMED = 3  # alerts of one incident that are named


def rate(one: Rate) -> str:
    """How many of how many; nothing of nothing is no share."""
    return f"{one.part} of {one.whole}" if one.whole else "–"


def share(one: Rate) -> str:
    return f"{one.share:.0%} ({rate(one)})" if one.share is not None else "–"


def print_score(console: Console, score: Score, zone: ZoneInfo, *, verbose: bool) -> None:
    """Precision, recall and delay over all monitors, then incident by incident."""
    line = Text("\n")
    said = (
        f"{counted(len(score.incidents), 'incident')}: precision {share(score.precision)}, recall {share(score.recall)}"
    )
    if score.delay is not None:
        said += f", detected after {length(score.delay.total_seconds())} (median)"
    line.append(said, style="bold")
    console.print(line)
    for one in score.incidents:
        console.print(_incident(one, zone, verbose))
    if score.outside:
        console.print(f"{counted(score.outside, 'incident')} outside of the span: not scored", style="dim")


def _incident(one: Caught, zone: ZoneInfo, verbose: bool) -> Text:
    span = one.incident.span
    line = Text("  caught  " if one.episodes else "  missed  ", style="green" if one.episodes else "bold red")
    what = one.incident.id + (f" ({one.incident.reason})" if one.incident.reason else "")
    line.append(f"{day(span.start, zone)} … {day(span.end, zone)}  {what}", style="default")
    if not one.concerns:
        line.append("\n          its `match` fits no monitor that was replayed", style="yellow")
    if one.episodes:
        after = "only by what fired before it"
        if one.delay is not None:
            after = f"after {length(one.delay.total_seconds())}"
        names = list(dict.fromkeys(f"{each.series.monitor}/{each.series.subject}" for each in one.episodes))
        shown = names if verbose else names[:NAMED]
        more = f" and {len(names) - len(shown)} more" if len(names) > len(shown) else ""
        line.append(f"\n          {after}: {', '.join(shown)}{more}", style="dim")
    return line
