"""The tables of the state store. Instants are kept as naive UTC, which both databases sort and compare alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

SCHEMA_VERSION = 2  # what each brought: migrations.STEPS

metadata = MetaData()
_Serial = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER counts up by itself in SQLite


class Instant(TypeDecorator[datetime]):
    """An aware datetime outside, naive UTC inside."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class Bound(TypeDecorator[datetime]):
    """An end of a span: microseconds since 1970, so that spans sort; an open end lies beyond all of them.

    A column of a key cannot be null, and an open span overlaps every other without a case of its own.
    """

    impl = BigInteger
    cache_ok = True
    _OPEN = 2**62
    _EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

    def __init__(self, side: Literal["start", "end"]) -> None:
        super().__init__()
        self.side = side

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int:
        if value is None:
            return self._OPEN if self.side == "end" else -self._OPEN
        return (value - self._EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        if value is None or abs(value) == self._OPEN:
            return None
        return self._EPOCH + timedelta(microseconds=value)


schema_version = Table("driftline_schema_version", metadata, Column("version", Integer, primary_key=True))

results = Table(
    "driftline_results",
    metadata,
    Column("series", String(32), primary_key=True),
    Column("at", Instant, primary_key=True),  # the window's end, or the as-of where a window has none
    Column("name", Text, nullable=False),  # the series as people read it
    Column("environment", Text, nullable=False),  # "" for none
    Column("monitor", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("model", Text),
    Column("window_start", Instant),
    Column("window_end", Instant),
    Column("status", Text, nullable=False),
    Column("value", Float(53)),
    Column("result", Text, nullable=False),
    Column("judged_at", Instant),  # as of when; null in what version 1 wrote
    Column("first_value", Float(53)),  # what was published first, where the window was judged again
    Column("first_judged_at", Instant),
    Column("state", Text, nullable=False),  # of the series after this verdict: where a replay starts
    Index("driftline_results_by_monitor", "environment", "monitor", "subject", "at"),
)

alert_states = Table(
    "driftline_alert_states",
    metadata,
    Column("series", String(32), primary_key=True),
    Column("identity", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("phase", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("first", Instant),  # the first window that it was judged on; null in what version 1 wrote
    # The root file that judged it last: only that one can say that it is gone.
    Column("owner", Text, nullable=False, server_default=""),
    Index("driftline_alert_states_by_environment", "environment", "phase"),
)

transitions = Table(
    "driftline_transitions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("series", String(32), nullable=False),
    Column("alert", String(32), nullable=False),
    Column("name", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("superseded", Boolean, nullable=False),
    Column("transition", Text, nullable=False),
    Index("driftline_transitions_by_series", "series", "at"),
    Index("driftline_transitions_by_alert", "alert"),
)

outbox = Table(
    "driftline_outbox",
    metadata,
    Column("position", _Serial, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("environment", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("notice", Text, nullable=False),
    Column("status", Text, nullable=False),  # queued | sent | failed | dropped
    Column("created", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("last_error", Text),
    Column("not_before", Instant),
    Column("sent_at", Instant),
    Index("driftline_outbox_by_status", "status", "environment", "channel"),
)

told = Table(
    "driftline_told",
    metadata,
    Column("environment", Text, nullable=False),
    Column("channel", Text, primary_key=True),
    Column("series", String(32), primary_key=True),
    Column("identity", Text, nullable=False),
    Column("alert", String(32), nullable=False),
    Column("state", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Index("driftline_told_by_environment", "environment"),
)

marks = Table(
    "driftline_marks",
    metadata,
    Column("environment", Text, primary_key=True),
    Column("monitor", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("since", Instant),  # the end of the first window that was judged
    Column("known", Instant),  # as of when the windows in between were judged again last
)

resolutions = Table(
    "driftline_resolutions",
    metadata,
    Column("source", Text, primary_key=True),
    Column("column", Text, primary_key=True),
    Column("k", Integer, nullable=False),
)

leases = Table(
    "driftline_leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("expires", Instant, nullable=False),
)

# A row id and an index over the key: to keep the profiles in the key's own tree would double size and time of writing.
panes = Table(
    "driftline_panes",
    metadata,
    Column("what", String(40), primary_key=True),
    Column("start", Bound("start"), primary_key=True),
    Column("end", Bound("end"), primary_key=True),
    Column("contents", String(40), primary_key=True),
    Column("source", Text, nullable=False),
    Column("token", Text),  # the identity of the files that a whole data set was read from
    Column("rows", BigInteger, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("checksum", BigInteger, nullable=False),  # CRC-32 of the data: its own form does not tell every damage
    Column("data", LargeBinary, nullable=False),  # last: what stands before it is read without it
    Index("driftline_panes_by_source", "source", "start", "end", "bytes"),
)

files = Table(
    "driftline_files",
    metadata,
    Column("source", Text, primary_key=True),
    Column("file", Text, primary_key=True),
    Column("token", Text, nullable=False),
    Column("first", Instant),
    Column("last", Instant),
    Column("rows", BigInteger, nullable=False),
    Column("without_time", BigInteger, nullable=False),
)
