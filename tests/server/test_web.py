"""The pages: what a browser gets, what it may do, and what nobody can trick it into."""

from __future__ import annotations

import base64
import re
from datetime import timedelta
from pathlib import Path

import pytest
from httpx2 import Response
from starlette.testclient import TestClient
from tests.house import PASSWORD, STRANGER, House, a_house

from safelight.authentication.audit import Event, Notice, What
from safelight.authentication.ports import PasswordRecord
from safelight.identity.account import Account
from safelight.secret import Secret

NAVIGATION = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
NEW_PASSWORD = "a staple for the battery"
SETUP_TOKEN = "sl_setup_of_the_first_start"
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


@pytest.fixture
def ada(house: House) -> Account:
    return house.add_account("ada")


@pytest.fixture
def browser(house: House, ada: Account) -> TestClient:
    return house.client(headers=NAVIGATION)


def sign_in(client: TestClient, identifier: str = "ada", password: str = PASSWORD) -> Response:
    return client.post("/login", data={"identifier": identifier, "password": password})


def signed_in(house: House, identifier: str = "ada", **headers: str) -> TestClient:
    client = house.client(headers={**NAVIGATION, **headers})
    assert sign_in(client, identifier).status_code == 303
    return client


def recorder_cookie(house: House, identifier: str = "ada") -> str:
    """A `JSESSIONID` pair of a sign-in on the Recorder Monitor's wire."""
    encoded = base64.b64encode(PASSWORD.encode()).decode()
    form = {"email": identifier, "password": encoded}
    return f"JSESSIONID={house.client().post('/api/login', data=form).headers['jsession']}"


def is_signed_in(client: TestClient) -> bool:
    return client.get("/").status_code == 200


def session_ids(page: str) -> list[str]:
    return re.findall(r'action="/sessions/(ses_\w+)/end"', page)


# --- every page -----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/login", "/", "/account/password", "/nothing"])
def test_a_page_allows_no_script_and_its_own_files_only(house: House, path: str) -> None:
    house.add_account("ada")
    answer = signed_in(house).get(path)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers.get_list("content-security-policy") == [POLICY]
    assert answer.headers.get_list("referrer-policy") == ["same-origin"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "no-store"
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", answer.text)


def test_a_page_names_its_files_by_their_content(browser: TestClient) -> None:
    page = browser.get("/login").text
    files = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page))
    kinds = {browser.get(file).headers["content-type"]: file for file in files}
    assert set(kinds) == {"text/css; charset=utf-8", "image/svg+xml"}
    for file in files:
        assert re.fullmatch(r"/static/\w+-[0-9a-f]{12}\.\w+", file)
        answer = browser.get(file)
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(("method", "path", "status"), [
    ("GET", "/nothing", 404), ("GET", "/sessions/x", 404), ("PUT", "/login", 405),
])  # fmt: skip
def test_what_is_not_there_is_a_page_to_browsers_and_json_to_others(
    house: House, method: str, path: str, status: int
) -> None:
    page = house.client(headers=NAVIGATION).request(method, path)
    assert (page.status_code, page.headers["content-type"]) == (status, "text/html; charset=utf-8")
    answer = house.client().request(method, path)
    assert answer.status_code == status
    assert set(answer.json()) == {"error", "message"}


def test_a_path_says_which_methods_it_has(house: House) -> None:
    answer = house.client().put("/login")
    assert answer.headers["allow"] == "GET, HEAD, POST, OPTIONS"


def test_a_password_manager_finds_where_to_change_a_password(house: House) -> None:
    answer = house.client().get("/.well-known/change-password")
    assert (answer.status_code, answer.headers["location"]) == (303, "/account/password")


# --- signing in -----------------------------------------------------------------------------------


def test_the_login_page_is_one_form_that_password_managers_know(browser: TestClient) -> None:
    page = browser.get("/login").text
    assert page.count("<form") == 1
    assert '<form method="post" action="/login">' in page
    assert '<label for="identifier">E-mail address or username</label>' in page
    assert '<label for="password">Password</label>' in page
    assert re.search(r'name="identifier" type="text" autocomplete="username"', page)
    assert re.search(r'name="password" type="password" autocomplete="current-password"', page)


