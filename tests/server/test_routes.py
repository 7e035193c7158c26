"""Where a request goes: realm by host or prefix, then method and path."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.house import PASSWORD, House
from tests.server.requests import a_request

from safelight.config import read_settings
from safelight.errors import MethodNotAllowed, NotFound
from safelight.identity.realm import Realm
from safelight.realms import realms_of
from safelight.server.http import Reply
from safelight.server.protocols import mount_protocols
from safelight.server.protocols.native import Native
from safelight.server.routes import Mount, Route, Routes
from safelight.server.wire import AnyEndpoint, CommandEndpoint, FixedEndpoint, Forgery

HOUR = timedelta(hours=1)


class Wire(Native):
    """A wire with just these endpoints."""

    def __init__(self, name: str, *endpoints: AnyEndpoint) -> None:
        super().__init__(
            Realm(name=name, protocol=name, idle=HOUR, absolute=HOUR, token_idle=HOUR), ()
        )
        self.endpoints = endpoints


def at(path: str, method: str = "GET") -> FixedEndpoint:
    return FixedEndpoint(method=method, path=path, reply=lambda request: Reply())


def routes(*mounts: Mount, fallback: Wire | None = None) -> Routes:
    return Routes(mounts, fallback or Wire("fallback"))


def go(
    table: Routes, path: str, method: str = "GET", host: str = "photos.example"
) -> tuple[Route, dict[str, str], str]:
    request = a_request(method, path, host=host)
    route = table.match(request)
    return route, request.params, request.mount


def path_of(route: Route) -> str | None:
    return None if route.endpoint is None else route.endpoint.path


WIRE = Wire(
    "one",
    at("/"),
    at("/things"),
    at("/things", "POST"),
    at("/things/new"),
    at("/things/{id}"),
    at("/things/{id}", "DELETE"),
    at("/things/{id}/parts"),
    at("/things/{id}/parts/{part}"),
    at("/things/all/parts"),
)
TABLE = routes(Mount(WIRE))


@pytest.mark.parametrize(
    ("path", "endpoint", "params"),
    [
        ("/", "/", {}),
        ("/things", "/things", {}),
        ("/things/new", "/things/new", {}),
        ("/things/7", "/things/{id}", {"id": "7"}),
        ("/things/7/parts", "/things/{id}/parts", {"id": "7"}),
        ("/things/all/parts", "/things/all/parts", {}),
        ("/things/7/parts/8", "/things/{id}/parts/{part}", {"id": "7", "part": "8"}),
        ("/things/a b%", "/things/{id}", {"id": "a b%"}),
    ],
)
def test_a_path_leads_to_its_endpoint_a_literal_one_before_a_parameter(
    path: str, endpoint: str, params: dict[str, str]
) -> None:
    route, found, _ = go(TABLE, path)
    assert (path_of(route), found) == (endpoint, params)


@pytest.mark.parametrize(
    "path", ["/thing", "/things/7/part", "/things/7/parts/8/9", "/Things", "//things", "*", ""]
)
def test_another_path_leads_nowhere(path: str) -> None:
    route, _, _ = go(TABLE, path)
    assert route.endpoint is None
    assert isinstance(route.error, NotFound)


def test_a_path_with_another_method_says_which_there_are() -> None:
    route, _, _ = go(TABLE, "/things", "DELETE")
    assert isinstance(route.error, MethodNotAllowed)
    assert route.error.allow == ("GET", "HEAD", "POST", "OPTIONS")
    route, _, _ = go(TABLE, "/things/7", "POST")
    assert isinstance(route.error, MethodNotAllowed)
    assert route.error.allow == ("DELETE", "GET", "HEAD", "OPTIONS")
    assert route.protocol is WIRE


def test_a_head_is_answered_as_a_get() -> None:
    assert path_of(go(TABLE, "/things", "HEAD")[0]) == "/things"
    no_get = routes(Mount(Wire("one", at("/things", "POST"))))
    assert isinstance(go(no_get, "/things", "HEAD")[0].error, MethodNotAllowed)


def test_a_head_is_no_way_to_change_anything() -> None:
    """Over the whole server's table: what a HEAD reaches neither commands nor changes state."""
    refused = set()
    for mount in ALL.mounts:
        for endpoint in mount.protocol.endpoints:
            path = (mount.prefix + endpoint.path).rstrip("/") or "/"
            head, _, _ = go(ALL, path.replace("{", "").replace("}", ""), "HEAD")
            if head.endpoint is not None:
                assert not isinstance(head.endpoint, CommandEndpoint)
                assert head.endpoint.guard is Forgery.SAFE
                assert head.endpoint.method == "GET"
            elif endpoint.method == "GET":
                refused.add(path)
                assert isinstance(head.error, MethodNotAllowed)
                assert "GET" in head.error.allow
                assert "HEAD" not in head.error.allow
    assert {
        "/api/logout",
        "/psapi/v3/mem/authenticate/logout",
        "/psapi/v3/mem/organization/{organization_id}/authenticate",
        "/psapi/v3/mem/gallery/insert",
    } <= refused


