"""Pixieset's libraries: customers and notifications in Studio, collections and photos in Galleries.

Ids are numbers in one answer and text in another, so both are taken everywhere (PX-52). No source
shows an upload, or how a collection is made or deleted.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote, urlencode

import httpx2
import msgspec

from safelight.client.addresses import below
from safelight.client.answers import read_json
from safelight.client.errors import Unsupported
from safelight.client.grant import Grant
from safelight.client.library import Library
from safelight.client.steps import Steps, send
from safelight.client.things import Customer, Gallery, NewCustomer, Notification, Page, Photo
from safelight.client.uploads import Upload

_JSON = {"accept": "application/json", "x-requested-with": "XMLHttpRequest"}
_NO_UPLOAD = "Pixieset's Galleries have no way to add or delete that a program may use."

Id = int | str


class _Meta(msgspec.Struct, frozen=True):
    current_page: int = 1
    last_page: int = 1


class _Client(msgspec.Struct, frozen=True):
    id: Id
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    company: str | None = None
    type: str | None = None
    created_at: datetime | None = None


class _Clients(msgspec.Struct, frozen=True):
    data: list[_Client]
    meta: _Meta = msgspec.field(default_factory=_Meta)


class _OneClient(msgspec.Struct, frozen=True):
    data: _Client


class _Notification(msgspec.Struct, frozen=True):
    id: Id
    type: str | None = None
    text: str | None = None
    message: str | None = None
    created_at: datetime | None = None
    read_at: datetime | None = None


class _Notifications(msgspec.Struct, frozen=True):
    """Of the real answer only `data` is known, not what is in it."""

    data: list[_Notification] | dict[str, object] | None
    meta: _Meta = msgspec.field(default_factory=_Meta)


class _Collection(msgspec.Struct, frozen=True):
    id: Id
    name: str = ""
    description: str | None = None
    photo_count: int | None = None


class _Collections(msgspec.Struct, frozen=True):
    collections: list[_Collection]


class _Listing(msgspec.Struct, frozen=True):
    data: _Collections
    meta: _Meta = msgspec.field(default_factory=_Meta)


class _Listings(msgspec.Struct, frozen=True):
    """The real service has the data of the data."""

    data: _Listing


class _Set(msgspec.Struct, frozen=True):
    id: Id


class _Sets(msgspec.Struct, frozen=True):
    data: list[_Set]


class _Photo(msgspec.Struct, frozen=True):
    id: Id
    name: str = ""
    description: str | None = None
    mime_type: str = ""
    size: int | None = None
    width: int | None = None
    height: int | None = None
    visibility_status: str = ""


class _Photos(msgspec.Struct, frozen=True):
    photos: list[_Photo] = []


class _SetWithPhotos(msgspec.Struct, frozen=True):
    data: _Photos


def open_studio(url: httpx2.URL) -> Library:
    return Library(customers=_CustomerCalls(url), notifications=_NotificationCalls(url))


def open_galleries(url: httpx2.URL) -> Library:
    return Library(photos=_PhotoCalls(url), galleries=_GalleryCalls(url))


class _CustomerCalls:
    def __init__(self, url: httpx2.URL) -> None:
        self._url = url

    def list(self, grant: Grant, cursor: str) -> Steps[Page[Customer]]:
        request = _get(self._url, "clients/", page=cursor or "1", per_page="100")
        found = read_json((yield from send(request)), _Clients)
        return Page(items=tuple(map(_customer, found.data)), next=_following(found.meta))

    def add(self, grant: Grant, new: NewCustomer) -> Steps[Customer]:
        given = msgspec.structs.asdict(new)
        body = {name: value for name, value in given.items() if value}
        url = below(self._url, "api/v1/clients/")
        response = yield from send(httpx2.Request("POST", url, json=body, headers=_JSON))
        return _customer(read_json(response, _OneClient).data)


class _NotificationCalls:
    def __init__(self, url: httpx2.URL) -> None:
        self._url = url

    def list(self, grant: Grant, cursor: str) -> Steps[Page[Notification]]:
        request = _get(self._url, "notifications/all", page=cursor or "1")
        found = read_json((yield from send(request)), _Notifications)
        listed = found.data if isinstance(found.data, list) else []
        return Page(items=tuple(map(_notification, listed)), next=_following(found.meta))


class _GalleryCalls:
    """A collection is what a photographer delivers; the sets in it are called galleries on the
    wire."""

    def __init__(self, url: httpx2.URL) -> None:
        self._url = url

    def list(self, grant: Grant, cursor: str) -> Steps[Page[Gallery]]:
        request = _get(self._url, "dashboard_listings", page=cursor or "1")
        found = read_json((yield from send(request)), _Listings).data
        return Page(items=tuple(map(_gallery, found.data.collections)), next=_following(found.meta))

    def add(self, grant: Grant, name: str, *, public: bool) -> Steps[Gallery]:
        raise Unsupported(_NO_UPLOAD)

    def delete(self, grant: Grant, id: str) -> Steps[None]:
        raise Unsupported(_NO_UPLOAD)


class _PhotoCalls:
    def __init__(self, url: httpx2.URL) -> None:
        self._url = url

    def list(self, grant: Grant, gallery: str | None, cursor: str) -> Steps[Page[Photo]]:
        """A page is one collection: without `gallery`, each of the account's in turn."""
        if gallery is not None:
            return Page(items=(yield from self._of_collection(gallery)))
        number, _, place = (cursor or "1").partition(".")
        request = _get(self._url, "dashboard_listings", page=number)
        listing = read_json((yield from send(request)), _Listings).data
        collections, index = listing.data.collections, int(place or "0")
        if index >= len(collections):
            return Page(items=(), next=_following(listing.meta))
        photos = yield from self._of_collection(str(collections[index].id))
        is_last = index + 1 == len(collections)
        following = _following(listing.meta) if is_last else f"{number}.{index + 1}"
        return Page(items=photos, next=following)

    def _of_collection(self, id: str) -> Steps[tuple[Photo, ...]]:
        request = _get(self._url, f"collections/{_path(id)}/galleries")
        found: list[Photo] = []
        for each in read_json((yield from send(request)), _Sets).data:
            url = f"galleries/{_path(str(each.id))}"
            response = yield from send(_get(self._url, url, expand="photos.starred,videos"))
            photos = read_json(response, _SetWithPhotos).data.photos
            found += [_photo(photo, id) for photo in photos]
        return tuple(found)

    def get(self, grant: Grant, id: str) -> Steps[Photo]:
        raise Unsupported("Pixieset shows photos in their collection only: list that.")

    def original(self, grant: Grant, id: str) -> httpx2.Request:
        """It leads to an address of a few minutes that opens without a session."""
        return _get(self._url, f"photos/{_path(id)}/download")

    def add(self, grant: Grant, upload: Upload, gallery: str | None) -> Steps[Photo]:
        raise Unsupported(_NO_UPLOAD)

    def delete(self, grant: Grant, id: str) -> Steps[None]:
        raise Unsupported(_NO_UPLOAD)


