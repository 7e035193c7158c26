"""A sign-in in the formats of other programs. Pure; what comes out is secret."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

import httpx2

from safelight.client.cookies import split
from safelight.client.errors import Unsupported
from safelight.client.grant import Grant, HeldCookie
from safelight.client.wire import Wire
from safelight.secret import Secret


class Carried(NamedTuple):
    """What a request of the account carries besides its own: headers, and cookies."""

    origin: str
    headers: tuple[tuple[str, str], ...]
    cookies: tuple[HeldCookie, ...]


def carried(wire: Wire, grant: Grant) -> Carried:
    """As the wire writes it on a POST, which has all that a GET has, and a CSRF token."""
    plain = httpx2.Request("POST", wire.url)
    signed = httpx2.Request("POST", wire.url)
    wire.write_credentials(grant, signed)
    added = tuple(
        (name, value)
        for name, value in signed.headers.multi_items()
        if name != "cookie" and name not in plain.headers
    )
    return Carried(_origin(wire.url), added, tuple(_cookies(wire.url, grant, signed)))


def write_curl(carried: Carried) -> str:
    """A configuration for `curl --config`: so no secret is among the arguments that others see."""
    lines = [f"# For {carried.origin} alone: these headers go wherever curl is sent."]
    headers = list(carried.headers)
    if carried.cookies:
        pairs = "; ".join(f"{each.name}={each.value.reveal()}" for each in carried.cookies)
        headers.append(("cookie", pairs))
    lines += [f"header = {_quoted(f'{name}: {value}')}" for name, value in headers]
    return "\n".join(lines) + "\n"


def write_cookies(carried: Carried) -> str:
    """Netscape's `cookies.txt`, for curl, wget and yt-dlp."""
    lines = ["# Netscape HTTP Cookie File", f"# Of {carried.origin}"]
    for each in _require_cookies(carried):
        below = "FALSE" if each.host_only else "TRUE"
        secure = "TRUE" if each.secure else "FALSE"
        fields = (_domain(each), below, each.path, secure, str(_expires(each) or 0), each.name)
        lines.append("#HttpOnly_" + "\t".join((*fields, each.value.reveal())))
    return "\n".join(lines) + "\n"


def write_playwright(carried: Carried) -> str:
    """A storage state, for `browser.new_context(storage_state=…)`."""
    cookies = [
        {
            "name": each.name,
            "value": each.value.reveal(),
            "domain": _domain(each),
            "path": each.path,
            "expires": _expires(each) or -1,
            "httpOnly": True,
            "secure": each.secure,
            "sameSite": "Lax",
        }
        for each in _require_cookies(carried)
    ]
    return json.dumps({"cookies": cookies, "origins": []}, indent=2) + "\n"


def write_httpie(carried: Carried) -> str:
    """A session file, for `http --session=./FILE`."""
    cookies = [
        {
            # HTTPie's jar is the standard library's, which names hosts without a dot like this.
            "domain": _domain(each) if "." in each.domain else f"{each.domain}.local",
            "expires": _expires(each),
            "name": each.name,
            "path": each.path,
            "secure": each.secure,
            "value": each.value.reveal(),
        }
        for each in carried.cookies
    ]
    session = {
        "__meta__": {"about": "HTTPie session file", "httpie": "3.2.0"},
        "auth": {"type": None, "username": None, "password": None},
        "cookies": cookies,
        "headers": [{"name": name, "value": value} for name, value in carried.headers],
    }
    return json.dumps(session, indent=2) + "\n"


def _require_cookies(carried: Carried) -> tuple[HeldCookie, ...]:
    if not carried.cookies:
        raise Unsupported(
            "This sign-in travels in a header, not in cookies: export it for curl or httpie."
        )
    return carried.cookies


def _cookies(url: httpx2.URL, grant: Grant, signed: httpx2.Request) -> Iterator[HeldCookie]:
    """Those that the wire writes, with what is known of each; then those for other paths."""
    written = dict(split(signed.headers.get("cookie", "")))
    known = {each.name: each for each in grant.cookies}
    for name, value in written.items():
        held = known.get(name)
        if held is None or held.value.reveal() != value:
            held = HeldCookie(
                name=name,
                value=Secret(value),
                domain=url.host,
                path="/",
                host_only=True,
                secure=url.scheme == "https",
            )
        yield held
    yield from (each for each in grant.cookies if each.name not in written)


def _domain(cookie: HeldCookie) -> str:
    """With a dot before it where hosts below get the cookie, too."""
    return cookie.domain if cookie.host_only else f".{cookie.domain}"


def _expires(cookie: HeldCookie) -> int | None:
    return int(cookie.expires_at.timestamp()) if cookie.expires_at is not None else None


def _origin(url: httpx2.URL) -> str:
    return f"{url.scheme}://{url.netloc.decode('ascii')}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
