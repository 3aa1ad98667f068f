"""Sources, models and metrics held against the data: do the columns exist that they name, and are they of use."""

from __future__ import annotations

from fnmatch import fnmatchcase

from driftline.checks.base import ColumnType
from driftline.compile.catalog import FoundColumn
from driftline.compile.select import column_of
from driftline.compile.sides import NUMERIC_BY_TASK, NUMERIC_ROLES, type_failure
from driftline.compile.spots import Spot, said
from driftline.compile.survey import Scope, Survey
from driftline.config import codes
from driftline.config.document import ColumnDefinition, Labels, ModelDefinition, SourceDefinition
from driftline.globs import is_glob
from driftline.schema.tree import Path

NUMBERS = (ColumnType.NUMERIC, ColumnType.BOOLEAN)
OTHER_ROLES = ("id", "prediction", "target", "error", "group", "version")


def survey_definitions(survey: Survey) -> None:
    """Report whatever the definitions say that the data does not bear out."""
    for source in survey.document.sources.values():
        _source(survey, source)
    for model in survey.document.models.values():
        _model(survey, model)
    for metric in survey.document.metrics.values():
        of_model = survey.document.models.get(metric.model or "")
        scope = survey.model_scope(of_model) if of_model else survey.source_scope(metric.source or "")
        survey.sql(scope, metric.sql, survey.spot(("metrics", metric.name, "sql")))


# Sources -------------------------------------------------------------------------------------------------------------


def _source(survey: Survey, source: SourceDefinition) -> None:
    path: Path = ("sources", source.name)
    facts = survey.catalog[source.name]
    if facts.failure is not None:
        _unreadable(survey, source.name, facts.failure)
        return
    scope = Scope(source.name, facts.columns)
    if source.timestamp is not None:
        _time(survey, scope, source.timestamp, survey.spot((*path, "timestamp")))
    if source.arrival is not None:
        _time(survey, scope, source.arrival, survey.spot((*path, "arrival")))
    if source.where is not None and source.type != "sql":
        survey.condition(scope, source.where, survey.spot((*path, "where")))


def _unreadable(survey: Survey, name: str, failure: str) -> None:
    """What the source itself says, at its path or query; a mere warning where the environment was not there."""
    path: Path = ("sources", name)
    first = "url" if "`url`" in failure else "path"
    at = survey.spot((*path, first), (*path, "path"), (*path, "query"), (*path, "url"), path)
    cause, _, remedy = failure.removeprefix(f"source {name!r}").partition("; ")
    about = f" cannot be read{cause}" if cause.startswith(":") else cause
    report = survey.findings.warning if name in survey.unopened else survey.findings.error
    report(codes.UNREADABLE_SOURCE, f"the source `{name}`{about}", at, remedy or None)


def _time(survey: Survey, scope: Scope, name: str, at: Spot) -> None:
    found = survey.column(scope, name, at)
    if found is None or found.unknown or found.type is ColumnType.DATETIME or found.data_type == "String":
        return
    hint = "store it as a timestamp; CSV and NDJSON also read numbers, with `timestamp_format: epoch_s`"
    _wrong_type(survey, scope, found, said(name, at), "a time", at, hint)


def _wrong_type(
    survey: Survey, scope: Scope, found: FoundColumn, name: str, wanted: str, at: Spot, hint: str | None = None
) -> None:
    survey.reported.add((scope.source, found.name))
    message = f"{name} is {found.data_type} in the source `{scope.source}`, not {wanted}"
    survey.findings.error(codes.WRONG_COLUMN_TYPE, message, at, hint or "name another column, or convert it")


# Models --------------------------------------------------------------------------------------------------------------


def _model(survey: Survey, model: ModelDefinition) -> None:
    scope = survey.model_scope(model)
    path: Path = ("models", model.name)
    if model.labels is not None:
        _labels(survey, model, model.labels)
    if scope is None:
        return
    _roles(survey, model, scope)
    for key in ("include", "exclude"):
        for index, name in enumerate(getattr(model.features, key) or ()):
            at = survey.spot((*path, "features", key, index), (*path, "features", index), (*path, "features", key))
            _selected(survey, scope, name, at, warn=key == "exclude")
    for group, names in model.groups.items():
        for index, name in enumerate(names):
            at = survey.spot((*path, "groups", group, index), (*path, "groups", group))
            _selected(survey, scope, name, at)
    for name in model.importance:
        _selected(survey, scope, name, survey.spot((*path, "importance", name)))
    for column in model.columns:
        _column(survey, model, column, scope)
    for segment in model.segments.values():
        here = (*path, "segments", segment.name)
        if segment.by is not None and (*here, "by") in survey.document.places:
            survey.column(scope, segment.by, survey.spot((*here, "by")))
        if segment.where is not None:
            survey.condition(scope, segment.where, survey.spot((*here, "where")))


