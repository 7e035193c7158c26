"""What a request presents, by where it goes: headers for the API, the cookie for pictures. Pure.

The cookie is ambient, so it is good for media and uploads only, never for the JSON API (LP-49).
"""

from __future__ import annotations

import base64
import binascii

from safelight.errors import MalformedCredential
from safelight.exchange import (
    NOTHING_PRESENTED,
    AccessToken,
    Credential,
    Password,
    Presented,
)
from safelight.identity.realm import Carrier
from safelight.secret import Secret
from safelight.server.http import Cookie, Request
from safelight.server.protocols.librephotos.paths import is_media, is_token, is_upload_path

COOKIE = "jwt"

_BEARER = b"Bearer"
_BASIC = b"basic"


def read_credentials(request: Request, origins: frozenset[str]) -> Presented:
    """The header's credential, then the cookie's; nothing at all for the token endpoints (LP-14).

    A picture that a page of a strange site embeds is asked for without the cookie. Raises
    MalformedCredential or ConflictingCredentials.
    """
    path = request.path
    if is_token(path):
        return NOTHING_PRESENTED
    with_cookie = is_media(path) or is_upload_path(path)
    header = _read_authorization(request, any_case=with_cookie)
    found: list[Credential] = [] if header is None else [header]
    if with_cookie and not _is_embedded_by_stranger(request, origins):
        found.extend(read_own(request))
    return Presented(credentials=tuple(found)) if found else NOTHING_PRESENTED


def read_own(request: Request) -> tuple[Credential, ...]:
    token = request.cookie(COOKIE)
    return (AccessToken(carrier=Carrier.COOKIE, secret=Secret(token)),) if token else ()


def write_cookie(token: Secret, request: Request, origins: frozenset[str]) -> Cookie:
    """`jwt`, for as long as the browser is open. For pages of another site it is a third-party
    cookie, which browsers return over HTTPS only, and only if it says so."""
    is_third_party = request.is_secure and _is_cross_site(request, origins)
    return Cookie(
        name=COOKIE,
        value=token.reveal(),
        secure=request.is_secure,
        same_site="None" if is_third_party else "Lax",
    )


def expire_cookie(request: Request, origins: frozenset[str]) -> Cookie:
    is_third_party = request.is_secure and _is_cross_site(request, origins)
    return Cookie(
        name=COOKIE,
        value="",
        secure=request.is_secure,
        same_site="None" if is_third_party else "Lax",
        max_age=0,
    )


def is_from_listed_page(request: Request, origins: frozenset[str]) -> bool:
    """Whether `Origin`, or `Referer` for an image that has none, names a listed origin."""
    origin = request.header(b"origin")
    if origin is None:
        origin = "/".join((request.header(b"referer") or "").split("/", 3)[:3])
    return origin in origins


def _is_embedded_by_stranger(request: Request, origins: frozenset[str]) -> bool:
    if request.headers.get(b"sec-fetch-site") != b"cross-site":
        return False
    return not is_from_listed_page(request, origins)


def _is_cross_site(request: Request, origins: frozenset[str]) -> bool:
    """Whether a page of a listed origin on another site asks, as far as can be told."""
    origin = request.header(b"origin")
    if origin is None or origin not in origins:
        return False
    site = request.headers.get(b"sec-fetch-site")
    if site is not None:
        return site == b"cross-site"
    host = origin.partition("://")[2]
    return host.partition(":")[0] != request.host.partition(":")[0]


def _read_authorization(request: Request, *, any_case: bool) -> Credential | None:
    value = request.sole_header(b"authorization")
    if value is None:
        return None
    parts = value.encode("latin-1").split()
    if not parts:
        return None
    scheme = parts[0]
    if scheme == _BEARER or (any_case and scheme.lower() == _BEARER.lower()):
        return _read_bearer(parts)
    if scheme.lower() == _BASIC:
        return _read_basic(parts)
    return None


def _read_bearer(parts: list[bytes]) -> AccessToken:
    if len(parts) != 2:
        raise MalformedCredential("Authorization header must contain two space-delimited values")
    return AccessToken(carrier=Carrier.BEARER, secret=Secret(parts[1].decode("latin-1")))


def _read_basic(parts: list[bytes]) -> Password:
    """UTF-8, else Latin-1; the password begins after the first colon (LP-46)."""
    if len(parts) == 1:
        raise MalformedCredential("Invalid basic header. No credentials provided.")
    if len(parts) > 2:
        raise MalformedCredential(
            "Invalid basic header. Credentials string should not contain spaces."
        )
    try:
        raw = base64.b64decode(parts[1], validate=True)
    except (binascii.Error, ValueError):
        raise _not_base64() from None
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    username, colon, password = text.partition(":")
    if not colon:
        raise _not_base64()
    return Password(identifier=username, secret=Secret(password))


def _not_base64() -> MalformedCredential:
    return MalformedCredential("Invalid basic header. Credentials not correctly base64 encoded.")
