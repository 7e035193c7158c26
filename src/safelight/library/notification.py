"""A notification: one thing that an account should know."""

from __future__ import annotations

from datetime import datetime

import msgspec

from safelight.identity.ids import AccountId, NotificationId


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """`kind` is a stable word: `new_device`, `password_changed`, `token_replayed`."""

    id: NotificationId
    number: int
    account_id: AccountId
    kind: str
    text: str
    created_at: datetime
    read_at: datetime | None
