"""The client's half of Pixieset's wire."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from tests.client.flows import answer, credentials_on, form_of, play, play_grant
from tests.client.people import Ada

import safelight
from safelight.client.answers import pause_of
from safelight.client.errors import CaptchaRequired, NotTheService, Unanswered
from safelight.client.events import Happened
from safelight.client.grant import Grant
from safelight.client.protocols.pixieset import PixiesetWire
from safelight.client.things import NewCustomer
from safelight.errors import (
    CsrfMismatch,
    ExpiredCredential,
    Forbidden,
    InvalidCredential,
    InvalidFields,
    MalformedRequest,
    NotFound,
    SafelightError,
    Throttled,
    Unavailable,
)
from safelight.exchange import LogIn
from safelight.identity.realm import Carrier
from safelight.secret import Secret
from safelight.testing.faults import Answer

WIRE = PixiesetWire(httpx2.URL("https://galleries.pixieset.com/"), "galleries")
CLIENTS = "/api/v1/clients/"
LOG_IN = LogIn(identifier="ada@example.com", password=Secret("p&w"), carrier=Carrier.COOKIE)
SESSION = ("set-cookie", "gallery_dashboard_session=abc; path=/; httponly")
CSRF = ("set-cookie", "GD-XSRF-TOKEN=tok%3D; path=/")


def test_signing_in_sends_the_form_and_nothing_else() -> None:
    _, (request,) = play(WIRE.perform(LOG_IN, None), answer(headers=[SESSION]))
    assert str(request.url) == "https://galleries.pixieset.com/login"
    assert form_of(request) == {"email": "ada@example.com", "password": "p&w"}


# --- the CSRF token ---------------------------------------------------------------------------


@pytest.mark.covers("PX-54")
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_the_token_of_the_cookie_goes_decoded_into_its_header(method: str) -> None:
    grant = play_grant(WIRE.perform(LOG_IN, None), answer(headers=[SESSION, CSRF]))
    headers = credentials_on(WIRE, grant, method, "/api/v1/collections/1")
    assert headers["x-xsrf-token"] == "tok="
    assert headers["x-requested-with"] == "XMLHttpRequest"
    assert "x-csrf-token" not in headers
    assert headers["cookie"] == "gallery_dashboard_session=abc; GD-XSRF-TOKEN=tok%3D"


@pytest.mark.covers("PX-54")
@pytest.mark.parametrize(
    "told",
    [
        answer(headers=[SESSION, CSRF], json={"data": {"user": {}, "csrf_token": "plain"}}),
        answer(
            headers=[SESSION, CSRF],
            text='<html><head><meta content="plain" name="csrf-token"></head></html>',
        ),
    ],
    ids=["body", "page"],
)
def test_the_token_of_the_answer_comes_before_that_of_the_cookie(told: httpx2.Response) -> None:
    grant = play_grant(WIRE.perform(LOG_IN, None), told)
    headers = credentials_on(WIRE, grant, "PATCH", "/api/v1/collections/1")
    assert headers["x-csrf-token"] == "plain"
    assert "x-xsrf-token" not in headers


ODD = "<![foo[ what no HTML has ]]>"
META = '<meta name="csrf-token" content="plain">'


@pytest.mark.parametrize(("page", "token"), [(META + ODD, "plain"), (ODD + META, "tok=")])
def test_of_a_page_that_cannot_be_read_only_the_beginning_counts(page: str, token: str) -> None:
    told = answer(headers=[SESSION, CSRF], text=page)
    assert play_grant(WIRE.perform(LOG_IN, None), told).csrf_token == Secret(token)


def test_a_page_that_cannot_be_read_is_nobody_s_sign_in() -> None:
    with pytest.raises(NotTheService):
        play(WIRE.perform(LOG_IN, None), answer(headers=[SESSION], text=ODD))


@pytest.mark.covers("PX-54")
@pytest.mark.parametrize("name", ["XSRF-TOKEN", "GD-XSRF-TOKEN", "anything-XSRF-TOKEN"])
def test_a_cookie_is_known_by_the_end_of_its_name(name: str) -> None:
    cookie = ("set-cookie", f"{name}=a%2Bb; path=/")
    grant = play_grant(WIRE.perform(LOG_IN, None), answer(headers=[SESSION, cookie]))
    assert grant.csrf_token == Secret("a+b")


def test_reading_shows_no_token() -> None:
    grant = play_grant(WIRE.perform(LOG_IN, None), answer(headers=[SESSION, CSRF]))
    headers = credentials_on(WIRE, grant, "GET", "/api/v1/user")
    assert "x-xsrf-token" not in headers
    assert "x-csrf-token" not in headers


def test_a_new_cookie_in_any_answer_is_the_token_from_then_on() -> None:
    grant = play_grant(WIRE.perform(LOG_IN, None), answer(headers=[SESSION, CSRF]))
    fresh = ("set-cookie", "GD-XSRF-TOKEN=new; path=/")
    renewed = WIRE.read_renewal(
        grant, answer(headers=[fresh], url="https://galleries.pixieset.com/api/v1/user")
    )
    assert credentials_on(WIRE, renewed, "POST")["x-xsrf-token"] == "new"


@pytest.mark.covers("PX-54")
@pytest.mark.parametrize("service", ["studio", "galleries"])
def test_every_write_passes_the_server_s_own_guard(ada: Ada, service: str) -> None:
    with safelight.Client(ada.at(service), clock=ada.house.clock) as client:
        if service == "studio":
            client.customers.add(NewCustomer(first_name="Grace"))
        client.sign_out()
    assert ada.happened(Happened.CSRF_RENEWED) == 0


STALE = [
    Answer(status=419, body=b'{"error":"x","message":"CSRF token mismatch."}'),
    Answer(
        status=403,
        body=b'{"error":"Forbidden","message":"The CSRF token is over."}',
        headers={"content-type": "application/json"},
    ),
]


@pytest.mark.covers("PX-55")
@pytest.mark.parametrize("fault", STALE, ids=["419", "403"])
def test_a_refused_token_is_fetched_anew_and_the_write_repeated_once(
    ada: Ada, fault: Answer
) -> None:
    with safelight.Client(ada.at("studio"), clock=ada.house.clock) as client:
        client.sign_in()
        ada.way.order("POST", CLIENTS, fault)
        made = client.customers.add(NewCustomer(first_name="Grace", email="g@example.com"))
        assert [each.id for each in client.customers.list()] == [made.id]
    assert ada.happened(Happened.CSRF_RENEWED) == 1
    assert ada.way.count("GET", "/studio/") == 1
    assert ada.way.count("POST", CLIENTS) == 2
    assert ada.sign_ins("studio") == 1


@pytest.mark.covers("PX-55")
def test_a_token_that_is_over_on_the_server_is_fetched_anew(ada: Ada) -> None:
    """The session used all along, its CSRF token nearly: a real 419, and a real fresh token."""
    auth = ada.at("studio")
    with safelight.Client(auth, clock=ada.house.clock) as client:
        client.sign_in()
        held = auth.session.holding.held
        assert held.grant is not None
        auth.session.holding.amend(
            held.id, lambda grant: Grant(cookies=grant.cookies, csrf_token=Secret("stale"))
        )
        client.customers.add(NewCustomer(first_name="Grace"))
    assert ada.happened(Happened.CSRF_RENEWED) == 1


@pytest.mark.covers("PX-55")
def test_a_token_that_is_refused_twice_is_the_caller_s_answer(ada: Ada) -> None:
    with safelight.Client(ada.at("studio"), clock=ada.house.clock) as client:
        ada.way.order("POST", CLIENTS, *[STALE[0]] * 3)
        response = client.post(CLIENTS, json={"first_name": "Grace"})
        assert response.status_code == 419
        assert isinstance(client.error_of(response), CsrfMismatch)
    assert ada.way.count("POST", CLIENTS) == 2


def test_a_session_that_turns_out_to_be_over_while_the_token_is_fetched_is_replaced(
    ada: Ada,
) -> None:
    with safelight.Client(ada.at("studio"), clock=ada.house.clock) as client:
        client.sign_in()
        ada.house.settle()
        ada.house.clock.advance(3 * 3600)
        ada.way.order("POST", CLIENTS, STALE[0])
        client.customers.add(NewCustomer(first_name="Grace"))
        assert len(list(client.customers.list())) == 1
    assert ada.sign_ins("studio") == 2


# --- pauses -----------------------------------------------------------------------------------


@pytest.mark.covers("PX-56")
@pytest.mark.parametrize("status", [400, 403, 404, 422])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_will_not_change_is_not_asked_again(ada: Ada, status: int, method: str) -> None:
    with safelight.Client(ada.at("studio"), clock=ada.house.clock) as client:
        ada.way.order(method, CLIENTS, Answer(status=status, body=b"{}"))
        assert client.request(method, CLIENTS).status_code == status
    assert ada.way.count(method, CLIENTS) == 1


@pytest.mark.covers("PX-56")
@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0"}, 0),
        (
            {
                "retry-after": "Sun, 01 Mar 2026 12:02:00 GMT",
                "date": "Sun, 01 Mar 2026 12:00:30 GMT",
            },
            90,
        ),
        ({"retry-after": "Sun, 01 Mar 2026 12:00:05 GMT"}, 5),
        ({"retry-after": "Sun, 01 Mar 2026 11:00:00 GMT"}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_as_seconds_and_as_a_date(
    headers: dict[str, str], seconds: int | None
) -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    found = pause_of(answer(429, headers=list(headers.items())), now)
    assert found == (None if seconds is None else timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("told", "days"),
    [
        ("9999999999", 365),
        ("9" * 20, 365),
        ("9" * 5000, 365),
        ("999999999", 365),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 365),
        ("0" * 5000 + "86400", 1),
    ],
)
def test_a_very_long_wait_is_a_long_one_whatever_its_digits(told: str, days: int) -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert pause_of(answer(429, headers=[("retry-after", told)]), now) == timedelta(days=days)


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        (["1", "1"], 1),
        (["1, 30"], 30),
        (["30", "1"], 30),
        (["soon", "7"], 7),
        (["7", "Sun, 01 Mar 2026 12:00:09 GMT"], 9),
        (["90", "Sunday, 01-Mar-26 12:00:09 GMT"], 90),
        (["1.5"], 2),
        (["2.0"], 2),
        (["1."], None),
        ([".5"], None),
    ],
)
def test_of_several_waits_the_longest_counts_and_a_part_of_a_second_is_a_whole_one(
    told: list[str], seconds: int | None
) -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    headers = [("retry-after", each) for each in told]
    found = pause_of(answer(429, headers=headers), now)
    assert found == (None if seconds is None else timedelta(seconds=seconds))


# --- cookies ----------------------------------------------------------------------------------


@pytest.mark.covers("PX-57")
def test_cookies_go_to_where_they_came_from_and_only_over_https() -> None:
    grant = play_grant(
        WIRE.perform(LOG_IN, None),
        answer(headers=[SESSION, ("set-cookie", "wide=1; path=/; domain=.pixieset.com")]),
    )

    def sent(url: str) -> str:
        request = httpx2.Request("GET", url)
        WIRE.write_credentials(grant, request)
        return request.headers.get("cookie", "")

    assert sent("https://galleries.pixieset.com/x") == "gallery_dashboard_session=abc; wide=1"
    assert sent("https://studio.pixieset.com/x") == "wide=1"
    assert sent("https://pixieset.com/x") == "wide=1"
    assert sent("https://evilpixieset.com/x") == ""
    assert sent("https://pixieset.com.example/x") == ""
    assert sent("http://galleries.pixieset.com/x") == ""


# --- refusals ---------------------------------------------------------------------------------

SHAPES: list[tuple[Any, str]] = [
    ({"error": "Gone wrong", "message": "Told"}, "Told"),
    ({"error": "Gone wrong", "message": "Told", "details": {"email": ["Bad"]}}, "Told"),
    ({"error": {"code": "validation_failed", "message": "Told", "details": {}}}, "Told"),
    ({"error": "Told", "code": "TOO_MANY"}, "Told"),
    ({"message": "Told", "errors": {"email": ["Bad"]}}, "Told"),
    ({"error": {"code": "told_by_code"}}, "told_by_code"),
    ([], ""),
    ("Told", ""),
    (None, ""),
    ({"error": 7, "message": ["x"]}, ""),
]


@pytest.mark.covers("PX-58")
@pytest.mark.parametrize(("body", "told"), SHAPES)
@pytest.mark.parametrize("status", [400, 404, 422, 500])
def test_every_shape_of_an_error_is_understood(body: Any, told: str, status: int) -> None:
    error = WIRE.read_denial(answer(status, json=body))
    assert error is not None
    assert told in error.message
    if isinstance(body, dict) and "email" in str(body):
        assert isinstance(error, InvalidFields)
        assert error.fields == {"email": ("Bad",)}


@pytest.mark.covers("PX-58")
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, NotTheService),
        (403, Forbidden),
        (404, NotFound),
        (400, MalformedRequest),
        (419, CsrfMismatch),
        (422, InvalidFields),
        (429, Throttled),
        (418, MalformedRequest),
        (502, Unavailable),
    ],
)
def test_the_status_decides_what_kind_of_error_it_is(
    status: int, kind: type[SafelightError]
) -> None:
    """A page that says 401 is a proxy's: the service has words for it, or leads to its form."""
    assert type(WIRE.read_denial(answer(status, text="<h1>Oops</h1>"))) is kind


