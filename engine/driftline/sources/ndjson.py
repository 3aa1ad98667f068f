"""NDJSON files (one JSON object per line): one, a glob or a folder, plain or compressed, on disk or in a store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from driftline.config.document import Text
from driftline.errors import SourceError
from driftline.model import Interval
from driftline.parameters import param
from driftline.sources._files import Files, footprint, listed, only, resolve, storage_options
from driftline.sources.base import FileFacts, Footprint, Source, SourceContext, SourceFile

if TYPE_CHECKING:
    import polars as pl

    from driftline.sources._ndjson import Reading

TYPE_NAMES = ("text", "integer", "number", "boolean", "date", "datetime")


@dataclass(frozen=True)
class Ndjson(Source):
    """Files of one JSON object per line, read lazily. Keys are columns; one that a line lacks is null there.

    Types are inferred from the first 10,000 lines of each file (of more than 100 files, the 50 first and 50 last by
    name; of a URL, the first); `types` says them where that is not enough. Numbers are widened, and a column whose
    values are of several kinds is text. The timestamp is ISO 8601 text, with or without an offset, unless
    `timestamp_format` says otherwise: a number is refused rather than guessed.
    """

    kind: ClassVar[str] = "ndjson"
    suffixes: ClassVar[tuple[str, ...]] = tuple(
        ending + packed for ending in (".ndjson", ".jsonl", ".json") for packed in ("", ".gz", ".zst")
    )

    path: Text = param(
        "A file, glob, folder or URL (`s3://`, `gs://`, `az://`, `https://`), relative to the file that names it.",
        slot="text",
        from_environment=True,
    )
    types: Mapping[str, str] | None = param(
        "Types of columns, by name, where the inferred ones are wrong; also names columns that come late.",
        slot="text",
        mapping=True,
        choices=TYPE_NAMES,
        default=None,
    )
    timestamp_format: str | None = param(
        "How the timestamp and the arrival are written, as strptime has it (`%d/%m/%Y %H:%M`), or as a number since "
        "1970 (`epoch_s`, `epoch_ms`, `epoch_us`); by default ISO 8601.",
        slot="text",
        default=None,
    )
    storage: Mapping[str, Text] | None = param(
        "Options of the object store, such as `aws_region`, `aws_access_key_id` and `aws_endpoint_url`.",
        slot="secret",
        mapping=True,
        default=None,
    )

    def schema(self, context: SourceContext) -> dict[str, pl.DataType]:
        """Column names and the types that the first lines imply; a timestamp without an offset is shown as naive."""
        from driftline.sources import _ndjson

        return _ndjson.schema(self._files(context), context, self._reading(context))

    def scan(self, context: SourceContext, columns: tuple[str, ...], span: Interval) -> pl.LazyFrame:
        """Rows in the span; of a line only the keys that are needed are kept."""
        from driftline.sources import _ndjson
        from driftline.sources._rows import rows

        frame = _ndjson.frame(self._files(context), context, self._reading(context))
        return rows(frame, dict(frame.collect_schema()), context, columns, span)

    def extent(self, context: SourceContext) -> Interval:
        """First and last event time, by one pass over the files."""
        import polars as pl

        from driftline.sources import _ndjson
        from driftline.sources._failures import unexplained
        from driftline.sources._rows import first_and_last

        frame = _ndjson.frame(self._files(context), context, self._reading(context))
        try:
            return first_and_last(frame, dict(frame.collect_schema()), context)
        except (pl.exceptions.PolarsError, OSError) as error:
            raise self.explain(context, error) or unexplained(error, context) from error

    def row_count(self, context: SourceContext) -> int | None:
        """None: the file does not say how many lines it has."""
        return None

    def footprint(self, context: SourceContext) -> Footprint:
        """Files and bytes."""
        return footprint(self._files(context))

    def explain(self, context: SourceContext, error: Exception) -> SourceError | None:
        """The failure of a scan, with the file and line that caused it; None when every file is sound."""
        from driftline.sources import _ndjson

        if isinstance(error, SourceError):
            return error
        try:
            return _ndjson.explain(error, self._files(context), context, self._reading(context))
        except SourceError as found:
            return found

    def files(self, context: SourceContext) -> tuple[SourceFile, ...] | None:
        """The files on disk."""
        return listed(self._files(context), context)

    def file_facts(
        self, context: SourceContext, file: SourceFile, schema: Mapping[str, pl.DataType], now: datetime
    ) -> FileFacts:
        """What one file holds, from its timestamp column."""
        from driftline.sources import _ndjson
        from driftline.sources._rows import facts

        one, reading = only(file, self.path, context), self._reading(context)
        frame = _ndjson.part(one, context, reading, schema)
        if frame is None:
            return FileFacts(None, None, 0)
        return facts(frame, schema, context, now, lambda error: _ndjson.explain(error, one, context, reading))

    def _files(self, context: SourceContext) -> Files:
        return resolve(self.path, context, self.suffixes)

    def _reading(self, context: SourceContext) -> Reading:
        from driftline.sources._ndjson import Reading

        return Reading(self.types or {}, self.timestamp_format, storage_options(self.storage, context))
