"""What the library needs kept: rows, blobs, pictures. Adapters implement it and judge nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import NewType, Protocol

import msgspec

from safelight.identity.ids import (
    AccountId,
    CustomerId,
    GalleryId,
    NotificationId,
    OrganizationId,
    PhotoId,
)
from safelight.library.customer import Customer, CustomerKind
from safelight.library.gallery import Gallery
from safelight.library.notification import Notification
from safelight.library.photo import Owner, Photo, Visibility
from safelight.library.visibility import Asker

BlobKey = NewType("BlobKey", str)
"""`photos/ab/abcdef…`: characters `[a-z0-9./_-]`, no `..`, no leading slash."""


class BlobStore(Protocol):
    async def keep(self, key: BlobKey, path: Path) -> None:
        """Take the file at `path` over under `key`. Durable when it returns.

        If the key is there already, the file is only removed. Raises StorageFull, with nothing
        half-written left, or Unavailable.
        """
        ...

    async def size(self, key: BlobKey) -> int | None:
        """In bytes; None when there is no such blob."""
        ...

    def read(self, key: BlobKey, start: int, stop: int) -> AsyncIterator[bytes]:
        """Bytes from `start` up to and without `stop`, in chunks of at most 256 KiB.

        Raises NotFound before the first chunk.
        """
        ...

    async def fetch(self, key: BlobKey, into: Path) -> None:
        """Write the whole blob to the file `into`. Raises NotFound."""
        ...

    async def remove(self, key: BlobKey) -> bool:
        """Whether there was one."""
        ...

    def keys(self, prefix: str) -> AsyncIterator[BlobKey]:
        """Every key that begins with `prefix`, in no order."""
        ...


class ReceivedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that arrived whole; digests are in hex. Whoever has it owns it."""

    path: Path
    size: int
    sha256: str
    md5: str


class PartialUpload(msgspec.Struct, frozen=True, kw_only=True):
    """An upload of which `size` bytes have arrived; `changed_at` is when the last ones did."""

    id: str
    size: int
    changed_at: datetime


class PartialUploads(Protocol):
    """Uploads that arrive in several requests. Each belongs to an account: another's is not there.

    Every method raises NotFound for an id that cannot be one, StorageFull or Unavailable.
    """

    async def begin(self, account_id: AccountId, at: datetime) -> PartialUpload: ...
    async def of_account(self, account_id: AccountId) -> list[PartialUpload]: ...
    async def find(self, account_id: AccountId, id: str) -> PartialUpload | None: ...

    async def append(
        self, account_id: AccountId, id: str, part: Path, *, offset: int, at: datetime
    ) -> int:
        """Add the file `part`; how many bytes there are then. Raises OffsetMismatch unless `offset`
        bytes were there, and NotFound. All of the part is added, or nothing; of two at once for
        the same offset, one is."""
        ...

    async def hand_over(self, account_id: AccountId, id: str, *, md5: str) -> ReceivedFile:
        """The whole as a file that the caller owns; the upload stays until it is removed. Raises
        ChecksumMismatch unless it has this MD5 (in hex, lower case), and NotFound."""
        ...

    async def remove(self, account_id: AccountId, id: str) -> None:
        """Also when it is gone already."""
        ...


class ThumbnailKind(Enum):
    SQUARE_SMALL = "square_small"
    SQUARE = "square"
    LARGE = "large"


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """What a file's content says of itself. `width` and `height` are as shown, after the EXIF
    orientation (1 to 8, 1 when absent); `taken_at` is aware, taken as UTC when the camera did not
    say; texts are empty when absent; `dominant_color` is `#rrggbb`."""

    media_type: str
    extension: str
    width: int
    height: int
    orientation: int
    taken_at: datetime | None
    camera_make: str
    camera_model: str
    lens: str
    latitude: float | None
    longitude: float | None
    dominant_color: str


