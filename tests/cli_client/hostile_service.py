"""A service that is not to be trusted: what came to it, and answers that a page must not get."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

TOKEN = "sl_pat_0123456789abcdefghijklmnop"
"""What a test signs in with."""
LARGE = 300_000
NAMED = 'inline; filename="海.jpg"'


_PACKED = {"Content-Encoding": "gzip"}
_CREDENTIALS = ("Set-Cookie", "JSESSION", "X-PS-Auth-Token", "X-CSRF-Token", "Authorization")
_ODD = {
    **dict.fromkeys(_CREDENTIALS, "a=b; Path=/"),
    "Location": "http://127.0.0.1/x",
    "Refresh": "0; url=/x",
    "Access-Control-Allow-Origin": "*",
    "Clear-Site-Data": '"*"',
    "Service-Worker-Allowed": "/",
    "Content-Security-Policy": "default-src *",
    "ETag": '"1"',
}
_ANSWERS: dict[str, tuple[bytes, dict[str, str]]] = {
    "/v1/credentials": (b"{}", _ODD),
    "/v1/leak": (b'{"session": {"token": "%b"}}' % TOKEN.encode(), {}),
    "/v1/late-leak": (b"x" * LARGE + TOKEN.encode(), {}),
    "/v1/packed-leak": (gzip.compress(TOKEN.encode()), _PACKED),
    "/v1/told-leak": (b"{}", {"ETag": f'"{TOKEN}"'}),
    "/v1/named": (b"{}", {"Content-Disposition": NAMED.encode().decode("latin-1")}),
    "/v1/packed": (gzip.compress(b"a photo"), _PACKED),
    "/v1/large": (b"x" * LARGE, {}),
}


class Came(NamedTuple):
    method: str
    target: str
    headers: dict[str, str]
    body: bytes


class HostileService(ThreadingHTTPServer):
    """`elsewhere` is where it would lead its callers."""

    daemon_threads = True

    def __init__(self, elsewhere: str = "") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.elsewhere = elsewhere
        self.came: list[Came] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def asked(self) -> list[str]:
        """Methods and targets, but for the look at whether the session is good."""
        pairs = [f"{each.method} {each.target}" for each in self.came]
        return [pair for pair in pairs if pair != "GET /v1/account"]

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that goes away is no failure here."""


@contextmanager
def hostile(elsewhere: str = "") -> Iterator[HostileService]:
    with HostileService(elsewhere) as service:
        thread = threading.Thread(target=service.serve_forever)
        thread.start()
        yield service
        service.shutdown()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: HostileService

    def _serve(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", "0")))
        self.server.came.append(Came(self.command, self.path, headers, body))
        if self.path in _ANSWERS:
            self._answer(*_ANSWERS[self.path])
        elif self.path == "/v1/away":
            self._answer(b"", {"Location": f"{self.server.elsewhere}/trap"}, 302)
        elif self.path == "/v1/within":
            self._answer(b"", {"Location": "/v1/photos"}, 302)
        elif self.path in ("/v1/broken", "/v1/endless"):
            self._go_on(LARGE if self.path == "/v1/broken" else None)
        else:
            self._answer(b"{}", {})

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve  # noqa: N815

    def _answer(self, body: bytes, headers: dict[str, str], status: int = 200) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")  # so that it can be taken down
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _go_on(self, promised: int | None) -> None:
        """Half of what is promised, or more than anybody wants."""
        self.close_connection = True
        self.send_response(200)
        if promised is not None:
            self.send_header("Content-Length", str(promised))
        self.end_headers()
        for _ in range(promised // 2000 if promised is not None else 6000):
            self.wfile.write(b"x" * 1000)

    def log_message(self, format: str, *args: object) -> None: ...
