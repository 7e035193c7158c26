"""`safelight proxy` against pages, programs and a service that mean harm, over sockets."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.cli_client.hostile_service import LARGE, NAMED, TOKEN, HostileService, hostile
from tests.cli_client.proxied import PAGE, Proxy, proxying

APP = "https://app.example"
FROM_APP = {"Origin": APP, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}
MOST = 4 * 1024 * 1024


class Stage(NamedTuple):
    """A proxy at which everything is allowed, and what a page says whose browser is in."""

    service: HostileService
    elsewhere: HostileService
    proxy: Proxy
    page: dict[str, str]

    def read(self, target: str, **more: str) -> tuple[int, str]:
        """Status, and the problem's code if there is one."""
        answer = self.proxy.ask("GET", target, {**self.page, **more})
        return answer.status, answer.code if answer.status >= 400 else ""


def surroundings(folder: Path, service: HostileService) -> dict[str, str]:
    return {
        "SAFELIGHT_CONFIG_DIR": str(folder),
        "SAFELIGHT_SERVICE": "safelight",
        "SAFELIGHT_URL": service.url,
        "SAFELIGHT_TOKEN": TOKEN,
        "HOME": str(folder),
    }


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("proxy")
    options = ("--allow-origin", APP, "--allow", "GET,POST,PUT,PATCH,DELETE /*")
    limit = ("--max-bytes", str(MOST))
    with (
        hostile() as elsewhere,
        hostile(elsewhere.url) as service,
        proxying(surroundings(folder, service), *options, *limit) as proxy,
    ):
        yield Stage(service, elsewhere, proxy, proxy.let_in())


