"""`safelight admin prepare`: what a start needs done once, before any worker runs."""

from __future__ import annotations

import asyncio
from datetime import datetime

from safelight.authentication.opaque_token import new_setup_token
from safelight.bootstrap import Stores, open_library
from safelight.cli.opened import with_started_stores
from safelight.cli.options import Config, Data
from safelight.clock import SystemClock, system_entropy
from safelight.config import Settings
from safelight.library.chunks import KEPT
from safelight.realms import realms_of


def prepare(*, data: Data, config: Config = None) -> None:
    """Bring the data folder up to date. While there is no admin, print a one-time set-up token."""
    with_started_stores(data, config, _prepare)


async def _prepare(stores: Stores, settings: Settings) -> None:
    now = SystemClock().now()
    await _sweep(stores, settings, now)
    if await stores.accounts.has_admin():
        return
    token = new_setup_token(system_entropy)
    await stores.accounts.put_setup_token(token.digest(), now)
    print(
        "There is no admin yet. Make one with `safelight admin account add … --admin`, or at\n"
        f"/setup within a day with this one-time token: {token.reveal()}",
        flush=True,
    )


async def _sweep(stores: Stores, settings: Settings, now: datetime) -> None:
    """Remove what is of no more use: sessions that are over, and what a crash left unfinished."""
    stores.staging.sweep(now)
    stores.partials.sweep(now - KEPT)
    purges = [
        stores.sessions.purge(
            realm.name,
            seen_before=now - max(realm.idle, realm.token_idle),
            created_before=now - realm.absolute,
        )
        for realm in realms_of(settings).values()
    ]
    await asyncio.gather(*purges)  # together, they cost one flush of the disk
    if settings.library.s3.url:
        return  # to list a bucket takes longer than a start may
    library = open_library(stores, settings, SystemClock(), system_entropy)
    try:
        await library.librarian.sweep_orphans()
    finally:
        library.darkroom.close()
