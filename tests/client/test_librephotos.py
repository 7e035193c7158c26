"""The client's half of LibrePhotos' wire."""

import base64
import json
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from tests.client.flows import answer, credentials_on, play, play_grant
from tests.client.people import Ada
from tests.pictures.samples import picture

import safelight
from safelight.client.errors import NotTheService
from safelight.client.events import Happened
from safelight.client.grant import Grant
from safelight.client.protocols.librephotos import LibrePhotosWire
from safelight.client.tokens import read_claims
from safelight.errors import (
    AccountInactive,
    AccountMissing,
    ExpiredCredential,
    Forbidden,
    InvalidCredential,
    InvalidFields,
    NotFound,
    SafelightError,
    Unavailable,
)
from safelight.exchange import LogIn, LogOut, Renew
from safelight.identity.realm import Carrier
from safelight.secret import Secret
from safelight.testing.faults import Answer

WIRE = LibrePhotosWire(httpx2.URL("https://photos.example/"))
LOG_IN = LogIn(identifier="ada", password=Secret("pw"), carrier=Carrier.BEARER)
PHOTOS = "/api/photos/"
REFRESH = "/api/auth/token/refresh/"


def token(**claims: Any) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"eyJhbGciOiJIUzI1NiJ9.{payload}.c2lnbmF0dXJl"


@pytest.mark.covers("LP-85")
def test_a_refused_token_is_refreshed_once_and_the_request_repeated_once(ada: Ada) -> None:
    with safelight.Client(ada.at("librephotos"), clock=ada.house.clock) as client:
        client.get(PHOTOS)
        ada.way.order("GET", PHOTOS, Answer(status=401))
        assert client.get(PHOTOS).status_code == 200
    assert ada.way.count("POST", REFRESH) == 1
    assert ada.way.count("GET", PHOTOS) == 3
    assert ada.sign_ins("librephotos") == 1


@pytest.mark.covers("LP-85")
def test_without_a_password_a_session_that_cannot_be_refreshed_is_lost(ada: Ada) -> None:
    with safelight.Client(ada.at("librephotos"), clock=ada.house.clock) as client:
        grant = client.sign_in().grant
    assert grant is not None
    bare = ada.at("librephotos", credentials=None, account="ada")
    with safelight.Client(bare, clock=ada.house.clock) as client:
        client.adopt(grant)
        ada.house.clock.advance(timedelta(minutes=6))
        assert client.get(PHOTOS).status_code == 200
        ada.house.clock.advance(timedelta(days=8))
        with pytest.raises(ExpiredCredential):
            client.get(PHOTOS)


@pytest.mark.covers("LP-86")
@pytest.mark.parametrize(("left", "refreshes"), [(6, 0), (5, 1), (4, 1), (0, 1)])
def test_a_token_is_refreshed_five_seconds_before_its_end(
    ada: Ada, left: int, refreshes: int
) -> None:
    with safelight.Client(ada.at("librephotos"), clock=ada.house.clock) as client:
        client.sign_in()
        ada.house.clock.advance(300 - left)
        assert client.get(PHOTOS).status_code == 200
    assert ada.way.count("POST", REFRESH) == refreshes
    assert ada.way.count("GET", PHOTOS) == 1


@pytest.mark.covers("LP-86")
def test_the_end_is_read_from_exp_and_not_from_iat(ada: Ada) -> None:
    """After a refresh `iat` is as old as the sign-in, so that `exp - iat` grows."""
    with safelight.Client(ada.at("librephotos"), clock=ada.house.clock) as client:
        client.sign_in()
        for _ in range(3):
            ada.house.clock.advance(296)
            client.get(PHOTOS)
    assert ada.way.count("POST", REFRESH) == 3


def test_a_clock_that_is_wrong_is_reckoned_with(ada: Ada) -> None:
    """The service's own `Date` says how wrong: no refresh before each request, none too late."""

    class Ahead:
        def now(self) -> Any:
            return ada.house.clock.now() + timedelta(hours=1)

    with safelight.Client(ada.at("librephotos", clock=Ahead()), clock=Ahead()) as client:
        for _ in range(3):
            assert client.get(PHOTOS).status_code == 200
        assert ada.way.count("POST", REFRESH) == 0
        ada.house.clock.advance(301)
        assert client.get(PHOTOS).status_code == 200
        assert ada.way.count("POST", REFRESH) == 1
    assert ada.sign_ins("librephotos") == 1


def test_an_outage_of_the_refresh_is_none_while_the_token_is_good(ada: Ada) -> None:
    with safelight.Client(
        ada.at("librephotos"), patience=ada.quick, clock=ada.house.clock
    ) as client:
        client.sign_in()
        ada.house.clock.advance(297)
        ada.way.order("POST", REFRESH, Answer(status=502))
        assert client.get(PHOTOS).status_code == 200
        assert ada.happened(Happened.PAUSED) == 0
        ada.house.clock.advance(10)
        ada.way.order("POST", REFRESH, *[Answer(status=502)] * 2)
        assert client.get(PHOTOS).status_code == 200
    assert ada.sign_ins("librephotos") == 1


