"""`Client` and `AsyncClient`: requests that arrive, as an account that stays signed in."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx2

from safelight import __version__
from safelight.client.auth import SessionAuth
from safelight.client.courier import Courier, explain
from safelight.client.driving import drive, drive_async
from safelight.client.events import Event, Happened
from safelight.client.grant import Grant
from safelight.client.keeping import Kept
from safelight.client.pacing import Pace, Patience
from safelight.client.steps import Steps
from safelight.clock import Clock, SystemClock
from safelight.errors import SafelightError

Value = TypeVar("Value")

TIMEOUT = httpx2.Timeout(30.0, connect=10.0)

Parameters = Mapping[str, str | int | bool | None]


class Client:
    """Blocking. Safe to share between threads.

    `request` and its short forms give the answer whatever its status; they raise SafelightError
    when there is none (`reason` says what to do about it).
    """

    def __init__(
        self,
        auth: SessionAuth,
        *,
        timeout: httpx2.Timeout = TIMEOUT,
        patience: Patience | None = None,
        clock: Clock | None = None,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self.auth = auth
        self._courier = _courier_of(auth, patience, clock)
        self._http = httpx2.Client(
            base_url=auth.session.wire.url,
            headers=_HEADERS,
            cookies=_no_jar(),
            timeout=timeout,
            transport=transport,
            follow_redirects=False,
        )

    # --- requests -----------------------------------------------------------------------------

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Parameters | None = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        data: Mapping[str, Any] | None = None,
        files: Any = None,
        content: Any = None,
    ) -> httpx2.Response:
        """`path` is below the service's address, or a whole address, which gets no credentials
        unless it is the service's own."""
        request = self._http.build_request(
            method,
            path,
            params=params,
            headers=headers,
            json=json,
            data=data,
            files=files,
            content=content,
        )
        return self.send(request)

    def get(
        self,
        path: str,
        *,
        params: Parameters | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        return self.request("GET", path, params=params, headers=headers)

    def post(self, path: str, **body: Any) -> httpx2.Response:
        return self.request("POST", path, **body)

    def put(self, path: str, **body: Any) -> httpx2.Response:
        return self.request("PUT", path, **body)

    def patch(self, path: str, **body: Any) -> httpx2.Response:
        return self.request("PATCH", path, **body)

    def delete(self, path: str, **body: Any) -> httpx2.Response:
        return self.request("DELETE", path, **body)

    @contextmanager
    def stream(
        self,
        method: str,
        path: str,
        *,
        params: Parameters | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Generator[httpx2.Response]:
        """An answer whose body is read piece by piece."""
        request = self._http.build_request(method, path, params=params, headers=headers)
        response = self._drive(self._courier.deliver(request, whole=False))
        try:
            yield response
        except httpx2.TransportError as error:
            raise explain(error, request) from None
        finally:
            response.close()

    def send(self, request: httpx2.Request) -> httpx2.Response:
        return self._drive(self._courier.deliver(request, whole=True))

    def error_of(self, response: httpx2.Response) -> SafelightError | None:
        """The error that an answer stands for; None for a success."""
        return self.auth.session.wire.read_denial(response)

    # --- the session --------------------------------------------------------------------------

    def sign_in(self, *, force: bool = False) -> Kept:
        """Sign in now, unless a live session is held already, or `force`."""
        return self._drive_bare(self.auth.session.sign_in(force=force))

    def adopt(self, grant: Grant) -> Kept:
        """Hold a grant that came from elsewhere."""
        return self._drive_bare(self.auth.session.adopt(grant))

    def is_live(self) -> bool:
        """Whether the service takes the session that is held; nobody signs in for this."""
        return self._drive_bare(self.auth.session.is_live())

    def select_organization(self, organization: str | None) -> Kept:
        """Act for an organization from now on (its id, or `ONLY`), or for the account alone."""
        return self._drive_bare(self.auth.session.select_organization(organization))

    def sign_out(self) -> None:
        """End the session at the service, and drop it here."""
        self._drive_bare(self.auth.session.sign_out())

    def forget(self) -> None:
        """Drop the session here, without a word to the service."""
        self._drive_bare(self.auth.session.forget())

    def close(self) -> None:
        try:
            self._drive_bare(self.auth.session.settle())
        finally:
            self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _drive(self, steps: Steps[Value]) -> Value:
        return drive(steps, self._http, self.auth)

    def _drive_bare(self, steps: Steps[Value]) -> Value:
        """Steps whose requests carry their own credentials."""
        return drive(self._courier.explained(steps), self._http, None)


class AsyncClient:
    """As `Client`, for asyncio and trio. Safe to share between tasks."""

    def __init__(
        self,
        auth: SessionAuth,
        *,
        timeout: httpx2.Timeout = TIMEOUT,
        patience: Patience | None = None,
        clock: Clock | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self.auth = auth
        self._courier = _courier_of(auth, patience, clock)
        self._http = httpx2.AsyncClient(
            base_url=auth.session.wire.url,
            headers=_HEADERS,
            cookies=_no_jar(),
            timeout=timeout,
            transport=transport,
            follow_redirects=False,
        )

    # --- requests -----------------------------------------------------------------------------

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Parameters | None = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        data: Mapping[str, Any] | None = None,
        files: Any = None,
        content: Any = None,
    ) -> httpx2.Response:
        """As `Client.request`."""
        request = self._http.build_request(
            method,
            path,
            params=params,
            headers=headers,
            json=json,
            data=data,
            files=files,
            content=content,
        )
        return await self.send(request)

    async def get(
        self,
        path: str,
        *,
        params: Parameters | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        return await self.request("GET", path, params=params, headers=headers)

    async def post(self, path: str, **body: Any) -> httpx2.Response:
        return await self.request("POST", path, **body)

    async def put(self, path: str, **body: Any) -> httpx2.Response:
        return await self.request("PUT", path, **body)

    async def patch(self, path: str, **body: Any) -> httpx2.Response:
        return await self.request("PATCH", path, **body)

    async def delete(self, path: str, **body: Any) -> httpx2.Response:
        return await self.request("DELETE", path, **body)

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        path: str,
        *,
        params: Parameters | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncGenerator[httpx2.Response]:
        """As `Client.stream`."""
        request = self._http.build_request(method, path, params=params, headers=headers)
        response = await self._drive(self._courier.deliver(request, whole=False))
        try:
            yield response
        except httpx2.TransportError as error:
            raise explain(error, request) from None
        finally:
            await response.aclose()

    async def send(self, request: httpx2.Request) -> httpx2.Response:
        return await self._drive(self._courier.deliver(request, whole=True))

    def error_of(self, response: httpx2.Response) -> SafelightError | None:
        """As `Client.error_of`."""
        return self.auth.session.wire.read_denial(response)

    # --- the session --------------------------------------------------------------------------

    async def sign_in(self, *, force: bool = False) -> Kept:
        """As `Client.sign_in`."""
        return await self._drive_bare(self.auth.session.sign_in(force=force))

    async def adopt(self, grant: Grant) -> Kept:
        """As `Client.adopt`."""
        return await self._drive_bare(self.auth.session.adopt(grant))

    async def is_live(self) -> bool:
        """As `Client.is_live`."""
        return await self._drive_bare(self.auth.session.is_live())

    async def select_organization(self, organization: str | None) -> Kept:
        """As `Client.select_organization`."""
        return await self._drive_bare(self.auth.session.select_organization(organization))

    async def sign_out(self) -> None:
        """As `Client.sign_out`."""
        await self._drive_bare(self.auth.session.sign_out())

    async def forget(self) -> None:
        """As `Client.forget`."""
        await self._drive_bare(self.auth.session.forget())

    async def close(self) -> None:
        try:
            await self._drive_bare(self.auth.session.settle())
        finally:
            await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def _drive(self, steps: Steps[Value]) -> Value:
        return await drive_async(steps, self._http, self.auth)

    async def _drive_bare(self, steps: Steps[Value]) -> Value:
        return await drive_async(self._courier.explained(steps), self._http, None)


_HEADERS = {"user-agent": f"safelight/{__version__}", "accept": "application/json, */*;q=0.5"}


def _no_jar() -> CookieJar:
    """Cookies are the session's affair: a jar beside it would mix two accounts' up."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))


def _courier_of(auth: SessionAuth, patience: Patience | None, clock: Clock | None) -> Courier:
    session = auth.session

    def tell(pause: timedelta) -> None:
        if session.on_event is not None:
            event = Event(
                what=Happened.PAUSED, service=session.wire.service, seconds=pause.total_seconds()
            )
            session.on_event(event)

    return Courier(Pace(patience or Patience(), clock or SystemClock()), tell)
