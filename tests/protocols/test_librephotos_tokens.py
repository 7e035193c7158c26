"""Obtaining, refreshing and blacklisting tokens, as LibrePhotos' clients do it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from tests.house import LOOPBACK, PASSWORD, STRANGER, House, a_house
from tests.protocols.librephotos import (
    BAD_TOKEN,
    BLACKLIST,
    CHALLENGE,
    NO_ACCOUNT,
    OBTAIN,
    REFRESH,
    TOKEN_ENDPOINTS,
    User,
    bearer,
    detail,
    fault,
    hashes_of,
    parts_of,
)

CREDENTIALS = {"username": "ada", "password": PASSWORD}


@pytest.fixture
def ada(house: House) -> House:
    house.add_account("ada")
    return house


# --- obtain -----------------------------------------------------------------------------------


@pytest.mark.covers("LP-1", "LP-4")
def test_obtain_answers_two_tokens_and_sets_the_cookie_to_the_access_token(ada: House) -> None:
    response = ada.client().post(OBTAIN, json=CREDENTIALS)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert list(response.json()) == ["refresh", "access"]
    assert response.cookies["jwt"] == response.json()["access"]
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.covers("LP-5")
def test_the_cookie_is_kept_from_scripts_and_from_other_sites(ada: House) -> None:
    response = ada.client().post(OBTAIN, json=CREDENTIALS)
    access = response.json()["access"]
    assert response.headers["set-cookie"] == f"jwt={access}; Path=/; HttpOnly; SameSite=Lax"


@pytest.mark.covers("LP-5")
def test_the_cookie_is_secure_over_https(ada: House) -> None:
    response = ada.client("https://localhost").post(OBTAIN, json=CREDENTIALS)
    assert response.headers["set-cookie"].endswith("; Path=/; HttpOnly; Secure; SameSite=Lax")


@pytest.mark.covers("LP-2")
def test_obtain_takes_a_urlencoded_form(ada: House) -> None:
    assert ada.client().post(OBTAIN, data=CREDENTIALS).status_code == 200


@pytest.mark.covers("LP-3")
def test_obtain_takes_a_multipart_form(ada: House) -> None:
    fields = {name: (None, value) for name, value in CREDENTIALS.items()}
    response = ada.client().post(OBTAIN, files=fields)
    assert response.request.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert response.status_code == 200


@pytest.mark.covers("LP-6")
@pytest.mark.parametrize("path", [OBTAIN, REFRESH])
def test_success_allows_credentials_even_without_an_origin(ada: House, path: str) -> None:
    body = CREDENTIALS if path == OBTAIN else {"refresh": User(ada).refresh}
    response = ada.client().post(path, json=body)
    assert response.headers.get_list("access-control-allow-credentials") == ["true"]
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.covers("LP-7")
@pytest.mark.parametrize(
    ("path", "body"),
    [
        (OBTAIN, {"username": "ada", "password": "wrong"}),
        (OBTAIN, {"username": "ada"}),
        (REFRESH, {"refresh": "garbage"}),
    ],
)
def test_a_failure_sets_no_cookie(ada: House, path: str, body: dict[str, str]) -> None:
    response = ada.client().post(path, json=body)
    assert response.status_code in (400, 401)
    assert "set-cookie" not in response.headers


@pytest.mark.covers("LP-8", "LP-44", "LP-52")
@pytest.mark.parametrize("username", ["ada", "nobody", "suspended"])
def test_a_wrong_password_an_unknown_and_an_inactive_user_look_alike(
    ada: House, username: str
) -> None:
    ada.suspend(ada.add_account("suspended"))
    password = PASSWORD if username == "suspended" else "not the password"
    response = ada.client().post(OBTAIN, json={"username": username, "password": password})
    assert response.status_code == 401
    assert response.json() == detail(NO_ACCOUNT)
    assert response.headers["www-authenticate"] == CHALLENGE


@pytest.mark.covers("LP-9", "LP-53")
@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["username", "password"]),
        ({"username": "ada"}, ["password"]),
        ({"password": PASSWORD, "extra": 1}, ["username"]),
    ],
)
def test_each_missing_field_is_named(
    ada: House, body: dict[str, object], fields: list[str]
) -> None:
    response = ada.client().post(OBTAIN, json=body)
    assert response.status_code == 400
    assert response.json() == {
        "errors": [{"field": each, "message": "This field is required."} for each in fields]
    }


@pytest.mark.covers("LP-9")
@pytest.mark.parametrize("path", [REFRESH, BLACKLIST])
def test_a_missing_refresh_token_is_named(ada: House, path: str) -> None:
    response = ada.client().post(path, json={})
    assert response.status_code == 400
    assert response.json() == fault("refresh", "This field is required.")


@pytest.mark.covers("LP-10", "LP-10a", "LP-53")
@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("", "This field may not be blank."),
        ("   ", "This field may not be blank."),
        (None, "This field may not be null."),
        (True, "Not a valid string."),
        ([], "Not a valid string."),
        ({}, "Not a valid string."),
        ("a\0b", "Null characters are not allowed."),
    ],
)
def test_a_field_that_is_no_text_is_refused_in_words(
    ada: House, value: object, message: str
) -> None:
    response = ada.client().post(OBTAIN, json={"username": "ada", "password": value})
    assert response.status_code == 400
    assert response.json() == fault("password", message)


@pytest.mark.covers("LP-10a")
def test_blanks_around_the_name_and_the_password_do_not_count(ada: House) -> None:
    body = {"username": "  ada\n", "password": f"\t {PASSWORD}  "}
    assert ada.client().post(OBTAIN, json=body).status_code == 200


@pytest.mark.covers("LP-10a")
def test_a_number_is_taken_as_its_text(house: House) -> None:
    house.add_account("1815", password="123456789012345678")
    body = {"username": 1815, "password": 123456789012345678}
    assert house.client().post(OBTAIN, json=body).status_code == 200


@pytest.mark.covers("LP-11")
@pytest.mark.parametrize("body", [b"{", b"\xff", b'"\xff"', b"[" * 100_000, b'{"a": 1e999}'])
def test_broken_json_is_a_parse_error(ada: House, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    response = ada.client().post(OBTAIN, content=body, headers=headers)
    assert response.status_code == 400
    (error,) = response.json()["errors"]
    assert error["field"] == "detail"
    assert error["message"].startswith("JSON parse error - ")


@pytest.mark.covers("LP-11")
@pytest.mark.parametrize(
    ("body", "message"),
    [
        ([1], "Invalid data. Expected a dictionary, but got list."),
        ("x", "Invalid data. Expected a dictionary, but got str."),
        (1, "Invalid data. Expected a dictionary, but got int."),
        (1.5, "Invalid data. Expected a dictionary, but got float."),
        (True, "Invalid data. Expected a dictionary, but got bool."),
    ],
)
def test_json_that_is_no_object_is_named_for_what_it_is(
    ada: House, body: object, message: str
) -> None:
    response = ada.client().post(OBTAIN, json=body)
    assert response.status_code == 400
    assert response.json() == fault("non_field_errors", message)


def test_json_that_is_null_holds_no_data(ada: House) -> None:
    headers = {"Content-Type": "application/json"}
    response = ada.client().post(OBTAIN, content=b"null", headers=headers)
    assert response.json() == fault("non_field_errors", "No data provided")


@pytest.mark.covers("LP-12")
@pytest.mark.parametrize("path", TOKEN_ENDPOINTS)
def test_another_content_type_is_unsupported(ada: House, path: str) -> None:
    headers = {"Content-Type": "text/plain"}
    response = ada.client().post(path, content=b"x", headers=headers)
    assert response.status_code == 415
    assert response.json() == detail('Unsupported media type "text/plain" in request.')


@pytest.mark.covers("LP-13")
@pytest.mark.parametrize("path", TOKEN_ENDPOINTS)
def test_only_post_is_allowed(ada: House, path: str) -> None:
    response = ada.client().get(path)
    assert response.status_code == 405
    assert response.headers["allow"] == "POST, OPTIONS"
    assert response.json() == detail('Method "GET" not allowed.')


@pytest.mark.parametrize("path", TOKEN_ENDPOINTS)
def test_a_caller_that_takes_no_json_is_told_so(ada: House, path: str) -> None:
    response = ada.client().post(path, json=CREDENTIALS, headers={"Accept": "text/html"})
    assert response.status_code == 406
    assert response.json() == detail("Could not satisfy the request Accept header.")
    assert "set-cookie" not in response.headers


@pytest.mark.covers("LP-14")
@pytest.mark.parametrize(
    "value", ["Bearer null", "Bearer", "Bearer a b", "Basic xxx", "JWT x", "nonsense"]
)
def test_the_token_endpoints_ignore_any_authorization(ada: House, value: str) -> None:
    user, headers = User(ada), {"Authorization": value}
    client = ada.client()
    obtained = client.post(OBTAIN, json=CREDENTIALS, headers=headers)
    refreshed = client.post(REFRESH, json={"refresh": user.refresh}, headers=headers)
    ended = client.post(BLACKLIST, json={"refresh": user.refresh}, headers=headers)
    assert [each.status_code for each in (obtained, refreshed, ended)] == [200, 200, 200]


@pytest.mark.covers("LP-14")
def test_an_expired_access_token_does_not_stop_a_refresh(ada: House) -> None:
    user = User(ada)
    ada.clock.advance(300)
    response = ada.client().post(REFRESH, json={"refresh": user.refresh}, headers=user.header)
    assert response.status_code == 200


@pytest.mark.covers("LP-26", "LP-74")
@pytest.mark.parametrize("slash", ["", "/"])
def test_the_trailing_slash_makes_no_difference(ada: House, slash: str) -> None:
    user, client = User(ada), ada.client()
    answers = [
        client.post(OBTAIN.rstrip("/") + slash, json=CREDENTIALS),
        client.post(REFRESH.rstrip("/") + slash, json={"refresh": user.refresh}),
        client.post(BLACKLIST.rstrip("/") + slash, json={"refresh": user.refresh}),
    ]
    assert [each.status_code for each in answers] == [200, 200, 200]


def test_each_sign_in_is_a_session_of_its_own(ada: House) -> None:
    account = ada.add_account()
    first, second = User(ada, account), User(ada, account)
    ended = ada.client().post(BLACKLIST, json={"refresh": first.refresh})
    assert ended.status_code == 200
    assert second.get("/api/stats").status_code == 200


def test_over_plain_http_a_stranger_is_refused_before_the_password_is_looked_at(
    ada: House,
) -> None:
    response = ada.client(peer=STRANGER).post(OBTAIN, json=CREDENTIALS)
    assert response.status_code == 403
    assert response.json() == detail("Credentials are accepted over HTTPS only.")


# --- refresh ----------------------------------------------------------------------------------


@pytest.mark.covers("LP-15", "LP-16", "LP-17")
def test_a_refresh_token_gives_access_tokens_again_and_again(ada: House) -> None:
    user = User(ada)
    for _ in range(2):
        ada.clock.advance(60)
        response = ada.client().post(REFRESH, json={"refresh": user.refresh})
        assert response.status_code == 200
        assert list(response.json()) == ["access"]
        access = response.json()["access"]
        assert response.headers["set-cookie"] == f"jwt={access}; Path=/; HttpOnly; SameSite=Lax"
        assert ada.client().get("/api/stats", headers=bearer(access)).status_code == 200


@pytest.mark.covers("LP-18", "LP-19", "LP-44")
@pytest.mark.parametrize("path", [REFRESH, BLACKLIST])
@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("garbage", "Token is invalid"),
        ("another signature", "Token is invalid"),
        ("expired", "Token is expired"),
        ("access", "Token has wrong type"),
        ("blacklisted", "Token is blacklisted"),
    ],
)
def test_a_bad_refresh_token_is_named_for_its_fault(
    ada: House, path: str, kind: str, message: str
) -> None:
    user = User(ada)
    token = {"garbage": "garbage", "access": user.access}.get(kind, user.refresh)
    if kind == "another signature":
        token = token[:-4] + ("AAAA" if not token.endswith("AAAA") else "BBBB")
    elif kind == "expired":
        ada.clock.advance(7 * 86_400)
    elif kind == "blacklisted":
        ada.client().post(BLACKLIST, json={"refresh": token})
    response = ada.client().post(path, json={"refresh": token})
    assert response.status_code == 401
    assert response.json() == detail(message, "token_not_valid")
    assert response.headers["www-authenticate"] == CHALLENGE


@pytest.mark.covers("LP-20")
def test_a_suspended_account_refreshes_nothing(ada: House) -> None:
    user = User(ada)
    ada.suspend(user.account)
    response = ada.client().post(REFRESH, json={"refresh": user.refresh})
    assert response.status_code == 401
    assert response.json() == detail("No active account found for the given token.")


@pytest.mark.covers("LP-21")
def test_a_deleted_account_refreshes_nothing(ada: House) -> None:
    user = User(ada)
    ada.delete(user.account)
    response = ada.client().post(REFRESH, json={"refresh": user.refresh})
    assert response.status_code == 401
    assert response.json() == detail("No active account found for the given token.")


@pytest.mark.covers("LP-17")
def test_where_refresh_tokens_rotate_the_next_one_comes_along(tmp_path: Path) -> None:
    rotating = {"REALMS__LIBREPHOTOS__ROTATE_REFRESH": "true"}
    with a_house(tmp_path / "data", **rotating) as house:
        user = User(house)
        response = house.client().post(REFRESH, json={"refresh": user.refresh})
        assert list(response.json()) == ["refresh", "access"]
        assert response.json()["refresh"] != user.refresh


@pytest.mark.covers("LP-17")
def test_a_rotated_refresh_token_gives_its_successor_for_a_while_and_then_ends_all(
    tmp_path: Path,
) -> None:
    rotating = {
        "REALMS__LIBREPHOTOS__ROTATE_REFRESH": "true",
        "REALMS__LIBREPHOTOS__GRACE_SECONDS": "60",
    }
    with a_house(tmp_path / "data", **rotating) as house:
        user = User(house)

        def refreshed(token: str) -> Any:
            return house.client().post(REFRESH, json={"refresh": token})

        successor = refreshed(user.refresh).json()["refresh"]
        house.clock.advance(59)
        assert refreshed(user.refresh).json()["refresh"] == successor
        house.clock.advance(1)
        late = refreshed(user.refresh)
        assert (late.status_code, late.json()) == (
            401,
            detail("Token is blacklisted", "token_not_valid"),
        )
        assert refreshed(successor).status_code == 401
        assert house.audited().count("token_replayed") == 1
        kinds = house.stores.database.raw.execute("SELECT kind FROM notification").fetchall()
        assert kinds == [("token_replayed",)]


def test_a_renewal_is_written_down_with_its_address(house: House) -> None:
    user = User(house)
    renewed = house.client(peer=LOOPBACK).post(REFRESH, json={"refresh": user.refresh})
    assert renewed.status_code == 200
    rows = house.stores.database.raw.execute("SELECT event, realm, address FROM audit ORDER BY id")
    assert rows.fetchall()[-1] == ("token_renewed", "librephotos", "127.0.0.1")


# --- blacklist --------------------------------------------------------------------------------


@pytest.mark.covers("LP-22", "LP-23")
def test_blacklisting_needs_the_refresh_token_alone_and_ends_it(ada: House) -> None:
    user = User(ada)
    ended = ada.client().post(BLACKLIST, json={"refresh": user.refresh})
    assert (ended.status_code, ended.json()) == (200, {})
    again = ada.client().post(REFRESH, json={"refresh": user.refresh})
    assert again.status_code == 401
    assert again.json() == detail("Token is blacklisted", "token_not_valid")


@pytest.mark.covers("LP-24")
def test_blacklisting_ends_the_access_tokens_of_the_session_at_once(ada: House) -> None:
    user = User(ada)
    ada.client().post(BLACKLIST, json={"refresh": user.refresh})
    response = user.get("/api/stats")
    assert response.status_code == 401
    assert response.json() == detail(BAD_TOKEN, "token_not_valid")


@pytest.mark.covers("LP-25")
def test_blacklisting_expires_the_cookie(ada: House) -> None:
    user = User(ada)
    response = user.client.post(BLACKLIST, json={"refresh": user.refresh})
    assert response.headers["set-cookie"] == (
        "jwt=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax"
    )
    assert "jwt" not in user.client.cookies


# --- what it costs, and how often one may try ---------------------------------------------------


@pytest.mark.covers("LP-83")
def test_an_unknown_user_costs_as_many_hashes_as_a_wrong_password(ada: House) -> None:
    spent = []
    for username in ("ada", "nobody"):
        before = hashes_of(ada)
        ada.client().post(OBTAIN, json={"username": username, "password": "not the password"})
        spent.append(hashes_of(ada) - before)
    assert spent == [1, 1]


@pytest.mark.covers("LP-82")
def test_obtain_costs_one_hash_and_refresh_none(ada: House) -> None:
    before = hashes_of(ada)
    user = User(ada, ada.add_account("grace"))
    assert hashes_of(ada) - before == 1
    ada.client().post(REFRESH, json={"refresh": user.refresh})
    assert hashes_of(ada) - before == 1


@pytest.mark.covers("LP-82")
def test_with_hashes_at_full_cost_obtain_and_refresh_answer_within_half_a_second(
    tmp_path: Path,
) -> None:
    full = {"PASSWORDS__MEMORY_KIB": "19456", "PASSWORDS__PASSES": "2"}
    with a_house(tmp_path / "data", **full) as house:
        account, client = house.add_account(), house.client()
        body = {"username": account.username, "password": PASSWORD}
        spent = []
        for _ in range(3):
            began = time.perf_counter()
            refresh = client.post(OBTAIN, json=body).json()["refresh"]
            assert client.post(REFRESH, json={"refresh": refresh}).status_code == 200
            spent.append(time.perf_counter() - began)
        assert min(spent) < 0.5


@pytest.mark.covers("LP-84")
@pytest.mark.parametrize(
    ("username", "status"), [("ada", 200), ("ADA", 401), ("Ada@Example.COM", 200)]
)
def test_a_username_is_compared_exactly_an_address_in_any_case(
    ada: House, username: str, status: int
) -> None:
    body = {"username": username, "password": PASSWORD}
    assert ada.client().post(OBTAIN, json=body).status_code == status


def test_too_many_failures_are_throttled_in_the_envelope(ada: House) -> None:
    client = ada.client()
    for _ in range(10):
        client.post(OBTAIN, json={"username": "ada", "password": "not the password"})
    ada.clock.advance(1)
    response = client.post(OBTAIN, json=CREDENTIALS)
    assert response.status_code == 429
    assert response.json() == detail("Too many failed sign-ins. Try again later.")
    assert response.headers["retry-after"] == "599"


def test_a_refresh_keeps_the_session(ada: House) -> None:
    user = User(ada)
    response = ada.client().post(REFRESH, json={"refresh": user.refresh})
    _, before = parts_of(user.access)
    _, after = parts_of(response.json()["access"])
    assert after["sid"] == before["sid"]
    assert after["jti"] != before["jti"]
