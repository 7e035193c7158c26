"""A photo: one stored original, who owns it, and who may see it."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import msgspec

from safelight.identity.ids import AccountId, GalleryId, OrganizationId, PhotoId

FAVORITE_RATING = 4
"""From this rating on, a photo is a favourite: LibrePhotos' `favorite_min_rating`."""

HIGHEST_RATING = 5


class Visibility(Enum):
    """`PUBLIC` is PhotoShelter's `everyone`, `PRIVATE` its `private` and its `permission`."""

    PRIVATE = "private"
    PUBLIC = "public"


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """Who owns a thing: an account, acting for itself or for an organization.

    With an organization, the account is only who put it there: the organization owns it.
    """

    account_id: AccountId
    organization_id: OrganizationId | None = None


class Photo(msgspec.Struct, frozen=True, kw_only=True):
    """`number` is its id on wires that count; `digest` the SHA-256 of the original in hex, under
    which the blob lies; `md5` what LibrePhotos' clients ask by. `width` and `height` are as shown,
    after the EXIF orientation."""

    id: PhotoId
    number: int
    owner: Owner
    owner_number: int
    owner_username: str
    name: str
    description: str
    digest: str
    md5: str
    media_type: str
    extension: str
    size: int
    width: int
    height: int
    orientation: int
    taken_at: datetime | None
    added_at: datetime
    changed_at: datetime
    camera_make: str
    camera_model: str
    lens: str
    latitude: float | None
    longitude: float | None
    dominant_color: str
    visibility: Visibility
    rating: int
    hidden: bool
    trashed: bool
    gallery_ids: tuple[GalleryId, ...] = ()

    @property
    def image_hash(self) -> str:
        """LibrePhotos' id: the MD5 of the original, then the owner's number."""
        return f"{self.md5}{self.owner_number}"
