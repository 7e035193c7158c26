"""A small server whose answers are those of the service, asked as the account."""

from __future__ import annotations

import contextlib
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from email.errors import (
    FirstHeaderLineIsContinuationDefect,
    MisplacedEnvelopeHeaderDefect,
    MissingHeaderBodySeparatorDefect,
)
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from socketserver import TCPServer
from typing import Any, NamedTuple

from safelight.cli.forwarding import peers
from safelight.cli.forwarding.asked import Asked, read_asked
from safelight.cli.forwarding.bodies import PIECE, Body, read_length
from safelight.cli.forwarding.gate import Fields, Gate, Reply
from safelight.cli.forwarding.leaks import require_harmless, secrets_of, watched
from safelight.cli.forwarding.problems import problem, unreadable
from safelight.client.client import Client
from safelight.client.errors import AnswerTooLarge
from safelight.errors import MalformedRequest, SafelightError

_SECONDS = 60
"""How long a caller may be silent."""
_MOST_CONNECTIONS = 128
_WAITING = 128
_SKIPPED_BYTES = 1024 * 1024
"""What is read for the sake of the connection's next request."""
_MOST_SKIPPED_BYTES = 64 * 1024 * 1024
_SKIPPED_SECONDS = 2
_BODILESS = frozenset({204, 304})
_DECODED = frozenset({"content-encoding", "content-length"})


class Listening(NamedTuple):
    """Where; `port` 0 takes a free one. With `own_user` no other user of this machine is answered,
    which can be told at 127.0.0.1 alone."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None
    own_user: bool = False


class ForwardingServer(ThreadingHTTPServer):
    """`make_gate` is told the port. Raises OSError where nobody can listen."""

    daemon_threads: bool = True
    block_on_close: bool = False
    request_queue_size: int = _WAITING
    address_family: int
    server_port: int

    def __init__(
        self, listening: Listening, client: Client, make_gate: Callable[[int], Gate]
    ) -> None:
        if ":" in listening.host:
            self.address_family = socket.AF_INET6
        self.client: Client = client
        self._listening = listening
        self._has_refused = False
        self._places = threading.BoundedSemaphore(_MOST_CONNECTIONS)
        super().__init__((listening.host, listening.port), _Handler)
        self.gate: Gate = make_gate(self.server_port)

    def server_bind(self) -> None:
        """Without the standard library's look-up of the address's name, which may take long."""
        TCPServer.server_bind(self)
        self.server_port = self.socket.getsockname()[1]

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = self.socket.accept()
        tls = self._listening.tls
        if tls is None:
            return connection, address
        connection.settimeout(_SECONDS)
        # The handshake comes with the first byte that is read, in the connection's own thread.
        wrapped = tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return wrapped, address

    def verify_request(self, request: Any, client_address: Any) -> bool:
        if not self._listening.own_user or peers.is_own(client_address[1], self.server_port):
            return True
        if not self._has_refused:
            print("safelight: Another user's program was not answered.", file=sys.stderr)
        self._has_refused = True
        return False

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The kind of what nobody thought of; a traceback may hold what is nobody's business. Who
        broke off knows."""
        error = sys.exception()
        if not isinstance(error, OSError):
            print(f"safelight: A request failed: {type(error).__name__}.", file=sys.stderr)


