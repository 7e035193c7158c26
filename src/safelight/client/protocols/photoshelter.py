"""PhotoShelter's wire, v3: an API key with everything, a token or a rolling cookie, organizations.

Row numbers (`PS-…`) are those of `docs/protocols/photoshelter.md`.
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import httpx2
import msgspec

from safelight.client import cookies
from safelight.client.addresses import below
from safelight.client.answers import find_json, is_json, is_success, read_json, refusal, require_own
from safelight.client.errors import SecondFactorRequired, Unsupported
from safelight.client.grant import Grant, OrganizationOffer
from safelight.client.wire import Flow
from safelight.errors import (
    ApiKeyRequired,
    ExpiredCredential,
    InvalidCredential,
    SafelightError,
)
from safelight.exchange import Command, Ended, LogIn, LogOut, Renew, SelectOrganization
from safelight.identity.ids import OrganizationId
from safelight.identity.realm import Carrier
from safelight.secret import Secret

SERVICE_URL = "https://www.photoshelter.com"

_MEMBER = "psapi/v3/mem"
_MODES = {Carrier.COOKIE: "cookie", Carrier.HEADER: "token"}


class _Offer(msgspec.Struct, frozen=True):
    id: str
    name: str = ""


class _SignedIn(msgspec.Struct, frozen=True):
    """`org` is a list by the clients, one object by the documentation (PS-14)."""

    token: str = ""
    org: list[_Offer] | _Offer | None = None
    two_factor: object = None


class _Fault(msgspec.Struct, frozen=True):
    kind: str = msgspec.field(default="", name="class")
    message: str = ""


class _Title(msgspec.Struct, frozen=True):
    id: str = ""
    title: str = ""


class _Envelope(msgspec.Struct, frozen=True):
    """`data` is a list, an object or nothing when there is nothing to say (PS-10)."""

    status: str
    data: msgspec.Raw = msgspec.Raw(b"null")
    error: _Fault | None = None
    errors: list[_Title] = []


class PhotoShelterWire:
    service: str = "photoshelter"
    idle: timedelta = timedelta(minutes=30)
    """Of the cookie, as assumed: the real limit is not known. Tokens are known to live a day."""

    def __init__(self, url: httpx2.URL, api_key: Secret) -> None:
        self.url = url
        self._api_key = api_key
        self._recent = cookies.Recent()
        self._wrote_token = False

    # --- commands -----------------------------------------------------------------------------

    def perform(self, command: Command, grant: Grant | None) -> Flow:
        match command:
            case LogIn():
                return (yield from self._log_in(command))
            case SelectOrganization(organization_id=str(id)) if grant is not None:
                return (yield from self._select(OrganizationId(id), grant))
            case SelectOrganization(organization_id=None):
                raise Unsupported(
                    "PhotoShelter leaves an organization only with a new sign-in: sign out, and in "
                    "again without one."
                )
            case LogOut() if grant is not None:
                return (yield from self._log_out(grant))
            case _:
                raise Unsupported("PhotoShelter has no such command.")

    def _log_in(self, command: LogIn) -> Flow:
        """Token mode is what programs get (PS-65). Everything secret is in the body or a header
        (PS-69)."""
        form = {
            "email": command.identifier,
            "password": command.password.reveal(),
            "mode": _MODES[command.carrier],
        }
        response = yield self._request("POST", "authenticate", form)
        data = self._require_ok(response, signing_in=True)
        # With nothing to say `data` is `[]`, `{}` or `null` (PS-10).
        signed_in = _find(data, _SignedIn) or _SignedIn()
        held = cookies.absorb((), response)
        if not signed_in.token and command.carrier is Carrier.HEADER:
            if signed_in.two_factor:
                raise SecondFactorRequired
            raise refusal(response, "PhotoShelter gave no token.")
        return Grant(
            identifier=command.identifier,
            session_token=Secret(signed_in.token) if signed_in.token else None,
            cookies=held,
            organizations=_offers(signed_in),
        )

    def _select(self, id: OrganizationId, grant: Grant) -> Flow:
        """The token stays as it is; the cookie moves as with every answer."""
        request = self._request("POST", f"organization/{quote(id, safe='')}/authenticate")
        self.write_credentials(grant, request)
        response = yield request
        self._require_ok(response)
        renewed = self.read_renewal(grant, response)
        return msgspec.structs.replace(renewed, organization_id=id)

    def _log_out(self, grant: Grant) -> Flow:
        request = self._request("POST", "authenticate/logout")
        self.write_credentials(grant, request)
        self._require_ok((yield request))
        return Ended()

    def _request(
        self, method: str, path: str, form: dict[str, str] | None = None
    ) -> httpx2.Request:
        headers = {"accept": "application/json", "x-ps-api-key": self._api_key.reveal()}
        return httpx2.Request(
            method, below(self.url, f"{_MEMBER}/{path}"), data=form, headers=headers
        )

    def _require_ok(self, response: httpx2.Response, *, signing_in: bool = False) -> msgspec.Raw:
        """The `data` of a success, which takes a 2xx status and the word `ok` (PS-68)."""
        require_own(response)
        error = self._error_of(response, signing_in=signing_in)
        if error is not None:
            raise error
        return read_json(response, _Envelope).data

    # --- requests and answers -----------------------------------------------------------------

    def write_credentials(self, grant: Grant, request: httpx2.Request) -> None:
        request.headers["x-ps-api-key"] = self._api_key.reveal()
        if grant.session_token is not None:
            self._wrote_token = True
            request.headers["x-ps-auth-token"] = grant.session_token.reveal()
        elif self._wrote_token:  # perhaps with this request, before the mode changed
            request.headers.pop("x-ps-auth-token", None)
        if grant.cookies:
            cookies.write(self._recent.select(grant.cookies, request.url), request)

    def wants_body(self, response: httpx2.Response) -> bool:
        """A refusal may come with status 200: only the body tells (PS-68)."""
        return not is_success(response) or is_json(response)

    def read_denial(self, response: httpx2.Response) -> SafelightError | None:
        return self._error_of(response, signing_in=False)

    def _error_of(self, response: httpx2.Response, *, signing_in: bool) -> SafelightError | None:
        envelope = find_json(response, _Envelope) if self.wants_body(response) else None
        if is_success(response) and (envelope is None or envelope.status == "ok"):
            return None
        if response.is_redirect and not signing_in:
            return None
        kind, message = _fault_of(envelope)
        if "ApiKeyInvalid" in kind:
            return ApiKeyRequired(message or None)
        if kind == "SessionRequiredErr":
            return ExpiredCredential(message or None)
        if signing_in and (kind.startswith("AuthInvalid") or response.status_code == 401):
            return InvalidCredential("The e-mail address or the password is wrong.")
        return refusal(response, message)

    def read_renewal(self, grant: Grant, response: httpx2.Response) -> Grant:
        """In cookie mode, the newest cookie (PS-64); a token stays the same."""
        if grant.session_token is not None:
            return grant
        held = self._recent.absorb(grant.cookies, response)
        return grant if held is grant.cookies else msgspec.structs.replace(grant, cookies=held)

    def renewal(self, grant: Grant) -> Renew | None:
        return None

    def refresh_csrf(self, grant: Grant) -> Flow:
        raise Unsupported("PhotoShelter has no CSRF token.")

    def liveness(self, grant: Grant) -> httpx2.Request:
        return self._request("GET", "user/session")


def _find(data: msgspec.Raw, kind: type[_SignedIn]) -> _SignedIn | None:
    try:
        return msgspec.json.decode(data, type=kind, strict=False)
    except msgspec.DecodeError:
        return None


def _offers(signed_in: _SignedIn) -> tuple[OrganizationOffer, ...]:
    org = signed_in.org
    listed = [] if org is None else [org] if isinstance(org, _Offer) else org
    return tuple(OrganizationOffer(id=OrganizationId(each.id), name=each.name) for each in listed)


def _fault_of(envelope: _Envelope | None) -> tuple[str, str]:
    """The class and the message, from whichever of the two shapes is there (PS-58)."""
    if envelope is None:
        return "", ""
    if envelope.error is not None and (envelope.error.kind or envelope.error.message):
        return envelope.error.kind, envelope.error.message
    first = envelope.errors[0] if envelope.errors else _Title()
    return first.id, first.title
