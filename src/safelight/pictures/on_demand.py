"""Thumbnails, made when they are first asked for and kept from then on."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from safelight.library.ports import BlobKey, BlobStore, Darkroom, ThumbnailKind


def thumbnail_key(original: BlobKey, kind: ThumbnailKind) -> BlobKey:
    """`thumbnails/square/ab/abcdef.jpg` for the original `photos/ab/abcdef`."""
    _, _, place = original.partition("/")
    return BlobKey(f"thumbnails/{kind.value}/{place}.jpg")


class OnDemand:
    """Thumbnails of what lies in a blob store.

    A page of sixty new photos asks for sixty thumbnails at once, and asks again when it is
    reloaded: each is made once, and everybody who asks meanwhile waits for that one. Two processes
    may still both make one; the store keeps the first.
    """

    def __init__(
        self, darkroom: Darkroom, blobs: BlobStore, workbench: Path, *, at_once: int
    ) -> None:
        """`workbench` is a folder for files that live as long as the work does. `at_once` bounds
        how many originals are copied there at the same time."""
        self._darkroom = darkroom
        self._blobs = blobs
        self._workbench = workbench
        self._places = asyncio.Semaphore(at_once)
        self._in_work: dict[BlobKey, asyncio.Task[None]] = {}

    async def thumbnail(self, original: BlobKey, kind: ThumbnailKind) -> BlobKey:
        """Where the thumbnail lies, now that it does.

        Raises NotFound when there is no such original, NotAPicture or PictureTooLarge when it
        cannot be shown, StorageFull or Unavailable. The next call after an error tries again.
        """
        key = thumbnail_key(original, kind)
        if await self._blobs.size(key) is not None:
            return key
        task = self._in_work.get(key)
        if task is None:
            task = asyncio.create_task(self._make(original, kind, key))
            self._in_work[key] = task
            task.add_done_callback(lambda _: self._in_work.pop(key))
        # Shielded: one reader who leaves must not take the picture from the others.
        await asyncio.shield(task)
        return key

    async def _make(self, original: BlobKey, kind: ThumbnailKind, key: BlobKey) -> None:
        async with self._places:
            with tempfile.TemporaryDirectory(dir=self._workbench) as folder:
                negative, thumbnail = Path(folder, "original"), Path(folder, "thumbnail")
                await self._blobs.fetch(original, negative)
                await self._darkroom.thumbnail(negative, kind, thumbnail)
                await self._blobs.keep(key, thumbnail)