class Darkroom(Protocol):
    async def examine(self, path: Path) -> Picture:
        """Raises NotAPicture (wrong type, truncated, empty), PictureTooLarge (pixel limit), or Busy
        when there is no memory to look at it."""
        ...

    async def thumbnail(self, path: Path, kind: ThumbnailKind, into: Path) -> None:
        """A JPEG, turned upright, without metadata, written whole or not at all."""
        ...


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of a list: at most `limit` items, by `offset` or after the item `after`."""

    limit: int
    offset: int = 0
    after: int | None = None


class NewPhoto(msgspec.Struct, frozen=True, kw_only=True):
    id: PhotoId
    owner: Owner
    name: str
    digest: str
    md5: str
    size: int
    picture: Picture
    visibility: Visibility
    added_at: datetime


class PhotoChange(msgspec.Struct, frozen=True, kw_only=True):
    """None leaves a field as it is."""

    name: str | None = None
    description: str | None = None
    visibility: Visibility | None = None
    rating: int | None = None
    hidden: bool | None = None
    trashed: bool | None = None


class NewGallery(msgspec.Struct, frozen=True, kw_only=True):
    id: GalleryId
    owner: Owner
    name: str
    description: str
    visibility: Visibility
    listed: bool
    created_at: datetime


class GalleryChange(msgspec.Struct, frozen=True, kw_only=True):
    """None leaves a field as it is."""

    name: str | None = None
    description: str | None = None
    visibility: Visibility | None = None
    listed: bool | None = None


class NewCustomer(msgspec.Struct, frozen=True, kw_only=True):
    id: CustomerId
    owner: Owner
    kind: CustomerKind
    first_name: str
    last_name: str
    email: str
    phone: str
    company: str
    job_title: str
    notes: str
    created_at: datetime


class CustomerChange(msgspec.Struct, frozen=True, kw_only=True):
    """None leaves a field as it is."""

    kind: CustomerKind | None = None
    archived: bool | None = None
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    company: str | None = None
    job_title: str | None = None
    notes: str | None = None


class PhotoFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What a listed photo must be. None asks nothing of that field.

    `owner` with an organization means the organization's photos; without, the account's own.
    `seen_by` leaves what that asker may see: its own side's, and what is public and not in the
    trash. `favorite` photos have a rating of FAVORITE_RATING or more. `day` is a UTC date
    `YYYY-MM-DD` of `taken_at`, or "" for photos without one; no photo is of what is no date.
    `text` is sought in name and description, in letters of either case (A to Z).
    """

    owner: Owner | None = None
    owner_username: str | None = None
    seen_by: Asker | None = None
    gallery_id: GalleryId | None = None
    visibility: Visibility | None = None
    trashed: bool | None = None
    hidden: bool | None = None
    favorite: bool | None = None
    day: str | None = None
    text: str | None = None


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """The photos of one day (LP-69). `day` is `YYYY-MM-DD`, or None for those without a date."""

    day: str | None
    count: int


