"""`AsyncClient`: as `Client`, for async callers."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack

import anyio
import httpx2

from safelight.client import async_nouns
from safelight.client.auth import Options, Service, SessionAuth, Target, open_auth
from safelight.client.courier import explain
from safelight.client.driving import drive_async
from safelight.client.events import Event
from safelight.client.grant import Grant
from safelight.client.keep_alive import Beat, kept_alive_async
from safelight.client.keeping import Kept
from safelight.client.pacing import Pace, Patience
from safelight.client.protocols.pixieset import RealmName
from safelight.client.setting import (
    HEADERS,
    TIMEOUT,
    Cache,
    NoJar,
    Parameters,
    PerProcess,
    build_request,
    empty_at_changes,
    given,
    open_courier,
    require,
)
from safelight.client.steps import FAILURES, Steps
from safelight.clock import Clock
from safelight.errors import SafelightError
from safelight.secret import Secret

Value = TypeVar("Value")


class AsyncClient:
    """Safe to share between tasks. Each method is as its twin of `Client`.

    Close it, as `async with` does, before the event loop ends: that breaks off a renewal, which may
    cost the session.
    """

    def __init__(
        self,
        auth: SessionAuth,
        *,
        cache: Cache | None = None,
        patience: Patience | None = None,
        timeout: httpx2.Timeout = TIMEOUT,
        clock: Clock | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
        follow_elsewhere: bool = True,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    ) -> None:
        self.auth = auth
        pace = Pace(patience or Patience(), clock or auth.session.clock, auth.session.holding.quiet)
        self._courier = open_courier(auth.session, pace, follow_elsewhere=follow_elsewhere)
        self._sleep = sleep
        if cache is not None:
            empty_at_changes(auth.session, cache)

        def connect() -> httpx2.AsyncClient:
            below = transport
            if cache is not None:
                below = cache.wrap_async(
                    transport or httpx2.AsyncHTTPTransport(), auth.session.holding.key
                )
            return httpx2.AsyncClient(
                base_url=auth.session.wire.url,
                headers=HEADERS,
                cookies=NoJar(),
                timeout=timeout,
                transport=below,
                follow_redirects=False,
            )

        self._connections = PerProcess(connect)

    @property
    def _http(self) -> httpx2.AsyncClient:
        return self._connections.here()

    @classmethod
    def open(
        cls,
        service: Service,
        url: str | None = None,
        *,
        username: str | None = None,
        password: str | Secret | None = None,
        api_key: str | Secret | None = None,
        token: str | Secret | None = None,
        realm: RealmName = "galleries",
        organization: str | None = None,
        **options: Unpack[Options],
    ) -> Self:
        auth = open_auth(
            Target(service=service, url=url, realm=realm, organization=organization),
            credentials=given(username, password),
            api_key=api_key,
            token=token,
            **options,
        )
        return cls(auth)

    @classmethod
    def from_profile(
        cls,
        name: str = "",
        *,
        password: str | Secret | None = None,
        passphrase: str | Secret | None = None,
        folder: Path | None = None,
        on_event: Callable[[Event], None] | None = None,
    ) -> Self:
        # Loaded here alone: the keyring and the cache take a while, and others need neither.
        opening = import_module("safelight.client.opening")
        opened = opening.open_profile(
            name, password=password, passphrase=passphrase, folder=folder, on_event=on_event
        )
        return cls(opened.auth, cache=opened.cache)

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
        request = build_request(
            self._http,
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

    async def send(self, request: httpx2.Request) -> httpx2.Response:
        steps = self._courier.deliver(request, whole=True)
        return await drive_async(steps, self._http, self._sleep)

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        path: str,
        *,
        params: Parameters | None = None,
        headers: Mapping[str, str] | None = None,
        content: Any = None,
    ) -> AsyncGenerator[httpx2.Response]:
        request = build_request(
            self._http, method, path, params=params, headers=headers, content=content
        )
        async with self._stream(request) as response:
            try:
                yield response
            except FAILURES as error:
                raise explain(error, request) from None

    @asynccontextmanager
    async def _stream(self, request: httpx2.Request) -> AsyncGenerator[httpx2.Response]:
        steps = self._courier.deliver(request, whole=False)
        response = await drive_async(steps, self._http, self._sleep)
        try:
            yield response
        finally:
            await response.aclose()

    def error_of(self, response: httpx2.Response) -> SafelightError | None:
        return self.auth.session.denial_of(response)

    # --- typed calls --------------------------------------------------------------------------

    @property
    def photos(self) -> async_nouns.AsyncPhotos:
        return async_nouns.AsyncPhotos(self, require(self.auth.library.photos, "photos"))

    @property
    def galleries(self) -> async_nouns.AsyncGalleries:
        calls = require(self.auth.library.galleries, "galleries")
        return async_nouns.AsyncGalleries(self, calls)

    @property
    def customers(self) -> async_nouns.AsyncCustomers:
        calls = require(self.auth.library.customers, "customers")
        return async_nouns.AsyncCustomers(self, calls)

    @property
    def notifications(self) -> async_nouns.AsyncNotifications:
        calls = require(self.auth.library.notifications, "notifications")
        return async_nouns.AsyncNotifications(self, calls)

    @property
    def organizations(self) -> async_nouns.AsyncOrganizations:
        calls = require(self.auth.library.organizations, "organizations")
        return async_nouns.AsyncOrganizations(self, calls)

    async def call(self, make: Callable[[Grant], Steps[Value]]) -> Value:
        grant = await self._get_ready()
        steps = self._courier.call(make(grant), self.auth.session.wire)
        return await drive_async(steps, self._http, self._sleep)

    @asynccontextmanager
    async def fetch(
        self, make: Callable[[Grant], httpx2.Request]
    ) -> AsyncGenerator[httpx2.Response]:
        grant = await self._get_ready()
        async with self._stream(make(grant)) as response:
            if not response.is_success:
                await response.aread()
                raise self.error_of(response) or SafelightError()
            yield response

    async def rest(self, failures: int) -> None:
        await self._sleep(self._courier.pause_after(failures))

    # --- the session --------------------------------------------------------------------------

    async def sign_in(self, *, force: bool = False) -> Kept:
        return await self._drive_bare(self.auth.session.sign_in(force=force))

    async def adopt(self, grant: Grant) -> Kept:
        return await self._drive_here(self.auth.session.adopt(grant))

    async def is_live(self) -> bool:
        return await self._drive_bare(self.auth.session.is_live())

    async def select_organization(self, organization: str | None) -> Kept:
        return await self._drive_bare(self.auth.session.select_organization(organization))

    async def sign_out(self) -> None:
        await self._drive_bare(self.auth.session.sign_out())

    async def forget(self) -> None:
        await self._drive_here(self.auth.session.forget())

    async def abandon(self) -> None:
        await self._drive_bare(self.auth.session.abandon())

    @asynccontextmanager
    async def kept_alive(self, idle: timedelta | None = None) -> AsyncGenerator[None]:
        beat = Beat(idle or self.auth.session.wire.idle)
        async with kept_alive_async(self.is_live, beat):
            yield

    async def close(self) -> None:
        try:
            await self._drive_here(self.auth.session.settle())
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

    async def _get_ready(self) -> Grant:
        steps = self._courier.patiently(self.auth.session.ready)
        return await drive_async(steps, self._http, self._sleep)

    async def _drive_here(self, steps: Steps[Value]) -> Value:
        return await drive_async(steps, self._http, self._sleep)

    async def _drive_bare(self, steps: Steps[Value]) -> Value:
        return await drive_async(self._courier.explained(steps), self._http, self._sleep)
