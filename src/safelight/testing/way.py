"""The way to a server: what passes is counted, and spoilt where a test says so."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

from safelight.testing.faults import (
    CREDENTIAL_HEADERS,
    CSRF_HEADERS,
    Answer,
    Fault,
    Late,
    Reset,
    Truncated,
    Without,
)
from safelight.testing.loopback import Application, Message, Receive, Scope, SendMessage
from safelight.testing.moved_cookies import MovedCookies

_WRITES = ("POST", "PUT", "PATCH", "DELETE")
_FINEST = 2e-6
"""Seconds. Clocks count microseconds, and who waits by one may seem earlier by its rounding."""


@dataclass(frozen=True)
class Seen:
    """A request as it arrived. `headers` are by their names in small letters; `at` counts seconds
    from some moment, and never falls."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    at: float


@dataclass(frozen=True)
class _Order:
    methods: tuple[str, ...]
    path: str
    fault: Fault

    def is_for(self, method: str, path: str) -> bool:
        return (not self.methods or method in self.methods) and path.endswith(self.path)


class Way:
    """Every switch holds for the next request, or for the next `times`, and then the server is
    itself again; `path` waits for one whose path ends like this. Orders are taken in turn.

    `now` is the server's clock; `elapsed` counts seconds, whatever is done to that clock.
    """

    def __init__(
        self,
        application: Application,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._application = application
        self._now = now
        self._elapsed = elapsed
        self._orders: list[_Order] = []
        self._moved = MovedCookies()
        self._quiet_until = 0.0
        self.seen: list[Seen] = []
        self.early: list[Seen] = []
        """Requests that came before the time that a `Retry-After` had asked for."""
        self.spoilt: list[Seen] = []
        """Requests that met an order."""
        self.under_way: int = 0
        """Requests that the server, or a fault, is still at, whether anybody waits or not."""

    # --- the switches -------------------------------------------------------------------------

    def refuse_session(self, *, times: int = 1, path: str = "") -> None:
        """The server sees no credential, and says so. The session lives on."""
        self._put((), path, times, Without(CREDENTIAL_HEADERS))

    def refuse_csrf(self, *, times: int = 1, path: str = "") -> None:
        """The next write shows no CSRF token: 419 from Pixieset's apps. Others have none."""
        self._put(_WRITES, path, times, Without(CSRF_HEADERS))

    def rotate_cookies(self, *, path: str = "") -> None:
        """The next answer brings new values for the session's cookies; the old ones are over."""
        self._put((), path, 1, self._moved)

    def limit_rate(
        self,
        retry_after: int | None = None,
        *,
        as_date: bool = False,
        times: int = 1,
        path: str = "",
    ) -> None:
        """429, with `Retry-After` in seconds, or as the date of the server's clock that is so far
        ahead, or without."""
        headers = {}
        if retry_after is not None:
            until = self._now() + timedelta(seconds=retry_after)
            headers["retry-after"] = (
                format_datetime(until, usegmt=True) if as_date else str(retry_after)
            )
        self._put((), path, times, Answer(429, headers, b"Too many requests"))

    def fail(
        self, status: int = 502, *, after: bool = False, times: int = 1, path: str = ""
    ) -> None:
        """A proxy's error page. `after`: the server has done its work before that."""
        self._put((), path, times, Answer(status, _PAGE, b"<h1>Bad gateway</h1>", after=after))

    def delay(self, seconds: float, *, after: bool = False, times: int = 1, path: str = "") -> None:
        """The answer comes late: more than a client waits for is a timeout. `after`: the server
        works at once, and only the answer waits."""
        self._put((), path, times, Late(seconds, after))

    def truncate(self, *, times: int = 1, path: str = "") -> None:
        """The server does its work, and the connection ends in the middle of its answer."""
        self._put((), path, times, Truncated())

    def reset(self, *, after: bool = False, times: int = 1, path: str = "") -> None:
        """The connection is reset before an answer. `after`: the server has done its work."""
        self._put((), path, times, Reset(after))

    def order(self, method: str, path: str, *faults: Fault) -> None:
        """One fault for each of the next requests with this method, or any for `*`, whose path ends
        like this."""
        methods = () if method == "*" else (method,)
        self._orders.extend(_Order(methods, path, fault) for fault in faults)

    def forget(self) -> None:
        """No order counts any more that nothing has met yet."""
        self._orders.clear()

    def _put(self, methods: tuple[str, ...], path: str, times: int, fault: Fault) -> None:
        self._orders.extend([_Order(methods, path, fault)] * times)

    # --- what was seen ------------------------------------------------------------------------

    @property
    def waiting(self) -> int:
        """How many orders have met no request yet."""
        return len(self._orders)

    def count(self, method: str, path: str) -> int:
        """How many requests had this method, and a path that ends like this."""
        return sum(each.method == method and each.path.endswith(path) for each in self.seen)

    # --- ASGI ---------------------------------------------------------------------------------

    async def __call__(self, scope: Scope, receive: Receive, send: SendMessage) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        seen = _see(scope, self._elapsed())
        self.seen.append(seen)
        if seen.at < self._quiet_until - _FINEST:
            self.early.append(seen)
        self.under_way += 1
        try:
            await self._pass_on(seen, scope, receive, send)
        finally:
            self.under_way -= 1

    async def _pass_on(self, seen: Seen, scope: Scope, receive: Receive, send: SendMessage) -> None:
        fault = self._take(seen.method, seen.path)
        if fault is not None:
            self.spoilt.append(seen)
        if fault is self._moved:
            await fault.meet(self._application, scope, receive, self._noting(send))
        elif fault is None:
            await self._serve(scope, receive, self._noting(send))
        else:
            await fault.meet(self._serve, scope, receive, self._noting(send))

    async def _serve(self, scope: Scope, receive: Receive, send: SendMessage) -> None:
        await self._moved.let_through(self._application, scope, receive, send)

    def _take(self, method: str, path: str) -> Fault | None:
        for place, order in enumerate(self._orders):
            if order.is_for(method, path):
                del self._orders[place]
                return order.fault
        return None

    def _noting(self, send: SendMessage) -> SendMessage:
        """Until when an answer asks for silence."""

        async def note(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in (429, 503):
                for name, value in message["headers"]:
                    if name.lower() == b"retry-after":
                        until = self._elapsed() + self._seconds_of(value.decode("latin-1"))
                        self._quiet_until = max(self._quiet_until, until)
            await send(message)

        return note

    def _seconds_of(self, retry_after: str) -> float:
        if retry_after.isdigit():
            return float(retry_after)
        return (parsedate_to_datetime(retry_after) - self._now()).total_seconds()


_PAGE = {"content-type": "text/html"}


def _see(scope: Scope, at: float) -> Seen:
    headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
    return Seen(scope["method"], scope["path"], scope["query_string"].decode(), headers, at)
