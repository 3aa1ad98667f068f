"""Which segments carry the change of one series: the sums of each on both sides, divided. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from driftline.checks.quotient import Quotient
from driftline.compile.graph import SeriesPlan
from driftline.compile.request import OVERALL, Grouping, Segment
from driftline.compile.schedule import Judgement
from driftline.evaluate.contributions import Decomposition, Sides, decompose
from driftline.evaluate.measured import Measured
from driftline.evaluate.slices import Pair, joined, named
from driftline.model import Contribution, Value

CARRIED = 10  # contributions of a result
OTHERS = "(others)"


def with_carriers(judgement: Judgement, found: Sequence[tuple[SeriesPlan, Pair, Measured]]) -> Iterable[Measured]:
    """Readings of all rows, each with the segments by which the monitor slices them first, to be asked what they carry.

    Only of a breach it is asked, so that sound windows cost nothing.
    """
    first = next((pair.grouping for _, pair, _ in found if pair.grouping), None)
    whole = next((pair for _, pair, _ in found if pair.segment == OVERALL), None)
    parts = tuple({id(pair): pair for _, pair, _ in found if pair.grouping and pair.grouping == first}.values())
    for series, pair, measured in found:
        if first is None or whole is None or pair is not whole or not isinstance(measured.reading, Value):
            yield measured
        else:
            yield replace(measured, carriers=Carriers(judgement, series, whole, parts, measured))


@dataclass(frozen=True, eq=False)
class Carriers:
    """The segments of one grouping beside all rows, of one series: a change, ready to be divided."""

    judgement: Judgement
    series: SeriesPlan
    whole: Pair
    parts: Sequence[Pair]
    measured: Measured

    def decomposition(self) -> Decomposition | str:
        """The change divided among the segments; else why it cannot be."""
        grouping = self.parts[0].grouping if self.parts else ()
        whole = self._sides(self.whole)
        if isinstance(whole, str):
            return whole
        parts: dict[str, Sides] = {}
        for pair in self.parts:
            sides = self._sides(pair)
            if isinstance(sides, str):
                return sides
            parts[segment_text(pair.segment)] = sides
        scale = self._scale(whole)
        return decompose(_scaled(whole, scale), {n: _scaled(one, scale) for n, one in parts.items()}, rest_of(grouping))

    def contributions(self) -> tuple[Contribution, ...]:
        """What the segments add to the change, the largest first; those beyond the tenth as one."""
        found = self.decomposition()
        effects = () if isinstance(found, str) else tuple(one for one in found.effects if one.total)
        kept = effects if len(effects) <= CARRIED else effects[: CARRIED - 1]
        made = tuple(Contribution(one.name, one.total) for one in kept)
        if not (rest := effects[len(kept) :]):
            return made
        return (*made, Contribution(f"({len(rest)} others)", sum(one.total for one in rest)))

    def _sides(self, pair: Pair) -> Sides | str:
        """The sums of one slice on both sides, those of the baseline over the pieces that count for all rows."""
        reference, monitor = self.judgement.baseline, self.judgement.monitor
        if pair.baseline is None or reference is None:
            return "there is no baseline to compare with"
        pieces = reference.of(monitor, self.measured.key)
        then = joined([pair.baseline.get(piece, {}) for piece in pieces])
        subject, check = self.series.subject, monitor.check
        before = check.quotient(subject, named(self.series.reads(baseline=True), then))
        now = check.quotient(subject, named(self.series.needs, pair.window))
        return before if isinstance(before, str) else now if isinstance(now, str) else (before, now)

    def _scale(self, whole: Sides) -> tuple[float, float]:
        """Of an amount, what it is read as: rows per second, or as long as the window is."""
        if whole[0].denominator is not None:
            return 1.0, 1.0
        readings = (self.measured.baseline_reading, self.measured.reading)
        before, now = (
            reading.value / side.numerator if isinstance(reading, Value) and side.numerator else 1.0
            for reading, side in zip(readings, whole, strict=True)
        )
        return before, now


def _scaled(sides: Sides, scale: tuple[float, float]) -> Sides:
    before, now = (_times(side, by) for side, by in zip(sides, scale, strict=True))
    return before, now


def _times(side: Quotient, by: float) -> Quotient:
    return side if by == 1.0 else replace(side, numerator=side.numerator * by)


def segment_text(segment: Segment) -> str:
    """`origin=JFK`, `origin=JFK, long_haul=true`."""
    return ", ".join(f"{name}={value}" for name, value in segment)


def rest_of(grouping: Grouping) -> str:
    """How the rows are called that are in no segment of a grouping."""
    if len(grouping) == 1 and grouping[0].by is None:
        return f"{grouping[0].name}=false"
    return f"{' × '.join(dimension.name for dimension in grouping)}={OTHERS}"
