"""Which column is what to the model: guesses from names, types and values, each with its reason. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from driftline.propose import names
from driftline.propose.facts import ColumnFacts, Kind, Table
from driftline.propose.guess import GIVEN, Guess, Scores, ranked
from driftline.propose.outputs import (
    extent,
    given_scores,
    guess_positive,
    guess_prediction,
    guess_scores,
    guess_target,
    guess_task,
    of_task,
)
from driftline.propose.presence import Presence, presence, target_by_presence
from driftline.propose.scalars import share

ID_SHARE = 0.999
LABELLED_ID_SHARE = 0.95


@dataclass(frozen=True)
class Wanted:
    """What a person said themselves; None: to be guessed, "": there is none."""

    id: str | None = None
    timestamp: str | None = None
    target: str | None = None
    score: str | None = None
    prediction: str | None = None
    task: str | None = None


@dataclass(frozen=True)
class Roles:
    """The roles that were found. `known` is the time of the labels, `key` their id."""

    id: Guess | None = None
    timestamp: Guess | None = None
    target: Guess | None = None
    scores: Scores | None = None
    prediction: Guess | None = None
    task: Guess | None = None
    positive: Guess | None = None
    latency: Guess | None = None
    error: Guess | None = None
    version: Guess | None = None
    key: str | None = None
    known: Guess | None = None
    presence: Presence | None = None

    @property
    def taken(self) -> set[str]:
        """The columns of the data that serve in a role (the target is none where it comes with the labels)."""
        single = (self.id, self.timestamp, self.target, self.prediction, self.latency, self.error, self.version)
        scores = self.scores.columns if self.scores else ()
        return {guess.value for guess in single if guess is not None} | set(scores)


def guess_roles(data: Table, labels: Table | None, baseline: Table | None, wanted: Wanted) -> Roles:
    """Every role, from the data, the labels, and what the baseline knows of the truth."""
    timestamp = _said(wanted.timestamp, lambda: event_time(data))
    id_, key = _ids(data, labels, wanted.id)
    known = label_time(labels, timestamp) if labels is not None else None
    target = _said(wanted.target, lambda: _target(data, labels, baseline, (id_, key, known)))
    said = presence(data, labels, baseline, target.value) if labels is not None and key and target else None
    facts = _facts_of(target, data, labels if said is None or baseline is None else baseline)
    scores = given_scores(wanted.score, data) if wanted.score is not None else guess_scores(data, target)
    prediction = _said(wanted.prediction, lambda: guess_prediction(data, target, facts, scores))
    answer = data.columns.get(prediction.value) if prediction else None
    task = _said(wanted.task, lambda: guess_task(scores, facts, answer, target, prediction))
    scores = of_task(scores, task)
    roles = Roles(id_, timestamp, target, scores, prediction, task, key=key, known=known, presence=said)
    return _operations(data, roles, guess_positive(task, facts or answer))


def _said(given: str | None, guess: Callable[[], Guess | None]) -> Guess | None:
    if given is None:
        return guess()
    return Guess(given, GIVEN) if given else None


def _target(
    data: Table, labels: Table | None, baseline: Table | None, joined: tuple[Guess | None, str | None, Guess | None]
) -> Guess | None:
    """The truth: a column, or what labels mean by being there. `joined` are the id, the labels' key and their time."""
    id_, key, known = joined
    if labels is not None and key is not None:
        apart = {key, known.value if known is not None else None}
        found = target_by_presence(data, labels, baseline, apart)
        if found is not None:
            return found
    return guess_target(data, labels, id_, key, known)


def _facts_of(target: Guess | None, data: Table, labels: Table | None) -> ColumnFacts | None:
    if target is None:
        return None
    if labels is not None and target.value in labels.columns:
        return labels.columns[target.value]
    return data.columns.get(target.value)


# Times ---------------------------------------------------------------------------------------------------------------


def _times(table: Table) -> list[ColumnFacts]:
    """Columns that can be a timestamp, and are there in nearly every row."""
    found = [c for c in table.columns.values() if c.kind is Kind.TIME or (c.kind is Kind.TEXT and c.iso_times > 0.99)]
    return [column for column in found if column.null_share < 0.05]


def event_time(table: Table) -> Guess | None:
    """The column that says when a row happened."""
    found = _times(table)
    only = "the only time in the data" if len(found) == 1 else "its name says when a row happened"

    def rank(column: ColumnFacts) -> float:
        points = 2.0 * names.has(column.name, names.EVENT) + names.has(column.name, names.TIME)
        points -= 3.0 * names.has(column.name, names.PERSONAL_TIME) + names.has(column.name, names.ARRIVAL)
        points -= 0.5 * names.has(column.name, names.KNOWN)
        return points + 0.2 * (column.kind is Kind.TIME) - 0.1 * (column.dtype == "Date")

    return ranked((rank(column), column.name, only) for column in found)