def test_401_in_the_service_s_own_words_means_that_the_session_is_over() -> None:
    told = answer(401, json={"message": "Unauthenticated."})
    assert type(WIRE.read_denial(told)) is ExpiredCredential
    assert type(WIRE.read_denial(answer(401))) is ExpiredCredential


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (answer(401, json={"error": "Unauthorized", "message": "Wrong"}), InvalidCredential),
        (answer(422, json={"message": "Wrong"}), InvalidCredential),
        (answer(302, headers=[("location", "/login/?spId=x"), SESSION]), InvalidCredential),
        (answer(303, headers=[("location", "/login"), SESSION]), InvalidCredential),
        (answer(302, headers=[("location", "https://a.example/login")]), NotTheService),
        (answer(302, headers=[("location", "https://a.example/"), SESSION]), NotTheService),
        (
            answer(303, headers=[("location", "http://galleries.pixieset.com/login")]),
            InvalidCredential,
        ),
        (
            answer(303, headers=[("location", "https://galleries.pixieset.com:8443/login")]),
            NotTheService,
        ),
        (answer(301, headers=[("location", "/login/"), SESSION]), NotTheService),
        (answer(307, headers=[("location", "/login/"), SESSION]), NotTheService),
        (answer(308, headers=[("location", "/studio/login"), SESSION]), NotTheService),
        (answer(200, text="<html></html>"), NotTheService),
        (answer(403, headers=[("cf-mitigated", "challenge")]), CaptchaRequired),
        (answer(503, text="down"), Unavailable),
        (answer(429, headers=[("retry-after", "9")]), Throttled),
    ],
)
def test_a_sign_in_that_fails_is_told_apart(
    response: httpx2.Response, kind: type[SafelightError]
) -> None:
    with pytest.raises(kind):
        play(WIRE.perform(LOG_IN, None), response)


