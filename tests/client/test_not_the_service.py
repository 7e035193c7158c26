"""What answers is not the service: a network's sign-in, a proxy, a page that tells people apart.

It proves nothing about a session or a password, so neither is lost.
"""

from __future__ import annotations

from typing import Any

import pytest
from tests.client.people import Ada
from tests.client.services import SERVICES

import safelight
from safelight.client.errors import CaptchaRequired, NotTheService
from safelight.errors import ApiKeyRequired, SafelightError
from safelight.testing.faults import Answer

every_service = pytest.mark.parametrize("service", list(SERVICES))

HTML = {"content-type": "text/html; charset=utf-8"}
PAGE = b"<!doctype html><title>Welcome to this network</title>"
PORTALS = {
    "a page": Answer(200, HTML, PAGE),
    "a page without a type": Answer(200, {}, PAGE),
    "a page with a cookie": Answer(200, HTML | {"set-cookie": "visit=1; Path=/"}, PAGE),
    "a redirect": Answer(302, {"location": "http://hotspot.example/welcome"}),
    "a redirect to a sign-in": Answer(302, {"location": "http://hotspot.example/login"}),
    "a proxy's 401": Answer(401, HTML, PAGE),
    "a proxy's 403": Answer(403, HTML, PAGE),
    "a proxy's 404": Answer(404, HTML, PAGE),
    "a proxy's 405": Answer(405, HTML, PAGE),
}
every_portal = pytest.mark.parametrize("portal", list(PORTALS))


def client_of(ada: Ada, service: str, **options: Any) -> safelight.Client:
    return safelight.Client(ada.at(service, **options), patience=ada.quick, clock=ada.house.clock)


@every_service
@every_portal
def test_a_sign_out_that_did_not_reach_the_service_ends_nothing(
    ada: Ada, service: str, portal: str
) -> None:
    with client_of(ada, service) as client:
        client.sign_in()
        ada.way.order("*", "", PORTALS[portal], PORTALS[portal])
        with pytest.raises(SafelightError):
            client.sign_out()
        ada.way.forget()
        assert client.get(SERVICES[service].path).status_code == 200
        assert ada.sign_ins(service) == 1
        client.sign_out()


@pytest.mark.parametrize("service", ["studio", "galleries", "librephotos"])
@pytest.mark.parametrize(
    "instead",
    [
        Answer(404, HTML, PAGE),
        Answer(500, {}, b""),
        Answer(302, {"location": "http://hotspot.example/"}),
        Answer(200, HTML, b'<script src="https://js.hcaptcha.com/1/api.js"></script>'),
    ],
    ids=lambda answer: str(answer.status),
)
def test_a_way_out_that_is_not_found_is_one_of_the_service_only_if_that_answers(
    ada: Ada, service: str, instead: Answer
) -> None:
    """Some have none, and are simply left."""
    with client_of(ada, service) as client:
        client.sign_in()
        ada.way.order("POST", "", Answer(404, HTML, PAGE))
        ada.way.order("GET", "", instead)
        with pytest.raises(SafelightError):
            client.sign_out()
        assert client.get(SERVICES[service].path).status_code == 200
        ada.way.order("POST", "", Answer(404, HTML, PAGE))
        client.sign_out()
    assert ada.sign_ins(service) == 1


@pytest.mark.parametrize("service", ["photoshelter-token", "photoshelter-cookie"])
def test_a_refused_api_key_is_no_end_of_a_session(ada: Ada, service: str) -> None:
    refused = Answer(
        403,
        {"content-type": "application/json"},
        b'{"status":"error","error":{"class":"ApiKeyInvalid","message":"no such key"}}',
    )
    with client_of(ada, service) as client:
        client.sign_in()
        ada.way.order("*", "", refused)
        with pytest.raises(ApiKeyRequired):
            client.sign_out()
        assert client.get(SERVICES[service].path).status_code == 200
    assert ada.sign_ins(service) == 1


def test_a_captcha_before_a_renewal_is_no_end_of_a_session(ada: Ada) -> None:
    captcha = Answer(403, HTML, b'<script src="https://js.hcaptcha.com/1/api.js"></script>')
    with client_of(ada, "librephotos") as client:
        client.sign_in()
        ada.house.clock.advance(300)
        ada.way.order("POST", "/api/auth/token/refresh/", captcha, captcha)
        with pytest.raises(CaptchaRequired):
            client.is_live()
        with pytest.raises(CaptchaRequired):
            client.get("/api/photos/")
        assert client.is_live()
    assert ada.sign_ins("librephotos") == 1


