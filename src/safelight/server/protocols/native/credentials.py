"""The credentials that any protocol of this server hands out, each in the carrier it is made for.

A measured path: each request of the native API passes here, so the other wires are asked only when
a carrier of theirs is there at all.
"""

from __future__ import annotations

import base64
import binascii
from urllib.parse import unquote

from safelight.authentication.opaque_token import PERSONAL_PREFIX
from safelight.errors import ConflictingCredentials, MalformedCredential
from safelight.exchange import AccessToken, Credential, Password, PersonalToken, SessionToken
from safelight.identity.realm import Carrier
from safelight.secret import Secret
from safelight.server.http import Request

_LONGEST = 8192


def read_authorization(header: str, realm: str) -> Credential:
    """What an `Authorization` header holds. Raises MalformedCredential."""
    scheme, _, rest = header.partition(" ")
    rest = rest.strip(" ")
    scheme = scheme.lower()
    if scheme == "bearer":
        return _read_bearer(rest, realm)
    if scheme == "basic":
        return _read_basic(rest)
    raise MalformedCredential("The Authorization header takes Bearer or Basic.")


def _read_bearer(token: str, realm: str) -> Credential:
    """Three parts with dots between are a signed token; ours have no dots, or their own prefix."""
    if not token or " " in token or len(token) > _LONGEST:
        raise MalformedCredential("The Bearer header holds no single token.")
    if token.startswith(PERSONAL_PREFIX):
        return PersonalToken(carrier=Carrier.BEARER, secret=Secret(token))
    if token.count(".") == 2:
        return AccessToken(carrier=Carrier.BEARER, secret=Secret(token))
    return SessionToken(realm=realm, carrier=Carrier.BEARER, secret=Secret(token))


def _read_basic(encoded: str) -> Password:
    try:
        text = base64.b64decode(encoded, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        raise MalformedCredential("The Basic header is not base64 of UTF-8 text.") from None
    identifier, colon, password = text.partition(":")
    if not colon:
        raise MalformedCredential("The Basic header holds no name and password.")
    return Password(identifier=identifier, secret=Secret(password))


def read_csrf(request: Request) -> Secret | None:
    """The CSRF token, in either header that the protocols use. Raises ConflictingCredentials.

    `X-XSRF-TOKEN` may come percent-encoded, as it stands in the cookie.
    """
    plain = request.sole_header(b"x-csrf-token")
    copied = request.sole_header(b"x-xsrf-token")
    if copied is not None and "%" in copied:
        copied = unquote(copied)
    if plain is not None and copied is not None and plain != copied:
        raise ConflictingCredentials("X-CSRF-Token and X-XSRF-TOKEN differ.")
    token = plain if plain is not None else copied
    return None if token is None else Secret(token)


def is_bearer_presented(request: Request) -> bool:
    return request.headers.get(b"authorization", b"")[:7].lower() == b"bearer "
