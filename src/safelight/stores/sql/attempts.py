"""Sign-ins that failed, for as long as the throttle asks about them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, delete, insert, or_

from safelight.authentication.audit import Event
from safelight.authentication.throttle import Counted, Subject
from safelight.stores.sql.database import Database
from safelight.stores.sql.instants import from_integer, to_integer
from safelight.stores.sql.journal import write_event
from safelight.stores.sql.tables import attempt

# Both are asked twice for each sign-in.
_WHERE = "FROM attempt WHERE subject = ? AND at > ? AND at < ?"
_FAILURES = f"SELECT at {_WHERE} ORDER BY at DESC LIMIT ?"
_COUNTED = f"SELECT count(*) {_WHERE}"


class SqlAttempts:
    """`authentication.ports.AttemptStore` in SQL: what one worker counts, all see."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def failures(self, subject: Subject, counted: Counted) -> list[datetime]:
        asked = (*_asked(subject, counted), subject.limit)
        return [from_integer(row[0]) for row in self._database.all(_FAILURES, asked)]

    async def fail(
        self, subjects: Iterable[Subject], at: datetime, counted: Counted, event: Event
    ) -> bool:
        """See the port. Of failures that come at once, exactly as many as allowed are written."""
        asked = tuple(subjects)
        rows = [{"subject": subject.key, "at": at} for subject in asked]

        def job(connection: Connection) -> bool:
            if not _have_room(connection, asked, counted):
                return False
            forgotten = or_(attempt.c.at <= counted.after, attempt.c.at >= counted.before)
            connection.execute(delete(attempt).where(forgotten))
            connection.execute(insert(attempt), rows)
            write_event(connection, event)
            return True

        return await self._database.write(job, announced=False)

    async def record(self, event: Event) -> None:
        await self._database.write(
            lambda connection: write_event(connection, event), announced=False
        )

    async def may_pass(self, subjects: Iterable[Subject], counted: Counted) -> bool:
        """See the port. The writer's turn is what orders it among the failures."""
        asked = tuple(subjects)
        return await self._database.write(
            lambda connection: _have_room(connection, asked, counted), announced=False
        )


def _have_room(connection: Connection, subjects: Iterable[Subject], counted: Counted) -> bool:
    return all(
        connection.exec_driver_sql(_COUNTED, _asked(subject, counted)).scalar_one() < subject.limit
        for subject in subjects
    )


def _asked(subject: Subject, counted: Counted) -> tuple[bytes, int, int]:
    return subject.key, to_integer(counted.after), to_integer(counted.before)
