"""Bytes on a socket that are hardly HTTP: each is refused or left alone, and the server stays."""

from __future__ import annotations

import re
import socket
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from random import Random

from tools.prove.operator import QUICK
from tools.prove.pinned import Pinned
from tools.prove.proof import Effort, Tally, require
from tools.running import running

_MUTATED = 3000
_PATIENCE_SECONDS = 0.3
"""How long an answer is waited for: what is not whole yet gets none."""

_AT_ONCE = 16
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3}) ")
_HOST = b"Host: localhost\r\nConnection: close\r\n"
_SIGN_IN = b'{"identifier":"ada","password":"wrong"}'
_JSON = b"Content-Type: application/json\r\nContent-Length: %d\r\n" % len(_SIGN_IN)
_CHUNKED = b"Transfer-Encoding: chunked\r\nContent-Type: application/x-www-form-urlencoded\r\n"

_WHOLE = tuple(
    line + b" HTTP/1.1\r\n" + _HOST + rest
    for line, rest in (
        (b"GET /", b"\r\n"),
        (b"GET /v1/account", b"Authorization: Bearer x\r\n\r\n"),
        (b"POST /v1/sessions", _JSON + b"\r\n" + _SIGN_IN),
        (b"POST /studio/login", _CHUNKED + b"\r\n7\r\nemail=a\r\nb\r\n&password=b\r\n0\r\n\r\n"),
        (
            b"GET /psapi/v3/mem/user/session?api_key=x&auth_token=y",
            b"Cookie: SSphotoshelter_com_mem=x\r\n\r\n",
        ),
        (b"GET /media/photos/0123456789abcdef", b"Range: bytes=0-\r\n\r\n"),
    )
)


def prove(effort: Effort) -> Tally:
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="safelight-prove-") as folder:
        place = Path(folder)
        with (
            running(place / "data", settings=QUICK, log=place / "log") as server,
            Pinned(server.port) as watching,
        ):
            name = watching.worker()
            everything = [*_odd(), *_mutated(effort)]
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                answered = sum(pool.map(partial(_ask, server.port), everything))
            tally["odd bytes on a socket"] += len(everything)
            tally["of which were answered"] += answered
            require(watching.worker() == name, "odd bytes: the worker is another one")
            text = server.log.read_text("utf-8", "replace")
            require("Traceback" not in text, f"The server's log has a traceback:\n{text[-3000:]}")
            require('"level":"error"' not in text, f"The log has an error:\n{text[-3000:]}")
    return tally


def _ask(port: int, sent: bytes) -> bool:
    """Whether it was answered. Raises Broken when the server takes the blame."""
    got = b""
    with socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE_SECONDS) as connection:
        try:
            connection.sendall(sent)
            while chunk := connection.recv(65536):
                got += chunk
        except (ConnectionResetError, BrokenPipeError, TimeoutError):
            pass  # it has seen enough, or waits for more
    statuses = _STATUS.findall(got)
    for status in statuses:
        require(int(status) < 500, f"{status.decode()} for {sent!r:.300}")
    return bool(statuses)


