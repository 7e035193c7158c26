"""PhotoShelter's wire: how cookie and token sessions live, and which requests count."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tests.house import PASSWORD, House, a_house
from tests.protocols.photoshelter import (
    API,
    COOKIE,
    LOGIN,
    SESSION,
    Visitor,
    error_class,
    set_cookies,
    value_of,
)

from safelight.identity.organization import Role

MINUTE, HOUR, DAY = 60, 3600, 86_400


@pytest.fixture
def visitor(house: House) -> Visitor:
    return Visitor(house)


@pytest.fixture
def sharing(tmp_path: Path) -> Iterator[Visitor]:
    """A visitor of a server that trusts the scripts of one foreign origin."""
    origins = '["https://app.example","null"]'
    with a_house(tmp_path / "sharing", REALMS__PHOTOSHELTER__CORS_ORIGINS=origins) as house:
        yield Visitor(house)


def with_cookie(visitor: Visitor, value: str, path: str = SESSION) -> Any:
    """A GET that shows a cookie value, whatever the visitor's own cookies are by now."""
    client = visitor.bare_client(**{"X-PS-Api-Key": visitor.key, "Cookie": f"{COOKIE}={value}"})
    return client.get(path)


def sign_in_value(visitor: Visitor) -> str:
    return value_of(set_cookies(visitor.sign_in())[1])


# --- cookie mode ----------------------------------------------------------------------------


@pytest.mark.covers("PS-21", "PS-46")
def test_a_session_cookie_and_a_key_open_the_member_endpoints(visitor: Visitor) -> None:
    visitor.sign_in()
    account = visitor.account
    assert visitor.data("/mem/user/session") == {
        "Session": {
            "user_id": account.id,
            "email": account.email,
            "username": account.username,
            "first_name": "Ada",
            "last_name": "Lovelace",
            "organization_id": "",
            "f_admin": "f",
            "created_at": "2026-03-01 12:00:00 GMT",
            "tz": "UTC",
        }
    }
    assert visitor.data("/mem/user/session", fields="tz") == {"Session": {"tz": "UTC"}}


@pytest.mark.covers("PS-22")
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"{API}/mem/user/session", 200),
        ("HEAD", f"{API}/mem/user/session", 200),
        ("GET", f"{API}/organization/{{organization}}", 200),
        ("GET", f"{API}/organization/O0000AAAAAAAAAAA", 404),
        ("GET", f"{API}/mem/gallery/G0000AAAAAAAAAAA%00", 404),
        ("GET", f"{API}/mem/image/nonsense", 404),
        ("GET", f"{API}/mem/user/session?format=yaml", 400),
        ("GET", f"{API}/mem/organization/{{organization}}/authenticate", 200),
        ("POST", f"{API}/mem/organization/O0000AAAAAAAAAAA/authenticate", 403),
        ("POST", f"{API}/mem/image/upload", 415),
    ],
)
def test_every_answer_to_a_valid_cookie_carries_one_new_cookie(
    visitor: Visitor, method: str, path: str, status: int
) -> None:
    organization = visitor.house.add_organization("Harbour Photos", visitor.account)
    value = sign_in_value(visitor)
    visitor.house.clock.advance(5)
    response = visitor.client.request(method, path.format(organization=organization))
    assert response.status_code == status
    (line,) = set_cookies(response)
    assert value_of(line) not in ("", "deleted", value)
    assert line.endswith("; Path=/; HttpOnly; SameSite=Lax")
    assert with_cookie(visitor, value_of(line)).status_code == 200


@pytest.mark.covers("PS-22")
def test_a_member_who_may_not_write_is_refused_with_a_new_cookie(visitor: Visitor) -> None:
    organization = visitor.house.add_organization(
        "Harbour Photos", visitor.account, role=Role.MEMBER
    )
    visitor.sign_in(org_id=organization)
    response = visitor.client.post(f"{API}/mem/gallery/insert", data={"name": "Boats"})
    assert response.status_code == 403
    assert error_class(response) == "PermissionDeniedErr"
    assert len(set_cookies(response)) == 1


