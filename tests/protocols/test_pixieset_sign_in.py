"""Pixieset: the form, what a sign-in sets, and what refuses one."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from tests.house import PASSWORD, STRANGER, House, a_house
from tests.protocols.pixieset import (
    CSRF,
    GALLERIES,
    SESSION,
    STUDIO,
    UNAUTHORIZED,
    Visitor,
    cookie_lines,
    meta_token,
    set_cookie_value,
)

WRONG = {
    "error": "Unauthorized",
    "message": "The e-mail address or the password is not right.",
}
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
BOTH = pytest.mark.parametrize("app", [STUDIO, GALLERIES])


class FormReader(HTMLParser):
    """The fields of the forms on a page, by the action of each."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: dict[str, list[str]] = {}
        self.scripts = 0
        self._current = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._current = f"{values['method']} {values['action']}"
            self.forms[self._current] = []
        elif tag == "input":
            self.forms[self._current].append(values["name"])
        self.scripts += tag == "script" or any(name.startswith("on") for name in values)


# --- the form -----------------------------------------------------------------------------------


@BOTH
@pytest.mark.covers("PX-1")
def test_the_login_address_shows_a_form_with_the_two_fields(house: House, app: str) -> None:
    response = house.client().get(f"{app}/login")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    form = FormReader(response.text)
    assert form.forms == {f"post {app}/login": ["email", "password"]}
    assert form.scripts == 0


@pytest.mark.parametrize("app", ["studio", "galleries"])
@pytest.mark.covers("PX-1")
def test_each_app_has_its_form_on_its_own_host(house: House, app: str) -> None:
    response = house.client(f"http://{app}.localhost").get("/login")
    assert response.status_code == 200
    assert FormReader(response.text).forms == {"post /login": ["email", "password"]}


@BOTH
@pytest.mark.covers("PX-2")
def test_the_page_carries_a_csrf_token_before_and_after_sign_in(house: House, app: str) -> None:
    visitor = Visitor(house, app)
    before = meta_token(visitor.client.get(f"{app}/login").text)
    visitor.sign_in()
    after = meta_token(visitor.client.get(f"{app}/login").text)
    assert len(before) == len(after) == 40
    answer = visitor.client.post(f"{app}/logout", headers={"X-CSRF-Token": before})
    assert answer.status_code == 419
    answer = visitor.client.post(f"{app}/logout", headers={"X-CSRF-Token": after})
    assert answer.status_code == 204


def test_a_page_may_load_its_own_style_and_nothing_else(house: House) -> None:
    client = house.client()
    page = client.get("/galleries/login")
    assert page.headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    for name, kind in (("pages.css", "text/css; charset=utf-8"), ("icon.svg", "image/svg+xml")):
        assert f"/galleries/assets/{name}" in page.text
        asset = client.get(f"/galleries/assets/{name}")
        assert (asset.status_code, asset.headers["content-type"]) == (200, kind)


def test_a_name_on_a_page_is_text_not_markup(house: House) -> None:
    account = house.add_account(first_name='<b>"Ada', last_name="&amp")
    visitor = Visitor(house, account=account).sign_in()
    page = visitor.client.get("/galleries/").text
    assert "<h1>&lt;b&gt;&#34;Ada &amp;amp</h1>" in page


# --- what a sign-in gives -----------------------------------------------------------------------


@BOTH
@pytest.mark.covers("PX-3")
def test_the_right_password_gets_200_and_the_cookies_in_the_same_answer(
    house: House, app: str
) -> None:
    visitor = Visitor(house, app)
    response = visitor.client.post(f"{app}/login", data=visitor.credentials())
    assert response.status_code == 200
    assert SESSION[app] in cookie_lines(response)
    assert (
        visitor.elsewhere(Cookie=f"{SESSION[app]}={visitor.session}")
        .get(f"{app}/api/v1/{'notifications/all' if app == STUDIO else 'user'}")
        .status_code
        == 200
    )


def test_a_browser_gets_200_and_the_home_page_too(house: House) -> None:
    visitor = Visitor(house)
    response = visitor.client.post("/galleries/login", data=visitor.credentials(), headers=BROWSER)
    assert response.status_code == 200
    assert FormReader(response.text).forms == {"post /galleries/logout": ["_token"]}


