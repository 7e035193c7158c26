"""Which credentials the native API reads, byte by byte, and how it refuses."""

from __future__ import annotations

import base64
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.house import PASSWORD, House
from tests.protocols.native import WIRE, Visitor, faults, problem
from tests.server.requests import a_request

from safelight.errors import ConflictingCredentials, MalformedCredential, SafelightError
from safelight.exchange import AccessToken, Password, PersonalToken, SessionToken
from safelight.identity.realm import Carrier
from safelight.secret import Secret

TOKEN = "t" * 43


def basic(text: str | bytes) -> str:
    raw = text.encode() if isinstance(text, str) else text
    return "Basic " + base64.b64encode(raw).decode()


# --- reading ----------------------------------------------------------------------------------


SESSION = SessionToken(realm="native", carrier=Carrier.BEARER, secret=Secret(TOKEN))


@pytest.mark.parametrize(
    ("header", "credential"),
    [
        (f"Bearer {TOKEN}", SESSION),
        (f"bearer {TOKEN}", SESSION),
        (f"BEARER  {TOKEN}", SESSION),
        ("Bearer sl_pat_abc", PersonalToken(carrier=Carrier.BEARER, secret=Secret("sl_pat_abc"))),
        ("Bearer a.b.c", AccessToken(carrier=Carrier.BEARER, secret=Secret("a.b.c"))),
        (basic("ada:secret"), Password(identifier="ada", secret=Secret("secret"))),
        (basic("ada:se:cret"), Password(identifier="ada", secret=Secret("se:cret"))),
        (basic("ada:"), Password(identifier="ada", secret=Secret(""))),
        (basic(":secret"), Password(identifier="", secret=Secret("secret"))),
        (basic("a@b.c:pässwörd"), Password(identifier="a@b.c", secret=Secret("pässwörd"))),
    ],
)
def test_an_authorization_header_holds_one_credential(header: str, credential: object) -> None:
    presented = WIRE.read_credentials(a_request(headers={"Authorization": header}))
    assert presented.credentials == (credential,)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer a b",
        "Bearer " + "a" * 8193,
        "Basic",
        "Basic ???",
        "Basic " + base64.b64encode(b"no colon").decode(),
        basic(b"ada:\xff"),
        basic("ada:secret") + "=",
        basic("ada:secret").replace("Basic ", "Basic x "),
        "Digest username=ada",
        "Negotiate abc",
        TOKEN,
    ],
)
def test_an_authorization_header_that_breaks_its_grammar_is_refused(header: str) -> None:
    with pytest.raises(MalformedCredential):
        WIRE.read_credentials(a_request(headers={"Authorization": header}))


def test_two_different_authorization_headers_contradict_each_other() -> None:
    twice = [(b"authorization", b"Bearer a"), (b"authorization", b"Bearer b")]
    with pytest.raises(ConflictingCredentials):
        WIRE.read_credentials(a_request(headers=twice))


def test_without_a_carrier_nothing_is_presented() -> None:
    assert WIRE.read_credentials(a_request()).credentials == ()


def test_the_authorization_header_comes_before_every_other_carrier() -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "JSESSION": "A" * 32, "X-PS-Auth-Token": "b"}
    credentials = WIRE.read_credentials(a_request(headers=headers)).credentials
    realms = [each.realm for each in credentials if isinstance(each, SessionToken)]
    assert realms == ["native", "photoshelter", "recorder_monitor"]


@pytest.mark.covers("LP-5")
def test_librephotos_cookie_for_pictures_is_no_credential_here() -> None:
    request = a_request(headers={"Cookie": "jwt=a.b.c"})
    assert WIRE.read_credentials(request).credentials == ()


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        ({"X-CSRF-Token": "abc="}, "abc="),
        ({"X-XSRF-TOKEN": "abc="}, "abc="),
        ({"X-XSRF-TOKEN": "abc%3D"}, "abc="),
        ({"X-CSRF-Token": "abc=", "X-XSRF-TOKEN": "abc%3D"}, "abc="),
        ({}, None),
    ],
)
def test_the_csrf_token_comes_in_either_header(headers: dict[str, str], token: str | None) -> None:
    request = a_request("POST", headers={"Cookie": "a=1", **headers})
    expected = None if token is None else Secret(token)
    assert WIRE.read_credentials(request).csrf_token == expected


