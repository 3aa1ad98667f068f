"""Reviews: the plan of the files as they are, against that of the files as they were, on the same data."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from driftline import registry
from driftline.config.document import Document
from driftline.errors import ConfigurationError, UsageError
from driftline.planning import at_one_instant, planned
from driftline.preparing import Prepared, RunOptions, load, opened_store, prepare, prepare_document
from driftline.report.review.values import Against

if TYPE_CHECKING:
    from driftline.report.review.values import Review
    from driftline.report.values import PlanReport


@dataclass(frozen=True)
class Former:
    """The files that are compared with: `root` is read, and what it names is looked for beside `original`."""

    against: Against
    root: Path
    original: Path

    def document(self, options: RunOptions) -> Document:
        """The former document in an environment, its paths leading to the present data.

        Raises UsageError where it cannot be used.
        """
        from driftline.schema.load import load_document

        copies, originals = (Path(os.path.realpath(path)).parent for path in (self.root, self.original))
        kinds = registry.load(options.plugins)
        try:
            found = load_document(self.root, kinds, environment=options.environment, moved=(copies, originals))
        except ConfigurationError as error:
            raise UsageError(self._wrong(error)) from None
        sources = {
            name: replace(source, directory=originals / os.path.relpath(source.directory, copies))
            for name, source in found.sources.items()
        }
        store = found.store.replace(str(copies), str(originals)) if isinstance(found.store, str) else found.store
        return replace(found, root=self.original, sources=sources, store=store)

    def _wrong(self, error: ConfigurationError) -> str:
        errors = [found for found in error.diagnostics if found.is_error]
        first = errors[0]
        folder = f"{self.root.parent}{os.sep}"
        place = f"{str(first.place).removeprefix(folder)}: " if first.place is not None else ""
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        return f"the configuration of {self.against.text} cannot be used: {place}{first.message}{more}"


def reviews(path: Path, options: RunOptions, against: Against) -> tuple[Review, ...]:
    """What changed, in the chosen environment or in each that is declared now or was then."""
    options = at_one_instant(options)
    if not path.is_file():
        load(path)  # says what is wrong with the file that is there now, before anything is looked for in the past
    with _former(path, against) as former:
        return tuple(_reviews(path, options, former))


@contextmanager
def _former(path: Path, against: Against) -> Iterator[Former]:
    from driftline.config.revision import at_revision

    if against.file is None:
        with at_revision(path, against.revision or "") as revision:
            yield Former(replace(against, commit=revision.commit), revision.root, path)
        return
    file = against.file / path.name if against.file.is_dir() else against.file
    if not file.is_file():
        raise UsageError(f"--against-file: there is no file {file}")
    yield Former(against, file, path)


def _reviews(path: Path, options: RunOptions, former: Former) -> Iterator[Review]:
    from driftline.report.review.compare import compare, named

    present, past = _environments(path, options), _environments(former.root, options, then=True)
    shown, kinds = False, registry.load(options.plugins)
    for name in (*present, *(name for name in past if name not in present)):
        chosen = replace(options, environment=name, monitors=())
        after = _planned(prepare(path, chosen, lambda _: None), chosen) if name in present else None
        before: PlanReport | None = None
        if name in past:
            before = _planned(prepare_document(former.document(chosen), chosen, lambda _: None), chosen)
        shown = shown or not options.monitors or named(before, after, options.monitors)
        yield compare(before, after, former.against, kinds, options.monitors)
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
