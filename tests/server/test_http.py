"""What a request says of itself, byte by byte, and what a reply becomes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.server.requests import a_request

from safelight.errors import ConflictingCredentials, MalformedRequest
from safelight.server.http import (
    Caching,
    Cookie,
    Form,
    Reply,
    json_reply,
    read_cookies,
    read_pairs,
    redirect,
)

# --- cookies ----------------------------------------------------------------------------------


@pytest.mark.parametrize("header", [b"a=1; b=2", b"a=1;b=2", b"a=1 ;\tb=2", b"; a=1;; b=2;"])
def test_pairs_are_split_at_the_semicolon_with_or_without_a_blank(header: bytes) -> None:
    assert read_cookies([header])[0] == {b"a": b"1", b"b": b"2"}


def test_a_value_is_all_that_follows_the_first_equals_sign() -> None:
    assert read_cookies([b'a=1=2==; b="3"; c='])[0] == {b"a": b"1=2==", b"b": b'"3"', b"c": b""}


def test_a_part_without_an_equals_sign_is_no_cookie() -> None:
    assert read_cookies([b"a; b=1"])[0] == {b"b": b"1"}


@pytest.mark.parametrize(
    "blank",
    [
        "\u2000".encode(),
        "\u00a0".encode(),
        b"\xa0",
        "\u3000".encode(),
        "\ufeff".encode(),
        b"\x0b",
        b"\x0c",
        b"\x1c",
        b"\x85",
        b"\x00",
        b"\r",
        b"\n",
    ],
)
def test_no_other_blank_is_trimmed_from_a_name(blank: bytes) -> None:
    """A browser lets such a name pass where it guards `__Host-`; trimmed, it would be ours."""
    request = a_request(headers=[(b"cookie", blank + b"__Host-session=stolen")])
    assert request.cookie("__Host-session") is None
    both = a_request(headers=[(b"cookie", blank + b"session=stolen; session=mine")])
    assert both.cookie("session") == "mine"


def test_a_name_that_occurs_twice_is_refused() -> None:
    request = a_request(headers=[(b"cookie", b"session=1; other=2; session=1")])
    with pytest.raises(ConflictingCredentials, match="session"):
        request.cookie("session")
    assert request.cookie("other") == "2"


def test_a_name_that_occurs_in_two_headers_is_refused() -> None:
    request = a_request(headers=[(b"cookie", b"session=1"), (b"cookie", b"a=1;session=2")])
    with pytest.raises(ConflictingCredentials):
        request.cookie("session")
    assert request.cookie("a") == "1"


def test_the_cookies_of_a_program_we_do_not_know_may_occur_twice() -> None:
    request = a_request(headers=[(b"cookie", b"theirs=1; theirs=2; session=3")])
    assert request.cookie("session") == "3"


def test_a_name_in_another_case_is_another_cookie() -> None:
    assert a_request(headers={"Cookie": "Session=1"}).cookie("session") is None


@given(st.lists(st.binary(max_size=200), max_size=3))
def test_any_bytes_can_be_read_as_cookies(headers: list[bytes]) -> None:
    cookies, repeated = read_cookies(headers)
    assert repeated <= cookies.keys()
    request = a_request(headers=[(b"cookie", header) for header in headers])
    for name in cookies.keys() - repeated:
        if name.isascii():
            assert request.cookie(name.decode()) == cookies[name].decode("latin-1")


# --- headers and parameters -------------------------------------------------------------------


def test_a_credential_header_with_two_values_is_refused() -> None:
    twice = a_request(headers=[(b"x-token", b"1"), (b"x-token", b"2")])
    with pytest.raises(ConflictingCredentials):
        twice.sole_header(b"x-token")


def test_a_credential_header_that_repeats_its_value_is_one() -> None:
    assert a_request(headers=[(b"x", b"1"), (b"x", b"1")]).sole_header(b"x") == "1"
    assert a_request(headers=[(b"x", b"1"), (b"y", b"2"), (b"y", b"3")]).sole_header(b"x") == "1"
    assert a_request().sole_header(b"x") is None


def test_a_credential_parameter_with_two_values_is_refused() -> None:
    with pytest.raises(ConflictingCredentials):
        a_request(query=b"key=1&key=2").sole_parameter("key")
    assert a_request(query=b"key=1&key=1").sole_parameter("key") == "1"
    assert a_request(query=b"other=1").sole_parameter("key") is None


def test_of_other_parameters_the_last_counts() -> None:
    request = a_request(query=b"page=1&page=2&empty=")
    assert request.parameter("page") == "2"
    assert request.parameter("empty") == ""
    assert request.parameter("absent") is None


@pytest.mark.parametrize("query", [b"a=%ff", b"a=\xff", b"%c3=1", b"a=%ed%a0%80"])
def test_parameters_that_are_no_utf8_are_refused(query: bytes) -> None:
    with pytest.raises(MalformedRequest, match="UTF-8"):
        read_pairs(query)


def test_a_thousand_parameters_are_read_and_one_more_is_refused() -> None:
    assert len(read_pairs(b"&".join([b"a=1"] * 1000))) == 1000
    with pytest.raises(MalformedRequest, match="1000"):
        read_pairs(b"&".join([b"a=1"] * 1001))


@given(st.binary(max_size=300))
def test_any_bytes_can_be_read_as_parameters_or_are_refused(query: bytes) -> None:
    try:
        pairs = read_pairs(query)
    except MalformedRequest:
        return
    assert all(isinstance(part, str) for pair in pairs for part in pair)


def test_of_a_forms_fields_the_last_counts() -> None:
    form = Form(fields=(("a", "1"), ("b", "2"), ("a", "3")))
    assert form.get("a") == "3"
    assert form.get("c") is None


def test_a_content_type_is_read_without_its_parameters_and_in_any_case() -> None:
    typed = a_request(headers={"Content-Type": "Application/JSON ; charset=utf-8"})
    assert typed.media_type == "application/json"
    assert a_request().media_type == ""


# --- replies ----------------------------------------------------------------------------------


def test_a_cookie_is_rendered_with_all_that_guards_it() -> None:
    cookie = Cookie(name="session", value="abc", secure=True)
    assert cookie.render() == b"session=abc; Path=/; HttpOnly; Secure; SameSite=Lax"


def test_a_cookie_over_plain_http_is_rendered_without_secure() -> None:
    cookie = Cookie(name="s", value="1", secure=False, http_only=False, same_site=None, max_age=60)
    assert cookie.render() == b"s=1; Path=/; Max-Age=60"


def test_an_expired_cookie_says_so_in_both_ways() -> None:
    rendered = Cookie(name="s", value="", secure=False, max_age=0).render()
    assert b"Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT" in rendered


def test_a_header_that_latin_1_cannot_say_is_not_set() -> None:
    reply = Reply()
    with pytest.raises(UnicodeEncodeError):
        reply.set_header("x-name", "\u2028")
    assert reply.headers == []


def test_json_is_kept_by_nobody_but_its_reader() -> None:
    reply = json_reply({"a": 1}, 201)
    assert (reply.status, reply.body, reply.caching) == (201, b'{"a":1}', Caching.PRIVATE)


def test_a_redirect_is_not_kept() -> None:
    reply = redirect("/login")
    assert (reply.status, reply.headers) == (303, [(b"location", b"/login")])
    assert reply.caching is Caching.SECRET