def test_two_csrf_tokens_contradict_each_other() -> None:
    headers = {"Cookie": "a=1", "X-CSRF-Token": "abc", "X-XSRF-TOKEN": "abd"}
    with pytest.raises(ConflictingCredentials):
        WIRE.read_credentials(a_request("POST", headers=headers))


carriers = st.sampled_from([b"authorization", b"cookie", b"x-ps-auth-token", b"jsession"])
schemes = st.sampled_from([b"", b"Bearer ", b"Basic ", b"JSESSIONID=", b"studio_session="])
values = st.builds(lambda scheme, rest: scheme + rest, schemes, st.binary(max_size=60))


@given(st.lists(st.tuples(carriers, values), max_size=4), st.binary(max_size=40))
def test_any_headers_can_be_read_or_are_refused(
    headers: list[tuple[bytes, bytes]], query: bytes
) -> None:
    try:
        WIRE.read_credentials(a_request("POST", headers=headers, query=query))
    except SafelightError:
        return


# --- refusing ---------------------------------------------------------------------------------

BEARER = 'Bearer realm="safelight"'
INVALID = 'Bearer realm="safelight", error="invalid_token"'
BASIC = 'Basic realm="safelight", charset="UTF-8"'


@pytest.mark.parametrize(
    ("headers", "challenges"),
    [
        ({}, [BEARER, BASIC]),
        ({"Authorization": "Bearer wrong"}, [INVALID, BASIC]),
        ({"Authorization": "bearer "}, [INVALID, BASIC]),
        ({"Authorization": basic("ada:wrong")}, [BEARER, BASIC]),
        ({"JSESSION": "wrong"}, [BEARER, BASIC]),
        ({"Sec-Fetch-Mode": "cors"}, [BEARER]),
        ({"Accept": "text/html,*/*"}, [BEARER]),
        ({"Origin": "http://localhost"}, [BEARER]),
        ({"user-agent": "Mozilla/5.0 (X11)"}, [BEARER]),
    ],
)
def test_a_401_says_what_would_be_taken_and_opens_no_browsers_dialog(
    house: House, headers: Mapping[str, str], challenges: list[str]
) -> None:
    answer = house.client().get("/v1/account", headers=headers)
    assert problem(answer)[0] == 401
    assert answer.headers.get_list("www-authenticate") == challenges


def test_credentials_of_two_accounts_contradict_each_other(house: House) -> None:
    ada, grace = Visitor(house), Visitor(house)
    headers = {"Authorization": basic(f"{grace.account.username}:{PASSWORD}")}
    assert house.client().get("/v1/account", headers=headers).status_code == 200
    login = house.client()
    login.post("/api/login", data={"email": ada.account.email, "password": encoded(PASSWORD)})
    answer = login.get("/v1/account", headers=headers)
    assert problem(answer)[:2] == (400, "conflicting_credentials")


def test_two_credentials_of_one_account_agree(house: House) -> None:
    visitor = Visitor(house)
    visitor.client.post(
        "/api/login", data={"email": visitor.account.email, "password": encoded(PASSWORD)}
    )
    assert visitor.client.get("/v1/account").status_code == 200


def test_a_bad_first_credential_is_not_rescued_by_a_good_second(house: House) -> None:
    visitor = Visitor(house)
    visitor.client.post(
        "/api/login", data={"email": visitor.account.email, "password": encoded(PASSWORD)}
    )
    answer = visitor.client.get("/v1/account", headers={"Authorization": "Bearer wrong"})
    assert problem(answer)[:2] == (401, "invalid_credential")