def test_the_index_page_sends_a_stranger_to_the_form(house: House, browser: TestClient) -> None:
    for client in (browser, house.client()):
        answer = client.get("/")
        assert (answer.status_code, answer.headers["location"]) == (303, "/login")


def test_the_index_page_refuses_a_program_that_asks_for_json(house: House) -> None:
    answer = house.client().get("/", headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["error"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == (
        'Cookie realm="safelight", form-action="/login", cookie-name="safelight_session"'
    )


@pytest.mark.parametrize("identifier", ["ada", "ada@example.com", "ADA@Example.com"])
def test_a_sign_in_leads_to_the_account(browser: TestClient, identifier: str) -> None:
    answer = sign_in(browser, identifier)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert re.fullmatch(
        r"safelight_session=[\w-]{43}; Path=/; HttpOnly; SameSite=Lax",
        answer.headers["set-cookie"],
    )
    page = browser.get("/").text
    assert "<h1>Ada Lovelace</h1>" in page
    assert "ada@example.com" in page


@pytest.mark.parametrize("field", ["identifier", "email", "username"])
def test_the_name_may_come_in_any_usual_field(browser: TestClient, field: str) -> None:
    answer = browser.post("/login", data={field: "ada", "password": PASSWORD})
    assert answer.status_code == 303
    assert is_signed_in(browser)


def test_over_https_the_cookie_has_the_prefix_that_browsers_guard(
    house: House, ada: Account
) -> None:
    client = house.client("https://photos.example", peer=STRANGER, headers=NAVIGATION)
    cookie = sign_in(client).headers["set-cookie"]
    assert re.fullmatch(
        r"__Host-safelight_session=[\w-]{43}; Path=/; HttpOnly; Secure; SameSite=Lax", cookie
    )
    assert is_signed_in(client)
    unguarded = cookie.partition(";")[0].removeprefix("__Host-")
    other = house.client("https://photos.example", headers={**NAVIGATION, "cookie": unguarded})
    assert not is_signed_in(other)


@pytest.mark.parametrize(
    ("identifier", "password"), [("ada", "a wrong password"), ("nobody", PASSWORD)]
)
def test_a_wrong_sign_in_shows_the_form_again(
    browser: TestClient, identifier: str, password: str
) -> None:
    answer = sign_in(browser, identifier, password)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Cookie ")
    assert "set-cookie" not in answer.headers
    assert '<p class="problem" role="alert"' in answer.text
    assert "No account has this name and password." in answer.text
    assert f'value="{identifier}"' in answer.text
    assert password not in answer.text


def test_what_was_typed_is_never_markup(browser: TestClient) -> None:
    page = sign_in(browser, '"><script>alert(1)</script>', "x").text
    assert "<script" not in page
    assert "&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;" in page


@pytest.mark.parametrize("form", [{}, {"identifier": "ada"}, {"password": PASSWORD}])
def test_an_empty_field_is_asked_for_again(browser: TestClient, form: dict[str, str]) -> None:
    answer = browser.post("/login", data=form)
    assert answer.status_code == 400
    assert "Fill in your name and your password." in answer.text


def test_a_field_with_two_values_gets_400(browser: TestClient) -> None:
    answer = browser.post("/login", data={"identifier": "ada", "email": "b", "password": PASSWORD})
    assert answer.status_code == 400


def test_a_form_is_no_json(browser: TestClient) -> None:
    answer = browser.post("/login", json={"identifier": "ada", "password": PASSWORD})
    assert answer.status_code == 415


def test_too_many_failures_get_429_and_when_to_come_back(house: House, browser: TestClient) -> None:
    for _ in range(10):
        sign_in(browser, password="a wrong password")
    answer = sign_in(browser)
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "600"
    assert "Too many failed sign-ins. Try again in 10 min." in answer.text
    house.clock.advance(600)
    assert sign_in(browser).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost.evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"referer": "https://evil.example/"},
    ],
)
@pytest.mark.parametrize("path", ["/login", "/logout", "/sessions/end", "/account/password"])
def test_no_other_site_can_send_a_form(house: House, path: str, headers: dict[str, str]) -> None:
    house.add_account("ada")
    client = signed_in(house)
    form = {"identifier": "ada", "password": PASSWORD, "current": PASSWORD, "new": NEW_PASSWORD}
    answer = client.post(path, data=form, headers=headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert is_signed_in(client)


@pytest.mark.parametrize(
    "headers",
    [{"origin": "http://localhost"}, {"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"}],
)
def test_our_own_page_can(browser: TestClient, headers: dict[str, str]) -> None:
    form = {"identifier": "ada", "password": PASSWORD}
    assert browser.post("/login", data=form, headers=headers).status_code == 303


def test_over_plain_http_only_this_machine_signs_in(house: House, ada: Account) -> None:
    stranger = house.client(peer=STRANGER, headers=NAVIGATION)
    answer = sign_in(stranger)
    assert answer.status_code == 403
    assert "Credentials are accepted over HTTPS only." in answer.text


def test_a_sign_in_never_keeps_the_token_that_was_brought(house: House, ada: Account) -> None:
    planted = "A" * 43
    client = house.client(headers={**NAVIGATION, "cookie": f"safelight_session={planted}"})
    assert planted not in sign_in(client).headers["set-cookie"]
    assert not is_signed_in(house.client(headers={"cookie": f"safelight_session={planted}"}))


# --- where a sign-in leads ------------------------------------------------------------------------


def test_the_page_that_was_wanted_is_where_a_sign_in_leads(browser: TestClient) -> None:
    page = browser.get("/login?next=/v1/docs%3Fa=b").text
    assert '<input type="hidden" name="next" value="/v1/docs?a=b">' in page
    form = {"identifier": "ada", "password": "wrong", "next": "/v1/docs?a=b"}
    assert 'name="next" value="/v1/docs?a=b"' in browser.post("/login", data=form).text
    answer = browser.post("/login", data=form | {"password": PASSWORD})
    assert answer.headers["location"] == "/v1/docs?a=b"


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "/\t/e.x",
    ],
)
def test_a_sign_in_never_leads_to_another_site(browser: TestClient, target: str) -> None:
    assert "evil" not in browser.get("/login", params={"next": target}).text
    form = {"identifier": "ada", "password": PASSWORD, "next": target}
    assert browser.post("/login", data=form).headers["location"] == "/"


