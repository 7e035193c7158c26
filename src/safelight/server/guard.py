"""Who may come in at all: transport, origin, CSRF, permission. Pure.

The CSRF token is a keyed digest over the session's token, so all of `admit` runs before any store
is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from ipaddress import IPv6Address, ip_address

from safelight.authentication.keys import KeyRing
from safelight.authentication.recognition import Recognition
from safelight.errors import (
    CsrfMismatch,
    ForeignOrigin,
    PasswordChangeRequired,
    PermissionDenied,
    PlainHttpRefused,
    Unauthenticated,
)
from safelight.exchange import Presented, SessionToken
from safelight.identity.permission import Scope
from safelight.identity.principal import Caller, Principal
from safelight.identity.realm import Carrier, Realm
from safelight.secret import Secret
from safelight.server.http import Request
from safelight.server.wire import CommandEndpoint, Endpoint, Forgery, WireProtocol

_WITHIN_PAGES_REACH = frozenset({Carrier.BASIC, Carrier.COOKIE, Carrier.QUERY})
"""What a foreign page can have a browser send: the cookies, the name and password that it once
was given for this server, and any address it likes."""


class Guard:
    def __init__(
        self, *, realms: Mapping[str, Realm], keys: KeyRing, allow_plain_http: bool
    ) -> None:
        self._realms = realms
        self._keys = keys
        self._allow_plain_http = allow_plain_http

    def admit_transport(self, request: Request, endpoint: Endpoint, presented: Presented) -> None:
        """Over plain HTTP nobody but a loopback peer signs in or shows a credential (PS-20)."""
        if request.scheme == "https" or self._allow_plain_http or is_loopback(request.peer):
            return
        if presented.credentials or endpoint.confidential or isinstance(endpoint, CommandEndpoint):
            raise PlainHttpRefused

    def admit(
        self,
        request: Request,
        endpoint: Endpoint,
        protocol: WireProtocol,
        presented: Presented,
        now: datetime,
    ) -> None:
        """Refuse what a browser may have been tricked into.

        A request with an explicit credential is no forgery: no foreign page can add one, unless
        in the address of a link or form. Sign-in forms are guarded too, since they need no
        credential (PX-61). Raises ForeignOrigin or CsrfMismatch.
        """
        guard = endpoint.guard
        if guard is Forgery.SAFE:
            return
        credentials = presented.credentials
        explicit = any(each.carrier not in _WITHIN_PAGES_REACH for each in credentials)
        if guard is Forgery.NAVIGABLE:
            if not explicit and request.headers.get(b"sec-fetch-site") == b"cross-site":
                raise ForeignOrigin
            return
        if guard is Forgery.TOKEN_ONLY:
            if credentials and credentials[0].carrier is Carrier.COOKIE:
                raise ForeignOrigin("A GET that changes something needs a token, not a cookie.")
            return
        if explicit:
            return
        _require_own_origin(request, protocol)
        if guard is Forgery.UNTOKENED:
            return
        for credential in credentials:
            if isinstance(credential, SessionToken):
                self._require_csrf(credential, presented.csrf_token, now)

    def _require_csrf(self, credential: SessionToken, token: Secret | None, now: datetime) -> None:
        life = self._realms[credential.realm].csrf
        if life is None:
            return
        age = self._keys.csrf_age(token, credential.secret, now) if token is not None else None
        if age is None or age >= life:
            raise CsrfMismatch

    def require_own_password(
        self, recognition: Recognition, realm: Realm, endpoint: Endpoint
    ) -> None:
        """Refuse a session that is to change its password first, where it or the wire that it is
        shown on is of a realm that says so. Raises PasswordChangeRequired."""
        session = recognition.session
        if not recognition.must_change or session is None or endpoint.even_before_change:
            return
        if realm.own_password_first or self._realms[session.realm].own_password_first:
            raise PasswordChangeRequired

    def require(self, caller: Caller, needs: Scope) -> Principal:
        """The principal, if it may. Raises Unauthenticated or PermissionDenied."""
        principal = caller.principal
        if principal is None:
            raise Unauthenticated
        if needs not in principal.scopes:
            raise PermissionDenied(scope=needs.value)
        return principal


def _require_own_origin(request: Request, protocol: WireProtocol) -> None:
    """`Origin`, if present, is ours or allowed; else `Sec-Fetch-Site` must not name a stranger."""
    origin = request.header(b"origin")
    if origin is not None:
        if not request.is_own(origin) and origin not in protocol.allowed_origins:
            raise ForeignOrigin
        return
    site = request.headers.get(b"sec-fetch-site")
    if site is not None and site not in (b"same-origin", b"none"):
        raise ForeignOrigin
    referer = request.header(b"referer")
    if site is not None or not referer:
        return
    source = _origin_of(referer)
    if not request.is_own(source) and source not in protocol.allowed_origins:
        raise ForeignOrigin


def _origin_of(url: str) -> str:
    return "/".join(url.split("/", 3)[:3])


def is_loopback(address: str) -> bool:
    """Whether an address is 127.0.0.0/8, also as an IPv6 socket writes it, or ::1; a socket file
    (no address) is local, too."""
    if address in ("", "127.0.0.1"):
        return True
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return (mapped or parsed).is_loopback
