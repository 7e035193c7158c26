"""PhotoShelter's wire: API keys, signing in, organizations, signing out."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from string import ascii_letters, digits
from typing import Any

import pytest
from tests.house import PASSWORD, STRANGER, House, a_house
from tests.protocols.chance import require_chance
from tests.protocols.photoshelter import (
    API,
    COOKIE,
    LOGIN,
    LOGOUT,
    SESSION,
    Visitor,
    error_class,
    set_cookies,
    value_of,
)

ORGANIZATION_ID = re.compile(r"O0000[A-Za-z0-9._]{11}")
TOKEN = re.compile(r"[A-Za-z0-9._]{20}")


@pytest.fixture
def visitor(house: House) -> Visitor:
    return Visitor(house)


# --- the API key ----------------------------------------------------------------------------


@pytest.mark.covers("PS-1", "PS-3")
@pytest.mark.parametrize("key", [{}, {"X-PS-Api-Key": "AAAAAAAAAAA"}, {"X-PS-Api-Key": ""}])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", LOGIN),
        ("POST", LOGOUT),
        ("GET", SESSION),
        ("GET", f"{API}/mem/organization/O0000AAAAAAAAAAA/authenticate"),
        ("GET", f"{API}/gallery"),
        ("GET", f"{API}/image/I0000AAAAAAAAAAA"),
    ],
)
def test_nothing_is_answered_without_a_key_that_is_known(
    visitor: Visitor, method: str, path: str, key: dict[str, str]
) -> None:
    token = visitor.take_token()
    client = visitor.bare_client(**key, **{"X-PS-Auth-Token": token})
    response = client.request(
        method, path, data=visitor.credentials() if method == "POST" else None
    )
    assert response.status_code == 401
    assert error_class(response) == "ApiKeyInvalidErr"
    assert response.headers["www-authenticate"] == 'PhotoShelter realm="photoshelter"'


@pytest.mark.covers("PS-2")
@pytest.mark.parametrize("name", ["X-PS-Api-Key", "x-ps-api-key", "X-PS-API-KEY"])
def test_the_key_is_taken_from_a_header_of_any_case(visitor: Visitor, name: str) -> None:
    client = visitor.bare_client(**{name: visitor.key})
    assert client.post(LOGIN, data=visitor.credentials()).status_code == 200


@pytest.mark.covers("PS-2")
def test_the_key_is_taken_from_the_address_and_from_a_field(visitor: Visitor) -> None:
    client = visitor.bare_client()
    by_address = client.post(f"{LOGIN}?api_key={visitor.key}", data=visitor.credentials())
    by_field = client.post(LOGIN, data=visitor.credentials(api_key=visitor.key))
    by_json = client.post(LOGIN, json=visitor.credentials(api_key=visitor.key))
    assert [each.status_code for each in (by_address, by_field, by_json)] == [200, 200, 200]


@pytest.mark.covers("PS-2")
def test_two_different_keys_are_refused(visitor: Visitor) -> None:
    response = visitor.client.get(f"{SESSION}?api_key=AAAAAAAAAAA")
    assert response.status_code == 400
    assert error_class(response) == "InvalidParameterErr"


# --- signing in -----------------------------------------------------------------------------


@pytest.mark.covers("PS-4", "PS-8", "PS-10")
def test_a_form_signs_in_and_the_cookie_is_the_session(visitor: Visitor) -> None:
    response = visitor.client.post(LOGIN, data=visitor.credentials())
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "data": []}
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    assert visitor.client.get(SESSION).status_code == 200


@pytest.mark.covers("PS-5")
def test_multipart_signs_in(visitor: Visitor) -> None:
    parts = {name: (None, value) for name, value in visitor.credentials(mode="cookie").items()}
    response = visitor.client.post(LOGIN, files=parts)
    assert response.request.headers["content-type"].startswith("multipart/form-data")
    assert response.json() == {"status": "ok", "data": []}


@pytest.mark.covers("PS-6")
@pytest.mark.parametrize("kind", ["application/json", "text/plain;charset=UTF-8", None])
def test_json_text_signs_in_whatever_it_is_called(visitor: Visitor, kind: str | None) -> None:
    body = f'{{"email":"{visitor.account.email}","password":"{PASSWORD}","mode":"token"}}'
    headers = {"Content-Type": kind} if kind else {}
    response = visitor.client.post(LOGIN, content=body.encode(), headers=headers)
    assert response.request.headers.get("content-type") == kind
    assert TOKEN.fullmatch(response.json()["data"]["token"])


@pytest.mark.parametrize("version", ["v3", "v3.0"])
def test_the_point_release_answers_alike(visitor: Visitor, version: str) -> None:
    response = visitor.client.post(
        f"/psapi/{version}/mem/authenticate", data=visitor.credentials(mode="token")
    )
    token = response.json()["data"]["token"]
    session = visitor.client.get(
        f"/psapi/{version}/mem/user/session", headers={"X-PS-Auth-Token": token}
    )
    assert session.status_code == 200


@pytest.mark.covers("PS-8", "PS-9")
@pytest.mark.parametrize("mode", [{}, {"mode": "cookie"}, {"mode": ""}])
def test_the_session_cookie_is_first_deleted_then_set(
    visitor: Visitor, mode: dict[str, str]
) -> None:
    deleted, made = set_cookies(visitor.sign_in(**mode))
    assert deleted == (
        f"{COOKIE}=deleted; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; "
        "HttpOnly; SameSite=Lax"
    )
    assert value_of(made) not in ("", "deleted")
    assert made.endswith("; Path=/; HttpOnly; SameSite=Lax")


@pytest.mark.covers("PS-9")
def test_a_cookie_sign_in_sets_the_companion_cookie(visitor: Visitor) -> None:
    (companion,) = set_cookies(visitor.sign_in(), "acs")
    assert len(value_of(companion)) == 24


@pytest.mark.covers("PS-43")
def test_over_https_every_cookie_is_secure(house: House) -> None:
    visitor = Visitor(house, base_url="https://localhost", peer=STRANGER)
    lines = visitor.sign_in().headers.get_list("set-cookie")
    assert len(lines) == 3
    assert all("; HttpOnly; Secure; SameSite=Lax" in line for line in lines)


@pytest.mark.covers("PS-11", "PS-13")
def test_token_mode_gives_a_token_of_twenty_characters_and_no_cookie(visitor: Visitor) -> None:
    response = visitor.sign_in(mode="token")
    assert list(response.json()["data"]) == ["token"]
    assert TOKEN.fullmatch(response.json()["data"]["token"])
    assert response.headers.get_list("set-cookie") == []
    second = visitor.sign_in(mode="token").json()["data"]["token"]
    assert second != response.json()["data"]["token"]


@pytest.mark.covers("PS-11")
def test_a_token_is_120_random_bits(visitor: Visitor) -> None:
    tokens = [visitor.sign_in(mode="token").json()["data"]["token"] for _ in range(1000)]
    require_chance(tokens, symbols=ascii_letters + digits + "._", length=20)


@pytest.mark.covers("PS-13")
def test_a_token_is_never_answered_with_a_cookie(visitor: Visitor) -> None:
    visitor.take_token()
    for path in (SESSION, f"{API}/gallery", f"{API}/mem/gallery/G0000AAAAAAAAAAA"):
        assert visitor.client.get(path).headers.get_list("set-cookie") == []


@pytest.mark.covers("PS-12")
def test_an_unknown_mode_is_refused(visitor: Visitor) -> None:
    response = visitor.client.post(LOGIN, data=visitor.credentials(mode="basket"))
    assert response.status_code == 400
    assert error_class(response) == "InvalidParameterErr"
    assert response.json()["error"]["message"] == 'mode: Use "cookie" or "token".'


@pytest.mark.parametrize("text", ["Ada@Example.COM", "  ada@example.com ", "ada"])
def test_the_email_field_takes_any_case_and_the_username(house: House, text: str) -> None:
    house.add_account("ada", email="ada@example.com")
    visitor = Visitor(house)
    form = {"email": text, "password": PASSWORD}
    assert visitor.client.post(LOGIN, data=form).status_code == 200


def test_an_expired_cookie_does_not_keep_its_owner_from_signing_in(visitor: Visitor) -> None:
    visitor.sign_in()
    visitor.house.clock.advance(3600)
    assert visitor.client.get(SESSION).status_code == 401
    visitor.sign_in()
    assert visitor.client.get(SESSION).status_code == 200


def test_a_sign_in_makes_a_new_session_each_time(visitor: Visitor) -> None:
    first = value_of(set_cookies(visitor.sign_in())[1])
    second = value_of(set_cookies(visitor.sign_in())[1])
    assert first.partition(".")[0] != second.partition(".")[0]


# --- refused sign-ins -----------------------------------------------------------------------


@pytest.mark.covers("PS-16", "PS-18", "PS-58")
def test_a_wrong_password_is_a_400_that_lists_the_inputs_and_deletes_the_cookie(
    visitor: Visitor,
) -> None:
    response = visitor.client.post(LOGIN, data=visitor.credentials(password="wrong"))
    assert response.status_code == 400
    body = response.json()
    assert list(body) == ["status", "error", "errors", "usage", "data"]
    assert body["error"] == {
        "code": 400,
        "class": "AuthInvalidPasswordErr",
        "message": "The e-mail address or the password is wrong.",
    }
    assert body["errors"][0]["title"] == "The e-mail address or the password is wrong."
    assert list(body["usage"]["input"]) == ["email", "password", "mode", "org_id"]
    (deleted,) = set_cookies(response)
    assert value_of(deleted) == "deleted"
    assert "Max-Age=0" in deleted


@pytest.mark.covers("PS-17")
def test_an_unknown_account_is_answered_like_a_wrong_password_at_the_same_cost(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = visitor.house.call(visitor.house.app.site)
    hashing = site.authenticator._passwords._hashing
    hashes = []
    genuine = hashing.verify

    async def counted(*arguments: Any) -> bool:
        hashes.append(arguments)
        return await genuine(*arguments)

    monkeypatch.setattr(hashing, "verify", counted)
    wrong = visitor.client.post(LOGIN, data=visitor.credentials(password="wrong"))
    spent = len(hashes)
    unknown = visitor.client.post(LOGIN, data=visitor.credentials(email="nobody@example.com"))
    assert (spent, len(hashes)) == (1, 2)
    assert unknown.status_code == wrong.status_code
    assert unknown.content == wrong.content
    assert set_cookies(unknown) == set_cookies(wrong)


def test_a_suspended_account_is_answered_like_a_wrong_password(visitor: Visitor) -> None:
    visitor.house.suspend(visitor.account)
    response = visitor.client.post(LOGIN, data=visitor.credentials())
    assert response.status_code == 400
    assert error_class(response) == "AuthInvalidPasswordErr"


@pytest.mark.covers("PS-19")
@pytest.mark.parametrize("missing", ["email", "password"])
@pytest.mark.parametrize("blank", [True, False])
def test_a_missing_input_is_named_and_the_inputs_are_listed(
    visitor: Visitor, missing: str, blank: bool
) -> None:
    form = visitor.credentials()
    if blank:
        form[missing] = ""
    else:
        del form[missing]
    response = visitor.client.post(LOGIN, data=form)
    assert response.status_code == 400
    assert error_class(response) == "InvalidParameterErr"
    assert response.json()["error"]["message"] == f"{missing}: The parameter is missing."
    assert missing in response.json()["usage"]["input"]


@pytest.mark.covers("PS-19")
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b'{"email":'),
        ("application/json", b'{"email":{"a":1},"password":"x"}'),
        ("application/x-www-form-urlencoded", b"email=%ff"),
        ("multipart/form-data; boundary=x", b"--y"),
        ("multipart/form-data", b"--y"),
        ("image/png", b"\x89PNG"),
        ("text/plain", b""),
    ],
)
def test_a_body_that_cannot_be_read_is_a_400(visitor: Visitor, kind: str, body: bytes) -> None:
    response = visitor.client.post(LOGIN, content=body, headers={"Content-Type": kind})
    assert response.status_code == 400
    assert "usage" in response.json()
    assert visitor.house.audited().count("signed_in") == 0


@pytest.mark.covers("PS-62")
def test_too_many_failures_are_told_to_wait(tmp_path: Path) -> None:
    with a_house(tmp_path / "data", THROTTLE__ACCOUNT_FAILURES="2") as house:
        visitor = Visitor(house)
        wrong = visitor.credentials(password="wrong")
        statuses = [visitor.client.post(LOGIN, data=wrong).status_code for _ in range(2)]
        response = visitor.client.post(LOGIN, data=visitor.credentials())
        assert statuses == [400, 400]
        assert response.status_code == 429
        assert error_class(response) == "TooManyRequestsErr"
        assert int(response.headers["retry-after"]) == 600
        assert set_cookies(response) == []
        house.clock.advance(600)
        assert visitor.client.post(LOGIN, data=visitor.credentials()).status_code == 200


@pytest.mark.covers("PS-62")
def test_too_many_failures_from_one_address_are_told_to_wait(tmp_path: Path) -> None:
    with a_house(tmp_path / "data", THROTTLE__ADDRESS_FAILURES="2") as house:
        visitor = Visitor(house)
        for name in ("bob", "cleo"):
            visitor.client.post(LOGIN, data={"email": name, "password": "wrong"})
        response = visitor.client.post(LOGIN, data=visitor.credentials())
        assert response.status_code == 429
        assert "retry-after" in response.headers


@pytest.mark.covers("PS-20")
def test_over_plain_http_from_elsewhere_credentials_are_not_even_looked_at(house: House) -> None:
    visitor = Visitor(house, peer=STRANGER)
    right = visitor.client.post(LOGIN, data=visitor.credentials())
    wrong = visitor.client.post(LOGIN, data=visitor.credentials(password="wrong"))
    assert right.status_code == wrong.status_code == 403
    assert error_class(right) == "HttpsRequiredErr"
    assert right.content == wrong.content
    assert set_cookies(right) == []
    assert house.audited() == ["account_added", "application_added"]


@pytest.mark.covers("PS-20")
def test_over_plain_http_from_elsewhere_a_token_is_refused_and_a_key_alone_is_not(
    house: House,
) -> None:
    token = Visitor(house).take_token()
    stranger = Visitor(house, peer=STRANGER)
    refused = stranger.client.get(SESSION, headers={"X-PS-Auth-Token": token})
    assert refused.status_code == 403
    assert stranger.client.get(f"{API}/organization/O0000AAAAAAAAAAA").status_code == 404


# --- credentials in the address -------------------------------------------------------------


@pytest.mark.covers("PS-7")
def test_signing_in_by_get_is_off_unless_switched_on(visitor: Visitor) -> None:
    response = visitor.client.get(LOGIN, params=visitor.credentials(mode="token"))
    assert response.status_code == 405
    assert error_class(response) == "MethodNotAllowedErr"
    assert "POST" in response.headers["allow"]


@pytest.mark.covers("PS-7")
def test_signing_in_by_get_works_when_the_operator_allows_it_and_leaves_no_trace(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    with a_house(tmp_path / "data", REALMS__PHOTOSHELTER__LOGIN_BY_GET="true") as house:
        visitor = Visitor(house)
        by_token = visitor.client.get(LOGIN, params=visitor.credentials(mode="token"))
        by_cookie = visitor.client.get(LOGIN, params=visitor.credentials())
        refused = visitor.client.get(LOGIN, params=visitor.credentials(password="false words"))
        forged = visitor.client.get(
            LOGIN,
            params=visitor.credentials(auth_token="x"),
            headers={"Sec-Fetch-Site": "cross-site"},
        )
    assert TOKEN.fullmatch(by_token.json()["data"]["token"])
    assert len(set_cookies(by_cookie)) == 2
    assert refused.status_code == 400
    assert forged.status_code == 403
    assert by_token.headers["referrer-policy"] == "no-referrer"
    ours = [str(each.__dict__) for each in caplog.records if each.name != "httpx2"]
    written = "".join([*ours, *capfd.readouterr()])
    assert "signed_in" in written
    assert PASSWORD not in written
    assert "correct+horse" not in written
    assert "false" not in written


# --- organizations --------------------------------------------------------------------------


@pytest.mark.covers("PS-14", "PS-15")
def test_a_member_is_told_of_its_organizations_and_nobody_else_is(visitor: Visitor) -> None:
    assert "org" not in visitor.sign_in(mode="token").json()["data"]
    organization_id = visitor.house.add_organization("Harbour Photos", visitor.account)
    (organization,) = visitor.sign_in(mode="token").json()["data"]["org"]
    assert organization == {"id": organization_id, "name": "Harbour Photos", "member": "t"}
    assert ORGANIZATION_ID.fullmatch(organization_id)
    assert visitor.sign_in().json()["data"] == {"org": [organization]}


@pytest.mark.covers("PS-33")
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("mode", ["token", "cookie"])
def test_a_session_is_bound_to_an_organization_and_stays_usable(
    visitor: Visitor, method: str, mode: str
) -> None:
    organization_id = visitor.house.add_organization("Harbour Photos", visitor.account)
    if mode == "token":
        visitor.take_token()
    else:
        visitor.sign_in()
    response = visitor.client.request(
        method, f"{API}/mem/organization/{organization_id}/authenticate"
    )
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "data": []}
    session = visitor.data("/mem/user/session")["Session"]
    assert session["organization_id"] == organization_id


@pytest.mark.covers("PS-33")
def test_binding_needs_a_session(visitor: Visitor) -> None:
    organization_id = visitor.house.add_organization("Harbour Photos", visitor.account)
    response = visitor.client.get(f"{API}/mem/organization/{organization_id}/authenticate")
    assert response.status_code == 401
    assert error_class(response) == "SessionRequiredErr"


@pytest.mark.covers("PS-33")
def test_a_foreign_page_cannot_bind_a_session_by_its_cookie(visitor: Visitor) -> None:
    organization_id = visitor.house.add_organization("Harbour Photos", visitor.account)
    visitor.sign_in()
    path = f"{API}/mem/organization/{organization_id}/authenticate"
    assert visitor.client.get(path, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert visitor.data("/mem/user/session")["Session"]["organization_id"] == ""
    assert visitor.client.get(path, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200


@pytest.mark.covers("PS-34")
def test_a_second_organization_takes_the_place_of_the_first_in_that_session_alone(
    visitor: Visitor,
) -> None:
    first = visitor.house.add_organization("Harbour Photos", visitor.account)
    second = visitor.house.add_organization("Mountain Photos", visitor.account)
    other = Visitor(visitor.house, visitor.account)
    other.take_token(org_id=first)
    visitor.take_token(org_id=first)
    visitor.client.post(f"{API}/mem/organization/{second}/authenticate")
    assert visitor.data("/mem/user/session")["Session"]["organization_id"] == second
    assert other.data("/mem/user/session")["Session"]["organization_id"] == first


@pytest.mark.covers("PS-35")
def test_a_foreign_an_unknown_and_an_impossible_organization_are_one_403(visitor: Visitor) -> None:
    stranger = visitor.house.add_account()
    foreign = visitor.house.add_organization("Mountain Photos", stranger)
    visitor.take_token()
    answers = [
        visitor.client.post(f"{API}/mem/organization/{each}/authenticate")
        for each in (foreign, "O0000AAAAAAAAAAA", "root", "%00")
    ]
    assert [each.status_code for each in answers] == [403, 403, 403, 403]
    assert len({each.content for each in answers}) == 1
    assert error_class(answers[0]) == "PermissionDeniedErr"
    assert visitor.data("/mem/user/session")["Session"]["organization_id"] == ""


@pytest.mark.covers("PS-36")
def test_org_id_binds_at_sign_in(visitor: Visitor) -> None:
    organization_id = visitor.house.add_organization("Harbour Photos", visitor.account)
    visitor.take_token(org_id=organization_id)
    session = visitor.data("/mem/user/session")["Session"]
    assert session["organization_id"] == organization_id


@pytest.mark.covers("PS-35", "PS-36")
def test_a_sign_in_to_a_foreign_organization_is_refused(visitor: Visitor) -> None:
    form = visitor.credentials(org_id="O0000AAAAAAAAAAA")
    response = visitor.client.post(LOGIN, data=form)
    assert response.status_code == 403
    assert error_class(response) == "PermissionDeniedErr"
    assert response.headers.get_list("set-cookie") == []


def test_an_organization_has_a_public_name(visitor: Visitor) -> None:
    organization_id = visitor.house.add_organization("Harbour Photos")
    client = visitor.bare_client()
    path = f"{API}/organization/{organization_id}?api_key={visitor.key}"
    assert client.get(path).json()["data"]["Organization"]["name"] == "Harbour Photos"


# --- signing out ----------------------------------------------------------------------------


@pytest.mark.covers("PS-38", "PS-39")
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_signing_out_ends_every_cookie_of_the_session_at_once(
    visitor: Visitor, method: str
) -> None:
    first = value_of(set_cookies(visitor.sign_in())[1])
    visitor.house.clock.advance(10)
    second = value_of(set_cookies(visitor.client.get(SESSION))[0])
    response = visitor.client.request(method, LOGOUT)
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "data": None}
    (deleted,) = set_cookies(response)
    assert value_of(deleted) == "deleted"
    assert "Max-Age=0" in deleted
    for value in (first, second):
        client = visitor.bare_client(**{"X-PS-Api-Key": visitor.key, "Cookie": f"{COOKIE}={value}"})
        answer = client.get(SESSION)
        assert answer.status_code == 401
        assert error_class(answer) == "SessionRequiredErr"


@pytest.mark.covers("PS-38")
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_signing_out_ends_the_token(visitor: Visitor, method: str) -> None:
    visitor.take_token()
    assert visitor.client.request(method, LOGOUT).json() == {"status": "ok", "data": None}
    assert visitor.client.get(SESSION).status_code == 401


@pytest.mark.covers("PS-38")
def test_signing_out_ends_one_session_and_no_other(visitor: Visitor) -> None:
    other = Visitor(visitor.house, visitor.account)
    other.take_token()
    visitor.take_token()
    visitor.client.get(LOGOUT)
    assert other.client.get(SESSION).status_code == 200


@pytest.mark.covers("PS-40")
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_signing_out_without_a_session_is_no_fault(visitor: Visitor, method: str) -> None:
    assert visitor.client.request(method, LOGOUT).json() == {"status": "ok", "data": None}
    visitor.client.cookies.set(COOKIE, "nonsense")
    assert visitor.client.request(method, LOGOUT).json() == {"status": "ok", "data": None}


@pytest.mark.covers("PS-38", "PS-41")
def test_a_foreign_page_cannot_sign_anybody_out(visitor: Visitor) -> None:
    visitor.sign_in()
    cross, foreign = {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}
    for path in (LOGOUT, f"{LOGOUT}?auth_token=nonsense"):
        assert visitor.client.get(path, headers=cross).status_code == 403
        assert visitor.client.post(path, headers=foreign).status_code == 403
    assert visitor.client.get(SESSION).status_code == 200


def test_the_end_of_a_token_session_leaves_the_cookie_session_beside_it(visitor: Visitor) -> None:
    visitor.sign_in()
    visitor.take_token()
    assert set_cookies(visitor.client.get(LOGOUT)) == []
    del visitor.client.headers["X-PS-Auth-Token"]
    assert visitor.client.get(SESSION).status_code == 200
