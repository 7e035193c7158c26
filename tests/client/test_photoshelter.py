"""The client's half of PhotoShelter's wire."""

from typing import Any

import httpx2
import pytest
from tests.client.flows import answer, credentials_on, form_of, play, play_grant
from tests.client.people import Ada
from tests.house import PASSWORD

import safelight
from safelight.client.errors import NotTheService, OrganizationUnclear, SecondFactorRequired
from safelight.client.grant import Grant, OrganizationOffer
from safelight.client.protocols.photoshelter import PhotoShelterWire
from safelight.errors import (
    ApiKeyRequired,
    ExpiredCredential,
    Forbidden,
    InvalidCredential,
    SafelightError,
    Unavailable,
)
from safelight.exchange import LogIn
from safelight.identity.ids import OrganizationId
from safelight.identity.realm import Carrier
from safelight.secret import Secret
from safelight.testing.faults import Answer

SESSION = "/psapi/v3/mem/user/session"
COOKIE = "SSphotoshelter_com_mem"
DELETED = (
    f"{COOKIE}=deleted; expires=Thu, 01-Jan-1970 00:00:01 GMT; path=/; domain=.photoshelter.com"
)
WIRE = PhotoShelterWire(httpx2.URL("https://www.photoshelter.com/"), Secret("AAAAAAAAAAA"))


def log_in(carrier: Carrier = Carrier.HEADER) -> LogIn:
    return LogIn(identifier="ada@example.com", password=Secret("pass word"), carrier=carrier)


def signed_in(data: Any, **more: Any) -> httpx2.Response:
    return answer(json={"status": "ok", "data": data}, **more)


@pytest.mark.covers("PS-65", "PS-69")
def test_token_mode_is_the_default_and_everything_secret_is_in_body_or_header() -> None:
    grant, (request,) = play(WIRE.perform(log_in(), None), signed_in({"token": "T.o_k-en"}))
    assert isinstance(grant, Grant)
    assert str(request.url) == "https://www.photoshelter.com/psapi/v3/mem/authenticate"
    assert request.headers["x-ps-api-key"] == "AAAAAAAAAAA"
    assert form_of(request) == {
        "email": "ada@example.com",
        "password": "pass word",
        "mode": "token",
    }
    headers = credentials_on(WIRE, grant, path=SESSION)
    assert headers["x-ps-auth-token"] == "T.o_k-en"
    assert headers["x-ps-api-key"] == "AAAAAAAAAAA"
    assert "cookie" not in headers


@pytest.mark.covers("PS-64")
def test_the_cookie_survives_being_deleted_and_set_in_one_answer() -> None:
    grant = play_grant(
        WIRE.perform(log_in(Carrier.COOKIE), None),
        signed_in(
            [],
            headers=[
                ("set-cookie", DELETED),
                ("set-cookie", f"{COOKIE}=first; path=/; domain=.photoshelter.com"),
                ("set-cookie", "acs=0123; path=/; domain=photoshelter.com"),
            ],
        ),
    )
    assert credentials_on(WIRE, grant, path=SESSION)["cookie"] == f"{COOKIE}=first; acs=0123"
    renewed = WIRE.read_renewal(
        grant,
        answer(
            headers=[("set-cookie", f"{COOKIE}=second; path=/; domain=.photoshelter.com")],
            url="https://www.photoshelter.com/psapi/v3/mem/gallery",
        ),
    )
    assert credentials_on(WIRE, renewed, path=SESSION)["cookie"] == f"{COOKIE}=second; acs=0123"


def test_no_token_stays_on_a_request_that_a_cookie_signs_after_all() -> None:
    """The session kept by somebody in token mode was over, and this client's has a cookie."""
    token, _ = play(WIRE.perform(log_in(), None), signed_in({"token": "T.o_k-en"}))
    cookie = [("set-cookie", f"{COOKIE}=first; path=/; domain=.photoshelter.com")]
    flow = WIRE.perform(log_in(Carrier.COOKIE), None)
    jar = play_grant(flow, signed_in({}, headers=cookie))
    assert isinstance(token, Grant)
    request = httpx2.Request("GET", f"https://www.photoshelter.com{SESSION}")
    WIRE.write_credentials(token, request)
    WIRE.write_credentials(jar, request)
    assert "x-ps-auth-token" not in request.headers
    assert request.headers["cookie"] == f"{COOKIE}=first"


