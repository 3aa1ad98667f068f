"""An explanation as a person reads it at a terminal: the verdict, what moved, and where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import floor, log10
from zoneinfo import ZoneInfo

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from driftline.evaluate.wording import chance_text, compared_unit, counted, labels_text, part, probability, say
from driftline.report.console import clock, console_of, written
from driftline.report.explanation.values import ByFeature, BySegment, Explained, Explanation, Part
from driftline.report.naming import path_of, window_of
from driftline.report.text import ORDER, STYLE

WIDTH = 130  # of a page that is no terminal
MOST = 12  # parts and features of a table
NAMES = 5  # categories in a line


def explanation_text(report: Explanation, *, color: bool | None = None, width: int | None = None) -> str:
    """The whole text; one block for each series."""
    console = console_of(color, width, WIDTH)
    zone = ZoneInfo(report.document.defaults.timezone)
    for at, one in enumerate(report.explained):
        if at:
            console.print()
        _print_one(console, report, one, zone)
    if report.others:
        said = ", ".join(f"{report.others[s]} {s.value.replace('_', ' ')}" for s in ORDER if s in report.others)
        more = counted(sum(report.others.values()), "series").replace("seriess", "series")
        console.print(f"\n{more} of it not shown: {said}; name one to see it", style="dim")
    return written(console)


def _print_one(console: Console, report: Explanation, one: Explained, zone: ZoneInfo) -> None:
    result = one.result
    environment = f" in {report.document.environment}" if report.document.environment else ""
    head = Text(f"{path_of(result)}{environment}: ", style="bold")
    head.append(result.status.value.replace("_", " "), style=STYLE[result.status])
    console.print(head)
    facts = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    for label, text in _facts(report, one, zone):
        facts.add_row(label, text)
    console.print(facts)
    for each in one.segments:
        _print_segments(console, each, result.unit or "number")
    if one.features is not None:
        _print_features(console, one.features)
    if one.hint is not None:
        console.print(f"\n  {one.hint}", style="dim")


def _facts(report: Explanation, one: Explained, zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    """What is known of the verdict, as (label, text)."""
    result, unit = one.result, one.result.unit or "number"
    yield "check", one.title if one.measured == result.check else f"{one.title} {one.measured}"
    rows = "" if result.rows is None else f", {result.rows:,} rows"
    labels = labels_text(result)
    of = f", {labels}" if labels else ""
    yield "window", f"{window_of(result.window, zone)}{rows}{of}, as of {clock(report.at, zone)}"
    if result.value is not None:
        chance = chance_text(result)
        yield "value", say(result.value, unit) + (f" ({chance})" if chance else "")
    if result.baseline is not None:
        value = "" if result.baseline_value is None else f"{say(result.baseline_value, unit)}, "
        before = "" if result.baseline_rows is None else f", {result.baseline_rows:,} rows"
        yield "baseline", f"{value}{result.baseline}{before}"
    if result.compare != "value" and result.compared is not None:
        yield result.compare, say(result.compared, compared_unit(result.compare, unit))
    if one.threshold is not None:
        yield "threshold", one.threshold
    if result.p_value is not None:
        yield "p-value", probability(result.p_value) + _adjusted(one)
    yield from _moved(one)
    if result.reason is not None:
        yield "why", result.reason
    yield from _alert(one, zone)


def _adjusted(one: Explained) -> str:
    if one.result.p_adjusted is None or one.alpha is None:
        return ""
    by = (one.correction or "none").replace("_", "-")
    return f", {probability(one.result.p_adjusted)} adjusted over the family ({by}, alpha {one.alpha:g})"


def _moved(one: Explained) -> Iterator[tuple[str, str]]:
    """Which way, and what the check itself says of it."""
    result = one.result
    if result.direction is not None:
        yield "direction", {"mixed": "mixed: some of it went up, some down"}.get(result.direction, result.direction)
    divided = one.features is not None or any(each.whole is not None for each in one.segments)
    if result.contributions and not divided:
        named = [f"{each.name} {part(each.value, result.unit)}" for each in result.contributions[:NAMES]]
        more = len(result.contributions) - NAMES
        yield "moved", ", ".join(named) + (f" and {more} more" if more > 0 else "")


def _alert(one: Explained, zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    """The alert, and who was told of it."""
    if one.kept is None:
        return
    since = f" since {clock(one.kept.since, zone)}" if one.kept.since is not None else ""
    severity = f" ({one.kept.severity})" if one.kept.severity is not None else ""
    yield "alert", f"{one.kept.state.value}{severity}{since}"
    told = [f"{each.channel} ({each.state.value}, {clock(each.at, zone)})" for each in one.kept.told]
    if told or one.kept.since is not None:
        yield "told", ", ".join(told) or "nobody"


# Segments --------------------------------------------------------------------------------------------------------


def _print_segments(console: Console, one: BySegment, unit: str) -> None:
    console.print()
    if one.whole is None:
        beside = ", side by side" if one.parts else ""
        console.print(f"  by {one.name}{beside}: {one.reason}")
    else:
        effects = [each.effect for each in one.parts if each.effect is not None]
        add = _Adding(one, unit)
        mix, rate = sum(each.mix for each in effects), sum(each.rate for each in effects)
        made = f" = mix {add.text(mix)}, rate {add.text(rate)}" if _has_shares(one) else ""
        moved = f"{say(one.whole.before, unit)} -> {say(one.whole.now, unit)}"
        console.print(f"  by {one.name}: {moved}, {add.text(one.whole.change)}{made}")
    if one.parts:
        console.print(_segments_table(one, unit))
    if len(one.parts) > MOST:
        console.print(f"    {len(one.parts) - MOST} more: --format json has all", style="dim")


@dataclass(frozen=True)
class _Adding:
    """Numbers that add up, with as many decimals as the largest of them needs; of a ratio in points of a percent."""

    one: BySegment
    unit: str

    def text(self, value: float) -> str:
        factor, behind = (100.0, " pp") if self.unit == "ratio" else (1.0, "")
        effects = [each.effect for each in self.one.parts if each.effect is not None]
        largest = factor * max((abs(size) for each in effects for size in (each.mix, each.rate)), default=0.0)
        decimals = 0 if largest == 0 else min(max(2 - floor(log10(largest)), 0), 8)
        number = round(factor * value, decimals) + 0.0  # -0 is 0
        return f"{number:+,.{decimals}f}{behind}"


def _has_shares(one: BySegment) -> bool:
    return any(each.effect is not None and each.effect.share_now is not None for each in one.parts)


def _segments_table(one: BySegment, unit: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    compared = any(each.before is not None for each in one.parts)
    table.add_column("    segment", overflow="fold")
    names = ["rows"] + (["share", "was"] if _has_shares(one) else []) + (["baseline"] if compared else []) + ["window"]
    names += ["mix", "rate"] if _has_shares(one) else []
    names += ["adds", "of it"] if one.whole is not None else []
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    for each in one.parts[:MOST]:
        cells = _cells(each, one, unit)
        table.add_row(Text(f"    {each.name}"), *(cells[name] for name in names))
    return table


def _cells(each: Part, one: BySegment, unit: str) -> dict[str, str]:
    """The cells of a segment's row, by the name of the column."""
    effect = each.effect
    cells = {
        "rows": "–" if each.rows is None else f"{each.rows:,}",
        "baseline": "–" if each.before is None else say(each.before, unit),
        "window": "–" if each.value is None else say(each.value, unit),
    }
    if effect is not None and one.whole is not None:
        shares = (effect.share_now, effect.share_before)
        cells |= {
            name: "–" if share is None else f"{share:.1%}"
            for name, share in zip(("share", "was"), shares, strict=True)
        }  # fmt: skip
        add = _Adding(one, unit)
        cells |= {"mix": add.text(effect.mix), "rate": add.text(effect.rate), "adds": add.text(effect.total)}
        cells["of it"] = f"{effect.total / one.whole.change:.0%}" if one.whole.change else "–"
    return cells


# Features --------------------------------------------------------------------------------------------------------


def _print_features(console: Console, one: ByFeature) -> None:
    how = "drift × importance" if one.weighed else "drift alone: the model declares no `importance`"
    if one.learnt_by:
        how = f"{how}: how well each tells window from baseline, as {one.learnt_by} has learnt (none is declared)"
    console.print(f"\n  by feature, {one.reason or how}")
    if not one.drivers:
        return
    total = sum(each.weight for each in one.drivers)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    table.add_column("    feature", overflow="fold")
    names = [one.check, "noise floor", "p", *(["importance", "product"] if one.weighed else []), "of it"]
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    for each in one.drivers[:MOST]:
        cells = [say(each.drift, one.unit), "–" if each.noise is None else say(each.noise, one.unit)]
        cells.append("–" if each.p_value is None else probability(each.p_value))
        if one.weighed:
            cells += ["–" if each.importance is None else f"{each.importance:g}", f"{each.weight:.3g}"]
        table.add_row(Text(f"    {each.column}"), *cells, f"{each.weight / total:.0%}" if total else "–")
    console.print(table)
    if len(one.drivers) > MOST:
        console.print(f"    {len(one.drivers) - MOST} more: --format json has all", style="dim")