@pytest.mark.parametrize(
    ("app", "names"),
    [
        (STUDIO, {"studio_session", "st_ca", "ST-XSRF-TOKEN"}),
        (GALLERIES, {"gallery_dashboard_session", "gd_ca", "GD-XSRF-TOKEN"}),
    ],
)
@pytest.mark.covers("PX-4", "PX-5", "PX-6")
def test_a_sign_in_sets_a_session_an_authentication_and_a_csrf_cookie(
    house: House, app: str, names: set[str]
) -> None:
    visitor = Visitor(house, app)
    response = visitor.client.post(f"{app}/login", data=visitor.credentials())
    assert cookie_lines(response).keys() == names


@pytest.mark.covers("PX-4")
def test_the_authentication_cookie_opens_nothing(house: House) -> None:
    visitor = Visitor(house).sign_in()
    value = visitor.client.cookies["gd_ca"]
    assert value != visitor.session
    for name in ("gd_ca", "gallery_dashboard_session"):
        answer = visitor.elsewhere(Cookie=f"{name}={value}").get("/galleries/api/v1/user")
        assert answer.status_code == 401


@pytest.mark.covers("PX-5", "PX-6")
def test_the_cookies_have_the_names_that_the_settings_give(tmp_path: Path) -> None:
    settings = {
        "REALMS__GALLERIES__SESSION_COOKIE": "one",
        "REALMS__GALLERIES__AUTH_COOKIE": "two",
        "REALMS__GALLERIES__CSRF_COOKIE": "three",
        "REALMS__STUDIO__SESSION_COOKIE": "four",
        "REALMS__STUDIO__CSRF_COOKIE": "five",
    }
    with a_house(tmp_path / "data", **settings) as house:
        visitor = Visitor(house)
        response = visitor.client.post("/galleries/login", data=visitor.credentials())
        assert cookie_lines(response).keys() == {"one", "two", "three"}
        assert visitor.client.get("/galleries/api/v1/user").status_code == 200
        token = unquote(visitor.client.cookies["three"])
        answer = visitor.client.post("/galleries/logout", headers={"X-XSRF-TOKEN": token})
        assert answer.status_code == 204
        response = visitor.client.post("/studio/login", data=visitor.credentials())
        assert cookie_lines(response).keys() == {"four", "st_ca", "five"}


@BOTH
@pytest.mark.covers("PX-7", "PX-8")
def test_over_plain_http_the_cookies_have_exactly_these_attributes(house: House, app: str) -> None:
    visitor = Visitor(house, app)
    lines = cookie_lines(visitor.client.post(f"{app}/login", data=visitor.credentials()))
    attributes = {name: line.split("; ")[1:] for name, line in lines.items()}
    private, readable = ["Path=/", "HttpOnly", "SameSite=Lax"], ["Path=/", "SameSite=Lax"]
    ca = "st_ca" if app == STUDIO else "gd_ca"
    assert attributes == {SESSION[app]: private, ca: private, CSRF[app]: readable}


@pytest.mark.covers("PX-7", "PX-8")
def test_over_https_the_cookies_are_secure_and_last_as_long_as_the_browser(house: House) -> None:
    visitor = Visitor(house, base_url="https://localhost", peer=STRANGER)
    lines = cookie_lines(visitor.client.post("/galleries/login", data=visitor.credentials()))
    attributes = {name: line.split("; ")[1:] for name, line in lines.items()}
    assert attributes == {
        "gallery_dashboard_session": ["Path=/", "HttpOnly", "Secure", "SameSite=Lax"],
        "gd_ca": ["Path=/", "HttpOnly", "Secure", "SameSite=Lax"],
        "GD-XSRF-TOKEN": ["Path=/", "Secure", "SameSite=Lax"],
    }


@BOTH
@pytest.mark.covers("PX-9")
def test_the_csrf_cookie_is_percent_encoded_and_good_once_decoded(house: House, app: str) -> None:
    visitor = Visitor(house, app)
    lines = cookie_lines(visitor.client.post(f"{app}/login", data=visitor.credentials()))
    value = set_cookie_value(lines[CSRF[app]])
    assert value.endswith("%3D")
    answer = visitor.client.post(f"{app}/logout", headers={"X-XSRF-TOKEN": unquote(value)})
    assert answer.status_code == 204


