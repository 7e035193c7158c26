"""Who a request acts as, after verification."""

from __future__ import annotations

from datetime import datetime

import msgspec

from safelight.identity.account import Account
from safelight.identity.application import Application
from safelight.identity.ids import AccountId, OrganizationId, SessionId, TokenId
from safelight.identity.permission import Scope


class Principal(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An account that a credential of this request proved, and what it may do.

    `realm` is where the credential was made (`"photoshelter"`), whatever wire it came over.
    `session_id` is None for Basic and for personal access tokens, which `token_id` names.
    """

    account: Account
    organization_id: OrganizationId | None
    scopes: frozenset[Scope]
    realm: str
    session_id: SessionId | None
    token_id: TokenId | None
    authenticated_at: datetime

    @property
    def account_id(self) -> AccountId:
        return self.account.id


class Caller(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The program and/or the person behind a request; both absent for an anonymous one."""

    application: Application | None = None
    principal: Principal | None = None


ANONYMOUS = Caller()
