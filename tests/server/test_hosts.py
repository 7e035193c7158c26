"""The host that a request names: what is none is refused before anything else is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from tests.house import PASSWORD, House, a_house

from safelight.clock import system_entropy
from safelight.host_name import is_host, is_origin
from safelight.server.app import App
from safelight.server.hosts import Hosts

Headers = list[tuple[bytes, bytes]]

GOOD = [
    "localhost",
    "photos.example",
    "photos.example:8443",
    "PHOTOS.example.",
    "under_score.example",
    "127.0.0.1:8000",
    "[::1]",
    "[::1]:8000",
    "[::ffff:192.0.2.1]:65535",
    "a" * 255,
]
BAD = [
    "",
    " ",
    "photos.example/path",
    "photos.example?x",
    "photos.example#x",
    "ada@photos.example",
    "photos.example:",
    "photos.example:x",
    "photos.example:65536",
    "photos.example:000080",
    "photos.example:80:80",
    "photos.example, evil.example",
    "photos example",
    "photos.example\\evil.example",
    'photos.example"><script>',
    "photos.ex\u00e4mple",
    "photos%2eexample",
    "::1",
    "[::1",
    "[]",
    "[1.2.3]",
    "[::1%25eth0]",
    "photos.example\n",
    "a" * 256,
]


@pytest.mark.parametrize("text", GOOD)
def test_a_name_or_an_address_with_or_without_a_port_is_a_host(text: str) -> None:
    assert is_host(text)


@pytest.mark.parametrize("text", BAD)
def test_everything_else_is_none(text: str) -> None:
    assert not is_host(text)


def test_the_usual_port_is_not_written_in_an_origin() -> None:
    assert is_origin("https://photos.example:80")
    assert not is_origin("https://photos.example:443")
    assert not is_origin("http://photos.example:80")


def test_hosts_that_were_read_are_remembered_and_not_without_end() -> None:
    hosts = Hosts()
    for index in range(2500):
        value = f"h{index}.example".encode()
        assert hosts.read(b"host", {b"host": value}, [(b"host", value)]) == f"h{index}.example"
    assert len(hosts._known) <= 1000


# --- over the whole server --------------------------------------------------------------------


def asked(
    house: House, headers: Headers, *, path: str = "/healthz", version: str = "1.1", app: Any = None
) -> tuple[int, dict[bytes, bytes], bytes]:
    """The answer to a GET with exactly these headers."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "http_version": version,
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 50000),
    }
    house.call(app or house.app, scope, receive, send)
    return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"]


def believing(house: House) -> App:
    """The same server behind a proxy on this machine."""
    return App(
        house._open,
        trusted_proxies=(ip_network("127.0.0.1"),),
        entropy=system_entropy,
        body_seconds=10,
    )


def test_a_host_must_be_named_by_all_but_the_oldest_http(house: House) -> None:
    assert asked(house, [])[0] == 400
    assert asked(house, [], version="2")[0] == 400
    assert asked(house, [], version="1.0")[0] == 200
    assert asked(house, [(b"host", b"")], version="1")[0] == 200
    assert asked(house, [(b"host", b"localhost")])[0] == 200


def test_two_hosts_are_refused_even_if_they_are_one(house: House) -> None:
    for second in (b"photos.example", b"evil.example"):
        status, _, body = asked(house, [(b"host", b"photos.example"), (b"host", second)])
        assert status == 400
        assert b"evil" not in body


@pytest.mark.parametrize("text", [each for each in BAD if each.isascii()])
def test_what_is_no_host_is_refused_and_not_repeated(house: House, text: str) -> None:
    status, headers, body = asked(house, [(b"host", text.encode())], path="/api/help")
    assert status == 400
    assert body == (
        b'{"error":"malformed_request","message":"The host is missing, doubled or no host."}'
    )
    assert headers[b"cache-control"] == b"no-store"


@pytest.mark.parametrize("text", ["evil.example/x", "a.example, b.example", "x y"])
def test_a_trusted_proxy_s_word_must_be_a_host_as_well(house: House, text: str) -> None:
    own = (b"host", b"photos.example")
    app = believing(house)
    forwarded = (b"x-forwarded-host", text.encode())
    assert asked(house, [own, forwarded], app=app)[0] == 400
    good = (b"x-forwarded-host", b"good.example")
    assert asked(house, [own, good], app=app)[0] == 200
    assert asked(house, [own, good, good], app=app)[0] == 400
    assert asked(house, [good], app=app)[0] == 400  # the proxy's own request names a host, too
    assert asked(house, [own, forwarded])[0] == 200  # nobody is believed there


# --- the public address -----------------------------------------------------------------------

PUBLIC = "https://photos.example"


@pytest.fixture
def public(tmp_path: Path) -> Iterator[House]:
    settings = {"SERVER__PUBLIC_URL": PUBLIC, "SERVER__DOMAIN": "Photos.Example"}
    with a_house(tmp_path / "public", **settings) as house:
        yield house


def test_addresses_of_this_server_are_written_with_the_public_one(public: House) -> None:
    client = public.client("http://127.0.0.1:8000")
    assert client.get("/api/help").text.count("127.0.0.1") == 0
    public.add_account("ada")
    form = {"email": "ada", "password": PASSWORD, "remember": "on"}
    answer = client.post("/api/login", data=form)
    assert answer.headers["location"].startswith(f"{PUBLIC}/")


def test_pages_of_the_main_site_are_linked_by_the_public_address(public: House) -> None:
    for base, prefix, expected in (
        ("http://127.0.0.1:8000", "/studio", f"{PUBLIC}/studio/api/v1/clients?"),
        (
            "https://studio.photos.example:8443",
            "",
            "https://studio.photos.example:8443/api/v1/clients?",
        ),
    ):
        account = public.add_account()
        client = public.client(base)
        sent = {"email": account.email, "password": PASSWORD}
        assert client.post(f"{prefix}/login", data=sent).status_code == 200
        links = client.get(f"{prefix}/api/v1/clients").json()["links"]
        assert links["first"].startswith(expected)


@pytest.mark.parametrize("origin", [PUBLIC, "https://127.0.0.1:8000"])
def test_a_form_of_either_address_is_our_own(public: House, origin: str) -> None:
    account = public.add_account()
    client = public.client("https://127.0.0.1:8000", headers={"origin": origin})
    sent = {"email": account.email, "password": PASSWORD}
    assert client.post("/studio/login", data=sent).status_code == 200
    foreign = {"origin": "https://evil.example"}
    assert client.post("/studio/login", data=sent, headers=foreign).status_code == 403
    referer = {"origin": "", "referer": "/login"}
    assert client.post("/studio/login", data=sent, headers=referer).status_code == 403


def test_the_public_address_is_not_the_studio_s_own(public: House) -> None:
    """Another host's page is another site's, whosever it is."""
    account = public.add_account()
    client = public.client("https://studio.photos.example", headers={"origin": PUBLIC})
    sent = {"email": account.email, "password": PASSWORD}
    assert client.post("/login", data=sent).status_code == 403
