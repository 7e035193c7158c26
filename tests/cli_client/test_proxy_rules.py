"""What `safelight proxy` decides, rule by rule, without any socket."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.house import FixedClock

from safelight.cli.browser_app.app_files import AppFiles
from safelight.cli.browser_app.browsers import Browsers
from safelight.cli.browser_app.origins import SENT_BACK, SENT_ON, read_origin
from safelight.cli.browser_app.rules import Rules, read_rule
from safelight.cli.forwarding.asked import Asked, plain_path, read_asked
from safelight.cli.forwarding.gate import CREDENTIALS, HOP_BY_HOP
from safelight.cli.forwarding.leaks import secrets_of, watched
from safelight.cli.forwarding.problems import problem
from safelight.client.errors import NotLetIn, SecretInAnswer
from safelight.client.grant import Grant, HeldCookie
from safelight.errors import (
    ConfigurationError,
    Forbidden,
    MalformedRequest,
    MethodNotAllowed,
    NotFound,
    Throttled,
)
from safelight.secret import Secret

# --- rules ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "method", "path", "is_allowed"),
    [
        ("/v1/photos", "GET", "/v1/photos", True),
        ("/v1/photos", "HEAD", "/v1/photos", True),
        ("/v1/photos", "POST", "/v1/photos", False),
        ("/v1/photos", "GET", "/v1/photos/1", False),
        ("/v1/photos*", "GET", "/v1/photos/1/original", True),
        ("/v1/photos*", "GET", "/v1/photosets", True),
        ("/v1/photos/*", "GET", "/v1/photos", False),
        ("/v1/*/original", "GET", "/v1/photos/original", True),
        ("/v1/*/original", "GET", "/v1/photos/1/original", False),
        ("/v1/photos/*/original", "GET", "/v1/photos/1/original", True),
        ("/v1/photos/*/original", "GET", "/v1/photos/1/original/more", False),
        ("/v1/p.otos", "GET", "/v1/photos", False),
        ("POST /v1/photos", "POST", "/v1/photos", True),
        ("POST /v1/photos", "GET", "/v1/photos", False),
        ("get,delete /v1/photos/*", "DELETE", "/v1/photos/1", True),
        ("get,delete /v1/photos/*", "HEAD", "/v1/photos/1", True),
        ("GET /*", "GET", "/v1/photos\nx", True),
        ("GET /*", "GET", "/", True),
    ],
)
def test_a_rule_allows_what_it_names(rule: str, method: str, path: str, is_allowed: bool) -> None:
    assert (method in Rules([read_rule(rule)]).methods_of(path)) is is_allowed


def test_without_rules_everything_is_read_and_nothing_changed() -> None:
    assert Rules().methods_of("/v1/photos/1") == {"GET", "HEAD"}


def test_rules_add_up() -> None:
    rules = Rules([read_rule("/v1/photos*"), read_rule("POST /v1/photos")])
    assert rules.methods_of("/v1/photos") == {"GET", "HEAD", "POST"}
    rules.require("POST", "/v1/photos")
    with pytest.raises(MethodNotAllowed) as refused:
        rules.require("DELETE", "/v1/photos")
    assert refused.value.allow == ("GET", "HEAD", "POST")
    with pytest.raises(Forbidden, match="--allow"):
        rules.require("GET", "/v1/account")


@pytest.mark.parametrize(
    "path",
    [
        "/login", "/LOGIN", "/studio/login", "/api/v1/login/change", "/sanctum/csrf-cookie",
        "/psapi/v3/mem/authenticate/logout", "/api/auth/token/refresh/", "/v1/sessions/current",
        "/v1/tokens", "/v1/applications/1", "/v1/account/password", "/account/password", "/setup",
    ],
)  # fmt: skip
def test_no_rule_opens_what_signs_in(path: str) -> None:
    rules = Rules([read_rule("GET,POST /*"), read_rule(f"GET,POST {path}")])
    assert rules.methods_of(path) == frozenset()
    with pytest.raises(Forbidden, match="signs in"):
        rules.require("GET", path)


@pytest.mark.parametrize(
    "text",
    [
        "", "v1", "GET", "GET v1", "FETCH /v1", "GET, /v1", "GET /a /b", "/v1/../x", "/v1?a=1",
        "/v1#x", "/v1//x", "/%76", "/a;b", "https://photos.example/v1", "TRACE /", "/a\\b",
    ],
)  # fmt: skip
def test_what_is_no_rule_is_said_so(text: str) -> None:
    with pytest.raises(ConfigurationError, match="--allow"):
        read_rule(text)


# --- origins ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://app.example", "https://app.example"),
        ("https://APP.example/", "https://app.example"),
        ("https://app.example:443", "https://app.example"),
        ("https://app.example:8443", "https://app.example:8443"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("http://app.localhost", "http://app.localhost"),
        ("https://[2001:db8::1]", "https://[2001:db8::1]"),
    ],
)
def test_an_origin_is_taken_as_browsers_write_it(text: str, origin: str) -> None:
    assert read_origin(text) == origin


@pytest.mark.parametrize(
    "text",
    [
        "*", "null", "", "app.example", "https://", "https://*.example", "https://app.example/x",
        "https://app.example?x", "https://app.example#x", "https://me@app.example",
        "http://app.example", "http://127.0.0.1.example", "http://localhost.example",
        "ftp://app.example", "https://app.example:x", "https://app.example:99999",
        "https://bücher.example", "https://a b", "file:///x", "https://app.example\\@evil",
    ],
)  # fmt: skip
def test_what_is_no_exact_origin_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="--allow-origin"):
        read_origin(text)


def test_no_credential_is_among_the_headers_that_pass() -> None:
    secret = CREDENTIALS | {"set-cookie", "origin", "referer", "host"} | HOP_BY_HOP
    assert secret & SENT_ON == frozenset()
    assert (secret | {"location", "refresh", "clear-site-data"}) & SENT_BACK == frozenset()


# --- what is asked ----------------------------------------------------------------------------


@given(st.text(alphabet="/.%25efEF\\;#?ab~é\x00", max_size=12))
def test_a_path_that_passes_is_read_alike_however_often_it_is_decoded(text: str) -> None:
    try:
        path = plain_path(f"/{text}")
    except (MalformedRequest, NotFound):
        return
    assert "%" not in path
    assert "\\" not in path
    assert not {"", ".", ".."} & set(path.split("/")[1:-1])


@pytest.mark.parametrize("target", ["/v1/é", "/v1/photos?a=\x7f", "/v1/photos?a=\x00", "/\t"])
def test_a_path_is_percent_encoded(target: str) -> None:
    with pytest.raises(MalformedRequest, match="percent-encoded"):
        read_asked("GET", target, ())


@pytest.mark.parametrize(
    ("target", "fields", "methods"),
    [
        ("/v1/photos?method=DELETE&x_method=PUT&_methods=PUT", (("Accept", "PUT"),), ("POST",)),
        ("/v1/photos?_method=DELETE", (), ("POST", "DELETE")),
        ("/v1/photos?a=1&_method=put", (), ("POST", "PUT")),
        ("/v1/photos?a=1;_Method=patch", (), ("POST", "PATCH")),
        ("/v1/photos?%5fmethod=%44ELETE", (), ("POST", "DELETE")),
        ("/v1/photos?+.method=DELETE", (), ("POST", "DELETE")),
        ("/v1/photos?[method=DELETE", (), ("POST", "DELETE")),
        ("/v1/photos?_method%00x=DELETE", (), ("POST", "DELETE")),
        ("/v1/photos?_method=GET&_method=DELETE", (), ("POST", "GET", "DELETE")),
        ("/v1/photos?_method", (), ("POST", "")),
        ("/v1/photos", (("X-HTTP-Method-Override", "delete"),), ("POST", "DELETE")),
        ("/v1/photos", (("x-http-method", " PUT "),), ("POST", "PUT")),
        ("/v1/photos", (("X-Method-Override", "PATCH"),), ("POST", "PATCH")),
        ("/v1/photos", (("X_HTTP_Method_Override", "DELETE"),), ("POST", "DELETE")),
    ],
)
def test_a_request_is_every_method_that_it_may_be_taken_for(
    target: str, fields: tuple[tuple[str, str], ...], methods: tuple[str, ...]
) -> None:
    assert read_asked("POST", target, fields).methods == methods


@pytest.mark.parametrize("name", ["Host", "origin", "Content-Length", "Sec-Fetch-Site"])
def test_a_header_that_decides_comes_once(name: str) -> None:
    with pytest.raises(MalformedRequest, match=name.lower()):
        read_asked("GET", "/", [(name, "a"), (name.upper(), "b")])


def test_headers_that_may_come_twice_are_read_as_one() -> None:
    asked = Asked(
        "GET", "/", (("Accept", "a"), ("accept", "b"), ("Cookie", "c=1"), ("cookie", "d"))
    )
    assert asked.header("accept") == "a, b"
    assert asked.header("cookie") == "c=1; d"
    assert asked.header("range") == ""


# --- browsers ---------------------------------------------------------------------------------


def counting() -> Browsers:
    numbers = iter(range(1000))
    return Browsers(timedelta(hours=1), FixedClock(), lambda n: next(numbers).to_bytes(n))


def test_a_code_lets_one_browser_in() -> None:
    browsers = counting()
    code = browsers.code
    token, browser = browsers.let_in(code)
    assert browsers.require([Secret("other"), token]) == browser
    assert browsers.code != code
    with pytest.raises(NotLetIn):
        browsers.let_in(code)
    browsers.forget([token])
    with pytest.raises(NotLetIn):
        browsers.require([token])


@pytest.mark.parametrize(("seconds", "is_in"), [(3599, True), (3600, False), (3601, False)])
def test_a_browser_is_in_for_its_time(seconds: int, is_in: bool) -> None:
    clock = FixedClock()
    browsers = Browsers(timedelta(hours=1), clock, lambda n: b"x" * n)
    token, browser = browsers.let_in(browsers.code)
    clock.advance(seconds)
    if is_in:
        assert browsers.require([token]) == browser
    else:
        with pytest.raises(NotLetIn):
            browsers.require([token])


def test_the_oldest_of_many_browsers_has_to_be_let_in_again() -> None:
    browsers = counting()
    tokens = [browsers.let_in(browsers.code)[0] for _ in range(65)]
    with pytest.raises(NotLetIn):
        browsers.require(tokens[:1])
    for token in tokens[1:]:
        browsers.require([token])


# --- secrets in answers -----------------------------------------------------------------------

SECRET = "abcdefgh/ijklmnopqr"


def test_secrets_are_known_from_the_grant_and_from_what_was_sent() -> None:
    cookie = HeldCookie(
        name="s", value=Secret("a-cookie-of-some-length"), domain="x", path="/", host_only=True,
        secure=True,
    )  # fmt: skip
    grant = Grant(refresh_token=Secret("a-refresh-token-of-some-length"), cookies=(cookie,))
    sent = [
        ("Authorization", f"Bearer {SECRET}"),
        ("Cookie", "JSESSIONID=another-cookie-of-length; short=1"),
        ("X-PS-Api-Key", "an-api-key-of-some-length"),
        ("Accept", "application/something-harmless"),
    ]
    assert secrets_of(grant, sent) == {
        b"abcdefgh/ijklmnopqr", b"abcdefgh%2Fijklmnopqr", b"abcdefgh\\/ijklmnopqr",
        b"JSESSIONID=another-cookie-of-length", b"JSESSIONID%3Danother-cookie-of-length",
        b"another-cookie-of-length", b"a-cookie-of-some-length", b"an-api-key-of-some-length",
        b"a-refresh-token-of-some-length",
    }  # fmt: skip


@given(st.binary(max_size=60), st.lists(st.integers(0, 60), max_size=5), st.integers(0, 60))
def test_a_secret_never_passes_however_it_is_cut(rest: bytes, cuts: list[int], place: int) -> None:
    secret = b"a secret"
    content = rest[:place] + secret + rest[place:]
    pieces = [content[start:end] for start, end in pairwise([0, *sorted(cuts), len(content)])]
    passed = bytearray()

    def pass_all() -> None:
        for piece in watched(pieces, frozenset({secret})):
            passed.extend(piece)

    with pytest.raises(SecretInAnswer):
        pass_all()
    assert content.startswith(passed)
    assert len(passed) <= content.index(secret)


@given(st.lists(st.binary(max_size=20), max_size=6))
def test_what_holds_no_secret_passes_whole(pieces: list[bytes]) -> None:
    secrets = frozenset({b"a secret that nobody would draw"})
    assert b"".join(watched(pieces, secrets)) == b"".join(pieces)
    assert b"".join(watched(pieces, frozenset())) == b"".join(pieces)


# --- an app's files ---------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path: Path) -> AppFiles:
    (tmp_path / "secret.txt").write_text("not the app's")
    app = tmp_path / "app"
    (app / "deep").mkdir(parents=True)
    (app / "index.html").write_text("<title>An app</title>")
    (app / "deep" / "index.html").write_text("<title>Deep</title>")
    (app / "code.mjs").write_text("export {}")
    (app / ".env").write_text("KEY=1")
    (app / "out").symlink_to(tmp_path / "secret.txt")
    return AppFiles(app)


def get(path: str, method: str = "GET", **headers: str) -> Asked:
    return Asked(method, path, tuple(headers.items()))


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/app/", "text/html; charset=utf-8"),
        ("/app/index.html", "text/html; charset=utf-8"),
        ("/app/deep/", "text/html; charset=utf-8"),
        ("/app/code.mjs", "text/javascript; charset=utf-8"),
    ],
)
def test_an_app_s_files_are_served_by_their_kind(files: AppFiles, path: str, kind: str) -> None:
    reply = files.read(get(path), path)
    told = dict(reply.fields)
    assert (reply.status, told["content-type"]) == (200, kind)
    again = files.read(Asked("GET", path, (("If-None-Match", told["etag"]),)), path)
    assert (again.status, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path",
    ["/app/.env", "/app/out", "/app/nothing", "/app/deep", "/app/code.mjs/", "/app/" + "x" * 300],
)
def test_what_is_not_the_app_s_is_not_there(files: AppFiles, path: str) -> None:
    with pytest.raises(NotFound):
        files.read(get(path), path)


def test_an_app_s_files_are_only_read(files: AppFiles) -> None:
    with pytest.raises(MethodNotAllowed):
        files.read(get("/app/", "POST"), "/app/")
    assert files.read(get("/app"), "/app").fields == (("location", "/app/"),)


# --- refusals ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("pause", "told"), [(0.4, "1"), (2.4, "3"), (3.0, "3"), (900.0, "900")])
def test_nobody_is_told_to_come_back_too_early(pause: float, told: str) -> None:
    fields = dict(problem(Throttled(timedelta(seconds=pause))).fields)
    assert fields["retry-after"] == told