@pytest.mark.covers("PS-23")
def test_the_cookie_is_the_same_within_a_second_and_another_one_later(visitor: Visitor) -> None:
    value = sign_in_value(visitor)
    assert value_of(set_cookies(visitor.client.get(SESSION))[0]) == value
    visitor.house.clock.advance(1)
    assert value_of(set_cookies(visitor.client.get(SESSION))[0]) != value


@pytest.mark.covers("PS-24")
def test_an_older_cookie_is_good_until_its_own_idle_window_ends(visitor: Visitor) -> None:
    first = sign_in_value(visitor)
    visitor.house.clock.advance(10 * MINUTE)
    second = value_of(set_cookies(visitor.client.get(SESSION))[0])
    visitor.house.clock.advance(20 * MINUTE - 1)
    assert with_cookie(visitor, first).status_code == 200
    visitor.house.settle()  # so the session itself was in use a second ago
    visitor.house.clock.advance(1)
    refused = with_cookie(visitor, first)
    assert refused.status_code == 401
    assert error_class(refused) == "SessionRequiredErr"
    assert set_cookies(refused) == []
    assert with_cookie(visitor, second).status_code == 200


@pytest.mark.covers("PS-24")
def test_a_cookie_counts_as_a_use_even_when_none_was_written_down(visitor: Visitor) -> None:
    sign_in_value(visitor)
    visitor.house.clock.advance(2 * MINUTE)
    second = value_of(set_cookies(visitor.client.get(SESSION))[0])
    visitor.house.clock.advance(30 * MINUTE - 1)
    assert with_cookie(visitor, second).status_code == 200


@pytest.mark.covers("PS-24")
def test_a_client_that_never_takes_the_new_cookie_works_within_the_window(
    visitor: Visitor,
) -> None:
    value = sign_in_value(visitor)
    for _ in range(29):
        visitor.house.clock.advance(MINUTE)
        assert with_cookie(visitor, value).status_code == 200


@pytest.mark.covers("PS-25")
def test_a_cookie_session_is_over_once_it_was_idle_for_half_an_hour(visitor: Visitor) -> None:
    visitor.sign_in()
    visitor.house.clock.advance(30 * MINUTE - 1)
    assert visitor.client.get(SESSION).status_code == 200
    visitor.house.clock.advance(30 * MINUTE)
    response = visitor.client.get(SESSION)
    assert response.status_code == 401
    assert error_class(response) == "SessionRequiredErr"


@pytest.mark.covers("PS-25")
def test_a_session_is_listed_until_it_was_idle_for_half_an_hour(visitor: Visitor) -> None:
    # The list has no cookie to look at: only the session's own last use ends it here.
    visitor.sign_in()
    reader = visitor.bare_client()
    reader.auth = (visitor.account.username, PASSWORD)
    for pause, realms in ((30 * MINUTE - 1, ["photoshelter"]), (1, [])):
        visitor.house.clock.advance(pause)
        listed = reader.get("/v1/sessions").json()["items"]
        assert [each["realm"] for each in listed] == realms


@pytest.mark.covers("PS-25")
def test_the_idle_limit_is_a_setting(tmp_path: Path) -> None:
    with a_house(tmp_path / "data", REALMS__PHOTOSHELTER__IDLE_SECONDS="2") as house:
        visitor = Visitor(house)
        visitor.sign_in()
        for _ in range(5):
            house.clock.advance(1)
            assert visitor.client.get(SESSION).status_code == 200
        house.clock.advance(2)
        assert visitor.client.get(SESSION).status_code == 401


@pytest.mark.covers("PS-29")
@pytest.mark.parametrize("mode", ["cookie", "token"])
def test_a_session_is_over_after_fourteen_days_however_it_was_used(
    tmp_path: Path, mode: str
) -> None:
    idle = str(13 * DAY)
    settings = {
        "REALMS__PHOTOSHELTER__IDLE_SECONDS": idle,
        "REALMS__PHOTOSHELTER__TOKEN_IDLE_SECONDS": idle,
    }
    with a_house(tmp_path / "data", **settings) as house:
        visitor = Visitor(house)
        if mode == "token":
            visitor.take_token()
        else:
            visitor.sign_in()
        for pause, status in ((7 * DAY, 200), (7 * DAY - 1, 200), (1, 401)):
            house.clock.advance(pause)
            response = visitor.client.get(SESSION)
            assert response.status_code == status
            house.settle()
        assert error_class(response) == "SessionRequiredErr"


