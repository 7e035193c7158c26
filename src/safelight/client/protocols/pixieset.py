"""Pixieset's wire, for Studio and for Galleries: cookies, and a CSRF token with every write.

Row numbers (`PX-…`) are those of `docs/protocols/pixieset.md`.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from html.parser import HTMLParser
from typing import Literal
from urllib.parse import unquote

import httpx2
import msgspec

from safelight.client import cookies
from safelight.client.addresses import below
from safelight.client.answers import (
    find_json,
    is_challenge,
    is_error,
    is_success,
    refusal,
    require_own,
    require_told,
    verdict_of,
)
from safelight.client.errors import CaptchaRequired, NotTheService, Unsupported
from safelight.client.grant import Grant, HeldCookie
from safelight.client.wire import Flow
from safelight.errors import (
    CsrfMismatch,
    ExpiredCredential,
    InvalidCredential,
    InvalidFields,
    SafelightError,
)
from safelight.exchange import Command, Ended, LogIn, LogOut, Renew
from safelight.secret import Secret

RealmName = Literal["studio", "galleries"]

SERVICE_URLS: dict[RealmName, str] = {
    "studio": "https://studio.pixieset.com",
    "galleries": "https://galleries.pixieset.com",
}
_LIVENESS: dict[RealmName, str] = {
    "studio": "api/v1/notifications/all",
    "galleries": "api/v1/data/bootstrap",
}
_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_CSRF_COOKIE = "XSRF-TOKEN"
_PAGE_EXPIRED = 419
"""Laravel's status for a CSRF token that is missing or over; no RFC has it."""
_LEADS_ON = frozenset({301, 302, 303, 307, 308})
_JUDGES = frozenset({302, 303})
"""The statuses by which a form's answer leads on, or back to the form."""
_JSON = {"accept": "application/json", "x-requested-with": "XMLHttpRequest"}


class _SignedIn(msgspec.Struct, frozen=True):
    class Data(msgspec.Struct, frozen=True):
        csrf_token: str = ""

    data: Data


class _Inner(msgspec.Struct, frozen=True):
    code: str = ""
    message: str = ""
    details: object = None


class _Refusal(msgspec.Struct, frozen=True):
    """All five shapes that the sources have (PX-58): a word or an object under `error`, a message
    beside it, faults under `details` or `errors`."""

    error: str | _Inner | None = None
    message: str | None = None
    code: str | None = None
    details: object = None
    errors: object = None


class PixiesetWire:
    service: str = "pixieset"
    idle: timedelta = timedelta(minutes=120)
    """That of the framework behind it; the service's own is not known."""

    def __init__(self, url: httpx2.URL, realm: RealmName) -> None:
        self.url = url
        self._realm = realm
        self._recent = cookies.Recent()

    # --- commands -----------------------------------------------------------------------------

    def perform(self, command: Command, grant: Grant | None) -> Flow:
        match command:
            case LogIn():
                return (yield from self._log_in(command))
            case LogOut() if grant is not None:
                return (yield from self._log_out(grant))
            case _:
                raise Unsupported("Pixieset has no such command.")

    def _log_in(self, command: LogIn) -> Flow:
        """The form of the documentation; success is an answer below 400 that sets cookies and does
        not lead back to the form, nor to another origin."""
        form = {"email": command.identifier, "password": command.password.reveal()}
        response = yield httpx2.Request("POST", below(self.url, "login"), data=form, headers=_JSON)
        if is_challenge(response):
            raise CaptchaRequired
        if response.is_client_error:
            require_own(response)
        if response.status_code in (400, 401, 403, 422):
            raise InvalidCredential(self._error_of(response).message)
        if response.is_redirect and _is_form(verdict_of(response, _JUDGES)):
            raise InvalidCredential
        if response.is_error:
            raise self._error_of(response)
        held = cookies.absorb((), response)
        if not held:
            raise NotTheService("The sign-in set no cookie. Check the address.")
        token = _find_token(response, held)
        if token is None and response.is_success:  # anybody's page may set a cookie
            require_own(response)
        return Grant(identifier=command.identifier, cookies=held, csrf_token=token)

    def _log_out(self, grant: Grant) -> Flow:
        """No document names a way out, so a service without this one is simply left: once it is
        plain that the service says so, not what stands in its place."""
        request = httpx2.Request("POST", below(self.url, "logout"), headers=_JSON)
        self.write_credentials(grant, request)
        response = yield request
        if response.status_code in (404, 405):
            request = self.liveness(grant)
            self.write_credentials(grant, request)
            require_told((yield request))
            return Ended()
        if response.is_redirect:
            verdict_of(response, _LEADS_ON)
            return Ended()
        require_own(response)
        if response.is_error:
            raise self._error_of(response)
        return Ended()

    def refresh_csrf(self, grant: Grant) -> Flow:
        """The app's own page has a fresh token in its head, and sets the cookie anew (PX-55)."""
        request = httpx2.Request("GET", below(self.url, ""), headers={"accept": "text/html"})
        self.write_credentials(grant, request)
        response = yield request
        if _leads_to_login(response):
            raise ExpiredCredential
        if not response.is_success:
            raise self._error_of(response)
        held = self._recent.absorb(grant.cookies, response)
        token = _find_token(response, held)
        if token is None:
            raise CsrfMismatch("The service gave no CSRF token.")
        return msgspec.structs.replace(grant, cookies=held, csrf_token=token)

    # --- requests and answers -----------------------------------------------------------------

    def write_credentials(self, grant: Grant, request: httpx2.Request) -> None:
        """The cookies, and with a write the token: in the header of its origin (PX-54)."""
        cookies.write(self._recent.select(grant.cookies, request.url), request)
        if request.method not in _WRITES or grant.csrf_token is None:
            return
        for header in ("x-csrf-token", "x-xsrf-token"):
            request.headers.pop(header, None)
        token = grant.csrf_token.reveal()
        if token == _token_of_cookie(grant.cookies):
            request.headers["x-xsrf-token"] = token
            request.headers["x-requested-with"] = "XMLHttpRequest"
        else:
            request.headers["x-csrf-token"] = token

    def wants_body(self, response: httpx2.Response) -> bool:
        return is_error(response)

    def read_denial(self, response: httpx2.Response) -> SafelightError | None:
        if _leads_to_login(response):
            return ExpiredCredential()
        return self._error_of(response) if is_error(response) else None

    def _error_of(self, response: httpx2.Response) -> SafelightError:
        found = find_json(response, _Refusal) or _Refusal()
        words = _words(found)
        is_csrf = "csrf" in " ".join(words).lower()
        if response.status_code == _PAGE_EXPIRED or (response.status_code == 403 and is_csrf):
            return CsrfMismatch(words[-1] if words else None)
        error = refusal(response, words[-1] if words else "")
        fields = _fields(found)
        return InvalidFields(fields, error.message) if fields else error

    def read_renewal(self, grant: Grant, response: httpx2.Response) -> Grant:
        """New cookies; a new CSRF cookie is also the token to show from now on (PX-28)."""
        held = self._recent.absorb(grant.cookies, response)
        if held is grant.cookies:
            return grant
        before, after = _token_of_cookie(grant.cookies), _token_of_cookie(held)
        token = Secret(after) if after and after != before else grant.csrf_token
        return msgspec.structs.replace(grant, cookies=held, csrf_token=token)

    def renewal(self, grant: Grant) -> Renew | None:
        return None

    def liveness(self, grant: Grant) -> httpx2.Request:
        return httpx2.Request("GET", below(self.url, _LIVENESS[self._realm]), headers=_JSON)


