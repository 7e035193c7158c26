"""`safelight.testing`: what each switch does to the very next request, as a client sees it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

import safelight
from safelight.client.errors import Unanswered
from safelight.client.things import NewCustomer
from safelight.testing import PhotoService, PhotoServices, open_services

pytest_plugins = ["safelight.testing"]

ALIVE = {
    "pixieset_studio": "/api/v1/notifications/all",
    "pixieset_galleries": "/api/v1/data/bootstrap",
    "photoshelter": "/psapi/v3/mem/user/session",
    "librephotos": "/api/photos/",
    "recorder_monitor": "/api/users/ada@example.com",
    "safelight_server": "/v1/account",
}
"""A path of each service that answers a signed-in account alone."""


@pytest.fixture(params=list(ALIVE))
def service(request: pytest.FixtureRequest) -> PhotoService:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, PhotoService)
    return found


@pytest.fixture
def alive(request: pytest.FixtureRequest, service: PhotoService) -> str:
    return ALIVE[request.node.callspec.params["service"]]


def statuses_without_help(service: PhotoService, path: str) -> list[int]:
    """Of two requests of a program that holds a session, and does nothing about a refusal."""
    with service.client() as client:
        client.sign_in()
        grant = client.auth.session.holding.held.grant
        assert grant is not None
        found = []
        for _ in range(2):
            request = httpx2.Request("GET", service.url + path)
            client.auth.session.wire.write_credentials(grant, request)
            with httpx2.Client() as bare:
                found.append(bare.send(request).status_code)
        return found


def test_each_service_lets_its_account_in(service: PhotoService, alive: str) -> None:
    with service.client() as client:
        assert client.get(alive).status_code == 200


async def test_an_async_client_is_let_in_as_well(service: PhotoService, alive: str) -> None:
    async with service.async_client() as client:
        assert (await client.get(alive)).status_code == 200


def test_an_expired_session_costs_a_sign_in(service: PhotoService, alive: str) -> None:
    with service.client() as client:
        client.get(alive)
        first = client.auth.session.holding.held
        service.services.expire_sessions()
        assert client.get(alive).status_code == 200
        assert client.auth.session.holding.held.id != first.id


def test_a_refused_session_is_refused_once_and_lives_on(service: PhotoService, alive: str) -> None:
    service.services.way.refuse_session(path=alive)
    refused, taken = statuses_without_help(service, alive)
    assert (refused in (401, 302), taken) == (True, 200)


def test_a_rotated_cookie_makes_the_old_one_worthless(pixieset_studio: PhotoService) -> None:
    path = ALIVE["pixieset_studio"]
    pixieset_studio.services.way.rotate_cookies(path=path)
    before, after = statuses_without_help(pixieset_studio, path)
    assert (before, after in (401, 302)) == (200, True)


def test_photoshelter_s_cookie_is_rotated_though_the_server_sets_it_with_each_answer(
    photoshelter: PhotoService,
) -> None:
    way, path = photoshelter.services.way, ALIVE["photoshelter"]
    who = (photoshelter.username, photoshelter.password)
    signed_in = safelight.auth.PhotoShelter(
        photoshelter.url, api_key=photoshelter.api_key, mode="cookie", credentials=who
    )
    with safelight.Client(signed_in) as client, httpx2.Client() as bare:
        client.sign_in()
        old = signed_in.session.holding.held.grant
        assert old is not None
        for _ in range(3):
            way.rotate_cookies()
            for _ in range(2):
                assert client.get(path).status_code == 200
        request = httpx2.Request("GET", photoshelter.url + path)
        signed_in.session.wire.write_credentials(old, request)
        assert bare.send(request).status_code == 401
        assert client.get(path).status_code == 200
    assert way.count("POST", "/mem/authenticate") == 1


def test_a_client_goes_on_with_a_rotated_cookie(pixieset_studio: PhotoService) -> None:
    way, path = pixieset_studio.services.way, ALIVE["pixieset_studio"]
    with pixieset_studio.client() as client:
        client.get(path)
        for _ in range(3):
            way.rotate_cookies()
            assert client.get(path).status_code == 200
    assert way.count("POST", "/login") == 1


def test_a_refused_csrf_token_is_the_service_s_419(pixieset_studio: PhotoService) -> None:
    way = pixieset_studio.services.way
    with pixieset_studio.client() as client:
        client.sign_in()
        way.refuse_csrf()
        client.customers.add(NewCustomer(first_name="Grace"))
        names = [each.first_name for each in client.customers.list()]
    assert names == ["Grace"]
    assert way.count("POST", "/api/v1/clients/") == 2


@pytest.mark.parametrize("as_date", [False, True], ids=["seconds", "date"])
def test_a_rate_limit_says_until_when(safelight_server: PhotoService, as_date: bool) -> None:
    way = safelight_server.services.way
    with safelight_server.client() as client:
        client.sign_in()
        way.limit_rate(3600, as_date=as_date)
        answer = client.get("/v1/account")  # longer than a client waits, so it is the caller's
        assert answer.status_code == 429
        assert answer.headers["retry-after"].isdigit() is not as_date
        with pytest.raises(safelight.errors.Throttled):
            client.get("/v1/account")
    assert way.early == []


def test_a_request_before_its_time_is_noted(safelight_server: PhotoService) -> None:
    way = safelight_server.services.way
    way.limit_rate(3600)
    with httpx2.Client(base_url=safelight_server.url) as client:
        client.get("/v1/account")
        client.get("/v1/photos")
    assert [seen.path for seen in way.early] == ["/v1/photos"]


@pytest.mark.parametrize(("seconds", "early"), [(59.999999999, []), (59.9, ["/v1/photos"])])
def test_what_a_clock_rounds_off_is_no_haste(
    tmp_path: Path, seconds: float, early: list[str]
) -> None:
    passed = 0.0
    with open_services(tmp_path / "data", elapsed=lambda: passed) as services:
        services.way.limit_rate(60)
        with httpx2.Client(base_url=services.url) as client:
            client.get("/v1/account")
            passed = seconds
            client.get("/v1/photos")
        assert [seen.path for seen in services.way.early] == early


def test_an_outage_is_waited_for(service: PhotoService, alive: str) -> None:
    with service.client() as client:
        client.sign_in()
        service.services.way.fail(502, times=2)
        assert client.get(alive).status_code == 200
    assert service.services.way.count("GET", alive) == 3


def test_a_delay_provokes_a_timeout(safelight_server: PhotoService) -> None:
    safelight_server.services.way.delay(1)
    with httpx2.Client(base_url=safelight_server.url, timeout=0.05) as client:
        with pytest.raises(httpx2.ReadTimeout):
            client.get("/v1/account")
        assert client.get("/v1/account").status_code == 401


def test_a_truncated_answer_leaves_a_write_in_doubt_that_happened(
    safelight_server: PhotoService,
) -> None:
    with safelight_server.client() as client:
        client.sign_in()
        safelight_server.services.way.truncate(path="/v1/galleries")
        with pytest.raises(Unanswered):
            client.galleries.add("Harbour")
        assert [each.name for each in client.galleries.list()] == ["Harbour"]


@pytest.mark.parametrize(("after", "names"), [(False, []), (True, ["Harbour"])])
def test_a_reset_leaves_a_write_in_doubt_that_may_have_happened(
    safelight_server: PhotoService, after: bool, names: list[str]
) -> None:
    with safelight_server.client() as client:
        client.sign_in()
        safelight_server.services.way.reset(after=after)
        with pytest.raises(Unanswered):
            client.galleries.add("Harbour")
        assert [each.name for each in client.galleries.list()] == names


def test_a_skewed_clock_is_the_server_s_alone(librephotos: PhotoService) -> None:
    """An hour between both: a token of five minutes is neither over at once nor used for ever."""
    way = librephotos.services.way
    librephotos.services.clock.skew(timedelta(hours=1))
    with librephotos.client() as client:
        assert client.get("/api/photos/").status_code == 200
        assert client.get("/api/photos/").status_code == 200
        assert way.count("POST", "/api/auth/token/refresh/") == 0
        librephotos.services.clock.skew(timedelta(hours=1, minutes=6))
        assert client.get("/api/photos/").status_code == 200
    assert way.count("POST", "/api/auth/token/refresh/") == 1
    assert way.count("POST", "/api/auth/token/obtain/") == 1


def test_an_organization_can_be_acted_for(photo_services: PhotoServices) -> None:
    harbour = photo_services.add_organization("Harbour")
    with photo_services.photoshelter.client() as client:
        client.select_organization(harbour)
        answer = client.get("/psapi/v3/mem/user/session")
    assert harbour in answer.text
