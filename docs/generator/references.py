"""The page of comparisons with references: the numbers that the tests compare, as they were found."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from docs.generator.markdown import page, prose, table
from driftline.registry import FAMILIES, Registry, load
from driftline.schema.publish import built_in
from tests.reference.comparison import EXACT, WITHOUT, Comparison, comparisons, step

PATH = Path(__file__).parents[1] / "reference-values.md"
FIGURES = 6
EXPLAINED = """\
Every statistic that a check reports is compared with a reference that is not ours: SciPy, scikit-learn, statsmodels,
the numbers that a peer gave on the same frames, a published value, or the definition written out in NumPy or Polars
over the raw rows. Our number is always read from profiles, from a Parquet file, as in a run. Each line runs as a test
(`tests/reference`), and so does that no check is without one.

The *difference* is that of the two numbers, as a share of the reference's where that is larger than 1, and shown as
the next of 1e-12, 1e-9, 1e-6, 1e-5 and so on. *Allowed* is what the test lets pass; "its bound" is the error that the
reading itself states, as profiles summarise continuous data. Where a line stands for many columns or classes, the
numbers are those that are furthest apart."""
HEAD = ("check", "what", "reference", "data", "reference's number", "ours", "difference", "allowed")


def text() -> str:
    """The page as it should be."""
    registry = load()
    pages = {*built_in(registry).checks}
    rows = sorted(comparisons(), key=lambda one: _place(one, registry))
    reasons = [f"- `{one.check}`, {one.quantity}, {prose(one.data)}: {prose(one.why)}" for one in rows if one.why]
    why = ["## Where more than floating point is allowed", "\n".join(dict.fromkeys(reasons))] if reasons else []
    none = [f"- `{kind}`: {prose(reason)}" for kind, reason in WITHOUT.items()]
    without = ["## Checks without a line", "\n".join(none)] if none else []
    lines = table(HEAD, (_row(one, one.check in pages) for one in rows))
    return page("Numbers beside their references", EXPLAINED, lines, *why, *without)


def write() -> Iterable[str]:
    """Write the page if it differs; its path then."""
    wanted = text()
    if not PATH.exists() or PATH.read_text("utf-8") != wanted:
        PATH.write_text(wanted, "utf-8")
        yield str(PATH)


def _place(one: Comparison, registry: Registry) -> tuple[int, str, str, str, str]:
    family = registry.family(one.check) if one.check in registry.checks else "business"
    families = [*FAMILIES, family]
    return families.index(family), one.check, one.quantity, one.data, one.reference


def _row(one: Comparison, has_page: bool) -> tuple[str, ...]:
    """The cells of a line; checks of plug-ins, and metrics, have no page."""
    worst, count = one.worst(), len(one.found())
    data = prose(one.data) if count == 1 else f"{prose(one.data)} ({count} comparisons)"
    numbers = (f"{number:.{FIGURES}g}" for number in (worst.reference, worst.ours))
    link = f"[`{one.check}`](reference/checks/{one.check}.md)" if has_page else f"`{one.check}`"
    return link, one.quantity, prose(one.reference), data, *numbers, f"< {step(worst.difference):.0e}", _allowed(one)


def _allowed(one: Comparison) -> str:
    """The largest difference that the numbers shown may have."""
    own = one.worst().own
    if own <= EXACT:
        return f"{one.allowed:.0e}"
    return f"its bound, {own:.1e}" if one.allowed <= EXACT else f"its bound, {own:.1e}, and {one.allowed:.0e}"
