"""`safelight admin session`: open sessions."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from safelight.authentication.audit import Event, What
from safelight.authentication.session import Session, is_live
from safelight.bootstrap import Stores
from safelight.cli.admin.account import Who, require_account
from safelight.cli.opened import with_stores
from safelight.cli.options import Config, Data, Json, Yes
from safelight.cli.output import confirm, print_json, print_table
from safelight.clock import SystemClock
from safelight.config import Settings, read_settings
from safelight.errors import ConfigurationError, NotFound
from safelight.identity.ids import SessionId
from safelight.identity.realm import Realm
from safelight.realms import realms_of


def list_sessions(who: Who, /, *, json: Json = False, data: Data, config: Config = None) -> None:
    """List the live sessions of an account."""

    async def work(stores: Stores, settings: Settings) -> list[Session]:
        account = await require_account(stores, who)
        now = SystemClock().now()
        return [
            each
            for each in await stores.sessions.of_account(account.id)
            if is_live(each, account, realms[each.realm], now)
        ]

    realms = realms_of(read_settings(data, config))
    found = with_stores(data, config, work)
    if json:
        print_json([_line(each, realms[each.realm]) for each in found])
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
    id: Annotated[str | None, Parameter(help="The session's id.")] = None,
    /,
    *,
    all: Annotated[
        str | None, Parameter(metavar="WHO", help="End all sessions of this account instead.")
    ] = None,
    yes: Yes = False,
    data: Data,
    config: Config = None,
) -> int:
    """End one session, or with --all every one of an account, from its next request on. All also
    means every token that was made from them; personal access tokens stay. Asks before it ends
    all, or takes --yes."""
    if (id is None) is (all is None):
        raise ConfigurationError("Name a session, or an account with --all.")

    async def work(stores: Stores, settings: Settings) -> int | None:
        now = SystemClock().now()
        if all is not None:
            account = await require_account(stores, all)
            if not confirm(f"End every session of {all}?", yes=yes):
                return None
            event = Event(what=What.SESSIONS_ENDED, at=now, account_id=account.id)
            return await stores.sessions.remove_all_of(account.id, now, event, keep=None)
        event = Event(what=What.SESSION_ENDED, at=now, detail={"session": str(id)})
        if not await stores.sessions.remove(SessionId(str(id)), event):
            raise NotFound(f"There is no session {id}.")
        return 1

    ended = with_stores(data, config, work)
    if ended is None:
        return 1
    print(f"Ended {ended} session{'' if ended == 1 else 's'}.")
    return 0


def _line(session: Session, realm: Realm) -> dict[str, object]:
    """As the native API shows a session."""
    return {
        "id": session.id,
        "protocol": realm.protocol,
        "realm": session.realm,
        "carrier": session.carrier.value,
        "organization_id": session.organization_id,
        "application_id": session.application_id,
        "user_agent": session.user_agent,
        "address": session.address,
        "created_at": session.created_at,
        "last_seen_at": session.last_seen_at,
    }
