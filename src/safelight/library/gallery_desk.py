"""Answers what is asked about galleries."""

from __future__ import annotations

import msgspec

from safelight.clock import Clock, Entropy
from safelight.identity.ids import PhotoId, new_gallery_id
from safelight.library.finder import Finder, as_shown
from safelight.library.gallery import Gallery
from safelight.library.pages import cut, one_more
from safelight.library.photo import Photo, Visibility
from safelight.library.ports import LibraryStore, NewGallery, PhotoFilter, Window
from safelight.library.questions import (
    AddGallery,
    AlbumListing,
    ById,
    ChangeGallery,
    DeleteGallery,
    FillGallery,
    GalleryListing,
    GetGallery,
    ListAlbums,
    ListGalleries,
    PhotoListing,
    PhotoRef,
)
from safelight.library.texts import TextRule, require_texts
from safelight.library.visibility import NOBODY, Asker, require_owner

_TEXTS = {
    "name": TextRule(shortest=1, longest=200),
    "description": TextRule(longest=5000, lines=True),
}


class GalleryDesk:
    """Every method answers the question that it takes, as `questions.py` says."""

    def __init__(
        self, *, store: LibraryStore, finder: Finder, clock: Clock, entropy: Entropy
    ) -> None:
        self._store = store
        self._finder = finder
        self._clock = clock
        self._entropy = entropy

    async def list_galleries(self, asker: Asker, asked: ListGalleries) -> GalleryListing:
        """The public ones are counted and covered as nobody in particular sees them."""
        owner = None if asked.public else require_owner(asker)
        visibility = Visibility.PUBLIC if asked.public else None
        found = await self._store.list_galleries(
            owner,
            visibility,
            one_more(asked.window),
            seen_by=NOBODY if asked.public else asker,
        )
        items, last = cut(found, asked.window)
        return GalleryListing(
            items=items,
            total=await self._store.count_galleries(owner, visibility),
            next=None if last is None else last.number,
        )

    async def list_albums(self, asker: Asker, asked: ListAlbums) -> AlbumListing:
        found = await self.list_galleries(asker, ListGalleries(window=asked.window))
        albums = [(gallery, await self._cover_of(asker, gallery)) for gallery in found.items]
        return AlbumListing(albums=tuple(albums), total=found.total)

    async def _cover_of(self, asker: Asker, gallery: Gallery) -> Photo | None:
        if gallery.cover_id is None:
            return None
        cover = await self._store.find_photo(id=gallery.cover_id)
        return None if cover is None else as_shown(asker, cover)

    async def fill(self, asker: Asker, asked: FillGallery) -> tuple[Gallery, PhotoListing]:
        texts = require_texts(_TEXTS, {"name": asked.name})
        there = await self._store.find_gallery_named(require_owner(asker), texts["name"])
        if there is None:
            gallery = await self.add(asker, AddGallery(name=asked.name, photos=asked.photos))
        else:
            change = ChangeGallery(gallery=ById(there.id), put=asked.photos)
            gallery = await self.change(asker, change)
        return gallery, await self._photos_of(asker, gallery)

    async def _photos_of(self, asker: Asker, gallery: Gallery) -> PhotoListing:
        shown = PhotoFilter(gallery_id=gallery.id, trashed=False, seen_by=asker)
        photos = await self._store.list_photos(shown, Window(limit=gallery.photo_count))
        items = tuple(as_shown(asker, photo) for photo in photos)
        return PhotoListing(items=items, total=len(items), next=None)

    async def get(self, asker: Asker, asked: GetGallery) -> Gallery:
        return await self._finder.require_gallery(asker, asked.gallery)

    async def add(self, asker: Asker, asked: AddGallery) -> Gallery:
        texts = require_texts(_TEXTS, {"name": asked.name, "description": asked.description})
        owner = require_owner(asker)
        photo_ids = await self._photo_ids(asker, asked.photos)
        gallery = await self._store.add_gallery(
            NewGallery(
                id=new_gallery_id(self._entropy),
                owner=owner,
                visibility=asked.visibility,
                listed=asked.listed,
                created_at=self._clock.now(),
                **texts,
            )
        )
        if photo_ids:
            await self._store.put_photos(gallery.id, photo_ids)
        return await self._finder.require_gallery(asker, ById(gallery.id))

    async def change(self, asker: Asker, asked: ChangeGallery) -> Gallery:
        change = asked.change
        texts = require_texts(_TEXTS, {"name": change.name, "description": change.description})
        gallery = await self._finder.require_own_gallery(asker, asked.gallery)
        put = await self._photo_ids(asker, asked.put)
        taken = await self._photo_ids(asker, asked.take)
        await self._store.change_gallery(
            gallery.id, msgspec.structs.replace(change, **texts), self._clock.now()
        )
        if put:
            await self._store.put_photos(gallery.id, put)
        if taken:
            await self._store.take_photos(gallery.id, taken)
        return await self._finder.require_gallery(asker, ById(gallery.id))

    async def delete(self, asker: Asker, asked: DeleteGallery) -> None:
        gallery = await self._finder.require_own_gallery(asker, asked.gallery)
        await self._store.remove_gallery(gallery.id)

    async def _photo_ids(self, asker: Asker, refs: tuple[PhotoRef, ...]) -> list[PhotoId]:
        """Raises NotFound for one that the asker may not see."""
        return [(await self._finder.require_photo(asker, ref)).id for ref in refs]
