"""The proxies of `docs/howto/behind-*.md`, real ones, with the configuration that stands there."""

import hashlib
import itertools
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx2
import pytest
import trustme
from tests.cli.conftest import QUICK
from tests.docs.blocks import ROOT, blocks_of
from tests.house import PASSWORD
from tests.pictures.samples import picture
from tools.running import Server, admin, free_port, running

DOMAIN = "photos.example"
HOSTS = (DOMAIN, f"studio.{DOMAIN}", f"galleries.{DOMAIN}")
ELSEWHERE = "127.0.0.2"
"""The client's own address, which is not the proxy's."""

SPOOFED = {
    "X-Forwarded-For": "203.0.113.66",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Host": "evil.example",
    "X-Real-IP": "203.0.113.66",
    "Forwarded": "for=203.0.113.66;proto=http;host=evil.example",
}


class Proxy(NamedTuple):
    """A proxy that listens at `port` with TLS, in front of `server`."""

    name: str
    port: int
    context: ssl.SSLContext
    server: Server

    def client(self, host: str = DOMAIN) -> httpx2.Client:
        """One that comes from an address of its own, as a browser far away does."""
        transport = httpx2.HTTPTransport(local_address=ELSEWHERE, verify=self.context)
        client = httpx2.Client(
            transport=transport,
            base_url=f"https://127.0.0.1:{self.port}",
            headers={"host": f"{host}:{self.port}"},
            timeout=30,
        )
        client.event_hooks["request"] = [
            lambda request: request.extensions.update(sni_hostname=host)
        ]
        return client

    def connected(self) -> ssl.SSLSocket:
        plain = socket.create_connection(
            ("127.0.0.1", self.port), timeout=10, source_address=(ELSEWHERE, 0)
        )
        return self.context.wrap_socket(plain, server_hostname=DOMAIN)


def block(page: str, kind: str) -> str:
    (found,) = [each.text for each in blocks_of(ROOT / page) if each.kind == kind]
    return found


def replaced(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text


@contextmanager
def nginx(folder: Path, port: int, server: Server, certificate: Path, key: Path) -> Iterator[None]:
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("nginx is not installed: apt-get install nginx-light")
    text = replaced(
        block("docs/howto/behind-nginx.md", "nginx"),
        ("listen 443 ", f"listen 127.0.0.1:{port} "),
        ("http://127.0.0.1:8000", f"http://127.0.0.1:{server.port}"),
        ("/etc/ssl/photos.example.pem", str(certificate)),
        ("/etc/ssl/photos.example.key", str(key)),
    )
    places = "".join(
        f"{name}_temp_path {folder}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user} daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr;\n"
        f"events {{}}\nhttp {{ access_log off; {places}\n{text}\n}}\n"
    )
    command = [program, "-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf")]
    with process(command, port):
        yield


@contextmanager
def caddy(folder: Path, port: int, server: Server, certificate: Path, key: Path) -> Iterator[None]:
    program = Path(sys.executable).with_name("caddy")
    names = ", ".join(f"https://{host}:{port}" for host in HOSTS)
    text = replaced(
        block("docs/howto/behind-caddy.md", "caddy"),
        (f"{', '.join(HOSTS)} {{", f"{names} {{\n\tbind 127.0.0.1\n\ttls {certificate} {key}"),
        ("127.0.0.1:8000", f"127.0.0.1:{server.port}"),
    )
    (folder / "Caddyfile").write_text(f"{{\n\tadmin off\n\tauto_https off\n}}\n{text}")
    command = [str(program), "run", "--config", str(folder / "Caddyfile")]
    with process(command, port):
        yield


