"""What changed, as a comment of a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from driftline.report.markdown import bullets, details, escaped, table
from driftline.report.review.values import Change, Review
from driftline.report.review.words import (
    NO_PANES,
    cost_texts,
    definition_text,
    ending_texts,
    failing_text,
    headline,
    of_text,
    of_whom,
    reading_texts,
    rename_text,
    scope,
    store_note,
)

LONGEST = 60_000  # characters: a comment on GitHub takes 65,536
OPEN = 20  # rows of a table that are shown without opening it


def as_markdown(reviews: Sequence[Review]) -> str:
    """A summary line for each environment, then tables; what is long is folded, and what is too long is cut."""
    text = "\n\n".join(part for review in reviews for part in _parts(review))
    if len(text) <= LONGEST:
        return text
    summaries = "\n\n".join(_summary(review) for review in reviews)
    return f"{summaries}\n\nThe changes are too long for a comment; `driftline plan` shows them all."[:LONGEST]


def _summary(review: Review) -> str:
    name = escaped(f"{Path(review.root).name}{scope(review)}")
    return f"### driftline: {name}\n\nAgainst {escaped(review.against.text)}: **{escaped(headline(review))}**."


def _parts(review: Review) -> Iterable[str]:
    yield _summary(review)
    ending = ending_texts(review)
    if ending:
        yield f"**Alerts that will end** ({len(ending)})\n\n{bullets(ending)}"
    if review.failing:
        yield f"**Cannot be measured**\n\n{bullets(failing_text(each) for each in review.failing)}"
    for heading, lines in (
        ("Added", [of_text(each) for each in review.added]),
        ("Removed", [of_text(each) for each in review.removed]),
        ("Renamed, with their alerts and history", [rename_text(each) for each in review.renamed]),
    ):
        if lines:
            yield _folded(f"{heading} ({len(lines)})", bullets(lines), len(lines))
    if review.changes:
        yield _folded(f"Changed ({len(review.changes)})", _table("value", review.changes), len(review.changes))
    if review.earliest:
        rows = table(("from", "to", "of"), ((each.before, each.after, of_whom(each.of)) for each in review.earliest))
        yield _folded("Earliest alert after an onset", rows, len(review.earliest))
    if review.definitions:
        lines = [definition_text(each) for each in review.definitions]
        yield _folded(f"Other definitions ({len(lines)})", bullets(lines), len(lines))
    if review.readings:
        lines = [f"{each.source}: {text}" for each in review.readings for text in reading_texts(each)]
        lines.append(f"in all: {', '.join(cost_texts(*review.costs))}")
        yield details("Reads", f"{bullets(lines)}\n\n{escaped(NO_PANES.capitalize())}.")
    if note := store_note(review):
        yield f"> {escaped(note)}"


def _table(first: str, changes: Iterable[Change]) -> str:
    return table((first, "from", "to", "of"), ((c.key, c.before, c.after, of_whom(c.of)) for c in changes))


def _folded(heading: str, body: str, rows: int) -> str:
    """A part under its heading, folded when it is long."""
    return f"**{heading}**\n\n{body}" if rows <= OPEN else details(heading, body)