def _odd() -> Iterator[bytes]:
    host = _HOST
    for line in (
        b"GET", b"GET /", b"GET / HTTP/9.9", b"GET / HTTP/1.1 x", b" GET / HTTP/1.1",
        b"get / HTTP/1.1", b"G\0T / HTTP/1.1", b"GET /\0 HTTP/1.1", b"GET /\xff\xfe HTTP/1.1",
        b"GET /%00 HTTP/1.1", b"GET /%ff%fe HTTP/1.1", b"GET /%zz HTTP/1.1", b"GET /% HTTP/1.1",
        b"GET /..%2f..%2fetc/passwd HTTP/1.1", b"GET /../../etc/passwd HTTP/1.1",
        b"GET //evil.example/ HTTP/1.1", b"GET http://evil.example/ HTTP/1.1",
        b"GET http://localhost/v1/account HTTP/1.1", b"GET * HTTP/1.1", b"OPTIONS * HTTP/1.1",
        b"CONNECT evil.example:443 HTTP/1.1", b"TRACE / HTTP/1.1", b"PRI * HTTP/2.0",
        b"GET ? HTTP/1.1", b"GET /?%ff HTTP/1.1", b"GET /?" + b"a&" * 20_000 + b" HTTP/1.1",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1", b"GET /v1/" + b"%2f" * 9000 + b" HTTP/1.1",
        b"X" * 9000 + b" / HTTP/1.1", "GET /é HTTP/1.1".encode(), b"GET /api/%F0%9F%98 HTTP/1.1",
    ):  # fmt: skip
        yield line + b"\r\n" + host + b"\r\n"
    for header in (
        b"Host: a\r\nHost: b", b"Host:", b"Host: \xff", b"Host: a b", b"Host: [::1", b"Host: a@b",
        b"X: " + b"a" * 200_000, b"X: a\r\n" * 500, b"X\0: a", b"X: a\0b", b"X : a", b": a",
        b"X: a\r\n folded", b"X: \r", b"X: a\nY: b", b"Cookie: " + b"a=b; " * 5000,
        b"Cookie: \xe2\x80\x80__Host-x=y", b"Cookie: =; ;;=;", b"Authorization: Basic \xff",
        b"Content-Length: -1", b"Content-Length: 1e9", b"Content-Length: 99999999999999999999",
        b"Content-Length: 5\r\nContent-Length: 6", b"Content-Length: 5, 5",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5", b"Transfer-Encoding: identity",
        b"Transfer-Encoding: chunked, chunked", b"Transfer-Encoding: gzip, chunked",
        b"Expect: 100-continue", b"Expect: x", b"Upgrade: websocket\r\nConnection: Upgrade",
        b"Upgrade: h2c\r\nHTTP2-Settings: AAAA", b"Content-Encoding: gzip", b"Range: bytes=0-\xff",
        b"X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: https",
    ):  # fmt: skip
        for method in (b"GET", b"POST"):
            for path in (b"/", b"/v1/sessions", b"/api/upload/", b"/psapi/v3/mem/image/upload"):
                head = method + b" " + path + b" HTTP/1.1\r\n" + host + header
                yield head + b"\r\n\r\nabcde"
    for body in (
        b"5\r\nabc", b"zz\r\nabc\r\n", b"-1\r\n\r\n", b"5;x=y\r\nabcde\r\n0\r\n\r\n",
        b"FFFFFFFFFFFFFFFFF\r\n", b"5\nabcde\n0\n\n", b"0\r\nX: y\r\n\r\n", b"\r\n", b"",
        b"5\r\nabcdefgh\r\n0\r\n\r\n",
    ):  # fmt: skip
        head = b"POST /v1/sessions HTTP/1.1\r\n" + host + b"Content-Type: application/json\r\n"
        yield head + b"Transfer-Encoding: chunked\r\n\r\n" + body
    yield from (
        b"",
        b"\r\n\r\n",
        b"\0" * 1000,
        b"\xff" * 1000,
        b"\x16\x03\x01\x02\0\x01" + b"\0" * 90,
    )
    yield b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0" * 50
    yield b"".join(_WHOLE) * 3


def _mutated(effort: Effort) -> Iterator[bytes]:
    drawn = Random(effort.seed)  # noqa: S311  # a choice of tests, no secret
    for _ in range(effort.times(_MUTATED)):
        whole = bytearray(drawn.choice(_WHOLE))
        for _ in range(drawn.choice((1, 1, 2, 8))):
            place = drawn.randrange(len(whole))
            match drawn.randrange(4):
                case 0:
                    whole[place] ^= 1 << drawn.randrange(8)
                case 1:
                    del whole[place : place + drawn.choice((1, 1, 30))]
                case 2:
                    whole[place:place] = drawn.choice(
                        (b"\r\n", b"\0", b"\xff", b": ", b"%", b"9" * 20)
                    )
                case _:
                    whole[place:place] = whole[: drawn.randrange(len(whole))]
            if not whole:
                break
        yield bytes(whole)
