"""What crosses any wire: commands, credentials, outcomes. Both sides speak only this.

A codec turns bytes into these and these into bytes; the authenticator decides over them.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from safelight.identity.account import Account
from safelight.identity.ids import OrganizationId, SessionId
from safelight.identity.organization import Membership
from safelight.identity.realm import Carrier
from safelight.secret import Secret

# --- what a request presents ----------------------------------------------------------------


class SessionToken(msgspec.Struct, frozen=True, kw_only=True):
    """An opaque token. `realm` is the realm whose carrier it came in. `sealed` tokens (PS-22)
    are a seal over the session's token, which carries its own time of issue."""

    realm: str
    carrier: Carrier
    secret: Secret
    sealed: bool = False


class AccessToken(msgspec.Struct, frozen=True, kw_only=True):
    """A signed token (RFC 7519) of LibrePhotos' wire."""

    carrier: Carrier
    secret: Secret


class PersonalToken(msgspec.Struct, frozen=True, kw_only=True):
    """A personal access token (`sl_pat_…`)."""

    carrier: Carrier
    secret: Secret


class Password(msgspec.Struct, frozen=True, kw_only=True):
    """HTTP Basic: the real password, sent with every request."""

    identifier: str
    secret: Secret
    carrier: Carrier = Carrier.BASIC


Credential = SessionToken | AccessToken | PersonalToken | Password


class Presented(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a request presents, unverified. `credentials` are in order of precedence."""

    credentials: tuple[Credential, ...] = ()
    api_key: Secret | None = None
    csrf_token: Secret | None = None


NOTHING_PRESENTED = Presented()


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """The circumstances of a request that a session remembers."""

    address: str
    user_agent: str


# --- what a request commands ----------------------------------------------------------------


class LogIn(msgspec.Struct, frozen=True, kw_only=True):
    """`carrier` is where the new session's token will travel. With `organization_id` the new
    session is bound to that organization at once (PS-36). `replaces` is the token of the cookie
    that the new session's will overwrite: its session, if it is the same account's, ends (PX-13).
    """

    identifier: str
    password: Secret
    carrier: Carrier
    organization_id: OrganizationId | None = None
    replaces: SessionToken | None = None


class Renew(msgspec.Struct, frozen=True, kw_only=True):
    """An access token against a refresh token (LP-15)."""

    refresh_token: Secret


class SelectOrganization(msgspec.Struct, frozen=True, kw_only=True):
    """Bind the presented session to an organization, or to none."""

    organization_id: OrganizationId | None


class LogOut(msgspec.Struct, frozen=True, kw_only=True):
    """End the presented session, or the one that `refresh_token` belongs to (LP-22).

    Without a session it succeeds when `lenient` (PS-40), else it raises Unauthenticated (RM-27).
    """

    refresh_token: Secret | None = None
    lenient: bool = False


class ChangePassword(msgspec.Struct, frozen=True, kw_only=True):
    current: Secret
    new: Secret


Command = LogIn | Renew | SelectOrganization | LogOut | ChangePassword


# --- what comes of it -----------------------------------------------------------------------


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What a successful command hands over: the only value with cleartext tokens. `created_at` is
    the session's."""

    account: Account
    session_id: SessionId
    carrier: Carrier
    created_at: datetime
    expires_at: datetime
    session_token: Secret | None = None
    access_token: Secret | None = None
    refresh_token: Secret | None = None
    csrf_token: Secret | None = None
    memberships: tuple[Membership, ...] = ()
    organization_id: OrganizationId | None = None


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """The session is over, or there was none."""


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """A password or an organization was changed; no token is handed over."""


Outcome = Grant | Ended | Changed


class Renewal(msgspec.Struct, frozen=True, kw_only=True):
    """What the next answer should carry anew: a sealed cookie, a CSRF token, or nothing. `realm`
    is the session's, which on the native wire may be any."""

    realm: str = ""
    session_token: Secret | None = None
    csrf_token: Secret | None = None
