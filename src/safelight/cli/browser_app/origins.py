"""Whose page asks: origins (RFC 6454), Fetch Metadata, and what CORS answers. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlsplit

from safelight.cli.forwarding.asked import Asked
from safelight.cli.forwarding.gate import Fields, Reply
from safelight.errors import ConfigurationError, Forbidden, ForeignOrigin

_PORTS = {"http": 80, "https": 443}
_LOCAL = re.compile(r"localhost|127\.0\.0\.1|\[::1\]|[a-z0-9.-]+\.localhost")
_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]")
_PREFLIGHT_SECONDS = 600

_RUN = frozenset(
    {
        "audioworklet",
        "embed",
        "object",
        "paintworklet",
        "script",
        "serviceworker",
        "sharedworker",
        "style",
        "worker",
        "xslt",
    }
)
"""Destinations (Fetch §2.2.5) where a file that somebody uploaded would act as the app."""

CSRF_HEADER = "x-safelight-csrf"

SENT_ON = frozenset(
    {
        "accept",
        "accept-language",
        "cache-control",
        "content-disposition",
        "content-language",
        "content-range",
        "content-type",
        "if-match",
        "if-modified-since",
        "if-none-match",
        "if-range",
        "if-unmodified-since",
        "pragma",
        "prefer",
        "range",
        "x-requested-with",
    }
)
"""What the service gets of a page's headers. An allow-list: no credential, address or name of the
browser is in it, and a header that nobody thought of stays here."""

SENT_BACK = frozenset(
    {
        "accept-ranges",
        "age",
        "cache-control",
        "content-disposition",
        "content-encoding",
        "content-language",
        "content-length",
        "content-range",
        "content-type",
        "date",
        "etag",
        "expires",
        "last-modified",
        "link",
        "ratelimit",
        "ratelimit-limit",
        "ratelimit-policy",
        "ratelimit-remaining",
        "ratelimit-reset",
        "retry-after",
        "vary",
        "x-ratelimit-limit",
        "x-ratelimit-remaining",
        "x-ratelimit-reset",
        "x-request-id",
        "x-total-count",
    }
)
"""What a page gets of the service's headers. Cookies, tokens and addresses to go on to are not."""

_EXPOSED = ", ".join(sorted(SENT_BACK - {"age", "date", "vary"}))


class Origins(NamedTuple):
    """`own` are those of the proxy itself, each also a name that it answers under; `allowed` are
    the apps' elsewhere."""

    own: frozenset[str]
    allowed: frozenset[str]

    def require_own_host(self, asked: Asked) -> None:
        """Raises Forbidden for another name that was made to lead here (DNS rebinding)."""
        host = asked.header("host").lower()
        if host not in {origin.partition("://")[2] for origin in self.own}:
            raise Forbidden("This address answers under its own name alone.")

    def require_known(self, asked: Asked) -> None:
        """Raises ForeignOrigin for a page of an origin that nobody named; `null` is one."""
        origin = asked.header("origin")
        if origin and origin not in self.own and origin not in self.allowed:
            raise ForeignOrigin("No page of that origin may ask here (--allow-origin).")

    def require_page(self, asked: Asked) -> None:
        """Raises ForeignOrigin for all but a page of an own or allowed origin, as the browser tells
        (Fetch Metadata). What another page embeds, links to or submits is not asked by it. Raises
        Forbidden where the answer would be run."""
        if asked.header("sec-fetch-dest") in _RUN:
            raise Forbidden("What the service answers is not run as a part of the app.")
        site, origin = asked.header("sec-fetch-site"), asked.header("origin")
        if site == "same-origin" and origin not in self.allowed:
            return
        is_foreign = site in ("same-site", "cross-site")
        if is_foreign and origin in self.allowed and asked.header("sec-fetch-mode") == "cors":
            return
        raise ForeignOrigin("Only an app's own page may ask here, by fetch.")

    def granted(self, asked: Asked) -> Fields:
        """What lets an allowed page read an answer, also a refusal."""
        origin = asked.header("origin")
        if origin not in self.allowed:
            return ()
        return (
            ("access-control-allow-origin", origin),
            ("access-control-allow-credentials", "true"),
            ("access-control-expose-headers", _EXPOSED),
        )

    def preflight(self, asked: Asked, methods: Iterable[str]) -> Reply:
        """The answer to a preflight (Fetch §4.8), where `methods` may be used. Raises ForeignOrigin
        for what is none of an allowed page."""
        if asked.header("origin") not in self.allowed:
            raise ForeignOrigin("No page of that origin may ask here (--allow-origin).")
        wanted = asked.header("access-control-request-headers").lower()
        names = {name.strip() for name in wanted.split(",")}
        taken = sorted(names & (SENT_ON | {CSRF_HEADER}))
        fields: Fields = (
            ("access-control-allow-methods", ", ".join(sorted(methods))),
            ("access-control-allow-headers", ", ".join(taken)),
            ("access-control-max-age", str(_PREFLIGHT_SECONDS)),
        )
        if asked.header("access-control-request-private-network") == "true":
            fields += (("access-control-allow-private-network", "true"),)
        return Reply(204, fields)


def read_origin(text: str) -> str:
    """An origin as browsers write it. Raises ConfigurationError for what is none, such as `*`, an
    address with a path, or plain HTTP from another machine."""
    usage = f"--allow-origin {text}: this should be one origin, such as https://app.example."
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ConfigurationError(usage) from None
    host = parts.netloc.rpartition("@")[2].lower()
    host = host.removesuffix(f":{port}") if port is not None else host
    if parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise ConfigurationError(usage)
    if parts.scheme not in _PORTS or not _NAME.fullmatch(host):
        raise ConfigurationError(usage)
    if parts.scheme == "http" and not _LOCAL.fullmatch(host):
        raise ConfigurationError(
            f"--allow-origin {text}: a page that comes by plain HTTP can be anybody's. Use https://"
        )
    shown = "" if port in (None, _PORTS[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{host}{shown}"
