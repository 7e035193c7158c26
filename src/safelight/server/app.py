"""ASGI in, ASGI out: the client's address, limits, request ids, and what every answer carries."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable, MutableMapping
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any
from urllib.parse import unquote_to_bytes

from safelight.clock import Entropy
from safelight.server.body import Body, BodyBroken, BodyStalled, Receive
from safelight.server.hosts import Hosts, host_without_header
from safelight.server.http import SAFE_METHODS, BlobBody, Caching, Reply, Request
from safelight.server.logs import REQUEST
from safelight.server.preconditions import made_tag, matches
from safelight.server.serve import Site, serve

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Network = IPv4Network | IPv6Network

_log = logging.getLogger("safelight")

_BASE_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-site"),
]
_BASE_NAMES = frozenset(name for name, _ in _BASE_HEADERS)
_HSTS = (b"strict-transport-security", b"max-age=31536000")
_VARY = (
    b"vary",
    b"Accept, Authorization, Cookie, JSESSION, Origin, X-PS-Api-Key, X-PS-Auth-Token",
)
_LENGTHLESS = frozenset({204, 304})
_LONGEST_LOGGED_PATH = 500
_SIGNED = re.compile(r"(/download/).+", re.IGNORECASE | re.DOTALL)


class App:
    """The ASGI application. `open_site` builds the site inside the worker's own event loop."""

    def __init__(
        self,
        open_site: Callable[[], Awaitable[Site]],
        *,
        trusted_proxies: tuple[Network, ...],
        entropy: Entropy,
        body_seconds: float,
        access_log: bool = False,
    ) -> None:
        self._open_site = open_site
        self._site: Site | None = None
        self._opening = asyncio.Lock()
        self._trusted = trusted_proxies
        self._entropy = entropy
        self._body_seconds = body_seconds
        self._access_log = access_log
        self._hosts = Hosts()
        self._count = 0
        self._prefix = entropy(6).hex()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})

    async def site(self) -> Site:
        """Opened at the first need, once."""
        if self._site is None:
            async with self._opening:
                if self._site is None:
                    self._site = await self._open_site()
        return self._site

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await self.site()
        except Exception as error:
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            raise
        await send({"type": "lifespan.startup.complete"})
        await receive()
        if self._site is not None:
            site, self._site = self._site, None  # a server that starts again opens anew
            await site.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        site = self._site or await self.site()
        request = self._read_request(scope)
        REQUEST.set(request.id)
        began = time.perf_counter() if self._access_log else 0.0
        body = Body(receive, self._body_seconds)
        try:
            if request.host:
                reply = await serve(request, body.chunks(), site)
            else:
                reply = _end(400, b"malformed_request", b"The host is missing, doubled or no host.")
        except asyncio.CancelledError:
            raise
        except BodyBroken:
            _log.debug("body_broken", extra={"realm": request.realm})
            reply = _end(400, b"malformed_request", b"The body broke off, or is badly framed.")
        except BodyStalled:
            reply = _end(408, b"request_timeout", b"The rest of the body did not arrive.")
        except Exception:  # noqa: BLE001  # the last resort: one log line, one bare 500
            _log.exception("request_failed", extra={"request": request.id})
            reply = _failure(request)
        await self._finish(reply, request, site, send)
        if self._access_log:
            _log_answer(request, reply, time.perf_counter() - began)
        if not body.ended and _has_body(request):
            await body.let_pass()

    def _read_request(self, scope: Scope) -> Request:
        raw_headers = scope["headers"]
        client = scope.get("client")
        peer = client[0] if client else ""
        self._count += 1
        raw_path: bytes | None = scope.get("raw_path")
        path = scope["path"]
        if raw_path is not None and b"%" in raw_path:
            path = unquote_to_bytes(raw_path.partition(b"?")[0]).decode("utf-8", "replace")
        request = Request(
            method=scope["method"],
            path=path.rstrip("/") or "/",
            query_string=scope["query_string"],
            raw_headers=raw_headers,
            scheme=scope["scheme"],
            host="",
            peer=peer,
            address=peer,
            id=f"{self._prefix}{self._count:x}",
        )
        host = self._hosts.read(b"host", request.headers, raw_headers)
        if host is None:
            host = host_without_header(scope.get("http_version", "1.1"))
        request.host = host
        if self._trusted and self._is_trusted(peer):
            self._believe(request)
        return request

    def _believe(self, request: Request) -> None:
        """Take a trusted proxy's word for scheme, host and client; what it says must be as well
        formed as what it passes on. The client is the last address
        of `X-Forwarded-For` that is not a trusted proxy itself: earlier ones anybody can write."""
        scheme = request.header(b"x-forwarded-proto")
        if scheme in ("http", "https"):
            request.scheme = scheme
        host = self._hosts.read(b"x-forwarded-host", request.headers, request.raw_headers)
        if host is not None and request.host:
            request.host = host
        for each in reversed((request.header(b"x-forwarded-for") or "").split(",")):
            address = each.strip()
            if not address:
                continue
            request.address = address
            if not self._is_trusted(address):
                break
        request.peer = request.address

    def _is_trusted(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._trusted)

    async def _finish(self, reply: Reply, request: Request, site: Site, send: Send) -> None:
        """Send `reply` with the headers that every answer has."""
        headers = _headers_of(reply)
        headers.append(reply.caching.value)
        if request.scheme == "https":
            headers.append(_HSTS)
        body = reply.body
        if isinstance(body, bytes):
            etag = made_tag(reply)
            if etag is not None:
                headers.append((b"etag", etag.encode()))
                if b"if-none-match" in request.headers and _is_held(request, etag):
                    reply.status, body = 304, b""
            length = len(body)
        else:
            length = body.stop - body.start
        site.metrics.requests[request.realm, reply.status] += 1
        if reply.media_type and reply.status not in _LENGTHLESS:
            headers.append((b"content-type", reply.media_type))
        if reply.status not in _LENGTHLESS:
            headers.append((b"content-length", b"%d" % length))
        if reply.cookies:
            headers.extend((b"set-cookie", cookie.render()) for cookie in reply.cookies)
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        if request.method == "HEAD" or reply.status in _LENGTHLESS:
            await send({"type": "http.response.body", "body": b""})
        elif isinstance(body, bytes):
            await send({"type": "http.response.body", "body": body})
        else:
            await _stream(body, site, send)


