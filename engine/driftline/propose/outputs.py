"""The truth, what the model says of it, and the task: guesses from names, values and each other. Pure."""

from __future__ import annotations

import re

from driftline.propose import names
from driftline.propose.facts import ColumnFacts, Kind, Table
from driftline.propose.guess import GIVEN, Guess, Scores, ranked
from driftline.propose.scalars import in_comment, shown

FEW_CLASSES = 20


def guess_target(
    data: Table, labels: Table | None, id_: Guess | None, key: str | None, known: Guess | None
) -> Guess | None:
    """The truth: among the labels any column but key and times, in the data one that is called so."""
    outputs = {names.stem(n) for n in data.columns if names.is_score(n) or names.is_prediction(n)} - {""}
    scored = {names.stem(n) for n, c in data.columns.items() if names.is_score(n) and c.is_share} - {""}
    classes = _class_sets(data)

    def rank(column: ColumnFacts) -> float:
        name = column.name
        few = column.closed and column.distinct <= FEW_CLASSES
        like = 3.0 * (names.kin(name, scored) and few) + 2.0 * (names.stem(name) in outputs and (few or not scored))
        like += 2.0 * (column.closed and column.classes in classes)
        return like + 1.5 * names.is_target(name) + 0.5 * names.has(name, names.EVENTS)

    def reason(column: ColumnFacts) -> str:
        if column.closed and column.classes in classes:
            return "its values are the classes of the outputs"
        if names.kin(column.name, outputs):
            return f"the data has outputs named after {in_comment(names.stem(column.name))}"
        return "its name" if rank(column) > 0 else "what the labels hold besides ids and times"

    if labels is not None:
        apart = {key, known.value if known else None}
        found = [c for c in labels.columns.values() if c.name not in apart and c.kind not in (Kind.TIME, Kind.OTHER)]
        found = [c for c in found if c.kind is not Kind.EMPTY and c.iso_times < 0.5 and not names.is_personal(c.name)]
        return ranked((rank(c), c.name, reason(c)) for c in found)
    own = [c for c in data.columns.values() if not names.is_score(c.name) and not names.is_prediction(c.name)]
    own = [
        c for c in own if c.kind not in (Kind.TIME, Kind.OTHER, Kind.EMPTY) and c.name != (id_.value if id_ else None)
    ]
    return ranked((rank(c) - 0.5, c.name, reason(c)) for c in own)


def _class_sets(data: Table) -> list[frozenset[str]]:
    """The classes that outputs speak of: those of scores by class, and those of a prediction in words."""
    found = [frozenset(_by_class(group)) for group in data.simplexes if len(group) > 2]
    answers = [c for c in data.columns.values() if names.is_prediction(c.name) and c.kind is Kind.TEXT and c.closed]
    return found + [c.classes for c in answers if 2 <= c.distinct <= FEW_CLASSES]


def given_scores(given: str, data: Table) -> Scores | None:
    if not given:
        return None
    if "*" not in given:
        return Scores((given,), reason=GIVEN)
    start, _, end = given.partition("*")
    fitting = [n for n in data.columns if n.startswith(start) and n.endswith(end) and len(n) > len(start) + len(end)]
    classes = {name[len(start) : len(name) - len(end) or None]: name for name in fitting}
    return Scores(tuple(fitting), classes, given, GIVEN)


def guess_scores(data: Table, target: Guess | None) -> Scores | None:
    """The probability that the model gave: one column between 0 and 1, or several that add up to 1."""
    for group in sorted(data.simplexes, key=len, reverse=True):
        if all(names.is_score(name) for name in group):
            return _of_classes(group, data)
    shares = [c for c in data.columns.values() if c.is_share and names.is_score(c.name)]
    wanted = names.stem(target.value) if target else None

    def rank(column: ColumnFacts) -> float:
        like = 2.0 * (wanted is not None and names.stem(column.name) == wanted)
        return like + 1.0 * names.has(column.name, names.SCORES) + 0.5 * (column.null_share < 0.01)

    best = ranked((rank(c), c.name, extent(c) + ", and its name") for c in shares)
    return None if best is None else Scores((best.value,), reason=best.reason)


def extent(column: ColumnFacts) -> str:
    return f"{shown(column.minimum or 0.0)} … {shown(column.maximum or 0.0)}"