@pytest.fixture(scope="module")
def writer(running: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A proxy where photos may be read and added, and nothing else."""
    folder = tmp_path_factory.mktemp("writer")
    options = ("--allow-origin", APP, "--allow", "GET,POST /v1/photos*")
    with proxying(surroundings(folder, running.service), *options) as proxy:
        yield Stage(running.service, running.elsewhere, proxy, proxy.let_in())


@pytest.fixture
def stage(running: Stage) -> Stage:
    running.service.came.clear()
    return running


# --- who may ask ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Host": "evil.example"}, "forbidden"),
        ({"Host": "localhost.evil.example:{port}"}, "forbidden"),
        ({"Host": "localhost"}, "forbidden"),
        ({"Host": "localhost:{port}@evil.example"}, "forbidden"),
        ({"Host": "127.1:{port}"}, "forbidden"),
        ({"Host": ""}, "forbidden"),
        ({"Origin": "https://evil.example"}, "foreign_origin"),
        ({"Origin": "null"}, "foreign_origin"),
        ({"Origin": "https://app.example.evil.example"}, "foreign_origin"),
        ({"Origin": "https://app.example:444"}, "foreign_origin"),
        ({"Origin": "http://app.example"}, "foreign_origin"),
        ({"Origin": "https://APP.example"}, "foreign_origin"),
        ({"Sec-Fetch-Site": "cross-site"}, "foreign_origin"),
        ({"Sec-Fetch-Site": "same-site"}, "foreign_origin"),
        ({"Sec-Fetch-Site": "none"}, "foreign_origin"),
        ({"Sec-Fetch-Site": ""}, "foreign_origin"),
        ({**FROM_APP, "Sec-Fetch-Mode": "no-cors"}, "foreign_origin"),
        ({**FROM_APP, "Sec-Fetch-Mode": "navigate"}, "foreign_origin"),
        ({**FROM_APP, "Sec-Fetch-Site": "same-origin"}, "foreign_origin"),
        ({"Sec-Fetch-Dest": "script"}, "forbidden"),
        ({"Sec-Fetch-Dest": "serviceworker"}, "forbidden"),
        ({"Sec-Fetch-Dest": "style"}, "forbidden"),
        ({"Cookie": ""}, "not_let_in"),
        ({"Cookie": "__Host-safelight-{port}=guessed"}, "not_let_in"),
        ({"Cookie": "__Host-safelight-1=guessed; JSESSIONID=x"}, "not_let_in"),
    ],
)
def test_who_may_not_ask_is_told_so_and_the_service_is_not_asked(
    stage: Stage, headers: dict[str, str], code: str
) -> None:
    told = {name: value.replace("{port}", str(stage.proxy.port)) for name, value in headers.items()}
    answer = stage.proxy.ask("GET", "/v1/photos", {**stage.page, **told})
    assert (answer.status, answer.code) == (401 if code == "not_let_in" else 403, code)
    assert stage.service.asked == []
    allowed = told.get("Origin") == APP
    assert ("access-control-allow-origin" in answer.headers) is allowed


def test_an_allowed_page_asks_and_reads_also_what_is_refused(stage: Stage) -> None:
    answer = stage.proxy.ask("GET", "/v1/photos", {**stage.page, **FROM_APP})
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == APP
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert "Origin" in answer.headers["vary"]
    refused = stage.proxy.ask("GET", "/v1/tokens", {**stage.page, **FROM_APP})
    assert (refused.status, refused.headers["access-control-allow-origin"]) == (403, APP)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("token", ["", "guessed", "ünknown"])
def test_no_change_goes_on_without_the_token(stage: Stage, method: str, token: str) -> None:
    headers = {**stage.page, "X-Safelight-CSRF": token}
    answer = stage.proxy.ask(method, "/v1/photos", headers, b"{}")
    assert (answer.status, answer.code) == (403, "csrf_mismatch")
    assert stage.service.asked == []


def test_a_token_of_one_browser_is_none_of_another_s(stage: Stage) -> None:
    other = stage.proxy.let_in()
    mixed = {**stage.page, "X-Safelight-CSRF": other["X-Safelight-CSRF"]}
    assert stage.proxy.ask("POST", "/v1/photos", mixed, b"{}").code == "csrf_mismatch"
    assert stage.proxy.ask("POST", "/v1/photos", other, b"{}").status == 200


def test_a_link_is_good_once(stage: Stage) -> None:
    used = stage.proxy.code
    stage.proxy.let_in()
    kind = {**PAGE, "Content-Type": "application/json"}
    for code in (used, "", "guessed"):
        body = b'{"code": "%b"}' % code.encode()
        answer = stage.proxy.ask("POST", "/.safelight/session", kind, body)
        assert (answer.status, answer.code) == (401, "not_let_in")
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Content-Type": "text/plain"}, b'{"code": "x"}', 403),
        ({"Content-Type": ""}, b'{"code": "x"}', 403),
        ({}, b"{", 400),
        ({}, b'{"code": 7}', 400),
        ({}, b'{"code": "\xff"}', 400),
        ({}, b"[" * 4000, 400),
        ({}, b'{"code": "x", "more": 1}', 400),
        ({}, b'{"code": "' + b"x" * 5000 + b'"}', 413),
        ({"Sec-Fetch-Site": "none"}, b'{"code": "x"}', 403),
    ],
)
def test_what_is_no_code_lets_nobody_in(
    stage: Stage, headers: dict[str, str], body: bytes, status: int
) -> None:
    kind = {**PAGE, "Content-Type": "application/json", **headers}
    assert stage.proxy.ask("POST", "/.safelight/session", kind, body).status == status


def test_a_browser_can_leave(stage: Stage) -> None:
    page = stage.proxy.let_in()
    told = stage.proxy.ask("GET", "/.safelight/session", page)
    assert (told.status, told.json["csrf_token"]) == (200, page["X-Safelight-CSRF"])
    kept = {**page, "X-Safelight-CSRF": ""}
    assert stage.proxy.ask("DELETE", "/.safelight/session", kept).code == "csrf_mismatch"
    left = stage.proxy.ask("DELETE", "/.safelight/session", page)
    assert (left.status, "Max-Age=0" in left.headers["set-cookie"]) == (204, True)
    assert stage.proxy.ask("GET", "/v1/photos", page).code == "not_let_in"


# --- preflights -------------------------------------------------------------------------------


def preflight(stage: Stage, target: str, origin: str = APP) -> tuple[int, dict[str, str]]:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type, cookie, range, x-safelight-csrf, x-evil",
        "Access-Control-Request-Private-Network": "true",
    }
    answer = stage.proxy.ask("OPTIONS", target, headers)
    assert stage.service.asked == []
    return answer.status, answer.headers


def test_a_preflight_names_what_may_be_done(stage: Stage) -> None:
    status, headers = preflight(stage, "/v1/photos")
    assert status == 204
    assert headers["access-control-allow-origin"] == APP
    assert headers["access-control-allow-credentials"] == "true"
    assert headers["access-control-allow-methods"] == "DELETE, GET, HEAD, PATCH, POST, PUT"
    assert headers["access-control-allow-headers"] == "content-type, range, x-safelight-csrf"
    assert headers["access-control-allow-private-network"] == "true"
    assert headers["access-control-max-age"] == "600"


def test_a_preflight_of_a_closed_path_allows_no_method(stage: Stage) -> None:
    assert preflight(stage, "/v1/sessions")[1]["access-control-allow-methods"] == ""


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "", "*"])
def test_a_preflight_of_another_origin_is_refused(stage: Stage, origin: str) -> None:
    status, headers = preflight(stage, "/v1/photos", origin)
    assert status == 403
    assert [name for name in headers if name.startswith("access-control-")] == []


# --- what is asked for ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("http://evil.example/v1/photos", 400),
        ("evil.example", 400),
        ("*", 400),
        ("/v1/../v1/tokens", 400),
        ("/v1/%2e%2e/tokens", 400),
        ("/v1/.%2E/tokens", 400),
        ("/v1/..%2ftokens", 400),
        ("/v1/..%5Ctokens", 400),
        ("/v1\\tokens", 400),
        ("/v1//tokens", 400),
        ("/v1/%252e%252e/tokens", 400),
        ("/v1/photos;/tokens", 400),
        ("/v1/tokens;x=1", 400),
        ("/v1/photos#/../tokens", 400),
        ("/v1/photos#tokens", 400),
        ("/http://evil.example/", 400),
        ("/@evil.example//", 400),
        ("/v1/%ff", 400),
        ("/v1/photos%00", 404),
        ("/v1/photos%0d%0aHost:%20evil", 404),
        ("/v1/sessions", 403),
        ("/v1/Tokens/", 403),
        ("/v1/%74okens", 403),
        ("/api/login", 403),
        ("/api/auth/token/obtain/", 403),
        ("/psapi/v3/mem/authenticate", 403),
        ("/psapi/v3/mem/organization/1/authenticate", 403),
        ("/v1/account/password", 403),
    ],
)
def test_paths_that_two_readers_may_read_in_two_ways_or_that_sign_in_are_not_sent_on(
    stage: Stage, target: str, status: int
) -> None:
    assert stage.read(target)[0] == status
    assert stage.service.asked == []
    assert stage.elsewhere.came == []


@pytest.mark.parametrize("target", ["//evil.example/v1/photos", "///evil.example/v1/photos"])
def test_an_address_without_a_scheme_is_a_path_of_the_service(stage: Stage, target: str) -> None:
    assert stage.read(target)[0] == 200
    assert stage.service.asked == ["GET /evil.example/v1/photos"]


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "get"])
def test_other_methods_are_refused(stage: Stage, method: str) -> None:
    assert stage.proxy.ask(method, "/v1/photos", stage.page).status == 501
    assert stage.service.asked == []


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        ("/v1/photos/1?_method=DELETE", {}),
        ("/v1/photos/1?a=1&%5FMethod=put", {}),
        ("/v1/photos/1?_method=POST&_method=PATCH", {}),
        ("/v1/photos/1", {"X-HTTP-Method-Override": "DELETE"}),
        ("/v1/photos/1", {"X-HTTP-Method": "put"}),
        ("/v1/photos/1", {"X-Method-Override": "PATCH"}),
    ],
)
def test_a_rule_for_one_method_opens_none_in_its_guise(
    stage: Stage, writer: Stage, target: str, headers: dict[str, str]
) -> None:
    answer = writer.proxy.ask("POST", target, {**writer.page, **headers}, b"{}")
    assert (answer.status, answer.code) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, HEAD, POST"
    assert stage.service.asked == []


def test_a_guise_that_is_allowed_goes_on_as_a_change_does(stage: Stage, writer: Stage) -> None:
    target = "/v1/photos?_method=POST"
    assert writer.proxy.ask("GET", target, writer.page).status == 200
    assert stage.service.asked == [f"GET {target}"]
    without = {**writer.page, "X-Safelight-CSRF": ""}
    assert writer.proxy.ask("GET", target, without).code == "csrf_mismatch"
    assert writer.proxy.ask("GET", "/v1/photos", without).status == 200


def test_a_redirect_within_is_followed_and_one_to_elsewhere_is_not(stage: Stage) -> None:
    assert stage.read("/v1/within") == (200, "")
    assert stage.read("/v1/away") == (502, "unsafe_redirect")
    assert stage.service.asked == ["GET /v1/within", "GET /v1/photos", "GET /v1/away"]
    assert stage.elsewhere.came == []


# --- what goes on and what comes back ---------------------------------------------------------


def test_nothing_of_the_browser_s_goes_on_but_what_it_asks(stage: Stage) -> None:
    own = {
        "Authorization": "Basic YTpi",
        "JSESSION": "x",
        "Referer": "https://app.example/private",
        "User-Agent": "A browser",
        "X-Forwarded-For": "192.0.2.1",
        "X-HTTP-Method-Override": "DELETE",
        "X-PS-Auth-Token": "x",
        "Range": "bytes=0-1",
        "If-None-Match": '"1"',
    }
    assert stage.read("/v1/photos?limit=1", **own)[0] == 200
    (came,) = [each for each in stage.service.came if each.target == "/v1/photos?limit=1"]
    assert came.headers == {
        "host": stage.service.url.removeprefix("http://"),
        "authorization": f"Bearer {TOKEN}",
        "accept": "application/json, */*;q=0.5",
        "accept-encoding": "identity",
        "connection": "keep-alive",
        "if-none-match": '"1"',
        "range": "bytes=0-1",
        "user-agent": came.headers["user-agent"],
    }
    assert came.headers["user-agent"].startswith("safelight/")


def test_a_header_that_has_no_one_meaning_is_refused(stage: Stage) -> None:
    assert stage.read("/v1/photos", Prefer="caf\xe9") == (400, "malformed_request")
    assert stage.service.asked == []


def test_a_file_s_name_passes_in_any_script(stage: Stage) -> None:
    answer = stage.proxy.ask("GET", "/v1/named", stage.page)
    assert answer.headers["content-disposition"].encode("latin-1").decode() == NAMED


def test_no_credential_of_the_service_s_comes_back(stage: Stage) -> None:
    answer = stage.proxy.ask("GET", "/v1/credentials", stage.page)
    assert set(answer.headers) == {
        "content-type",
        "content-length",
        "content-security-policy",
        "cross-origin-resource-policy",
        "date",
        "etag",
        "referrer-policy",
        "vary",
        "x-content-type-options",
    }
    locked = "sandbox; default-src 'none'; frame-ancestors 'none'"
    assert answer.headers["content-security-policy"] == locked


@pytest.mark.parametrize("target", ["/v1/leak", "/v1/packed-leak", "/v1/told-leak"])
def test_an_answer_that_holds_the_token_is_not_passed_on(stage: Stage, target: str) -> None:
    answer = stage.proxy.ask("GET", target, stage.page)
    assert (answer.status, answer.code) == (502, "secret_in_answer")
    assert TOKEN not in f"{answer.headers}{answer.body!r}"


@pytest.mark.parametrize("target", ["/v1/late-leak", "/v1/broken", "/v1/endless"])
def test_an_answer_that_breaks_off_does_not_look_whole(stage: Stage, target: str) -> None:
    with pytest.raises((http.client.IncompleteRead, ConnectionError)) as broken:
        stage.proxy.ask("GET", target, stage.page)
    assert TOKEN.encode() not in getattr(broken.value, "partial", b"")


def test_an_answer_that_is_packed_against_our_word_is_unpacked(stage: Stage) -> None:
    answer = stage.proxy.ask("GET", "/v1/packed", stage.page)
    assert (answer.status, answer.body) == (200, b"a photo")
    assert "content-encoding" not in answer.headers


def test_an_older_program_reads_an_answer_to_its_end(stage: Stage) -> None:
    head, _, body = raw(stage, "GET /v1/packed HTTP/1.0").partition(b"\r\n\r\n")
    assert body == b"a photo"
    assert b"connection: close" in head
    assert b"chunked" not in head


def test_a_large_answer_passes_in_pieces(stage: Stage) -> None:
    answer = stage.proxy.ask("GET", "/v1/large", stage.page)
    assert (answer.headers["content-length"], len(answer.body)) == (str(LARGE), LARGE)


# --- bodies -----------------------------------------------------------------------------------


def raw(stage: Stage, head: str, body: bytes = b"") -> bytes:
    """All that comes for these bytes, until the connection is closed."""
    page = "".join(f"{name}: {value}\r\n" for name, value in stage.page.items())
    host = f"Host: localhost:{stage.proxy.port}\r\n"
    with socket.create_connection(("127.0.0.1", stage.proxy.port), timeout=20) as connection:
        connection.sendall(f"{head}\r\n{host}{page}\r\n".encode() + body)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("POST /v1/photos HTTP/1.1\r\nTransfer-Encoding: chunked", 400),
        ("POST /v1/photos HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5", 400),
        ("POST /v1/photos HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6", 400),
        ("POST /v1/photos HTTP/1.1\r\nContent-Length: 5, 5", 400),
        ("POST /v1/photos HTTP/1.1\r\nContent-Length: +5", 400),
        ("POST /v1/photos HTTP/1.1\r\nContent-Length : 5", 400),
        ("GET /v1/photos HTTP/1.1\r\nnothing\r\nOrigin: http://evil.example", 400),
        ("POST /v1/photos HTTP/1.1\r\nContent-Length: 0x5", 400),
        (f"POST /v1/photos HTTP/1.1\r\nContent-Length: {MOST + 1}", 413),
        (f"POST /v1/photos HTTP/1.1\r\nContent-Length: {'9' * 5000}", 413),
        ("GET /v1/photos HTTP/1.1\r\nHost: localhost", 400),
        ("GET /v1/photos HTTP/1.1\r\nSec-Fetch-Site: cross-site", 400),
        ("GET /v1/photos HTTP/9.9", 505),
        ("GET /v1/photos nonsense", 400),
        ("GET /v1/photos HTTP/1.1\r\nX: " + "x" * 70_000, 431),
        ("GET /" + "x" * 70_000 + " HTTP/1.1", 414),
    ],
)
def test_a_request_whose_end_is_in_doubt_is_answered_once_and_not_sent_on(
    stage: Stage, head: str, status: int
) -> None:
    smuggled = b"0\r\n\r\nGET /v1/smuggled HTTP/1.1\r\n\r\n"
    answer = raw(stage, head, smuggled)
    assert answer.split(b" ")[1] == str(status).encode()
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"connection: close\r\n" in answer
    assert stage.service.asked == []


def test_an_upload_that_breaks_off_is_not_sent_on(stage: Stage) -> None:
    answer = raw(stage, "POST /v1/photos HTTP/1.1\r\nContent-Length: 500", b"half")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"The body broke off." in answer
    assert stage.service.asked == []


def test_an_upload_is_streamed_and_one_that_is_refused_is_not_asked_for(stage: Stage) -> None:
    large = b"p" * (MOST - 1)
    assert stage.proxy.ask("PUT", "/v1/photos", stage.page, large).status == 200
    (came,) = [each for each in stage.service.came if each.method == "PUT"]
    assert (came.body, came.headers["content-length"]) == (large, str(len(large)))
    head = f"PUT /v1/sessions HTTP/1.1\r\nContent-Length: {MOST}\r\nExpect: 100-continue"
    answer = raw(stage, head)
    assert answer.startswith(b"HTTP/1.1 403 ")
    head = "PUT /v1/photos HTTP/1.1\r\nContent-Length: 5\r\nExpect: 100-continue"
    assert raw(stage, head, b"photo").startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")


def test_a_refused_upload_is_told_before_the_connection_ends(stage: Stage) -> None:
    page = {**stage.page, "X-Safelight-CSRF": ""}
    answer = stage.proxy.ask("POST", "/v1/photos", page, b"p" * (MOST - 1))
    assert answer.code == "csrf_mismatch"


def test_one_connection_serves_after_a_refusal(stage: Stage) -> None:
    connecting = http.client.HTTPConnection("127.0.0.1", stage.proxy.port, timeout=20)
    host = {"Host": f"localhost:{stage.proxy.port}"}
    with closing(connecting) as connection:
        for headers, status in ((PAGE, 401), (stage.page, 200)):
            connection.request("POST", "/v1/photos", b"p" * 1000, {**host, **headers})
            answer = connection.getresponse()
            assert (answer.status, answer.will_close) == (status, False)
            answer.read()
