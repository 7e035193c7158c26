"""The client's half of the Recorder Monitor's wire."""

import httpx2
import pytest
from tests.client.flows import answer, credentials_on, form_of, play, play_grant
from tests.client.people import Ada
from tests.house import PASSWORD

import safelight
from safelight.client.errors import NotTheService
from safelight.client.grant import Grant, HeldCookie
from safelight.client.protocols.recorder_monitor import RecorderMonitorWire
from safelight.errors import (
    InvalidCredential,
    MalformedRequest,
    SafelightError,
    Throttled,
    WrongPassword,
)
from safelight.exchange import LogIn
from safelight.identity.realm import Carrier
from safelight.secret import Secret

WIRE = RecorderMonitorWire(httpx2.URL("https://monitor.example/"))
LOG_IN = LogIn(identifier="ada@example.com", password=Secret("pässword"), carrier=Carrier.HEADER)
ADA = "/api/users/ada@example.com"


def led_to(place: str, *headers: tuple[str, str]) -> httpx2.Response:
    return answer(303, headers=[("location", place), *headers])


@pytest.mark.covers("RM-55")
def test_the_form_has_the_password_in_base64() -> None:
    told = led_to("https://monitor.example/", ("jsession", "T"))
    _, (request,) = play(WIRE.perform(LOG_IN, None), told)
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert form_of(request) == {"email": "ada@example.com", "password": "cMOkc3N3b3Jk"}


@pytest.mark.covers("RM-55")
@pytest.mark.parametrize(
    ("place", "signed_in"),
    [
        ("https://monitor.example/", True),
        ("/", True),
        ("/recorders?from=/login", True),
        ("https://monitor.example:443/recorders", True),
        ("https://monitor.example/login", False),
        ("https://MONITOR.example:443/login", False),
        ("/login", False),
        ("/ms-mon/login/", False),
        ("login", False),
    ],
)
def test_where_it_leads_tells_right_from_wrong(place: str, signed_in: bool) -> None:
    told = led_to(place, ("set-cookie", "JSESSIONID=ABC; Path=/; HttpOnly"))
    if signed_in:
        assert play_grant(WIRE.perform(LOG_IN, None), told).session_token == Secret("ABC")
    else:
        with pytest.raises(InvalidCredential):
            play(WIRE.perform(LOG_IN, None), told)


@pytest.mark.covers("RM-55")
def test_a_service_behind_a_proxy_may_take_itself_for_http() -> None:
    token = ("set-cookie", "JSESSIONID=ABC; Path=/; HttpOnly")
    right = answer(303, headers=[("location", "http://monitor.example/"), token])
    assert play_grant(WIRE.perform(LOG_IN, None), right).session_token == Secret("ABC")
    wrong = answer(303, headers=[("location", "http://monitor.example/login")])
    with pytest.raises(InvalidCredential):
        play(WIRE.perform(LOG_IN, None), wrong)


@pytest.mark.covers("RM-55")
@pytest.mark.parametrize("path", ["/api/login", "/login", "/"])
@pytest.mark.parametrize(
    ("status", "origin"),
    [
        *((status, "https://www.monitor.example") for status in (301, 302, 303, 307, 308)),
        (303, "http://monitor.example:8080"),
        (303, "https://monitor.example:8443"),
        *((status, "") for status in (301, 302, 307, 308)),
    ],
)
def test_any_other_redirect_is_no_verdict(status: int, origin: str, path: str) -> None:
    token = ("set-cookie", "JSESSIONID=ABC; Path=/")
    told = answer(status, headers=[("location", f"{origin}{path}"), token])
    with pytest.raises(NotTheService, match="leads elsewhere"):
        play(WIRE.perform(LOG_IN, None), told)


@pytest.mark.parametrize("headers", [[], [("location", "https://[")]])
def test_a_redirect_to_nowhere_is_no_verdict(headers: list[tuple[str, str]]) -> None:
    with pytest.raises(NotTheService, match="leads elsewhere"):
        play(WIRE.perform(LOG_IN, None), answer(303, headers=headers))