def test_a_sign_in_may_lead_into_the_app() -> None:
    told = answer(302, headers=[("location", "/collections"), SESSION, CSRF])
    assert play_grant(WIRE.perform(LOG_IN, None), told).csrf_token == Secret("tok=")


def test_being_led_to_the_form_means_that_the_session_is_over() -> None:
    told = answer(
        302,
        headers=[("location", "https://accounts.pixieset.com/login")],
        url="https://galleries.pixieset.com/x",
    )
    assert isinstance(WIRE.read_denial(told), ExpiredCredential)
    near = answer(302, headers=[("location", "/login/")], url="https://galleries.pixieset.com/x")
    assert isinstance(WIRE.read_denial(near), ExpiredCredential)
    for elsewhere in ("/photo.jpg", "https://hotspot.example/login", "http://[broken/login"):
        assert WIRE.read_denial(answer(302, headers=[("location", elsewhere)])) is None


def test_a_write_without_an_answer_is_not_repeated(ada: Ada) -> None:
    with safelight.Client(ada.at("studio"), patience=ada.quick, clock=ada.house.clock) as client:
        client.sign_in()
        lost = Answer(status=201, body=b'{"data"', after=True, breaks=True)
        ada.way.order("POST", CLIENTS, lost)
        with pytest.raises(Unanswered):
            client.customers.add(NewCustomer(first_name="Grace"))
        assert len(list(client.customers.list())) == 1
    assert ada.way.count("POST", CLIENTS) == 1


def test_a_419_that_moves_a_cookie_is_no_new_token(ada: Ada) -> None:
    """Only a cookie of the token's own name would be."""
    moving = Answer(419, {"set-cookie": "studio_session_hint=moved; Path=/"})
    with safelight.Client(ada.at("studio"), patience=ada.quick, clock=ada.house.clock) as client:
        client.sign_in()
        ada.way.order("POST", CLIENTS, moving)
        client.customers.add(NewCustomer(first_name="Grace"))
        assert [each.first_name for each in client.customers.list()] == ["Grace"]
        grant = client.auth.session.holding.held.grant
        assert grant is not None
        assert "studio_session_hint" in [each.name for each in grant.cookies]
    assert ada.way.count("GET", "/studio/") == 1
    assert ada.sign_ins("studio") == 1
