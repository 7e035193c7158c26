"""Originals: blobs kept in step with the rows that need them.

A row never exists without its blob: the blob is there first and goes last. A blob without a row
may be left by a crash, until the next sweep.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from safelight.identity.ids import GalleryId
from safelight.library.digest_locks import DigestLocks
from safelight.library.photo import Photo
from safelight.library.ports import BlobKey, BlobStore, LibraryStore, NewPhoto, ThumbnailKind

_KEY = re.compile(r"(?:photos|thumbnails/[a-z_]+)/[0-9a-f]{2}/([0-9a-f]{64})(?:\.jpg)?")


def original_key(digest: str) -> BlobKey:
    return BlobKey(f"photos/{digest[:2]}/{digest}")


def thumbnail_key(digest: str, kind: ThumbnailKind) -> BlobKey:
    return BlobKey(f"thumbnails/{kind.value}/{digest[:2]}/{digest}.jpg")


class Originals:
    """Adds and removes originals, with their thumbnails."""

    def __init__(self, *, store: LibraryStore, blobs: BlobStore, locks: DigestLocks) -> None:
        self._store = store
        self._blobs = blobs
        self._locks = locks

    async def add(
        self,
        photos: list[NewPhoto],
        files: Mapping[str, Path],
        gallery_id: GalleryId | None,
        quota: int,
    ) -> list[Photo]:
        """Keep the `files`, one for each digest, and then the rows of `photos`. All or none.

        Raises what the stores raise. Must not be cancelled: the rows may be written all the same.
        """
        async with self._locks.held(files):
            try:
                for digest, path in files.items():
                    await self._blobs.keep(original_key(digest), path)
                return await self._store.add_photos(photos, gallery_id, quota)
            except Exception:  # not a cancellation, after which the rows may still come
                for digest in files:
                    await self._remove_unless_held(digest)
                raise

    async def require_reach(self, digest: str) -> None:
        """Raises Unavailable when what lies where the original does cannot be asked about."""
        await self._blobs.size(original_key(digest))

    async def remove(self, digest: str) -> None:
        """Remove the blobs of an original that no row held a moment ago, unless one does now."""
        async with self._locks.held([digest]):
            await self._remove_unless_held(digest)

    async def sweep(self) -> int:
        """Remove the blobs that no row needs; how many originals and thumbnails these were.

        Safe while photos are added, by this process or another.
        """
        removed = 0
        for prefix in ("photos/", "thumbnails/"):
            async for key in self._blobs.keys(prefix):
                match = _KEY.fullmatch(key)
                # Asked twice, because nearly all are held, and asking costs less than locking.
                if match is None or await self._store.is_digest_held(match.group(1)):
                    continue
                async with self._locks.held([match.group(1)]):
                    if not await self._store.is_digest_held(match.group(1)):
                        removed += await self._blobs.remove(key)
        return removed

    async def _remove_unless_held(self, digest: str) -> None:
        """The digest's lock must be held."""
        if await self._store.is_digest_held(digest):
            return
        await self._blobs.remove(original_key(digest))
        for kind in ThumbnailKind:
            await self._blobs.remove(thumbnail_key(digest, kind))
