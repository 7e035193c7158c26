"""Who is recognised where: Bearer, Basic and the cookie on LibrePhotos' wire."""

from __future__ import annotations

import pytest
from tests.house import PASSWORD, STRANGER, House
from tests.protocols.librephotos import (
    BAD_TOKEN,
    CHALLENGE,
    NOT_PROVIDED,
    User,
    basic,
    bearer,
    detail,
    hashes_of,
)

PROTECTED = [
    ("GET", "/api/photos/"),
    ("GET", "/api/photos/recentlyadded/"),
    ("GET", "/api/photos/searchlist/"),
    ("GET", "/api/photos/notimestamp/"),
    ("GET", "/api/albums/date/list/"),
    ("GET", "/api/albums/user/list/"),
    ("GET", "/api/exists/0/"),
    ("GET", "/api/stats"),
    ("GET", "/api/jobs/"),
    ("GET", "/api/rqavailable/"),
    ("GET", "/api/user/1/"),
    ("PATCH", "/api/user/1/"),
    ("DELETE", "/api/user/1/"),
    ("POST", "/api/photosedit/favorite"),
    ("DELETE", "/api/photosedit/delete"),
    ("POST", "/api/albums/user/edit/"),
    ("GET", "/api/albums/user/1/"),
]
PUBLIC = ["/api/sitesettings", "/api/firsttimesetup/", "/api/user/"]


@pytest.fixture
def ada(house: House) -> User:
    return User(house, house.add_account("ada", admin=True))


# --- Bearer -----------------------------------------------------------------------------------


@pytest.mark.covers("LP-36")
@pytest.mark.parametrize("path", [path for method, path in PROTECTED if method == "GET"])
def test_an_access_token_opens_every_protected_endpoint(ada: User, path: str) -> None:
    expected = 404 if path == "/api/albums/user/1/" else 200
    assert ada.get(path).status_code == expected


@pytest.mark.covers("LP-39", "LP-44", "LP-49")
@pytest.mark.parametrize(("method", "path"), PROTECTED)
def test_without_credentials_or_with_the_cookie_alone_nothing_protected_opens(
    house: House, ada: User, method: str, path: str
) -> None:
    for client in (house.client(), ada.client):
        response = client.request(method, path)
        assert response.status_code == 401
        assert response.json() == detail(NOT_PROVIDED)
        assert response.headers["www-authenticate"] == CHALLENGE


@pytest.mark.covers("LP-37")
@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "JWT", "Token"])
def test_a_scheme_that_is_not_spelt_bearer_is_no_credential(
    house: House, ada: User, scheme: str
) -> None:
    headers = {"Authorization": f"{scheme} {ada.access}"}
    response = house.client().get("/api/stats", headers=headers)
    assert response.status_code == 401
    assert response.json() == detail(NOT_PROVIDED)


@pytest.mark.covers("LP-38", "LP-40", "LP-44", "LP-53a")
@pytest.mark.parametrize("kind", ["refresh", "garbage", "null", "expired", "not ASCII"])
def test_a_bad_bearer_token_is_one_answer(house: House, ada: User, kind: str) -> None:
    tokens = {"refresh": ada.refresh, "garbage": "a.b.c", "null": "null", "not ASCII": "é"}
    if kind == "expired":
        house.clock.advance(300)
    raw = b"Bearer " + tokens.get(kind, ada.access).encode("latin-1")
    response = house.client().get("/api/stats", headers=[(b"Authorization", raw)])
    assert response.status_code == 401
    assert response.json() == detail(BAD_TOKEN, "token_not_valid")
    assert response.headers["www-authenticate"] == CHALLENGE


@pytest.mark.covers("LP-41")
@pytest.mark.parametrize("path", PUBLIC)
def test_a_bad_bearer_token_is_refused_even_where_nobody_has_to_sign_in(
    house: House, path: str
) -> None:
    refused = house.client().get(path, headers=bearer("garbage"))
    assert refused.status_code == 401
    assert refused.json() == detail(BAD_TOKEN, "token_not_valid")
    assert house.client().get(path).status_code == 200


@pytest.mark.covers("LP-41")
def test_a_bad_bearer_token_is_refused_on_pictures_too(house: House, ada: User) -> None:
    photo = ada.add_photo()
    ada.make_public(photo)
    response = house.client().get(f"/media/photos/{photo}", headers=bearer("garbage"))
    assert response.status_code == 401
    assert response.json() == detail(BAD_TOKEN, "token_not_valid")


