"""LibrePhotos' wire: an access token of minutes, a refresh token of days.

Row numbers (`LP-…`) are those of `docs/protocols/librephotos.md`.
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import httpx2
import msgspec

from safelight.client import cookies
from safelight.client.addresses import below
from safelight.client.answers import (
    find_json,
    is_error,
    read_json,
    refusal,
    require_own,
    require_told,
)
from safelight.client.errors import Unsupported
from safelight.client.grant import Grant
from safelight.client.tokens import read_claims
from safelight.client.wire import Flow
from safelight.errors import (
    AccountInactive,
    AccountMissing,
    ExpiredCredential,
    InvalidCredential,
    InvalidFields,
    OffsetMismatch,
    SafelightError,
)
from safelight.exchange import Command, Ended, LogIn, LogOut, Renew
from safelight.secret import Secret

_TOKENS = "api/auth/token"
_COOKIE = "jwt"
_COOKIE_PATHS = ("/media/", "/api/upload")
"""Where older servers look at nothing but the cookie."""
_NO_CREDENTIALS = frozenset({400, 401, 403})

_CODES: dict[str, type[SafelightError]] = {
    "token_not_valid": ExpiredCredential,
    "user_not_found": AccountMissing,
    "user_inactive": AccountInactive,
}


class _Pair(msgspec.Struct, frozen=True):
    access: str
    refresh: str


class _Renewed(msgspec.Struct, frozen=True):
    """`refresh` comes where the server rotates it."""

    access: str
    refresh: str = ""


class _Fault(msgspec.Struct, frozen=True):
    field: str = ""
    message: str = ""


class _Refusal(msgspec.Struct, frozen=True):
    """The envelope of today, and the flat form of servers before 2022 (LP-88)."""

    errors: list[_Fault] = []
    detail: str = ""
    code: str = ""
    offset: int | None = None


class LibrePhotosWire:
    service: str = "librephotos"
    idle: timedelta = timedelta(days=7)
    """The life of a refresh token; using it does not prolong it."""

    def __init__(self, url: httpx2.URL) -> None:
        self.url = url

    # --- commands -----------------------------------------------------------------------------

    def perform(self, command: Command, grant: Grant | None) -> Flow:
        match command:
            case LogIn():
                return (yield from self._obtain(command))
            case Renew() if grant is not None:
                return (yield from self._refresh(command, grant))
            case LogOut(refresh_token=Secret() as token) if grant is not None:
                return (yield from self._blacklist(token, grant))
            case _:
                raise Unsupported("LibrePhotos has no such command.")

    def _obtain(self, command: LogIn) -> Flow:
        response = yield self._ask(
            "obtain", username=command.identifier, password=command.password.reveal()
        )
        require_own(response)
        if response.status_code == 401:
            raise InvalidCredential("The username or the password is wrong.")
        if not response.is_success:
            raise self._error_of(response)
        pair = read_json(response, _Pair)
        claims = read_claims(pair.access)
        return Grant(
            identifier=command.identifier,
            user_id=str(claims.user_id),
            access_token=Secret(pair.access),
            refresh_token=Secret(pair.refresh),
            expires_at=claims.expires_at,
        )

    def _refresh(self, command: Renew, grant: Grant) -> Flow:
        """By `exp` alone: `iat` is the refresh token's own (LP-86)."""
        response = yield self._ask("refresh", refresh=command.refresh_token.reveal())
        require_own(response)
        if response.status_code in _NO_CREDENTIALS:
            raise ExpiredCredential
        if not response.is_success:
            raise self._error_of(response)
        renewed = read_json(response, _Renewed)
        return msgspec.structs.replace(
            grant,
            access_token=Secret(renewed.access),
            refresh_token=Secret(renewed.refresh) if renewed.refresh else grant.refresh_token,
            expires_at=read_claims(renewed.access).expires_at,
            rotates=bool(renewed.refresh),
        )

    def _blacklist(self, token: Secret, grant: Grant) -> Flow:
        """Servers before September 2024 have no such path; there the tokens run out. Whether it is
        one of those that says so, its other paths tell."""
        response = yield self._ask("blacklist", refresh=token.reveal())
        if response.status_code == 404:
            request = self.liveness(grant)
            self.write_credentials(grant, request)
            require_told((yield request))
            return Ended()
        require_own(response)
        if not response.is_success:
            raise self._error_of(response)
        return Ended()

    def _ask(self, what: str, **fields: str) -> httpx2.Request:
        headers = {"accept": "application/json"}
        return httpx2.Request(
            "POST", below(self.url, f"{_TOKENS}/{what}/"), json=fields, headers=headers
        )

    # --- requests and answers -----------------------------------------------------------------

    def write_credentials(self, grant: Grant, request: httpx2.Request) -> None:
        assert grant.access_token is not None
        token = grant.access_token.reveal()
        request.headers["authorization"] = f"Bearer {token}"
        if request.url.path.startswith(_COOKIE_PATHS):
            cookies.write([(_COOKIE, token)], request)

    def wants_body(self, response: httpx2.Response) -> bool:
        return is_error(response)

    def read_denial(self, response: httpx2.Response) -> SafelightError | None:
        return self._error_of(response) if is_error(response) else None

    def _error_of(self, response: httpx2.Response) -> SafelightError:
        if response.status_code == 403 and self._means_no_session(response):
            return ExpiredCredential()
        found = find_json(response, _Refusal)
        if response.status_code == 400 and found is not None and found.offset is not None:
            return OffsetMismatch(found.offset)
        faults = _faults_of(found)
        message = faults.get("detail", "")
        kind = _CODES.get(faults.get("code", ""))
        if kind is not None:
            return kind(message or None)
        if response.status_code == 400 and faults and not message:
            return InvalidFields({name: (text,) for name, text in faults.items()})
        return refusal(response, message)

    def _means_no_session(self, response: httpx2.Response) -> bool:
        """Pictures and uploads say 403 for what is 401 elsewhere (LP-60, LP-76)."""
        path = response.request.url.path
        if path.startswith("/media/"):
            return not response.content or "x-media-error" in response.headers
        detail = _faults_of(find_json(response, _Refusal)).get("detail", "")
        return path.startswith("/api/upload") and "credentials" in detail

    def read_renewal(self, grant: Grant, response: httpx2.Response) -> Grant:
        return grant

    def renewal(self, grant: Grant) -> Renew | None:
        token = grant.refresh_token
        return Renew(refresh_token=token) if token is not None else None

    def refresh_csrf(self, grant: Grant) -> Flow:
        raise Unsupported("LibrePhotos has no CSRF token.")

    def liveness(self, grant: Grant) -> httpx2.Request:
        return httpx2.Request("GET", below(self.url, f"api/user/{quote(grant.user_id, safe='')}/"))


def _faults_of(found: _Refusal | None) -> dict[str, str]:
    """The messages by their fields, from either form."""
    if found is None:
        return {}
    flat = {"detail": found.detail, "code": found.code}
    listed = {each.field: each.message for each in found.errors}
    return {name: text for name, text in (flat | listed).items() if text}
