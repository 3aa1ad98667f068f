"""All rows of one series by a declared segment: what each part reads on both sides, and what it adds to the change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from driftline.compile.graph import Side
from driftline.compile.request import Grouping, ProfileSet
from driftline.compile.schedule import Judgement
from driftline.evaluate.carried import segment_text
from driftline.evaluate.contributions import Effect
from driftline.evaluate.measured import Measured
from driftline.evaluate.reading import measure
from driftline.model import Value
from driftline.report.explanation.values import BySegment, Part


def by_segment(judgement: Judgement, sets: Mapping[Side, ProfileSet], grouping: Grouping) -> BySegment:
    """The change of all rows divided by one way to slice them, or the slices beside each other."""
    name = " × ".join(dimension.name for dimension in grouping)
    plan = judgement.monitor
    if grouping in plan.broken:
        return BySegment(name, None, (), plan.broken[grouping])
    asked = replace(judgement, monitor=replace(plan, groupings=((), grouping)))
    (whole,), parts = _both(measure(asked, sets, frozenset(), 1))
    found = whole.carriers.decomposition() if whole.carriers is not None else _why(whole)
    if isinstance(found, str):
        beside = sorted((_part(one) for one in parts), key=lambda part: (-(part.rows or 0), part.name))
        return BySegment(name, None, tuple(beside), found)
    read = {segment_text(one.key.segment): one for one in parts}
    rest = (
        _left(whole.rows, [one.rows for one in parts]),
        _left(whole.baseline_rows, [one.baseline_rows for one in parts]),
    )
    return BySegment(name, found, tuple(_of_effect(effect, read.get(effect.name), rest) for effect in found.effects))


def _left(whole: int | None, parts: Iterable[int | None]) -> int | None:
    """The rows that are in no part."""
    known = [one for one in parts if one is not None]
    return None if whole is None else whole - sum(known)


def _both(found: tuple[Measured, ...]) -> tuple[list[Measured], list[Measured]]:
    return [one for one in found if not one.key.segment][:1], [one for one in found if one.key.segment]


def _why(whole: Measured) -> str:
    return "there is no segment" if isinstance(whole.reading, Value) else whole.reading.reason


def _part(one: Measured) -> Part:
    before = one.baseline_reading
    return Part(
        name=segment_text(one.key.segment),
        rows=one.rows,
        baseline_rows=one.baseline_rows,
        value=one.reading.value if isinstance(one.reading, Value) else None,
        before=before.value if isinstance(before, Value) else None,
    )


def _of_effect(effect: Effect, one: Measured | None, rest: Sequence[int | None]) -> Part:
    """A part with its effect; `rest` are the rows that are in no segment, on either side."""
    rows, before = (one.rows, one.baseline_rows) if one is not None else rest
    return Part(effect.name, rows, before, effect.now, effect.before, effect)
