"""Sign-ins that failed, for as long as the throttle asks about them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, delete, insert

from safelight.authentication.audit import Event
from safelight.authentication.throttle import Subject
from safelight.stores.sql.database import Database
from safelight.stores.sql.instants import from_integer, to_integer
from safelight.stores.sql.journal import write_event
from safelight.stores.sql.tables import attempt

# Asked four times for each sign-in.
_FAILURES = "SELECT at FROM attempt WHERE subject = ? AND at > ? ORDER BY at DESC LIMIT ?"


class SqlAttempts:
    """`authentication.ports.AttemptStore` in SQL: what one worker counts, all see."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def failures(self, subject: Subject, since: datetime) -> list[datetime]:
        asked = (subject.key, to_integer(since), subject.limit)
        return [from_integer(row[0]) for row in self._database.all(_FAILURES, asked)]

    async def fail(
        self, subjects: Iterable[Subject], at: datetime, forget_before: datetime, event: Event
    ) -> None:
        """See the port. What lies before `forget_before` is deleted, whoever's it is."""
        rows = [{"subject": subject.key, "at": at} for subject in subjects]

        def job(connection: Connection) -> None:
            connection.execute(delete(attempt).where(attempt.c.at < forget_before))
            connection.execute(insert(attempt), rows)
            write_event(connection, event)

        await self._database.write(job, announced=False)
