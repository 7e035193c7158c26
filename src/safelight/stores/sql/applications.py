"""Applications, found by the digests of their API keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, insert, select
from sqlalchemy.exc import IntegrityError

from safelight.authentication.audit import Event
from safelight.errors import AccountMissing
from safelight.identity.application import Application
from safelight.identity.ids import AccountId, ApplicationId
from safelight.recall import Recall
from safelight.stores.sql.database import Database
from safelight.stores.sql.instants import from_integer
from safelight.stores.sql.journal import write_event
from safelight.stores.sql.tables import application
from safelight.stores.sql.touches import Touches

_FIND = """
SELECT id, name, owner_id, created_at, last_used_at FROM application WHERE key_digest = ?
"""


class SqlApplications:
    """`authentication.ports.ApplicationStore` in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._touches = Touches(database, application.c.last_used_at)
        self._recall: Recall[bytes, Application] = Recall(database.generation.count)

    async def find_by_key(self, digest: bytes) -> Application | None:
        found = self._recall.get(digest) or self._read(digest)
        if found is None:
            return None
        used_at = self._touches.latest(found.id, found.last_used_at)
        return msgspec.structs.replace(found, last_used_at=used_at)

    def _read(self, digest: bytes) -> Application | None:
        count = self._recall.count()
        row = self._database.first(_FIND, (digest,))
        if row is None:
            return None
        found, name, owner_id, created_at, last_used_at = row
        read = Application(
            id=found,
            name=name,
            owner_id=owner_id,
            created_at=from_integer(created_at),
            last_used_at=None if last_used_at is None else from_integer(last_used_at),
        )
        self._recall.keep(digest, read, count)
        return read

    async def list_applications(self, owner_id: AccountId | None) -> list[Application]:
        """See the port. The oldest first."""
        question = select(application).order_by(application.c.created_at, application.c.id)
        if owner_id is not None:
            question = question.where(application.c.owner_id == owner_id)
        return [_read_application(row) for row in self._database.rows(question)]

    async def add(self, new: Application, key_digest: bytes, event: Event) -> None:
        """Raises AccountMissing when the owner has been removed meanwhile."""

        def job(connection: Connection) -> None:
            try:
                _insert_application(connection, new, key_digest)
            except IntegrityError:
                raise AccountMissing from None
            write_event(connection, event)

        await self._database.write(job)

    async def remove(self, id: ApplicationId, event: Event) -> bool:
        """False, and nothing is written down, when it is not there."""

        def job(connection: Connection) -> bool:
            removed = connection.execute(delete(application).where(application.c.id == id))
            if removed.rowcount == 0:
                return False
            write_event(connection, event)
            return True

        return await self._database.write(job)

    async def touch(self, id: ApplicationId, at: datetime) -> None:
        """Returns at once; the use is written down soon, or lost."""
        self._touches.add(id, at)

    async def settle(self) -> None:
        """Write down the uses that are not yet."""
        await self._touches.settle()


def _insert_application(connection: Connection, new: Application, key_digest: bytes) -> None:
    connection.execute(
        insert(application).values(
            id=new.id,
            key_digest=key_digest,
            name=new.name,
            owner_id=new.owner_id,
            created_at=new.created_at,
            last_used_at=new.last_used_at,
        )
    )


def _read_application(row: Row[Any]) -> Application:
    return Application(
        id=row.id,
        name=row.name,
        owner_id=row.owner_id,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
    )
