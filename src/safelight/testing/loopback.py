"""An ASGI application on a free port of this machine, over real sockets.

A server of its own, since a test wants what a good server never does: an answer that is cut short,
a connection that is reset. HTTP/1.1, one application, no TLS.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import unquote

import h11

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
SendMessage = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, SendMessage], Awaitable[None]]

_PIECE = 64 * 1024
_BODILESS = frozenset({204, 304})


class BrokenOff(Exception):
    """Raised by an application: its connection is over at once. What was sent before arrives; with
    `reset` that is not sure, and the other side sees an error of the network."""

    def __init__(self, *, reset: bool = False) -> None:
        super().__init__()
        self.reset = reset


@asynccontextmanager
async def opened(application: Application) -> AsyncGenerator[None]:
    """The lifespan of an application, between its start and its end. Raises RuntimeError with what
    it says when it does not start."""
    inward: asyncio.Queue[Message] = asyncio.Queue()
    outward: asyncio.Queue[Message] = asyncio.Queue()
    living = asyncio.ensure_future(
        application({"type": "lifespan", "asgi": {"version": "3.0"}}, inward.get, outward.put)
    )
    await inward.put({"type": "lifespan.startup"})
    started = await outward.get()
    if started["type"] != "lifespan.startup.complete":
        await asyncio.gather(living, return_exceptions=True)
        raise RuntimeError(f"The server does not start: {started.get('message', '')}")
    try:
        yield
    finally:
        await inward.put({"type": "lifespan.shutdown"})
        await living


@asynccontextmanager
async def listening(
    application: Application, now: Callable[[], datetime] | None = None
) -> AsyncGenerator[str]:
    """Serve an application in the running event loop; its address, `http://localhost:PORT`. `now`
    is what the answers' `Date` says, which they lack without it. What is under way at the end is
    broken off."""
    serving: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        serving.add(task)
        try:
            await _Connection(application, reader, writer, now).serve()
        except asyncio.CancelledError:
            writer.transport.abort()  # the end of all: nobody waits for this task
        finally:
            serving.discard(task)

    # Answers of two pieces are sent at once only from sockets that say they are TCP.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    server = await asyncio.start_server(accept, sock=listener, backlog=256)
    try:
        yield f"http://localhost:{listener.getsockname()[1]}"
    finally:
        server.close()
        for task in list(serving):
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)


class _Connection:
    """One client's connection, from its first request to its last."""

    def __init__(
        self,
        application: Application,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        now: Callable[[], datetime] | None,
    ) -> None:
        self._application = application
        self._reader = reader
        self._writer = writer
        self._now = now
        self._wire = h11.Connection(h11.SERVER)
        self._is_headless = False

    async def serve(self) -> None:
        try:
            while isinstance(event := await self._next(), h11.Request):
                await self._answer(event)
                # What is left of the body, if only its end: closing before would reset.
                while self._wire.their_state is h11.SEND_BODY:
                    await self._next()
                if self._wire.our_state is not h11.DONE or self._wire.their_state is not h11.DONE:
                    break
                self._wire.start_next_cycle()
        except BrokenOff as end:
            if end.reset:
                self._reset()
        except (OSError, h11.ProtocolError):
            pass  # the client went away, or an answer was shorter than it had said
        finally:
            self._writer.close()
            with suppress(OSError):
                await self._writer.wait_closed()

    async def _answer(self, request: h11.Request) -> None:
        self._is_headless = request.method == b"HEAD"
        path, _, query = request.target.partition(b"?")
        scope: Scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": request.http_version.decode(),
            "method": request.method.decode(),
            "scheme": "http",
            "path": unquote(path.decode("ascii", "replace")),
            "raw_path": path,
            "query_string": query,
            "root_path": "",
            "headers": list(request.headers),
            "client": self._writer.get_extra_info("peername"),
            "server": self._writer.get_extra_info("sockname"),
        }
        await self._application(scope, self._receive, self._send)

    async def _next(self) -> object:
        """The next part of what the client sends; `h11.ConnectionClosed` at its end."""
        while True:
            event = self._wire.next_event()
            if event is h11.NEED_DATA:
                if self._wire.they_are_waiting_for_100_continue:
                    await self._write(h11.InformationalResponse(status_code=100, headers=[]))
                self._wire.receive_data(await self._reader.read(_PIECE))
                continue
            return event

    async def _receive(self) -> Message:
        if self._wire.their_state is not h11.SEND_BODY:
            return {"type": "http.disconnect"}
        try:
            event = await self._next()
        except (OSError, h11.ProtocolError):
            return {"type": "http.disconnect"}
        if isinstance(event, h11.Data):
            return {"type": "http.request", "body": bytes(event.data), "more_body": True}
        return {"type": "http.request", "body": b"", "more_body": False}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [(bytes(name), bytes(value)) for name, value in message.get("headers", ())]
            if self._now is not None and not any(name.lower() == b"date" for name, _ in headers):
                headers.append((b"date", format_datetime(self._now(), usegmt=True).encode()))
            self._is_headless = self._is_headless or message["status"] in _BODILESS
            await self._write(h11.Response(status_code=message["status"], headers=headers))
            return
        if message.get("body") and not self._is_headless:
            await self._write(h11.Data(data=message["body"]))
        if not message.get("more_body", False):
            await self._write(h11.EndOfMessage())

    async def _write(self, event: Any) -> None:
        self._writer.write(self._wire.send(event) or b"")
        await self._writer.drain()

    def _reset(self) -> None:
        """End it with RST, as a machine does that knows nothing of the connection any more."""
        found = self._writer.get_extra_info("socket")
        if found is not None:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()
