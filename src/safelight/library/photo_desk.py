"""Answers what is asked about photos, but for adding and deleting them."""

from __future__ import annotations

import asyncio
from pathlib import PurePosixPath

import msgspec

from safelight.clock import Clock
from safelight.errors import InvalidFields, NotFound, Unauthenticated
from safelight.library.file_name import LONGEST_NAME, clean_name
from safelight.library.finder import Finder, as_shown
from safelight.library.originals import original_key
from safelight.library.pages import cut, one_more
from safelight.library.photo import HIGHEST_RATING, Photo, Visibility
from safelight.library.ports import (
    BlobKey,
    BlobStore,
    LibraryStore,
    PhotoChange,
    PhotoFilter,
    ThumbnailKind,
)
from safelight.library.questions import (
    ChangedPhotos,
    ChangePhoto,
    ChangePhotos,
    CountLibrary,
    DayListing,
    FetchOriginal,
    FetchThumbnail,
    GetPhoto,
    HasPhoto,
    LibraryCount,
    ListDays,
    ListPhotos,
    PhotoFile,
    PhotoListing,
    PhotoRef,
)
from safelight.library.texts import TextRule, require_texts
from safelight.library.thumbnails import Thumbnails
from safelight.library.visibility import (
    NOBODY,
    Asker,
    effective_visibility,
    may_change,
    require_owner,
)

_TEXTS = {"description": TextRule(longest=5000, lines=True)}


