"""What can be asked of the library, free of any wire. `Librarian.handlers` answers each."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec

from safelight.identity.ids import CustomerId, NotificationId
from safelight.library.customer import Customer, CustomerKind
from safelight.library.gallery import Gallery
from safelight.library.notification import Notification
from safelight.library.photo import Photo, Visibility
from safelight.library.ports import (
    BlobKey,
    CustomerChange,
    Day,
    GalleryChange,
    PhotoChange,
    ThumbnailKind,
    Window,
)


class ById(msgspec.Struct, frozen=True):
    id: str


class ByNumber(msgspec.Struct, frozen=True):
    number: int


class ByImageHash(msgspec.Struct, frozen=True):
    """LibrePhotos' name for a photo: an MD5 in hex, then its owner's number."""

    image_hash: str


PhotoRef = ById | ByNumber | ByImageHash
GalleryRef = ById | ByNumber


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """A file that lies complete in the staging folder. `name` is as sent: never a path of ours."""

    path: Path
    name: str
    size: int
    sha256: str
    md5: str


# --- photos ---------------------------------------------------------------------------------


class ListPhotos(msgspec.Struct, frozen=True, kw_only=True):
    """The asker's photos (of the bound organization, if any) -> PhotoListing.

    With `gallery`, that gallery's photos, if the asker may see it; with `public`, everybody's
    public ones, or those of one `username`. Trashed photos are listed only with `trashed=True`.
    """

    window: Window
    gallery: GalleryRef | None = None
    public: bool = False
    username: str | None = None
    trashed: bool = False
    hidden: bool | None = None
    favorite: bool | None = None
    day: str | None = None
    text: str | None = None


class GetPhoto(msgspec.Struct, frozen=True, kw_only=True):
    """-> Photo. NotFound also for another's private one."""

    photo: PhotoRef


class HasPhoto(msgspec.Struct, frozen=True, kw_only=True):
    """-> bool: whether the asker holds an original with this LibrePhotos hash."""

    image_hash: str


class AddPhotos(msgspec.Struct, frozen=True, kw_only=True):
    """-> tuple[Photo, ...] in the order of `files`. All or none."""

    files: tuple[Upload, ...]
    gallery: GalleryRef | None = None
    visibility: Visibility = Visibility.PRIVATE


class ChangePhotos(msgspec.Struct, frozen=True, kw_only=True):
    """-> ChangedPhotos. Those that the asker may not change or that do not exist are `left`."""

    photos: tuple[PhotoRef, ...]
    change: PhotoChange


class ChangePhoto(msgspec.Struct, frozen=True, kw_only=True):
    """-> Photo. NotFound when there is none to change."""

    photo: PhotoRef
    change: PhotoChange


class DeletePhoto(msgspec.Struct, frozen=True, kw_only=True):
    """-> None. No blob is left when nobody else holds the same original."""

    photo: PhotoRef


class DeleteTrashed(msgspec.Struct, frozen=True, kw_only=True):
    """-> DeletedPhotos. What is not in the trash, or not the asker's to delete, is `left`."""

    photos: tuple[PhotoRef, ...]


class FetchOriginal(msgspec.Struct, frozen=True, kw_only=True):
    """-> PhotoFile. A `secretive` one raises Unauthenticated for nobody, where it would raise
    NotFound: whether there is a private photo is not told."""

    photo: PhotoRef
    secretive: bool = False


class FetchThumbnail(msgspec.Struct, frozen=True, kw_only=True):
    """-> PhotoFile, made on demand, once. `secretive` as for originals."""

    photo: PhotoRef
    kind: ThumbnailKind
    secretive: bool = False


class AddChunk(msgspec.Struct, frozen=True, kw_only=True):
    """-> UploadProgress. The next part of an upload, or without an id the first one of a new one.

    `offset` is where in the whole it belongs: OffsetMismatch when that is not where the upload has
    come. NotFound for an id that is not the asker's, Gone a day after its last part.
    """

    file: Upload
    offset: int
    upload_id: str | None = None


class CompleteUpload(msgspec.Struct, frozen=True, kw_only=True):
    """-> Photo, as AddPhotos adds it. ChecksumMismatch unless the whole has this MD5 (in hex)."""

    upload_id: str
    md5: str
    name: str


class ListDays(msgspec.Struct, frozen=True, kw_only=True):
    """-> DayListing, the newest first and those without a date last. `username` as for photos."""

    public: bool = False
    username: str | None = None
    trashed: bool = False
    hidden: bool | None = None
    favorite: bool | None = None


class CountLibrary(msgspec.Struct, frozen=True, kw_only=True):
    """-> LibraryCount."""


# --- galleries ------------------------------------------------------------------------------


class ListGalleries(msgspec.Struct, frozen=True, kw_only=True):
    """-> GalleryListing. With `public`, everybody's public ones that are listed."""

    window: Window
    public: bool = False