_DEFECTS = (
    FirstHeaderLineIsContinuationDefect,
    MisplacedEnvelopeHeaderDefect,
    MissingHeaderBodySeparatorDefect,
)
"""Where the standard library ends a head in the middle, or goes on in spite of a line. It finds
other faults in bodies, which are not its to read here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _SECONDS
    server: ForwardingServer

    def setup(self) -> None:
        super().setup()
        self._is_waiting = False
        self._has_answered = False

    def _serve(self) -> None:
        self._has_answered = False
        body: Body | None = None
        added: Fields = ()
        gate = self.server.gate
        try:
            if any(isinstance(each, _DEFECTS) for each in self.headers.defects):
                raise MalformedRequest("A line of the head is not what HTTP allows.")
            asked = read_asked(self.command, self.path, self.headers.items())
            added = gate.adds(asked)
            body = Body(self.rfile, read_length(asked, gate.most_bytes), self._go_on)
            reply = gate.answer(asked, body.whole)
            if reply is None:
                self._forward(asked, body, added)
            else:
                self._send(reply, added)
        except SafelightError as error:
            if self._has_answered:
                self._break_off()
                return
            if body is None:  # where the next request begins is not known
                self.close_connection = True
            self._send(problem(error), added)
        except OSError:
            self._break_off()
            return
        if body is None or body.left:
            self._skip(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a path may hold what is nobody's business."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the standard library refuses."""
        self.close_connection = True
        self.command = getattr(self, "command", None) or "GET"
        self.request_version = self.protocol_version  # what it said of it is not known
        self._send(unreadable(code, "This is not a request that is answered here."), ())

    def handle_expect_100(self) -> bool:
        """What is refused has no need of its body, so it is asked for when it is read."""
        self._is_waiting = True
        return True

    def _go_on(self) -> None:
        if self._is_waiting:
            self._is_waiting = False
            self.send_response_only(100)
            self.end_headers()

    # --- the service --------------------------------------------------------------------------

    def _forward(self, asked: Asked, body: Body, added: Fields) -> None:
        gate = self.server.gate
        headers = {
            name.lower(): asked.header(name.lower())
            for name, _ in asked.fields
            if gate.is_sent_on(name.lower())
        }
        headers["accept-encoding"] = "identity"  # what passes is looked through
        for name, value in headers.items():
            if not value.isascii():
                raise MalformedRequest(f"The header {name} is not written in ASCII.")
        content: Any = None
        if body.length:
            headers["content-length"] = str(body.length)
            content = body.content()
        with self.server.client.stream(
            asked.method, asked.target, headers=headers, content=content
        ) as response:
            self._send_back(response, added)

    def _send_back(self, response: Any, added: Fields) -> None:
        """As it came, but decoded. Raises SecretInAnswer, AnswerTooLarge, and what breaks off."""
        is_decoded = response.is_stream_consumed or "content-encoding" in response.headers
        fields = [
            (name, value)
            for name, value in _as_they_came(response.headers.raw)
            if self.server.gate.is_sent_back(name.lower())
            and not (is_decoded and name.lower() in _DECODED)
        ]
        grant = self.server.client.auth.session.holding.held.grant
        secrets = secrets_of(grant, response.request.headers.multi_items())
        require_harmless((value for _, value in fields), secrets)
        length = "" if is_decoded else response.headers.get("content-length", "")
        has_body = self.command != "HEAD" and response.status_code not in _BODILESS
        if response.is_stream_consumed and has_body:
            length = str(len(response.content))
            fields.append(("content-length", length))
        if length.isdigit() and int(length) > self.server.gate.most_bytes:
            raise AnswerTooLarge
        is_chunked = has_body and not length
        pieces = watched(response.iter_bytes(PIECE), secrets) if has_body else iter(())
        first = next(pieces, b"")  # what is wrong with it can still be said
        self._send_head(response.status_code, (*fields, *added), is_chunked=is_chunked)
        if has_body:
            self._send_pieces(chain((first,), pieces), is_chunked=is_chunked)

    def _send_pieces(self, pieces: Iterable[bytes], *, is_chunked: bool) -> None:
        """Raises AnswerTooLarge when it turns out so; then the end is missing, so that nobody takes
        it for whole."""
        is_framed = is_chunked and self.request_version != "HTTP/1.0"
        left = self.server.gate.most_bytes
        for piece in pieces:
            left -= len(piece)
            if left < 0:
                raise AnswerTooLarge
            if not piece:  # it would be taken for the end
                continue
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece) if is_framed else piece)
        if is_framed:
            self.wfile.write(b"0\r\n\r\n")

    # --- our own words ------------------------------------------------------------------------

    def _send(self, reply: Reply, added: Fields) -> None:
        length: Fields = ()
        if reply.status not in _BODILESS:
            length = (("content-length", str(len(reply.content))),)
        with contextlib.suppress(OSError):
            self._send_head(reply.status, (*reply.fields, *length, *added), is_chunked=False)
            if self.command != "HEAD":
                self.wfile.write(reply.content)

    def _send_head(self, status: int, fields: Fields, *, is_chunked: bool) -> None:
        self._has_answered = True
        self.send_response_only(status)
        for name, value in fields:
            self.send_header(name, value)
        if is_chunked and self.request_version == "HTTP/1.0":
            self.close_connection = True
        elif is_chunked:
            self.send_header("transfer-encoding", "chunked")
        if self.close_connection:
            self.send_header("connection", "close")
        self.end_headers()

    def _break_off(self) -> None:
        """End the connection in the middle, so that half an answer is seen to be one."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _skip(self, body: Body | None) -> None:
        """Past what was not read of a refused body: a connection that is closed before all has come
        would take the answer with it."""
        if self._is_waiting:  # nothing comes
            self._is_waiting = False
            self.close_connection = True
            return
        with contextlib.suppress(OSError, SafelightError):
            if body is not None and body.left <= _SKIPPED_BYTES:
                for _ in body:
                    pass
                return
            self.close_connection = True
            self.wfile.flush()
            self.connection.settimeout(_SKIPPED_SECONDS)
            left = _MOST_SKIPPED_BYTES
            while left > 0 and (piece := self.rfile.read1(PIECE)):
                left -= len(piece)


def _as_they_came(headers: Iterable[tuple[bytes, bytes]]) -> Iterator[tuple[str, str]]:
    """Byte for byte, as the standard library writes them: a file's name may be in UTF-8."""
    for name, value in headers:
        yield name.decode("latin-1"), value.decode("latin-1")
