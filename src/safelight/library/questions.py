"""What can be asked of the library, free of any wire. `Librarian.handlers` answers each."""

from __future__ import annotations

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
    public ones. Trashed photos are listed only with `trashed=True`.
    """

    window: Window
    gallery: GalleryRef | None = None
    public: bool = False
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


class FetchOriginal(msgspec.Struct, frozen=True, kw_only=True):
    """-> PhotoFile."""

    photo: PhotoRef


class FetchThumbnail(msgspec.Struct, frozen=True, kw_only=True):
    """-> PhotoFile, made on demand, once."""

    photo: PhotoRef
    kind: ThumbnailKind


class ListDays(msgspec.Struct, frozen=True, kw_only=True):
    """-> DayListing, the newest first and those without a date last."""

    public: bool = False
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
    | FetchOriginal | FetchThumbnail | ListDays | CountLibrary | ListGalleries | GetGallery
    | AddGallery | ChangeGallery | DeleteGallery | ListCustomers | GetCustomer | AddCustomer
    | ChangeCustomer | DeleteCustomer | ListNotifications | ReadNotification
)  # fmt: skip


# --- answers --------------------------------------------------------------------------------


class PhotoListing(msgspec.Struct, frozen=True, kw_only=True):
    """`total` counts all pages; `next` is the `after` of the following window, or None."""

    items: tuple[Photo, ...]
    total: int
    next: int | None


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
