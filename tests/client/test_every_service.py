"""What holds on each service alike, for blocking and async callers, over a real socket."""

import logging

import httpx2
import pytest
from tests.client.people import Ada
from tests.client.services import SERVICES

import safelight
from safelight.client.errors import NotTheService, Unreachable
from safelight.client.events import Happened
from safelight.errors import (
    ExpiredCredential,
    InvalidCredential,
    PlainHttpRefused,
    Reason,
    SafelightError,
    Unauthenticated,
    Unavailable,
)
from safelight.testing.faults import Answer

every_service = pytest.mark.parametrize("service", list(SERVICES))


@every_service
def test_the_first_request_signs_in_and_the_others_do_not(ada: Ada, service: str) -> None:
    with safelight.Client(ada.at(service), clock=ada.house.clock) as client:
        answers = [client.get(SERVICES[service].path) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert ada.sign_ins(service) == 1


@every_service
async def test_an_async_client_does_the_same(ada: Ada, service: str) -> None:
    async with safelight.AsyncClient(ada.at(service), clock=ada.house.clock) as client:
        for _ in range(3):
            assert (await client.get(SERVICES[service].path)).status_code == 200
        ada.house.clock.advance(SERVICES[service].over)
        assert (await client.get(SERVICES[service].path)).status_code == 200
        await client.sign_out()
    assert ada.sign_ins(service) == 2


@every_service
@pytest.mark.covers("PX-53", "RM-58")
def test_a_session_that_ends_in_between_is_replaced_once(ada: Ada, service: str) -> None:
    with safelight.Client(ada.at(service), clock=ada.house.clock) as client:
        assert client.get(SERVICES[service].path).status_code == 200
        ada.house.settle()
        ada.house.clock.advance(SERVICES[service].over)
        assert client.get(SERVICES[service].path).status_code == 200
        assert client.get(SERVICES[service].path).status_code == 200
    assert ada.sign_ins(service) == 2


@every_service
def test_anybodys_client_can_use_the_sign_in_alone(ada: Ada, service: str) -> None:
    auth = ada.at(service)
    base = auth.session.wire.url
    with httpx2.Client(auth=auth, base_url=base) as client:
        assert client.get(SERVICES[service].path).status_code == 200
        ada.house.settle()
        ada.house.clock.advance(SERVICES[service].over)
        assert client.get(SERVICES[service].path).status_code == 200
    assert ada.sign_ins(service) == 2


@every_service
def test_a_wrong_password_is_sent_once(ada: Ada, service: str) -> None:
    auth = ada.at(service, credentials=("ada@example.com", "not the right one"))
    with safelight.Client(auth, clock=ada.house.clock) as client:
        for _ in range(3):
            with pytest.raises(InvalidCredential) as raised:
                client.get(SERVICES[service].path)
            assert raised.value.reason is Reason.BAD_PASSWORD
    assert ada.sign_ins(service) == 1


@every_service
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_service_that_moved_says_nothing_of_the_password(
    ada: Ada, service: str, status: int
) -> None:
    path = SERVICES[service].sign_in
    moved = Answer(status=status, headers={"location": f"https://www.example.test{path}"})
    ada.way.order("POST", path, moved)
    with safelight.Client(ada.at(service), clock=ada.house.clock) as client:
        with pytest.raises(NotTheService, match=r"leads elsewhere\. Check the address\.$"):
            client.get(SERVICES[service].path)
        assert client.get(SERVICES[service].path).status_code == 200
    assert ada.sign_ins(service) == 2


@every_service
def test_an_express_wish_sends_the_password_again(ada: Ada, service: str) -> None:
    auth = ada.at(service, credentials=("ada@example.com", "not the right one"))
    with safelight.Client(auth, clock=ada.house.clock) as client:
        for _ in range(2):
            with pytest.raises(InvalidCredential):
                client.sign_in()
    assert ada.sign_ins(service) == 2


@every_service
def test_after_the_sign_out_the_session_is_over_on_both_sides(ada: Ada, service: str) -> None:
    auth = ada.at(service)
    with safelight.Client(auth, clock=ada.house.clock) as client:
        client.get(SERVICES[service].path)
        kept = auth.session.holding.held
        assert client.is_live()
        client.sign_out()
        assert not client.is_live()
        with pytest.raises(Unauthenticated):
            client.get(SERVICES[service].path)
        # LibrePhotos' access tokens end with their session here, so the old grant is over, too.
        auth.session.holding.hold(kept)
        assert not client.is_live()


@every_service
def test_a_live_session_is_not_replaced_by_signing_in(ada: Ada, service: str) -> None:
    with safelight.Client(ada.at(service), clock=ada.house.clock) as client:
        first = client.sign_in()
        assert client.sign_in().id == first.id
        assert client.sign_in(force=True).id != first.id
    assert ada.sign_ins(service) == 2


@every_service
def test_without_a_password_an_ended_session_is_said_to_be_over(ada: Ada, service: str) -> None:
    auth = ada.at(service)
    with safelight.Client(auth, clock=ada.house.clock) as client:
        held = client.sign_in()
    assert held.grant is not None
    bare = ada.at(service, credentials=None, account="ada")
    with safelight.Client(bare, clock=ada.house.clock) as client:
        with pytest.raises(Unauthenticated, match="Nobody is signed in"):
            client.get(SERVICES[service].path)
        client.adopt(held.grant)
        assert client.get(SERVICES[service].path).status_code == 200
        ada.house.settle()
        ada.house.clock.advance(SERVICES[service].over)
        with pytest.raises(ExpiredCredential) as raised:
            client.get(SERVICES[service].path)
        assert raised.value.reason is Reason.EXPIRED


@every_service
@pytest.mark.parametrize(
    "fault",
    [
        Answer(status=502, body=b"<h1>Bad Gateway</h1>", headers={"content-type": "text/html"}),
        Answer(status=503, body=b"{}"),
        Answer(status=200, body=b'{"status": "ok"', breaks=True),
    ],
    ids=["502", "503", "truncated"],
)
def test_an_outage_is_not_a_sign_out(ada: Ada, service: str, fault: Answer) -> None:
    with safelight.Client(ada.at(service), patience=ada.quick, clock=ada.house.clock) as client:
        client.get(SERVICES[service].path)
        ada.way.order("GET", SERVICES[service].path, *[fault] * 2)
        assert client.get(SERVICES[service].path).status_code == 200
    assert ada.sign_ins(service) == 1
    assert ada.happened(Happened.PAUSED) == 2


@every_service
def test_an_outage_of_the_sign_in_is_waited_for(ada: Ada, service: str) -> None:
    fault = Answer(status=502, body=b"<h1>Bad Gateway</h1>")
    ada.way.order("POST", SERVICES[service].sign_in, fault, fault)
    with safelight.Client(ada.at(service), patience=ada.quick, clock=ada.house.clock) as client:
        assert client.get(SERVICES[service].path).status_code == 200


@every_service
def test_an_unreachable_service_is_named_and_nothing_is_lost(ada: Ada, service: str) -> None:
    auth = ada.at(service)
    with safelight.Client(auth, patience=ada.quick, clock=ada.house.clock) as client:
        client.sign_in()
        held = auth.session.holding.held

        def refuse(request: httpx2.Request) -> httpx2.Response:
            raise httpx2.ConnectError("Name or service not known", request=request)

        broken = safelight.Client(
            auth,
            patience=ada.quick,
            clock=ada.house.clock,
            transport=httpx2.MockTransport(refuse),
        )
        with pytest.raises(Unreachable, match=r"http://localhost:.*cannot be reached") as raised:
            broken.get(SERVICES[service].path)
        assert isinstance(raised.value, Unavailable)
        assert auth.session.holding.held == held
        assert client.get(SERVICES[service].path).status_code == 200


@every_service
@pytest.mark.covers("PS-69", "PX-57")
def test_no_secret_is_in_an_address_a_log_or_a_text(
    ada: Ada, service: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    auth = ada.at(service)
    with safelight.Client(auth, clock=ada.house.clock) as client:
        client.get(SERVICES[service].path)
        assert "HTTP Request: GET" in caplog.text
        assert "send_request_headers.started" in caplog.text
        shown = repr(auth.session.holding.held) + caplog.text + "".join(map(str, ada.events))
        secrets = ada.secrets_of(auth)
        assert len(secrets) > 1
        assert not any(secret in shown for secret in secrets)
        assert not any(secret in seen.query for seen in ada.way.seen for secret in secrets)
        assert not any(secret in seen.path for seen in ada.way.seen for secret in secrets)


@every_service
def test_plain_http_to_another_machine_is_refused(ada: Ada, service: str) -> None:
    build = SERVICES[service].build
    with pytest.raises(PlainHttpRefused):
        build("http://photos.example", "AAAAAAAAAAA", credentials=("ada", "x"))
    build("http://photos.example", "A", credentials=("ada", "x"), allow_plain_http=True)


@every_service
def test_a_page_that_is_not_the_service_is_said_to_be_none(ada: Ada, service: str) -> None:
    page = Answer(
        status=200, body=b"<html>Welcome to nginx!</html>", headers={"content-type": "text/html"}
    )
    ada.way.order("POST", SERVICES[service].sign_in, page)
    with (
        safelight.Client(ada.at(service), clock=ada.house.clock) as client,
        pytest.raises(SafelightError) as raised,
    ):
        client.get(SERVICES[service].path)
    assert raised.value.reason is Reason.NOT_THE_SERVICE


@every_service
def test_a_captcha_in_the_way_is_named(ada: Ada, service: str) -> None:
    wall = Answer(status=403, headers={"cf-mitigated": "challenge"}, body=b"<html></html>")
    ada.way.order("POST", SERVICES[service].sign_in, wall)
    with (
        safelight.Client(ada.at(service), clock=ada.house.clock) as client,
        pytest.raises(SafelightError) as raised,
    ):
        client.get(SERVICES[service].path)
    assert raised.value.reason is Reason.CAPTCHA
