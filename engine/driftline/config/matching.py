"""Where matchers stand, and which models one fits; compile/match.py tells which series: they are known later only."""

from __future__ import annotations

from collections.abc import Iterator

from driftline.config.document import Document, Matcher, ModelDefinition
from driftline.globs import fits


def matchers_of_series(document: Document) -> Iterator[tuple[tuple[str | int, ...], Matcher]]:
    """Every matcher that series are held against, with the path that it is written at."""
    for index, route in enumerate(document.routes):
        yield ("routes", index, "match"), route.match
    for override in document.overrides:
        yield ("overrides", override.index, "match"), override.match
    for silence in document.silences:
        yield ("silences", silence.index, "match"), silence.match
    for incident in document.incidents:
        yield ("incidents", incident.index, "match"), incident.match
    for inhibit in document.inhibit:
        yield ("inhibit", inhibit.index, "when"), inhibit.when
        yield ("inhibit", inhibit.index, "mute"), inhibit.mute


def model_matches(matcher: Matcher, model: ModelDefinition) -> bool:
    """Whether the keys of a matcher that models have fit a model; what a model does not have fits nothing, not `*`."""
    tags = {**model.defaults.tags, **model.tags}
    pairs = [(matcher.model, model.name), (matcher.source, model.source), (matcher.task, model.task)]
    pairs += [(patterns, tags.get(key)) for key, patterns in (matcher.tags or {}).items()]
    if any(patterns is not None and (value is None or not fits(value, patterns)) for patterns, value in pairs):
        return False
    return matcher.not_ is None or not model_matches(matcher.not_, model)
