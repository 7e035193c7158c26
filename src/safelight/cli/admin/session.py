"""`safelight admin session`: open sessions."""

from __future__ import annotations

from typing import Annotated

import msgspec
from cyclopts import Parameter

from safelight.authentication.audit import Event, What
from safelight.authentication.session import Session, is_live
from safelight.bootstrap import Stores, realms_of
from safelight.cli.admin.account import Who, require_account
from safelight.cli.opened import with_stores
from safelight.cli.options import Config, Data, Json, Yes
from safelight.cli.output import confirm, print_json, print_table
from safelight.clock import SystemClock
from safelight.config import Settings
from safelight.errors import MalformedRequest, NotFound
from safelight.identity.ids import SessionId


def list_sessions(who: Who, *, data: Data, json: Json = False, config: Config = None) -> None:
    """List the live sessions of an account."""

    async def work(stores: Stores, settings: Settings) -> list[Session]:
        account = await require_account(stores, who)
        realms, now = realms_of(settings), SystemClock().now()
        return [
            each
            for each in await stores.sessions.of_account(account.id)
            if is_live(each, account, realms[each.realm], now)
        ]

    found = with_stores(data, config, work)
    if json:
        print_json([msgspec.to_builtins(each) for each in found])
        return
    rows = [
        (
            str(each.id),
            each.realm,
            each.address,
            f"{each.last_seen_at:%Y-%m-%d %H:%M}",
            each.user_agent,
        )
        for each in found
    ]
    columns = ("Id", "Realm", "Address", "Last seen", "Program")
    print_table(columns, rows, f"{who} has no open session.")


def end_sessions(
    id: str | None = None,
    *,
    data: Data,
    all: Annotated[str | None, Parameter(help="End all sessions of this account instead.")] = None,
    yes: Yes = False,
    config: Config = None,
) -> int:
    """End one session, or with --all EMAIL every one of an account, for the very next request."""
    if (id is None) is (all is None):
        raise MalformedRequest("Name a session, or an account with --all.")
    if all is not None and not confirm(f"End every session of {all}?", yes=yes):
        return 1

    async def work(stores: Stores, settings: Settings) -> int:
        now = SystemClock().now()
        if all is not None:
            account = await require_account(stores, all)
            event = Event(what=What.SESSIONS_ENDED, at=now, account_id=account.id)
            return await stores.sessions.remove_all_of(account.id, now, event, keep=None)
        event = Event(what=What.SESSION_ENDED, at=now, detail={"session": str(id)})
        if not await stores.sessions.remove(SessionId(str(id)), event):
            raise NotFound(f"There is no session {id}.")
        return 1

    ended = with_stores(data, config, work)
    print(f"Ended {ended} session{'' if ended == 1 else 's'}.")
    return 0
