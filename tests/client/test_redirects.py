"""Redirects: nothing secret ever reaches another origin, and https never becomes http."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from tests.client.people import Ada
from tests.client.services import SERVICES

import safelight
from safelight.client.errors import UnsafeRedirect
from safelight.client.redirects import follow
from safelight.testing.faults import Answer
from safelight.testing.way import Way

every_service = pytest.mark.parametrize("service", list(SERVICES))
CREDENTIALS = frozenset(
    {"authorization", "cookie", "jsession", "x-csrf-token", "x-ps-api-key", "x-ps-auth-token"}
    | {"x-requested-with", "x-xsrf-token"}
)


async def hostile(scope: Any, receive: Any, send: Any) -> None:
    """Takes whatever comes, and asks for more."""
    headers = [(b"set-cookie", b"gallery_dashboard_session=planted; path=/")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"thank you"})


@pytest.fixture
def elsewhere(ada: Ada) -> Iterator[tuple[str, Way]]:
    """A second origin, which nobody should trust, and what it gets to see."""
    way = Way(hostile)
    with ada.house.on_socket(way) as url:
        yield url, way


@every_service
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_no_credential_goes_along_to_another_origin(
    ada: Ada, elsewhere: tuple[str, Way], service: str, status: int, method: str
) -> None:
    url, seen = elsewhere
    auth = ada.at(service)
    path = SERVICES[service].path
    with safelight.Client(auth, clock=ada.house.clock) as client:
        client.sign_in()
        led = Answer(status=status, headers={"location": f"{url}/trap?a=1"})
        ada.way.order(method, path, led)
        held = auth.session.holding.held
        own = {"x-my-secret": "s", "authorization": "Basic eDp5"}
        response = client.request(method, path, headers=own)
        assert response.status_code == 200
        assert auth.session.holding.held == held
    (request,) = seen.seen
    assert (request.method, request.path, request.query) == (method, "/trap", "a=1")
    assert CREDENTIALS.isdisjoint(request.headers)
    assert "x-my-secret" not in request.headers
    assert not any(
        secret in value for secret in ada.secrets_of(auth) for value in request.headers.values()
    )


@every_service
async def test_nor_with_an_async_client(ada: Ada, elsewhere: tuple[str, Way], service: str) -> None:
    url, seen = elsewhere
    async with safelight.AsyncClient(ada.at(service), clock=ada.house.clock) as client:
        led = Answer(status=302, headers={"location": url})
        ada.way.order("GET", SERVICES[service].path, led)
        assert (await client.get(SERVICES[service].path)).text == "thank you"
    assert CREDENTIALS.isdisjoint(seen.seen[0].headers)


@every_service
def test_no_write_goes_to_another_origin(
    ada: Ada, elsewhere: tuple[str, Way], service: str
) -> None:
    url, seen = elsewhere
    with safelight.Client(ada.at(service), clock=ada.house.clock) as client:
        for status in (307, 308):
            led = Answer(status=status, headers={"location": url})
            ada.way.order("POST", "/somewhere", led)
            with pytest.raises(UnsafeRedirect):
                client.post("/somewhere", json={"secret": "of the caller's"})
    assert seen.seen == []


@every_service
def test_an_address_of_another_origin_gets_no_credential(
    ada: Ada, elsewhere: tuple[str, Way], service: str
) -> None:
    url, seen = elsewhere
    auth = ada.at(service)
    with safelight.Client(auth, clock=ada.house.clock) as client:
        client.sign_in()
        assert client.get(f"{url}/x").text == "thank you"
    with httpx2.Client(auth=auth) as bare:
        assert bare.get(f"{url}/x").text == "thank you"
    assert all(CREDENTIALS.isdisjoint(request.headers) for request in seen.seen)
    assert len(seen.seen) == 2


async def test_a_client_can_be_told_to_stay_in_its_origin(
    ada: Ada, elsewhere: tuple[str, Way]
) -> None:
    url, seen = elsewhere
    path, clock = SERVICES["safelight"].path, ada.house.clock
    leads = Answer(status=302, headers={"location": f"{url}/x"})
    with safelight.Client(ada.at("safelight"), clock=clock, follow_elsewhere=False) as client:
        ada.way.order("GET", path, leads)
        with pytest.raises(UnsafeRedirect, match=r"The service redirects to localhost\."):
            client.get(path)
        ada.way.order("GET", "/moved", Answer(status=302, headers={"location": path}))
        assert client.get("/moved").status_code == 200
    own = ada.at("safelight")
    async with safelight.AsyncClient(own, clock=clock, follow_elsewhere=False) as other:
        ada.way.order("GET", path, leads)
        with pytest.raises(UnsafeRedirect):
            await other.get(path)
    assert seen.seen == []


def test_a_planted_cookie_is_not_taken(ada: Ada, elsewhere: tuple[str, Way]) -> None:
    """Cookies know no port, so another service of the same machine might plant one."""
    url, _ = elsewhere
    with safelight.Client(ada.at("galleries"), clock=ada.house.clock) as client:
        client.sign_in()
        client.get(url)
        assert client.get("/api/v1/user").status_code == 200
    assert "planted" not in ada.way.seen[-1].headers["cookie"]


def test_a_redirect_within_the_service_is_followed_with_credentials(ada: Ada) -> None:
    with safelight.Client(ada.at("safelight"), clock=ada.house.clock) as client:
        ada.way.order("GET", "/old", Answer(status=301, headers={"location": "/v1/account"}))
        response = client.get("/old")
    assert response.status_code == 200
    assert response.json()["username"] == "ada"


def test_a_write_that_is_to_be_read_is_followed_by_reading(ada: Ada) -> None:
    with safelight.Client(ada.at("safelight"), clock=ada.house.clock) as client:
        ada.way.order("POST", "/form", Answer(status=303, headers={"location": "/v1/account"}))
        assert client.post("/form", json={}).status_code == 200
    assert ada.way.seen[-1].method == "GET"
    assert "content-type" not in ada.way.seen[-1].headers


def test_a_write_is_sent_on_within_the_service_as_it_is(ada: Ada) -> None:
    with safelight.Client(ada.at("safelight"), clock=ada.house.clock) as client:
        ada.way.order("POST", "/old", Answer(status=307, headers={"location": "/v1/galleries"}))
        made = client.post("/old", json={"name": "Harbour"})
        assert made.status_code == 201
        assert [each.name for each in client.galleries.list()] == ["Harbour"]


@pytest.mark.parametrize("status", [301, 302])
def test_a_write_to_a_moved_address_is_not_turned_into_reading(ada: Ada, status: int) -> None:
    with safelight.Client(ada.at("safelight"), clock=ada.house.clock) as client:
        ada.way.order("POST", "/old", Answer(status=status, headers={"location": "/v1/galleries"}))
        with pytest.raises(UnsafeRedirect, match="moved to /v1/galleries"):
            client.post("/old", json={"name": "Harbour"})


def test_a_redirect_without_end_is_given_up(ada: Ada) -> None:
    with safelight.Client(ada.at("safelight"), clock=ada.house.clock) as client:
        again = Answer(status=302, headers={"location": "/round"})
        ada.way.order("GET", "/round", *[again] * 20)
        with pytest.raises(UnsafeRedirect, match="without end"):
            client.get("/round")
    assert ada.way.count("GET", "/round") == 10


def led(location: str, at: str = "https://photos.example/a/b?c=d") -> httpx2.Request | None:
    request = httpx2.Request("GET", at, headers={"authorization": "Bearer T"})
    response = httpx2.Response(302, headers=[("location", location)], request=request)
    return follow(request, response)


@pytest.mark.parametrize(
    "location",
    [
        "http://photos.example/a",
        "HTTP://photos.example/a",
        "http://127.0.0.1/a",
        "ftp://photos.example/a",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:text/plain,x",
        "https://ada:pw@photos.example/",
        "https://[::1/",
        "https://photos..example/a",
        f"https://{'a' * 64}.example/a",
    ],
)
def test_unsafe_places_are_not_gone_to(location: str) -> None:
    with pytest.raises(UnsafeRedirect):
        led(location)


@pytest.mark.parametrize(
    ("location", "url", "has_credentials"),
    [
        ("/x", "https://photos.example/x", True),
        ("x?y=z", "https://photos.example/a/x?y=z", True),
        ("?y=z", "https://photos.example/a/b?y=z", True),
        ("//photos.example/x", "https://photos.example/x", True),
        ("https://photos.example:443/x", "https://photos.example/x", True),
        ("https://PHOTOS.example/x", "https://photos.example/x", True),
        ("https://photos.example:8443/x", "https://photos.example:8443/x", False),
        ("//cdn.photos.example/x", "https://cdn.photos.example/x", False),
        ("https://photos.example.evil/x", "https://photos.example.evil/x", False),
        ("https://evil/photos.example", "https://evil/photos.example", False),
    ],
)
def test_the_origin_decides(location: str, url: str, has_credentials: bool) -> None:
    request = led(location)
    assert request is not None
    assert str(request.url) == url
    assert ("authorization" in request.headers) == has_credentials
    assert request.headers["host"] == httpx2.URL(url).netloc.decode()


def test_what_is_no_redirect_is_not_followed() -> None:
    request = httpx2.Request("GET", "https://photos.example/")
    for status in (200, 201, 304, 404):
        response = httpx2.Response(status, headers=[("location", "/x")], request=request)
        assert follow(request, response) is None