class PhotoDesk:
    """Every method answers the question that it takes, as `questions.py` says."""

    def __init__(
        self,
        *,
        store: LibraryStore,
        blobs: BlobStore,
        finder: Finder,
        thumbnails: Thumbnails,
        clock: Clock,
        quota: int,
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._finder = finder
        self._thumbnails = thumbnails
        self._clock = clock
        self._quota = quota

    async def list_photos(self, asker: Asker, asked: ListPhotos) -> PhotoListing:
        wanted = PhotoFilter(
            trashed=asked.trashed,
            hidden=asked.hidden,
            favorite=asked.favorite,
            day=asked.day,
            text=asked.text,
            owner_username=asked.username,
        )
        if asked.gallery is not None:
            gallery = await self._finder.require_gallery(asker, asked.gallery)
            wanted = msgspec.structs.replace(wanted, gallery_id=gallery.id)
        elif not asked.public:
            wanted = msgspec.structs.replace(wanted, owner=require_owner(asker))
        # What nobody in particular may see is what is public.
        seen_by = NOBODY if asked.public else asker
        wanted = msgspec.structs.replace(wanted, seen_by=seen_by)
        found = await self._store.list_photos(wanted, one_more(asked.window))
        items, last = cut(found, asked.window)
        return PhotoListing(
            items=tuple(as_shown(asker, photo) for photo in items),
            total=await self._store.count_photos(wanted),
            next=None if last is None else await self._place(last, wanted),
        )

    async def _place(self, photo: Photo, listed: PhotoFilter) -> int | None:
        """What the list is ordered by."""
        if listed.gallery_id is None:
            return photo.number
        return await self._store.find_position(listed.gallery_id, photo.id)

    async def get(self, asker: Asker, asked: GetPhoto) -> Photo:
        return await self._finder.require_photo(asker, asked.photo)

    async def has(self, asker: Asker, asked: HasPhoto) -> bool:
        photo = await self._store.find_photo_by_hash(asked.image_hash, asker)
        return photo is not None and may_change(asker, photo.owner)

    async def change(self, asker: Asker, asked: ChangePhoto) -> Photo:
        change = require_change(asked.change)
        photo = await self._finder.require_own_photo(asker, asked.photo)
        return await self._store.change_photo(photo.id, change, self._clock.now())

    async def change_all(self, asker: Asker, asked: ChangePhotos) -> ChangedPhotos:
        """Each for itself, but written together."""
        change = require_change(asked.change)
        now = self._clock.now()

        async def change_one(ref: PhotoRef) -> Photo | None:
            try:
                photo = await self._finder.require_own_photo(asker, ref)
                return await self._store.change_photo(photo.id, change, now)
            except NotFound:
                return None

        refs = tuple(dict.fromkeys(asked.photos))
        photos = await asyncio.gather(*map(change_one, refs))
        return ChangedPhotos(
            changed=tuple(photo for photo in photos if photo is not None),
            left=tuple(ref for ref, photo in zip(refs, photos, strict=True) if photo is None),
        )

    async def fetch_original(self, asker: Asker, asked: FetchOriginal) -> PhotoFile:
        photo = await self._require_photo(asker, asked)
        return PhotoFile(
            photo=photo,
            key=original_key(photo.digest),
            size=await self._require_size(original_key(photo.digest)),
            media_type=photo.media_type,
            file_name=photo.name,
            etag=photo.digest[:32],
            public=effective_visibility(photo) is Visibility.PUBLIC,
        )

    async def fetch_thumbnail(self, asker: Asker, asked: FetchThumbnail) -> PhotoFile:
        photo = await self._require_photo(asker, asked)
        key = await self._thumbnails.require(photo.digest, asked.kind)
        return PhotoFile(
            photo=photo,
            key=key,
            size=await self._require_size(key),
            media_type="image/jpeg",
            file_name=_name_of_thumbnail(photo, asked.kind),
            etag=f"{photo.digest[:32]}-{asked.kind.value}",
            public=effective_visibility(photo) is Visibility.PUBLIC,
        )

    async def _require_photo(self, asker: Asker, asked: FetchOriginal | FetchThumbnail) -> Photo:
        try:
            return await self._finder.require_photo(asker, asked.photo)
        except NotFound:
            if asked.secretive and asker.account_id is None:
                raise Unauthenticated from None
            raise

    async def _require_size(self, key: BlobKey) -> int:
        size = await self._blobs.size(key)
        if size is None:
            raise NotFound  # it was deleted since the row was read
        return size

    async def list_days(self, asker: Asker, asked: ListDays) -> DayListing:
        wanted = PhotoFilter(
            owner=None if asked.public else require_owner(asker),
            owner_username=asked.username,
            seen_by=NOBODY if asked.public else asker,
            trashed=asked.trashed,
            hidden=asked.hidden,
            favorite=asked.favorite,
        )
        return DayListing(days=tuple(await self._store.days(wanted)))

    async def count(self, asker: Asker, asked: CountLibrary) -> LibraryCount:
        owner = require_owner(asker)
        shown = PhotoFilter(owner=owner, trashed=False)
        return LibraryCount(
            photos=await self._store.count_photos(shown),
            galleries=await self._store.count_galleries(owner, None),
            days=len(await self._store.days(shown)),
            used_bytes=await self._store.used_bytes(owner),
            quota_bytes=self._quota,
        )


def require_change(change: PhotoChange) -> PhotoChange:
    """The change as it is written. Raises InvalidFields."""
    if change.rating is not None and not 0 <= change.rating <= HIGHEST_RATING:
        raise InvalidFields({"rating": (f"This must be 0 to {HIGHEST_RATING}.",)})
    texts = require_texts(_TEXTS, {"description": change.description})
    return msgspec.structs.replace(change, name=_require_name(change.name), **texts)


def _require_name(name: str | None) -> str | None:
    if name is None:
        return None
    if len(name) > LONGEST_NAME:
        raise InvalidFields({"name": (f"This may have at most {LONGEST_NAME} characters.",)})
    cleaned = clean_name(name)
    if not cleaned:
        raise InvalidFields({"name": ("This is not the name of a file.",)})
    return cleaned


def _name_of_thumbnail(photo: Photo, kind: ThumbnailKind) -> str:
    return f"{PurePosixPath(photo.name).stem}-{kind.value}.jpg"
