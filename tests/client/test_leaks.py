"""A service that repeats what signs in: no error of ours says it again."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote, quote_plus

import httpx2
import pytest
from tests.client.people import Ada
from tests.client.services import SERVICES

import safelight
from safelight.client.errors import NotTheService, UnsafeRedirect
from safelight.client.events import Happened
from safelight.client.leaks import hush
from safelight.client.pacing import Patience
from safelight.errors import InvalidFields, SafelightError, Throttled, Unavailable
from safelight.secret import Secret
from safelight.testing.faults import Answer, Fault, Reset, Truncated

PASSWORD = "an/odd  pass=word %"
every_service = pytest.mark.parametrize("service", list(SERVICES))


def said(words: str) -> bytes:
    """A refusal that each of the wires finds its words in."""
    return json.dumps(
        {
            "status": "error",
            "message": words,
            "detail": words,
            "error": {"class": "SomeErr", "code": "", "message": words},
            "errors": [{"field": "detail", "message": words, "id": "SomeErr", "title": words}],
        }
    ).encode()


def refused(status: int, words: str) -> Answer:
    return Answer(status, {"content-type": "application/json"}, said(words))


def told_by(error: SafelightError) -> str:
    return f"{error}{error!r}{error.message}{vars(error)}"


def assert_untold(error: SafelightError, secrets: list[str]) -> None:
    told = told_by(error)
    for secret in secrets:
        for form in (secret, quote(secret, safe=""), " ".join(secret.split())):
            assert form not in told
    assert "the words before" in told
    assert "…" in told


@every_service
@pytest.mark.parametrize("status", [400, 403, 404, 409, 422, 500])
def test_what_was_sent_is_not_in_the_error_of_an_answer(
    ada: Ada, service: str, status: int
) -> None:
    account, path = ada.at(service), SERVICES[service].path
    with safelight.Client(account, patience=ada.quick, clock=ada.house.clock) as client:
        assert client.get(path).status_code == 200
        for secret in ada.secrets_of(account)[1:]:  # the password is the sign-in's affair
            if len(secret) < 8:
                continue
            ada.way.order("POST", path, refused(status, f"the words before {secret} and after"))
            error = client.error_of(client.post(path))
            assert error is not None
            if service.startswith("photoshelter") or secret != ada.key:
                assert_untold(error, [secret])


@every_service
def test_a_password_is_not_in_the_error_of_a_sign_in(ada: Ada, service: str) -> None:
    for status in (401, 409, 500):
        account = ada.at(service, credentials=("ada@example.com", PASSWORD))
        written = " ".join((quote(PASSWORD), quote_plus(PASSWORD), quote(PASSWORD, safe="")))
        sent = [PASSWORD, base64.b64encode(PASSWORD.encode()).decode()]
        answer = refused(status, f"the words before {' or '.join(sent)} or {written}")
        with safelight.Client(account, clock=ada.house.clock) as client:
            ada.way.order("POST", SERVICES[service].sign_in, answer)
            with pytest.raises(SafelightError) as raised:
                client.sign_in()
        for form in (*sent, *written.split(), " ".join(PASSWORD.split())):
            assert form not in told_by(raised.value)
    assert all("pass=word" not in each.detail for each in ada.events)


def test_a_typed_call_does_not_say_it(ada: Ada) -> None:
    account = ada.at("safelight")
    with safelight.Client(account, clock=ada.house.clock) as client:
        client.sign_in()
        secret = ada.secrets_of(account)[2]
        ada.way.order("GET", "/v1/photos", refused(400, f"the words before Bearer {secret}"))
        with pytest.raises(SafelightError) as raised:
            next(client.photos.list())
        assert raised.value.message == "the words before Bearer …"
        assert secret not in told_by(raised.value)
        ada.way.order("GET", "/v1/account", refused(500, f"the words before {secret}"))
        with pytest.raises(SafelightError) as raised:
            client.is_live()
        assert_untold(raised.value, [secret])


async def test_an_async_client_does_not_say_it(ada: Ada) -> None:
    account = ada.at("safelight")
    async with safelight.AsyncClient(account, clock=ada.house.clock) as client:
        await client.sign_in()
        secret = ada.secrets_of(account)[2]
        answer = refused(400, f"the words before {secret}")
        ada.way.order("GET", "/v1/photos", answer)
        with pytest.raises(SafelightError) as raised:
            await anext(aiter(client.photos.list()))
        assert_untold(raised.value, [secret])
        ada.way.order("GET", "/v1/account", answer)
        error = client.error_of(await client.get("/v1/account"))
        assert error is not None
        assert_untold(error, [secret])


async def test_a_renewal_in_anybodys_client_does_not_say_it(ada: Ada) -> None:
    account = ada.at("librephotos")
    with httpx2.Client(auth=account, base_url=ada.address) as client:
        client.get("/api/photos/")
        secret = ada.secrets_of(account)[2]
        over = {"code": "token_not_valid", "detail": f"the words before {secret}"}
        body = json.dumps(over).encode()
        denied = Answer(401, {"content-type": "application/json"}, body)
        outage = refused(500, f"the words before {secret}")
        ada.way.order("GET", "/api/photos/", denied)
        ada.way.order("POST", "/refresh/", outage)
        with pytest.raises(Unavailable) as raised:
            client.get("/api/photos/")
        assert_untold(raised.value, [secret])
    async with httpx2.AsyncClient(auth=account, base_url=ada.address) as other:
        ada.way.order("GET", "/api/photos/", denied)
        ada.way.order("POST", "/refresh/", outage)
        with pytest.raises(Unavailable) as raised:
            await other.get("/api/photos/")
        assert_untold(raised.value, [secret])


def test_a_refresh_token_and_an_api_key_are_not_said_either(ada: Ada) -> None:
    account = ada.at("librephotos")
    with safelight.Client(account, patience=ada.quick, clock=ada.house.clock) as client:
        client.sign_in()
        grant = account.session.holding.held.grant
        assert grant is not None
        assert grant.refresh_token is not None
        secret = grant.refresh_token.reveal()
        for path in ("/blacklist/", "/api/photos/"):
            ada.way.order("*", path, refused(409, f"the words before {secret}"))
        with pytest.raises(SafelightError) as raised:
            client.sign_out()
        assert_untold(raised.value, [secret])
        error = client.error_of(client.get("/api/photos/"))
        assert error is not None
        assert_untold(error, [secret])
    account = ada.at("photoshelter-token")
    with safelight.Client(account, patience=ada.quick, clock=ada.house.clock) as client:
        sign_in = SERVICES["photoshelter-token"].sign_in
        ada.way.order("POST", sign_in, refused(409, f"the words before {ada.key}"))
        with pytest.raises(SafelightError) as raised:
            client.get("/psapi/v3/mem/user/session")
        assert_untold(raised.value, [ada.key])


def everything_of(error: BaseException | None) -> str:
    """All that a tool finds that looks into an error, and into what it came of."""
    found = []
    while error is not None:
        request = getattr(error, "_request", None)
        if request is not None:
            found.append(f"{request.url}{request.headers}{request.headers.raw}{request.content}")
        found.append(f"{error!r}{vars(error)}")
        error = error.__cause__ or error.__context__
    return "".join(found)


BROKEN = [Reset(), Truncated(), Answer(200, {"content-encoding": "gzip"}, b"no gzip")]


@every_service
@pytest.mark.parametrize("fault", BROKEN, ids=lambda fault: type(fault).__name__)
def test_what_a_broken_connection_leaves_behind_has_no_credential(
    ada: Ada, service: str, fault: Fault
) -> None:
    auth = ada.at(service)
    with safelight.Client(auth, clock=ada.house.clock, patience=Patience(tries=1)) as client:
        client.sign_in()
        for method in ("GET", "POST"):
            ada.way.order(method, "/news", fault)
            with pytest.raises(Unavailable) as caught:
                client.request(method, "/news?shown=no", headers={"Cookie": "theirs=too-private"})
            assert isinstance(caught.value.__context__, httpx2.HTTPError)
            told = everything_of(caught.value)
            for secret in ("too-private", "shown=no", *ada.secrets_of(auth)):
                assert secret not in told


@every_service
def test_neither_has_a_broken_sign_in_or_a_broken_download(ada: Ada, service: str) -> None:
    auth = ada.at(service)
    with safelight.Client(auth, clock=ada.house.clock, patience=Patience(tries=1)) as client:
        ada.way.order("POST", SERVICES[service].sign_in, Truncated())
        with pytest.raises(Unavailable) as unsigned:
            client.sign_in()
        client.sign_in()
        ada.way.order("GET", "/news", Truncated())
        with pytest.raises(Unavailable) as unread, client.stream("GET", "/news") as response:
            response.read()
    for caught in (unsigned, unread):
        told = everything_of(caught.value)
        for secret in ada.secrets_of(auth):
            for form in (secret, quote(secret), quote_plus(secret)):
                assert form not in told


def test_an_event_does_not_say_it(ada: Ada) -> None:
    words = f"the words before {ada.key}"
    body = {"status": "error", "error": {"class": "ApiKeyInvalidErr", "message": words}}
    refusal = Answer(401, {"content-type": "application/json"}, json.dumps(body).encode())
    ada.way.order("POST", "/authenticate", refusal)
    with (
        safelight.Client(ada.at("photoshelter-token")) as client,
        pytest.raises(SafelightError, match=r"^the words before …$"),
    ):
        client.get("/psapi/v3/mem/user/session")
    told = [each.detail for each in ada.events if each.what is Happened.REFUSED]
    assert told == ["the words before …"]


def test_a_place_that_a_redirect_names_is_not_said_with_it(ada: Ada) -> None:
    account = ada.at("safelight")
    with safelight.Client(account, clock=ada.house.clock) as client:
        client.sign_in()
        secret = ada.secrets_of(account)[2]
        away = {"location": f"/said/{secret}"}
        ada.way.order("PUT", "/v1/account", Answer(302, away))
        with pytest.raises(UnsafeRedirect, match="has moved to /said/…") as raised:
            client.put("/v1/account", json={})
        ada.way.order("GET", "/v1/photos", Answer(302, away))
        ada.way.order("GET", secret, Answer(200, body=b"<html>"))
        with pytest.raises(NotTheService, match="/said/… answered with a page") as other:
            next(client.photos.list())
    assert secret not in told_by(raised.value) + told_by(other.value)


# --- the words themselves -----------------------------------------------------------------------

SECRET = "SECRETACCESSTOKEN/1234567"


def after(make: Callable[[str], SafelightError], words: str, **more: Any) -> SafelightError:
    error = make(words)
    hush(error, {SECRET, "short"}, **more)
    return error


@pytest.mark.parametrize(
    ("words", "left"),
    [
        (f"Bearer {SECRET}", "Bearer …"),
        (f"{SECRET} and {SECRET}", "… and …"),
        (quote(SECRET, safe="") + "!", "…!"),
        (SECRET.replace("/", "\\/"), "…"),
        ("a short word", "a short word"),
        (f"no {SECRET[:10]}…", "no …"),
        ("The service is full…", "The service is full…"),
        ("nothing", "nothing"),
    ],
)
def test_a_secret_is_taken_out_in_each_of_its_forms(words: str, left: str) -> None:
    assert after(SafelightError, words).message == left
    assert str(after(SafelightError, words)) == left


def test_the_faults_of_fields_are_looked_through_too() -> None:
    error = InvalidFields({SECRET: (f"is {SECRET}", "is wrong")})
    hush(error, {SECRET})
    assert error.fields == {"…": ("is …", "is wrong")}
    assert error.message == "…: is …"


def test_what_an_error_has_besides_its_words_stays() -> None:
    error = after(lambda words: Throttled(timedelta(seconds=9), words), SECRET)
    assert isinstance(error, Throttled)
    assert (error.message, error.retry_after) == ("…", timedelta(seconds=9))


def test_what_a_body_had_is_taken_out_in_base64_and_without_its_blanks() -> None:
    spoken = Secret("two  blanks")
    encoded = base64.b64encode(b"two  blanks").decode()
    words = f"{spoken.reveal()}|two blanks|{encoded}|{quote('two  blanks')}"
    assert after(SafelightError, words, spoken=[spoken]).message == "…|…|…|…"