@pytest.mark.parametrize(
    "headers", [{"Accept": "application/json"}, {"X-Requested-With": "XMLHttpRequest"}]
)
@pytest.mark.covers("PX-10")
def test_a_program_that_asks_for_json_is_told_who_it_is_and_the_csrf_token(
    house: House, headers: dict[str, str]
) -> None:
    account = house.add_account("mary", first_name="Mary", last_name="Cassatt")
    visitor = Visitor(house, account=account)
    response = visitor.client.post("/galleries/login", data=visitor.credentials(), headers=headers)
    assert response.headers["cache-control"] == "no-store"
    body = response.json()
    token = body["data"].pop("csrf_token")
    assert body == {
        "data": {
            "user": {
                "id": account.number,
                "username": "mary",
                "email": "mary@example.com",
                "first_name": "Mary",
                "last_name": "Cassatt",
            }
        }
    }
    assert token == visitor.csrf
    answer = visitor.client.post("/galleries/logout", headers={"X-CSRF-Token": token})
    assert answer.status_code == 204


@pytest.mark.parametrize("identifier", ["ada", "ada@example.com", "ADA@Example.COM"])
@pytest.mark.covers("PX-12")
def test_the_fields_of_the_accounts_form_are_taken_and_name_or_address(
    house: House, identifier: str
) -> None:
    house.add_account("ada")
    fields = {"UserLogin[username]": identifier, "UserLogin[password]": PASSWORD}
    response = house.client().post("/galleries/login", data=fields)
    assert response.status_code == 200
    assert "gallery_dashboard_session" in cookie_lines(response)


def test_credentials_may_come_as_json_or_as_a_multipart_form(house: House) -> None:
    visitor = Visitor(house)
    answer = visitor.client.post("/galleries/login", json=visitor.credentials())
    assert answer.status_code == 200
    files = {name: (None, value) for name, value in visitor.credentials().items()}
    assert visitor.client.post("/galleries/login", files=files).status_code == 200


@BOTH
@pytest.mark.covers("PX-13")
def test_a_session_that_came_before_a_sign_in_is_never_the_new_one(house: House, app: str) -> None:
    visitor = Visitor(house, app)
    planted = "k" * 43
    client = visitor.elsewhere(Cookie=f"{SESSION[app]}={planted}")
    response = client.post(f"{app}/login", data=visitor.credentials())
    issued = set_cookie_value(cookie_lines(response)[SESSION[app]])
    assert issued != planted
    visitor.sign_in()
    first = visitor.session
    visitor.sign_in()
    assert visitor.session not in (planted, issued, first)
    answer = visitor.elsewhere(Cookie=f"{SESSION[app]}={planted}").get(f"{app}/", headers=BROWSER)
    assert answer.headers["location"] == f"{app}/login"


@BOTH
@pytest.mark.covers("PX-13")
def test_the_session_whose_cookie_a_sign_in_overwrites_is_over(house: House, app: str) -> None:
    visitor = Visitor(house, app).sign_in()
    path = f"{app}/api/v1/{'notifications/all' if app == STUDIO else 'user'}"
    first = visitor.elsewhere(Cookie=f"{SESSION[app]}={visitor.session}")
    elsewhere = Visitor(house, app, visitor.account).sign_in()
    assert first.get(path).status_code == 200
    visitor.sign_in()
    assert first.get(path).status_code == 401
    assert visitor.client.get(path).status_code == 200
    assert elsewhere.client.get(path).status_code == 200
    assert house.audited()[-2:] == ["session_ended", "signed_in"]


def test_a_sign_in_that_fails_or_is_another_accounts_ends_no_session(house: House) -> None:
    visitor = Visitor(house).sign_in()
    first = visitor.elsewhere(Cookie=f"{SESSION[GALLERIES]}={visitor.session}")
    wrong = visitor.credentials() | {"password": "wrong"}
    assert visitor.client.post("/galleries/login", data=wrong).status_code == 401
    assert first.get("/galleries/api/v1/user").status_code == 200
    visitor.account = house.add_account()
    visitor.sign_in()
    assert first.get("/galleries/api/v1/user").status_code == 200


