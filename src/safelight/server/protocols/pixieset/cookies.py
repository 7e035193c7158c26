"""The three cookies of a sign-in: how they are named, set, renewed and taken back. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote, unquote

import msgspec

from safelight.config import Pixieset as PixiesetSettings
from safelight.errors import ConfigurationError, ConflictingCredentials
from safelight.exchange import Grant
from safelight.secret import Secret
from safelight.server.http import Cookie, Request

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
"""What a cookie's name may be (RFC 6265 §4.1.1)."""


class CookieNames(msgspec.Struct, frozen=True, kw_only=True):
    """`authentication` is set since the protocol has three cookies, and is never read (PX-4)."""

    session: str
    authentication: str
    csrf: str


STUDIO = CookieNames(session="studio_session", authentication="st_ca", csrf="ST-XSRF-TOKEN")
GALLERIES = CookieNames(
    session="gallery_dashboard_session", authentication="gd_ca", csrf="GD-XSRF-TOKEN"
)


def name_cookies(realm: str, own: CookieNames, settings: PixiesetSettings) -> CookieNames:
    """The names that the settings give, else the realm's own. Raises ConfigurationError."""
    names = CookieNames(
        session=settings.session_cookie or own.session,
        authentication=settings.auth_cookie or own.authentication,
        csrf=settings.csrf_cookie or own.csrf,
    )
    listed = [names.session, names.authentication, names.csrf]
    for name in listed:
        if not _TOKEN.fullmatch(name):
            raise ConfigurationError(f"realms.{realm}: {name!r} cannot be a cookie's name.")
    if len(set(listed)) < len(listed):
        raise ConfigurationError(f"realms.{realm}: the three cookies need three names.")
    return names


class SignInCookies:
    """What a realm's sign-in sets. With single sign-on, `sibling` are the names of the other realm,
    which gets the same values: each session is good on both (PX-35)."""

    def __init__(self, own: CookieNames, sibling: CookieNames | None) -> None:
        self._own = own
        self._sibling = sibling

    def read_session(self, request: Request) -> Secret | None:
        """The presented session's token. Raises ConflictingCredentials when one of the realm's
        cookies occurs twice, whichever it is."""
        request.cookie(self._own.csrf)
        request.cookie(self._own.authentication)
        value = request.cookie(self._own.session)
        return Secret(value) if value else None

    def read_csrf(self, request: Request) -> Secret | None:
        value = request.cookie(self._own.csrf)
        return Secret(unquote(value)) if value else None

    def write_grant(self, grant: Grant, request: Request) -> list[Cookie]:
        """Session, authentication and CSRF cookie, none of which outlives the browser (PX-7)."""
        assert grant.session_token is not None
        assert grant.csrf_token is not None
        session, csrf = grant.session_token.reveal(), grant.csrf_token.reveal()

        def of(names: CookieNames) -> list[Cookie]:
            return [
                self._cookie(names.session, session, request),
                # The session's public name: it tells sessions apart, and opens nothing.
                self._cookie(names.authentication, grant.session_id, request),
                self._csrf_cookie(names, csrf, request),
            ]

        return self._for_each(of)

    def write_csrf(self, token: Secret, request: Request) -> list[Cookie]:
        """The CSRF cookie alone, anew (PX-28)."""
        return self._for_each(lambda names: [self._csrf_cookie(names, token.reveal(), request)])

    def expire(self, request: Request) -> list[Cookie]:
        domain = self._domain(request)

        def of(names: CookieNames) -> list[Cookie]:
            return _expired(names, request, domain)

        return self._for_each(of)

    def expire_doubled(self, request: Request) -> list[Cookie]:
        """When a cookie of ours came twice: what takes back each form it can have had.

        That happens when single sign-on is switched while browsers hold cookies, for the host
        before and for the domain after. None when nothing came twice.
        """
        try:
            self.read_session(request)
        except ConflictingCredentials:
            parent = _parent_of(request)
            forms = [_expired(self._own, request, None)]
            if parent is not None:
                forms.append(_expired(self._own, request, parent))
            return [cookie for form in forms for cookie in form]
        return []

    def _for_each(self, of: Callable[[CookieNames], list[Cookie]]) -> list[Cookie]:
        return of(self._own) + (of(self._sibling) if self._sibling is not None else [])

    def _cookie(self, name: str, value: str, request: Request) -> Cookie:
        return Cookie(
            name=name, value=value, secure=request.is_secure, domain=self._domain(request)
        )

    def _csrf_cookie(self, names: CookieNames, token: str, request: Request) -> Cookie:
        """Scripts read it and send it back decoded; the token's `=` shows that it is (PX-9)."""
        return Cookie(
            name=names.csrf,
            value=quote(token, safe=""),
            secure=request.is_secure,
            http_only=False,
            domain=self._domain(request),
        )

    def _domain(self, request: Request) -> str | None:
        """With single sign-on the other host must get the cookies, too."""
        return _parent_of(request) if self._sibling is not None else None


def _parent_of(request: Request) -> str | None:
    """The domain above `studio.DOMAIN`; None when both realms share a host, below prefixes."""
    if request.mount:
        return None
    return request.host.partition(":")[0].partition(".")[2] or None


def _expired(names: CookieNames, request: Request, domain: str | None) -> list[Cookie]:
    return [
        Cookie(
            name=name,
            value="",
            secure=request.is_secure,
            http_only=name != names.csrf,
            max_age=0,
            domain=domain,
        )
        for name in (names.session, names.authentication, names.csrf)
    ]