@pytest.mark.covers("LP-42")
def test_a_deleted_account_is_missed_at_once(house: House, ada: User) -> None:
    house.delete(ada.account)
    response = ada.get("/api/stats")
    assert response.status_code == 401
    assert response.json() == detail("User not found", "user_not_found")


@pytest.mark.covers("LP-42")
def test_a_suspended_account_is_refused_at_once(house: House, ada: User) -> None:
    house.suspend(ada.account)
    response = ada.get("/api/stats")
    assert response.status_code == 401
    assert response.json() == detail("User is inactive", "user_inactive")


@pytest.mark.covers("LP-43")
@pytest.mark.parametrize("value", ["Bearer", "Bearer ", "Bearer a b"])
def test_bearer_with_no_value_or_several_says_so(house: House, value: str) -> None:
    response = house.client().get("/api/stats", headers={"Authorization": value})
    assert response.status_code == 401
    assert response.json() == detail(
        "Authorization header must contain two space-delimited values", "bad_authorization_header"
    )


# --- Basic ------------------------------------------------------------------------------------


@pytest.mark.covers("LP-45", "LP-48")
@pytest.mark.parametrize("path", ["/api/photos/", "/api/stats", "/api/user/1/"])
def test_basic_opens_every_protected_endpoint_and_hands_out_nothing(
    house: House, ada: User, path: str
) -> None:
    response = house.client().get(path, headers=basic(f"ada:{PASSWORD}"))
    assert response.status_code == 200
    assert "set-cookie" not in response.headers
    assert "access" not in response.json()


@pytest.mark.covers("LP-46")
@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
def test_basic_may_be_written_in_any_case(house: House, ada: User, scheme: str) -> None:
    response = house.client().get("/api/stats", headers=basic(f"ada:{PASSWORD}", scheme))
    assert response.status_code == 200


@pytest.mark.covers("LP-46")
@pytest.mark.parametrize(
    ("password", "encoding"),
    [
        ("a colon: and another: one", "utf-8"),
        (" blanks around the password ", "utf-8"),
        ("Schlüssel für Ägypten", "utf-8"),
        ("Schlüssel für Ägypten", "latin-1"),
        ("пароль пароль пароль", "utf-8"),
    ],
)
def test_basic_takes_colons_blanks_utf8_and_latin1(
    house: House, password: str, encoding: str
) -> None:
    house.add_account("grace", password=password)
    raw = f"grace:{password}".encode(encoding)
    assert house.client().get("/api/stats", headers=basic(raw)).status_code == 200


@pytest.mark.covers("LP-47", "LP-44")
@pytest.mark.parametrize("who", ["ada", "nobody", "suspended"])
def test_basic_with_a_wrong_password_is_refused_without_a_basic_challenge(
    house: House, ada: User, who: str
) -> None:
    house.suspend(house.add_account("suspended"))
    password = PASSWORD if who == "suspended" else "not the password"
    response = house.client().get("/api/stats", headers=basic(f"{who}:{password}"))
    assert response.status_code == 401
    assert response.json() == detail("Invalid username/password.")
    assert response.headers.get_list("www-authenticate") == [CHALLENGE]


@pytest.mark.covers("LP-47")
@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("Basic", "Invalid basic header. No credentials provided."),
        (
            "Basic YQ== YQ==",
            "Invalid basic header. Credentials string should not contain spaces.",
        ),
        ("basic !!!", "Invalid basic header. Credentials not correctly base64 encoded."),
        ("Basic YWRh", "Invalid basic header. Credentials not correctly base64 encoded."),
        ("Basic YWRhO", "Invalid basic header. Credentials not correctly base64 encoded."),
    ],
)
def test_a_basic_header_that_breaks_its_grammar_says_how(
    house: House, value: str, message: str
) -> None:
    response = house.client().get("/api/stats", headers={"Authorization": value})
    assert response.status_code == 401
    assert response.json() == detail(message)


