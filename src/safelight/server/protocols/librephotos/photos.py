"""Photos: listed, shown, searched, changed. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from safelight.identity.permission import Scope
from safelight.library.photo import HIGHEST_RATING, Photo, Visibility
from safelight.library.ports import PhotoChange, Window
from safelight.library.questions import (
    ByImageHash,
    ChangedPhotos,
    ChangePhotos,
    DeletedPhotos,
    DeleteTrashed,
    GetPhoto,
    HasPhoto,
    ListPhotos,
    PhotoListing,
)
from safelight.server.http import Reply, Request, json_reply
from safelight.server.protocols.librephotos.accept import negotiated
from safelight.server.protocols.librephotos.date_albums import album_id_of
from safelight.server.protocols.librephotos.fields import read_flag, read_hashes, read_object
from safelight.server.protocols.librephotos.pages import (
    PageQuery,
    PageSizes,
    Paginated,
    paginate,
    read_page,
)
from safelight.server.protocols.librephotos.records import (
    PhotoDetail,
    PhotosOfDay,
    PhotoSummary,
    day_of,
    detail,
    group_by_day,
    summarize,
)
from safelight.server.wire import AnyEndpoint, PublicEndpoint, ResourceEndpoint

_SIZES = PageSizes(usual=50_000, most=100_000)
_UNDATED_SIZES = PageSizes(usual=100, most=100_000)
_MOST_RECENT = 1_000
_MOST_FOUND = 10_000


class PhotoQuery(PageQuery, frozen=True, kw_only=True):
    search: str = ""


class PhotoWithDay(msgspec.Struct, frozen=True, kw_only=True):
    """`album_date_id` is the number of its day's album; None for a photo without a date."""

    photo_summary: PhotoSummary
    album_date_id: int | None
    processing: bool


class RecentPhotos(msgspec.Struct, frozen=True, kw_only=True):
    """Those of the day on which one was added last; `date` is when."""

    date: datetime | None
    results: Sequence[PhotoSummary]


class FoundPhotos(msgspec.Struct, frozen=True, kw_only=True):
    results: Sequence[PhotosOfDay]


class Exists(msgspec.Struct, frozen=True):
    exists: bool


class Favorite(msgspec.Struct, frozen=True, kw_only=True):
    image_hashes: Sequence[str]
    favorite: bool


class Hide(msgspec.Struct, frozen=True, kw_only=True):
    image_hashes: Sequence[str]
    hidden: bool


class SetDeleted(msgspec.Struct, frozen=True, kw_only=True):
    image_hashes: Sequence[str]
    deleted: bool


class MakePublic(msgspec.Struct, frozen=True, kw_only=True):
    image_hashes: Sequence[str]
    val_public: bool


class Hashes(msgspec.Struct, frozen=True, kw_only=True):
    image_hashes: Sequence[str]


class Updated(msgspec.Struct, frozen=True, kw_only=True):
    """Photos that are not the caller's, or not there, are in none of the lists."""

    status: bool = True
    results: Sequence[PhotoDetail]
    updated: Sequence[PhotoDetail]
    not_updated: Sequence[PhotoDetail] = ()


class Deleted(msgspec.Struct, frozen=True, kw_only=True):
    status: bool = True
    results: Sequence[str]
    deleted: Sequence[str]
    not_deleted: Sequence[str]


def photo_endpoints() -> tuple[AnyEndpoint, ...]:
    return (*_reading(), *_editing())


def _reading() -> tuple[AnyEndpoint, ...]:
    return (
        ResourceEndpoint(
            method="GET",
            path="/api/photos",
            needs=Scope.PHOTOS_READ,
            read=negotiated(_read_list),
            write=_write_list,
            summary="The caller's photos",
            query=PhotoQuery,
            gives=Paginated[PhotoDetail],
        ),
        ResourceEndpoint(
            method="GET",
            path="/api/photos/recentlyadded",
            needs=Scope.PHOTOS_READ,
            read=negotiated(_read_recent),
            write=_write_recent,
            summary="The photos that were added last",
            gives=RecentPhotos,
        ),
        ResourceEndpoint(
            method="GET",
            path="/api/photos/searchlist",
            needs=Scope.PHOTOS_READ,
            read=negotiated(_read_search),
            write=_write_search,
            summary="Photos whose name or description has a text, by day",
            query=PhotoQuery,
            gives=FoundPhotos,
        ),
        ResourceEndpoint(
            method="GET",
            path="/api/photos/notimestamp",
            needs=Scope.PHOTOS_READ,
            read=negotiated(_read_undated),
            write=_write_undated,
            summary="Photos that no camera dated",
            query=PageQuery,
            gives=Paginated[PhotoSummary],
        ),
        PublicEndpoint(
            method="GET",
            path="/api/photos/{hash}",
            read=negotiated(_read_one),
            write=lambda photo, _: json_reply(detail(photo)),
            summary="A photo",
            gives=PhotoDetail,
        ),
        PublicEndpoint(
            method="GET",
            path="/api/photos/{hash}/summary",
            read=negotiated(_read_one),
            write=_write_summary,
            summary="A photo in short",
            gives=PhotoWithDay,
        ),
        ResourceEndpoint(
            method="GET",
            path="/api/exists/{hash}",
            needs=Scope.PHOTOS_READ,
            read=negotiated(lambda request: HasPhoto(image_hash=request.params["hash"])),
            write=lambda found, _: json_reply(Exists(found)),
            summary="Whether the caller has a photo: its MD5 in hex, then the caller's user id",
            gives=Exists,
        ),
    )


