"""Safelight's own library, `/v1`."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote, urlencode

import httpx2
import msgspec

from safelight.client.addresses import below
from safelight.client.answers import read_json
from safelight.client.grant import Grant
from safelight.client.library import Library
from safelight.client.steps import Steps, send
from safelight.client.things import (
    Customer,
    Gallery,
    NewCustomer,
    Notification,
    Organization,
    Page,
    Photo,
)
from safelight.client.uploads import Upload


class _Photo(msgspec.Struct, frozen=True):
    id: str
    name: str
    description: str
    visibility: str
    rating: int
    media_type: str
    size: int
    width: int
    height: int
    taken_at: datetime | None
    added_at: datetime
    gallery_ids: list[str]


class _Photos(msgspec.Struct, frozen=True):
    items: list[_Photo]
    next: str | None


class _Gallery(msgspec.Struct, frozen=True):
    id: str
    name: str
    description: str
    visibility: str
    photo_count: int
    created_at: datetime


class _Galleries(msgspec.Struct, frozen=True):
    items: list[_Gallery]
    next: str | None


class _Customers(msgspec.Struct, frozen=True):
    items: list[Customer]
    next: str | None


class _Notification(msgspec.Struct, frozen=True):
    id: str
    kind: str
    text: str
    created_at: datetime
    read_at: datetime | None


class _Notifications(msgspec.Struct, frozen=True):
    items: list[_Notification]
    next: str | None


class _Organizations(msgspec.Struct, frozen=True):
    items: list[Organization]
    next: str | None


def open_library(url: httpx2.URL) -> Library:
    return Library(
        photos=_PhotoCalls(url),
        galleries=_GalleryCalls(url),
        customers=_CustomerCalls(url),
        notifications=_NotificationCalls(url),
        organizations=_OrganizationCalls(url),
    )


class _PhotoCalls:
    def __init__(self, url: httpx2.URL) -> None:
        self._url = url

    def list(self, grant: Grant, gallery: str | None, cursor: str) -> Steps[Page[Photo]]:
        response = yield from send(_list(self._url, "photos", cursor, gallery=gallery or ""))
        found = read_json(response, _Photos)
        return Page(items=tuple(map(_photo, found.items)), next=found.next or "")

    def get(self, grant: Grant, id: str) -> Steps[Photo]:
        request = httpx2.Request("GET", below(self._url, f"v1/photos/{_path(id)}"))
        response = yield from send(request)
        return _photo(read_json(response, _Photo))

    def original(self, grant: Grant, id: str) -> httpx2.Request:
        return httpx2.Request("GET", below(self._url, f"v1/photos/{_path(id)}/original"))

    def add(self, grant: Grant, upload: Upload, gallery: str | None) -> Steps[Photo]:
        response = yield from send(
            httpx2.Request(
                "POST",
                below(self._url, "v1/photos"),
                data={"gallery_id": gallery} if gallery else {},
                files={"files": (upload.name, upload.body(), upload.media_type)},
            )
        )
        return _photo(read_json(response, _Photos).items[0])

    def delete(self, grant: Grant, id: str) -> Steps[None]:
        """Into the trash."""
        url = below(self._url, f"v1/photos/{_path(id)}")
        yield from send(httpx2.Request("DELETE", url))


class _GalleryCalls:
    def __init__(self, url: httpx2.URL) -> None:
        self._url = url

    def list(self, grant: Grant, cursor: str) -> Steps[Page[Gallery]]:
        found = read_json((yield from send(_list(self._url, "galleries", cursor))), _Galleries)
        return Page(items=tuple(map(_gallery, found.items)), next=found.next or "")

    def add(self, grant: Grant, name: str, *, public: bool) -> Steps[Gallery]:
        body = {"name": name, "visibility": "public" if public else "private"}
        url = below(self._url, "v1/galleries")
        response = yield from send(httpx2.Request("POST", url, json=body))
        return _gallery(read_json(response, _Gallery))

    def delete(self, grant: Grant, id: str) -> Steps[None]:
        url = below(self._url, f"v1/galleries/{_path(id)}")
        yield from send(httpx2.Request("DELETE", url))


class _CustomerCalls:
    def __init__(self, url: httpx2.URL) -> None:
        self._url = url

    def list(self, grant: Grant, cursor: str) -> Steps[Page[Customer]]:
        found = read_json((yield from send(_list(self._url, "customers", cursor))), _Customers)
        return Page(items=tuple(found.items), next=found.next or "")

    def add(self, grant: Grant, new: NewCustomer) -> Steps[Customer]:
        url = below(self._url, "v1/customers")
        body = msgspec.structs.asdict(new)
        response = yield from send(httpx2.Request("POST", url, json=body))
        return read_json(response, Customer)


class _NotificationCalls:
    def __init__(self, url: httpx2.URL) -> None:
        self._url = url

    def list(self, grant: Grant, cursor: str) -> Steps[Page[Notification]]:
        response = yield from send(_list(self._url, "notifications", cursor))
        found = read_json(response, _Notifications)
        return Page(items=tuple(map(_notification, found.items)), next=found.next or "")


class _OrganizationCalls:
    def __init__(self, url: httpx2.URL) -> None:
        self._url = url

    def list(self, grant: Grant, cursor: str) -> Steps[Page[Organization]]:
        response = yield from send(_list(self._url, "organizations", cursor))
        found = read_json(response, _Organizations)
        return Page(items=tuple(found.items), next=found.next or "")


def _list(url: httpx2.URL, what: str, cursor: str, **filters: str) -> httpx2.Request:
    query = {name: value for name, value in filters.items() if value} | {"limit": "200"}
    if cursor:
        query["cursor"] = cursor
    return httpx2.Request("GET", below(url, f"v1/{what}?{urlencode(query)}"))


def _path(id: str) -> str:
    return quote(id, safe="")


def _photo(found: _Photo) -> Photo:
    return Photo(
        id=found.id,
        name=found.name,
        description=found.description,
        size=found.size,
        width=found.width,
        height=found.height,
        media_type=found.media_type,
        rating=found.rating,
        public=found.visibility == "public",
        taken_at=found.taken_at,
        added_at=found.added_at,
        gallery_id=found.gallery_ids[0] if found.gallery_ids else "",
    )


def _gallery(found: _Gallery) -> Gallery:
    return Gallery(
        id=found.id,
        name=found.name,
        description=found.description,
        photo_count=found.photo_count,
        public=found.visibility == "public",
        created_at=found.created_at,
    )


def _notification(found: _Notification) -> Notification:
    return Notification(
        id=found.id,
        kind=found.kind,
        text=found.text,
        created_at=found.created_at,
        is_read=found.read_at is not None,
    )
