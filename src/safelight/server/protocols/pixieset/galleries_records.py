"""What the Galleries API shows: the account, collections, their galleries, photos. Pure.

Addresses of pictures have no scheme (`//host/…`), as the service's own; they work with the session
cookie. What Safelight does not have (videos, PINs, folders) is there, and empty.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from safelight.identity.account import Account
from safelight.identity.ids import AccountId, PhotoId
from safelight.library.gallery import Gallery
from safelight.library.photo import FAVORITE_RATING, Photo, Visibility
from safelight.library.ports import ThumbnailKind
from safelight.server.http import Request
from safelight.server.protocols.pixieset.ids import collection_id, gallery_id
from safelight.server.protocols.pixieset.instants import write_date, write_instant, write_moment
from safelight.server.protocols.pixieset.paging import Meta


class UserRecord(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    username: str
    email: str
    first_name: str
    last_name: str


class ProfileRecord(msgspec.Struct, frozen=True, kw_only=True):
    business_name: str


class WorkspaceRecord(msgspec.Struct, frozen=True, kw_only=True):
    id: AccountId
    name: str


class BootstrapRecord(msgspec.Struct, frozen=True, kw_only=True):
    user: UserRecord
    profile: ProfileRecord
    workspace: WorkspaceRecord


class ListedCollection(msgspec.Struct, frozen=True, kw_only=True):
    """A collection on the dashboard. `status` is 1 for a public one, else 0."""

    id: int
    name: str
    description: str | None
    photo_count: int
    video_count: int = 0
    event_date: str
    create_at: str
    url_key: str
    status: int
    folder_id: int | None = None
    expire_at: str | None = None
    cover_photo: str | None = msgspec.field(name="coverPhoto")
    cover_photo_thumbnail: str | None = msgspec.field(name="coverPhotoThumbnail")
    collection_download: bool = True
    photo_download: bool = True
    high_res_download_size: str = "original"
    web_download_size: str | None = None
    password: str | None = None
    download_pin: str | None = None


class DashboardMeta(msgspec.Struct, frozen=True, kw_only=True):
    total: int
    current_page: int
    last_page: int


class Dashboard(msgspec.Struct, frozen=True, kw_only=True):
    """`items` are folders and collections together on the service; here, collections."""

    collections: tuple[ListedCollection, ...]
    items: tuple[ListedCollection, ...]
    folders: tuple[str, ...] = ()


class DashboardData(msgspec.Struct, frozen=True, kw_only=True):
    data: Dashboard
    meta: DashboardMeta


class DashboardBody(msgspec.Struct, frozen=True, kw_only=True):
    """`data` in `data`: as the service has it."""

    data: DashboardData


class CollectionRecord(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    name: str
    description: str | None
    gallery_count: int = 1
    photo_count: int
    video_count: int = 0
    client_count: int = 0
    password_protected: bool = False
    downloadable: bool = True
    collection_download: bool = True
    download_pin: str | None = None
    password: str | None = None
    expiry_date: str | None = None
    status: int
    created_at: str


class ListedGallery(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    collection_id: int
    name: str
    description: str | None
    photo_count: int
    video_count: int = 0
    download: bool = True
    private: bool
    cover_photo: str | None


class PhotoRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A photo in a gallery. `rank` counts from 1 in display order; `size` is in bytes."""

    id: int
    collection_id: int
    gallery_id: int
    name: str
    description: str | None
    mime_type: str
    ext: str
    size: int
    width: int
    height: int
    rank: int
    capture_date: str | None
    path_xxlarge: str
    path_xlarge: str
    path_large: str
    path_medium: str
    path_thumb: str
    path_display_small: str
    path_display_medium: str
    path_display_large: str
    starred: bool
    watermark: bool = False
    status: int = 1
    mark_private_at: str | None = None
    visibility_status: str


class GalleryRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A gallery with everything in it: `photo_count` is exactly how many `photos` there are."""

    id: int
    collection_id: int
    name: str
    description: str | None
    photo_count: int
    download: bool = True
    private: bool
    photos: tuple[PhotoRecord, ...]
    videos: tuple[str, ...] = ()


class PhotosBody(msgspec.Struct, frozen=True, kw_only=True):
    data: tuple[PhotoRecord, ...]
    meta: Meta


def write_user(account: Account) -> UserRecord:
    return UserRecord(
        id=account.number,
        username=account.username,
        email=account.email,
        first_name=account.first_name,
        last_name=account.last_name,
    )


def write_bootstrap(account: Account) -> BootstrapRecord:
    """An account of Safelight is a business of one: its display name is the business's."""
    return BootstrapRecord(
        user=write_user(account),
        profile=ProfileRecord(business_name=account.display_name),
        workspace=WorkspaceRecord(id=account.id, name=account.display_name),
    )


def write_listed_collection(gallery: Gallery, request: Request) -> ListedCollection:
    return ListedCollection(
        id=collection_id(gallery.number),
        name=gallery.name,
        description=gallery.description or None,
        photo_count=gallery.photo_count,
        event_date=write_date(gallery.created_at),
        create_at=write_moment(gallery.created_at),
        url_key=gallery.id,
        status=_status_of(gallery),
        cover_photo=_cover(gallery, ThumbnailKind.LARGE, request),
        cover_photo_thumbnail=_cover(gallery, ThumbnailKind.SQUARE, request),
    )


def write_collection(gallery: Gallery) -> CollectionRecord:
    return CollectionRecord(
        id=collection_id(gallery.number),
        name=gallery.name,
        description=gallery.description or None,
        photo_count=gallery.photo_count,
        status=_status_of(gallery),
        created_at=write_instant(gallery.created_at),
    )


def write_listed_gallery(gallery: Gallery, request: Request) -> ListedGallery:
    return ListedGallery(
        id=gallery_id(gallery.number),
        collection_id=collection_id(gallery.number),
        name=gallery.name,
        description=gallery.description or None,
        photo_count=gallery.photo_count,
        private=gallery.visibility is Visibility.PRIVATE,
        cover_photo=_cover(gallery, ThumbnailKind.LARGE, request),
    )


def write_gallery(gallery: Gallery, photos: Sequence[Photo], request: Request) -> GalleryRecord:
    return GalleryRecord(
        id=gallery_id(gallery.number),
        collection_id=collection_id(gallery.number),
        name=gallery.name,
        description=gallery.description or None,
        photo_count=len(photos),
        private=gallery.visibility is Visibility.PRIVATE,
        photos=tuple(
            write_photo(photo, gallery.number, rank, request)
            for rank, photo in enumerate(photos, start=1)
        ),
    )


def write_photo(photo: Photo, gallery_number: int, rank: int, request: Request) -> PhotoRecord:
    """The library makes two pictures of a photo: one cut square, and one that fits a screen."""
    large = picture_address(photo.id, ThumbnailKind.LARGE, request)
    square = picture_address(photo.id, ThumbnailKind.SQUARE, request)
    return PhotoRecord(
        id=photo.number,
        collection_id=collection_id(gallery_number),
        gallery_id=gallery_id(gallery_number),
        name=photo.name,
        description=photo.description or None,
        mime_type=photo.media_type,
        ext=photo.extension,
        size=photo.size,
        width=photo.width,
        height=photo.height,
        rank=rank,
        capture_date=write_moment(photo.taken_at) if photo.taken_at is not None else None,
        path_xxlarge=large,
        path_xlarge=large,
        path_large=large,
        path_medium=large,
        path_thumb=square,
        path_display_small=large,
        path_display_medium=large,
        path_display_large=large,
        starred=photo.rating >= FAVORITE_RATING,
        visibility_status=photo.visibility.value,
    )


def picture_address(photo_id: PhotoId, kind: ThumbnailKind, request: Request) -> str:
    host = request.origin.partition("//")[2]
    return f"//{host}{request.mount}/media/thumbnails/{kind.value}/{photo_id}.jpg"


def _cover(gallery: Gallery, kind: ThumbnailKind, request: Request) -> str | None:
    cover = gallery.cover_id
    return picture_address(cover, kind, request) if cover is not None else None


def _status_of(gallery: Gallery) -> int:
    return 1 if gallery.visibility is Visibility.PUBLIC else 0
