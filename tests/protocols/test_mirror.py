"""The client's half of each wire against the server's, in process: what one writes the other reads,
and both agree with what the pages show.

What a wire cannot say is left out of the comparison, by `TRIMS` and `SAYS_CARRIER`.
"""

from __future__ import annotations

import re
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.client.flows import play
from tests.protocols.transcripts import Exchange, read_page
from tests.server.requests import a_request

from safelight.client.grant import Grant
from safelight.client.protocols.librephotos import LibrePhotosWire
from safelight.client.protocols.native import NativeWire
from safelight.client.protocols.photoshelter import PhotoShelterWire
from safelight.client.protocols.pixieset import PixiesetWire
from safelight.client.protocols.recorder_monitor import RecorderMonitorWire
from safelight.client.wire import Wire
from safelight.config import read_settings
from safelight.errors import (
    CsrfMismatch,
    ExpiredCredential,
    Forbidden,
    InvalidCredential,
    InvalidFields,
    SafelightError,
)
from safelight.exchange import Command, LogIn, LogOut, Renew, SelectOrganization
from safelight.identity.ids import OrganizationId
from safelight.identity.realm import Carrier
from safelight.realms import realms_of
from safelight.secret import Secret
from safelight.server.http import Request
from safelight.server.protocols import mount_protocols
from safelight.server.wire import CommandEndpoint

ROUTES = mount_protocols(realms_of(read_settings(None, None, {})), read_settings(None, None, {}))
HOST = "https://photos.example"
URL = httpx2.URL(HOST)

WIRES: dict[str, Wire] = {
    "studio": PixiesetWire(httpx2.URL(f"{HOST}/studio"), "studio"),
    "galleries": PixiesetWire(httpx2.URL(f"{HOST}/galleries"), "galleries"),
    "photoshelter": PhotoShelterWire(URL, Secret("AAAAAAAAAAA")),
    "librephotos": LibrePhotosWire(URL),
    "recorder-monitor": RecorderMonitorWire(URL),
    "safelight": NativeWire(URL),
}
CARRIERS: dict[str, tuple[Carrier, ...]] = {
    "studio": (Carrier.COOKIE,),
    "galleries": (Carrier.COOKIE,),
    "photoshelter": (Carrier.HEADER, Carrier.COOKIE),
    "librephotos": (Carrier.BEARER,),
    "recorder-monitor": (Carrier.HEADER,),
    "safelight": (Carrier.BEARER,),
}
TRIMS = frozenset({"librephotos"})
"""What this wire cannot say: blanks around a password, which its sign-in takes off (LP-10a)."""

SAYS_CARRIER = frozenset({"photoshelter", "safelight", "studio", "galleries"})
"""The other wires have one carrier each, whose name differs by side."""

printable = st.characters(blacklist_categories=("Cs", "Cc"))
names = st.text(printable, min_size=1, max_size=60).filter(lambda text: text.strip() == text)
passwords = st.text(printable, min_size=1, max_size=100)


def arrive(request: httpx2.Request) -> Request:
    """A client's request, as the server's front reads it."""
    return a_request(
        request.method,
        request.url.path.rstrip("/"),
        headers=[(name.lower(), value) for name, value in request.headers.raw],
        query=request.url.query,
        body=request.read(),
    )


def read_command(request: httpx2.Request) -> Command:
    arrived = arrive(request)
    endpoint = ROUTES.match(arrived).endpoint
    assert isinstance(endpoint, CommandEndpoint), f"{request.method} {request.url.path}"
    return endpoint.read(arrived)


def asked(wire: Wire, command: Command, grant: Grant | None = None) -> httpx2.Request:
    """The first request of a command."""
    return next(wire.perform(command, grant))


@pytest.mark.parametrize("service", list(WIRES))
@given(identifier=names, password=passwords)
def test_a_sign_in_is_read_as_it_was_meant(service: str, identifier: str, password: str) -> None:
    if service in TRIMS:
        password = password.strip() or "x"
    for carrier in CARRIERS[service]:
        command = LogIn(identifier=identifier, password=Secret(password), carrier=carrier)
        read = read_command(asked(WIRES[service], command))
        assert isinstance(read, LogIn)
        assert read.identifier == identifier
        assert read.password.reveal() == password
        if service in SAYS_CARRIER:
            assert read.carrier is carrier


@pytest.mark.parametrize("service", list(WIRES))
def test_a_sign_out_is_read_as_one(service: str) -> None:
    grant = Grant(session_token=Secret("T"), refresh_token=Secret("R"), access_token=Secret("A"))
    read = read_command(asked(WIRES[service], LogOut(refresh_token=Secret("R")), grant))
    assert isinstance(read, LogOut)
    assert read.refresh_token == (Secret("R") if service == "librephotos" else None)


def test_a_renewal_is_read_as_one() -> None:
    grant = Grant(access_token=Secret("A"), refresh_token=Secret("R"))
    command = Renew(refresh_token=Secret("R.e-f_r"))
    assert read_command(asked(WIRES["librephotos"], command, grant)) == command


@pytest.mark.parametrize("service", ["photoshelter", "safelight"])
def test_the_choice_of_an_organization_is_read_as_one(service: str) -> None:
    grant = Grant(session_token=Secret("T"))
    command = SelectOrganization(organization_id=OrganizationId("O0000a._bcdefghi"))
    assert read_command(asked(WIRES[service], command, grant)) == command