@pytest.mark.covers("PS-64")
def test_each_answer_s_cookie_takes_the_place_of_the_one_before(ada: Ada) -> None:
    auth = ada.at("photoshelter-cookie")
    with safelight.Client(auth, clock=ada.house.clock) as client:
        client.sign_in()
        for _ in range(3):
            ada.house.clock.advance(60)
            client.get(SESSION)
    sent = [seen.headers["cookie"] for seen in ada.way.seen if seen.path == SESSION]
    assert len(sent) == 3
    assert len(set(sent)) == 3
    assert all(line.count(f"{COOKIE}=") == 1 for line in sent)


@pytest.mark.covers("PS-10")
@pytest.mark.parametrize("data", [[], {}, None])
def test_nothing_to_say_is_understood_in_each_form(data: Any) -> None:
    cookie = [("set-cookie", f"{COOKIE}=first; path=/; domain=.photoshelter.com")]
    flow = WIRE.perform(log_in(Carrier.COOKIE), None)
    grant = play_grant(flow, signed_in(data, headers=cookie))
    assert grant.organizations == ()
    assert len(grant.cookies) == 1


@pytest.mark.parametrize(
    "org", [[{"id": "O0000a", "name": "Harbour"}], {"id": "O0000a", "name": "Harbour"}]
)
def test_organizations_come_as_a_list_or_alone(org: Any) -> None:
    flow = WIRE.perform(log_in(), None)
    grant = play_grant(flow, signed_in({"token": "T", "org": org}))
    assert grant.organizations == (OrganizationOffer(id=OrganizationId("O0000a"), name="Harbour"),)


@pytest.mark.covers("PS-66")
def test_the_only_organization_is_bound_when_it_is_asked_for(ada: Ada) -> None:
    harbour = ada.house.add_organization("Harbour", ada.account)
    with safelight.Client(
        ada.at("photoshelter-token", organization=safelight.auth.ONLY), clock=ada.house.clock
    ) as client:
        assert organization_of(client) == harbour


@pytest.mark.covers("PS-66")
def test_nothing_is_bound_that_nobody_asked_for(ada: Ada) -> None:
    ada.house.add_organization("Harbour", ada.account)
    with safelight.Client(ada.at("photoshelter-token"), clock=ada.house.clock) as client:
        assert organization_of(client) == ""


@pytest.mark.covers("PS-66")
def test_none_of_several_organizations_is_picked(ada: Ada) -> None:
    for name in ("Harbour", "Island"):
        ada.house.add_organization(name, ada.account)
    auth = ada.at("photoshelter-token", organization=safelight.auth.ONLY)
    with safelight.Client(auth, clock=ada.house.clock) as client:
        for _ in range(2):
            with pytest.raises(OrganizationUnclear, match=r"several.*Harbour.*Island"):
                client.get(SESSION)
    assert ada.sign_ins("photoshelter-token") == 1
    assert auth.session.holding.held.grant is None


@pytest.mark.covers("PS-67")
@pytest.mark.parametrize("service", ["photoshelter-token", "photoshelter-cookie", "safelight"])
def test_after_the_end_of_a_session_the_organization_is_bound_again(ada: Ada, service: str) -> None:
    harbour = ada.house.add_organization("Harbour", ada.account)
    island = ada.house.add_organization("Island", ada.account)
    with safelight.Client(ada.at(service, organization=harbour), clock=ada.house.clock) as client:
        assert organization_of(client) == harbour
        client.select_organization(island)
        assert organization_of(client) == island
        ada.house.settle()
        ada.house.clock.advance(40 * 86_400)
        assert organization_of(client) == island
    assert ada.sign_ins(service) == 2


@pytest.mark.covers("PS-67")
def test_a_session_that_is_refused_after_the_new_sign_in_raises(ada: Ada) -> None:
    refused = Answer(
        status=401,
        body=b'{"status":"error","error":{"class":"SessionRequiredErr","message":"No session"}}',
        headers={"content-type": "application/json"},
    )
    with safelight.Client(ada.at("photoshelter-token"), clock=ada.house.clock) as client:
        ada.way.order("GET", SESSION, refused, refused)
        with pytest.raises(ExpiredCredential, match="No session"):
            client.get(SESSION)
    assert ada.sign_ins("photoshelter-token") == 2
    assert ada.way.count("GET", SESSION) == 2


