"""Which models a matcher fits. The series that it fits are known after compilation only: see compile/match.py."""

from __future__ import annotations

from driftline.config.document import Matcher, ModelDefinition
from driftline.globs import fits


def model_matches(matcher: Matcher, model: ModelDefinition) -> bool:
    """Whether the keys of a matcher that models have fit a model; what a model does not have fits nothing, not `*`."""
    tags = {**model.defaults.tags, **model.tags}
    pairs = [(matcher.model, model.name), (matcher.source, model.source), (matcher.task, model.task)]
    pairs += [(patterns, tags.get(key)) for key, patterns in (matcher.tags or {}).items()]
    if any(patterns is not None and (value is None or not fits(value, patterns)) for patterns, value in pairs):
        return False
    return matcher.not_ is None or not model_matches(matcher.not_, model)
