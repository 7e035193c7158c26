"""Redirects by a service that was taken over, to an origin that collects what it gets.

Real sockets, HTTPS among them: nothing secret arrives there, whatever way the client is led."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import httpx2
import pytest
import trustme

import safelight
from safelight import auth
from safelight.client.errors import UnsafeRedirect
from safelight.client.grant import Grant, HeldCookie
from safelight.client.pacing import Patience
from safelight.secret import Secret

SECRET = "8f14e45fceea167a5a36dedd4bea2543"
STATUSES = (301, 302, 303, 307, 308)


@dataclass
class Origin:
    """A server that answers each path with what stands in `leads`, else with 200, and remembers
    every request. `lines` are all request lines and headers that came, as text."""

    url: str
    leads: dict[str, tuple[int, str]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    plants: ClassVar[str] = "jwt=planted; Path=/"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    origin: Origin

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that does not go on after its handshake is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        origin = self.server.origin
        self.rfile.read(int(self.headers.get("content-length", 0)))
        origin.lines.append(f"{self.requestline}\n{self.headers}")
        status, location = origin.leads.get(self.path, (200, ""))
        self.send_response(status)
        if location:
            self.send_header("location", location)
        self.send_header("set-cookie", origin.plants)
        self.send_header("content-length", "2")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(b"ok")

    do_POST = do_HEAD = do_GET  # noqa: N815 - the standard library's names

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@dataclass
class Origins:
    plain: Origin
    tls: Origin
    evil: Origin
    evil_tls: Origin
    trust: ssl.SSLContext

    def client(self, home: Origin) -> safelight.Client:
        """Somebody signed in at `home` by a header and a cookie."""
        cookie = HeldCookie(
            name="jwt", value=Secret(SECRET), domain="localhost", path="/", host_only=True,
            secure=home.url.startswith("https"),
        )  # fmt: skip
        signed = auth.LibrePhotos(home.url, credentials=("ada", f"password {SECRET}"))
        grant = Grant(access_token=Secret(SECRET), cookies=(cookie,), user_id="1")
        signed.session.holding.begin_with(grant)
        return safelight.Client(
            signed, transport=httpx2.HTTPTransport(verify=self.trust), patience=Patience(tries=1)
        )


@pytest.fixture
def origins(authority: trustme.CA) -> Iterator[Origins]:
    certificate = authority.issue_cert("localhost", "127.0.0.1")
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    servers: list[_Server] = []
    threads: list[threading.Thread] = []

    def serve(scheme: str, host: str) -> Origin:
        server = _Server(("127.0.0.1", 0), _Handler)
        if scheme == "https":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            certificate.configure_cert(context)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        server.origin = Origin(f"{scheme}://{host}:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        servers.append(server)
        threads.append(thread)
        return server.origin

    # The hostile ones are on the same host: cookies know no port, so this is the hard case.
    yield Origins(
        serve("http", "localhost"),
        serve("https", "localhost"),
        serve("http", "localhost"),
        serve("https", "localhost"),
        trust,
    )
    for server, thread in zip(servers, threads, strict=True):
        server.shutdown()
        thread.join()
        server.server_close()


def assert_nothing_reached(*origins: Origin) -> None:
    seen = "\n".join(line for each in origins for line in each.lines).lower()
    assert SECRET not in seen
    for name in ("authorization:", "cookie:", "jsession", "x-csrf-token:", "x-ps-"):
        assert name not in seen


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_another_port_of_the_same_host_gets_nothing(
    origins: Origins, status: int, method: str
) -> None:
    home, evil = origins.plain, origins.evil
    home.leads["/api/photos/"] = (status, f"{evil.url}/trap")
    with origins.client(home) as client:
        assert client.request(method, "/api/photos/").status_code == 200
    assert SECRET in home.lines[0]
    assert len(evil.lines) == 1
    assert_nothing_reached(evil)


@pytest.mark.parametrize("status", STATUSES)
def test_https_never_becomes_http_and_comes_back(origins: Origins, status: int) -> None:
    """From https to http to https would show a request, and let the one in the middle choose."""
    home, evil = origins.tls, origins.evil
    home.leads["/api/photos/"] = (status, f"{evil.url}/middle")
    evil.leads["/middle"] = (status, f"{home.url}/api/photos/")
    with (
        origins.client(home) as client,
        pytest.raises(UnsafeRedirect, match="from HTTPS to http://localhost"),
    ):
        client.get("/api/photos/")
    assert evil.lines == []


@pytest.mark.parametrize("status", STATUSES)
def test_http_to_https_and_back_to_http_is_stopped_at_the_way_back(
    origins: Origins, status: int
) -> None:
    home, evil = origins.plain, origins.evil_tls
    home.leads["/api/photos/"] = (status, f"{evil.url}/middle")
    evil.leads["/middle"] = (status, f"{home.url}/api/back")
    with origins.client(home) as client, pytest.raises(UnsafeRedirect):
        client.get("/api/photos/")
    assert len(home.lines) == 1
    assert len(evil.lines) == 1
    assert_nothing_reached(evil)


@pytest.mark.parametrize("status", STATUSES)
def test_who_was_led_away_comes_back_without_what_was_planted(
    origins: Origins, status: int
) -> None:
    """Home is home again, by the address: it may have its own, and nothing of the other's."""
    home, evil = origins.plain, origins.evil
    home.leads["/api/photos/"] = (status, f"{evil.url}/away")
    evil.leads["/away"] = (status, f"{home.url}/api/back?token=theirs")
    with origins.client(home) as client:
        assert client.get("/api/photos/").status_code == 200
    assert_nothing_reached(evil)
    assert "planted" not in home.lines[-1]