def _of_classes(group: tuple[str, ...], data: Table) -> Scores:
    """Scores by class: `p_*` where the glob finds just these, else a map."""
    start, end = _around(group)
    classes = _by_class(group)
    if len(group) == 2:
        positive = next((n for c, n in classes.items() if c.lower() in names.POSITIVE), group[1])
        other = tuple(name for name in group if name != positive)
        return Scores((positive,), reason=f"with {in_comment(other[0])} it adds up to 1", complement=other)
    fitting = [name for name in data.columns if name.startswith(start) and name.endswith(end)]
    glob = f"{start}*{end}" if sorted(fitting) == sorted(group) and not re.search(r"[*?\[]", start + end) else None
    return Scores(group, classes, glob, f"{len(group)} shares that add up to 1")


def _by_class(group: tuple[str, ...]) -> dict[str, str]:
    """Class -> column."""
    start, end = _around(group)
    return {name[len(start) : len(name) - len(end) or None]: name for name in group}


def _around(group: tuple[str, ...]) -> tuple[str, str]:
    """What the names of a group have in common, up to `_`: before and after the class."""
    start = group[0].partition("_")[0] + "_"
    if all(name.startswith(start) for name in group):
        return start, ""
    return "", "_" + group[0].rpartition("_")[2]


def guess_prediction(
    data: Table, target: Guess | None, facts: ColumnFacts | None, scores: Scores | None
) -> Guess | None:
    """The model's answer: named so, and of the target's kind."""
    score = names.stem(scores.columns[0]) if scores and len(scores.columns) == 1 else None
    stems = {names.stem(target.value) if target else None, score} - {None, ""}
    taken = {
        *(scores.columns if scores else ()),
        *(scores.complement if scores else ()),
        target.value if target else "",
    }
    found = [c for c in data.columns.values() if names.is_prediction(c.name) and c.name not in taken]
    found = [c for c in found if c.kind in (Kind.INTEGER, Kind.FLOAT, Kind.BOOLEAN, Kind.TEXT)]

    def alike(column: ColumnFacts) -> bool:
        if facts is None:
            return scores is None or column.closed
        if facts.closed and len(facts.values) <= FEW_CLASSES:
            return column.closed and len(column.classes - facts.classes) <= len(column.classes) // 4
        return column.is_number

    def rank(column: ColumnFacts) -> float:
        return 2.0 * (names.stem(column.name) in stems) + 2.0 * alike(column) - 2.0 * (not alike(column))

    same = f", and values like those of {in_comment(target.value)}" if target and facts else ""
    return ranked((rank(c), c.name, f"its name{same if alike(c) else ''}") for c in found)


def guess_task(
    scores: Scores | None,
    facts: ColumnFacts | None,
    answer: ColumnFacts | None,
    target: Guess | None,
    prediction: Guess | None,
) -> Guess | None:
    """From the truth where there is one, else from what the model says."""
    if scores is not None and len(scores.columns) > 2:
        return Guess("multiclass", f"{len(scores.columns)} scores that add up to 1")
    known, name = (facts, target) if facts is not None else (answer, prediction)
    if known is None or name is None:
        return Guess("binary", "one score between 0 and 1") if scores is not None else None
    called = in_comment(name.value)
    if known.distinct <= 2:
        return Guess("binary", f"{called} has two values")
    if scores is not None:
        return Guess("binary", "one score between 0 and 1")
    if known.is_number and (not known.whole or known.distinct > FEW_CLASSES):
        return Guess("regression", f"{called} is a number with {known.distinct:,} values")
    if known.closed and known.distinct <= FEW_CLASSES:
        return Guess("multiclass", f"{called} has {known.distinct} values")
    return None


def of_task(scores: Scores | None, task: Guess | None) -> Scores | None:
    """A regression has no score: what looks like one is a feature."""
    return None if task is not None and task.value == "regression" else scores


def guess_positive(task: Guess | None, facts: ColumnFacts | None) -> Guess | None:
    """The positive class of a binary task, where it is not 1 or true."""
    if task is None or task.value != "binary" or facts is None or facts.kind is Kind.BOOLEAN:
        return None
    values = [value for value, _ in facts.values]
    if "1" in facts.classes or not 1 <= len(values) <= 2:
        return None
    named = next((value for value in values if value.lower() in names.POSITIVE), None)
    if named is not None:
        return Guess(named, "its name")
    return Guess(values[-1], "the rarer of the two values")