@contextmanager
def process(command: list[str], port: int) -> Iterator[None]:
    """It has a home of its own, since Caddy remembers configurations there."""
    log = Path(command[-1]).with_name("log")
    environment = {"PATH": os.environ["PATH"], "HOME": str(log.parent)}
    with log.open("wb") as out:
        started = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
    try:
        until = time.monotonic() + 20
        while time.monotonic() < until and started.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.05)
        assert started.poll() is None, log.read_text()
        yield
    finally:
        started.terminate()
        started.wait(20)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """With the settings that both pages show."""
    folder = tmp_path_factory.mktemp("behind")
    account = ("account", "add", "ada@example.com", "--username", "ada")
    admin(folder / "data", *account, "--password-stdin", password=PASSWORD)
    settings = block("docs/howto/behind-nginx.md", "toml")
    assert settings == block("docs/howto/behind-caddy.md", "toml")
    (folder / "data" / "safelight.toml").write_text(settings)
    more = QUICK | {"SERVER__ACCESS_LOG": "true", "SERVER__BODY_SECONDS": "2"}
    with running(folder / "data", settings=more, log=folder / "log") as server:
        yield server


@pytest.fixture(scope="module", params=[nginx, caddy], ids=["nginx", "caddy"])
def proxy(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, server: Server
) -> Iterator[Proxy]:
    folder = tmp_path_factory.mktemp("proxy")
    authority = trustme.CA()
    issued = authority.issue_cert(*HOSTS)
    certificate, key = folder / "server.pem", folder / "server.key"
    certificate.write_bytes(b"".join(each.bytes() for each in issued.cert_chain_pems))
    key.write_bytes(issued.private_key_pem.bytes())
    context = ssl.create_default_context()
    authority.configure_trust(context)
    port = free_port()
    with request.param(folder, port, server, certificate, key):
        yield Proxy(request.param.__name__, port, context, server)


def token_of(client: httpx2.Client, **headers: str) -> httpx2.Response:
    asked = {"identifier": "ada", "password": PASSWORD}
    return client.post("/v1/sessions", json=asked, headers=headers)


def answered(server: Server) -> list[str]:
    """The paths of all requests that have reached Safelight."""
    lines = [json.loads(line) for line in server.log.read_text().splitlines() if line[0] == "{"]
    return [line["path"] for line in lines if line["event"] == "answered"]


def test_cookies_are_for_https_alone_and_the_client_s_own_address_is_known(proxy: Proxy) -> None:
    with proxy.client() as client:
        answer = client.post("/studio/login", data={"email": "ada", "password": PASSWORD})
        assert answer.status_code == 200
        assert all("; Secure" in cookie for cookie in answer.headers.get_list("set-cookie"))
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        assert token_of(client).json()["session"]["address"] == ELSEWHERE


@pytest.mark.parametrize("application", ["studio", "galleries"])
def test_pixieset_s_applications_have_hosts_of_their_own(proxy: Proxy, application: str) -> None:
    with proxy.client(f"{application}.{DOMAIN}") as client:
        answer = client.post("/login", data={"email": "ada", "password": PASSWORD})
        assert answer.status_code == 200
        assert client.get("/api/v1/user").json() != {}


def test_a_browser_s_own_form_is_taken_and_a_stranger_s_is_not(proxy: Proxy) -> None:
    form = {"email": "ada", "password": PASSWORD}
    own = f"https://{DOMAIN}:{proxy.port}"
    with proxy.client() as client:
        taken = client.post("/studio/login", data=form, headers={"origin": own})
        refused = client.post(
            "/studio/login", data=form, headers={"origin": "https://evil.example"}
        )
    assert (taken.status_code, refused.status_code) == (200, 403)


def test_what_a_client_says_about_itself_has_no_effect(proxy: Proxy) -> None:
    with proxy.client() as client:
        session = token_of(client, **SPOOFED).json()["session"]
        assert session["address"] == ELSEWHERE
        answer = client.post(
            "/studio/login", data={"email": "ada", "password": PASSWORD}, headers=SPOOFED
        )
        assert all("; Secure" in cookie for cookie in answer.headers.get_list("set-cookie"))
        client.cookies.clear()
        page = client.get("/studio/", headers={**SPOOFED, "accept": "text/html"})
        assert page.status_code in (302, 303)
        assert "evil.example" not in page.headers["location"] + page.text