@pytest.mark.covers("PS-30")
@pytest.mark.parametrize(
    "value", [None, "nonsense", "nonsense.AAAA", "a.b.c", "", "deleted", "x" * 5000]
)
def test_a_member_endpoint_without_a_valid_session_says_so(
    visitor: Visitor, value: str | None
) -> None:
    response = (
        visitor.client.get(SESSION) if value is None else with_cookie(visitor, value, SESSION)
    )
    assert response.status_code == 401
    assert error_class(response) == "SessionRequiredErr"
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.covers("PS-30")
def test_a_changed_cookie_is_no_session(visitor: Visitor) -> None:
    token, _, tail = sign_in_value(visitor).partition(".")
    for value in (token, f"{token}.{tail[:-4]}AAAA", f"{token}.{tail}A", f"A{token}.{tail}"):
        assert with_cookie(visitor, value).status_code == 401


@pytest.mark.covers("PS-30")
def test_a_cookie_is_no_token_and_a_token_no_cookie(visitor: Visitor) -> None:
    sealed = sign_in_value(visitor)
    token = visitor.sign_in(mode="token").json()["data"]["token"]
    client = visitor.bare_client(**{"X-PS-Api-Key": visitor.key})
    for text in (sealed, sealed.partition(".")[0]):
        assert client.get(SESSION, headers={"X-PS-Auth-Token": text}).status_code == 401
    assert with_cookie(visitor, token).status_code == 401


@pytest.mark.covers("PS-22", "PS-24")
def test_two_hundred_requests_at_once_with_one_cookie_all_succeed(visitor: Visitor) -> None:
    value = sign_in_value(visitor)
    visitor.house.clock.advance(10 * MINUTE)
    with ThreadPoolExecutor(20) as pool:
        responses = list(pool.map(lambda _: with_cookie(visitor, value), range(200)))
    assert {each.status_code for each in responses} == {200}
    assert {len(set_cookies(each)) for each in responses} == {1}
    renewed = {value_of(set_cookies(each)[0]) for each in responses}
    assert all(with_cookie(visitor, each).status_code == 200 for each in renewed)


@pytest.mark.covers("PS-44")
def test_whole_set_cookie_lines_may_be_sent_back(visitor: Visitor) -> None:
    line = set_cookies(visitor.sign_in())[1]
    client = visitor.bare_client(**{"X-PS-Api-Key": visitor.key, "Cookie": line})
    assert client.get(SESSION).status_code == 200


def test_one_of_our_cookies_sent_twice_is_refused(visitor: Visitor) -> None:
    value = sign_in_value(visitor)
    response = with_cookie(visitor, f"{value}; {COOKIE}={value}")
    assert response.status_code == 400


# --- token mode -----------------------------------------------------------------------------


@pytest.mark.covers("PS-26", "PS-27")
@pytest.mark.parametrize("name", ["X-PS-Auth-Token", "x-ps-auth-token", "X-PS-AUTH-TOKEN"])
def test_a_token_stays_the_same_and_travels_in_a_header_of_any_case(
    visitor: Visitor, name: str
) -> None:
    token = visitor.sign_in(mode="token").json()["data"]["token"]
    for _ in range(3):
        visitor.house.clock.advance(HOUR)
        response = visitor.client.get(SESSION, headers={name: token})
        assert response.status_code == 200
        assert "token" not in response.json()["data"]["Session"]


@pytest.mark.covers("PS-27")
def test_a_token_in_the_address_counts_and_is_not_passed_on(visitor: Visitor) -> None:
    token = visitor.sign_in(mode="token").json()["data"]["token"]
    response = visitor.client.get(SESSION, params={"auth_token": token})
    assert response.status_code == 200
    assert response.headers["referrer-policy"] == "no-referrer"
    assert token not in response.text


