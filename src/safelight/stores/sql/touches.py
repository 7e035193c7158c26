"""Last uses, written down in the background: many at once, and no request waits for them.

They are not announced to those who remember what they read, since they would empty all memories
many times a second. So each worker knows the uses that it saw itself, and whoever finds a session
over because it was not used reads it anew.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime

from sqlalchemy import Column, Connection, bindparam, func, update

from safelight.errors import Unavailable
from safelight.recall import Recall
from safelight.stores.sql.database import Database
from safelight.stores.sql.instants import Instant

_GATHER_SECONDS = 0.1
_log = logging.getLogger("safelight")


class Touches:
    """The touches of one column. Those that come while a write is under way go with the next."""

    def __init__(self, database: Database, column: Column[datetime]) -> None:
        """`column` is an instant in a table whose rows have a text `id`."""
        table = column.table
        at = bindparam("at", type_=Instant)
        self._database = database
        # Never backwards: another worker may have written a later use.
        self._statement = (
            update(table)
            .where(table.c.id == bindparam("touched"))
            .values({column: func.max(func.coalesce(column, at), at)})
        )
        self._pending: dict[str, datetime] = {}
        self._latest: Recall[str, datetime] = Recall(database.generation.count)
        self._flushing: asyncio.Task[None] | None = None

    def add(self, id: str, at: datetime) -> None:
        """Remember a use. It is written without waiting for the disk, and lost if that fails."""
        earlier = self._pending.get(id)
        self._pending[id] = at if earlier is None else max(earlier, at)
        self._latest.keep(id, self._pending[id], self._latest.count())
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.get_running_loop().create_task(self._flush())

    def latest(self, id: str, known: datetime | None) -> datetime | None:
        """The later one of a use that is `known` and the last one that was added here."""
        added = self._latest.get(id)
        return known if added is None or (known and known >= added) else added

    async def _flush(self) -> None:
        while self._pending:
            await asyncio.sleep(_GATHER_SECONDS)
            rows = [{"touched": touched, "at": at} for touched, at in self._pending.items()]
            self._pending = {}

            def job(connection: Connection, rows: list[dict[str, object]] = rows) -> None:
                connection.execute(self._statement, rows)

            try:
                await self._database.write(job, durable=False, announced=False)
            except Unavailable as error:
                _log.warning("touches_lost", extra={"count": len(rows), "reason": error.code})
