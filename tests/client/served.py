"""The test house on a real socket, and faults that a test orders on the way to it."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
import uvicorn
from tests.house import House

Scope = MutableMapping[str, Any]
Receive = Callable[[], Any]
SendMessage = Callable[[Any], Any]


@dataclass(frozen=True)
class Seen:
    """A request as it arrived."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    at: float


@dataclass
class Fault:
    """What is answered in the server's place. `after`: the server does its work all the same, and
    only its answer is lost. `breaks`: half of `body` is sent, then the connection ends."""

    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    after: bool = False
    breaks: bool = False
    delay: float = 0.0


class Way:
    """The way to a server: it counts what passes, and does harm where it is told to."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.seen: list[Seen] = []
        self._orders: list[tuple[str, str, Fault]] = []
        self._pauses: list[tuple[float, float]] = []

    def order(self, method: str, path: str, *faults: Fault) -> None:
        """One fault for each of the next requests with this method whose path ends like this."""
        self._orders.extend((method, path, fault) for fault in faults)

    def forget(self) -> None:
        """No more faults."""
        self._orders.clear()

    def count(self, method: str, path: str) -> int:
        return sum(each.method == method and each.path.endswith(path) for each in self.seen)

    async def __call__(self, scope: Scope, receive: Receive, send: SendMessage) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        self.seen.append(_see(scope))
        fault = self._take(scope["method"], scope["path"])
        if fault is None:
            await self._app(scope, receive, send)
            return
        if fault.delay:
            await anyio.sleep(fault.delay)
        if fault.after:
            await self._app(scope, receive, _swallow)
        await _answer(fault, send)

    def _take(self, method: str, path: str) -> Fault | None:
        for place, (its_method, its_path, fault) in enumerate(self._orders):
            if its_method in (method, "*") and path.endswith(its_path):
                del self._orders[place]
                self._note(fault)
                return fault
        return None

    def _note(self, fault: Fault) -> None:
        """Until when a fault asks for silence, from now on."""
        pause = fault.headers.get("retry-after", "")
        if pause.isdigit():
            self._pauses.append((time.monotonic(), time.monotonic() + int(pause)))

    def early(self) -> list[Seen]:
        """Requests that came before the time that `Retry-After` had asked for."""
        return [
            seen for seen in self.seen for begun, until in self._pauses if begun < seen.at < until
        ]


def _see(scope: Scope) -> Seen:
    headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
    return Seen(
        scope["method"], scope["path"], scope["query_string"].decode(), headers, time.monotonic()
    )


async def _swallow(message: Any) -> None:
    pass


async def _answer(fault: Fault, send: SendMessage) -> None:
    length = len(fault.body) * (2 if fault.breaks else 1)
    headers = {"content-length": str(length), **fault.headers}
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": fault.status, "headers": encoded})
    await send({"type": "http.response.body", "body": fault.body, "more_body": False})


@contextmanager
def on_socket(app: Any, house: House) -> Iterator[str]:
    """Serve an ASGI app in the house's event loop, on a free port of this machine; its address."""
    assert house._main is not None
    portal = house._main.portal
    assert portal is not None
    # asyncio sends small answers at once only from sockets that say they are TCP.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, lifespan="off", log_config=None, date_header=False, access_log=False
    )
    server = uvicorn.Server(config)
    done = portal.start_task_soon(server.serve, [listener])
    while not server.started:
        time.sleep(0.005)
    try:
        yield f"http://localhost:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        done.result()
        listener.close()