def _get(url: httpx2.URL, path: str, **parameters: str) -> httpx2.Request:
    query = f"?{urlencode(parameters)}" if parameters else ""
    return httpx2.Request("GET", below(url, f"api/v1/{path}{query}"), headers=_JSON)


def _path(id: str) -> str:
    return quote(id, safe="")


def _following(meta: _Meta) -> str:
    return str(meta.current_page + 1) if meta.current_page < meta.last_page else ""


def _customer(found: _Client) -> Customer:
    return Customer(
        id=str(found.id),
        first_name=found.first_name or "",
        last_name=found.last_name or "",
        email=found.email or "",
        phone=found.phone or "",
        company=found.company or "",
        kind=found.type or "",
        created_at=found.created_at,
    )


def _notification(found: _Notification) -> Notification:
    return Notification(
        id=str(found.id),
        kind=found.type or "",
        text=found.text or found.message or "",
        created_at=found.created_at,
        is_read=found.read_at is not None,
    )


def _gallery(found: _Collection) -> Gallery:
    return Gallery(
        id=str(found.id),
        name=found.name,
        description=found.description or "",
        photo_count=found.photo_count,
    )


def _photo(found: _Photo, collection: str) -> Photo:
    return Photo(
        id=str(found.id),
        name=found.name,
        description=found.description or "",
        size=found.size,
        width=found.width,
        height=found.height,
        media_type=found.mime_type,
        public=found.visibility_status == "public" if found.visibility_status else None,
        gallery_id=collection,
    )
