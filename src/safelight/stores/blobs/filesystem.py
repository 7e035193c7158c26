"""Blobs as files in a folder."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import stat
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

from safelight.errors import NotFound, Unavailable
from safelight.library.ports import BlobKey
from safelight.stores.blobs.disk import (
    CHUNK,
    disk_errors,
    identity_of,
    make_folder,
    require_room,
    sync,
    written_whole,
)
from safelight.stores.blobs.keys import is_key, require_key, require_prefix

T = TypeVar("T")

_DISPLACED = (
    "The folder of the photos was moved, removed or replaced: put it back, or start the server "
    "anew."
)
_ABSENT = (FileNotFoundError, NotADirectoryError)


class FilesystemBlobs:
    """`library.ports.BlobStore` in a folder that only this server's user may enter.

    A blob's file is its key under that folder, so that a copy of the folder is a backup. Names
    that begin with a dot are unfinished and count as nothing. Every method raises
    MalformedRequest for what cannot be a key, and Unavailable when the disk fails, or when the
    folder was moved, removed or replaced: what is put into another one is lost.
    """

    def __init__(self, folder: Path, *, threads: int = 8, keep_free: int = 0) -> None:
        """`threads` bounds how many blobs are worked on at once; those that are fetched, to make
        others of them, leave `keep_free` bytes of the disk free. Makes the folder."""
        self._folder = folder
        self._keep_free = keep_free
        with disk_errors():
            make_folder(folder)
        self._identity = identity_of(folder)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="blobs")

    def close(self) -> None:
        """Finish what was begun and end the threads."""
        self._pool.shutdown()

    async def check(self) -> None:
        """Raises Unavailable when the folder is not the one that was opened, or cannot be written
        to."""
        if not await self._run(lambda: os.access(self._folder, os.R_OK | os.W_OK | os.X_OK)):
            raise Unavailable("The folder of the photos cannot be written to.")

    async def keep(self, key: BlobKey, path: Path) -> None:
        """See the port. A move when `path` is on the same disk, else a copy and a removal."""
        await self._run(lambda: self._keep(self._place(key), path))

    async def size(self, key: BlobKey) -> int | None:
        return await self._run(lambda: _size(self._place(key)))

    async def read(self, key: BlobKey, start: int, stop: int) -> AsyncIterator[bytes]:
        """See the port. What lies past the end is left out; a blob that is removed meanwhile
        raises NotFound."""
        size = await self.size(key)
        if size is None:
            raise NotFound
        place = self._place(key)
        stop = min(stop, size)
        # Opened anew for each chunk: a reader who goes away in the middle leaves nothing open.
        while start < stop:
            chunk = await self._run(partial(_chunk, place, start, min(CHUNK, stop - start)))
            yield chunk
            start += len(chunk)

    async def fetch(self, key: BlobKey, into: Path) -> None:
        """See the port. The copy is whole or not there, but not synced: it is for work at hand.

        Raises StorageFull too.
        """

        def work() -> None:
            require_room(into.parent, self._keep_free)
            _copy(self._place(key), into)

        await self._run(work)

    async def remove(self, key: BlobKey) -> bool:
        return await self._run(lambda: _remove(self._place(key)))

    async def keys(self, prefix: str) -> AsyncIterator[BlobKey]:
        folders = [require_prefix(prefix).rpartition("/")[0]]
        while folders:
            files, inner = await self._run(partial(self._list, folders.pop(), prefix))
            folders += inner
            for key in files:
                yield key

    async def _run(self, work: Callable[[], T]) -> T:
        def translated() -> T:
            if identity_of(self._folder) != self._identity:
                raise Unavailable(_DISPLACED)
            with disk_errors():
                return work()

        return await asyncio.get_running_loop().run_in_executor(self._pool, translated)

    def _place(self, key: BlobKey) -> Path:
        return self._folder / require_key(key)

    def _keep(self, place: Path, path: Path) -> None:
        if _size(place) is None:
            path.chmod(0o600)
            sync(path)
            make_folder(place.parent)
            _move(path, place)
        else:
            path.unlink()
        # Also for the blob that was there: whoever put it may not have come this far yet.
        sync(place.parent)

    def _list(self, folder: str, prefix: str) -> tuple[list[BlobKey], list[str]]:
        """The keys right in `folder`, and the folders in it, as far as they begin with `prefix`."""
        files: list[BlobKey] = []
        folders: list[str] = []
        try:
            with os.scandir(self._folder / folder) as entries:
                for entry in entries:
                    key = f"{folder}/{entry.name}" if folder else entry.name
                    if not (is_key(key) and key.startswith(prefix)):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(key)
                    elif entry.is_file(follow_symlinks=False):
                        files.append(BlobKey(key))
        except _ABSENT:
            pass  # no blob's key begins with it
        return files, folders


def _size(place: Path) -> int | None:
    try:
        found = place.lstat()
    except _ABSENT:
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None


def _chunk(place: Path, start: int, length: int) -> bytes:
    try:
        with place.open("rb", buffering=0) as file:
            file.seek(start)
            chunk = file.read(length)
    except _ABSENT:
        raise NotFound from None
    if not chunk:
        raise Unavailable("A stored file is shorter than it was.")
    return chunk


def _copy(place: Path, into: Path) -> None:
    if _size(place) is None:
        raise NotFound
    with written_whole(into) as unfinished:
        shutil.copyfile(place, unfinished)


def _move(path: Path, place: Path) -> None:
    try:
        path.replace(place)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        with written_whole(place) as unfinished:
            shutil.copyfile(path, unfinished)
            sync(unfinished)
        path.unlink()


def _remove(place: Path) -> bool:
    if _size(place) is None:
        return False
    place.unlink(missing_ok=True)
    sync(place.parent)
    return True
