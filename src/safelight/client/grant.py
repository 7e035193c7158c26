"""What the client holds after a sign-in, and what it signs in with.

The exchange's `Grant` also knows the account's record, which no wire hands over: here is what a
caller can read from the answers.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from safelight.identity.ids import OrganizationId
from safelight.secret import Secret

ONLY = "only"
"""In the place of an organization's id: the one that there is; an error if there are several."""


Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""One that says its zone: others cannot be compared with it."""


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """What to sign in with."""

    identifier: str
    """An e-mail address or a username, as the service wants it."""
    password: Secret


class HeldCookie(msgspec.Struct, frozen=True, kw_only=True):
    """One cookie (RFC 6265 §5.3). `host_only`: it goes to `domain` alone, to none below it.

    `secure` is also set for every cookie that came over HTTPS, whatever the service said: what
    was told in private is not repeated in public.
    """

    name: str
    value: Secret
    domain: str
    path: str
    host_only: bool
    secure: bool
    expires_at: Moment | None = None


class OrganizationOffer(msgspec.Struct, frozen=True, kw_only=True):
    """An organization that the account may act for."""

    id: OrganizationId
    name: str


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """The only value with cleartext tokens. A wire fills in what it has.

    `identifier` is what was signed in with, `user_id` the account's name on the wire, if it has
    told. `expires_at` is when the access token is over, by this machine's clock; None when that
    is not known. `rotates`: a renewal makes the refresh token useless, and gives another; None
    before the first one, which tells.
    """

    identifier: str = ""
    user_id: str = ""
    session_token: Secret | None = None
    access_token: Secret | None = None
    refresh_token: Secret | None = None
    csrf_token: Secret | None = None
    cookies: tuple[HeldCookie, ...] = ()
    organizations: tuple[OrganizationOffer, ...] = ()
    organization_id: OrganizationId | None = None
    expires_at: Moment | None = None
    rotates: bool | None = None
