"""Last uses, written down in the background: many at once, and no request waits for them.

They are not announced to those who remember what they read, since they would empty all memories
many times a second. So each worker knows the uses that it saw itself, and whoever finds a session
over because it was not used reads it anew.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime

import msgspec
from sqlalchemy import Column, Connection

from safelight.errors import Unavailable
from safelight.recall import Recall
from safelight.stores.sql.database import Database
from safelight.stores.sql.instants import to_integer

_GATHER_SECONDS = 0.1
_log = logging.getLogger("safelight")


class Touches:
    """The touches of one column. Those that come while a write is under way go with the next."""

    def __init__(self, database: Database, column: Column[datetime]) -> None:
        """`column` is an instant in a table whose rows have a text `id`."""
        self._database = database
        # All in one step of SQLite, since between two steps its driver has to win back the
        # interpreter's lock. Never backwards: another worker may have written a later use.
        table, used = column.table.name, column.name
        self._statement = (
            f"UPDATE {table} SET {used} = max(coalesce({used}, value), value)"  # noqa: S608  # ours
            f" FROM json_each(?) AS touched WHERE {table}.id = touched.key"
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

    async def settle(self) -> None:
        """Write down what waits, before the database is closed."""
        if self._flushing is not None:
            self._flushing.cancel()  # what it has handed over is written all the same
        await self._write()

    async def _flush(self) -> None:
        while self._pending:
            await asyncio.sleep(_GATHER_SECONDS)
            await self._write()

    async def _write(self) -> None:
        uses = {touched: to_integer(at) for touched, at in self._pending.items()}
        if not uses:
            return
        self._pending = {}

        def job(connection: Connection) -> None:
            connection.exec_driver_sql(self._statement, (msgspec.json.encode(uses).decode(),))

        try:
            await self._database.write(job, durable=False, announced=False)
        except Unavailable as error:
            _log.warning("touches_lost", extra={"count": len(uses), "reason": error.code})
