"""A gallery: photos in an order. On PhotoShelter's wire a Gallery, on Pixieset's a collection
with one gallery, on LibrePhotos' a user album."""

from __future__ import annotations

from datetime import datetime

import msgspec

from safelight.identity.ids import GalleryId, PhotoId
from safelight.library.photo import Owner, Visibility


class Gallery(msgspec.Struct, frozen=True, kw_only=True):
    """`cover_id` is its first photo; `listed` is PhotoShelter's `f_list`."""

    id: GalleryId
    number: int
    owner: Owner
    owner_number: int
    owner_username: str
    name: str
    description: str
    visibility: Visibility
    created_at: datetime
    changed_at: datetime
    photo_count: int
    cover_id: PhotoId | None
    listed: bool = True
