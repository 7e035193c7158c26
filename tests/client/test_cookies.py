"""The cookie jar against cases in the manner of the http-state suite (RFC 6265).

Each case is what answers set, where they came from, and what a request then gets.
"""

from datetime import UTC, datetime

import httpx2
import pytest
from tests.client.flows import answer

from safelight.client import cookies
from safelight.client.grant import Grant, HeldCookie
from safelight.client.keeping import Kept
from safelight.client.keeping.records import read_kept, write_kept
from safelight.secret import Secret

HOME = "https://home.example.org/cookie-parser?0001"


def kept(*lines: str, at: str = HOME) -> tuple[HeldCookie, ...]:
    """What is held after one answer with these `Set-Cookie` lines."""
    return cookies.absorb((), answer(headers=[("set-cookie", line) for line in lines], url=at))


def sent(held: tuple[HeldCookie, ...], to: str = HOME) -> str:
    pairs = cookies.select(held, httpx2.URL(to))
    return "; ".join(f"{name}={value}" for name, value in pairs)


PARSER = [
    (["foo=bar"], "foo=bar"),
    (["foo=bar; Expires=Fri, 07 Aug 2099 08:04:19 GMT"], "foo=bar"),
    (["foo=bar; Expires=Fri, 07 Aug 2007 08:04:19 GMT", "foo2=bar2"], "foo2=bar2"),
    (["foo"], ""),
    (["foo=bar; max-age=10000000;"], "foo=bar"),
    (["foo=bar; max-age=0;"], ""),
    (["foo=bar; max-age=-1;"], ""),
    (["foo=bar; max-age=1000; expires=Fri, 07 Aug 2007 08:04:19 GMT"], "foo=bar"),
    (["foo=bar", "foo=baz"], "foo=baz"),
    (["foo=bar", "foo=; max-age=0"], ""),
    (["foo=; max-age=0", "foo=bar"], "foo=bar"),
    (["foo=deleted; expires=Thu, 01-Jan-1970 00:00:01 GMT", "foo=bar"], "foo=bar"),
    (["foo=bar", "foo=deleted; expires=Thu, 01-Jan-1970 00:00:01 GMT"], ""),
    (["foo=bar", "Foo=baz"], "foo=bar; Foo=baz"),
    (["foo=bar=baz"], "foo=bar=baz"),
    (["foo=bar%20baz"], "foo=bar%20baz"),
    (['foo="bar"'], 'foo="bar"'),
    (["foo=bar;httponly", "foo2=bar2 ; HttpOnly"], "foo=bar; foo2=bar2"),
    (["foo=bar; SameSite=Lax; Priority=High"], "foo=bar"),
    (["   foo   =   bar   "], "foo=bar"),
    (["foo=  "], "foo="),
    (["foo=bar; secure"], "foo=bar"),
    (["=bar"], ""),
]


@pytest.mark.parametrize(("lines", "line"), PARSER)
def test_set_cookie_is_read_as_browsers_do(lines: list[str], line: str) -> None:
    assert sent(kept(*lines)) == line


DOMAINS = [
    ("foo=bar", "https://home.example.org/", True),
    ("foo=bar", "https://sibling.example.org/", False),
    ("foo=bar", "https://sub.home.example.org/", False),
    ("foo=bar; domain=home.example.org", "https://home.example.org/", True),
    ("foo=bar; domain=home.example.org", "https://sub.home.example.org/", True),
    ("foo=bar; domain=.home.example.org", "https://home.example.org/", True),
    ("foo=bar; domain=example.org", "https://sibling.example.org/", True),
    ("foo=bar; domain=.example.org", "https://example.org/", True),
    ("foo=bar; domain=EXAMPLE.org", "https://home.example.org/", True),
    ("foo=bar; domain=.example.org", "https://notexample.org/", False),
    ("foo=bar; domain=sibling.example.org", "https://sibling.example.org/", False),
    ("foo=bar; domain=sub.home.example.org", "https://sub.home.example.org/", False),
    ("foo=bar; domain=co.uk", "https://home.example.org/", False),
    ("foo=bar; domain=org", "https://home.example.org/", False),
    ("foo=bar; domain=.org", "https://home.example.org/", False),
    ("foo=bar; domain=example.com", "https://example.com/", False),
    ("foo=bar; domain=xample.org", "https://xample.org/", False),
]


@pytest.mark.parametrize(("line", "to", "goes"), DOMAINS)
def test_a_cookie_goes_to_its_domain_alone(line: str, to: str, goes: bool) -> None:
    assert sent(kept(line), to) == ("foo=bar" if goes else "")


PATHS = [
    ("foo=bar; path=/", "/anything", True),
    ("foo=bar; path=/cookie", "/cookie", True),
    ("foo=bar; path=/cookie", "/cookie/below", True),
    ("foo=bar; path=/cookie", "/cookies", False),
    ("foo=bar; path=/cookie/", "/cookie", False),
    ("foo=bar; path=/cookie", "/", False),
    ("foo=bar", "/anything", True),
]


