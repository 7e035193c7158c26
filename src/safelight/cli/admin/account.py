"""`safelight admin account`: people."""

from __future__ import annotations

import getpass
import sys
from typing import Annotated

import msgspec
from cyclopts import Parameter

from safelight.authentication.audit import Event, Notice, What
from safelight.authentication.password import require_acceptable
from safelight.authentication.ports import NewAccount, PasswordRecord
from safelight.bootstrap import Stores, make_hashing, open_library
from safelight.cli.opened import with_new_stores, with_stores
from safelight.cli.options import Config, Data, Json, PasswordStdin, Yes
from safelight.cli.output import confirm, print_json, print_table
from safelight.clock import SystemClock, system_entropy
from safelight.config import Settings
from safelight.errors import InvalidFields, MalformedRequest, NotFound
from safelight.identity.account import (
    Account,
    AccountState,
    read_identifier,
    require_email,
    require_person_name,
    require_username,
)
from safelight.identity.ids import new_account_id
from safelight.secret import Secret

Who = Annotated[str, Parameter(help="An e-mail address or a username.")]
Undoable = Annotated[
    bool,
    Parameter(name="--yes", negative="", show_default=False, help="For scripts: this never asks."),
]
"""What can be undone asks nothing; a script that says `--yes` to every command may say it here."""

_LONGEST_LINE = 4096


class AccountLine(msgspec.Struct, frozen=True, kw_only=True):
    """An account as `--json` prints it."""

    id: str
    username: str
    email: str
    admin: bool


def add_account(
    email: Annotated[str, Parameter(help="The e-mail address.")],
    /,
    *,
    username: Annotated[
        str, Parameter(metavar="NAME", help="Letters, digits, dots, dashes, underscores.")
    ],
    first_name: Annotated[
        str, Parameter(metavar="NAME", show_default=False, help="What pages call the person.")
    ] = "",
    last_name: Annotated[
        str, Parameter(metavar="NAME", show_default=False, help="The family's name.")
    ] = "",
    admin: Annotated[
        bool, Parameter(negative="", show_default=False, help="May administer the server.")
    ] = False,
    password_stdin: PasswordStdin = False,
    json: Json = False,
    data: Data,
    config: Config = None,
) -> None:
    """Add an account, and the data folder if there is none."""
    password = read_password()

    async def work(stores: Stores, settings: Settings) -> Account:
        now = SystemClock().now()
        address, name = require_email(email), require_username(username)
        require_acceptable(password)
        account = NewAccount(
            id=new_account_id(system_entropy),
            email=address,
            username=name,
            first_name=require_person_name("first_name", first_name),
            last_name=require_person_name("last_name", last_name),
            admin=admin,
            created_at=now,
            encoded_password=await _hash(settings, password),
        )
        event = Event(what=What.ACCOUNT_ADDED, at=now, account_id=account.id)
        return await stores.accounts.add(account, event)

    account = with_new_stores(data, config, work)
    if json:
        print_json(_line(account))
    else:
        print(f"Added {account.username} <{account.email}>, {account.id}.")


def list_accounts(*, json: Json = False, data: Data, config: Config = None) -> None:
    """List all accounts."""

    async def work(stores: Stores, settings: Settings) -> list[Account]:
        return await stores.accounts.list_accounts()

    accounts = with_stores(data, config, work)
    if json:
        print_json([_line(each) for each in accounts])
        return
    rows = [
        (each.username, each.email, each.state.value, "admin" if each.admin else "", str(each.id))
        for each in accounts
    ]
    print_table(("Username", "E-mail", "State", "", "Id"), rows, "There are no accounts.")


def suspend_account(
    who: Who, /, *, yes: Undoable = False, data: Data, config: Config = None
) -> None:
    """Refuse an account from its next request on, and end its sessions."""
    _set_state(who, data, config, AccountState.SUSPENDED, What.ACCOUNT_SUSPENDED)
    print(f"Suspended {who}; its sessions are over.")


