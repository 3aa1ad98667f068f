"""The files of a configuration as they were, read for the data that are there now."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from driftline import registry
from driftline.config.document import Document
from driftline.config.revision import AGAINST, Option, at_revision
from driftline.errors import ConfigurationError, UsageError
from driftline.preparing import RunOptions
from driftline.report.review.values import Against


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


@contextmanager
def former(path: Path, against: Against, option: Option = AGAINST) -> Iterator[Former]:
    """The files that `against` names; UsageError where there are none. `option` is what asked for them."""
    if against.file is None:
        with at_revision(path, against.revision or "", option) as revision:
            yield Former(replace(against, commit=revision.commit), revision.root, path)
        return
    file = against.file / path.name if against.file.is_dir() else against.file
    if not file.is_file():
        raise UsageError(f"--against-file: there is no file {file}")
    yield Former(against, file, path)