@pytest.mark.covers("LP-83")
def test_basic_costs_the_same_for_an_unknown_user(house: House, ada: User) -> None:
    spent = []
    for who in ("ada", "nobody"):
        before = hashes_of(house)
        house.client().get("/api/stats", headers=basic(f"{who}:not the password"))
        spent.append(hashes_of(house) - before)
    assert spent == [1, 1]


def test_basic_is_throttled_like_a_sign_in(house: House, ada: User) -> None:
    for number in range(10):
        house.client().get("/api/stats", headers=basic(f"ada:wrong {number}"))
    response = house.client().get("/api/stats", headers=basic(f"ada:{PASSWORD}"))
    assert response.status_code == 429
    assert response.json() == detail("Too many failed sign-ins. Try again later.")
    assert int(response.headers["retry-after"]) > 0


# --- the rest ---------------------------------------------------------------------------------


@pytest.mark.covers("LP-50")
@pytest.mark.parametrize("name", ["sessionid", "csrftoken", "access", "refresh"])
def test_no_other_cookie_is_a_credential(house: House, ada: User, name: str) -> None:
    headers = {"Cookie": f"{name}={ada.access}"}
    assert house.client().get("/api/stats", headers=headers).status_code == 401


@pytest.mark.covers("LP-51")
@pytest.mark.parametrize(
    ("method", "path"), [("DELETE", "/api/user/1/"), ("PATCH", "/api/user/1/")]
)
def test_what_is_not_allowed_is_403_without_a_challenge(
    house: House, ada: User, method: str, path: str
) -> None:
    response = User(house).send(method, path, {"first_name": "Mallory"})
    assert response.status_code == 403
    assert response.json() == detail("You do not have permission to perform this action.")
    assert "www-authenticate" not in response.headers


@pytest.mark.covers("LP-52")
@pytest.mark.parametrize("path", ["/api", "/api/nothing", "/api/auth/token/", "/api/faces/1/more"])
def test_unknown_paths_wear_the_envelope_too(house: House, path: str) -> None:
    response = house.client().get(path)
    assert response.status_code == 404
    assert response.json() == detail("Not found.")


@pytest.mark.covers("LP-52")
def test_two_different_credentials_are_a_contradiction(house: House, ada: User) -> None:
    headers = [("Authorization", f"Bearer {ada.access}"), ("Authorization", "Bearer other")]
    response = house.client().get("/api/stats", headers=headers)
    assert response.status_code == 400
    assert response.json() == detail("Header authorization occurs with two values.")


def test_over_plain_http_a_stranger_shows_no_credential(house: House, ada: User) -> None:
    for headers in (ada.header, basic(f"ada:{PASSWORD}")):
        response = house.client(peer=STRANGER).get("/api/stats", headers=headers)
        assert response.status_code == 403
    assert house.client(peer=STRANGER).get("/api/sitesettings").status_code == 200


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "application/json;q=0"])
def test_a_caller_that_takes_no_json_is_told_so(ada: User, accept: str) -> None:
    response = ada.house.client().get("/api/stats", headers={**ada.header, "Accept": accept})
    assert response.status_code == 406
    assert response.json() == detail("Could not satisfy the request Accept header.")


@pytest.mark.parametrize(
    "accept", ["", "*/*", "application/*", "text/html, */*;q=0.1", "Application/JSON; q=1"]
)
def test_most_callers_take_json(ada: User, accept: str) -> None:
    response = ada.house.client().get("/api/stats", headers={**ada.header, "Accept": accept})
    assert response.status_code == 200


@pytest.mark.covers("LP-57")
def test_a_write_needs_no_csrf_token(house: House, ada: User) -> None:
    response = ada.post("/api/photosedit/favorite", {"image_hashes": [], "favorite": True})
    assert response.status_code == 200
    cookie = ada.client.post("/api/upload/", files={"file": b"x"})
    assert cookie.status_code == 200


def test_a_foreign_page_can_neither_sign_in_nor_upload(house: House, ada: User) -> None:
    headers = {"Origin": "https://evil.example"}
    body = {"username": "ada", "password": PASSWORD}
    signed_in = house.client().post("/api/auth/token/obtain/", json=body, headers=headers)
    assert signed_in.status_code == 403
    assert "set-cookie" not in signed_in.headers
    sent = ada.client.post("/api/upload/", files={"file": b"x"}, headers=headers)
    assert sent.status_code == 403
    assert list(sent.json()) == ["detail"]