def resume_account(
    who: Who, /, *, yes: Undoable = False, data: Data, config: Config = None
) -> None:
    """Let a suspended account sign in again."""
    _set_state(who, data, config, AccountState.ACTIVE, What.ACCOUNT_RESUMED)
    print(f"Resumed {who}.")


def delete_account(who: Who, /, *, yes: Yes = False, data: Data, config: Config = None) -> int:
    """Delete an account with all its photos. Asks, or takes --yes."""
    is_last = False

    async def work(stores: Stores, settings: Settings) -> bool:
        nonlocal is_last
        account = await require_account(stores, who)
        is_last = account.admin and not await _has_other_admin(stores, account)
        if is_last:
            print(f"{who} is the last administrator of this server.", file=sys.stderr)
        if not confirm(f"Delete {who} and every photo that the account holds?", yes=yes):
            return False
        library = open_library(stores, settings, SystemClock(), system_entropy)
        try:
            await library.librarian.remove_all_of(account.id)
        finally:
            library.darkroom.close()
        event = Event(what=What.ACCOUNT_DELETED, at=SystemClock().now(), account_id=account.id)
        await stores.accounts.remove(account.id, event)
        return True

    if not with_stores(data, config, work):
        return 1
    print(f"Deleted {who}." + (" There is no administrator any more." if is_last else ""))
    return 0


def set_password(
    who: Who,
    /,
    *,
    password_stdin: PasswordStdin = False,
    data: Data,
    config: Config = None,
) -> None:
    """Set a password, to be changed at the next sign-in. Every session of the account ends."""
    password = read_password()

    async def work(stores: Stores, settings: Settings) -> None:
        account = await require_account(stores, who)
        require_acceptable(password)
        now = SystemClock().now()
        text = "The operator of this server set a new password for your account."
        await stores.accounts.change_password(
            account.id,
            PasswordRecord(
                encoded=await _hash(settings, password), changed_at=now, must_change=True
            ),
            Event(what=What.PASSWORD_CHANGED, at=now, account_id=account.id),
            keep=None,
            notice=Notice(account_id=account.id, kind="password_changed", text=text, at=now),
        )

    with_stores(data, config, work)
    print(f"Set the password of {who}; its sessions are over.")


def read_password() -> Secret:
    """One line of standard input; from a terminal, typed twice and not shown.

    Raises InvalidFields when nothing comes, or both lines differ; MalformedRequest for bytes that
    are no text.
    """
    if sys.stdin.isatty():
        password, again = getpass.getpass("Password: "), getpass.getpass("Once more: ")
        if password != again:
            raise InvalidFields({"password": ("The two are not the same.",)})
        return Secret(password)
    line = sys.stdin.buffer.readline(_LONGEST_LINE)
    if not line:
        rule = "Give it as one line of standard input."
        raise InvalidFields({"password": (rule,)}, f"The password is missing. {rule}")
    try:
        return Secret(line.rstrip(b"\r\n").decode())
    except UnicodeDecodeError:
        raise MalformedRequest("The password is not valid UTF-8.") from None


async def require_account(stores: Stores, who: str) -> Account:
    """Raises NotFound, which names what was looked for."""
    account = await stores.accounts.find_by_identifier(read_identifier(who))
    if account is None:
        raise NotFound(f"There is no account {who}.")
    return account


async def _has_other_admin(stores: Stores, account: Account) -> bool:
    everybody = await stores.accounts.list_accounts()
    return any(
        each.admin and each.state is AccountState.ACTIVE and each.id != account.id
        for each in everybody
    )


def _set_state(who: str, data: Data, config: Config, state: AccountState, what: What) -> None:
    async def work(stores: Stores, settings: Settings) -> None:
        account = await require_account(stores, who)
        event = Event(what=what, at=SystemClock().now(), account_id=account.id)
        await stores.accounts.set_state(account.id, state, event)

    with_stores(data, config, work)


async def _hash(settings: Settings, password: Secret) -> str:
    hashing = make_hashing(settings, system_entropy)
    try:
        return await hashing.hash(password)
    finally:
        hashing.close()


def _line(account: Account) -> AccountLine:
    return AccountLine(
        id=account.id, username=account.username, email=account.email, admin=account.admin
    )
