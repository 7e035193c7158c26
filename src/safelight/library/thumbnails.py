"""Thumbnails, made when they are first asked for and kept from then on."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from safelight.errors import NotFound
from safelight.library.digest_locks import DigestLocks
from safelight.library.originals import original_key, thumbnail_key
from safelight.library.ports import BlobKey, BlobStore, Darkroom, LibraryStore, ThumbnailKind

_AT_ONCE = 8
"""Originals that are copied to the work folder at the same time."""


class Thumbnails:
    """A page of sixty new photos asks for sixty thumbnails at once, and asks again when it is
    reloaded: each is made once, and everybody who asks meanwhile waits for that one. Two processes
    may still both make one; the blob store keeps the first.
    """

    def __init__(
        self,
        *,
        store: LibraryStore,
        blobs: BlobStore,
        darkroom: Darkroom,
        locks: DigestLocks,
        work_folder: Path,
    ) -> None:
        """`work_folder` must be there; a file lies in it as long as the work on it takes."""
        self._store = store
        self._blobs = blobs
        self._darkroom = darkroom
        self._locks = locks
        self._work_folder = work_folder
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._in_work: dict[BlobKey, asyncio.Task[None]] = {}

    async def require(self, digest: str, kind: ThumbnailKind) -> BlobKey:
        """Where the thumbnail of an original lies, now that it does.

        Raises NotFound when the original is gone, and what the darkroom and the blob store raise.
        The next call after an error tries again.
        """
        key = thumbnail_key(digest, kind)
        if await self._blobs.size(key) is not None:
            return key
        task = self._in_work.get(key)
        if task is None:
            task = asyncio.create_task(self._make(digest, kind, key))
            self._in_work[key] = task
            task.add_done_callback(lambda _: self._in_work.pop(key))
        # Shielded: one reader who leaves must not take the picture from the others.
        await asyncio.shield(task)
        return key

    async def _make(self, digest: str, kind: ThumbnailKind, key: BlobKey) -> None:
        async with self._places:
            with tempfile.TemporaryDirectory(dir=self._work_folder) as folder:
                original, thumbnail = Path(folder, "original"), Path(folder, "thumbnail")
                await self._blobs.fetch(original_key(digest), original)
                await self._darkroom.thumbnail(original, kind, thumbnail)
                async with self._locks.held([digest]):
                    # Whoever deletes the photo meanwhile has removed its thumbnails before this.
                    if not await self._store.is_digest_held(digest):
                        raise NotFound
                    await self._blobs.keep(key, thumbnail)