@pytest.mark.covers("RM-55")
@pytest.mark.parametrize("follow", [False, True])
def test_the_redirect_is_judged_even_by_a_client_that_follows_it(ada: Ada, follow: bool) -> None:
    auth = ada.at("recorder-monitor")
    with httpx2.Client(auth=auth, base_url=ada.address, follow_redirects=follow) as client:
        assert client.get(ADA).status_code == 200
    wrong = ada.at("recorder-monitor", credentials=("ada@example.com", "not the right one"))
    with (
        httpx2.Client(auth=wrong, base_url=ada.address, follow_redirects=follow) as client,
        pytest.raises(InvalidCredential),
    ):
        client.get(ADA)


def test_the_library_s_own_client_does_not_follow_it(ada: Ada) -> None:
    with safelight.Client(ada.at("recorder-monitor"), clock=ada.house.clock) as client:
        client.sign_in()
    assert ada.way.count("GET", "/") == 0


COOKIE = ("set-cookie", "JSESSIONID=of-the-cookie; Path=/; HttpOnly")
OLD = Grant(
    session_token=Secret("old"),
    cookies=(
        HeldCookie(
            name="JSESSIONID",
            value=Secret("old"),
            domain="monitor.example",
            path="/",
            host_only=True,
            secure=True,
        ),
    ),
)


@pytest.mark.covers("RM-56")
@pytest.mark.parametrize(
    ("headers", "token"),
    [
        ([("jsession", "first"), ("session", "second"), COOKIE], "first"),
        ([("session", "second"), COOKIE], "second"),
        ([COOKIE], "of-the-cookie"),
        ([], "old"),
    ],
)
def test_the_token_is_the_header_s_else_the_cookie_s_else_the_one_from_before(
    headers: list[tuple[str, str]], token: str
) -> None:
    flow = WIRE.perform(LOG_IN, OLD)
    outcome, (request,) = play(flow, led_to("/", *headers))
    assert isinstance(outcome, Grant)
    assert outcome.session_token == Secret(token)
    assert request.headers["cookie"] == "JSESSIONID=old"


def test_a_sign_in_that_gives_no_token_at_all_is_none() -> None:
    with pytest.raises(NotTheService):
        play(WIRE.perform(LOG_IN, None), led_to("/"))


@pytest.mark.covers("RM-57")
def test_the_token_goes_as_header_and_as_cookie() -> None:
    headers = credentials_on(WIRE, Grant(session_token=Secret("T")), path="/api/recorders")
    assert headers["jsession"] == "T"
    assert headers["cookie"] == "JSESSIONID=T"


@pytest.mark.covers("RM-57")
def test_the_server_sees_both(ada: Ada) -> None:
    with safelight.Client(ada.at("recorder-monitor"), clock=ada.house.clock) as client:
        client.get(ADA)
    seen = ada.way.seen[-1].headers
    assert seen["cookie"] == f"JSESSIONID={seen['jsession']}"


def test_a_wrong_current_password_is_not_taken_for_the_end_of_the_session(ada: Ada) -> None:
    with safelight.Client(ada.at("recorder-monitor"), clock=ada.house.clock) as client:
        form = {"current": "bm90IHRoZSByaWdodCBvbmU=", "new": PASSWORD}
        response = client.post("/api/login/change", data=form)
        assert response.status_code == 401
        assert isinstance(client.error_of(response), WrongPassword)
    assert ada.sign_ins("recorder-monitor") == 1


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (answer(400, json={"status": "error", "message": "Not included"}), MalformedRequest),
        (answer(429, json={"message": "Too many"}, headers=[("retry-after", "5")]), Throttled),
        (answer(200, text="<html></html>"), NotTheService),
    ],
)
def test_a_sign_in_that_fails_is_told_apart(
    response: httpx2.Response, kind: type[SafelightError]
) -> None:
    with pytest.raises(kind):
        play(WIRE.perform(LOG_IN, None), response)
