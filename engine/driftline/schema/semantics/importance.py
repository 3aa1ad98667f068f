"""How much a model leans on its features: of what is a feature, and not all of it nothing."""

from __future__ import annotations

from driftline.config import codes
from driftline.config.document import ModelDefinition
from driftline.globs import is_glob
from driftline.schema.semantics.columns import ROLES, columns_meant
from driftline.schema.semantics.context import Context
from driftline.schema.spelling import hint_for
from driftline.schema.tree import Path


def check_importance(context: Context) -> None:
    """Warn of numbers that explain nothing: of columns that are no features, or all of them 0."""
    for model in context.document.models.values():
        path: Path = ("models", model.name, "importance")
        if model.importance and not any(model.importance.values()):
            message = f"every importance of `{model.name}` is 0, so no feature explains its predictions"
            context.warning(codes.IDLE_IMPORTANCE, message, path, "give the features the numbers that the model has")
        for name in model.importance:
            if not is_glob(name):
                _feature(context, model, name, (*path, name))


def _feature(context: Context, model: ModelDefinition, name: str, path: Path) -> None:
    """Warn of a column that is no feature, as far as the files say what is one."""
    features = columns_meant("features", model)
    role = next((role for role in ROLES if name in (columns_meant(role, model) or ())), None)
    if features is not None and name in features:
        return
    if role is not None:
        message = f"`{name}` serves `{model.name}` as its {role}, and is no feature of it"
        context.findings.warning(codes.IMPORTANCE_OF_NO_FEATURE, message, context.tree.key(*path), "leave it out")
    elif features is not None:
        message = f"`{name}` is no feature of `{model.name}`"
        hint = hint_for(name, sorted(features), "feature")
        context.findings.warning(codes.IMPORTANCE_OF_NO_FEATURE, message, context.tree.key(*path), hint)
