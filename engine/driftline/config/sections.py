"""The sections of all files put together: maps of names merge, lists concatenate, `defaults` stay with their file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from driftline.config import codes, environments
from driftline.config.files import File
from driftline.config.findings import Findings
from driftline.config.nodes import Entry, Map, Sequence, shape_of

PER_FILE = ("include", "defaults", "version")


@dataclass(frozen=True)
class Sections:
    """One tree for the whole configuration. `root` lacks `include` and `defaults`; the latter are kept by file."""

    files: tuple[File, ...]
    root: Map
    defaults: Mapping[str, Entry]  # by file name
    environments: tuple[str, ...] = ()  # all that are declared


def gather(files: tuple[File, ...], findings: Findings, chosen: str | None = None) -> Sections:
    """Merge the files and lay the chosen environment over them; a name that two files define is an error at both."""
    merged: dict[str, Entry] = {}
    for file in files:
        for key, entry in file.root.entries.items():
            if key in PER_FILE:
                continue
            if key not in merged:
                merged[key] = entry
            elif not key.startswith("x-"):
                merged[key] = _merge(merged[key], entry, findings)
    first = files[0].root
    if (version := first.entries.get("version")) is not None:
        merged["version"] = version
    defaults = {file.name: found for file in files if (found := _defaults(file, chosen, findings)) is not None}
    whole = replace(first, entries=merged)
    if (block := environments.block(whole, chosen)) is not None:
        of_all = {name: entry for name, entry in block.entries.items() if name != "defaults"}
        merged = environments.overlaid(merged, replace(block, entries=of_all), findings)
    return Sections(files, replace(first, entries=merged), defaults, environments.names(whole))


def _defaults(file: File, chosen: str | None, findings: Findings) -> Entry | None:
    """The defaults of a file, with what it says of them itself for the chosen environment."""
    own = {name: entry for name, entry in file.root.entries.items() if name == "defaults"}
    block = environments.block(file.root, chosen)
    if block is not None and "defaults" in block.entries:
        own = environments.overlaid(own, replace(block, entries={"defaults": block.entries["defaults"]}), findings)
    return own.get("defaults")


def _merge(first: Entry, second: Entry, findings: Findings) -> Entry:
    """One section from two files."""
    one, two = first.value, second.value
    if first.key.text == environments.SECTION and isinstance(one, Map) and isinstance(two, Map):
        return Entry(first.key, _merge_environments(one, two, findings))
    if isinstance(one, Map) and isinstance(two, Map):
        return Entry(first.key, replace(one, entries=_merge_names(one, two, first.key.text, findings)))
    if isinstance(one, Sequence) and isinstance(two, Sequence):
        return Entry(first.key, replace(one, items=(*one.items, *two.items)))
    if shape_of(two) == "nothing":
        return first
    if shape_of(one) == "nothing":
        return second
    if shape_of(one) == shape_of(two):
        message = f"`{second.key.text}` is defined in two files"
        findings.error(
            codes.DEFINED_TWICE, message, second.key, "keep one of the two", (first.key, "first defined here")
        )
    else:
        message = f"`{second.key.text}` is {shape_of(two)} here and {shape_of(one)} in another file"
        findings.error(codes.WRONG_SHAPE, message, second.key, None, (first.key, "written here too"))
    return first


def _merge_environments(one: Map, two: Map, findings: Findings) -> Map:
    """Each file may say what differs for its own part: the sections of one environment are put together."""
    entries = dict(one.entries)
    for name, entry in two.entries.items():
        first = entries.get(name)
        if first is None or not isinstance(first.value, Map) or not isinstance(entry.value, Map):
            entries[name] = entry if first is None else _merge(first, entry, findings)
            continue
        sections = dict(first.value.entries)
        for section, written in entry.value.entries.items():
            known = sections.get(section)
            if known is None or section == "defaults":  # the latter stay with their file
                sections[section] = written
            else:
                sections[section] = _merge(known, written, findings)
        entries[name] = Entry(first.key, replace(first.value, entries=sections))
    return replace(one, entries=entries)


def _merge_names(one: Map, two: Map, section: str, findings: Findings) -> dict[str, Entry]:
    entries = dict(one.entries)
    for name, entry in two.entries.items():
        if (first := entries.get(name)) is None:
            entries[name] = entry
        elif not name.startswith("x-"):
            message = f"`{name}` is defined twice in `{section}`"
            hint = "rename one of the two, or remove it"
            findings.error(codes.DEFINED_TWICE, message, entry.key, hint, (first.key, "first defined here"))
    return entries
