"""The audit table, its log, and the notices that events leave."""

from __future__ import annotations

import logging

import msgspec
from sqlalchemy import Connection, insert, literal, select

from safelight.authentication.audit import Event, Notice, What
from safelight.clock import Entropy
from safelight.identity.ids import new_notification_id
from safelight.stores.sql.database import Database, after_commit
from safelight.stores.sql.instants import Instant
from safelight.stores.sql.tables import account, audit, notification

_log = logging.getLogger("safelight.audit")
_ADD = insert(audit)
_ALARMING = frozenset({What.SIGN_IN_REFUSED, What.TOKEN_REPLAYED})


class SqlJournal:
    """For events that change nothing in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, event: Event, *, announced: bool = False) -> None:
        """`announced` for an event outside the database that makes untrue what workers remember."""
        await self._database.write(
            lambda connection: write_event(connection, event), announced=announced
        )


def write_event(connection: Connection, event: Event) -> None:
    """A row now, and a line in the log once it is committed: the one place where both are made."""
    connection.execute(
        _ADD,
        {
            "at": event.at,
            "event": event.what.value,
            "account_id": event.account_id,
            "realm": event.realm,
            "address": event.address,
            "detail": msgspec.json.encode(event.detail).decode(),
        },
    )
    after_commit(connection, lambda: _log_event(event))


def _log_event(event: Event) -> None:
    level = logging.WARNING if event.what in _ALARMING else logging.INFO
    fields = {
        "account": event.account_id,
        "realm": event.realm,
        "address": event.address,
        "detail": event.detail,
    }
    _log.log(level, event.what.value, extra=fields)


def write_notice(connection: Connection, notice: Notice, entropy: Entropy) -> None:
    """Leave a notification. Nothing is left for an account that is gone."""
    connection.execute(
        insert(notification).from_select(
            ["id", "account_id", "kind", "text", "created_at"],
            select(
                literal(new_notification_id(entropy)),
                account.c.id,
                literal(notice.kind),
                literal(notice.text),
                literal(notice.at, Instant),
            ).where(account.c.id == notice.account_id),
        )
    )
