"""Every protocol's credential is good on the native API, and ends there for all of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from starlette.testclient import TestClient
from tests.house import PASSWORD, House
from tests.protocols.every_credential import (
    BY_COOKIE,
    EVERY,
    SESSIONS,
    Make,
    basic,
    name_of,
    native_token,
    personal_token,
    photoshelter_cookie,
    pixieset_galleries,
    pixieset_studio,
    recorder_monitor_cookie,
)
from tests.protocols.native import PICTURE, Visitor, problem, sign_in

HERE = "http://localhost"
NEW = "another horse battery"


@pytest.mark.parametrize("make", EVERY, ids=name_of)
def test_every_credential_reads(house: House, make: Make) -> None:
    visitor = Visitor(house)
    photo = visitor.add_photo()["id"]
    client = make(house, visitor.account)
    answer = client.get("/v1/photos")
    assert [each["id"] for each in answer.json()["items"]] == [photo]
    assert client.get("/v1/account").json()["id"] == visitor.account.id


@pytest.mark.parametrize("make", EVERY, ids=name_of)
def test_every_credential_writes(house: House, make: Make) -> None:
    visitor = Visitor(house)
    client = make(house, visitor.account)
    assert client.post("/v1/galleries", json={"name": "Harbour"}).status_code == 201
    files = [("files", ("dawn.jpg", PICTURE, "image/jpeg"))]
    assert client.post("/v1/photos", files=files).status_code == 201
    assert len(visitor.get("/v1/galleries")["items"]) == 1


@pytest.mark.parametrize("make", SESSIONS, ids=name_of)
def test_every_session_is_listed_and_knows_itself(house: House, make: Make) -> None:
    client = make(house, house.add_account())
    listed = client.get("/v1/sessions").json()["items"]
    current = [each for each in listed if each["current"]]
    assert len(current) == 1
    assert current[0]["id"] == client.get("/v1/account").json()["session_id"]


def test_a_session_says_which_protocol_and_carrier_it_is_of(house: House) -> None:
    account = house.add_account()
    for make in SESSIONS:
        make(house, account)
    listed = native_token(house, account).get("/v1/sessions?limit=200").json()["items"]
    shown = {(each["protocol"], each["realm"], each["carrier"]) for each in listed}
    assert shown == {
        ("pixieset", "studio", "cookie"),
        ("pixieset", "galleries", "cookie"),
        ("photoshelter", "photoshelter", "cookie"),
        ("photoshelter", "photoshelter", "header"),
        ("librephotos", "librephotos", "bearer"),
        ("recorder_monitor", "recorder_monitor", "header"),
        ("native", "native", "bearer"),
    }


@pytest.mark.parametrize("ending", EVERY, ids=name_of)
def test_ending_all_sessions_ends_every_protocols_for_the_very_next_request(
    house: House, ending: Make
) -> None:
    account = house.add_account()
    clients = {make.__name__: make(house, account) for make in SESSIONS}
    script = personal_token(house, account)
    for client in (*clients.values(), script):
        assert client.get("/v1/account").status_code == 200
    sent = ending(house, account)
    answer = sent.delete("/v1/sessions")
    assert answer.status_code == 200
    assert answer.json()["ended"] >= len(SESSIONS)
    for name, client in clients.items():
        assert client.get("/v1/account").status_code == 401, name
    assert script.get("/v1/account").status_code == 200
    assert basic(house, account).get("/v1/account").status_code == 200
    assert native_token(house, account).get("/v1/account").status_code == 200


@pytest.mark.parametrize("keeping", SESSIONS, ids=name_of)
def test_of_all_sessions_only_the_callers_is_kept(house: House, keeping: Make) -> None:
    account = house.add_account()
    clients = [make(house, account) for make in SESSIONS]
    kept = keeping(house, account)
    kept.delete("/v1/sessions", params={"keep": "current"})
    assert [each.get("/v1/account").status_code for each in clients] == [401] * len(clients)
    assert kept.get("/v1/account").status_code == 200


@pytest.mark.parametrize("make", SESSIONS, ids=name_of)
def test_every_session_can_sign_itself_out(house: House, make: Make) -> None:
    account = house.add_account()
    client, other = make(house, account), native_token(house, account)
    assert client.delete("/v1/sessions/current").status_code == 204
    assert client.get("/v1/account").status_code == 401
    assert other.get("/v1/account").status_code == 200


@pytest.mark.parametrize("make", SESSIONS, ids=name_of)
def test_every_session_can_act_for_an_organization(house: House, make: Make) -> None:
    account = house.add_account()
    studio = house.add_organization("Studio", account)
    client = make(house, account)
    at = "/v1/sessions/current/organization"
    assert client.put(at, json={"organization_id": studio}).status_code == 204
    assert client.get("/v1/account").json()["organization_id"] == studio


# --- what a cookie alone may do ---------------------------------------------------------------


@pytest.mark.parametrize("make", BY_COOKIE, ids=name_of)
def test_a_write_by_cookie_comes_from_our_own_pages(house: House, make: Make) -> None:
    client = make(house, house.add_account())
    body = {"name": "Harbour"}
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Referer": "https://evil.example/page"},
    ):
        answer = client.post("/v1/galleries", json=body, headers=headers)
        assert problem(answer)[:2] == (403, "foreign_origin")
    assert client.post("/v1/galleries", json=body, headers={"Origin": HERE}).status_code == 201


@pytest.mark.parametrize("make", [pixieset_studio, pixieset_galleries], ids=name_of)
def test_a_write_by_pixiesets_cookie_carries_its_realms_csrf_token(
    house: House, make: Make
) -> None:
    client = make(house, house.add_account())
    token = client.headers.pop("X-CSRF-Token")
    body = {"name": "Harbour"}
    for headers in ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": token[:-2] + "x="}):
        answer = client.post("/v1/galleries", json=body, headers=headers)
        assert problem(answer)[:2] == (403, "csrf_mismatch")
    for headers in ({"X-CSRF-Token": token}, {"X-XSRF-TOKEN": token.replace("=", "%3D")}):
        assert client.post("/v1/galleries", json=body, headers=headers).status_code == 201


def test_the_csrf_token_of_one_realm_does_not_do_for_the_other(house: House) -> None:
    account = house.add_account()
    studio, galleries = pixieset_studio(house, account), pixieset_galleries(house, account)
    headers = {"X-CSRF-Token": galleries.headers["X-CSRF-Token"]}
    answer = studio.post("/v1/galleries", json={"name": "Harbour"}, headers=headers)
    assert problem(answer)[:2] == (403, "csrf_mismatch")


def test_an_old_cookie_does_not_keep_its_owner_from_signing_in(house: House) -> None:
    client = pixieset_studio(house, house.add_account("ada"))
    del client.headers["X-CSRF-Token"]
    body = {"identifier": "ada", "password": PASSWORD}
    assert client.post("/v1/sessions", json=body).status_code == 201
    house.clock.advance(timedelta(days=30))
    assert client.post("/v1/sessions", json=body).status_code == 201
    foreign = client.post("/v1/sessions", json=body, headers={"Origin": "https://evil.example"})
    assert problem(foreign)[:2] == (403, "foreign_origin")


# --- what answers carry anew ------------------------------------------------------------------


def cookies_set(client: TestClient, path: str = "/v1/account") -> list[str]:
    """The names of the cookies that an answer sets."""
    answer = client.get(path)
    assert answer.status_code == 200
    return [each.partition("=")[0] for each in answer.headers.get_list("set-cookie")]


@pytest.mark.covers("PS-22")
def test_photoshelters_cookie_is_sealed_anew_here_too(house: House) -> None:
    client = photoshelter_cookie(house, house.add_account())
    for _ in range(4):
        house.clock.advance(timedelta(minutes=20))
        assert cookies_set(client) == ["SSphotoshelter_com_mem"]
        house.settle()


@pytest.mark.covers("PX-28")
def test_pixiesets_csrf_token_is_renewed_here_past_half_its_life(house: House) -> None:
    client = pixieset_studio(house, house.add_account())
    before = client.cookies["ST-XSRF-TOKEN"]
    assert cookies_set(client) == []
    house.clock.advance(timedelta(hours=1))
    assert cookies_set(client) == ["ST-XSRF-TOKEN"]
    assert client.cookies["ST-XSRF-TOKEN"] != before


def test_no_other_credential_is_answered_with_a_cookie(house: House) -> None:
    account = house.add_account()
    for make in EVERY:
        if make is not photoshelter_cookie:
            assert cookies_set(make(house, account)) == [], make.__name__


# --- several at once --------------------------------------------------------------------------


def test_cookies_of_two_accounts_contradict_each_other(house: House) -> None:
    ada, grace = house.add_account(), house.add_account()
    client = pixieset_studio(house, ada)
    client.cookies.update(recorder_monitor_cookie(house, grace).cookies)
    answer = client.get("/v1/account")
    assert problem(answer)[:2] == (400, "conflicting_credentials")


def test_cookies_of_one_account_agree(house: House) -> None:
    ada = house.add_account()
    client = pixieset_studio(house, ada)
    client.cookies.update(recorder_monitor_cookie(house, ada).cookies)
    client.cookies.update(photoshelter_cookie(house, ada).cookies)
    assert client.get("/v1/account").json()["id"] == ada.id


def test_a_cookie_that_occurs_twice_is_refused(house: House) -> None:
    client = recorder_monitor_cookie(house, house.add_account())
    session = client.cookies["JSESSIONID"]
    twice = f"JSESSIONID={session}; JSESSIONID={session}"
    answer = house.client().get("/v1/account", headers={"Cookie": twice})
    assert problem(answer)[:2] == (400, "conflicting_credentials")


@pytest.mark.covers("LP-24")
def test_a_blacklisted_tokens_access_token_is_over_here_too(house: House) -> None:
    account = house.add_account()
    body = {"username": account.username, "password": PASSWORD}
    pair = house.client().post("/api/auth/token/obtain/", json=body).json()
    client = house.client(headers={"Authorization": f"Bearer {pair['access']}"})
    assert client.get("/v1/account").status_code == 200
    refresh = {"refresh": pair["refresh"]}
    assert house.client().post("/api/auth/token/blacklist/", json=refresh).status_code == 200
    assert client.get("/v1/account").status_code == 401


def test_a_refresh_token_is_no_credential(house: House) -> None:
    account = house.add_account()
    body = {"username": account.username, "password": PASSWORD}
    refresh = house.client().post("/api/auth/token/obtain/", json=body).json()["refresh"]
    client = house.client(headers={"Authorization": f"Bearer {refresh}"})
    assert problem(client.get("/v1/account"))[:2] == (401, "wrong_token_type")


@pytest.mark.parametrize("make", EVERY, ids=name_of)
def test_a_suspended_account_is_out_by_every_carrier(house: House, make: Make) -> None:
    account = house.add_account()
    client = make(house, account)
    assert client.get("/v1/account").status_code == 200
    house.suspend(account)
    assert client.get("/v1/account").status_code == 401


@pytest.mark.parametrize("make", EVERY, ids=name_of)
def test_a_clock_that_was_ahead_when_all_was_ended_keeps_nobody_out_when_it_is_right_again(
    house: House, make: Make
) -> None:
    visitor = Visitor(house)
    house.clock.advance(timedelta(days=400))
    ahead = Visitor(house, visitor.account)
    for current, new in ((PASSWORD, NEW), (NEW, PASSWORD)):
        body = {"current": current, "new": new}
        assert ahead.client.put("/v1/account/password", json=body).status_code == 204
    assert ahead.client.delete("/v1/sessions").status_code == 200
    for _ in range(10):
        assert sign_in(house.client(), visitor.account.username, "wrong").status_code == 401
    house.clock.advance(-timedelta(days=400))

    client = make(house, visitor.account)
    assert client.get("/v1/account").json()["id"] == visitor.account.id
    if make in SESSIONS:
        assert Visitor(house, visitor.account).client.delete("/v1/sessions").status_code == 200
        assert client.get("/v1/account").status_code == 401


@pytest.mark.parametrize("ahead", [timedelta(seconds=5), timedelta(days=400)])
def test_a_password_that_was_proved_by_a_clock_ahead_is_over_when_it_is_changed(
    house: House, ahead: timedelta
) -> None:
    visitor = Visitor(house)
    house.clock.advance(ahead)
    script = basic(house, visitor.account)
    assert script.get("/v1/account").status_code == 200
    house.clock.advance(-ahead)
    body = {"current": PASSWORD, "new": NEW}
    assert visitor.client.put("/v1/account/password", json=body).status_code == 204
    assert script.get("/v1/account").status_code == 401


def test_a_clock_that_was_ahead_leaves_no_session_without_an_absolute_limit(house: House) -> None:
    visitor = Visitor(house)
    house.clock.advance(timedelta(days=400))
    assert Visitor(house, visitor.account).client.delete("/v1/sessions").status_code == 200
    house.clock.advance(-timedelta(days=400))
    current = Visitor(house, visitor.account).get("/v1/sessions")["items"][0]
    assert current["created_at"] == "2026-03-01T12:00:00Z"