class LibraryStore(Protocol):
    """Rows. Every write is durable when it returns; a list comes newest first, by number.

    What is added for an account or an organization that is gone raises NotFound.
    """

    async def find_photo(
        self, *, id: PhotoId | None = None, number: int | None = None
    ) -> Photo | None:
        """By exactly one of them."""
        ...

    async def find_photo_by_hash(self, image_hash: str, seen_by: Asker) -> Photo | None:
        """The photo with this LibrePhotos hash that the asker may see. An account can have put one
        original in its own library and in organizations: the bound one's comes first, then its
        own."""
        ...

    async def list_photos(self, asked: PhotoFilter, window: Window) -> list[Photo]:
        """With a gallery in `asked`, in its order; `after` is a position then."""
        ...

    async def find_position(self, gallery_id: GalleryId, photo_id: PhotoId) -> int | None:
        """Where a photo stands in a gallery: larger is later. None when it does not."""
        ...

    async def count_photos(self, asked: PhotoFilter) -> int: ...
    async def days(self, asked: PhotoFilter) -> list[Day]: ...
    async def used_bytes(self, owner: Owner) -> int: ...

    async def add_photos(
        self, photos: list[NewPhoto], gallery_id: GalleryId | None, quota: int
    ) -> list[Photo]:
        """All or none. A photo that its owner has already (same digest) is not added twice: the
        kept one is returned in its place, out of the trash and else unchanged. All of them are in
        the gallery then, if one is given. Raises QuotaExceeded when the owner would hold more than
        `quota` bytes, NotFound when the gallery is gone."""
        ...

    async def change_photo(self, id: PhotoId, change: PhotoChange, at: datetime) -> Photo:
        """Raises NotFound."""
        ...

    async def remove_photo(self, id: PhotoId) -> str | None:
        """The digest of the original if no row holds it any more, so that its blobs can go; None
        while another does. Raises NotFound."""
        ...

    async def is_digest_held(self, digest: str) -> bool: ...

    # A gallery's count and cover are those of the photos in it that are not in the trash and that
    # `seen_by` may see; None stands for the gallery's own side.

    async def find_gallery(
        self,
        *,
        id: GalleryId | None = None,
        number: int | None = None,
        seen_by: Asker | None = None,
    ) -> Gallery | None:
        """By exactly one of id and number. The gallery itself is found whoever asks."""
        ...

    async def find_gallery_named(self, owner: Owner, name: str) -> Gallery | None:
        """The newest of that name; its count and cover are its own side's."""
        ...

    async def list_galleries(
        self,
        owner: Owner | None,
        visibility: Visibility | None,
        window: Window,
        *,
        seen_by: Asker | None = None,
    ) -> list[Gallery]:
        """Of nobody in particular (`owner` is None), only those that are `listed`."""
        ...

    async def count_galleries(self, owner: Owner | None, visibility: Visibility | None) -> int: ...
    async def add_gallery(self, gallery: NewGallery) -> Gallery: ...
    async def change_gallery(self, id: GalleryId, change: GalleryChange, at: datetime) -> Gallery:
        """Raises NotFound."""
        ...

    async def put_photos(self, gallery_id: GalleryId, photo_ids: list[PhotoId]) -> None:
        """Append those that are not in the gallery yet, in this order. A photo that is gone is left
        out; a gallery that is gone raises NotFound."""
        ...

    async def take_photos(self, gallery_id: GalleryId, photo_ids: list[PhotoId]) -> None: ...
    async def remove_gallery(self, id: GalleryId) -> None:
        """Its photos stay in the library. Raises NotFound."""
        ...

    async def find_customer(self, id: CustomerId) -> Customer | None: ...
    async def list_customers(
        self, owner: Owner, kinds: frozenset[CustomerKind], text: str | None, window: Window
    ) -> list[Customer]: ...
    async def count_customers(
        self, owner: Owner, kinds: frozenset[CustomerKind], text: str | None
    ) -> int: ...
    async def add_customer(self, customer: NewCustomer) -> Customer: ...
    async def change_customer(self, id: CustomerId, change: CustomerChange) -> Customer:
        """Raises NotFound."""
        ...

    async def remove_customer(self, id: CustomerId) -> None:
        """Raises NotFound."""
        ...

    async def list_notifications(
        self, account_id: AccountId, window: Window
    ) -> list[Notification]: ...
    async def count_notifications(self, account_id: AccountId) -> int: ...
    async def mark_notification_read(
        self, account_id: AccountId, id: NotificationId, at: datetime
    ) -> Notification:
        """Raises NotFound."""
        ...

    async def remove_library_of(
        self, *, account_id: AccountId | None = None, organization_id: OrganizationId | None = None
    ) -> list[str]:
        """Remove everything that the owner holds; the digests that no row holds any more.

        What an account put into an organization is the organization's: it passes to another
        member, an owner first, and goes only when there is none.
        """
        ...
