"""An answer that nobody sees holds no connection: with one alone, the next request still has it."""

from typing import Any

import httpx2
import pytest
from tests.client.people import Ada
from tests.client.services import SERVICES

import safelight
from safelight.client.errors import UnsafeRedirect
from safelight.errors import Unauthenticated
from safelight.testing.faults import Answer

ONE = httpx2.Limits(max_connections=1)
SHORT = httpx2.Timeout(5.0)
PAGE = b"<p>signed out</p>" * 30
OVER: dict[str, Answer] = {
    "studio": Answer(302, {"location": "/studio/login", "content-type": "text/html"}, PAGE),
    "galleries": Answer(302, {"location": "/galleries/login", "content-type": "text/html"}, PAGE),
    **{
        service: Answer(401, {"content-type": "application/json"}, b'{"detail":"over"}')
        for service in ("librephotos", "recorder-monitor", "safelight")
    },
}
NOWHERE = Answer(302, {"location": "mailto:nobody@example.com"}, PAGE)


def options_of(ada: Ada, transport: Any) -> dict[str, Any]:
    return {
        "transport": transport,
        "timeout": SHORT,
        "patience": ada.quick,
        "clock": ada.house.clock,
    }


@pytest.mark.parametrize("service", list(OVER))
def test_a_session_that_is_over_is_renewed_over_the_same_one(ada: Ada, service: str) -> None:
    options = options_of(ada, httpx2.HTTPTransport(limits=ONE))
    path = SERVICES[service].path
    with safelight.Client(ada.at(service), **options) as client:
        client.sign_in()
        ada.way.order("GET", path, OVER[service])
        with client.stream("GET", path) as response:
            assert response.status_code == 200
            response.read()


@pytest.mark.parametrize("service", list(OVER))
async def test_an_async_client_does_the_same(ada: Ada, service: str) -> None:
    options = options_of(ada, httpx2.AsyncHTTPTransport(limits=ONE))
    path = SERVICES[service].path
    async with safelight.AsyncClient(ada.at(service), **options) as client:
        await client.sign_in()
        ada.way.order("GET", path, OVER[service])
        async with client.stream("GET", path) as response:
            assert response.status_code == 200
            await response.aread()


def test_a_session_that_cannot_be_renewed_leaves_it_free(ada: Ada) -> None:
    options = options_of(ada, httpx2.HTTPTransport(limits=ONE))
    auth = ada.at("studio")
    with safelight.Client(auth, **options) as client:
        grant = client.sign_in().grant
        assert grant is not None
    auth = ada.at("studio", credentials=None, account="ada@example.com")
    options = options_of(ada, httpx2.HTTPTransport(limits=ONE))
    with safelight.Client(auth, **options) as client:
        client.adopt(grant)
        ada.way.order("GET", "/news", *[OVER["studio"]] * 3)
        for _ in range(3):
            with pytest.raises(Unauthenticated), client.stream("GET", "/news"):
                pass
        assert client.get(SERVICES["studio"].path).status_code == 200


def test_a_redirect_that_is_not_followed_leaves_it_free(ada: Ada) -> None:
    options = options_of(ada, httpx2.HTTPTransport(limits=ONE))
    with safelight.Client(ada.at("safelight"), **options) as client:
        client.sign_in()
        ada.way.order("GET", "/news", NOWHERE, NOWHERE)
        for _ in range(2):
            with pytest.raises(UnsafeRedirect), client.stream("GET", "/news"):
                pass
        assert client.get("/v1/account").status_code == 200
