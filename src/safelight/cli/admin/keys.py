"""`safelight admin keys`: the server's secrets."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from safelight.authentication.audit import Event, What
from safelight.bootstrap import Stores
from safelight.cli.opened import with_stores
from safelight.cli.options import Config, Data, Yes
from safelight.cli.output import confirm
from safelight.clock import SystemClock
from safelight.config import Settings

_DROPS = (
    "Drop the old keys at once? Every sealed cookie, signed token, CSRF token and link made with "
    "them is refused from the next request on."
)


def rotate_keys(
    *,
    drop_old: Annotated[
        bool,
        Parameter(negative="", show_default=False, help="Refuse what the old keys made, at once."),
    ] = False,
    yes: Yes = False,
    data: Data,
    config: Config = None,
) -> int:
    """Make a new key. What the older ones made stays good until it expires; with --drop-old it is
    refused at once, which asks, or takes --yes."""
    if drop_old and not confirm(_DROPS, yes=yes):
        return 1

    async def work(stores: Stores, settings: Settings) -> None:
        now = SystemClock().now()
        stores.keys.rotate(now, drop_old=drop_old)
        # The commit, too, makes running servers forget what they recognised by the old keys.
        old = "dropped" if drop_old else "kept"
        event = Event(what=What.KEYS_ROTATED, at=now, detail={"old": old})
        await stores.journal.record(event, announced=True)

    with_stores(data, config, work)
    print("Made a new key." + (" The old ones are gone." if drop_old else ""))
    return 0