# --- the account ----------------------------------------------------------------------------------


def test_the_account_page_lists_the_sessions_of_every_wire(house: House, ada: Account) -> None:
    client = signed_in(house, **{"user-agent": "Lynx/2.9"})
    recorder_cookie(house)
    page = client.get("/").text
    assert "Safelight&#39;s pages" in page
    assert "Recorder Monitor" in page
    assert "Lynx/2.9" in page
    assert '<time datetime="2026-03-01T12:00:00+00:00">1 Mar 2026, 12:00 UTC</time>' in page
    assert page.count("This session") == 1
    assert len(session_ids(page)) == 2


def test_a_browsers_name_is_never_markup(house: House, ada: Account) -> None:
    page = signed_in(house, **{"user-agent": "<img src=x onerror=alert(1)>"}).get("/").text
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


def test_no_page_holds_a_token(house: House, ada: Account) -> None:
    client = signed_in(house)
    token = client.cookies["safelight_session"]
    assert token not in client.get("/").text
    assert token not in client.get("/account/password").text


def test_a_session_can_be_ended(house: House, ada: Account) -> None:
    first, second = signed_in(house), signed_in(house)
    (other,) = set(session_ids(first.get("/").text)) - {own_session(first)}
    answer = first.post(f"/sessions/{other}/end")
    assert (answer.status_code, answer.headers["location"]) == (303, "/?notice=session")
    assert "The session has ended." in first.get("/?notice=session").text
    assert is_signed_in(first)
    assert not is_signed_in(second)


def own_session(client: TestClient) -> str:
    page = client.get("/").text
    after = page[page.index("This session") :]
    return session_ids(after)[0]