def test_an_organization_that_is_not_ones_own_is_refused_once(ada: Ada) -> None:
    auth = ada.at("photoshelter-token", organization="O0000AAAAAAAAAAA")
    with safelight.Client(auth, clock=ada.house.clock) as client:
        for _ in range(2):
            with pytest.raises(Forbidden):
                client.get(SESSION)
    assert ada.sign_ins("photoshelter-token") == 1


ERROR = {"status": "error", "error": {"code": 400, "class": "X", "message": "Bad"}, "data": None}


@pytest.mark.covers("PS-68")
@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (answer(200, json=ERROR), SafelightError),
        (answer(500, json={"status": "ok", "data": {"token": "T"}}), Unavailable),
        (answer(200, text="<html></html>"), NotTheService),
        (answer(302, headers=[("location", "https://elsewhere.example/")]), NotTheService),
    ],
    ids=["no ok", "no 2xx", "no JSON", "leads elsewhere"],
)
def test_success_is_a_2xx_with_the_word_ok(
    response: httpx2.Response, kind: type[SafelightError]
) -> None:
    with pytest.raises(kind):
        play(WIRE.perform(log_in(), None), response)


@pytest.mark.covers("PS-68")
def test_an_error_with_status_200_counts_as_one_in_calls_too() -> None:
    body = {"status": "error", "error": {"class": "SessionRequiredErr", "message": "Over"}}
    assert isinstance(WIRE.read_denial(answer(200, json=body)), ExpiredCredential)
    assert WIRE.read_denial(answer(200, json={"status": "ok", "data": []})) is None
    assert WIRE.wants_body(answer(200, json={}))
    assert not WIRE.wants_body(answer(200, headers=[("content-type", "image/jpeg")]))


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("AuthInvalidPasswordErr", InvalidCredential),
        ("AuthInvalidLoginErr", InvalidCredential),
        ("ApiKeyInvalidErr", ApiKeyRequired),
        ("ApiKeyInvalidException", ApiKeyRequired),
    ],
)
@pytest.mark.parametrize("shape", ["error", "errors"])
def test_a_refused_sign_in_is_told_apart_from_a_refused_key(
    kind: str, error: type[SafelightError], shape: str
) -> None:
    told: Any = {"class": kind, "message": "No"}
    if shape == "errors":
        told = [{"id": kind, "title": "No"}]
    body = {"status": "error", shape: told, "data": None}
    with pytest.raises(error):
        play(WIRE.perform(log_in(), None), answer(400, json=body))


def test_a_sign_in_that_gives_a_second_factor_for_a_token_is_named() -> None:
    with pytest.raises(SecondFactorRequired):
        play(WIRE.perform(log_in(), None), signed_in({"two_factor": "t"}))


def test_a_key_that_is_refused_is_not_answered_by_signing_in(ada: Ada) -> None:
    with safelight.Client(ada.at("photoshelter-token"), clock=ada.house.clock) as client:
        grant = client.sign_in().grant
    assert grant is not None
    auth = safelight.auth.PhotoShelter(
        ada.address,
        credentials=("ada@example.com", PASSWORD),
        api_key="AAAAAAAAAAA",
        clock=ada.house.clock,
    )
    with safelight.Client(auth, clock=ada.house.clock) as client:
        client.adopt(grant)
        response = client.get(SESSION)
        assert isinstance(client.error_of(response), ApiKeyRequired)
        assert ada.sign_ins("photoshelter-token") == 1
        for _ in range(2):
            with pytest.raises(ApiKeyRequired):
                client.sign_in(force=True)


def organization_of(client: safelight.Client) -> str:
    """Which one the session is bound to, by what the server says."""
    if client.auth.session.wire.service == "safelight":
        return str(client.get("/v1/account").json()["organization_id"])
    return str(client.get(SESSION).json()["data"]["Session"]["organization_id"])
