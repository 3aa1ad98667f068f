"""What checks on many columns at once share: their profiles, and the two sides as comoments and samples of rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from driftline.checks.base import Column, ColumnType, Profiles, Subject
from driftline.model import Contribution, Failed, NoData
from driftline.profiles.base import Profile
from driftline.profiles.comoments import Comoments, ComomentsProfile
from driftline.profiles.sample import SIZE, Sample

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

COMOMENTS, SAMPLE = "comoments", "sample"
NUMBERS = (ColumnType.NUMERIC, ColumnType.BOOLEAN)
SHOWN = 10  # contributions of one reading, at most


def comoments_of(on: Subject) -> Comoments:
    """The comoments of the selected columns; of private ones no category is kept."""
    numbers = tuple(column.name for column in on.selected if column.type in NUMBERS)
    categories = tuple(column.name for column in on.selected if column.type not in NUMBERS)
    hidden = tuple(c.name for c in on.selected if c.private and c.type not in NUMBERS)
    return Comoments(numbers, categories, hidden)


def sample_of(on: Subject, size: int = SIZE) -> Sample:
    """Rows of the selected columns, but for private ones, told apart by the model's id where both sides have it."""
    shown = [column for column in on.selected if not column.private]
    numbers = tuple(column.name for column in shown if column.type in NUMBERS)
    categories = tuple(column.name for column in shown if column.type not in NUMBERS)
    return Sample(numbers, categories, _id(on), size)


def _id(on: Subject) -> str | None:
    """The column that tells rows apart; an id is hashed with all else, so that a private one is not shown."""
    key = on.roles.get("id")
    sides = (on.columns, on.baseline_columns if on.baseline_columns is not None else on.columns)
    return key.name if key is not None and all(_has(side, key.name) for side in sides) else None


def _has(columns: Iterable[Column], name: str) -> bool:
    return any(column.name == name for column in columns)


def private(column: Column) -> str | None:
    """Why a check that reads a sample of rows leaves a column out."""
    return f"{column.name} is private, and of private columns no rows are kept" if column.private else None


def both(window: Profiles, baseline: Profiles | None, name: str) -> tuple[Profile, Profile] | NoData | Failed:
    """A profile of both sides, each of which has rows."""
    if baseline is None:
        return Failed("there is no baseline to compare with; give the model or the monitor a baseline")
    now, then = window[name], baseline[name]
    for profile, side in ((now, "window"), (then, "baseline")):
        if profile.rows == 0:
            return NoData(f"the {side} has no rows", rows=now.rows)
    return now, then


def both_comoments(
    window: Profiles, baseline: Profiles | None
) -> tuple[ComomentsProfile, ComomentsProfile] | NoData | Failed:
    """The comoments of both sides, over the same features."""
    sides = both(window, baseline, COMOMENTS)
    if not isinstance(sides, tuple):
        return sides
    return aligned(cast(ComomentsProfile, sides[0]), cast(ComomentsProfile, sides[1]))


def aligned(one: ComomentsProfile, other: ComomentsProfile) -> tuple[ComomentsProfile, ComomentsProfile]:
    """Both over the features of both."""
    return one.beside(other), other.beside(one)


def share_beyond(drawn: Floats, observed: float, *, below: bool = False) -> float | None:
    """The p-value of what was observed: the share of what was drawn that is as extreme; None where nothing was."""
    if not len(drawn):
        return None
    room = 1e-9 * abs(observed)  # what is equal but for its last bits
    hits = (drawn <= observed + room) if below else (drawn >= observed - room)
    return float((hits.sum() + 1) / (len(drawn) + 1))


def noise_floor(drawn: Floats) -> float | None:
    """What chance exceeds in one case of 20."""
    import numpy as np

    return float(np.quantile(drawn, 0.95)) if len(drawn) else None


def largest(parts: Iterable[tuple[str, float]]) -> tuple[Contribution, ...]:
    """The largest parts, whatever their sign; those of nothing are left out."""
    ranked = sorted(((name, float(value)) for name, value in parts if value), key=lambda part: (-abs(part[1]), part[0]))
    return tuple(Contribution(name, value) for name, value in ranked[:SHOWN])