@pytest.mark.covers("LP-88")
@pytest.mark.parametrize("shape", ["envelope", "flat"])
@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("token_not_valid", ExpiredCredential),
        ("user_not_found", AccountMissing),
        ("user_inactive", AccountInactive),
        ("bad_authorization_header", ExpiredCredential),
    ],
)
def test_both_shapes_of_an_error_are_understood(
    shape: str, code: str, kind: type[SafelightError]
) -> None:
    body: Any = {"detail": "Told", "code": code, "messages": [{"token_type": "access"}]}
    if shape == "envelope":
        body = {"errors": [{"field": name, "message": str(text)} for name, text in body.items()]}
    error = WIRE.read_denial(answer(401, json=body))
    assert type(error) is kind
    assert error.message == "Told"


@pytest.mark.covers("LP-88")
def test_faulty_fields_are_named() -> None:
    body = {"errors": [{"field": "title", "message": "This field is required."}]}
    error = WIRE.read_denial(answer(400, json=body))
    assert isinstance(error, InvalidFields)
    assert error.fields == {"title": ("This field is required.",)}


@pytest.mark.parametrize(
    ("path", "told", "kind"),
    [
        ("media/photos/abc", answer(403), ExpiredCredential),
        ("media/photos/abc", answer(404), NotFound),
        (
            "api/upload/",
            answer(403, json={"detail": "Authentication credentials were invalid"}),
            ExpiredCredential,
        ),
        ("api/upload/", answer(403, json={"detail": "Uploading is not allowed"}), Forbidden),
        ("api/photos/", answer(403, json={"detail": "No permission"}), Forbidden),
    ],
)
def test_pictures_and_uploads_say_403_for_a_session_that_is_over(
    path: str, told: httpx2.Response, kind: type[SafelightError]
) -> None:
    told.request = httpx2.Request("GET", f"https://photos.example/{path}")
    assert type(WIRE.read_denial(told)) is kind


def test_a_session_that_ends_before_a_picture_is_replaced_too(ada: Ada) -> None:
    with safelight.Client(ada.at("librephotos"), clock=ada.house.clock) as client:
        photo = client.photos.upload(picture(width=60, height=40))
        url = f"/media/photos/{photo.id}"
        ada.house.clock.advance(timedelta(days=8))
        assert client.get(url).status_code == 200
    assert ada.sign_ins("librephotos") == 2


def test_the_cookie_of_older_servers_goes_along_to_pictures_and_uploads_alone() -> None:
    grant = Grant(access_token=Secret("A"), refresh_token=Secret("R"))
    assert credentials_on(WIRE, grant, path="/media/photos/x")["cookie"] == "jwt=A"
    assert credentials_on(WIRE, grant, "POST", "/api/upload/")["cookie"] == "jwt=A"
    headers = credentials_on(WIRE, grant, path=PHOTOS)
    assert headers["authorization"] == "Bearer A"
    assert "cookie" not in headers


def test_the_sign_in_reads_the_account_s_number_in_either_spelling() -> None:
    for user_id in (7, "7"):
        pair = {"access": token(exp=4_000_000_000, user_id=user_id), "refresh": "R"}
        grant = play_grant(WIRE.perform(LOG_IN, None), answer(json=pair))
        assert grant.user_id == "7"


def test_a_rotated_refresh_token_takes_the_place_of_the_old_one() -> None:
    grant = Grant(access_token=Secret("A"), refresh_token=Secret("R"), user_id="7")
    command = Renew(refresh_token=Secret("R"))
    fresh = token(exp=4_000_000_000)
    kept = play_grant(WIRE.perform(command, grant), answer(json={"access": fresh}))
    assert kept.refresh_token == Secret("R")
    told = answer(json={"access": fresh, "refresh": "R2"})
    renewed = play_grant(WIRE.perform(command, grant), told)
    assert (renewed.refresh_token, renewed.rotates) == (Secret("R2"), True)


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (answer(401, json={"errors": []}), InvalidCredential),
        (answer(400, json={"username": ["Required"]}), SafelightError),
        (answer(500, text="x"), Unavailable),
        (answer(200, text="<html></html>"), NotTheService),
        (answer(200, json={"access": "x"}), NotTheService),
        (answer(404, text="nothing here"), NotTheService),
        (answer(401, text="<h1>Proxy</h1>"), NotTheService),
        (answer(404, json={"detail": "Not found."}), NotFound),
    ],
)
def test_a_sign_in_that_fails_is_told_apart(
    response: httpx2.Response, kind: type[SafelightError]
) -> None:
    with pytest.raises(kind):
        play(WIRE.perform(LOG_IN, None), response)


def test_a_server_without_a_way_out_is_simply_left() -> None:
    command = LogOut(refresh_token=Secret("R"))
    grant = Grant(access_token=Secret("A"), refresh_token=Secret("R"), user_id="7")
    absent = answer(404, text="not there before September 2024")
    _, asked = play(WIRE.perform(command, grant), absent, answer(401, json={"detail": "over"}))
    assert [each.url.path for each in asked] == ["/api/auth/token/blacklist/", "/api/user/7/"]
    assert asked[1].headers["authorization"] == "Bearer A"


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c", "a.!.c", "a.bnVsbA.c", f"a.{'A' * 4}.c", "…"])
def test_what_is_no_token_says_nothing(text: str) -> None:
    claims = read_claims(text)
    assert claims.expires_at is None
    assert claims.user_id == ""


def test_an_absurd_end_says_nothing() -> None:
    assert read_claims(token(exp=1e30)).expires_at is None
