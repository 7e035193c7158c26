"""The native wire: Safelight's own JSON API under `/v1`, open to the credentials of every other."""

from __future__ import annotations

from collections.abc import Sequence

from safelight.exchange import AccessToken, Credential, Presented, Renewal
from safelight.identity.realm import Carrier, Realm
from safelight.secret import Secret
from safelight.server.document_pages import swagger_endpoints
from safelight.server.http import SAFE_METHODS, Reply, Request
from safelight.server.protocols.native import (
    accounts,
    customers,
    galleries,
    notifications,
    organizations,
    photos,
    programs,
    sessions,
)
from safelight.server.protocols.native.credentials import read_authorization, read_csrf
from safelight.server.protocols.native.openapi import write_document
from safelight.server.protocols.native.problems import write_problem
from safelight.server.wire import AnyEndpoint, Denial, FixedEndpoint, WireProtocol

_DOCUMENT = "/v1/openapi.json"
_COOKIE = b"cookie"
_OWN_HEADERS = frozenset({b"x-ps-auth-token", b"jsession"})
"""The headers, besides `Cookie` and `Authorization`, that some wire reads a credential from."""


class Native:
    """`wires` are the protocols whose carriers count here."""

    allowed_origins: frozenset[str] = frozenset()

    def __init__(self, realm: Realm, wires: Sequence[WireProtocol]) -> None:
        self.realm = realm
        self._wires = tuple(wires)
        self._by_realm = {wire.realm.name: wire for wire in wires}
        api = (
            *sessions.ENDPOINTS,
            *accounts.ENDPOINTS,
            *organizations.ENDPOINTS,
            *programs.ENDPOINTS,
            *photos.ENDPOINTS,
            *galleries.ENDPOINTS,
            *customers.ENDPOINTS,
            *notifications.ENDPOINTS,
        )
        self.document: bytes = write_document(api)
        self.endpoints: tuple[AnyEndpoint, ...] = (
            *api,
            FixedEndpoint(method="GET", path=_DOCUMENT, reply=self._write_document),
            *swagger_endpoints("/v1/docs", title="Safelight's API", document=_DOCUMENT),
        )

    def read_credentials(self, request: Request) -> Presented:
        """`Authorization` decides, then the wires' own carriers in the order of `wires`."""
        headers = request.headers
        found: list[Credential] = []
        if (authorization := request.sole_header(b"authorization")) is not None:
            found.append(read_authorization(authorization, self.realm.name))
        has_cookie = _COOKIE in headers
        if has_cookie or request.query_string or not _OWN_HEADERS.isdisjoint(headers):
            found.extend(self._read_others(request))
        needs_csrf = has_cookie and request.method not in SAFE_METHODS
        return Presented(
            credentials=tuple(found),
            csrf_token=read_csrf(request) if needs_csrf else None,
        )

    def read_own(self, request: Request) -> tuple[Credential, ...]:
        """None: a Bearer header is everybody's."""
        return ()

    def read_csrf_cookie(self, request: Request) -> Secret | None:
        """That of the wire whose session cookie counts."""
        if _COOKIE not in request.headers:
            return None
        owner = next((wire for wire in self._wires if wire.read_own(request)), None)
        return owner.read_csrf_cookie(request) if owner is not None else None

    def write_denial(self, denial: Denial, request: Request) -> Reply:
        return write_problem(denial, request)

    def write_renewal(self, renewal: Renewal, reply: Reply, request: Request) -> None:
        """Through the wire that the session belongs to: it knows the names of its cookies."""
        owner = self._by_realm.get(renewal.realm)
        if owner is not None:
            owner.write_renewal(renewal, reply, request)

    def _read_others(self, request: Request) -> list[Credential]:
        return [
            credential
            for wire in self._wires
            for credential in wire.read_own(request)
            if not _is_media_cookie(credential)
        ]

    def _write_document(self, request: Request) -> Reply:
        return Reply(body=self.document)


def _is_media_cookie(credential: Credential) -> bool:
    """LibrePhotos' cookie, which is for pictures and uploads, never for a JSON API (LP-5)."""
    return isinstance(credential, AccessToken) and credential.carrier is Carrier.COOKIE