def test_ending_ones_own_session_signs_out(house: House, ada: Account) -> None:
    client = signed_in(house)
    client.post(f"/sessions/{own_session(client)}/end")
    assert not is_signed_in(client)


def test_nobody_ends_the_session_of_another(house: House, ada: Account) -> None:
    house.add_account("bob")
    adas, bobs = signed_in(house), signed_in(house, "bob")
    for session in (own_session(adas), "ses_nothing"):
        assert bobs.post(f"/sessions/{session}/end").status_code == 404
    assert is_signed_in(adas)


def test_every_session_can_be_ended_at_once(house: House, ada: Account) -> None:
    here, there, recorder = signed_in(house), signed_in(house), recorder_cookie(house)
    answer = here.post("/sessions/end")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?notice=everywhere")
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert "You are signed out everywhere." in here.get("/login?notice=everywhere").text
    assert not is_signed_in(here)
    assert not is_signed_in(there)
    assert not is_signed_in(house.client(headers={**NAVIGATION, "cookie": recorder}))


def test_every_other_session_can_be_ended(house: House, ada: Account) -> None:
    here, there = signed_in(house), signed_in(house)
    answer = here.post("/sessions/end", data={"keep": "current"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/?notice=others")
    assert is_signed_in(here)
    assert not is_signed_in(there)


@pytest.mark.parametrize("path", ["/sessions/ses_nothing/end", "/sessions/end"])
def test_without_a_session_nothing_can_be_ended(
    browser: TestClient, house: House, path: str
) -> None:
    assert browser.post(path).headers["location"] == "/login"
    answer = house.client().post(path)
    assert (answer.status_code, answer.json()["error"]) == (401, "unauthenticated")


def test_a_notice_is_one_of_ours(browser: TestClient) -> None:
    page = browser.get("/login?notice=<b>Call+this+number</b>").text
    assert "Call" not in page


# --- signing out ----------------------------------------------------------------------------------


def test_signing_out_ends_the_session_and_clears_the_browser(house: House, ada: Account) -> None:
    client = signed_in(house)
    token = client.cookies["safelight_session"]
    answer = client.post("/logout")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?notice=out")
    assert answer.headers["set-cookie"] == (
        "safelight_session=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; "
        "HttpOnly; SameSite=Lax"
    )
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    assert not is_signed_in(house.client(headers={"cookie": f"safelight_session={token}"}))


def test_signing_out_twice_is_no_error(browser: TestClient) -> None:
    assert browser.post("/logout").status_code == 303


def test_nothing_signs_out_by_a_link(house: House, ada: Account) -> None:
    client = signed_in(house)
    assert client.get("/logout").status_code == 405
    assert is_signed_in(client)


def test_a_cookie_that_proves_nobody_goes(browser: TestClient) -> None:
    answer = browser.get("/", headers={"cookie": "safelight_session=over"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert answer.headers["set-cookie"].startswith("safelight_session=; Path=/; Max-Age=0")


@pytest.mark.parametrize(("seconds", "signed"), [(86_399, True), (86_400, False)])
def test_a_session_is_over_after_a_day_without_use(
    house: House, ada: Account, seconds: int, signed: bool
) -> None:
    client = signed_in(house)
    house.clock.advance(seconds)
    assert is_signed_in(client) is signed


def test_a_session_is_over_after_thirty_days(tmp_path: Path) -> None:
    with a_house(tmp_path / "data", REALMS__WEB__IDLE_SECONDS="9999999") as house:
        house.add_account("ada")
        client = signed_in(house)
        house.clock.advance(timedelta(days=30) - timedelta(seconds=1))
        assert is_signed_in(client)
        house.clock.advance(1)
        assert not is_signed_in(client)


def test_two_cookies_of_one_name_get_400(browser: TestClient) -> None:
    cookie = "safelight_session=a; safelight_session=b"
    assert browser.get("/", headers={"cookie": cookie}).status_code == 400
    assert browser.get("/login", headers={"cookie": cookie}).status_code == 200


# --- other wires' cookies -------------------------------------------------------------------------


def test_a_recorder_monitor_session_counts_here(house: House, ada: Account) -> None:
    client = house.client(headers={**NAVIGATION, "cookie": recorder_cookie(house)})
    page = client.get("/")
    assert "<h1>Ada Lovelace</h1>" in page.text
    (session,) = session_ids(page.text)
    assert client.post(f"/sessions/{session}/end").status_code == 303
    assert not is_signed_in(client)


def test_a_pixieset_session_counts_here_with_its_csrf_token(house: House, ada: Account) -> None:
    client = house.client(headers=NAVIGATION)
    form = {"email": "ada@example.com", "password": PASSWORD}
    assert client.post("/studio/login", data=form).status_code < 400
    page = client.get("/").text
    (token,) = set(re.findall(r'name="csrf_token" value="([^"]+)"', page))
    (session,) = session_ids(page)
    assert client.post(f"/sessions/{session}/end").status_code == 403
    assert (
        client.post(f"/sessions/{session}/end", data={"csrf_token": "made up"}).status_code == 403
    )
    assert is_signed_in(client)
    assert client.post(f"/sessions/{session}/end", data={"csrf_token": token}).status_code == 303
    assert not is_signed_in(client)


def test_the_pages_own_cookie_says_who_a_person_is(house: House, ada: Account) -> None:
    house.add_account("bob")
    token = signed_in(house, "bob").cookies["safelight_session"]
    cookie = f"{recorder_cookie(house)}; safelight_session={token}"
    page = house.client(headers={**NAVIGATION, "cookie": cookie}).get("/").text
    assert "bob@example.com" in page


def test_a_program_with_cookies_of_two_people_gets_400(house: House, ada: Account) -> None:
    house.add_account("bob")
    token = signed_in(house, "bob").cookies["safelight_session"]
    headers = {"cookie": f"{recorder_cookie(house)}; safelight_session={token}"}
    answer = house.client(headers=headers).get("/")
    assert (answer.status_code, answer.json()["error"]) == (400, "conflicting_credentials")


def test_a_page_takes_no_token_from_its_address(house: House, ada: Account) -> None:
    sign_in_there = {"email": "ada@example.com", "password": PASSWORD, "mode": "token"}
    headers = {"x-ps-api-key": house.add_application()}
    there = house.client(headers=headers).post("/psapi/v3/mem/authenticate", data=sign_in_there)
    token = there.json()["data"]["token"]
    client = house.client(headers=NAVIGATION)
    assert client.get("/", headers={"x-ps-auth-token": token}).status_code == 200
    assert client.get(f"/?auth_token={token}").headers["location"] == "/login"


def test_the_pages_cookie_counts_on_the_native_api(house: House, ada: Account) -> None:
    client = signed_in(house)
    assert client.get("/v1/account").json()["email"] == "ada@example.com"
    foreign = client.delete("/v1/sessions", headers={"origin": "https://evil.example"})
    assert foreign.status_code == 403
    own = client.delete("/v1/sessions", headers={"origin": "http://localhost"})
    assert own.status_code < 300
    assert not is_signed_in(client)


def test_what_is_shown_on_purpose_must_be_good(house: House, ada: Account) -> None:
    client = signed_in(house)
    answer = client.get("/", headers={"jsession": "nothing", "accept": "application/json"})
    assert answer.status_code == 401


# --- another password -----------------------------------------------------------------------------


def test_a_password_is_changed_and_other_sessions_end(house: House, ada: Account) -> None:
    here, there = signed_in(house), signed_in(house)
    page = here.get("/account/password").text
    assert 'autocomplete="current-password"' in page
    assert 'autocomplete="new-password"' in page
    assert 'value="ada@example.com" autocomplete="username"' in page
    answer = here.post("/account/password", data={"current": PASSWORD, "new": NEW_PASSWORD})
    assert (answer.status_code, answer.headers["location"]) == (303, "/?notice=password")
    assert "Your password is changed" in here.get("/?notice=password").text
    assert not is_signed_in(there)
    assert sign_in(there, password=NEW_PASSWORD).status_code == 303


@pytest.mark.parametrize(
    ("form", "status", "message"),
    [
        ({"current": "wrong", "new": NEW_PASSWORD}, 401, "The current password is not right."),
        ({"current": PASSWORD, "new": "too short"}, 400, "Use at least 15 characters."),
        (
            {"current": PASSWORD, "new": PASSWORD},
            400,
            "Choose another one than the current password.",
        ),
        ({"current": PASSWORD}, 400, "Fill in the current and the new password."),
        ({}, 400, "Fill in the current and the new password."),
    ],
)
def test_a_password_that_cannot_be_changed_is_asked_for_again(
    house: House, ada: Account, form: dict[str, str], status: int, message: str
) -> None:
    client = signed_in(house)
    answer = client.post("/account/password", data=form)
    assert answer.status_code == status
    assert message in answer.text
    assert PASSWORD not in answer.text
    assert sign_in(house.client()).status_code == 303


def test_without_a_session_no_password_is_changed(house: House, browser: TestClient) -> None:
    form = {"current": PASSWORD, "new": NEW_PASSWORD}
    assert browser.get("/account/password").headers["location"] == "/login"
    assert browser.post("/account/password", data=form).headers["location"] == "/login"
    assert house.client().post("/account/password", data=form).status_code == 401


def test_signing_in_again_in_the_same_browser_ends_the_session_before(
    house: House, ada: Account
) -> None:
    browser, elsewhere = signed_in(house), signed_in(house)
    first = house.client(headers=NAVIGATION)
    first.cookies.update(browser.cookies)
    assert first.get("/").status_code == 200
    sign_in(browser)
    assert first.get("/").headers["location"] == "/login"
    assert browser.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 200


def test_a_password_that_somebody_else_chose_must_be_changed_first(
    house: House, ada: Account
) -> None:
    choose_password(house, ada)
    client = house.client(headers=NAVIGATION)
    sign_in(client, password="chosen by an operator")
    assert client.get("/").headers["location"] == "/account/password"
    form = {"current": "chosen by an operator", "new": NEW_PASSWORD}
    assert client.post("/account/password", data=form).status_code == 303
    assert client.get("/").status_code == 200


def test_until_then_a_session_of_the_pages_can_do_nothing_else(house: House, ada: Account) -> None:
    choose_password(house, ada)
    client = house.client()
    sign_in(client, password="chosen by an operator")
    page, plain, json = NAVIGATION, {"Accept": "*/*"}, {"Accept": "application/json"}
    for headers in (plain, json):
        refused = client.get("/", headers=headers)
        assert refused.status_code == 403
        assert refused.json()["error"] == "password_change_required"
    ended = client.post("/sessions/end", headers=page)
    assert (ended.status_code, ended.headers["location"]) == (303, "/account/password")
    for method, path in (("GET", "/v1/account"), ("GET", "/v1/photos"), ("DELETE", "/v1/sessions")):
        answer = client.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (403, "password_change_required")
    upload = client.post("/v1/photos", files={"files": ("a.jpg", b"no picture", "image/jpeg")})
    assert upload.json()["code"] == "password_change_required"
    assert client.get("/account/password", headers=page).status_code == 200
    body = {"current": "chosen by an operator", "new": NEW_PASSWORD}
    assert client.put("/v1/account/password", json=body).status_code == 204
    assert client.get("/v1/account").status_code == 200


def test_a_session_that_must_change_its_password_can_be_signed_out(
    house: House, ada: Account
) -> None:
    choose_password(house, ada)
    client = house.client(headers=NAVIGATION)
    sign_in(client, password="chosen by an operator")
    assert client.post("/logout").headers["location"] == "/login?notice=out"


def choose_password(house: House, account: Account) -> None:
    now = house.clock.now()
    encoded = house.call(house._hashing.hash, Secret("chosen by an operator"))
    record = PasswordRecord(encoded=encoded, changed_at=now, must_change=True)
    event = Event(what=What.PASSWORD_CHANGED, at=now, account_id=account.id)
    notice = Notice(account_id=account.id, kind="password_changed", text="Changed.", at=now)

    async def change() -> None:
        await house.stores.accounts.change_password(
            account.id, record, event, keep=None, notice=notice
        )

    house.call(change)


# --- the first start ------------------------------------------------------------------------------


FIRST = {
    "setup_token": SETUP_TOKEN,
    "email": "ada@example.com",
    "username": "ada",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "password": PASSWORD,
}


@pytest.fixture
def fresh(house: House) -> TestClient:
    """A browser on a server that nobody has set up yet."""
    digest = Secret(SETUP_TOKEN).digest()
    house.call(house.stores.accounts.put_setup_token, digest, house.clock.now())
    return house.client(headers=NAVIGATION)


def test_the_login_page_of_a_fresh_server_leads_to_its_set_up(fresh: TestClient) -> None:
    assert '<a href="/setup">' in fresh.get("/login").text
    page = fresh.get("/setup").text
    assert '<label for="setup_token">Set-up token</label>' in page
    assert SETUP_TOKEN not in page


def test_the_first_account_is_the_admins(fresh: TestClient) -> None:
    answer = fresh.post("/setup", data=FIRST)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?notice=ready")
    assert "set-cookie" not in answer.headers
    assert sign_in(fresh).status_code == 303
    assert "Admin" in fresh.get("/").text


@pytest.mark.parametrize("token", ["", "sl_setup_made_up"])
def test_without_the_set_up_token_nobody_becomes_the_admin(fresh: TestClient, token: str) -> None:
    answer = fresh.post("/setup", data=FIRST | {"setup_token": token})
    assert answer.status_code == 401
    assert "The set-up token is missing or not valid." in answer.text
    assert sign_in(fresh).status_code == 401


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("email", "nowhere", "This is not an e-mail address."),
        ("email", "", "This is not an e-mail address."),
        ("username", "a b", "Use 1 to 64 letters"),
        ("password", "too short", "Use at least 15 characters."),
        ("first_name", "a" * 101, "Use at most 100 printable characters."),
    ],
)
def test_a_field_that_is_wrong_is_pointed_at(
    fresh: TestClient, field: str, value: str, message: str
) -> None:
    answer = fresh.post("/setup", data=FIRST | {field: value})
    assert answer.status_code == 400
    assert f'<p class="fault" id="{field}-fault">{message}' in answer.text
    assert f'aria-describedby="{field}-fault"' in answer.text or "password-hint" in answer.text
    assert SETUP_TOKEN not in answer.text
    assert PASSWORD not in answer.text
    assert fresh.post("/setup", data=FIRST).status_code == 303


def test_a_set_up_token_is_good_once(fresh: TestClient) -> None:
    fresh.post("/setup", data=FIRST)
    second = FIRST | {"email": "eve@example.com", "username": "eve"}
    assert fresh.post("/setup", data=second).status_code == 401
    assert fresh.get("/setup").headers["location"] == "/login"
    assert '<a href="/setup">' not in fresh.get("/login").text


def test_a_set_up_token_is_good_for_a_day(house: House, fresh: TestClient) -> None:
    house.clock.advance(timedelta(days=1))
    assert fresh.post("/setup", data=FIRST).status_code == 401


def test_nobody_sets_up_a_server_over_plain_http_from_afar(house: House, fresh: TestClient) -> None:
    stranger = house.client(peer=STRANGER, headers=NAVIGATION)
    assert stranger.post("/setup", data=FIRST).status_code == 403
    assert fresh.post("/setup", data=FIRST).status_code == 303


def test_no_other_site_can_set_a_server_up(fresh: TestClient) -> None:
    headers = {"origin": "https://evil.example"}
    assert fresh.post("/setup", data=FIRST, headers=headers).status_code == 403


def test_anybody_may_sign_up_where_that_is_allowed(tmp_path: Path) -> None:
    with a_house(tmp_path / "data", REALMS__LIBREPHOTOS__ALLOW_REGISTRATION="true") as house:
        house.add_account("root", admin=True)
        client = house.client(headers=NAVIGATION)
        assert 'name="setup_token"' not in client.get("/setup").text
        assert client.post("/setup", data=FIRST).status_code == 303
        assert client.post("/setup", data=FIRST).status_code == 409
        sign_in(client)
        assert "Admin" not in client.get("/").text
