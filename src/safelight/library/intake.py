"""Takes photos in, and out again: the questions that change rows and blobs together."""

from __future__ import annotations

import asyncio
from pathlib import Path

from safelight.clock import Clock, Entropy
from safelight.errors import NotFound
from safelight.identity.ids import AccountId, new_photo_id
from safelight.library.errands import Errands
from safelight.library.file_name import name_of_upload
from safelight.library.finder import Finder
from safelight.library.originals import Originals
from safelight.library.photo import Owner, Photo
from safelight.library.ports import Darkroom, LibraryStore, NewPhoto, Picture
from safelight.library.questions import (
    AddPhotos,
    DeletedPhotos,
    DeletePhoto,
    DeleteTrashed,
    PhotoRef,
    Upload,
)
from safelight.library.visibility import Asker, require_owner


class Intake:
    """What was begun is finished, whether or not the asker waits for it."""

    def __init__(
        self,
        *,
        store: LibraryStore,
        originals: Originals,
        darkroom: Darkroom,
        finder: Finder,
        clock: Clock,
        entropy: Entropy,
        quota: int,
    ) -> None:
        self._store = store
        self._originals = originals
        self._darkroom = darkroom
        self._finder = finder
        self._clock = clock
        self._entropy = entropy
        self._quota = quota
        self._errands = Errands()

    async def add(self, asker: Asker, asked: AddPhotos) -> tuple[Photo, ...]:
        """Also takes the staged files: none is left, whatever happens.

        Raises NotAPicture or PictureTooLarge for the first file that is to blame, NotFound for the
        gallery, QuotaExceeded, StorageFull.
        """
        return await self._errands.run(self._add(asker, asked))

    async def delete(self, asker: Asker, asked: DeletePhoto) -> None:
        await self._errands.run(self._delete(asker, asked))

    async def delete_trashed(self, asker: Asker, asked: DeleteTrashed) -> DeletedPhotos:
        """One after the other: what was deleted stays so if a later one fails."""
        return await self._errands.run(self._delete_trashed(asker, asked))

    async def remove_all_of(self, account_id: AccountId) -> None:
        """Everything that the account holds, as `LibraryStore.remove_library_of` says."""

        async def work() -> None:
            for digest in await self._store.remove_library_of(account_id=account_id):
                await self._originals.remove(digest)

        await self._errands.run(work())

    async def _add(self, asker: Asker, asked: AddPhotos) -> tuple[Photo, ...]:
        try:
            owner = require_owner(asker)
            gallery_id = None
            if asked.gallery is not None:
                gallery_id = (await self._finder.require_own_gallery(asker, asked.gallery)).id
            pictures = await self._examine([upload.path for upload in asked.files])
            photos = [
                self._new_photo(owner, asked, upload, picture)
                for upload, picture in zip(asked.files, pictures, strict=True)
            ]
            files = {upload.sha256: upload.path for upload in asked.files}
            return tuple(await self._originals.add(photos, files, gallery_id, self._quota))
        finally:
            for upload in asked.files:
                upload.path.unlink(missing_ok=True)

    async def _examine(self, paths: list[Path]) -> list[Picture]:
        """All at once. The files stay until the last one has been looked at, whatever the first
        has shown."""
        found = await asyncio.gather(*map(self._darkroom.examine, paths), return_exceptions=True)
        pictures: list[Picture] = []
        for each in found:
            if isinstance(each, BaseException):
                raise each
            pictures.append(each)
        return pictures

    def _new_photo(
        self, owner: Owner, asked: AddPhotos, upload: Upload, picture: Picture
    ) -> NewPhoto:
        return NewPhoto(
            id=new_photo_id(self._entropy),
            owner=owner,
            name=name_of_upload(upload.name, picture.extension),
            digest=upload.sha256,
            md5=upload.md5,
            size=upload.size,
            picture=picture,
            visibility=asked.visibility,
            added_at=self._clock.now(),
        )

    async def _delete(self, asker: Asker, asked: DeletePhoto) -> None:
        await self._remove(await self._finder.require_own_photo(asker, asked.photo))

    async def _delete_trashed(self, asker: Asker, asked: DeleteTrashed) -> DeletedPhotos:
        deleted: list[PhotoRef] = []
        left: list[PhotoRef] = []
        for ref in dict.fromkeys(asked.photos):
            try:
                photo = await self._finder.require_own_photo(asker, ref)
                if not photo.trashed:
                    raise NotFound
                await self._remove(photo)
                deleted.append(ref)
            except NotFound:
                left.append(ref)
        return DeletedPhotos(deleted=tuple(deleted), left=tuple(left))

    async def _remove(self, photo: Photo) -> None:
        """The row first, so that no row is without its blobs; but only if these can be reached."""
        await self._originals.require_reach(photo.digest)
        digest = await self._store.remove_photo(photo.id)
        if digest is not None:
            await self._originals.remove(digest)
