"""`environments`: the block that is chosen is laid over the sections; the others are not even read for substitutions.

Maps merge deeply, a changed `type` replaces the block, `null` removes, anything else is replaced whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from driftline.config import codes
from driftline.config.findings import Findings
from driftline.config.nodes import Entry, Map, Node, Scalar, Sequence

SECTION = "environments"
OVERRIDES = "overrides"
SAME_EVERYWHERE = ("version", "include", SECTION)


def only_chosen(root: Map, chosen: str | None) -> Map:
    """A file's tree with the bodies of all other environments empty, so that their `${…}` need not be set."""
    entry = root.entries.get(SECTION)
    if entry is None or not isinstance(entry.value, Map):
        return root
    section = entry.value
    kept = {name: _body(one, name == chosen) for name, one in section.entries.items()}
    return replace(root, entries={**root.entries, SECTION: Entry(entry.key, replace(section, entries=kept))})


def _body(entry: Entry, is_chosen: bool) -> Entry:
    value = entry.value
    empty = Map({}, False, value.file, value.line, value.column, value.width)
    if isinstance(value, Scalar) and value.is_null:
        return Entry(entry.key, empty)
    return entry if is_chosen or not isinstance(value, Map) else Entry(entry.key, empty)


def names(root: Map) -> tuple[str, ...]:
    """The environments that are declared, in the order in which they are written."""
    entry = root.entries.get(SECTION)
    if entry is None or not isinstance(entry.value, Map):
        return ()
    return tuple(name for name in entry.value.entries if not name.startswith("x-"))


def block(root: Map, chosen: str | None) -> Map | None:
    """What the chosen environment says, None when it says nothing."""
    entry = root.entries.get(SECTION)
    if chosen is None or entry is None or not isinstance(entry.value, Map):
        return None
    found = entry.value.entries.get(chosen)
    return found.value if found is not None and isinstance(found.value, Map) else None


def overlaid(base: Mapping[str, Entry], over: Map, findings: Findings) -> dict[str, Entry]:
    """The sections of all files with an environment's block laid over them."""
    merged = dict(base)
    for name, entry in over.entries.items():
        if name in SAME_EVERYWHERE:
            message = f"`{name}` is the same in every environment"
            findings.error(codes.UNKNOWN_KEY, message, entry.key, "write it at the top level of the file")
        else:
            _lay(merged, name, entry, findings)
    return merged


def _lay(base: dict[str, Entry], name: str, entry: Entry, findings: Findings) -> None:
    if isinstance(entry.value, Scalar) and entry.value.is_null:
        if base.pop(name, None) is None:
            message = f"there is no `{name}` that `null` could remove"
            findings.warning(codes.REMOVES_NOTHING, message, entry.key, "remove the line, or correct the name")
        return
    below = base.get(name)
    base[name] = entry if below is None else Entry(entry.key, _merged(below.value, entry.value, findings))


def _merged(base: Node, over: Node, findings: Findings) -> Node:
    if not isinstance(base, Map) or not isinstance(over, Map) or _type(over, _type(base)) != _type(base):
        return over
    entries = dict(base.entries)
    for name, entry in over.entries.items():
        _lay(entries, name, entry, findings)
    return replace(base, entries=entries)


def _type(node: Map, default: str | None = None) -> str | None:
    """The discriminator of a block; what the environment does not write stays as it is."""
    entry = node.entries.get("type")
    return entry.value.text if entry is not None and isinstance(entry.value, Scalar) else default


def with_overrides(root: Map, items: Sequence, chosen: str | None) -> Map:
    """A file's tree with more overrides behind its own: the chosen environment's, if that has a list of its own."""
    within = block(root, chosen)
    section = root.entries.get(SECTION)
    if chosen is None or within is None or section is None or OVERRIDES not in within.entries:
        return _appended(root, items)
    assert isinstance(section.value, Map)  # since it has a block
    bodies = {**section.value.entries, chosen: Entry(section.value.entries[chosen].key, _appended(within, items))}
    return replace(root, entries={**root.entries, SECTION: Entry(section.key, replace(section.value, entries=bodies))})


def _appended(holder: Map, items: Sequence) -> Map:
    entry = holder.entries.get(OVERRIDES)
    before = entry.value.items if entry is not None and isinstance(entry.value, Sequence) else ()
    key = entry.key if entry is not None else Scalar(OVERRIDES, False, items.file, items.line, items.column, 1)
    return replace(
        holder, entries={**holder.entries, OVERRIDES: Entry(key, replace(items, items=(*before, *items.items)))}
    )