@pytest.mark.parametrize("media_type", ["text/plain", "multipart/form-data", "", "text/json"])
def test_a_body_must_say_that_it_is_json(house: House, media_type: str) -> None:
    visitor = Visitor(house)
    headers = {"Content-Type": media_type}
    answer = visitor.client.post("/v1/galleries", content=b'{"name":"x"}', headers=headers)
    assert problem(answer)[:2] == (415, "unsupported_media_type")
    assert visitor.get("/v1/galleries")["items"] == []


def test_a_body_may_name_its_charset(house: House) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    answer = Visitor(house).client.post("/v1/galleries", content=b'{"name":"x"}', headers=headers)
    assert answer.status_code == 201


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b'{"name":"\xff"}', b'{"name":"\\ud800"}', b"[" * 100_000, b"NaN"]
)
def test_a_body_that_is_no_json_is_refused(house: House, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = Visitor(house).client.post("/v1/galleries", content=body, headers=headers)
    assert problem(answer)[0] == 400


@pytest.mark.parametrize("body", [b"[]", b"null", b'"name"', b"1"])
def test_a_body_of_another_kind_names_the_body(house: House, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = Visitor(house).client.post("/v1/galleries", content=body, headers=headers)
    assert list(faults(answer)) == ["body"]


def test_a_body_past_the_limit_is_refused(house: House) -> None:
    body = {"name": "a" * (1024 * 1024)}
    answer = Visitor(house).client.post("/v1/galleries", json=body)
    assert problem(answer)[:2] == (413, "too_large")


def test_what_a_refusal_repeats_of_a_body_is_cut_short(house: House) -> None:
    body = {"name": "x", "visibility": "v" * 100_000, "u" * 100_000: 1}
    answer = Visitor(house).client.post("/v1/galleries", json=body)
    assert problem(answer)[0] == 400
    assert len(answer.content) < 2000


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "BREW"])
def test_another_method_is_refused_with_those_that_there_are(house: House, method: str) -> None:
    answer = house.client().request(method, "/v1/photos")
    assert problem(answer)[:2] == (405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, HEAD, POST, OPTIONS"


def test_options_says_which_methods_there_are_and_lets_no_foreign_origin_in(
    house: House,
) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "DELETE"}
    answer = house.client().options("/v1/photos", headers=headers)
    assert answer.headers["allow"] == "GET, HEAD, POST, OPTIONS"
    assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/nothing", "/v1/photos/a/b/c", "/v1/a%00b"])
def test_a_path_that_leads_nowhere_is_refused_in_the_same_form(house: House, path: str) -> None:
    answer = house.client().get(path)
    assert problem(answer)[:2] == (404, "not_found")


def test_a_refusal_names_the_request_as_the_log_does(house: House) -> None:
    answer = house.client().get("/v1/photos/é")
    path, _, request_id = answer.json()["instance"].partition("#")
    assert path == "/v1/photos/%C3%A9"
    assert request_id


def encoded(password: str) -> str:
    return base64.b64encode(password.encode()).decode()


def test_a_name_and_password_proved_anew_are_written_down_and_tell_of_a_new_device(
    house: House,
) -> None:
    account = house.add_account("ada")
    header = {"Authorization": basic(f"ada:{PASSWORD}")}
    known, unknown = house.client(headers=header), house.client(headers=header)
    unknown.headers["user-agent"] = "unheard-of"
    house.clock.advance(1)
    for _ in range(3):
        assert known.get("/v1/account").status_code == 200
    rows = house.stores.database.raw.execute(
        "SELECT event, account_id, realm, address, detail FROM audit ORDER BY id"
    ).fetchall()
    assert rows[1:] == [("signed_in", account.id, "basic", "127.0.0.1", '{"carrier":"basic"}')]
    assert unknown.get("/v1/account").status_code == 200
    assert house.audited()[1:] == ["signed_in", "signed_in"]
    notices = house.stores.database.raw.execute("SELECT kind, text FROM notification").fetchall()
    text = "Signed in from a new device: unheard-of, address 127.0.0.1."
    assert notices == [("new_device", text)]
