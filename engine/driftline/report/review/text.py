"""What changed, for a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from driftline.printable import printable
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


def as_text(review: Review) -> str:
    """The sections in which something changed."""
    lines = [f"{Path(review.root).name}{scope(review)} against {review.against.text}: {headline(review)}"]
    for heading, section in (
        ("ADDED", [of_text(each) for each in review.added]),
        ("REMOVED", [of_text(each) for each in review.removed]),
        ("RENAMED (alerts and history are carried over)", [rename_text(each) for each in review.renamed]),
        ("CHANGED", list(_changes(review.changes))),
        ("CANNOT BE MEASURED", [failing_text(each) for each in review.failing]),
        ("EARLIEST ALERT AFTER AN ONSET", list(_changes(review.earliest, named=False))),
        ("OTHER DEFINITIONS", [definition_text(each) for each in review.definitions]),
        ("ALERTS THAT WILL END (their series left the configuration)", ending_texts(review)),
        (f"READS ({NO_PANES})", list(_readings(review))),
    ):
        lines += ["", heading, *(f"  {line}" for line in section)] if section else []
    note = store_note(review)
    lines += ["", f"note: {note}"] if note else []
    return printable("\n".join(lines))


def _changes(changes: Iterable[Change], *, named: bool = True) -> Iterable[str]:
    for change in changes:
        yield f"{f'{change.key}: ' if named else ''}{change.before} → {change.after}"
        yield f"  {of_whom(change.of)}"


def _readings(review: Review) -> Iterable[str]:
    for each in review.readings:
        for text in reading_texts(each):
            yield f"{each.source}: {text}"
    if review.readings:
        yield f"in all: {', '.join(cost_texts(*review.costs))}"
