"""Finds the photos and galleries that questions name, for somebody who may see or change them."""

from __future__ import annotations

import msgspec

from safelight.errors import NotFound
from safelight.identity.ids import GalleryId, PhotoId
from safelight.library.gallery import Gallery
from safelight.library.photo import Photo
from safelight.library.ports import LibraryStore
from safelight.library.questions import ById, ByImageHash, ByNumber, GalleryRef, PhotoRef
from safelight.library.visibility import Asker, effective_visibility, may_change, may_see


class Finder:
    """Everything raises NotFound alike for what is not there, what the asker may not see, and what
    it may see but not change: nobody can tell these apart."""

    def __init__(self, store: LibraryStore) -> None:
        self._store = store

    async def require_photo(self, asker: Asker, ref: PhotoRef) -> Photo:
        photo = await self._find_photo(asker, ref)
        if photo is None or not may_see(asker, photo.owner, effective_visibility(photo)):
            raise NotFound
        return as_shown(asker, photo)

    async def require_own_photo(self, asker: Asker, ref: PhotoRef) -> Photo:
        """One that the asker may change."""
        photo = await self._find_photo(asker, ref)
        if photo is None or not may_change(asker, photo.owner):
            raise NotFound
        return photo

    async def require_gallery(self, asker: Asker, ref: GalleryRef) -> Gallery:
        """Its count and cover are of what the asker may see in it."""
        gallery = await self._find_gallery(asker, ref)
        if gallery is None or not may_see(asker, gallery.owner, gallery.visibility):
            raise NotFound
        return gallery

    async def require_own_gallery(self, asker: Asker, ref: GalleryRef) -> Gallery:
        """One that the asker may change."""
        gallery = await self._find_gallery(asker, ref)
        if gallery is None or not may_change(asker, gallery.owner):
            raise NotFound
        return gallery

    async def _find_photo(self, asker: Asker, ref: PhotoRef) -> Photo | None:
        match ref:
            case ById(id):
                return await self._store.find_photo(id=PhotoId(id))
            case ByNumber(number):
                return await self._store.find_photo(number=number)
            case ByImageHash(image_hash):
                return await self._store.find_photo_by_hash(image_hash, asker)

    async def _find_gallery(self, asker: Asker, ref: GalleryRef) -> Gallery | None:
        match ref:
            case ById(id):
                return await self._store.find_gallery(id=GalleryId(id), seen_by=asker)
            case ByNumber(number):
                return await self._store.find_gallery(number=number, seen_by=asker)


def as_shown(asker: Asker, photo: Photo) -> Photo:
    """In which galleries a photo is concerns its own side alone."""
    if may_change(asker, photo.owner):
        return photo
    return msgspec.structs.replace(photo, gallery_ids=())
