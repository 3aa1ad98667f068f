"""Parquet files: one, a glob, a folder, hive partitions, on disk or in an object store."""

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

COUNTED_FILES = 1000  # of more, the rows are not counted for a plan: a footer costs about 0.1 ms


@dataclass(frozen=True)
class Parquet(Source):
    """Parquet files, read lazily: only the columns and row groups that are needed.

    The files of one source may differ: a column that some lack is null there, and numbers are widened. A column whose
    types cannot be brought together fails the scans that use it, with the name of the file.
    """

    kind: ClassVar[str] = "parquet"
    suffixes: ClassVar[tuple[str, ...]] = (".parquet", ".pq")

    path: Text = param(
        "A file, glob, folder or URL (`s3://`, `gs://`, `az://`, `https://`), relative to the file that names it.",
        slot="text",
        from_environment=True,
    )
    storage: Mapping[str, Text] | None = param(
        "Options of the object store, such as `aws_region`, `aws_access_key_id` and `aws_endpoint_url`.",
        slot="secret",
        mapping=True,
        default=None,
    )
    hive: bool | None = param(
        "Whether folders named `key=value` are columns; by default they are when the path has such folders.",
        slot="boolean",
        default=None,
    )

    def schema(self, context: SourceContext) -> dict[str, pl.DataType]:
        """Column names and types: the union over the files."""
        files = self._files(context)
        return dict(self._frame(files, context).collect_schema())

    def scan(self, context: SourceContext, columns: tuple[str, ...], span: Interval) -> pl.LazyFrame:
        """Rows in the span; the time filter is a condition on the raw column, so row groups are pruned."""
        from driftline.sources._rows import rows

        files = self._files(context)
        frame = self._frame(files, context)
        return rows(frame, dict(frame.collect_schema()), context, columns, span)

    def extent(self, context: SourceContext) -> Interval:
        """First and last event time, from the timestamp column alone."""
        import polars as pl

        from driftline.sources._failures import unexplained
        from driftline.sources._rows import first_and_last

        frame = self._frame(self._files(context), context)
        try:
            return first_and_last(frame, dict(frame.collect_schema()), context)
        except (pl.exceptions.PolarsError, OSError) as error:
            raise self.explain(context, error) or unexplained(error, context) from error

    def row_count(self, context: SourceContext) -> int | None:
        """The number of rows in the files' metadata; None where `where` leaves some out."""
        return None if context.where is not None else self._rows(context)

    def footprint(self, context: SourceContext) -> Footprint:
        """Files, bytes, and the rows that the footers count; of very many files and of remote ones, no rows."""
        files = self._files(context)
        return footprint(files, self._rows(context) if 0 < len(files.local) <= COUNTED_FILES else None)

    def _rows(self, context: SourceContext) -> int:
        import polars as pl

        from driftline.sources._failures import unexplained

        try:
            count = self._frame(self._files(context), context).select(pl.len()).collect().item()
        except (pl.exceptions.PolarsError, OSError) as error:
            raise self.explain(context, error) or unexplained(error, context) from error
        return int(count)

    def explain(self, context: SourceContext, error: Exception) -> SourceError | None:
        """The failure of a scan, with the file that caused it; None when every file is sound."""
        from driftline.sources import _parquet

        if isinstance(error, SourceError):
            return error
        try:
            return _parquet.explain(error, self._files(context), context)
        except SourceError as found:  # the files are gone by now, or one of them does not open
            return found

    def files(self, context: SourceContext) -> tuple[SourceFile, ...] | None:
        """The files on disk."""
        return listed(self._files(context), context)

    def file_facts(
        self, context: SourceContext, file: SourceFile, schema: Mapping[str, pl.DataType], now: datetime
    ) -> FileFacts:
        """What one file holds, from its timestamp column."""
        from driftline.sources import _parquet
        from driftline.sources._rows import facts

        one = only(file, self.path, context)
        frame = self._frame(one, context)
        return facts(frame, schema, context, now, lambda error: _parquet.explain(error, one, context))

    def _files(self, context: SourceContext) -> Files:
        return resolve(self.path, context, self.suffixes)

    def _frame(self, files: Files, context: SourceContext) -> pl.LazyFrame:
        from driftline.sources import _parquet

        hive = files.partitioned if self.hive is None else self.hive
        return _parquet.frame(files, context, hive, storage_options(self.storage, context))