def label_time(labels: Table, event: Guess | None) -> Guess | None:
    """The column that says when a label became known."""
    found = [column for column in _times(labels) if event is None or column.name != event.value]
    if not found:
        return None
    rank = {c.name: names.has(c.name, names.KNOWN) + names.has(c.name, names.ARRIVAL) * 0.5 for c in found}
    best = max(found, key=lambda column: rank[column.name])
    only = ", the only time of the labels" if len(found) == 1 else ""
    return Guess(best.name, f"when a label became known{only}")


# The id --------------------------------------------------------------------------------------------------------------


def _ids(data: Table, labels: Table | None, given: str | None) -> tuple[Guess | None, str | None]:
    """The id of a row, and the column of the labels that holds it."""
    if given is not None:
        guess = Guess(given, GIVEN) if given else None
        return guess, _key(data, labels, given) if labels is not None and given else None
    found = [c for c in data.columns.values() if c.kind in (Kind.INTEGER, Kind.TEXT) and c.iso_times < 0.5]
    if labels is not None:
        shared = [c for c in found if c.name in labels.columns and c.distinct_share >= LABELLED_ID_SHARE]
        guess = ranked((_id_rank(c), c.name, f"{_unique(c)}, and the labels have it too") for c in shared)
        if guess is not None:
            return guess, guess.value
    unique = [c for c in found if c.distinct_share >= ID_SHARE and c.present == c.rows and c.rows > 1]
    guess = ranked((_id_rank(c) - 0.5, c.name, _unique(c)) for c in unique)
    if guess is None or labels is None:
        return guess, None
    return guess, _key(data, labels, guess.value)


def _unique(column: ColumnFacts) -> str:
    return "every row has its own" if column.distinct_share == 1.0 else f"{share(column.distinct_share)} distinct"


def _id_rank(column: ColumnFacts) -> float:
    """How much a name is that of an id; a number without such a name may be a measurement."""
    named = names.has(column.name, names.IDENTIFIERS) or column.name.lower().endswith("id")
    personal = names.is_personal(column.name)
    return 2.0 * named + 0.6 * (column.kind is Kind.TEXT) - 2.0 * personal


def _key(data: Table, labels: Table | None, id_: str) -> str | None:
    """The column of the labels by which they are joined; None where none has the type and distinct values of one."""
    if labels is None or id_ in labels.columns:
        return id_ if labels is not None else None
    kind = data.columns[id_].kind
    alike = [c for c in labels.columns.values() if c.kind is kind and c.distinct_share >= LABELLED_ID_SHARE]
    guess = ranked((_id_rank(c), c.name, "") for c in alike)
    return guess.value if guess is not None else None


# Operations ----------------------------------------------------------------------------------------------------------


def _operations(data: Table, roles: Roles, positive: Guess | None) -> Roles:
    """Latency, error and version, among the columns that have no role yet."""
    free = [column for name, column in data.columns.items() if name not in roles.taken and not column.is_constant]
    slow = [c for c in free if c.is_number and (c.minimum or 0.0) >= 0 and names.is_latency(c.name)]
    wrong = [c for c in data.columns.values() if c.name not in roles.taken and _is_error(c)]
    versions = [
        c for c in data.columns.values()
        if names.is_version(c.name) and c.kind in (Kind.TEXT, Kind.INTEGER) and 1 <= c.distinct <= 50
    ]  # fmt: skip
    return replace(
        roles,
        positive=positive,
        latency=Guess(slow[0].name, f"its name; {extent(slow[0])}") if slow else None,
        error=Guess(wrong[0].name, _how_wrong(wrong[0])) if wrong else None,
        version=Guess(versions[0].name, f"its name; {versions[0].distinct} of them") if versions else None,
    )


def _is_error(column: ColumnFacts) -> bool:
    """Whether true, a number other than 0, or a text says that a prediction failed."""
    if not names.is_error(column.name):
        return False
    if column.kind is Kind.TEXT:
        return column.null_share > 0.5 or any(value == "" for value, _ in column.values)
    return column.kind is Kind.BOOLEAN or (
        column.kind is Kind.INTEGER and column.classes <= {"0", "1"} and column.closed
    )


def _how_wrong(column: ColumnFacts) -> str:
    return "its name; a text where something failed" if column.kind is Kind.TEXT else "its name; true where it failed"
