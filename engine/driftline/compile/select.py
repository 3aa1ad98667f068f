"""Selections: which models a monitor is about, which columns, which classes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from driftline.checks.base import Column, ColumnType
from driftline.compile.catalog import FoundColumn, SourceFacts
from driftline.config.document import ColumnDefinition, Matcher, ModelDefinition, MonitorDefinition
from driftline.config.matching import model_matches
from driftline.globs import fits, is_glob

EACH = ("each",)
CATEGORIES = (ColumnType.CATEGORICAL, ColumnType.BOOLEAN, ColumnType.TEXT)
OUTPUTS = ("score", "prediction", "target")
SINGLE_ROLES = ("id", "prediction", "target", "timestamp", "weight", "latency", "error", "group", "version")


@dataclass(frozen=True)
class ChosenModel:
    """A model that a monitor is about; `named` when it was written out, so that a misfit is an error."""

    model: ModelDefinition
    named: bool
    via: str = ""  # how the selection reached it, for `plan`


def models_of(monitor: MonitorDefinition, models: Mapping[str, ModelDefinition]) -> tuple[ChosenModel, ...]:
    """The models of a monitor: by name, glob or matcher; else the defaults'; else those of the same file."""
    wanted = monitor.model if monitor.model is not None else monitor.defaults.model
    if wanted is None:
        here = [model for model in models.values() if model.place.file == monitor.place.file]
        chosen = here or list(models.values())
        return tuple(ChosenModel(model, len(chosen) == 1, "every model of its file") for model in chosen)
    if isinstance(wanted, Matcher):
        return tuple(ChosenModel(m, False, "model: a matcher") for m in models.values() if model_matches(wanted, m))
    found: dict[str, ChosenModel] = {}
    for text in wanted:
        fitting = [name for name in models if fits(name, (text,))] if is_glob(text) else [text]
        for name in fitting:
            if name in models:
                named = not is_glob(text) or (name in found and found[name].named)
                found[name] = ChosenModel(models[name], named, f"model: {text}")
    return tuple(found.values())


def definition_of(name: str, definitions: Iterable[ColumnDefinition]) -> ColumnDefinition | None:
    """What is declared of a column: the exact name wins, else the last glob that fits."""
    found: ColumnDefinition | None = None
    for definition in definitions:
        if definition.pattern == name:
            return definition
        if fits(name, (definition.pattern,)):
            found = definition
    return found


def column_of(name: str, model: ModelDefinition | None, found: FoundColumn | None) -> Column:
    """A column as declared, with the type of the data where none is declared."""
    declared = definition_of(name, model.columns) if model else None
    data = found.type if found and not found.unknown else None
    kind = ColumnType(declared.type) if declared and declared.type else (data or ColumnType.NUMERIC)
    valid = declared.valid if declared else None
    return Column(name, kind, valid, private=bool(declared and declared.private))


def role_columns(model: ModelDefinition) -> dict[str, str]:
    """Role -> column, for the roles that are one column."""
    roles = {role: getattr(model.roles, role) for role in SINGLE_ROLES}
    score = model.roles.score
    roles["score"] = score if isinstance(score, str) and not is_glob(score) else None
    return {role: column for role, column in roles.items() if column is not None}


def score_columns(model: ModelDefinition, columns: Iterable[str]) -> dict[str, str]:
    """Class -> score column of a multiclass model; a glob `p_*` names each class by what the star stands for."""
    score = model.roles.score
    if score is None:
        return {}
    if not isinstance(score, str):
        return dict(score)
    if not is_glob(score):
        return {}
    before, _, after = score.partition("*")
    return {name[len(before) : len(name) - len(after) or None]: name for name in columns if fits(name, (score,))}


def features_of(model: ModelDefinition, facts: SourceFacts) -> tuple[str, ...]:
    """The model's features, in the order of the source: included names and globs, less the excluded ones.

    Without a list: every column that has no role and is neither the timestamp nor the arrival.
    """
    taken = set(role_columns(model).values()) | set(score_columns(model, facts.columns).values())
    taken |= {name for name in (facts.timestamp, facts.arrival) if name is not None}
    include, exclude = model.features.include, model.features.exclude
    if include is None:
        chosen = [name for name in facts.columns if name not in taken]
    else:
        chosen = []
        for text in include:
            fitting = [name for name in facts.columns if fits(name, (text,))] if is_glob(text) else [text]
            if is_glob(text):
                fitting = [name for name in fitting if name not in taken or text == name]
            chosen += [name for name in fitting if name not in chosen]
    return tuple(name for name in chosen if not fits(name, exclude))


@dataclass(frozen=True)
class ChosenColumn:
    """A column that a selection reached; `named` when it was written out, so that a misfit is an error."""

    name: str
    named: bool
    via: str  # the word of the selection that reached it, for `plan`


def columns_of(
    texts: Iterable[str], model: ModelDefinition, facts: SourceFacts, groups_elsewhere: frozenset[str] = frozenset()
) -> tuple[ChosenColumn, ...]:
    """Columns by name, glob, group or role word, each once, in order of writing.

    A word that is a group of other models only is none of this model's columns.
    """
    features = features_of(model, facts)
    declared = set(model.features.include or ())
    roles = role_columns(model)
    scores = score_columns(model, facts.columns)
    found: dict[str, ChosenColumn] = {}

    def add(names: Iterable[str], named: bool) -> None:
        for name in names:
            known = found.get(name)
            found[name] = ChosenColumn(name, named or bool(known and known.named), known.via if known else text)

    for text in texts:
        if text == "features":
            for name in features:
                add([name], named=name in declared and name not in facts.columns)
        elif text in ("numeric", "categorical"):
            types = CATEGORIES if text == "categorical" else (ColumnType.NUMERIC, ColumnType.DATETIME)
            add((n for n in features if column_of(n, model, facts.columns.get(n)).type in types), named=False)
        elif text == "score" and scores:
            add(scores.values(), named=False)
        elif text in roles:
            add([roles[text]], named=False)
        elif text in (*SINGLE_ROLES, "score"):  # nothing serves in that role; presets ask every model for its outputs
            add([text] if text in facts.columns and text not in OUTPUTS else [], named=True)
        elif text in model.groups:
            add(model.groups[text], named=True)
        elif is_glob(text):
            add((name for name in facts.columns if fits(name, (text,))), named=False)
        elif text not in groups_elsewhere or text in facts.columns:
            add([text], named=True)
    return tuple(found.values())
