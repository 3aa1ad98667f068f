"""Labels that say it by being there: a file of chargebacks, of which a row means fraud and no row means none. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from driftline.propose import names
from driftline.propose.facts import ColumnFacts, Kind, Table
from driftline.propose.guess import Guess, ranked
from driftline.propose.scalars import in_comment, quoted

FEW_LABELS = 0.5  # labels per scored row, below which one value in all of them leaves out the other
BOTH = frozenset({"0", "1"})


@dataclass(frozen=True)
class Presence:
    """What a row with a label is (None: the labels have a column of it), and what one without is, each with why."""

    present: Guess | None
    absent: Guess


def presence(data: Table, labels: Table, baseline: Table | None, target: str) -> Presence | None:
    """What rows of the labels mean, for a target that they have no column of, or one with a single value."""
    held = labels.columns.get(target)
    before = baseline.columns.get(target) if baseline is not None else None
    if held is None:
        if target in data.columns:
            return None
        said = f"; {baseline.name} has 0 and 1" if baseline is not None and before is not None else ""
        why = f"{labels.name} has no column {in_comment(target)}, so a row of it means 1{said}"
        return Presence(Guess("1", why), Guess("0", "a row without a label is none"))
    if before is None or not held.closed or held.distinct != 1 or labels.rows >= FEW_LABELS * data.rows:
        return None
    if not before.closed or before.distinct != 2 or not held.classes < before.classes:
        return None
    other = next(value for value, _ in before.values if _alike(value) not in held.classes)
    spelt = _alike(other) if held.is_number else other
    value = held.values[0][0]
    seen = f"{in_comment(value)} is all that {labels.name} says, and {baseline.name if baseline else ''} has both"
    return Presence(None, Guess(spelt, f"guessed: {seen}"))


def _alike(value: str) -> str:
    return {"true": "1", "false": "0"}.get(value.lower(), value)


def target_by_presence(data: Table, labels: Table, baseline: Table | None, apart: set[str | None]) -> Guess | None:
    """The target that a label means by being there: a 0/1 column of the baseline, or a name where there is nothing."""
    stems = {names.stem(n) for n in data.columns if names.is_score(n) or names.is_prediction(n)} - {""}
    own = [c for c in labels.columns.values() if c.name not in apart and c.kind is not Kind.TIME and c.iso_times < 0.5]
    if any(_is_named(c, stems) or (baseline is not None and c.name in baseline.columns) for c in own):
        return None
    known = [c for c in (baseline.columns if baseline is not None else {}).values() if _happens(c)]
    known = [c for c in known if c.name not in data.columns]
    why = f"{labels.name} has no such column, and {baseline.name if baseline is not None else ''} has it as 0 and 1"
    found = ranked((2.0 * names.kin(c.name, stems) + _is_named(c, stems), c.name, why) for c in known)
    if found is not None or own:
        return found
    name = next((stem for stem in sorted(stems) if stem not in data.columns), names.slug(labels.name))
    taken = name in data.columns or name in labels.columns
    return None if taken else Guess(name, f"{labels.name} holds only ids and times: a row means that it happened")


def _happens(column: ColumnFacts) -> bool:
    """Whether a column says yes or no."""
    return column.closed and column.classes == BOTH and column.kind in (Kind.BOOLEAN, Kind.INTEGER, Kind.FLOAT)


def _is_named(column: ColumnFacts, stems: set[str]) -> bool:
    return names.is_target(column.name) or names.has(column.name, names.EVENTS) or names.kin(column.name, stems)


def rows_of(found: Presence | None) -> list[tuple[str, str]]:
    """The keys of `labels`, each with its comment."""
    keys: Mapping[str, Guess | None] = {
        "present": found.present if found is not None else None,
        "absent": found.absent if found is not None else None,
    }
    return [
        (f"{key}: {guess.value if guess.value in BOTH else quoted(guess.value)}", guess.reason)
        for key, guess in keys.items()
        if guess is not None
    ]
