"""What the columns are to the monitors: features or not, types, rules, private ones, segments. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from driftline.propose import names
from driftline.propose.facts import UNUSABLE, ColumnFacts, Kind, Table
from driftline.propose.roles import Roles
from driftline.propose.scalars import number, quoted, share, shown

FEW_CODES = 12
CLOSED_TEXTS = 8
LEAST_COUNTS = 5  # different numbers from which on a falling tail says that something was counted
RARE = 0.2  # of the most frequent number: how often the largest of counted ones is there at most
LEAST_SHARE = 0.01  # of each value of a closed set
MANY_TEXTS = 1_000
OWN_VALUES = 0.2  # distinct values per row from which on a text is no category
MOST_SEGMENTS = 12
SEGMENT_SHARE = 0.03
LONGEST_KEY = 120  # characters; YAML allows a little more


@dataclass(frozen=True)
class Excluded:
    """Columns that are no features, and why."""

    reason: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Definition:
    """What the file declares of a column, as flow entries in order, and the comment beside it."""

    name: str
    entries: tuple[str, ...]
    comment: str
    weight: int = 0  # the heavier, the sooner it is written where there are too many


@dataclass(frozen=True)
class Segment:
    name: str
    column: str
    reason: str


@dataclass(frozen=True)
class ColumnPlan:
    """`listed` are the features by name where "*" would take too much; None: every column but the excluded ones."""

    features: tuple[str, ...]
    listed: tuple[str, ...] | None
    excluded: tuple[Excluded, ...]
    definitions: tuple[Definition, ...]
    segments: tuple[Segment, ...]


def plan_columns(
    data: Table, baseline: Table | None, labels: Table | None, roles: Roles, window_rows: float
) -> ColumnPlan:
    """Everything about columns; `window_rows` is how many rows a window holds."""
    reasons: dict[str, list[str]] = {}
    features = []
    for name, column in data.columns.items():
        if name in roles.taken:
            continue
        reason = _no_feature(column, baseline, roles)
        if reason is None:
            features.append(name)
        else:
            reasons.setdefault(reason, []).append(name)
    excluded = tuple(Excluded(reason, tuple(found)) for reason, found in reasons.items())
    differs = baseline is not None and _differs(data, baseline, labels, roles)
    definitions = tuple(_definitions(data, baseline, roles, features))
    segments = tuple(_segments(data, features, window_rows))
    return ColumnPlan(tuple(features), tuple(features) if differs else None, excluded, definitions, segments)


# Features ------------------------------------------------------------------------------------------------------------


def _no_feature(column: ColumnFacts, baseline: Table | None, roles: Roles) -> str | None:
    """Why a column is no feature; None when it is one."""
    before = baseline.columns.get(column.name) if baseline is not None else None
    if column.dtype == UNUSABLE:
        return "a wildcard or control character in its name; rename it"
    if column.kind is Kind.OTHER:
        return "lists and other nested values are not read"
    if column.kind is Kind.EMPTY and (before is None or before.kind is Kind.EMPTY):
        return "nothing but nulls"
    if column.kind is Kind.TIME or column.iso_times > 0.5:
        return "a time always moves on"
    if _is_output(column, roles):
        return "looks like another output of the model, not an input"
    if column.kind is not Kind.EMPTY and column.is_constant and (before is None or before.is_constant):
        return "one value in every row"
    if is_private(column) and column.distinct_share > OWN_VALUES:
        return "personal data, nearly every row with its own"
    if _is_identifier(column):
        return "an id or free text: (nearly) every row has its own"
    if baseline is not None and before is None:
        return f"not in {baseline.name}, so there is nothing to compare with"
    if before is not None and not _comparable(column, before):
        return f"of another type in {baseline.name if baseline else ''}"
    return None


def _is_output(column: ColumnFacts, roles: Roles) -> bool:
    if roles.scores is not None and column.name in roles.scores.complement:
        return True
    if roles.scores is None and roles.prediction is None:
        return False
    return names.is_prediction(column.name) or (names.is_score(column.name) and column.is_share)


def _is_identifier(column: ColumnFacts) -> bool:
    named = names.has(column.name, names.IDENTIFIERS) or column.name.lower().endswith("_id")
    if column.kind is Kind.TEXT:
        many = column.distinct > MANY_TEXTS and column.distinct_share > OWN_VALUES
        return many or (column.distinct_share > 0.95 and column.present > 50) or (named and column.distinct > 200)
    if column.kind is Kind.INTEGER:
        counted = column.distinct_share == 1.0 and (column.maximum or 0) - (column.minimum or 0) + 1 == column.rows
        return (named and (column.distinct_share > 0.5 or column.distinct > MANY_TEXTS)) or (
            counted and column.rows > 50
        )
    return False


def _comparable(column: ColumnFacts, before: ColumnFacts) -> bool:
    """Whether the two sides are of one type, or one of them holds nothing."""
    if Kind.EMPTY in (column.kind, before.kind) or column.kind is before.kind:
        return True
    return (column.is_number or column.kind is Kind.BOOLEAN) and (before.is_number or before.kind is Kind.BOOLEAN)


def _differs(data: Table, baseline: Table, labels: Table | None, roles: Roles) -> bool:
    """Whether the two sides have other columns, but for labels that come later: then features are listed by name."""
    later = set(labels.columns) if labels is not None else set()
    later |= {roles.target.value} if roles.target is not None else set()
    later |= {roles.timestamp.value} if roles.timestamp is not None else set()
    lost = set(baseline.columns) - set(data.columns) - later
    new = set(data.columns) - set(baseline.columns) - roles.taken
    return bool(lost or new)


# Types and rules -----------------------------------------------------------------------------------------------------


def is_private(column: ColumnFacts) -> bool:
    """Whether names or values look like personal data."""
    if column.kind is not Kind.TEXT and not (column.kind is Kind.INTEGER and names.is_personal(column.name)):
        return False
    if column.emails > 0.5 or column.phones > 0.5:
        return True
    return names.is_personal(column.name) and (column.distinct > 50 or column.distinct_share > 0.5)


def is_code(column: ColumnFacts) -> bool:
    """Whether numbers stand for categories: few whole ones that are no amounts, or ones that are called codes."""
    if not column.is_number or not column.whole or names.has(column.name, names.AMOUNTS):
        return False
    few = column.closed and 2 <= column.distinct <= FEW_CODES and not _is_counted(column)
    return few or (names.has(column.name, names.CODES) and 2 <= column.distinct <= MANY_TEXTS)


def _is_counted(column: ColumnFacts) -> bool:
    """Whether whole numbers count something: from 0 or 1 on without gaps, most of them small, ever fewer beyond."""
    if column.minimum not in (0.0, 1.0) or column.distinct < LEAST_COUNTS or names.has(column.name, names.CODES):
        return False
    if names.has(column.name, names.CALENDAR) or (column.maximum or 0.0) - column.minimum > column.distinct + 1:
        return False
    counts = [count for _, count in sorted(column.values, key=lambda pair: float(pair[0]))]
    top = counts.index(max(counts))
    tail = counts[top:]
    falls = all(later <= before + 3 * before**0.5 for before, later in pairwise(tail))
    return falls and top < len(counts) / 2 and counts[-1] <= RARE * counts[top]


def _definitions(data: Table, baseline: Table | None, roles: Roles, features: Iterable[str]) -> Iterable[Definition]:
    """One for each column of which there is something to say."""
    watched = {*features, *(roles.scores.columns if roles.scores else ())}
    for name, column in data.columns.items():
        before = baseline.columns.get(name) if baseline is not None else None
        if len(name) > LONGEST_KEY:
            continue
        if is_private(column):
            why = "its values" if column.emails > 0.5 or column.phones > 0.5 else "its name"
            typed = ("type: text",) if name not in watched else ()
            yield Definition(name, (*typed, "private: true"), f"guessed from {why}: no value is kept, shown or sent", 3)
        elif name in watched:
            found = _definition(name, column, before)
            if found is not None:
                yield found


def _definition(name: str, column: ColumnFacts, before: ColumnFacts | None) -> Definition | None:
    """Type and rules of a column that is watched: from the baseline where it has it."""
    reference = before if before is not None and before.kind is not Kind.EMPTY else column
    if reference.kind is Kind.EMPTY:
        return None
    code = is_code(reference)
    rules, says = _allowed(reference, column) if code or reference.kind is Kind.TEXT else _range(reference)
    if reference.nulls == 0:
        rules.append("not_null: true")
    gaps = "" if reference.nulls == 0 else f"{share(reference.null_share)} null"
    entries = (["type: categorical"] if code else []) + ([f"valid: {{{', '.join(rules)}}}"] if rules else [])
    if not entries:
        return None
    kind = f"{reference.distinct} whole numbers, taken for codes" if code else ""
    comment = "; ".join(part for part in (kind, says, gaps) if part)
    return Definition(name, tuple(entries), comment, 2 if code else 1)


def _allowed(reference: ColumnFacts, column: ColumnFacts) -> tuple[list[str], str]:
    """`in` for a small closed set of which every value is frequent, and which the data keeps to."""
    total = sum(count for _, count in reference.values)
    numeric = reference.is_number
    most = FEW_CODES if numeric else CLOSED_TEXTS
    frequent = all(count >= max(LEAST_SHARE * total, 5) for _, count in reference.values)
    texts = [value for value, _ in reference.values]
    kept = column.closed and {value for value, _ in column.values} <= set(texts)
    if not (reference.closed and 2 <= len(texts) <= most and frequent and kept):
        return [], "" if numeric else f"{reference.distinct:,} categories"
    if sum(map(len, texts)) > 80 or not all(map(str.isprintable, texts)):
        return [], f"{len(texts)} categories"
    written = sorted(texts, key=float) if numeric else sorted(map(quoted, texts))
    return [f"in: [{', '.join(written)}]"], ""


def _range(column: ColumnFacts) -> tuple[list[str], str]:
    """Limits one whole range beyond what was seen: for wrong units and stand-ins such as -999, not for drift."""
    low, high = column.minimum, column.maximum
    if low is None or high is None or column.kind is Kind.BOOLEAN:
        return [], ""
    says = f"{shown(low)} … {shown(high)}"
    if column.is_share and (names.is_score(column.name) or high > 0.9):
        return ["min: 0", "max: 1"], says
    if low >= 0 and 99 <= high <= 100:
        return ["min: 0", "max: 100"], says
    span = high - low
    if span <= 0 or not math.isfinite(span) or span > 1e15:
        return [], says
    step = 10.0 ** math.floor(math.log10(span))
    least = math.floor((low - span) / step) * step
    most = math.ceil((high + span) / step) * step
    # What starts near 0, and what is counted, is not below 0; a temperature from 11 to 64 may be.
    near = span if column.kind is Kind.INTEGER else 0.1 * span
    least = 0.0 if 0 <= low <= near and least < 0 else least
    most = 0.0 if -near <= high <= 0 < most else most
    return [f"min: {number(float(f'{least:.12g}'))}", f"max: {number(float(f'{most:.12g}'))}"], says


# Segments ------------------------------------------------------------------------------------------------------------


def _segments(data: Table, features: Iterable[str], window_rows: float) -> Iterable[Segment]:
    """Features with a few values, each with enough rows in a window; texts first."""
    found = []
    for name in features:
        column = data.columns[name]
        category = column.kind is Kind.TEXT or column.kind is Kind.BOOLEAN or is_code(column)
        if not category or not column.closed or not 2 <= column.distinct <= MOST_SEGMENTS or is_private(column):
            continue
        total = sum(count for _, count in column.values)
        smallest = min(count for _, count in column.values) / total if total else 0.0
        if smallest < SEGMENT_SHARE or smallest * window_rows < 200:
            continue
        label = names.slug(name)
        if names.has(name, names.CALENDAR):
            continue
        if label and label not in ("overall", "version"):
            reason = f"{column.distinct} values, the smallest with {share(smallest)} of the rows"
            found.append((column.kind is not Kind.TEXT, Segment(label, name, reason)))
    return [segment for _, segment in sorted(found, key=lambda item: item[0])]
