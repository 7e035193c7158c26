"""The notifications' statements. `journal.py` is what leaves them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select, update

from safelight.errors import NotFound
from safelight.identity.ids import AccountId, NotificationId
from safelight.library.notification import Notification
from safelight.library.ports import Window
from safelight.stores.sql.listing import newest_first
from safelight.stores.sql.tables import notification


def listed_notifications(account_id: AccountId, window: Window) -> Select[Any]:
    question = select(notification).where(notification.c.account_id == account_id)
    return newest_first(question, notification.c.number, window)


def counted_notifications(account_id: AccountId) -> Select[Any]:
    counted = select(func.count()).select_from(notification)
    return counted.where(notification.c.account_id == account_id)


def mark_notification_read(
    connection: Connection, account_id: AccountId, id: NotificationId, at: datetime
) -> Notification:
    """What was read before keeps its instant."""
    own = (notification.c.id == id, notification.c.account_id == account_id)
    unread = (*own, notification.c.read_at.is_(None))
    connection.execute(update(notification).where(*unread).values(read_at=at))
    row = connection.execute(select(notification).where(*own)).first()
    if row is None:
        raise NotFound
    return read_notification(row)


def read_notification(row: Row[Any]) -> Notification:
    return Notification(
        id=row.id,
        number=row.number,
        account_id=row.account_id,
        kind=row.kind,
        text=row.text,
        created_at=row.created_at,
        read_at=row.read_at,
    )