class ListAlbums(msgspec.Struct, frozen=True, kw_only=True):
    """-> AlbumListing: the asker's galleries, each with its cover."""

    window: Window


class FillGallery(msgspec.Struct, frozen=True, kw_only=True):
    """-> tuple[Gallery, PhotoListing]: the asker's newest gallery of this name, made if there is
    none, and all that is in it now. `photos` the asker may not see make it NotFound."""

    name: str
    photos: tuple[PhotoRef, ...] = ()


class GetGallery(msgspec.Struct, frozen=True, kw_only=True):
    """-> Gallery."""

    gallery: GalleryRef


class AddGallery(msgspec.Struct, frozen=True, kw_only=True):
    """-> Gallery. `photos` the asker may not see make it NotFound, and nothing is added."""

    name: str
    description: str = ""
    visibility: Visibility = Visibility.PRIVATE
    listed: bool = True
    photos: tuple[PhotoRef, ...] = ()


class ChangeGallery(msgspec.Struct, frozen=True, kw_only=True):
    """-> Gallery."""

    gallery: GalleryRef
    change: GalleryChange = GalleryChange()
    put: tuple[PhotoRef, ...] = ()
    take: tuple[PhotoRef, ...] = ()


class DeleteGallery(msgspec.Struct, frozen=True, kw_only=True):
    """-> None. The photos stay."""

    gallery: GalleryRef


# --- customers and notifications --------------------------------------------------------------


class ListCustomers(msgspec.Struct, frozen=True, kw_only=True):
    """-> CustomerListing."""

    window: Window
    kinds: frozenset[CustomerKind] = frozenset(CustomerKind)
    text: str | None = None


class GetCustomer(msgspec.Struct, frozen=True, kw_only=True):
    """-> Customer."""

    id: CustomerId


class AddCustomer(msgspec.Struct, frozen=True, kw_only=True):
    """-> Customer."""

    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""
    company: str = ""
    job_title: str = ""
    notes: str = ""
    kind: CustomerKind = CustomerKind.CLIENT


class ChangeCustomer(msgspec.Struct, frozen=True, kw_only=True):
    """-> Customer."""

    id: CustomerId
    change: CustomerChange


class DeleteCustomer(msgspec.Struct, frozen=True, kw_only=True):
    """-> None."""

    id: CustomerId


class ListNotifications(msgspec.Struct, frozen=True, kw_only=True):
    """-> NotificationListing, the newest first."""

    window: Window


class ReadNotification(msgspec.Struct, frozen=True, kw_only=True):
    """-> Notification, now marked as read."""

    id: NotificationId


Question = (
    ListPhotos | GetPhoto | HasPhoto | AddPhotos | ChangePhotos | ChangePhoto | DeletePhoto
    | DeleteTrashed | FetchOriginal | FetchThumbnail | AddChunk | CompleteUpload | ListDays
    | CountLibrary | ListGalleries | ListAlbums | FillGallery | GetGallery
    | AddGallery | ChangeGallery | DeleteGallery | ListCustomers | GetCustomer | AddCustomer
    | ChangeCustomer | DeleteCustomer | ListNotifications | ReadNotification
)  # fmt: skip


# --- answers --------------------------------------------------------------------------------


class PhotoListing(msgspec.Struct, frozen=True, kw_only=True):
    """`total` counts all pages; `next` is the `after` of the following window, or None."""

    items: tuple[Photo, ...]
    total: int
    next: int | None


class AlbumListing(msgspec.Struct, frozen=True, kw_only=True):
    """Each with the photo that is its cover; None for one without photos."""

    albums: tuple[tuple[Gallery, Photo | None], ...]
    total: int


class GalleryListing(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[Gallery, ...]
    total: int
    next: int | None


class CustomerListing(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[Customer, ...]
    total: int
    next: int | None


class NotificationListing(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[Notification, ...]
    total: int
    next: int | None


class ChangedPhotos(msgspec.Struct, frozen=True, kw_only=True):
    changed: tuple[Photo, ...]
    left: tuple[PhotoRef, ...]


class DeletedPhotos(msgspec.Struct, frozen=True, kw_only=True):
    deleted: tuple[PhotoRef, ...]
    left: tuple[PhotoRef, ...]


class UploadProgress(msgspec.Struct, frozen=True, kw_only=True):
    """`offset` is how many bytes have arrived, and so where the next part begins."""

    upload_id: str
    offset: int
    expires_at: datetime


class DayListing(msgspec.Struct, frozen=True, kw_only=True):
    days: tuple[Day, ...]


class LibraryCount(msgspec.Struct, frozen=True, kw_only=True):
    photos: int
    galleries: int
    days: int
    used_bytes: int
    quota_bytes: int


class PhotoFile(msgspec.Struct, frozen=True, kw_only=True):
    """A blob to be streamed. `size` in bytes; `etag` without quotes; `public` files may be stored
    by shared caches."""

    photo: Photo
    key: BlobKey
    size: int
    media_type: str
    file_name: str
    etag: str
    public: bool