@pytest.mark.parametrize(("line", "path", "goes"), PATHS)
def test_a_cookie_goes_to_its_path_alone(line: str, path: str, goes: bool) -> None:
    at = "https://home.example.org/cookie/set"
    if "path" not in line:
        at = "https://home.example.org/set"
    assert sent(kept(line, at=at), f"https://home.example.org{path}") == ("foo=bar" if goes else "")


def test_a_country_s_second_level_is_nobody_s_domain() -> None:
    held = kept("foo=bar; domain=co.uk", at="https://home.co.uk/")
    assert sent(held, "https://other.co.uk/") == ""


def test_longer_paths_come_first() -> None:
    held = kept("a=1; path=/", "b=2; path=/x/y", "c=3; path=/x", at="https://h.example.org/x/y/z")
    assert sent(held, "https://h.example.org/x/y/z") == "b=2; c=3; a=1"


@pytest.mark.parametrize("line", ["foo=bar", "foo=bar; Secure"])
def test_what_came_over_https_never_goes_over_http(line: str) -> None:
    held = kept(line)
    assert sent(held, "https://home.example.org/") == "foo=bar"
    assert sent(held, "http://home.example.org/") == ""


@pytest.mark.parametrize(
    "url", ["http://localhost:8000/", "http://127.0.0.1:8000/", "http://studio.localhost:8000/"]
)
def test_a_server_on_this_machine_gets_its_cookies_back(url: str) -> None:
    assert sent(kept("foo=bar; Path=/; HttpOnly; SameSite=Lax", at=url), url) == "foo=bar"


def test_a_cookie_that_is_over_is_not_sent() -> None:
    held = HeldCookie(
        name="foo",
        value=Secret("bar"),
        domain="home.example.org",
        path="/",
        host_only=True,
        secure=True,
        expires_at=datetime(2020, 1, 1, tzinfo=UTC),
    )
    assert sent((held,)) == ""


def test_the_pairs_of_a_request_give_way_to_those_that_are_held() -> None:
    """Someone's own client may have a jar, with an older cookie of the same name in it."""
    request = httpx2.Request("GET", HOME, headers={"cookie": "foo=old; theirs=1;bare"})
    cookies.write([("foo", "new")], request)
    assert request.headers["cookie"] == "theirs=1; bare=; foo=new"
    assert request.headers.get_list("cookie") == ["theirs=1; bare=; foo=new"]


def test_an_answer_without_cookies_leaves_what_is_held_as_it_is() -> None:
    held = kept("foo=bar")
    assert cookies.absorb(held, answer(url=HOME)) is held


def test_cookies_outlive_the_process_as_they_were() -> None:
    held = kept("a=1; path=/", "b=2; domain=example.org; max-age=1000; secure", "c=3; path=/cookie")
    now = datetime(2026, 3, 1, tzinfo=UTC)
    one = Kept(
        id="x", generation=3, epoch="e", grant=Grant(cookies=held), renewed_at=now, process=1
    )
    again = read_kept(write_kept(one), "the file")
    assert again == one


@pytest.mark.parametrize(
    "line",
    [
        "\x00=\x00; domain=\x00",
        "foo=bar; expires=never; max-age=soon; domain=; path=",
        ";" * 10_000,
        "foo=" + "x" * 100_000,
        "foo=bar; domain=" + "a." * 5_000 + "org",
        "é=ü",
        "foo=bar; max-age=99999999999999999999",
        "foo=bar; expires=Fri, 99 Aug 99999 99:99:99 GMT",
    ],
)
def test_rubbish_breaks_nothing(line: str) -> None:
    response = httpx2.Response(
        200, headers=[(b"set-cookie", line.encode())], request=httpx2.Request("GET", HOME)
    )
    held = cookies.absorb((), response)
    assert isinstance(sent(held), str)


def test_what_was_done_last_is_not_done_again_for_something_else() -> None:
    recent = cookies.Recent()
    one, other = kept("foo=one; path=/"), kept("foo=other; path=/; domain=example.org")
    home, sibling = httpx2.URL(HOME), httpx2.URL("https://sibling.example.org/")
    for _ in range(2):
        assert recent.select(one, home) == [("foo", "one")]
        assert recent.select(one, sibling) == []
        assert recent.select(other, sibling) == [("foo", "other")]
        assert recent.select(one, home.copy_with(scheme="http")) == []
    below = kept("foo=one; path=/below")
    assert recent.select(below, home) == []
    assert recent.select(below, httpx2.URL("https://home.example.org/below")) == [("foo", "one")]


def test_an_answer_that_says_the_same_again_changes_nothing() -> None:
    recent = cookies.Recent()

    def take(held: tuple[HeldCookie, ...], line: str) -> tuple[HeldCookie, ...]:
        return recent.absorb(held, answer(headers=[("set-cookie", line)], url=HOME))

    first = take((), "foo=one; path=/")
    assert take(first, "foo=one; path=/") is first
    second = take(first, "foo=two; path=/")
    assert sent(second) == "foo=two"
    assert sent(take(second, "foo=one; path=/")) == "foo=one"
    assert sent(take(kept("foo=other"), "foo=one; path=/")) == "foo=one"
    dying = take((), "foo=bar; path=/; max-age=100")
    assert take(dying, "foo=bar; path=/; max-age=100") is not dying
