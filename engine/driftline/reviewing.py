"""Reviews: the plan of the files as they are, against that of the files as they were, on the same data."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from driftline import registry
from driftline.errors import UsageError
from driftline.former import Former, former
from driftline.planning import at_one_instant, planned
from driftline.preparing import Prepared, RunOptions, load, opened_store, prepare, prepare_document

if TYPE_CHECKING:
    from driftline.report.review.values import Against, Review
    from driftline.report.values import PlanReport


def reviews(path: Path, options: RunOptions, against: Against) -> tuple[Review, ...]:
    """What changed, in the chosen environment or in each that is declared now or was then."""
    options = at_one_instant(options)
    if not path.is_file():
        load(path)  # says what is wrong with the file that is there now, before anything is looked for in the past
    with former(path, against) as then:
        return tuple(_reviews(path, options, then))


def _reviews(path: Path, options: RunOptions, then: Former) -> Iterator[Review]:
    from driftline.report.review.compare import compare, named

    present, past = _environments(path, options), _environments(then.root, options, then=True)
    shown, kinds = False, registry.load(options.plugins)
    for name in (*present, *(name for name in past if name not in present)):
        chosen = replace(options, environment=name, monitors=())
        after = _planned(prepare(path, chosen, lambda _: None), chosen) if name in present else None
        before: PlanReport | None = None
        if name in past:
            before = _planned(prepare_document(then.document(chosen), chosen, lambda _: None), chosen)
        shown = shown or not options.monitors or named(before, after, options.monitors)
        yield compare(before, after, then.against, kinds, options.monitors)
    if not shown:
        raise UsageError(f"--monitor {' '.join(options.monitors)} fits no monitor, neither now nor then")


def _planned(prepared: Prepared, options: RunOptions) -> PlanReport:
    """A plan, with what its own store knows."""
    with ExitStack() as stack:
        store, _ = opened_store(prepared.document, replace(options, dry_run=True), stack)
        return planned(prepared, options, store)


def _environments(path: Path, options: RunOptions, *, then: bool = False) -> tuple[str | None, ...]:
    """The environments to look at: the chosen one, else all that are declared; None stands for a file without any.

    That the chosen one did not exist `then` is a change, that it does not now is an error, which loading tells.
    """
    from driftline.schema.load import environment_names

    declared = environment_names(path)
    chosen = options.environment or os.environ.get("DRIFTLINE_ENV") or None
    if chosen is None or (options.environment is None and not declared):
        return declared or (None,)
    return () if then and chosen not in declared else (chosen,)
