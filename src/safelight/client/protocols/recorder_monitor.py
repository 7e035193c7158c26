"""The Recorder Monitor's wire: a form, a redirect that is judged, a token in a header and a cookie.

Row numbers (`RM-…`) are those of `docs/protocols/recorder-monitor.md`.
"""

from __future__ import annotations

import base64
from datetime import timedelta
from urllib.parse import quote

import httpx2
import msgspec

from safelight.client import cookies
from safelight.client.addresses import below
from safelight.client.answers import find_json, is_error, refusal, require_own, verdict_of
from safelight.client.errors import NotTheService, Unsupported
from safelight.client.grant import Grant, HeldCookie
from safelight.client.wire import Flow
from safelight.errors import InvalidCredential, SafelightError, WrongPassword
from safelight.exchange import Command, Ended, LogIn, LogOut, Renew
from safelight.secret import Secret

_HEADER = "jsession"
_OLDER_HEADER = "session"
_COOKIE = "JSESSIONID"
_JUDGES = frozenset({303})
"""The status of a redirect that tells right from wrong (RM-1, RM-9)."""


class _User(msgspec.Struct, frozen=True):
    email: str = ""


class _Message(msgspec.Struct, frozen=True):
    message: str = ""


class RecorderMonitorWire:
    """The API is at `api` below the service's address."""

    service: str = "recorder-monitor"
    idle: timedelta = timedelta(minutes=30)

    def __init__(self, url: httpx2.URL) -> None:
        self.url = url

    # --- commands -----------------------------------------------------------------------------

    def perform(self, command: Command, grant: Grant | None) -> Flow:
        match command:
            case LogIn():
                return (yield from self._log_in(command, grant))
            case LogOut() if grant is not None:
                return (yield from self._log_out(grant))
            case _:
                raise Unsupported("The Recorder Monitor has no such command.")

    def _log_in(self, command: LogIn, before: Grant | None) -> Flow:
        """Right and wrong are both a 303 within the origin (RM-2): where it leads tells them apart
        (RM-55). A cookie proves nothing, since every first answer sets one."""
        password = base64.b64encode(command.password.reveal().encode()).decode("ascii")
        request = httpx2.Request(
            "POST",
            below(self.url, "api/login"),
            data={"email": command.identifier, "password": password},
            headers={"accept": "application/json"},
        )
        held = before.cookies if before is not None else ()
        cookies.write(cookies.select(held, request.url), request)
        response = yield request
        if not response.is_redirect:
            require_own(response)
            raise self._error_of(response)
        if verdict_of(response, _JUDGES).rstrip("/").endswith("/login"):
            raise InvalidCredential("The e-mail address or the password is wrong.")
        return _grant_of(command.identifier, response, held)

    def _log_out(self, grant: Grant) -> Flow:
        """Leads to the sign-in page when it is done (RM-26)."""
        request = httpx2.Request("GET", below(self.url, "api/logout"))
        self.write_credentials(grant, request)
        response = yield request
        if not response.is_redirect:
            require_own(response)
            raise self._error_of(response)
        if not verdict_of(response, _JUDGES).rstrip("/").endswith("/login"):
            raise refusal(response)
        return Ended()

    # --- requests and answers -----------------------------------------------------------------

    def write_credentials(self, grant: Grant, request: httpx2.Request) -> None:
        """As header and as cookie (RM-57): the book names the one, the code reads the other."""
        assert grant.session_token is not None
        token = grant.session_token.reveal()
        request.headers[_HEADER] = token
        cookies.write([(_COOKIE, token)], request)

    def wants_body(self, response: httpx2.Response) -> bool:
        return is_error(response)

    def read_denial(self, response: httpx2.Response) -> SafelightError | None:
        return self._error_of(response) if is_error(response) else None

    def _error_of(self, response: httpx2.Response) -> SafelightError:
        if response.is_success:  # of a sign-in or sign-out, which are never answered so
            return NotTheService(
                "The sign-in or sign-out was not answered as this service does. Check the address."
            )
        message = (find_json(response, _Message) or _Message()).message
        if "password" in message.lower() and response.request.url.path.endswith("/login/change"):
            # The session is good: it is the current password that is not.
            return WrongPassword(message)
        return refusal(response, message)

    def read_renewal(self, grant: Grant, response: httpx2.Response) -> Grant:
        """A token lasts as long as its session (RM-22)."""
        return grant

    def renewal(self, grant: Grant) -> Renew | None:
        return None

    def refresh_csrf(self, grant: Grant) -> Flow:
        raise Unsupported("The Recorder Monitor has no CSRF token.")

    def liveness(self, grant: Grant) -> httpx2.Request:
        user = quote(grant.user_id or grant.identifier, safe="@")
        return httpx2.Request("GET", below(self.url, f"api/users/{user}"))


def _grant_of(identifier: str, response: httpx2.Response, held: tuple[HeldCookie, ...]) -> Grant:
    """The token of the header, else of the cookie, which may be the one from before (RM-56)."""
    held = cookies.absorb(held, response)
    cookie = cookies.find(held, _COOKIE)
    token = response.headers.get(_HEADER) or response.headers.get(_OLDER_HEADER)
    token = token or (cookie.value.reveal() if cookie is not None else "")
    if not token:
        raise NotTheService("The sign-in gave no session token.")
    user = find_json(response, _User) or _User()
    return Grant(
        identifier=identifier, user_id=user.email, session_token=Secret(token), cookies=held
    )
