"""Safelight's own wire: JSON under `/v1`, a Bearer token, problem details (RFC 9457)."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

import httpx2
import msgspec

from safelight import errors
from safelight.client.addresses import below
from safelight.client.answers import (
    find_json,
    is_error,
    is_page,
    read_json,
    refusal,
    require_own,
)
from safelight.client.errors import Unsupported
from safelight.client.grant import ONLY, Grant, OrganizationOffer
from safelight.client.wire import Flow
from safelight.errors import (
    InvalidCredential,
    InvalidFields,
    SafelightError,
    Throttled,
    Unauthenticated,
)
from safelight.exchange import Command, Ended, LogIn, LogOut, Renew, SelectOrganization
from safelight.identity.ids import OrganizationId
from safelight.secret import Secret


class _Session(msgspec.Struct, frozen=True):
    organization_id: str | None = None


class _SignedIn(msgspec.Struct, frozen=True):
    token: str
    session: _Session


class _Organization(msgspec.Struct, frozen=True):
    id: str
    name: str = ""


class _Organizations(msgspec.Struct, frozen=True):
    items: list[_Organization]


class _Fault(msgspec.Struct, frozen=True):
    field: str = ""
    detail: str = ""


class _Problem(msgspec.Struct, frozen=True):
    code: str = ""
    detail: str = ""
    errors: list[_Fault] = []


class NativeWire:
    service: str = "safelight"
    idle: timedelta = timedelta(days=14)

    def __init__(self, url: httpx2.URL) -> None:
        self.url = url

    # --- commands -----------------------------------------------------------------------------

    def perform(self, command: Command, grant: Grant | None) -> Flow:
        match command:
            case LogIn():
                return (yield from self._log_in(command))
            case SelectOrganization() if grant is not None:
                return (yield from self._select(command.organization_id, grant))
            case LogOut() if grant is not None:
                return (yield from self._log_out(grant))
            case _:
                raise Unsupported("Safelight's own wire has no such command.")

    def _log_in(self, command: LogIn) -> Flow:
        body = {"identifier": command.identifier, "password": command.password.reveal()}
        wanted = command.organization_id
        if wanted is not None and wanted != ONLY:
            body["organization_id"] = wanted
        response = yield httpx2.Request("POST", below(self.url, "v1/sessions"), json=body)
        require_own(response)
        if response.status_code == 401:
            raise InvalidCredential("The name or the password is wrong.")
        if not response.is_success:
            raise self._error_of(response)
        signed_in = read_json(response, _SignedIn)
        bound = signed_in.session.organization_id
        grant = Grant(
            identifier=command.identifier,
            session_token=Secret(signed_in.token),
            organization_id=OrganizationId(bound) if bound else None,
        )
        return (yield from self._list_organizations(grant)) if wanted == ONLY else grant

    def _list_organizations(self, grant: Grant) -> Flow:
        """The first two are enough to know whether there is only one."""
        request = httpx2.Request("GET", below(self.url, "v1/organizations?limit=2"))
        self.write_credentials(grant, request)
        response = yield request
        if not response.is_success:
            raise self._error_of(response)
        offers = tuple(
            OrganizationOffer(id=OrganizationId(each.id), name=each.name)
            for each in read_json(response, _Organizations).items
        )
        return msgspec.structs.replace(grant, organizations=offers)

    def _select(self, id: OrganizationId | None, grant: Grant) -> Flow:
        url = below(self.url, "v1/sessions/current/organization")
        request = httpx2.Request("PUT", url, json={"organization_id": id})
        self.write_credentials(grant, request)
        response = yield request
        require_own(response)
        if not response.is_success:
            raise self._error_of(response)
        return msgspec.structs.replace(grant, organization_id=id)

    def _log_out(self, grant: Grant) -> Flow:
        request = httpx2.Request("DELETE", below(self.url, "v1/sessions/current"))
        self.write_credentials(grant, request)
        response = yield request
        require_own(response)
        if not response.is_success:
            raise self._error_of(response)
        return Ended()

    # --- requests and answers -----------------------------------------------------------------

    def write_credentials(self, grant: Grant, request: httpx2.Request) -> None:
        assert grant.session_token is not None
        request.headers["authorization"] = f"Bearer {grant.session_token.reveal()}"

    def wants_body(self, response: httpx2.Response) -> bool:
        return is_error(response)

    def read_denial(self, response: httpx2.Response) -> SafelightError | None:
        return self._error_of(response) if is_error(response) else None

    def _error_of(self, response: httpx2.Response) -> SafelightError:
        """The server's own error again, by its code."""
        problem = find_json(response, _Problem) or _Problem()
        kind = _KINDS.get(problem.code)
        if kind is InvalidFields:
            return InvalidFields(_fields_of(problem), problem.detail)
        if kind is not None:
            return kind(problem.detail or None)
        if response.status_code == 401 and not is_page(response):
            return Unauthenticated(problem.detail or None)
        return refusal(response, problem.detail)

    def read_renewal(self, grant: Grant, response: httpx2.Response) -> Grant:
        return grant

    def renewal(self, grant: Grant) -> Renew | None:
        return None

    def refresh_csrf(self, grant: Grant) -> Flow:
        raise Unsupported("A Bearer token needs no CSRF token.")

    def liveness(self, grant: Grant) -> httpx2.Request:
        return httpx2.Request("GET", below(self.url, "v1/account"))


def _kinds() -> dict[str, type[SafelightError]]:
    """The errors by their codes, but for those that take more than a message."""
    found = {
        kind.code: kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, SafelightError)
    }
    special = (errors.MethodNotAllowed, errors.OffsetMismatch, Throttled)
    return {code: kind for code, kind in found.items() if kind not in special}


_KINDS = _kinds()


def _fields_of(problem: _Problem) -> dict[str, tuple[str, ...]]:
    fields: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for fault in problem.errors:
        fields[fault.field] += (fault.detail,)
    return dict(fields)