def test_only_the_proxy_is_believed(server: Server) -> None:
    """A peer that is not in `trusted_proxies` says the same."""
    transport = httpx2.HTTPTransport(local_address=ELSEWHERE)
    with httpx2.Client(transport=transport, base_url=f"http://127.0.0.1:{server.port}") as client:
        spoofed = {**SPOOFED, "X-Forwarded-Proto": "https"}
        assert token_of(client, **spoofed).json()["session"]["address"] == ELSEWHERE
        answer = client.post(
            "/studio/login", data={"email": "ada", "password": PASSWORD}, headers=spoofed
        )
        assert all("; Secure" not in cookie for cookie in answer.headers.get_list("set-cookie"))
        assert "strict-transport-security" not in answer.headers


def test_a_photo_goes_in_and_comes_out_whole(proxy: Proxy) -> None:
    content = picture(".png", width=1600, height=1200, compression=0)
    assert len(content) > 4 * 1024 * 1024
    with proxy.client() as client:
        client.headers["authorization"] = f"Bearer {token_of(client).json()['token']}"
        added = client.post("/v1/photos", files={"file": ("big.png", content)})
        assert added.status_code == 201, added.text
        photo = added.json()["items"][0]
        whole = client.get(f"/v1/photos/{photo['id']}/original")
        part = client.get(f"/v1/photos/{photo['id']}/original", headers={"range": "bytes=100-199"})
        client.delete(f"/v1/photos/{photo['id']}")
    assert photo["sha256"] == hashlib.sha256(content).hexdigest()
    assert whole.content == content
    assert (part.status_code, part.content) == (206, content[100:200])


def test_an_upload_without_a_right_is_refused_before_it_has_arrived(proxy: Proxy) -> None:
    length, sent = 200_000_000, 0
    head = (
        f"POST /v1/photos HTTP/1.1\r\nHost: {DOMAIN}:{proxy.port}\r\n"
        f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {length}\r\n\r\n"
    ).encode()
    answer = b""
    with proxy.connected() as connection:
        connection.sendall(head)
        while sent < length and not answer:
            connection.sendall(b"-" * 65536)
            sent += 65536
            answer = received(connection)
    assert answer.startswith(b"HTTP/1.1 401")
    assert sent < length / 4


def received(connection: ssl.SSLSocket) -> bytes:
    """What has come by now, which may be nothing."""
    connection.setblocking(False)
    try:
        return connection.recv(4096)
    except ssl.SSLWantReadError:
        return b""
    finally:
        connection.settimeout(10)


# --- smuggling ------------------------------------------------------------------------------