def _editing() -> tuple[AnyEndpoint, ...]:
    return (
        _edit("favorite", "Mark photos as favorites, or no longer", Favorite, _read_favorite),
        _edit("hide", "Hide photos, or show them again", Hide, _read_hide),
        _edit("setdeleted", "Put photos into the trash, or back", SetDeleted, _read_set_deleted),
        _edit("makepublic", "Make photos public, or private again", MakePublic, _read_make_public),
        ResourceEndpoint(
            method="DELETE",
            path="/api/photosedit/delete",
            needs=Scope.PHOTOS_WRITE,
            read=negotiated(_read_delete),
            write=_write_deleted,
            summary="Delete photos that are in the trash",
            takes=Hashes,
            gives=Deleted,
        ),
    )


# --- lists ------------------------------------------------------------------------------------


def _read_list(request: Request) -> ListPhotos:
    text = (request.parameter("search") or "").strip()
    return ListPhotos(window=read_page(request, _SIZES).window, text=text or None)


def _write_list(found: PhotoListing, request: Request) -> Reply:
    return json_reply(
        paginate([detail(each) for each in found.items], found.total, request, _SIZES)
    )


def _read_recent(request: Request) -> ListPhotos:
    return ListPhotos(window=Window(limit=_MOST_RECENT), hidden=False)


def _write_recent(found: PhotoListing, request: Request) -> Reply:
    if not found.items:
        return json_reply(RecentPhotos(date=None, results=()))
    latest = found.items[0].added_at
    recent = [each for each in found.items if each.added_at.date() == latest.date()]
    return json_reply(RecentPhotos(date=latest, results=[summarize(each) for each in recent]))


def _read_search(request: Request) -> ListPhotos:
    text = (request.parameter("search") or "").strip()
    return ListPhotos(window=Window(limit=_MOST_FOUND), hidden=False, text=text or None)


def _write_search(found: PhotoListing, request: Request) -> Reply:
    return json_reply(FoundPhotos(results=group_by_day(found.items)))


def _read_undated(request: Request) -> ListPhotos:
    page = read_page(request, _UNDATED_SIZES)
    return ListPhotos(window=page.window, hidden=False, day="")


def _write_undated(found: PhotoListing, request: Request) -> Reply:
    items = [summarize(each) for each in found.items]
    return json_reply(paginate(items, found.total, request, _UNDATED_SIZES))


# --- one photo --------------------------------------------------------------------------------


def _read_one(request: Request) -> GetPhoto:
    return GetPhoto(photo=ByImageHash(request.params["hash"]))


def _write_summary(photo: Photo, request: Request) -> Reply:
    return json_reply(
        PhotoWithDay(
            photo_summary=summarize(photo), album_date_id=_album_of(photo), processing=False
        )
    )


def _album_of(photo: Photo) -> int | None:
    return None if photo.taken_at is None else int(album_id_of(day_of(photo)))


# --- changes ----------------------------------------------------------------------------------


def _edit(
    verb: str, summary: str, takes: type, read: Callable[[Request], ChangePhotos]
) -> ResourceEndpoint:
    return ResourceEndpoint(
        method="POST",
        path=f"/api/photosedit/{verb}",
        needs=Scope.PHOTOS_WRITE,
        read=negotiated(read),
        write=_write_changed,
        summary=summary,
        takes=takes,
        gives=Updated,
    )


def _read_favorite(request: Request) -> ChangePhotos:
    """The best rating, so that no rating is ever lowered by it."""
    photos, wanted = _read_edit(request, "favorite")
    return ChangePhotos(photos=photos, change=PhotoChange(rating=HIGHEST_RATING if wanted else 0))


def _read_hide(request: Request) -> ChangePhotos:
    photos, wanted = _read_edit(request, "hidden")
    return ChangePhotos(photos=photos, change=PhotoChange(hidden=wanted))


def _read_set_deleted(request: Request) -> ChangePhotos:
    photos, wanted = _read_edit(request, "deleted")
    return ChangePhotos(photos=photos, change=PhotoChange(trashed=wanted))


def _read_make_public(request: Request) -> ChangePhotos:
    photos, wanted = _read_edit(request, "val_public")
    visibility = Visibility.PUBLIC if wanted else Visibility.PRIVATE
    return ChangePhotos(photos=photos, change=PhotoChange(visibility=visibility))


def _read_edit(request: Request, flag: str) -> tuple[tuple[ByImageHash, ...], bool]:
    values = read_object(request)
    hashes = read_hashes(values, "image_hashes")
    return tuple(ByImageHash(each) for each in hashes), read_flag(values, flag)


def _write_changed(found: ChangedPhotos, request: Request) -> Reply:
    photos = [detail(each) for each in found.changed]
    return json_reply(Updated(results=photos, updated=photos))


def _read_delete(request: Request) -> DeleteTrashed:
    hashes = read_hashes(read_object(request), "image_hashes")
    return DeleteTrashed(photos=tuple(ByImageHash(each) for each in hashes))


def _write_deleted(found: DeletedPhotos, request: Request) -> Reply:
    deleted = [each.image_hash for each in found.deleted if isinstance(each, ByImageHash)]
    left = [each.image_hash for each in found.left if isinstance(each, ByImageHash)]
    return json_reply(Deleted(results=deleted, deleted=deleted, not_deleted=left))
