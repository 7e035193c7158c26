"""Pixieset: what a session cookie opens, what a write needs beside it, and when it is over."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
from tests.house import House, a_house
from tests.protocols.pixieset import (
    CSRF,
    FORBIDDEN,
    GALLERIES,
    MISMATCH,
    SESSION,
    STUDIO,
    UNAUTHORIZED,
    Visitor,
    cookie_lines,
    meta_token,
    set_cookie_value,
)

from safelight.authentication.audit import Event, What
from safelight.identity.organization import Role

BOTH = pytest.mark.parametrize("app", [STUDIO, GALLERIES])
NEW_CLIENT = {"first_name": "Berthe", "email": "berthe@example.com"}
A_CLIENT = f"/clients/cl_{'A' * 30}"
WRITES = [
    (STUDIO, "POST", "/clients"),
    (STUDIO, "PUT", A_CLIENT),
    (STUDIO, "PATCH", A_CLIENT),
    (STUDIO, "DELETE", A_CLIENT),
    (GALLERIES, "PUT", "/collections/10000001"),
    (GALLERIES, "PATCH", "/collections/10000001"),
]
READS = [
    (STUDIO, "/notifications/all"),
    (STUDIO, "/clients"),
    (STUDIO, "/clients/search"),
    (STUDIO, "/clients/download_csv"),
    (STUDIO, A_CLIENT),
    (GALLERIES, "/data/bootstrap"),
    (GALLERIES, "/user"),
    (GALLERIES, "/dashboard_listings"),
    (GALLERIES, "/collections/10000001"),
    (GALLERIES, "/collections/10000001/galleries"),
    (GALLERIES, "/collections/10000001/photos"),
    (GALLERIES, "/galleries/100000001"),
    (GALLERIES, "/photos/1/download"),
]


def session_of(house: House, app: str, value: str | None, method: str, path: str) -> Any:
    """A call with one cookie and no other header."""
    headers = {} if value is None else {"Cookie": f"{SESSION[app]}={value}"}
    return house.client(headers=headers).request(method, f"{app}/api/v1{path}")


def pass_time(house: House, seconds: float) -> None:
    """Uses are written down in the background; a real clock would give them the time for it."""
    house.settle()
    house.clock.advance(seconds)


# --- the cookie alone ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("app", "path"),
    [(STUDIO, "/notifications/all"), (STUDIO, "/clients"), (GALLERIES, "/user"),
     (GALLERIES, "/data/bootstrap"), (GALLERIES, "/dashboard_listings")],
)  # fmt: skip
@pytest.mark.covers("PX-14", "PX-51")
def test_the_session_cookie_and_nothing_else_opens_the_api(
    house: House, app: str, path: str
) -> None:
    visitor = Visitor(house, app).sign_in()
    answer = session_of(house, app, visitor.session, "GET", path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert "data" in answer.json()


@pytest.mark.parametrize("value", [None, "", "x", "k" * 43, "x" * 5000])
@pytest.mark.parametrize(
    ("app", "method", "path"),
    [(app, "GET", path) for app, path in READS] + WRITES,
)
@pytest.mark.covers("PX-18", "PX-51")
def test_without_a_session_every_call_gets_the_same_401(
    house: House, app: str, method: str, path: str, value: str | None
) -> None:
    answer = session_of(house, app, value, method, path)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == UNAUTHORIZED


@BOTH
@pytest.mark.covers("PX-18")
def test_a_session_that_was_revoked_gets_401_from_every_wire_at_once(
    house: House, app: str
) -> None:
    visitor = Visitor(house, app).sign_in()
    house.suspend(visitor.account)
    answer = visitor.get("/user" if app == GALLERIES else "/clients")
    assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)


@pytest.mark.covers("PX-18")
def test_a_browser_that_calls_the_api_is_not_redirected_either(house: House) -> None:
    answer = house.client(headers={"Accept": "text/html"}).get("/galleries/api/v1/user")
    assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)


@pytest.mark.covers("PX-18")
def test_an_expired_session_is_told_before_a_missing_token(house: House) -> None:
    visitor = Visitor(house, STUDIO).sign_in()
    house.clock.advance(7200)
    answer = visitor.client.post("/studio/api/v1/clients", json=NEW_CLIENT)
    assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)


@pytest.mark.covers("PX-63", "PX-32")
def test_a_cookie_header_joined_by_bare_semicolons_is_parsed(house: House) -> None:
    visitor = Visitor(house).sign_in()
    pairs = ";".join(f"{name}={value}" for name, value in visitor.client.cookies.items())
    assert "; " not in pairs
    answer = visitor.elsewhere(Cookie=f"IDP_SID=1;{pairs};wsid=2").get("/galleries/api/v1/user")
    assert answer.status_code == 200


@pytest.mark.parametrize("name", ["gallery_dashboard_session", "GD-XSRF-TOKEN", "gd_ca"])
def test_one_of_our_cookies_twice_is_refused_and_taken_back(house: House, name: str) -> None:
    visitor = Visitor(house).sign_in()
    cookies = f"gallery_dashboard_session={visitor.session}; {name}=x; {name}=x"
    answer = visitor.elsewhere(Cookie=cookies).get("/galleries/api/v1/user")
    assert answer.status_code == 400
    assert answer.json()["error"] == "Bad Request"
    assert "occurs twice" in answer.json()["message"]
    assert all("Max-Age=0" in line for line in cookie_lines(answer).values())


@pytest.mark.covers("PX-32")
def test_a_stored_cookie_is_good_from_a_fresh_jar_until_the_limits(house: House) -> None:
    visitor = Visitor(house).sign_in()
    house.clock.advance(7199)
    stored = f"gallery_dashboard_session={visitor.session}"
    assert visitor.elsewhere(Cookie=stored).get("/galleries/api/v1/user").status_code == 200


# --- permissions --------------------------------------------------------------------------------


@pytest.mark.covers("PX-19")
def test_what_a_session_may_not_do_is_forbidden_word_for_word(house: House) -> None:
    visitor = Visitor(house, STUDIO).sign_in()
    organization = house.add_organization("Studio North", visitor.account, role=Role.MEMBER)
    event = Event(what=What.ORGANIZATION_SELECTED, at=house.clock.now())
    session = house.call(house.stores.sessions.of_account, visitor.account.id)[0]
    house.call(house.stores.sessions.bind, session.id, organization, event)
    answer = visitor.send("POST", "/clients", json=NEW_CLIENT)
    assert (answer.status_code, answer.json()) == (403, FORBIDDEN)


# --- the CSRF token -----------------------------------------------------------------------------


@pytest.mark.parametrize(("app", "method", "path"), WRITES)
@pytest.mark.parametrize("headers", [{}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": "x"},
                                     {"X-XSRF-TOKEN": "é"}, {"X-XSRF-TOKEN": "%3D"}])  # fmt: skip
@pytest.mark.covers("PX-20", "PX-21", "PX-22")
def test_a_write_without_the_token_gets_419(
    house: House, app: str, method: str, path: str, headers: dict[str, str]
) -> None:
    visitor = Visitor(house, app).sign_in()
    raw = {name: value.encode() for name, value in headers.items()}
    answer = visitor.client.request(method, f"{app}/api/v1{path}", json=NEW_CLIENT, headers=raw)
    assert (answer.status_code, answer.json()) == (419, MISMATCH)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.covers("PX-20", "PX-21")
def test_a_write_without_the_token_changes_nothing(house: House, method: str) -> None:
    visitor = Visitor(house, STUDIO).sign_in()
    made = visitor.send("POST", "/clients", json=NEW_CLIENT).json()["data"]
    path = f"/studio/api/v1/clients/{made['id']}"
    change = {"first_name": "Edma", "email": "edma@example.com"}
    assert visitor.client.request(method, path, json=change).status_code == 419
    assert visitor.client.post("/studio/api/v1/clients", json=NEW_CLIENT).status_code == 419
    listed = visitor.get("/clients").json()
    assert listed["data"] == [made]


@pytest.mark.parametrize("name", ["X-CSRF-Token", "X-CSRF-TOKEN", "x-csrf-token"])
@pytest.mark.covers("PX-23")
def test_the_token_of_the_page_is_accepted_in_a_header_of_any_case(house: House, name: str) -> None:
    visitor = Visitor(house, STUDIO).sign_in()
    token = meta_token(visitor.client.get("/studio/login").text)
    answer = visitor.client.post("/studio/api/v1/clients", json=NEW_CLIENT, headers={name: token})
    assert answer.status_code == 201


@pytest.mark.covers("PX-24")
def test_the_decoded_cookie_is_accepted_as_x_xsrf_token(house: House) -> None:
    visitor = Visitor(house, STUDIO).sign_in()
    token = unquote(visitor.client.cookies["ST-XSRF-TOKEN"])
    headers = {"X-XSRF-TOKEN": token, "X-Requested-With": "XMLHttpRequest"}
    answer = visitor.client.post("/studio/api/v1/clients", json=NEW_CLIENT, headers=headers)
    assert answer.status_code == 201


def test_an_empty_header_leaves_the_word_to_the_other_one(house: House) -> None:
    visitor = Visitor(house, STUDIO).sign_in()
    headers = {"X-CSRF-Token": "", "X-XSRF-TOKEN": visitor.csrf}
    answer = visitor.client.post("/studio/api/v1/clients", json=NEW_CLIENT, headers=headers)
    assert answer.status_code == 201


@pytest.mark.covers("PX-25")
def test_a_token_of_another_session_is_refused(house: House) -> None:
    visitor, other = Visitor(house, STUDIO).sign_in(), Visitor(house, STUDIO).sign_in()
    again = Visitor(house, STUDIO, visitor.account).sign_in()
    for token in (other.csrf, again.csrf):
        answer = visitor.client.post(
            "/studio/api/v1/clients", json=NEW_CLIENT, headers={"X-CSRF-Token": token}
        )
        assert (answer.status_code, answer.json()) == (419, MISMATCH)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("token", ["", "wrong"])
@pytest.mark.covers("PX-26")
def test_a_read_needs_no_token_and_ignores_a_wrong_one(
    house: House, method: str, token: str
) -> None:
    visitor = Visitor(house).sign_in()
    headers = {"X-CSRF-Token": token, "X-XSRF-TOKEN": token}
    answer = visitor.client.request(method, "/galleries/api/v1/user", headers=headers)
    assert answer.status_code == 200
    assert visitor.client.request(method, "/galleries/api/v1/user").status_code == 200


@pytest.mark.covers("PX-27")
def test_x_requested_with_does_not_take_the_tokens_place(house: House) -> None:
    visitor = Visitor(house, STUDIO).sign_in()
    answer = visitor.client.post(
        "/studio/api/v1/clients",
        json=NEW_CLIENT,
        headers={"X-Requested-With": "XMLHttpRequest"},
    )
    assert (answer.status_code, answer.json()) == (419, MISMATCH)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://studio.localhost"])
def test_even_with_the_token_a_foreign_page_changes_nothing(house: House, origin: str) -> None:
    visitor = Visitor(house, STUDIO).sign_in()
    headers = {"X-CSRF-Token": visitor.csrf, "Origin": origin}
    answer = visitor.client.post("/studio/api/v1/clients", json=NEW_CLIENT, headers=headers)
    assert answer.status_code == 403


@pytest.mark.covers("PX-28")
def test_past_half_its_life_a_token_is_replaced_and_stays_good_to_its_end(house: House) -> None:
    visitor = Visitor(house, STUDIO).sign_in()
    first = visitor.csrf
    house.clock.advance(3599)
    assert "set-cookie" not in visitor.get("/clients").headers
    pass_time(house, 1)
    answer = visitor.get("/clients")
    assert answer.headers["cache-control"] == "no-store"
    lines = cookie_lines(answer)
    assert lines.keys() == {"ST-XSRF-TOKEN"}
    assert lines["ST-XSRF-TOKEN"].split("; ")[1:] == ["Path=/", "SameSite=Lax"]
    second = unquote(set_cookie_value(lines["ST-XSRF-TOKEN"]))
    assert second != first
    assert "set-cookie" not in visitor.get("/clients").headers
    pass_time(house, 3599)
    for token in (first, second):
        headers = {"X-CSRF-Token": token}
        answer = visitor.client.put(f"/studio/api/v1{A_CLIENT}", json={}, headers=headers)
        assert answer.status_code == 404
    house.clock.advance(1)
    for token, status in ((first, 419), (second, 404)):
        headers = {"X-CSRF-Token": token}
        answer = visitor.client.put(f"/studio/api/v1{A_CLIENT}", json={}, headers=headers)
        assert answer.status_code == status


@pytest.mark.covers("PX-28")
def test_a_visitor_who_asks_the_same_all_the_time_gets_a_new_token_in_time(house: House) -> None:
    visitor = Visitor(house, STUDIO).sign_in()
    house.clock.advance(3590)
    for _ in range(3):
        assert "set-cookie" not in visitor.get("/clients").headers
    house.clock.advance(9)
    assert "set-cookie" not in visitor.get("/clients").headers
    house.clock.advance(1)
    assert cookie_lines(visitor.get("/clients")).keys() == {"ST-XSRF-TOKEN"}


@pytest.mark.covers("PX-28")
def test_a_client_without_the_csrf_cookie_is_given_one(house: House) -> None:
    visitor = Visitor(house).sign_in()
    answer = session_of(house, GALLERIES, visitor.session, "GET", "/user")
    token = unquote(set_cookie_value(cookie_lines(answer)["GD-XSRF-TOKEN"]))
    response = visitor.client.post("/galleries/logout", headers={"X-XSRF-TOKEN": token})
    assert response.status_code == 204


# --- limits -------------------------------------------------------------------------------------


@BOTH
@pytest.mark.covers("PX-29")
def test_a_session_that_is_not_used_for_two_hours_is_over(house: House, app: str) -> None:
    path = "/user" if app == GALLERIES else "/clients"
    before, after = Visitor(house, app).sign_in(), Visitor(house, app).sign_in()
    house.clock.advance(7199)
    assert before.get(path).status_code == 200
    house.clock.advance(1)
    answer = after.get(path)
    assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)


@pytest.mark.covers("PX-29", "PX-31")
def test_both_limits_are_settings_of_each_app(tmp_path: Path) -> None:
    settings = {
        "REALMS__GALLERIES__IDLE_SECONDS": "10",
        "REALMS__GALLERIES__ABSOLUTE_SECONDS": "25",
    }
    with a_house(tmp_path / "data", **settings) as house:
        galleries, studio = Visitor(house).sign_in(), Visitor(house, STUDIO).sign_in()
        for _ in range(2):
            pass_time(house, 9)
            assert galleries.get("/user").status_code == 200
        pass_time(house, 6)
        assert galleries.get("/user").status_code == 200
        pass_time(house, 1)
        assert galleries.get("/user").status_code == 401
        assert studio.get("/clients").status_code == 200
        galleries.sign_in()
        house.clock.advance(10)
        assert galleries.get("/user").status_code == 401


@pytest.mark.covers("PX-30")
def test_each_call_moves_the_idle_deadline(house: House) -> None:
    visitor = Visitor(house).sign_in()
    for _ in range(5):
        pass_time(house, 7199)
        assert visitor.get("/user").status_code == 200
    pass_time(house, 7200)
    assert visitor.get("/user").status_code == 401


@pytest.mark.covers("PX-31")
def test_a_session_is_over_after_fourteen_days_of_steady_use(tmp_path: Path) -> None:
    with a_house(tmp_path / "data", REALMS__GALLERIES__IDLE_SECONDS="172800") as house:
        visitor = Visitor(house).sign_in()
        for _ in range(13):
            pass_time(house, 86_400)
            assert visitor.get("/user").status_code == 200
        pass_time(house, 86_399)
        assert visitor.get("/user").status_code == 200
        pass_time(house, 1)
        assert visitor.get("/user").status_code == 401


# --- leaving ------------------------------------------------------------------------------------


@BOTH
@pytest.mark.covers("PX-33")
def test_signing_out_ends_the_session_and_takes_the_cookies_back(house: House, app: str) -> None:
    visitor = Visitor(house, app).sign_in()
    session = visitor.session
    answer = visitor.client.post(f"{app}/logout", headers={"X-CSRF-Token": visitor.csrf})
    assert (answer.status_code, answer.content) == (204, b"")
    lines = cookie_lines(answer)
    ca = "gd_ca" if app == GALLERIES else "st_ca"
    assert lines.keys() == {SESSION[app], ca, CSRF[app]}
    for name, line in lines.items():
        assert line.startswith(f"{name}=; Path=/; Max-Age=0; ")
    path = "/user" if app == GALLERIES else "/clients"
    assert session_of(house, app, session, "GET", path).json() == UNAUTHORIZED


@pytest.mark.covers("PX-33")
def test_signing_out_needs_the_token_and_a_session(house: House) -> None:
    visitor = Visitor(house).sign_in()
    assert visitor.client.post("/galleries/logout").status_code == 419
    assert visitor.get("/user").status_code == 200
    answer = visitor.elsewhere().post("/galleries/logout")
    assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)
    answer = visitor.client.get("/galleries/logout")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST, OPTIONS"


@pytest.mark.covers("PX-34")
def test_a_person_sees_the_sessions_and_removes_one(house: House) -> None:
    visitor = Visitor(house)
    visitor.client.headers["User-Agent"] = "Pigeon/1.0"
    visitor.sign_in()
    other = Visitor(house, STUDIO, visitor.account)
    other.client.headers["User-Agent"] = "Sparrow/2.0"
    other.sign_in()
    listed = visitor.client.get("/v1/sessions").json()["items"]
    assert {(each["realm"], each["user_agent"], each["current"]) for each in listed} == {
        ("galleries", "Pigeon/1.0", True),
        ("studio", "Sparrow/2.0", False),
    }
    assert all(each["last_seen_at"] for each in listed)
    removed = next(each["id"] for each in listed if not each["current"])
    answer = visitor.client.delete(
        f"/v1/sessions/{removed}", headers={"X-CSRF-Token": visitor.csrf}
    )
    assert answer.status_code == 204
    assert other.get("/clients").json() == UNAUTHORIZED
    assert visitor.get("/user").status_code == 200


# --- two apps -----------------------------------------------------------------------------------


@pytest.mark.covers("PX-35")
def test_a_session_of_one_app_is_none_of_the_other(house: House) -> None:
    studio, galleries = Visitor(house, STUDIO).sign_in(), Visitor(house).sign_in()
    answer = session_of(house, GALLERIES, studio.session, "GET", "/user")
    assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)
    answer = session_of(house, STUDIO, galleries.session, "GET", "/clients")
    assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)
    assert galleries.client.get("/studio/api/v1/clients").status_code == 401


@pytest.mark.covers("PX-35")
def test_with_single_sign_on_one_sign_in_is_good_on_both(tmp_path: Path) -> None:
    with a_house(tmp_path / "data", PIXIESET__SINGLE_SIGN_ON="true") as house:
        visitor = Visitor(house, STUDIO)
        answer = visitor.client.post("/studio/login", data=visitor.credentials())
        assert cookie_lines(answer).keys() == {
            "studio_session", "st_ca", "ST-XSRF-TOKEN",
            "gallery_dashboard_session", "gd_ca", "GD-XSRF-TOKEN",
        }  # fmt: skip
        assert visitor.client.get("/galleries/api/v1/user").status_code == 200
        token = unquote(visitor.client.cookies["GD-XSRF-TOKEN"])
        answer = visitor.client.post("/galleries/logout", headers={"X-XSRF-TOKEN": token})
        assert answer.status_code == 204
        assert len(cookie_lines(answer)) == 6
        assert visitor.get("/clients").status_code == 401


@pytest.mark.covers("PX-35")
def test_with_single_sign_on_the_cookies_reach_the_other_host(tmp_path: Path) -> None:
    settings = {"PIXIESET__SINGLE_SIGN_ON": "true", "SERVER__DOMAIN": "photos.example"}
    with a_house(tmp_path / "data", **settings) as house:
        visitor = Visitor(house, "", base_url="http://studio.photos.example")
        answer = visitor.client.post("/login", data=visitor.credentials())
        lines = cookie_lines(answer)
        assert len(lines) == 6
        assert all("; Domain=photos.example; " in line for line in lines.values())
        answer = visitor.client.get("http://galleries.photos.example/api/v1/user")
        assert answer.status_code == 200
        host_only = f"gallery_dashboard_session=old; gallery_dashboard_session={'x'}"
        answer = visitor.elsewhere(Cookie=host_only, Host="galleries.photos.example").get(
            "/api/v1/user"
        )
        assert answer.status_code == 400
        expired = answer.headers.get_list("set-cookie")
        for domain in ("", "Domain=photos.example; "):
            line = f"gallery_dashboard_session=; Path=/; {domain}Max-Age=0; "
            assert any(each.startswith(line) for each in expired)


def test_without_single_sign_on_a_cookie_is_for_its_host_alone(house: House) -> None:
    visitor = Visitor(house, "", base_url="http://studio.localhost")
    answer = visitor.client.post("/login", data=visitor.credentials())
    assert "Domain" not in "".join(cookie_lines(answer).values())


# --- rates and origins --------------------------------------------------------------------------


@pytest.mark.covers("PX-36")
def test_a_session_that_asks_too_often_is_told_when_to_come_again(tmp_path: Path) -> None:
    with a_house(tmp_path / "data", THROTTLE__REQUESTS_PER_MINUTE="3") as house:
        visitor, other = Visitor(house).sign_in(), Visitor(house).sign_in()
        for _ in range(3):
            assert visitor.get("/user").status_code == 200
        house.clock.advance(20.5)
        answer = visitor.get("/user")
        assert answer.status_code == 429
        assert answer.headers["retry-after"] == "40"
        assert answer.json() == {
            "error": "Too Many Requests",
            "message": "Too many requests. Try again later.",
        }
        assert other.get("/user").status_code == 200
        house.clock.advance(39.5)
        assert visitor.get("/user").status_code == 200


@pytest.mark.covers("PX-36")
def test_made_up_sessions_share_the_rate_of_their_address(tmp_path: Path) -> None:
    with a_house(tmp_path / "data", THROTTLE__REQUESTS_PER_MINUTE="3") as house:
        statuses = [
            session_of(house, GALLERIES, f"made up {i}", "GET", "/user").status_code
            for i in range(4)
        ]
        assert statuses == [401, 401, 401, 429]


@pytest.mark.covers("PX-62")
def test_no_foreign_page_may_read_an_answer_by_default(house: House) -> None:
    visitor = Visitor(house).sign_in()
    origin = {"Origin": "https://app.example"}
    answer = visitor.get("/user", headers=origin)
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    preflight = {**origin, "Access-Control-Request-Method": "PATCH"}
    answer = visitor.client.options("/galleries/api/v1/collections/10000001", headers=preflight)
    assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.covers("PX-62")
def test_a_listed_origin_may(tmp_path: Path) -> None:
    settings = {"REALMS__STUDIO__CORS_ORIGINS": "https://app.example"}
    with a_house(tmp_path / "data", **settings) as house:
        visitor = Visitor(house, STUDIO).sign_in()
        origin = {"Origin": "https://app.example"}
        preflight = {
            **origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "x-csrf-token",
        }
        answer = visitor.client.options("/studio/api/v1/clients", headers=preflight)
        assert answer.headers["access-control-allow-origin"] == "https://app.example"
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert "POST" in answer.headers["access-control-allow-methods"]
        assert "x-csrf-token" in answer.headers["access-control-allow-headers"].lower()
        headers = {**origin, "X-CSRF-Token": visitor.csrf}
        answer = visitor.client.post("/studio/api/v1/clients", json=NEW_CLIENT, headers=headers)
        assert answer.status_code == 201
        assert answer.headers["access-control-allow-origin"] == "https://app.example"
        answer = visitor.get("/clients", headers={"Origin": "https://other.example"})
        assert "access-control-allow-origin" not in answer.headers


def test_the_encoded_cookie_is_not_the_token(house: House) -> None:
    visitor = Visitor(house).sign_in()
    answer = visitor.client.post(
        "/galleries/logout", headers={"X-XSRF-TOKEN": quote(visitor.csrf, safe="")}
    )
    assert answer.status_code == 419