# --- hosts, prefixes and claims ---------------------------------------------------------------

STUDIO, REST = Wire("studio", at("/login"), at("/")), Wire("rest", at("/login"))
HOSTED = routes(
    Mount(STUDIO, "/studio", ("studio.photos.example",), ("studio",)),
    Mount(REST, claims=("api",)),
)


@pytest.mark.parametrize(
    ("host", "path", "wire", "mount"),
    [
        ("studio.photos.example", "/login", STUDIO, ""),
        ("studio.photos.example:8443", "/login", STUDIO, ""),
        ("STUDIO.photos.example", "/login", STUDIO, ""),
        ("photos.example", "/studio/login", STUDIO, "/studio"),
        ("photos.example", "/studio", STUDIO, "/studio"),
        ("photos.example", "/login", REST, ""),
        ("other.example", "/login", REST, ""),
        ("", "/login", REST, ""),
    ],
)
def test_a_realm_has_its_host_and_its_prefix(host: str, path: str, wire: Wire, mount: str) -> None:
    route, _, found = go(HOSTED, path, host=host)
    assert route.endpoint is not None
    assert (route.protocol, found) == (wire, mount)


@pytest.mark.parametrize(
    ("host", "path", "name"),
    [
        ("studio.photos.example", "/nothing", "studio"),
        ("photos.example", "/studio/nothing", "studio"),
        ("photos.example", "/api/nothing", "rest"),
        ("photos.example", "/apix/nothing", "fallback"),
        ("photos.example", "/nothing", "fallback"),
        ("photos.example", "*", "fallback"),
    ],
)
def test_what_leads_nowhere_is_refused_by_the_wire_that_claims_it(
    host: str, path: str, name: str
) -> None:
    route, _, _ = go(HOSTED, path, host=host)
    assert (route.endpoint, route.protocol.realm.name) == (None, name)


# --- mistakes in a table ----------------------------------------------------------------------


def test_one_endpoint_twice_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="GET /things is declared twice"):
        routes(Mount(Wire("one", at("/things"))), Mount(Wire("two", at("/things"))))


def test_two_names_for_one_place_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="named id elsewhere"):
        routes(Mount(Wire("one", at("/things/{id}"), at("/things/{name}/parts"))))


# --- the whole server's table -----------------------------------------------------------------


def whole(**environment: str) -> Routes:
    settings = read_settings(None, None, environment)
    return mount_protocols(realms_of(settings), settings)


ALL = whole()


def test_every_endpoint_of_every_protocol_is_reached_by_its_own_path() -> None:
    for mount in ALL.mounts:
        for endpoint in mount.protocol.endpoints:
            path = (mount.prefix + endpoint.path).rstrip("/") or "/"
            route, params, _ = go(ALL, path.replace("{", "").replace("}", ""), endpoint.method)
            assert route.endpoint is endpoint, f"{endpoint.method} {path}"
            assert all(name == value for name, value in params.items())


def test_the_domain_names_the_hosts_of_the_studio_and_the_galleries() -> None:
    table = whole(SAFELIGHT_SERVER__DOMAIN="photos.example")
    for name in ("studio", "galleries"):
        route, _, _ = go(table, "/login", host=f"{name}.photos.example")
        assert route.protocol.realm.name == name


@given(
    st.lists(st.text(st.characters(codec="utf-8"), max_size=8), max_size=5),
    st.sampled_from(["GET", "POST", "DELETE", "OPTIONS", "X"]),
)
def test_any_path_leads_to_a_route(segments: Sequence[str], method: str) -> None:
    route, _, _ = go(ALL, "/" + "/".join(segments), method)
    assert (route.endpoint is None) is (route.error is not None)


def test_a_head_leaves_a_session_as_it_is(house: House) -> None:
    account = house.add_account()
    client = house.client()
    client.headers["x-ps-api-key"] = house.add_application()
    sign_in = {"email": account.email, "password": PASSWORD}
    assert client.post("/psapi/v3/mem/authenticate", data=sign_in).status_code == 200
    for path in ("authenticate/logout", "gallery/insert?name=Boats"):
        answer = client.head(f"/psapi/v3/mem/{path}")
        assert (answer.status_code, answer.content) == (405, b"")
    assert client.get("/psapi/v3/mem/user/session").status_code == 200
    assert client.head("/psapi/v3/mem/user/session").status_code == 200
    assert client.get("/psapi/v3/mem/gallery").json()["data"]["Gallery"] == []
