"""The outbox: notices from the transaction that decided them until a channel took them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from driftline.model import Notice
from driftline.store.codec import dump_notice, load_notice
from driftline.store.queue import QueuedNotice
from driftline.store.statements import insert_new
from driftline.store.tables import outbox


def put(connection: Connection, notices: Sequence[Notice], created: datetime) -> None:
    """Queue notices; one that is known by its id is not queued again."""
    rows = [
        {
            "id": notice.id,
            "environment": notice.environment or "",
            "channel": notice.channel,
            "notice": dump_notice(notice),
            "status": "queued",
            "created": created,
            "attempts": 0,
        }
        for notice in notices
    ]
    insert_new(connection, outbox, rows, ("id",))


def waiting(connection: Connection, environment: str | None, channel: str | None) -> tuple[QueuedNotice, ...]:
    """What is queued, the oldest first."""
    query = select(outbox).where(outbox.c.status == "queued", outbox.c.environment == (environment or ""))
    if channel is not None:
        query = query.where(outbox.c.channel == channel)
    rows = connection.execute(query.order_by(outbox.c.position))
    return tuple(
        QueuedNotice(load_notice(row.notice), row.created, row.attempts, row.last_error, row.not_before) for row in rows
    )


def settle(connection: Connection, notice_id: str, status: str, **values: Any) -> None:
    """Note the outcome of an attempt."""
    connection.execute(
        update(outbox).where(outbox.c.id == notice_id).values(status=status, attempts=outbox.c.attempts + 1, **values)
    )


def counted(connection: Connection) -> dict[str, int]:
    """How many notices there are of each status."""
    rows = connection.execute(select(outbox.c.status, func.count()).group_by(outbox.c.status))
    return {row[0]: row[1] for row in rows}
