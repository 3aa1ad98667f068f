"""A threshold with its bounds moved out, in its own words. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from driftline.config.document import Bounds, Threshold
from driftline.model import Duration
from driftline.tuning.spelling import Spelling, Spellings, number

LEVELS = ("warning", "critical")
SIDES = ("above", "below")
Place = tuple[str, str]  # a level and a side


@dataclass(frozen=True)
class Limits:
    """A threshold, and how it is written as a YAML flow map."""

    threshold: Threshold
    text: str


@dataclass(frozen=True)
class Mover:
    """Moves one threshold. `within` cuts one down to what can be read, None where nothing is left of it."""

    threshold: Threshold
    spellings: Spellings
    within: Callable[[Threshold], Threshold | None]

    def moved(self, values: Sequence[float], share: float) -> Limits | None:
        """The threshold that this share of sorted values keeps to; None where that is no farther than it is.

        The level that is reached first moves; one behind it, and the recovery, only as far as they have to.
        """
        texts: dict[Place, str] = {}
        last = len(values) - 1
        for side in SIDES:
            first = _first(self.threshold, side)
            end = values[math.ceil(share * last)] if side == "above" else values[math.floor((1 - share) * last)]
            if first is not None and _is_beyond(end, first, side):
                texts |= self._side(side, first, end)
        return self._limits(texts) if texts else None

    def _side(self, side: str, first: float, end: float) -> dict[Place, str]:
        """All bounds of a side that change when its first becomes `end`, rounded outward; the recovery inward."""
        texts: dict[Place, str] = {}
        up, moved = side == "above", math.nan
        for level in sorted(LEVELS, key=lambda each: self._bound(each, side) != first):
            bound = self._bound(level, side)
            if bound is None:
                continue
            if bound == first:
                texts[level, side] = self.spellings(level, side).rounded(end, up=up)
                moved = number(texts[level, side])
            elif not _is_beyond(bound, moved, side):
                texts[level, side] = self.spellings(level, side).rounded(_along(bound, first, moved), up=up)
        back = "below" if up else "above"
        recovery = getattr(self.threshold.recovery, back, None)
        if recovery is not None:
            text = self.spellings("recovery", back).rounded(_along(recovery, first, moved), up=not up)
            if not _is_beyond(number(text), moved, side):
                texts["recovery", back] = text
        return texts

    def _bound(self, level: str, side: str) -> float | None:
        found: float | None = getattr(getattr(self.threshold, level), side, None)
        return found

    def _limits(self, texts: Mapping[Place, str]) -> Limits | None:
        """The threshold with these bounds, as far as it can be read."""
        wanted = self.threshold
        for (level, side), text in texts.items():
            wanted = _with(wanted, level, side, number(text))
        kept = self.within(wanted)
        if kept is None:
            return None
        said: dict[Place, str] = {}
        for level, side, bound in bounds_of(kept):
            text = texts.get((level, side), "")
            if not text or number(text) != bound:
                spelled, is_old = self.spellings(level, side), bound == getattr(getattr(self.threshold, level), side)
                text = spelled.exact(bound) if is_old else spelled.rounded(bound, up=side == "below")
                kept = _with(kept, level, side, number(text))
            said[level, side] = text
        return None if kept == self.threshold else Limits(kept, flow(kept, said))


def bounds_of(threshold: Threshold) -> Iterator[tuple[str, str, float]]:
    """Every bound of a threshold with its level and side."""
    for level in (*LEVELS, "recovery"):
        for side in ("below", "above"):
            bound: float | None = getattr(getattr(threshold, level), side, None)
            if bound is not None:
                yield level, side, bound


def flow(threshold: Threshold, texts: Mapping[Place, str]) -> str:
    """A threshold as a flow map."""
    parts = [] if threshold.compare == "value" else [f"compare: {threshold.compare}"]
    for level in (*LEVELS, "recovery"):
        bounds: Bounds | None = getattr(threshold, level)
        said = [f"{side}: {texts[level, side]}" for side in ("below", "above") if (level, side) in texts]
        if bounds is not None and bounds.for_ is not None:
            said.append(f"for: {lasting(bounds.for_)}")
        if said:
            parts.append(f"{level}: {{{', '.join(said)}}}")
    return f"{{{', '.join(parts)}}}"


def lasting(value: int | Duration | tuple[int, int]) -> str:
    """How long a breach lasts, as it is written."""
    return f'"{value[0]} of {value[1]}"' if isinstance(value, tuple) else str(value)


def as_written(threshold: Threshold, spelled: Callable[[str, str], Spelling]) -> str:
    """A threshold as it stands, in its own words."""
    if threshold.record_only:
        return "none"
    texts = {(level, side): spelled(level, side).exact(bound) for level, side, bound in bounds_of(threshold)}
    return flow(threshold, texts)


def stretch(before: Threshold, after: Threshold) -> float:
    """How many times as far the bound of a side that is breached first lies than it did; 1 where none did move."""
    found = [1.0]
    for side in SIDES:
        old, new = _first(before, side), _first(after, side)
        if old and new is not None:
            found.append(abs(new / old))
    return max(found)


def _first(threshold: Threshold, side: str) -> float | None:
    """The bound of a side that is breached first."""
    found = [b for level in LEVELS if (b := getattr(getattr(threshold, level), side, None)) is not None]
    if not found:
        return None
    return float(min(found) if side == "above" else max(found))


def _is_beyond(value: float, bound: float, side: str) -> bool:
    return value > bound if side == "above" else value < bound


def _along(bound: float, first: float, moved: float) -> float:
    """A bound in the same proportion to the first one as before; where that has no sense, at the same distance."""
    if first * moved > 0 and abs(moved) >= abs(first):
        return float(f"{bound * moved / first:.12g}")
    return float(f"{bound + moved - first:.12g}")


def _with(threshold: Threshold, level: str, side: str, bound: float | None) -> Threshold:
    bounds: Bounds = getattr(threshold, level) or Bounds()
    changed = replace(bounds, above=bound) if side == "above" else replace(bounds, below=bound)
    if level == "recovery":
        return replace(threshold, recovery=changed)
    return replace(threshold, warning=changed) if level == "warning" else replace(threshold, critical=changed)