def _has_body(request: Request) -> bool:
    length = request.headers.get(b"content-length", b"0")
    return length != b"0" or b"transfer-encoding" in request.headers


def _headers_of(reply: Reply) -> list[tuple[bytes, bytes]]:
    """What every answer says, except where `reply` has a word of its own, as pages have."""
    if not reply.headers:
        return [*_BASE_HEADERS, _VARY]
    own = {name for name, _ in reply.headers}
    if own.isdisjoint(_BASE_NAMES):
        return [*_BASE_HEADERS, *reply.headers, _VARY]
    return [*(each for each in _BASE_HEADERS if each[0] not in own), *reply.headers, _VARY]


def _is_held(request: Request, etag: str) -> bool:
    """Whether the client has this content already, and asks for no more."""
    tags = request.header(b"if-none-match") or ""
    return request.method in SAFE_METHODS and matches(tags, etag)


async def _stream(body: BlobBody, site: Site, send: Send) -> None:
    async for chunk in site.blobs.read(body.key, body.start, body.stop):
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def _log_answer(request: Request, reply: Reply, seconds: float) -> None:
    """One line for each request, with as much of its address as tells no secret."""
    fields = {
        "method": request.method,
        "path": loggable(request.path)[:_LONGEST_LOGGED_PATH],
        "status": reply.status,
        "realm": request.realm,
        "address": request.address,
        "seconds": round(seconds, 6),
    }
    _log.info("answered", extra=fields)


def loggable(path: str) -> str:
    """`path` up to what may carry a token: never the query, which is no part of it, nor anything
    behind a `;`, which some programs put parameters behind. Whoever has the rest of a signed link
    gets the picture (PX-48), at whatever path it was tried."""
    return _SIGNED.sub(r"\1…", path.partition(";")[0])


def _end(status: int, code: bytes, message: bytes) -> Reply:
    """The connection is of no more use: what comes next on it would be the rest of this body."""
    text = b'{"error":"%s","message":"%s"}' % (code, message)
    headers = [(b"connection", b"close")]
    return Reply(status=status, body=text, headers=headers, caching=Caching.SECRET)


def _failure(request: Request) -> Reply:
    """What an unexpected fault looks like from outside: an id to look for in the log."""
    text = f'{{"error":"internal","message":"Something went wrong.","request":"{request.id}"}}'
    return Reply(status=500, body=text.encode(), caching=Caching.SECRET)