def test_an_old_cookie_never_keeps_its_owner_from_signing_in(house: House) -> None:
    visitor = Visitor(house).sign_in()
    house.clock.advance(7200)
    assert visitor.get("/user").status_code == 401
    assert visitor.client.post("/galleries/login", data=visitor.credentials()).status_code == 200
    assert visitor.get("/user").status_code == 200


# --- what refuses one ---------------------------------------------------------------------------


@BOTH
@pytest.mark.covers("PX-11")
def test_a_wrong_password_and_an_unknown_address_get_one_answer_at_one_cost(
    house: House, app: str
) -> None:
    visitor = Visitor(house, app)
    site = house.call(house.app.site)
    hashing = site.authenticator._hashing
    answers, costs = [], []
    for fields in (
        visitor.credentials(password="not the password"),
        visitor.credentials(email="nobody@example.com"),
    ):
        before = hashing.count
        answers.append(visitor.client.post(f"{app}/login", data=fields))
        costs.append(hashing.count - before)
    for answer in answers:
        assert answer.status_code == 401
        assert answer.json() == WRONG
        assert "set-cookie" not in answer.headers
    assert answers[0].headers == answers[1].headers
    assert costs == [1, 1]


def test_a_browser_that_was_refused_sees_the_form_again(house: House) -> None:
    visitor = Visitor(house)
    fields = visitor.credentials(password="not the password")
    answer = visitor.client.post("/galleries/login", data=fields, headers=BROWSER)
    assert answer.status_code == 401
    assert "The e-mail address or the password is not right." in answer.text
    assert FormReader(answer.text).forms == {"post /galleries/login": ["email", "password"]}
    assert "not the password" not in answer.text
    assert visitor.account.email not in answer.text


def test_a_suspended_account_gets_the_answer_of_a_wrong_password(house: House) -> None:
    visitor = Visitor(house)
    house.suspend(visitor.account)
    answer = visitor.client.post("/galleries/login", data=visitor.credentials())
    assert (answer.status_code, answer.json()) == (401, WRONG)


@pytest.mark.parametrize(
    ("fields", "details"),
    [
        ({}, {"email": ["The email field is required."],
              "password": ["The password field is required."]}),
        ({"email": "ada@example.com", "password": ""},
         {"password": ["The password field is required."]}),
        ({"password": PASSWORD}, {"email": ["The email field is required."]}),
    ],
)  # fmt: skip
def test_a_missing_field_is_named(
    house: House, fields: dict[str, str], details: dict[str, list[str]]
) -> None:
    answer = house.client().post(
        "/galleries/login",
        data=fields,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code == 422
    assert answer.json()["details"] == details
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"email=ada&email=eve&password=x", "application/x-www-form-urlencoded", 400),
        (b"email=ada&UserLogin[username]=eve&password=x", "application/x-www-form-urlencoded", 400),
        (b"email=%ff&password=x", "application/x-www-form-urlencoded", 400),
        (b"[]", "application/json", 400),
        (b"{", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b'{"email": 5, "password": "x"}', "application/json", 422),
        (b'{"email": "ada", "password": {"$ne": ""}}', "application/json", 422),
        (b"email=ada", "text/plain", 415),
        (b"email=ada", "", 415),
        (b"--x", "multipart/form-data", 400),
        (b"--x\r\n", "multipart/form-data; boundary=x", 400),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_with_words(
    house: House, body: bytes, kind: str, status: int
) -> None:
    answer = house.client().post("/galleries/login", content=body, headers={"Content-Type": kind})
    assert answer.status_code == status
    assert answer.json().keys() >= {"error", "message"}
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("password", ["\x00", "\ud83d\ude00" * 10, "x" * 5000, "ä" * 600])
def test_any_text_may_be_tried_as_a_password(house: House, password: str) -> None:
    visitor = Visitor(house)
    body = json.dumps(visitor.credentials(password=password))
    answer = visitor.client.post(
        "/galleries/login", content=body, headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()) == (401, WRONG)


