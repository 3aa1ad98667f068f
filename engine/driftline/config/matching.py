"""Which models a matcher fits. The series that it fits are known after compilation only: see route/match.py."""

from __future__ import annotations

from driftline.config.document import Matcher, ModelDefinition
from driftline.globs import fits


def model_matches(matcher: Matcher, model: ModelDefinition) -> bool:
    """Whether the keys of a matcher that models have fit a model."""
    pairs = ((matcher.model, model.name), (matcher.source, model.source), (matcher.task, model.task or ""))
    if any(patterns is not None and not fits(value, patterns) for patterns, value in pairs):
        return False
    tags = {**model.defaults.tags, **model.tags}
    if any(not fits(tags.get(key, ""), patterns) for key, patterns in (matcher.tags or {}).items()):
        return False
    return matcher.not_ is None or not model_matches(matcher.not_, model)