@pytest.mark.covers("PS-27")
def test_an_operator_may_forbid_tokens_in_the_address(tmp_path: Path) -> None:
    with a_house(tmp_path / "data", REALMS__PHOTOSHELTER__TOKEN_IN_URL="never") as house:
        visitor = Visitor(house)
        token = visitor.sign_in(mode="token").json()["data"]["token"]
        response = visitor.client.get(SESSION, params={"auth_token": token})
        assert response.status_code == 401
        assert "X-PS-Auth-Token" in response.json()["error"]["message"]
        header = {"X-PS-Auth-Token": token}
        assert visitor.client.get(SESSION, headers=header).status_code == 200


@pytest.mark.covers("PS-28")
def test_the_use_of_a_token_moves_its_idle_deadline_of_a_day(visitor: Visitor) -> None:
    visitor.take_token()
    for _ in range(3):
        visitor.house.clock.advance(DAY - 1)
        assert visitor.client.get(SESSION).status_code == 200
        visitor.house.settle()
    visitor.house.clock.advance(DAY)
    assert visitor.client.get(SESSION).status_code == 401


@pytest.mark.covers("PS-28")
def test_the_idle_limit_of_tokens_is_a_setting_of_its_own(tmp_path: Path) -> None:
    with a_house(tmp_path / "data", REALMS__PHOTOSHELTER__TOKEN_IDLE_SECONDS="10") as house:
        visitor = Visitor(house)
        visitor.take_token()
        house.clock.advance(9)
        assert visitor.client.get(SESSION).status_code == 200
        house.settle()
        house.clock.advance(10)
        assert visitor.client.get(SESSION).status_code == 401


def test_a_suspended_account_has_no_session_any_more(visitor: Visitor) -> None:
    visitor.take_token()
    visitor.house.suspend(visitor.account)
    assert visitor.client.get(SESSION).status_code == 401


# --- several credentials --------------------------------------------------------------------


@pytest.mark.covers("PS-32")
def test_of_several_credentials_the_header_decides_then_the_address_then_the_cookie(
    visitor: Visitor,
) -> None:
    organizations = [
        visitor.house.add_organization(name, visitor.account) for name in ("One", "Two", "Three")
    ]
    visitor.sign_in(org_id=organizations[2])
    query = visitor.sign_in(mode="token", org_id=organizations[1]).json()["data"]["token"]
    header = visitor.sign_in(mode="token", org_id=organizations[0]).json()["data"]["token"]

    def bound_to(**more: Any) -> Any:
        response = visitor.client.get(SESSION, **more)
        return response.json()["data"]["Session"]["organization_id"]

    headers, params = {"X-PS-Auth-Token": header}, {"auth_token": query}
    assert bound_to(headers=headers, params=params) == organizations[0]
    assert bound_to(params=params) == organizations[1]
    assert bound_to() == organizations[2]


@pytest.mark.covers("PS-32")
def test_credentials_of_two_users_are_refused(visitor: Visitor) -> None:
    other = Visitor(visitor.house)
    visitor.take_token()
    token = other.sign_in(mode="token").json()["data"]["token"]
    cookie = sign_in_value(other)
    by_address = visitor.client.get(SESSION, params={"auth_token": token})
    by_cookie = visitor.client.get(SESSION, headers={"Cookie": f"{COOKIE}={cookie}"})
    assert [by_address.status_code, by_cookie.status_code] == [400, 400]
    assert error_class(by_address) == "InvalidParameterErr"


@pytest.mark.covers("PS-32")
def test_a_bad_token_is_not_helped_by_a_good_cookie(visitor: Visitor) -> None:
    visitor.sign_in()
    response = visitor.client.get(SESSION, headers={"X-PS-Auth-Token": "A" * 20})
    assert response.status_code == 401


# --- forgery --------------------------------------------------------------------------------


