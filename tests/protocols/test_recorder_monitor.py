"""The Recorder Monitor's wire, row by row (`docs/protocols/recorder-monitor.md`)."""

from __future__ import annotations

import base64
import logging
from contextlib import suppress
from pathlib import Path

import pytest
from httpx2 import Response
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient
from tests.house import PASSWORD, STRANGER, House, a_house
from tests.protocols.chance import require_chance
from tests.protocols.transcripts import read_page, replay

from safelight.errors import ConflictingCredentials, MalformedCredential, MalformedRequest
from safelight.exchange import LogIn
from safelight.identity.account import Account
from safelight.server.http import Request
from safelight.server.protocols.recorder_monitor import decode_password, read_log_in

USER = {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com", "notify": True}
INCOMPLETE = {"status": "error", "message": "Email or Password not included in request"}
NOT_VALID = {
    "status": "Error",
    "message": "Session token is not valid. You may need to login again.",
}
NEW_PASSWORD = "a staple for the battery"
PROTECTED = ("/api/users/ada@example.com", "/api/logout")


@pytest.fixture
def ada(house: House) -> Account:
    return house.add_account("ada")


@pytest.fixture
def client(house: House, ada: Account) -> TestClient:
    return house.client()


def encoded(password: str = PASSWORD) -> str:
    return base64.b64encode(password.encode()).decode()


def log_in(
    client: TestClient, password: str = PASSWORD, *, email: str = "ada@example.com"
) -> Response:
    return send_form(client, email=email, password=encoded(password))


def send_form(client: TestClient, **fields: str) -> Response:
    return client.post("/api/login", data=fields)


def new_token(house: House) -> str:
    """Of a sign-in whose cookie nobody keeps."""
    return log_in(house.client()).headers["jsession"]


def ask(client: TestClient, token: str | None = None, **headers: str) -> Response:
    if token is not None:
        headers["jsession"] = token
    return client.get("/api/users/ada@example.com", headers=headers)


def test_the_page_of_the_protocol_tells_what_happens(client: TestClient) -> None:
    values = {"password": encoded()}
    for exchange in read_page("recorder-monitor.md"):
        client.cookies.clear()
        replay(client, exchange, values)


# --- signing in -----------------------------------------------------------------------------------


@pytest.mark.covers("RM-1", "RM-2", "RM-3")
def test_a_login_sends_its_caller_to_the_index_page_with_the_user(client: TestClient) -> None:
    answer = log_in(client)
    assert answer.status_code == 303
    assert answer.headers["location"] == "http://localhost/"
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == USER


@pytest.mark.covers("RM-2")
def test_the_redirect_stays_on_the_origin_that_was_asked(house: House, ada: Account) -> None:
    client = house.client("https://photos.example:8443", peer=STRANGER)
    assert log_in(client).headers["location"] == "https://photos.example:8443/"


@pytest.mark.covers("RM-4", "RM-5")
def test_header_and_cookie_carry_the_same_token(client: TestClient) -> None:
    answer = log_in(client)
    token = answer.headers["jsession"]
    assert answer.headers["set-cookie"] == f"JSESSIONID={token}; Path=/; HttpOnly; SameSite=Lax"


@pytest.mark.covers("RM-5")
def test_over_https_the_cookie_stays_on_https(house: House, ada: Account) -> None:
    cookie = log_in(house.client("https://localhost", peer=STRANGER)).headers["set-cookie"]
    assert cookie.endswith("; Path=/; HttpOnly; Secure; SameSite=Lax")


@pytest.mark.covers("RM-53")
def test_a_token_is_128_random_bits_in_hexadecimal(house: House, ada: Account) -> None:
    tokens = [new_token(house) for _ in range(1000)]
    require_chance(tokens, symbols="0123456789ABCDEF", length=32)


@pytest.mark.covers("RM-53")
def test_no_url_and_no_log_line_has_a_token(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = log_in(client)
        token = answer.headers["jsession"]
        out = client.get("/api/logout", headers={"jsession": token})
    assert token not in answer.headers["location"] + out.headers["location"]
    assert token not in caplog.text


@pytest.mark.covers("RM-14")
def test_a_login_may_be_multipart(client: TestClient) -> None:
    fields = {"email": (None, "ada@example.com"), "password": (None, encoded())}
    answer = client.post("/api/login", files=fields)
    assert (answer.status_code, answer.json()) == (303, USER)
    assert ask(client, answer.headers["jsession"]).status_code == 200


@pytest.mark.covers("RM-37a")
@pytest.mark.parametrize("email", ["ADA@EXAMPLE.COM", "Ada@Example.com", "ada"])
def test_the_name_is_the_address_in_any_case_or_the_username(
    client: TestClient, email: str
) -> None:
    assert "jsession" in log_in(client, email=email).headers


@pytest.mark.covers("RM-15")
def test_the_login_is_no_page(client: TestClient) -> None:
    answer = client.get("/api/login")
    assert (answer.status_code, answer.headers["location"]) == (303, "http://localhost/login")
    assert client.get("/login").status_code == 200


# --- being refused --------------------------------------------------------------------------------


@pytest.mark.covers("RM-9", "RM-13")
@pytest.mark.parametrize(
    "fields",
    [
        {"password": encoded("a wrong password")},
        {"email": "nobody@example.com"},
        {"email": "nobody"},
        {"password": PASSWORD},  # not in Base64
        {"password": encoded() + "\n"},
        {"password": "YQ="},
    ],
)
def test_a_refused_login_leads_to_the_login_page(
    client: TestClient, fields: dict[str, str]
) -> None:
    form = {"email": "ada@example.com", "password": encoded()} | fields
    answer = send_form(client, **form)
    assert answer.status_code == 303
    assert answer.headers["location"] == "http://localhost/login"
    assert answer.content == b""
    assert "jsession" not in answer.headers
    assert "set-cookie" not in answer.headers


@pytest.mark.covers("RM-10")
def test_an_unknown_name_and_a_wrong_password_look_the_same(
    house: House, client: TestClient
) -> None:
    hashing = house.call(house.app.site).authenticator._hashing
    answers, costs = [], []
    for email in ("ada@example.com", "nobody@example.com"):
        before = hashing.count
        answers.append(log_in(client, "a wrong password", email=email))
        costs.append(hashing.count - before)
    wrong, unknown = answers
    assert (wrong.status_code, dict(wrong.headers)) == (unknown.status_code, dict(unknown.headers))
    assert costs == [1, 1]


@pytest.mark.covers("RM-11", "RM-12")
@pytest.mark.parametrize(
    "body",
    [
        "",
        "email=ada@example.com",
        f"password={encoded()}",
        "email=&password=YQ",
        "email=a&password=",
    ],
)
def test_an_incomplete_login_gets_400_in_json(client: TestClient, body: str) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = client.post("/api/login", content=body, headers=headers)
    assert (answer.status_code, answer.json()) == (400, INCOMPLETE)
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.covers("RM-11")
def test_a_login_without_any_body_is_incomplete(client: TestClient) -> None:
    answer = client.post("/api/login")
    assert (answer.status_code, answer.json()) == (400, INCOMPLETE)


def test_json_at_the_login_is_not_understood(client: TestClient) -> None:
    answer = client.post("/api/login", json={"email": "ada@example.com", "password": encoded()})
    assert answer.status_code == 415
    assert answer.json() == {
        "status": "error",
        "message": 'Unsupported media type "application/json" in request.',
    }


def test_a_broken_multipart_body_gets_400(client: TestClient) -> None:
    headers = {"content-type": "multipart/form-data; boundary=x"}
    answer = client.post("/api/login", content=b"--x\r\nnothing", headers=headers)
    assert (answer.status_code, answer.json()["status"]) == (400, "error")


@pytest.mark.parametrize("field", ["email", "password"])
def test_a_field_with_two_values_gets_400(client: TestClient, field: str) -> None:
    body = f"email=ada&password=YQ==&{field}=other"
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = client.post("/api/login", content=body, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["message"] == f"The field {field} occurs with two values."


def test_too_many_failures_get_429_in_the_wires_own_words(house: House, client: TestClient) -> None:
    for _ in range(10):
        assert log_in(client, "a wrong password").status_code == 303
    answer = log_in(client)
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "600"
    assert answer.json() == {
        "status": "error",
        "message": "Too many failed sign-ins. Try again later.",
    }
    house.clock.advance(600)
    assert "jsession" in log_in(client).headers


def test_over_plain_http_only_this_machine_signs_in(house: House, ada: Account) -> None:
    stranger = house.client(peer=STRANGER)
    assert log_in(stranger).status_code == 403
    assert ask(stranger, new_token(house)).status_code == 403


def test_a_page_of_another_site_cannot_sign_anybody_in(client: TestClient) -> None:
    form = {"email": "ada@example.com", "password": encoded()}
    answer = client.post("/api/login", data=form, headers={"origin": "https://evil.example"})
    assert (answer.status_code, answer.json()["status"]) == (403, "Error")


# --- the password's dress -------------------------------------------------------------------------


@pytest.mark.covers("RM-42")
def test_a_plus_that_was_not_escaped_still_counts(house: House) -> None:
    password = "my ~~~ passphrase ???>"
    house.add_account("ada", password=password)
    assert "+" in encoded(password)
    body = f"email=ada%40example.com&password={encoded(password)}"
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = house.client().post("/api/login", content=body, headers=headers)
    assert "jsession" in answer.headers


@pytest.mark.covers("RM-43")
@pytest.mark.parametrize("charset", ["utf-8", "latin-1"])
def test_a_password_beyond_ascii_works_in_both_charsets(house: House, charset: str) -> None:
    password = "Lösung für Größe und Weiß"
    house.add_account("ada", password=password)
    sent = base64.b64encode(password.encode(charset)).decode()
    assert "jsession" in log_in(house.client(), email="ada", password=password).headers
    assert (
        "jsession"
        in house.client().post("/api/login", data={"email": "ada", "password": sent}).headers
    )


@pytest.mark.parametrize(
    ("text", "password"),
    [
        ("YQ==", "a"),
        ("YQ", "a"),
        ("YWI=", "ab"),
        ("YWI", "ab"),
        ("YWJj", "abc"),
        ("w7w=", "ü"),
        ("/A==", "ü"),  # Latin-1
    ],
)
def test_base64_is_decoded_with_or_without_its_padding(text: str, password: str) -> None:
    assert decode_password(text).reveal() == password


@pytest.mark.covers("RM-13")
@pytest.mark.parametrize(
    "text",
    ["Y", "YQ=", "YQ===", "YWI==", "YWJj=", "=", "Y=Q=", "YQ==YQ==", "Y Q", "YQ\n", "-_-_", "ü"],
)
def test_what_is_not_base64_is_no_password(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode_password(text)


@given(st.text(min_size=1))
def test_every_password_comes_back_from_its_utf_8_bytes(password: str) -> None:
    sent = base64.b64encode(password.encode("utf-8", "replace")).decode()
    assert decode_password(sent).reveal() == password.encode("utf-8", "replace").decode()


@given(
    st.binary(),
    st.sampled_from(["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]),
)
def test_any_body_is_a_login_or_a_known_refusal(body: bytes, kind: str) -> None:
    request = Request(
        method="POST",
        path="/api/login",
        query_string=b"",
        raw_headers=[(b"content-type", kind.encode())],
        scheme="http",
        host="localhost",
        peer="127.0.0.1",
        address="127.0.0.1",
        id="1",
    )
    request.body = body
    with suppress(MalformedRequest, MalformedCredential, ConflictingCredentials):
        assert isinstance(read_log_in(request), LogIn)


# --- using a session ------------------------------------------------------------------------------


@pytest.mark.covers("RM-6")
def test_the_header_authenticates(house: House, ada: Account) -> None:
    answer = ask(house.client(), new_token(house))
    assert (answer.status_code, answer.json()) == (200, USER)


@pytest.mark.covers("RM-7")
def test_the_cookie_authenticates(house: House, ada: Account) -> None:
    answer = ask(house.client(), cookie=f"JSESSIONID={new_token(house)}")
    assert (answer.status_code, answer.json()) == (200, USER)


@pytest.mark.covers("RM-8")
@pytest.mark.parametrize("header", ["", "0" * 32, "undefined", "ÿ"])
def test_a_good_cookie_rescues_no_bad_header(house: House, ada: Account, header: str) -> None:
    cookie = f"JSESSIONID={new_token(house)}"
    headers = [("jsession", header.encode("latin-1")), ("cookie", cookie.encode())]
    answer = house.client().get("/api/users/ada@example.com", headers=headers)
    assert (answer.status_code, answer.json()) == (401, NOT_VALID)


@pytest.mark.covers("RM-8")
def test_the_header_decides_between_two_people(house: House, ada: Account) -> None:
    bob = house.add_account("bob")
    answer = log_in(house.client(), email="bob")
    bobs, adas = answer.headers["jsession"], new_token(house)
    headers = {"jsession": bobs, "cookie": f"JSESSIONID={adas}"}
    assert house.client().get(f"/api/users/{bob.email}", headers=headers).status_code == 200
    assert house.client().get("/api/users/ada@example.com", headers=headers).status_code == 404


def test_two_different_tokens_in_one_carrier_get_400(house: House, ada: Account) -> None:
    token = new_token(house)
    for headers in (
        [("jsession", token), ("jsession", "other")],
        [("cookie", f"JSESSIONID={token}; JSESSIONID=other")],
    ):
        answer = house.client().get("/api/users/ada@example.com", headers=headers)
        assert (answer.status_code, answer.json()["status"]) == (400, "error")


@pytest.mark.covers("RM-17", "RM-18", "RM-19", "RM-27")
@pytest.mark.parametrize("path", PROTECTED)
@pytest.mark.parametrize("headers", [{}, {"jsession": "0" * 32}, {"cookie": "JSESSIONID=nothing"}])
def test_without_a_session_protected_paths_get_401(
    client: TestClient, path: str, headers: dict[str, str]
) -> None:
    answer = client.get(path, headers=headers)
    assert (answer.status_code, answer.json()) == (401, NOT_VALID)
    assert answer.headers["content-type"] == "application/json"
    assert "www-authenticate" not in answer.headers


@pytest.mark.covers("RM-20")
def test_a_session_is_over_on_the_instant_its_idle_window_ends(
    house: House, client: TestClient
) -> None:
    token = new_token(house)
    for _ in range(2):
        house.clock.advance(1799)
        assert ask(client, token).status_code == 200
        house.settle()
    house.clock.advance(1800)
    assert ask(client, token).status_code == 401


@pytest.mark.covers("RM-21")
def test_use_keeps_no_session_beyond_24_hours(tmp_path: Path) -> None:
    with a_house(tmp_path / "data", REALMS__RECORDER_MONITOR__IDLE_SECONDS="30000") as house:
        house.add_account("ada")
        client, token = house.client(), new_token(house)
        for _ in range(3):
            house.clock.advance(28_799)
            assert ask(client, token).status_code == 200
            house.settle()
        house.clock.advance(2)
        assert ask(client, token).status_code == 200
        house.clock.advance(1)
        assert ask(client, token).status_code == 401


@pytest.mark.covers("RM-22")
def test_no_answer_to_a_token_holds_another_token(house: House, client: TestClient) -> None:
    token = new_token(house)
    house.clock.advance(1700)
    answer = ask(client, token)
    assert answer.status_code == 200
    assert "jsession" not in answer.headers
    assert "set-cookie" not in answer.headers
    assert client.post("/api/login", headers={"jsession": token}).status_code == 400


@pytest.mark.covers("RM-23")
def test_a_second_login_leaves_the_first(house: House, client: TestClient) -> None:
    first, second = new_token(house), new_token(house)
    assert first != second
    assert [ask(client, token).status_code for token in (first, second)] == [200, 200]


@pytest.mark.covers("RM-24")
def test_a_login_never_keeps_the_id_that_was_brought(house: House, client: TestClient) -> None:
    planted = "A" * 32
    cookie = {"cookie": f"JSESSIONID={planted}"}
    form = {"email": "ada@example.com", "password": encoded()}
    token = client.post("/api/login", data=form, headers=cookie).headers["jsession"]
    assert token != planted
    assert ask(house.client(), planted).status_code == 401


@pytest.mark.covers("RM-24")
def test_a_login_with_somebody_elses_session_gives_a_new_one(
    house: House, client: TestClient
) -> None:
    house.add_account("bob")
    log_in(client)
    adas = client.cookies["JSESSIONID"]
    bobs = log_in(client, email="bob").headers["jsession"]
    assert bobs != adas
    assert ask(house.client(), adas).json() == USER


@pytest.mark.covers("RM-25")
def test_a_failed_login_ends_nothing(client: TestClient) -> None:
    log_in(client)
    assert log_in(client, "a wrong password").status_code == 303
    assert ask(client).status_code == 200


# --- the index page -------------------------------------------------------------------------------


@pytest.mark.covers("RM-16")
def test_the_index_page_shows_the_token_once(house: House, client: TestClient) -> None:
    token = log_in(client).headers["jsession"]
    first, second = client.get("/"), client.get("/")
    assert (first.status_code, first.headers["jsession"]) == (200, token)
    assert first.headers["cache-control"] == "no-store"
    assert second.status_code == 200
    assert "jsession" not in second.headers


@pytest.mark.covers("RM-16")
@pytest.mark.parametrize(("seconds", "shown"), [(59, True), (60, False)])
def test_the_index_page_shows_the_token_of_a_fresh_login_only(
    house: House, client: TestClient, seconds: int, shown: bool
) -> None:
    log_in(client)
    house.clock.advance(seconds)
    assert ("jsession" in client.get("/").headers) is shown


@pytest.mark.covers("RM-3", "RM-16")
def test_the_index_page_gives_the_user_to_who_asks_for_json(client: TestClient) -> None:
    token = log_in(client).headers["jsession"]
    answer = client.get("/", headers={"accept": "application/json, text/javascript, */*; q=0.01"})
    assert (answer.status_code, answer.json()) == (200, USER)
    assert answer.headers["jsession"] == token


@pytest.mark.covers("RM-16")
def test_the_index_page_shows_a_token_to_its_own_account_only(
    house: House, client: TestClient
) -> None:
    house.add_account("bob")
    browser = house.client(headers={"accept": "text/html"})
    browser.post("/login", data={"identifier": "bob", "password": PASSWORD})
    browser.cookies.set("JSESSIONID", new_token(house), domain="localhost.local")
    answer = browser.get("/")
    assert "bob@example.com" in answer.text
    assert "jsession" not in answer.headers


# --- signing out ----------------------------------------------------------------------------------


@pytest.mark.covers("RM-26", "RM-28")
def test_logout_ends_the_session_and_the_cookie(house: House, client: TestClient) -> None:
    token = log_in(client).headers["jsession"]
    answer = client.get("/api/logout")
    assert (answer.status_code, answer.headers["location"]) == (303, "http://localhost/login")
    assert answer.headers["set-cookie"] == (
        "JSESSIONID=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; "
        "HttpOnly; SameSite=Lax"
    )
    assert "JSESSIONID" not in client.cookies
    assert ask(house.client(), token).status_code == 401


def test_a_page_of_another_site_cannot_sign_anybody_out(house: House, client: TestClient) -> None:
    token = log_in(client).headers["jsession"]
    answer = client.get("/api/logout", headers={"sec-fetch-site": "cross-site"})
    assert (answer.status_code, answer.json()["status"]) == (403, "Error")
    assert ask(house.client(), token).status_code == 200


# --- another password -----------------------------------------------------------------------------


def change(client: TestClient, token: str, **fields: str) -> Response:
    form = {"current": encoded(), "new": NEW_PASSWORD} | fields
    return client.post("/api/login/change", data=form, headers={"jsession": token})


@pytest.mark.covers("RM-44")
def test_a_changed_password_logs_in_and_the_old_one_does_not(
    house: House, client: TestClient
) -> None:
    token, other = new_token(house), new_token(house)
    answer = change(client, token)
    assert answer.status_code == 200
    assert answer.json() == {"status": "OK", "message": "Password Updated"}
    assert "jsession" in log_in(client, NEW_PASSWORD).headers
    assert "jsession" not in log_in(client).headers
    assert [ask(house.client(), each).status_code for each in (token, other)] == [200, 401]


@pytest.mark.covers("RM-44")
def test_the_new_password_is_taken_as_it_is(house: House, client: TestClient) -> None:
    change(client, new_token(house), new=encoded(NEW_PASSWORD))
    assert "jsession" in log_in(client, encoded(NEW_PASSWORD)).headers
    assert "jsession" not in log_in(client, NEW_PASSWORD).headers


@pytest.mark.covers("RM-45")
def test_a_wrong_current_password_changes_nothing(house: House, client: TestClient) -> None:
    answer = change(client, new_token(house), current=encoded("a wrong password"))
    assert answer.status_code == 401
    assert answer.json() == {"status": "Error", "message": "Current Password Not Correct"}
    assert "www-authenticate" not in answer.headers
    assert "jsession" in log_in(client).headers


@pytest.mark.covers("RM-45")
@pytest.mark.parametrize("missing", ["current", "new"])
def test_a_change_without_one_of_its_fields_gets_400(
    house: House, client: TestClient, missing: str
) -> None:
    answer = change(client, new_token(house), **{missing: ""})
    assert answer.status_code == 400
    assert answer.json() == {
        "status": "error",
        "message": "current or new password not included in request",
    }


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"current": "no Base64!"}, "The current password is not valid Base64."),
        ({"new": "too short"}, "new: Use at least 15 characters."),
        ({"new": PASSWORD}, "new: Choose another one than the current password."),
    ],
)
def test_a_change_that_cannot_be_made_says_why(
    house: House, client: TestClient, fields: dict[str, str], message: str
) -> None:
    answer = change(client, new_token(house), **fields)
    assert (answer.status_code, answer.json()) == (400, {"status": "error", "message": message})
    assert "jsession" in log_in(client).headers


@pytest.mark.covers("RM-17", "RM-46")
@pytest.mark.parametrize("form", [{}, {"current": encoded(), "new": NEW_PASSWORD}])
@pytest.mark.parametrize("headers", [{}, {"jsession": "0" * 32}])
def test_without_a_session_no_password_is_changed(
    client: TestClient, form: dict[str, str], headers: dict[str, str]
) -> None:
    answer = client.post("/api/login/change", data=form, headers=headers)
    assert (answer.status_code, answer.json()) == (401, NOT_VALID)
    assert "jsession" in log_in(client).headers


# --- users ----------------------------------------------------------------------------------------


@pytest.mark.covers("RM-47")
@pytest.mark.parametrize("name", ["ada@example.com", "ADA@Example.COM", "ada%40example.com", "ada"])
def test_a_user_is_four_fields_and_no_password(house: House, client: TestClient, name: str) -> None:
    answer = client.get(f"/api/users/{name}", headers={"jsession": new_token(house)})
    assert (answer.status_code, answer.json()) == (200, USER)


@pytest.mark.covers("RM-47")
def test_others_are_not_there_but_for_an_admin(house: House, client: TestClient) -> None:
    house.add_account("bob")
    house.add_account("root", admin=True)
    token = new_token(house)
    answers = [
        client.get(f"/api/users/{name}", headers={"jsession": token})
        for name in ("bob@example.com", "nobody@example.com")
    ]
    expected = {"status": "Error", "message": "No user with that email was found"}
    assert [(each.status_code, each.json()) for each in answers] == [(404, expected)] * 2
    root = log_in(house.client(), email="root").headers["jsession"]
    found = client.get("/api/users/bob@example.com", headers={"jsession": root})
    assert (found.status_code, found.json()["email"]) == (200, "bob@example.com")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_users_are_only_read(house: House, client: TestClient, method: str) -> None:
    headers = {"jsession": new_token(house)}
    answer = client.request(method, "/api/users/ada@example.com", headers=headers)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
    assert answer.json()["status"] == "error"


# --- paths ----------------------------------------------------------------------------------------


@pytest.mark.covers("RM-52")
@pytest.mark.parametrize(
    "path",
    [
        "/api/users/login",
        "/api/users/stream@example.com",
        "/api/users/ada@example.com?login",
        "/api/users/ada@example.com?x=/api/login",
    ],
)
def test_a_path_with_login_in_it_is_guarded_like_any_other(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 401


@pytest.mark.covers("RM-52")
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/login/../users/ada@example.com", 401),
        ("/api/users/api%2Flogin", 404),
        ("/api/login/x", 404),
        ("/api/loginx", 404),
        ("/api/stream", 404),
    ],
)
def test_only_the_exact_paths_are_there(client: TestClient, path: str, status: int) -> None:
    assert client.get(path).status_code == status


@pytest.mark.covers("RM-54")
@pytest.mark.parametrize("path", PROTECTED)
def test_a_token_in_the_path_authenticates_nobody(
    house: House, client: TestClient, path: str
) -> None:
    token = new_token(house)
    for place in (f"{path};jsessionid={token}", f"/api;jsessionid={token}{path[4:]}"):
        assert client.get(place).status_code in (401, 404)
    assert ask(client, token).status_code == 200


# --- settings -------------------------------------------------------------------------------------


def test_the_limits_can_be_set(tmp_path: Path) -> None:
    limits = {
        "REALMS__RECORDER_MONITOR__IDLE_SECONDS": "10",
        "REALMS__RECORDER_MONITOR__ABSOLUTE_SECONDS": "15",
    }
    with a_house(tmp_path / "data", **limits) as house:
        house.add_account("ada")
        client, token = house.client(), new_token(house)
        house.clock.advance(9)
        assert ask(client, token).status_code == 200
        house.clock.advance(6)
        assert ask(client, token).status_code == 401
