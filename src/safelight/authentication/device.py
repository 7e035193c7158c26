"""When a sign-in comes from a device that its account has not signed in from before. Pure."""

from __future__ import annotations

import hashlib
from datetime import datetime

from safelight.authentication.audit import Notice
from safelight.exchange import Visit
from safelight.identity.ids import AccountId


def device_of(visit: Visit) -> bytes:
    """What makes two sign-ins the same device: the program that it names itself."""
    agent = visit.user_agent[:512].encode("utf-8", "replace")
    return hashlib.blake2b(agent, digest_size=16).digest()


def new_device_notice(account_id: AccountId, visit: Visit, at: datetime) -> Notice:
    """To be left when the account knows other devices, but not this one."""
    return Notice(
        account_id=account_id,
        kind="new_device",
        text=f"Signed in from a new device: {visit.user_agent[:200] or 'unnamed'}, "
        f"address {visit.address}.",
        at=at,
    )