def _selected(survey: Survey, scope: Scope, text: str, at: Spot, *, warn: bool = False) -> None:
    """A name or glob that is to select columns."""
    if not is_glob(text):
        survey.column(scope, text, at, warn=warn)
    elif not scope.open_ended and not any(fnmatchcase(name, text) for name in scope.columns):
        message = f"{said(text, at)} fits no column of {scope.where}"
        survey.findings.warning(codes.FITS_NO_COLUMN, message, at)


def _roles(survey: Survey, model: ModelDefinition, scope: Scope) -> None:
    path: Path = ("models", model.name, "roles")
    if model.roles.timestamp is not None:
        _time(survey, scope, model.roles.timestamp, survey.spot((*path, "timestamp")))
    named: dict[Path, str | None] = {(role,): getattr(model.roles, role) for role in (*NUMERIC_ROLES, *OTHER_ROLES)}
    if isinstance(model.roles.score, dict):
        named |= {("score", class_): name for class_, name in model.roles.score.items()}
    for keys, name in named.items():
        at = survey.spot((*path, *keys))
        if not isinstance(name, str) or (keys == ("target",) and model.labels is not None):
            continue
        if keys == ("score",) and is_glob(name):
            _selected(survey, scope, name, at)
            names = [column for column in scope.columns if fnmatchcase(column, name)]
        else:
            names = [name] if survey.column(scope, name, at) is not None else []
        numeric = keys[0] in (*NUMERIC_ROLES, *NUMERIC_BY_TASK.get(model.task or "", ()))
        for column in names if numeric else ():
            found = scope.columns[column]
            if found.type not in NUMBERS:
                _wrong_type(survey, scope, found, f"the {keys[0]} {said(column, at)}", "a number", at)


def _labels(survey: Survey, model: ModelDefinition, labels: Labels) -> None:
    """The key and the target are in the labels' source, and the key is of the id's type."""
    path: Path = ("models", model.name)
    scope = survey.source_scope(labels.source)
    name = labels.key or model.roles.id
    if scope is None or name is None:
        return
    at = survey.spot((*path, "labels", "key"), (*path, "labels", "source"))
    key = survey.column(scope, name, at)
    target = model.roles.target
    if target is not None and target not in scope.columns and labels.present is None:
        hint = "where a row means that it happened, write `labels: {present: 1}`, and `absent: 0` for rows without one"
        survey.lacks(scope, target, survey.spot((*path, "roles", "target")), hint=hint)
    rows = survey.source_scope(model.source)
    own = rows.columns.get(model.roles.id or "") if rows is not None else None
    if key is None or own is None or key.unknown or own.unknown or key.type is own.type:
        return
    message = (
        f"the labels' key {said(name, at)} is {key.data_type}, and the id `{own.name}` of the source `{model.source}` "
        f"is {own.data_type}"
    )
    hint = "write both with one type: a key that does not convert finds no row"
    converts = {key.type, own.type} <= {ColumnType.NUMERIC, ColumnType.CATEGORICAL}
    report = survey.findings.warning if converts else survey.findings.error
    report(codes.LABEL_KEY_TYPE, message, at, hint)


def _column(survey: Survey, model: ModelDefinition, definition: ColumnDefinition, scope: Scope) -> None:
    """What is declared of a column can be so."""
    path: Path = ("models", model.name, "columns", definition.pattern)
    at = survey.spot(path)
    if is_glob(definition.pattern):
        _selected(survey, scope, definition.pattern, at)
        return
    found = survey.column(scope, definition.pattern, at)
    if found is None or found.unknown:
        return
    failure = type_failure(column_of(found.name, model, found), found, scope.source)
    if definition.type is not None and failure is not None:
        where = survey.spot((*path, "type"))
        hint = "write the type that the data has" if found.type is not None else "no check can read it; convert it"
        _wrong_type(survey, scope, found, f"`{found.name}`", definition.type, where, hint)
    valid = definition.valid
    if valid is None:
        return
    for key in ("min", "max"):
        if getattr(valid, key) is not None and found.type not in (*NUMBERS, ColumnType.DATETIME):
            where = survey.spot((*path, "valid", key))
            hint = "write `in: […]` or `regex`, or convert the column"
            _wrong_type(survey, scope, found, f"`{key}` is for numbers, and `{found.name}`", "one", where, hint)
    if valid.not_in_future and found.type not in (ColumnType.DATETIME, ColumnType.NUMERIC):
        where = survey.spot((*path, "valid", "not_in_future"))
        _wrong_type(survey, scope, found, f"`not_in_future` is for times, and `{found.name}`", "one", where)
    if valid.where is not None:
        survey.condition(scope, valid.where, survey.spot((*path, "valid", "where")))
