"""Albums of days: what was taken on one. Pure.

A day's album is numbered by its date (20260301); the album of photos without a date is number 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from safelight.errors import NotFound
from safelight.library.questions import DayListing, ListDays, ListPhotos, PhotoListing
from safelight.server.http import Reply, Request, json_reply
from safelight.server.protocols.librephotos.accept import negotiated
from safelight.server.protocols.librephotos.pages import PageSizes, read_page
from safelight.server.protocols.librephotos.records import PhotoSummary, summarize
from safelight.server.wire import PublicEndpoint

_UNDATED = "0"
_SIZES = PageSizes(usual=100, most=10_000)
_DIGITS = len("20260301")


class AlbumQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which photos count. `video` and `person` find none; everybody may ask for `public` ones."""

    favorite: bool = False
    hidden: bool = False
    in_trashcan: bool = False
    public: bool = False
    username: str = ""
    video: bool = False
    person: str = ""


class DayQuery(AlbumQuery, frozen=True, kw_only=True):
    page: int = 1
    size: int = 100


class DateAlbum(
    msgspec.Struct, frozen=True, kw_only=True, rename={"number_of_items": "numberOfItems"}
):
    """`incomplete` albums, those of a list, leave their `items` out."""

    id: str
    date: str | None
    location: str
    incomplete: bool
    number_of_items: int
    items: Sequence[PhotoSummary]


class DateAlbums(msgspec.Struct, frozen=True):
    results: Sequence[DateAlbum]


class OneDateAlbum(msgspec.Struct, frozen=True):
    results: DateAlbum


def date_album_endpoints() -> tuple[PublicEndpoint, ...]:
    return (
        PublicEndpoint(
            method="GET",
            path="/api/albums/date/list",
            read=negotiated(_read_list),
            write=_write_list,
            summary="The days on which photos were taken",
            query=AlbumQuery,
            gives=DateAlbums,
        ),
        PublicEndpoint(
            method="GET",
            path="/api/albums/date/{id}",
            read=negotiated(_read_day),
            write=_write_day,
            summary="The photos of a day",
            query=DayQuery,
            gives=OneDateAlbum,
        ),
    )


def album_id_of(day: str | None) -> str:
    return _UNDATED if day is None else day.replace("-", "")


def _read_list(request: Request) -> ListDays:
    return ListDays(
        public=_is_set(request, "public"),
        username=request.parameter("username") or None,
        trashed=_is_set(request, "in_trashcan"),
        hidden=_is_set(request, "hidden"),
        favorite=_is_set(request, "favorite") or None,
    )


def _write_list(found: DayListing, request: Request) -> Reply:
    days = () if _finds_nothing(request) else found.days
    albums = [
        DateAlbum(
            id=album_id_of(each.day),
            date=each.day,
            location="",
            incomplete=True,
            number_of_items=each.count,
            items=(),
        )
        for each in days
    ]
    return json_reply(DateAlbums(albums))


def _read_day(request: Request) -> ListPhotos:
    return ListPhotos(
        window=read_page(request, _SIZES, "size").window,
        public=_is_set(request, "public"),
        username=request.parameter("username") or None,
        trashed=_is_set(request, "in_trashcan"),
        hidden=_is_set(request, "hidden"),
        favorite=_is_set(request, "favorite") or None,
        day=_read_day_of(request.params["id"]) or "",
    )


def _write_day(found: PhotoListing, request: Request) -> Reply:
    if found.total == 0 or _finds_nothing(request):
        raise NotFound
    day = _read_day_of(request.params["id"])
    album = DateAlbum(
        id=album_id_of(day),
        date=day,
        location="",
        incomplete=False,
        number_of_items=found.total,
        items=[summarize(each) for each in found.items],
    )
    return json_reply(OneDateAlbum(album))


def _read_day_of(id: str) -> str | None:
    """`YYYY-MM-DD`; None for the album of photos without a date. Raises NotFound."""
    if id == _UNDATED:
        return None
    if len(id) != _DIGITS or not id.isascii() or not id.isdigit():
        raise NotFound
    try:
        return date(int(id[:4]), int(id[4:6]), int(id[6:])).isoformat()
    except ValueError:
        raise NotFound from None


def _is_set(request: Request, name: str) -> bool:
    return (request.parameter(name) or "").lower() in ("true", "1")


def _finds_nothing(request: Request) -> bool:
    """There are no videos here, and nobody is recognised on a photo."""
    return _is_set(request, "video") or bool(request.parameter("person"))
