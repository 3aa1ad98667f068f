"""What a run would read: which panes are kept, which are new, and which are read again and why."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass

from driftline.compile.reference import WHOLE
from driftline.execute.cells import hull, overlap
from driftline.execute.lookup import Ask, Found, stale
from driftline.execute.panes import Rules
from driftline.model import Duration, Interval

STATES = ("kept", "new", "open", "reopened", "stale")


@dataclass(frozen=True)
class Outlook:
    """The panes of a scan, of `length` each.

    Of `kept` ones nothing is read; `new` ones were never read, or not for all that is wanted by now; `open` ones may
    get more rows, so that they are not kept; `reopened` ones may get more labels; `stale` ones are of files that have
    changed. Of a data set that is read whole, `whole` says whether it has to be read.
    """

    length: Duration | None = None
    kept: tuple[Interval, ...] = ()
    new: tuple[Interval, ...] = ()
    open: tuple[Interval, ...] = ()
    reopened: tuple[Interval, ...] = ()
    stale: tuple[Interval, ...] = ()
    whole: bool | None = None

    @property
    def reads(self) -> bool:
        """Whether any row has to be read, as far as that is known."""
        if self.whole is not None:
            return self.whole
        return not self.kept or any((self.new, self.open, self.reopened, self.stale))


def outlook(rules: Rules, found: Found) -> Outlook:
    """The panes of everything that a request is about, each by the state that it is in."""
    spans = [span for cut in found.cuts for span in cut.bundle.spans]
    grid, complete = rules.grid, rules.panes.keeping.complete
    if WHOLE in spans or grid is None or complete is None:
        return Outlook(whole=any(WHOLE in ask.spans for ask in found.asks) if WHOLE in spans else None)
    past = stale(rules, found.cuts)
    states: dict[str, list[Interval]] = {state: [] for state in STATES}
    for pane in grid.panes(hull(spans)):
        if any(overlap(pane, span) for span in spans):
            asks = [ask for ask in found.asks if any(overlap(pane, span) for span in ask.spans)]
            is_open = pane.end is None or pane.end > complete
            states[_state(pane, asks, past, is_open=is_open)].append(pane)
    kept, new, coming, again, changed = (tuple(states[state]) for state in STATES)
    return Outlook(grid.length, kept, new, coming, again, changed)


def _state(pane: Interval, asks: Sequence[Ask], past: Container[Interval], *, is_open: bool) -> str:
    if not asks:
        return "kept"
    if is_open:
        return "open"
    if pane in past:
        return "stale"
    return "reopened" if all(ask.cut.changing for ask in asks) else "new"
