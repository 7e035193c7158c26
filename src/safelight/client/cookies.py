"""Cookies as values: what an answer sets, what a request gets (RFC 6265 §5.3 and §5.4).

The standard library's jar is not used: it handles all deletions of an answer before what the answer
sets, where PhotoShelter deletes its cookie and sets it in one (PS-64).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from ipaddress import ip_address
from typing import NamedTuple

import httpx2

from safelight.client.grant import HeldCookie
from safelight.client.set_cookie import read_set_cookie
from safelight.clock import Clock, SystemClock
from safelight.secret import Secret

_SYSTEM = SystemClock()

_SECOND_LEVELS = frozenset(
    {"ac", "co", "com", "edu", "gov", "int", "mil", "net", "org"}
    | {"aero", "biz", "cat", "coop", "info", "jobs", "mobi", "museum", "name", "pro", "travel"}
)
"""What stands before a country's two letters in names that are nobody's own, such as `co.uk`."""


def absorb(
    cookies: tuple[HeldCookie, ...], response: httpx2.Response, clock: Clock = _SYSTEM
) -> tuple[HeldCookie, ...]:
    """The cookies with what the answer sets and deletes, the oldest first; the same tuple when that
    is nothing."""
    lines = response.headers.get_list("set-cookie")
    if not lines:
        return cookies
    url, now = response.request.url, clock.now()
    held = {(each.name, each.domain, each.path): each for each in cookies}
    for line in lines:
        cookie = _read(line, url, now)
        if cookie is None:
            continue
        place = (cookie.name, cookie.domain, cookie.path)
        if _is_over(cookie, now):
            held.pop(place, None)
        else:
            held[place] = cookie
    return tuple(held.values())


def select(
    cookies: tuple[HeldCookie, ...], url: httpx2.URL, clock: Clock = _SYSTEM
) -> list[tuple[str, str]]:
    """The names and values for a request to `url`, the longest path first, then the oldest."""
    host, path, now = _host_of(url), _path_of(url), clock.now()
    chosen = [
        each
        for each in cookies
        if (each.domain == host if each.host_only else _is_below(host, each.domain))
        and _is_within(path, each.path)
        and (url.scheme == "https" or not each.secure)
        and not _is_over(each, now)
    ]
    chosen.sort(key=lambda each: -len(each.path))
    return [(each.name, each.value.reveal()) for each in chosen]


def write(pairs: Iterable[tuple[str, str]], request: httpx2.Request) -> None:
    """Put the pairs on a request, in the place of its own cookies of these names."""
    ours = list(pairs)
    # To ask for the header by its name has httpx2 guess the encoding of all of them first.
    if any(name.lower() == b"cookie" for name, _ in request.headers.raw):
        names = {name for name, _ in ours}
        theirs = split(request.headers["cookie"])
        ours = [*(pair for pair in theirs if pair[0] not in names), *ours]
    line = "; ".join([f"{name}={value}" for name, value in ours])
    if not line.isascii():
        request.headers.encoding = "utf-8"
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
        last, host = self._selected, (url.scheme, url.host)
        if last is not None and last.cookies is cookies and last.host == host:
            return last.pairs
        pairs = select(cookies, url)
        if all(cookie.path == "/" and cookie.expires_at is None for cookie in cookies):
            self._selected = _Selected(cookies, host, pairs)
        return pairs

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


def _read(line: str, url: httpx2.URL, now: datetime) -> HeldCookie | None:
    """The cookie of a line, if whoever answers at `url` may set it."""
    found = read_set_cookie(line, now)
    if found is None:
        return None
    host = _host_of(url)
    is_own = not found.domain or (_is_nobody_s(found.domain) and found.domain == host)
    if not is_own and (_is_nobody_s(found.domain) or not _is_below(host, found.domain)):
        return None
    return HeldCookie(
        name=found.name,
        value=Secret(found.value),
        domain=host if is_own else found.domain,
        path=found.path or _default_path(url),
        host_only=is_own,
        secure=found.secure or url.scheme == "https",
        expires_at=found.expires_at,
    )


def _is_over(cookie: HeldCookie, now: datetime) -> bool:
    return cookie.expires_at is not None and cookie.expires_at <= now


def _is_nobody_s(domain: str) -> bool:
    """Whether a name has many owners below it: one without a dot, or a country's second level. The
    whole list of such names is not here; a service's cookies never reach another host anyway."""
    first, dot, country = domain.partition(".")
    return not dot or (len(country) == 2 and first in _SECOND_LEVELS)


def _is_below(host: str, domain: str) -> bool:
    """Whether a host is `domain` or below it (§5.1.3)."""
    if host == domain:
        return True
    return host.endswith(f".{domain}") and not _is_address(host)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_within(path: str, prefix: str) -> bool:
    """§5.1.4."""
    if not path.startswith(prefix):
        return False
    return path == prefix or prefix.endswith("/") or path[len(prefix)] == "/"


def _default_path(url: httpx2.URL) -> str:
    return _path_of(url).rpartition("/")[0] or "/"


def _host_of(url: httpx2.URL) -> str:
    return url.raw_host.decode("ascii").lower()


def _path_of(url: httpx2.URL) -> str:
    return url.raw_path.partition(b"?")[0].decode("ascii") or "/"
