"""Albums that people make: galleries on every other wire. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from safelight.errors import InvalidFields
from safelight.identity.permission import Scope
from safelight.library.gallery import Gallery
from safelight.library.ports import GalleryChange, Window
from safelight.library.questions import (
    AlbumListing,
    ByImageHash,
    ByNumber,
    ChangeGallery,
    DeleteGallery,
    FillGallery,
    GetGallery,
    ListAlbums,
    ListPhotos,
    PhotoListing,
)
from safelight.server.http import Reply, Request, json_reply
from safelight.server.protocols.librephotos.accept import negotiated
from safelight.server.protocols.librephotos.fields import (
    read_hashes,
    read_object,
    read_optional_texts,
    read_texts,
)
from safelight.server.protocols.librephotos.pages import (
    PageQuery,
    PageSizes,
    Paginated,
    paginate,
    read_id,
    read_page,
)
from safelight.server.protocols.librephotos.records import (
    CoverPhoto,
    PhotosOfDay,
    SimpleUser,
    cover,
    group_by_day,
)
from safelight.server.wire import ResourceEndpoint, Several

_SIZES = PageSizes(usual=10_000, most=100_000)
_MOST_PHOTOS = 100_000


class AlbumEntry(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    title: str
    cover_photo: CoverPhoto
    created_on: datetime
    favorited: bool = False
    shared_to: Sequence[SimpleUser] = ()
    owner: SimpleUser
    photo_count: int


class UserAlbum(msgspec.Struct, frozen=True, kw_only=True):
    """Here, and here only, `id` is a text. `date` is of its first dated photo, else ""."""

    id: str
    title: str
    owner: SimpleUser
    shared_to: Sequence[SimpleUser] = ()
    date: str
    location: str = ""
    grouped_photos: Sequence[PhotosOfDay]


class EditedAlbum(msgspec.Struct, frozen=True, kw_only=True):
    """`photos` are all that are in it now."""

    id: int
    title: str
    photos: Sequence[str]
    created_on: datetime
    favorited: bool = False
    cover_photo: str | None


class NewAlbum(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    photos: Sequence[str]


class AlbumChange(msgspec.Struct, frozen=True, kw_only=True, rename={"removed": "removedPhotos"}):
    """What is absent stays. `photos` are added to those that are there."""

    title: str = ""
    photos: Sequence[str] = ()
    removed: Sequence[str] = ()


def user_album_endpoints() -> tuple[ResourceEndpoint, ...]:
    return (
        ResourceEndpoint(
            method="GET",
            path="/api/albums/user/list",
            needs=Scope.GALLERIES_READ,
            read=negotiated(lambda request: ListAlbums(window=read_page(request, _SIZES).window)),
            write=_write_list,
            summary="The caller's albums",
            query=PageQuery,
            gives=Paginated[AlbumEntry],
        ),
        ResourceEndpoint(
            method="GET",
            path="/api/albums/user/{id}",
            needs=Scope.GALLERIES_READ,
            read=negotiated(_read_one),
            write=_write_one,
            summary="An album and its photos, by day",
            gives=UserAlbum,
        ),
        ResourceEndpoint(
            method="POST",
            path="/api/albums/user/edit",
            needs=Scope.GALLERIES_WRITE,
            read=negotiated(_read_new),
            write=_write_new,
            summary="Make an album, or add photos to the one that has this title already",
            takes=NewAlbum,
            gives=EditedAlbum,
            success=201,
        ),
        ResourceEndpoint(
            method="PATCH",
            path="/api/albums/user/edit/{id}",
            needs=Scope.GALLERIES_WRITE,
            read=negotiated(_read_change),
            write=_write_changed,
            summary="Change an album's title and photos",
            takes=AlbumChange,
            gives=EditedAlbum,
        ),
        ResourceEndpoint(
            method="DELETE",
            path="/api/albums/user/edit/{id}",
            needs=Scope.GALLERIES_WRITE,
            read=negotiated(lambda request: DeleteGallery(gallery=_read_ref(request))),
            write=lambda _, request: Reply(status=204, media_type=b""),
            summary="Delete an album; its photos stay",
            success=204,
        ),
    )


def _read_ref(request: Request) -> ByNumber:
    return ByNumber(read_id(request.params["id"]))


def _write_list(found: AlbumListing, request: Request) -> Reply:
    entries = [
        AlbumEntry(
            id=gallery.number,
            title=gallery.name,
            cover_photo=CoverPhoto() if photo is None else cover(photo),
            created_on=gallery.created_at,
            owner=_owner_of(gallery),
            photo_count=gallery.photo_count,
        )
        for gallery, photo in found.albums
    ]
    return json_reply(paginate(entries, found.total, request, _SIZES))


def _read_one(request: Request) -> Several:
    ref = _read_ref(request)
    return Several(questions=(GetGallery(gallery=ref), _photos_of(ref)))


def _photos_of(ref: ByNumber) -> ListPhotos:
    return ListPhotos(window=Window(limit=_MOST_PHOTOS), gallery=ref)


def _write_one(found: tuple[Gallery, PhotoListing], request: Request) -> Reply:
    gallery, listing = found
    dated = next((each for each in listing.items if each.taken_at is not None), None)
    return json_reply(
        UserAlbum(
            id=str(gallery.number),
            title=gallery.name,
            owner=_owner_of(gallery),
            date=dated.taken_at.isoformat() if dated is not None and dated.taken_at else "",
            grouped_photos=group_by_day(listing.items),
        )
    )


def _read_new(request: Request) -> FillGallery:
    values = read_object(request)
    (title,) = read_texts(values, "title")
    return FillGallery(name=title, photos=_read_photos(values, "photos", optional=False))


def _write_new(found: tuple[Gallery, PhotoListing], request: Request) -> Reply:
    reply = _write_changed(found, request)
    reply.status = 201
    return reply


def _read_change(request: Request) -> Several:
    ref, values = _read_ref(request), read_object(request)
    if values.get("cover_photo") is not None:
        raise InvalidFields({"cover_photo": ("An album's cover is always its first photo.",)})
    (title,) = read_optional_texts(values, "title")
    change = ChangeGallery(
        gallery=ref,
        change=GalleryChange(name=title or None),
        put=_read_photos(values, "photos"),
        take=_read_photos(values, "removedPhotos"),
    )
    return Several(questions=(change, _photos_of(ref)))


def _read_photos(
    values: Mapping[str, object], name: str, *, optional: bool = True
) -> tuple[ByImageHash, ...]:
    hashes = read_hashes(values, name, optional=optional)
    return tuple(ByImageHash(each) for each in hashes)


def _write_changed(found: tuple[Gallery, PhotoListing], request: Request) -> Reply:
    gallery, listing = found
    hashes = [photo.image_hash for photo in listing.items]
    return json_reply(
        EditedAlbum(
            id=gallery.number,
            title=gallery.name,
            photos=hashes,
            created_on=gallery.created_at,
            cover_photo=hashes[0] if hashes else None,
        )
    )


def _owner_of(gallery: Gallery) -> SimpleUser:
    return SimpleUser(id=gallery.owner_number, username=gallery.owner_username)
