"""What changed besides monitors: sources, channels, routes, calendars, actions, silences, incidents, the store.

Addresses, headers and storage options may hold what is secret: that they changed is said, never what they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from driftline.compile.match import speaks_of_segments
from driftline.config.document import Document, OverrideDefinition, Secret, SourceDefinition
from driftline.evaluate.wording import plain
from driftline.model import Duration
from driftline.parameters import parameters
from driftline.redaction import redacted
from driftline.registry import Registry
from driftline.report.plan.alerting import alerting, entry_text
from driftline.report.plan.settings import NOTHING, value_text
from driftline.report.plan.words import matcher_text
from driftline.report.review.values import Definition

HIDDEN = "(not shown)"
ANOTHER = "(another, not shown)"
BY_NAME = {"channels": "channel", "calendars": "calendar", "actions": "action"}
BY_TEXT = {"routes": "route", "inhibit": "inhibition", "silences": "silence"}

Fields = Mapping[str, Any]


def definitions(before: Document | None, after: Document | None, kinds: Registry) -> tuple[Definition, ...]:
    """Every definition that differs, in the order of the language."""
    found = [*_named("source", *(_sources(each, kinds) for each in (before, after)))]
    now, then = (alerting(each) if each is not None else {} for each in (after, before))
    for section, what in BY_NAME.items():
        found += _named(what, *(_entries(each, section, side) for each, side in ((before, then), (after, now))))
    for section, what in BY_TEXT.items():
        found += _texts(what, *([_unnumbered(section, one) for one in side.get(section, ())] for side in (then, now)))
    found += _named("incident", _incidents(before), _incidents(after))
    found += _texts("override of segments", _overrides(before), _overrides(after))
    if before is not None and after is not None and before.store != after.store:
        found.append(Definition("store", "", "changed", "address", HIDDEN, ANOTHER))
    return tuple(found)


def _sources(document: Document | None, kinds: Registry) -> dict[str, Fields]:
    return {name: _source(each, kinds) for name, each in document.sources.items()} if document is not None else {}


def _source(source: SourceDefinition, kinds: Registry) -> Fields:
    """What decides which rows a source has; lateness and time zone are said of the monitors."""
    secret = {one.name for one in parameters(kinds.source_class(source.type)) if one.slot == "secret"}
    found: dict[str, Any] = {"type": source.type}
    for name, value in source.options.items():
        found[name] = Hidden(value) if name in secret or _is_secret(value) else value
    return found | {"timestamp": source.timestamp, "where": source.where, "arrival": source.arrival}


class Hidden:
    """A value that is compared but not shown."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Hidden) and self._value == other._value

    def __hash__(self) -> int:
        return hash(HIDDEN)


def _is_secret(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_is_secret(each) for each in value.values())
    return isinstance(value, Secret)


def _entries(document: Document | None, section: str, shown: Mapping[str, list[dict[str, Any]]]) -> dict[str, Fields]:
    """The entries of a section by name, with what is not shown of them."""
    found: dict[str, Fields] = {}
    for entry in shown.get(section, ()):
        name = entry["name"]
        hidden: dict[str, Any] = {}
        if document is not None and section == "channels":
            hidden = {"address": Hidden(document.channels[name].url)}
        elif document is not None and section == "actions":
            action = document.actions[name]
            hidden = {"address": Hidden(action.url), "headers": Hidden(dict(action.headers))}
        found[name] = {**entry, **hidden}
    return found


def _incidents(document: Document | None) -> dict[str, Fields]:
    return {
        each.id: {
            "match": matcher_text(each.match),
            "start": each.start,
            "end": each.end,
            "reason": each.reason,
            "baselines": each.baselines,
            "alerts": each.alerts,
        }
        for each in (document.incidents if document is not None else ())
    }


def _overrides(document: Document | None) -> list[str]:
    """Exceptions for segments: which series they hold for is in the data, so they are compared as they are written."""
    found = document.overrides if document is not None else ()
    return [_override(one) for one in found if speaks_of_segments(one.match)]


def _override(one: OverrideDefinition) -> str:
    settings = ", ".join(f"{key} to {_setting(value)}" for key, value in one.settings.items())
    return f"{matcher_text(one.match)} sets {settings}"


def _setting(value: Any) -> str:
    """A value of an override, with the fields that say something where it has any."""
    if isinstance(value, float):
        return plain(value)
    fields = getattr(value, "__dataclass_fields__", None)
    if fields is None or isinstance(value, Duration):
        return value_text(value)
    given = ((name.rstrip("_"), getattr(value, name)) for name in fields)
    said = ", ".join(f"{name}: {_setting(each)}" for name, each in given if each not in (None, ()))
    return f"{{{said}}}"


def _unnumbered(section: str, entry: Mapping[str, Any]) -> str:
    return entry_text(section, entry).partition(". ")[2]


def _texts(what: str, before: list[str], after: list[str]) -> Iterable[Definition]:
    """What has no name is compared as text."""
    left, come = [one for one in before if one not in after], [one for one in after if one not in before]
    yield from (Definition(what, one, "removed") for one in left)
    yield from (Definition(what, one, "added") for one in come)


def _named(what: str, before: Mapping[str, Fields], after: Mapping[str, Fields]) -> Iterable[Definition]:
    for name in dict.fromkeys((*before, *after)):
        if name not in after or name not in before:
            yield Definition(what, name, "removed" if name in before else "added")
            continue
        for key in dict.fromkeys((*before[name], *after[name])):
            then, now = before[name].get(key), after[name].get(key)
            if then != now:
                hidden = isinstance(then, Hidden) or isinstance(now, Hidden)
                pair = (HIDDEN, ANOTHER) if hidden else (_shown(then), _shown(now))
                yield Definition(what, name, "changed", key, *pair)


def _shown(value: Any) -> str:
    """A value for people, without what looks like a credential."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_shown(each)}" for name, each in value.items()) or NOTHING
    return redacted(value_text(value))