def test_a_name_in_the_address_is_not_sent_anywhere(origins: Origins) -> None:
    home, evil = origins.plain, origins.evil
    place = evil.url.removeprefix("http://")
    for number, location in enumerate((f"http://ada:{SECRET}@{place}/", f"//ada@{place}/")):
        home.leads[f"/api/{number}"] = (302, location)
        with origins.client(home) as client, pytest.raises(UnsafeRedirect):
            client.get(f"/api/{number}")
    assert evil.lines == []


@pytest.mark.parametrize("slashes", ["//", "///", "/\\", "\\\\"])
def test_slashes_before_a_host_lead_there_without_anything_or_stay(
    origins: Origins, slashes: str
) -> None:
    """What one program reads as a path another reads as a host (`//evil`)."""
    home, evil = origins.plain, origins.evil
    home.leads["/api/photos/"] = (302, f"{slashes}{evil.url.removeprefix('http://')}/x")
    with origins.client(home) as client:
        try:
            client.get("/api/photos/")
        except UnsafeRedirect:
            assert evil.lines == []
    assert_nothing_reached(evil)


def test_two_that_send_each_other_the_same_one_come_to_an_end(origins: Origins) -> None:
    home, evil = origins.plain, origins.evil
    home.leads["/api/loop"] = (302, f"{evil.url}/loop")
    evil.leads["/loop"] = (302, f"{home.url}/api/loop")
    with origins.client(home) as client, pytest.raises(UnsafeRedirect, match="without end"):
        client.get("/api/loop")
    assert len(home.lines) + len(evil.lines) == 10
    assert_nothing_reached(evil)


@pytest.mark.parametrize("status", STATUSES)
def test_a_body_goes_to_nobody_else(origins: Origins, status: int) -> None:
    home, evil = origins.plain, origins.evil
    home.leads["/api/albums/"] = (status, f"{evil.url}/trap")
    with origins.client(home) as client:
        try:
            client.post("/api/albums/", json={"title": SECRET})
        except UnsafeRedirect:
            assert evil.lines == []
        else:
            assert status == 303  # followed by reading, as it asks
            assert evil.lines[0].startswith("GET /trap ")
    assert_nothing_reached(evil)


@pytest.mark.parametrize("status", STATUSES)
def test_a_sign_in_that_is_led_away_takes_no_password_along(origins: Origins, status: int) -> None:
    home, evil = origins.plain, origins.evil
    home.leads["/api/auth/token/obtain/"] = (status, f"{evil.url}/trap")
    signed = auth.LibrePhotos(home.url, credentials=("ada", f"password {SECRET}"))
    with (
        safelight.Client(signed, patience=Patience(tries=1)) as client,
        pytest.raises(safelight.SafelightError, match="leads elsewhere"),
    ):
        client.get("/api/photos/")
    assert evil.lines == []


def test_a_certificate_that_nobody_vouches_for_gets_not_a_byte(origins: Origins) -> None:
    """Whoever stands in the way, with a certificate of its own."""
    signed = auth.LibrePhotos(origins.tls.url, credentials=("ada", f"password {SECRET}"))
    with (
        safelight.Client(signed, patience=Patience(tries=1)) as client,
        pytest.raises(safelight.SafelightError, match="cannot be reached"),
    ):
        client.get("/api/photos/")
    assert origins.tls.lines == []
