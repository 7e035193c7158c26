"""`extend` as its bytes arrive: over a socket, from the server that `safelight serve` starts.

A client library would escape some of them on the way, so the requests are written by hand.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from tests.cli.conftest import QUICK
from tests.house import PASSWORD
from tests.pictures.samples import picture
from tests.protocols.photoshelter import API, LOGIN
from tools.running import Server, admin, running

EXTEND = '{"Image":{"fields":"image_id,file_name","params":{}},"ImageLink":{"fields":"link"}}'


class Member:
    """Somebody who is signed in to `server` with a token, and writes requests byte by byte."""

    def __init__(self, server: Server, key: str) -> None:
        self.server = server
        self.headers = {"X-PS-Api-Key": key}
        asked = {"email": "ada@example.com", "password": PASSWORD, "mode": "token"}
        with self.client as client:
            answer = client.post(LOGIN, data=asked)
        self.headers["X-PS-Auth-Token"] = answer.json()["data"]["token"]

    @property
    def client(self) -> httpx2.Client:
        return httpx2.Client(base_url=self.server.url, headers=self.headers)

    def data(self, path: str) -> Any:
        with self.client as client:
            return client.get(API + path).json()["data"]

    def add_gallery(self, name: str) -> str:
        with self.client as client:
            answer = client.post(f"{API}/mem/gallery/insert", data={"name": name})
        return str(answer.json()["data"]["Gallery"]["gallery_id"])

    def upload(self, gallery_id: str) -> str:
        with self.client as client:
            files = {"file": ("boat.jpg", picture(), "image/jpeg")}
            fields = {"gallery_id": gallery_id}
            answer = client.post(f"{API}/mem/image/upload", data=fields, files=files)
        return str(answer.json()["data"]["Image"]["image_id"])

    def asked(self, target: str, method: str = "GET") -> tuple[int, bytes]:
        """Status and body of the answer to a request with exactly this target."""
        lines = [f"{method} {target} HTTP/1.1", f"Host: localhost:{self.server.port}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        lines += ["Content-Length: 0", "Connection: close", "", ""]
        found = self.sent("\r\n".join(lines).encode())
        head, _, body = found.partition(b"\r\n\r\n")
        return int(head.split(b" ", 2)[1]), body

    def sent(self, request: bytes) -> bytes:
        found = b""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=10) as connection:
            connection.sendall(request)
            while chunk := connection.recv(65536):
                found += chunk
        return found


@pytest.fixture(scope="module")
def member(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Member]:
    folder = tmp_path_factory.mktemp("address")
    data = folder / "data"
    account = ("account", "add", "ada@example.com", "--username", "ada")
    admin(data, *account, "--password-stdin", password=PASSWORD)
    key = admin(data, "application", "add", "Plug-in", "--json")["api_key"]
    with running(data, settings=QUICK, log=folder / "log") as server:
        yield Member(server, key)


@pytest.mark.covers("PS-52")
@pytest.mark.parametrize(
    "written",
    [
        pytest.param(quote(EXTEND, safe=""), id="all escaped"),
        pytest.param(EXTEND.replace('"', "%22"), id="raw but for the quotes"),
    ],
)
def test_extend_is_taken_escaped_or_with_its_braces_as_they_are(
    member: Member, written: str
) -> None:
    gallery_id = member.add_gallery("Harbour")
    image_id = member.upload(gallery_id)
    target = f"{API}/mem/gallery/{gallery_id}/images?extend={written}"
    status, body = member.asked(target)
    assert status == 200
    link = f"{member.server.url}{API}/mem/image/{image_id}/download"
    assert json.loads(body)["data"]["GalleryImage"] == [
        {
            "image_id": image_id,
            "f_visible": "t",
            "ImageLink": {"link": link},
            "Image": {"image_id": image_id, "file_name": "boat.jpg"},
        }
    ]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_bare_quote_is_refused_before_anything_is_changed(member: Member, method: str) -> None:
    """The HTTP server's own answer: see `docs/decisions`."""
    before = member.data("/mem/gallery?fields=name")
    target = f"{API}/mem/gallery/insert?name=Quoted&extend="
    assert member.asked(target + '{"Visibility":{}}', method) == (400, b"")
    assert member.data("/mem/gallery?fields=name") == before
    assert member.asked(target + "{%22Visibility%22:{}}", method)[0] == 200
    assert member.data("/mem/gallery?fields=name") != before


@pytest.mark.covers("PS-52")
def test_an_escaped_extend_that_is_malformed_is_told_so(member: Member) -> None:
    status, body = member.asked(f"{API}/mem/gallery?extend={{%22Image%22:")
    assert status == 400
    assert "extend" in json.loads(body)["error"]["message"]


def test_a_host_is_checked_as_the_http_server_hands_it_on(member: Member) -> None:
    """Granian puts in an empty host where a request has none."""
    for head, status in (
        (b"HTTP/1.0\r\n", b"200"),
        (b"HTTP/1.0\r\nHost: photos.example\r\n", b"200"),
        (b"HTTP/1.1\r\nHost: photos.example\r\n", b"200"),
        (b"HTTP/1.1\r\n", b"400"),
        (b"HTTP/1.1\r\nHost:\r\n", b"400"),
        (b"HTTP/1.1\r\nHost: photos.example/x\r\n", b"400"),
        (b"HTTP/1.1\r\nHost: photos.example\r\nHost: photos.example\r\n", b"400"),
    ):
        answer = member.sent(b"GET /healthz " + head + b"Connection: close\r\n\r\n")
        assert answer.split(b" ", 2)[1] == status, head
