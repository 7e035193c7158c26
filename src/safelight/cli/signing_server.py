"""An address of this machine that signs what comes to it, for one user, for a while."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import msgspec

from safelight.client.client import Client
from safelight.client.errors import Unsupported
from safelight.errors import (
    Forbidden,
    MalformedRequest,
    NotFound,
    Reason,
    SafelightError,
    Throttled,
    TooLarge,
)

_CONNECTIONS = Path("/proc/net/tcp")
_ADDRESS = "127.0.0.1"
_MOST_BYTES = 256 * 1024 * 1024
_READING = frozenset({"GET", "HEAD"})

_HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""RFC 9110 §7.6.1: for one connection, not to be sent on."""

_NOT_SENT_ON = _HOP_BY_HOP | {
    "host",
    "content-length",
    "expect",
    "authorization",
    "cookie",
    "jsession",
    "session",
    "x-csrf-token",
    "x-xsrf-token",
    "x-ps-api-key",
    "x-ps-auth-token",
    "origin",
    "referer",
}
"""The program has no credentials of its own here, and its address is none of the service's."""

_NOT_SENT_BACK = _HOP_BY_HOP | {
    "set-cookie",
    "jsession",
    "session",
    "x-csrf-token",
    "x-xsrf-token",
    "strict-transport-security",
    "alt-svc",
}
"""What an answer renews is the client's."""

_STATUSES: dict[Reason, int] = {
    Reason.BAD_INPUT: 400,
    Reason.FORBIDDEN: 403,
    Reason.NOT_FOUND: 404,
    Reason.RATE_LIMITED: 429,
    Reason.SIGN_IN_NEEDED: 401,
    Reason.BAD_PASSWORD: 401,
    Reason.EXPIRED: 401,
}
_BAD_GATEWAY = 502


class Limits(NamedTuple):
    """`paths` are those that are allowed, with all below them; none means all."""

    paths: tuple[str, ...]
    read_only: bool
    lifetime: timedelta


class SigningServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, client: Client, limits: Limits) -> None:
        super().__init__((_ADDRESS, 0), _Handler)
        self.client = client
        self._limits = limits
        self._until = time.monotonic() + limits.lifetime.total_seconds()

    @property
    def url(self) -> str:
        return f"http://{_ADDRESS}:{self.server_port}"

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Other users of this machine can reach the port; they are not answered."""
        return _owner_of(client_address[1], self.server_port) == os.getuid()

    def require_allowed(self, method: str, path: str) -> None:
        """Raises Forbidden or MalformedRequest for what this program may not ask."""
        if time.monotonic() >= self._until:
            raise Forbidden("The time for which this address was good is over.")
        if self._limits.read_only and method not in _READING:
            raise Forbidden("Only GET and HEAD are allowed here.")
        plain = _require_plain(path)
        allowed = self._limits.paths
        if allowed and not any(plain == each or plain.startswith(f"{each}/") for each in allowed):
            raise Forbidden(f"{plain} is not among the allowed paths.")

    def require_own_caller(self, host: str, site: str, origin: str) -> None:
        """Raises Forbidden for a page of another origin in this user's browser, also for one whose
        name was made to lead here."""
        own = self.url.removeprefix("http://")
        if host not in (own, f"localhost:{self.server_port}"):
            raise Forbidden("This address answers under its own name alone.")
        if site in ("cross-site", "same-site") or origin not in ("", self.url, f"http://{host}"):
            raise Forbidden("This address does not answer pages of other origins.")


@contextmanager
def signing_server(client: Client, limits: Limits) -> Iterator[SigningServer]:
    """Raises Unsupported where it cannot be told whose connection it is."""
    if not _CONNECTIONS.exists():
        raise Unsupported("This machine does not tell whose a connection is (/proc/net/tcp).")
    with SigningServer(client, limits) as server:
        yield server


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: SigningServer

    def _serve(self) -> None:
        try:
            self._sign_and_send()
        except SafelightError as error:
            self._refuse(error)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a path may hold what is nobody's business."""

    def _sign_and_send(self) -> None:
        content = self._read_body()
        get = self.headers.get
        self.server.require_own_caller(
            get("host", ""), get("sec-fetch-site", ""), get("origin", "")
        )
        if not self.path.startswith("/"):
            raise MalformedRequest("Ask for a path, not for an address.")
        self.server.require_allowed(self.command, urlsplit(self.path).path)
        headers = {
            name: value for name, value in self.headers.items() if name.lower() not in _NOT_SENT_ON
        }
        with self.server.client.stream(
            self.command, self.path, headers=headers, content=content
        ) as response:
            self._send_back(response)

    def _read_body(self) -> bytes | None:
        """Raises MalformedRequest and TooLarge; then the connection is not used any more."""
        length = self.headers.get("content-length")
        if length is None and "transfer-encoding" not in self.headers:
            return None
        self.close_connection = True
        if length is None or not length.isascii() or not length.isdigit():
            raise MalformedRequest("The length of a body has to be said (Content-Length).")
        if int(length) > _MOST_BYTES:
            raise TooLarge("The body is larger than this address takes.", _MOST_BYTES)
        content = self.rfile.read(int(length))
        if len(content) < int(length):
            raise MalformedRequest("The body broke off.")
        self.close_connection = self.headers.get("connection", "").lower() == "close"
        return content

    def _send_back(self, response: Any) -> None:
        """As it came; of what was read already, the decoded content."""
        is_read = response.is_stream_consumed
        skipped = _NOT_SENT_BACK | ({"content-encoding", "content-length"} if is_read else set())
        self.send_response_only(response.status_code)
        for name, value in response.headers.multi_items():
            if name.lower() not in skipped:
                self.send_header(name, value)
        if is_read:
            self.send_header("content-length", str(len(response.content)))
        elif "content-length" not in response.headers:
            self.close_connection = True
            self.send_header("connection", "close")
        self.end_headers()
        if self.command == "HEAD":
            return
        pieces = [response.content] if is_read else response.iter_raw()
        with contextlib.suppress(ConnectionError):
            for piece in pieces:
                self.wfile.write(piece)

    def _refuse(self, error: SafelightError) -> None:
        """In the command's own words, for whoever reads the program's errors."""
        fault = {"code": error.code, "reason": error.reason.value, "message": error.message}
        content = msgspec.json.encode({"error": fault})
        self.send_response_only(_STATUSES.get(error.reason, _BAD_GATEWAY))
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        if isinstance(error, Throttled):
            self.send_header("retry-after", str(round(error.retry_after.total_seconds())))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def _require_plain(path: str) -> str:
    """The path, decoded. Raises for one that another server might read otherwise."""
    lowered = path.lower()
    plain = unquote(path)
    if "%2f" in lowered or "%5c" in lowered or "\\" in plain or "%" in plain:
        raise MalformedRequest("This path can be read in two ways.")
    if {".", ".."} & set(plain.split("/")) or "//" in plain:
        raise MalformedRequest("This path can be read in two ways.")
    if not plain.isprintable():
        raise NotFound
    return plain


def _owner_of(port: int, to: int) -> int | None:
    """The user whose connection from `port` to `to` it is (proc(5), `/proc/net/tcp`)."""
    # The kernel prints the address as a number of this machine's byte order.
    number = int.from_bytes(socket.inet_aton(_ADDRESS), sys.byteorder)
    ends = [f"{number:08X}:{port:04X}", f"{number:08X}:{to:04X}"]
    for line in _CONNECTIONS.read_text("ascii").splitlines()[1:]:
        fields = line.split()
        if fields[1:3] == ends:
            return int(fields[7])
    return None