@every_service
@every_portal
def test_a_session_is_not_said_to_live_when_somebody_else_answers(
    ada: Ada, service: str, portal: str
) -> None:
    with client_of(ada, service) as client:
        client.sign_in()
        ada.way.order("*", "", PORTALS[portal])
        with pytest.raises(SafelightError):
            client.is_live()
        assert client.is_live()
    assert ada.sign_ins(service) == 1


@every_service
@every_portal
def test_a_password_is_not_wrong_because_a_proxy_says_no(
    ada: Ada, service: str, portal: str
) -> None:
    with client_of(ada, service) as client:
        ada.way.order("POST", SERVICES[service].sign_in, PORTALS[portal])
        with pytest.raises(SafelightError) as raised:
            client.get(SERVICES[service].path)
        assert raised.value.reason is safelight.Reason.NOT_THE_SERVICE
        assert client.get(SERVICES[service].path).status_code == 200
    assert ada.sign_ins(service) == 2


@every_service
@pytest.mark.parametrize("portal", ["a page", "a proxy's 401", "a proxy's 403"])
def test_an_answer_of_somebody_else_does_not_end_a_session(
    ada: Ada, service: str, portal: str
) -> None:
    path = SERVICES[service].path
    with client_of(ada, service) as client:
        client.get(path)
        ada.way.order("GET", path, PORTALS[portal])
        assert client.get(path).status_code == PORTALS[portal].status
        assert client.get(path).status_code == 200
    assert ada.sign_ins(service) == 1


@pytest.mark.parametrize("service", ["safelight", "librephotos", "photoshelter-token"])
def test_nothing_is_deleted_by_a_page(ada: Ada, service: str) -> None:
    with client_of(ada, service) as client:
        gallery = client.galleries.add("Harbour")
        method = "POST" if service == "photoshelter-token" else "DELETE"
        ada.way.order(method, "", Answer(200, HTML, PAGE))
        with pytest.raises(NotTheService, match="answered with a page, 200 OK"):
            client.galleries.delete(gallery.id)
        assert [each.id for each in client.galleries.list()] == [gallery.id]


@every_service
@pytest.mark.parametrize("status", [200, 403])
@pytest.mark.parametrize(
    "script",
    [
        "https://www.google.com/recaptcha/api.js",
        "https://js.hcaptcha.com/1/api.js",
        "https://challenges.cloudflare.com/turnstile/v0/api.js",
    ],
)
def test_a_page_that_tells_people_apart_is_called_that(
    ada: Ada, service: str, status: int, script: str
) -> None:
    page = f'<html><script src="{script}" async></script>'.encode()
    with client_of(ada, service) as client:
        ada.way.order("POST", SERVICES[service].sign_in, Answer(status, HTML, page))
        with pytest.raises(CaptchaRequired):
            client.sign_in()


@every_service
def test_what_stood_in_the_way_is_looked_for_again_after_a_while(ada: Ada, service: str) -> None:
    """Not at every call: that would keep it there."""
    with client_of(ada, service) as client:
        ada.way.order("POST", SERVICES[service].sign_in, Answer(403, {"cf-mitigated": "challenge"}))
        for _ in range(2):
            with pytest.raises(CaptchaRequired):
                client.get(SERVICES[service].path)
        assert ada.sign_ins(service) == 1
        ada.house.clock.advance(301)
        assert client.get(SERVICES[service].path).status_code == 200
    assert ada.sign_ins(service) == 2


@pytest.mark.parametrize(
    "service",
    ["photoshelter-token", "photoshelter-cookie", "librephotos", "recorder-monitor", "safelight"],
)
def test_a_status_of_another_framework_is_the_caller_s_to_judge(ada: Ada, service: str) -> None:
    path = SERVICES[service].path
    with client_of(ada, service) as client:
        ada.way.order("GET", path, Answer(419, {}, b""))
        assert client.get(path).status_code == 419
        assert client.get(path).status_code == 200
    assert ada.sign_ins(service) == 1


@every_service
def test_a_redirect_to_no_address_is_refused_by_name(ada: Ada, service: str) -> None:
    path = SERVICES[service].path
    with client_of(ada, service) as client:
        ada.way.order("GET", path, Answer(302, {"location": "http://[::1/login"}))
        with pytest.raises(SafelightError):
            client.get(path)
        assert client.get(path).status_code == 200
    assert ada.sign_ins(service) == 1
