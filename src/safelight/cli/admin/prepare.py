"""`safelight admin prepare`: what a start needs done once, before any worker runs."""

from __future__ import annotations

from safelight.authentication.opaque_token import new_setup_token
from safelight.bootstrap import Stores
from safelight.cli.opened import with_new_stores
from safelight.cli.options import Config, Data
from safelight.clock import SystemClock, system_entropy
from safelight.config import Settings


def prepare(*, data: Data, config: Config = None) -> None:
    """Bring the data folder up to date. While there is no admin, print a one-time set-up token."""
    with_new_stores(data, config, _prepare)


async def _prepare(stores: Stores, settings: Settings) -> None:
    now = SystemClock().now()
    stores.staging.sweep(now)
    stores.keys.keys()
    if await stores.accounts.has_admin():
        return
    token = new_setup_token(system_entropy)
    await stores.accounts.put_setup_token(token.digest(), now)
    print(
        "There is no admin yet. Make one with `safelight admin account add … --admin`, or at\n"
        f"/setup within a day with this one-time token: {token.reveal()}",
        flush=True,
    )
