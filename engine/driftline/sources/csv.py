"""CSV files: one, a glob or a folder, plain or compressed, on disk or in an object store."""

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

    from driftline.sources._csv import Reading

TYPE_NAMES = ("text", "integer", "number", "boolean", "date", "datetime")


@dataclass(frozen=True)
class Csv(Source):
    """CSV files with a header line, read lazily. Columns are matched by name; one that a file lacks is null there.

    Types are inferred from the first 10,000 rows of up to 100 files; `types` says them where that is not enough. The
    timestamp is read as ISO 8601, with or without an offset, unless `timestamp_format` says otherwise: a date such as
    01/02/2024 is refused rather than guessed.
    """

    kind: ClassVar[str] = "csv"
    suffixes: ClassVar[tuple[str, ...]] = (".csv", ".csv.gz", ".csv.zst")

    path: Text = param(
        "A file, glob, folder or URL (`s3://`, `gs://`, `az://`, `https://`), relative to the file that names it.",
        slot="text",
        from_environment=True,
    )
    separator: str = param("The character between two fields; `\\t` is a tab.", default=",")
    quote: str | None = param("The character around a field that holds a separator.", slot="text", default='"')
    null_values: tuple[str, ...] = param(
        "Texts that mean a missing value, besides nothing at all.", many=True, default=()
    )
    encoding: str = param(
        "How the bytes are read; `utf8-lossy` puts a replacement character for what is not UTF-8.",
        choices=("utf8", "utf8-lossy"),
        default="utf8",
    )
    types: Mapping[str, str] | None = param(
        "Types of columns, by name, where the inferred ones are wrong.",
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
        """Column names and the types that the first rows imply; a timestamp without an offset is shown as naive."""
        from driftline.sources import _csv

        return _csv.schema(self._files(context), context, self._reading(context))

    def scan(self, context: SourceContext, columns: tuple[str, ...], span: Interval) -> pl.LazyFrame:
        """Rows in the span; only the columns that are needed are parsed."""
        from driftline.sources import _csv
        from driftline.sources._rows import rows

        frame = _csv.frame(self._files(context), context, self._reading(context))
        return rows(frame, dict(frame.collect_schema()), context, columns, span)

    def extent(self, context: SourceContext) -> Interval:
        """First and last event time, by one pass over the timestamp column."""
        import polars as pl

        from driftline.sources import _csv
        from driftline.sources._failures import unexplained
        from driftline.sources._rows import first_and_last

        frame = _csv.frame(self._files(context), context, self._reading(context))
        try:
            return first_and_last(frame, dict(frame.collect_schema()), context)
        except (pl.exceptions.PolarsError, OSError) as error:
            raise self.explain(context, error) or unexplained(error, context) from error

    def row_count(self, context: SourceContext) -> int | None:
        """None: a CSV file does not say how many rows it has."""
        return None

    def footprint(self, context: SourceContext) -> Footprint:
        """Files and bytes."""
        return footprint(self._files(context))

    def explain(self, context: SourceContext, error: Exception) -> SourceError | None:
        """The failure of a scan, with the file that caused it; None when every file is sound."""
        from driftline.sources import _csv

        if isinstance(error, SourceError):
            return error
        try:
            return _csv.explain(error, self._files(context), context, self._reading(context))
        except SourceError as found:
            return found

    def files(self, context: SourceContext) -> tuple[SourceFile, ...] | None:
        """The files on disk."""
        return listed(self._files(context), context)

    def file_facts(
        self, context: SourceContext, file: SourceFile, schema: Mapping[str, pl.DataType], now: datetime
    ) -> FileFacts:
        """What one file holds, from its timestamp column."""
        from driftline.sources import _csv
        from driftline.sources._rows import facts

        one, reading = only(file, self.path, context), self._reading(context)
        frame = _csv.part(one, context, reading, schema)
        return facts(frame, schema, context, now, lambda error: _csv.explain(error, one, context, reading))

    def _files(self, context: SourceContext) -> Files:
        return resolve(self.path, context, self.suffixes)

    def _reading(self, context: SourceContext) -> Reading:
        from driftline.sources._csv import Reading

        return Reading(
            separator="\t" if self.separator == "\\t" else self.separator,
            quote=self.quote or None,
            null_values=self.null_values,
            lossy=self.encoding == "utf8-lossy",
            types=self.types or {},
            timestamp_format=self.timestamp_format,
            storage=storage_options(self.storage, context),
        )
