"""Cookies as values: what an answer sets, what a request gets. Matching is the standard library's.

Each `Set-Cookie` is taken in by itself and in order, because PhotoShelter deletes its cookie and
sets it in one answer (PS-64), and the library handles all deletions of an answer first.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from email.message import Message
from http.cookiejar import Cookie, CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, NamedTuple, cast
from urllib.request import Request as UrllibRequest

import httpx2

from safelight.client.grant import HeldCookie
from safelight.secret import Secret

if TYPE_CHECKING:
    from http.client import HTTPResponse


def absorb(cookies: tuple[HeldCookie, ...], response: httpx2.Response) -> tuple[HeldCookie, ...]:
    """The cookies with what the answer sets and deletes; the same tuple when that is nothing."""
    lines = response.headers.get_list("set-cookie")
    if not lines:
        return cookies
    jar, url = _jar_of(cookies), response.request.url
    for line in lines:
        jar.extract_cookies(_answer_with(line), _asking(url))
    # Without a `=` there is no cookie (RFC 6265 §5.2).
    return tuple(_hold(cookie, url) for cookie in jar if cookie.value is not None)


def select(cookies: tuple[HeldCookie, ...], url: httpx2.URL) -> list[tuple[str, str]]:
    """The names and values for a request to `url`, the longest path first (RFC 6265 §5.4)."""
    asking = _asking(url)
    _jar_of(cookies).add_cookie_header(asking)
    return split(asking.get_header("Cookie") or "")


def write(pairs: Iterable[tuple[str, str]], request: httpx2.Request) -> None:
    """Put the pairs on a request, in the place of its own cookies of these names."""
    ours = dict(pairs)
    others = [
        (name, value)
        for name, value in split(request.headers.get("cookie", ""))
        if name not in ours
    ]
    line = "; ".join(f"{name}={value}" for name, value in (*others, *ours.items()))
    if line:
        request.headers["cookie"] = line


def find(cookies: tuple[HeldCookie, ...], name: str) -> HeldCookie | None:
    return next((cookie for cookie in cookies if cookie.name == name), None)


def split(line: str) -> list[tuple[str, str]]:
    """The pairs of a `Cookie` header."""
    pairs = (each.strip(" \t").partition("=") for each in line.split(";"))
    return [(name, value) for name, _, value in pairs if name]


class Recent:
    """`select` and `absorb`, which remember the last thing they did: a client asks the same host
    with the same cookies again and again, and matching them costs a tenth of a request.

    Safe to share between threads: what is remembered is one value, replaced whole.
    """

    def __init__(self) -> None:
        self._selected: _Selected | None = None
        self._absorbed: _Absorbed | None = None

    def select(self, cookies: tuple[HeldCookie, ...], url: httpx2.URL) -> list[tuple[str, str]]:
        if not all(cookie.path == "/" and cookie.expires_at is None for cookie in cookies):
            return select(cookies, url)
        last = self._selected
        host = (url.scheme, url.host)
        if last is None or last.cookies is not cookies or last.host != host:
            last = self._selected = _Selected(cookies, host, select(cookies, url))
        return last.pairs

    def absorb(
        self, cookies: tuple[HeldCookie, ...], response: httpx2.Response
    ) -> tuple[HeldCookie, ...]:
        """The same tuple, too, when the answer says word for word what the one before it did, and
        nothing that counts from now."""
        lines = response.headers.get_list("set-cookie")
        if not lines:
            return cookies
        last, url = self._absorbed, response.request.url
        source = (url.scheme, url.host, url.path)
        if last is not None and last.cookies is cookies and last.said == (source, lines):
            return cookies
        held = absorb(cookies, response)
        if not any("max-age" in line.lower() or "expires" in line.lower() for line in lines):
            self._absorbed = _Absorbed(held, (source, lines))
        return held


class _Selected(NamedTuple):
    cookies: tuple[HeldCookie, ...]
    host: tuple[str, str]
    pairs: list[tuple[str, str]]


class _Absorbed(NamedTuple):
    cookies: tuple[HeldCookie, ...]
    said: tuple[tuple[str, str, str], list[str]]


class _Policy(DefaultCookiePolicy):
    """Netscape cookies, as everybody sends them. A domain has to have a dot inside, and more than
    a country's second level; a cookie without one is its host's alone."""

    def __init__(self) -> None:
        super().__init__(
            netscape=True,
            rfc2965=False,
            strict_domain=True,
            strict_ns_domain=DefaultCookiePolicy.DomainStrictNonDomain,
        )


def _jar_of(cookies: tuple[HeldCookie, ...]) -> CookieJar:
    jar = CookieJar(_Policy())
    for cookie in cookies:
        jar.set_cookie(_release(cookie))
    return jar


def _asking(url: httpx2.URL) -> UrllibRequest:
    return UrllibRequest(str(url.copy_with(query=None, fragment=None)))  # noqa: S310


def _answer_with(line: str) -> HTTPResponse:
    """What the library wants to see of an answer: its `info()`."""
    headers = Message()
    headers["Set-Cookie"] = line
    return cast("HTTPResponse", _Answer(headers))


class _Answer:
    def __init__(self, headers: Message) -> None:
        self._headers = headers

    def info(self) -> Message:
        return self._headers


def _hold(cookie: Cookie, url: httpx2.URL) -> HeldCookie:
    return HeldCookie(
        name=cookie.name,
        value=Secret(cookie.value or ""),
        domain=cookie.domain,
        path=cookie.path,
        host_only=not cookie.domain_specified,
        secure=cookie.secure or url.scheme == "https",
        expires_at=_instant(cookie.expires),
    )


def _instant(timestamp: int | None) -> datetime | None:
    """None also for what no calendar reaches."""
    try:
        return datetime.fromtimestamp(timestamp, UTC) if timestamp is not None else None
    except (OverflowError, OSError, ValueError):
        return None


def _release(cookie: HeldCookie) -> Cookie:
    return Cookie(
        version=0,
        name=cookie.name,
        value=cookie.value.reveal(),
        port=None,
        port_specified=False,
        domain=cookie.domain,
        domain_specified=not cookie.host_only,
        domain_initial_dot=cookie.domain.startswith("."),
        path=cookie.path,
        path_specified=True,
        secure=cookie.secure,
        expires=int(cookie.expires_at.timestamp()) if cookie.expires_at is not None else None,
        discard=cookie.expires_at is None,
        comment=None,
        comment_url=None,
        rest={},
    )
