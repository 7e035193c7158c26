"""What a blocking client's typed calls hang on: `client.photos.list()` and its like."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
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


class Caller(Protocol):
    """The client, as seen from here."""

    def call(self, make: Callable[[Grant], Steps[Value]]) -> Value: ...

    def fetch(
        self, make: Callable[[Grant], httpx2.Request]
    ) -> AbstractContextManager[httpx2.Response]: ...

    def rest(self, failures: int) -> None: ...


class Photos:
    """`client.photos`."""

    def __init__(self, caller: Caller, calls: PhotoCalls) -> None:
        self._caller = caller
        self._calls = calls

    def list(self, *, gallery: str | None = None) -> Iterator[Photo]:
        """All that the account owns, or those of a gallery; page by page, as they are asked for."""
        return _each(
            lambda cursor: self._caller.call(lambda grant: self._calls.list(grant, gallery, cursor))
        )

    def get(self, id: str) -> Photo:
        """One photo's record. Raises NotFound."""
        return self._caller.call(lambda grant: self._calls.get(grant, id))

    def upload(
        self,
        source: str | os.PathLike[str] | bytes | BinaryIO,
        *,
        gallery: str | None = None,
        name: str | None = None,
        progress: Progress | None = None,
        unfinished: Path | None = None,
    ) -> Photo:
        """Add a photo, to a gallery if one is named by its id. The file is streamed, never whole in
        memory, and read from its beginning again when it has to be sent again.

        `source` is a file's path, its content, or an open file, and `name` what to call it where
        that does not say. `progress` is called with how many bytes of how many have gone out; the
        first number falls when a part is sent again. `unfinished` is a private folder of this
        account's own: how far an upload got is written there, so that a later run goes on with it
        where the service can (LibrePhotos). Raises MalformedRequest for a file that cannot be read,
        NotFound for a gallery that there is not, TooLarge, NotAPicture and QuotaExceeded as the
        service says, and Unanswered when nobody knows whether it arrived.
        """
        known = Unfinished(unfinished) if unfinished is not None else None
        upload = Upload(source, name=name, progress=progress, unfinished=known)
        try:
            return self._caller.call(lambda grant: self._calls.add(grant, upload, gallery))
        finally:
            upload.close()

    def download(
        self, id: str, to: str | os.PathLike[str], *, progress: downloads.Progress | None = None
    ) -> Path:
        """The original file, in the place of `to`, when all of it has come; a download that breaks
        off goes on from there, and is given up after five tries that brought nothing more.

        `progress` is called with how many bytes have come, and of how many, or None where that is
        not said. Raises NotFound, and KeepingFailed for a place that cannot be written to.
        """
        download = downloads.Download(to, progress)
        try:
            while True:
                try:
                    with self._caller.fetch(
                        lambda grant: download.ask(self._calls.original(grant, id))
                    ) as response:
                        if goes_on := download.begin(response):
                            for piece in response.iter_raw():
                                download.take(piece)
                    if goes_on and download.is_whole:
                        return download.finish()
                    breaks = download.broke()
                except MalformedRequest as error:
                    breaks = download.refused(error)
                except FAILURES as error:
                    breaks = download.broke(explain(error, error.request))
                self._caller.rest(breaks)
        finally:
            download.abandon()

    def delete(self, id: str) -> None:
        """Into the trash, where the service has one. Raises NotFound."""
        self._caller.call(lambda grant: self._calls.delete(grant, id))


class Galleries:
    """`client.galleries`."""

    def __init__(self, caller: Caller, calls: GalleryCalls) -> None:
        self._caller = caller
        self._calls = calls

    def list(self) -> Iterator[Gallery]:
        """All of the account's, page by page, as they are asked for."""
        return _each(
            lambda cursor: self._caller.call(lambda grant: self._calls.list(grant, cursor))
        )

    def add(self, name: str, *, public: bool = False) -> Gallery:
        """A new one. `public` lets everybody see it, where the service has that."""
        return self._caller.call(lambda grant: self._calls.add(grant, name, public=public))

    def delete(self, id: str) -> None:
        """The gallery; what becomes of its photos is the service's affair. Raises NotFound."""
        self._caller.call(lambda grant: self._calls.delete(grant, id))


class Customers:
    """`client.customers`."""

    def __init__(self, caller: Caller, calls: CustomerCalls) -> None:
        self._caller = caller
        self._calls = calls

    def list(self) -> Iterator[Customer]:
        """All of them, page by page, as they are asked for."""
        return _each(
            lambda cursor: self._caller.call(lambda grant: self._calls.list(grant, cursor))
        )

    def add(self, new: NewCustomer) -> Customer:
        """A new one. Raises InvalidFields, which names each field and its fault."""
        return self._caller.call(lambda grant: self._calls.add(grant, new))


class Notifications:
    """`client.notifications`."""

    def __init__(self, caller: Caller, calls: NotificationCalls) -> None:
        self._caller = caller
        self._calls = calls

    def list(self) -> Iterator[Notification]:
        """All of them, page by page, as they are asked for."""
        return _each(
            lambda cursor: self._caller.call(lambda grant: self._calls.list(grant, cursor))
        )


class Organizations:
    """`client.organizations`."""

    def __init__(self, caller: Caller, calls: OrganizationCalls) -> None:
        self._caller = caller
        self._calls = calls

    def list(self) -> Iterator[Organization]:
        """Those of the account; PhotoShelter names them at the sign-in and never again."""
        return _each(
            lambda cursor: self._caller.call(lambda grant: self._calls.list(grant, cursor))
        )


def _each(ask: Callable[[str], Page[Item]]) -> Iterator[Item]:
    cursor = ""
    while True:
        page = ask(cursor)
        yield from page.items
        if not page.next or page.next == cursor:
            return
        cursor = page.next