TOKENS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-", min_size=9)


@pytest.mark.parametrize("service", ["photoshelter", "recorder-monitor", "safelight"])
@given(token=TOKENS)
def test_a_token_arrives_as_it_is(service: str, token: str) -> None:
    request = httpx2.Request("GET", f"{HOST}{PATHS[service]}")
    WIRES[service].write_credentials(Grant(session_token=Secret(token)), request)
    arrived = arrive(request)
    presented = ROUTES.match(arrived).protocol.read_credentials(arrived)
    assert [each.secret for each in presented.credentials] == [Secret(token)]
    if service == "photoshelter":
        assert presented.api_key == Secret("AAAAAAAAAAA")


PATHS = {
    "photoshelter": "/psapi/v3/mem/user/session",
    "recorder-monitor": "/api/users/ada@example.com",
    "safelight": "/v1/account",
}


# --- the pages --------------------------------------------------------------------------------

LOG_IN = LogIn(
    identifier="ada@example.com", password=Secret("correct horse battery"), carrier=Carrier.BEARER
)


def exchange(page: str, name: str) -> Exchange:
    return next(each for each in read_page(f"{page}.md") if each.name == name)


def shown(page: str, name: str, wire: Wire) -> httpx2.Response:
    """The answer that a page shows: `{name}` stands for the value `name`, `…` for one more. What
    the page's server calls itself is the address that the client knows it by."""
    message = exchange(page, name).response
    status = next(int(part) for part in message.start.split() if part.isdigit())
    response = httpx2.Response(
        status,
        headers=[
            (key, _fill(value.replace("http://localhost", HOST))) for key, value in message.headers
        ],
        content=_fill(message.body).encode(),
        request=httpx2.Request("GET", wire.url),
    )
    response.read()
    return response


def _fill(text: str) -> str:
    """The page's own text, made whole."""
    text = text.replace('"…": "…"', '"more": 1').replace('"…"', '"x"').replace("…", "x")
    return re.sub(r"\{([a-z_]+)\}", r"\1", text)


SIGN_INS: list[tuple[str, str, str, Any]] = [
    ("librephotos", "obtain", "librephotos", ("access", "refresh")),
    ("recorder-monitor", "log in", "recorder-monitor", "token"),
    ("photoshelter", "sign in for a token", "photoshelter", "token"),
    ("native", "sign in", "safelight", "token"),
    ("pixieset", "sign in", "galleries", None),
]


@pytest.mark.parametrize(("page", "name", "service", "token"), SIGN_INS)
def test_the_pages_answers_to_a_sign_in_are_understood(
    page: str, name: str, service: str, token: Any
) -> None:
    wire = WIRES[service]
    carrier = CARRIERS[service][0]
    command = LogIn(identifier=LOG_IN.identifier, password=LOG_IN.password, carrier=carrier)
    grant, (request,) = play(wire.perform(command, None), shown(page, name, wire))
    assert isinstance(grant, Grant)
    told = exchange(page, name).request.start.split()
    assert (request.method, request.url.path.rstrip("/")) == (told[0], told[1].rstrip("/"))
    if service == "librephotos":
        assert (grant.access_token, grant.refresh_token) == tuple(map(Secret, token))
    elif token is not None:
        assert grant.session_token == Secret(token)
    else:
        assert grant.csrf_token is not None
        assert grant.cookies != ()


REFUSALS: list[tuple[str, str, str, type[SafelightError]]] = [
    ("librephotos", "a refresh token in the wrong place", "librephotos", ExpiredCredential),
    ("librephotos", "the session is over", "librephotos", ExpiredCredential),
    ("photoshelter", "use the token after it", "photoshelter", ExpiredCredential),
    (
        "photoshelter",
        "bind it to one that the user is not in",
        "photoshelter",
        Forbidden,
    ),
    ("native", "a field that is not one's own to set", "safelight", InvalidFields),
    ("pixieset", "ask with the old cookie", "galleries", ExpiredCredential),
    ("pixieset", "leave without the token", "galleries", CsrfMismatch),
    ("pixieset", "add one that is not valid", "studio", InvalidFields),
]


@pytest.mark.parametrize(("page", "name", "service", "kind"), REFUSALS)
def test_the_pages_refusals_are_understood(
    page: str, name: str, service: str, kind: type[SafelightError]
) -> None:
    wire = WIRES[service]
    assert isinstance(wire.read_denial(shown(page, name, wire)), kind)


WRONG: list[tuple[str, str, str]] = [
    ("librephotos", "a wrong password", "librephotos"),
    ("photoshelter", "sign in with a wrong password", "photoshelter"),
    ("pixieset", "sign in with a wrong password", "galleries"),
    ("recorder-monitor", "log in with a wrong password", "recorder-monitor"),
]


@pytest.mark.parametrize(("page", "name", "service"), WRONG)
def test_the_pages_wrong_passwords_are_understood(page: str, name: str, service: str) -> None:
    wire = WIRES[service]
    command = LogIn(identifier="ada", password=Secret("x"), carrier=CARRIERS[service][0])
    with pytest.raises(InvalidCredential):
        play(wire.perform(command, None), shown(page, name, wire))
