"""What an async client's typed calls hang on; each is as its twin in `nouns.py`."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import BinaryIO, Protocol, TypeVar

import httpx2

from safelight.client import downloads
from safelight.client.courier import explain
from safelight.client.grant import Grant
from safelight.client.library import (
    CustomerCalls,
    GalleryCalls,
    NotificationCalls,
    OrganizationCalls,
    PhotoCalls,
)
from safelight.client.steps import FAILURES, Steps
from safelight.client.things import (
    Customer,
    Gallery,
    NewCustomer,
    Notification,
    Organization,
    Page,
    Photo,
)
from safelight.client.unfinished import Unfinished
from safelight.client.uploads import Progress, Upload
from safelight.errors import MalformedRequest

Value = TypeVar("Value")
Item = TypeVar("Item")


class AsyncCaller(Protocol):
    """The client, as seen from here."""

    async def call(self, make: Callable[[Grant], Steps[Value]]) -> Value: ...

    def fetch(
        self, make: Callable[[Grant], httpx2.Request]
    ) -> AbstractAsyncContextManager[httpx2.Response]: ...

    async def rest(self, failures: int) -> None: ...


class AsyncPhotos:
    def __init__(self, caller: AsyncCaller, calls: PhotoCalls) -> None:
        self._caller = caller
        self._calls = calls

    def list(self, *, gallery: str | None = None) -> AsyncIterator[Photo]:
        """As `Photos.list`."""
        return _each(
            lambda cursor: self._caller.call(lambda grant: self._calls.list(grant, gallery, cursor))
        )

    async def get(self, id: str) -> Photo:
        return await self._caller.call(lambda grant: self._calls.get(grant, id))

    async def upload(
        self,
        source: str | os.PathLike[str] | bytes | BinaryIO,
        *,
        gallery: str | None = None,
        name: str | None = None,
        progress: Progress | None = None,
        unfinished: Path | None = None,
    ) -> Photo:
        """As `Photos.upload`."""
        known = Unfinished(unfinished) if unfinished is not None else None
        upload = Upload(source, name=name, progress=progress, unfinished=known)
        try:
            return await self._caller.call(lambda grant: self._calls.add(grant, upload, gallery))
        finally:
            upload.close()

    async def download(
        self, id: str, to: str | os.PathLike[str], *, progress: downloads.Progress | None = None
    ) -> Path:
        """As `Photos.download`."""
        download = downloads.Download(to, progress)
        try:
            while True:
                try:
                    async with self._caller.fetch(
                        lambda grant: download.ask(self._calls.original(grant, id))
                    ) as response:
                        if goes_on := download.begin(response):
                            async for piece in response.aiter_raw():
                                download.take(piece)
                    if goes_on and download.is_whole:
                        return download.finish()
                    breaks = download.broke()
                except MalformedRequest as error:
                    breaks = download.refused(error)
                except FAILURES as error:
                    breaks = download.broke(explain(error, error.request))
                await self._caller.rest(breaks)
        finally:
            download.abandon()

    async def delete(self, id: str) -> None:
        """As `Photos.delete`."""
        await self._caller.call(lambda grant: self._calls.delete(grant, id))


class AsyncGalleries:
    def __init__(self, caller: AsyncCaller, calls: GalleryCalls) -> None:
        self._caller = caller
        self._calls = calls

    def list(self) -> AsyncIterator[Gallery]:
        return _each(
            lambda cursor: self._caller.call(lambda grant: self._calls.list(grant, cursor))
        )

    async def add(self, name: str, *, public: bool = False) -> Gallery:
        return await self._caller.call(lambda grant: self._calls.add(grant, name, public=public))

    async def delete(self, id: str) -> None:
        await self._caller.call(lambda grant: self._calls.delete(grant, id))


class AsyncCustomers:
    def __init__(self, caller: AsyncCaller, calls: CustomerCalls) -> None:
        self._caller = caller
        self._calls = calls

    def list(self) -> AsyncIterator[Customer]:
        return _each(
            lambda cursor: self._caller.call(lambda grant: self._calls.list(grant, cursor))
        )

    async def add(self, new: NewCustomer) -> Customer:
        return await self._caller.call(lambda grant: self._calls.add(grant, new))


class AsyncNotifications:
    def __init__(self, caller: AsyncCaller, calls: NotificationCalls) -> None:
        self._caller = caller
        self._calls = calls

    def list(self) -> AsyncIterator[Notification]:
        return _each(
            lambda cursor: self._caller.call(lambda grant: self._calls.list(grant, cursor))
        )


class AsyncOrganizations:
    def __init__(self, caller: AsyncCaller, calls: OrganizationCalls) -> None:
        self._caller = caller
        self._calls = calls

    def list(self) -> AsyncIterator[Organization]:
        return _each(
            lambda cursor: self._caller.call(lambda grant: self._calls.list(grant, cursor))
        )


async def _each(ask: Callable[[str], Awaitable[Page[Item]]]) -> AsyncIterator[Item]:
    cursor = ""
    while True:
        page = await ask(cursor)
        for item in page.items:
            yield item
        if not page.next or page.next == cursor:
            return
        cursor = page.next
