"""`/v1/account`: the caller's own account."""

from __future__ import annotations

from functools import lru_cache

from safelight.authentication.affairs import CallerView, ChangeNames, ShowCaller
from safelight.exchange import ChangePassword
from safelight.identity.account import Account
from safelight.identity.permission import Scope
from safelight.secret import Secret
from safelight.server.http import Reply, Request, json_reply
from safelight.server.protocols.native import given, taken
from safelight.server.protocols.native.bodies import (
    given_or_none,
    no_content,
    read_credentials_body,
)
from safelight.server.wire import AnyEndpoint, CommandEndpoint, ResourceEndpoint

_SHOW_CALLER = ShowCaller()


def _read_show(request: Request) -> ShowCaller:
    return _SHOW_CALLER


def _write_caller(view: CallerView, request: Request) -> Reply:
    account = view.account
    return json_reply(
        given.Caller(
            id=account.id,
            number=account.number,
            email=account.email,
            username=account.username,
            first_name=account.first_name,
            last_name=account.last_name,
            admin=account.admin,
            created_at=account.created_at,
            session_id=view.session_id,
            organization_id=view.organization_id,
            scopes=names_of(view.scopes),
        )
    )


@lru_cache(maxsize=256)
def names_of(scopes: frozenset[Scope]) -> tuple[str, ...]:
    """In the order of the alphabet. Kept, since most callers have one of a few sets."""
    return tuple(sorted(each.value for each in scopes))


def _read_change(request: Request) -> ChangeNames:
    body = read_credentials_body(request, taken.AccountChange)
    password = given_or_none(body.current_password)
    return ChangeNames(
        first_name=given_or_none(body.first_name),
        last_name=given_or_none(body.last_name),
        email=given_or_none(body.email),
        current_password=None if password is None else Secret(password),
    )


def _write_account(account: Account, request: Request) -> Reply:
    return json_reply(
        given.Account(
            id=account.id,
            number=account.number,
            email=account.email,
            username=account.username,
            first_name=account.first_name,
            last_name=account.last_name,
            admin=account.admin,
            created_at=account.created_at,
        )
    )


def _read_password(request: Request) -> ChangePassword:
    body = read_credentials_body(request, taken.PasswordChange)
    return ChangePassword(current=Secret(body.current), new=Secret(body.new))


ENDPOINTS: tuple[AnyEndpoint, ...] = (
    ResourceEndpoint(
        method="GET",
        path="/v1/account",
        read=_read_show,
        write=_write_caller,
        needs=Scope.ACCOUNT_READ,
        summary="Show the caller's account",
        gives=given.Caller,
    ),
    ResourceEndpoint(
        method="PATCH",
        path="/v1/account",
        confidential=True,
        read=_read_change,
        write=_write_account,
        needs=Scope.ACCOUNT_WRITE,
        summary="Change the caller's names or address",
        takes=taken.AccountChange,
        gives=given.Account,
    ),
    CommandEndpoint(
        method="PUT",
        path="/v1/account/password",
        even_before_change=True,
        read=_read_password,
        write=no_content,
        needs=Scope.ACCOUNT_WRITE,
        summary="Change the password, which ends every other session",
        takes=taken.PasswordChange,
        success=204,
    ),
)