HIDDEN = b"GET /smuggled-000 HTTP/1.1\r\nHost: photos.example\r\n\r\n"
CHUNKED = b"0\r\n\r\n" + HIDDEN
PAIRS = {
    "length and chunked": (b"Content-Length: %d\r\nTransfer-Encoding: chunked", CHUNKED),
    "chunked and length": (b"Transfer-Encoding: chunked\r\nContent-Length: %d", CHUNKED),
    "short length and chunked": (
        b"Content-Length: 4\r\nTransfer-Encoding: chunked",
        b"%x\r\n%s\r\n0\r\n\r\n" % (len(HIDDEN), HIDDEN),
    ),
    "two lengths": (b"Content-Length: %d\r\nContent-Length: 0", HIDDEN),
    "two lengths, the other first": (b"Content-Length: 0\r\nContent-Length: %d", HIDDEN),
    "a list of lengths": (b"Content-Length: 0, %d", HIDDEN),
    "a length with a sign": (b"Content-Length: +%d", HIDDEN),
    "a negative length": (b"Content-Length: -%d", HIDDEN),
    "a hexadecimal length": (b"Content-Length: 0x%d", HIDDEN),
    "a blank before the colon": (b"Content-Length : %d", HIDDEN),
    "chunked behind a blank": (b"Content-Length: %d\r\nTransfer-Encoding : chunked", CHUNKED),
    "chunked behind a tab": (b"Content-Length: %d\r\nTransfer-Encoding:\tchunked", CHUNKED),
    "chunked behind a vertical tab": (
        b"Content-Length: %d\r\nTransfer-Encoding:\x0bchunked", CHUNKED
    ),
    "a coding that is none": (b"Content-Length: %d\r\nTransfer-Encoding: xchunked", CHUNKED),
    "chunked twice": (b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", CHUNKED),
    "chunked and not last": (b"Transfer-Encoding: chunked, identity", CHUNKED),
    "a folded header": (b"Content-Length:\r\n %d\r\nTransfer-Encoding:\r\n chunked", CHUNKED),
    "a line feed alone": (b"Content-Length: %d\nTransfer-Encoding: chunked", CHUNKED),
    "a carriage return alone": (b"X: y\rTransfer-Encoding: chunked\r\nContent-Length: %d", CHUNKED),
    "a zero byte in a name": (b"Content-Length: %d\r\nTransfer\x00-Encoding: chunked", CHUNKED),
    "a chunk size in disguise": (b"Transfer-Encoding: chunked", b"0x0\r\n\r\n" + HIDDEN),
    "a chunk size that overflows": (
        b"Transfer-Encoding: chunked", b"10000000000000000\r\n" + CHUNKED
    ),
}  # fmt: skip


_numbers = itertools.count(1)


def ambiguous(host: str, pair: tuple[bytes, bytes]) -> tuple[bytes, str]:
    """A request that two readers may end at two places, and the path of the one that it hides."""
    header, body = pair
    path = f"/smuggled-{next(_numbers):03}"
    if b"%d" in header:
        header %= len(body)
    head = (
        b"POST /v1/sessions HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n%s\r\n\r\n"
        % (host.encode(), header)
    )
    return head + body.replace(b"/smuggled-000", path.encode()), path


def read_all(connection: socket.socket) -> bytes:
    """What comes until the end, or for a short while."""
    connection.settimeout(0.7)
    found = b""
    try:
        while chunk := connection.recv(65536):
            found += chunk
    except OSError:
        pass
    return found


def statuses(printed: bytes) -> list[int]:
    return [int(found) for found in re.findall(rb"HTTP/1\.1 (\d{3})", printed)]


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS.keys())
def test_no_request_is_smuggled_past_the_proxy(proxy: Proxy, pair: tuple[bytes, bytes]) -> None:
    """Go's reader, in Caddy, ends such a request where its chunks end, which RFC 9112 §6.3 allows,
    and takes the rest for the next: then both readers see two, and nothing is hidden."""
    sent, path = ambiguous(f"{DOMAIN}:{proxy.port}", pair)
    with proxy.connected() as connection:
        connection.sendall(sent)
        found = statuses(read_all(connection))
    assert found == [] or found[0] >= 400
    if path in answered(proxy.server):
        assert proxy.name == "caddy"
        assert found[1:] == [404]
    else:
        assert found[1:] == []
    for _ in range(3):  # on the connections that the proxy keeps to the server
        with proxy.client() as other:
            assert other.get("/healthz").text == "ok\n"


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS.keys())
def test_the_server_itself_refuses_what_may_be_read_in_two_ways(
    server: Server, pair: tuple[bytes, bytes]
) -> None:
    sent, path = ambiguous("localhost", pair)
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(sent)
        found = statuses(read_all(connection))
    assert found == [400]
    assert path not in answered(server)


def test_a_second_request_would_be_seen(server: Server) -> None:
    """What the tests above look for is there when two requests are sent as two."""
    hidden = HIDDEN.replace(b"/smuggled-000", b"/sent-in-the-open")
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" + hidden)
        printed = read_all(connection)
    assert statuses(printed) == [200, 404]
    assert "/sent-in-the-open" in answered(server)
