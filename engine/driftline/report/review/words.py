"""What changed, in words: the lines that text and Markdown share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from driftline.evaluate.wording import counted
from driftline.report.plan.settings import NOTHING
from driftline.report.plan.text import footprint_text
from driftline.report.plan.words import size_text, some_of
from driftline.report.review.values import Change, Cost, Definition, Of, Reading, Rename, Review

MOST_MONITORS = 6
MOST_SERIES = 4
NO_PANES = "nothing is kept of what was read, so each run reads the rows of its windows again"


def headline(review: Review) -> str:
    """`3 series added, 2 removed, 40 changed`, or that nothing did."""
    if not review.changed:
        return "nothing changed in what is monitored"
    changes = (*review.changes, *review.failing, *review.earliest)
    touched = {key for change in changes for of in change.of for key in of.series}
    counts = (
        (sum(len(of.series) for of in review.added), "added"),
        (sum(len(of.series) for of in review.removed), "removed"),
        (len({key for each in review.renamed for key in each.series}), "renamed"),
        (len(touched - {key for of in review.added for key in of.series}), "changed"),
    )
    said = [f"{number} {what}" for number, what in counts if number]
    if said:
        first, _, rest = said[0].partition(" ")
        said[0] = f"{first} series {rest}"
    others = len({(each.section, each.name) for each in review.definitions})
    said += [f"{counted(others, 'other definition')} changed"] if others else []
    return ", ".join(said) or f"{counted(len(review.readings), 'source')} read in another way"


def scope(review: Review) -> str:
    """Which environment is spoken of, and whether it is there on both sides."""
    if review.environment is None:
        return ""
    only = {"now": " (new)", "then": " (removed)"}.get(review.only or "", "")
    return f" in {review.environment}{only}"


def of_text(each: Of) -> str:
    """`drift/m: 12 series (x, z, …)`."""
    names = list(dict.fromkeys(key.column for key in each.series if key.column is not None))
    what = f"{each.monitor}/{each.subject}"
    if len(each.series) == 1:
        return each.series[0].text
    columns = f" ({some_of(names, MOST_SERIES)})" if names else ""
    return f"{what}: {len(each.series)} series{columns}"


def of_whom(of: Sequence[Of]) -> str:
    """The series that a change is about: whole monitors by name, else series by name."""
    names: list[str] = []
    for each in of:
        if each.whole:
            names.append(f"{each.monitor}/{each.subject}")
        else:
            names += [key.text for key in each.series[:MOST_SERIES]]
            names += [f"… of {each.monitor}/{each.subject}"] if len(each.series) > MOST_SERIES else []
    total = sum(len(each.series) for each in of)
    shown = ", ".join(names[:MOST_MONITORS]) + (f", … ({len(names)})" if len(names) > MOST_MONITORS else "")
    return f"{total} series: {shown}"


def failing_text(change: Change) -> str:
    """Why series cannot be measured now, or that they can be again."""
    if change.after == NOTHING:
        return f"no longer: {change.before} ({of_whom(change.of)})"
    return f"{change.after} ({of_whom(change.of)})"


def rename_text(each: Rename) -> str:
    return f"{each.what} {each.former} → {each.present} ({len(each.series)} series)"


def definition_text(each: Definition) -> str:
    name = f"{each.section} {each.name}".rstrip()
    if each.what != "changed":
        return f"{name}: {each.what}"
    return f"{name}: {each.key} {each.before or '–'} → {each.after or '–'}"


def reading_texts(each: Reading) -> Iterable[str]:
    """How the reads of a source differ, line by line."""
    if each.before is None:
        footprint = footprint_text(each.after) if each.after is not None else ""
        yield f"is read now{f': {footprint}' if footprint else ''}"
    if each.after is None:
        yield "is not read any more"
    if each.before is not None and each.after is not None:
        was, now = footprint_text(each.before), footprint_text(each.after)
        if was != now:
            yield f"{was or 'size not known'} → {now or 'size not known'}"
        windows = len(each.before.windows), len(each.after.windows)
        if windows[0] != windows[1]:
            yield f"{counted(windows[0], 'window')} → {windows[1]}"
        elif each.before.windows != each.after.windows:
            yield f"{counted(windows[0], 'window')} of other lengths or times"
    if each.columns_added:
        yield f"columns read as well: {some_of(each.columns_added)}"
    if each.columns_removed:
        yield f"columns no longer read: {some_of(each.columns_removed)}"
    if each.profiles_added:
        yield f"to be made from rows: {some_of(each.profiles_added)}"
    if each.profiles_removed:
        yield f"no longer needed: {some_of(each.profiles_removed)}"


def cost_texts(before: Cost, after: Cost) -> Iterable[str]:
    """What all reads come to, then and now."""
    yield f"reads {before.reads} → {after.reads}, columns {before.columns} → {after.columns}"
    yield f"profiles {before.profiles} → {after.profiles}"
    if before.bytes != after.bytes:
        yield f"size of the sources {_size(before.bytes)} → {_size(after.bytes)}"
    if before.rows != after.rows:
        yield f"rows of the sources {_rows(before.rows)} → {_rows(after.rows)}"


def _size(size: int | None) -> str:
    return size_text(size) if size is not None else "not known"


def _rows(rows: int | None) -> str:
    return f"{rows:,}" if rows is not None else "not known"


def ending_texts(review: Review) -> list[str]:
    return [
        f"{each.series.text}: {each.severity}, {each.state} since {each.since:%Y-%m-%d %H:%M} UTC"
        for each in review.ending
    ]


def store_note(review: Review) -> str | None:
    """Said where something leaves, and nobody here knows whether it fires."""
    if review.removed and not review.has_store:
        return "there is no store here, so it is not known which alerts of the removed series are open"
    return None
