"""Delta Lake tables: a folder or an address in an object store, as they are now or as they were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from driftline.config.document import Secret, Text
from driftline.errors import SourceError
from driftline.model import Interval
from driftline.parameters import param
from driftline.sources.base import FileFacts, Source, SourceContext, SourceFile

if TYPE_CHECKING:
    import polars as pl

    from driftline.sources import _delta


@dataclass(frozen=True)
class Delta(Source):
    """A Delta Lake table, read lazily: only the columns, files and row groups that are needed.

    It is the newest version, unless `version` or `as_of` names an earlier one. The package that reads tables is an
    extra: `pip install 'driftline[delta]'`.
    """

    kind: ClassVar[str] = "delta"
    suffixes: ClassVar[tuple[str, ...]] = (".delta",)

    path: Text = param(
        "The table's folder or URL (`s3://`, `gs://`, `az://`), relative to the file that names it.",
        slot="text",
        from_environment=True,
    )
    version: int | None = param("The version of the table to read.", minimum=0, default=None)
    as_of: str | None = param("Read the version that was the newest at this instant.", slot="instant", default=None)
    storage: Mapping[str, Text] | None = param(
        "Options of the object store, such as `aws_region`, `aws_access_key_id` and `aws_endpoint_url`.",
        slot="secret",
        mapping=True,
        default=None,
    )

    def schema(self, context: SourceContext) -> dict[str, pl.DataType]:
        """Column names and types, as the table's log has them."""
        return dict(self._frame(context).collect_schema())

    def scan(self, context: SourceContext, columns: tuple[str, ...], span: Interval) -> pl.LazyFrame:
        """Rows in the span; the time filter is a condition on the raw column, so files and row groups are pruned."""
        from driftline.sources._rows import rows

        frame = self._frame(context)
        return rows(frame, dict(frame.collect_schema()), context, columns, span)

    def extent(self, context: SourceContext) -> Interval:
        """First and last event time, from the timestamp column alone."""
        import polars as pl

        from driftline.sources._failures import unexplained
        from driftline.sources._rows import first_and_last

        frame = self._frame(context)
        try:
            return first_and_last(frame, dict(frame.collect_schema()), context)
        except (pl.exceptions.PolarsError, OSError) as error:
            raise self.explain(context, error) or unexplained(error, context) from error

    def row_count(self, context: SourceContext) -> int | None:
        """The number of rows in the files' metadata; None where `where` leaves some out."""
        import polars as pl

        from driftline.sources._failures import unexplained

        if context.where is not None:
            return None
        try:
            return int(self._frame(context).select(pl.len()).collect().item())
        except (pl.exceptions.PolarsError, OSError) as error:
            raise self.explain(context, error) or unexplained(error, context) from error

    def explain(self, context: SourceContext, error: Exception) -> SourceError | None:
        """The failure of a scan: a file that the log names and that is gone or broken; None for any other."""
        from driftline.sources import _delta

        if isinstance(error, SourceError):
            return error
        try:
            return _delta.explain(error, self._table(context), context)
        except SourceError as found:
            return found

    def files(self, context: SourceContext) -> tuple[SourceFile, ...] | None:
        """The files of the version that is read; those that the log has removed are none of it."""
        from driftline.sources import _delta

        return _delta.listed(self._table(context), context, isinstance(self.path, Secret))

    def file_facts(
        self, context: SourceContext, file: SourceFile, schema: Mapping[str, pl.DataType], now: datetime
    ) -> FileFacts:
        """What one file holds, from its timestamp column and those of `where`."""
        from driftline.sources import _delta
        from driftline.sources._files import only
        from driftline.sources._rows import facts

        one = only(file, self.path, context)
        frame = _delta.part(file, one, context, schema)
        return facts(frame, schema, context, now, lambda error: _delta.file_failure(error, one, context))

    def _table(self, context: SourceContext) -> _delta.Table:
        from driftline.sources import _delta

        return _delta.table(self.path, self.version, self.as_of, self.storage, context)

    def _frame(self, context: SourceContext) -> pl.LazyFrame:
        from driftline.sources import _delta

        return _delta.frame(self._table(context), context)