@pytest.mark.covers("PS-41")
@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({}, True),
        ({"Origin": "http://localhost"}, True),
        ({"Referer": "http://localhost/library"}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "http://localhost:8000"}, False),
        ({"Referer": "https://evil.example/"}, False),
        ({"Referer": "http://localhost.evil.example/"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
    ],
)
def test_a_write_by_cookie_comes_from_our_own_origin(
    visitor: Visitor, headers: dict[str, str], passes: bool
) -> None:
    organization = visitor.house.add_organization("Harbour Photos", visitor.account)
    visitor.sign_in()
    path = f"{API}/mem/organization/{organization}/authenticate"
    response = visitor.client.post(path, headers=headers)
    assert response.status_code == (200 if passes else 403)
    bound = visitor.data("/mem/user/session")["Session"]["organization_id"]
    assert bound == (organization if passes else "")
    if not passes:
        assert error_class(response) == "ForeignOriginErr"


@pytest.mark.covers("PS-41")
def test_a_foreign_page_cannot_sign_anybody_in(visitor: Visitor) -> None:
    for path in (LOGIN, f"{LOGIN}?auth_token=x"):
        response = visitor.client.post(
            path, data=visitor.credentials(), headers={"Origin": "https://evil.example"}
        )
        assert response.status_code == 403
        assert response.headers.get_list("set-cookie") == []


@pytest.mark.covers("PS-41")
def test_a_token_in_a_header_is_no_forgery_whatever_the_origin(visitor: Visitor) -> None:
    organization = visitor.house.add_organization("Harbour Photos", visitor.account)
    visitor.take_token()
    response = visitor.client.post(
        f"{API}/mem/organization/{organization}/authenticate",
        headers={"Origin": "https://evil.example"},
    )
    assert response.status_code == 200


@pytest.mark.covers("PS-41", "PS-63")
def test_an_allowed_origin_may_write_by_cookie(sharing: Visitor) -> None:
    organization = sharing.house.add_organization("Harbour Photos", sharing.account)
    sharing.sign_in()
    path = f"{API}/mem/organization/{organization}/authenticate"
    allowed = sharing.client.post(path, headers={"Origin": "https://app.example"})
    foreign = sharing.client.post(path, headers={"Origin": "https://other.example"})
    assert [allowed.status_code, foreign.status_code] == [200, 403]


# --- sharing --------------------------------------------------------------------------------


@pytest.mark.covers("PS-63")
def test_by_default_no_foreign_script_reads_an_answer(visitor: Visitor) -> None:
    visitor.sign_in()
    response = visitor.client.get(SESSION, headers={"Origin": "https://app.example"})
    assert response.status_code == 200
    assert not [name for name in response.headers if name.startswith("access-control-")]


@pytest.mark.covers("PS-63")
def test_a_listed_origin_reads_answers_and_refusals_and_no_other_does(sharing: Visitor) -> None:
    sharing.sign_in()
    for path, status in ((SESSION, 200), (f"{API}/mem/nothing", 404)):
        listed = sharing.client.get(path, headers={"Origin": "https://app.example"})
        assert listed.status_code == status
        assert listed.headers["access-control-allow-origin"] == "https://app.example"
        assert listed.headers["access-control-allow-credentials"] == "true"
        assert "Origin" in listed.headers["vary"]
        for origin in ("https://other.example", "null", "https://app.example.evil.example"):
            other = sharing.client.get(path, headers={"Origin": origin})
            assert "access-control-allow-origin" not in other.headers


@pytest.mark.covers("PS-63")
def test_a_preflight_promises_a_listed_origin_the_headers_that_it_asks_for(
    sharing: Visitor,
) -> None:
    asked = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-ps-api-key,x-ps-auth-token",
    }
    client = sharing.bare_client(**asked)
    listed = client.options(LOGIN, headers={"Origin": "https://app.example"})
    assert listed.status_code == 200
    assert listed.headers["access-control-allow-origin"] == "https://app.example"
    assert "POST" in listed.headers["access-control-allow-methods"]
    allowed = listed.headers["access-control-allow-headers"]
    assert "x-ps-api-key" in allowed
    assert "x-ps-auth-token" in allowed
    other = client.options(LOGIN, headers={"Origin": "https://other.example"})
    assert not [name for name in other.headers if name.startswith("access-control-")]
