"""Realms: protection spaces (RFC 9110 §11.5), each with one protocol and one session policy."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum

import msgspec


class Carrier(Enum):
    """Where a credential travels. A cookie is ambient: the browser adds it by itself."""

    COOKIE = "cookie"
    HEADER = "header"
    QUERY = "query"
    BEARER = "bearer"
    BASIC = "basic"


class TokenForm(Enum):
    """How a realm's session tokens look; see `authentication/opaque_token.py`."""

    LONG = "long"
    SHORT = "short"
    HEX = "hex"
    SIGNED = "signed"


class Realm(msgspec.Struct, frozen=True, kw_only=True):
    """`idle` bounds the pause between uses, `absolute` the whole life, both for cookie and header
    sessions; `token_idle` is the idle limit of sessions that do not travel in a cookie.

    `form` is how its tokens look in a cookie, `token_form` elsewhere. SIGNED realms hand out access
    tokens of life `access` and a refresh token of life `refresh`; with `rotate` a refresh token is
    good once, and for `grace` more gives the same successor.

    `also` names the realms whose sessions are good here, too (single sign-on).

    `csrf` is the life of a CSRF token where the wire has one, else None. `seals` says whether the
    session cookie is sealed anew at each response (PhotoShelter). `requires_api_key` likewise.

    With `own_password_first`, a session of an account whose password somebody else chose can do
    nothing but change it.
    """

    name: str
    protocol: str
    idle: timedelta
    absolute: timedelta
    token_idle: timedelta
    form: TokenForm = TokenForm.LONG
    token_form: TokenForm = TokenForm.LONG
    access: timedelta = timedelta(seconds=300)
    refresh: timedelta = timedelta(days=7)
    rotate: bool = False
    grace: timedelta = timedelta(seconds=60)
    csrf: timedelta | None = None
    seals: bool = False
    requires_api_key: bool = False
    own_password_first: bool = False
    also: frozenset[str] = frozenset()

    def form_of(self, carrier: Carrier) -> TokenForm:
        return self.form if carrier is Carrier.COOKIE else self.token_form

    def idle_of(self, carrier: Carrier) -> timedelta:
        return self.idle if carrier is Carrier.COOKIE else self.token_idle