def _leads_to_login(response: httpx2.Response) -> bool:
    """Whether the answer sends the caller to the sign-in form."""
    if is_success(response) or not response.has_redirect_location:
        return False
    try:
        target = response.request.url.join(response.headers["location"])
    except (httpx2.InvalidURL, ValueError, TypeError):
        return False
    return _is_of_one_house(response.request.url.host, target.host) and _is_form(target.path)


def _is_of_one_house(host: str, other: str) -> bool:
    """Whether two hosts are one, or side by side: the sign-in form has a host of its own."""
    parent = host.partition(".")[2]
    return host == other or ("." in parent and other.partition(".")[2] == parent)


def _is_form(path: str) -> bool:
    return path.rstrip("/").endswith("/login")


# --- the CSRF token ---------------------------------------------------------------------------


def _find_token(response: httpx2.Response, held: tuple[HeldCookie, ...]) -> Secret | None:
    """From the body, where it is told in so many words, else the page's head, else the cookie."""
    told = find_json(response, _SignedIn)
    token = told.data.csrf_token if told is not None else _token_of_page(response)
    token = token or _token_of_cookie(held)
    return Secret(token) if token else None


def _token_of_cookie(held: tuple[HeldCookie, ...]) -> str:
    """Of any cookie named `XSRF-TOKEN` or `…-XSRF-TOKEN`, percent-decoded."""
    for cookie in held:
        if cookie.name == _CSRF_COOKIE or cookie.name.endswith(f"-{_CSRF_COOKIE}"):
            return unquote(cookie.value.reveal())
    return ""


def _token_of_page(response: httpx2.Response) -> str:
    if "html" not in response.headers.get("content-type", ""):
        return ""
    reader = _MetaReader()
    with suppress(AssertionError):  # what is no HTML, such as an odd `<![…`: there it ends
        reader.feed(response.text)
    return reader.token


class _MetaReader(HTMLParser):
    """Finds `<meta name="csrf-token" content="…">`."""

    token = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "meta" and found.get("name") == "csrf-token" and not self.token:
            self.token = found.get("content") or ""


# --- refusals ---------------------------------------------------------------------------------


def _words(found: _Refusal) -> list[str]:
    """What the body says, the most telling last."""
    inner = found.error if isinstance(found.error, _Inner) else _Inner()
    word = found.error if isinstance(found.error, str) else ""
    return [each for each in (found.code, inner.code, word, inner.message, found.message) if each]


def _fields(found: _Refusal) -> dict[str, tuple[str, ...]]:
    inner = found.error.details if isinstance(found.error, _Inner) else None
    for each in (found.details, found.errors, inner):
        if isinstance(each, dict):
            return {str(name): _faults(value) for name, value in each.items()}
    return {}


def _faults(value: object) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, list) else (str(value),)