@BOTH
@pytest.mark.covers("PX-37")
def test_after_ten_failures_an_account_has_to_wait_whatever_the_app(house: House, app: str) -> None:
    visitor = Visitor(house, app)
    wrong = visitor.credentials(password="not the password")
    for _ in range(10):
        assert visitor.client.post(f"{app}/login", data=wrong).status_code == 401
    for path in (f"{STUDIO}/login", f"{GALLERIES}/login"):
        answer = visitor.client.post(path, data=visitor.credentials())
        assert answer.status_code == 429
        assert answer.headers["retry-after"] == "600"
        assert answer.json() == {
            "error": "Too Many Requests",
            "message": "Too many failed sign-ins. Try again later.",
        }
    house.clock.advance(600)
    assert visitor.client.post(f"{app}/login", data=visitor.credentials()).status_code == 200


@pytest.mark.covers("PX-37")
def test_failures_from_one_address_count_together(tmp_path: Path) -> None:
    with a_house(tmp_path / "data", THROTTLE__ADDRESS_FAILURES="3") as house:
        client = house.client()
        for name in ("one", "two", "three"):
            fields = {"email": name, "password": "not the password"}
            assert client.post("/galleries/login", data=fields).status_code == 401
        fields = {"email": "four", "password": "not the password"}
        assert client.post("/galleries/login", data=fields).status_code == 429


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "https://localhost"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
@pytest.mark.covers("PX-61")
def test_a_sign_in_that_a_foreign_page_sends_is_refused(
    house: House, headers: dict[str, str]
) -> None:
    visitor = Visitor(house)
    answer = visitor.client.post("/galleries/login", data=visitor.credentials(), headers=headers)
    assert answer.status_code == 403
    assert answer.json() == {
        "error": "Forbidden",
        "message": "This request may only come from this server's own pages.",
    }
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://localhost"}])
@pytest.mark.covers("PX-61")
def test_a_sign_in_from_here_or_from_no_page_at_all_is_fine(
    house: House, headers: dict[str, str]
) -> None:
    visitor = Visitor(house)
    answer = visitor.client.post("/galleries/login", data=visitor.credentials(), headers=headers)
    assert answer.status_code == 200


def test_over_plain_http_nobody_from_elsewhere_signs_in(house: House) -> None:
    visitor = Visitor(house, peer=STRANGER)
    answer = visitor.client.post("/galleries/login", data=visitor.credentials())
    assert answer.status_code == 403
    assert answer.json() == {
        "error": "Forbidden",
        "message": "Credentials are accepted over HTTPS only.",
    }


# --- pages and sessions -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "login"),
    [
        ("/galleries", "/galleries/login"),
        ("/galleries/", "/galleries/login"),
        ("/galleries/collections", "/galleries/login"),
        ("/studio/", "/studio/login"),
        ("/studio/clients", "/studio/login"),
        ("/studio/clients/", "/studio/login"),
    ],
)
@pytest.mark.covers("PX-59")
def test_a_page_sends_a_browser_without_a_session_to_the_form(
    house: House, path: str, login: str
) -> None:
    answer = house.client().get(path, headers=BROWSER)
    assert (answer.status_code, answer.headers["location"]) == (302, login)


@pytest.mark.covers("PX-59")
def test_on_its_own_host_the_form_is_at_the_root(house: House) -> None:
    answer = house.client("http://galleries.localhost").get("/collections", headers=BROWSER)
    assert (answer.status_code, answer.headers["location"]) == (302, "/login")


def test_a_page_shows_who_is_signed_in_and_a_token_that_works(house: House) -> None:
    visitor = Visitor(house).sign_in()
    page = visitor.client.get("/galleries/collections", headers=BROWSER)
    assert page.status_code == 200
    assert visitor.account.email in page.text
    answer = visitor.client.post(
        "/galleries/logout", data={"_token": meta_token(page.text)}, headers=BROWSER
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/galleries/login")
    assert (
        visitor.elsewhere(Cookie=f"gallery_dashboard_session={'x'}")
        .get("/galleries/api/v1/user")
        .json()
        == UNAUTHORIZED
    )


def test_a_browser_is_told_on_a_page_what_was_refused(house: House) -> None:
    visitor = Visitor(house).sign_in()
    answer = visitor.client.post("/galleries/logout", headers=BROWSER)
    assert answer.status_code == 419
    assert "<h1>CSRF token mismatch</h1>" in answer.text
    answer = visitor.client.get("/galleries/nothing", headers=BROWSER)
    assert answer.status_code == 404
    assert "<h1>Not Found</h1>" in answer.text
